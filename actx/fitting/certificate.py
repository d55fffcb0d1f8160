"""What proves that fitted values are the best: alternation, and the space of possible changes.

At a local optimum of the largest error no small change of the parameters lowers the error at all
points where it is largest: 0 lies in the convex hull of the error's gradients there, signed
(Kirchberger's criterion; Watson, Approximation Theory and Numerical Methods, 1980, chapter 3).
Where it lies in the hull's inner part, every change raises the error to first order, and the
optimum is a strict one; that takes one point more than there are parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from actx.analysis.fit_results import Certificate, Optimality
from actx.fitting.minimax import Peak, Peaks
from actx.fitting.problem import Problem, by_parameter
from actx.language.tree import ZERO

Array = NDArray[np.float64]

_LEVEL = 1e-7  # peaks this near to the largest, relatively, are as high
_ROUNDING = 1e-13  # a dip between peaks below this, relatively, is none
_BALANCED = 1e-6  # gradients that add up to less, relative to their sizes, balance
_TOUCHED = 1e-8  # of an inequality or a bound that is reached
_SHARE = 1e-7  # a multiplier above takes part
_RANK = 1e-7


def certify(problem: Problem, q: Array) -> Certificate | None:
    """What is known of fitted values; None where nothing was free or no error is left."""
    peaks = Peaks(problem, q)
    found = peaks(q)
    if not q.size or not found or not found[0].error:
        return None
    level = abs(found[0].error) * (1 - _LEVEL)
    top = _separate(problem, q, [peak for peak in found if abs(peak.error) >= level])
    scale = np.maximum(np.abs(q), 0.1)
    gradients = peaks.slopes(q, top) * scale
    equal, touched = _held(problem, q, scale)
    free = _free_directions(equal, q.size)
    needed = free.shape[1] + 1
    shares, rest = _balance(np.concatenate([gradients, touched]) @ free, len(top))
    if rest > _BALANCED:
        return Certificate(Optimality.SEARCHED, len(top), needed, _searched(len(top), needed))
    taking_part = np.flatnonzero(shares > _SHARE)
    rows = np.concatenate([gradients, touched])[taking_part] @ free
    strict = taking_part.size >= needed and _rank(rows) == free.shape[1]
    points = _points(top, shares)
    if problem.conditions is None and _linear(problem):  # then the largest error is convex
        detail = f"{_stationary(len(top))}; the template is linear in its parameters"
        return Certificate(Optimality.GLOBAL, len(top), needed, detail, points)
    if strict:
        return Certificate(Optimality.LOCAL, len(top), needed, _reached(len(top), needed), points)
    detail = f"{_stationary(len(top))}, of {needed} that would prove more"
    return Certificate(Optimality.STATIONARY, len(top), needed, detail, points)


def _separate(problem: Problem, q: Array, peaks: Sequence[Peak]) -> list[Peak]:
    """Peaks without those that rounding made of one: between them the error is no smaller."""
    kept: list[Peak] = []
    for peak in sorted(peaks, key=lambda peak: (peak.part, peak.x)):
        if kept and kept[-1].part == peak.part and kept[-1].error * peak.error > 0:
            middle = np.array([kept[-1].x + (peak.x - kept[-1].x) / 2])
            between = abs(float(problem.error(middle, q, peak.part)[0]))
            if between >= min(abs(kept[-1].error), abs(peak.error)) * (1 - _ROUNDING):
                continue
        kept.append(peak)
    return kept


def _points(top: Sequence[Peak], shares: Array) -> tuple[tuple[float, float], ...]:
    """The points of largest error with their shares in the balance, by place."""
    return tuple(sorted((peak.x, float(share)) for peak, share in zip(top, shares, strict=False)))


def _reached(points: int, needed: int) -> str:
    return (
        f"the largest error is reached at {_counted(points)} ({needed} needed), and every small "
        "change raises it at one of them"
    )


def _stationary(points: int) -> str:
    return f"no small change lowers the error to first order; it is largest at {_counted(points)}"


def _searched(points: int, needed: int) -> str:
    return (
        f"no start led to a smaller error; it is largest at {_counted(points)}, of {needed} that "
        "would prove more"
    )


def _counted(points: int) -> str:
    return "1 point" if points == 1 else f"{points} points"


def _held(problem: Problem, q: Array, scale: Array) -> tuple[Array, Array]:
    """Slopes of equations, and of inequalities and bounds that are reached (rising outwards)."""
    n = q.size
    reach = _TOUCHED * scale
    at_bounds = [-np.eye(n)[i] for i in range(n) if q[i] - problem.lower[i] <= reach[i]]
    at_bounds += [np.eye(n)[i] for i in range(n) if problem.upper[i] - q[i] <= reach[i]]
    touched = np.array(at_bounds).reshape(-1, n)
    if problem.conditions is None:
        return np.empty((0, n)), touched
    rows = problem.conditions.rows(q)
    below = rows.below_slopes[rows.below > -_TOUCHED] * scale
    return rows.equal_slopes * scale, np.concatenate([touched, below])


def _free_directions(equal: Array, n: int) -> Array:
    """Columns that span the changes which keep the equations."""
    if not len(equal):
        return np.eye(n)
    _, sizes, rows = np.linalg.svd(equal)
    rank = int(np.sum(sizes > _RANK * max(float(sizes.max(initial=0.0)), 1e-300)))
    return np.asarray(rows[rank:].T)


def _balance(rows: Array, count: int) -> tuple[Array, float]:
    """Shares (at least 0; of the first `count` rows they add up to 1) whose sum of rows is least.

    The second value is the length of that sum, relative to the rows.
    """
    from scipy.optimize import nnls

    size = max(float(np.max(np.linalg.norm(rows, axis=1), initial=0.0)), 1e-300)
    weights = np.zeros(len(rows))
    weights[:count] = 1.0
    table = np.vstack([rows.T / size, weights])
    shares, _ = nnls(table, np.append(np.zeros(rows.shape[1]), 1.0), maxiter=1000)
    total = float(np.sum(shares[:count]))
    if total <= 0:
        return shares, 1.0
    shares = shares / total
    return shares, float(np.linalg.norm(rows.T @ shares) / size)


def _rank(rows: Array) -> int:
    sizes = np.linalg.svd(rows, compute_uv=False)
    return int(np.sum(sizes > _RANK * max(float(sizes.max(initial=0.0)), 1e-300)))


def _linear(problem: Problem) -> bool:
    """Whether the template is linear in its parameters: then a local optimum is the best of all."""
    slopes = {name: by_parameter(problem.template, name) for name in problem.names}
    pairs = combinations_with_replacement(problem.names, 2)
    return all(by_parameter(slopes[a], b) is ZERO for a, b in pairs)
