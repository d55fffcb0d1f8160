"""The relative error: sup |e|/|target|, first in floats, then enclosed.

The quotient is smooth between the pieces of both and the zeros of the target. At a zero that the
error shares its limits count, which series tell; at one that it does not share it is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
from flint import ctx

from actx.analysis.errors.computed import max_error
from actx.analysis.errors.largest import proven_max_error
from actx.analysis.monotone import monotone, turning
from actx.analysis.results import MaxError, RelativeError
from actx.arithmetic.coefficients import Number
from actx.calculus.pieces import Piece, Piecewise
from actx.calculus.proven.enclose import ball_program, exact_ball, exact_sign, hull, outward
from actx.calculus.proven.pieces import Joint, Verified, leveled
from actx.calculus.proven.zeros import enclosed_zero
from actx.calculus.values import evaluate
from actx.calculus.zeros import zeros
from actx.core.budget import PRECISION, Budget
from actx.core.domain import Interval
from actx.core.errors import AnalysisError
from actx.language.tree import ZERO, Node, simplified

_SAMPLES = 4001
_SMALL = 1e-12  # a target of less is not sampled
_TINY = 1e-9  # as small as this the target is 0, its zero being rounded


class _Infinite(Exception):
    """The target is 0 at x, which is held by an interval, and the error is not."""

    def __init__(self, x: Number, held: Interval | None = None) -> None:
        self.x = float(x)
        self.held = held or outward(exact_ball(x))


def relative_error(error: Piecewise, target: Piecewise) -> RelativeError:
    """sup |e|/|target|; from samples where the turning points of the quotient cannot be told."""
    try:
        return _quotients_largest(error, target)
    except _Infinite as found:
        return RelativeError(math.inf, found.x, at_zero=True)
    except AnalysisError:
        return _sampled(error, target)


def _sampled(error: Piecewise, target: Piecewise) -> RelativeError:
    """The largest quotient at samples at which the target is no rounding error."""
    best = RelativeError(0.0, min(max(0.0, error.lo), error.hi))
    for lo, hi, e, g in error.overlaps(target):
        steps = np.linspace(-np.pi / 2, np.pi / 2, _SAMPLES)
        x = np.clip(np.tan(steps), max(float(lo), -1e300), min(float(hi), 1e300))
        with np.errstate(all="ignore"):
            size = np.abs(
                evaluate(e, x) / np.where(np.abs(evaluate(g, x)) > _SMALL, evaluate(g, x), np.nan)
            )
        if not np.all(np.isnan(size)):
            top = int(np.nanargmax(size))
            if size[top] > best.value:
                best = RelativeError(float(size[top]), float(x[top]))
    return best


def _quotients_largest(error: Piecewise, target: Piecewise) -> RelativeError:
    quotient = Piecewise(
        tuple(
            Piece(a, b, _over(e, g, Piece(a, b, g).inside))
            for lo, hi, e, g in error.overlaps(target)
            for a, b in pairwise([lo, *_cuts(g, e, lo, hi), hi])
        ),
        {x: _at(value, target.at_edge(x), float(x)) for x, value in error.points.items()},
    )
    largest = max_error(monotone(quotient), quotient.points)
    x, value = largest.x, largest.value
    zero = math.isinf(value) and math.isfinite(x) and abs(target.at_edge(x)) < _TINY
    return RelativeError(value, x, at_zero=zero)


def _over(e: Node, g: Node, inside: float) -> Node:
    """The quotient on a piece, 0 where both are. Raises _Infinite."""
    if e is ZERO:
        return ZERO
    if g is ZERO:
        raise _Infinite(inside)
    return simplified("div", e, g)


def _at(e: float, g: float, x: float) -> float:
    """The quotient at a point where it may differ from its limits, NaN where it has none."""
    if g == 0 and e != 0 and not math.isnan(e):
        raise _Infinite(x)
    return e / g if g else math.nan


def _cuts(g: Node, e: Node, lo: Number, hi: Number) -> Iterator[Number]:
    """The zeros of the target inside a piece, none where there is no error."""
    if g.constant or e is ZERO:
        return
    for zero in zeros(g, lo, hi).points:
        if lo < zero.x < hi:
            yield zero.x


# --- proofs ---


def proven_relative(
    error: Verified, target: Verified, found: RelativeError, budget: Budget
) -> RelativeError:
    """The relative error with its enclosures; without them where nothing is proven.

    error: its pieces are 0 only where that is proven.
    """
    if not (error.exact and target.exact):
        return found
    try:
        with ctx.workprec(PRECISION):
            quotient = _quotient(error, target, budget)
    except _Infinite as place:
        return RelativeError(math.inf, place.x, (math.inf, math.inf), place.held, at_zero=True)
    if not quotient.exact:
        return found
    start = MaxError(found.value, found.x, found.value)
    places = turning(quotient.pieces) or [found.x]
    largest = proven_max_error(quotient, start, places, budget)
    if not largest.proven:
        return found
    return replace(
        found,
        value=largest.value,
        x=largest.x,
        enclosure=largest.enclosure,
        x_enclosure=largest.x_enclosure,
        at_zero=False,
    )


def _quotient(error: Verified, target: Verified, budget: Budget) -> Verified:
    """e/target by its pieces. Raises _Infinite where that is proven."""
    pieces: list[Piece] = []
    joints: list[Joint] = []
    doubtful: list[tuple[float, float]] = []
    for lo, hi, e, g in Piecewise(error.pieces).overlaps(Piecewise(target.pieces)):
        if g is ZERO and e is not ZERO and not _nonzero_inside(e, lo, hi):
            doubtful.append((float(lo), float(hi)))
            continue
        shared = [] if e is ZERO else list(_shared(e, g, lo, hi, doubtful, budget))
        for a, b in pairwise([lo, *shared, hi]):
            quotient = Piece(a, b, _over(e, g, Piece(a, b, g).inside))
            pieces.append(quotient if quotient.tree.constant else leveled(quotient))
    for joint in error.joints:
        e, g = joint.tree, target.on(joint.lo, joint.hi)
        if not joint.exact:
            made = Joint(joint.lo, joint.hi, e / g)
            if e is not ZERO and not made.value().is_finite():
                doubtful.append((float(joint.lo), float(joint.hi)))
            joints.append(made)
            continue
        ours, theirs = exact_sign(e, joint.lo), exact_sign(g, joint.lo)
        if ours and theirs == 0:
            raise _Infinite(joint.lo)
        if theirs:
            joints.append(Joint(joint.lo, joint.hi, e / g))
        elif ours != 0 and joint.value().is_finite():  # else it has no value, and its limits count
            doubtful.append((float(joint.lo), float(joint.hi)))
    tree = simplified("div", error.tree, target.tree)
    return Verified(tree, tuple(pieces), tuple(joints), tuple(doubtful))


def _nonzero_inside(e: Node, lo: Number, hi: Number) -> bool:
    """Whether the error is proven not to be 0 at some point of a piece."""
    return bool(exact_sign(e, Fraction(Piece(lo, hi, e).inside)))


def _shared(
    e: Node,
    g: Node,
    lo: Number,
    hi: Number,
    doubtful: list[tuple[float, float]],
    budget: Budget,
) -> Iterator[Number]:
    """The zeros inside a piece that target and error share, all others being infinite.

    A zero that is no rational number is enclosed; that the error has it too cannot be told then.
    """
    for zero in () if g.constant else zeros(g, lo, hi).points:
        x = zero.x
        exact = x if isinstance(x, int | Fraction) else Fraction(x)
        if exact_sign(g, exact) == 0:
            sign = exact_sign(e, exact)
            if sign:
                raise _Infinite(exact)
            if sign is None:
                doubtful.append((float(x), float(x)))
            yield exact
            continue
        held = enclosed_zero(Piece(lo, hi, g), 0, float(x), budget)
        if held is not None:
            value = ball_program(e, precision=PRECISION)(hull(held.lo, held.hi))[0]
            if value > 0 or value < 0:
                raise _Infinite(x, (held.lo, held.hi))
        doubtful.append((float(x), float(x)))
