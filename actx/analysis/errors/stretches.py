"""The size of an error given by a polynomial on each of many stretches, for all of them at once.

Each polynomial is one in s from -1 to 1, known to within a bound (`calculus.proven.stretches`). A
stretch is settled where its polynomial is monotone, so that its ends decide, or bends to one side,
so that it has one turning point m: there it lies below e(m) + e'(m)²/(2 min|e''|). The others are
halved, and forgotten where the sum of their coefficients' sizes is less than what is attained. The
integral of |e| is that of e where e has one sign; where it is monotone about a zero the integrals
on both sides of the zero add up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from actx.arithmetic.elementary import normpdf
from actx.calculus.proven.stretches import EPS, ROUNDING, TERMS, Stretches
from actx.core.arrays import Array
from actx.core.domain import Interval

_HALVINGS = 40
_NEWTON = 6
_MOST = 400_000  # stretches that are halved once more
_DENSITY = 24  # terms of the normal density
_POWERS = np.arange(TERMS)[:, None]
_MANY_TIES = 1e-13  # as `results.TIE`


@dataclass(frozen=True)
class Largest:
    """sup|e| enclosed, a place where it is, with the error's sign there, and others as large."""

    enclosure: Interval
    x: float
    sign: int
    place: Interval
    ties: tuple[float, ...]


def largest(found: Stretches, order: int = 0) -> Largest:
    """sup|e| on the stretches, or for order 1 sup|e'|."""
    tops = _Tops(found, order)
    return tops.result()


