"""`actx bench` as text and as a picture."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from actx.core.numbers import number
from actx.present.comparison import short
from actx.present.layout import NAME, QUIET, Columns, aligned, facts_grid, notes, numbers, words
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
    renamed = [(short(row.name), row.formula) for row in rows if row.formula != row.name]
    if renamed:
        yield Text()
        yield facts_grid(renamed)
    if result.output is not None:
        yield Text()
        yield Text(f"Wrote {result.output}")
    yield from notes(result.notes)


def _heading(result: Bench) -> str:
    where = result.processor if result.device == "CPU" else result.device
    used = ", ".join(f"{name} {version}" for name, version in result.versions.items())
    return (
        f"{result.backend}, {result.dtype}, {result.size:,} numbers, {_threads(result)}, "
        f"{result.rounds} rounds\n{where}; {used}"
    )


def _threads(result: Bench) -> str:
    return f"{result.threads} thread{'s' if result.threads > 1 else ''}"


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


def draw(result: Bench, output: Path) -> Path:
    """Error over cost, of the formulas with a finite error that is known. Raises PictureError."""
    from actx.present.pictures.front import Dot, Rank, Scene, render
    from actx.present.pictures.output import check_output, write_whole

    rows = [row for row in result.rows if math.isfinite(_error(row))]
    best = _front(rows)
    dots = [
        Dot(
            row.name,
            row.forward.relative.median,
            _error(row),
            Rank.FRONT if row in best else Rank.OTHER,
        )
        for row in rows
    ]
    where = result.processor if result.device == "CPU" else result.device
    how = f"{result.backend}, {result.dtype}, {_threads(result)}, {where}"
    scene = Scene(
        tuple(dots),
        f"time / {result.baseline}'s ({how})",
        f"largest error against {result.target}",
        {Rank.FRONT: "Pareto front", Rank.OTHER: "dominated"},
        result.target,
        all_labelled=True,
    )
    write_whole(output, render(scene, check_output(output)))
    return output


def _front(rows: Sequence[BenchRow]) -> list[BenchRow]:
    """Those that are better than all that cost no more, by rising cost."""
    best: list[BenchRow] = []
    for row in sorted(rows, key=lambda row: (row.forward.relative.median, _error(row))):
        if not best or _error(row) < _error(best[-1]):
            best.append(row)
    return best
