"""Operations on arb balls: rigorous enclosures of every operation of the language.

A ball (python-flint's `arb`) is a midpoint with a radius; each function returns a ball that holds
all values for arguments within the given ones (Johansson, Arb: efficient arbitrary-precision
midpoint-radius interval arithmetic, IEEE Trans. Computers 66, 2017). Where an argument ball holds
points at which the operation is undefined, the result is not finite. A condition is a ball as well:
1 where it holds, 0 where it does not, and [0, 1] where the arguments do not decide it; it is not
finite where they may be undefined.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flint import arb, arb_series  # at run time where the first one is made

_LARGEST_POWER = 10_000  # that is computed as one
_NARROW = 40  # bits: of a ball that has as many right arb's own bounds are good


def method(name: str) -> Callable[[arb], arb]:
    """An operation that arb has itself."""
    return operator.methodcaller(name)


def monotone(name: str) -> Callable[[arb], arb]:
    """A monotone operation of arb, taken at both ends: arb's own bound is wide for wide balls."""
    function = method(name)

    def rule(u: arb) -> arb:
        if u.rel_accuracy_bits() > _NARROW:
            return function(u)
        return function(u.lower()).union(function(u.upper()))

    return rule


def exp(u: arb) -> arb:
    return u.exp()


def sqrt(u: arb) -> arb:
    """Undefined for a ball that reaches below 0, but for one that only touches it by rounding."""
    return u.sqrt()


def power(u: arb, v: arb) -> arb:
    n = _whole(v)
    if n is not None:
        return _whole_power(u, n)
    return (u.log() * v).exp() if not u.is_exact() or not v.is_exact() else u**v


def power_of_series(u: arb_series, v: arb_series | arb) -> arb_series:
    """u^v for a power series u, and v another one or a ball; whole powers have no logarithm."""
    from flint import arb

    n = _whole(v) if isinstance(v, arb) else None
    if n is not None:
        return u**n if n >= 0 else 1 / u**-n
    return (u.log() * v).exp()


def whole(u: arb, largest: int) -> int | None:
    """The whole number that a ball is exactly, None for another ball, or one of a larger size.

    The size comes first: flint ends the process where a number has no room in memory.
    """
    found = u.unique_fmpz() if u.is_integer() and abs(u) <= largest else None
    return None if found is None else int(found)


def _whole(exponent: arb) -> int | None:
    return whole(exponent, _LARGEST_POWER)


def _whole_power(u: arb, n: int) -> arb:
    if n < 0:
        return 1 / _whole_power(u, -n)
    if u.rel_accuracy_bits() > _NARROW or n == 0:
        return u**n
    if n % 2 == 0:
        return (u.abs_lower() ** n).union(u.abs_upper() ** n)
    return (u.lower() ** n).union(u.upper() ** n)


def absolute(u: arb) -> arb:
    """|u|; arb's own only moves the midpoint of a ball that holds 0."""
    if u >= 0:
        return u
    return -u if u <= 0 else u.abs_lower().union(u.abs_upper())


def cbrt(u: arb) -> arb:
    """The real cube root, which increases; arb has that of positive numbers."""
    if u.is_exact():
        return u.root(3) if u >= 0 else -(-u).root(3)
    return cbrt(u.lower()).union(cbrt(u.upper()))


def sigmoid(u: arb) -> arb:
    return 1 / (1 + (-u).exp())


def softplus(u: arb) -> arb:
    return u.exp().log1p()


def cosh(u: arb) -> arb:
    if u.rel_accuracy_bits() > _NARROW:
        return u.cosh()
    return u.abs_lower().cosh().union(u.abs_upper().cosh())


def root_sum(u: arb, v: arb) -> arb:
    """u + sqrt(u^2 + v), which increases in both where v >= 0."""
    if not v >= 0 or (u.is_exact() and v.is_exact()):
        return _root_sum(u, v)
    return _root_sum(u.lower(), v.lower()).union(_root_sum(u.upper(), v.upper()))


def _root_sum(u: arb, v: arb) -> arb:
    root = (u * u + v).sqrt()
    return v / (root - u) if u < 0 else u + root


def sech(u: arb) -> arb:
    if u.rel_accuracy_bits() > _NARROW:
        return u.sech()
    return u.abs_lower().sech().union(u.abs_upper().sech())


def relu(u: arb) -> arb:
    return u.max(_zero())


def sign(u: arb) -> arb:
    return u.sgn() if u.is_finite() else _undefined()


def smaller(u: arb, v: arb) -> arb:
    return u.min(v)


def larger(u: arb, v: arb) -> arb:
    return u.max(v)


def clip(u: arb, lo: arb, hi: arb) -> arb:
    return u.max(lo).min(hi)


# --- conditions ---


@cache
def _zero() -> arb:
    from flint import arb

    return arb(0)


@cache
def _one() -> arb:
    from flint import arb

    return arb(1)


@cache
def _open() -> arb:
    return _zero().union(_one())


@cache
def _undefined() -> arb:
    from flint import arb

    return arb("nan")


def _undecided(u: arb, v: arb) -> arb:
    return _open() if u.is_finite() and v.is_finite() else _undefined()


def less(u: arb, v: arb) -> arb:
    return _one() if u < v else _zero() if u >= v else _undecided(u, v)


def less_or_equal(u: arb, v: arb) -> arb:
    return _one() if u <= v else _zero() if u > v else _undecided(u, v)


def greater(u: arb, v: arb) -> arb:
    return less(v, u)


def greater_or_equal(u: arb, v: arb) -> arb:
    return less_or_equal(v, u)


def equal(u: arb, v: arb) -> arb:
    return _one() if u == v else _undecided(u, v) if u.overlaps(v) else _zero()


def unequal(u: arb, v: arb) -> arb:
    return 1 - equal(u, v)


def both(u: arb, v: arb) -> arb:
    return u.min(v)


def either(u: arb, v: arb) -> arb:
    return u.max(v)


def opposite(u: arb) -> arb:
    return 1 - u


def choose(condition: arb, a: arb, b: arb) -> arb:
    """The branch that holds, or the hull of both where that is open."""
    if condition == 1:
        return a
    if condition == 0:
        return b
    return a.union(b) if condition.is_finite() else condition
