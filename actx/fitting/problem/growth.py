"""Where a template can match the target's tails, and what that asks of its parameters.

Towards an infinite end the error's series has growing terms in general; a finite norm asks that
their coefficients vanish. Those are equations for the parameters, solved before anything is fitted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
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
from actx.fitting.problem.problem import Problem
from actx.language.constants import constant_value
from actx.language.tree import (
    NUMBER,
    ONE,
    PI,
    ZERO,
    Node,
    number,
    parameter,
    simplified,
    substitute,
)

_SOLVED = 1e-12
_SIMPLE = 50  # the largest denominator of a simple multiple
_POWERS_OF_PI = (
    ("div", 1 / math.pi, PI),
    ("mul", math.pi, PI),
    ("div", math.pi**-0.5, simplified("sqrt", PI)),
)
_NEWTON_ROUNDS = 25
_LOOKED_AT = 16  # starts at which the tails may match by themselves
# powers in which parameters may enter, by how many of them one equation ties together
_POWERS = {
    2: [Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(-1, 2), Fraction(2), Fraction(-2)],
    3: [Fraction(1), Fraction(-1)],
}


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
    if not sides or norm.deviation is not None:
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
    return norm.deviation is not None or not sides or _growing(problem, sides, norm, p) == []


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

    solution = _solve(equations, problem, start)
    if solution is None:
        return None
    pinned = _pinned(equations, problem, solution)
    for tree in pinned.values():
        if tree.op != NUMBER and not _finite_beyond(problem, sides, norm, pinned, solution):
            pinned = _all_held(equations, problem, solution)
            break
    point = _at(problem, pinned, solution)
    after = _growing(problem, sides, norm, point)
    return Matching(pinned) if after == [] else None


def _at(problem: Problem, pinned: Mapping[int, Node], p: Array) -> Array:
    """The parameter values with those that follow put in."""
    point = p.copy()
    values = {parameter(n): number(float(v)) for n, v in zip(problem.names, p, strict=True)}
    for index, tree in pinned.items():
        point[index] = constant_value(substitute(tree, values, simplified))
    return point


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
        if _growing(problem, sides, norm, _at(problem, pinned, moved)) != []:
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
                if close > _SOLVED * abs(to_float(g.coefficient(m)) or 1.0):
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


def _solve(equations: Callable[[Array], Array], problem: Problem, start: Array) -> Array | None:
    """Values within the bounds for which the equations hold, by Newton's method with shorter steps.

    Where they leave freedom, the least change is taken.
    """
    p, left = start, equations(start)
    for _ in range(_NEWTON_ROUNDS):
        if np.max(np.abs(left)) < _SOLVED:
            break
        step = np.linalg.lstsq(_jacobian(equations, p), -left, rcond=1e-9)[0]
        for part in (1.0, 0.5, 0.25, 0.1, 0.02):
            moved = np.clip(p + part * step, problem.lower, problem.upper)
            rest = equations(moved)
            if np.linalg.norm(rest) < np.linalg.norm(left) * (1 - 0.1 * part):
                break
        else:
            break
        p, left = moved, rest
    return p if np.max(np.abs(left)) < 1e-9 else None


def _jacobian(equations: Callable[[Array], Array], p: Array) -> Array:
    rows = [(equations(p + h) - equations(p - h)) / 2e-6 for h in 1e-6 * np.eye(p.size)]
    return np.array(rows).T


def _pinned(equations: Callable[[Array], Array], problem: Problem, p: Array) -> dict[int, Node]:
    """The parameters that the equations determine.

    Those with one possible value are numbers; where an equation ties several together, one of them
    is a formula of the others.
    """
    _, sizes, rows = np.linalg.svd(np.atleast_2d(_jacobian(equations, p)))
    rank = int(np.sum(sizes > 1e-6 * max(float(sizes.max(initial=0.0)), 1e-6)))
    free = rows[rank:]  # directions in which the equations keep holding
    bent = rows[:rank]
    determined = [i for i in range(p.size) if np.any(np.abs(bent[:, i]) > 1e-6)]
    fixed = [i for i in determined if not np.any(np.abs(free[:, i]) > 1e-6)]
    tied = [i for i in determined if i not in fixed]
    point = _simplest(equations, p, fixed)
    pinned = {i: _written(float(point[i])) for i in fixed}
    if tied:
        formula = _tied(equations, problem, point, tied) if len(tied) in _POWERS else None
        if formula is None:
            return _all_held(equations, problem, p)
        pinned |= formula
    return pinned


def _all_held(equations: Callable[[Array], Array], problem: Problem, p: Array) -> dict[int, Node]:
    """All parameters that the equations speak of, held where they hold."""
    touched = np.any(np.abs(_jacobian(equations, p)) > 1e-6, axis=0)
    chosen = [i for i in range(p.size) if touched[i]]
    point = _simplest(equations, p, chosen)
    return {i: _written(float(point[i])) for i in chosen}


def _written(value: float) -> Node:
    """A value, or the simple multiple of a power of pi that it is the float next to."""
    exact = Fraction(value).limit_denominator(_SIMPLE)
    if float(exact) == value:
        return number(value)
    for op, unit, tree in _POWERS_OF_PI:
        factor = Fraction(value / unit).limit_denominator(_SIMPLE)
        if abs(float(factor) * unit - value) <= _SOLVED * abs(value):
            return simplified(op, number(factor), tree)
    return number(value)


def _simplest(equations: Callable[[Array], Array], p: Array, chosen: Sequence[int]) -> Array:
    """The point with simple fractions for the chosen values where the equations allow it."""
    exact = p.copy()
    for i in chosen:
        value = float(Fraction(p[i]).limit_denominator(1000))
        if abs(value - p[i]) < 1e-6:
            exact[i] = value
    worse = np.max(np.abs(equations(exact))) > np.max(np.abs(equations(p))) + _SOLVED
    return p if worse else exact


def _tied(
    equations: Callable[[Array], Array], problem: Problem, p: Array, tied: Sequence[int]
) -> dict[int, Node] | None:
    """One of the tied parameters as a formula of the others; None where none is found.

    It is found where the equation is of the first degree in each of them, or in a power of it:
    then its values at the corners of a box tell its coefficients.
    """
    by_size = np.argsort(-np.max(np.abs(np.atleast_2d(_jacobian(equations, p))), axis=1))
    row = int(by_size[0])
    for powers in sorted(product(_POWERS[len(tied)], repeat=len(tied)), key=_oddness):
        if any(p[i] <= 0 and k != 1 for i, k in zip(tied, powers, strict=True)):
            continue
        coefficients = _corner_coefficients(equations, row, p, tied, powers)
        leaves = [parameter(problem.names[i]) for i in tied]
        for k in sorted(range(len(tied)), key=lambda k: _bounded(problem, tied[k])):
            value = _solved_for(coefficients, leaves, powers, k)
            if value is not None and _holds(equations, problem, p, {tied[k]: value}):
                return {tied[k]: value}
    return None


def _oddness(exponents: Sequence[Fraction]) -> int:
    return sum(_POWERS[2].index(k) for k in exponents)


def _bounded(problem: Problem, i: int) -> int:
    return int(math.isfinite(problem.lower[i])) + int(math.isfinite(problem.upper[i]))


def _corner_coefficients(
    equations: Callable[[Array], Array],
    row: int,
    p: Array,
    tied: Sequence[int],
    powers: Sequence[Fraction],
) -> dict[tuple[int, ...], Fraction]:
    """The coefficients of the products of the unknowns (0 or 1 of each) in one equation."""
    corners = list(product((0, 1), repeat=len(tied)))
    values, matrix = [], []
    for corner in corners:
        q = p.copy()
        for at, i in zip(corner, tied, strict=True):
            q[i] = (p[i] or 1.0) * (1.5 if at else 1.0)
        unknowns = [float(q[i]) ** float(k) for i, k in zip(tied, powers, strict=True)]
        values.append(equations(q)[row])
        row_of = [[u for u, on in zip(unknowns, c, strict=True) if on] for c in corners]
        matrix.append([math.prod(factors) for factors in row_of])
    solved = np.linalg.solve(np.array(matrix), np.array(values))
    return {c: _fraction(float(v)) for c, v in zip(corners, solved, strict=True)}


def _fraction(value: float) -> Fraction:
    simple = Fraction(value).limit_denominator(1000)
    return simple if abs(simple - value) < 1e-8 else Fraction(repr(value))


def _solved_for(
    coefficients: Mapping[tuple[int, ...], Fraction],
    leaves: Sequence[Node],
    powers: Sequence[Fraction],
    k: int,
) -> Node | None:
    """The k-th parameter, out of a sum of products of powers that is 0."""
    factor = {used: c for used, c in coefficients.items() if c and used[k]}
    if not factor:
        return None
    used, lead = next(iter(factor.items()))
    shared = [on if len(factor) == 1 and j != k else 0 for j, on in enumerate(used)]

    def total(products: Mapping[tuple[int, ...], Fraction]) -> Node:
        found = ZERO
        for on, c in products.items():
            exponents = [n * (e - s) for n, e, s in zip(powers, on, shared, strict=True)]
            exponents[k] = Fraction(0)
            term = _term(abs(c), leaves, exponents)
            found = (found + term if c > 0 else found - term) if c else found
        return found

    rest = total({on: -c / lead for on, c in coefficients.items() if not on[k]})
    divisor = total({on: c / lead for on, c in factor.items()}) if len(factor) > 1 else ONE
    return _term(Fraction(1), [rest / divisor], [1 / powers[k]])


def _term(c: Fraction, leaves: Sequence[Node], exponents: Sequence[Fraction]) -> Node:
    """A product of powers, those below 0 in the denominator."""
    above, below = number(c), ONE
    for leaf, k in zip(leaves, exponents, strict=True):
        factor = leaf if abs(k) == 1 else simplified("pow", leaf, number(abs(k)))
        if k:
            above, below = (above * factor, below) if k > 0 else (above, below * factor)
    return above / below


def _holds(
    equations: Callable[[Array], Array], problem: Problem, p: Array, pinned: Mapping[int, Node]
) -> bool:
    """Whether all equations hold with the formula put in, at the point and away from it."""
    for factor in (1.0, 1.2, 0.8):
        moved = p.copy()
        for i in range(p.size):
            if i in pinned or factor == 1.0:
                continue
            moved[i] = p[i] * factor
        if np.max(np.abs(equations(_at(problem, pinned, moved)))) > 1e-7:
            return False
    return True


def describe_mismatch(problem: Problem, side: int, p: Array) -> str:
    """How template and target grow apart towards an end."""
    infinite = Domain(0, math.inf) if side > 0 else Domain(-math.inf, 0)
    growths = []
    for tree in (problem.bind(p), problem.target):
        tail = tails(pieces(tree, infinite.lo, infinite.hi))
        growths.append(tail.right if side > 0 else tail.left)
    mine, other = (g.growth if g is not None else "?" for g in growths)
    return f"there the template behaves like {mine} and the target like {other}"