class _Tops:
    """Candidates for the largest value: where they are, and between what they lie."""

    def __init__(self, found: Stretches, order: int) -> None:
        slope_off: Array
        if order == 0:
            a, off, slope_off = found.a, found.off, found.slope_off
        else:
            a = np.zeros_like(found.a)
            a[:-1] = _POWERS[1:] * found.a[1:] / found.radius
            off = found.slope_off / found.radius + 4 * EPS * np.abs(a).sum(axis=0)
            slope_off = np.full_like(off, np.inf)
        self.lower = 0.0
        self.columns: list[tuple[Array, ...]] = []  # x from, x to, least, most, sign
        for s, ends in ((-1.0, found.lo), (1.0, found.hi)):
            self._point(ends[0], ends[1], _at(a, s), off)
        middle, half = middles(found)
        self._run(a, off, slope_off, middle, half)

    def _run(self, a: Array, off: Array, slope_off: Array, middle: Array, half: Array) -> None:
        for _ in range(_HALVINGS):
            open_ = np.abs(a).sum(axis=0) + off >= self.lower
            a, off, slope_off = a[:, open_], off[open_], slope_off[open_]
            middle, half = middle[open_], half[open_]
            if not off.size:
                return
            bend = 2 * np.abs(a[2]) - (_POWERS * (_POWERS - 1) * np.abs(a))[3:].sum(axis=0)
            slope = np.abs(a[1]) - (_POWERS * np.abs(a))[2:].sum(axis=0)
            bend -= ROUNDING * np.abs(a).sum(axis=0)
            slope -= ROUNDING * np.abs(a).sum(axis=0)
            curved = (bend > 0) & ~(slope > 0)
            if curved.any():
                part = (each[curved] for each in (off, slope_off, middle, half, bend))
                self._turning(a[:, curved], *part)
            level = np.abs(a[1:]).sum(axis=0) <= ROUNDING * np.abs(a[0])
            self._covered(a, off, middle, half, level)
            rest = ~(curved | (slope > 0) | level)
            if not rest.any():
                return
            if rest.sum() > _MOST:
                break
            slope_off = np.concatenate([slope_off[rest]] * 2) / 2
            a, off, middle, half = halved(a[:, rest], off[rest], middle[rest], half[rest])
            for s in (-1.0, 1.0):
                self._about(middle + s * half, 0.0, _at(a, s), off)
        self._covered(a, off, middle, half, np.abs(a).sum(axis=0) + off >= self.lower)

    def _covered(self, a: Array, off: Array, middle: Array, half: Array, which: Any) -> None:
        """Stretches of which no more is known than the sum of their coefficients' sizes."""
        a, off, middle, half = a[:, which], off[which], middle[which], half[which]
        wide = half + 4 * EPS * np.abs(middle)
        most, least = np.abs(a).sum(axis=0) + off, np.maximum(2 * np.abs(a[0]), 0.0)
        least = np.maximum(least - most, 0.0)
        self.columns.append((middle - wide, middle + wide, least, most, np.sign(a[0])))

    def _turning(
        self, a: Array, off: Array, slope_off: Array, middle: Array, half: Array, bend: Array
    ) -> None:
        """Polynomials with one turning point at most, between -1 and 1 or beyond."""
        first, second = derived(a), derived(derived(a))
        s = np.zeros_like(off)
        for _ in range(_NEWTON):
            s = np.clip(s - _at(first, s) / _at(second, s), -1.0, 1.0)
        slope = np.abs(_at(first, s)) + ROUNDING * np.abs(a).sum(axis=0)
        # how far the turning point of e itself may be, which is the polynomial to within off
        wide = np.minimum((slope + slope_off) / bend, slope / bend + 2 * np.sqrt(off / bend))
        reach = np.minimum(wide + 2 * EPS, 2.0) * half
        self._about(middle + s * half, reach, _at(a, s), off, slope * slope / (2 * bend))

    def _about(
        self, x: Array, reach: Array | float, value: Array, off: Array, over: Array | float = 0.0
    ) -> None:
        """Values at places that are known to within a reach, and rounding."""
        wide = reach + 4 * EPS * np.abs(x)
        self._point(x - wide, x + wide, value, off, over)

    def _point(
        self, lo: Array, hi: Array, value: Array, off: Array, over: Array | float = 0.0
    ) -> None:
        """Values, which may be larger by `over` nearby."""
        size = np.abs(value)
        most, least = size + off + over, np.maximum(size - off, 0.0)
        self.lower = max(self.lower, float(least.max(initial=0.0)))
        keep = most >= self.lower
        columns = lo, hi, least, most, np.sign(value)
        self.columns.append(tuple(column[keep] for column in columns))

    def result(self) -> Largest:
        lo, hi, least, most, sign = (np.concatenate([c[i] for c in self.columns]) for i in range(5))
        keep = most >= self.lower
        lo, hi, least, most, sign = (c[keep] for c in (lo, hi, least, most, sign))
        best = int(np.argmax(least))
        x = float(lo[best] + (hi[best] - lo[best]) / 2)
        tied = np.unique((lo + (hi - lo) / 2)[least >= self.lower * (1 - _MANY_TIES)])
        distinct = [t for t in tied.tolist() if not lo[best] <= t <= hi[best]]
        enclosure = self.lower, float(most.max())
        where = float(lo.min()), float(hi.max())
        return Largest(enclosure, x, int(sign[best]), where, _apart(distinct))


def _apart(places: Sequence[float]) -> tuple[float, ...]:
    """Places without those that are another one but for rounding."""
    found: list[float] = []
    for x in places:
        if not found or x - found[-1] > 1e-9 * max(1.0, abs(x)):
            found.append(x + 0.0)
    return tuple(found)


def middles(found: Stretches) -> tuple[Array, Array]:
    """The middles of stretches, and their halves, in floats."""
    lo, hi = found.lo[0], found.hi[1]
    return lo + (hi - lo) / 2, (hi - lo) / 2


def derived(a: Array) -> Array:
    """The derivatives of polynomials by s."""
    found = np.zeros_like(a)
    found[:-1] = _POWERS[1:] * a[1:]
    return found


