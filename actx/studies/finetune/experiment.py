"""The experiment: several ways from a network with one activation to one with another."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actx.calculus.formula import Formula
from actx.core.errors import optional_module
from actx.core.progress import Progress
from actx.studies.finetune.checking import check
from actx.studies.finetune.data import load
from actx.studies.finetune.results import Finetuning, Settings

if TYPE_CHECKING:
    from actx.studies.finetune.checkpoint import Checkpoints

_FREE = ("goal", "seeds")  # settings that a checkpoint does not depend on


def run(
    from_: Formula,
    to: Formula,
    settings: Settings,
    *,
    folder: Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Finetuning:
    """Train all networks, and tell what came out.

    folder: for checkpoints, after each epoch of each network; resume: go on from those in it.
    Raises UsageError for settings out of range, a parameter without a value and checkpoints of
    another experiment, MissingPackageError without torch or scikit-learn, TrainingError where
    training cannot go on.
    """
    check(settings)
    assert from_.bound is not None  # raises where a parameter has no value
    assert to.bound is not None
    optional_module("torch", "The experiment trains with PyTorch", "finetune")
    first = load(settings.dataset, 0)
    from actx.studies.finetune.networks import Networks
    from actx.studies.finetune.summary import COMPARED, WAYS, difference, pruned, summed_up
    from actx.studies.finetune.training import deterministic, device_of

    device = device_of(settings.device)
    checkpoints = _checkpoints(folder, resume, from_, to, settings, device.type)
    count = _Count(_total(settings), progress)
    with deterministic(settings.threads):
        seeds = [
            Networks(seed, from_, to, settings, device, checkpoints, count).run()
            for seed in range(settings.seeds)
        ]
    ways = {name: summed_up(name, seeds, settings, from_, to) for name in WAYS}
    return Finetuning(
        from_=from_.name,
        from_formula=from_.text,
        to=to.name,
        to_formula=to.text,
        settings=settings,
        device=device.type,
        features=first.features,
        classes=first.classes,
        training=len(first.train_y),
        testing=len(first.test_y),
        ways=tuple(ways.values()),
        differences=tuple(difference(ways[a], ways[b]) for a, b in COMPARED),
        pruned=tuple(pruned(i, seeds, settings, first) for i in range(len(settings.shares))),
    )


def _checkpoints(
    folder: Path | None,
    resume: bool,
    from_: Formula,
    to: Formula,
    settings: Settings,
    device: str,
) -> Checkpoints:
    from actx.studies.finetune import checkpoint

    described: dict[str, Any] = {
        name: value for name, value in asdict(settings).items() if name not in _FREE
    }
    described |= {"from": from_.text, "to": to.text, "device": device}
    if resume:
        assert folder is not None
        return checkpoint.resume(folder, described)
    return checkpoint.begin(folder, described)


def _total(settings: Settings) -> int:
    """The number of epochs of all networks."""
    trained = 2 * settings.epochs + 4 * settings.tune_epochs
    return settings.seeds * (trained + len(settings.shares) * settings.prune_epochs)


class _Count:
    """Tells how many epochs are behind of how many."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def __call__(self, what: str) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total, what)
