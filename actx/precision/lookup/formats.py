"""Integer formats: which real numbers the integers of a chip stand for."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from actx.core.errors import UsageError
from actx.language.tokens import suggestion
from actx.precision.number_types import Doubles

Integers = NDArray[np.int64]

MOST_INPUT_BITS = 16  # every input is evaluated
MOST_BITS = 32
_SMALLEST, _LARGEST = 1e-100, 1e100  # of a scale: numbers and their squares are far from the ends

_INTEGER = re.compile(r"(?P<sign>u?)int(?P<bits>8|16)(?::(?P<rest>.*))?\Z")
FIXED = re.compile(r"q(?P<whole>[0-9]{1,4})\.(?P<fraction>[0-9]{1,4})\Z")
_EXPECTED = (
    "An integer format is int8:SCALE,ZERO (or uint8, int16, uint16), as in int8:0.05,0 for "
    "0.05·(q - 0), or fixed point such as q4.11: a sign, 4 bits before the point and 11 after it."
)


@dataclass(frozen=True)
class IntegerFormat:
    """Integers q from lowest to highest, each of which stands for scale·(q - zero).

    name: the type, as in int8 or q4.11. scale: the decimal that denotes it, or a power of two, is
    meant (`exact`).
    """

    name: str
    bits: int
    lowest: int
    highest: int
    scale: float
    zero: int = 0

    @cached_property
    def exact(self) -> Fraction:
        """The scale as the number that is meant: 1/20 for 0.05."""
        if self.scale == math.ldexp(0.5, math.frexp(self.scale)[1]):
            return Fraction(self.scale)
        return Fraction(repr(self.scale))

    def value(self, q: int) -> Fraction:
        """What an integer stands for."""
        return self.exact * (q - self.zero)

    @property
    def integers(self) -> Integers:
        """All of them, upwards."""
        return np.arange(self.lowest, self.highest + 1, dtype=np.int64)

    @property
    def numbers(self) -> Doubles:
        """What they stand for, in float64: off by one rounding or two."""
        return (self.integers - self.zero).astype(np.float64) * self.scale

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest number that there is."""
        return float(self.value(self.lowest)), float(self.value(self.highest))

    @property
    def spec(self) -> str:
        """The format as text that is read as it."""
        fixed = self.name.startswith("q")
        return self.name if fixed else f"{self.name}:{self.scale!r},{self.zero}"


def is_fixed_point(dtype: str) -> bool:
    """Whether a number type is one of fixed point, such as q3.12."""
    return FIXED.match(dtype.strip().lower()) is not None


def integer_format(text: str, most_bits: int = MOST_BITS) -> IntegerFormat:
    """Read a format. Raises UsageError.

    `qI.F` is two's complement with a sign, I bits before and F after the point, 1 + I + F in all
    (Texas Instruments' convention, as in `actx.fitting.rounding.grid`). Without `,ZERO` the zero
    point is 0.
    """
    spec = text.strip().lower()
    fixed, integer = FIXED.match(spec), _INTEGER.match(spec)
    if fixed is not None:
        return _fixed(int(fixed["whole"]), int(fixed["fraction"]), most_bits)
    if integer is not None and integer["rest"]:
        scale, _, zero = integer["rest"].partition(",")
        name = spec.partition(":")[0]
        return scaled(name, _scale(scale, text), _zero(zero, text))
    name = spec.partition(":")[0]
    if integer is not None:
        raise UsageError(f"The format {text[:60]!r} has no scale. {_EXPECTED}")
    near = suggestion(name, ["int8", "uint8", "int16", "uint16"])
    raise UsageError(f"The integer format {text[:60]!r} is not known. {_EXPECTED}{near}")


def input_format(text: str) -> IntegerFormat:
    """The same of an input, each of which is evaluated. Raises UsageError for one of many bits."""
    found = integer_format(text)
    if found.bits > MOST_INPUT_BITS:
        fixed = FIXED.match(found.name)
        other = ""
        if fixed is not None and found.bits == MOST_INPUT_BITS + 1 and int(fixed["whole"]):
            other = (
                f" Where the {fixed['whole']} counts the sign, as in Arm's convention, it is "
                f"q{int(fixed['whole']) - 1}.{fixed['fraction']} here."
            )
        raise UsageError(
            f"The input {found.name} has {found.bits} bits with its sign; every input is "
            f"evaluated, so it has at most {MOST_INPUT_BITS}.{other}"
        )
    return found


def scaled(name: str, scale: float, zero: int = 0) -> IntegerFormat:
    """int8, uint8, int16 or uint16 with a scale and a zero point. Raises UsageError."""
    bits = int(name.removeprefix("u").removeprefix("int"))
    lowest = 0 if name.startswith("u") else -(2 ** (bits - 1))
    highest = lowest + 2**bits - 1
    if not 0 < scale < math.inf:
        raise UsageError(f"The scale of {name} is a number above 0, not {scale:g}.")
    if not _SMALLEST <= scale <= _LARGEST:
        raise UsageError(
            f"The scale {scale:g} of {name} is none that a chip has; it lies between "
            f"{_SMALLEST:g} and {_LARGEST:g}."
        )
    if not lowest <= zero <= highest:
        raise UsageError(
            f"The zero point {zero} is none of the integers of {name}, {lowest} to {highest}."
        )
    return IntegerFormat(name, bits, lowest, highest, scale, zero)


def covering(name: str, lo: float, hi: float) -> IntegerFormat:
    """The format of a type whose numbers reach over lo:hi, 0 being one of them.

    Of a signed type of 16 bits the zero point is 0, as formats of chips ask for; of others it is
    where 0 lies in the range. Raises UsageError for a range that is none.
    """
    if not lo < hi or not math.isfinite(hi - lo):
        raise UsageError(f"A range {lo:g}:{hi:g} is none; two finite ends are meant, as in -8:8.")
    lo, hi = min(lo, 0.0), max(hi, 0.0)
    if name == "int16":
        return scaled(name, max(-lo / 2**15, hi / (2**15 - 1)))
    plain = scaled(name, 1.0)
    scale = (hi - lo) / (plain.highest - plain.lowest)
    return scaled(
        name, scale, min(max(round(plain.lowest - lo / scale), plain.lowest), plain.highest)
    )


def _fixed(whole: int, fraction: int, most_bits: int) -> IntegerFormat:
    bits = 1 + whole + fraction
    if not 2 <= bits <= most_bits:
        raise UsageError(
            f"q{whole}.{fraction} has {bits} bits with its sign; a number has 2 to {most_bits}."
        )
    half = 2 ** (bits - 1)
    return IntegerFormat(f"q{whole}.{fraction}", bits, -half, half - 1, 2.0**-fraction)


def _scale(text: str, whole: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(
            f"The scale {text[:40]!r} of {whole[:60]!r} is no number. {_EXPECTED}"
        ) from None


def _zero(text: str, whole: str) -> int:
    if not text.strip():
        return 0
    if not re.fullmatch(r"\s*[+-]?[0-9]{1,6}\s*", text):
        raise UsageError(
            f"The zero point {text[:40]!r} of {whole[:60]!r} is no integer. {_EXPECTED}"
        )
    return int(text)
