"""A grid on which the error of a rational function is looked at, and a start: the best on it.

The start is that of the differential correction algorithm (Barrodale, Powell, Roberts, The
differential correction algorithm for rational l∞ approximation, SIAM J. Numer. Anal. 9, 1972), in
float64, which converges from any start, and points at which an error alternates.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.core.arrays import Array
from actx.fitting.forms.goal import Goal
from actx.fitting.linear.columns import Quotient
from actx.fitting.linear.exchange import programmed
from actx.fitting.linear.strips import Strip, spread

Whole = NDArray[np.int64]

_ROUNDS = 60
_SETTLED = 1e-6  # a level that falls by less than this part has settled
_NEAREST = 1e-9  # to a breakpoint, of the grid, relative to the stretch
_PER_KINK = 90  # and how many points lead there


def alternating(error: Array, count: int) -> Whole | None:
    """So many points in order at which the error has alternating signs and is large.

    One point for each run of one sign; of more than needed, the smallest are left out, in pairs or
    at the ends. None where there are not enough.
    """
    signs = np.sign(error)
    used = np.flatnonzero(signs)
    if not used.size:
        return None
    starts = np.flatnonzero(np.append(True, np.diff(signs[used]) != 0))
    ends = np.append(starts[1:], used.size)
    size = np.abs(error)
    chosen = [int(used[a:b][np.argmax(size[used[a:b]])]) for a, b in zip(starts, ends, strict=True)]
    while len(chosen) > count:
        heights = size[chosen]
        if len(chosen) == count + 1:  # only an end can go
            del chosen[0 if heights[0] < heights[-1] else -1]
            continue
        least = int(np.argmin(np.maximum(heights[:-1], heights[1:])))
        if min(heights[0], heights[-1]) < max(heights[least], heights[least + 1]):
            del chosen[0 if heights[0] < heights[-1] else -1]
        else:
            del chosen[least : least + 2]
    return np.array(chosen) if len(chosen) == count else None


def differential_correction(x: Array, f: Array, weight: Array, m: int, n: int) -> Array | None:
    """The error of the best p/q of degrees m and n on grid points, q positive there.

    None where a linear program could not be solved.
    """
    t = (2 * x - x[0] - x[-1]) / (x[-1] - x[0])
    top, bottom = np.polynomial.chebyshev.chebvander(t, m), np.polynomial.chebyshev.chebvander(t, n)
    p = np.linalg.lstsq(top * weight[:, None], f * weight, rcond=None)[0]
    q = np.ones_like(x)
    error = np.asarray(weight * (top @ p - f))
    level = float(np.max(np.abs(error)))
    for _ in range(_ROUNDS):
        solved = _corrected(top, bottom, f, weight, q, level)
        if solved is None:
            return error
        p, q = solved
        if not np.all(q > 0):
            return error
        new = np.asarray(weight * (top @ p / q - f))
        new_level = float(np.max(np.abs(new)))
        if not new_level < level * (1 - _SETTLED):
            return error if not new_level < level else new
        error, level = new, new_level
    return error


def _corrected(
    top: Array, bottom: Array, f: Array, weight: Array, q: Array, level: float
) -> tuple[Array, Array] | None:
    """min t with weight·|f q' - p'| / level - q' <= t q at all points, coefficients of q' in ±1.

    Returns the coefficients of p' and the values of q'.
    """
    w = (weight / level)[:, None]
    with_f = w * bottom * f[:, None]
    rows = np.block(
        [[-w * top, with_f - bottom, -q[:, None]], [w * top, -with_f - bottom, -q[:, None]]]
    )
    rows /= np.max(np.abs(rows), axis=1, keepdims=True)
    columns = np.max(np.abs(rows[:, : top.shape[1]]), axis=0)
    rows[:, : top.shape[1]] /= columns
    result = programmed(
        rows,
        np.zeros(2 * f.size),
        [(None, None)] * top.shape[1] + [(-1, 1)] * bottom.shape[1] + [(None, None)],
    )
    if result is None:
        return None
    p = np.asarray(result.x[: top.shape[1]] / columns)
    return p, np.asarray(bottom @ result.x[top.shape[1] : -1])


class Grid:
    """Points of the interval with the target's values there, in balls and in float64."""

    def __init__(self, goal: Goal, count: int) -> None:
        self.places: list[tuple[Strip, Any]] = []
        for strip in goal.strips:
            points = np.array(spread(strip, count))
            a, b = float(strip.lo), float(strip.hi)
            steps = (b - a) * np.geomspace(_NEAREST, 0.4, _PER_KINK)
            if strip is not goal.strips[0] or _singular(strip, strip.ends[0]):
                points = np.union1d(points, a + steps)
            if strip is not goal.strips[-1] or _singular(strip, strip.ends[1]):
                points = np.union1d(points, b - steps)
            self.places += [(strip, strip.within(float(x))) for x in points]
        values = [strip.values(x) for strip, x in self.places]
        self.target, self.weight = [f for f, _ in values], [w for _, w in values]
        self.x = np.array([float(x.mid()) for _, x in self.places])

    def errors(self, quotient: Quotient) -> Array | None:
        """The error at each point, None where the denominator changes its sign."""
        found, signs = [], set()
        for (_, x), f, w in zip(self.places, self.target, self.weight, strict=True):
            u = x - quotient.centre
            top, bottom = quotient.top[0](u), quotient.bottom[0](u)  # type: ignore[index]
            signs.add(bottom > 0)
            if len(signs) > 1 or not abs(bottom) > 0:
                return None
            found.append(float((w * (top / bottom - f)).mid()))
        return np.array(found)


def _singular(strip: Strip, x: Any) -> bool:
    """Whether the target has no finite slope at an end."""
    goal = strip.jet(x, 2)[-1]
    return not goal[1].is_finite()
