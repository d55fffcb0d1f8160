"""The best table of a function: knots, entries, what it reaches, and what no table can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from actx.analysis.results import MaxError
from actx.arithmetic.tables import Table, horner
from actx.calculus.formula import Formula
from actx.core.budget import Budget
from actx.core.domain import Domain
from actx.core.errors import FitError
from actx.core.numbers import outward
from actx.core.samples import Samples
from actx.fitting.forms.goal import exact as decimal
from actx.fitting.linear.upper import Upper
from actx.fitting.results import Bound
from actx.fitting.rounding.grid import Grid
from actx.fitting.tables.bound import proven_floor, proven_floor_of_knots
from actx.fitting.tables.ends import Choice, End, end_of
from actx.fitting.tables.entries import best_rows, knots_of, touch_of
from actx.fitting.tables.function import Function
from actx.fitting.tables.parts import Weighed
from actx.fitting.tables.reached import error_of
from actx.fitting.tables.results import BestTable, pieces_in_words, whole
from actx.language.text import to_text
from actx.language.tree import Node

_WORST = 3  # pieces, of which one has nearly the largest error by itself


@dataclass(frozen=True)
class Wanted:
    """What a table is to be like.

    segments: how many pieces. knots: where they meet inside the domain, None for the best places.
    smooth: -1 for pieces that need not meet, 0 for continuous ones, 1 for one slope at knots.
    ends: what holds left and right of the domain. grid: what entries are rounded to, places: what
    knots are. rivals: whether the bound is of all tables of that size; else it is of those with the
    same knots. inputs: those over which the mean square is to be the least; the largest error on
    the domain where there are none.
    """

    domain: Domain
    segments: int
    degree: int
    smooth: int
    knots: tuple[Fraction, ...] | None
    ends: tuple[Choice | Node, Choice | Node]
    grid: Grid | None
    places: Grid | None
    rivals: bool = True
    inputs: Samples | None = None


def best_table(of: Formula, function: Function, wanted: Wanted, budget: Budget) -> BestTable:
    """The best table of a formula. Raises FitError, and AnalysisError for one without values."""
    joined = wanted.smooth >= 0 and wanted.degree == 1
    levels = None
    if wanted.rivals or wanted.knots is None:
        levels = function.levels(wanted.segments, wanted.degree, joined)
    inner = wanted.knots
    if inner is None:
        if wanted.inputs is not None:
            inner = tuple(map(decimal, _over(function, wanted).knots(wanted.segments)))
        elif levels is None:
            inner = evenly(function.lo, function.hi, wanted.segments)
        else:
            reached = knots_of(levels.enough, float(function.lo), float(function.hi), joined)
            inner = tuple(map(decimal, reached[1:-1]))
    inner = _on_grid(inner, function, wanted.places)
    edges = (function.lo, *inner, function.hi)
    rows = _rows(function, edges, wanted)
    exact = _exact(rows, edges, wanted)
    inside = error_of(function.tree, wanted.domain, _table(exact, edges, None), budget)
    values = exact[0][0], horner(exact[-1], edges[-1] - edges[-2])
    left, right = (
        end_of(function.tree, wanted.domain, side, choice, value, inside.hi, budget)
        for side, choice, value in zip((-1, 1), wanted.ends, values, strict=True)
    )
    table = _table(exact, edges, (left, right))
    floor = 0.0
    if levels is not None and inside.proven:  # then its pieces are proven as well
        floor = proven_floor(function.tree, levels.short, joined, function.continuous_at)
    own = 0.0
    if wanted.knots is not None and inside.proven:
        own = _own_floor(function, edges, wanted.degree)
    count = len(edges) - 1
    over = f"all tables of {pieces_in_words(count, wanted.degree, 0 if joined else -1)}"
    if not wanted.rivals:
        floor, over = own, "all tables with these knots"
    bound = Bound.between(min(floor, inside.hi), inside.hi, over, "stretches" if floor else "none")
    return BestTable(
        name=of.name, formula=of.text, domain=wanted.domain.ends, segments=count,
        degree=wanted.degree, smooth=wanted.smooth, knots=tuple(map(float, edges)),
        values=_values(table, edges),
        coefficients=tuple(tuple(map(float, row)) for row in exact), ends=(left.words, right.words),
        max_error=_largest(inside, (left, right), wanted.domain), bound=bound,
        text=to_text(whole(table, (left.tree, right.tree))), exact=table,
        beyond=(left.tree, right.tree),
        notes=tuple(_notes(wanted, count, inside, (left, right), table, edges, own)),
        budget=budget.seconds,
        data_floor=None if wanted.inputs is None else _over(function, wanted).floor(count),
    )  # fmt: skip


def _rows(function: Function, edges: Sequence[Fraction], wanted: Wanted) -> list[list[float]]:
    """The best pieces, about their left ends."""
    if wanted.inputs is None:
        return best_rows(function, edges, wanted.degree, wanted.smooth, function.breaks)
    return _over(function, wanted).rows([float(edge) for edge in edges])


def _over(function: Function, wanted: Wanted) -> Weighed:
    """The function over the inputs that weigh the error."""
    assert wanted.inputs is not None
    return Weighed(function, wanted.inputs, wanted.degree, wanted.smooth)


def _own_floor(function: Function, edges: Sequence[Fraction], degree: int) -> float:
    """What no entries do better than with the knots of a table, proven; 0 where nothing is."""
    ends = pairwise(map(float, edges))
    touches = [touch_of(function, a, b, degree, function.breaks) for a, b in ends]
    return proven_floor_of_knots(function.tree, touches, _WORST)


def evenly(lo: Fraction, hi: Fraction, count: int) -> tuple[Fraction, ...]:
    """The places that divide an interval into equal parts."""
    return tuple(lo + (hi - lo) * Fraction(k, count) for k in range(1, count))


def _on_grid(
    inner: Sequence[Fraction], function: Function, grid: Grid | None
) -> tuple[Fraction, ...]:
    """Knots inside the domain in rising order, on a grid where one is asked for."""
    placed = inner if grid is None else [grid.nearest(k) for k in inner]
    return tuple(k for k in dict.fromkeys(sorted(placed)) if function.lo < k < function.hi)


def _exact(
    rows: Sequence[Sequence[float]], edges: Sequence[Fraction], wanted: Wanted
) -> list[tuple[Fraction, ...]]:
    """The entries as they are stored. A broken line is stored by its values at the knots."""

    def stored(value: float) -> Fraction:
        return decimal(value) if wanted.grid is None else _held(wanted.grid, value)

    if wanted.degree != 1 or wanted.smooth < 0:
        return [tuple(map(stored, row)) for row in rows]
    last = rows[-1][0] + rows[-1][1] * float(edges[-1] - edges[-2])
    values = [stored(v) for v in (*(row[0] for row in rows), last)]
    return [
        (values[k], (values[k + 1] - values[k]) / (edges[k + 1] - edges[k]))
        for k in range(len(rows))
    ]


def _held(grid: Grid, value: float) -> Fraction:
    """The number of a grid that is nearest. Raises FitError for one far beyond its ends."""
    for end, side in ((grid.lowest, -1), (grid.highest, 1)):
        if end is not None:
            last = grid.value(end)
            if side * (Fraction(value) - last) > abs(last - grid.value(end - side)):
                raise FitError(
                    f"An entry of the table is {value:.7g}, and {grid.spec} goes only to "
                    f"{float(last):.7g}. Round to numbers that are large enough."
                )
    return grid.nearest(value)


def _table(
    rows: Sequence[tuple[Fraction, ...]], edges: Sequence[Fraction], ends: tuple[End, End] | None
) -> Table:
    """All of it; without ends its outer values go on."""
    right = (horner(rows[-1], edges[-1] - edges[-2]),)
    if ends is None:
        return Table(edges, [(rows[0][0],), *rows, right])
    left, right_end = ends
    return Table(edges, [(left.value, left.slope), *rows, (right_end.value, right_end.slope)])


def _values(table: Table, edges: Sequence[Fraction]) -> tuple[float, ...] | None:
    """The values at the knots, of a broken line."""
    if table.degree > 1:
        return None
    inner = range(1, len(edges) - 1)
    if any(table.left_limit(k) != table.rows[k + 1][0] for k in inner):
        return None
    last = horner(table.rows[-2], edges[-1] - edges[-2])
    return tuple(float(v) for v in (*(row[0] for row in table.rows[1:-1]), last))


def _largest(inside: Upper, ends: tuple[End, End], domain: Domain) -> MaxError:
    """The largest error on the domain and beyond, as far as anything holds there."""
    lo, hi, proven = inside.lo, inside.hi, inside.proven
    x = float("nan") if inside.at is None else float(inside.at)
    for end, place in zip(ends, (domain.lo, domain.hi), strict=True):
        if end.words:
            if end.error[0] > lo:
                lo, x = end.error[0], place
            hi, proven = max(hi, end.error[1]), proven and end.error[2]
    return MaxError(hi, x, float("nan"), (lo, hi) if proven else None, proven)


def _notes(
    wanted: Wanted, count: int, inside: Upper, ends: tuple[End, End], table: Table,
    edges: Sequence[Fraction], own: float,
) -> Iterator[str]:  # fmt: skip
    if wanted.inputs is not None:
        if wanted.knots is not None:
            yield "Entries are those with the least rms over the inputs, for these knots; computed."
        else:
            yield (
                "Knots and entries are those with the least rms over the inputs that a search has "
                "found; that there are no better ones is not proven."
            )
    if own and wanted.rivals:
        yield (
            f"Proven: with these knots no entries do better than {outward((own, own))[0]} on the "
            "domain."
        )
    if wanted.knots is None and count < wanted.segments:
        yield f"{count} pieces are enough: with {wanted.segments} the error is the same."
    outside = [end for end in ends if end.words and end.error[1] > inside.hi]
    if outside:
        yield (
            f"The largest error is beyond the domain; on it, the table is off by at most "
            f"{inside.hi:.7g}. A wider domain lowers it."
        )
    if wanted.smooth >= 0:
        for k, side in ((0, "left"), (len(edges) - 1, "right")):
            jump = table.rows[k + 1][0] - table.left_limit(k)
            if jump and ends[k > 0].words and ends[k > 0].tree is None:
                yield f"It jumps by {float(jump):.3g} at its {side} end, {float(edges[k]):.7g}."
