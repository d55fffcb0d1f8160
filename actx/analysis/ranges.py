"""Enclosures that hold for every value of parameters within intervals.

The formula is evaluated as it stands, conditions and all, over balls of x and of the parameters; so
breakpoints may move with a parameter. Boxes of x are halved, the most promising first, until the
supremum over all parameter values is known well in proportion to how much it varies.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_fields
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

from flint import arb, ctx

from actx.analysis.monotone import monotone
from actx.analysis.results import ComparisonRow, Enclosure, Exploration, Extremum
from actx.arithmetic.coefficients import SeriesError
from actx.arithmetic.monomials import UNIT, compare
from actx.arithmetic.series import Place, Series
from actx.calculus.formula import Formula
from actx.calculus.pieces import pieces
from actx.calculus.proven.enclose import ball_program, exact_ball, hull, outward
from actx.calculus.proven.series import (
    STARTS,
    ProvenExpander,
    ball,
    least_size,
    settled_sign,
    variation,
)
from actx.calculus.resolve import COMPARING, has_cases, holds, resolved
from actx.calculus.steps import has_steps
from actx.core.budget import PRECISION, Budget
from actx.core.domain import Domain, Interval
from actx.core.errors import AnalysisError
from actx.language.derivative import by_cases, derivative
from actx.language.tree import Node, rebuild, simplified, simplify, walk

_CELLS = 16  # parts into which the parameters' box is cut, at most
_CLOSE = 0.01  # the supremum's upper end is this near, in proportion to its variation
_SERIES_SIZE = 4
_MOST_CORNERS = 27


@dataclass(frozen=True)
class RangeResult:
    """For every parameter value the supremum lies in [lo, hi], attained within x."""

    lo: float
    hi: float
    x: Interval
    proven: bool


@dataclass(frozen=True)
class _Tail:
    """A tail from x on: sign·F is at most `top` there, and its supremum at least `least`."""

    x: float
    side: int
    top: float
    least: float

    @property
    def span(self) -> Interval:
        return (self.x, math.inf) if self.side > 0 else (-math.inf, self.x)


class Ranges:
    """A tree with parameters that lie in intervals, on a domain."""

    def __init__(
        self, tree: Node, ranges: Mapping[str, Interval], domain: Domain, budget: Budget
    ) -> None:
        self.tree, self.domain, self.budget = simplify(tree), domain, budget
        self.names = tuple(ranges)
        parts = max(1, int(_CELLS ** (1 / len(ranges))))
        sides = [_parts(*_outer_ends(*ends), parts) for ends in ranges.values()]
        self.corners = list(product(*((lo, lo + (hi - lo) / 2, hi) for lo, hi in ranges.values())))
        self.lo, self.hi = _outer_ends(domain.lo, domain.hi)
        cased = _by_cases(self.tree)
        conditions = [n for n in walk(cased) if n.op in COMPARING or has_steps(n)]
        with ctx.workprec(PRECISION):
            self.cells = [tuple(hull(*side) for side in cell) for cell in product(*sides)]
            self.program = ball_program(self.tree, precision=PRECISION, parameters=self.names)
            self.slope = ball_program(
                derivative(cased), *conditions, precision=PRECISION, parameters=self.names
            )

    def supremum(self, sign: int, guesses: Sequence[float]) -> RangeResult:
        """sup of sign·F (|F| for sign 0) over the domain, for all parameter values."""
        with ctx.workprec(PRECISION):
            return self._supremum(sign, [x for x in guesses if x in self.domain])

    def _supremum(self, sign: int, guesses: Sequence[float]) -> RangeResult:
        places = {*guesses, 0.0}
        points = [arb(x) for x in places if math.isfinite(x) and x in self.domain]
        ends = [x for x in (self.domain.lo, self.domain.hi) if math.isfinite(x)]
        points += [exact_ball(Fraction(repr(x))) for x in ends]
        lowers = [max(_low(sign, self._at(x, cell)) for x in points) for cell in self.cells]
        reached = max(_low(sign, self._at(x, map(arb, c))) for x in points for c in self.corners)
        whole = self.domain.lo, self.domain.hi
        try:
            tails = [self._tails(sign, *pair) for pair in zip(self.cells, lowers, strict=True)]
        except SeriesError:
            return RangeResult(min(lowers), math.inf, whole, False)
        lowers = [
            max([lower, *(t.least for t in found)])
            for lower, found in zip(lowers, tails, strict=True)
        ]
        if any(t.top == math.inf for found in tails for t in found):
            return RangeResult(min(lowers), math.inf, whole, True)
        return self._search(sign, lowers, reached, tails)

    def _at(self, x: arb, cell: Iterable[arb]) -> arb:
        return self.program(x, *cell)[0]

    def _search(
        self, sign: int, lowers: Sequence[float], reached: float, tails: Sequence[Sequence[_Tail]]
    ) -> RangeResult:
        """Best first: the box that may hold the largest value is halved next."""
        lower = min(lowers)
        top = max((t.top for found in tails for t in found), default=-math.inf)
        close = max(_CLOSE * abs(reached - lower), 1e-12 * max(1.0, abs(reached)))
        heap: list[tuple[float, float, float, int]] = []
        for i, found in enumerate(tails):
            lo = max([self.lo, *(t.x for t in found if t.side < 0)])
            hi = min([self.hi, *(t.x for t in found if t.side > 0)])
            for a, b in _parts(lo, hi, 32) if lo < hi else []:
                heapq.heappush(heap, (-self._bound(sign, a, b, i), a, b, i))
        steps, proven = 0, True
        while heap and -heap[0][0] > max(reached, top) + close:
            bound, a, b, i = heapq.heappop(heap)
            steps += 1
            middle = a + (b - a) / 2
            spent = steps % 64 == 0 and self.budget.spent
            if spent or b - a <= 1e-12 * max(1.0, abs(a), abs(b)):
                heapq.heappush(heap, (bound, a, b, i))
                proven = not spent
                break
            for c, d in ((a, middle), (middle, b)):
                heapq.heappush(heap, (-self._bound(sign, c, d, i), c, d, i))
        highest = max([top, *(-heap[0][0] for _ in heap[:1])])
        kept = [(a, b) for bound, a, b, i in heap if -bound >= lowers[i]]
        for least, found in zip(lowers, tails, strict=True):
            kept += [t.span for t in found if t.top >= least]
        x = min((a for a, _ in kept), default=self.lo), max((b for _, b in kept), default=self.hi)
        return RangeResult(lower, highest, x, proven and math.isfinite(highest))

    def _bound(self, sign: int, a: float, b: float, cell: int) -> float:
        """An upper bound on a box, by values, and by the mean value where no condition is open."""
        box, parameters = hull(a, b), self.cells[cell]
        value = self._at(box, parameters)
        if not value.is_finite():
            return math.inf
        highest = outward(sign * value if sign else abs(value))[1]
        slope, *conditions = self.slope(box, *parameters)
        if slope.is_finite() and all(c.is_exact() for c in conditions):
            middle = arb(a + (b - a) / 2)
            value = self._at(middle, parameters) + slope * (box - middle)
            highest = min(highest, outward(sign * value if sign else abs(value))[1])
        return highest

    # --- ends ---

    def _tails(self, sign: int, cell: Iterable[arb], lower: float) -> list[_Tail]:
        """What is known of the infinite ends of the domain, for the parameters of a cell."""
        ends = ((self.domain.lo, -1), (self.domain.hi, 1))
        return [self._tail(sign, cell, side, lower) for x, side in ends if math.isinf(x)]

    def _tail(self, sign: int, cell: Iterable[Any], side: int, lower: float) -> _Tail:
        other = self.lo if side > 0 else -self.hi
        place = Place(None, side)
        last = SeriesError("no series with a proven rest")
        found: _Tail | None = None
        for start in STARTS:
            if start < other:
                continue
            expander = ProvenExpander(place, _SERIES_SIZE, start)
            expander.parameters = dict(zip(self.names, cell, strict=True))
            try:
                tail = self._read(sign, expander.series(self._outer(expander)), place, start)
            except SeriesError as reason:
                last = reason
                continue
            found = tail if found is None or tail.top < found.top else found
            near = found.top - found.least <= _CLOSE * abs(found.top)
            if near or found.top <= lower or found.top == math.inf:
                return found
        if found is None:
            raise last
        return found

    def _read(self, sign: int, series: Series, place: Place, start: float) -> _Tail:
        """What a series with a proven rest says of a tail. Raises SeriesError if nothing."""
        x = place.x(start)
        if series.terms and compare(series.terms[0][1], UNIT) > 0:
            rising = settled_sign(series, start)
            if rising is None:
                raise SeriesError("its sign is open")
            if sign in (0, rising):
                return _Tail(x, place.side, math.inf, math.inf)
            least = least_size(series, start)
            top = 0.0 if least is None else outward(-least)[1]
            return _Tail(x, place.side, top, -math.inf)
        limit = ball(series.coefficient(UNIT))
        value = sign * limit if sign else abs(limit)
        top = outward(value + variation(series, start))[1]
        return _Tail(x, place.side, top, outward(value)[0])

    def _outer(self, expander: ProvenExpander) -> Node:
        """The smooth tree that holds from the expander's start on, comparisons decided by proof."""

        def decide(comparison: Node, a: Node, b: Node) -> Node:
            series = expander.series(simplified("sub", a, b))
            sign = settled_sign(series, expander.arithmetic.start)  # type: ignore[attr-defined]
            if sign is None:
                raise SeriesError("a condition is open")
            return holds(comparison.op, sign)

        def about(u: Node) -> float:
            return float(ball(expander.series(u).coefficient(UNIT)).mid())

        return resolved(self.tree, decide, about)[0]


