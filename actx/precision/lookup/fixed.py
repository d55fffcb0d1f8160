"""A piecewise polynomial as chips compute it: pieces of any width, in fixed point.

An input q is a whole number; the piece that begins at the input s is a polynomial in d = q - s, of
which every power of 2^B > d is divided out, so that all entries are in one place (guard bits below
the output's last one) and each step of Horner's rule drops B bits:

    y = e[n];  y = (y·d >> B) + e[n-1];  …  + e[0];  y >> guard, clamped

The pieces' polynomials are those of the table, exactly, about their first inputs; only then are
entries rounded. Half of the output's last place is in e[0], so that cutting off rounds half up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

import numpy as np

from actx.arithmetic.tables import Table
from actx.calculus.formula import Formula
from actx.core.domain import Domain, Ends
from actx.core.errors import UsageError
from actx.core.views import Pictured
from actx.language.tree import Node
from actx.precision.lookup.formats import (
    MOST_INPUT_BITS,
    IntegerFormat,
    Integers,
    input_format,
    integer_format,
)
from actx.precision.lookup.likes import values
from actx.precision.lookup.results import Reached
from actx.precision.lookup.study import reached_by
from actx.precision.lookup.truth import truth

GUARD = 4  # bits of entries below the output's last place
_BITS = 16  # of formats that are not given
_MOST_BITS = 62  # of what is computed, so that 64 hold it
_MOST_PLACES = 1024  # of the indices that a shift leads to; or some times the pieces
_TIMES = 4


@dataclass(frozen=True)
class FixedTable(Pictured):
    """A table of pieces in fixed point, and what comes out for every input.

    name: of what it is for, whose formula is `formula`. kind: of table, in words. starts: the
    first input of each piece; rows: its entries, by powers, multiples of 2^-guard of the output's
    last place. width: how many bits d has in pieces that are no constants. counted: the first and
    last input at which the error counts, and how many inputs these are is `inputs`. reached: over
    them. real: what the table is off by at most where no numbers are rounded; proven where
    real_proven.
    """

    derived: ClassVar[tuple[str, ...]] = ("lookup",)

    name: str
    formula: str
    kind: str
    domain: Ends
    input: IntegerFormat
    output: IntegerFormat
    starts: tuple[int, ...]
    rows: tuple[tuple[int, ...], ...]
    width: int
    guard: int
    counted: tuple[int, int]
    inputs: int
    reached: Reached
    real: float
    real_proven: bool
    notes: tuple[str, ...] = ()

    @cached_property
    def degree(self) -> int:
        """Of the pieces."""
        return len(self.rows[0]) - 1

    @cached_property
    def shift(self) -> int:
        """How many low bits of every start are 0, counted from the lowest input."""
        return _zeros(self.starts, self.input)

    @cached_property
    def places(self) -> tuple[int, ...] | None:
        """The piece of an input by what a shift leaves of it; None where pieces are searched."""
        count = 1 << max(self.input.bits - self.shift, 0)
        if count > max(_MOST_PLACES, _TIMES * len(self.starts)):
            return None
        firsts = self.input.lowest + (np.arange(count) << self.shift)
        found: list[int] = (np.searchsorted(self.starts, firsts, side="right") - 1).tolist()
        return tuple(found)

    @cached_property
    def direct(self) -> bool:
        """Whether what the shift leaves is the piece itself."""
        return self.places is not None and self.places == tuple(range(len(self.places)))

    @property
    def lookup(self) -> str:
        """How a piece is found, and what is made of it, in words."""
        found = "found by halving"
        if self.places is not None:
            found = f"found by the top {max(self.input.bits - self.shift, 0)} bits"
            found += "" if self.direct else " and a table of what these find"
        pieces = f"{len(self.starts)} pieces" if len(self.starts) > 1 else "1 piece"
        *others, last = map(str, self.entry_bits)
        sizes = f"{', '.join(others)} and {last}" if others else last
        return (
            f"{pieces}, {found}; entries of {sizes} bits, {self.guard} of them below the output's "
            "last place"
        )

    @cached_property
    def entry_bits(self) -> tuple[int, ...]:
        """How many bits the entries of each power have, with their sign."""
        columns = zip(*self.rows, strict=True)
        return tuple(max(_bits(entry) for entry in column) for column in columns)

    @cached_property
    def bits(self) -> int:
        """How many bits all that is computed has at most, with its sign."""
        return _computed(self.rows, self.width)

    @cached_property
    def outputs(self) -> Integers:
        """What comes out for every input, from the lowest on."""
        q, starts = self.input.integers, np.array(self.starts, dtype=np.int64)
        piece = np.searchsorted(starts, q, side="right") - 1
        d, entries = q - starts[piece], np.array(self.rows, dtype=np.int64)
        y = entries[piece, -1]
        for power in range(self.degree - 1, -1, -1):
            y = (y * d >> self.width) + entries[piece, power]
        made: Integers = np.clip(y >> self.guard, self.output.lowest, self.output.highest)
        return made


def fixed_table(
    of: Formula,
    exact: Table,
    kind: str,
    domain: Domain,
    open_ends: tuple[bool, bool],
    beyond: tuple[Node | None, Node | None],
    real: tuple[float, float, bool],
    input: str | None = None,
    output: str | None = None,
) -> FixedTable:
    """A table in fixed point.

    open_ends: on which sides of the domain nothing is said of the function. beyond: formulas that
    hold there and are no lines. real: how far the table is off at most on the domain and in all,
    and whether that is proven. input, output: formats such as "q3.12"; without them 16 bits, as
    many of them after the point as domain and values leave. Raises UsageError and AnalysisError.
    """
    given = _input(input, domain)
    first, last = _counted(given, domain, open_ends)
    _told_beyond(beyond, given, domain)
    counted = replace(given, lowest=first, highest=last)
    out = _output(output, of.bound, counted)
    starts, indices = _starts(exact, given, first, last)
    width = _width(exact, starts, indices, given)
    rows = [_row(exact, k, s, given, out, width) for s, k in zip(starts, indices, strict=True)]
    if _computed(rows, width) > _MOST_BITS:
        raise UsageError(
            f"The table is too steep, or too fine, for arithmetic in {_MOST_BITS} bits: from "
            f"{given.name} to {out.name} it takes {_computed(rows, width)}. Give formats with "
            "fewer bits."
        )
    known = truth(of.bound, counted, out)
    inside = domain.lo <= counted.ends[0] and counted.ends[1] <= domain.hi
    made = FixedTable(
        name=of.name, formula=of.text, kind=kind, domain=domain.ends, input=given, output=out,
        starts=starts, rows=tuple(rows), width=width, guard=GUARD, counted=(first, last),
        inputs=last - first + 1, reached=_NOTHING, real=real[0 if inside else 1],
        real_proven=real[2],
    )  # fmt: skip
    here = made.outputs[first - given.lowest : last - given.lowest + 1]
    return replace(made, reached=reached_by(known, here), notes=tuple(_notes(made, input, output)))


_NOTHING = Reached((0.0, 0.0), (0.0, 0.0), 0, 0.0, 0.0, 0, None, None, True)


def _notes(made: FixedTable, input: str | None, output: str | None) -> list[str]:
    found = []
    chosen = [
        f"{what} {of.name}"
        for what, of, asked in (("input", made.input, input), ("output", made.output, output))
        if asked is None
    ]
    if chosen:
        found.append(f"Chosen, as nothing else was asked for: {' and '.join(chosen)}.")
    if made.inputs < made.input.integers.size:
        found.append(
            f"The error counts at the inputs {made.counted[0]} to {made.counted[1]}: of the others "
            "the table says nothing."
        )
    return found


def _fixed(text: str) -> IntegerFormat:
    found = integer_format(text)
    if not found.name.startswith("q"):
        raise UsageError(
            f"Pieces with places of their own are computed in fixed point, such as q3.12; "
            f"{text[:60]!r} is none."
        )
    return found


def _whole(largest: float) -> int:
    """How many bits before the point a number needs that may be 1 more than all there are."""
    return max(0, math.ceil(math.log2(largest))) if largest > 0 else 0


def _input(text: str | None, domain: Domain) -> IntegerFormat:
    """The input's format. Raises UsageError for one that is too large, or of another domain."""
    if text is None:
        whole = _whole(max(abs(domain.lo), abs(domain.hi)))
        if whole >= _BITS:
            raise UsageError(
                f"{_BITS} bits do not reach over {domain}; say what the inputs are, as in q3.12."
            )
        return integer_format(f"q{whole}.{_BITS - 1 - whole}")
    _fixed(text)
    return input_format(text)


