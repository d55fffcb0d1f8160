"""Linear systems in balls, and the numbers that are read off their solutions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from flint import arb_mat

_MOST_BITS = 1 << 14  # of a number that is read off


def solution(matrix: Sequence[Sequence[Any]], right: Sequence[Any]) -> list[Any] | None:
    """The solution of as many equations as unknowns, in balls; None where there is none."""
    if not matrix:
        return []
    try:
        found = arb_mat(list(map(list, matrix))).solve(arb_mat([[v] for v in right]))
    except (ZeroDivisionError, ValueError):
        return None
    return [found[i, 0] for i in range(len(right))]


def fraction(ball: Any) -> Fraction:
    """The middle of a ball, or 0 for one that is next to nothing.

    Raises OverflowError for one that is larger than any number that a formula may hold.
    """
    if not ball.is_finite():
        raise OverflowError("a number that is not known to be finite")
    mantissa, exponent = (int(part) for part in ball.mid().man_exp())
    if exponent < -_MOST_BITS:
        return Fraction(0)
    if exponent > _MOST_BITS:
        raise OverflowError("a number that is too large to be written out")
    return Fraction(mantissa) * Fraction(2) ** exponent