def _by_cases(tree: Node) -> Node:
    """The tree with all piecewise operations written as conditions, but for steps."""

    def make(op: str, *args: Node) -> Node:
        made = simplified(op, *args)
        return by_cases(made) if made.op == op and has_cases(made) else made

    return rebuild(tree, lambda leaf: leaf, make)


def _outer_ends(lo: float, hi: float) -> Interval:
    """Floats about an interval whose ends are the decimals that the given floats are short for."""

    def outer(x: float, end: int) -> float:
        return outward(exact_ball(Fraction(repr(x))))[end] if math.isfinite(x) else x

    return outer(float(lo), 0), outer(float(hi), 1)


def _low(sign: int, value: arb) -> float:
    if not value.is_finite():
        return -math.inf
    return outward(sign * value if sign else abs(value))[0]


def _parts(lo: float, hi: float, count: int) -> list[Interval]:
    edges = [lo + (hi - lo) * i / count for i in range(count)] + [hi]
    return [(a, b) for a, b in pairwise(edges) if a < b] or [(lo, hi)]


# --- results ---


def with_ranges(row: ComparisonRow, candidate: Formula, target: Formula, domain: Domain,
                seconds: float) -> ComparisonRow:  # fmt: skip
    """A row whose enclosures hold for every value of the parameters that have a range."""
    budget = Budget(seconds)
    error = simplified("sub", candidate.open, target.open)
    ranges = {**target.ranges, **candidate.ranges}
    guesses = _guesses(candidate, target, domain)
    found = Ranges(error, ranges, domain, budget).supremum(0, guesses)
    largest = replace_fields(row.max_error, enclosure=(found.lo, found.hi), proven=found.proven)
    return replace_fields(
        row,
        max_error=largest,
        minimum=_minimum(row.minimum, candidate, domain, budget),
        notes=(*row.notes, _note(ranges)),
    )


