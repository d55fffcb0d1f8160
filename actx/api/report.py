"""A comparison as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from actx.analysis.explore import compare_all, explore
from actx.analysis.sampling import sample
from actx.api.asking import DEFAULT_TARGET, DomainLike, domain_of, view_of
from actx.calculus.formula import Formula
from actx.calculus.reading import Values, numbers, read_formulas
from actx.core.alone import alone
from actx.core.budget import DEFAULT_BUDGET
from actx.core.domain import WHOLE_LINE, Domain
from actx.core.errors import UsageError
from actx.core.progress import Progress
from actx.present.page import write_page
from actx.present.page.contents import Contents, Sheet
from actx.present.pictures.output import PAGES, check_output
from actx.registry import Registry, load_registry


@alone()
def write_report(
    *formulas: str | Formula,
    output: str | Path,
    target: str | Formula = DEFAULT_TARGET,
    all: bool = False,
    view: DomainLike | None = None,
    domain: DomainLike = WHOLE_LINE,
    budget: float | None = DEFAULT_BUDGET,
    set: Values | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Path:
    """One HTML page about candidates for a target, with tables, pictures and formulas; its path.

    output: an .html file, written whole or not at all; it needs no other file and no network. all:
    the whole registry as well, but for what cannot be analysed on the domain. view: the part of the
    x axis to draw, None for where the curves bend. budget: seconds for proofs for each formula and
    each comparison, None for no proofs. Raises PictureError where the page cannot be written, and
    otherwise as `show`.
    """
    check_output(output, PAGES)

    known = registry or load_registry()
    names = list(formulas) + ([entry.name for entry in known.entries] if all else [])
    if not names:
        raise UsageError("A report takes at least one formula, or all.")
    read = read_formulas([*names, target], numbers(set or {}), known)
    contents = _gather(
        read[:-1],
        read[-1],
        known,
        domain=domain_of(domain),
        view=view_of(view),
        budget=budget,
        forgiving=all,
        progress=progress,
    )
    return write_page(contents, output)


def _gather(
    candidates: Sequence[Formula],
    target: Formula,
    registry: Registry,
    *,
    domain: Domain,
    view: Domain | None,
    budget: float | None,
    forgiving: bool,
    progress: Progress | None,
) -> Contents:
    """Compare, explore and sample, for a page.

    forgiving: a candidate that cannot be analysed on the domain, or is the target, is left out.
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
