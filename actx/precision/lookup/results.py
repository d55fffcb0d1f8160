"""What a table of integers tells of itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from actx.analysis.results import DataErrors
from actx.core.domain import Interval
from actx.core.views import Pictured
from actx.precision.lookup.formats import IntegerFormat, Integers
from actx.precision.lookup.rules import Rounding, Rule, Stretch


@dataclass(frozen=True)
class Reached:
    """A table's outputs over every input against the function.

    error, places: bounds of the largest error, as a number and in last places of the output. q, x:
    the input where it is; y: the output there. rounded: how many outputs are the correctly rounded
    values. monotone: whether outputs rise or fall where the function does over all inputs; None
    where it does neither. zero: whether f(0) = 0 is kept, None where that is not so or 0 no input.
    sign: whether no output has the sign that its value does not.
    """

    error: Interval
    places: Interval
    q: int
    x: float
    y: float
    rounded: int
    monotone: bool | None
    zero: bool | None
    sign: bool


@dataclass(frozen=True)
class IntegerTable(Pictured):
    """A table of integers for a formula, and what comes out for every input.

    name: of what it is for, whose formula is `formula`. like: the format that is followed, "" for
    none. lookup: how entries are found and what is made of them, in words; stretches,
    fraction_bits, drop and rounding say it as `Rule` has it. inputs: how many there are. reached:
    by the entries in `integers`. best: whether no entries do better under that lookup, which is
    proven; else they were searched. bound: what no entries do better than, proven; 0 where nothing
    is. published: what the entries do that the format's own rules give, which are
    `published_integers`; None without one.
    """

    name: str
    formula: str
    like: str
    input: IntegerFormat
    output: IntegerFormat
    entries: IntegerFormat
    lookup: str
    stretches: tuple[Stretch, ...]
    fraction_bits: int
    drop: int
    rounding: Rounding
    inputs: int
    reached: Reached
    best: bool
    bound: float
    published: Reached | None
    integers: tuple[int, ...]
    published_integers: tuple[int, ...] | None
    notes: tuple[str, ...] = ()
    data: DataErrors | None = None

    @property
    def rule(self) -> Rule:
        """What makes an output of an input."""
        return Rule(
            self.input, self.output, self.entries, len(self.integers), self.stretches,
            self.fraction_bits, self.drop, self.rounding,
        )  # fmt: skip

    @property
    def outputs(self) -> Integers:
        """What comes out for every input, from the lowest on."""
        return self.rule.outputs(np.array(self.integers, dtype=np.int64))
