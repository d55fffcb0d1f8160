"""A fit's problem as a linear one: its columns, and the bounds on its parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from flint import arb

from actx.errors import AnalysisError
from actx.fitting.linear.solve import Best, solve
from actx.fitting.linear.strips import Held, Part
from actx.fitting.linear.template import Affine, affine
from actx.fitting.problem import Problem
from actx.language.tree import Node, number, parameter, simplified, substitute
from actx.proof.budget import Budget

_ROUNDS = 12  # changes of the set of parameters that are held at a bound

Holds = dict[int, tuple[Fraction, int]]  # by index: the bound, and 1 for an upper one, else -1


def is_linear(problem: Problem) -> bool:
    """Whether a problem's template is linear in its parameters."""
    return bool(problem.names) and _columns(problem) is not None


def best_of(problem: Problem, seconds: float) -> Best | None:
    """The best values of a problem's parameters in the max norm, within their bounds.

    Conditions are not looked at. None where the template is not linear, where it cannot be cut into
    smooth pieces, or where no optimum was found. Raises FitError where the target has no value.
    """
    columns = _columns(problem)
    if not problem.names or columns is None:
        return None
    budget = Budget(seconds)
    held: Holds = {}
    for _ in range(_ROUNDS):
        try:
            found = _solved(problem, columns, held, budget)
        except AnalysisError:
            return None
        if found is None:
            return None
        changed = _changed(problem, found, held)
        if changed is None:
            return found
        held = changed
    return None


def _columns(problem: Problem) -> list[Affine] | None:
    found = [affine(f, problem.names) for f, _ in problem.pairs]
    if any(each is None for each in found):
        return None
    return [each for each in found if each is not None]


def _solved(
    problem: Problem, columns: Sequence[Affine], held: Holds, budget: Budget
) -> Best | None:
    """The best values with some parameters held; all values are given back."""
    names = problem.names
    free = [i for i in range(len(names)) if i not in held]

    def full(values: Sequence[Fraction]) -> list[Fraction]:
        given = dict(zip(free, values, strict=True)) | {i: v for i, (v, _) in held.items()}
        return [given[i] for i in range(len(names))]

    def bind(values: Sequence[Fraction]) -> list[tuple[Node, Node]]:
        leaves = {parameter(n): number(v) for n, v in zip(names, full(values), strict=True)}
        return [(substitute(f, leaves, simplified), g) for f, g in problem.pairs]

    kinds = ("slope",) if problem.criterion.of == "slope" else ("value", "slope")
    parts = [
        _part(problem, each, g, free, held, of)
        for each, (_, g), of in zip(columns, problem.pairs, kinds, strict=False)
    ]
    found = solve(parts, problem.domain, bind, budget)
    if found is None:
        return None
    dependent = tuple(free[k] for k in found.dependent)
    return replace(found, coefficients=tuple(full(found.coefficients)), dependent=dependent)


def _part(
    problem: Problem,
    each: Affine,
    goal: Node,
    free: Sequence[int],
    held: Mapping[int, tuple[Fraction, int]],
    of: str,
) -> Part:
    columns = each.at(problem.names)
    goal = simplified("sub", goal, each.offset)
    for i, (value, _) in held.items():
        goal = simplified("sub", goal, simplified("mul", number(value), columns[i]))
    kept = tuple(
        Held(i, columns[i], side, arb(float(problem.upper[i])) - arb(float(problem.lower[i])))
        for i, (_, side) in held.items()
    )
    return Part([columns[i] for i in free], goal, of, kept)


def _changed(problem: Problem, found: Best, held: Holds) -> Holds | None:
    """Which parameters to hold next; None where the values are within all bounds, and best."""
    wrong = [i for i in held if i in found.released]
    if wrong:
        return {i: v for i, v in held.items() if i != wrong[0]}
    most, worst = 0.0, None
    for i, value in enumerate(found.coefficients):
        if i in held:
            continue
        for bound, side in ((problem.lower[i], -1), (problem.upper[i], 1)):
            over = side * (float(value) - float(bound)) if math.isfinite(bound) else 0.0
            if over / (1 + abs(float(bound))) > most:
                most, worst = over / (1 + abs(float(bound))), (i, Fraction(float(bound)), side)
    if worst is None:
        return None
    return {**held, worst[0]: (worst[1], worst[2])}
