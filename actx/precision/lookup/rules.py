"""How a chip finds entries by an input and what it makes of them, with integers only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

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
class Stretch:
    """Inputs that lie together and find their entries by one shift.

    last: the last of them; they begin after the stretch before. An input q finds the entry offset +
    ((q - start) >> shift), and is on to the next one by the bits that are shifted out.
    """

    last: int
    start: int
    shift: int
    offset: int


@dataclass(frozen=True)
class Rule:
    """Which entries an input finds, and what is made of them.

    stretches: of inputs, from the lowest on. Of each input they say `index` of its entry, and
    `fraction`, how far it is on to the next one, in 2^-fraction_bits (what is below is cut off). An
    output is (2^F·e[i] + (e[i+1] - e[i])·fraction) / 2^drop, rounded, and clamped to the output
    format. entries: the integers they may be. count: how many there are. Without fraction bits the
    entry itself is the output.
    """

    input: IntegerFormat
    output: IntegerFormat
    entries: IntegerFormat
    count: int
    stretches: tuple[Stretch, ...]
    fraction_bits: int = 0
    drop: int = 0
    rounding: Rounding = Rounding.HALF_UP

    @cached_property
    def index(self) -> Integers:
        """The entry of every input."""
        return self._places[0]

    @cached_property
    def fraction(self) -> Integers:
        """How far every input is on to the next entry."""
        return self._places[1]

    @cached_property
    def _places(self) -> tuple[Integers, Integers]:
        q = self.input.integers
        index, fraction = np.zeros_like(q), np.zeros_like(q)
        first = self.input.lowest
        for each in self.stretches:
            part = slice(first - self.input.lowest, each.last + 1 - self.input.lowest)
            above, first = q[part] - each.start, each.last + 1
            index[part] = each.offset + _moved(above, -each.shift)
            rest = above & ((1 << max(each.shift, 0)) - 1)
            fraction[part] = _moved(rest, self.fraction_bits - max(each.shift, 0))
        return index, fraction

    def outputs(self, table: Integers) -> Integers:
        """What comes out for every input."""
        base = table[self.index]
        if self.fraction_bits:
            # index + 1 is the last entry at most; what is beyond it has no fraction.
            return self.made(base, table[np.minimum(self.index + 1, self.count - 1)], self.fraction)
        return np.clip(base, self.output.lowest, self.output.highest)

    def made(self, base: Integers, following: Integers, fraction: Integers) -> Integers:
        """Outputs by the two entries of inputs."""
        wide = (base << self.fraction_bits) + (following - base) * fraction
        return np.clip(
            shifted(wide, self.drop, self.rounding), self.output.lowest, self.output.highest
        )

    @property
    def kept(self) -> int:
        """How many bits more than an entry an output has."""
        return self.fraction_bits - self.drop


def _moved(values: Integers, bits: int) -> Integers:
    """Shifted to the left, or for negative bits to the right."""
    return values << bits if bits >= 0 else values >> -bits


def direct(given: IntegerFormat, output: IntegerFormat) -> Rule:
    """One entry an input."""
    alone = Stretch(given.highest, given.lowest, 0, 0)
    return Rule(given, output, output, 2**given.bits, (alone,))


def interpolated(
    given: IntegerFormat,
    output: IntegerFormat,
    segments: int,
    how: Rounding,
    fraction_bits: int | None = None,
) -> Rule:
    """Lines between segments + 1 entries: top bits of the input find them, the rest interpolate.

    segments: a power of two. fraction_bits: how many of the rest, from the top; None for all.
    Raises UsageError where there are more segments than inputs, or fewer bits than are asked for.
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
    kept = bits if fraction_bits is None else fraction_bits
    if not 1 <= kept <= bits:
        raise UsageError(
            f"Below the bits that find an entry {given.name} has {bits} with {segments} segments, "
            f"so that 1 to {bits} of them interpolate, not {kept}."
        )
    alone = Stretch(given.highest, given.lowest, bits, 0)
    return Rule(given, output, output, segments + 1, (alone,), kept, kept, how)


def with_outputs(rule: Rule, bits: int) -> Rule:
    """The same rule, some bits of the fraction being kept in the output."""
    return replace(rule, drop=rule.drop - bits)


def within(given: IntegerFormat, stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Those of stretches in rising order that hold inputs of a format, up to its highest one."""
    found: list[Stretch] = []
    reached = given.lowest - 1
    for each in stretches:
        last = min(each.last, given.highest)
        if last > reached:
            found.append(replace(each, last=last))
            reached = last
    return tuple(found)
