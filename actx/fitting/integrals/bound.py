"""What is proven of fitted values in an integral norm, put into a bound and into words."""

from __future__ import annotations

import math

from actx.core.domain import Interval
from actx.core.norms import Norm
from actx.fitting.integrals.proof import Proof
from actx.fitting.problem.problem import Problem, ranges_in_words
from actx.fitting.results import Bound, Certificate, Optimality


def bound_of(
    problem: Problem, norm: Norm, proof: Proof | None, reached: Interval | None
) -> tuple[Bound, Certificate]:
    """The bound of fitted values, and what shows that they are the best.

    reached: an enclosure of their norm, None where there is none.
    """
    upper = math.inf if reached is None else reached[1]
    lower = 0.0 if proof is None else proof.lower
    by = "boxes" if proof is None else proof.by
    by = by if lower > 0 or upper == 0 else "none"
    over = ranges_in_words(problem.names, problem.lower, problem.upper)
    if proof is not None and proof.over:
        over = proof.over
    bound = Bound.between(lower, upper, over, by)
    detail = "no start led to a smaller error"
    if upper == 0:
        detail = "the template is the target with these values"
    elif bound.optimality is Optimality.GLOBAL:
        detail = _orthogonal(norm) if by == "duality" else "boxes of parameters prove the bound"
        if proof is not None and proof.at_bounds:
            detail = f"{detail}, but for those at a bound"
    return bound, Certificate(bound.optimality, 0, 0, detail)


def _orthogonal(norm: Norm) -> str:
    """What proves the best values of a linear template."""
    what = "the sign of the error" if norm.power == 1 else "the error"
    under = "" if norm.deviation is None else ", under the normal density"
    return f"{what} is orthogonal to what the parameters multiply{under}"
