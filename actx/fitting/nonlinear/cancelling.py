"""Weights that cancel the columns of a template over boxes, and what they prove of the error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from actx.arithmetic.interval import Box, add, div, mul, neg, point, sub
from actx.core.arrays import Array

_ROUNDING = 1e-14  # of a sum of a few products
_REGULAR = 1e-12  # a determinant of scaled rows below it is none


def by_weights(weights: Box, errors: Box, loss: Array) -> Array:
    """The largest t for which sum m_i e_i - loss >= t sum |m_i|; 0 where there is none above.

    The left side is at least the sum of |m_i| h_i, where h_i is the least that e_i is on the side
    of m_i. For a given t each |m_i| counts with the end at which |m_i| (h_i - t) is smaller, so
    that Newton's steps in t come down to the solution from above.
    """
    positive, negative = weights[0] >= 0, weights[1] <= 0
    largest = np.maximum(-weights[0], weights[1])
    smallest = np.where(positive, weights[0], np.where(negative, -weights[1], 0.0))
    size = np.maximum(-errors[0], errors[1])
    h = np.where(positive, errors[0], np.where(negative, -errors[1], -size))
    t = h.max(axis=1)
    for _ in range(h.shape[1] + 1):
        m = np.where(h > t[:, None], smallest, largest)
        t = ((m * h).sum(axis=1) - loss) / m.sum(axis=1)
    t = t - 4 * _ROUNDING * ((largest * np.abs(h)).sum(axis=1) + loss) / largest.sum(axis=1)
    m = np.where(h > t[:, None], smallest, largest)
    sure = (m * (h - t[:, None])).sum(axis=1) - loss
    noise = _ROUNDING * ((m * (np.abs(h) + np.abs(t[:, None]))).sum(axis=1) + loss)
    return np.where((sure >= noise) & (t > 0), t, 0.0)


def cancelling(table: Sequence[Sequence[Box]], load: Sequence[Box]) -> list[Box]:
    """All m for which sum_i m_i table_ik + load_k = 0 for each k, enclosed; infinite if not."""
    count = len(table)
    middle = np.moveaxis(np.array([[(e[0] + e[1]) / 2 for e in row] for row in table]), -1, 0)
    middle = np.where(np.isfinite(middle).all(axis=(1, 2), keepdims=True), middle, 0.0)
    regular = np.asarray(np.abs(np.linalg.det(middle)) > 0)
    inverse = np.linalg.inv(np.where(regular[:, None, None], middle, np.eye(count)))
    inverse = np.where(np.isfinite(inverse).all(axis=(1, 2), keepdims=True), inverse, 0.0)

    def turned(row: Sequence[Box]) -> list[Box]:
        return [
            total_of([mul(entry, point(inverse[:, k, j])) for k, entry in enumerate(row)])
            for j in range(count)
        ]

    rows = [turned(row) for row in table]
    a = [[rows[i][j] for i in range(count)] for j in range(count)]
    right = [neg(entry) for entry in turned(load)]
    for k in range(count):
        for i in range(k + 1, count):
            factor = div(a[i][k], a[k][k])
            for j in range(k + 1, count):
                a[i][j] = sub(a[i][j], mul(factor, a[k][j]))
            right[i] = sub(right[i], mul(factor, right[k]))
    for k in reversed(range(count)):
        for j in range(k + 1, count):
            right[k] = sub(right[k], mul(a[k][j], right[j]))
        right[k] = div(right[k], a[k][k])
    return right


def pivots_of(rows: Array) -> list[int]:
    """As many rows of a matrix as it has columns, the largest in turn after those before."""
    left, chosen = rows / np.maximum(np.abs(rows).max(axis=0), 1e-300), []
    for _ in range(rows.shape[1]):
        size = np.linalg.norm(left, axis=1)
        k = int(np.argmax(size))
        if not size[k] > _REGULAR:
            break
        chosen.append(k)
        unit = left[k] / size[k]
        left = left - np.outer(left @ unit, unit)
    return chosen


def ends_at(table: Box, i: int, k: int) -> Box:
    return table[0][:, i, k], table[1][:, i, k]


def stacked(several: Sequence[Box]) -> Box:
    """Boxes of shape (boxes,) as one of shape (boxes, several)."""
    return np.stack([b[0] for b in several], axis=1), np.stack([b[1] for b in several], axis=1)


def total_of(several: Sequence[Box]) -> Box:
    total = several[0]
    for box in several[1:]:
        total = add(total, box)
    return total
