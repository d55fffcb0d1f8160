"""Minimising an integral under conditions: sequential quadratic programs, kept feasible.

Each round minimises a quadratic model with the Hessian of the Lagrangian under the linearised
conditions within a trust region, then makes the conditions hold exactly (Nocedal, Wright, Numerical
Optimization, 2006, chapter 18).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from actx.core.arrays import Array
from actx.fitting.descent.known import NOTHING, Known
from actx.fitting.problem.conditions import Conditions, Rows

Measure = Callable[[Array], tuple[float, Array]]

_ROUNDS = 60
_DONE = 1e-12
_STEP = 1e-5


def descend_within(
    measure: Measure, start: Array, conditions: Conditions, known: Known = NOTHING
) -> Array:
    """A local minimum among the values at which the conditions hold; start is one of them."""
    problem = conditions.problem
    p, radius = start, 0.25
    value, gradient = measure(p)
    for done in range(_ROUNDS):
        if not math.isfinite(value) or known.ends(p, value, done):
            break
        scale = np.maximum(np.abs(p), 0.05)
        rows = conditions.rows(p)
        curvature = _curvature(measure, conditions, p, gradient, rows) * np.outer(scale, scale)
        lo = np.maximum(-radius, (problem.floor - p) / scale)
        hi = np.minimum(radius, (problem.ceiling - p) / scale)
        step = _quadratic_step(curvature, gradient * scale, rows, scale, (lo, hi)) * scale
        moved = conditions.restored(p + step)
        size = float(np.max(np.abs(step) / scale))
        new, new_gradient = (math.inf, gradient) if moved is None else measure(moved)
        if moved is not None and new < value * (1 - 1e-15):
            radius = min(2 * radius, 1.0) if size > 0.9 * radius else radius
            p, value, gradient = moved, new, new_gradient
        else:
            radius = min(radius, size) / 4
        if min(radius, size) <= _DONE:
            break
    return p


def _multipliers(gradient: Array, rows: Rows) -> tuple[Array, Array]:
    """Least-squares multipliers of the equations and of the inequalities that are reached."""
    active = rows.below > -1e-9
    slopes = np.concatenate([rows.equal_slopes, rows.below_slopes[active]])
    if not len(slopes):
        return np.empty(0), slopes
    found = np.linalg.lstsq(slopes.T, -gradient, rcond=1e-9)[0]
    found[len(rows.equal) :] = np.maximum(found[len(rows.equal) :], 0.0)
    return np.asarray(found), slopes


def _curvature(
    measure: Measure, conditions: Conditions, p: Array, gradient: Array, rows: Rows
) -> Array:
    """The Hessian of the objective plus that of what its gradient owes to the conditions."""
    multipliers, slopes = _multipliers(gradient, rows)
    held = np.asarray(multipliers @ slopes) if len(multipliers) else np.zeros_like(p)
    columns = []
    for i, h in enumerate(_STEP * np.maximum(np.abs(p), 0.03)):
        shift = np.zeros_like(p)
        shift[i] = h
        columns.append((measure(p + shift)[1] - measure(p - shift)[1]) / (2 * h))
    objective = np.nan_to_num(np.array(columns))
    bent = _bend(conditions, p, held) if np.any(held) else 0.0
    return np.asarray((objective + objective.T) / 2 + bent)


def _bend(conditions: Conditions, p: Array, held: Array) -> Array:
    """Second differences of the equations along the parameters, weighted by their multipliers.

    The equations may be told by other combinations elsewhere; what counts is the part of them
    along the direction that holds the gradient at p.
    """
    here = conditions.equation_values(p)
    slopes = conditions.equation_slopes(p)
    if not here.size:
        return np.zeros((p.size, p.size))
    weights = np.linalg.lstsq(slopes.T, held, rcond=1e-9)[0]

    def weighted(q: Array) -> float:
        values = conditions.equation_values(q)
        return float(weights @ values) if values.shape == here.shape else float(weights @ here)

    h = 1e-4 * np.maximum(np.abs(p), 0.1)
    bend = np.empty((p.size, p.size))
    for i in range(p.size):
        for j in range(p.size):
            a, b = np.eye(p.size)[i] * h[i], np.eye(p.size)[j] * h[j]
            total = weighted(p + a + b) - weighted(p + a - b) - weighted(p - a + b)
            bend[i, j] = (total + weighted(p - a - b)) / (4 * h[i] * h[j])
    return np.nan_to_num(bend)


def _quadratic_step(
    curvature: Array, slope: Array, rows: Rows, scale: Array, box: tuple[Array, Array]
) -> Array:
    """The minimum of the model under the linearised conditions, in scaled parameters."""
    from scipy.optimize import minimize

    values, vectors = np.linalg.eigh(curvature)
    least = 1e-9 * max(float(np.max(np.abs(values))), 1e-300)
    convex = (vectors * np.maximum(np.abs(values), least)) @ vectors.T
    size = max(float(np.max(np.abs(slope))), 1e-300)
    constraints: list[dict[str, Any]] = []
    if len(rows.equal):
        equal = rows.equal_slopes * scale
        constraints.append({"type": "eq", "fun": lambda d: equal @ d, "jac": lambda _: equal})
    if len(rows.below):
        below, room = rows.below_slopes * scale, np.minimum(rows.below, 0.0)
        constraints.append(
            {"type": "ineq", "fun": lambda d: -(room + below @ d), "jac": lambda _: -below}
        )
    result = minimize(
        lambda d: float(slope @ d + d @ convex @ d / 2) / size,
        np.zeros_like(slope),
        jac=lambda d: (slope + convex @ d) / size,
        method="SLSQP",
        bounds=list(zip(*box, strict=True)),
        constraints=constraints,
        options={"ftol": 1e-18, "maxiter": 100},
    )
    return np.asarray(np.nan_to_num(np.clip(result.x, *box)))
