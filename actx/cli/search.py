"""`actx search`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

import actx
from actx.api.asking import DEFAULT_TARGET
from actx.cli.options import (
    BUDGET,
    WHOLE_LINE,
    BudgetOption,
    DomainOption,
    JobsOption,
    JsonOption,
    LatexOption,
    MarkdownOption,
    NormOption,
    OfOption,
    RegistryOption,
    RelativeOption,
    RequireOption,
    TableOption,
    TargetOption,
    WeightOption,
    WidthOption,
    ask,
    checked_width,
    families_option,
    family_option,
    markup_of,
    optional,
    output_option,
    whole_number,
)
from actx.cli.usage.help import RUNS, SEARCHING
from actx.core.errors import ExitStatus

if TYPE_CHECKING:
    from actx.studies.search.families import Family

_MOST_SEED = 999_999_999


def search(
    target: TargetOption = DEFAULT_TARGET,
    norm: NormOption = "max",
    domain: DomainOption = WHOLE_LINE,
    weight: WeightOption = None,
    relative: RelativeOption = False,
    of: OfOption = "value",
    require: RequireOption = None,
    family: Annotated[list[str] | None, family_option()] = None,
    families: Annotated[list[str] | None, families_option(SEARCHING)] = None,
    all_: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Search families made for other targets as well.",
            rich_help_panel=SEARCHING,
        ),
    ] = False,
    list_: Annotated[
        bool,
        typer.Option(
            "--list", help="List the families and fit nothing.", rich_help_panel=SEARCHING
        ),
    ] = False,
    jobs: JobsOption = None,
    resume: Annotated[
        str | None,
        optional(
            "--resume",
            "FILE",
            "Keep what is finished in a file, and go on from there.",
            rich_help_panel=RUNS,
        ),
    ] = None,
    cost: Annotated[
        str | None,
        optional(
            "--cost",
            "FILE",
            "Costs measured by `actx bench --json`, instead of counted operations.",
            rich_help_panel=RUNS,
        ),
    ] = None,
    seed: Annotated[
        str, typer.Option("--seed", metavar="N", help="Of the random starts.", rich_help_panel=RUNS)
    ] = "0",
    output: Annotated[
        str | None,
        output_option("Draw errors over costs: .png, .svg or .pdf."),
    ] = None,
    width: WidthOption = None,
    budget: BudgetOption = BUDGET,
    registry: RegistryOption = None,
    table: TableOption = None,
    json: JsonOption = False,
    latex: LatexOption = False,
    markdown: MarkdownOption = False,
) -> int:
    """Search families of formulas for the best at each cost.

    The families that are made for targets of this shape (bounded on both sides, like a ramp, like a
    gate ...) are fitted, and those for all targets; what is better than all that costs no more is
    the Pareto front. The cost of a formula is that of its operations, as `actx show` counts them.
    The exit status is 1 if no family has a formula.

    \b
    Examples:
      actx search --target mish -o front.png
      actx search --target gelu --norm gauss --require smooth --resume gelu.jsonl
      actx search --target tanh --domain -4:4
      actx search --family swish --family clipped-quadratic --domain -6:6
      actx search --list
    """
    from actx.present.terminal import write_json, write_tables
    from actx.present.text import present

    if list_:
        known = _listed(families, family)
        if json:
            write_json({"families": known})
        else:
            from actx.present.sheets.searched import family_list

            write_tables(family_list(known))
        return ExitStatus.DONE
    markup = markup_of(json, latex, markdown)
    result = ask(
        actx.search, "searching", target,
        norm=norm, domain=domain, weight=weight, relative=relative, of=of, require=require,
        family=family or (), families=families or (), all=all_,
        jobs=jobs, resume=resume, costs=cost, seed=whole_number(seed, "--seed", 0, _MOST_SEED),
        output=output, width=checked_width(width, output),
        budget=budget, registry=registry, table=table,
    )  # fmt: skip
    present(result, json, markup)
    return ExitStatus.DONE if result.front else ExitStatus.FAILED


def _listed(files: list[str] | None, names: list[str] | None) -> list[Family]:
    from actx.studies.search.search import chosen

    return chosen(actx.load_families(*files or ()), names or ())
