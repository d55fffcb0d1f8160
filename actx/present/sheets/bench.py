"""`actx bench` as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

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
from actx.studies.bench.results import Bench, BenchRow, Spread, Timing

_DIGITS = 3


def bench(result: Bench) -> Iterator[RenderableType]:
    """A formula a row, by rising cost."""
    rows = result.rows
    yield Text(_heading(result), overflow="fold")
    yield Text()
    yield Columns(
        [words("formula", (_called(row, result) for row in rows), NAME)],
        [
            [
                aligned("forward\nns", (_time(row.forward.time) for row in rows)),
                aligned(f"/ {result.baseline}", (_ratio(row.forward.relative) for row in rows)),
                aligned("quartiles", (_quartiles(row.forward.relative) for row in rows), QUIET),
                aligned("/ copy", (_ratio(row.limit) for row in rows)),
            ],
            [
                aligned("with\nbackward", (_told(row.both, _time, "time") for row in rows)),
                aligned(f"/ {result.baseline}", (_told(row.both, _ratio) for row in rows)),
                aligned("quartiles", (_told(row.both, _quartiles) for row in rows), QUIET),
            ],
            [aligned("kept\nbytes", (_saved(row) for row in rows))],
            [numbers("max |e|", (_error(row) for row in rows))],
            [words("code", (row.code for row in rows), QUIET)],
        ],
    )
    yield Text()
    yield Text(_explained(result), style=QUIET)
    renamed = {short(row.name): abridged(row.formula) for row in rows if row.formula != row.name}
    if renamed:
        yield Text()
        yield facts_grid(list(renamed.items()))
    if result.output is not None:
        yield Text()
        yield Text(f"Wrote {result.output}")
    yield from notes(result.notes)


def _heading(result: Bench) -> str:
    used = ", ".join(f"{name} {version}" for name, version in result.versions.items())
    numbers, rounds = f"{result.size:,} numbers", f"{result.rounds} rounds"
    run = (result.backend, result.dtype, numbers, *result.thread_words, rounds)
    return f"{', '.join(run)}\n{result.place}; {used}"


def _explained(result: Bench) -> str:
    base = result.baseline
    return (
        "Times are medians in nanoseconds for one number; with backward: the function, and its "
        f"derivative times a gradient; / {base}: relative to {base} in the same round; / copy: "
        f"relative to copying the array, which moves {result.moved} bytes a number as a function "
        f"over it does, here {number(result.bandwidth, _DIGITS)} GB/s; kept: for one number, "
        f"between forward and backward; e = formula - {result.target}."
    )


def _time(spread: Spread) -> str:
    return number(spread.median, _DIGITS)


def _called(row: BenchRow, result: Bench) -> str:
    name = short(row.name)
    return name if len(result.backends) == 1 else f"{name}, {row.backend}"


def _told(timing: Timing | None, word: Callable[[Spread], str], what: str = "relative") -> str:
    return "" if timing is None else word(getattr(timing, what))


def _saved(row: BenchRow) -> str:
    return "" if row.saved is None else number(row.saved, _DIGITS)


def _ratio(spread: Spread) -> str:
    return f"{spread.median:.2f}"


def _quartiles(spread: Spread) -> str:
    return f"{spread.lower:.2f}..{spread.upper:.2f}"


def _error(row: BenchRow) -> float:
    return math.nan if row.max_error is None else row.max_error.value
