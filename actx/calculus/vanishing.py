"""Sums that are 0 all over an interval taken out of formulas: what they hide is seen then."""

from __future__ import annotations

from collections.abc import Callable

from actx.arithmetic.coefficients import Number
from actx.calculus.balls import value_in_balls
from actx.calculus.zeros import identically_zero
from actx.language.tree import ZERO, Node, replace, walk


def without_zeros(
    tree: Node, lo: Number, hi: Number, is_zero: Callable[[Node], bool] | None = None
) -> Node:
    """A tree that is smooth on (lo, hi), with sums in it as 0 that are 0 all over.

    is_zero: a proof of it; without one floats decide, and numbers stay as they are.
    """
    for part in walk(tree):
        seems = part.op in ("add", "sub") and _seems_zero(part, lo, hi)
        if seems and (not part.constant if is_zero is None else is_zero(part)):
            return without_zeros(replace(tree, part, ZERO), lo, hi, is_zero)
    return tree


def _seems_zero(part: Node, lo: Number, hi: Number) -> bool:
    if not part.constant:
        return identically_zero(part, lo, hi)
    return value_in_balls(part, 0) in (0, None)
