"""Blends of two activations whose share is changed while a model trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from actx.calculus.formula import Formula
from actx.core.errors import UsageError
from actx.core.schedule import Schedule
from actx.core.schedule import schedule as named
from actx.torch.activation import activation


class Morph(nn.Module):
    """The blend (1-t)·f + t·g of two activations.

    At t = 0 the values are those of f bit for bit, at t = 1 those of g, and the other one is not
    computed. f and g are modules, so a blend can begin with the very module of a trained model.

    t: a buffer, so that it is saved with the model; changed by `set_t` and `step`.
    """

    t: Tensor

    def __init__(
        self,
        from_: str | Formula | nn.Module,
        to: str | Formula | nn.Module,
        schedule: str | Schedule = "linear",
    ) -> None:
        """from_, to: modules, or formulas as `activation` takes them. schedule: how t follows the
        progress of training, a name or what `actx.core.schedule.schedule` makes. Raises as
        these two.
        """
        super().__init__()
        self.schedule = named(schedule) if isinstance(schedule, str) else schedule
        self.from_, self.to_ = (
            end if isinstance(end, nn.Module) else activation(end) for end in (from_, to)
        )
        self.register_buffer("t", torch.tensor(0.0))
        self._blend = 0.0

    def set_t(self, t: float) -> None:
        """Set the share of the new activation, from 0 to 1. Raises UsageError for another one."""
        if not 0 <= t <= 1:  # also for nan
            raise UsageError(f"The t of a blend is a number from 0 to 1; it cannot be {t!r}.")
        self.t.fill_(t)
        self._read_t()

    def step(self, progress: float, layer: int = 0, layers: int = 1) -> None:
        """Set t by the schedule.

        progress: of the training, from 0 to 1. layer, layers: which blend this is of how many, for
        a schedule that changes one layer after another. Raises UsageError for what is out of range.
        """
        if not 0 <= layer < layers:
            raise UsageError(f"There is no layer {layer} of {layers}; the first one is 0.")
        self.set_t(self.schedule.per_layer(progress, layers)[layer])

    @property
    def finished(self) -> bool:
        """Whether only the new activation is left."""
        return self._blend == 1

    def forward(self, x: Tensor) -> Tensor:
        """The blend at x."""
        t = self._blend
        old: Tensor | None = None if t == 1 else self.from_(x)
        if t == 0:
            assert old is not None
            return old
        new: Tensor = self.to_(x)
        return new if old is None else (1 - t) * old + t * new

    def extra_repr(self) -> str:
        return f"t={self._blend:g}, schedule={self.schedule.name}"

    def _read_t(self) -> None:
        # Read back, as the buffer rounds: a model that is saved and loaded computes the same.
        self._blend = float(self.t)

    def _load_from_state_dict(self, state_dict: Mapping[str, Any], *args: Any) -> None:
        super()._load_from_state_dict(state_dict, *args)
        self._read_t()


def set_progress(model: nn.Module, progress: float) -> None:
    """Set the t of every blend in a model by its schedule, the layers in the order of the model.

    progress: of the training, from 0 to 1. Raises UsageError for one out of range, and for a model
    without a blend.
    """
    blends = _blends(model)
    for layer, blend in enumerate(blends):
        blend.step(progress, layer, len(blends))


def fold(model: nn.Module) -> nn.Module:
    """The model with each finished blend replaced by its new activation: the same values.

    The model is changed in place and returned; one that is a blend itself becomes its activation.
    Raises UsageError where a blend is not finished (nothing is changed then) or there is none.
    """
    _blends(model)
    places = [
        (name, module)
        for name, module in model.named_modules(remove_duplicate=False)
        if isinstance(module, Morph)
    ]
    unfinished = [
        f"{name or 'the model'} (t = {module.t.item():g})"
        for name, module in places
        if not module.finished
    ]
    if unfinished:
        raise UsageError(
            "Only a finished blend, with t = 1, can be folded; not finished: "
            f"{', '.join(unfinished)}."
        )
    for name, module in reversed(places):  # a blend in a blend comes before the outer one
        if name:
            parent, _, child = name.rpartition(".")
            setattr(model.get_submodule(parent), child, module.to_)
    return model.to_ if isinstance(model, Morph) else model


def _blends(model: nn.Module) -> list[Morph]:
    """The blends of a model, each once. Raises UsageError where there is none."""
    found = [module for module in model.modules() if isinstance(module, Morph)]
    if not found:
        raise UsageError(
            "There is no blend in this model: put some in with "
            "replace_activations(model, old, lambda old: Morph(old, new))."
        )
    return found
