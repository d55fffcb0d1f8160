"""A function as monotone segments, from which extrema, zeros and sup norms follow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np

from actx.arithmetic.brackets import bracketed
from actx.arithmetic.coefficients import Number, SeriesError
from actx.arithmetic.series import Place
from actx.calculus.balls import middle_in_balls
from actx.calculus.boxes import inner_point
from actx.calculus.expansion import limit
from actx.calculus.pieces import Piece, Piecewise
from actx.calculus.point_values import box_at, float_value
from actx.calculus.values import program
from actx.calculus.zeros import snapped, zeros
from actx.core.domain import smaller
from actx.core.errors import AnalysisError
from actx.language.derivative import derivative
from actx.language.tree import Node

_STEPS_BESIDE = (1e-5, 1e-7)  # from a pole, in proportion: there a value grows by a hundred
_GROWS = 5.0
_MAYBE_ZERO = 1e-9  # what is this much smaller than other values is looked at closely


@dataclass(frozen=True)
class Segment:
    """A stretch on which the function rises (1), falls (-1) or is constant (0).

    at_lo, at_hi: its one-sided limits at the ends, possibly infinite. tree: what it is there, or
    what it is the derivative of, of the given order.
    """

    lo: Number
    hi: Number
    direction: int
    at_lo: float
    at_hi: float
    tree: Node
    order: int


@dataclass(frozen=True)
class Edge:
    """Where a segment begins or ends, and the function's own value there (NaN: it has none)."""

    x: float
    value: float


def outline(function: Piecewise) -> tuple[tuple[Segment, ...], tuple[Edge, ...]]:
    """The monotone segments of a function, and their edges (one more than segments).

    Where limits and own value at an edge differ by rounding only, they are made one number.
    """
    segments = list(monotone(function))
    edges: list[Edge] = []
    for i in range(len(segments) + 1):
        left = segments[i - 1] if i else None
        right = segments[i] if i < len(segments) else None
        x = left.hi if left is not None else segments[0].lo
        limits = [left.at_hi] if left is not None else []
        limits += [right.at_lo] if right is not None else []
        value = function.points.get(x, limits[0] if math.isfinite(x) else math.nan)
        around = {value, *limits}
        if len(around) > 1 and math.isfinite(x):
            trees = [s.tree for s in (left, right) if s is not None]
            exact = {s.at_lo for s in (left, right) if s is not None and s.tree.constant}
            level = _one_number(sorted(around, key=lambda v: (v not in exact, abs(v))), trees, x)
            if left is not None and left.at_hi in level:
                segments[i - 1] = replace(left, at_hi=level[left.at_hi])
            if right is not None and right.at_lo in level:
                segments[i] = replace(right, at_lo=level[right.at_lo])
            value = level.get(value, value)
        edges.append(Edge(float(x) + 0.0, value if math.isfinite(value) else math.nan))
    return tuple(segments), tuple(edges)


def _one_number(values: Sequence[float], trees: Sequence[Node], x: Number) -> dict[float, float]:
    """What stands for each of several values at x that are equal but for rounding: the first."""
    finite = [v for v in values if math.isfinite(v)]
    noise = max(rounding(tree, x) for tree in trees)
    stands: dict[float, float] = {}
    for v in finite:
        stands[v] = next((w for w in stands.values() if abs(v - w) <= noise), v)
    return stands


def rounding(tree: Node, x: Number) -> float:
    """How far a value computed at a finite x may be from the true one; 0 where that is unknown."""
    lo, hi = box_at(tree, x)
    return hi - lo if math.isfinite(hi - lo) else 0.0


def monotone(function: Piecewise, order: int = 0) -> tuple[Segment, ...]:
    """The monotone segments of a function's derivative of the given order, from left to right.

    Raises AnalysisError where they cannot be told.
    """
    return tuple(
        segment
        for piece in function.pieces
        for segment in _of_piece(piece.tree, piece.lo, piece.hi, order)
    )


def turning(pieces: Sequence[Piece]) -> list[float]:
    """Guesses, from float64, of where a function turns; none where it cannot be told."""
    try:
        return [float(s.lo) for s in monotone(Piecewise(tuple(pieces)))]
    except (AnalysisError, ArithmeticError):  # it oscillates without end, say
        return []


# typed: an end known but for rounding is another than the fraction that it equals
@lru_cache(maxsize=1024, typed=True)
def _of_piece(tree: Node, start: Number, end: Number, order: int) -> tuple[Segment, ...]:
    found = zeros(tree, start, end, order + 1)
    turns = [p for p in found.points if p.left != p.right]
    edges = [start, *(p.x for p in turns), end]
    values = [end_value(tree, start, end, order)]
    values += [value_at(tree, p.x, order) for p in turns]
    values += [end_value(tree, end, start, order)]
    if order == 0:
        values = [_settled_zero(tree, x, values, i) for i, x in enumerate(edges)]
    made = []
    for i, (lo, hi) in enumerate(pairwise(edges)):
        at_lo, at_hi = values[i], values[i + 1]
        direction = 0 if found.everywhere else (at_hi > at_lo) - (at_hi < at_lo)
        if direction == 0 and not found.everywhere:
            direction = (turns[i - 1].right if i else found.left) or found.right
        made.append(Segment(lo, hi, direction, at_lo, at_hi, tree, order))
    return tuple(made)


