"""What is proven of fitted values in the max norm, put into a bound and into words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from actx.analysis.fit_results import Alternation, Bound, Certificate, Optimality
from actx.analysis.results import MaxError
from actx.errors import AnalysisError
from actx.fitting.enclosed import enclosed
from actx.fitting.linear import Best, Upper
from actx.fitting.problem import Problem
from actx.language.tree import Node
from actx.proof.budget import Budget


def over(problem: Problem) -> str:
    """Which values a bound holds for: all of them, or those within the bounds given."""
    limited = [
        f"{name} in {_end(lo)}:{_end(hi)}"
        for name, lo, hi in zip(problem.names, problem.lower, problem.upper, strict=True)
        if math.isfinite(lo) or math.isfinite(hi)
    ]
    return ", ".join(limited) or "all values"


def _end(value: float) -> str:
    return f"{value:g}"


def of_linear(problem: Problem, best: Best) -> tuple[Bound, Certificate]:
    """The bound that the best values of a linear template come with."""
    upper = best.error.hi if best.error.proven else math.inf
    by = "alternation" if best.lower > 0 or upper == 0 else "none"
    bound = Bound.between(best.lower, upper, over(problem), by)
    points, needed = len(best.alternation), len(problem.names) + 1
    if upper == 0:
        detail = "the template is the target with these values"
    elif bound.optimality is Optimality.GLOBAL:
        rest = "they prove" if best.carrying >= points else f"{best.carrying} of them prove"
        detail = f"the error is largest at {counted(points)}, and {rest} the bound"
    else:
        detail = f"the error is largest at {counted(points)}"
    return bound, Certificate(bound.optimality, points, needed, detail)


def of_search(
    problem: Problem,
    template: Node,
    lower: float,
    alternation: Sequence[Alternation],
    budget: float,
) -> tuple[Bound, Certificate, Upper]:
    """The bound of values that a search found, and the enclosure of what they reach.

    template: with the values put in. lower: what is known of all values.
    """
    pairs = problem.criterion.pairs(template, problem.target)
    turning = [a.x for a in alternation if math.isfinite(a.x)]
    try:
        error = Upper(*enclosed(pairs, problem.domain, turning, Budget(budget)))
    except (AnalysisError, ArithmeticError):
        error = Upper(0.0, math.inf, False)
    upper, proven = error.hi, error.proven
    bound = Bound.between(
        lower, upper if proven else math.inf, over(problem), "alternation" if lower > 0 else "none"
    )
    points = len(alternation)
    detail = f"the error is largest at {counted(points)}"
    if bound.optimality is not Optimality.GLOBAL:
        detail = f"no start led to a smaller error, which is largest at {counted(points)}"
    return bound, Certificate(bound.optimality, points, len(problem.names) + 1, detail), error


def counted(points: int) -> str:
    """A number of points in words."""
    return "1 point" if points == 1 else f"{points} points"


def with_enclosure(largest: MaxError, error: Upper, alternation: Sequence[Alternation]) -> MaxError:
    """The largest error as it is proven; for the plain error only."""
    if not error.proven:
        return largest
    lo, hi = error.lo, error.hi
    value = min(max(largest.value, lo), hi)
    x, signed = largest.x, math.copysign(value, largest.signed)
    if alternation and not lo <= largest.value <= hi:  # float64 lost it to rounding
        x, signed = alternation[0].x, math.copysign(value, alternation[0].error)
    return replace(largest, value=value, x=x, signed=signed, enclosure=(lo, hi), proven=True)
