"""Samples over boxes at which weights cancel the columns, by the best linear parameters there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.arithmetic.interval import Box, add, div, mul, point
from actx.core.arrays import Array
from actx.fitting.nonlinear.cancelling import by_weights, cancelling, ends_at, stacked
from actx.fitting.nonlinear.simplex import Levelled

_IDLE = 1e-9  # a weight, of a sum of 1


@dataclass(frozen=True)
class Reference:
    """Samples over boxes, n + 1 for each, with all weights that cancel the columns there.

    at: the samples; unit: which parameter is held instead, by a row that is no sample. Columns and
    weights are of shape (boxes, n + 1, n) and (boxes, n + 1). values: linear parameters that are
    nearly the best. sound: for which boxes the weights are all that matter.
    """

    at: NDArray[np.intp]
    unit: NDArray[np.bool_]
    columns: Box
    weights: Box
    values: Array
    sound: NDArray[np.bool_]

    def __getitem__(self, which: NDArray[np.intp]) -> Reference:
        columns, weights = ((b[0][which], b[1][which]) for b in (self.columns, self.weights))
        mine = self.at[which], self.unit[which], self.values[which], self.sound[which]
        return Reference(mine[0], mine[1], columns, weights, mine[2], mine[3])

    def errors(self, rest: Box, columns: Box) -> Box:
        """Ends of the errors there, of shape (boxes, n + 1)."""
        e = rest
        for k in range(self.values.shape[1]):
            own = columns[0][..., k], columns[1][..., k]
            e = add(e, mul(point(self.values[:, k, None]), own))
        return e

    @property
    def held(self) -> NDArray[np.bool_]:
        """Which rows are no samples, and have no weight."""
        return np.asarray(self.unit.any(axis=2))

    def shared(self, columns: Box, factor: Box) -> Reference:
        """The same where all columns have a factor in common, which is not 0.

        columns, factor: at all samples, the columns without it and it. Weights by which columns
        without the factor cancel are the weights times the factor.
        """
        lo, hi = (np.take_along_axis(c, self.at[..., None], axis=1) for c in columns)
        s = tuple(np.take_along_axis(end, self.at, axis=1) for end in factor)
        lo, hi, sound = _with_units(lo, hi, self.unit)
        last = (self.weights[0][:, -1] + self.weights[1][:, -1]) * (s[0][:, -1] + s[1][:, -1]) / 4
        weights = div(_weights((lo, hi), last), (s[0], s[1]))
        own = [mul((s[0][..., None], s[1][..., None]), (lo, hi))]
        return Reference(self.at, self.unit, own[0], weights, self.values, sound)

    def least(self, errors: Box, loss: Array) -> Array:
        """What the largest |error| is at least, if their weighted sum may be less by a loss."""
        m, e = (
            (np.where(self.held, 0.0, box[0]), np.where(self.held, 0.0, box[1]))
            for box in (self.weights, errors)
        )
        return np.where(self.sound, by_weights(m, e, loss), 0.0)


def reference_of(columns: Box, best: Levelled) -> Reference:
    """The samples of a solution, and which weights they have over the boxes."""
    problems, samples, count = columns[0].shape
    order = np.argsort(np.abs(best.weights), axis=1)  # the largest weight is the one that is chosen
    rows = np.take_along_axis(best.rows, order, axis=1)
    chosen = best.weights[np.arange(problems), order[:, -1]]
    at = np.minimum(rows, samples - 1)
    lo, hi = (np.take_along_axis(c, at[..., None], axis=1) for c in columns)
    light = np.abs(np.take_along_axis(best.weights, order, axis=1)) < _IDLE
    rows = _without_idle(rows, light, (lo == 0) & (hi == 0), samples)
    unit = rows[..., None] == samples + np.arange(count)
    lo, hi, sound = _with_units(lo, hi, unit)
    weights = _weights((lo, hi), chosen)
    return Reference(at, unit, (lo, hi), weights, best.values, sound)


def _with_units(lo: Array, hi: Array, unit: NDArray[np.bool_]) -> tuple[Array, Array, Any]:
    """Columns at samples with rows beside them put in, and for which boxes that is allowed.

    A parameter that such a row holds must have no effect at the samples.
    """
    held = unit.any(axis=2, keepdims=True)
    idle = ((lo == 0) & (hi == 0) | held).all(axis=1)
    sound = (idle | ~unit.any(axis=1)).all(axis=1)
    return np.where(held, unit, lo), np.where(held, unit, hi), sound


def _weights(columns: Box, chosen: Array) -> Box:
    """All weights of n + 1 rows that cancel the columns, where that of the last one is chosen."""
    count = columns[0].shape[2]
    table = [[ends_at(columns, i, k) for k in range(count)] for i in range(count + 1)]
    load = [mul(point(chosen), entry) for entry in table[-1]]
    return stacked([*cancelling(table[:-1], load), point(chosen)])


def least_of(reference: Reference, rest: Box) -> Array:
    """What the largest |error| is at least over boxes, by the intervals of errors."""
    mine = tuple(np.take_along_axis(end, reference.at, axis=1) for end in rest)
    errors = reference.errors((mine[0], mine[1]), reference.columns)
    return reference.least(errors, np.zeros(len(reference.at)))


def _without_idle(
    rows: NDArray[np.intp], light: NDArray[np.bool_], zero: NDArray[np.bool_], samples: int
) -> NDArray[np.intp]:
    """The rows, a parameter held in place of one without weight if no other row determines it."""
    count = zero.shape[2]
    held = rows >= samples
    some = np.where(held[..., None], rows[..., None] == samples + np.arange(count), ~zero)
    free = np.equal(some.sum(axis=1)[:, None], some)
    change = light & ~held & free.any(axis=2)
    return np.where(change, samples + np.argmax(free, axis=2), rows)
