"""Piecewise polynomials of one variable with exact knots and coefficients: what a table is.

A broken line, its derivative (a step function), a table of quadratics: all are one kind of number,
with any count of knots. What is asked of one is answered for all of its stretches at once, or found
by bisection, never by going through the stretches.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from actx.arithmetic.interval import Box, add, hull, mul, point, rounded

if TYPE_CHECKING:
    from flint import arb

    from actx.core.arrays import Array

Polynomial = tuple[Fraction, ...]  # coefficients, the constant one first; at least one
ZERO = Fraction(0)
MOST_PLACES = 1024  # of a table of indices
_MOST_BITS = 1 << 16  # of a fraction that a ball is turned into; knots are never near such


class Table:
    """A piecewise polynomial: one polynomial left of the first knot, and one from each knot on.

    knots: rising, at least one. rows: the polynomials, one more than knots, each in powers of
    x - k, where k is the knot that it begins at (for the first row the first knot). At a knot the
    row that begins there holds. Equal tables are equal objects with equal hashes.
    """

    def __init__(self, knots: Iterable[Fraction], rows: Iterable[Sequence[Fraction]]) -> None:
        self.knots = tuple(knots)
        self.rows = tuple(_without_zeros(row) for row in rows)
        if not self.knots or len(self.rows) != len(self.knots) + 1:
            raise ValueError("a table has at least one knot, and one polynomial more than knots")
        if not all(a < b for a, b in pairwise(self.knots)):
            raise ValueError("the knots of a table rise")
        self._hash = hash((self.knots, self.rows))

    @classmethod
    def broken_line(cls, points: Sequence[tuple[Fraction, Fraction]]) -> Table:
        """The broken line through two or more points with rising x, constant outside of them."""
        rows = [
            (y, (v - y) / (u - x)) for (x, y), (u, v) in pairwise(points)
        ]  # one with no slope is a constant
        first, last = points[0][1], points[-1][1]
        made = cls((x for x, _ in points), [(first,), *rows, (last,)])
        made.__dict__["points"] = tuple(points)
        return made

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        same = self._hash == other._hash
        return self is other or (same and (self.knots, self.rows) == (other.knots, other.rows))

    def __repr__(self) -> str:
        return f"Table of {len(self.knots)} knots"

    def __reduce__(self) -> tuple[object, ...]:
        return Table, (self.knots, self.rows)

    @cached_property
    def degree(self) -> int:
        """The highest degree of a row."""
        return max(map(len, self.rows)) - 1

    @cached_property
    def points(self) -> tuple[tuple[Fraction, Fraction], ...] | None:
        """The points that it is the broken line through, None where it is no such line."""
        if len(self.knots) < 2 or self.degree > 1 or len(self.rows[0]) + len(self.rows[-1]) > 2:
            return None
        values = tuple(row[0] for row in self.rows[1:])
        before = (self.left_limit(i) for i in range(len(self.knots)))
        continuous = all(a == b for a, b in zip(before, values, strict=True))
        return tuple(zip(self.knots, values, strict=True)) if continuous else None

    # --- exact ---

    @cached_property
    def spacing(self) -> Fraction | None:
        """The distance of all knots where they are multiples of it and it is a power of two.

        Then a shift of a number, rounded down, tells its row. None where it does not.
        """
        if len(self.knots) < 2:
            return None
        first, step = self.knots[0], self.knots[1] - self.knots[0]
        power = step.numerator * step.denominator  # 1 stands in one of them at least
        if min(step.numerator, step.denominator) > 1 or power & (power - 1):
            return None
        if (first / step).denominator > 1:
            return None
        even = all(k == first + i * step for i, k in enumerate(self.knots))
        return step if even else None

    @cached_property
    def grid(self) -> tuple[Fraction, tuple[int, ...]] | None:
        """A power of two that all knots are multiples of, and the row of each multiple in turn.

        It is the largest such, from the first knot on up to the last one; then a shift of a number,
        rounded down, tells its row by a table of indices. None where knots have none, or it has
        more multiples than MOST_PLACES between them.
        """
        if any(knot.denominator & (knot.denominator - 1) for knot in self.knots):
            return None
        finest = max(knot.denominator for knot in self.knots)
        odd = math.gcd(*(knot.numerator * (finest // knot.denominator) for knot in self.knots))
        step = Fraction(odd & -odd, finest)
        count = (self.knots[-1] - self.knots[0]) / step if step else 0
        if not 1 <= count <= MOST_PLACES:
            return None
        firsts = (self.knots[0] + k * step for k in range(int(count)))
        return step, tuple(map(self.row_at, firsts))

    def origin(self, row: int) -> Fraction:
        """The knot in whose distance a row is a polynomial."""
        return self.knots[max(0, row - 1)]

    def row_at(self, x: Fraction | float) -> int:
        """Which row holds at x."""
        return bisect_right(self.knots, x)

    def value(self, x: Fraction) -> Fraction:
        """The value at a fraction."""
        row = self.row_at(x)
        return horner(self.rows[row], x - self.origin(row))

    def left_limit(self, knot: int) -> Fraction:
        """The limit at a knot from its left."""
        return horner(self.rows[knot], self.knots[knot] - self.origin(knot))

    def derivative(self) -> Table:
        """The derivative of each row."""
        return Table(self.knots, (derived(row) for row in self.rows))

    def about(self, row: int, centre: Fraction) -> Polynomial:
        """A row in powers of x - centre."""
        return shifted(self.rows[row], centre - self.origin(row))

    # --- floats ---

    @cached_property
    def starts(self) -> Array:
        """For each knot the first float that is not below it: floats compare with it exactly."""
        found = [_nearest(knot) for knot in self.knots]
        pairs = zip(found, self.knots, strict=True)
        not_below = (math.nextafter(x, math.inf) if x < k else x for x, k in pairs)
        return np.fromiter(not_below, np.float64, len(found))

    @cached_property
    def _befores(self) -> Array:
        """For each knot the last float that is not above it."""
        exact = (Fraction(x) == k for x, k in zip(self.starts.tolist(), self.knots, strict=True))
        same = np.fromiter(exact, bool, len(self.knots))
        return np.where(same, self.starts, np.nextafter(self.starts, -np.inf))

    @cached_property
    def centres(self) -> Array:
        """For each row the float that its coefficients in floats are about."""
        return self.starts[np.maximum(np.arange(len(self.rows)) - 1, 0)]

    @cached_property
    def _about_centres(self) -> tuple[Array, Any]:
        """The coefficients about the centres, a column for each power, and which are exact."""
        found = np.zeros((self.degree + 1, len(self.rows)))
        exact = np.ones(found.shape, dtype=bool)
        for i, (row, centre) in enumerate(zip(self.rows, self.centres.tolist(), strict=True)):
            about = self.about(i, Fraction(centre)) if len(row) > 1 else row
            floats = [_nearest(c) for c in about]
            found[: len(row), i] = floats
            exact[: len(row), i] = [f == c for f, c in zip(floats, about, strict=True)]
        return found, exact

    def __call__(self, x: Any) -> Any:
        """The values at floats, NaN for NaN; float32 gives float32."""
        at = np.asarray(x, dtype=np.float64)
        row = np.searchsorted(self.starts, at, side="right")
        if len(self.rows[0]) + len(self.rows[-1]) == 2:  # constant outside, at infinity as well
            at = np.clip(at, self.starts[0], self.starts[-1])
        t = at - self.centres[row]
        coefficients, _ = self._about_centres
        with np.errstate(invalid="ignore"):
            total = coefficients[-1][row] + 0 * t if self.degree == 0 else coefficients[-1][row]
            for column in coefficients[-2::-1]:
                total = total * t + column[row]
        if np.isinf(at).any():
            total = np.where(np.isinf(at), self._at_infinity[(at > 0).astype(int)], total)
        single = getattr(x, "dtype", None) == np.float32
        return np.asarray(total, dtype=np.float32 if single else np.float64)[()]

    @cached_property
    def _at_infinity(self) -> Array:
        """The limits at -inf and inf."""
        return np.array([_limit(self.rows[0], -1), _limit(self.rows[-1], 1)])

    # --- boxes ---

    @cached_property
    def _boxes(self) -> tuple[Array, Array]:
        """The coefficients about the centres as boxes."""
        found, exact = self._about_centres
        lo, hi = rounded(found, found)
        return np.where(exact, found, lo), np.where(exact, found, hi)

    @cached_property
    def _ranges(self) -> tuple[list[Array], list[Array]]:
        """Least and largest values of 1, 2, 4, 8 … rows in turn, each up to its end."""
        rows = np.arange(len(self.rows))
        starts = np.concatenate([[-np.inf], self._befores])
        lo, hi = self._row_box(rows, (starts, np.concatenate([self.starts, [np.inf]])))
        least, largest = [lo], [hi]
        step = 1
        while 2 * step <= len(rows):
            least.append(np.minimum(least[-1][:-step], least[-1][step:]))
            largest.append(np.maximum(largest[-1][:-step], largest[-1][step:]))
            step *= 2
        return least, largest

    def _row_box(self, row: Any, box: Box) -> Box:
        """What rows are on boxes, each on its own."""
        lo, hi = self._boxes
        centre = point(self.centres[row])
        t = rounded(box[0] - centre[0], box[1] - centre[0])
        total = lo[-1][row], hi[-1][row]
        for a, b in zip(lo[-2::-1], hi[-2::-1], strict=True):
            total = add(mul(total, t), (a[row], b[row]))
        flat = self._flat[row]  # 0·inf is not wanted of a constant row
        return np.where(flat, lo[0][row], total[0]), np.where(flat, hi[0][row], total[1])

    @cached_property
    def _flat(self) -> Array:
        return np.array([len(row) == 1 for row in self.rows])

    def enclosure(self, u: Box) -> Box:
        """What it is on boxes; call it within `np.errstate(all="ignore")`."""
        lo, hi = np.broadcast_arrays(*(np.asarray(end, dtype=np.float64) for end in u))
        first = np.searchsorted(self.starts, lo, side="right")
        last = np.searchsorted(self.starts, hi, side="right")
        one = first == last
        starts, ends = (
            np.concatenate(e) for e in (([-np.inf], self._befores), (self.starts, [np.inf]))
        )
        left = self._row_box(first, (lo, np.where(one, hi, ends[first])))
        right = self._row_box(last, (np.where(one, lo, starts[last]), hi))
        found = hull(left, right)
        return hull(found, self._between(first, last, found))

    def _between(self, first: Any, last: Any, found: Box) -> Box:
        """What it is on all rows between two, by tables of powers of two."""
        count = np.asarray(last - first - 1)
        if not np.any(count > 0):
            return found
        level = np.where(count > 0, np.log2(np.maximum(count, 1)).astype(int), 0)
        lo, hi = np.array(found[0]), np.array(found[1])
        for each in np.unique(level[count > 0]):
            here = (level == each) & (count > 0)
            a, b = first[here] + 1, last[here] - (1 << int(each))
            least, largest = self._ranges[0][each], self._ranges[1][each]
            lo[here] = np.minimum(least[a], least[b])
            hi[here] = np.maximum(largest[a], largest[b])
        return lo, hi

    # --- balls ---

    def ball(self, u: arb) -> arb:
        """What it is on a ball."""
        from flint import arb

        if not u.is_finite():
            return arb("nan")
        lo, hi = u.lower(), u.upper()
        first, last = self.row_at(_fraction(lo, -1)), self.row_at(_fraction(hi, 1))
        if first == last:
            return self._row_ball(first, u)
        left = self._row_ball(first, lo.union(_ball(self.knots[first])))
        right = self._row_ball(last, _ball(self.knots[last - 1]).union(hi))
        found = left.union(right)
        if last > first + 1:
            ends = self._between(np.array([first]), np.array([last]), (np.zeros(1), np.zeros(1)))
            found = found.union(arb(float(ends[0][0]))).union(arb(float(ends[1][0])))
        return found

    def _row_ball(self, row: int, u: arb) -> arb:
        coefficients = self.rows[row]
        total = _ball(coefficients[-1])
        if len(coefficients) == 1:
            return total
        t = u - _ball(self.origin(row))
        for coefficient in coefficients[-2::-1]:
            total = total * t + _ball(coefficient)
        return total


# --- polynomials ---


def horner(coefficients: Polynomial, t: Fraction) -> Fraction:
    """The value of a polynomial."""
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * t + coefficient
    return total


def derived(coefficients: Polynomial) -> Polynomial:
    """The derivative of a polynomial."""
    return tuple(n * c for n, c in enumerate(coefficients))[1:] or (ZERO,)


def shifted(coefficients: Polynomial, by: Fraction) -> Polynomial:
    """p(t + by), by Horner's rule for all of its coefficients."""
    if not by or len(coefficients) == 1:
        return coefficients
    found = list(coefficients)
    for n in range(len(found) - 1):
        for k in range(len(found) - 2, n - 1, -1):
            found[k] += by * found[k + 1]
    return tuple(found)


