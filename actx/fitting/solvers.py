"""Solvers for a fit, one for each norm, on top of a scan that finds where to start."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from actx.fitting.problem import Peak, Problem

Array = NDArray[np.float64]

_SCALES = np.concatenate([-np.geomspace(0.03, 30, 13)[::-1], np.geomspace(0.03, 30, 13)])
_SCAN = 320  # samples of the parameter space
_ROUNDS = 200  # of the sup-norm solver
_STEP_DONE = 1e-11
LARGEST_PARAMETER = 1e8


def starting_points(problem: Problem, given: Sequence[Array]) -> list[Array]:
    """Given points, then points spread over the bounds, over several orders of magnitude."""
    from scipy.stats import qmc

    n = len(problem.names)
    sampler = qmc.Halton(n, seed=20_200_507)
    spread = [_placed(problem, u) for u in sampler.random(_SCAN)]
    return [*given, *spread]


def _placed(problem: Problem, u: Array) -> Array:
    """A point of the unit cube in the parameter space, spread over scales where unbounded."""
    p = np.empty_like(u)
    for i, (v, lo, hi) in enumerate(zip(u, problem.lower, problem.upper, strict=True)):
        if math.isfinite(lo) and math.isfinite(hi):
            ratio = hi / lo if lo > 0 else 1.0
            p[i] = lo * ratio**v if ratio > 20 else lo + v * (hi - lo)
        elif math.isfinite(lo):
            p[i] = lo + 10 ** (3.5 * v - 2)
        elif math.isfinite(hi):
            p[i] = hi - 10 ** (3.5 * v - 2)
        else:
            p[i] = math.copysign(10 ** (3.5 * abs(2 * v - 1) - 2), v - 0.5)
    return p


def solve(problem: Problem, norm: str, starts: Sequence[Array], keep: int = 4) -> Array | None:
    """The best parameters found: the most promising starts, each followed to a local optimum."""
    rate = _rough(problem, norm)
    scored = sorted(((rate(p), i) for i, p in enumerate(starts)), key=lambda s: s[0])
    chosen = _distinct([starts[i] for score, i in scored if score < 1e200], keep)
    best: tuple[float, Array] | None = None
    for start in chosen:
        p, value = _SOLVERS[norm](problem, start)
        if best is None or value < best[0] * (1 - 1e-9):
            best = (value, p)
    return None if best is None else best[1]


def objective(problem: Problem, norm: str) -> Callable[[Array], float]:
    """The norm of the error as the solvers see it, as a function of the parameters."""

    def size(p: Array) -> float:
        if norm == "max":
            peaks = problem.peaks(p)
            return abs(peaks[0].error) if peaks else math.inf
        x, w = problem.nodes(p, problem.sign_changes(p) if norm == "l1" else ())
        if norm == "gauss":
            w = w * np.exp(-x * x / 2)
        value = float(np.sum(w * np.abs(problem.error(x, p)) ** (1 if norm == "l1" else 2)))
        return value if math.isfinite(value) else math.inf

    return size


def _distinct(points: Sequence[Array], keep: int) -> list[Array]:
    chosen: list[Array] = []
    for p in points:
        if all(np.max(np.abs(p - q) / (np.abs(p) + np.abs(q) + 1e-9)) > 0.1 for q in chosen):
            chosen.append(p)
        if len(chosen) == keep:
            break
    return chosen


def _rough(problem: Problem, norm: str) -> Callable[[Array], float]:
    """A cheap objective on fixed samples, to rate starts."""
    if norm == "max":
        return problem.largest
    x, w = problem.nodes(np.clip(np.ones(len(problem.names)), problem.lower, problem.upper))
    if norm == "gauss":
        w = w * np.exp(-x * x / 2)
    power = 1 if norm == "l1" else 2

    def rate(p: Array) -> float:
        with np.errstate(all="ignore"):
            value = float(np.sum(w * np.abs(problem.error(x, p)) ** power))
        return value if math.isfinite(value) else 1e300

    return rate


# --- max ---


def _minimax(problem: Problem, start: Array) -> tuple[Array, float]:
    """Minimise sup|error| by linear programs on its peaks within a trust region.

    Each round linearises the height of every peak (in the manner of Osborne and Watson, An
    algorithm for minimax approximation in the nonlinear case, Computer Journal 12, 1969) and
    solves for the step that lowers the highest; the region shrinks where that fails.
    """
    p, radius = start, 0.25
    peaks = problem.peaks(p)
    if not peaks:
        return p, math.inf
    for _ in range(_ROUNDS):
        value = abs(peaks[0].error)
        scale = np.maximum(np.abs(p), 0.1)
        step = _linear_step(problem, p, peaks, radius * scale)
        if step is None:
            break
        moved = np.clip(p + step, problem.lower, problem.upper)
        new = problem.peaks(moved)
        if new and abs(new[0].error) < value:
            full = np.max(np.abs(step) / scale) > 0.9 * radius
            p, peaks = moved, new
            radius = min(2 * radius, 1.0) if full else radius
        else:
            radius /= 4
        size = float(np.max(np.abs(step) / scale))
        radius = min(radius, max(4 * size, _STEP_DONE))
        if radius <= 2 * _STEP_DONE or np.any(np.abs(p) > LARGEST_PARAMETER):
            break
    return p, abs(peaks[0].error)


def _linear_step(problem: Problem, p: Array, peaks: Sequence[Peak], radius: Array) -> Array | None:
    from scipy.optimize import linprog

    height = np.array([abs(peak.error) for peak in peaks])
    slopes = np.empty((len(peaks), p.size))
    for i in range(p.size):
        h = np.zeros_like(p)
        h[i] = 1e-6 * max(abs(p[i]), 0.1)
        slopes[:, i] = (problem.heights(p + h, peaks) - problem.heights(p - h, peaks)) / (2 * h[i])
    if not np.all(np.isfinite(slopes)):
        return None
    lo = np.maximum(-radius, problem.lower - p)
    hi = np.minimum(radius, problem.upper - p)
    # scaled to steps of size 1 and heights of size 1, so that the program's tolerances do not bite
    unit = float(np.max(radius))
    top = height.max()
    fall = max(float(np.max(np.abs(slopes) @ radius)), 1e-300)
    result = linprog(
        [*np.zeros(p.size), 1.0],
        A_ub=np.column_stack([slopes * unit / fall, -np.ones(len(peaks))]),
        b_ub=(top - height) / fall,
        bounds=[*zip(lo / unit, hi / unit, strict=True), (None, None)],
    )
    return None if result.status != 0 else np.asarray(result.x[:-1] * unit)


# --- l2 and gauss ---


def _least_squares(problem: Problem, start: Array, gaussian: bool) -> tuple[Array, float]:
    from scipy.optimize import least_squares

    fixed = problem.nodes(start)

    def residuals(p: Array) -> Array:
        x, w = problem.nodes(p) if len(problem.nodes(p)[0]) == len(fixed[0]) else fixed
        if gaussian:
            w = w * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
        values = np.sqrt(w) * problem.error(x, p)
        return np.nan_to_num(values, nan=1e150, posinf=1e150, neginf=-1e150)

    inside = _strictly_inside(problem, start)
    result = least_squares(
        residuals, inside, bounds=(problem.lower, problem.upper), jac="3-point",
        x_scale=np.maximum(np.abs(inside), 0.1), xtol=1e-14, ftol=1e-15, gtol=1e-15, max_nfev=200,
    )  # fmt: skip
    return result.x, float(2 * result.cost)


def _strictly_inside(problem: Problem, p: Array) -> Array:
    width = np.minimum(problem.upper - problem.lower, 1.0)
    return np.clip(p, problem.lower + 1e-9 * width, problem.upper - 1e-9 * width)


# --- l1 ---


def _least_absolute(problem: Problem, start: Array) -> tuple[Array, float]:
    """Minimise ∫|e|dx, smooth in the parameters where the zeros of e are simple."""
    from scipy.optimize import minimize

    def objective(p: Array) -> float:
        x, w = problem.nodes(p, problem.sign_changes(p))
        value = float(np.sum(w * np.abs(problem.error(x, p))))
        return value if math.isfinite(value) else 1e300

    def gradient(p: Array) -> Array:
        x, w = problem.nodes(p, problem.sign_changes(p))
        signs = np.sign(problem.error(x, p))
        slopes = np.empty_like(p)
        for i in range(p.size):
            h = np.zeros_like(p)
            h[i] = 1e-5 * max(abs(p[i]), 0.1)
            change = problem.error(x, p + h) - problem.error(x, p - h)
            slopes[i] = np.sum(w * signs * change) / (2 * h[i])
        return slopes

    bounds = list(zip(problem.lower, problem.upper, strict=True))
    result = minimize(
        objective, start, jac=gradient, bounds=bounds, method="L-BFGS-B",
        options={"ftol": 1e-16, "gtol": 1e-11, "maxiter": 300},
    )  # fmt: skip
    polished = minimize(
        objective, result.x, jac=gradient, bounds=bounds, method="SLSQP",
        options={"ftol": 1e-16, "maxiter": 100},
    )  # fmt: skip
    best = polished if polished.fun <= result.fun else result
    return best.x, float(best.fun)


_SOLVERS: dict[str, Callable[[Problem, Array], tuple[Array, float]]] = {
    "max": _minimax,
    "l2": lambda problem, start: _least_squares(problem, start, gaussian=False),
    "gauss": lambda problem, start: _least_squares(problem, start, gaussian=True),
    "l1": _least_absolute,
}
