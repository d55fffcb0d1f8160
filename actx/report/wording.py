"""Extrema and tails in words."""

from __future__ import annotations

import math

from actx.analysis.results import Extremum, Interval, Kind, Tail
from actx.report.numbers import at, number

_KIND_WORDS = {
    Kind.INTERIOR: "",
    Kind.KINK: ", at a kink",
    Kind.BOUNDARY: ", at the end of the domain",
    Kind.PLATEAU: ", a plateau",
}


def extremum(point: Extremum) -> str:
    """A minimum or maximum in words, e.g. `-0.45 at x = -1.5`."""
    y = number(point.y)
    if point.kind is Kind.UNBOUNDED:
        return f"none: unbounded, → {y} {_towards(point.x)}"
    if point.kind is Kind.LIMIT:
        return f"{y}, approached {_towards(point.x)} and not attained"
    return f"{y} {at(point.x)}{_KIND_WORDS[point.kind]}"


def _towards(x: float | Interval) -> str:
    return at(x) if isinstance(x, tuple) else f"as x → {number(x)}"


def line(slope: float, intercept: float) -> str:
    """A straight line as text: `0.9x + 0.1`, `x`, `-x - 2`, `3`."""
    if slope == 0 or number(slope) == "0":
        return number(intercept)
    factor = {"1": "", "-1": "-"}.get(number(slope), number(slope))
    if intercept == 0:
        return f"{factor}x"
    return f"{factor}x {'+' if intercept > 0 else '-'} {number(abs(intercept))}"


def tail(end: Tail) -> str:
    """A tail in words: `→ x`, `→ 0.9x + 0.1`, `grows like x^2`."""
    if end.intercept is not None and math.isfinite(end.slope) and math.isfinite(end.intercept):
        return f"→ {line(end.slope, end.intercept)}"
    return f"grows like {end.growth}" if end.growth else "no asymptote"
