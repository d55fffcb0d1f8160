"""The questions that the commands ask, each answered with one result."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

from actx.analysis.endless import ray_exploration, ray_kink_report, ray_row, with_rays
from actx.analysis.errors.computed import (
    errors,
    errors_and_integral,
    max_slope_error,
    without_noise,
)
from actx.analysis.errors.over_data import data_errors
from actx.analysis.errors.relative import relative_error
from actx.analysis.extrema import Extrema, extrema, zeros_of
from actx.analysis.joining import joined_explorations, joined_kink_reports, joined_rows
from actx.analysis.kinks import DEFAULT_MAX_ORDER, kinks
from actx.analysis.monotone import Edge, Segment, outline
from actx.analysis.results import (
    Comparison,
    ComparisonRow,
    Exploration,
    Kink,
    KinkReport,
    MaxSlopeError,
    Size,
)
from actx.analysis.tables.shape import MANY, extrema_of_table, inner_knots, kinks_of_table
from actx.analysis.tails import tails
from actx.analysis.type_results import Quantisation, TypeErrors
from actx.arithmetic.tables import Table
from actx.calculus.formula import Formula
from actx.calculus.pieces import Piecewise, pieces
from actx.calculus.tabular import table_of
from actx.core.domain import Domain
from actx.core.errors import AnalysisError
from actx.core.progress import Progress
from actx.core.samples import Samples
from actx.core.workers import in_turn
from actx.language.tree import ZERO, Node

_MANY_CANDIDATES = 4  # for which it pays to begin further processes

# the errors of a candidate against a target in a number type
Measure = Callable[[Formula, Formula], TypeErrors | Quantisation]


def explore(formula: Formula, domain: Domain, budget: float | None) -> Exploration:
    """One formula in full; budget: seconds for proofs, None for none.

    Raises AnalysisError where something about it cannot be told.
    """
    share = _share(budget, domain)
    found = [_explored(formula, interval, share) for interval in domain.parts]
    return replace(joined_explorations(found, domain.ends), budget=budget)


def _share(budget: float | None, domain: Domain) -> float | None:
    """The seconds for the proofs on each interval of a domain."""
    return None if budget is None else budget / len(domain.parts)


def _explored(formula: Formula, domain: Domain, budget: float | None) -> Exploration:
    """One formula in full on one interval, where it may go on without end."""
    return with_rays(
        lambda part: _explored_at_once(formula, part, budget),
        lambda ray: ray_exploration(formula, ray, proofs=budget is not None),
        joined_explorations,
        domain,
    )


def _explored_at_once(formula: Formula, domain: Domain, budget: float | None) -> Exploration:
    """One formula in full on one interval."""
    from actx.calculus.cost import count

    tree = formula.bound
    found = extrema_of(tree, domain)
    found_kinks, smoothness = kinks_of(tree, domain, DEFAULT_MAX_ORDER)
    found_result = Exploration(
        name=formula.name,
        formula=formula.text,
        domain=(domain.lo, domain.hi),
        minimum=found.minimum,
        maximum=found.maximum,
        minima=found.minima,
        maxima=found.maxima,
        zeros=zeros_of(*outline_of(tree, domain)),
        kinks=found_kinks,
        smoothness=smoothness,
        tails=tails(function_of(tree, domain)),
        operations=count(tree),
        lipschitz=_lipschitz(function_of(tree, domain), found_kinks),
    )
    if budget is None:
        return found_result
    if formula.ranges:
        from actx.analysis.ranges import exploration_with_ranges

        return exploration_with_ranges(found_result, formula, domain, budget)
    from actx.analysis.prover import prove_exploration

    return prove_exploration(
        tree, function_of(tree, domain), outline_of(tree, domain)[0], found_result, budget
    )


def _lipschitz(function: Piecewise, kinks: Sequence[Kink]) -> MaxSlopeError | None:
    """sup|f'|, infinite where the value itself jumps; None where it cannot be told."""
    jump = next((kink for kink in kinks if kink.order == 0), None)
    if jump is not None:
        return MaxSlopeError(math.inf, jump.x)
    try:
        return max_slope_error(function)
    except AnalysisError:
        return None


