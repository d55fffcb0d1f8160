"""Minima, maxima and zeros, read off from monotone segments."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from actx.analysis.monotone import Segment, crossing
from actx.analysis.results import Extremum, Interval, Kind


@dataclass(frozen=True)
class _Corner:
    """What lies between two segments that are not constant, or at an end of the domain.

    lo, hi: one point, or the stretch on which the function is constant. values: all values and
    one-sided limits met there; attained: those that are values of the function.
    """

    lo: float
    hi: float
    before: Segment | None
    after: Segment | None
    values: tuple[float, ...]
    attained: tuple[float, ...]
    broken: bool  # at a kink of value or slope


@dataclass(frozen=True)
class Extrema:
    """All local minima and maxima that are attained, and the global ones."""

    minima: tuple[Extremum, ...]
    maxima: tuple[Extremum, ...]
    minimum: Extremum
    maximum: Extremum


def extrema(
    segments: tuple[Segment, ...], values: dict[float, float], sharp: Iterable[float]
) -> Extrema:
    """All extrema.

    values: the function's own value at each breakpoint and finite end. sharp: the breakpoints at
    which the value or the slope jumps.
    """
    corners = list(_corners(segments, values, frozenset(sharp)))
    mirrored = [_mirrored(corner) for corner in corners]
    minima = tuple(_lows(corners))
    maxima = tuple(_negative(e) for e in _lows(mirrored))
    return Extrema(
        minima,
        maxima,
        _lowest(corners, minima),
        _negative(_lowest(mirrored, tuple(_lows(mirrored)))),
    )


def _corners(
    segments: tuple[Segment, ...], values: dict[float, float], sharp: frozenset[float]
) -> Iterator[_Corner]:
    """The corners from left to right; constant segments melt into the corner they touch."""
    i = 0
    before: Segment | None = None
    while i <= len(segments):
        flat: list[Segment] = []
        while i < len(segments) and segments[i].direction == 0:
            jump = flat and flat[-1].at_hi != segments[i].at_lo
            if jump:
                break
            flat.append(segments[i])
            i += 1
        after = segments[i] if i < len(segments) and segments[i].direction != 0 else None
        upcoming = segments[i] if i < len(segments) else None
        yield _corner(before, flat, upcoming, values, sharp)
        if after is not None:
            before = after
            i += 1
        elif upcoming is not None:
            before = flat[-1] if flat else None  # two constants with a jump between them
        else:
            return


def _corner(
    before: Segment | None,
    flat: list[Segment],
    after: Segment | None,
    values: dict[float, float],
    sharp: frozenset[float],
) -> _Corner:
    lo = float(flat[0].lo) if flat else float(before.hi) if before else float(_sure(after).lo)
    hi = float(flat[-1].hi) if flat else lo
    limits = [s.at_hi for s in (before,) if s] + [s.at_lo for s in (after,) if s]
    inner = [flat[0].at_lo] if flat else []
    attained = list(inner)
    for x in {lo, hi}:
        if x in values:
            attained.append(values[x])
        elif math.isfinite(x):
            attained += limits
    return _Corner(
        lo, hi, before, after, (*limits, *inner, *attained), tuple(attained), bool({lo, hi} & sharp)
    )


def _sure(segment: Segment | None) -> Segment:
    assert segment is not None
    return segment


def _lows(corners: list[_Corner]) -> Iterator[Extremum]:
    """The corners that are attained local minima."""
    for corner in corners:
        finite = [v for v in corner.attained if not math.isnan(v)]
        if not finite or not math.isfinite(min(finite)):
            continue
        low = min(finite)
        if low > min(corner.values) or not _rises_from(corner, low):
            continue
        yield Extremum(_place(corner), low, _kind(corner))


def _rises_from(corner: _Corner, low: float) -> bool:
    """Whether the function does not go below `low` on either side."""
    for segment, limit, downhill in (
        (corner.before, corner.before and corner.before.at_hi, 1),
        (corner.after, corner.after and corner.after.at_lo, -1),
    ):
        if segment is not None and limit == low and segment.direction == downhill:
            return False
    return True


def _place(corner: _Corner) -> float | Interval:
    return (corner.lo, corner.hi) if corner.hi > corner.lo else corner.lo


def _kind(corner: _Corner) -> Kind:
    if corner.hi > corner.lo:
        return Kind.PLATEAU
    if corner.before is None or corner.after is None:
        return Kind.BOUNDARY
    return Kind.KINK if corner.broken else Kind.INTERIOR


def _lowest(corners: list[_Corner], minima: tuple[Extremum, ...]) -> Extremum:
    """The global minimum: the lowest attained one, unless a limit lies below."""
    best = min(minima, key=lambda e: e.y, default=None)
    for corner in corners:
        low = min(v for v in corner.values if not math.isnan(v))
        if best is None or low < best.y:
            x = corner.lo if math.isfinite(corner.lo) or corner.lo < 0 else corner.hi
            kind = Kind.LIMIT if math.isfinite(low) else Kind.UNBOUNDED
            best = Extremum(x, low, kind)
    assert best is not None
    return best


def _mirrored(corner: _Corner) -> _Corner:
    def flip(segment: Segment | None) -> Segment | None:
        if segment is None:
            return None
        return replace(
            segment, direction=-segment.direction, at_lo=-segment.at_lo, at_hi=-segment.at_hi
        )

    return replace(
        corner,
        before=flip(corner.before),
        after=flip(corner.after),
        values=tuple(-v for v in corner.values),
        attained=tuple(-v for v in corner.attained),
    )


def _negative(extremum: Extremum) -> Extremum:
    return replace(extremum, y=-extremum.y + 0.0)


def zeros_of(segments: tuple[Segment, ...]) -> tuple[float | Interval, ...]:
    """All zeros: points, and stretches on which the function is zero."""
    found: list[tuple[float, float]] = []
    for segment in segments:
        lo, hi = float(segment.lo), float(segment.hi)
        if segment.direction == 0:
            if segment.at_lo == 0:
                found.append((lo, hi))
            continue
        found += [(x, x) for x, v in ((lo, segment.at_lo),) if v == 0 and math.isfinite(x)]
        x = crossing(segment)
        found += [(x, x)] if x is not None else []
        found += [(x, x) for x, v in ((hi, segment.at_hi),) if v == 0 and math.isfinite(x)]
    joined: list[tuple[float, float]] = []
    for lo, hi in found:
        if joined and lo <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(hi, joined[-1][1])
        else:
            joined.append((lo, hi))
    return tuple((lo, hi) if hi > lo else lo + 0.0 for lo, hi in joined)
