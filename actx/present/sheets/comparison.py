"""`actx compare` as text: a sheet for one candidate, a ranked table for more."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text

from actx.analysis.results import (
    Comparison,
    ComparisonRow,
    Kink,
    RelativeError,
)
from actx.core.norms import integral_norms
from actx.core.numbers import align, domain
from actx.language.text import abridged
from actx.present.sheets.certainty import Certainty
from actx.present.sheets.errors import (
    OVER_DATA,
    at_place_of,
    max_error,
    max_slope,
    norm,
    over_data,
    place_of,
    size_of,
    slope_size,
)
from actx.present.sheets.exploration import extremum_place, kink_table, smoothness
from actx.present.sheets.layout import (
    NAME,
    QUIET,
    Column,
    Columns,
    aligned,
    facts_grid,
    indented,
    notes,
    numbers,
    quietly,
    words,
)
from actx.present.sheets.wording import extremum, tied

_LONGEST_NAME = 22  # a longer one is cut in a table and given in full below
_LEGEND_ROWS = 12  # more candidates than this are not spelled out below their table
_FEWER = 6  # significant digits where columns are many
_MEANS = {"rms": "RMS", "mean": "mean e", "l1_mean": "mean |e|"}
_FORMULAS = {"rms": "√(∫e²/len)", "mean": "∫e/len", "l1_mean": "∫|e|/len"}


def comparison(result: Comparison, certainty: Certainty) -> Iterator[RenderableType]:
    """The sheet or the ranking."""
    if len(result.rows) == 1:
        yield from _one_candidate(result, result.rows[0], certainty)
        yield from _in_type(result)
        yield from notes((*result.rows[0].notes, *result.notes))
        return
    count = len(result.rows)
    yield Text.assemble(
        f"{count} candidates against ", (result.target, NAME), f" on {domain(result.domain)}"
    )
    yield Text()
    yield _ranking(result, certainty)
    yield Text()
    yield Text(_explained(result.rows, result.relative, certainty), style=QUIET)
    legend = _legend(result)
    if legend:
        yield Text()
        yield facts_grid(legend)
    yield from _in_type(result)
    yield from notes(
        [f"{row.name}: {note}" for row in result.rows for note in row.notes] + list(result.notes)
    )


def _in_type(result: Comparison) -> Iterator[RenderableType]:
    rows = [(short(row.name), row.dtype) for row in result.rows]
    if all(found is None for _, found in rows):
        return iter(())
    from actx.present.sheets.rounding import in_type

    return in_type(rows, short(result.target))


def _explained(rows: Sequence[ComparisonRow], relative: bool, certainty: Certainty) -> str:
    words = "e = candidate - target; L1 = ∫|e|dx, L2 = √∫e²dx, Gauss = √E e² with x from N(0,1)"
    if relative:
        words += ", f = target"
    if any(row.means for row in rows):
        words += "; RMS = √(∫e²/len), means = ∫/len"
    if any(math.isinf(row.max_error.x) for row in rows):
        words += "; an x of → ∞ is approached, not attained"
    meaning = _standing(certainty)
    return f"{words}." if meaning is None else f"{words}. {meaning}"


def _standing(certainty: Certainty) -> str | None:
    """What is proven of the numbers, in one line."""
    return certainty.legend() or ("Proven: all digits." if certainty.proofs else None)


def _ranking(result: Comparison, certainty: Certainty) -> Columns:
    """A candidate a row."""
    rows = result.rows
    slopes = [row.max_slope_error for row in rows]
    return Columns(
        [
            aligned("", (str(rank) for rank in range(1, len(rows) + 1)), QUIET),
            words("candidate", (short(row.name) for row in rows), NAME),
        ],
        [
            *_relative(result, certainty),
            [
                aligned("max |e|", (max_error(row, certainty) for row in rows), "bold"),
                aligned("at x", (place_of(row.max_error, certainty) for row in rows)),
            ],
            *([aligned(head, column)] for head, column in _norms(rows, certainty)),
            *_means(rows, certainty),
            *_over_data(rows, certainty),
            *_costs(rows),
            [
                words(
                    "smooth",
                    (
                        certainty.smoothness(row.smoothness, row.kinks, row.undecided)
                        for row in rows
                    ),
                )
            ],
            [
                aligned("max |e'|", (max_slope(row, certainty, _FEWER) for row in rows)),
                aligned("at x", (place_of(top, certainty, _FEWER) for top in slopes)),
            ],
            [
                aligned("minimum", (certainty.height(row.minimum, _FEWER) for row in rows)),
                aligned("at x", (extremum_place(row.minimum, certainty, _FEWER) for row in rows)),
            ],
        ],
        optional=words("kinks", (kink_places(row.kinks, certainty) for row in rows)),
    )


def _relative(result: Comparison, certainty: Certainty) -> Iterator[list[Column]]:
    """The columns of relative errors, where the candidates are ranked by them."""
    if result.relative:
        found = [row.relative_error for row in result.rows if row.relative_error is not None]
        yield [
            aligned("max |e/f|", (slope_size(each, certainty) for each in found), "bold"),
            aligned("at x", (place_of(each, certainty) for each in found)),
        ]


def _means(rows: Sequence[ComparisonRow], certainty: Certainty) -> Iterator[list[Column]]:
    """The columns of what errors are on average, together; none on an infinite domain."""
    for name in dict.fromkeys(name for row in rows for name in row.means):
        sizes = (row.means.get(name) for row in rows)
        cells = ("—" if s is None else size_of(s, certainty, _FEWER) for s in sizes)
        yield [aligned(_MEANS[name], cells)]


def _over_data(rows: Sequence[ComparisonRow], certainty: Certainty) -> Iterator[list[Column]]:
    """The columns of errors over inputs, where some were given; computed, as their heads say."""
    found = [row.data for row in rows if row.data is not None]
    if found:
        heads = ((certainty.word(f"data {head}", False), name) for head, name in OVER_DATA.items())
        yield [numbers(h, (getattr(each, name) for each in found), _FEWER) for h, name in heads]


def _costs(rows: Sequence[ComparisonRow]) -> Iterator[list[Column]]:
    """The column of measured costs, where there are some."""
    if any(row.cost is not None for row in rows):
        shown = ("—" if row.cost is None else f"{row.cost:.2f}" for row in rows)
        yield [aligned("× relu", shown)]


def _norms(
    rows: Sequence[ComparisonRow], certainty: Certainty
) -> Iterator[tuple[str, Iterator[str]]]:
    """A column for each integral norm: its head and its cells."""
    for each in integral_norms():
        yield each.head, (norm(row, each.name, certainty, _FEWER) for row in rows)


def short(name: str) -> str:
    """A name for a table, cut if it is long."""
    return name if cell_len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def kink_places(kinks: Sequence[Kink], certainty: Certainty, most: int = 3) -> str:
    """The first kinks by their places, and how many there are."""
    if not kinks:
        return "none"
    places = ", ".join(certainty.place(kink, 4)(kink.x) for kink in kinks[:most])
    return places if len(kinks) <= most else f"{places}, … {len(kinks)}"


def _legend(result: Comparison) -> list[tuple[str, RenderableType]]:
    """What the names stand for, where that is new and not too much."""
    rows: list[tuple[str, RenderableType]] = []
    for rank, row in enumerate(result.rows, 1):
        cut = short(row.name) != row.name
        if cut or (row.formula != row.name and len(result.rows) <= _LEGEND_ROWS):
            rows.append((str(rank) if cut else row.name, abridged(row.formula)))
    if result.target_formula != result.target:
        rows.append((short(result.target), abridged(result.target_formula)))
    return rows


def _one_candidate(
    result: Comparison, row: ComparisonRow, certainty: Certainty
) -> Iterator[RenderableType]:
    yield Text.assemble(
        (abridged(row.name), NAME),
        " against ",
        (abridged(result.target), NAME),
        f" on {domain(result.domain)}",
        overflow="fold",
    )
    formulas = [(row.name, row.formula), (result.target, result.target_formula)]
    named = [(name, abridged(text)) for name, text in formulas if name != text]
    if named:
        yield Text()
        yield facts_grid((short(name), text) for name, text in named)
    yield Text()
    smooth = certainty.smoothness(row.smoothness, row.kinks, row.undecided)
    yield facts_grid(
        [
            *_error_facts(row, result, certainty),
            ("minimum", extremum(row.minimum, certainty)),
            ("smoothness", smoothness(smooth, row.kinks)),
            *([] if row.cost is None else [("cost", f"{row.cost:.2f} of relu's time, measured")]),
        ]
    )
    if row.kinks:
        yield Text()
        yield indented(kink_table(row.kinks, certainty))
    yield from quietly(_standing(certainty))


def _relative_fact(found: RelativeError, target: str, certainty: Certainty) -> tuple[str, str, str]:
    where = at_place_of(found, certainty) if found.value > 0 else ""
    why = f", where {short(target)} is 0 and the error is not" if found.at_zero else ""
    return f"max |e|/|{short(target)}|", slope_size(found, certainty), where + why


def _error_facts(
    row: ComparisonRow, result: Comparison, certainty: Certainty
) -> Iterator[tuple[str, str]]:
    target = result.target
    top, slope = row.max_error, row.max_slope_error
    side = "below" if top.signed < 0 else "above"
    remarks = [
        at_place_of(top, certainty) + tied(top.ties) if top.value > 0 else "",
        f"{short(row.name)} {side} {short(target)}" if top.value > 0 else "",
        certainty.reached(top.enclosure, top.proven),
    ]
    slope_at = at_place_of(slope, certainty) if slope.value > 0 else ""
    relative = row.relative_error if result.relative else None
    facts = [
        *([] if relative is None else [_relative_fact(relative, target, certainty)]),
        ("max |e|", max_error(row, certainty), ", ".join(filter(None, remarks))),
        *(
            (f"{each.head}  {each.formula}", norm(row, each.name, certainty), each.given)
            for each in integral_norms()
        ),
        *(
            (f"{_MEANS[name]}  {_FORMULAS[name]}", size_of(size, certainty), "")
            for name, size in row.means.items()
        ),
        ("max |e'|", max_slope(row, certainty), slope_at),
        *([] if row.data is None else over_data(row.data, certainty)),
    ]
    values = align([value for _, value, _ in facts])
    for (label, _, ending), value in zip(facts, values, strict=True):
        yield label, f"{value}  {ending}".rstrip()
