"""The questions that the commands ask, each answered with one result."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

from actx.analysis.errors import errors, max_slope_error
from actx.analysis.extrema import Extrema, extrema, zeros_of
from actx.analysis.kinks import DEFAULT_MAX_ORDER, kinks
from actx.analysis.monotone import Segment, monotone
from actx.analysis.results import Comparison, ComparisonRow, Exploration, Kink, KinkReport
from actx.analysis.tails import tails
from actx.domain import Domain
from actx.errors import AnalysisError
from actx.language.formula import Formula
from actx.language.pieces import Piecewise, pieces
from actx.language.tree import Node
from actx.language.values import evaluate


def explore(formula: Formula, domain: Domain) -> Exploration:
    """One formula in full. Raises AnalysisError where something about it cannot be told."""
    tree = formula.bound
    found = extrema_of(tree, domain)
    found_kinks, smoothness = kinks_of(tree, domain, DEFAULT_MAX_ORDER)
    return Exploration(
        name=formula.name,
        formula=formula.text,
        domain=(domain.lo, domain.hi),
        minimum=found.minimum,
        maximum=found.maximum,
        minima=found.minima,
        maxima=found.maxima,
        zeros=zeros_of(segments_of(tree, domain)),
        kinks=found_kinks,
        smoothness=smoothness,
        tails=tails(function_of(tree, domain)),
    )


def kink_report(formula: Formula, domain: Domain, max_order: int) -> KinkReport:
    """The kinks of one formula."""
    found, smoothness = kinks_of(formula.bound, domain, max_order)
    return KinkReport(formula.text, (domain.lo, domain.hi), max_order, found, smoothness)


def compare_with(candidate: Formula, target: Formula, domain: Domain) -> ComparisonRow:
    """One candidate against the target, with all errors. Raises AnalysisError."""
    tree = candidate.bound
    error = function_of(tree, domain) - function_of(target.bound, domain)
    sizes = errors(error)
    found_kinks, smoothness = kinks_of(tree, domain, DEFAULT_MAX_ORDER)
    return ComparisonRow(
        max_error=sizes.max_error,
        l1_error=sizes.l1_error,
        l2_error=sizes.l2_error,
        gauss_error=sizes.gauss_error,
        name=candidate.name,
        formula=candidate.text,
        max_slope_error=max_slope_error(error),
        minimum=extrema_of(tree, domain).minimum,
        kinks=found_kinks,
        smoothness=smoothness,
    )


def compare_all(
    candidates: Sequence[Formula],
    target: Formula,
    domain: Domain,
    *,
    forgiving: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
) -> Comparison:
    """Candidates ranked by max_error, smallest first.

    forgiving: a candidate that cannot be analysed on the domain is left out, and a note says why.
    """
    goal = target.bound
    rows: list[ComparisonRow] = []
    notes: list[str] = []
    for done, candidate in enumerate(candidates):
        if progress is not None:
            progress(done, len(candidates), candidate.name)
        if forgiving and candidate.bound is goal:
            continue
        try:
            rows.append(compare_with(candidate, target, domain))
        except AnalysisError as reason:
            if not forgiving:
                raise
            notes.append(f"{candidate.name} is left out: {reason}")
    rows.sort(key=lambda row: row.max_error.value)
    ends = (domain.lo, domain.hi)
    return Comparison(target.name, target.text, ends, tuple(rows), tuple(notes))


def function_of(tree: Node, domain: Domain) -> Piecewise:
    """The pieces of a tree on a domain."""
    return pieces(tree, domain.lo, domain.hi)


@lru_cache(maxsize=256)
def segments_of(tree: Node, domain: Domain) -> tuple[Segment, ...]:
    """The monotone segments of a tree on a domain."""
    return monotone(function_of(tree, domain))


@lru_cache(maxsize=256)
def kinks_of(tree: Node, domain: Domain, max_order: int) -> tuple[tuple[Kink, ...], str]:
    """Kinks up to an order, and smoothness, of a tree on a domain."""
    return kinks(function_of(tree, domain), max_order)


@lru_cache(maxsize=256)
def extrema_of(tree: Node, domain: Domain) -> Extrema:
    """All extrema of a tree on a domain."""
    function = function_of(tree, domain)
    ends = [x for x in (domain.lo, domain.hi) if math.isfinite(x)]
    places = [*ends, *(float(b) for b in function.breakpoints)]
    values = {x: v for x in places if math.isfinite(v := float(evaluate(tree, x)))}
    sharp = [k.x for k in kinks_of(tree, domain, DEFAULT_MAX_ORDER)[0] if k.order <= 1]
    return extrema(segments_of(tree, domain), values, sharp)
