"""Fits in the max norm: linear programs on the peaks of the error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from actx.core.arrays import Array
from actx.fitting.descent.known import NOTHING, Known
from actx.fitting.descent.leaps import ROUNDS, leapt
from actx.fitting.problem.conditions import Conditions
from actx.fitting.problem.peaks import Peak, Peaks
from actx.fitting.problem.problem import Problem

_ROUNDS = 150
_STEP_DONE = 1e-12
_PROMISE = 1e-15  # a relative fall that is none
_REFITS = 4
_VERTICES = 1500  # of a linear program, up to which all are looked at
_SINGULAR, _SLACK = 1e-13, 1e-12  # of its vertices, whose rows and steps are of size 1


def fit_minimax(problem: Problem, start: Array, known: Known = NOTHING) -> tuple[Array, float]:
    """A local optimum of sup|error| and its value, panels refined until they serve it as well.

    known: what was reached before. A way that leads there is given up, its value then infinite.
    """
    p, value = start, math.inf
    for _ in range(_REFITS):
        peaks = Peaks(problem, p)
        p, value = _descend(problem, peaks, p, known)
        served = np.union1d(peaks.edges, problem.breakpoints(p))
        if known.ends(p, value):
            return p, math.inf
        if np.isin(problem.panels(p), served).all():
            break
    return p, value


def _descend(problem: Problem, measure: Peaks, start: Array, known: Known) -> tuple[Array, float]:
    """Minimise sup|error| by linear programs on its peaks within a trust region.

    Each round linearises the height of every peak (in the manner of Osborne and Watson, An
    algorithm for minimax approximation in the nonlinear case, Computer Journal 12, 1969) and
    solves for the step that lowers the highest; the region shrinks where that fails. Conditions
    are linearised as well, and made to hold after each step.
    """

    def look(place: Array) -> tuple[Array, float, list[Peak]]:
        kept = _kept(problem, place)
        peaks = measure(kept) if kept is not None else []
        return place if kept is None else kept, abs(peaks[0].error) if peaks else math.inf, peaks

    p, radius = start, 0.25
    last, peaks = p, measure(p)
    if not peaks:
        return p, math.inf
    value = abs(peaks[0].error)
    for done in range(_ROUNDS):
        if known.ends(p, value, done):
            break
        scale = np.maximum(np.abs(p), 0.1)
        step = _linear_step(problem, measure, p, peaks, radius * scale)
        if step is None or not value:
            break
        found = look(np.clip(p + step, problem.floor, problem.ceiling))
        size = float(np.max(np.abs(found[0] - p) / scale))
        if found[1] < value:
            radius = min(2 * radius, 1.0) if size > 0.9 * radius else radius
            p, value, peaks = found
        else:
            radius /= 4
        if done % ROUNDS == ROUNDS - 1:
            here = p, value, peaks
            last, (p, value, peaks) = p, leapt(last, here, look, problem.floor, problem.ceiling)
        radius = min(radius, max(4 * size, _STEP_DONE))
        if radius <= 2 * _STEP_DONE:
            break
    return p, value


def _kept(problem: Problem, p: Array) -> Array | None:
    """The values as the conditions want them, None where they cannot hold near."""
    return p if problem.conditions is None else problem.conditions.restored(p)


def _linear_step(
    problem: Problem, measure: Peaks, p: Array, peaks: Sequence[Peak], radius: Array
) -> Array | None:
    """The step of the linear program; None where it promises nothing."""
    height = np.array([abs(peak.error) for peak in peaks])
    slopes = measure.slopes(p, peaks)
    lo = np.maximum(-radius, problem.floor - p)
    hi = np.minimum(radius, problem.ceiling - p)
    # scaled to steps of size 1 and heights of size 1, so that the program's tolerances do not bite
    unit = float(np.max(radius))
    top = height.max()
    fall = float(np.max(np.abs(slopes) @ radius))
    if not math.isfinite(fall) or fall <= _PROMISE * top:
        return None
    table = np.column_stack([slopes * unit / fall, -np.ones(len(peaks))])
    most = (top - height) / fall
    kept: dict[str, Array] = {}
    if problem.conditions is not None:
        table, most, kept = _with_conditions(problem.conditions, p, table, most, unit)
        if not all(np.all(np.isfinite(rows)) for rows in (table, most, *kept.values())):
            return None  # the conditions have no value here
    elif math.comb(len(peaks) + 2 * p.size, p.size + 1) <= _VERTICES:
        step, level = _lowest_vertex(table, most, lo / unit, hi / unit)
        return None if -level * fall <= _PROMISE * top else step * unit
    from scipy.optimize import linprog

    result = linprog(
        [*np.zeros(p.size), 1.0], A_ub=table, b_ub=most, **kept,
        bounds=[*zip(lo / unit, hi / unit, strict=True), (None, None)],
    )  # fmt: skip
    if result.status != 0 or -result.x[-1] * fall <= _PROMISE * top:
        return None
    return np.asarray(result.x[:-1] * unit)


def _lowest_vertex(table: Array, most: Array, lo: Array, hi: Array) -> tuple[Array, float]:
    """The step in a box at which the highest of some planes is lowest, and its height.

    table, most: the linear program's rows, table @ (step, height) <= most. Its solution is a
    vertex, and of few rows all vertices are looked at, which takes less time than a solver's call.
    """
    n = lo.size
    box = np.hstack([np.eye(n), np.zeros((n, 1))])
    rows, values = np.vstack([table, box, -box]), np.concatenate([most, hi, -lo])
    corners = _choices(len(rows), n + 1)
    systems = rows[corners]
    regular = np.abs(np.linalg.det(systems)) > _SINGULAR
    solved = np.linalg.solve(systems[regular], values[corners[regular]][..., None])
    steps = np.vstack([solved[:, :n, 0], np.zeros(n)])
    steps = np.clip(steps[np.all((steps >= lo - _SLACK) & (steps <= hi + _SLACK), axis=1)], lo, hi)
    heights = np.max(steps @ table[:, :n].T - most, axis=1)
    best = int(np.argmin(heights))
    return np.asarray(steps[best]), float(heights[best])


@lru_cache(maxsize=64)
def _choices(count: int, size: int) -> NDArray[np.intp]:
    """All ways to choose so many of a number of rows."""
    return np.array(list(combinations(range(count), size)))


def _with_conditions(
    conditions: Conditions, p: Array, table: Array, most: Array, unit: float
) -> tuple[Array, Array, dict[str, Array]]:
    """The linear program's rows with those of the conditions, each scaled to size 1."""
    rows = conditions.rows(p)

    def scaled(slopes: Array, values: Array) -> tuple[Array, Array]:
        size = np.maximum(np.abs(slopes).sum(axis=1) * unit, 1e-300)
        wide = np.column_stack([slopes * unit / size[:, None], np.zeros(len(values))])
        return wide, -values / size

    below, limits = scaled(rows.below_slopes, np.minimum(rows.below, 0.0))
    equal, zeros = scaled(rows.equal_slopes, 0 * rows.equal)
    kept = {"A_eq": equal, "b_eq": zeros} if len(zeros) else {}
    return np.vstack([table, below]), np.concatenate([most, limits]), kept