def _without_zeros(row: Sequence[Fraction]) -> Polynomial:
    """The polynomial without leading zeros; at least its constant."""
    count = len(row)
    while count > 1 and not row[count - 1]:
        count -= 1
    return tuple(row[:count]) or (ZERO,)


def _limit(row: Polynomial, side: int) -> float:
    """The limit of a polynomial at an infinity."""
    if len(row) == 1:
        return _nearest(row[0])
    sign = side if len(row) % 2 == 0 else 1
    return math.copysign(math.inf, row[-1]) * sign


def _nearest(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _ball(value: Fraction) -> arb:
    from flint import arb, fmpq

    return arb(fmpq(value.numerator, value.denominator))


def _fraction(end: arb, side: int) -> Fraction:
    """An exact ball as a fraction; one that is very small or large as one farther to a side.

    Far out, where no knots are, it stays on its own side of them all.
    """
    mantissa, exponent = end.man_exp()
    power = int(exponent)
    if abs(power) > _MOST_BITS:
        sign = 1 if mantissa > 0 else -1
        if power > 0:
            return Fraction(sign << _MOST_BITS)
        return Fraction(side, 1 << _MOST_BITS // 2) if sign == side else ZERO
    return Fraction(int(mantissa) << power) if power >= 0 else Fraction(int(mantissa), 1 << -power)
