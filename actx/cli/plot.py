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
    ViewOption,
    complete_formula,
    formula_argument,
    output_option,
    read_view,
    settings,
)
from actx.core.domain import parse_domain
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
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="FORMULA",
            help="Draw the errors against this formula.",
            autocompletion=complete_formula,
            show_default=False,
        ),
    ] = None,
    domain: DomainOption = WHOLE_LINE,
    set: SetOption = None,
    registry: RegistryOption = None,
    json: JsonOption = False,
) -> None:
    """Draw curves, their errors and their derivatives.

    \b
    Examples:
      actx plot hard-mish linear-swish -o curves.png --target mish
      actx plot --all -o curves.svg --view -6:4
    """
    from actx.present.progress import ProgressBar
    from actx.present.terminal import write, write_json

    if not formulas and not all:
        raise UsageError(
            "plot needs at least one formula, as in `actx plot mish -o mish.png`, or --all."
        )
    with ProgressBar("drawing"):
        actx.plot(
            *formulas or (),
            output=output,
            all=all,
            view=read_view(view),
            target=target,
            domain=parse_domain(domain),
            set=settings(set),
            registry=actx.load_registry(*registry or ()),
        )
    if json:
        write_json({"output": output})
    else:
        write(f"Wrote {output}\n")
