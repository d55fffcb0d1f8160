"""Minima, maxima and zeros, read off from monotone segments and the values where they meet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from actx.analysis.monotone import Edge, Segment, crossing
from actx.analysis.results import TIE, Extremum, Kind
from actx.calculus.point_values import box_at
from actx.calculus.zeros import float_sign
from actx.core.domain import Interval, Stretch
from actx.language.signs import without_positive_factors


@dataclass(frozen=True)
class Extrema:
    """All local minima and maxima that are attained, and the global ones."""

    minima: tuple[Extremum, ...]
    maxima: tuple[Extremum, ...]
    minimum: Extremum
    maximum: Extremum


def extrema(segments: Sequence[Segment], edges: Sequence[Edge], sharp: Iterable[float]) -> Extrema:
    """All extrema.

    edges: of the segments, one more than those. sharp: the breakpoints at which the value or the
    slope jumps.
    """
    line = _alternating(segments, edges)
    mirrored = [_mirrored(part) for part in line]
    kinks = frozenset(sharp)
    minima = tuple(_lows(line, kinks))
    highs = tuple(_lows(mirrored, kinks))
    return Extrema(
        minima,
        tuple(_negative(e) for e in highs),
        _lowest(line, minima),
        _negative(_lowest(mirrored, highs)),
    )


Part = Edge | Segment


def _alternating(segments: Sequence[Segment], edges: Sequence[Edge]) -> list[Part]:
    """Edge, segment, edge ... from left to right."""
    line: list[Part] = [edges[0]]
    for segment, edge in zip(segments, edges[1:], strict=True):
        line += [segment, edge]
    return line


def _level(part: Part) -> float:
    """The value that is taken on all of a part: that of an edge or a constant; NaN for others."""
    if isinstance(part, Edge):
        return part.value
    return part.at_lo if part.direction == 0 else math.nan


def _lows(line: list[Part], kinks: frozenset[float]) -> Iterator[Extremum]:
    """The attained local minima: stretches on one level that is not undercut next to them."""
    start = 0
    while start < len(line):
        level = _level(line[start])
        stop = start + 1
        if not math.isfinite(level):
            start = stop
            continue
        while stop < len(line) and _level(line[stop]) == level:
            stop += 1
        before = line[start - 1] if start else None
        after = line[stop] if stop < len(line) else None
        if _above(before, level, rising=-1) and _above(after, level, rising=1):
            run = line[start:stop]
            yield Extremum(_place(run), level, _kind(run, before, after, kinks))
        start = stop


def _above(neighbour: Part | None, level: float, rising: int) -> bool:
    """Whether a neighbour does not go below a level. rising: its direction away from there."""
    if neighbour is None:
        return True
    if isinstance(neighbour, Edge):
        return not neighbour.value < level  # also where the function has no value
    limit = neighbour.at_lo if rising > 0 else neighbour.at_hi
    return limit > level or (limit == level and neighbour.direction == rising)


def _ends(part: Part) -> tuple[float, float]:
    if isinstance(part, Edge):
        return part.x, part.x
    return float(part.lo) + 0.0, float(part.hi) + 0.0


def _place(run: list[Part]) -> float | Interval:
    lo, hi = _ends(run[0])[0], _ends(run[-1])[1]
    left_out = [x for x, end in ((lo, run[0]), (hi, run[-1])) if isinstance(end, Segment)]
    return Stretch(lo, hi, tuple(filter(math.isfinite, left_out))) if hi > lo else lo


def _kind(
    run: list[Part], before: Part | None, after: Part | None, kinks: frozenset[float]
) -> Kind:
    if isinstance(_place(run), tuple):
        return Kind.PLATEAU
    if before is None or after is None:
        return Kind.BOUNDARY
    return Kind.KINK if _place(run) in kinks else Kind.INTERIOR


def _lowest(line: list[Part], minima: tuple[Extremum, ...]) -> Extremum:
    """The global minimum: the lowest attained one, unless a limit lies below."""
    best = min(minima, key=lambda e: e.y, default=None)
    for part in line:
        if isinstance(part, Edge):
            continue
        for x, limit in zip(_ends(part), (part.at_lo, part.at_hi), strict=True):
            if (best is None and not math.isnan(limit)) or (best is not None and limit < best.y):
                best = Extremum(x, limit, Kind.LIMIT if math.isfinite(limit) else Kind.UNBOUNDED)
    assert best is not None
    if best.kind in (Kind.LIMIT, Kind.UNBOUNDED):
        ends = [
            x
            for part in line
            if not isinstance(part, Edge)
            for x, limit in zip(_ends(part), (part.at_lo, part.at_hi), strict=True)
            if limit == best.y and x != best.x
        ]
        return replace(best, ties=tuple(dict.fromkeys(ends)))
    level = best.y + TIE * abs(best.y)
    others = [e.x[0] if isinstance(e.x, tuple) else e.x for e in minima if e.y <= level]
    mine = best.x[0] if isinstance(best.x, tuple) else best.x
    return replace(best, ties=tuple(x for x in others if x != mine))


def _mirrored(part: Part) -> Part:
    if isinstance(part, Edge):
        return replace(part, value=-part.value)
    return replace(part, direction=-part.direction, at_lo=-part.at_lo, at_hi=-part.at_hi)


def _negative(extremum: Extremum) -> Extremum:
    return replace(extremum, y=-extremum.y + 0.0)


def zeros_of(segments: Sequence[Segment], edges: Sequence[Edge]) -> tuple[float | Interval, ...]:
    """All zeros: points, and stretches on which the function is zero."""
    found: list[float | Interval] = []
    for is_zero, parts in groupby(_alternating(segments, edges), lambda part: _level(part) == 0):
        if is_zero:
            found.append(_place(list(parts)))
            continue
        inner = (crossing(part) for part in parts if isinstance(part, Segment))
        found += [x + 0.0 for x in inner if x is not None]
    return tuple(x for x in dict.fromkeys(found) if not _underflows(segments, x))


def _underflows(segments: Sequence[Segment], x: float | Interval) -> bool:
    """Whether a value is 0 for being less than any float, as that of exp(-x) far out."""
    if isinstance(x, tuple):
        return False
    beside = {s.tree for s in segments if x in (s.lo, s.hi)}
    bare = {without_positive_factors(tree, float_sign(x)) for tree in beside}
    boxes = [box_at(tree, x) for tree in bare if tree not in beside]
    return len(boxes) == len(beside) > 0 and all(lo > 0 or hi < 0 for lo, hi in boxes)
