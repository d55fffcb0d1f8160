"""A fit's problem as a linear one: its columns, and the bounds on its parameters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

from actx.errors import AnalysisError
from actx.fitting.linear.columns import columns_of
from actx.fitting.linear.solve import Best, solve
from actx.fitting.linear.strips import Part, Sense
from actx.fitting.linear.template import Affine, affine
from actx.fitting.problem import Problem
from actx.language.tree import ONE, ZERO, Node, number, parameter, simplified, substitute
from actx.proof.budget import Budget


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
        return solve([*errors, *_bounds(problem)], problem.domain, bind, Budget(seconds))
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
                columns[i] = ONE if sign > 0 else number(-1)
                goal = number(sign * Fraction(float(limit)))
                yield Part(columns_of(columns), goal, "bound", None, Sense.BELOW)
