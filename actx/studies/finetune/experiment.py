"""The experiment: several ways from a network with one activation to one with another."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actx.calculus.formula import Formula
from actx.core.errors import optional_module
from actx.core.progress import Progress
from actx.studies.finetune.checking import check
from actx.studies.finetune.data import load
from actx.studies.finetune.results import BLEND, TRAIN_ON, Finetuning, Settings

if TYPE_CHECKING:
    from actx.registry import Registry
    from actx.studies.finetune.checkpoint import Checkpoints
    from actx.studies.finetune.given.subject import Given
    from actx.studies.finetune.networks import Origin

_FREE = ("goal", "seeds")  # settings that a checkpoint does not depend on


@dataclass(frozen=True)
class Asked:
    """A network that is trained on: as `actx.model` takes model, data and labels.

    registry: in which its activations are looked for.
    """

    model: Any
    data: Any
    labels: Any
    registry: Registry


def run(
    from_: Formula | None,
    to: Formula,
    settings: Settings,
    *,
    asked: Asked | None = None,
    written: Path | None = None,
    folder: Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Finetuning:
    """Train all networks, and tell what came out.

    asked: the network that is trained on, None for those that are made for it. from_: None for the
    one formula that it has. written: its file with the new activation. folder: for checkpoints,
    after each epoch of each network; resume: go on from those in it. Raises UsageError for settings
    out of range, a parameter without a value and checkpoints of another experiment,
    MissingPackageError without torch or scikit-learn, TrainingError where training cannot go on,
    and as `given` does.
    """
    check(settings, asked is not None)
    for end in (from_, to):
        assert end is None or end.bound is not None  # raises where a parameter has no value
    optional_module("torch", "The experiment trains with PyTorch", "finetune")
    network: Given | None = None
    if asked is not None:
        from actx.studies.finetune.given.subject import check_output, given

        network = given(asked.model, asked.data, asked.labels, from_, to, asked.registry)
        if written is not None:
            check_output(network, written)
    elif written is not None:
        optional_module("onnx", "Networks are written with onnx", "onnx")
    first = load(settings.dataset, 0) if network is None else network.data(0)
    from actx.studies.finetune.networks import Made, Networks
    from actx.studies.finetune.summary import WAYS, compared, pruned, summed_up
    from actx.studies.finetune.training import deterministic, device_of

    origin: Origin
    if network is not None:
        origin, begins = network, network.begins
    else:
        assert from_ is not None
        origin, begins = Made(from_, to, settings), from_
    device = device_of(settings.device)
    checkpoints = _checkpoints(folder, resume, begins, to, settings, device.type, network)
    count = _Count(_total(settings, origin.from_start), progress)
    with deterministic(settings.threads):
        seeds = [
            Networks(seed, origin, settings, device, checkpoints, count).run()
            for seed in range(settings.seeds)
        ]
    ways = {
        name: summed_up(name, seeds, settings, begins.name, to.name)
        for name in WAYS
        if name in seeds[0].courses
    }
    better = None
    if written is not None:
        better = max((TRAIN_ON, BLEND), key=lambda name: ways[name].accuracy.mean)
        origin.write(seeds[0].models[better], written)
    return Finetuning(
        from_=begins.name,
        from_formula=begins.text,
        to=to.name,
        to_formula=to.text,
        settings=settings,
        device=device.type,
        features=first.features,
        classes=first.classes,
        training=len(first.train_y),
        testing=len(first.test_y),
        ways=tuple(ways.values()),
        differences=compared(ways),
        pruned=tuple(pruned(i, seeds, settings, first) for i in range(len(settings.shares))),
        network=None if network is None else network.told,
        written=None if better is None else str(written),
        written_way=better,
    )


def _checkpoints(
    folder: Path | None,
    resume: bool,
    from_: Formula,
    to: Formula,
    settings: Settings,
    device: str,
    network: Given | None,
) -> Checkpoints:
    from actx.studies.finetune import checkpoint

    described: dict[str, Any] = {
        name: value for name, value in asdict(settings).items() if name not in _FREE
    }
    described |= {"from": from_.text, "to": to.text, "device": device}
    if network is not None:
        described |= network.described
    if resume:
        assert folder is not None
        return checkpoint.resume(folder, described)
    return checkpoint.begin(folder, described)


def _total(settings: Settings, from_start: bool) -> int:
    """The number of epochs of all networks."""
    trained = settings.epochs + 3 * settings.tune_epochs
    if from_start:
        trained += settings.epochs + settings.tune_epochs
    return settings.seeds * (trained + len(settings.shares) * settings.prune_epochs)


class _Count:
    """Tells how many epochs are behind of how many."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def __call__(self, what: str) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total, what)
