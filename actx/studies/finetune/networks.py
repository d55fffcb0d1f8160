"""The networks of one seed: each way from the old activation to the new one."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import nn

from actx.calculus.formula import Formula
from actx.studies.finetune.checkpoint import Checkpoints
from actx.studies.finetune.data import load
from actx.studies.finetune.model import network
from actx.studies.finetune.pruning import make_permanent, prune_neurons
from actx.studies.finetune.results import BEFORE, BLEND, KEEP, SCRATCH, SWAP, TRAIN_ON, Settings
from actx.studies.finetune.training import Course, Examples, Plan, accuracy, examples, train
from actx.torch import Activation, Morph, activation, fold, replace_activations


@dataclass(frozen=True)
class Cut:
    """A pruned network: neurons kept in each layer, accuracy right after and at the end."""

    neurons: tuple[int, ...]
    at_once: float
    accuracy: float


@dataclass(frozen=True)
class Outcome:
    """All that one seed gave."""

    seed: int
    courses: dict[str, Course]
    cuts: tuple[Cut, ...]


class Networks:
    """All networks of one seed: they share split, initial weights and the order of examples."""

    def __init__(
        self,
        seed: int,
        from_: Formula,
        to: Formula,
        settings: Settings,
        device: torch.device,
        checkpoints: Checkpoints,
        count: Callable[[str], None],
    ) -> None:
        self.seed, self.from_, self.to, self.settings = seed, from_, to, settings
        self.device, self.checkpoints, self.count = device, checkpoints, count
        data = load(settings.dataset, seed)
        self.features, self.classes = data.features, data.classes
        self.data: Examples = examples(data, device)

    def run(self) -> Outcome:
        """Train every network of the seed."""
        s = self.settings
        model = self._network(self.from_)
        courses = {BEFORE: self._train(model, BEFORE, 0, s.epochs)}
        courses[KEEP] = self._train(deepcopy(model), KEEP, s.epochs, s.tune_epochs)
        swapped = deepcopy(model)
        replace_activations(swapped, Activation, self.to)
        courses[SWAP] = Course(accuracies=[accuracy(swapped, self.data)])
        courses[TRAIN_ON] = self._train(swapped, TRAIN_ON, s.epochs, s.tune_epochs)
        new = activation(self.to)
        replace_activations(model, Activation, lambda old: Morph(old, deepcopy(new), s.schedule))
        courses[BLEND] = self._train(model, BLEND, s.epochs, s.tune_epochs, s.blend_epochs)
        fold(model)
        scratch = self._network(self.to)
        courses[SCRATCH] = self._train(scratch, SCRATCH, 0, s.epochs + s.tune_epochs)
        cuts = tuple(self._cut(deepcopy(model), share) for share in s.shares)
        return Outcome(self.seed, courses, cuts)

    def _network(self, formula: Formula) -> nn.Sequential:
        made = network(
            self.features,
            self.settings.hidden,
            self.classes,
            lambda: activation(formula),
            self.seed,
        )
        return made.to(self.device)

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

    def _cut(self, model: nn.Sequential, share: float) -> Cut:
        s = self.settings
        assert s.prune is not None
        neurons = prune_neurons(model, share, s.prune, self.data.train_x)
        behind = s.epochs + s.tune_epochs
        course = self._train(model, f"prune {share:g}", behind, s.prune_epochs)
        make_permanent(model)
        return Cut(neurons, course.accuracies[0], accuracy(model, self.data))
