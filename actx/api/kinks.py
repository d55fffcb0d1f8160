"""Where derivatives jump."""

from __future__ import annotations

from actx.analysis.explore import kink_report
from actx.analysis.results import KinkReport
from actx.api.asking import DomainLike, domain_of
from actx.calculus.formula import Formula
from actx.calculus.reading import Values, read_formulas
from actx.core.alone import alone
from actx.core.budget import DEFAULT_BUDGET
from actx.core.domain import WHOLE_LINE
from actx.registry import Registry


@alone()
def kinks(
    formula: str | Formula,
    *,
    domain: DomainLike = WHOLE_LINE,
    max_order: int = 3,
    budget: float | None = DEFAULT_BUDGET,
    set: Values | None = None,
    registry: Registry | None = None,
) -> KinkReport:
    """The places where a derivative of order 0 to max_order jumps. Otherwise as `show`."""
    return kink_report(
        read_formulas([formula], set, registry)[0], domain_of(domain), max_order, budget
    )
