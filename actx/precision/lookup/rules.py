"""How a chip finds entries by an input and what it makes of them, with integers only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from actx.core.errors import UsageError
from actx.precision.lookup.formats import IntegerFormat, Integers


class Rounding(StrEnum):
    """How bits are dropped: the first two and the last to nearest, and what becomes of a tie."""

    NEAREST_EVEN = "nearest-even"
    HALF_UP = "half-up"
    TRUNCATE = "truncate"  # an arithmetic right shift: downwards
    HALF_AWAY = "half-away"  # from 0


def rounding(text: str) -> Rounding:
    """Read a rounding. Raises UsageError."""
    if text not in list(Rounding):
        raise UsageError(
            f"The rounding of a table is {', '.join(Rounding)}; it cannot be {text[:40]!r}."
        )
    return Rounding(text)


def shifted(values: Integers, bits: int, how: Rounding) -> Integers:
    """Integers divided by 2^bits, rounded by adds and arithmetic right shifts, as in hardware."""
    if bits == 0:
        return values
    half = np.int64(1) << (bits - 1)
    if how is Rounding.TRUNCATE:
        return values >> bits
    if how is Rounding.HALF_UP:
        return (values + half) >> bits
    if how is Rounding.NEAREST_EVEN:
        return (values + (half - 1) + ((values >> bits) & 1)) >> bits
    return (values + half - (values < 0)) >> bits


@dataclass(frozen=True)
class Rule:
    """Which entries an input finds, and what is made of them.

    Of each input: `index` of its entry, and `fraction`, how far it is on to the next one, in
    2^-fraction_bits (0 to 2^fraction_bits). An output is (2^F·e[i] + (e[i+1] - e[i])·fraction)
    / 2^drop, rounded, and clamped to the output format. entries: the integers they may be.
    count: how many there are. Without fraction bits the entry itself is the output.
    """

    input: IntegerFormat
    output: IntegerFormat
    entries: IntegerFormat
    count: int
    index: Integers
    fraction: Integers
    fraction_bits: int = 0
    drop: int = 0
    rounding: Rounding = Rounding.HALF_UP

    def outputs(self, table: Integers) -> Integers:
        """What comes out for every input."""
        base = table[self.index]
        if self.fraction_bits:
            # index + 1 is the last entry at most; an input at the very end has fraction 2^F.
            return self.made(base, table[np.minimum(self.index + 1, self.count - 1)])
        return np.clip(base, self.output.lowest, self.output.highest)

    def made(self, base: Integers, following: Integers) -> Integers:
        """Outputs by the two entries of every input."""
        wide = (base << self.fraction_bits) + (following - base) * self.fraction
        return np.clip(
            shifted(wide, self.drop, self.rounding), self.output.lowest, self.output.highest
        )

    @property
    def kept(self) -> int:
        """How many bits more than an entry an output has."""
        return self.fraction_bits - self.drop


def direct(given: IntegerFormat, output: IntegerFormat) -> Rule:
    """One entry an input."""
    index = given.integers - given.lowest
    return Rule(given, output, output, index.size, index, np.zeros_like(index))


def interpolated(given: IntegerFormat, output: IntegerFormat, segments: int, how: Rounding) -> Rule:
    """Lines between segments + 1 entries: top bits of the input find them, the rest interpolate.

    segments: a power of two. Raises UsageError where there are more of them than inputs.
    """
    if segments < 1 or segments & (segments - 1):
        raise UsageError(
            f"A table that is found by the top bits of its input has 1, 2, 4, 8 … segments, not "
            f"{segments}."
        )
    bits = given.bits - (segments.bit_length() - 1)
    if bits < 1:
        raise UsageError(
            f"{segments} segments are more than {given.name} has inputs for: of "
            f"{2**given.bits} inputs at least 2 belong to a segment."
        )
    above = given.integers - given.lowest
    return Rule(
        given, output, output, segments + 1,
        above >> bits, above & ((1 << bits) - 1), bits, bits, how,
    )  # fmt: skip


def with_outputs(rule: Rule, bits: int) -> Rule:
    """The same rule, some bits of the fraction being kept in the output."""
    return replace(rule, drop=rule.drop - bits)
