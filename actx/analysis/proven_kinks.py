"""Proven kinks: enclosures of one-sided derivatives and jumps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from flint import arb, ctx

from actx.analysis.enclosed_kinks import enclosed_kink
from actx.analysis.results import Kink, KinkEnclosure
from actx.arithmetic.coefficients import Number, SeriesError
from actx.arithmetic.monomials import is_flat
from actx.arithmetic.series import Place
from actx.calculus.expansion import taylor_derivatives
from actx.calculus.guards import guards
from actx.calculus.pieces import Piece, Piecewise
from actx.calculus.proven.enclose import exact_ball, exact_sign, outward
from actx.calculus.proven.identity import coefficients, proven_equal
from actx.calculus.proven.pieces import Joint, Verified
from actx.calculus.proven.regular import is_regular
from actx.calculus.proven.series import BallExpander, ball
from actx.core.budget import HIGHER_PRECISION, PRECISION
from actx.core.domain import Interval
from actx.language.derivative import derivative
from actx.language.tree import ZERO, Node, X, number
from actx.language.tree import replace as replace_in

_SIZES = (4, 8, 16)


def prove_kinks(
    verified: Verified,
    function: Piecewise,
    kinks: Sequence[Kink],
    max_order: int,
    entire: bool = False,
) -> tuple[tuple[Kink, ...], tuple[float, ...]]:
    """The kinks with enclosures where they are proven, and the breakpoints that are undecided.

    A kink is proven when its breakpoint is exact, all lower derivatives agree exactly, and the
    enclosure of its jump excludes 0, or that of its own value what both sides tend to; others by
    `enclosed_kink`. A breakpoint without a kink is
    decided when all derivatives up to max_order agree exactly, and the function's own value with
    them. Derivatives agree exactly where they are equal rational numbers, or where what one side
    has more than the other is a polynomial, as in a blend with a smooth formula.

    entire: a breakpoint without a kink is decided only if the pieces are one function, or differ by
    less than any power, so that no derivative of any order jumps.
    """
    by_place = {kink.x: kink for kink in kinks}
    own = {joint.lo: joint for joint in verified.joints if joint.exact}
    proven = dict(by_place)
    undecided: list[float] = []
    with ctx.workprec(PRECISION):
        for left, right in pairwise(function.pieces):
            x = float(right.lo)
            kink = by_place.get(x)
            order = max_order if kink is None else kink.order
            sides = _sides(left, right, order)
            joint = own.get(right.lo)
            if sides is None or joint is None:
                around = next((j for j in verified.joints if j.lo <= x <= j.hi), None)
                known = None
                if around is not None and not around.exact and kink is not None:
                    known = enclosed_kink(verified.tree, around, left, right, kink)
                if known is None:
                    undecided.append(x)
                else:
                    proven[x] = known
            elif kink is None:
                jumps = jumps_of(left, right, *sides)
                agree = not entire or one_function(left, right) or flat_apart(left, right)
                agree = agree and all(jump == 0 for jump in jumps)
                if not agree or not _continuous(joint, left, right):
                    undecided.append(x)
            else:
                jumps = jumps_of(left, right, *sides)
                enclosure = _enclosure(right.lo, sides[0][-1], sides[1][-1], jumps[-1], kink)
                if enclosure is None and kink.order == 0 and jumps[0] == 0:
                    enclosure = _apart(joint, sides[0][0])
                whole = kink.order == 0 or _continuous(joint, left, right)
                lower = all(jump == 0 for jump in jumps[:-1])
                if enclosure is None or not (whole and lower):
                    undecided.append(x)
                else:
                    proven[x] = replace(kink, enclosure=enclosure, proven=True)
    return tuple(proven[k.x] for k in kinks), tuple(undecided)


def smooth_at_ends(verified: Verified, order: int | None) -> bool:
    """Whether the derivatives up to an order (None: all) are finite at finite ends of the domain.

    And whether the function's own value there is that of its piece.
    """
    ends = ((verified.pieces[0], 1, True), (verified.pieces[-1], -1, False))
    return all(
        _smooth_at(verified, piece, piece.lo if left else piece.hi, side, order)
        for piece, side, left in ends
        if math.isfinite(piece.lo if left else piece.hi)
    )


def _smooth_at(verified: Verified, piece: Piece, x: Number, side: int, order: int | None) -> bool:
    joint = next((j for j in verified.joints if j.exact and j.lo == x), None)
    if joint is None or not _continuous(joint, piece, piece):
        return False
    if order is None:
        return all(exact_sign(guard, x) for guard in guards(piece.tree))
    try:
        with ctx.workprec(PRECISION):
            values = one_sided(piece, x, side, order)
    except (SeriesError, ZeroDivisionError):
        return False
    return all(ball(value).is_finite() for value in values)


def _continuous(joint: Joint, left: Piece, right: Piece) -> bool:
    """Whether the function's own value is that of a piece beside it, and so its limit."""
    return any(
        proven_equal(joint.tree, piece.tree) or exact_sign(joint.tree - piece.tree, joint.lo) == 0
        for piece in (left, right)
    )


def _sides(left: Piece, right: Piece, order: int) -> tuple[list[Number], list[Number]] | None:
    """The derivatives on both sides of an exact breakpoint."""
    x = right.lo
    if not isinstance(x, int | Fraction):
        return None
    try:
        return one_sided(left, x, -1, order), one_sided(right, x, 1, order)
    except (SeriesError, ZeroDivisionError):
        return None


