"""The least largest error of a template that is not linear: better values, and a bound by boxes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from actx.errors import AnalysisError
from actx.fitting.best import as_written
from actx.fitting.boxes import BoxBound, prove_minimum, starts
from actx.fitting.enclosed import enclosed
from actx.fitting.known import Known
from actx.fitting.linear import Upper
from actx.fitting.minimax import Peaks, polished
from actx.fitting.reduction import Reduction
from actx.fitting.solvers import solve
from actx.proof.budget import Budget

Array = NDArray[np.float64]

# how far below the error a bound may be, by the number of parameters; last for all above
_GAPS = ((1e-9,), (1e-8,), (1e-6,), (1e-2, 1e-6))
_ROUNDS = 20  # times that better values turn up
_SHARE = 0.2  # of the budget, at most, for finding starts
_SAME = 1e-9  # an error that is smaller by such a part is no smaller one
_MANY = 4  # parameters from which on the boxes' starts are followed in any case


@dataclass(frozen=True)
class Minimum:
    """The best values found, an enclosure of their largest error, and what is proven of all."""

    values: Array
    error: Upper
    bound: BoxBound


def minimum(reduction: Reduction, q: Array, budget: Budget) -> Minimum:
    """The best values that boxes of parameters lead to from some, within a budget."""
    best = q, enclosure_of(reduction, q, budget)
    many = len(reduction.inner.names) >= _MANY
    if many:
        best = _from_starts(reduction, *best, budget)
    found = _proved(reduction, *best, budget)
    if not many and not found.bound.complete and not budget.spent:
        better = _from_starts(reduction, found.values, found.error, budget)
        if better[0] is not found.values:
            found = _proved(reduction, *better, budget)
    return found


def _from_starts(
    reduction: Reduction, q: Array, error: Upper, budget: Budget
) -> tuple[Array, Upper]:
    """Better values that the most promising boxes lead to, if any; with their largest error."""
    problem = reduction.inner
    level = Peaks(problem, q).largest(q)
    tried = [(q, level)]
    for start in starts(problem, budget.part(_SHARE)):
        allowed = start if problem.conditions is None else problem.conditions.restored(start)
        if allowed is not None:
            tried.append(solve(problem, "max", allowed, Known(tried)))
    best, value = min(tried, key=lambda pair: pair[1])
    if not value < level * (1 - _SAME):
        return q, error
    best, _ = polished(problem, best, value)
    reached = enclosure_of(reduction, best, budget)
    return (best, reached) if reached.hi < error.hi else (q, error)


def _proved(reduction: Reduction, q: Array, error: Upper, budget: Budget) -> Minimum:
    """What boxes prove of all values; where they show better ones, these are taken."""
    problem = reduction.inner
    for _ in range(_ROUNDS):
        bound = _bound(reduction, q, error, budget)
        if bound.better is None:
            break
        moved, _ = solve(problem, "max", bound.better)
        reached = enclosure_of(reduction, moved, budget)
        if not reached.hi < error.hi:  # only samples had promised it
            break
        q, error = moved, reached
    return Minimum(q, error, bound)


def enclosure_of(
    reduction: Reduction, q: Sequence[float | Fraction] | Array, budget: Budget
) -> Upper:
    """The largest error at some values; infinite where that cannot be told."""
    problem, template = reduction.inner, as_written(reduction.template(q))
    pairs = problem.criterion.pairs(template, problem.target)
    near = np.array([float(v) for v in q])
    peaks = Peaks(problem, near)(near)
    turning = [peak.x for peak in peaks if math.isfinite(peak.x)]
    try:
        return Upper(*enclosed(pairs, problem.domain, turning, budget))
    except (AnalysisError, ArithmeticError):
        return Upper(0.0, math.inf, False)


def _bound(reduction: Reduction, q: Array, error: Upper, budget: Budget) -> BoxBound:
    """What boxes prove: coarsely at first, where many parameters would take long."""
    problem = reduction.inner
    level = error.hi if error.proven else Peaks(problem, q).largest(q)
    gaps = _GAPS[min(len(problem.names), len(_GAPS)) - 1]
    found = prove_minimum(problem, q, level, gaps[0], budget)
    for gap in gaps[1:]:
        if not found.complete or budget.spent:
            break
        finer = prove_minimum(problem, q, level, gap, budget)
        if finer.complete or finer.better is not None:
            found = finer
    return found
