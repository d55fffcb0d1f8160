"""`actx fit`."""

from __future__ import annotations

from typing import Annotated

import actx
from actx.api.asking import DEFAULT_TARGET
from actx.cli.options import (
    BUDGET,
    BudgetOption,
    DataOption,
    FitNormOption,
    JsonOption,
    LatexOption,
    MarkdownOption,
    OfOption,
    RegistryOption,
    RelativeOption,
    RequireOption,
    SetOption,
    TableOption,
    TargetOption,
    WeightOption,
    ask,
    assignments,
    bounds,
    formula_argument,
    markup_of,
    optional,
)


def fit(
    template: Annotated[
        str,
        formula_argument(
            "A registry name or formula text with parameters that are free.",
            "TEMPLATE",
        ),
    ],
    target: TargetOption = DEFAULT_TARGET,
    norm: FitNormOption = "max",
    domain: Annotated[
        str | None,
        optional(
            "--domain",
            "LO:HI",
            "The interval to fit on, or several with commas between. Default: where the tails "
            "can match, at best all x.",
        ),
    ] = None,
    init: Annotated[
        list[str] | None,
        optional("--init", "NAME=VALUE", "A value to start a parameter from. Repeatable."),
    ] = None,
    bound: Annotated[
        list[str] | None,
        optional("--bound", "NAME=LO:HI", "Keep a parameter in an interval. Repeatable."),
    ] = None,
    weight: WeightOption = None,
    relative: RelativeOption = False,
    of: OfOption = "value",
    require: RequireOption = None,
    round: Annotated[
        str | None,
        optional(
            "--round",
            "GRID",
            "The best coefficients of a kind: decimal:2 (decimals), dyadic:8 (multiples of "
            "2^-8), float16, bfloat16, float32, q3.12 (fixed point).",
        ),
    ] = None,
    data: DataOption = None,
    budget: BudgetOption = BUDGET,
    set: SetOption = None,
    registry: RegistryOption = None,
    table: TableOption = None,
    json: JsonOption = False,
    latex: LatexOption = False,
    markdown: MarkdownOption = False,
) -> None:
    """Fit the parameters of a template to a target.

    \b
    Examples:
      actx fit "2x*sigmoid(a*x)" --target mish
      actx fit linear-swish --target mish --norm l2
      actx fit "x*clip(a*x + b, 0, 1)" --target gelu --norm data --data inputs.npy
      actx fit "x*sigmoid(a*x)" --domain -5:5 --init a=1 --bound a=0.1:4
      actx fit "x*sigmoid(a*x + b)" --require "min at -1.2" --require "min value -0.309"
      actx fit "x*clip(x + c, 0, k)/k" --round dyadic:4
      actx fit "c0 + c1*x + c2*x^2 + c3*x^3" --domain -4:4
      actx fit "a*x + b*x^3 + c*x^5" --target "sign(x)" --domain -1:-0.1,0.1:1
    """
    from actx.present.text import present

    markup = markup_of(json, latex, markdown)
    result = ask(
        actx.fit, "fitting", template, target,
        norm=norm, domain=domain, init=assignments(init, "--init"), bounds=bounds(bound), set=set,
        weight=weight, relative=relative, of=of, require=require, round=round, variants=True,
        data=data, budget=budget, registry=registry, table=table,
    )  # fmt: skip
    present(result, json, markup)
