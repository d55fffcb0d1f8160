"""A table plus a smooth tree on many stretches: on each a polynomial, with a bound on the rest.

On each stretch, written with s from -1 to 1, the sum is that of a_k s^k to within `off`, and its
derivative by s that of k a_k s^(k-1) to within `slope_off`. Python-flint gives the Taylor
coefficients of the tree about the stretch's middle, which keeps all digits however much table and
tree cancel. What the terms left out add up to is bounded by Cauchy's estimate: on a disc of radius
R about the middle the tree is at most M, so that the k-th coefficient is at most M/R^k. The discs
are shared by stretches near each other. A stretch on which the terms do not suffice is halved. So
the cost is an evaluation or two for each stretch, and the rest is done for all at once.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from flint import acb, arb, ctx, fmpq

from actx.arithmetic.tables import Polynomial, Table
from actx.calculus.proven.identity import coefficients
from actx.calculus.proven.taylor import on_disc, taylor, terms
from actx.core.arrays import Array
from actx.core.budget import PRECISION, Budget
from actx.language.tree import ZERO, Node

TERMS = 12
EPS = 2.0**-52
ROUNDING = 8 * TERMS * EPS  # of what is made of a polynomial in floats, as a part of its size
_DISCS = range(1, -40, -1)  # radii as powers of two
_RELATIVE = 2e-14  # of a stretch's size: how much may be left out
_NOTHING = 1e-17  # of the largest stretch's size
_HALVINGS = 24
_MOST = 2_000_000  # stretches


@dataclass(frozen=True)
class Stretches:
    """The difference on stretches from left to right.

    lo, hi: their ends, each as the floats below and above that hold it (a row each; both the end
    itself where that is a float). radius: half of their lengths. a: the coefficients, a row for
    each power of s. off, slope_off: see above; both count rounding errors of working with the rows.
    """

    lo: Array
    hi: Array
    radius: Array
    a: Array
    off: Array
    slope_off: Array


@dataclass
class _Stretch:
    lo: Fraction
    hi: Fraction
    row: int
    piece: int


Part = tuple[Fraction, Fraction, Node]  # a smooth tree on an interval


def differences(table: Table, parts: Sequence[Part], budget: Budget) -> Stretches | None:
    """table + tree on all stretches between the table's knots and the ends of the parts.

    parts: consecutive intervals with the smooth tree on each. None where the tree is singular too
    near to a stretch, or the budget ends.
    """
    with ctx.workprec(PRECISION), terms(TERMS):
        makers = [_Maker(tree) for _, _, tree in parts]
        waiting = list(_between(table, parts))
        done: list[tuple[Fraction, Fraction, list[float], float, float]] = []
        largest = 0.0
        for _ in range(_HALVINGS):
            again: list[_Stretch] = []
            for each in waiting:
                made = makers[each.piece].of(table, each)
                if made is not None:
                    size = math.fsum(map(abs, made[2]))
                    largest = max(largest, size)
                    if made[3] <= max(_RELATIVE * size, _NOTHING * largest):
                        done.append(made)
                        continue
                middle = (each.lo + each.hi) / 2
                again.append(_Stretch(each.lo, middle, each.row, each.piece))
                again.append(_Stretch(middle, each.hi, each.row, each.piece))
            waiting = again
            if not waiting:
                break
            if budget.spent or len(waiting) + len(done) > _MOST:
                return None
    return None if waiting else _arrays(sorted(done, key=lambda each: each[0]))


def _between(table: Table, parts: Sequence[Part]) -> Iterable[_Stretch]:
    for i, (lo, hi, _) in enumerate(parts):
        first, last = table.row_at(lo), bisect_right(table.knots, hi)
        inside = [k for k in table.knots[first:last] if lo < k < hi]
        for j, (a, b) in enumerate(pairwise([lo, *inside, hi])):
            yield _Stretch(a, b, first + j, i)


def _arrays(done: Sequence[tuple[Fraction, Fraction, list[float], float, float]]) -> Stretches:
    a = np.array([each[2] for each in done]).T
    radius = np.array([float((each[1] - each[0]) / 2) for each in done])
    size = np.abs(a).sum(axis=0)
    powers = np.arange(TERMS)[:, None]
    return Stretches(
        _held(each[0] for each in done),
        _held(each[1] for each in done),
        radius,
        a,
        np.array([each[3] for each in done]) + ROUNDING * size,
        np.array([each[4] for each in done]) + ROUNDING * (powers * np.abs(a)).sum(axis=0),
    )


def _held(ends: Iterable[Fraction]) -> Array:
    """The floats below and above each number, both itself where it is one."""
    pairs = []
    for end in ends:
        near = float(end)
        pairs.append(
            (near, near)
            if near == end
            else (math.nextafter(near, -math.inf), math.nextafter(near, math.inf))
        )
    return np.array(pairs).T


class _Maker:
    """Taylor polynomials of a table plus one smooth tree."""

    def __init__(self, tree: Node) -> None:
        self.tree = tree
        self.discs: dict[tuple[int, int], float] = {}
        self.polynomial: Polynomial | None = None
        if tree is ZERO:
            self.polynomial = (Fraction(0),)
        else:
            found = coefficients(tree)
            if found is not None and len(found) <= TERMS:
                self.polynomial = tuple(found)

    def of(
        self, table: Table, stretch: _Stretch
    ) -> tuple[Fraction, Fraction, list[float], float, float] | None:
        """Ends, coefficients, and what is left of value and slope; None where there is no bound."""
        middle, radius = (stretch.lo + stretch.hi) / 2, (stretch.hi - stretch.lo) / 2
        row = table.about(stretch.row, middle)
        scale = float(radius)
        if self.polynomial is not None:
            return self._exact(stretch, row, middle, radius)
        rest, slope_rest = self._left_out(float(middle), math.nextafter(scale, math.inf))
        if not math.isfinite(rest):
            return None
        try:
            series = taylor(self.tree, _ball(middle), PRECISION)
        except ValueError:
            return None
        found: list[float] = []
        power = arb(1)
        exact_radius = _ball(radius)
        for k in range(TERMS):
            c = series[k]
            if k < len(row):
                c = c + _ball(row[k])
            c = c * power
            power = power * exact_radius
            value = float(c)
            error = float(c.rad()) * (1 + EPS)
            if not math.isfinite(value + error):
                return None
            found.append(value)
            rest += error
            slope_rest += k * error
        return stretch.lo, stretch.hi, found, rest, slope_rest

    def _exact(
        self, stretch: _Stretch, row: Polynomial, middle: Fraction, radius: Fraction
    ) -> tuple[Fraction, Fraction, list[float], float, float]:
        from actx.arithmetic.tables import shifted

        assert self.polynomial is not None
        other = shifted(self.polynomial, middle)
        found = [0.0] * TERMS
        power = Fraction(1)
        for k in range(max(len(row), len(other))):
            c = (row[k] if k < len(row) else 0) + (other[k] if k < len(other) else 0)
            found[k] = float(c * power)
            power *= radius
        return stretch.lo, stretch.hi, found, 0.0, 0.0

    def _left_out(self, middle: float, radius: float) -> tuple[float, float]:
        """Bounds on the terms left out of the value and of its derivative by s."""
        best = math.inf, math.inf
        for level in _DISCS:
            wide = 2.0**level
            if wide < 2 * radius:
                break
            most = self._on_disc(level, round(middle / wide))
            if math.isfinite(most):
                q = radius / wide
                rest = most * q**TERMS / (1 - q) * (1 + 1e-12)
                slope = most * q**TERMS * (TERMS - (TERMS - 1) * q) / (1 - q) ** 2 * (1 + 1e-12)
                if rest >= best[0]:
                    break
                best = rest, slope
        return best

    def _on_disc(self, level: int, place: int) -> float:
        """A bound on the tree at most 2^level from all points nearest to a multiple of it."""
        key = level, place
        if key not in self.discs:
            wide = 2.0**level
            reach = 1.5 * wide + abs(place) * wide * 1e-15  # of a middle that was rounded
            disc = acb(arb(place * wide, reach), arb(0, reach))
            most: Any = on_disc(self.tree, disc, PRECISION).abs_upper()
            value = float(most) * (1 + 1e-15) if most.is_finite() else math.inf
            self.discs[key] = value
        return self.discs[key]


def _ball(value: Fraction) -> arb:
    return arb(fmpq(value.numerator, value.denominator))
