"""Best approximations on finitely many points, in float64: the start of an exact one.

For polynomials the exchange of Remez with the barycentric formula (Pachón, Trefethen,
Barycentric-Remez algorithms for best polynomial approximation in the chebfun system, BIT 49, 2009);
for any other linear space a linear program, whose dual solution says at which points the error is
largest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

_ROUNDS = 60
_LEVEL = 1e-7  # errors that agree to this part are level, on a grid that is refined later
_SETTLED = 1e-6  # a level that falls by less than this part has settled
_TIGHT = 1e-10  # the tolerance of linear programs; SciPy's own is tried where that is too tight
_SLACK = 1e-8  # by which a level that is kept may be exceeded, on a grid that is refined later
_CARRIES = 1e-13  # a dual value above this part of the largest belongs to the reference


@dataclass(frozen=True)
class Discrete:
    """A best approximation on a grid.

    reference: indices of the points at which the error is largest; signs: of the error there;
    weights: how much each counts in the proof that nothing is better, the largest being 1. level:
    the largest error. error: on the whole grid.
    """

    reference: Whole
    signs: Whole
    weights: Array
    level: float
    error: Array

    def scaled(self, factor: float) -> Discrete:
        """The same for a target that is so much larger."""
        return replace(self, level=self.level * factor, error=self.error * factor)

    def trimmed(self, least: float) -> Discrete:
        """Without the points that hardly count."""
        kept = self.weights >= least
        return replace(
            self,
            reference=self.reference[kept], signs=self.signs[kept], weights=self.weights[kept],
        )  # fmt: skip


def remez(x: Array, f: Array, weight: Array, degree: int) -> Discrete | None:
    """The best polynomial on grid points in order, by exchange; None where it does not settle.

    The error is weight·(polynomial - f). Points may be given twice, where they have one value.
    """
    t = (2 * x - x[0] - x[-1]) / (x[-1] - x[0])
    reference = _near(t, -np.cos(np.pi * np.arange(degree + 2) / (degree + 1)))
    if reference is None:
        return None
    for _ in range(_ROUNDS):
        level, error = _levelled(t, f, weight, reference)
        if not np.isfinite(level) or not np.all(np.isfinite(error)):
            return None
        top = float(np.max(np.abs(error)))
        if top <= abs(level) * (1 + _LEVEL):
            signs = np.where(error[reference] > 0, 1, -1)
            return Discrete(reference, signs, np.ones(reference.size), abs(level), error)
        chosen = alternating(error, degree + 2)
        if chosen is None:
            return None
        reference = chosen
    return None


def _near(t: Array, nodes: Array) -> Whole | None:
    """Distinct grid points next to nodes, in order."""
    found = np.unique(np.clip(np.searchsorted(t, nodes), 0, t.size - 1))
    distinct = found[np.append(True, np.diff(t[found]) > 0)]
    if distinct.size < nodes.size:
        distinct = np.unique(np.linspace(0, t.size - 1, nodes.size).round().astype(int))
    return distinct if distinct.size == nodes.size else None


def _levelled(t: Array, f: Array, weight: Array, reference: Whole) -> tuple[float, Array]:
    """The error of the polynomial whose error is ±level in turn on the reference."""
    nodes, values = t[reference], f[reference]
    bary = barycentric_weights(nodes)
    signs = np.where(np.arange(nodes.size) % 2, -1.0, 1.0)
    with np.errstate(all="ignore"):
        level = float(-np.sum(bary * values) / np.sum(bary * signs / weight[reference]))
        values = values + signs * level / weight[reference]
        terms = bary / (t[:, None] - nodes)
        polynomial = terms @ values / np.sum(terms, axis=1)
    at = np.searchsorted(nodes, t)
    at = np.minimum(at, nodes.size - 1)
    exact = nodes[at] == t
    polynomial[exact] = values[at[exact]]
    return level, weight * (polynomial - f)


def barycentric_weights(nodes: Array) -> Array:
    """1/prod(x_i - x_j), scaled so that the largest is 1."""
    differences = nodes[:, None] - nodes
    np.fill_diagonal(differences, 1.0)
    logs = -np.sum(np.log(np.abs(differences)), axis=1)
    return np.asarray(np.prod(np.sign(differences), axis=1) * np.exp(logs - logs.max()))


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


def linear_program(rows: Array, f: Array) -> tuple[Array, float, Array] | None:
    """The coefficients c of the smallest max|rows·c - f|, that value, and the dual values.

    The dual is positive where the error is at +level, negative at -level; its entries' sizes add up
    to 1 and cancel all columns. None where the program could not be solved.
    """
    count, size = rows.shape
    scale = float(np.max(np.abs(f))) or 1.0
    ones = np.ones((count, 1))
    result = _solved(
        np.block([[rows, -ones], [-rows, -ones]]),
        np.concatenate([f, -f]) / scale,
        [(None, None)] * size + [(0, None)],
    )
    if result is None:
        return None
    dual = -result.ineqlin.marginals
    return result.x[:-1] * scale, float(result.x[-1]) * scale, dual[:count] - dual[count:]


def _solved(rows: Array, right: Array, bounds: Sequence[tuple[float | None, float | None]]) -> Any:
    """The least last variable with rows·v <= right, as SciPy gives it; None without a solution."""
    from scipy.optimize import linprog

    tight = dict.fromkeys(("primal_feasibility_tolerance", "dual_feasibility_tolerance"), _TIGHT)
    for options in (tight, {}):
        result = linprog(
            [*np.zeros(rows.shape[1] - 1), 1.0],
            A_ub=rows,
            b_ub=right,
            bounds=bounds,
            method="highs",
            options=options,
        )
        if result.status == 0:
            return result
    return None


def best_on_points(rows: Array, f: Array, weight: Array) -> Discrete | None:
    """The best combination of columns on grid points, by a linear program.

    rows: the columns at each point. None where the program could not be solved.
    """
    weighted, goal = rows * weight[:, None], f * weight
    solved = linear_program(weighted, goal)
    if solved is None:
        return None
    c, level, dual = solved
    share = np.abs(dual) / (np.max(np.abs(dual)) or 1.0)
    carries = np.flatnonzero(share > _CARRIES)
    signs = np.where(dual[carries] > 0, 1, -1)
    return Discrete(carries, signs, share[carries], level, np.asarray(weighted @ c - goal))


def evened_out(rows: Array, f: Array, weight: Array, group: Whole, best: Discrete) -> Discrete:
    """A best approximation whose error is small where the largest error leaves it free.

    group: which part each point lies in. The parts of the reference keep their level, the largest
    error of the others is made as small as it can be, and so on until all parts are settled.
    """
    weighted, goal = rows * weight[:, None], f * weight
    limits = np.full(f.size, np.inf)
    level, reference = best.level, best.reference
    error = best.error
    for _ in range(_ROUNDS):
        settled = np.isin(group, group[reference])
        limits[settled & ~np.isfinite(limits)] = level * (1 + _SLACK)
        free = ~np.isfinite(limits)
        if not np.any(free):
            break
        solved = _lowest_elsewhere(weighted, goal, limits, best.level)
        if solved is None:
            break
        c, level, active = solved
        error = weighted @ c - goal
        reference = np.flatnonzero(active & free)
        if not reference.size:  # what is settled decides here too
            reference = np.flatnonzero(free)
    return replace(best, error=error)


def _lowest_elsewhere(
    rows: Array, f: Array, limits: Array, scale: float
) -> tuple[Array, float, NDArray[np.bool_]] | None:
    """min t with |rows·c - f| <= t, or <= limits where those are finite.

    Returns c, t and at which points t is reached.
    """
    free = ~np.isfinite(limits)
    ones = np.where(free, 1.0, 0.0)[:, None]
    room = np.where(free, 0.0, limits)
    result = _solved(
        np.block([[rows, -ones], [-rows, -ones]]),
        np.concatenate([f + room, -f + room]) / scale,
        [(None, None)] * rows.shape[1] + [(0, None)],
    )
    if result is None:
        return None
    dual = np.abs(result.ineqlin.marginals)
    active = (dual[: f.size] + dual[f.size :]) > _CARRIES * np.max(dual, initial=1e-300)
    return result.x[:-1] * scale, float(result.x[-1]) * scale, active


def local_extrema(error: Array, ends: Sequence[int]) -> Whole:
    """The local maxima of |error| within runs of points, those at the ends of runs among them."""
    size, sign = np.abs(error), np.sign(error)
    before, after = np.append(-1.0, (sign[1:] * error[:-1])), np.append(sign[:-1] * error[1:], -1.0)
    before[list(ends)] = -1.0
    after[[e - 1 for e in ends if e]] = -1.0
    return np.flatnonzero((size >= before) & (size >= after))


def differential_correction(x: Array, f: Array, weight: Array, m: int, n: int) -> Array | None:
    """The error of the best p/q of degrees m and n on grid points, q positive there.

    The differential correction algorithm (Barrodale, Powell, Roberts, SIAM J. Numer. Anal. 9,
    1972), which converges from any start. None where a linear program could not be solved.
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
    result = _solved(
        rows,
        np.zeros(2 * f.size),
        [(None, None)] * top.shape[1] + [(-1, 1)] * bottom.shape[1] + [(None, None)],
    )
    if result is None:
        return None
    p = np.asarray(result.x[: top.shape[1]] / columns)
    return p, np.asarray(bottom @ result.x[top.shape[1] : -1])
