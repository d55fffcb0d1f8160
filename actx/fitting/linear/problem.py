"""A fit's problem as a linear one: its columns, bounds on its parameters, and what is required."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

from actx.core.budget import Budget
from actx.core.errors import AnalysisError
from actx.fitting.linear.columns import columns_of
from actx.fitting.linear.required import parts_of
from actx.fitting.linear.solve import Best, solve
from actx.fitting.linear.strips import Part, Sense
from actx.fitting.linear.template import Affine, affine
from actx.fitting.problem.problem import Problem
from actx.language.tree import ZERO, Node, number, parameter, simplified, substitute


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
