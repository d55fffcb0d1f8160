"""The stretches of a domain on which all columns of a linear template and the target are smooth.

The error on a strip is the sum of coefficient times column, minus the goal (the target without the
template's offset). Weights are multiplied in already. Several strips may lie over the same x, one
for values and one for slopes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

from flint import acb, arb, arb_poly, arb_series, ctx

from actx.domain import Domain
from actx.language.enclose import ball_program, exact_ball
from actx.language.identity import coefficients
from actx.language.pieces import Piecewise, pieces
from actx.language.series import Number
from actx.language.taylor import on_disc, taylor, terms
from actx.language.tree import Node
from actx.language.values import Program

FAR = 1e15  # how far out an infinite end is looked at
_ONE_BIT = 2  # what divides the precision for a step off a breakpoint


class Sense(Enum):
    """What is asked of an error: to be small, to be at most 0, or to be 0."""

    SMALL = "small"
    BELOW = "below"
    ZERO = "zero"


class Part:
    """One function of which something is asked everywhere: the columns of the error, and its goal.

    columns, goal: trees of x, as they were written. of: "value", "slope" or "requirement". domain:
    where it is asked; None for a part that does not depend on x.
    """

    def __init__(
        self,
        columns: Sequence[Node],
        goal: Node,
        of: str,
        domain: Domain | None,
        sense: Sense = Sense.SMALL,
    ) -> None:
        self.columns, self.goal, self.of = tuple(columns), goal, of
        self.domain, self.sense = domain, sense

    @property
    def small(self) -> bool:
        """Whether the error is one that is to be small."""
        return self.sense is Sense.SMALL

    def pieces(self, interval: Domain) -> list[Piecewise]:
        """The smooth pieces of each column, and last of the goal. Raises AnalysisError."""
        return [pieces(tree, interval.lo, interval.hi) for tree in (*self.columns, self.goal)]

    def row(self, x: Any) -> list[Any]:
        """The values of all columns, and last of the goal, at a ball: true whatever the pieces."""
        return ball_program(*self.columns, self.goal, precision=ctx.prec)(x)


class Strip:
    """A part on [lo, hi], where all of its columns and its goal are smooth."""

    def __init__(
        self, lo: Number, hi: Number, columns: Sequence[Node], goal: Node, part: Part
    ) -> None:
        self.lo, self.hi = lo, hi
        self.columns, self.goal, self.part = tuple(columns), goal, part
        self._balls: dict[int, list[Any]] = {}  # the polynomials, by precision

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
        lo = arb(-FAR) if self.lo == -math.inf else arb(exact_ball(self.lo).upper())
        hi = arb(FAR) if self.hi == math.inf else arb(exact_ball(self.hi).lower())
        return lo, hi

    def within(self, x: float) -> Any:
        """A place in the strip as an exact ball; a float may lie beyond an end that is none."""
        lo, hi = self.ends
        return arb(x).max(lo).min(hi)

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
        polynomials = self.polynomials
        if polynomials is None:
            return self._program(x)
        return [*(p(x) for p in polynomials), ball_program(self.goal, precision=ctx.prec)(x)[0]]

    def jet(self, x: Any, count: int) -> list[list[Any]]:
        """So many Taylor coefficients about a ball of all columns, and last of the goal.

        NaN where they are not known.
        """
        with terms(count):
            try:
                found = [taylor(f, x, ctx.prec).coeffs() for f in (*self.columns, self.goal)]
            except ValueError:  # a denominator that may be zero
                return [[arb("nan")] * count] * (len(self.columns) + 1)
        return [row + [arb(0)] * (count - len(row)) for row in found]

    @property
    def _program(self) -> Program[Any]:
        return ball_program(*self.columns, self.goal, precision=ctx.prec)

    @cached_property
    def rational(self) -> list[list[Fraction]] | None:
        """The coefficients of the columns, where all are polynomials."""
        found = [coefficients(column) for column in self.columns]
        return None if any(c is None for c in found) else [c for c in found if c is not None]

    @property
    def polynomials(self) -> list[Any] | None:
        """The columns as polynomials in balls, where all are polynomials."""
        if self.rational is None:
            return None
        bits = ctx.prec
        if bits not in self._balls:
            self._balls[bits] = [arb_poly([exact_ball(c) for c in row]) for row in self.rational]
        return self._balls[bits]


class Residual:
    """The error with given coefficients, in balls of the precision in force when it is made."""

    def __init__(self, coefficients: Sequence[Any]) -> None:
        self.coefficients = list(coefficients)
        self._sums: dict[Strip, tuple[Any, Any, Any] | None] = {}

    def _sum(self, strip: Strip) -> tuple[Any, Any, Any] | None:
        """The sum of the columns as a polynomial, with two derivatives."""
        if strip not in self._sums:
            found = None
            if (columns := strip.polynomials) is not None:
                pairs = zip(columns, self.coefficients, strict=True)
                total = sum((p * c for p, c in pairs), arb_poly([0]))
                first = total.derivative()
                found = total, first, first.derivative()
            self._sums[strip] = found
        return self._sums[strip]

    def value(self, strip: Strip, x: Any) -> Any:
        """The error at a ball."""
        total = self._sum(strip)
        if total is not None:
            return total[0](x) - ball_program(strip.goal, precision=ctx.prec)(x)[0]
        *row, goal = strip.row(x)
        return self._weighed(row) - goal

    def _weighed(self, row: Sequence[Any], nothing: Any = 0) -> Any:
        return sum((v * c for v, c in zip(row, self.coefficients, strict=True)), nothing)

    def series(self, strip: Strip, x: Any, count: int) -> list[Any]:
        """So many Taylor coefficients about a ball; NaN where they are not known."""
        with terms(count):
            try:
                error = self._series_of_sum(strip, x) - taylor(strip.goal, x, ctx.prec)
            except ValueError:  # a denominator that may be zero
                return [arb("nan")] * count
            found: list[Any] = error.coeffs()
        return found + [arb(0)] * (count - len(found))

    def _series_of_sum(self, strip: Strip, x: Any) -> Any:
        total = self._sum(strip)
        if total is None:
            columns = [taylor(column, x, ctx.prec) for column in strip.columns]
            return self._weighed(columns, arb_series([0]))
        if ctx.cap <= len(total):
            return arb_series([total[0](x), total[1](x), total[2](x) / 2][: ctx.cap])
        return arb_series(total[0](arb_poly([x, 1])).coeffs())

    def on_disc(self, strip: Strip, x: Any, radius: Any) -> Any:
        """A bound on |error| on the complex disc of a radius about x; may not be finite."""
        disc = acb(arb(x, radius), arb(0, radius))
        return abs(self._on(strip, disc) - on_disc(strip.goal, disc, ctx.prec)).upper()

    def _on(self, strip: Strip, disc: Any) -> Any:
        total = self._sum(strip)
        if total is not None:
            return total[0](disc)
        return self._weighed([on_disc(c, disc, ctx.prec) for c in strip.columns], acb(0))


def strips_of(part: Part) -> list[Strip]:
    """The strips of a part, from left to right. Raises AnalysisError."""
    if part.domain is None:
        return [Strip(Fraction(0), Fraction(0), part.columns, part.goal, part)]
    found = []
    for interval in part.domain.parts:
        functions = part.pieces(interval)
        edges = sorted({p.lo for f in functions for p in f.pieces} | {functions[0].pieces[-1].hi})
        for lo, hi in pairwise(edges):
            trees = [_tree_on(f, lo, hi) for f in functions]
            found.append(Strip(lo, hi, trees[:-1], trees[-1], part))
    return found


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
