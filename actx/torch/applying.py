"""What was chosen for the activations of a network, put into the module that the network is of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from actx.calculus.reading import formula
from actx.calculus.values import evaluate
from actx.core.errors import UsageError
from actx.torch.activation import Activation, activation
from actx.torch.calls import ALIKE, MOST, POINTS, Call, by_itself, calls, matched, put_in, traced
from actx.torch.morph import Morph
from actx.torch.replacing import replace_activations


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

    places: all that the network has. Where a replaced one is no submodule by itself, the copy is
    what torch.fx traces. Raises UsageError where a place is not found.
    """
    chosen = [place for place in places if place.replacement is not None]
    if not chosen:
        raise UsageError("There is nothing to apply: no activation has a replacement.")
    wanted: dict[str, str] = {}
    called = []
    for place in chosen:
        if not _is_submodule(module, place):
            called.append(place)
        elif wanted.setdefault(place.module or "", place.replacement or "") != place.replacement:
            raise UsageError(
                f"The submodule {place.module!r} is called in several places, which have other "
                "replacements; it can have one."
            )
    copy = _with_calls(module, places, called, blend) if called else deepcopy(module)
    for name, text in wanted.items():
        new = activation(text)
        replace_activations(copy, name, new if blend is None else _blends(new, blend))
    return copy


def _is_submodule(module: nn.Module, place: Place) -> bool:
    """Whether a submodule computes what is replaced, and that alone."""
    if place.module is None:
        return False
    try:
        found = module.get_submodule(place.module)
    except AttributeError:
        raise UsageError(f"The module has no submodule {place.module!r}.") from None
    if sum(each.numel() for each in found.parameters()) > MOST:
        return False
    x = torch.from_numpy(POINTS)
    try:
        with torch.no_grad():
            values = deepcopy(found).cpu().eval()(x.float()).numpy()
    except Exception:  # whatever it does with another shape
        return False
    return values.shape == x.shape and _alike(values, _values(place))


def _with_calls(
    module: nn.Module, places: Sequence[Place], called: Sequence[Place], blend: str | None
) -> nn.Module:
    """What torch.fx traces, with replacements where something is called as a function."""
    graph = traced(module)
    found: dict[str, Call] = {}
    for place in called:
        if place.name not in found:
            values = _values(place)
            same = [each.name for each in places if _alike(_values(each), values)]
            told = f"The activation {place.formula!r}, which makes {place.name!r},"
            found |= matched(calls(graph, values), same, told)
    for i, place in enumerate(called):
        call, new = found[place.name], activation(place.replacement or "")
        old = by_itself(graph, call)
        put_in(graph, call, f"actx_{i + 1}", new if blend is None else Morph(old, new, blend))
    return graph


def _values(place: Place) -> NDArray[np.float64]:
    return np.broadcast_to(evaluate(formula(place.formula).bound, POINTS), POINTS.shape)


def _alike(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    return np.allclose(a, b, rtol=ALIKE, atol=ALIKE)


def _blends(new: Activation, schedule: str) -> Callable[[nn.Module], nn.Module]:
    return lambda old: Morph(old, deepcopy(new), schedule)
