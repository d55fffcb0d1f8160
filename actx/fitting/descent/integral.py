"""Fits in an integral norm: Newton's method on the integral, with its exact gradient."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from actx.core.arrays import Array
from actx.core.norms import Norm
from actx.fitting.descent.known import NOTHING, Known
from actx.fitting.descent.leaps import ROUNDS, leapt
from actx.fitting.problem.panels import neighbours
from actx.fitting.problem.problem import Problem

Measure = Callable[[Array], tuple[float, Array]]  # the size to minimise, and its gradient

_ROUNDS = 50
_DONE = 1e-13  # relative step
_REFITS = 4  # times that panels are made anew
_NORMAL_END = 38.0  # deviations, beyond which a normal density underflows


class Integral:
    """∫|e|dx, ∫e² with a density or without, or the mean over inputs, by the parameters.

    The panels move with the breakpoints, so that the integral is smooth in the parameters; for |e|
    they are split at the zeros of the error as well.
    """

    def __init__(self, problem: Problem, norm: Norm, near: Array) -> None:
        self.problem, self.norm = problem, norm
        self.edges = problem.panels(near)
        fixed = norm.sampled or (not problem.piecewise and norm.power == 2)
        self._fixed = _nodes(problem, norm, self.edges) if fixed else None

    def nodes(self, p: Array) -> tuple[Array, Array]:
        """Points, and weights that hold the density of the norm."""
        if self._fixed is not None:
            return self._fixed
        edges = np.union1d(self.edges, self.problem.moving(p))
        if self.norm.power == 1:
            changes = [sign_changes(self.problem, edges, p, k) for k in self.problem.parts]
            edges = np.union1d(edges, np.concatenate(changes))
        return _nodes(self.problem, self.norm, edges)

    def value(self, p: Array) -> float:
        x, w = self.nodes(p)
        total = 0.0
        for part in self.problem.parts:
            e = self.problem.error(x, p, part)
            total += float(np.sum(w * (np.abs(e) if self.norm.power == 1 else e * e)))
        return _finite(total)

    def __call__(self, p: Array) -> tuple[float, Array]:
        x, w = self.nodes(p)
        value, gradient = 0.0, self._from_jumps(p)
        for part in self.problem.parts:
            e = self.problem.error(x, p, part)
            slopes = self.problem.slopes(x, p, part)
            if self.norm.power == 1:
                value += float(np.sum(w * np.abs(e)))
                gradient = gradient + slopes @ (w * np.sign(e))
            else:
                value += float(np.sum(w * e * e))
                gradient = gradient + 2 * (slopes @ (w * e))
        if not np.isfinite(value):
            return math.inf, np.zeros_like(p)
        return value, gradient

    def _from_jumps(self, p: Array) -> Array:
        """What moving a breakpoint adds to the gradient where the error jumps there."""
        total = np.zeros_like(p)
        breaks = np.empty(0) if self.norm.sampled else self.problem.moving(p)
        if not breaks.size:
            return total
        beside = 4 * np.spacing(np.maximum(np.abs(breaks), 1e-300))
        both = self._density(np.concatenate([breaks - beside, breaks + beside]), p)
        left, right = np.split(both, 2)
        jumps = left - right
        if np.all(np.abs(jumps) <= 1e-12 * (np.abs(left) + np.abs(right)) + 1e-30):
            return total
        for i, h in enumerate(steps(p)):
            shift = np.zeros_like(p)
            shift[i] = h
            after, before = self.problem.moving(p + shift), self.problem.moving(p - shift)
            if len(after) == len(before) == len(breaks):
                total[i] = np.sum(jumps * (after - before)) / (2 * h)
        return total

    def _density(self, x: Array, p: Array) -> Array:
        """What is integrated, at each x."""
        errors = np.array([self.problem.error(x, p, part) for part in self.problem.parts])
        e = np.nan_to_num(errors)
        if self.norm.power == 1:
            return np.asarray(np.abs(e).sum(axis=0))
        return np.asarray((e * e).sum(axis=0) * self.norm.density(x))


def _nodes(problem: Problem, norm: Norm, edges: Array) -> tuple[Array, Array]:
    """Points and weights: of a quadrature with the norm's density, where that is not 0; inputs."""
    if norm.sampled:
        return problem.inputs()
    x, w = problem.nodes(edges)
    if norm.deviation is None:
        return x, w
    near = np.abs(x) < _NORMAL_END * norm.deviation
    x, w = x[near], w[near]
    return x, w * np.exp(x * x * norm.rate) * norm.peak


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.inf


def steps(p: Array) -> Array:
    """Steps for differences of a gradient."""
    return np.asarray(1e-5 * np.maximum(np.abs(p), 0.03))


def sign_changes(problem: Problem, edges: Array, p: Array, part: int = 0) -> Array:
    """Where the error of a part changes its sign, all found at once (false position, Illinois)."""
    sites = problem.sites(edges, p)
    e = problem.error(sites, p, part)
    _, following = neighbours(sites, problem.domain)
    at = np.flatnonzero(e * e[following] < 0)
    a, b, fa, fb = sites[at], sites[at + 1], e[at], e[at + 1]
    for _ in range(12 if at.size else 0):
        with np.errstate(all="ignore"):
            c = np.clip(np.nan_to_num(b - fb * (b - a) / (fb - fa)), np.fmin(a, b), np.fmax(a, b))
        fc = problem.error(c, p, part)
        crossed = np.sign(fc) != np.sign(fb)
        a, fa = np.where(crossed, b, a), np.where(crossed, fb, fa / 2)
        b, fb = c, fc
        if np.all(np.abs(b - a) <= 1e-9 * np.maximum(np.abs(a), 1e-3)) or not fc.any():
            break
    return b


