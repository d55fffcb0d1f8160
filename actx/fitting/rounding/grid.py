"""Coefficients that a person likes to write or a chip can hold: grids of representable numbers.

Every grid is given by a numbering of its values in their order, so that finding the nearest value,
the next one and those of an interval is written once. All values are exact (`Fraction`).
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from actx.core.errors import UsageError
from actx.language.tokens import suggestion
from actx.precision.lookup.formats import FIXED
from actx.precision.number_types import NUMBER_TYPES, NumberType

MOST_DECIMALS = 15
MOST_BITS = 52  # of a fraction, or of a fixed-point number without its sign: float64 holds these

_SPEC = re.compile(r"(?:(?P<kind>decimal|dyadic):(?P<digits>[0-9]{1,4}))\Z")
_EXPECTED = (
    "Coefficients are rounded to one of decimal:2 (2 decimals), dyadic:8 (multiples of 1/2^8), "
    f"{', '.join(NUMBER_TYPES)}, or q3.12 (fixed point: a sign, 3 bits before the point and 12 "
    "after it)."
)


@dataclass(frozen=True)
class Grid(ABC):
    """The numbers that a coefficient may have.

    spec: the text it is read from. words: the same for a table, after "rounded to". The values are
    numbered upwards by integers, 0 has the number 0, and `lowest` and `highest` are the first and
    the last number, None where there is no end.
    """

    spec: str
    words: str
    lowest: int | None
    highest: int | None

    @abstractmethod
    def value(self, index: int) -> Fraction:
        """The value of that number, which lies between lowest and highest."""

    @abstractmethod
    def _floor(self, v: Fraction) -> int:
        """The number of the largest value that is at most v; any beyond the ends if v is there."""

    def text(self, value: Fraction) -> str:
        """A value as formula text, which float64 reads as exactly this number if it holds it."""
        return repr(float(value)).removesuffix(".0")

    def nearest(self, v: float | Fraction) -> Fraction:
        """The value nearest to v, of two equally near that with an even number.

        Beyond the ends of the grid it is the last value there, not an infinity.
        """
        exact = Fraction(v)
        below = self._floor(exact)
        under, over = (self.value(self._kept(i)) for i in (below, below + 1))
        if exact - under == over - exact:
            return under if below % 2 == 0 else over
        return under if exact - under < over - exact else over

    def upward(
        self, v: float | Fraction, lo: float = -math.inf, hi: float = math.inf
    ) -> Iterator[Fraction]:
        """The values that are at least v and lie in [lo, hi], the smallest first.

        Of a value its float64 number is to lie in [lo, hi], since an end written 0.1 is one.
        """
        least = Fraction(v)
        index = self._floor(least if lo == -math.inf else max(least, Fraction(lo)))
        if self.lowest is not None:
            index = max(index, self.lowest)
        while self.highest is None or index <= self.highest:
            value = self.value(index)
            if float(value) > hi:
                return
            if value >= least and float(value) >= lo:
                yield value
            index += 1

    def downward(
        self, v: float | Fraction, lo: float = -math.inf, hi: float = math.inf
    ) -> Iterator[Fraction]:
        """The values that are at most v and lie in [lo, hi], the largest first; cf. `upward`."""
        most = Fraction(v)
        index = self._floor(most if hi == math.inf else min(most, Fraction(hi))) + 1
        if self.highest is not None:
            index = min(index, self.highest)
        while self.lowest is None or index >= self.lowest:
            value = self.value(index)
            if float(value) < lo:
                return
            if value <= most and float(value) <= hi:
                yield value
            index -= 1

    def outward(
        self, v: float | Fraction, lo: float = -math.inf, hi: float = math.inf
    ) -> Iterator[Fraction]:
        """The values in [lo, hi] in the order of their distance from v; of a tie the lower first.

        There is no end to them where grid and interval have none.
        """
        exact = Fraction(v)
        above = (u for u in self.upward(exact, lo, hi) if u != exact)
        below = self.downward(exact, lo, hi)
        over, under = next(above, None), next(below, None)
        while over is not None or under is not None:
            if over is None or (under is not None and exact - under <= over - exact):
                assert under is not None
                yield under
                under = next(below, None)
            else:
                yield over
                over = next(above, None)

    def within(self, lo: float, hi: float) -> Iterator[Fraction]:
        """The values in [lo, hi] upwards. Raises ValueError where there is no first one."""
        if lo > -math.inf:
            index = self._floor(Fraction(lo))
        elif self.lowest is not None:
            index = self.lowest
        else:
            raise ValueError("values without a first one cannot be given upwards")
        return self.upward(self.value(self._kept(index)), lo, hi)

    def _kept(self, index: int) -> int:
        if self.lowest is not None:
            index = max(index, self.lowest)
        return index if self.highest is None else min(index, self.highest)


@dataclass(frozen=True)
class _Multiples(Grid):
    """The multiples of a step."""

    step: Fraction

    def value(self, index: int) -> Fraction:
        return index * self.step

    def _floor(self, v: Fraction) -> int:
        return math.floor(v / self.step)


class _Decimals(_Multiples):
    """The multiples of a power of ten, written as decimals whatever their size."""

    def text(self, value: Fraction) -> str:
        places = len(str(self.step.denominator)) - 1
        digits = str(abs(int(value / self.step))).rjust(places + 1, "0")
        whole, fraction = digits[: len(digits) - places], digits[len(digits) - places :]
        sign = "-" if value < 0 else ""
        return sign + whole + f".{fraction}".rstrip("0").rstrip(".")


class _Dyadic(_Multiples):
    """The multiples of a power of two, written as fractions."""

    def text(self, value: Fraction) -> str:
        return str(value)  # 321/256


@dataclass(frozen=True)
class _Floating(Grid):
    """The finite numbers of a floating-point type, numbered by their bit patterns."""

    type: NumberType

    def value(self, index: int) -> Fraction:
        size = Fraction(float(self.type.magnitudes(np.array([abs(index)]))[0]))
        return -size if index < 0 else size

    def _floor(self, v: Fraction) -> int:
        size = abs(v)
        if size > Fraction(self.type.largest):
            return self.type.patterns - 1 if v > 0 else -self.type.patterns
        index = self.type.pattern(float(size))
        while self.value(index) > size:  # float() may have rounded it up, onto the next number
            index -= 1
        if v >= 0:
            return index
        return -index if self.value(index) == size else -index - 1


def grid(text: str) -> Grid:
    """Read which numbers a coefficient may have.

    `decimal:N` numbers with N decimals; `dyadic:N` multiples of 2^-N; `float16`, `bfloat16` and
    `float32` the finite numbers of that type; `qI.F` fixed point in two's complement with a sign
    bit, I bits before the point and F after it: 1 + I + F bits in all, for the multiples of 2^-F
    from -2^I to 2^I - 2^-F (Texas Instruments' convention; where the I of another counts the sign
    bit, as Arm's does, it is one more for the same numbers). Raises UsageError.
    """
    spec = text.strip().lower()
    stepped, fixed = _SPEC.match(spec), FIXED.match(spec)
    if spec in NUMBER_TYPES:
        return _floating(NUMBER_TYPES[spec])
    if stepped is not None:
        digits = int(stepped["digits"])
        return _decimals(digits) if stepped["kind"] == "decimal" else _dyadic(digits)
    if fixed is not None:
        return _fixed(int(fixed["whole"]), int(fixed["fraction"]))
    name = spec.partition(":")[0]
    if name in ("decimal", "dyadic"):
        raise UsageError(
            f"In the rounding {text[:60]!r} the number of digits is missing or unreadable; it "
            f"follows a colon, as in {name}:{2 if name == 'decimal' else 8}."
        )
    near = suggestion(name, ["decimal", "dyadic", *NUMBER_TYPES])
    raise UsageError(f"The rounding {text[:60]!r} is not known. {_EXPECTED}{near}")


def _decimals(digits: int) -> Grid:
    if digits > MOST_DECIMALS:
        raise UsageError(
            f"decimal:{digits} asks for more than {MOST_DECIMALS} decimals; there a float64 number "
            "has its own end, and nothing is rounded."
        )
    words = f"{digits} decimals" if digits > 1 else ("1 decimal" if digits else "whole numbers")
    return _Decimals(f"decimal:{digits}", words, None, None, Fraction(1, 10**digits))


def _dyadic(digits: int) -> Grid:
    if digits > MOST_BITS:
        raise UsageError(
            f"dyadic:{digits} asks for more than {MOST_BITS} binary digits after the point; "
            "float64 numbers near 1 have no more."
        )
    words = f"multiples of 1/{2**digits}" if digits else "whole numbers"
    return _Dyadic(f"dyadic:{digits}", words, None, None, Fraction(1, 2**digits))


def _fixed(whole: int, fraction: int) -> Grid:
    if not 1 <= whole + fraction <= MOST_BITS:
        raise UsageError(
            f"q{whole}.{fraction} has {whole + fraction} bits besides the sign; a fixed-point "
            f"number has 1 to {MOST_BITS} here, such as q3.12."
        )
    count = 2 ** (whole + fraction)
    step = Fraction(1, 2**fraction)
    words = f"q{whole}.{fraction}, {1 + whole + fraction} bits"
    return _Multiples(f"q{whole}.{fraction}", words, -count, count - 1, step)


def _floating(found: NumberType) -> Grid:
    last = found.patterns - 1
    return _Floating(found.name, found.name, -last, last, found)
