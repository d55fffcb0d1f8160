"""The limits of what the experiment can be asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from difflib import get_close_matches

from actx.core.errors import UsageError
from actx.studies.finetune.results import DATASETS, PRUNING, Settings

MOST_EPOCHS = 100_000
MOST_SEEDS = 1000
MOST_NEURONS = 65_536  # in a layer
MOST_LAYERS = 64
MOST_THREADS = 1024
MOST_EXAMPLES = 1_000_000  # in a batch
DEVICES = ("auto", "cpu", "cuda")


def check(settings: Settings, given: bool = False) -> None:
    """Raises UsageError where a setting is out of range.

    given: whether there is a network already, with data of its own.
    """
    if not given and settings.dataset not in DATASETS:
        near = get_close_matches(settings.dataset[:60], DATASETS, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(DATASETS)}."
        raise UsageError(f"There is no dataset {settings.dataset[:60]!r}. {hint}")
    for name, value, least, most in _whole_numbers(settings, 0 if given else 1):
        if not least <= value <= most:
            raise UsageError(f"{name} is a number from {least} to {most}; it cannot be {value}.")
    if not given and not 1 <= len(settings.hidden) <= MOST_LAYERS:
        raise UsageError(f"A network has from 1 to {MOST_LAYERS} hidden layers here.")
    if not 0 < settings.rate < math.inf:
        raise UsageError(f"The rate is a number above 0; it cannot be {settings.rate!r}.")
    if not 0 < settings.goal <= 1:
        raise UsageError(f"The accuracy is a share above 0; it cannot be {settings.goal!r}.")
    if settings.device not in DEVICES:
        raise UsageError(f"The device is {', '.join(DEVICES)}; it cannot be {settings.device!r}.")
    if settings.prune not in (None, *PRUNING):
        raise UsageError(f"Pruning is by {' or '.join(PRUNING)}, not by {settings.prune!r}.")
    if settings.prune and not settings.keep:
        raise UsageError("Pruning needs at least one share of neurons to keep.")
    for share in settings.keep:
        if not 0 < share <= 1:
            raise UsageError(f"A share of neurons is above 0 and at most 1; it is not {share!r}.")


def _whole_numbers(settings: Settings, first: int) -> Iterator[tuple[str, int, int, int]]:
    yield "The number of epochs", settings.epochs, first, MOST_EPOCHS
    yield "The number of epochs after the change", settings.tune_epochs, 1, MOST_EPOCHS
    yield (
        "The number of epochs for the blend, at most that after the change,",
        settings.blend_epochs, 1, settings.tune_epochs,
    )  # fmt: skip
    yield "The number of epochs after pruning", settings.prune_epochs, 0, MOST_EPOCHS
    yield "The number of seeds", settings.seeds, 1, MOST_SEEDS
    yield "The number of threads", settings.threads, 1, MOST_THREADS
    yield "The number of examples in a batch", settings.batch, 1, MOST_EXAMPLES
    for count in settings.hidden:
        yield "The number of neurons in a layer", count, 1, MOST_NEURONS
