"""How a formula goes on beside a point: above its value there, below it, or on one level."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from flint import ctx

from actx.analysis.enclosed_kinks import extreme_within
from actx.arithmetic.coefficients import Number, SeriesError
from actx.arithmetic.series import Place
from actx.calculus.proven.enclose import exact_sign
from actx.calculus.proven.identity import proven_equal
from actx.calculus.proven.pieces import Joint, Verified
from actx.calculus.proven.series import proven_series, settled_sign
from actx.core.budget import PRECISION
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
