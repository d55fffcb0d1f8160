"""From formulas to what a page shows: everything that is computed for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from actx.analysis.explore import compare_all, explore
from actx.analysis.sampling import sample
from actx.calculus.formula import Formula
from actx.core.domain import Domain
from actx.present.page.contents import Contents, Sheet
from actx.registry import Registry


def gather(
    candidates: Sequence[Formula],
    target: Formula,
    registry: Registry,
    *,
    domain: Domain,
    view: Domain | None,
    budget: float | None,
    forgiving: bool,
    progress: Callable[[int, int, str], None] | None = None,
) -> Contents:
    """Compare, explore and sample; budget: seconds for each formula and pair, None for no proofs.

    forgiving: a candidate that cannot be analysed on the domain, or is the target, is left out.
    Raises AnalysisError, and DomainError where view and domain have nothing in common.
    """
    distinct = list({formula.name: formula for formula in candidates}.values())
    comparison = compare_all(
        distinct, target, domain, budget, forgiving=forgiving, progress=progress
    )
    by_name = {formula.name: formula for formula in distinct}
    ordered = [*(by_name[row.name] for row in comparison.rows), target]
    sheets = []
    for done, formula in enumerate(ordered):
        if progress is not None:
            progress(done, len(ordered), formula.name)
        sheets.append(_sheet(formula, registry, domain, budget))
    families = {entry.name: entry.family for entry in registry.entries}
    curves, goal, span = sample(ordered[:-1], target, domain, view, families)
    return Contents(comparison, sheets, curves, goal, span)


def _sheet(formula: Formula, registry: Registry, domain: Domain, budget: float | None) -> Sheet:
    entry = registry.find(formula.name)
    return Sheet(
        name=formula.name,
        text=formula.text,
        tree=formula.tree,
        parameters={n: formula.defaults[n] for n in formula.parameters},
        found=explore(formula, domain, budget),
        source="" if entry is None else entry.source,
        family="" if entry is None else entry.family,
        aliases=() if entry is None else entry.aliases,
    )