def _counted(given: IntegerFormat, domain: Domain, open_ends: tuple[bool, bool]) -> tuple[int, int]:
    """The first and last input at which the table says what the function is. Raises UsageError."""
    lo, hi = (Fraction(repr(end)) / given.exact for end in domain.ends)
    first = max(given.lowest, math.ceil(lo)) if open_ends[0] else given.lowest
    last = min(given.highest, math.floor(hi)) if open_ends[1] else given.highest
    if first >= last or hi <= given.lowest or lo >= given.highest:
        raise UsageError(f"The inputs of {given.name} do not lie on {domain}.")
    return first, last


def _told_beyond(
    beyond: tuple[Node | None, Node | None], given: IntegerFormat, domain: Domain
) -> None:
    """Raises UsageError where a formula holds at inputs, which hardware has no pieces for."""
    lo, hi = given.ends
    for tree, side, met in (
        (beyond[0], "left", lo < domain.lo), (beyond[1], "right", hi > domain.hi),
    ):  # fmt: skip
        if tree is not None and met:
            raise UsageError(
                f"The formula {side} of the table is no line, and fixed point has only pieces of "
                f"the table and lines. Give a domain that holds all inputs of {given.name}, or an "
                "end that is a constant or a line."
            )


def _output(text: str | None, tree: Node, counted: IntegerFormat) -> IntegerFormat:
    """The output's format, by the function's values where none is given."""
    if text is not None:
        return _fixed(text)
    whole = _whole(float(np.max(np.abs(values(tree, counted.numbers)))))
    if whole >= _BITS:
        raise UsageError(
            f"{_BITS} bits do not hold the values; say what the outputs are, as in q20.11."
        )
    return integer_format(f"q{whole}.{_BITS - 1 - whole}")


