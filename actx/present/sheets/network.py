"""`actx model` as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from actx.core.numbers import number, outward
from actx.present.sheets.layout import (
    NAME,
    QUIET,
    Column,
    Columns,
    aligned,
    facts_grid,
    notes,
    numbers,
    title,
    words,
)
from actx.present.sheets.searched import with_digits
from actx.present.terminal import printable
from actx.studies.model.finding.recognise import Recognised
from actx.studies.model.results import Activation, Bars, Effect, ModelReport

_DIGITS = 4
_CELLS = 24  # of a histogram in a line
_BLOCKS = "▁▂▃▄▅▆▇█"
_LONGEST = 34  # characters of a formula or a tensor in the table


def network(result: ModelReport) -> Iterator[RenderableType]:
    """What there is, then a place a row."""
    places = result.activations
    ran = f", run on {many(result.examples, 'example')}" if result.examples else ""
    count = many(len(places), "activation")
    yield title(result.model.name, f": {count} in {many(result.nodes, 'node')}{ran}")
    yield Text()
    yield facts_grid(_kinds(places))
    yield Text()
    yield Columns(_key(places), list(_groups(places)))
    if any(place.why is not None for place in places):
        yield Text()
        yield facts_grid(_reasons(places))
    if result.stopped:
        yield Text()
        yield Text("Interrupted: this is what was measured until then, and nothing is written.")
    if result.outputs is not None:
        yield Text()
        yield Text(_together(result, result.outputs))
    elif result.bounds is not None and not result.stopped:
        yield Text()
        yield Text(f"Nothing is replaced; asked for was that {asked(result)}.")
    written = [*([] if result.written is None else [result.written]), *result.files]
    if written:
        yield Text()
    for path in written:
        yield Text(f"Wrote {printable(str(path))}", overflow="fold")
    yield Text()
    yield Text(_explained(result), style=QUIET)
    yield from notes(result.notes)


def many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' if count != 1 else ''}"


def _kinds(places: Sequence[Activation]) -> Iterator[tuple[str, RenderableType]]:
    """Each formula once, with the number of its places and what is proven of it."""
    kinds: dict[str, list[Activation]] = {}
    for place in places:
        kinds.setdefault(kind(place), []).append(place)
    for what, alike in sorted(kinds.items(), key=lambda item: -len(item[1])):
        yield f"{len(alike)} ×", Text(f"{what}, {proof(alike)}")


def kind(place: Activation) -> str:
    found = place.recognised
    if found is None:
        return _cut(place.formula)
    values = ", ".join(f"{name} = {number(v)}" for name, v in found.parameters.items())
    name = f"{found.name} ({values})" if values else found.name
    return name if is_plain(found) else f"{name}, scaled or shifted"


def is_plain(found: Recognised) -> bool:
    return (found.alpha, found.beta, found.gamma, found.delta) == (1, 1, 0, 0)


def proof(alike: Sequence[Activation]) -> str:
    found = [place.recognised for place in alike]
    if any(each is None for each in found):
        return "none of the registry"
    largest = max(each.difference for each in found if each is not None)
    if largest == 0:
        return "proven equal"
    return f"proven within {outward((largest, largest), 2)[1]}"


def _key(places: Sequence[Activation]) -> list[Column]:
    return [
        aligned("", map(str, range(1, len(places) + 1)), QUIET),
        words("activation", map(name_of, places), NAME),
    ]


def name_of(place: Activation) -> str:
    return _cut(place.formula if place.recognised is None else place.recognised.name, 18)


def _groups(places: Sequence[Activation]) -> Iterator[list[Column]]:
    if any(place.inputs is not None for place in places):
        yield [
            numbers("min", _seen(places, "min"), _DIGITS),
            numbers("max", _seen(places, "max"), _DIGITS),
        ]
        yield [words("what it sees", map(_picture, places))]
        if any(place.time is not None for place in places):
            yield [aligned("time\n%", map(_time, places))]
        yield [
            numbers("mean", _seen(places, "mean"), _DIGITS),
            numbers("deviation", _seen(places, "std"), _DIGITS),
        ]
    if any(place.replacement is not None for place in places):
        yield [words("replaced by", map(_replacement, places))]
        if any(place.trials for place in places):
            yield [aligned("cost", map(_costs, places))]
        yield [aligned("error\nat most", map(error_at_most, places))]
        if any(place.data_rms is not None for place in places):
            yield [aligned("rms over\nthe data", map(_rms, places))]
        if any(place.alone is not None for place in places):
            yield [
                aligned("alone:\nkept", (kept(place.alone) for place in places)),
                aligned("outputs\noff by", (off(place.alone) for place in places)),
            ]
    yield [aligned("elements", map(_elements, places))]
    if any(place.recognised is not None and not is_plain(place.recognised) for place in places):
        yield [words("as α f(βx + γ) + δ", map(scaled, places))]
    yield [words("tensor", (_end(place.name) for place in places), QUIET)]


def error_at_most(place: Activation) -> str:
    return "" if place.error is None else outward(place.error, _DIGITS)[1]


def short(place: Activation) -> str:
    """What takes its place, with few digits; the JSON has all."""
    if place.replacement is None or place.new_cost is None:  # nothing, or a table
        return place.replacement or ""
    return with_digits(place.replacement, _DIGITS)


def _replacement(place: Activation, most: int = 30) -> str:
    return _cut(short(place), most)


def _rms(place: Activation) -> str:
    return "" if place.data_rms is None else number(place.data_rms, _DIGITS)


def _costs(place: Activation) -> str:
    if place.cost is None or place.new_cost is None:
        return ""
    return f"{number(place.cost, _DIGITS)} → {number(place.new_cost, _DIGITS)}"


def kept(found: Effect | None) -> str:
    return "" if found is None else f"{found.kept:,} of {found.rows:,}"


def off(found: Effect | None) -> str:
    return "" if found is None else number(found.largest, _DIGITS)


def _reasons(places: Sequence[Activation]) -> Iterator[tuple[str, RenderableType]]:
    """What was chosen and why, by the numbers of the places that it is so of."""
    alike: dict[str, list[int]] = {}
    for i, place in enumerate(places, 1):
        if place.why is not None:
            told = f"{_replacement(place, 60) or 'stays'}: {place.why}"
            alike.setdefault(told, []).append(i)
    for told, found in alike.items():
        yield _spans(found), Text(told)


def _spans(found: Sequence[int]) -> str:
    """Rising numbers, those in a row by their ends."""
    parts: list[list[int]] = []
    for i in found:
        if parts and i == parts[-1][-1] + 1:
            parts[-1].append(i)
        else:
            parts.append([i])
    return ",\n".join(str(part[0]) if len(part) == 1 else f"{part[0]}–{part[-1]}" for part in parts)


def asked(result: ModelReport) -> str:
    """What a search kept the outputs within, in words."""
    bounds = result.bounds
    assert bounds is not None
    parts = []
    if bounds.keep is not None:
        share = "all" if bounds.keep == 1 else f"a share of at least {bounds.keep:.12g} of the"
        if bounds.labels:
            parts.append(f"{share} rows that were right are right")
        elif bounds.texts:
            parts.append(f"the text stays what it was in {share} examples")
        else:
            parts.append(f"the largest entry stays in {share} rows")
    if bounds.tolerance is not None:
        parts.append(f"no number of the outputs is off by more than {bounds.tolerance:g}")
    return ", and ".join(parts)


def kept_of(result: ModelReport) -> tuple[str, str]:
    """What it is that stays, and what that is counted in."""
    if result.decode is None:
        return "the largest entry stays where it was", "rows"
    return "the text stays what it was", "examples"


def _together(result: ModelReport, found: Effect) -> str:
    """What all replacements do to the outputs and to the time."""
    time = found.time
    ratio = f"; ~{time.after / time.before:.2f} times the time" if time and time.before else ""
    before, after = found.before.right, found.after.right
    right = "" if before is None else f"{before:,} rows were right and {after:,} are, "
    what, where = kept_of(result)
    return (
        f"All together: {what} in {kept(found)} {where}, {right}"
        f"outputs are off by at most {off(found)}{ratio}."
    )


def _seen(places: Sequence[Activation], name: str) -> Iterator[float]:
    for place in places:
        yield float("nan") if place.inputs is None else getattr(place.inputs, name)


def _time(place: Activation) -> str:
    return "—" if place.time is None else f"{100 * place.time:.1f}"


def _elements(place: Activation) -> str:
    return "—" if place.elements is None else f"{place.elements:,}"


def scaled(place: Activation) -> str:
    found = place.recognised
    if found is None or is_plain(found):
        return ""
    inside = _product(found.beta, "x") + _added(found.gamma)
    return _product(found.alpha, f"f({inside})") + _added(found.delta)


def _product(factor: float, what: str) -> str:
    return {1.0: what, -1.0: f"-{what}"}.get(factor, f"{number(factor, _DIGITS)} {what}")


def _added(shift: float) -> str:
    if shift == 0:
        return ""
    return f" {'+' if shift > 0 else '-'} {number(abs(shift), _DIGITS)}"


def _picture(place: Activation) -> str:
    """The histogram from min to max, a block a cell; one that has any shows."""
    if place.inputs is None:
        return "—"
    counts = _cells(place.inputs.histogram)
    most = max(counts)
    top = len(_BLOCKS) - 1
    return "".join(_BLOCKS[-(-top * count // most)] if count else " " for count in counts).rstrip()


def _cells(bars: Bars) -> list[int]:
    """At most so many cells as there is room for, neighbours together."""
    together = -(-len(bars.counts) // _CELLS)
    starts = range(0, len(bars.counts), together)
    return [sum(bars.counts[start : start + together]) for start in starts]


def _cut(text: str, most: int = _LONGEST) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _end(name: str) -> str:
    return name if len(name) <= _LONGEST else f"…{name[1 - _LONGEST :]}"


def _explained(result: ModelReport) -> str:
    told = "elements: for one example."
    if result.examples is not None:
        ran = ", ".join(f"{name} {version}" for name, version in (result.versions or {}).items())
        told = (
            "what it sees: a histogram from min to max; time: the share of the time of all nodes, "
            f"none joined with others ({ran}); {told}"
        )
    elif any(place.elements is None for place in result.activations):
        told += " Where sizes are left open (—), they are known with data."
    return f"{told} cost: {result.costs}." if result.costs else told