def _settled_zero(tree: Node, x: Number, values: Sequence[float], i: int) -> float:
    """A value that is zero but for rounding as zero: at sqrt(2), say, or at a double zero."""
    value = values[i]
    others = [abs(v) for j, v in enumerate(values) if j != i]
    size = max((v for v in others if math.isfinite(v)), default=0.0)
    if any(math.isinf(v) for v in others):
        size = max(size, 1.0)
    if value == 0 or not math.isfinite(x) or not abs(value) <= _MAYBE_ZERO * size:
        return value
    if isinstance(x, Fraction | int):
        return value  # which is not 0, if that could be told
    lo, hi = box_at(tree, x)
    return 0.0 if lo <= 0 <= hi and math.isfinite(hi - lo) else value


def value_at(tree: Node, x: Number, order: int = 0) -> float:
    """The value of a smooth tree's derivative at a finite x; NaN where it has none."""
    return float_value(derivative(tree, order), x)


def end_value(tree: Node, x: Number, other: Number, order: int = 0) -> float:
    """The one-sided limit at an end of a piece, finite or not; other: its other end."""
    inward = 1 if x < other else -1
    if math.isfinite(x) or tree.constant:
        if isinstance(x, float) and math.isfinite(x) and not tree.constant:
            return _value_beside(derivative(tree, order), x, inward)
        value = value_at(tree, x, order)
        if math.isfinite(value):
            return value
    place = Place(x, inward) if math.isfinite(x) else Place(None, -inward)
    try:
        return limit(tree, place, order)
    except SeriesError as reason:
        if math.isfinite(x):
            value = middle_in_balls(derivative(tree, order), x)
            if math.isfinite(value):
                return value
        where = f"x = {float(x):g}" if math.isfinite(x) else ("inf" if x > 0 else "-inf")
        advice, part = smaller(*sorted((float(x), float(other))))
        raise AnalysisError(
            f"The limit of the formula towards {where} cannot be told: {reason}.",
            advice,
            domain=part,
        ) from None


def _value_beside(tree: Node, x: float, inward: int) -> float:
    """The limit at a breakpoint that is known but for rounding, where there may be a pole."""
    low, high = box_at(tree, x)
    value = float_value(tree, x)
    if math.isfinite(high - low) and math.isfinite(value):
        return value
    steps = (inward * step * max(1.0, abs(x)) for step in _STEPS_BESIDE)
    further, nearer = (float_value(tree, x + step) for step in steps)
    return math.copysign(math.inf, nearer) if abs(nearer) > _GROWS * abs(further) else nearer


@lru_cache(maxsize=1024)
def crossing(segment: Segment, level: float = 0.0) -> float | None:
    """The x inside a monotone segment at which it takes a value; None if it does not."""
    if segment.direction == 0:
        return None
    below, above = sorted((segment.at_lo, segment.at_hi))
    if not below < level < above:
        return None
    start = inner_point(segment.lo, segment.hi)
    a, b = (
        _end_beyond(segment, segment.lo, start, level),
        _end_beyond(segment, segment.hi, start, level),
    )

    compiled = program(derivative(segment.tree, segment.order))

    def gap(x: float) -> float:
        with np.errstate(all="ignore"):
            return float(compiled(np.float64(x))[0]) - level

    at_a, at_b = gap(a), gap(b)
    if at_a == 0 or at_b == 0:
        return a if at_a == 0 else b
    if (at_a > 0) == (at_b > 0):
        return None
    root = bracketed(gap, a, b)
    return float(snapped(derivative(segment.tree, segment.order), root)) if level == 0 else root


def _end_beyond(segment: Segment, end: Number, start: float, level: float) -> float:
    """A point between `start` and an end at which the segment has finally passed a level.

    It is the end itself where that has a value; from there on a solver can work.
    """
    x = float(end)
    if math.isfinite(x) and math.isfinite(value_at(segment.tree, x, segment.order)):
        return x
    at_end, other = segment.at_lo, float(segment.hi)
    if end != segment.lo:
        at_end, other = segment.at_hi, float(segment.lo)
    above = at_end > level
    inner, outer = other if math.isfinite(other) else start, start
    furthest = x
    for k in range(1100):
        value = value_at(segment.tree, outer, segment.order)
        if math.isfinite(value):
            if (value > level) == above:
                break
            inner = outer
        else:
            furthest = outer  # it overflows there
        if math.isfinite(furthest):
            outer = inner + (furthest - inner) / 2
        else:
            outer = inner + math.copysign(math.ldexp(1.0, min(k, 1000)), x)
    return outer
