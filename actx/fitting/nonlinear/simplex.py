"""The best linear parameters at samples, for many problems at once, by the simplex method.

For each problem the largest of |g_i + sum_k a_k phi_ik| - r_i over samples i becomes as small as it
can be: r_i is how much of the error at a sample does not count. The n + 1 samples at which it is
reached have weights m_i that cancel the columns, sum m_i phi_ik = 0 for each k.
(Stiefel, Über diskrete und lineare Tschebyscheff-Approximationen, Numer. Math. 1, 1959: a sample
at which the error is larger than the level enters, and the ratio of weights tells which leaves.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actx.core.arrays import Array

_STEPS, _ROUNDS = 8, 3
_HELD = 1e7  # what parameters, scaled, may be at most; by rows beside the samples
_PIVOT = 1e-9
_LIGHT = 1e-9  # a weight, of a sum of 1
_SURE = 0.1  # a column's uncertainty at a sample, as a part of its size
_INDEPENDENT = 1e-2
_LEVEL = 1e-9  # how much larger a violated error is, relatively


@dataclass(frozen=True)
class Levelled:
    """Solutions, one row for each problem.

    rows: the samples used, n + 1 each; from the number of samples on they stand for a parameter
    that these samples do not determine. weights: theirs, with the sign of the error. values: of the
    parameters. level: the least that was sought,
    -inf without samples.
    """

    rows: NDArray[np.intp]
    weights: Array
    values: Array
    level: Array


def levelled(columns: Array, given: Array, unsure: Array, rest: Array) -> Levelled:
    """Solve min over a of max over i of |given_i + columns_i a| - r_i.

    r_i = rest_i + sum_k |a_k| unsure_ik. Shapes (problems, samples) and, of columns and unsure,
    (problems, samples, n). A sample with an infinite rest is left out.
    """
    problems, _, count = columns.shape
    usable = np.isfinite(rest) & np.isfinite(given)
    usable &= np.isfinite(columns).all(axis=2) & np.isfinite(unsure).all(axis=2)
    scale = np.abs(np.where(usable[..., None], columns, 0.0)).max(axis=1, initial=0.0)
    scale = np.where(scale > 0, scale, 1.0)[:, None]
    phi = _with_holds(np.where(usable[..., None], columns / scale, 0.0), np.eye(count))
    wide = _with_holds(np.where(usable[..., None], unsure / scale, 0.0), np.zeros((count, count)))
    g = np.hstack([np.where(usable, given, 0.0), np.zeros((problems, count))])
    size = np.abs(g).max(axis=1, keepdims=True, initial=1e-300)
    fixed = np.hstack([np.where(usable, rest, 0.0), np.repeat(_HELD * size, count, axis=1)])
    barred = np.hstack([~usable, np.ones((problems, count), dtype=bool)])
    state = _Simplex(phi, g, fixed, barred)
    for _ in range(_ROUNDS):
        live = np.arange(problems)
        for _ in range(_STEPS):
            live = state.step(live)
            if not live.size:
                break
        state.r = fixed + (wide @ np.abs(state.a)[..., None])[..., 0]
        state.solve()
    state.determine((~barred) & (wide.max(axis=2) < _SURE))
    level = np.where(usable.any(axis=1), state.level, -np.inf)
    return Levelled(state.rows, state.weights * state.signs, state.a / scale[:, 0], level)


def _with_holds(table: Array, held: Array) -> Array:
    """Tables of samples, with a row for each parameter below."""
    return np.concatenate([table, np.broadcast_to(held, (len(table), *held.shape))], axis=1)


class _Simplex:
    """Bases of n + 1 rows each, with weights that are never negative.

    A row i with sign s of its error says s phi_i a - level = r_i - s g_i.
    """

    def __init__(self, phi: Array, g: Array, r: Array, barred: NDArray[np.bool_]) -> None:
        self.phi, self.g, self.r, self._barred = phi, g, r, barred
        problems, rows, count = phi.shape
        at = np.arange(problems)
        first = np.argmax(np.where(barred, -np.inf, np.abs(g) - r), axis=1)
        held = np.broadcast_to(np.arange(rows - count, rows), (problems, count))
        self.rows = np.hstack([first[:, None], held])
        sign = np.where(g[at, first] < 0, -1.0, 1.0)
        row = phi[at, first] * sign[:, None]
        self.signs = np.hstack([sign[:, None], np.where(row > 0, -1.0, 1.0)])
        table = np.concatenate(
            [self.signs[..., None] * np.take_along_axis(phi, self.rows[..., None], axis=1),
             -np.ones((problems, count + 1, 1))], axis=2,
        )  # fmt: skip
        self._inverse = np.linalg.inv(table)
        self.a, self.level = np.empty((problems, count)), np.empty(problems)
        self.weights = np.empty((problems, count + 1))
        self.solve()

    def solve(self, which: NDArray[np.intp] | slice = slice(None)) -> None:
        """Values, level and weights of the bases."""
        rows, signs, inverse = self.rows[which], self.signs[which], self._inverse[which]
        r, g = (np.take_along_axis(v[which], rows, axis=1) for v in (self.r, self.g))
        found = np.einsum("bij,bj->bi", inverse, r - signs * g)
        self.a[which], self.level[which] = found[:, :-1], found[:, -1]
        self.weights[which] = np.maximum(-inverse[:, -1, :], 0.0)

    def step(self, live: NDArray[np.intp]) -> NDArray[np.intp]:
        """Let the sample with the largest error enter, for some problems; those in which one did.

        In the others the level is the best.
        """
        e = self.g[live] + (self.phi[live] @ self.a[live, :, None])[..., 0]
        over = np.where(self._barred[live], -np.inf, np.abs(e) - self.r[live])
        at = np.arange(live.size)
        enters = np.argmax(over, axis=1)
        e, level = e[at, enters], self.level[live]
        moves = over[at, enters] - level > _LEVEL * (np.abs(level) + np.abs(e))
        live, enters = live[moves], enters[moves]
        sign = np.where(e[moves] < 0, -1.0, 1.0)
        row = np.hstack([sign[:, None] * self.phi[live, enters], -np.ones((live.size, 1))])
        z = (row[:, None, :] @ self._inverse[live])[:, 0]
        ratio = np.where(z > _PIVOT, self.weights[live] / np.where(z > _PIVOT, z, 1.0), np.inf)
        leaves = np.argmin(ratio, axis=1)
        able = np.isfinite(ratio[np.arange(live.size), leaves])
        live = live[able]
        if live.size:
            self._exchange(live, leaves[able], enters[able], sign[able], z[able])
        return live

    def determine(self, sure: NDArray[np.bool_]) -> None:
        """Let others take the place of rows without weight at which columns are not known well.

        sure: the samples at which they are, of which no row beside them is one.
        """
        for _ in range(self.phi.shape[2]):
            held = ~np.take_along_axis(sure, self.rows, axis=1) & (self.weights < _LIGHT)
            chosen = np.flatnonzero(held.any(axis=1))
            leaves = np.argmax(held[chosen], axis=1)
            column = self._inverse[chosen, :, leaves]
            z = (self.phi[chosen] @ column[:, :-1, None])[..., 0] - column[:, -1:]
            z = np.where(sure[chosen], np.abs(z), 0.0)
            enters = np.argmax(z, axis=1)
            able = z[np.arange(chosen.size), enters] > _INDEPENDENT
            chosen, leaves, enters = chosen[able], leaves[able], enters[able]
            if not chosen.size:
                return
            ones = np.ones(chosen.size)
            row = np.hstack([self.phi[chosen, enters], -ones[:, None]])
            z = (row[:, None, :] @ self._inverse[chosen])[:, 0]
            self._exchange(chosen, leaves, enters, ones, z)

    def _exchange(
        self, which: NDArray[np.intp], leaves: NDArray[np.intp], enters: NDArray[np.intp],
        sign: Array, z: Array,
    ) -> None:  # fmt: skip
        """One row for another in some of the bases; z: the new rows by the old ones."""
        self.rows[which, leaves] = enters
        self.signs[which, leaves] = sign
        inverse, at = self._inverse[which], np.arange(which.size)
        column = inverse[at, :, leaves] / z[at, leaves][:, None]
        inverse = inverse - column[:, :, None] * z[:, None, :]
        inverse[at, :, leaves] = column
        self._inverse[which] = inverse
        self.solve(which)
