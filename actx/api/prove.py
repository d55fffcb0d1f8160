"""Statements proven or disproven."""

from __future__ import annotations

from actx.analysis.results import Verdict
from actx.analysis.statements.case import Case
from actx.analysis.statements.decide import decide
from actx.api.asking import DomainLike, domain_of
from actx.calculus.reading import Values, numbers
from actx.core.alone import alone
from actx.core.budget import DEFAULT_BUDGET, Budget
from actx.core.domain import WHOLE_LINE
from actx.registry import Registry, load_registry


@alone()
def prove(
    statement: str,
    *,
    domain: DomainLike = WHOLE_LINE,
    budget: float = DEFAULT_BUDGET,
    set: Values | None = None,
    registry: Registry | None = None,
) -> Verdict:
    """Whether a statement is proven, disproven or undecided.

    statement: `max|F| < c`, `max(F) < c`, `min(F) > c`, `F <= G`, `F == G`, `F is C1`, or another
    property (increasing, convex, odd, bounded by c, Lipschitz with c, `F has its minimum at c`);
    it may end with its domain (`on LO:HI`, `for x >= c`). Raises FormulaError and UsageError for
    one that cannot be read, and otherwise as `show`.
    """
    values = numbers(set or {})
    case = Case(
        domain_of(domain),
        registry or load_registry(),
        lambda formula: formula.set(values).bound,
        Budget(budget),
    )
    return decide(statement, case)
