"""`actx finetune` as text: the ways to the new activation, how they differ, and pruned networks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from actx.core.numbers import number
from actx.present.sheets.comparison import short
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
from actx.present.terminal import printable
from actx.studies.finetune.results import (
    BEFORE,
    BLEND,
    KEEP,
    SCRATCH,
    SWAP,
    TRAIN_ON,
    Difference,
    Finetuning,
    Way,
)

_NONE = "—"


def finetuning(result: Finetuning) -> Iterator[RenderableType]:
    """The sheet of an experiment."""
    yield Text.assemble(
        "from ", (result.from_, NAME), " to ", (result.to, NAME), f" {where(result)}",
        overflow="fold",
    )  # fmt: skip
    yield Text()
    yield facts_grid(_facts(result))
    yield Text()
    yield indented(_ways(result))
    yield from quietly(_meaning(result))
    yield Text()
    yield indented(_differences(result))
    if result.pruned:
        yield Text()
        yield indented(_pruned(result))
    yield from notes(_notes(result))
    if result.output is not None or result.written is not None:
        yield Text()
    for path in (result.output, result.written):
        if path is not None:
            yield Text(f"Wrote {printable(path)}", overflow="fold")


def where(result: Finetuning) -> str:
    """The data, or the network that is given."""
    if result.network is not None:
        return f"in {result.network.name}"
    return f"on {result.settings.dataset}"


def way_words(result: Finetuning, name: str) -> str:
    """A way in the words of tables and pictures."""
    old, new = short(result.from_), short(result.to)
    return {
        BEFORE: f"{old}, trained" if result.network is None else f"{old}, as given",
        KEEP: f"{old} kept, trained on",
        SWAP: "swapped",
        TRAIN_ON: "swapped, trained on",
        BLEND: "blended, trained on",
        SCRATCH: f"{new} from the start",
    }[name]


def _facts(result: Finetuning) -> Iterator[tuple[str, RenderableType]]:
    s = result.settings
    for name, text in {result.from_: result.from_formula, result.to: result.to_formula}.items():
        if name != text:
            yield short(name), text
    yield "data", f"{result.training} examples to train, {result.testing} to test"
    given = result.network
    if given is not None:
        said = "given" if given.labelled else "what the network says before the change"
        yield "labels", f"{said}, {result.classes} classes"
        changed = f"{given.changed} of {_count(given.activations, 'activation')} changed"
        yield "network", f"{changed}, {given.weights:,} weights"
        yield "epochs", f"{s.tune_epochs} after the change"
    else:
        hidden = " and ".join(filter(None, [", ".join(map(str, s.hidden[:-1])), str(s.hidden[-1])]))
        yield "network", f"{result.features} features, {hidden} neurons, {result.classes} classes"
        yield "epochs", f"{s.epochs}, then {s.tune_epochs} after the change"
    yield "blend", f"{_count(s.blend_epochs, 'epoch')} of these, schedule {s.schedule.name}"
    yield "repeated", f"{_count(s.seeds, 'seed')}, on {result.device}"


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def percent(share: float, digits: int = 2) -> str:
    """A share in percent."""
    return _NONE if math.isnan(share) else f"{100 * share:.{digits}f}"


def _ways(result: Finetuning) -> Columns:
    ways = result.ways
    goal = number(100 * result.settings.goal, 4)
    return Columns(
        [words("", (way_words(result, way.name) for way in ways), NAME)],
        [
            [aligned("epochs", (_epochs(result, way) for way in ways))],
            [
                aligned("accuracy\n%", (percent(way.accuracy.mean) for way in ways), "bold"),
                aligned("spread", (percent(way.accuracy.deviation) for way in ways)),
            ],
            [aligned(f"epochs\nto {goal}%", (_epochs_to_goal(way) for way in ways))],
            [
                aligned("ms per\nepoch", (_milliseconds(way) for way in ways)),
                aligned(f"s to\n{goal}%", (_seconds(way) for way in ways)),
            ],
        ],
    )


def _epochs(result: Finetuning, way: Way) -> str:
    more = way.name not in (BEFORE, SCRATCH) if result.network is not None else way.begins
    return f"{'+' if more else ''}{way.epochs}"


def _epochs_to_goal(way: Way) -> str:
    if way.epochs_to_goal is None:
        return "never"
    mean = f"{way.epochs_to_goal.mean:.1f}"
    return mean if way.reached == len(way.runs) else f"{mean} in {way.reached}"


def _milliseconds(way: Way) -> str:
    return _NONE if math.isnan(way.seconds_per_epoch) else f"{1000 * way.seconds_per_epoch:.3g}"


def _seconds(way: Way) -> str:
    return _NONE if way.seconds_to_goal is None else f"{way.seconds_to_goal:.3g}"


def _meaning(result: Finetuning) -> str:
    reached = all(way.reached in (0, len(way.runs)) for way in result.ways)
    partly = "" if reached else " 'in 3' says that only 3 seeds reach it, the mean is theirs."
    return (
        "accuracy: the mean over the seeds, of the test examples; spread: its standard deviation. "
        "Epochs after the change count from the trained network (+), the others from the start; a "
        f"blend counts once only {short(result.to)} is left.{partly}"
    )


def _differences(result: Finetuning) -> Columns:
    rows = result.differences
    return Columns(
        [
            words("difference of", (way_words(result, row.first) for row in rows)),
            words("from", (way_words(result, row.second) for row in rows)),
        ],
        [
            [
                aligned("points", (_signed(row.difference.mean) for row in rows), "bold"),
                aligned("spread", (percent(row.difference.deviation) for row in rows)),
            ],
            [aligned("better", (str(row.ahead) for row in rows))],
            [aligned("worse", (str(row.behind) for row in rows))],
        ],
    )


def _signed(share: float) -> str:
    return f"{100 * share + 0.0:+.2f}" if round(100 * share, 2) else "0.00"


def _pruned(result: Finetuning) -> Columns:
    rows = result.pruned
    return Columns(
        [aligned("neurons kept\n%", (number(100 * row.kept, 4) for row in rows), NAME)],
        [
            [words("in each\nlayer", (_neurons(row.neurons) for row in rows))],
            [aligned("weights\nand biases", (str(row.parameters) for row in rows))],
            [
                aligned("accuracy %\nat once", (percent(row.at_once.mean) for row in rows)),
                aligned("after\ntraining", (percent(row.accuracy.mean) for row in rows), "bold"),
                aligned("spread", (percent(row.accuracy.deviation) for row in rows)),
            ],
        ],
    )


def _neurons(counts: Sequence[int]) -> str:
    shown = ", ".join(map(str, counts[:4]))
    return shown if len(counts) <= 4 else f"{shown}, … {len(counts)}"


def _notes(result: Finetuning) -> Iterator[str]:
    seeds = result.settings.seeds
    gaps = {(row.first, row.second): row for row in result.differences}
    yield _verdict(gaps[SWAP, BEFORE], "The swap itself", seeds)
    yield _verdict(gaps[BLEND, TRAIN_ON], "Blending instead of swapping at once", seeds)
    if result.written is not None:
        yield (
            f"{printable(result.written)} has the network {result.written_way!r} of the first seed."
        )
    if result.network is not None:
        yield (
            "What is held back is drawn anew for each seed; the network may have been trained on "
            "it before. Batch normalization stays as in evaluation."
        )
    if seeds == 1:
        yield "One seed tells nothing about the spread: give more seeds."
    if result.pruned:
        yield (
            f"Pruned is the blended network, by {result.settings.prune}, and trained for "
            f"{_count(result.settings.prune_epochs, 'epoch')} after that."
        )
    yield (
        "Times are those of activations composed of torch operations, the old one as well as the "
        "new; a fused kernel takes less. They depend on what else the machine does."
    )


def _verdict(row: Difference, what: str, seeds: int) -> str:
    """What the numbers show, and no more."""
    gap = row.difference
    if row.ahead == row.behind == 0:
        return f"{what}: no difference in the accuracy of any seed."
    size = f"{_signed(gap.mean)} points"
    if math.isnan(gap.deviation):
        return f"{what}: {size}."
    if abs(gap.mean) <= gap.deviation:
        return f"{what}: {size}, which is within the spread of {percent(gap.deviation)}."
    return (
        f"{what}: {size}, more than the spread of {percent(gap.deviation)}; "
        f"{_count(seeds, 'seed')} are no test of significance."
    )
