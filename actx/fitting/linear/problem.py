"""A fit's problem as a linear one: its columns, bounds on its parameters, and what is required.

What is required counts as far as it is linear in the parameters as well. What is not, such as the
least value itself, is left out: the best without it has no larger error, so that the bound holds,
and whether the best keeps to it is for the caller to see.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product

from actx.calculus.pieces import Piecewise, pieces
from actx.core.budget import Budget
from actx.core.domain import Domain
from actx.core.errors import AnalysisError
from actx.fitting.linear.columns import columns_of
from actx.fitting.linear.solve import Best, solve
from actx.fitting.linear.strips import Part, Sense
from actx.fitting.linear.template import Affine, affine
from actx.fitting.problem.problem import Problem
from actx.fitting.problem.requirements import Requirement, difference, extreme_gap, extreme_slope
from actx.language.derivative import derivative
from actx.language.tree import (
    ZERO,
    Node,
    X,
    number,
    parameter,
    replace,
    simplified,
    substitute,
    walk,
)


def parts_of(
    requirements: Sequence[Requirement], template: Node, names: Sequence[str], domain: Domain
) -> Iterator[Part]:
    """Requirements on a template with parameters, as errors that are 0 or at most 0.

    Raises AnalysisError where a column cannot be cut into smooth pieces.
    """
    columns = affine(template, names)
    if columns is None:
        return
    for requirement in requirements:
        if requirement.order is not None:
            yield from _joints(columns, names, requirement.order, domain)
        elif requirement.extreme:
            if requirement.what == "at" and _is_smooth(columns, names, requirement.number, domain):
                yield from _part(extreme_slope(requirement, template), names, Sense.ZERO, None)
            yield from _part(extreme_gap(requirement, template), names, Sense.BELOW, domain)
        else:
            sense = Sense.ZERO if requirement.op == "=" else Sense.BELOW
            where = Domain.of([(p.lo, p.hi) for p in domain.within(requirement.domain)])
            yield from _part(difference(requirement), names, sense, where)
    for place, value in product(requirements, requirements):  # together they tell a value
        if (place.what, value.what) == ("at", "value") and place.extreme == value.extreme:
            there = replace(extreme_gap(value, template), X, number(place.number))
            yield from _part(there, names, Sense.ZERO, None)


def _part(tree: Node, names: Sequence[str], sense: Sense, domain: Domain | None) -> Iterator[Part]:
    """That a tree is 0, or at most 0, on a domain; nothing where it is not linear."""
    columns = affine(tree, names)
    if columns is not None:
        goal = simplified("neg", columns.offset)
        where = domain if X in set(walk(tree)) else None
        yield Part(columns_of(columns.at(names)), goal, "requirement", where, sense)


def _joints(columns: Affine, names: Sequence[str], order: int, domain: Domain) -> Iterator[Part]:
    """That derivatives up to an order do not jump where pieces meet."""
    for interval in domain.parts:
        functions = [
            pieces(tree, interval.lo, interval.hi) for tree in (*columns.at(names), columns.offset)
        ]
        for place in sorted({b for function in functions for b in function.breakpoints}):
            if not isinstance(place, Fraction):  # known to rounding only
                continue
            for k in range(order + 1):
                *jumps, offset = (_jump(function, place, k) for function in functions)
                goal = simplified("neg", offset)
                yield Part(columns_of(jumps), goal, "requirement", None, Sense.ZERO)


def _jump(function: Piecewise, place: Fraction, order: int) -> Node:
    """The right limit of a derivative at a place, less the left one."""
    left = next(p.tree for p in function.pieces if p.lo < place <= p.hi)
    right = next(p.tree for p in function.pieces if p.lo <= place < p.hi)
    if left is right:
        return ZERO
    at = (replace(derivative(f, order) if order else f, X, number(place)) for f in (right, left))
    return simplified("sub", *at)


def _is_smooth(columns: Affine, names: Sequence[str], place: float, domain: Domain) -> bool:
    """Whether a place is inside a domain, and no breakpoint: an extreme there has the slope 0."""
    interval = next((p for p in domain.parts if p.lo < place < p.hi), None)
    if interval is None:
        return False
    functions = [
        pieces(tree, interval.lo, interval.hi) for tree in (*columns.at(names), columns.offset)
    ]
    return all(float(b) != place for function in functions for b in function.breakpoints)


def best_of(problem: Problem, seconds: float) -> Best | None:
    """The best values of a problem's parameters in the max norm, within their bounds.

    They keep to conditions that are linear, too. None where the template is not linear or cannot be
    cut into smooth pieces, and where no optimum was found. Raises FitError where the target has no
    value.
    """
    columns = _columns(problem)
    if not problem.names or columns is None:
        return None

    def bind(values: Sequence[Fraction]) -> list[tuple[Node, Node]]:
        leaves = {parameter(n): number(v) for n, v in zip(problem.names, values, strict=True)}
        return [(substitute(f, leaves, simplified), g) for f, g in problem.pairs]

    kinds = ("slope",) if problem.criterion.of == "slope" else ("value", "slope")
    errors = [
        Part(
            columns_of(each.at(problem.names)),
            simplified("sub", g, each.offset),
            of,
            problem.domain,
        )
        for each, (_, g), of in zip(columns, problem.pairs, kinds, strict=False)
    ]
    try:
        parts = [*errors, *_bounds(problem), *_required(problem)]
        return solve(parts, problem.domain, bind, Budget(seconds))
    except AnalysisError:
        return None


def _columns(problem: Problem) -> list[Affine] | None:
    found = [affine(f, problem.names) for f, _ in problem.pairs]
    if any(each is None for each in found):
        return None
    return [each for each in found if each is not None]


def _bounds(problem: Problem) -> Iterator[Part]:
    """That parameters stay within their bounds."""
    for i in range(len(problem.names)):
        for limit, sign in ((problem.lower[i], -1), (problem.upper[i], 1)):
            if math.isfinite(limit):
                columns = [ZERO] * len(problem.names)
                columns[i] = number(sign)
                goal = number(sign * float(limit))
                yield Part(columns_of(columns), goal, "bound", None, Sense.BELOW)


def _required(problem: Problem) -> Iterator[Part]:
    """What is required besides, as far as it is linear."""
    each = problem.conditions.each if problem.conditions is not None else ()
    asked = [condition.requirement for condition in each]
    yield from parts_of(asked, problem.template, problem.names, problem.domain)
