"""`actx show`."""

from __future__ import annotations

from typing import Annotated

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
    optional,
)


def show(
    formula: FormulaArgument,
    domain: DomainOption = WHOLE_LINE,
    no_prove: NoProveOption = False,
    budget: BudgetOption = BUDGET,
    at: Annotated[
        list[str] | None,
        optional("--at", "X", "Value and derivatives at a point. Repeatable."),
    ] = None,
    set: SetOption = None,
    registry: RegistryOption = None,
    table: TableOption = None,
    json: JsonOption = False,
) -> None:
    """Show one formula: its extrema, zeros, kinks and tails.

    \b
    Examples:
      actx show hard-mish
      actx show mish --at 1.5 --at -2
      actx show "2x*sigmoid(a*x) if x <= 0 else x" --set a=1.25 --domain -5:5
    """
    from actx.present.text import present

    result = ask(
        actx.show, "exploring", formula,
        domain=domain, no_prove=no_prove, budget=budget, at=at or [], set=set, registry=registry,
        table=table,
    )  # fmt: skip
    present(result, json)
