"""From what each seed gave to what is reported."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

from actx.studies.finetune.data import Data
from actx.studies.finetune.networks import Outcome
from actx.studies.finetune.pruning import parameters_of
from actx.studies.finetune.results import (
    BEFORE,
    BLEND,
    KEEP,
    SCRATCH,
    SWAP,
    TRAIN_ON,
    Difference,
    Pruned,
    Run,
    Settings,
    Way,
    spread,
)

WAYS = (BEFORE, KEEP, SWAP, TRAIN_ON, BLEND, SCRATCH)
COMPARED = (
    (SWAP, BEFORE), (BLEND, TRAIN_ON), (BLEND, SCRATCH), (TRAIN_ON, SCRATCH), (BLEND, KEEP),
    (TRAIN_ON, KEEP),
)  # fmt: skip


def summed_up(name: str, seeds: Sequence[Outcome], settings: Settings, from_: str, to: str) -> Way:
    runs = tuple(_run(each, name, settings.goal) for each in seeds)
    reached = [r.epochs_to_goal for r in runs if r.epochs_to_goal is not None]
    seconds = [s for r in runs for s in r.seconds]
    per_epoch = statistics.fmean(seconds) if seconds else math.nan
    to_goal = spread(reached) if reached else None
    return Way(
        name,
        from_ if name in (BEFORE, KEEP) else to,
        0 if name in (BEFORE, SCRATCH) else settings.epochs,
        len(runs[0].losses),
        spread([r.accuracy for r in runs]),
        len(reached),
        to_goal,
        per_epoch,
        None if to_goal is None or not seconds else per_epoch * to_goal.mean,
        runs,
    )


def _run(outcome: Outcome, name: str, goal: float) -> Run:
    course = outcome.courses[name]
    # A blend counts from when only the new activation is left.
    blended = [[0.0], *course.blend] if name == BLEND else [[1.0]] * len(course.accuracies)
    there = [
        epoch
        for epoch, (accuracy, ts) in enumerate(zip(course.accuracies, blended, strict=True))
        if accuracy >= goal and min(ts) == 1
    ]
    return Run(
        outcome.seed,
        course.accuracies[-1],
        tuple(course.accuracies),
        tuple(course.losses),
        tuple(tuple(ts) for ts in course.blend if ts),
        there[0] if there else None,
        tuple(course.seconds),
    )


def difference(first: Way, second: Way) -> Difference:
    gaps = [a - b for a, b in zip(first.accuracy.values, second.accuracy.values, strict=True)]
    ahead, behind = sum(gap > 0 for gap in gaps), sum(gap < 0 for gap in gaps)
    return Difference(first.name, second.name, spread(gaps), ahead, behind)


def compared(ways: Mapping[str, Way]) -> tuple[Difference, ...]:
    """The differences that are told, of the ways that there are."""
    pairs = (pair for pair in COMPARED if ways.keys() >= {*pair})
    return tuple(difference(ways[a], ways[b]) for a, b in pairs)


def pruned(place: int, seeds: Sequence[Outcome], settings: Settings, data: Data) -> Pruned:
    cuts = [each.cuts[place] for each in seeds]
    neurons = cuts[0].neurons
    return Pruned(
        settings.keep[place],
        neurons,
        parameters_of(data.features, neurons, data.classes),
        spread([cut.at_once for cut in cuts]),
        spread([cut.accuracy for cut in cuts]),
    )
