"""`actx plot`."""

from __future__ import annotations

from typing import Annotated

import typer

import actx
from actx.cli.options import (
    WHOLE_LINE,
    DomainOption,
    JsonOption,
    RegistryOption,
    SetOption,
    TableOption,
    ViewOption,
    ask,
    complete_formula,
    formula_argument,
    optional,
    output_option,
)
from actx.core.errors import UsageError


def plot(
    output: Annotated[
        str,
        output_option("The picture to write: .png, .svg or .pdf."),
    ],
    formulas: Annotated[
        list[str] | None,
        formula_argument("Registry names, aliases, or formula text."),
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="Draw the whole registry.")] = False,
    view: ViewOption = None,
    width: Annotated[
        str | None,
        optional("--width", "MM", "For print: column, page (both columns), or so many mm."),
    ] = None,
    target: Annotated[
        str | None,
        optional(
            "--target",
            "FORMULA",
            "Draw the errors against this formula.",
            autocompletion=complete_formula,
        ),
    ] = None,
    domain: DomainOption = WHOLE_LINE,
    set: SetOption = None,
    registry: RegistryOption = None,
    table: TableOption = None,
    json: JsonOption = False,
) -> None:
    """Draw curves, their errors and their derivatives.

    \b
    Examples:
      actx plot hard-mish linear-swish -o curves.png --target mish
      actx plot "2x*sigmoid(a*x)" --set a=1.5 --width column -o gate.pdf
      actx plot --all -o curves.svg --view -6:4
    """
    from actx.present.terminal import write, write_json

    if not formulas and not all:
        raise UsageError(
            "plot needs at least one formula, as in `actx plot mish -o mish.png`, or --all."
        )
    ask(
        actx.plot, "drawing", *formulas or (),
        output=output, all=all, view=view, width=width, target=target, domain=domain, set=set,
        registry=registry, table=table,
    )  # fmt: skip
    if json:
        write_json({"output": output})
    else:
        write(f"Wrote {output}\n")
