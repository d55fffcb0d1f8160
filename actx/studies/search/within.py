"""The cheapest formula that is proven to stay within an error of another, of those that a search
finds.
"""

from __future__ import annotations

import math

from actx.analysis.explore import compare_with
from actx.calculus.cost import cost, price
from actx.calculus.formula import Formula, read_formula
from actx.codegen.forms import alternatives, prepared
from actx.codegen.lookups import has_table
from actx.codegen.result import StandIn
from actx.core.domain import Domain
from actx.core.errors import AnalysisError
from actx.language.operations import LOOKUP
from actx.registry import Registry
from actx.studies.search.families import Kind, Member
from actx.studies.search.results import SearchResult

_SAVED = 5.0  # operations that a parameter may save where it turns out simple, and the simplifying


def own_cost(of: Formula) -> float:
    """What the cheapest form of a function costs itself."""
    return min(cost(form.tree) for form in alternatives(prepared(of.bound)))


def may_cost_less(member: Member, than: float, registry: Registry, tables: bool) -> bool:
    """Whether a formula of a family could cost less, as far as is seen without fitting it.

    tables: whether a table may be taken at all.
    """
    family, pieces = member.family, member.pieces
    if family.kind is Kind.TABLE:
        return tables and price(LOOKUP)[1] < than
    if family.kind is Kind.TEMPLATE:
        template = read_formula(family.formula, registry).tree
        return cost(template) - _SAVED * (1 + len(family.parameters)) < than
    steps = 2.0 * sum(member.degree) * pieces
    return steps + (price("div")[1] if family.kind is Kind.RATIONAL else 0.0) < than


def cheapest_within(
    found: SearchResult,
    of: Formula,
    error: float,
    registry: Registry,
    budget: float,
    tables: bool = True,
) -> StandIn | None:
    """The cheapest formula of a search that is proven to be no further off than an error.

    of: what was searched for. budget: seconds for the proof about one formula. tables: whether it
    may look something up. None where no formula that is as near costs less than the cheapest form
    of the function itself.
    """
    itself = own_cost(of)
    candidates = sorted((*found.front, *found.dominated), key=lambda c: (c.cost, c.error))
    tried = len(candidates) + len(found.failed)
    for each in candidates:
        if each.cost >= itself:
            return None
        formula = read_formula(each.formula, registry)
        if each.max_error > error or (has_table(formula.bound) and not tables):
            continue
        proven = _proven(formula, of, found, budget)
        if proven <= error:
            return StandIn(
                each.name, each.formula, of.name, error, proven, each.cost, itself, tried
            )
    return None


def _proven(formula: Formula, of: Formula, found: SearchResult, budget: float) -> float:
    """An upper bound of the largest error, infinite where none is proven."""
    try:
        largest = compare_with(formula, of, Domain(*found.domain), budget).max_error
    except AnalysisError:
        return math.inf
    return largest.enclosure[1] if largest.proven and largest.enclosure else math.inf
