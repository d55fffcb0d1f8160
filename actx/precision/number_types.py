"""The floating-point types of inference engines: their values, and rounding to them.

A type is given by IEEE 754's numbers: the precision p (significand bits with the leading one) and
the exponents emin and emax of the normal numbers. Everything else follows from these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.core.errors import UsageError

Floats = NDArray[np.floating[Any]]
Doubles = NDArray[np.float64]

_FRACTION_BITS = 52  # of float64
_EXPONENT_FIELD = np.int64(0x7FF << _FRACTION_BITS)


@dataclass(frozen=True)
class NumberType:
    """One binary floating-point type.

    native: the NumPy type in which its values are held and NumPy's own + - * / and square root are
    rounded to it; None where they are held and computed in float64 and then rounded.
    """

    name: str
    bits: int
    precision: int
    emin: int
    emax: int
    native: type[np.floating[Any]] | None = None

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return float((2.0 - 2.0 ** (1 - self.precision)) * 2.0**self.emax)

    @property
    def quantum(self) -> float:
        """The smallest positive number, which is the distance of all subnormal numbers."""
        return float(2.0 ** (self.emin - self.precision + 1))

    @property
    def patterns(self) -> int:
        """How many finite numbers there are of one sign, 0 included."""
        return (self.emax - self.emin + 2) << (self.precision - 1)

    def magnitudes(self, patterns: NDArray[np.integer[Any]]) -> Floats:
        """The numbers of positive sign by their bit patterns, which are in order of size."""
        if self.native is not None:
            return patterns.astype(np.uint32).view(self.native)
        fraction = patterns & ((1 << (self.precision - 1)) - 1)
        field = patterns >> (self.precision - 1)
        normal = field > 0
        whole = fraction + (normal.astype(np.int64) << (self.precision - 1))
        scaled: Floats = np.ldexp(whole.astype(np.float64), np.maximum(field, 1) - 1)
        return scaled * self.quantum

    def pattern(self, magnitude: float) -> int:
        """The bit pattern of the largest number that is at most a given one (0 or more)."""
        lo, hi = 0, self.patterns - 1
        while lo < hi:
            middle = (lo + hi + 1) // 2
            if float(self.magnitudes(np.array([middle]))[0]) <= magnitude:
                lo = middle
            else:
                hi = middle - 1
        return lo

    def round(self, values: Any) -> Floats:
        """float64 numbers to the nearest of the type, ties to even; beyond `largest` is infinite.

        They come back in the native type, or in float64 where there is none.
        """
        if self.native is not None:
            with np.errstate(over="ignore"):
                return np.asarray(values, dtype=self.native)
        array = np.asarray(values, dtype=np.float64)
        dropped = np.int64(_FRACTION_BITS + 1 - self.precision)
        bits = array.view(np.int64)
        odd = (bits >> dropped) & 1
        nearest = (bits + ((np.int64(1) << (dropped - 1)) - 1) + odd) & -(np.int64(1) << dropped)
        rounded = nearest.view(np.float64)
        # Adding and taking away a number whose own distance is the quantum rounds to multiples.
        shift = 1.5 * 2.0**_FRACTION_BITS * self.quantum
        size = np.abs(array)
        small = np.copysign((size + shift) - shift, array)
        rounded = np.where(size < 2.0**self.emin, small, rounded)
        rounded = np.where(np.abs(rounded) > self.largest, np.copysign(np.inf, array), rounded)
        return np.where(np.isnan(array), np.nan, rounded)

    def ulp(self, values: Doubles) -> Doubles:
        """The distance of neighbouring numbers of the type at each (finite, float64) value."""
        power = (np.asarray(values).view(np.int64) & _EXPONENT_FIELD).view(np.float64)
        return np.maximum(power * 2.0 ** (1 - self.precision), self.quantum)


NUMBER_TYPES: Mapping[str, NumberType] = {
    each.name: each
    for each in (
        NumberType("float16", 16, 11, -14, 15),
        NumberType("bfloat16", 16, 8, -126, 127),
        NumberType("float32", 32, 24, -126, 127, np.float32),
    )
}
QUANTISED = "int8"


def number_type(name: str) -> NumberType:
    """The floating-point type of that name. Raises UsageError."""
    found = NUMBER_TYPES.get(name)
    if found is None:
        known = ", ".join([*NUMBER_TYPES, QUANTISED])
        raise UsageError(f"There is no number type {name!r} here; there are {known}.")
    return found
