"""What the peaks at an optimum prove of boxes around it, whatever the linear parameters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from actx.arithmetic.interval import Box, mul, point, sub
from actx.core.arrays import Array
from actx.fitting.nonlinear.alternating import Cell
from actx.fitting.nonlinear.balance import Balance, away, errors_at, slopes_at
from actx.fitting.nonlinear.cancelling import (
    by_weights,
    cancelling,
    ends_at,
    pivots_of,
    stacked,
    total_of,
)
from actx.fitting.nonlinear.eliminated import Eliminated
from actx.fitting.nonlinear.errors import Boxes
from actx.fitting.problem.peaks import by_part


class Cancelled:
    """What the peaks at an optimum prove of boxes around it, whatever the linear parameters.

    Weights near those of a `Balance` cancel the columns for all b in a box, and nearly the slopes
    by b, so that only the square of its size is lost.
    """

    def __init__(self, view: Eliminated, balance: Balance) -> None:
        self._view, self._balance = view, balance
        self.at = balance.at[view.kept]
        signed = balance.weights * balance.signs
        _, columns = self._over(Boxes(self.at[None], self.at[None]))
        self._pivots = pivots_of(columns[0][0] * np.abs(signed)[:, None])
        self._others = [i for i in range(len(signed)) if i not in self._pivots]
        self._weights = signed

    @property
    def useful(self) -> bool:
        """Whether there are peaks enough to cancel the columns."""
        return len(self._pivots) == len(self._view.linear) and bool(self._others)

    def lower(self, boxes: Boxes) -> Array:
        """For each box, what the largest |error| is at least for all values in it."""
        view, balance = self._view, self._balance
        peaks = [balance.peaks[i] for i in (*self._pivots, *self._others)]
        _, columns = self._over(boxes)
        load = [
            total_of([mul(point(self._weights[i]), ends_at(columns, i, k)) for i in self._others])
            for k in range(len(view.linear))
        ]
        pivots = [[ends_at(columns, i, k) for k in range(len(view.linear))] for i in self._pivots]
        weights = cancelling(pivots, load)
        ones = np.ones(len(boxes))
        weights += [point(self._weights[i] * ones) for i in self._others]
        near = np.clip(self.at, boxes.lo, boxes.hi)
        heights = errors_at(view.errors, self._whole(near, near), peaks)
        steps = away(boxes, near)
        slopes = slopes_at(view.errors, self._whole(boxes.lo, boxes.hi), peaks)
        loss = np.zeros(len(boxes))
        for j, side in enumerate(view.kept):
            slope = total_of([
                mul(m, (slopes[0][:, i, side], slopes[1][:, i, side]))
                for i, m in enumerate(weights)
            ])  # fmt: skip
            lost = mul(slope, (steps[0][:, j], steps[1][:, j]))[0]
            loss = np.nextafter(loss + np.fmax(-lost, 0.0), np.inf)
        return by_weights(stacked(weights), heights, loss)

    def held_by(self, cell: Cell, upper: float) -> Callable[[Boxes], NDArray[np.bool_]]:
        """Tell for which boxes all values with errors up to `upper` lie within a cell.

        The errors at as many peaks as there are linear parameters limit these.
        """
        view, pivots = self._view, self._pivots

        def holds(boxes: Boxes) -> NDArray[np.bool_]:
            within = (boxes.lo >= cell.lo[view.kept]) & (boxes.hi <= cell.hi[view.kept])
            found = np.asarray(within.all(axis=1))
            rest, columns = self._over(boxes)
            table = [[ends_at(columns, i, k) for i in pivots] for k in range(len(view.linear))]
            load = [sub((rest[0][:, i], rest[1][:, i]), (-upper, upper)) for i in pivots]
            for k, (lo, hi) in zip(view.linear, cancelling(table, load), strict=True):
                found &= (lo >= cell.lo[k]) & (hi <= cell.hi[k])
            return found

        return holds

    def _over(self, boxes: Boxes) -> tuple[Box, Box]:
        """Ends of f_0 - g at the peaks, (boxes, peaks), and of the columns, (boxes, peaks, n)."""
        peaks = self._balance.peaks
        shape = (len(boxes), len(peaks))
        rest = np.empty(shape), np.empty(shape)
        columns = tuple(np.empty((*shape, len(self._view.linear))) for _ in "12")
        for part, at in by_part(peaks):
            found = self._view.over_at(boxes, [peaks[i].x for i in at], part)
            for k in (0, 1):
                rest[k][:, at], columns[k][:, at] = found[0][k], found[1][k]
        return rest, (columns[0], columns[1])

    def _whole(self, lo: Array, hi: Array) -> Boxes:
        """Boxes of all parameters, the linear ones as they are at the optimum."""
        ends = np.tile(self._balance.at, (len(lo), 1)), np.tile(self._balance.at, (len(lo), 1))
        ends[0][:, self._view.kept], ends[1][:, self._view.kept] = lo, hi
        return Boxes(*ends)
