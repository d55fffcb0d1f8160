"""A result's text taken apart into tables and paragraphs, for forms other than a terminal's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from actx.core.views import Shown
from actx.present.sheets.layout import Columns


@dataclass(frozen=True)
class Grid:
    """A table: the heads of its columns, none for labels with what stands beside them; rows."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def parts(result: Shown) -> Iterator[Grid | str]:
    """The tables of a result, each whole however wide, and the paragraphs between them, in order.

    The digits are those of the text. Raises TypeError for what has no tables.
    """
    from actx.present.sheets.tables import sheet

    for part in sheet(result):
        yield from _part(part)


def _part(part: Any) -> Iterator[Grid | str]:
    """Blank lines are for text alone."""
    if isinstance(part, Padding):
        yield from _part(part.renderable)
    elif isinstance(part, Columns):
        columns = [*part.key, *(column for group in part.groups for column in group)]
        columns += [] if part.optional is None else [part.optional]
        rows = zip(*(column.cells for column in columns), strict=True)
        heads = tuple(" ".join(column.head.split()) for column in columns)
        yield Grid(heads, _cells(rows))
    elif isinstance(part, Table):
        cells = _cells(zip(*(column.cells for column in part.columns), strict=True))
        if all(row[0] == "note:" for row in cells):
            yield from (" ".join(row) for row in cells)
        else:
            yield Grid((), cells)
    elif str(part).strip():
        yield str(part).strip()


def _cells(rows: Any) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple((cell.plain if isinstance(cell, Text) else str(cell)).strip() for cell in row)
        for row in rows
    )
