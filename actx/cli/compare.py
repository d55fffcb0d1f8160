"""`actx compare`."""

from __future__ import annotations

from typing import Annotated

import typer

import actx
from actx.api.asking import DEFAULT_TARGET
from actx.cli.options import (
    BUDGET,
    WHOLE_LINE,
    BudgetOption,
    DataOption,
    DomainOption,
    JobsOption,
    JsonOption,
    LatexOption,
    MarkdownOption,
    NoProveOption,
    RegistryOption,
    SetOption,
    TableOption,
    ask,
    formula_argument,
    markup_of,
    optional,
)
from actx.cli.usage.help import TYPES
from actx.core.errors import UsageError


def compare(
    formulas: Annotated[
        list[str] | None,
        formula_argument("The candidates, and last the target that they approximate."),
    ] = None,
    all: Annotated[
        bool, typer.Option("--all", help="Rank the whole registry against TARGET (default mish).")
    ] = False,
    domain: DomainOption = WHOLE_LINE,
    no_prove: NoProveOption = False,
    budget: BudgetOption = BUDGET,
    dtype: Annotated[
        str | None,
        optional(
            "--dtype",
            "TYPE",
            "Errors computed in float16, bfloat16, float32 or int8 as well.",
            rich_help_panel=TYPES,
        ),
    ] = None,
    exhaustive: Annotated[
        bool,
        typer.Option(
            "--exhaustive",
            help="Look at all float32 numbers, not at a sample.",
            rich_help_panel=TYPES,
        ),
    ] = False,
    input_range: Annotated[
        str | None,
        optional(
            "--input-range", "LO:HI", "The inputs that int8 is to hold.", rich_help_panel=TYPES
        ),
    ] = None,
    cost: Annotated[
        str | None,
        optional("--cost", "FILE", "Show costs that `actx bench --json` measured."),
    ] = None,
    relative: Annotated[
        bool, typer.Option("--relative", help="Rank by sup |e|/|target|, the relative error.")
    ] = False,
    data: DataOption = None,
    jobs: JobsOption = None,
    set: SetOption = None,
    registry: RegistryOption = None,
    table: TableOption = None,
    json: JsonOption = False,
    latex: LatexOption = False,
    markdown: MarkdownOption = False,
) -> None:
    """Rank candidates by how far they are from a target.

    \b
    Examples:
      actx compare hard-mish mish
      actx compare hard-mish "x*sigmoid(1.7x)" mish --domain -5:5
      actx compare --all mish
      actx compare gelu quick-gelu swish --relative --domain -3:3
      actx compare mish-one-exp mish --dtype float16 --domain -8:8
      actx compare hard-mish mish --dtype int8 --input-range -6:6
    """
    from actx.present.text import present

    given = _positionals(formulas or [], all)
    markup = markup_of(json, latex, markdown)
    result = ask(
        actx.compare, "comparing", *given,
        all=all, domain=domain, no_prove=no_prove, budget=budget, dtype=dtype,
        exhaustive=exhaustive, input_range=input_range, cost=cost, data=data, jobs=jobs,
        relative=relative or (None if json else False), set=set, registry=registry, table=table,
    )  # fmt: skip
    present(result, json, markup)


def _positionals(formulas: list[str], all: bool) -> list[str]:
    if all:
        if len(formulas) > 1:
            raise UsageError(
                "With --all the only argument is the target, as in `actx compare --all mish`; "
                f"{len(formulas)} formulas were given."
            )
        return formulas or [DEFAULT_TARGET]
    if len(formulas) < 2:
        raise UsageError(
            "compare needs at least one candidate and, last, the target, as in "
            "`actx compare hard-mish mish`; or --all for the whole registry."
        )
    return formulas
