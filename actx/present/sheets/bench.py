"""`actx bench` as text."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from actx.core.numbers import number
from actx.language.text import abridged
from actx.present.sheets.comparison import short
from actx.present.sheets.layout import (
    NAME,
    QUIET,
    Columns,
    aligned,
    facts_grid,
    notes,
    numbers,
    words,
)
from actx.studies.bench.results import Bench, BenchRow, Spread

_DIGITS = 3


def bench(result: Bench) -> Iterator[RenderableType]:
    """A formula a row, by rising cost."""
    rows = result.rows
    yield Text(_heading(result), overflow="fold")
    yield Text()
    yield Columns(
        [words("formula", (short(row.name) for row in rows), NAME)],
        [
            [
                aligned("forward\nns", (_time(row.forward.time) for row in rows)),
                aligned(f"/ {result.baseline}", (_ratio(row.forward.relative) for row in rows)),
                aligned("quartiles", (_quartiles(row.forward.relative) for row in rows), QUIET),
            ],
            [
                aligned("with\nbackward", (_time(row.both.time) for row in rows)),
                aligned(f"/ {result.baseline}", (_ratio(row.both.relative) for row in rows)),
                aligned("quartiles", (_quartiles(row.both.relative) for row in rows), QUIET),
            ],
            [aligned("kept\nbytes", (number(row.saved, _DIGITS) for row in rows))],
            [numbers("max |e|", (_error(row) for row in rows))],
            [words("code", (row.code for row in rows), QUIET)],
        ],
    )
    yield Text()
    yield Text(_explained(result), style=QUIET)
    renamed = [(short(row.name), abridged(row.formula)) for row in rows if row.formula != row.name]
    if renamed:
        yield Text()
        yield facts_grid(renamed)
    if result.output is not None:
        yield Text()
        yield Text(f"Wrote {result.output}")
    yield from notes(result.notes)


def _heading(result: Bench) -> str:
    used = ", ".join(f"{name} {version}" for name, version in result.versions.items())
    return (
        f"{result.backend}, {result.dtype}, {result.size:,} numbers, {result.thread_words}, "
        f"{result.rounds} rounds\n{result.place}; {used}"
    )


def _explained(result: Bench) -> str:
    return (
        "Times are medians in nanoseconds for one number; with backward: the function, and its "
        f"derivative times a gradient; / {result.baseline}: relative to {result.baseline} in the "
        "same round; kept: for one number, between forward and backward; e = formula - "
        f"{result.target}."
    )


def _time(spread: Spread) -> str:
    return number(spread.median, _DIGITS)


def _ratio(spread: Spread) -> str:
    return f"{spread.median:.2f}"


def _quartiles(spread: Spread) -> str:
    return f"{spread.lower:.2f}..{spread.upper:.2f}"


def _error(row: BenchRow) -> float:
    return math.nan if row.max_error is None else row.max_error.value