def _at(a: Array, s: Array | float) -> Array:
    """Values of polynomials."""
    total = np.array(a[-1])
    for row in a[-2::-1]:
        total = total * s + row
    return total


def _halving(side: int) -> Array:
    """The coefficients of p((s + side)/2) from those of p."""
    matrix = np.zeros((TERMS, TERMS))
    for n in range(TERMS):
        for k in range(n + 1):
            matrix[k, n] = math.comb(n, k) * side ** (n - k) / 2.0**n
    return matrix


_LEFT, _RIGHT = _halving(-1), _halving(1)


def halved(a: Array, off: Array, middle: Array, half: Array) -> tuple[Array, Array, Array, Array]:
    """Both halves of stretches, with the rounding of it in off."""
    off = off + ROUNDING * np.abs(a).sum(axis=0)
    return (
        np.concatenate([_LEFT @ a, _RIGHT @ a], axis=1),
        np.concatenate([off, off]),
        np.concatenate([middle - half / 2, middle + half / 2]),
        np.concatenate([half / 2, half / 2]),
    )


# --- integrals ---


@dataclass(frozen=True)
class Integrals:
    """Enclosures of ∫|e|, ∫e², E e² (its part on the stretches) and ∫e."""

    size: Interval
    square: Interval
    weighted: Interval
    signed: Interval


def integrals(found: Stretches) -> Integrals:
    """All integrals over the stretches."""
    sizes = np.abs(found.a).sum(axis=0)
    r = found.radius
    signed, signed_off = 2 * _moment(found.a) * r, 2 * found.off * r
    square = _convolved(found.a)
    moments = np.array([2 / (k + 1) if k % 2 == 0 else 0.0 for k in range(2 * TERMS - 1)])
    squares = (moments @ square) * r
    square_off = 2 * r * (2 * found.off * sizes + found.off**2 + 2 * ROUNDING * sizes**2)
    weighted, weighted_off = _weighted(found, square, sizes)
    return Integrals(
        _absolute(found), _sum(squares, square_off), _sum(weighted, weighted_off),
        _sum(signed, signed_off),
    )  # fmt: skip


def _moment(a: Array) -> Array:
    """Half of the integral of polynomials from -1 to 1."""
    weights = np.array([1 / (k + 1) if k % 2 == 0 else 0.0 for k in range(TERMS)])
    return np.asarray(weights @ a)


def _convolved(a: Array) -> Array:
    square = np.zeros((2 * TERMS - 1, a.shape[1]))
    for k in range(TERMS):
        square[k : k + TERMS] += a[k] * a
    return square


def _sum(values: Array, off: Array) -> Interval:
    """The sum of values that are each known to within off; rounding counts."""
    total, slack = math.fsum(values.tolist()), math.fsum(off.tolist())
    slack += 8 * EPS * math.fsum(np.abs(values).tolist())
    return math.nextafter(total - slack, -math.inf), math.nextafter(total + slack, math.inf)


def _weighted(found: Stretches, square: Array, sizes: Array) -> tuple[Array, Array]:
    """∫ e² times the normal density, by the density's own Taylor polynomial.

    Its coefficients about m follow from φ' = -xφ, and are at most those of exp(|m|rs + r²s²/2).
    """
    r = found.radius
    m, half = middles(found)
    m_off = 4 * EPS * (np.abs(m) + half)  # of the middle, by rounding
    q, most = [np.ones_like(m)], [np.ones_like(m)]
    for k in range(_DENSITY - 1):
        before = (q[k - 1], most[k - 1]) if k else (0.0, 0.0)
        q.append((-m * r * q[k] - r * r * before[0]) / (k + 1))
        most.append((np.abs(m) * r * most[k] + r * r * before[1]) / (k + 1))
    sums = np.array(
        [[2 / (j + k + 1) if (j + k) % 2 == 0 else 0.0 for k in range(_DENSITY)]
         for j in range(2 * TERMS - 1)]
    )  # fmt: skip
    value = np.einsum("jn,jk,kn->n", square, sums, np.array(q))
    alpha, beta = np.abs(m) * r, r * r / 2
    rest = np.full_like(m, np.inf)
    with np.errstate(over="ignore"):
        for rho in 2.0 ** np.arange(1, 10):
            bound = np.exp(alpha * rho + beta * rho**2) * rho**-_DENSITY / (1 - 1 / rho)
            rest = np.minimum(rest, bound)
    total = np.array(most).sum(axis=0)
    density = normpdf(m)
    size = (sizes + found.off) ** 2
    off = 2 * size * rest + 2 * (2 * found.off * sizes + found.off**2) * (total + rest)
    off += 2 * size * total * (4 * ROUNDING + 64 * EPS)
    # exp(-m²/2): the argument is off by m·m_off and its own rounding
    relative = np.abs(m) * m_off + (m * m + 8) * 4 * EPS
    return value * r * density, off * r * density * (1 + 1e-9) + np.abs(
        value
    ) * r * density * relative


