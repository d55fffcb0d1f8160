"""Results as text: sheets and tables that fit 80 columns and use more where there is more."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text

from actx.analysis.results import (
    Comparison,
    ComparisonRow,
    Exploration,
    Extremum,
    Fit,
    FitVariant,
    Kind,
    Kink,
    KinkReport,
    Tails,
)
from actx.report.layout import (
    NAME,
    QUIET,
    Column,
    Columns,
    aligned,
    facts_grid,
    indented,
    notes,
    numbers,
    title,
    words,
)
from actx.report.numbers import DIGITS, align, at, domain, interval, number, place
from actx.report.wording import extremum, tail

_LONGEST_NAME = 22  # a longer one is cut in a table and given in full below
_LEGEND_ROWS = 12  # more candidates than this are not spelled out below their table


def sheet(result: object) -> Iterator[RenderableType]:
    """The text form of any result. Raises TypeError for what is none."""
    match result:
        case Exploration():
            return exploration(result)
        case Comparison():
            return comparison(result)
        case KinkReport():
            return kink_report(result)
        case Fit():
            return fit(result)
    raise TypeError(f"{type(result).__name__} has no text form")


# One formula


def exploration(result: Exploration) -> Iterator[RenderableType]:
    """`actx show`."""
    yield title(result.name)
    if result.formula != result.name:
        yield indented(Text(result.formula, overflow="fold"))
    yield Text()
    yield facts_grid(_facts(result))
    extrema = _other_extrema(result)
    if extrema is not None:
        yield Text()
        yield indented(extrema)
    if result.kinks:
        yield Text()
        yield indented(_kink_table(result.kinks))
    yield from notes(result.notes)


def _facts(result: Exploration) -> Iterator[tuple[str, str]]:
    yield "domain", domain(result.domain)
    yield "smoothness", _smoothness(result.smoothness, result.kinks)
    yield "minimum", extremum(result.minimum)
    yield "maximum", extremum(result.maximum)
    yield "zeros", _zeros(result.zeros)
    yield from _tails(result.tails)


def _smoothness(smoothness: str, kinks: Sequence[Kink]) -> str:
    if not kinks:
        return smoothness
    return f"{smoothness}, {len(kinks)} kink{'s' if len(kinks) > 1 else ''}"


def _zeros(zeros: Sequence[float | tuple[float, float]]) -> str:
    if not zeros:
        return "none"
    return ", ".join(interval(x) if isinstance(x, tuple) else f"x = {number(x)}" for x in zeros)


def _tails(tails: Tails) -> Iterator[tuple[str, str]]:
    if tails.left is not None:
        yield "as x → -∞", tail(tails.left)
    if tails.right is not None:
        yield "as x → ∞", tail(tails.right)


def _other_extrema(result: Exploration) -> Columns | None:
    """All minima and maxima, unless the sheet has said them already."""
    points = [("minimum", point) for point in result.minima]
    points += [("maximum", point) for point in result.maxima]
    if all(point in (result.minimum, result.maximum) for _, point in points):
        return None
    points.sort(key=lambda item: _left_end(item[1].x))
    extrema = [point for _, point in points]
    return Columns(
        [words("local", (what for what, _ in points))],
        [
            [aligned("x", (_extremum_place(point) for point in extrema))],
            [numbers("y", (point.y for point in extrema))],
            [words("kind", (point.kind.value for point in extrema))],
        ],
    )


def _left_end(x: float | tuple[float, float]) -> float:
    return x[0] if isinstance(x, tuple) else x


def _kink_table(kinks: Sequence[Kink]) -> Columns:
    return Columns(
        [numbers("kink at x", (kink.x for kink in kinks))],
        [
            [aligned("order", (str(kink.order) for kink in kinks))],
            [words("of", (_derivative(kink.order) for kink in kinks))],
            [numbers("left", (kink.left for kink in kinks))],
            [numbers("right", (kink.right for kink in kinks))],
            [numbers("jump", (kink.jump for kink in kinks))],
        ],
    )


def _derivative(order: int) -> str:
    return "f" + "'" * order if order <= 3 else f"f^({order})"


def kink_report(result: KinkReport) -> Iterator[RenderableType]:
    """`actx kinks`."""
    yield title(result.formula, f" on {domain(result.domain)}: {result.smoothness}")
    yield Text()
    if result.kinks:
        yield indented(_kink_table(result.kinks))
    else:
        yield indented(Text(f"No derivative up to order {result.max_order} jumps."))


# Candidates against a target


def comparison(result: Comparison) -> Iterator[RenderableType]:
    """`actx compare`: a sheet for one candidate, a ranked table for more."""
    if len(result.rows) == 1:
        yield from _one_candidate(result, result.rows[0])
        yield from notes((*result.rows[0].notes, *result.notes))
        return
    count = len(result.rows)
    yield Text.assemble(
        f"{count} candidates against ", (result.target, NAME), f" on {domain(result.domain)}"
    )
    yield Text()
    yield _ranking(result.rows)
    yield Text()
    yield Text(_explained(result.rows), style=QUIET)
    legend = _legend(result)
    if legend:
        yield Text()
        yield facts_grid(legend)
    yield from notes(
        [f"{row.name}: {note}" for row in result.rows for note in row.notes] + list(result.notes)
    )


def _explained(rows: Sequence[ComparisonRow]) -> str:
    words = "e = candidate - target; L1 = ∫|e|dx, L2 = √∫e²dx, Gauss = √E e² with x ~ N(0,1)"
    if any(math.isinf(row.max_error.x) for row in rows):
        words += "; an x of → ∞ is approached, not attained"
    return f"{words}."


def _ranking(rows: Sequence[ComparisonRow]) -> Columns:
    return Columns(
        [
            aligned("", (str(rank) for rank in range(1, len(rows) + 1)), QUIET),
            words("candidate", (_short(row.name) for row in rows), NAME),
        ],
        [
            [
                numbers("max |e|", (row.max_error.value for row in rows), style="bold"),
                aligned("at x", (place(row.max_error.x) for row in rows)),
            ],
            [numbers("L1", (row.l1_error for row in rows), _FEWER)],
            [numbers("L2", (row.l2_error for row in rows), _FEWER)],
            [numbers("Gauss", (row.gauss_error for row in rows), _FEWER)],
            [words("smooth", (row.smoothness for row in rows))],
            [
                numbers("max |e'|", (row.max_slope_error.value for row in rows), _FEWER),
                aligned("at x", (place(row.max_slope_error.x, digits=_FEWER) for row in rows)),
            ],
            [
                numbers("minimum", (row.minimum.y for row in rows), _FEWER),
                aligned("at x", (_extremum_place(row.minimum, _FEWER) for row in rows)),
            ],
        ],
        optional=words("kinks", (_kink_places(row.kinks) for row in rows)),
    )


_FEWER = 6  # significant digits where columns are many


def _short(name: str) -> str:
    return name if cell_len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _extremum_place(point: Extremum, digits: int = DIGITS) -> str:
    return place(point.x, tends=point.kind in (Kind.LIMIT, Kind.UNBOUNDED), digits=digits)


def _kink_places(kinks: Sequence[Kink], most: int = 3) -> str:
    if not kinks:
        return "none"
    places = ", ".join(number(kink.x, 4) for kink in kinks[:most])
    return places if len(kinks) <= most else f"{places}, … {len(kinks)}"


def _legend(result: Comparison) -> list[tuple[str, RenderableType]]:
    """What the names stand for, where that is new and not too much."""
    rows: list[tuple[str, RenderableType]] = []
    for rank, row in enumerate(result.rows, 1):
        cut = _short(row.name) != row.name
        if cut or (row.formula != row.name and len(result.rows) <= _LEGEND_ROWS):
            rows.append((str(rank) if cut else row.name, row.formula))
    if result.target_formula != result.target:
        rows.append((_short(result.target), result.target_formula))
    return rows


def _one_candidate(result: Comparison, row: ComparisonRow) -> Iterator[RenderableType]:
    yield Text.assemble(
        (row.name, NAME),
        " against ",
        (result.target, NAME),
        f" on {domain(result.domain)}",
        overflow="fold",
    )
    formulas = [(row.name, row.formula), (result.target, result.target_formula)]
    named = [(name, text) for name, text in formulas if name != text]
    if named:
        yield Text()
        yield facts_grid((_short(name), text) for name, text in named)
    yield Text()
    yield facts_grid(
        [
            *_error_facts(row, result.target),
            ("minimum", extremum(row.minimum)),
            ("smoothness", _smoothness(row.smoothness, row.kinks)),
        ]
    )
    if row.kinks:
        yield Text()
        yield indented(_kink_table(row.kinks))


def _error_facts(row: ComparisonRow, target: str) -> Iterator[tuple[str, str]]:
    top, slope = row.max_error, row.max_slope_error
    side = "below" if top.signed < 0 else "above"
    where = f"{at(top.x)}, {_short(row.name)} {side} {_short(target)}"
    facts = [
        ("max |e|", top.value, where if top.value else ""),
        ("L1  ∫|e|dx", row.l1_error, ""),
        ("L2  √∫e²dx", row.l2_error, ""),
        ("Gauss  √E e²", row.gauss_error, "x ~ N(0,1)"),
        ("max |e'|", slope.value, at(slope.x) if slope.value else ""),
    ]
    values = align([number(value) for _, value, _ in facts])
    for (label, _, ending), value in zip(facts, values, strict=True):
        yield label, f"{value}  {ending}".rstrip()


# A fit


def fit(result: Fit) -> Iterator[RenderableType]:
    """`actx fit`: the fitted formula, then its errors beside other choices of the parameters."""
    yield Text.assemble(
        (result.template, NAME),
        " fitted to ",
        (result.target, NAME),
        f" on {domain(result.domain)}",
        overflow="fold",
    )
    yield Text()
    facts: list[tuple[str, RenderableType]] = [
        (name, number(value, 10)) for name, value in result.parameters.items()
    ]
    facts.append((_NORM_WORDS.get(result.norm, result.norm), number(result.objective)))
    yield facts_grid([*facts, ("formula", result.formula)])
    yield Text()
    yield indented(_choices(result))
    if result.alternation:
        yield Text()
        yield indented(_alternation(result))
    yield from notes(result.notes)


_NORM_WORDS = {
    "max": "sup|e|",
    "l1": "∫|e|dx",
    "l2": "√∫e²dx",
    "gauss": "√E e², x ~ N(0,1)",
}


def _choices(result: Fit) -> Columns:
    """The fit and its variants side by side, a column each: their parameters, then their errors."""
    names = list(result.parameters)
    first = FitVariant(
        max_error=result.max_error,
        l1_error=result.l1_error,
        l2_error=result.l2_error,
        gauss_error=result.gauss_error,
        label=f"{result.norm} (this fit)",
        parameters=result.parameters,
    )
    return Columns(
        [words("", [*names, "max |e|", "at x", "L1", "L2", "Gauss"], QUIET)],
        [
            [_choice(variant, names, NAME if variant is first else "")]
            for variant in (first, *result.variants)
        ],
    )


def _choice(variant: FitVariant, names: Sequence[str], style: str) -> Column:
    parameters = [number(variant.parameters.get(name, math.nan)) for name in names]
    errors = [
        number(variant.max_error.value),
        place(variant.max_error.x),
        number(variant.l1_error),
        number(variant.l2_error),
        number(variant.gauss_error),
    ]
    return aligned(variant.label.replace(" ", "\n", 1), [*parameters, *errors], style)


def _alternation(result: Fit) -> Columns:
    points = result.alternation
    return Columns(
        [aligned("alternation at x", (place(point.x) for point in points))],
        [[numbers("error", (point.error for point in points))]],
    )