def exploration_with_ranges(
    found: Exploration, formula: Formula, domain: Domain, seconds: float
) -> Exploration:
    """An exploration whose minimum is enclosed for every value of parameters with a range."""
    minimum = _minimum(found.minimum, formula, domain, Budget(seconds))
    return replace_fields(found, minimum=minimum, notes=(*found.notes, _note(formula.ranges)))


def _minimum(found: Extremum, formula: Formula, domain: Domain, budget: Budget) -> Extremum:
    if not set(formula.parameters) & set(formula.ranges):
        return found
    guesses = _guesses(formula, None, domain)
    result = Ranges(formula.open, formula.ranges, domain, budget).supremum(-1, guesses)
    y = (-result.hi + 0.0, -result.lo + 0.0)
    return replace_fields(found, enclosure=Enclosure(result.x, y), proven=result.proven)


def _guesses(candidate: Formula, target: Formula | None, domain: Domain) -> list[float]:
    """Turning points at the ends and the middle of the ranges."""
    places: set[float] = set()
    for values in _corners({**candidate.ranges, **(target.ranges if target else {})}):
        try:
            function = pieces(candidate.set(values).bound, domain.lo, domain.hi)
            if target is not None:
                function = function - pieces(target.set(values).bound, domain.lo, domain.hi)
            places |= {float(s.lo) for s in monotone(function)}
        except AnalysisError:
            continue
    return sorted(x for x in places if math.isfinite(x))


def _corners(ranges: Mapping[str, Interval]) -> list[dict[str, float]]:
    sides = [(lo, lo + (hi - lo) / 2, hi) for lo, hi in ranges.values()]
    return [dict(zip(ranges, values, strict=True)) for values in product(*sides)][:_MOST_CORNERS]


def _note(ranges: Mapping[str, Interval]) -> str:
    texts = ", ".join(f"{name} = {lo:g}..{hi:g}" for name, (lo, hi) in ranges.items())
    return f"{texts}: an interval holds for every value; other numbers are those of the middle."