def polished(problem: Problem, p: Array, value: float) -> tuple[Array, float]:
    """The optimum where fewer peaks decide than make a corner: there their curvature counts."""
    measure = Peaks(problem, p)
    peaks = [q for q in measure(p) if abs(q.error) > 0.5 * value]
    deciding = sum(abs(q.error) > 0.9999 * value for q in peaks)
    if not value or not peaks or deciding > p.size:
        return p, value
    from scipy.optimize import minimize

    scale = np.maximum(np.abs(p), 0.1)

    def values(z: Array) -> Array:
        return np.clip(z[:-1] * scale, problem.floor, problem.ceiling)

    def room(z: Array) -> Array:
        return np.asarray(z[-1] - measure.heights(values(z), peaks) / value)

    def room_slopes(z: Array) -> Array:
        at = measure.followed(values(z), peaks)
        slopes = measure.slopes(values(z), at) * scale / value
        return np.column_stack([-slopes, np.ones(len(peaks))])

    constraints = [{"type": "ineq", "fun": room, "jac": room_slopes}]
    if problem.conditions is not None:
        constraints += problem.conditions.as_constraints(p, values)
    result = minimize(
        lambda z: z[-1], np.append(p / scale, 1.0), method="SLSQP",
        jac=lambda z: np.append(np.zeros_like(p), 1.0),
        constraints=constraints,
        bounds=[*zip(problem.floor / scale, problem.ceiling / scale, strict=True), (None, None)],
        options={"ftol": 1e-15, "maxiter": 60},
    )  # fmt: skip
    if not np.all(np.isfinite(result.x)):
        return p, value
    q = _kept(problem, np.clip(result.x[:-1] * scale, problem.floor, problem.ceiling))
    new = measure.largest(q) if q is not None else math.inf
    return (q, new) if q is not None and new < value else (p, value)
