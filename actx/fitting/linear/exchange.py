"""The best approximation on samples, by exchange of one sample at a time.

The dual of the linear program min max|rows·c - f|: a reference of one sample more than there are
columns, with weights that cancel every column, has a level that no coefficients go below; the
sample at which the error is largest comes in, and the one leaves that keeps all weights positive
(Stiefel, Über diskrete und lineare Tschebyscheff-Approximationen, Numerische Mathematik 1, 1959).
It needs no Haar condition and no alternating signs, and bears with rows of which is required only
that rows·c - f is not positive: they take part in the weights, but not in what these add up to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.core.arrays import Array

Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]

_LEVEL = 1e-10  # errors that agree to this part of the level are level
_ROUNDS = 40  # exchanges for each column
_NONE = 1e-13  # a share of a leaving sample below is none
_TIGHT = 1e-10  # the tolerance of linear programs; SciPy's own is tried where that is too tight
_CLEAR = 0.99  # of the level: an error above is near it
_DEAR = 100.0  # how much more what is near the level costs
_ONE = np.ones(1)
_ABOUT = 3  # samples on either side of one that carries the proof, where the level is kept
_SPAN = 1e-9  # a direction of which so little is left is spanned
CARRIES = 1e-12  # a weight above takes part in the proof


@dataclass(frozen=True)
class Discrete:
    """A best approximation on samples.

    reference: indices of samples, one more than columns; signs: of the error there; weights: their
    shares in the proof, which add up to 1 where the error is to be small. level: the largest error.
    error: at all samples.
    """

    reference: Whole
    signs: Array
    weights: Array
    level: float
    error: Array


def best_on_samples(rows: Array, f: Array, small: Mask) -> Discrete | None:
    """The coefficients with the least max|rows·c - f|; None where it was not found.

    rows: (samples, columns), of full rank where small. small: where rows·c - f is to be small;
    elsewhere it is to be at most 0.
    """
    scale = float(np.max(np.abs(f))) or 1.0
    if not rows.shape[1]:
        return _without_choice(f, small)
    reference = _first(rows, small)
    found = _exchanged(rows, f / scale, small, reference) if reference is not None else None
    if found is None:
        found = _by_program(rows, f / scale, small)
    if found is None:
        return None
    return Discrete(
        found.reference, found.signs, found.weights, found.level * scale, found.error * scale
    )


def _without_choice(f: Array, small: Mask) -> Discrete | None:
    """The error itself, where there are no coefficients."""
    size = np.where(small, np.abs(f), 0.0)
    worst = int(np.argmax(size))
    if np.any(-f[~small] > _TIGHT * size[worst]):
        return None
    sign = -1.0 if f[worst] > 0 else 1.0
    return Discrete(np.array([worst]), np.array([sign]), np.ones(1), float(size[worst]), -f)


def _first(rows: Array, small: Mask) -> Whole | None:
    """Samples that determine all coefficients, and one more."""
    from scipy.linalg import qr

    among, n = np.flatnonzero(small), rows.shape[1]
    if among.size < n + 1:
        return None
    order = qr(rows[among].T, mode="r", pivoting=True)[1]
    return np.sort(among[order[: n + 1]])


def _exchanged(rows: Array, f: Array, small: Mask, reference: Whole) -> Discrete | None:
    n, part = rows.shape[1], small.astype(float)
    weights = _null_vector(rows[reference])
    if weights is None:
        return None
    signs = np.where(weights < 0, -1.0, 1.0)
    if float(weights @ f[reference]) > 0:  # so that the level comes out positive
        signs = -signs
    turned = np.append(np.ones(n), -1.0)
    for _ in range(_ROUNDS * (n + 1)):
        basis = np.column_stack([rows[reference] * signs[:, None], part[reference]])
        try:
            shares = np.linalg.solve(basis.T, np.append(np.zeros(n), 1.0))
            solved = np.linalg.solve(basis * turned, signs * f[reference])
        except np.linalg.LinAlgError:
            return None
        level, error = float(solved[-1]), rows @ solved[:-1] - f
        over = np.where(small, np.abs(error) - level, error)
        worst = int(np.argmax(over))
        if over[worst] <= level * _LEVEL + 1e-15:
            return Discrete(reference, signs, np.maximum(shares, 0.0), level, error)
        sign = 1.0 if error[worst] > 0 else -1.0
        change = np.linalg.solve(basis.T, np.append(sign * rows[worst], part[worst]))
        leaving = _leaving(np.maximum(shares, 0.0), change)
        if leaving is None:
            return None
        reference, signs = reference.copy(), signs.copy()
        reference[leaving], signs[leaving] = worst, sign
    return None


def _leaving(shares: Array, change: Array) -> int | None:
    """The sample whose share reaches 0 first as the new one comes in."""
    falls = change > _NONE * np.max(np.abs(change))
    if not np.any(falls):
        return None
    ratios = np.where(falls, shares / np.where(falls, change, 1.0), np.inf)
    least = float(np.min(ratios))
    tied = np.flatnonzero(ratios <= least + _NONE)
    return int(tied[np.argmax(change[tied])])


def _null_vector(rows: Array) -> Array | None:
    """Weights on one row more than columns that cancel all columns."""
    _, sizes, right = np.linalg.svd(rows.T)
    if sizes.size and sizes[-1] < 1e-12 * sizes[0]:
        return None
    return np.asarray(right[-1])


def evened_out(rows: Array, f: Array, small: Mask, pieces: Whole, best: Discrete) -> Discrete:
    """A best approximation whose error is small where the largest error leaves it free.

    Where fewer samples than a whole reference carry the proof, many coefficients are best, and
    those that an exchange gives lie on the edge: between the samples their error is larger. About
    the samples that carry it the level is kept, elsewhere the largest error is made small; where
    there are several pieces (on which each sample lies), the sum of those of all pieces. Only
    where it has to be is an error near the level, which is met between samples else.
    """
    carrying = best.reference[best.weights > CARRIES]
    kept = _about(carrying, pieces, rows) & small
    own = np.eye(int(pieces.max()) + 1)[pieces] * ~kept[:, None]
    costs = np.repeat([1.0, _DEAR], own.shape[1])
    most = np.repeat([_CLEAR, 1 + _LEVEL - _CLEAR], own.shape[1])
    scale = best.level or 1.0
    limit = np.where(kept, 1 + _LEVEL, 0.0)
    result = _program(rows, f / scale, small, np.hstack([own, own]), limit, costs, most)
    reference = completed(rows, small, carrying)
    if result is None or reference is None:
        return best
    error = (rows @ result.x[: rows.shape[1]] - f / scale) * scale
    known = dict(
        zip(best.reference.tolist(), zip(best.signs, best.weights, strict=True), strict=True)
    )
    signs, weights = np.array([known.get(i, (1.0, 0.0)) for i in reference.tolist()]).T
    weights[~np.isin(reference, carrying)] = 0.0
    return Discrete(reference, signs, weights, best.level, error)


def _about(chosen: Whole, pieces: Whole, rows: Array) -> Mask:
    """The samples beside chosen ones on their piece.

    Where another piece is joined to it, its sample at the joint is the same one.
    """
    beside = np.clip(chosen[:, None] + np.arange(-_ABOUT, _ABOUT + 1), 0, pieces.size - 1)
    found = np.isin(np.arange(pieces.size), beside[pieces[beside] == pieces[chosen][:, None]])
    joined = np.max(np.abs(np.diff(rows, axis=0)), axis=1) <= _SPAN
    before, after = joined & found[1:], joined & found[:-1]
    return np.asarray(found | np.append(before, False) | np.append(False, after))


def _program(
    rows: Array, f: Array, small: Mask, free: Array, limit: Array, costs: Array, most: Array
) -> Any:
    """The t, from 0 to `most`, of least costs with |rows·c - f| <= free·t + limit.

    Where the error need not be small, rows·c - f <= 0. As SciPy gives them; None without a
    solution.
    """
    free = free * small[:, None]
    return programmed(
        np.block([[rows, -free], [-rows[small], -free[small]]]),
        np.concatenate([f + limit, (limit - f)[small]]),
        [(None, None)] * rows.shape[1] + [(0, m) for m in most],
        costs,
    )


def programmed(
    rows: Array, right: Array, bounds: Sequence[tuple[float | None, ...]], costs: Array = _ONE
) -> Any:
    """The last variables of least costs with rows·v <= right, as SciPy gives them.

    None without a solution.
    """
    from scipy.optimize import linprog

    tight = dict.fromkeys(("primal_feasibility_tolerance", "dual_feasibility_tolerance"), _TIGHT)
    for options in (tight, {}):
        result = linprog(
            [*np.zeros(rows.shape[1] - costs.size), *costs],
            A_ub=rows,
            b_ub=right,
            bounds=bounds,
            method="highs",
            options=options,
        )
        if result.status == 0:
            return result
    return None


def _dual(result: Any, small: Mask) -> Array:
    """The share of each sample in the proof of a program, with the sign of the error there."""
    dual = -result.ineqlin.marginals
    signed = np.array(dual[: small.size])
    signed[small] -= dual[small.size :]
    return signed


def _by_program(rows: Array, f: Array, small: Mask) -> Discrete | None:
    """The same by a linear program, which has other ways round a degenerate reference."""
    count, n = rows.shape
    result = _program(rows, f, small, np.ones((count, 1)), np.zeros(count), _ONE, np.inf * _ONE)
    if result is None:
        return None
    signed = _dual(result, small)
    chosen = np.flatnonzero(np.abs(signed) > _NONE)
    reference = completed(rows, small, chosen[: n + 1])
    if reference is None:
        return None
    error = rows @ result.x[:-1] - f
    signs = np.where(signed[reference] != 0, np.sign(signed[reference]), np.sign(error[reference]))
    signs[signs == 0] = 1.0
    return Discrete(reference, signs, np.abs(signed[reference]), float(result.x[-1]), error)


def completed(rows: Array, small: Mask, chosen: Whole) -> Whole | None:
    """A whole reference: samples, and others, where the error is to be small, that add most to
    their span."""
    picked = list(chosen)
    _, sizes, spanned = np.linalg.svd(rows[picked], full_matrices=False)
    basis = spanned[sizes > _SPAN * np.max(sizes, initial=0.0)]
    left = rows - (rows @ basis.T) @ basis
    while len(picked) < rows.shape[1] + 1:
        sizes = np.where(small, np.linalg.norm(left, axis=1), -1.0)
        sizes[picked] = -1.0
        best = int(np.argmax(sizes))
        if sizes[best] < 0:
            return None
        picked.append(best)
        if sizes[best] > _SPAN:
            direction = left[best] / sizes[best]
            left = left - np.outer(left @ direction, direction)
    return np.array(picked)
