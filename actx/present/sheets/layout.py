"""How text is laid out: columns of padded numbers, sheets of facts, notes.

Numbers are padded here, so that rich has nothing to shorten; columns that do not fit beside the
others go on in a further table below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from actx.core.numbers import DIGITS, align, number

_RULE = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
_PLAIN_RULE = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
GAP = 2  # blanks between columns
_INDENT = 2

NAME = "bold cyan"
QUIET = "dim"


@dataclass(frozen=True)
class Column:
    """A column whose lines are padded to one width already; `style` is rich's."""

    head: str
    cells: Sequence[str]
    style: str = ""

    @property
    def width(self) -> int:
        return max(cell_len(line) for text in (self.head, *self.cells) for line in text.split("\n"))


def numbers(head: str, values: Iterable[float], digits: int = DIGITS, style: str = "") -> Column:
    """A column of numbers with their decimal points aligned."""
    return aligned(head, (number(value, digits) for value in values), style)


def aligned(head: str, cells: Iterable[str], style: str = "") -> Column:
    """A column to the right, of numbers as text and of what may stand in their place."""
    padded = align(list(cells))
    width = max(cell_len(line) for text in (head, *padded) for line in text.split("\n"))
    head = "\n".join(line.rjust(width) for line in head.split("\n"))
    return Column(head, [cell.rjust(width) for cell in padded], style)


def words(head: str, cells: Iterable[str], style: str = "") -> Column:
    """A column of text, to the left."""
    return Column(head, list(cells), style)


@dataclass(frozen=True)
class Columns:
    """A table that goes on below where the width ends, with the key columns repeated.

    A group of columns stays together; `optional` is left out where it would need a page of its own.
    """

    key: Sequence[Column]
    groups: Sequence[Sequence[Column]]
    optional: Column | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for index, columns in enumerate(self.pages(options.max_width)):
            if index:
                yield Text()
            yield _table(columns, console)

    def pages(self, width: int) -> list[list[Column]]:
        """The tables of at most so many characters a line, where their columns allow it."""
        pages = [list(self.key)]
        for group in self.groups:
            if len(pages[-1]) > len(self.key) and total_width([*pages[-1], *group]) > width:
                pages.append(list(self.key))
            pages[-1].extend(group)
        if self.optional is not None and total_width([*pages[-1], self.optional]) <= width:
            pages[-1].append(self.optional)
        return pages


def total_width(columns: Sequence[Column]) -> int:
    return sum(column.width + GAP for column in columns) - GAP


def _table(columns: Sequence[Column], console: Console) -> Table:
    table = empty_table(console)
    for column in columns:
        table.add_column(column.head, style=column.style, no_wrap=True, vertical="bottom")
    for cells in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*cells)
    return table


def empty_table(console: Console) -> Table:
    return Table(
        box=_RULE if console.is_terminal else _PLAIN_RULE,
        show_edge=False,
        pad_edge=False,
        padding=(0, GAP - 1, 0, 0),
        header_style="bold",
    )


def facts_grid(rows: Iterable[tuple[str, RenderableType]]) -> RenderableType:
    """Labels at the left, what they stand for beside them, wrapped in its own column."""
    grid = Table.grid(padding=(0, GAP, 0, 0))
    grid.add_column(style=QUIET, no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in rows:
        grid.add_row(label, value)
    return indented(grid)


def indented(part: RenderableType) -> RenderableType:
    return Padding(part, (0, 0, 0, _INDENT), expand=False)


def title(name: str, rest: str = "") -> Text:
    return Text.assemble((name, NAME), rest, overflow="fold")


def notes(notes: Iterable[str]) -> Iterator[RenderableType]:
    """Each note as a paragraph with a hanging indent."""
    for note in notes:
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(style=QUIET)
        grid.add_column(overflow="fold")
        grid.add_row("note:", note)
        yield Text()
        yield indented(grid)


def quietly(line: str | None) -> Iterator[RenderableType]:
    """A remark on the sheet itself, set off from it; nothing for None."""
    if line is not None:
        yield Text()
        yield indented(Text(line, style=QUIET))
