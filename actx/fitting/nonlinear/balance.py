"""Peaks of the error whose slopes cancel: what makes values a local optimum, and a bound from it.

With weights m of sum 1 the largest |e| is at least the sum of m_i s_i e_i(p) over points x_i, and
where that sum has no slope at the optimum, a box around loses only the square of its size by the
mean value theorem. It takes no alternation of full length.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actx.arithmetic.interval import Box, add, mul, point
from actx.core.arrays import Array
from actx.fitting.nonlinear.errors import Boxes, Errors, side_by_side
from actx.fitting.problem.peaks import Peak, by_part

_LEVEL = 1e-3  # peaks lower than the largest by more than this part are left out
_WEIGHT = 1e-9  # a smaller weight is none
_LEFT = 1e-4  # of scaled slopes that cancel


@dataclass(frozen=True)
class Balance:
    """Peaks at some values, with the signs of the error and weights with which slopes cancel.

    sides: 1 where a parameter is held by its lower bound, -1 where by its upper one, else 0.
    """

    at: Array
    peaks: Sequence[Peak]
    signs: Array
    weights: Array
    sides: Array

    @property
    def free(self) -> NDArray[np.bool_]:
        """Which parameters may move both ways."""
        return np.asarray(self.sides == 0)

    @property
    def full(self) -> bool:
        """Whether there are as many peaks as a strict alternation has."""
        return len(self.peaks) == np.count_nonzero(self.free) + 1

    def lower(self, errors: Errors, boxes: Boxes) -> Array:
        """For each box, what the largest |error| is at least for all values in it, by the weights.

        The mean value theorem is used at the values in a box nearest to the optimum.
        """
        near = np.clip(self.at, boxes.lo, boxes.hi)
        step = Boxes(*away(boxes, near))
        heights = signed(errors_at(errors, Boxes(near, near), self.peaks), self.signs)
        total = self._sum(heights)
        slopes = slopes_at(errors, boxes, self.peaks)
        for j in range(self.at.size):
            mine = signed((slopes[0][:, :, j], slopes[1][:, :, j]), self.signs)
            total = add(total, mul(self._sum(mine), (step.lo[:, j], step.hi[:, j])))
        most = np.nextafter(self.weights.sum() * (1 + 1e-15), np.inf)
        return np.asarray(np.nan_to_num(np.fmax(total[0], 0.0) / most * (1 - 1e-15)))

    def _sum(self, rows: Box) -> Box:
        """The weighted sum over the peaks of what has the shape (boxes, peaks)."""
        total: Box = point(np.zeros(len(rows[0])))
        for i, weight in enumerate(self.weights):
            total = add(total, mul(point(weight), (rows[0][:, i], rows[1][:, i])))
        return total


def balanced(errors: Errors, q: Array, peaks: Sequence[Peak]) -> Balance | None:
    """Peaks at given values whose slopes cancel, as few as will do; None where they do not."""
    if not peaks:
        return None
    problem = errors.problem
    high = [p for p in peaks if abs(p.error) >= abs(peaks[0].error) * (1 - _LEVEL)]
    signs = np.sign([p.error for p in high])
    slopes = slopes_near(errors, q, high) * signs[:, None]
    scale = np.abs(slopes).max(axis=0)
    if not np.all((scale > 0) & np.isfinite(scale)):
        return None
    sides = (q == problem.lower).astype(float) - (q == problem.upper)
    kept = np.flatnonzero(sides)
    slack = np.zeros((kept.size, q.size))
    slack[np.arange(kept.size), kept] = -sides[kept]
    rows = np.vstack([slopes / scale, slack])
    sums = np.append(np.ones(len(high)), np.zeros(kept.size))
    weights, left = _nonnegative(np.vstack([rows.T, sums]), np.append(np.zeros(q.size), 1.0))
    if left > _LEFT:
        return None
    used = np.flatnonzero(weights[: len(high)] > _WEIGHT)
    held = np.zeros(q.size)
    pressed = kept[weights[len(high) :] > _WEIGHT]
    held[pressed] = sides[pressed]
    return Balance(q, [high[i] for i in used], signs[used], weights[used], held)


def _nonnegative(rows: Array, right: Array) -> tuple[Array, float]:
    """The weights >= 0 with the least |rows @ weights - right|, and that.

    Where the weights with the least one among all are unique and not negative, they are these.
    """
    weights, _, rank, _ = np.linalg.lstsq(rows, right, rcond=None)
    if rank == weights.size and np.all(weights >= 0):
        return np.asarray(weights), float(np.linalg.norm(rows @ weights - right))
    from scipy.optimize import nnls

    weights, left = nnls(rows, right)
    return weights, float(left)


def slopes_near(errors: Errors, p: Array, peaks: Sequence[Peak]) -> Array:
    """The slopes of the errors at peaks by each parameter, in float64: (peaks, parameters)."""
    return np.array([errors.problem.slopes(np.array([k.x]), p, k.part)[:, 0] for k in peaks])


def errors_at(errors: Errors, boxes: Boxes, peaks: Sequence[Peak]) -> Box:
    """Ends of the errors at peaks over boxes, of shape (boxes, peaks)."""
    lo, hi = np.empty((len(boxes), len(peaks))), np.empty((len(boxes), len(peaks)))
    for part, at in by_part(peaks):
        lo[:, at], hi[:, at] = errors.over_at(boxes, [peaks[i].x for i in at], part)
    return lo, hi


def slopes_at(errors: Errors, boxes: Boxes, peaks: Sequence[Peak]) -> tuple[Array, Array]:
    """Ends of the slopes at peaks over boxes, of shape (boxes, peaks, parameters)."""
    shape = (len(boxes), len(peaks), boxes.lo.shape[1])
    lo, hi = np.empty(shape), np.empty(shape)
    for part, at in by_part(peaks):
        found = errors.slopes(boxes, [peaks[i].x for i in at], part)
        lo[:, at], hi[:, at] = side_by_side(found)
    return lo, hi


def signed(ends: Box, signs: Array) -> Box:
    """Ends of values of shape (boxes, peaks) times a sign at each peak."""
    lo, hi = ends
    return np.where(signs < 0, -hi, lo), np.where(signs < 0, -lo, hi)


def away(boxes: Boxes, near: Array) -> tuple[Array, Array]:
    """How far values in a box lie from some of them, rounded outwards."""
    lo, hi = boxes.lo - near, boxes.hi - near
    return np.where(lo < 0, np.nextafter(lo, -np.inf), 0.0), np.where(
        hi > 0, np.nextafter(hi, np.inf), 0.0
    )
