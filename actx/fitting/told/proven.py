"""What is proven of fitted values, put into a bound and into words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from actx.analysis.results import MaxError
from actx.core.domain import Interval
from actx.core.norms import Norm
from actx.fitting.integrals import Proof
from actx.fitting.linear import Best, Upper
from actx.fitting.nonlinear import BoxBound
from actx.fitting.problem.problem import Problem, ranges_in_words
from actx.fitting.results import Alternation, Bound, Certificate, Optimality

_ITSELF = "the template is the target with these values"


def of_linear(problem: Problem, best: Best) -> tuple[Bound, Certificate]:
    """The bound that the best values of a linear template come with."""
    upper = best.error.hi if best.error.proven else math.inf
    by = "alternation" if best.lower > 0 or upper == 0 else "none"
    bound = _between(problem, best.lower, upper, by)
    points, needed = len(best.alternation), len(problem.names) + 1
    if upper == 0:
        detail = _ITSELF
    elif bound.optimality is Optimality.GLOBAL:
        rest = "they prove" if best.carrying >= points else f"{best.carrying} of them prove"
        detail = f"the error is largest at {counted(points)}, and {rest} the bound"
    else:
        detail = f"the error is largest at {counted(points)}"
    return bound, Certificate(bound.optimality, points, needed, detail)


def _between(problem: Problem, lower: float, upper: float, by: str) -> Bound:
    """A bound with the values that it is for.

    Values that keep to what is required but for rounding may be better than all that keep to it, by
    as little; they are no better than said.
    """
    words = ranges_in_words(problem.names, problem.lower, problem.upper)
    if problem.conditions is None:
        return Bound.between(lower, upper, words, by)
    meeting = "values that meet what is required"
    over = meeting if words == "all values" else f"{words}, {meeting}"
    return Bound.between(min(lower, upper), upper, over, by)


def of_boxes(
    problem: Problem, error: Upper, found: BoxBound, points: int
) -> tuple[Bound, Certificate]:
    """The bound that boxes give, and how far it got; points: where the error is largest."""
    upper = error.hi if error.proven else math.inf
    by = "boxes" if found.lower > 0 or upper == 0 else "none"
    bound = Bound.between(found.lower, upper, found.over, by)
    kind = bound.optimality
    if kind is Optimality.SEARCHED and found.local and error.proven:
        kind = Optimality.LOCAL
    detail = f"the error is largest at {counted(points)}"
    if upper == 0:
        detail = _ITSELF
    elif kind is Optimality.GLOBAL:
        detail = f"{detail}, and boxes of parameters prove the bound"
    elif found.boxes:
        detail = f"{detail}; boxes of values were looked at for as long as the budget allows"
    return bound, Certificate(kind, points, len(problem.names) + 1, detail)


def of_search(
    problem: Problem, error: Upper, lower: float, points: int
) -> tuple[Bound, Certificate]:
    """The bound of values that a search found where `lower` is known of all values."""
    upper = error.hi if error.proven else math.inf
    if not problem.names and error.proven:  # nothing is left to choose
        bound = Bound.between(error.lo, upper, "all values", "boxes")
    else:
        bound = _between(problem, lower, upper, "alternation" if lower > 0 else "none")
    detail = f"the error is largest at {counted(points)}"
    if bound.optimality is not Optimality.GLOBAL:
        detail = f"no start led to a smaller error, which is largest at {counted(points)}"
    return bound, Certificate(bound.optimality, points, len(problem.names) + 1, detail)


def of_integral(
    problem: Problem, norm: Norm, proof: Proof | None, reached: Interval | None
) -> tuple[Bound, Certificate]:
    """The bound of values in an integral norm; reached: an enclosure of it, None for none."""
    upper = math.inf if reached is None else reached[1]
    proof = proof or Proof(0.0, None, by="boxes")
    by = proof.by if proof.lower > 0 or upper == 0 else "none"
    over = proof.over or ranges_in_words(problem.names, problem.lower, problem.upper)
    bound = Bound.between(proof.lower, upper, over, by)
    detail = "no start led to a smaller error"
    if upper == 0:
        detail = _ITSELF
    elif bound.optimality is Optimality.GLOBAL:
        detail = _orthogonal(norm) if by == "duality" else "boxes of parameters prove the bound"
        detail += ", but for those at a bound" if proof.at_bounds else ""
    return bound, Certificate(bound.optimality, 0, 0, detail)


def _orthogonal(norm: Norm) -> str:
    """What proves the best values of a linear template."""
    what = "the sign of the error" if norm.power == 1 else "the error"
    if norm.sampled:
        return f"over the data {what} is orthogonal to what the parameters multiply"
    under = "" if norm.deviation is None else ", under the normal density"
    return f"{what} is orthogonal to what the parameters multiply{under}"


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
