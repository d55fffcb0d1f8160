"""Where a template can match the target's tails, and what that asks of its parameters.

Towards an infinite end the error's series has growing terms in general; a finite norm asks that
their coefficients vanish. Those are equations for the parameters, solved before anything is fitted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, product

import numpy as np

from actx.analysis.tails import tails
from actx.arithmetic.coefficients import SeriesError, to_float
from actx.arithmetic.monomials import UNIT, Monomial, compare
from actx.arithmetic.series import Place, Series
from actx.calculus.expansion import ask
from actx.calculus.pieces import pieces
from actx.core.arrays import Array
from actx.core.domain import Domain
from actx.core.errors import AnalysisError
from actx.core.norms import Norm
from actx.fitting.problem.pinning import SOLVED, all_held, pinned_by, put_in, solved
from actx.fitting.problem.problem import Problem
from actx.language.tree import (
    NUMBER,
    Node,
    number,
)

_LOOKED_AT = 16  # starts at which the tails may match by themselves


@dataclass(frozen=True)
class Matching:
    """What a finite norm asks for.

    pinned: parameters (by index) that follow, each a number or a formula of the others.
    """

    pinned: dict[int, Node]


def match_tails(
    problem: Problem, norm: Norm, starts: Sequence[Array], tries: int = 8
) -> Matching | None:
    """How the tails on the problem's domain can be matched; None where no start leads there.

    tries: from so many starts the equations for matching tails are solved, where they do not match
    by themselves.
    """
    sides = [s for s, end in ((-1, problem.domain.lo), (1, problem.domain.hi)) if math.isinf(end)]
    if not sides or norm.local:
        return Matching({})
    looked_at = [_generic(problem, start) for start in starts[:_LOOKED_AT]]
    if any(_growing(problem, sides, norm, p) == [] for p in looked_at):
        return Matching({})
    found = (_from(problem, sides, norm, start) for start in looked_at[:tries])
    exact = (_as_it_is(problem, sides, norm, start) for start in starts[:tries])
    return next((matching for matching in chain(found, exact) if matching is not None), None)


def _as_it_is(problem: Problem, sides: Sequence[int], norm: Norm, start: Array) -> Matching | None:
    """A start at which the tails match and must stay: `exp(a*x)` matches exp(x) at a = 1 alone."""
    if _growing(problem, sides, norm, start) != []:
        return None
    moved = [
        np.where(np.arange(start.size) == i, 1.07 * v + 0.013, start) for i, v in enumerate(start)
    ]
    held = [i for i, p in enumerate(moved) if _growing(problem, sides, norm, p) != []]
    return Matching({i: number(float(start[i])) for i in held})


def is_finite(problem: Problem, norm: Norm, p: Array, side: int | None = None) -> bool:
    """Whether the tails, or that on one side, keep a norm finite, as far as they can be told."""
    sides = [s for s, end in ((-1, problem.domain.lo), (1, problem.domain.hi)) if math.isinf(end)]
    sides = [s for s in sides if side in (None, s)]
    return norm.local or not sides or _growing(problem, sides, norm, p) == []


def _generic(problem: Problem, start: Array) -> Array:
    """The start moved a little, so that no coefficient vanishes there by accident."""
    shifts = 1 + 0.0137 * np.sqrt(np.arange(2, 2 + start.size))
    moved = np.where(start == 0, 0.0137, start) * shifts
    inside = (moved > problem.lower) & (moved < problem.upper)
    return np.where(inside, moved, start)


def _from(problem: Problem, sides: Sequence[int], norm: Norm, start: Array) -> Matching | None:
    """Parameters for which the growing terms met at a start vanish."""
    terms = _growing(problem, sides, norm, start)
    if terms is None:
        return None

    def equations(p: Array) -> Array:
        return _coefficients(problem, terms, p)

    solution = solved(equations, problem, start)
    if solution is None:
        return None
    pinned = pinned_by(equations, problem, solution)
    for tree in pinned.values():
        if tree.op != NUMBER and not _finite_beyond(problem, sides, norm, pinned, solution):
            pinned = all_held(equations, problem, solution)
            break
    point = put_in(problem, pinned, solution)
    after = _growing(problem, sides, norm, point)
    return Matching(pinned) if after == [] else None


def _finite_beyond(
    problem: Problem,
    sides: Sequence[int],
    norm: Norm,
    pinned: Mapping[int, Node],
    solution: Array,
) -> bool:
    """Whether formulas for parameters hold away from where they were found, too."""
    for factors in (1.1, 0.7):
        moved = solution * (factors + 0.03 * np.arange(solution.size))
        if _growing(problem, sides, norm, put_in(problem, pinned, moved)) != []:
            return False
    return True


Terms = list[tuple[int, int, Monomial]]  # of a part, towards a side


def _series(problem: Problem, part: int, side: int, p: Array) -> tuple[Series, Series]:
    """The series of both sides of a part towards an end."""
    outermost = problem.domain.parts[-1 if side > 0 else 0]
    both = []
    for tree in problem.bound_pairs(p)[part]:
        outer = pieces(tree, outermost.lo, outermost.hi).pieces[-1 if side > 0 else 0].tree
        both.append(ask(outer, Place(None, side), _known_to_constants))
    return both[0], both[1]


def _known_to_constants(series: Series) -> Series:
    series.coefficient(UNIT)  # raises where more terms are needed
    return series


def _growing(problem: Problem, sides: Sequence[int], norm: Norm, p: Array) -> Terms | None:
    """The monomials of the error that no finite norm allows, at these values; None if unknown."""
    found: Terms = []
    for part, side in product(problem.parts, sides):
        try:
            f, g = _series(problem, part, side, p)
        except (AnalysisError, SeriesError):
            return None
        monomials = {m for _, m in (*f.terms, *g.terms) if _forbidden(m, norm)}
        for m in monomials:
            if f.coefficient(m) - g.coefficient(m) != 0:
                close = abs(to_float(f.coefficient(m) - g.coefficient(m)))
                if close > SOLVED * abs(to_float(g.coefficient(m)) or 1.0):
                    found.append((part, side, m))
    return found


def _forbidden(m: Monomial, norm: Norm) -> bool:
    order = compare(m, UNIT)
    if norm.power is None:
        return order > 0
    if order >= 0:
        return True
    if m.exponent:
        return False
    return m.power >= Fraction(-1, norm.power)


def _coefficients(problem: Problem, terms: Terms, p: Array) -> Array:
    """How far the coefficients of the given terms are from the target's."""
    values = []
    for part, side, m in terms:
        try:
            f, g = _series(problem, part, side, p)
            values.append(to_float(f.coefficient(m) - g.coefficient(m)))
        except (AnalysisError, SeriesError):
            values.append(1e6)
    return np.array(values)


def describe_mismatch(problem: Problem, side: int, p: Array) -> str:
    """How template and target grow apart towards an end."""
    infinite = Domain(0, math.inf) if side > 0 else Domain(-math.inf, 0)
    growths = []
    for tree in (problem.bind(p), problem.target):
        tail = tails(pieces(tree, infinite.lo, infinite.hi))
        growths.append(tail.right if side > 0 else tail.left)
    mine, other = (g.growth if g is not None else "?" for g in growths)
    return f"there the template behaves like {mine} and the target like {other}"
