"""A row of a comparison with its errors, its minimum and its kinks proven."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from actx.analysis.kinks import DEFAULT_MAX_ORDER
from actx.analysis.monotone import Segment, monotone
from actx.analysis.norms import with_norms
from actx.analysis.prover import Proof, agrees, ends_of, is_at, kinks_proven, turning_of
from actx.analysis.results import ComparisonRow, MaxError, MaxSlopeError
from actx.analysis.supremum import Supremum, supremum
from actx.calculus.derivative import derivative
from actx.calculus.pieces import Piece, Piecewise
from actx.calculus.proven.pieces import Joint, Verified, leveled, verify
from actx.calculus.proven.zeros import enclosed_zero
from actx.core.budget import Budget
from actx.core.domain import Interval, within
from actx.language.tree import Node

Function = tuple[Node, Piecewise]
_SHARE = 0.5  # of the time that is left, for the largest error of the slope
_BESIDE = 1e-3  # how far from x the turning point may be, in proportion


def prove_row(
    candidate: tuple[Node, Piecewise, Sequence[Segment]],
    target: Function,
    error: Piecewise,
    row: ComparisonRow,
    seconds: float,
) -> ComparisonRow:
    """A row with enclosures; error: candidate - target by its pieces."""
    budget = Budget(seconds)
    tree, function, segments = candidate
    f, g = verify(tree, function, budget), verify(*target, budget)
    kinks, _ = kinks_proven(f, function, row.kinks, DEFAULT_MAX_ORDER)
    difference, rising = f.minus(g), monotone(error)
    largest = _max_error(difference, row.max_error, turning_of(rising), budget)
    minimum = Proof(f, turning_of(segments), budget).global_extremum(row.minimum, -1)
    turning = turning_of(monotone(error, order=1))
    slope = _max_slope_error(difference, row.max_slope_error, turning, budget.part(_SHARE))
    row = with_norms(row, difference, rising, budget)
    return replace(row, max_error=largest, max_slope_error=slope, minimum=minimum, kinks=kinks)


def _max_error(
    error: Verified, found: MaxError, turning: Sequence[float], budget: Budget
) -> MaxError:
    """sup|e| enclosed; turning: where the error has its turning points."""
    bound = supremum(error, 0, turning, budget)
    x, sign = found.x, found.signed
    if not agrees(found.value, (bound.lo, bound.hi)):
        x, sign = bound.at, bound.at_sign
    value = within(found.value, (bound.lo, bound.hi))
    proven = bound.proven and error.exact
    where = None
    if proven and bound.hi > 0:
        where = _place(error, bound, x, 1, budget)
    return replace(
        found,
        value=value,
        x=x if where is None else within(x, where),
        signed=math.copysign(value, sign),
        enclosure=(bound.lo, bound.hi),
        proven=proven,
        x_enclosure=where,
    )


def _max_slope_error(
    error: Verified, found: MaxSlopeError, turning: Sequence[float], budget: Budget
) -> MaxSlopeError:
    """sup|e'| enclosed, over all x at which e has a slope; turning: where e' turns."""
    pieces = [Piece(p.lo, p.hi, derivative(p.tree)) for p in error.pieces]
    joints = [Joint(j.lo, j.hi, derivative(j.tree)) for j in error.joints if not j.exact]
    slope = Verified(
        derivative(error.tree), tuple(map(leveled, pieces)), tuple(joints), error.doubtful
    )
    bound = supremum(slope, 0, turning, budget)
    if not (bound.proven and slope.exact):
        return found
    x = found.x if agrees(found.value, (bound.lo, bound.hi)) else bound.at
    where = None
    if bound.hi > 0:
        where = _place(error, bound, x, 2, budget)
    return MaxSlopeError(
        value=within(found.value, (bound.lo, bound.hi)),
        x=within(x, where),
        enclosure=(bound.lo, bound.hi),
        x_enclosure=where,
    )


def _place(
    error: Verified, bound: Supremum, x: float, order: int, budget: Budget
) -> Interval | None:
    """An interval with x that holds a place where a supremum is reached or approached.

    order: of the derivative of e that vanishes at x, unless x is a joint.
    """
    if math.isinf(bound.lo):  # at each of its sites
        return (x, x) if any(site.lo == x == site.hi for site in bound.sites) else None
    joint = next((j for j in error.joints if is_at(j, x)), None)
    if joint is not None:
        known: Interval | None = ends_of(joint)
    else:
        known = (x, x) if math.isinf(x) else _turning_at(error, x, order, budget)
    if known is None:
        return None
    spans = [known]
    for site in bound.sites:
        if not (site.single and site.lo <= known[0] and known[1] <= site.hi):
            spans.append((site.lo, site.hi))
    return min(lo for lo, _ in spans), max(hi for _, hi in spans)


def _turning_at(error: Verified, x: float, order: int, budget: Budget) -> Interval | None:
    """The zero at x of the derivative of the given order, enclosed, inside a piece."""
    piece = next((p for p in error.pieces if p.lo < x < p.hi), None)
    if piece is None or piece.tree.constant:
        return None
    reach = _BESIDE * max(1.0, abs(x))
    lo, hi = max(float(piece.lo), x - reach), min(float(piece.hi), x + reach)
    found = enclosed_zero(piece.tree, order, lo, hi, x, budget)
    return None if found is None else (found.lo, found.hi)
