"""One formula in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actx.analysis.explore import explore
from actx.analysis.results import Exploration
from actx.api.asking import DomainLike, domain_of, exact
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
    at: float | str | Sequence[float | str] = (),
    set: Values | None = None,
    registry: Registry | None = None,
) -> Exploration:
    """One formula in full: minima, maxima, zeros, kinks, smoothness and tails.

    budget: seconds for proving the numbers, None for no proofs. at: points, numbers or decimals as
    text, at which value and derivatives are told, one-sided where pieces meet. Raises FormulaError,
    UsageError, DomainError, and AnalysisError where something about the formula cannot be told.
    """
    read = read_formulas([formula], set, registry, intervals=True)[0]
    span = domain_of(domain)
    given = [at] if isinstance(at, float | int | str) else at
    points = [exact(x, "A point") for x in given]
    told = []
    if points:
        from actx.analysis.points import values_at

        told = [values_at(read, x, span, budget) for x in points]
    return replace(explore(read, span, budget), at=tuple(told))
