"""What was chosen for the activations of a network, put into the module that the network is of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Protocol

import numpy as np
import torch
from torch import nn

from actx.calculus.reading import formula
from actx.calculus.values import evaluate
from actx.core.errors import UsageError
from actx.torch.activation import Activation, activation
from actx.torch.morph import Morph
from actx.torch.replacing import replace_activations

_POINTS = np.linspace(-4, 4, 33)  # where a submodule is held against the formula of its place
_ALIKE = 1e-4


class Place(Protocol):
    """An activation of a network, as `actx.model` tells of it."""

    @property
    def name(self) -> str: ...
    @property
    def formula(self) -> str: ...
    @property
    def module(self) -> str | None: ...
    @property
    def replacement(self) -> str | None: ...


def applied(module: nn.Module, places: Sequence[Place], blend: str | None) -> nn.Module:
    """A copy of a module with the replacements in place, as blends by a schedule or by themselves.

    Raises UsageError for places that are no submodules of it by themselves.
    """
    chosen = [place for place in places if place.replacement is not None]
    if not chosen:
        raise UsageError("There is nothing to apply: no activation has a replacement.")
    copy = deepcopy(module)
    wanted: dict[str, str] = {}
    for place in chosen:
        name, text = _submodule(module, place), place.replacement or ""
        if wanted.setdefault(name, text) != text:
            raise UsageError(
                f"The submodule {name!r} is called in several places, which have other "
                "replacements; it can have one."
            )
    for name, text in wanted.items():
        new = activation(text)
        replace_activations(copy, name, new if blend is None else _blends(new, blend))
    return copy


def _submodule(module: nn.Module, place: Place) -> str:
    """The submodule of a place, once it is sure that it computes what is replaced."""
    told = f"The activation {place.formula!r}, which makes {place.name!r},"
    if place.module is None:
        raise UsageError(
            f"{told} is no submodule by itself: it is called as a function inside forward, or only "
            "a part of what is replaced. Make it a module, such as torch.nn.SiLU()."
        )
    try:
        found = module.get_submodule(place.module)
    except AttributeError:
        raise UsageError(f"The module has no submodule {place.module!r}.") from None
    x = torch.from_numpy(_POINTS)
    try:
        with torch.no_grad():
            values = deepcopy(found).cpu().eval()(x.float()).numpy()
    except Exception:  # whatever it does with another shape
        values = None
    wanted = evaluate(formula(place.formula).bound, _POINTS)
    if (
        values is None
        or values.shape != x.shape
        or not np.allclose(values, wanted, rtol=_ALIKE, atol=_ALIKE)
    ):
        raise UsageError(f"{told} is not what the submodule {place.module!r} computes by itself.")
    return place.module


def _blends(new: Activation, schedule: str) -> Callable[[nn.Module], nn.Module]:
    return lambda old: Morph(old, deepcopy(new), schedule)
