"""`actx list` as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

from actx.core.numbers import number
from actx.present.sheets.layout import GAP, NAME, QUIET, Column, empty_table, total_width, words
from actx.present.terminal import printable

if TYPE_CHECKING:
    from actx.registry import Entry


def listing(entries: Sequence[Entry]) -> Iterator[RenderableType]:
    """The registry, a formula a row: the more columns the wider the console."""
    yield _Listing(entries)


@dataclass(frozen=True)
class _Listing:
    entries: Sequence[Entry]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        names = words("name", (entry.name for entry in self.entries), NAME)
        formulas = words("formula", map(_formula, self.entries))
        defaults = words("defaults", map(_defaults, self.entries))
        further = [
            words("family", (printable(entry.family) for entry in self.entries)),
            words("aliases", (", ".join(entry.aliases) for entry in self.entries), QUIET),
        ]
        room = options.max_width - total_width([names]) - GAP
        least = min(formulas.width, _FORMULA_WIDTH) + GAP + min(defaults.width, _DEFAULTS_WIDTH)
        shown: list[Column] = []
        for column in further:
            if least + GAP + total_width([*shown, column]) <= room:
                shown.append(column)
        room -= total_width(shown) + GAP if shown else 0
        width = min(defaults.width, max(_DEFAULTS_WIDTH, room - formulas.width - GAP))
        table = empty_table(console)
        for column in (names, formulas, defaults, *shown):
            table.add_column(column.head, style=column.style, overflow="fold")
        table.columns[1].width = min(formulas.width, room - width - GAP)
        table.columns[2].width = width
        for cells in zip(*(c.cells for c in (names, formulas, defaults, *shown)), strict=True):
            table.add_row(*cells)
        yield table


# What these columns get before optional ones do; longer cells wrap.
_FORMULA_WIDTH = 44
_DEFAULTS_WIDTH = 18
_LONGEST = 100  # characters of a formula; `actx show` has all of it


def _formula(entry: Entry) -> str:
    text = entry.formula
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _defaults(entry: Entry) -> str:
    return " ".join(f"{name}={number(item.default)}" for name, item in entry.parameters.items())
