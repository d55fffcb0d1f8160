"""Functions that rise in steps through the whole numbers: floor, ceil, round and trunc.

Each is told by its edges: from which number on it is at least n, and whether it is there already.
All else follows: values, exact ones at fractions, enclosures, and what a comparison with it says of
its argument.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flint import arb

    from actx.arithmetic.interval import Box, Rule

_FINEST = -20_000  # an exponent of 2, below which a number of fewer bits is nearly 0
Edges = Callable[[int], tuple[Fraction, bool]]


def floor(n: int) -> tuple[Fraction, bool]:
    return Fraction(n), True


def ceil(n: int) -> tuple[Fraction, bool]:
    return Fraction(n - 1), False


def half_to_even(n: int) -> tuple[Fraction, bool]:
    return Fraction(2 * n - 1, 2), n % 2 == 0


def trunc(n: int) -> tuple[Fraction, bool]:
    return floor(n) if n > 0 else ceil(n)


def value(edges: Edges, at: Fraction) -> int:
    """The whole number at a fraction."""

    def reached(n: int) -> bool:
        edge, there = edges(n)
        return at >= edge if there else at > edge

    n = math.floor(at)
    while not reached(n):
        n -= 1
    while reached(n + 1):
        n += 1
    return n


def enclosure(rounding: Callable[[Any], Any]) -> Rule:
    """The rule for boxes, of NumPy's rounding: it rises, and whole numbers need no rounding."""

    def rule(u: Box) -> Box:
        return rounding(u[0]), rounding(u[1])

    return rule


def ball(edges: Edges) -> Callable[[arb], arb]:
    """The rule for balls."""

    def rule(u: arb) -> arb:
        if not u.is_finite():
            return u - u  # not finite either
        low, high = (_whole(edges, end) for end in (u.lower(), u.upper()))
        return low if low == high else low.union(high)

    return rule


def _whole(edges: Edges, u: arb) -> arb:
    """The whole number at an exact ball."""
    from flint import arb

    mantissa, exponent = (int(part) for part in u.mid().man_exp())
    if exponent >= 0:
        return u
    if exponent < _FINEST:  # next to 0, on one side of it
        mantissa, exponent = (mantissa > 0) - (mantissa < 0), -2
    return arb(value(edges, Fraction(mantissa, 1 << -exponent)))
