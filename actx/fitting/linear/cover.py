"""How large the error of a fit is on a stretch, covered box by box however small it is.

On a box the error is its Taylor polynomial about the middle, to within a remainder that is bounded
on a disc around (`actx.calculus.proven.taylor`), so that the cancelling of candidate against target
does no harm; the polynomial is small itself, and its largest value is found by halving: an interval
is settled if a mean-value form lies below what is known to be reached, if the polynomial is
monotone there, so that its ends decide, or if it is concave towards the bound, where it lies below
Q(m) + Q'(m)²/(2 min|Q''|).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from flint import arb, arb_poly

from actx.calculus.proven.enclose import exact_ball
from actx.calculus.proven.taylor import RATIO, enough_terms
from actx.core.budget import Budget

_WIDTH = 1e-10  # of the enclosure, relative
_MOST_TERMS = 160
_NARROWEST = 1e-25  # relative to the interval; a box is not halved further
_MOST_BOXES = 20_000
_FEW_BOXES = 4  # that each stretch begins with


@dataclass
class Cover:
    """How large |error| is at most on what has been covered, and at least at what was looked at.

    error: has `value(stretch, x)`, `series(stretch, x, count)` and `on_disc(stretch, x, radius)`,
    all in balls; a stretch has the ends `lo` and `hi`. floor: errors below are as good as none.
    """

    error: Any
    budget: Budget
    floor: Any
    lower: Any = field(default_factory=lambda: arb(0))
    at: Any = None
    stretch: int = 0
    settled: Any = field(default_factory=lambda: arb(0))  # what was found at most in settled boxes
    boxes: int = 0

    def reach(self, value: Any, x: Any, stretch: int) -> None:
        """Take note that |error| is so large at x."""
        if value.is_finite() and value.lower() > self.lower:
            self.lower, self.at, self.stretch = arb(value.lower()), x, stretch

    @property
    def threshold(self) -> Any:
        """Boxes that stay below are settled."""
        return (self.lower * (1 + arb(_WIDTH))).max(self.floor)

    def upper(self) -> Any:
        """What is nowhere exceeded."""
        return self.threshold.max(self.settled).upper()

    def take(self, size: Any, at: Any, index: int) -> None:
        """|error| at a place at which it is not that of a stretch."""
        if size.is_finite():  # else it has no value there, and the stretches' limits count
            self.reach(size, at, index)
            self.settled = self.settled.max(size.upper())

    # --- boxes ---

    def cover(self, index: int, stretch: Any) -> None:
        """Settle a stretch box by box."""
        lo, hi = exact_ball(stretch.lo), exact_ball(stretch.hi)
        least = (hi - lo).upper() * _NARROWEST
        cuts = [lo + (hi - lo) * k / _FEW_BOXES for k in range(1, _FEW_BOXES)]
        edges = [lo, *(arb(c.mid()) for c in cuts), hi]
        stack = [*pairwise(edges)][::-1]
        while stack:
            a, b = stack.pop()
            self.boxes += 1
            if self._box(index, stretch, a, b):
                continue
            if (b - a).lower() < least or self.boxes > _MOST_BOXES or self.budget.spent:
                self.settled = self.settled.max(self._at_most(stretch, a, b))
                continue
            middle = arb(((a + b) / 2).mid())
            stack += [(middle, b), (a, middle)]

    def _at_most(self, stretch: Any, lo: Any, hi: Any) -> Any:
        """What |error| is at most on a box, by its enclosure; infinite where there is none.

        A box beside a singular end must not reach beyond it, not by rounding either.
        """
        width = arb(2) ** math.ceil(math.log2(float((hi - lo).upper())) + 1)
        half = width / 2
        for box in (lo.union(hi), arb(lo.mid() + half, half), arb(hi.mid() - half, half)):
            value = abs(self.error.value(stretch, box))
            if value.is_finite():
                return value.upper()
        return arb("inf")

    def _box(self, index: int, stretch: Any, lo: Any, hi: Any) -> bool:
        """Settle one box by the error's Taylor polynomial, if that can be had."""
        middle = arb(((lo + hi) / 2).mid())
        radius = arb((hi - middle).max(middle - lo).upper())
        most = self.error.on_disc(stretch, middle, radius * RATIO)
        if not most.is_finite():
            return self._by_slope(stretch, lo, middle, hi)
        for x in (lo, middle, hi):
            self.reach(abs(self.error.value(stretch, x)), x, index)
        allowed = self.lower.max(self.floor) * (_WIDTH / 8)
        enough = enough_terms(most, allowed, _MOST_TERMS)
        if enough is None:
            return False
        count, rest = enough
        polynomial = arb_poly(self.error.series(stretch, middle, count))
        return _Model(polynomial, rest, middle, index).settle(self, radius)

    def _by_slope(self, stretch: Any, lo: Any, middle: Any, hi: Any) -> bool:
        """Settle a box that is too wide for a Taylor polynomial by value and slope on it."""
        value, slope = self.error.series(stretch, lo.union(hi), 2)
        if abs(value) <= self.threshold:
            return True
        if not slope.is_finite():
            return False
        if slope > 0 or slope < 0:
            ends = abs(self.error.value(stretch, lo)).max(abs(self.error.value(stretch, hi)))
            return bool(ends <= self.threshold)
        size = abs(self.error.value(stretch, middle)) + abs(slope) * (hi - lo)
        return bool(size <= self.threshold)


class _Model:
    """The error about a point: a polynomial in s = x - middle, to within `rest`."""

    def __init__(self, polynomial: Any, rest: Any, middle: Any, stretch: int) -> None:
        self.value, self.rest, self.middle, self.stretch = polynomial, rest, middle, stretch
        self.slope = polynomial.derivative()
        self.bend = self.slope.derivative()

    def settle(self, search: Cover, radius: Any) -> bool:
        """Whether nothing on |s| <= radius exceeds the search's threshold, which may rise."""
        least = radius * _NARROWEST
        stack = [(-radius, radius)]
        while stack:
            a, b = stack.pop()
            m = arb(((a + b) / 2).mid())
            if self._settled(search, a, m, b):
                continue
            if (b - a).lower() < least:
                return False
            stack += [(m, b), (a, m)]
        return True

    def _settled(self, search: Cover, a: Any, m: Any, b: Any) -> bool:
        value = self._reach(search, m)
        box, half = a.union(b), arb((b - m).max(m - a).upper())
        steep = self.slope(box)
        if self._below(search, abs(value) + abs(steep) * half):
            return True
        if steep > 0 or steep < 0:  # monotone
            return self._below(search, abs(self.value(a)).max(abs(self.value(b))))
        curve, at_m = self.bend(box), self.slope(m)
        if self._below(search, abs(value) + abs(at_m) * half + abs(curve) * half * half / 2):
            return True
        sign = 1 if value > 0 else -1
        if not sign * curve < 0:
            return False
        x = arb((m - at_m / self.bend(m)).mid())  # towards the turning point
        if not (x > a and x < b):
            return False
        over = sign * self._reach(search, x) + self.slope(x) ** 2 / (2 * abs(curve).lower())
        under = (-sign * self.value(a)).max(-sign * self.value(b))  # convex there: its ends decide
        return self._below(search, over.max(under))

    def _reach(self, search: Cover, s: Any) -> Any:
        value = self.value(s)
        search.reach(abs(value) - self.rest, self.middle + s, self.stretch)
        return value

    def _below(self, search: Cover, size: Any) -> bool:
        return bool(size + self.rest <= search.threshold)
