"""A result's text taken apart into tables and paragraphs, for forms other than a terminal's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from actx.core.views import Shown
from actx.present.sheets.layout import Column, Columns


@dataclass(frozen=True)
class Grid:
    """A table: the heads of its columns, none for labels with what stands beside them; rows."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def parts(result: Shown, width: int | None = None) -> Iterator[Grid | str]:
    """The tables of a result, and the paragraphs between them, in order.

    The digits are those of the text. width: characters that a table has room for, as in a text; it
    goes on in another where there are more. Raises TypeError for what has no tables.
    """
    from actx.present.sheets.tables import sheet

    for part in sheet(result):
        yield from _part(part, width)


def _part(part: Any, width: int | None) -> Iterator[Grid | str]:
    """Blank lines are for text alone."""
    if isinstance(part, Padding):
        yield from _part(part.renderable, width)
    elif isinstance(part, Columns):
        for columns in _pages(part, width):
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


def _pages(part: Columns, width: int | None) -> list[list[Column]]:
    """The tables of columns, none left out."""
    more = [] if part.optional is None else [part.optional]
    if width is None:
        return [[*part.key, *(column for group in part.groups for column in group), *more]]
    return replace(part, groups=[*part.groups, *([more] if more else [])], optional=None).pages(
        width
    )


def _cells(rows: Any) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple((cell.plain if isinstance(cell, Text) else str(cell)).strip() for cell in row)
        for row in rows
    )
