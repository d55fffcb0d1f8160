"""The least largest error of a template that is not linear: better values, and a bound by boxes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from actx.core.arrays import Array
from actx.core.budget import Budget
from actx.core.errors import AnalysisError
from actx.core.norms import MAX
from actx.fitting.descent.known import Known
from actx.fitting.descent.minimax import polished
from actx.fitting.descent.solvers import solve
from actx.fitting.enclosed import enclosed
from actx.fitting.horner import as_written
from actx.fitting.linear import Upper
from actx.fitting.nonlinear import BoxBound, prove_minimum, starts
from actx.fitting.problem.peaks import Peaks
from actx.fitting.problem.reduction import Reduction
from actx.fitting.results import PROVEN

# how far below the error a bound may be, by the number of parameters, the last for all above;
# where there are two, the second once the first is reached
_GAPS = ((1e-9,), (1e-8,), (1e-6,), (1e-2, 1e-6))
_ROUNDS = 20  # times that better values turn up
_SHARE = 0.2  # of the budget, at most, for starts that boxes tell
_ENCLOSING = 2.0  # seconds, at most, for an enclosure
_SAME = 1e-9  # an error that is smaller by such a part is no smaller one


@dataclass(frozen=True)
class Minimum:
    """The best values found, an enclosure of their largest error, and what is proven of all."""

    values: Array
    error: Upper
    bound: BoxBound

    @property
    def certain(self) -> bool:
        """Whether no values are better, to the part that counts as none."""
        proven = self.error.proven and self.bound.complete
        return proven and self.error.hi * (1 - PROVEN) <= self.bound.lower


def minimum(reduction: Reduction, q: Array, budget: Budget) -> Minimum:
    """The best values that boxes of parameters lead to from some, within a budget."""
    error = _reached(reduction, q)
    coarse, *finer = _GAPS[min(len(reduction.inner.names), len(_GAPS)) - 1]
    if finer:  # where boxes take long, their promising ones are followed first
        q, error = _from_starts(reduction, q, error, budget)
    found = _proved(reduction, q, error, coarse, budget)
    for gap in finer:
        if not found.bound.complete or budget.spent:
            break
        closer = _proved(reduction, found.values, found.error, gap, budget)
        if closer.error.hi < found.error.hi or _says_more(closer.bound, found.bound):
            found = closer
    return found


def _says_more(one: BoxBound, other: BoxBound) -> bool:
    """Whether a bound is complete, or higher for the same values."""
    return one.complete or (one.over == other.over and one.lower > other.lower)


def _from_starts(
    reduction: Reduction, q: Array, error: Upper, budget: Budget
) -> tuple[Array, Upper]:
    """Better values that the most promising boxes lead to, if any; with their largest error."""
    problem = reduction.inner
    level = Peaks(problem, q).largest(q)
    tried = [(q, level)]
    share = budget.part(_SHARE)
    for start in starts(problem, share):
        if share.spent:
            break
        allowed = start if problem.conditions is None else problem.conditions.restored(start)
        if allowed is not None:
            tried.append(solve(problem, MAX, allowed, Known(tried)))
    best, value = min(tried, key=lambda pair: pair[1])
    if not value < level * (1 - _SAME):
        return q, error
    best, _ = polished(problem, best, value)
    reached = _reached(reduction, best)
    return (best, reached) if reached.hi < error.hi else (q, error)


def _proved(reduction: Reduction, q: Array, error: Upper, gap: float, budget: Budget) -> Minimum:
    """What boxes prove of all values; where they show better ones, these are taken."""
    problem = reduction.inner
    for _ in range(_ROUNDS):
        level = error.hi if error.proven else Peaks(problem, q).largest(q)
        bound = prove_minimum(problem, q, level, gap, budget)
        if bound.better is None:
            break
        moved, _ = solve(problem, MAX, bound.better)
        reached = _reached(reduction, moved)
        if not reached.hi < error.hi:  # only samples had promised it
            break
        q, error = moved, reached
    return Minimum(q, error, bound)


def _reached(reduction: Reduction, q: Array) -> Upper:
    """The largest error at some values; it takes milliseconds, and what is reached hangs on it."""
    return enclosure_of(reduction, q, Budget(_ENCLOSING))


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
