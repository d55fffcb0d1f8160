"""Boxes of x, and points, as a search for zeros makes and joins them."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Any

import numpy as np

from actx.arithmetic.coefficients import Number
from actx.arithmetic.interval import Box, intersect
from actx.core.arrays import Array

_NEAR_ENDS = 0.7 * 8.0 ** -np.arange(2, 14)  # where narrow functions may differ
_SHARES = np.concatenate(
    [[0.013, 0.171, 0.3193, 0.4871, 0.6389, 0.7717, 0.9103], _NEAR_ENDS, 1 - _NEAR_ENDS]
)
INNER = 3  # of the samples, one that is not near an end


def halved(box: Box, count: int) -> tuple[Box, Box]:
    """A box of arrays as two: its first so many places, and the others."""
    lo, hi = (end if np.ndim(end) else np.full(2 * count, end) for end in box)
    return (lo[:count], hi[:count]), (lo[count:], hi[count:])


def mean_value(natural: Box, at_middle: Box, slope: Box, radius: Array) -> Box:
    """The function's enclosure, narrowed by f(m) + f'(box)·(x - m)."""
    spread = radius * np.maximum(np.abs(slope[0]), np.abs(slope[1]))
    spread = np.where(spread != spread, np.inf, np.nextafter(spread, np.inf))
    return intersect(natural, (at_middle[0] - spread, at_middle[1] + spread))


def touching(boxes: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Boxes that have an end in common as one."""
    joined: list[tuple[float, float]] = []
    for lo, hi in sorted(boxes):
        if joined and lo <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(hi, joined[-1][1])
        else:
            joined.append((lo, hi))
    return joined


def gathered(
    runs: list[tuple[float, float, int, int]], singles: list[float]
) -> list[tuple[float, float, int, int]]:
    """Stretches that lie scattered about one multiple zero, as one.

    Two stay apart where the sign is known to change at both, or a single zero lies between.
    """
    joined: list[tuple[float, float, int, int]] = []
    for lo, hi, before, after in runs:
        if joined:
            start, stop, first, between = joined[-1]
            near = lo <= stop + 2 * max(stop - start, hi - lo)
            apart = bisect_left(singles, stop) != bisect_left(singles, lo)
            if near and not apart and (first == between or before == after):
                joined[-1] = start, hi, first, after
                continue
        joined.append((lo, hi, before, after))
    return joined


def spread(a: float, b: float, count: int) -> Any:
    """Edges of boxes between two points, evenly spaced near 0 and geometrically further out."""
    s, t = math.asinh(a), math.asinh(b)
    count += int(2 * (abs(s) + abs(t)))
    with np.errstate(over="ignore"):
        inner = np.sinh(np.linspace(s, t, count + 1)[1:-1])
    inner = inner[(inner > a) & (inner < b)]
    return np.concatenate([[a], inner, [b]])


def inner_point(lo: Number, hi: Number) -> float:
    """Some point of an open interval, not near its middle or a round number."""
    a, b = float(lo), float(hi)
    if math.isfinite(a) and math.isfinite(b):
        return a + (b - a) * 0.4371
    if math.isfinite(a):
        return a + 1.3711
    return b - 1.3711 if math.isfinite(b) else 0.3711


def samples_in(lo: Number, hi: Number) -> Array:
    """Points of an open interval at which a function is looked at, most of them near its ends."""
    a, b = max(float(lo), -30.0), min(float(hi), 30.0)
    a, b = (a, b) if a < b else (inner_point(lo, hi),) * 2
    return np.asarray(a + (b - a) * _SHARES)
