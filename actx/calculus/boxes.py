"""Boxes of x as a search for zeros makes and joins them."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Any

import numpy as np

from actx.arithmetic.interval import Box, intersect
from actx.core.arrays import Array


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
