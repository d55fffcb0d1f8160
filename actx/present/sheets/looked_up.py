"""`actx table` with integers as text: what is looked up how, and the errors over every input.

Of entries an input finds one, or two of a line; or they are pieces of any width in fixed point.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from actx.core.domain import Interval
from actx.core.numbers import domain, number, outward, shared_digits
from actx.precision.lookup.fixed import FixedTable
from actx.precision.lookup.formats import IntegerFormat
from actx.precision.lookup.results import IntegerTable, Reached
from actx.present.sheets.certainty import UNMARKED
from actx.present.sheets.errors import over_data
from actx.present.sheets.layout import NAME, Columns, aligned, facts_grid, indented, notes

_A_LINE = 8  # entries
_LINES = 40  # of a longer table some in the middle are left out


def looked_up(result: IntegerTable) -> Iterator[RenderableType]:
    """The sheet of a table of integers."""
    like = f", like {result.like}" if result.like else ""
    yield Text.assemble(
        (result.name, NAME), f" looked up by {result.input.name}{like}", overflow="fold"
    )
    yield Text()
    yield facts_grid(_facts(result))
    yield Text()
    yield from _entries(result)
    yield from notes(result.notes)


def in_pieces(result: FixedTable) -> Iterator[RenderableType]:
    """The sheet of a table of pieces in fixed point."""
    yield Text.assemble(
        (result.name, NAME), f" by {result.kind} on {domain(result.domain)}, in fixed point",
        overflow="fold",
    )  # fmt: skip
    yield Text()
    yield facts_grid(_facts_of_pieces(result))
    yield Text()
    rows = list(zip(result.starts, result.rows, strict=True))
    kept = rows if len(rows) <= _LINES + 1 else [*rows[: _LINES // 2], *rows[-_LINES // 2 :]]
    columns = [aligned("from q", (str(start) for start, _ in kept))]
    columns += [
        aligned(f"e{power}", (str(row[power]) for _, row in kept))
        for power in range(result.degree + 1)
    ]
    yield indented(Columns(columns[:1], [[column] for column in columns[1:]]))
    if len(kept) < len(rows):
        yield Text()
        yield indented(
            Text(f"{len(rows) - len(kept)} pieces in the middle are left out; a file has them all.")
        )
    yield from notes(result.notes)


def _facts_of_pieces(result: FixedTable) -> Iterator[tuple[str, RenderableType]]:
    yield "input", _format(result.input)
    yield "output", _format(result.output)
    yield "lookup", result.lookup
    yield "max error", _error(result.reached)
    real = outward((result.real, result.real))[1] if result.real_proven else number(result.real)
    sure = "at most" if result.real_proven else "about"
    yield "not rounded", f"{sure} {real}: the same table of real numbers"
    yield from _kept(result.reached, result.inputs)


def _facts(result: IntegerTable) -> Iterator[tuple[str, RenderableType]]:
    yield "input", _format(result.input)
    yield "output", _format(result.output)
    yield "lookup", result.lookup
    yield "max error", _error(result.reached)
    if result.best:
        yield "bound", "proven: no other entries have a smaller one under this lookup"
    elif result.bound:
        gap = 100 * (result.reached.error[1] / result.bound - 1)
        below = outward((result.bound, result.bound))[0]
        yield (
            "bound",
            f"proven: no entries reach less than {below} under this lookup; gap {gap:.2g} %",
        )
    yield from _kept(result.reached, result.inputs)
    if result.data is not None:
        for label, value, count in over_data(result.data, UNMARKED):
            yield label, f"{value}  {count}"
    if result.published is not None:
        yield "by its rules", _error(result.published) + _cost(result.published, result.reached)
        yield from _kept(result.published, result.inputs)


def _format(of: IntegerFormat) -> str:
    lo, hi = of.ends
    zero = f"(q - {of.zero})" if of.zero > 0 else f"(q + {-of.zero})" if of.zero else "q"
    return f"{of.name}, {number(of.scale, 10)}·{zero}: {number(lo)} to {number(hi)}"


def _error(reached: Reached) -> str:
    """An error over every input: the digits that its enclosure shares, or what it does not pass."""
    error, places = map(_enclosed, (reached.error, reached.places))
    return f"{error}, which is {places} last places (q = {reached.q}, near x = {number(reached.x)})"


def _cost(own: Reached, best: Reached) -> str:
    """How much more a format's own entries are off than the best ones."""
    times = own.error[0] / best.error[1] if best.error[1] else 1.0
    return f"; {times:.3g} times the best" if times > 1.001 else ""


def _enclosed(value: Interval) -> str:
    digits = shared_digits(value) if value[0] > 0 else None
    return digits or f"at most {outward(value)[1]}"


def _kept(reached: Reached, inputs: int) -> Iterator[tuple[str, RenderableType]]:
    told = [f"{reached.rounded} of {inputs} correctly rounded"]
    for what, kept in (("monotone", reached.monotone), ("f(0) = 0", reached.zero)):
        if kept is not None:
            told.append(f"{what} {'kept' if kept else 'not kept'}")
    told.append(f"signs {'kept' if reached.sign else 'not kept'}")
    yield "outputs", ", ".join(told)


def _entries(result: IntegerTable) -> Iterator[RenderableType]:
    width = max(len(str(entry)) for entry in result.integers)
    rows = [
        (start, result.integers[start : start + _A_LINE])
        for start in range(0, len(result.integers), _A_LINE)
    ]
    kept = rows if len(rows) <= _LINES + 1 else [*rows[:4], *rows[-4:]]
    first = len(str(rows[-1][0]))
    for start, row in kept:
        numbers = " ".join(f"{entry:>{width}}" for entry in row)
        yield indented(Text(f"{start:>{first}}  {numbers}", no_wrap=True))
    if len(kept) < len(rows):
        yield Text()
        left = len(result.integers) - sum(len(row) for _, row in kept)
        yield indented(Text(f"{left} entries in the middle are left out; a file has them all."))
