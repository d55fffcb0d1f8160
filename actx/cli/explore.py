"""`actx explore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import actx
from actx.api.asking import DEFAULT_TARGET
from actx.cli.options import (
    BUDGET,
    BudgetOption,
    DataOption,
    JsonOption,
    NoProveOption,
    RegistryOption,
    SetOption,
    TableOption,
    ViewOption,
    ask,
    bounds,
    complete_formula,
    formula_argument,
    optional,
    output_option,
)


def explore(
    templates: Annotated[
        list[str],
        formula_argument("Registry names or formula text with free parameters.", "TEMPLATE..."),
    ],
    output: Annotated[str, output_option("The page to write: .html.")],
    target: Annotated[
        list[str] | None,
        optional(
            "--target",
            "FORMULA",
            "The formula to approximate; several to choose from. Repeatable. Default: mish.",
            autocompletion=complete_formula,
        ),
    ] = None,
    view: ViewOption = None,
    domain: Annotated[
        str | None,
        optional(
            "--domain",
            "LO:HI",
            "Where errors are told. Default: all x, or where a fit is made.",
        ),
    ] = None,
    bound: Annotated[
        list[str] | None,
        optional("--bound", "NAME=LO:HI", "Keep a parameter in an interval. Repeatable."),
    ] = None,
    set: SetOption = None,
    data: DataOption = None,
    no_prove: NoProveOption = False,
    budget: BudgetOption = BUDGET,
    registry: RegistryOption = None,
    table: TableOption = None,
    json: JsonOption = False,
) -> None:
    """Write a page with a slider for each parameter.

    Curves, errors, minima and kinks follow at once, beside those of the best values. The page needs
    no other file and no network.

    \b
    Examples:
      actx explore "2x*sigmoid(a*x)" -o page.html
      actx explore "x*sigmoid(a*x)" aptx --target mish --target gelu -o page.html
      actx explore "a*x + b*x^3" --target tanh --domain -3:3 -o tanh.html
    """
    from actx.present.terminal import printable, write
    from actx.present.text import present

    result = ask(
        actx.explore, "fitting", *templates,
        target=target or [DEFAULT_TARGET], output=Path(output), view=view, domain=domain,
        bounds=bounds(bound), set=set, data=data, no_prove=no_prove, budget=budget,
        registry=registry, table=table,
    )  # fmt: skip
    present(result, json)
    if not json:
        write(f"Wrote {printable(output)}\n")
