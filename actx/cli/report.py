"""`actx report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import actx
from actx.api.asking import DEFAULT_TARGET
from actx.cli.options import (
    BUDGET,
    WHOLE_LINE,
    BudgetOption,
    DomainOption,
    JsonOption,
    NoProveOption,
    RegistryOption,
    SetOption,
    TableOption,
    TargetOption,
    ViewOption,
    ask,
    formula_argument,
    output_option,
)
from actx.core.errors import UsageError


def report(
    output: Annotated[
        str,
        output_option("The page to write: .html."),
    ],
    formulas: Annotated[
        list[str] | None,
        formula_argument("The candidates: registry names, aliases, or formula text."),
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="The whole registry.")] = False,
    target: TargetOption = DEFAULT_TARGET,
    view: ViewOption = None,
    domain: DomainOption = WHOLE_LINE,
    no_prove: NoProveOption = False,
    budget: BudgetOption = BUDGET,
    set: SetOption = None,
    registry: RegistryOption = None,
    table: TableOption = None,
    json: JsonOption = False,
) -> None:
    """Write a page about candidates for a target.

    It has tables, pictures and formulas, needs no other file and no network.

    \b
    Examples:
      actx report hard-mish linear-swish -o report.html
      actx report "x*sigmoid(1.7x)" gelu --target gelu-tanh -o gelu.html
      actx report --all --no-prove -o registry.html
    """
    from actx.present.terminal import printable, write, write_json

    if not formulas and not all:
        raise UsageError(
            "report needs at least one formula, as in `actx report hard-mish -o report.html`, "
            "or --all."
        )
    path = ask(
        actx.write_report, "analysing", *formulas or (),
        output=Path(output), target=target, all=all, view=view, domain=domain, no_prove=no_prove,
        budget=budget, set=set, registry=registry, table=table,
    )  # fmt: skip
    if json:
        write_json({"output": path})
    else:
        write(f"Wrote {printable(str(path))}\n")
