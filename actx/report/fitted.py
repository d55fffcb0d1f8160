"""`actx fit` as text: the fitted formula, then its errors beside other parameter values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from actx.analysis.results import Fit, FitVariant
from actx.report.layout import (
    NAME,
    QUIET,
    Column,
    Columns,
    aligned,
    facts_grid,
    indented,
    notes,
    numbers,
    words,
)
from actx.report.numbers import domain, number, place


def fit(result: Fit) -> Iterator[RenderableType]:
    """The sheet of a fit."""
    yield Text.assemble(
        (result.template, NAME),
        " fitted to ",
        (result.target, NAME),
        f" on {domain(result.domain)}",
        overflow="fold",
    )
    yield Text()
    facts: list[tuple[str, RenderableType]] = [
        (name, number(value, 10)) for name, value in result.parameters.items()
    ]
    facts.append((_NORM_WORDS.get(result.norm, result.norm), number(result.objective)))
    yield facts_grid([*facts, ("formula", result.formula)])
    yield Text()
    yield indented(_choices(result))
    if result.alternation:
        yield Text()
        yield indented(_alternation(result))
    yield from notes(result.notes)


_NORM_WORDS = {
    "max": "sup|e|",
    "l1": "∫|e|dx",
    "l2": "√∫e²dx",
    "gauss": "√E e², x from N(0,1)",
}


def _choices(result: Fit) -> Columns:
    """The fit and its variants side by side, a column each: their parameters, then their errors."""
    names = list(result.parameters)
    first = FitVariant(
        max_error=result.max_error,
        l1_error=result.l1_error,
        l2_error=result.l2_error,
        gauss_error=result.gauss_error,
        label=f"{result.norm} (this fit)",
        parameters=result.parameters,
    )
    return Columns(
        [words("", [*names, "max |e|", "at x", "L1", "L2", "Gauss"], QUIET)],
        [
            [_choice(variant, names, NAME if variant is first else "")]
            for variant in (first, *result.variants)
        ],
    )


def _choice(variant: FitVariant, names: Sequence[str], style: str) -> Column:
    parameters = [number(variant.parameters.get(name, math.nan)) for name in names]
    errors = [
        number(variant.max_error.value),
        place(variant.max_error.x),
        number(variant.l1_error),
        number(variant.l2_error),
        number(variant.gauss_error),
    ]
    return aligned(variant.label.replace(" ", "\n", 1), [*parameters, *errors], style)


def _alternation(result: Fit) -> Columns:
    points = result.alternation
    return Columns(
        [aligned("alternation at x", (place(point.x) for point in points))],
        [[numbers("error", (point.error for point in points))]],
    )
