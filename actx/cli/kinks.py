"""`actx kinks`."""

from __future__ import annotations

from typing import Annotated

import typer

import actx
from actx.cli.options import (
    BUDGET,
    WHOLE_LINE,
    BudgetOption,
    DomainOption,
    FormulaArgument,
    JsonOption,
    NoProveOption,
    RegistryOption,
    SetOption,
    TableOption,
    ask,
    whole_number,
)


def kinks(
    formula: FormulaArgument,
    max_order: Annotated[
        str,
        typer.Option("--max-order", metavar="N", help="Highest derivative to look at, 0 to 10."),
    ] = "3",
    domain: DomainOption = WHOLE_LINE,
    no_prove: NoProveOption = False,
    budget: BudgetOption = BUDGET,
    set: SetOption = None,
    registry: RegistryOption = None,
    table: TableOption = None,
    json: JsonOption = False,
) -> None:
    """Find the places where a derivative jumps, and by how much.

    \b
    Examples:
      actx kinks hard-mish
      actx kinks "x.Relu3(x+3)/3" --max-order 2
      actx kinks "round(4*tanh(x))/4" --domain -2:2
    """
    from actx.present.text import present

    result = ask(
        actx.kinks, "looking for kinks", formula,
        domain=domain, max_order=whole_number(max_order, "--max-order", 0, 10), no_prove=no_prove,
        budget=budget, set=set, registry=registry, table=table,
    )  # fmt: skip
    present(result, json)
