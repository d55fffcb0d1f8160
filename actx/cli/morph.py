"""`actx morph`."""

from __future__ import annotations

from typing import Annotated

import typer

import actx
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
    ViewOption,
    WidthOption,
    ask,
    checked_width,
    complete_formula,
    formula_argument,
    optional,
    output_option,
    share,
    whole_number,
)
from actx.core.errors import UsageError
from actx.core.schedule import MOST_LAYERS, MOST_STAIRS, MOST_STEPS, SCHEDULES


def morph(
    from_: Annotated[
        str,
        formula_argument(
            "The formula to begin with: a registry name, an alias, or formula text.",
            "FROM",
        ),
    ],
    to: Annotated[
        str,
        formula_argument("The formula to end with.", "TO"),
    ],
    steps: Annotated[
        str, typer.Option("--steps", metavar="N", help="Steps from progress 0 to 1.")
    ] = "4",
    schedule: Annotated[
        str,
        typer.Option(
            "--schedule", metavar="NAME", help=f"How t follows progress: {', '.join(SCHEDULES)}."
        ),
    ] = "linear",
    layers: Annotated[
        str | None,
        optional(
            "--layers",
            "N",
            "Layers of the model. Default: 4 where they change one after another, else 1.",
        ),
    ] = None,
    stairs: Annotated[
        str | None,
        optional("--stairs", "N", "Jumps of the schedule step. Default: 4."),
    ] = None,
    overlap: Annotated[
        str | None,
        optional(
            "--overlap",
            "SHARE",
            "Part of its time, from 0 to 1, that a layer shares with the one before it.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        optional(
            "--target",
            "FORMULA",
            "Give the errors against this formula as well.",
            autocompletion=complete_formula,
        ),
    ] = None,
    output: Annotated[
        str | None,
        output_option("Draw it, too: .png, .svg or .pdf, or .gif for a picture that moves."),
    ] = None,
    width: WidthOption = None,
    view: ViewOption = None,
    domain: DomainOption = WHOLE_LINE,
    no_prove: NoProveOption = False,
    budget: BudgetOption = BUDGET,
    set: SetOption = None,
    registry: RegistryOption = None,
    table: TableOption = None,
    json: JsonOption = False,
) -> None:
    """Blend one activation into another, step by step.

    A blend is (1-t)·FROM + t·TO for t from 0 to 1.

    \b
    Examples:
      actx morph mish hard-mish
      actx morph mish relu --steps 8 --schedule cosine -o morph.gif
      actx morph mish hard-mish --schedule per-layer --layers 3 --target mish
    """
    from actx.core.schedule import schedule as named
    from actx.present.text import present

    if view is not None and output is None:
        raise UsageError("--view is for a picture; give its file with -o, as in -o morph.png.")
    way = named(
        schedule,
        stairs=None if stairs is None else whole_number(stairs, "--stairs", 1, MOST_STAIRS),
        overlap=None if overlap is None else share(overlap, "--overlap"),
    )
    result = ask(
        actx.morph, "blending", from_, to,
        steps=whole_number(steps, "--steps", 1, MOST_STEPS), schedule=way,
        layers=None if layers is None else whole_number(layers, "--layers", 1, MOST_LAYERS),
        target=target, output=output, width=checked_width(width, output), view=view,
        domain=domain, no_prove=no_prove, budget=budget, set=set, registry=registry, table=table,
    )  # fmt: skip
    present(result, json)
