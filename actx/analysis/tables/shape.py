"""The shape of a table: its kinks, and its monotone segments, exact from its rows.

What costs much for each piece of another formula is a few rational operations for each knot here.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from actx.analysis.extrema import Extrema, extrema
from actx.analysis.monotone import Edge, Segment
from actx.analysis.results import Enclosure, Extremum, Kind, Kink, KinkEnclosure
from actx.arithmetic.tables import Polynomial, Table, derived, horner
from actx.calculus.proven.enclose import exact_ball, outward
from actx.core.domain import Interval
from actx.language.tree import ZERO

MANY = 24  # knots from which on this is worth while


def inner_knots(table: Table, lo: float, hi: float) -> range:
    """The knots inside an open interval, whose ends are the decimals as written."""
    return range(bisect_right(table.knots, _exact(lo)), bisect_left(table.knots, _exact(hi)))


# --- kinks ---


def kinks_of_table(
    table: Table, lo: float, hi: float, max_order: int
) -> tuple[tuple[Kink, ...], str]:
    """The kinks up to an order, proven, and the smoothness."""
    found = [kink for i in inner_knots(table, lo, hi) if (kink := _kink(table, i)) is not None]
    lowest = min((kink.order for kink in found), default=None)
    smoothness = "C∞" if lowest is None else "discontinuous" if lowest == 0 else f"C{lowest - 1}"
    return tuple(kink for kink in found if kink.order <= max_order), smoothness


def _kink(table: Table, i: int) -> Kink | None:
    """The kink at a knot, None where both rows are one polynomial."""
    before, after = table.about(i, table.knots[i]), table.rows[i + 1]
    for order in range(max(len(before), len(after))):
        left, right = (
            row[order] * math.factorial(order) if order < len(row) else Fraction(0)
            for row in (before, after)
        )
        if left != right:
            x, *values = (_nearest(v) for v in (table.knots[i], left, right, right - left))
            held = KinkEnclosure(*(_held(v) for v in (table.knots[i], left, right, right - left)))
            return Kink(x, order, values[0], values[1], values[2], held, True)
    return None


def _held(value: Fraction) -> Interval:
    near = _nearest(value)
    return (near, near) if near == value else outward(exact_ball(value))


def _nearest(value: Fraction) -> float:
    return float(value) + 0.0


# --- extrema ---


def extrema_of_table(table: Table, lo: float, hi: float) -> Extrema | None:
    """All extrema with their enclosures; None where the rows turn at what is no rational number."""
    if table.degree > 2:
        return None
    segments, edges, places = _outline(table, lo, hi)
    sharp = [kink.x for kink in kinks_of_table(table, lo, hi, 1)[0]]
    found = extrema(segments, edges, sharp)
    continuous = all(
        table.left_limit(i) == table.rows[i + 1][0] for i in inner_knots(table, lo, hi)
    )
    minima, maxima = (
        tuple(_proven(table, places, each, continuous) for each in some)
        for some in (found.minima, found.maxima)
    )
    return Extrema(
        minima,
        maxima,
        _global(table, places, found.minimum, minima, 1, continuous),
        _global(table, places, found.maximum, maxima, -1, continuous),
    )


Places = dict[float, Fraction]


def _proven(table: Table, places: Places, found: Extremum, continuous: bool) -> Extremum:
    start = found.x[0] if isinstance(found.x, tuple) else found.x
    if found.kind in (Kind.LIMIT, Kind.UNBOUNDED):
        y = (found.y, found.y) if math.isinf(found.y) else _held(_outer(table, start))
        return replace(found, enclosure=Enclosure((start, start), y), proven=continuous)
    value = _value(table, places, found)
    x = found.x if isinstance(found.x, tuple) else _held(places[found.x])
    return replace(
        found, y=_nearest(value), enclosure=Enclosure(x, _held(value)), proven=continuous
    )


def _value(table: Table, places: Places, found: Extremum) -> Fraction:
    if not isinstance(found.x, tuple):
        return table.value(places[found.x])
    start = found.x[0]
    return _outer(table, start) if math.isinf(start) else table.value(places[start])


def _outer(table: Table, x: float) -> Fraction:
    """The value of an outer row that is constant."""
    return table.rows[0 if x < 0 else -1][0]


def _global(
    table: Table,
    places: Places,
    found: Extremum,
    local: tuple[Extremum, ...],
    sign: int,
    continuous: bool,
) -> Extremum:
    """The least (sign 1) or largest of all, with its ties told by exact values."""
    if found.kind in (Kind.LIMIT, Kind.UNBOUNDED):
        return _proven(table, places, found, continuous)
    near = [e for e in local if abs(e.y - found.y) <= 1e-9 * (1 + abs(found.y))]
    values = [sign * _value(table, places, e) for e in near]
    best = values.index(min(values))
    ties = [
        e.x[0] if isinstance(e.x, tuple) else e.x
        for i, (e, value) in enumerate(zip(near, values, strict=True))
        if value == values[best] and i != best
    ]
    return replace(near[best], ties=tuple(ties))


def _outline(
    table: Table, lo: float, hi: float
) -> tuple[tuple[Segment, ...], tuple[Edge, ...], Places]:
    """The monotone segments with their edges, and the edges as fractions."""
    cuts = [(k, i) for i, k in enumerate(table.knots)]
    inside = [cuts[i] for i in inner_knots(table, lo, hi)]
    first = _exact(lo), (inside[0][1] if inside else table.row_at(_inner(lo, hi)))
    segments: list[Segment] = []
    places: Places = {}
    rows = [first[1], *(i + 1 for _, i in inside)]
    ends: list[Fraction | float] = [first[0], *(k for k, _ in inside), _exact(hi)]
    for row, (a, b) in zip(rows, pairwise(ends), strict=True):
        for start, stop in pairwise([a, *_turns(table, row, a, b), b]):
            segments.append(_segment(table, row, start, stop))
            places |= {float(x): x for x in (start, stop) if isinstance(x, Fraction)}
    edges = [_edge(table, segments[0].lo)]
    edges += [_edge(table, segment.hi) for segment in segments]
    return tuple(segments), tuple(edges), places


def _exact(end: float) -> Fraction | float:
    return Fraction(repr(float(end))) if math.isfinite(end) else end


def _inner(lo: float, hi: float) -> Fraction:
    if math.isfinite(lo):
        return Fraction(lo) if math.isinf(hi) else (Fraction(lo) + Fraction(hi)) / 2
    return Fraction(hi) - 1 if math.isfinite(hi) else Fraction(0)


def _turns(
    table: Table, row: int, lo: Fraction | float, hi: Fraction | float
) -> Iterator[Fraction]:
    coefficients = table.rows[row]
    if len(coefficients) == 3:
        turn = table.origin(row) - coefficients[1] / (2 * coefficients[2])
        if lo < turn < hi:
            yield turn


def _segment(table: Table, row: int, lo: Fraction | float, hi: Fraction | float) -> Segment:
    coefficients, origin = table.rows[row], table.origin(row)

    def limit(x: Fraction | float, side: int) -> float:
        if isinstance(x, Fraction):
            return _nearest(horner(coefficients, x - origin))
        if len(coefficients) == 1:
            return _nearest(coefficients[0])
        sign = side if len(coefficients) % 2 == 0 else 1
        return sign * math.copysign(math.inf, coefficients[-1])

    slope = derived(coefficients)
    rises = _sign_inside(slope, lo, hi, origin)
    return Segment(lo, hi, rises, limit(lo, -1), limit(hi, 1), ZERO, 0)


def _sign_inside(
    slope: Polynomial, lo: Fraction | float, hi: Fraction | float, origin: Fraction
) -> int:
    """The sign of a slope that does not change it between lo and hi."""
    if isinstance(lo, Fraction) and isinstance(hi, Fraction):
        middle = (lo + hi) / 2
    elif isinstance(lo, Fraction):
        middle = lo + 1
    else:
        middle = hi - 1 if isinstance(hi, Fraction) else origin + 1
    value = horner(slope, middle - origin)
    return int(value > 0) - int(value < 0)


def _edge(table: Table, x: Fraction | float) -> Edge:
    if isinstance(x, Fraction):
        return Edge(_nearest(x), _nearest(table.value(x)))
    return Edge(x, math.nan)
