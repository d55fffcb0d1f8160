"""Where a template can match the target's tails, and what that asks of its parameters.

Towards an infinite end the error's series has growing terms in general; a finite norm asks that
their coefficients vanish. Those are equations for the parameters, solved before anything is fitted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from actx.analysis.tails import tails
from actx.domain import Domain
from actx.errors import AnalysisError
from actx.fitting.problem import Problem
from actx.language.expansion import ask
from actx.language.pieces import pieces
from actx.language.series import UNIT, Monomial, Place, Series, SeriesError, compare, to_float

Array = NDArray[np.float64]

_SOLVED = 1e-12
_TRIES = 12  # starts that are looked at


@dataclass(frozen=True)
class Matching:
    """What a finite norm asks for: `pinned` parameters (index to value) make both tails match."""

    pinned: dict[int, float]


def match_tails(problem: Problem, norm: str, starts: Sequence[Array]) -> Matching | None:
    """How the tails on the problem's domain can be matched; None where no start leads there."""
    sides = [s for s, end in ((-1, problem.domain.lo), (1, problem.domain.hi)) if math.isinf(end)]
    if not sides or norm == "gauss":
        return Matching({})
    tried = [_generic(problem, start) for start in starts[:_TRIES]]
    if any(_growing(problem, sides, norm, p) == [] for p in tried):
        return Matching({})
    found = (_from(problem, sides, norm, start) for start in tried)
    return next((matching for matching in found if matching is not None), None)


def _generic(problem: Problem, start: Array) -> Array:
    """The start moved a little, so that no coefficient vanishes there by accident."""
    shifts = 1 + 0.0137 * np.sqrt(np.arange(2, 2 + start.size))
    moved = np.where(start == 0, 0.0137, start) * shifts
    inside = (moved > problem.lower) & (moved < problem.upper)
    return np.where(inside, moved, start)


def _from(problem: Problem, sides: Sequence[int], norm: str, start: Array) -> Matching | None:
    """Parameters for which the growing terms met at a start vanish."""
    terms = _growing(problem, sides, norm, start)
    if terms is None:
        return None
    solution = _solve(lambda p: _coefficients(problem, terms, p), problem, start)
    if solution is None:
        return None
    pinned = _pinned(lambda p: _coefficients(problem, terms, p), problem, solution)
    if pinned is None:
        return None
    point = solution.copy()
    for index, value in pinned.items():
        point[index] = value
    after = _growing(problem, sides, norm, point)
    return Matching(pinned) if after is not None and not after else None


Terms = list[tuple[int, Monomial]]


def _series(problem: Problem, side: int, p: Array) -> tuple[Series, Series]:
    """The series of template and target towards an end."""
    lo, hi = problem.domain.lo, problem.domain.hi
    both = []
    for tree in (problem.bind(p), problem.target):
        outer = pieces(tree, lo, hi).pieces[-1 if side > 0 else 0].tree
        both.append(ask(outer, Place(None, side), _known_to_constants))
    return both[0], both[1]


def _known_to_constants(series: Series) -> Series:
    series.coefficient(UNIT)  # raises where more terms are needed
    return series


def _growing(problem: Problem, sides: Sequence[int], norm: str, p: Array) -> Terms | None:
    """The monomials of the error that no finite norm allows, at these values; None if unknown."""
    found: Terms = []
    for side in sides:
        try:
            f, g = _series(problem, side, p)
        except (AnalysisError, SeriesError):
            return None
        monomials = {m for _, m in (*f.terms, *g.terms) if _forbidden(m, norm)}
        for m in monomials:
            if f.coefficient(m) - g.coefficient(m) != 0:
                close = abs(to_float(f.coefficient(m) - g.coefficient(m)))
                if close > _SOLVED * abs(to_float(g.coefficient(m)) or 1.0):
                    found.append((side, m))
    return found


def _forbidden(m: Monomial, norm: str) -> bool:
    order = compare(m, UNIT)
    if norm == "max":
        return order > 0
    if order >= 0:
        return True
    if m.exponent:
        return False
    worst = -1 if norm == "l1" else Fraction(-1, 2)
    return m.power >= worst


def _coefficients(problem: Problem, terms: Terms, p: Array) -> Array:
    """How far the coefficients of the given terms are from the target's."""
    values = []
    for side, m in terms:
        try:
            f, g = _series(problem, side, p)
            values.append(to_float(f.coefficient(m) - g.coefficient(m)))
        except (AnalysisError, SeriesError):
            values.append(1e6)
    return np.array(values)


def _solve(equations: Callable[[Array], Array], problem: Problem, start: Array) -> Array | None:
    from scipy.optimize import least_squares

    inside = np.clip(start, problem.lower + 1e-12, problem.upper - 1e-12)
    try:
        result = least_squares(
            equations, inside, bounds=(problem.lower, problem.upper), xtol=1e-15, ftol=1e-15,
            gtol=1e-15, jac="3-point", max_nfev=60,
        )  # fmt: skip
    except ValueError:
        return None
    return result.x if np.max(np.abs(result.fun)) < 1e-9 else None


def _pinned(
    equations: Callable[[Array], Array], problem: Problem, p: Array
) -> dict[int, float] | None:
    """The parameters that the equations determine, with their values, simple ones made exact."""
    from scipy.linalg import qr

    jacobian = np.array(
        [(equations(p + h) - equations(p - h)) / (2e-6) for h in 1e-6 * np.eye(p.size)]
    ).T
    _, r, order = qr(jacobian, pivoting=True)
    diagonal = np.abs(np.diag(r))
    rank = int(np.sum(diagonal > 1e-6 * max(diagonal.max(), 1e-30)))
    chosen = sorted(int(i) for i in order[:rank])
    values = {i: float(Fraction(p[i]).limit_denominator(1000)) for i in chosen}
    exact = p.copy()
    for i, value in values.items():
        if abs(value - p[i]) < 1e-6:
            exact[i] = value
    if np.max(np.abs(equations(exact))) > np.max(np.abs(equations(p))) + _SOLVED:
        exact = p
    return {i: float(exact[i]) for i in chosen}


def describe_mismatch(problem: Problem, side: int, p: Array) -> str:
    """How template and target grow apart towards an end."""
    infinite = Domain(0, math.inf) if side > 0 else Domain(-math.inf, 0)
    growths = []
    for tree in (problem.bind(p), problem.target):
        tail = tails(pieces(tree, infinite.lo, infinite.hi))
        growths.append(tail.right if side > 0 else tail.left)
    mine, other = (g.growth if g is not None else "?" for g in growths)
    return f"there the template behaves like {mine} and the target like {other}"
