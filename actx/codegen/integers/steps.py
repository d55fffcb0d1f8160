"""A lookup by integers as expressions, which C, Python and Verilog write alike.

Names in them: q, the input; e and n, the entry that is found and the next one; t, how far the input
is on to that; line, what lies between them, in 2^-F of a last place; y, the output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from actx.codegen.lookups import filled
from actx.codegen.task import wrapped
from actx.core.numbers import number, outward
from actx.core.version import __version__
from actx.precision.lookup.formats import IntegerFormat
from actx.precision.lookup.results import IntegerTable
from actx.precision.lookup.rules import Rounding, Rule, Stretch


@dataclass(frozen=True)
class Lookup:
    """A table of integers that is to be written as code, and what it is called there."""

    name: str
    table: IntegerTable

    @cached_property
    def rule(self) -> Rule:
        return self.table.rule

    @property
    def between(self) -> bool:
        """Whether it interpolates."""
        return self.rule.fraction_bits > 0

    @cached_property
    def bits(self) -> int:
        """How many bits all that is computed has at most, with its sign."""
        rule = self.rule
        sizes = [abs(rule.entries.lowest), rule.entries.highest + 1]
        line = 2 * max(sizes) << rule.fraction_bits
        places = [rule.output.highest, -rule.output.lowest, *map(abs, self._above)]
        return max(line, *places).bit_length() + 2

    @cached_property
    def _above(self) -> list[int]:
        """The largest integers on the way to an index."""
        found, first = [], self.rule.input.lowest
        for each in self.rule.stretches:
            left = max(-each.shift, 0)
            found += [each.start, each.last, first - each.start << left]
            found += [each.last - each.start << left]
            first = each.last + 1
        return found

    @cached_property
    def clamped(self) -> bool:
        """Whether what comes out may lie beyond the output's integers."""
        rule, kept = self.rule, self.rule.kept
        lowest = rule.entries.lowest << kept if kept >= 0 else rule.entries.lowest >> -kept
        highest = rule.entries.highest << kept if kept >= 0 else rule.entries.highest >> -kept
        return not (rule.output.lowest <= lowest and highest <= rule.output.highest)

    def index(self, choose: str) -> str:
        """The entry of q. choose: how {first} is taken where q <= {last}, and else {rest}."""
        return _chosen(self._parts(_index), choose)

    def fraction(self, choose: str) -> str:
        """How far q is on to the next entry; otherwise as `index`."""
        bits = self.rule.fraction_bits
        return _chosen(self._parts(lambda each, _: _fraction(each, bits)), choose)

    def _parts(self, text: Callable[[Stretch, int], str]) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        first = self.rule.input.lowest
        for each in self.rule.stretches:
            written = text(each, first)
            if found and found[-1][1] == written:
                found.pop()
            found.append((each.last, written))
            first = each.last + 1
        return found

    @property
    def line(self) -> str:
        return f"e * {1 << self.rule.fraction_bits} + (n - e) * t"

    def dropped(self, shift: str = ">>") -> str:
        """The output by the line, not yet clamped; shift: to the right, arithmetically."""
        drop, how = self.rule.drop, self.rule.rounding
        half = 1 << drop >> 1
        if not drop:
            return "line"
        if how is Rounding.TRUNCATE:
            return f"line {shift} {drop}"
        if how is Rounding.HALF_UP:
            return f"(line + {half}) {shift} {drop}"
        if how is Rounding.NEAREST_EVEN:
            return f"(line + {half - 1} + ((line {shift} {drop}) & 1)) {shift} {drop}"
        return f"(line + {half} - (line < 0)) {shift} {drop}"

    def entries(self, literal: str = "{}") -> str:
        """The entries as lines of an array."""
        return filled(self.table.integers, literal.format)

    def header(self, *more: str) -> list[str]:
        """Lines at the head of the code, without comment signs."""
        table, reached = self.table, self.table.reached
        formula, name = table.formula, table.name
        same = formula.replace(" ", "") == name.replace(" ", "")
        like = f", like {table.like}" if table.like else ""
        x, y = (meant(each, of) for each, of in (("q", table.input), ("y", table.output)))
        lines = [
            formula if same else f"{name}: {formula}",
            f"Looked up{like}: {table.lookup}.",
            f"An input q, {x}; an output y, {y}.",
            f"Max error over all {table.inputs} inputs: at most {outward(reached.error)[1]} "
            f"(proven), {outward(reached.places)[1]} last places, at q = {reached.q}.",
            *more,
            f"Written by actx {__version__}.",
        ]
        return wrapped(lines)


def _chosen(parts: Iterable[tuple[int, str]], choose: str) -> str:
    """One expression of those that hold up to inputs."""
    *before, (_, text) = parts
    for last, first in reversed(before):
        text = choose.format(last=last, first=first, rest=text)
    return text


def _index(each: Stretch, first: int) -> str:
    above = _plus("q", -each.start)
    if first - each.start >> max(each.shift, 0) == each.last - each.start >> max(each.shift, 0):
        only = first - each.start
        return str(each.offset + (only >> each.shift if each.shift >= 0 else only << -each.shift))
    if each.shift:
        sign = ">>" if each.shift > 0 else "<<"
        above = f"({above}) {sign} {abs(each.shift)}"
        above = f"({above})" if each.offset else above
    return _plus(above, each.offset)


def _fraction(each: Stretch, bits: int) -> str:
    if each.shift <= 0:
        return "0"
    below = f"({_plus('q', -each.start)}) & {(1 << each.shift) - 1}"
    move = bits - each.shift
    return below if not move else f"({below}) {'<<' if move > 0 else '>>'} {abs(move)}"


def _plus(text: str, offset: int) -> str:
    return f"{text} {'+' if offset > 0 else '-'} {abs(offset)}" if offset else text


def meant(letter: str, of: IntegerFormat) -> str:
    """What an integer of a format stands for, in words."""
    zero = f"({letter} {'-' if of.zero > 0 else '+'} {abs(of.zero)})" if of.zero else letter
    return f"{of.name}, stands for {number(of.scale, 17)}*{zero}"
