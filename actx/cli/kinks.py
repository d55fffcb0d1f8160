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
    proof_budget,
    settings,
    whole_number,
)
from actx.core.domain import parse_domain


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
    json: JsonOption = False,
) -> None:
    """Find the places where a derivative jumps, and by how much.

    \b
    Examples:
      actx kinks hard-mish
      actx kinks "x.Relu3(x+3)/3" --max-order 2
    """
    from actx.present.progress import ProgressBar
    from actx.present.terminal import present

    allowed = proof_budget(budget, no_prove)
    with ProgressBar("looking for kinks"):
        result = actx.kinks(
            formula,
            domain=parse_domain(domain),
            max_order=whole_number(max_order, "--max-order", 0, 10),
            budget=allowed,
            set=settings(set),
            registry=actx.load_registry(*registry or ()),
        )
    present(result, json)
