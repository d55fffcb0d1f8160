"""The errors of fitted values, proven as `compare` proves them, tails included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from actx.analysis.errors.computed import errors
from actx.analysis.errors.norms import with_norms
from actx.analysis.joining import joined_errors
from actx.analysis.monotone import monotone, turning
from actx.analysis.results import Errors
from actx.analysis.supremum import supremum
from actx.calculus.pieces import Piecewise, pieces
from actx.calculus.proven.pieces import Verified, verify
from actx.core.budget import Budget
from actx.core.domain import Domain, Interval
from actx.core.errors import AnalysisError
from actx.core.norms import Norm
from actx.fitting.problem.problem import Problem
from actx.fitting.results import Fit
from actx.language.tree import Node

_ROUNDING = 2.0**-50  # of a sum of floats, or a root of one of squares, relatively


def enclosed(
    pairs: Sequence[tuple[Node, Node]], domain: Domain, known: Sequence[float], budget: Budget
) -> tuple[float, float, bool]:
    """An enclosure of the largest |f - g| over all pairs, and whether it is proven.

    known: where the errors have their turning points, as far as it is known. Raises AnalysisError
    where a formula cannot be cut into smooth pieces.
    """
    lo, hi, proven = 0.0, 0.0, True
    for (f, g), interval in product(pairs, domain.parts):
        error = _verified(f, interval, budget).minus(_verified(g, interval, budget))
        inside = (x for x in known if x in interval)
        places = sorted({*inside, *turning(_difference(f, g, interval).pieces)})
        bound = supremum(error, 0, places, budget)
        lo, hi = max(lo, bound.lo), max(hi, bound.hi)
        proven = proven and bound.proven and error.exact
    return lo, hi, proven


def with_proven_norms(made: Fit, f: Node, g: Node, domain: Domain, budget: Budget) -> Fit:
    """A fit with its integral norms enclosed, as far as they are proven; f - g: its error."""
    known = joined_errors([_proven_errors(f, g, part, budget) for part in domain.parts])
    return replace(made, norms=known.norms)


def proven_size(template: Node, problem: Problem, norm: Norm, seconds: float) -> Interval | None:
    """An enclosure of an integral norm as the problem's criterion has it; None if not proven.

    template: with all values put in.
    """
    ends: list[Interval] = []
    budget = Budget(seconds)
    for f, g in problem.criterion.pairs(template, problem.target):
        try:
            found = [_proven_errors(f, g, part, budget) for part in problem.domain.parts]
        except (AnalysisError, ArithmeticError):
            return None
        enclosure = joined_errors(found).norms[norm.name].enclosure
        if enclosure is None:
            return None
        ends.append(enclosure)
    lower, upper = (norm.joined(sizes) for sizes in zip(*ends, strict=True))
    return max(0.0, lower * (1 - _ROUNDING)), upper * (1 + _ROUNDING)


def _proven_errors(f: Node, g: Node, interval: Domain, budget: Budget) -> Errors:
    """All errors on one interval, the integral norms enclosed."""
    difference = _difference(f, g, interval)
    error = _verified(f, interval, budget).minus(_verified(g, interval, budget))
    return with_norms(errors(difference), error, monotone(difference), budget)


def _difference(f: Node, g: Node, domain: Domain) -> Piecewise:
    return pieces(f, domain.lo, domain.hi) - pieces(g, domain.lo, domain.hi)


def _verified(tree: Node, domain: Domain, budget: Budget) -> Verified:
    return verify(tree, pieces(tree, domain.lo, domain.hi), budget)
