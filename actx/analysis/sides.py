"""How a formula goes on beside a point: above its value there, below it, or on one level."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from flint import ctx

from actx.analysis.enclosed_kinks import extreme_within
from actx.analysis.errors.largest import ends_of
from actx.analysis.supremum import Site, Supremum
from actx.arithmetic.coefficients import Number, SeriesError
from actx.arithmetic.series import Place
from actx.calculus.proven.enclose import ball_program, exact_ball, exact_sign, hull
from actx.calculus.proven.identity import proven_equal
from actx.calculus.proven.pieces import Joint, Verified, constant_sign, less
from actx.calculus.proven.series import proven_series, settled_sign
from actx.core.budget import PRECISION, Budget
from actx.language.derivative import derivative
from actx.language.tree import Node

_START = 4.0


def extreme_at(function: Verified, joint: Joint) -> int | None:
    """-1 at a local minimum, 1 at a maximum, 0 at neither; None where it is not proven.

    A stretch on one level on one side, or both, counts as not going away from it.
    """
    if not joint.exact:
        left = next((p for p in function.pieces if p.hi == joint.lo), None)
        right = next((p for p in function.pieces if p.lo == joint.hi), None)
        if left is None or right is None:
            return None
        with ctx.workprec(PRECISION):
            return extreme_within(function.tree, joint, left, right)
    sides = list(_sides(function, joint))
    if None in sides:
        return None
    if all(side is not None and side >= 0 for side in sides):
        return -1
    return 1 if all(side is not None and side <= 0 for side in sides) else 0


def _sides(function: Verified, joint: Joint) -> Iterator[int | None]:
    for piece in function.pieces:
        if piece.lo == joint.hi:
            yield beside(piece.tree, joint, 1)
        if piece.hi == joint.lo:
            yield beside(piece.tree, joint, -1)


def beside(tree: Node, joint: Joint, side: int) -> int | None:
    """1 where a piece beside a joint lies above the joint's own value, -1 below, 0 on one level.

    None where that is not proven.
    """
    if not joint.exact or not isinstance(joint.lo, int | Fraction):
        return None
    x = joint.lo
    gap = 0 if proven_equal(tree, joint.tree) else exact_sign(tree - joint.tree, x)
    if gap != 0:
        return gap
    slope = slope_sign(tree, x, side)
    return None if slope is None else side * slope


def slope_sign(tree: Node, x: Number, side: int) -> int | None:
    """The sign of a smooth tree's slope beside an exact point, None where it is not proven."""
    if tree.constant:
        return 0
    slope = derivative(tree)
    sign = exact_sign(slope, x)
    if sign:
        return sign
    try:
        with ctx.workprec(PRECISION):
            for series in proven_series(slope, Place(x, side), _START):
                sign = settled_sign(series, series.start)
                if sign is not None:
                    return sign
    except (SeriesError, ZeroDivisionError):
        pass
    return None


def only_approached(function: Verified, bound: Supremum, sign: int, budget: Budget) -> bool:
    """Whether a supremum of sign·f is proven to be taken nowhere.

    It is where it is approached far out and at joints alone, or where all of f stays below it.
    """
    for joint in function.joints:
        value = joint.value()
        if not sign * value < exact_ball(bound.lo) and (value.is_finite() or not joint.exact):
            return False
    sites = [site for site in bound.sites if not (site.lo == site.hi and math.isinf(site.lo))]
    return all(_is_beside_a_joint(function, site, bound, sign) for site in sites) or all(
        constant_sign(less(p.tree, sign * bound.lo), p.lo, p.hi, budget) == -sign
        for p in function.pieces
    )


def _is_beside_a_joint(function: Verified, site: Site, bound: Supremum, sign: int) -> bool:
    """Whether a site is a joint but for rounding, and pieces beside it rise, fall or are below."""
    known = (e for e in map(ends_of, function.joints) if e[0] <= site.lo <= site.hi <= e[1])
    ends = next(known, None)
    if ends is None:
        return False
    pieces = (p for p in function.pieces if p.lo <= ends[1] and ends[0] <= p.hi)
    with ctx.workprec(PRECISION):
        for piece in pieces:
            program = ball_program(piece.tree, derivative(piece.tree), precision=PRECISION)
            value, slope = program(hull(*ends))
            if not (slope > 0 or slope < 0 or sign * value < exact_ball(bound.lo)):
                return False
    return True
