"""The marked values of `actx explore` as text, and as cells of its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import RenderableType
from rich.text import Text

from actx.core.norms import NORMS
from actx.core.numbers import domain, number
from actx.fitting.results import Optimality
from actx.present.sheets.certainty import Certainty
from actx.present.sheets.comparison import kink_places
from actx.present.sheets.errors import max_error, norm, place_of
from actx.present.sheets.exploration import extremum_place
from actx.present.sheets.layout import NAME, Columns, aligned, notes, quietly, title, words
from actx.studies.explorer.results import Explorer, Mark, Pair

_FEWER = 6
_CLAIMS = {
    Optimality.GLOBAL: "best",
    Optimality.LOCAL: "best nearby",
    Optimality.SEARCHED: "best found",
}


def explorer(result: Explorer, certainty: Certainty) -> Iterator[RenderableType]:
    """A table for each template and target."""
    for template in result.templates:
        for pair in template.pairs:
            yield title(template.name, f" against {pair.target} on {domain(pair.domain)}")
            yield Text()
            if pair.marks:
                yield _marks(pair, certainty)
            yield from notes([*claims(pair), *pair.notes])
            yield Text()
    yield from quietly(certainty.legend())


def label(mark: Mark) -> str:
    """What values are marked for; "best" only where that is proven."""
    if mark.optimality is None:
        return {"registry": "registry default"}.get(mark.what, "as given")
    return f"{_CLAIMS[mark.optimality]}, {NORMS[mark.what].head}"


def claims(pair: Pair) -> Iterator[str]:
    """Which values the best are the best of, where these are not all."""
    for mark in pair.marks:
        if mark.optimality is Optimality.GLOBAL and mark.over not in ("", "all values"):
            yield f"{label(mark)}: proven for {mark.over}."


def cells(mark: Mark, certainty: Certainty) -> Mapping[str, str]:
    """What is told of a mark, by the heads of columns: each as far as it is proven."""
    row = mark.row
    found = {name: number(value) for name, value in mark.parameters.items()}
    found["max |e|"] = max_error(row, certainty)
    found["at x"] = place_of(row.max_error, certainty, _FEWER)
    found["L2"] = norm(row, "l2", certainty, _FEWER)
    if row.data is not None:
        found[NORMS["data"].head] = certainty.computed(row.data.rms, _FEWER)
    found["minimum"] = certainty.height(row.minimum, _FEWER)
    found["its x"] = extremum_place(row.minimum, certainty, _FEWER)
    found["kinks"] = kink_places(row.kinks, certainty)
    return found


def _marks(pair: Pair, certainty: Certainty) -> Columns:
    told = [cells(mark, certainty) for mark in pair.marks]
    groups = [[aligned(head, [each[head] for each in told])] for head in told[0]]
    return Columns([words("", [label(mark) for mark in pair.marks], NAME)], groups)
