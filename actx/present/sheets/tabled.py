"""`actx table` as text: the errors and what proves them, then knots and entries."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from actx.core.numbers import domain, number, outward
from actx.fitting.tables.results import BestTable, TableSizes, pieces_in_words
from actx.present.sheets.certainty import UNMARKED
from actx.present.sheets.errors import over_data
from actx.present.sheets.layout import (
    NAME,
    Columns,
    aligned,
    facts_grid,
    indented,
    notes,
    numbers,
)

_SHOWN = 40  # pieces of a longer table are left out in the middle
_DIGITS = 10


def tabled(result: BestTable) -> Iterator[RenderableType]:
    """The sheet of a table."""
    kind = pieces_in_words(result.segments, result.degree, result.smooth)
    yield Text.assemble(
        (result.name, NAME), f" by {kind} on {domain(result.domain)}", overflow="fold"
    )
    yield Text()
    yield facts_grid(_facts(result))
    yield Text()
    yield from _entries(result)
    yield from notes(result.notes)


def sizes(result: TableSizes) -> Iterator[RenderableType]:
    """The sheet of tables of several sizes."""
    kind = pieces_in_words(2, result.degree, result.smooth).removeprefix("2 ")
    yield Text.assemble(
        (result.name, NAME), f" by {kind} on {domain(result.domain)}", overflow="fold"
    )
    yield Text()
    columns = [
        aligned("at most", (_most(each.upper, each.proven) for each in result.sizes)),
        aligned("none below", (_below(each.lower) if each.lower else "" for each in result.sizes)),
        aligned("~ limit", (f"{each.theory:.4g}" for each in result.sizes)),
    ]
    pieces = aligned("pieces", (str(each.segments) for each in result.sizes))
    yield indented(Columns([pieces], [[c] for c in columns]))
    yield Text()
    whose = "those of pieces that need not meet tend" if result.rival_limit else "they tend"
    yield indented(
        Text(
            f"Errors on the domain, proven; the limit, computed, is what {whose} to for many "
            f"pieces: it falls with their number to the power of {result.degree + 1}."
        )
    )


def _facts(result: BestTable) -> Iterator[tuple[str, RenderableType]]:
    error = result.max_error
    sure = "proven" if error.proven else "not proven"
    where = "on the whole line" if all(result.ends) else "where the table holds"
    size = _most(error.value, error.proven)
    yield "max error", f"at most {size} {where}, {sure} (near x = {error.x:.7g})"
    bound = result.bound
    yield "on the domain", f"at most {_most(bound.upper, error.proven)}"
    if bound.by != "none":
        yield (
            "bound",
            f"proven: {bound.over.replace('all tables', 'no table')} does better than "
            f"{_below(bound.lower)} on the domain; gap {100 * bound.gap:.2g} %",
        )
    for side, words in zip(("left", "right"), result.ends, strict=True):
        yield side, words or "nothing: the error counts on the domain only"
    if result.data is not None:
        for label, value, count in over_data(result.data, UNMARKED):
            yield label, f"{value}  {count}"
        if result.data_floor:
            kind = pieces_in_words(result.segments, result.degree, 0).removesuffix(" that meet")
            gap = 100 * (1 - result.data_floor / result.data.rms) if result.data.rms else 0.0
            yield (
                "data bound",
                f"~{number(result.data_floor)}: computed, no {kind}, joined or not, have a smaller "
                f"rms over the inputs; gap ~{max(gap, 0.0):.2g} %",
            )


def _most(value: float, proven: bool) -> str:
    """A number of seven digits that is not below a value; marked where that is not proven."""
    return outward((value, value))[1] if proven else f"~{number(value)}"


def _below(value: float) -> str:
    """A number of seven digits that is not above a value."""
    return outward((value, value))[0]


def _entries(result: BestTable) -> Iterator[RenderableType]:
    entries, heads = result.coefficients, [f"c{k}" for k in range(result.degree + 1)]
    if result.values is not None:
        entries, heads = tuple((y,) for y in result.values), ["y"]
    rows: list[tuple[float, tuple[float, ...]]] = [*zip(result.knots, entries, strict=False)]
    kept = rows if len(rows) <= _SHOWN + 1 else [*rows[: _SHOWN // 2], *rows[-_SHOWN // 2 :]]
    columns = [numbers("x", [x for x, _ in kept], _DIGITS)]
    columns += [numbers(head, [row[k] for _, row in kept], _DIGITS) for k, head in enumerate(heads)]
    yield indented(Columns(columns[:1], [[c] for c in columns[1:]]))
    if len(kept) < len(rows):
        yield Text()
        yield indented(
            Text(f"{len(rows) - len(kept)} rows in the middle are left out; a file has them all.")
        )