def fit_integral(
    problem: Problem, norm: Norm, start: Array, known: Known = NOTHING
) -> tuple[Array, float]:
    """A local optimum and its integral, panels refined until they serve the optimum as well.

    known: what was reached before. A way that leads there is given up, its value then infinite.
    """
    p = start
    for _ in range(_REFITS):
        measure = Integral(problem, norm, p)
        before = measure.edges
        if problem.conditions is None:
            p = descend(measure, p, problem.floor, problem.ceiling, known)
        else:
            from actx.fitting.descent.constrained import descend_within

            p = descend_within(measure, p, problem.conditions, known)
        if known.ends(p, measure.value(p)):
            return p, math.inf
        if norm.power == 1 and problem.conditions is None:
            p = _settle_at_corner(measure, p, problem)
        if np.isin(problem.panels(p), np.union1d(before, problem.breakpoints(p))).all():
            break
    return p, Integral(problem, norm, p).value(p)


def descend(
    measure: Measure, start: Array, lower: Array, upper: Array, known: Known = NOTHING
) -> Array:
    """Newton's method in a trust region, within bounds (Nocedal, Wright, 2006, chapter 4).

    The Hessian comes from differences of the gradient.
    """

    def look(q: Array) -> tuple[Array, float, Array]:
        return (q, *measure(q))

    p, value, gradient = look(np.clip(start, lower, upper))
    last, radius = p, 0.5
    for done in range(_ROUNDS):
        if not math.isfinite(value) or known.ends(p, value, done):
            break
        scale = np.maximum(np.abs(p), 0.05)
        free = ~(((p <= lower) & (gradient > 0)) | ((p >= upper) & (gradient < 0)))
        slope = gradient * scale
        if not free.any() or np.max(np.abs(slope[free])) <= 1e-15 * value:
            break
        curvature = _hessian(measure, p, gradient, upper) * np.outer(scale, scale)
        moved = False
        while radius > _DONE and not moved:
            step = _step(curvature[np.ix_(free, free)], slope[free], radius)
            q = p.copy()
            q[free] += step * scale[free]
            q = np.clip(q, lower, upper)
            new, new_gradient = measure(q)
            size = float(np.max(np.abs(q - p) / scale))
            calmer = np.max(np.abs((new_gradient * scale)[free])) < 0.5 * np.max(
                np.abs(slope[free])
            )
            if new < value * (1 - 1e-14) or (new <= value * (1 + 1e-14) and calmer):
                moved = True
                predicted = -(slope[free] @ step + step @ curvature[np.ix_(free, free)] @ step / 2)
                good = value - new > 0.5 * predicted
                radius = min(2 * max(radius, size), 2.0) if good else radius
                p, value, gradient = q, new, new_gradient
            else:
                radius = min(radius, size) / 4
        if done % ROUNDS == ROUNDS - 1:
            here = p, value, gradient
            last, (p, value, gradient) = p, leapt(last, here, look, lower, upper)
        if not moved or size <= _DONE:
            break
    return p


def _hessian(measure: Measure, p: Array, gradient: Array, upper: Array) -> Array:
    rows = []
    for i, h in enumerate(steps(p)):
        beside = p.copy()
        beside[i] += h if p[i] + h <= upper[i] else -h
        rows.append((measure(beside)[1] - gradient) / (beside[i] - p[i]))
    curvature = np.nan_to_num(np.array(rows))
    return np.asarray((curvature + curvature.T) / 2)


def _step(curvature: Array, slope: Array, radius: float) -> Array:
    """The minimum of the quadratic model within the radius."""
    values, vectors = np.linalg.eigh(curvature)
    along = vectors.T @ slope
    shift = max(0.0, -float(values[0]) + 1e-12 * max(1e-300, float(np.max(np.abs(values)))))

    def at(shift: float) -> Array:
        return np.asarray(-along / np.maximum(values + shift, 1e-300))

    low, high = shift, max(shift, 1e-300) + float(np.linalg.norm(along)) / radius + abs(shift)
    if np.linalg.norm(at(low)) > radius:
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if np.linalg.norm(at(middle)) > radius else (low, middle)
        shift = high
    step = at(shift)
    size = float(np.linalg.norm(step))
    return np.asarray(vectors @ (step * min(1.0, radius / size) if size else step))


def _settle_at_corner(measure: Integral, p: Array, problem: Problem) -> Array:
    """Go on without slopes where the optimum is a corner: the error vanishes on a stretch there."""
    value, gradient = measure(p)
    scale = np.maximum(np.abs(p), 0.05)
    inner = (p > problem.floor) & (p < problem.ceiling)
    if value < 1e-15 or not np.any(np.abs(gradient * scale)[inner] > 1e-6 * value):
        return p
    from scipy.optimize import minimize

    spread = [p] + [p + 1e-3 * scale[i] * np.eye(p.size)[i] for i in range(p.size)]

    def inside(q: Array) -> Array:
        return np.clip(q, problem.floor, problem.ceiling)

    result = minimize(
        lambda q: measure.value(inside(q)), p, method="Nelder-Mead",
        options={"initial_simplex": spread, "xatol": 1e-13, "fatol": 1e-17, "maxfev": 400 * p.size},
    )  # fmt: skip
    q = inside(result.x)
    return q if measure.value(q) < value else p
