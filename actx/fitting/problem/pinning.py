"""Parameters that follow from equations: as numbers, or as formulas of the others."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import product

import numpy as np

from actx.core.arrays import Array
from actx.fitting.problem.problem import Problem
from actx.language.constants import constant_value
from actx.language.tree import (
    ONE,
    PI,
    ZERO,
    Node,
    number,
    parameter,
    simplified,
    substitute,
)

SOLVED = 1e-12
_SIMPLE = 50  # the largest denominator of a simple multiple
_POWERS_OF_PI = (
    ("div", 1 / math.pi, PI),
    ("mul", math.pi, PI),
    ("div", math.pi**-0.5, simplified("sqrt", PI)),
)
_NEWTON_ROUNDS = 25
# powers in which parameters may enter, by how many of them one equation ties together
_POWERS = {
    2: [Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(-1, 2), Fraction(2), Fraction(-2)],
    3: [Fraction(1), Fraction(-1)],
}


def put_in(problem: Problem, pinned: Mapping[int, Node], p: Array) -> Array:
    """The parameter values with those that follow put in."""
    point = p.copy()
    values = {parameter(n): number(float(v)) for n, v in zip(problem.names, p, strict=True)}
    for index, tree in pinned.items():
        point[index] = constant_value(substitute(tree, values, simplified))
    return point


def solved(equations: Callable[[Array], Array], problem: Problem, start: Array) -> Array | None:
    """Values within the bounds for which the equations hold, by Newton's method with shorter steps.

    Where they leave freedom, the least change is taken.
    """
    p, left = start, equations(start)
    for _ in range(_NEWTON_ROUNDS):
        if np.max(np.abs(left)) < SOLVED:
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


def pinned_by(equations: Callable[[Array], Array], problem: Problem, p: Array) -> dict[int, Node]:
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
            return all_held(equations, problem, p)
        pinned |= formula
    return pinned


def all_held(equations: Callable[[Array], Array], problem: Problem, p: Array) -> dict[int, Node]:
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
        if abs(float(factor) * unit - value) <= SOLVED * abs(value):
            return simplified(op, number(factor), tree)
    return number(value)


def _simplest(equations: Callable[[Array], Array], p: Array, chosen: Sequence[int]) -> Array:
    """The point with simple fractions for the chosen values where the equations allow it."""
    exact = p.copy()
    for i in chosen:
        value = float(Fraction(p[i]).limit_denominator(1000))
        if abs(value - p[i]) < 1e-6:
            exact[i] = value
    worse = np.max(np.abs(equations(exact))) > np.max(np.abs(equations(p))) + SOLVED
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
        if np.max(np.abs(equations(put_in(problem, pinned, moved)))) > 1e-7:
            return False
    return True
