"""Taylor expansions about 0 that series are put into."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from actx.arithmetic.coefficients import Number, Undetermined, absolute, plus, quotient, tidy, times


@dataclass(frozen=True)
class Expansion:
    """The coefficients a_0, a_1, ... of a power series in something small.

    rest: given k and a_k, a number A with |a_k z^k + a_(k+1) z^(k+1) + ...| <= A |z|^k whenever
    |z| <= 1/2.
    """

    coefficients: Iterator[Number]
    rest: Callable[[int, Number], Number]


def binomial(r: Number) -> Expansion:
    """(1 + u)^r."""

    def coefficients() -> Iterator[Number]:
        value: Number = 1
        k = 0
        while True:
            yield value
            value = quotient(times(value, plus(r, -k)), k + 1)
            k += 1

    def rest(k: int, a: Number) -> Number:
        size = absolute(r)
        if not size <= k:
            raise Undetermined("a high power needs more terms")
        # from j = k on |a_(j+1)/a_j| = |j - r|/(j + 1) is at most 1, or (k + |r|)/(k + 1) < 2
        ratio = 1 if r >= 0 or size <= 1 else quotient(plus(size, k), k + 1)
        return quotient(times(2, absolute(a)), plus(2, -ratio))

    return Expansion(coefficients(), rest)


def exponential() -> Expansion:
    """exp(u)."""

    def coefficients() -> Iterator[Number]:
        factorial, k = 1, 0
        while True:
            yield Fraction(1, factorial) if k > 1 else 1
            k += 1
            factorial *= k

    return Expansion(coefficients(), lambda k, _: Fraction(2, math.factorial(k)))


def logarithm() -> Expansion:
    """log(1 + u)."""

    def coefficients() -> Iterator[Number]:
        yield 0
        yield 1
        k = 2
        while True:
            yield Fraction((-1) ** (k + 1), k)
            k += 1

    return Expansion(coefficients(), lambda k, _: Fraction(2, k))


def atan_at_zero() -> Expansion:
    """atan(z) = z - z³/3 + ..."""

    def coefficients() -> Iterator[Number]:
        k = 0
        while True:
            yield (Fraction((-1) ** (k // 2), k) if k > 1 else 1) if k % 2 else 0
            k += 1

    return Expansion(coefficients(), lambda k, _: Fraction(2, k))


def circular(values: Sequence[Number], quarter: int) -> Iterator[Number]:
    """Coefficients of sin or cos about a point, out of its values there in turn."""
    factor, k = Fraction(1), 0
    while True:
        yield times(factor, values[(k + quarter) % 4])
        k += 1
        factor /= k


def erfc_at_infinity() -> Expansion:
    """Alternating and divergent; the rest is below the first term left out (DLMF 7.12)."""

    def coefficients() -> Iterator[Number]:
        value, k = Fraction(1), 0
        while True:
            yield tidy(value)
            value *= Fraction(-(2 * k + 1), 2)
            k += 1

    return Expansion(coefficients(), lambda _, a: absolute(a))