def _starts(
    exact: Table, given: IntegerFormat, first: int, last: int
) -> tuple[tuple[int, ...], list[int]]:
    """The first input of each row that has one, and which row it is. Raises UsageError."""
    places = [given.lowest, *(math.ceil(knot / given.exact) for knot in exact.knots)]
    ends = [*places[1:], given.highest + 1]
    inside = sum(first <= place <= last for place in places[1:-1])
    if inside > last - first:
        raise UsageError(
            f"{inside} pieces are more than {given.name} has inputs for: {last - first + 1} lie "
            "where the table is."
        )
    found = [
        (max(a, given.lowest), k)
        for k, (a, b) in enumerate(zip(places, ends, strict=True))
        if max(a, given.lowest) < min(b, given.highest + 1)
    ]
    return tuple(start for start, _ in found), [k for _, k in found]


def _row(
    exact: Table, k: int, start: int, given: IntegerFormat, out: IntegerFormat, width: int
) -> tuple[int, ...]:
    """The entries of a row about its first input."""
    about = exact.about(k, given.value(start))
    unit = out.exact / 2**GUARD
    step = given.exact * 2**width  # of x, where d is 2^width
    entries = [round(c * step**power / unit) for power, c in enumerate(about)]
    entries += [0] * (exact.degree + 1 - len(entries))
    entries[0] += 1 << GUARD >> 1
    return tuple(entries)


def _width(exact: Table, starts: tuple[int, ...], indices: list[int], given: IntegerFormat) -> int:
    """How many bits d has in the pieces that are no constants."""
    ends = [*starts[1:], given.highest + 1]
    longest = [
        b - a for a, b, k in zip(starts, ends, indices, strict=True) if len(exact.rows[k]) > 1
    ]
    return (max(longest, default=1) - 1).bit_length()


def _zeros(starts: tuple[int, ...], given: IntegerFormat) -> int:
    places = [start - given.lowest for start in starts]
    return min(((place & -place).bit_length() - 1 for place in places if place), default=given.bits)


def _bits(entry: int) -> int:
    return (entry if entry >= 0 else ~entry).bit_length() + 1


def _computed(rows: list[tuple[int, ...]] | tuple[tuple[int, ...], ...], width: int) -> int:
    largest = max(sum(map(abs, row)) + len(row) for row in rows)
    return max(largest.bit_length() + width, MOST_INPUT_BITS + 1) + 1
