"""Linear systems in balls, and the numbers that are read off their solutions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from flint import arb_mat


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
    """The middle of a ball."""
    mantissa, exponent = ball.mid().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
