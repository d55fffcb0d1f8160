"""`actx show` and `actx kinks` as text: one formula in full, and its kinks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from actx.analysis.results import (
    Exploration,
    Extremum,
    Kind,
    Kink,
    KinkReport,
    MaxSlopeError,
    PointValues,
    Tails,
)
from actx.core.domain import Interval
from actx.core.numbers import DIGITS, domain, interval, number, place
from actx.language.text import abridged
from actx.present.sheets.certainty import Certainty, doubts
from actx.present.sheets.errors import at_place_of, slope_size
from actx.present.sheets.layout import (
    Columns,
    aligned,
    facts_grid,
    indented,
    notes,
    quietly,
    title,
    words,
)
from actx.present.sheets.wording import extremum, operations, tail

_MOST_DIGITS = 15  # that every float has
_NOT_ATTAINED = (Kind.LIMIT, Kind.UNBOUNDED)
_MOST_KINKS = 40  # that are all listed
_FIRST_KINKS = 12  # of more than these


def exploration(result: Exploration, certainty: Certainty) -> Iterator[RenderableType]:
    """`actx show`."""
    yield title(abridged(result.name))
    if result.formula != result.name:
        yield indented(Text(abridged(result.formula), overflow="fold"))
    yield Text()
    yield facts_grid(facts(result, certainty))
    for point in result.at:
        yield Text()
        yield facts_grid(_at(point, certainty))
    extrema = _other_extrema(result, certainty)
    if extrema is not None:
        yield Text()
        yield indented(extrema)
    if result.kinks:
        yield Text()
        yield indented(kink_table(result.kinks, certainty))
    if certainty.proofs:
        yield from quietly(_standing(result, certainty))
    yield from notes((*doubts(result.undecided), *result.notes))


def facts(result: Exploration, certainty: Certainty) -> Iterator[tuple[str, str]]:
    """What a sheet says of a formula, each with its label."""
    yield "domain", domain(result.domain)
    smooth = certainty.smoothness(result.smoothness, result.kinks, result.undecided)
    yield "smoothness", smoothness(smooth, result.kinks)
    yield "minimum", extremum(result.minimum, certainty)
    yield "maximum", extremum(result.maximum, certainty)
    yield "range", _range(result, certainty)
    yield "zeros", _zeros(result, certainty)
    if result.lipschitz is not None:
        yield "max |f'|", _lipschitz(result.lipschitz, certainty)
    yield from _tails(result.tails)
    if result.operations is not None:
        yield "operations", operations(result.operations)


def smoothness(text: str, kinks: Sequence[Kink]) -> str:
    """C^k and how many kinks."""
    if not kinks:
        return text
    return f"{text}, {len(kinks)} kink{'s' if len(kinks) > 1 else ''}"


def _range(result: Exploration, certainty: Certainty) -> str:
    """From inf f to sup f, an end in a round bracket where it is only approached."""
    left = "(" if result.minimum.kind in _NOT_ATTAINED else "["
    right = ")" if result.maximum.kind in _NOT_ATTAINED else "]"
    lo, hi = (certainty.height(end) for end in (result.minimum, result.maximum))
    return f"{left}{lo}, {hi}{right}"


def _lipschitz(slope: MaxSlopeError, certainty: Certainty) -> str:
    """sup|f'|, with its place where it is not proven to be reached in others too, as on a line."""
    size = slope_size(slope, certainty)
    alone = not certainty.proofs or certainty.alone(slope.x, slope.x_enclosure)
    return f"{size} {at_place_of(slope, certainty)}" if slope.value and alone else size


def _at(point: PointValues, certainty: Certainty) -> Iterator[tuple[str, str]]:
    """Value and derivatives at a point, with all digits that a float has."""
    x = number(point.x, 17 if float(number(point.x)) != point.x else DIGITS)
    yield f"f({x})", _digits(point.value, point.value_enclosure, certainty)
    for k, value in enumerate(point.derivatives):
        if math.isnan(value) and point.left is not None and point.right is not None:
            below, above = (
                _digits(side.values[k], side.enclosures[k], certainty)
                for side in (point.left, point.right)
            )
            told = f"{below} from the left, {above} from the right"
        else:
            told = _digits(value, point.both.enclosures[k], certainty)
        yield f"{derivative(k + 1)}({x})", told


def _digits(value: float, enclosure: Interval | None, certainty: Certainty) -> str:
    if math.isnan(value):
        return "none is known"
    return certainty.number(value, enclosure, True, _MOST_DIGITS)


