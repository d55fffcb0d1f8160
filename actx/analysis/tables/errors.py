"""A candidate against a target whose difference is a table of many knots and a smooth rest.

The finite part that holds the knots is settled for all stretches at once
(`actx.analysis.errors.stretches`), the ends beyond like any other formula, and both are joined.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from actx.analysis.errors.stretches import integrals, largest
from actx.analysis.joining import joined_rows
from actx.analysis.results import (
    ComparisonRow,
    Extremum,
    Kink,
    MaxError,
    MaxSlopeError,
    Size,
    Undecided,
)
from actx.analysis.tables.shape import MANY, inner_knots
from actx.arithmetic.tables import Table
from actx.calculus.formula import Formula
from actx.calculus.pieces import Piecewise, pieces
from actx.calculus.proven.pieces import verify
from actx.calculus.proven.stretches import Part, Stretches, differences
from actx.calculus.tabular import split
from actx.core.budget import DEFAULT_BUDGET, Budget
from actx.core.domain import Domain, Interval
from actx.core.errors import AnalysisError
from actx.language.tree import ZERO, Node, X, lookup, simplified

Compare = Callable[[Formula, Formula, Domain, float | None], ComparisonRow]


@dataclass(frozen=True)
class ComparisonShape:
    """What a row says of the candidate alone."""

    minimum: Extremum
    kinks: tuple[Kink, ...]
    smoothness: str
    undecided: tuple[Undecided, ...] = ()


def compared_by_stretches(
    candidate: Formula,
    target: Formula,
    domain: Domain,
    budget: float | None,
    shape: Callable[[], ComparisonShape],
    compare: Compare,
) -> ComparisonRow | None:
    """The row of a comparison, None where the difference has few knots or its rest is not simple.

    shape: what the candidate is by itself. compare: for what lies beyond the knots.
    """
    first, second = split(candidate.bound), split(target.bound)
    if first is None and second is None:
        return None
    found = split(simplified("sub", candidate.bound, target.bound))
    if found is None or len(inner_knots(found[0], domain.lo, domain.hi)) < MANY:
        return None
    table, rest = found
    time = Budget(DEFAULT_BUDGET if budget is None else budget)
    lo, hi = _finite_part(table, domain)
    try:
        parts = _parts(table, rest, lo, hi, time)
    except AnalysisError:
        return None
    made = None if parts is None else differences(table, parts, time)
    if made is None:
        return None
    alone = shape()
    rows = [_row(made, alone, domain.bounded, budget is not None)]
    ends = _as_table(candidate, first), _as_table(target, second)
    if domain.lo < lo:
        rows.insert(0, compare(*ends, Domain(domain.lo, lo), budget))
    if hi < domain.hi:
        rows.append(compare(*ends, Domain(hi, domain.hi), budget))
    return replace(
        joined_rows(rows),
        name=candidate.name,
        formula=candidate.text,
        minimum=alone.minimum,
        kinks=alone.kinks,
        smoothness=alone.smoothness,
        undecided=alone.undecided,
    )


def _as_table(formula: Formula, parts: tuple[Table, Node] | None) -> Formula:
    """The formula with its hinges and lines as one table."""
    if parts is None:
        return formula
    return Formula(formula.name, lookup(parts[0], X) + parts[1])


def _finite_part(table: Table, domain: Domain) -> Interval:
    """Ends of the domain, or floats beyond the outermost knots where it has none."""
    lo, hi = domain.lo, domain.hi
    if math.isinf(lo):
        lo = float(table.knots[0])
        if Fraction(repr(lo)) > table.knots[0]:
            lo = math.nextafter(lo, -math.inf)
    if math.isinf(hi):
        hi = float(table.knots[-1])
        if Fraction(repr(hi)) < table.knots[-1]:
            hi = math.nextafter(hi, math.inf)
    return lo, hi


def _parts(table: Table, rest: Node, lo: float, hi: float, budget: Budget) -> list[Part] | None:
    """The rest's smooth pieces, proven, with exact ends; None where it is not as simple."""
    if rest is ZERO:
        return [(Fraction(repr(lo)), Fraction(repr(hi)), ZERO)]
    function: Piecewise = pieces(rest, lo, hi)
    verified = verify(rest, function, budget)
    if not verified.exact or not all(joint.exact for joint in verified.joints):
        return None
    breaks = {k for i, k in enumerate(table.knots) if table.left_limit(i) != table.rows[i + 1][0]}
    own = {joint.lo: joint.tree for joint in verified.joints}
    for left, right in pairwise(verified.pieces):
        if own.get(right.lo) not in (left.tree, right.tree) or right.lo in breaks:
            return None
    found = verified.pieces
    if not all(isinstance(x, int | Fraction) for p in found for x in (p.lo, p.hi)):
        return None
    return [(Fraction(p.lo), Fraction(p.hi), p.tree) for p in found]


def _row(made: Stretches, alone: ComparisonShape, bounded: bool, proving: bool) -> ComparisonRow:
    top, slope, sums = largest(made), largest(made, 1), integrals(made)
    value = _middle(top.enclosure)
    sizes = {"l1": sums.size, "l2": _root(sums.square), "gauss": _root(sums.weighted)}
    return ComparisonRow(
        max_error=MaxError(
            value,
            top.x + 0.0,
            math.copysign(value, top.sign),
            top.enclosure if proving else None,
            proving,
            top.ties,
            top.place if proving else None,
        ),
        norms={name: _size(each, proving) for name, each in sizes.items()},
        max_slope_error=MaxSlopeError(
            _middle(slope.enclosure),
            slope.x + 0.0,
            slope.enclosure if proving else None,
            slope.place if proving else None,
        ),
        integral=_size(sums.signed, proving) if bounded else None,
        minimum=alone.minimum,
        kinks=(),
        smoothness=alone.smoothness,
    )


def _size(enclosure: Interval, proving: bool) -> Size:
    return Size(_middle(enclosure), enclosure if proving else None)


def _middle(enclosure: Interval) -> float:
    lo, hi = enclosure
    return lo + (hi - lo) / 2 + 0.0


def _root(square: Interval) -> Interval:
    lo, hi = (math.sqrt(max(0.0, end)) for end in square)
    return max(0.0, math.nextafter(lo, 0.0)), math.nextafter(hi, math.inf)
