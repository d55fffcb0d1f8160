"""The networks of one seed: each way from the old activation to the new one."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import torch
from torch import nn

from actx.calculus.formula import Formula
from actx.core.schedule import Schedule
from actx.studies.finetune.checkpoint import Checkpoints
from actx.studies.finetune.data import Data, load
from actx.studies.finetune.model import network
from actx.studies.finetune.pruning import make_permanent, prune_neurons
from actx.studies.finetune.results import BEFORE, BLEND, KEEP, SCRATCH, SWAP, TRAIN_ON, Settings
from actx.studies.finetune.training import Course, Examples, Plan, accuracy, examples, train
from actx.torch import Activation, Morph, activation, fold, replace_activations


class Origin(Protocol):
    """What networks come from.

    from_start: whether they can begin with the new activation as well, and so are not trained yet.
    """

    @property
    def from_start(self) -> bool: ...

    def data(self, seed: int) -> Data:
        """The examples, a part of them held back by the seed."""

    def network(self, seed: int, new: bool = False) -> nn.Module:
        """A network with the old activation, or the new one from the start."""

    def change(self, model: nn.Module, blend: Schedule | None = None) -> None:
        """Put the new activation in the place of the old one, or a blend of both."""

    def write(self, model: nn.Module, path: Path) -> None:
        """Write a network of the first seed's with the new activation as an ONNX file."""


@dataclass(frozen=True)
class Made:
    """Linear layers, made for the experiment."""

    from_: Formula
    to: Formula
    settings: Settings

    from_start = True

    def data(self, seed: int) -> Data:
        """A set of scikit-learn's."""
        return load(self.settings.dataset, seed)

    def network(self, seed: int, new: bool = False) -> nn.Module:
        """With weights drawn by the seed."""
        data, formula = self.data(seed), self.to if new else self.from_
        return network(
            data.features, self.settings.hidden, data.classes, lambda: activation(formula), seed
        )

    def change(self, model: nn.Module, blend: Schedule | None = None) -> None:
        """In all layers."""
        new = activation(self.to)
        replace_activations(
            model,
            Activation,
            new if blend is None else lambda old: Morph(old, deepcopy(new), blend),
        )

    def write(self, model: nn.Module, path: Path) -> None:
        """With what shifts and scales the features before it. Raises MissingPackageError."""
        from actx.studies.finetune.writing import write

        assert self.to.bound is not None
        write(model, self.to.bound, self.data(0), path)


@dataclass(frozen=True)
class Cut:
    """A pruned network: neurons kept in each layer, accuracy right after and at the end."""

    neurons: tuple[int, ...]
    at_once: float
    accuracy: float


@dataclass(frozen=True)
class Outcome:
    """All that one seed gave; models: the networks with the new activation that were trained on."""

    seed: int
    courses: dict[str, Course]
    cuts: tuple[Cut, ...]
    models: dict[str, nn.Module] = field(default_factory=dict)


class Networks:
    """All networks of one seed: they share split, initial weights and the order of examples."""

    def __init__(
        self,
        seed: int,
        origin: Origin,
        settings: Settings,
        device: torch.device,
        checkpoints: Checkpoints,
        count: Callable[[str], None],
    ) -> None:
        self.seed, self.origin, self.settings = seed, origin, settings
        self.device, self.checkpoints, self.count = device, checkpoints, count
        self.data: Examples = examples(origin.data(seed), device)

    def run(self) -> Outcome:
        """Train every network of the seed."""
        s, origin = self.settings, self.origin
        model = origin.network(self.seed).to(self.device)
        courses = {BEFORE: self._train(model, BEFORE, 0, s.epochs)}
        courses[KEEP] = self._train(deepcopy(model), KEEP, s.epochs, s.tune_epochs)
        swapped = deepcopy(model)
        origin.change(swapped)
        courses[SWAP] = Course(accuracies=[accuracy(swapped, self.data)])
        courses[TRAIN_ON] = self._train(swapped, TRAIN_ON, s.epochs, s.tune_epochs)
        origin.change(model, s.schedule)
        courses[BLEND] = self._train(model, BLEND, s.epochs, s.tune_epochs, s.blend_epochs)
        fold(model)
        if origin.from_start:
            scratch = origin.network(self.seed, new=True).to(self.device)
            courses[SCRATCH] = self._train(scratch, SCRATCH, 0, s.epochs + s.tune_epochs)
        cuts = tuple(self._cut(deepcopy(model), share) for share in s.shares)
        return Outcome(self.seed, courses, cuts, {TRAIN_ON: swapped, BLEND: model})

    def _train(
        self, model: nn.Module, name: str, first: int, epochs: int, blend_epochs: int = 0
    ) -> Course:
        plan = Plan(
            stage=f"seed{self.seed}-{name.replace(' ', '-')}",
            what=f"{name!r}",
            seed=self.seed,
            first=first,
            epochs=epochs,
            batch=self.settings.batch,
            rate=self.settings.rate,
            blend_epochs=blend_epochs,
        )
        return train(model, self.data, plan, self.checkpoints, self.count)

    def _cut(self, model: nn.Module, share: float) -> Cut:
        s = self.settings
        assert s.prune is not None
        assert isinstance(model, nn.Sequential)
        neurons = prune_neurons(model, share, s.prune, self.data.train_x)
        behind = s.epochs + s.tune_epochs
        course = self._train(model, f"prune {share:g}", behind, s.prune_epochs)
        make_permanent(model)
        return Cut(neurons, course.accuracies[0], accuracy(model, self.data))