def _zeros(result: Exploration, certainty: Certainty) -> str:
    known = result.zero_enclosures or (None,) * len(result.zeros)
    shown = []
    for x, enclosure in zip(result.zeros, known, strict=True):
        show = certainty.zero(x, enclosure)
        shown.append(interval(x, show=show) if isinstance(x, tuple) else f"x = {show(x)}")
    return ", ".join(shown) or "none"


def _tails(tails: Tails) -> Iterator[tuple[str, str]]:
    if tails.left is not None:
        yield "as x → -∞", tail(tails.left)
    if tails.right is not None:
        yield "as x → ∞", tail(tails.right)


def _other_extrema(result: Exploration, certainty: Certainty) -> Columns | None:
    """All minima and maxima, unless the sheet has said them already."""
    points = [("minimum", point) for point in result.minima]
    points += [("maximum", point) for point in result.maxima]
    if all(point.x in (result.minimum.x, result.maximum.x) for _, point in points):
        return None
    points.sort(key=lambda item: _left_end(item[1].x))
    extrema = [point for _, point in points]
    return Columns(
        [words("local", (what for what, _ in points))],
        [
            [aligned("x", (extremum_place(point, certainty) for point in extrema))],
            [aligned("y", (certainty.height(point) for point in extrema))],
            [words("kind", (point.kind.value for point in extrema))],
        ],
    )


def _left_end(x: float | tuple[float, float]) -> float:
    return x[0] if isinstance(x, tuple) else x


def extremum_place(point: Extremum, certainty: Certainty, digits: int = DIGITS) -> str:
    """The place of an extremum for a column."""
    towards = point.kind in _NOT_ATTAINED
    return place(point.x, tends=towards, show=certainty.place(point, digits))


def _standing(result: Exploration, certainty: Certainty) -> str:
    """What is proven of the sheet, in one line."""
    marks = certainty.legend()
    if marks is None:
        complete = "" if result.undecided else ", and that these are all extrema, zeros and kinks"
        marks = f"Proven: all digits{complete}."
    return marks if result.tails == Tails(None, None) else f"{marks} The tails are computed."


def kink_table(kinks: Sequence[Kink], certainty: Certainty) -> Columns:
    """Where which derivative jumps, and by how much."""
    shown = kinks if len(kinks) <= _MOST_KINKS else kinks[:_FIRST_KINKS]
    rows = [(*kink_cells(kink, certainty),) for kink in shown]
    orders = [(str(kink.order), derivative(kink.order)) for kink in shown]
    if len(shown) < len(kinks):
        rows.append((f"… {len(kinks) - len(shown):,} more", "", "", ""))
        orders.append(("", ""))
    places, left, right, jump = zip(*rows, strict=True)
    return Columns(
        [aligned("kink at x", places)],
        [
            [aligned("order", (order for order, _ in orders))],
            [words("of", (of for _, of in orders))],
            [aligned("left", left)],
            [aligned("right", right)],
            [aligned("jump", jump)],
        ],
    )


def kink_cells(kink: Kink, certainty: Certainty) -> Iterable[str]:
    """Its place, the one-sided derivatives and the jump."""
    known = kink.enclosure
    left, right, jump = (known.left, known.right, known.jump) if known else (None, None, None)
    yield certainty.place(kink)(kink.x)
    yield certainty.number(kink.left, left, kink.proven)
    yield certainty.number(kink.right, right, kink.proven)
    yield certainty.number(kink.jump, jump, kink.proven)


def derivative(order: int) -> str:
    """The derivative of an order as people write it."""
    return "f" + "'" * order if order <= 3 else f"f^({order})"


def kink_report(result: KinkReport, certainty: Certainty) -> Iterator[RenderableType]:
    """`actx kinks`."""
    smooth = certainty.smoothness(result.smoothness, result.kinks, result.undecided)
    yield title(abridged(result.formula), f" on {domain(result.domain)}: {smooth}")
    yield Text()
    if result.kinks:
        yield indented(kink_table(result.kinks, certainty))
    else:
        yield indented(Text(_without_kinks(result, certainty)))
    yield from quietly(_kinks_standing(result, certainty))
    yield from notes(doubts(result.undecided))


def _without_kinks(result: KinkReport, certainty: Certainty) -> str:
    if result.undecided:
        return f"No derivative up to order {result.max_order} was seen to jump."
    proven = ": proven" if certainty.proofs else ""
    return f"No derivative up to order {result.max_order} jumps{proven}."


def _kinks_standing(result: KinkReport, certainty: Certainty) -> str | None:
    """What is proven of a list of kinks, in one line."""
    if certainty.marked or result.undecided or not (certainty.proofs and result.kinks):
        return certainty.legend()
    return f"Proven: all digits, and that no other derivative up to order {result.max_order} jumps."
