"""Whether a formula keeps to what is required of it, by the analysis and not by samples."""

from __future__ import annotations

import math
from collections.abc import Sequence

from actx.analysis.explore import extrema_of, kinks_of
from actx.analysis.joining import joined_extremum
from actx.analysis.kinks import DEFAULT_MAX_ORDER
from actx.analysis.monotone import monotone
from actx.calculus.pieces import pieces
from actx.core.domain import Domain
from actx.fitting.problem.requirements import Requirement, difference, read_requirements
from actx.language.constants import constant_value
from actx.language.library import Library
from actx.language.tree import Node, X, walk

MET = 1e-9  # a requirement that fails by no more is met but for rounding
_PLACE = 1e-3  # of an extremum: it is known less well than its value


def unmet(formula: Node, domain: Domain, require: Sequence[str], library: Library) -> str | None:
    """The first requirement that a formula without parameters does not meet, as it was written.

    Raises AnalysisError where that cannot be told, and UsageError for a text that cannot be read.
    """
    for requirement in read_requirements(require, formula, (), library):
        if missed_by(requirement, formula, domain) > MET:
            return requirement.text
    return None


def missed_by(requirement: Requirement, formula: Node, domain: Domain) -> float:
    """By how much a requirement is not met: 0 where it is, infinite where that has no size."""
    if requirement.order is not None:
        order = requirement.order
        highest = max(order, DEFAULT_MAX_ORDER)
        found = [k for part in domain.parts for k in kinks_of(formula, part, highest)[0]]
        return math.inf if any(kink.order <= order for kink in found) else 0.0
    if requirement.extreme:
        return _extreme_missed_by(requirement, formula, domain)
    gap = difference(requirement)
    if X not in set(walk(gap)):
        values = [constant_value(gap)]
    else:
        cut = [pieces(gap, part.lo, part.hi) for part in domain.within(requirement.domain)]
        values = [v for each in cut for s in monotone(each) for v in (s.at_lo, s.at_hi)]
        values += [v for each in cut for v in each.points.values() if not math.isnan(v)]
        if not values:
            return 0.0
    return max(0.0, *values) if requirement.op == "<=" else max(abs(v) for v in values)


def _extreme_missed_by(requirement: Requirement, formula: Node, domain: Domain) -> float:
    """How far the least (or largest) value, or its place, is from what is required."""
    turned = formula if requirement.extreme > 0 else -formula
    extreme = joined_extremum([extrema_of(turned, part).minimum for part in domain.parts], -1)
    if requirement.what == "value":
        return abs(extreme.y - requirement.extreme * requirement.number)
    if isinstance(extreme.x, tuple):
        return 0.0 if extreme.x[0] <= requirement.number <= extreme.x[1] else math.inf
    return min(abs(x - requirement.number) for x in (extreme.x, *extreme.ties)) * _PLACE
