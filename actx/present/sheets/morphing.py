"""`actx morph` as text: the blends, a row each, and where a schedule has them in each layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from actx.analysis.results import MaxError
from actx.core.numbers import domain, number
from actx.language.text import abridged
from actx.present.sheets.certainty import Certainty, doubts
from actx.present.sheets.comparison import kink_places, short
from actx.present.sheets.errors import at_place_of
from actx.present.sheets.exploration import extremum_place
from actx.present.sheets.layout import (
    NAME,
    Columns,
    aligned,
    facts_grid,
    indented,
    notes,
    quietly,
    words,
)
from actx.present.sheets.wording import tied
from actx.present.terminal import printable
from actx.studies.morph.results import Blend, Morph

_FEWER = 6  # significant digits where columns are many


def morph(result: Morph, certainty: Certainty) -> Iterator[RenderableType]:
    """The blends by t, then the steps where they are more than a list of them."""
    names = (abridged(result.from_), NAME), (abridged(result.to), NAME)
    ends = (("from ", ""), names[0], (" to ", ""), names[1])
    yield Text.assemble(*ends, f" on {domain(result.domain)}", overflow="fold")
    yield Text()
    yield facts_grid(_facts(result, certainty))
    yield Text()
    yield indented(_blends(result, certainty))
    if _staggered(result):
        yield Text()
        yield indented(_steps(result))
    yield from quietly(_meaning(certainty))
    yield from notes(
        f"t = {_t(blend.t)}: {doubt}"
        for blend in result.blends
        for doubt in doubts(blend.undecided)
    )
    if result.output is not None:
        yield Text()
        yield Text(f"Wrote {printable(result.output)}", overflow="fold")


def _facts(result: Morph, certainty: Certainty) -> Iterator[tuple[str, RenderableType]]:
    named = [(result.from_, result.from_formula), (result.to, result.to_formula)]
    if result.target is not None and result.target_formula is not None:
        named.append((result.target, result.target_formula))
    for name, text in dict(named).items():
        if name != text:
            yield short(name), abridged(text)
    yield "schedule", schedule_words(result)
    apart = result.difference
    where = f" {at_place_of(apart, certainty)}{tied(apart.ties)}"
    yield "apart by", _size(apart, certainty) + (where if apart.value else "")


def schedule_words(result: Morph) -> str:
    """The schedule in words: `cosine`, `step, 4 stairs`, `per-layer, linear, 3 layers`."""
    used = result.schedule
    parts = [used.name]
    if used.shape not in used.name:
        parts.append(used.shape)
    if used.shape == "step":
        parts.append(f"{used.stairs} stair{'s' if used.stairs > 1 else ''}")
    if result.layers > 1:
        parts.append(f"{result.layers} layers")
    if used.overlap:
        parts.append(f"overlap {number(used.overlap)}")
    if (used.begin, used.end) != (0, 1):
        parts.append(f"from progress {number(used.begin)} to {number(used.end)}")
    return ", ".join(parts)


def _size(error: MaxError, certainty: Certainty, digits: int = _FEWER) -> str:
    return certainty.number(error.value, error.enclosure, error.proven, digits)


def _t(t: float) -> str:
    return number(t, 4)


def _blends(result: Morph, certainty: Certainty) -> Columns:
    blends = result.blends
    groups = [
        [
            aligned("minimum", (certainty.height(b.minimum, _FEWER) for b in blends)),
            aligned("at x", (extremum_place(b.minimum, certainty, _FEWER) for b in blends)),
        ],
        [words("smooth", (_smooth(b, certainty) for b in blends))],
        [words("kinks at x", (kink_places(b.kinks, certainty) for b in blends))],
        [
            aligned(f"max |e|\n{short(result.from_)}", _sizes(blends, "from_error", certainty)),
            aligned(f"max |e|\n{short(result.to)}", _sizes(blends, "to_error", certainty)),
        ],
    ]
    if result.target is not None:
        head = f"max |e|\n{short(result.target)}"
        groups.append([aligned(head, _sizes(blends, "target_error", certainty))])
    return Columns([aligned("t", (_t(b.t) for b in blends), NAME)], groups)


def _smooth(blend: Blend, certainty: Certainty) -> str:
    return certainty.smoothness(blend.smoothness, blend.kinks, blend.undecided)


def _sizes(blends: Sequence[Blend], which: str, certainty: Certainty) -> list[str]:
    return [_size(getattr(blend, which), certainty) for blend in blends]


def _staggered(result: Morph) -> bool:
    """Whether the table of blends does not say what each step has."""
    even = [number(step.progress) for step in result.steps] == [_t(b.t) for b in result.blends]
    return result.layers > 1 or not even


def _steps(result: Morph) -> Columns:
    steps = result.steps
    alike = all(len(set(step.t)) == 1 for step in steps)
    shown = 1 if alike else result.layers
    heads = ["t"] if alike else [f"layer {i + 1}" for i in range(shown)]
    return Columns(
        [aligned("progress", (number(step.progress, 4) for step in steps))],
        [[aligned(heads[i], [_t(step.t[i]) for step in steps])] for i in range(shown)],
    )


def _meaning(certainty: Certainty) -> str:
    words = "max |e|: the largest error of the blend (1-t)·f + t·g against the formula named."
    legend = certainty.legend()
    return words if legend is None else f"{words} {legend}"
