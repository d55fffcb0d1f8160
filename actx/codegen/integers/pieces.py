"""A table of pieces in fixed point as expressions, which C, C++ and Verilog write alike.

Names in them: q, the input; i, its piece; d, how far q is on from where that begins; y, first the
last entry, then the output.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from actx.codegen.integers.steps import meant
from actx.codegen.lookups import filled
from actx.codegen.task import wrapped
from actx.core.numbers import outward
from actx.core.version import __version__
from actx.precision.lookup.fixed import FixedTable


@dataclass(frozen=True)
class Pieces:
    """A table in fixed point that is to be written as code, and what it is called there."""

    name: str
    table: FixedTable

    @cached_property
    def bits(self) -> int:
        """How many bits all that is computed has at most, with its sign."""
        return self.table.bits

    @property
    def place(self) -> str:
        """What the shift leaves of an input: its piece, or where that stands."""
        lowest = self.table.input.lowest
        above = f"q + {-lowest}" if lowest else "q"
        return f"({above}) >> {self.table.shift}" if self.table.shift else above

    @property
    def top(self) -> int:
        """The largest power of two that halving begins with."""
        return 1 << (len(self.table.starts) - 1).bit_length() >> 1

    @cached_property
    def clamped(self) -> bool:
        """Whether what comes out may lie beyond the output's integers."""
        out, lift = self.table.output, self.table.guard
        most = max(sum(map(abs, row)) + len(row) for row in self.table.rows)
        return most >> lift > min(out.highest, -out.lowest - 1)

    def steps(self, entry: str, shift: str = ">>") -> list[str]:
        """What y is in turn. entry: how the entry of a {power} is written."""
        table = self.table
        found = [entry.format(power=table.degree)]
        for power in range(table.degree - 1, -1, -1):
            found.append(f"(y * d {shift} {table.width}) + {entry.format(power=power)}")
        return [*found, f"y {shift} {table.guard}"]

    def column(self, power: int) -> list[int]:
        """The entries of a power."""
        return [row[power] for row in self.table.rows]

    @staticmethod
    def lines(values: list[int] | tuple[int, ...]) -> str:
        """Numbers as lines of an array."""
        return filled(values, "{}".format)

    def header(self, *more: str) -> list[str]:
        """Lines at the head of the code, without comment signs."""
        table, reached = self.table, self.table.reached
        formula, name = table.formula, table.name
        same = formula.replace(" ", "") == name.replace(" ", "")
        x, y = (meant(each, of) for each, of in (("q", table.input), ("y", table.output)))
        all_of_them = table.inputs == table.input.integers.size
        which = "all" if all_of_them else "the"
        where = "" if all_of_them else f" from q = {table.counted[0]} to {table.counted[1]}"
        real = outward((table.real, table.real))[1]
        sure = "at most" if table.real_proven else "about"
        lines = [
            formula if same else f"{name}: {formula}",
            f"By {table.kind}, in fixed point: {table.lookup}.",
            f"An input q, {x}; an output y, {y}.",
            f"Max error over {which} {table.inputs} inputs{where}: at most "
            f"{outward(reached.error)[1]} (proven), {outward(reached.places)[1]} last places, at q "
            f"= {reached.q}; in numbers that are not rounded {sure} {real}.",
            *more,
            f"Written by actx {__version__}.",
        ]
        return wrapped(lines)
