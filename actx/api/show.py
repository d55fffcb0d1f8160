"""One formula in full."""

from __future__ import annotations

from actx.analysis.explore import explore
from actx.analysis.results import Exploration
from actx.api.asking import DomainLike, domain_of
from actx.calculus.formula import Formula
from actx.calculus.reading import Values, read_formulas
from actx.core.alone import alone
from actx.core.budget import DEFAULT_BUDGET
from actx.core.domain import WHOLE_LINE
from actx.registry import Registry


@alone()
def show(
    formula: str | Formula,
    *,
    domain: DomainLike = WHOLE_LINE,
    budget: float | None = DEFAULT_BUDGET,
    set: Values | None = None,
    registry: Registry | None = None,
) -> Exploration:
    """One formula in full: minima, maxima, zeros, kinks, smoothness and tails.

    budget: seconds for proving the numbers, None for no proofs. Raises FormulaError, UsageError,
    DomainError, and AnalysisError where something about the formula cannot be told.
    """
    return explore(
        read_formulas([formula], set, registry, intervals=True)[0], domain_of(domain), budget
    )
