"""Vectorised interval arithmetic in float64: what a formula can be over a whole box of x.

A box is a pair (lo, hi) of floats or arrays of one shape (or of shapes that broadcast); each rule
returns a box that holds every value the operation takes for arguments within the given boxes.
Results are rounded outward by a few units in the last place, which covers the errors of NumPy's
elementary functions as documented; where an operation is undefined on part of a box, the result is
the whole line. No end is ever NaN. A condition is a pair of truths: whether it surely holds, and
whether it may hold.
(Moore, Kearfott, Cloud: Introduction to Interval Analysis, 2009, chapters 2 and 5.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from actx.arithmetic import elementary

Box = tuple[Any, Any]
Rule = Callable[..., Box]

_number = np.array  # of arrays NumPy makes more in half the time that Python's numbers take
_RELATIVE = _number(2e-15)  # about 9 units in the last place
_ERFC = _number(1e-13)  # SciPy's erfc is that near where it is tiny: 5.7e-14 by Cephes' own tests,
_NO_ERFC = 1e-306  # and 0 where it would be smaller than the smallest normal number
_TINY = _number(1e-322)
_BELOW, _ABOVE, _ZERO, _ONE = (_number(value) for value in (-np.inf, np.inf, 0.0, 1.0))
_LEAST, _MOST = (_number(value) for value in (-np.finfo(np.float64).max, np.finfo(np.float64).max))


def rounded(lo: Any, hi: Any) -> Box:
    """The box rounded outward by one unit, for correctly rounded operations (+ - * / sqrt)."""
    return np.nextafter(lo, _BELOW), np.nextafter(hi, _ABOVE)


def widen(lo: Any, hi: Any, relative: Any = _RELATIVE) -> Box:
    """The box rounded outward by the error of an elementary function; overflow stays a bound."""
    lo, hi = np.minimum(lo, _MOST), np.maximum(hi, _LEAST)
    return lo - (np.abs(lo) * relative + _TINY), hi + (np.abs(hi) * relative + _TINY)


def point(value: Any) -> Box:
    """The box that holds one value."""
    return value, value


def increasing(function: Callable[[Any], Any], lo: float = -np.inf, hi: float = np.inf) -> Rule:
    """The rule of an increasing function with values in [lo, hi]."""

    least, most = _number(lo), _number(hi)

    def rule(u: Box) -> Box:
        a, b = widen(function(u[0]), function(u[1]))
        return np.maximum(a, least), np.minimum(b, most)

    return rule


def erfc(u: Box) -> Box:
    a, b = widen(elementary.erfc(u[1]), elementary.erfc(u[0]), _ERFC)
    return np.maximum(a, 0.0), np.minimum(b + _NO_ERFC, 2.0)


def decreasing(mirrored: Rule) -> Rule:
    """The rule of a decreasing function f, from that of f(-u)."""
    return lambda u: mirrored(neg(u))


def increasing_from(function: Callable[[Any], Any], start: float, stop: float = np.inf) -> Rule:
    """The rule of an increasing function that is defined from start to stop only."""

    def rule(u: Box) -> Box:
        lo, hi = (np.clip(end, start, stop) for end in u)
        a, b = widen(function(lo), function(hi))
        outside = (u[0] < start) | (u[1] > stop)
        return np.where(outside, -np.inf, a), np.where(outside, np.inf, b)

    return rule


def add(u: Box, v: Box) -> Box:
    return rounded(u[0] + v[0], u[1] + v[1])


def sub(u: Box, v: Box) -> Box:
    return rounded(u[0] - v[1], u[1] - v[0])


def neg(u: Box) -> Box:
    return -u[1], -u[0]


def mul(u: Box, v: Box) -> Box:
    if v[0] is v[1]:
        u, v = v, u
    # 0 * inf is NaN, which fmin and fmax pass over: an infinite end is a bound, never a value
    if u[0] is u[1]:  # one number, or one at each place
        a, b = u[0] * v[0], u[0] * v[1]
        if np.ndim(u[0]) == 0 and u[0] and np.isfinite(u[0]):
            return rounded(a, b) if u[0] > 0 else rounded(b, a)
        lo, hi = np.fmin(a, b), np.fmax(a, b)
    else:
        a, b, c, d = u[0] * v[0], u[0] * v[1], u[1] * v[0], u[1] * v[1]
        lo = np.fmin(np.fmin(a, b), np.fmin(c, d))
        hi = np.fmax(np.fmax(a, b), np.fmax(c, d))
    lo, hi = rounded(lo, hi)
    return np.fmax(lo, _BELOW), np.fmin(hi, _ABOVE)


def reciprocal(u: Box) -> Box:
    """1/u; a box that touches 0 with one end keeps its sign, one that straddles it has no bound."""
    lo, hi = u
    below, above = lo < _ZERO, hi > _ZERO
    a, b = rounded(_ONE / hi, _ONE / lo)
    at_least = np.where(below, _BELOW, np.maximum(a, _ZERO))
    at_most = np.where(above, _ABOVE, np.minimum(b, _ZERO))
    return (
        np.where(above, at_least, np.where(hi < _ZERO, a, _BELOW)),
        np.where(below, at_most, np.where(lo > _ZERO, b, _ABOVE)),
    )


def div(u: Box, v: Box) -> Box:
    return mul(u, reciprocal(v))


def power(u: Box, v: Box) -> Box:
    """u^v; the exponent is one number in nearly all formulas, else u^v = exp(v log u)."""
    exponent = v[0]
    if np.ndim(exponent) or exponent != v[1]:
        return _raised(u, v)
    if exponent == 0:
        return np.ones_like(u[0]), np.ones_like(u[1])
    if exponent < 0:
        return reciprocal(power(u, (-exponent, -exponent)))
    if exponent != int(exponent):
        return increasing_from(lambda t: np.power(t, exponent), 0.0)(u)
    a, b = np.power(u[0], exponent), np.power(u[1], exponent)
    if exponent % 2:
        return widen(a, b)
    lo, hi = widen(np.minimum(a, b), np.maximum(a, b))
    return np.where((u[0] <= _ZERO) & (u[1] >= _ZERO), _ZERO, np.maximum(lo, _ZERO)), hi


def _raised(u: Box, v: Box) -> Box:
    """u^v = exp(v log u); a negative u has whole powers as well, and 0^0 is 1."""
    lo, hi = _exp(mul(v, _log(u)))
    negative = u[0] < 0
    one = (u[0] <= 0) & (v[0] <= 0) & (v[1] >= 0)
    return (
        np.where(negative, -np.inf, np.where(one, np.minimum(lo, 1.0), lo)),
        np.where(negative, np.inf, np.where(one, np.maximum(hi, 1.0), hi)),
    )


_exp = increasing(np.exp, 0.0)
_log = increasing_from(np.log, 0.0)


def cosh(u: Box) -> Box:
    a, b = np.cosh(u[0]), np.cosh(u[1])
    lo, hi = widen(np.minimum(a, b), np.maximum(a, b))
    return np.where((u[0] <= _ZERO) & (u[1] >= _ZERO), _ONE, np.maximum(lo, _ONE)), hi


def root_sum(u: Box, v: Box) -> Box:
    """u + sqrt(u^2 + v) increases in both; not bounded where the root may be undefined."""
    a, b = widen(elementary.root_sum(u[0], v[0]), elementary.root_sum(u[1], v[1]))
    undefined = ~(np.asarray(v[0]) >= 0)
    endless = undefined | np.isinf(u[1]) | np.isinf(v[1])
    return np.where(undefined, -np.inf, np.fmax(a, 0.0)), np.where(endless, np.inf, b)


def sech(u: Box) -> Box:
    lo, hi = cosh(u)
    a, b = rounded(_ONE / hi, _ONE / lo)
    return np.maximum(a, _ZERO), np.minimum(b, _ONE)


def cos(u: Box) -> Box:
    """Extremes of cos at multiples of pi inside the box; huge arguments give [-1, 1]."""
    a, b = np.cos(u[0]), np.cos(u[1])
    lo, hi = widen(np.minimum(a, b), np.maximum(a, b))
    first = np.ceil(u[0] / np.pi - 1e-9 * (1 + np.abs(u[0])))
    last = np.floor(u[1] / np.pi + 1e-9 * (1 + np.abs(u[1])))
    several = (last > first) | ~(np.abs(u[0]) + np.abs(u[1]) < 1e6)
    even = np.fmod(np.abs(np.where(several, 0.0, first)), 2) == 0
    hit = last >= first
    hi = np.where(several | (hit & even), 1.0, np.minimum(hi, 1.0))
    lo = np.where(several | (hit & ~even), -1.0, np.maximum(lo, -1.0))
    return lo, hi


_HALF_PI = (np.pi / 2 * (1 - 1e-15), np.pi / 2 * (1 + 1e-15))


def sin(u: Box) -> Box:
    return cos(sub(u, _HALF_PI))


# --- piecewise operations, which need no rounding ---


def absolute(u: Box) -> Box:
    return np.maximum(np.maximum(u[0], -u[1]), 0.0), np.maximum(-u[0], u[1])


def relu(u: Box) -> Box:
    return np.maximum(u[0], 0.0), np.maximum(u[1], 0.0)


def sign(u: Box) -> Box:
    return np.sign(u[0]), np.sign(u[1])


def smaller(u: Box, v: Box) -> Box:
    return np.minimum(u[0], v[0]), np.minimum(u[1], v[1])


def larger(u: Box, v: Box) -> Box:
    return np.maximum(u[0], v[0]), np.maximum(u[1], v[1])


def clip(u: Box, lo: Box, hi: Box) -> Box:
    return smaller(larger(u, lo), hi)


# --- conditions ---


def less(u: Box, v: Box) -> Box:
    return u[1] < v[0], u[0] < v[1]


def less_or_equal(u: Box, v: Box) -> Box:
    return u[1] <= v[0], u[0] <= v[1]


def greater(u: Box, v: Box) -> Box:
    return less(v, u)


def greater_or_equal(u: Box, v: Box) -> Box:
    return less_or_equal(v, u)


def equal(u: Box, v: Box) -> Box:
    return (u[0] == v[1]) & (u[1] == v[0]), (u[0] <= v[1]) & (v[0] <= u[1])


def unequal(u: Box, v: Box) -> Box:
    return opposite(equal(u, v))


def both(u: Box, v: Box) -> Box:
    return np.logical_and(u[0], v[0]), np.logical_and(u[1], v[1])


def either(u: Box, v: Box) -> Box:
    return np.logical_or(u[0], v[0]), np.logical_or(u[1], v[1])


def opposite(u: Box) -> Box:
    return np.logical_not(u[1]), np.logical_not(u[0])


def choose(condition: Box, a: Box, b: Box) -> Box:
    """The branch that holds, or the hull of both where that is open."""
    sure, open_ = condition
    lo, hi = hull(a, b)
    return (
        np.where(sure, a[0], np.where(open_, lo, b[0])),
        np.where(sure, a[1], np.where(open_, hi, b[1])),
    )


def hull(u: Box, v: Box) -> Box:
    """The smallest box that holds both."""
    return np.minimum(u[0], v[0]), np.maximum(u[1], v[1])


def intersect(u: Box, v: Box) -> Box:
    """What two boxes that both hold the value have in common."""
    return np.maximum(u[0], v[0]), np.minimum(u[1], v[1])