def kink_report(
    formula: Formula, domain: Domain, max_order: int, budget: float | None
) -> KinkReport:
    """The kinks of one formula; budget: seconds for proofs, None for none."""
    share = _share(budget, domain)
    found = [_kink_report(formula, interval, max_order, share) for interval in domain.parts]
    return replace(joined_kink_reports(found, domain.ends), budget=budget)


def _kink_report(
    formula: Formula, domain: Domain, max_order: int, budget: float | None
) -> KinkReport:
    """The kinks of one formula on one interval, where it may go on without end."""
    return with_rays(
        lambda part: _kinks_at_once(formula, part, max_order, budget),
        lambda ray: ray_kink_report(formula, ray, max_order),
        joined_kink_reports,
        domain,
    )


def _kinks_at_once(
    formula: Formula, domain: Domain, max_order: int, budget: float | None
) -> KinkReport:
    """The kinks of one formula on one interval."""
    tree = formula.bound
    found, smoothness = kinks_of(tree, domain, max_order)
    report = KinkReport(formula.text, (domain.lo, domain.hi), max_order, found, smoothness)
    if budget is None or _many_knots(tree, domain) is not None:  # whose kinks are exact
        return report
    from actx.analysis.prover import prove_kink_report

    return prove_kink_report(tree, function_of(tree, domain), report, budget)


def compare_with(
    candidate: Formula,
    target: Formula,
    domain: Domain,
    budget: float | None,
    relative: bool | None = False,
) -> ComparisonRow:
    """One candidate against the target, with all errors; budget: seconds for proofs, or None.

    relative: the relative error as well, which takes half the time again; None: where the
    difference is no table of many knots.

    Raises AnalysisError.
    """
    share = _share(budget, domain)
    row = joined_rows(
        [_compared(candidate, target, each, share, relative) for each in domain.parts]
    )
    return replace(row, length=domain.length)


def _compared(
    candidate: Formula, target: Formula, domain: Domain, budget: float | None, relative: bool | None
) -> ComparisonRow:
    """One candidate against the target on one interval, where they may go on without end."""
    return with_rays(
        lambda part: _compared_at_once(candidate, target, part, budget, relative),
        lambda ray: ray_row(candidate, target, ray, proofs=budget is not None),
        lambda rows, _: joined_rows(rows),
        domain,
    )


def _compared_at_once(
    candidate: Formula, target: Formula, domain: Domain, budget: float | None, relative: bool | None
) -> ComparisonRow:
    """One candidate against the target on one interval."""
    tree = candidate.bound
    if not (relative or candidate.ranges or target.ranges):
        row = _by_stretches(candidate, target, domain, budget)
        if row is not None:
            return row
    f, g = function_of(tree, domain), function_of(target.bound, domain)
    error = f - g
    sizes, integral = errors_and_integral(error) if domain.bounded else (errors(error), math.nan)
    found_kinks, smoothness = kinks_of(tree, domain, DEFAULT_MAX_ORDER)
    row = ComparisonRow(
        max_error=sizes.max_error,
        norms=sizes.norms,
        name=candidate.name,
        formula=candidate.text,
        max_slope_error=max_slope_error(error),
        minimum=extrema_of(tree, domain).minimum,
        kinks=found_kinks,
        smoothness=smoothness,
        relative_error=None if relative is False else relative_error(error, g),
        integral=None if math.isnan(integral) else Size(integral),
    )
    if budget is None:
        return row if all(p.tree is ZERO for p in error.pieces) else without_noise(row)
    if candidate.ranges or target.ranges:
        from actx.analysis.ranges import with_ranges

        return with_ranges(row, candidate, target, domain, budget)
    from actx.analysis.rows import prove_row

    segments = outline_of(tree, domain)[0]
    return prove_row((tree, f, segments), (target.bound, g), error, row, budget)