def one_sided(piece: Piece, x: Number, side: int, order: int) -> list[Number]:
    """The limit and the derivatives up to an order at an exact end of a piece.

    Raises SeriesError and ZeroDivisionError where they are not known.
    """
    place = Place(x, side)
    last: SeriesError = SeriesError("no series")
    for size in _SIZES:
        try:
            series = BallExpander(place, size).series(piece.tree)
            return list(taylor_derivatives(series, side, order))
        except SeriesError as reason:
            last = reason
    raise last


def proven_jumps(left: Piece, right: Piece, order: int) -> list[float]:
    """The jumps of the derivatives up to an order, each 0 unless it is proven to be another one."""
    exact = [0] if one_function(left, right) else polynomial_jumps(left, right)
    if exact is not None:
        return [*map(float, exact), *([0.0] * order)][: order + 1]
    with ctx.workprec(HIGHER_PRECISION[-1]):
        sides = _sides(left, right, order)
        if sides is None:
            return [0.0] * (order + 1)
        jumps = [ball(b) - ball(a) for a, b in zip(*sides, strict=True)]
        return [float(jump) if jump > 0 or jump < 0 else 0.0 for jump in jumps]


def jumps_of(
    left: Piece, right: Piece, below: Sequence[Number], above: Sequence[Number]
) -> list[Number | Any]:
    """right - left for each derivative: a number where it is known exactly, else a ball.

    The exact 0 compares equal to 0, a ball that holds it and more does not.
    """
    known = all(isinstance(value, int | Fraction) for value in (*below, *above))
    exact = None if known else polynomial_jumps(left, right)
    if exact is not None:
        return [*exact, *([0] * len(below))][: len(below)]
    return [
        b - a
        if isinstance(a, int | Fraction) and isinstance(b, int | Fraction)
        else _jump(left, right, order, a, b)
        for order, (a, b) in enumerate(zip(below, above, strict=True))
    ]


def _jump(left: Piece, right: Piece, order: int, a: Number, b: Number) -> Number | Any:
    """The jump of a derivative as a ball, exactly 0 where that is an identity of constants."""
    jump, x = ball(b) - ball(a), right.lo
    if jump.contains(arb(0)) and jump.is_finite():
        slope = derivative(right.tree - left.tree, order)
        if all(is_regular(piece.tree, x) for piece in (left, right)):
            return 0 if proven_equal(replace_in(slope, X, number(x)), ZERO) else jump
    return jump


def one_function(left: Piece, right: Piece) -> bool:
    """Whether pieces are proven to be one analytic function across the place where they meet."""
    if not (isinstance(right.lo, int | Fraction) and proven_equal(left.tree, right.tree)):
        return False
    return is_regular(left.tree, right.lo)


def flat_apart(left: Piece, right: Piece) -> bool:
    """Whether pieces are proven to differ from one analytic function by less than any power.

    Such a difference, exp(-1/x) say, has derivatives that all tend to 0, as germs of exp and log do
    that lie in a Hardy field (Hardy, Orders of Infinity, 1910).
    """
    x = right.lo
    if not isinstance(x, int | Fraction):
        return False
    analytic = [piece.tree for piece in (left, right) if is_regular(piece.tree, x)]
    return any(
        all(_is_flat(piece.tree - base, Place(x, side)) for piece, side in ((left, -1), (right, 1)))
        for base in (*analytic, ZERO)
    )


def _is_flat(tree: Node, place: Place) -> bool:
    """Whether a tree is 0, or tends to it faster than any power."""
    if tree is ZERO:
        return True
    try:
        series = BallExpander(place, _SIZES[0]).series(tree)
    except (SeriesError, ZeroDivisionError):
        return False
    return bool(series.terms) and is_flat(series.terms[0][1])


def polynomial_jumps(left: Piece, right: Piece) -> list[Number] | None:
    """The derivatives of right - left where the pieces meet, the value first, all others being 0.

    None where it is no polynomial, or the left piece's tree does not go on beyond the place, which
    may be what the right one is as well: sqrt(x^2).
    """
    x = right.lo
    if not isinstance(x, int | Fraction):
        return None
    found = coefficients(right.tree - left.tree)
    if found is None or not is_regular(left.tree, x):
        return None
    jumps: list[Number] = []
    while found:
        jumps.append(sum((c * Fraction(x) ** n for n, c in enumerate(found)), Fraction(0)))
        found = [n * c for n, c in enumerate(found)][1:]
    return jumps


def _enclosure(x: Number, left: Any, right: Any, jump: Any, kink: Kink) -> KinkEnclosure | None:
    """What encloses a kink whose jump is not 0; of two equal infinite sides it is NaN."""
    place, before, after = outward(exact_ball(x)), _limit(left), _limit(right)
    if before is None or after is None:
        return None
    seen = [math.isinf(side) for side in (kink.left, kink.right)]
    if [math.isinf(side[0]) for side in (before, after)] != seen:
        return None
    if math.isinf(before[0]) or math.isinf(after[0]):
        size = after[0] - before[0]
        return KinkEnclosure(place, before, after, (size, size))
    difference = ball(jump)
    return (
        None
        if difference.contains(arb(0))
        else KinkEnclosure(place, before, after, outward(difference))
    )


def _apart(joint: Joint, limit: Any) -> KinkEnclosure | None:
    """What encloses a kink at which the function's own value is proven not to be its limit."""
    value, known = joint.value(), ball(limit)
    if value.overlaps(known) or not (value.is_finite() and known.is_finite()):
        return None
    return KinkEnclosure(outward(exact_ball(joint.lo)), *(outward(known),) * 2, (0.0, 0.0))


def _limit(value: Any) -> Interval | None:
    """What encloses a limit, (inf, inf) where it is infinite; None where it is not known."""
    if isinstance(value, float) and math.isinf(value):
        return value, value
    known = ball(value)
    return outward(known) if known.is_finite() else None
