"""What is proven of the formulas of a search that `actx fit` does not find."""

from __future__ import annotations

import math
from collections.abc import Sequence

from actx.core.budget import Budget
from actx.core.domain import Domain
from actx.core.errors import AnalysisError
from actx.fitting.enclosed import enclosed
from actx.fitting.forms.best import BestFit
from actx.fitting.problem.criterion import Criterion
from actx.fitting.results import Bound, Optimality
from actx.language.tree import Node, simplified

_ALL = "all values"


def of_formula(
    formula: Node, target: Node, criterion: Criterion, domain: Domain, budget: float
) -> Bound | None:
    """The bound of a formula without parameters: what it reaches itself. None where none is."""
    try:
        lo, hi, proven = enclosed(criterion.pairs(formula, target), domain, (), Budget(budget))
    except (AnalysisError, ArithmeticError):
        return None
    return Bound.between(lo, hi, _ALL, "boxes") if proven else None


def of_polynomials(
    fit: BestFit,
    beside: Sequence[tuple[Node, Domain]],
    target: Node,
    weight: Node,
    places: str,
    budget: float,
) -> Bound:
    """The bound of polynomials with what stands beside them, which no coefficients change.

    beside: each formula there, and where. places: what was searched for and is kept to ("knots",
    "ends"), "" for nothing.
    """
    lower = fit.least
    upper = math.inf if fit.enclosure is None else fit.enclosure[1]
    for tree, domain in beside:
        pair = simplified("mul", weight, tree), simplified("mul", weight, target)
        try:
            lo, hi, proven = enclosed([pair], domain, (), Budget(budget))
        except (AnalysisError, ArithmeticError):
            lo, hi, proven = 0.0, math.inf, False
        lower, upper = max(lower, lo if proven else 0.0), max(upper, hi if proven else math.inf)
    over = f"all coefficients with these {places}" if places else "all coefficients"
    return Bound.between(lower, upper, over, "alternation" if lower > 0 or upper == 0 else "none")


def optimality(bound: Bound | None, places: str = "") -> Optimality | None:
    """What is proven of a family's optimum, where a bound holds with these places at most."""
    if bound is None:
        return None
    return Optimality.SEARCHED if places else bound.optimality
