"""A function as monotone segments, from which extrema, zeros and sup norms follow."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from actx.errors import AnalysisError
from actx.language.derivative import derivative
from actx.language.expansion import limit
from actx.language.pieces import Piece, Piecewise
from actx.language.series import Number, Place, SeriesError
from actx.language.settled import settled
from actx.language.tree import Node
from actx.language.values import program
from actx.language.zeros import snapped, zeros


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


def monotone(function: Piecewise, order: int = 0) -> tuple[Segment, ...]:
    """The monotone segments of a function's derivative of the given order, from left to right.

    Raises AnalysisError where they cannot be told.
    """
    return tuple(segment for piece in function.pieces for segment in _of_piece(piece, order))


def _of_piece(piece: Piece, order: int) -> Iterator[Segment]:
    found = zeros(piece.tree, piece.lo, piece.hi, order + 1)
    turns = [p for p in found.points if p.left != p.right]
    edges = [piece.lo, *(p.x for p in turns), piece.hi]
    values = [end_value(piece.tree, piece.lo, 1, order)]
    values += [value_at(piece.tree, float(p.x), order) for p in turns]
    values += [end_value(piece.tree, piece.hi, -1, order)]
    for i, (lo, hi) in enumerate(pairwise(edges)):
        at_lo, at_hi = values[i], values[i + 1]
        direction = 0 if found.everywhere else int(np.sign(at_hi - at_lo))
        if direction == 0 and not found.everywhere:
            direction = (turns[i - 1].right if i else found.left) or found.right
        yield Segment(lo, hi, direction, at_lo, at_hi, piece.tree, order)


def value_at(tree: Node, x: float, order: int = 0) -> float:
    """The value of a smooth tree's derivative at a finite x; NaN where it cannot be computed."""
    with np.errstate(all="ignore"):
        return float(program(derivative(tree, order))(np.float64(x))[0])


def end_value(tree: Node, x: Number, inward: int, order: int = 0) -> float:
    """The one-sided limit at an end of a piece, finite or not; `inward` points into the piece."""
    if math.isfinite(x):
        value = value_at(tree, float(x), order)
        if math.isfinite(value):
            return value
    place = Place(x, inward) if math.isfinite(x) else Place(None, -inward)
    try:
        return limit(tree, place, order)
    except SeriesError as reason:
        where = f"x = {float(x):g}" if math.isfinite(x) else ("inf" if x > 0 else "-inf")
        raise AnalysisError(
            f"The limit of the formula towards {where} cannot be told: {reason}. "
            "Give a finite domain, as in --domain -5:5."
        ) from None


def crossing(segment: Segment, level: float = 0.0) -> float | None:
    """The x inside a monotone segment at which it takes a value; None if it does not."""
    from scipy.optimize import brentq

    if segment.direction == 0:
        return None
    below, above = sorted((segment.at_lo, segment.at_hi))
    if not below < level < above:
        return None
    a, b = _finite_end(segment, segment.lo, 1, level), _finite_end(segment, segment.hi, -1, level)

    def gap(x: float) -> float:
        return value_at(segment.tree, x, segment.order) - level

    at_a, at_b = gap(a), gap(b)
    if at_a == 0 or at_b == 0:
        return a if at_a == 0 else b
    if (at_a > 0) == (at_b > 0):
        return None
    xtol = 1e-17 * max(abs(a), abs(b))
    root = float(brentq(gap, a, b, xtol=xtol, rtol=4 * np.finfo(float).eps, maxiter=2000))
    return float(snapped(derivative(segment.tree, segment.order), root)) if level == 0 else root


def _finite_end(segment: Segment, end: Number, inward: int, level: float) -> float:
    """A point of the segment that a solver can start from, beyond the crossing seen from inside."""
    x = float(end)
    if math.isfinite(x) and math.isfinite(value_at(segment.tree, x, segment.order)):
        return x
    place = Place(end, inward) if math.isfinite(x) else Place(None, -inward)
    try:
        t = abs(settled(segment.tree, place, segment.order).x)
    except SeriesError:
        t = 2.0
    t = max(t, 2.0) if not math.isfinite(x) else max(1 / max(t - abs(x), 1e-9), 2.0)
    limit_here = segment.at_lo if inward > 0 else segment.at_hi
    for _ in range(300):
        value = value_at(segment.tree, place.x(t), segment.order)
        inside = float(segment.lo) <= place.x(t) <= float(segment.hi)
        if inside and math.isfinite(value) and (value > level) == (limit_here > level):
            break
        t *= 2
    return place.x(t)