def _by_stretches(
    candidate: Formula, target: Formula, domain: Domain, budget: float | None
) -> ComparisonRow | None:
    """The same where the difference is a table of many knots and a smooth rest."""
    from actx.analysis.tables.errors import ComparisonShape, compared_by_stretches

    def shape() -> ComparisonShape:
        tree = candidate.bound
        minimum = extrema_of(tree, domain).minimum
        found, smoothness = kinks_of(tree, domain, DEFAULT_MAX_ORDER)
        if budget is None or (all(k.proven for k in found) and minimum.proven):
            return ComparisonShape(minimum, found, smoothness)
        from actx.analysis.rows import proven_shape

        function, segments = function_of(tree, domain), outline_of(tree, domain)[0]
        return proven_shape((tree, function, segments), minimum, found, smoothness, budget)

    def outside(f: Formula, g: Formula, part: Domain, seconds: float | None) -> ComparisonRow:
        return _compared(f, g, part, seconds, False)

    return compared_by_stretches(candidate, target, domain, budget, shape, outside)


def compare_all(
    candidates: Sequence[Formula],
    target: Formula,
    domain: Domain,
    budget: float | None,
    *,
    forgiving: bool = False,
    measure: Measure | None = None,
    relative: bool | None = None,
    data: Samples | None = None,
    progress: Progress | None = None,
    jobs: int = 1,
) -> Comparison:
    """Candidates ranked by max_error, or for relative True by relative_error, smallest first.

    forgiving: a candidate that cannot be analysed on the domain is left out, and a note says why.
    measure: what gives the errors of a candidate in a number type. relative: None tells relative
    errors too, False leaves them out. data: inputs over which errors are told as well. jobs: how
    many processes work on the candidates.
    """

    def row_of(candidate: Formula) -> ComparisonRow | AnalysisError:
        try:
            row = compare_with(candidate, target, domain, budget, relative)
            if data is not None:
                row = replace(row, data=data_errors(candidate, target, data))
            return row if measure is None else replace(row, dtype=measure(candidate, target))
        except AnalysisError as reason:
            if not forgiving:
                raise
            return reason

    asked = [each for each in candidates if not (forgiving and each.bound is target.bound)]
    rows: list[ComparisonRow] = []
    notes: list[str] = []
    found = in_turn(row_of, asked, jobs if len(asked) >= _MANY_CANDIDATES else 1)
    for done, candidate in enumerate(asked):
        if progress is not None:
            progress(done, len(asked), candidate.name)
        row = next(found)
        if isinstance(row, ComparisonRow):
            rows.append(row)
        else:
            notes.append(f"{candidate.name} is left out: {row.message}")
    by_relative = bool(relative)
    rows.sort(key=lambda row: _size(row, by_relative))
    return Comparison(
        target.name, target.text, domain.ends, tuple(rows), tuple(notes), budget, by_relative
    )


def _size(row: ComparisonRow, relative: bool) -> tuple[float, float]:
    """What rows are ranked by."""
    first = row.relative_error.value if relative and row.relative_error else 0.0
    size = row.max_error.value
    return first, math.inf if math.isnan(size) else size


def function_of(tree: Node, domain: Domain) -> Piecewise:
    """The pieces of a tree on a domain of one interval, as in all that follow here."""
    return pieces(tree, domain.lo, domain.hi)


@lru_cache(maxsize=256)
def outline_of(tree: Node, domain: Domain) -> tuple[tuple[Segment, ...], tuple[Edge, ...]]:
    """The monotone segments of a tree on a domain, and the values where they meet."""
    return outline(function_of(tree, domain))


def _many_knots(tree: Node, domain: Domain) -> Table | None:
    """The table that a tree is, where it has many knots in the domain."""
    table = table_of(tree)
    few = table is None or len(inner_knots(table, domain.lo, domain.hi)) < MANY
    return None if few else table


@lru_cache(maxsize=256)
def kinks_of(tree: Node, domain: Domain, max_order: int) -> tuple[tuple[Kink, ...], str]:
    """Kinks up to an order, and smoothness, of a tree on a domain."""
    table = _many_knots(tree, domain)
    if table is not None:
        return kinks_of_table(table, domain.lo, domain.hi, max_order)
    return kinks(function_of(tree, domain), max_order)


@lru_cache(maxsize=256)
def extrema_of(tree: Node, domain: Domain) -> Extrema:
    """All extrema of a tree on a domain."""
    table = _many_knots(tree, domain)
    found = None if table is None else extrema_of_table(table, domain.lo, domain.hi)
    if found is not None:
        return found
    sharp = [k.x for k in kinks_of(tree, domain, DEFAULT_MAX_ORDER)[0] if k.order <= 1]
    return extrema(*outline_of(tree, domain), sharp)
