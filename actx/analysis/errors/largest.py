"""Proven largest values of |e| and |e'|, with the places where they are reached or approached."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from actx.analysis.results import MaxError, MaxSlopeError
from actx.analysis.supremum import Site, Supremum, supremum
from actx.calculus.pieces import Piece
from actx.calculus.proven.enclose import exact_ball, outward
from actx.calculus.proven.identity import proven_equal
from actx.calculus.proven.pieces import Joint, Verified, leveled
from actx.calculus.proven.zeros import enclosed_zero
from actx.core.budget import Budget
from actx.core.domain import Interval, within
from actx.language.derivative import derivative
from actx.language.tree import Node, X
from actx.language.tree import replace as replace_in

_FAR_OFF = 1e-9


def proven_max_error(
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


def proven_max_slope(
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
    if bound.lo == bound.hi:  # there it is just that
        x, where = bound.at, (bound.at, bound.at)
    elif any(p.tree.constant and p.lo <= x <= p.hi for p in slope.pieces):
        where = (x, x)  # as everywhere on the piece
    elif bound.hi > 0:
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
    rivals = [site for site in bound.sites if not _holds(site, known)]
    mirrored = -known[1], -known[0]
    if any(_holds(site, mirrored) for site in rivals) and _is_symmetric(error.tree):
        rivals = [site for site in rivals if not _holds(site, mirrored)]
    spans = [known, *((site.lo, site.hi) for site in rivals)]
    return min(lo for lo, _ in spans), max(hi for _, hi in spans)


def _holds(site: Site, place: Interval) -> bool:
    """Whether a site is a place, or holds it and no other at which a supremum may be."""
    return (site.lo, site.hi) == place or (
        site.single and site.lo <= place[0] and place[1] <= site.hi
    )


def _is_symmetric(tree: Node) -> bool:
    """Whether |tree| is proven to be even, so that what is at x is at -x as well."""
    mirrored = replace_in(tree, X, -X)
    return proven_equal(mirrored, tree) or proven_equal(mirrored, -tree)


def _turning_at(error: Verified, x: float, order: int, budget: Budget) -> Interval | None:
    """The zero at x of the derivative of the given order, enclosed, inside a piece."""
    piece = next((p for p in error.pieces if p.lo < x < p.hi), None)
    if piece is None or piece.tree.constant:
        return None
    found = enclosed_zero(piece, order, x, budget)
    return None if found is None else (found.lo, found.hi)


def agrees(value: float, enclosure: Interval) -> bool:
    """Whether a computed value is the one that is enclosed, rounding apart."""
    lo, hi = enclosure
    slack = _FAR_OFF * abs(value) if math.isfinite(value) else 0.0
    return lo - slack <= value <= hi + slack


def is_at(joint: Joint, x: float) -> bool:
    return float(joint.lo) <= x <= float(joint.hi)


def ends_of(joint: Joint) -> Interval:
    return outward(exact_ball(joint.lo))[0], outward(exact_ball(joint.hi))[1]
