"""Extrema, tails and verdicts in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from actx.analysis.results import Answer, Extremum, Kind, Tail, Verdict
from actx.core.numbers import at, number
from actx.present.sheets.certainty import UNMARKED, Certainty

if TYPE_CHECKING:
    from actx.calculus.cost import OperationCount

_TOLD = 3  # of places at which one value is reached
_KIND_WORDS = {
    Kind.INTERIOR: "",
    Kind.KINK: ", at a kink",
    Kind.BOUNDARY: ", at the end of the domain",
    Kind.PLATEAU: ", a plateau",
}


def extremum(point: Extremum, certainty: Certainty = UNMARKED) -> str:
    """A minimum or maximum in words, e.g. `-0.45 at x = -1.5`."""
    y = certainty.height(point)
    towards = point.kind in (Kind.LIMIT, Kind.UNBOUNDED)
    where = at(point.x, tends=towards, show=certainty.place(point))
    if towards:
        where += "".join(f" and → {number(x)}" for x in point.ties[:_TOLD])
        more = len(point.ties) - _TOLD
        where += f" and {more} more" if more > 0 else ""
    if point.kind is Kind.UNBOUNDED:
        return f"none: unbounded, → {y} {where}"
    enclosure = None if point.enclosure is None else point.enclosure.y
    reached = certainty.reached(enclosure, point.proven)
    reached = reached and f", {reached}"
    if point.kind is Kind.LIMIT:
        return f"{y}, approached {where} and not attained{reached}"
    return f"{y} {where}{_KIND_WORDS[point.kind]}{tied(point.ties)}{reached}"


def tied(places: Sequence[float]) -> str:
    """Where else an extreme value is reached, in words."""
    if not places:
        return ""
    shown = ", ".join(f"{x:.7g}" for x in places[:_TOLD])
    more = f" and {len(places) - _TOLD} more" if len(places) > _TOLD else ""
    return f", also at x = {shown}{more}, as far as can be told"


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
    if end.line is not None:
        return f"→ {line(*end.line)}"
    return f"grows like {end.growth}" if end.growth else "no asymptote"


def verdict(result: Verdict) -> str:
    """The answer to a statement in one line: `proven: max F lies in [6, 6]`."""
    x = result.witness
    if result.answer is not Answer.DISPROVEN or x is None or math.isnan(x):
        return f"{result.answer.value}: {result.detail}"
    return f"{result.answer.value}: {at(x, show=_in_full)}, {result.detail}"


def _in_full(x: float) -> str:
    """A witness with all its digits, so that it can be put into the formula."""
    return number(x) if math.isinf(x) else repr(x + 0.0).removesuffix(".0")


_COUNTED = {
    "calls": ("call", "calls"),
    "divides": ("divide", "divides"),
    "roots": ("root", "roots"),
    "multiplies": ("multiply", "multiplies"),
    "adds": ("add", "adds"),
    "branches": ("branch", "branches"),
    "signs": ("sign", "signs"),
    "loads": ("load", "loads"),
}


def operations(found: OperationCount) -> str:
    """What a formula costs in words: `1 call, 2 multiplies (8 as written); cost 26`."""
    shared = found.shared
    named = ((getattr(shared, kind), words) for kind, words in _COUNTED.items())
    listed = ", ".join(f"{n} {words[n != 1]}" for n, words in named if n) or "none"
    more = found.written.total - shared.total
    written = f" ({found.written.total} as written)" if more > 0 else ""
    return f"{listed}{written}; cost {number(found.cost)}"