def _absolute(found: Stretches) -> Interval:
    """∫|e| over the stretches."""
    a, off, r = found.a, found.off, found.radius
    values: list[Array] = []
    offs: list[Array] = []
    middle = np.zeros_like(r)
    for _ in range(_HALVINGS):
        size = np.abs(a).sum(axis=0)
        one_sign = 2 * np.abs(a[0]) - size > off + ROUNDING * size
        slope = np.abs(a[1]) - (_POWERS * np.abs(a))[2:].sum(axis=0) - ROUNDING * size
        values.append(np.abs(2 * _moment(a) * r)[one_sign])
        offs.append((2 * off * r)[one_sign])
        steep = (slope > 0) & ~one_sign
        if steep.any():
            value, doubt = _about_zero(a[:, steep], off[steep], slope[steep])
            values.append(value * r[steep])
            offs.append(doubt * r[steep])
        rest = ~(one_sign | steep)
        a, off, r, middle = a[:, rest], off[rest], r[rest], middle[rest]
        # what is as small as what is not known of it is not looked at closer
        tiny = np.abs(a).sum(axis=0) <= 4 * off
        values.append(np.zeros(int(tiny.sum())))
        offs.append((2 * r * (np.abs(a).sum(axis=0) + off))[tiny])
        a, off, r, middle = a[:, ~tiny], off[~tiny], r[~tiny], middle[~tiny]
        if not off.size or off.size > _MOST:
            break
        a, off, middle, r = halved(a, off, middle, r)
    most = r * (np.abs(a).sum(axis=0) + off)  # of what is left, if something is
    values.append(most)
    offs.append(most)
    lo, hi = _sum(np.concatenate(values), np.concatenate(offs))
    return max(lo, 0.0), hi


def _about_zero(a: Array, off: Array, slope: Array) -> tuple[Array, Array]:
    """∫|p| from -1 to 1 of monotone polynomials, with how far it may be off from ∫|e|."""
    first = derived(a)
    s = np.zeros_like(off)
    for _ in range(_NEWTON):
        s = np.clip(s - _at(a, s) / _at(first, s), -1.0, 1.0)
    size = np.abs(a).sum(axis=0)
    rounding = ROUNDING * size
    gap = np.abs(_at(a, s)) + rounding
    inner = np.abs(s) < 1
    # a zero inside is as near as the value tells; without one the value has one sign
    away = np.where(inner, gap / slope, 0.0)
    integral = np.zeros_like(a)
    integral[1:] = a[:-1] / (_POWERS[:-1] + 1)
    last = a[-1] / TERMS

    def primitive(t: Array | float) -> Array:
        return np.asarray(_at(integral, t) + last * np.power(t, TERMS))

    at = primitive(s)
    value = np.abs(at - primitive(-1.0)) + np.abs(primitive(1.0) - at)
    return value, 2 * off + 2 * rounding + 2 * away * gap
