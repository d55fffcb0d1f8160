"""The stretches of a domain on which all columns of a linear template and the target are smooth.

The error on a strip is the sum of coefficient times column, minus the goal (the target without the
template's offset). Weights are multiplied in already. Several strips may lie over the same x, one
for values and one for slopes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import acb, arb, ctx

from actx.arithmetic.coefficients import Number
from actx.calculus.pieces import Piecewise, pieces
from actx.calculus.proven.enclose import ball_program, exact_ball
from actx.calculus.proven.pieces import decided_at
from actx.calculus.proven.taylor import on_disc, taylor, terms
from actx.core.domain import Domain
from actx.fitting.linear.columns import Columns, Function
from actx.language.operations import OPERATIONS
from actx.language.tree import ONE, Node, simplify, walk

FAR = 1e15  # how far out an infinite end is looked at
_COARSE = 64  # bits of the balls that only bound what is left out
_ONE_BIT = 2  # what divides the precision for a step off a breakpoint


class Sense(Enum):
    """What is asked of an error: to be small, to be at most 0, or to be 0."""

    SMALL = "small"
    BELOW = "below"
    ZERO = "zero"


class Part:
    """One function of which something is asked everywhere: the columns of the error, and its goal.

    The error is weight·(sum of coefficient times column - goal). columns, goal, weight: as they
    were written. of: "value", "slope" or "requirement". domain: where it is asked; None for a part
    that does not depend on x. between: exact ends of a stretch of it that is meant.
    """

    def __init__(
        self,
        columns: Columns,
        goal: Node,
        of: str,
        domain: Domain | None,
        sense: Sense = Sense.SMALL,
        weight: Node = ONE,
        between: tuple[Number, Number] = (-math.inf, math.inf),
    ) -> None:
        self.columns, self.goal, self.weight, self.of = columns, goal, weight, of
        self.domain, self.sense, self.between = domain, sense, between

    @property
    def small(self) -> bool:
        """Whether the error is one that is to be small."""
        return self.sense is Sense.SMALL

    @property
    def trees(self) -> tuple[Node, ...]:
        """The formulas that have to be cut into smooth pieces."""
        return (*self.columns.trees, self.goal, self.weight)

    def strip(self, lo: Number, hi: Number, trees: Sequence[Node]) -> Strip:
        """A stretch of it, with what its formulas are there."""
        *columns, goal, weight = trees
        return Strip(lo, hi, self.columns.on(columns), goal, weight, self)

    def row(self, x: Any) -> list[Any]:
        """The values of all columns, and last of the goal, at a ball: true whatever the pieces."""
        return _row(self.columns, self.goal, self.weight, x)


def _row(columns: Columns, goal: Node, weight: Node, x: Any) -> list[Any]:
    """The values of all columns, and last of the goal, weighted."""
    target, share = _values(goal, weight, x)
    row = [*columns.row(x), target - columns.offset(x)]
    return row if weight is ONE else [share * v for v in row]


def _values(goal: Node, weight: Node, x: Any) -> list[Any]:
    """Goal and weight at a ball."""
    if weight is ONE:
        return [*ball_program(goal, precision=ctx.prec)(x), arb(1)]
    return ball_program(goal, weight, precision=ctx.prec)(x)


class Strip:
    """A part on [lo, hi], where all of its columns, its goal and its weight are smooth."""

    def __init__(
        self, lo: Number, hi: Number, columns: Columns, goal: Node, weight: Node, part: Part
    ) -> None:
        self.lo, self.hi = lo, hi
        self.columns, self.goal, self.weight, self.part = columns, goal, weight, part
        self._ends: dict[int, tuple[Any, Any]] = {}  # by precision

    @property
    def is_point(self) -> bool:
        """Whether it is no stretch of x, but one place."""
        return self.lo == self.hi

    @property
    def bounded(self) -> bool:
        return math.isfinite(self.lo) and math.isfinite(self.hi)

    @property
    def ends(self) -> tuple[Any, Any]:
        """Both ends as exact balls that do not lie outside; an infinite one far out."""
        if ctx.prec not in self._ends:
            lo = arb(-FAR) if self.lo == -math.inf else arb(exact_ball(self.lo).upper())
            hi = arb(FAR) if self.hi == math.inf else arb(exact_ball(self.hi).lower())
            self._ends[ctx.prec] = lo, hi
        return self._ends[ctx.prec]

    def within(self, x: float) -> Any:
        """A place in the strip as an exact ball; the float nearest to an end is that end."""
        lo, hi = self.ends
        if x <= float(self.lo):
            return lo
        return hi if x >= float(self.hi) else arb(x)

    def inner(self, x: Any) -> Any:
        """A place next to x that is no end, where formulas may have another value, or none."""
        lo, hi = self.ends
        step = arb(2) ** (-ctx.prec // _ONE_BIT) * (1 + abs(x))
        step = step.min((hi - lo) / 4)
        moved = x + step if x <= lo and self.bounded_below else x
        moved = x - step if x >= hi and self.bounded_above else moved
        return arb(moved.mid())

    @property
    def bounded_below(self) -> bool:
        return math.isfinite(self.lo)

    @property
    def bounded_above(self) -> bool:
        return math.isfinite(self.hi)

    def row(self, x: Any) -> list[Any]:
        """The values of all columns, and last of the goal, at a ball."""
        return _row(self.columns, self.goal, self.weight, x)

    def true_row(self, x: Any) -> list[Any]:
        """The same of the formulas as they were written, beside x where that is an end.

        At a place by itself what they are is decided exactly.
        """
        return self.row(exact_ball(self.lo)) if self.is_point else self.part.row(self.inner(x))

    def values(self, x: Any) -> list[Any]:
        """Goal and weight at a ball."""
        return _values(self.goal, self.weight, x)

    def jet(self, x: Any, count: int) -> list[list[Any]]:
        """So many Taylor coefficients about a ball of all columns, and last of the goal.

        NaN where they are not known.
        """
        with terms(count):
            try:
                *columns, offset = self.columns.series(x)
                row = [*columns, taylor(self.goal, x, ctx.prec) - offset]
                if self.weight is not ONE:
                    weight = taylor(self.weight, x, ctx.prec)
                    row = [weight * series for series in row]
            except ValueError:  # a denominator that may be zero
                return [[arb("nan")] * count] * (len(self.columns) + 1)
        return [_filled(series.coeffs(), count) for series in row]


def _filled(coefficients: list[Any], count: int) -> list[Any]:
    return coefficients + [arb(0)] * (count - len(coefficients))


class Error:
    """weight·(candidate - goal) on strips, in balls of the precision in force when it is made."""

    def __init__(self, candidate: Callable[[Strip], Function]) -> None:
        self._candidate = candidate
        self._functions: dict[Strip, Function] = {}

    def on(self, strip: Strip) -> Function:
        """The candidate on a strip."""
        if strip not in self._functions:
            self._functions[strip] = self._candidate(strip)
        return self._functions[strip]

    def value(self, strip: Strip, x: Any) -> Any:
        """The error at a ball."""
        goal, weight = strip.values(x)
        difference = self.on(strip)(x) - goal
        return difference if strip.weight is ONE else weight * difference

    def series(self, strip: Strip, x: Any, count: int) -> list[Any]:
        """So many Taylor coefficients about a ball; NaN where they are not known."""
        with terms(count):
            try:
                error = self.on(strip).series(x) - taylor(strip.goal, x, ctx.prec)
                if strip.weight is not ONE:
                    error = error * taylor(strip.weight, x, ctx.prec)
            except ValueError:  # a denominator that may be zero
                return [arb("nan")] * count
            return _filled(error.coeffs(), count)

    def on_disc(self, strip: Strip, x: Any, radius: Any) -> Any:
        """A bound on |error| on the complex disc of a radius about x; may not be finite."""
        candidate = self.on(strip)
        with ctx.workprec(_COARSE):
            disc = acb(arb(x, radius), arb(0, radius))
            error = candidate.on_disc(disc) - on_disc(strip.goal, disc, _COARSE)
            if strip.weight is not ONE:
                error = error * on_disc(strip.weight, disc, _COARSE)
            return abs(error).upper()


class Residual(Error):
    """The error with given coefficients."""

    def __init__(self, coefficients: Sequence[Any]) -> None:
        super().__init__(lambda strip: strip.columns.sum(coefficients))


def strips_of(part: Part) -> list[Strip]:
    """The strips of a part, from left to right. Raises AnalysisError."""
    if part.domain is None:
        constants = [pieces(tree, 0, 1).pieces[0].tree for tree in part.trees]
        return [part.strip(Fraction(0), Fraction(0), constants)]
    found = []
    first, last = part.between
    for interval in part.domain.parts:
        functions = [pieces(tree, interval.lo, interval.hi) for tree in part.trees]
        edges = sorted({p.lo for f in functions for p in f.pieces} | {functions[0].pieces[-1].hi})
        for a, b in pairwise(edges):
            lo, hi = max(a, first), min(b, last)
            if lo < hi:
                found.append(part.strip(lo, hi, [_tree_on(f, lo, hi) for f in functions]))
    return found


def points_of(strips: Sequence[Strip]) -> Iterator[Strip]:
    """Places at the ends of strips where the formulas have values that no strip has there.

    As floor(x) has at the right end of 0:1. Places that are no fractions are left out, which makes
    a bound no worse than it is without them.
    """
    ends: dict[tuple[Part, Fraction], list[Strip]] = {}
    for strip in strips:
        for x in (strip.lo, strip.hi):
            if isinstance(x, Fraction) and not strip.is_point:
                ends.setdefault((strip.part, x), []).append(strip)
    for (part, x), beside in ends.items():
        trees = [decided_at(simplify(tree), x) for tree in part.trees]
        if not all(OPERATIONS[n.op].is_smooth for t in trees for n in walk(t) if n.args):
            continue
        own = part.strip(x, x, trees)
        if not any(_is_at(own, strip) for strip in beside):
            yield own


def _is_at(point: Strip, strip: Strip) -> bool:
    """Whether a strip may have the values of a point there, or the point has none."""
    at = exact_ball(point.lo)
    own = point.row(at)
    if not all(v.is_finite() for v in own):
        return True
    return all(a.overlaps(b) for a, b in zip(own, strip.row(at), strict=True))


def _tree_on(function: Piecewise, lo: Number, hi: Number) -> Node:
    return next(p.tree for p in function.pieces if p.lo <= lo and hi <= p.hi)


def spread(strip: Strip, count: int) -> list[float]:
    """Points of a strip, ends included: closer near finite ends, and wider apart far out."""
    if strip.is_point:
        return [float(strip.lo)]
    if strip.bounded:
        a, b = float(strip.lo), float(strip.hi)
        turns = (math.pi * (k / (count - 1) - 0.5) for k in range(count))
        inner = [(a + b) / 2 + (b - a) * math.sin(t) / 2 for t in turns]
        return [a, *inner[1:-1], b]
    if strip.lo == -math.inf and strip.hi == math.inf:
        right = _outwards(0.0, count)
        return [*(-x for x in reversed(right[1:])), *right]
    if strip.hi == math.inf:
        return _outwards(float(strip.lo), count)
    return [-x for x in reversed(_outwards(-float(strip.hi), count))]


_REACH = math.asinh(1e4)
_FAR_PLACES = (1e6, 1e9, FAR)


def _outwards(start: float, count: int) -> list[float]:
    """Points from a start to infinity, about as far apart as they are from the start."""
    near = [start + math.sinh(_REACH * (k / (count - 1)) ** 1.25) for k in range(count)]
    return [*near, *(x for x in _FAR_PLACES if x > near[-1])]
