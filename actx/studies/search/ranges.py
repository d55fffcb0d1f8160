"""Where polynomials stand: the range inside which they are fitted, and what stands outside of it.

Outside of a range a formula goes on as something simple, such as the target's asymptote. How far it
may reach inwards depends on the error that is allowed, and so does the range that is left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from actx.analysis.monotone import Segment, crossing, monotone, value_at
from actx.analysis.tails import tails
from actx.calculus.pieces import pieces
from actx.core.domain import Domain, smaller
from actx.core.errors import FitError
from actx.fitting.forms.best import Condition
from actx.language.constants import constant_value
from actx.language.derivative import derivative
from actx.language.text import to_text
from actx.language.tree import NUMBER, Node, X, as_fraction, node, number, replace, simplified

LEFT, RIGHT = -1, 1


@dataclass(frozen=True)
class Outside:
    """What stands on one side of a range, and its error by monotone segments, outermost first.

    tree: None where nothing stands there, because the range begins where the domain does; limit:
    that end of the domain.
    """

    tree: Node | None
    side: int
    limit: float
    segments: tuple[Segment, ...] = ()

    def error_beyond(self, x: float) -> float:
        """The largest error of what stands outside, from x outwards."""
        worst = 0.0
        for segment in self.segments:
            outer, inner = self._ends(segment)
            if not self._outward(outer[0], x):
                break
            worst = max(worst, abs(outer[1]))
            if self._outward(inner[0], x):
                worst = max(worst, abs(inner[1]))
            else:
                worst = max(worst, self._size_at(segment, x))
                break
        return worst

    def reach(self, level: float) -> float | None:
        """How far inwards it may stand with an error of at most `level`.

        The opposite end of the domain where that is everywhere; None where it is nowhere.
        """
        if self.tree is None:
            return self.limit
        x = self.limit
        for segment in self.segments:
            outer, inner = self._ends(segment)
            if abs(outer[1]) > level:
                return x if math.isfinite(x) else None
            if abs(inner[1]) > level:
                crossed = crossing(segment, math.copysign(level, inner[1]))
                return crossed if crossed is not None else (x if math.isfinite(x) else None)
            x = inner[0]
        return x

    def _ends(self, segment: Segment) -> tuple[tuple[float, float], tuple[float, float]]:
        """Place and error at the outer and at the inner end of a segment."""
        ends = (float(segment.lo), segment.at_lo), (float(segment.hi), segment.at_hi)
        return ends if self.side == LEFT else (ends[1], ends[0])

    def _outward(self, a: float, b: float) -> bool:
        """Whether a lies further outwards than b."""
        return a < b if self.side == LEFT else a > b

    def _size_at(self, segment: Segment, x: float) -> float:
        return abs(value_at(segment.tree, x, segment.order))


def outside(tree: Node | None, target: Node, weight: Node, domain: Domain, side: int) -> Outside:
    """What stands to a side of a range; tree: None for the asymptote of the target.

    weight: of the error. Raises FitError where the target has no asymptote there.
    """
    limit = domain.lo if side == LEFT else domain.hi
    if tree is None:
        if math.isfinite(limit):
            return Outside(None, side, limit)
        tree = asymptote(target, domain, side)
    beside = pieces(simplified("mul", weight, tree), domain.lo, domain.hi)
    error = beside - pieces(simplified("mul", weight, target), domain.lo, domain.hi)
    segments = monotone(error)
    return Outside(tree, side, limit, tuple(segments if side == LEFT else reversed(segments)))


def asymptote(target: Node, domain: Domain, side: int) -> Node:
    """The line that the target comes near to. Raises FitError where there is none."""
    found = tails(pieces(target, domain.lo, domain.hi))
    tail = found.left if side == LEFT else found.right
    end = "-inf" if side == LEFT else "inf"
    line = None if tail is None else tail.line
    if line is None:
        advice, part = smaller(domain.lo, domain.hi)
        raise FitError(
            f"Towards {end} the target {_short(target)} has no asymptote that could stand outside "
            "of a range.",
            advice,
            domain=part,
        )
    slope, intercept = map(number, line)
    return simplified("mul", slope, X) + intercept


def _short(tree: Node) -> str:
    text = to_text(tree)
    return text if len(text) <= 60 else f"{text[:59]}…"


def saturated(inner: Node, lo: float, hi: float, left: Node | None, right: Node | None) -> Node:
    """A formula on [lo, hi] with others outside of it; None where there is nothing outside."""
    if right is not None:
        inner = node("where", node("gt", X, number(hi)), right, inner)
    if left is not None:
        inner = node("where", node("lt", X, number(lo)), left, inner)
    return inner


def met(side: Outside, x: float, order: int) -> list[Condition]:
    """The conditions that a formula meets what stands outside at x, up to an order."""
    assert side.tree is not None
    place = number(x)
    found = []
    for k in range(order + 1):
        value = replace(derivative(side.tree, k) if k else side.tree, X, place)
        exact = as_fraction(value) if value.op == NUMBER else Fraction(constant_value(value))
        found.append(Condition(as_fraction(place), k, exact))
    return found


def check_room(lo: float | None, hi: float | None, domain: Domain) -> None:
    """The ends of a range that are given lie in the domain and leave room. Raises FitError."""
    for end in (lo, hi):
        if end is not None and not domain.lo <= end <= domain.hi:
            raise FitError(f"Its range ends at {end:g}, outside of the domain {domain}.")
    if (domain.lo if lo is None else lo) >= (domain.hi if hi is None else hi):
        raise FitError(f"The domain {domain} leaves no room for its range.")
