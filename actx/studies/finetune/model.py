"""The network: linear layers with an activation after each but the last."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn


def network(
    features: int,
    hidden: Sequence[int],
    classes: int,
    activation: Callable[[], nn.Module],
    seed: int,
) -> nn.Sequential:
    """A network with torch's own initial weights, drawn with the seed.

    hidden: the number of neurons in each hidden layer. activation: makes the module after it. The
    state of torch's own generator stays as it is.
    """
    layers: list[nn.Module] = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for inputs, outputs in zip([features, *hidden], hidden, strict=False):
            layers += [nn.Linear(inputs, outputs), activation()]
        layers.append(nn.Linear([features, *hidden][-1], classes))
    return nn.Sequential(*layers)


def linear_layers(model: nn.Module) -> list[nn.Linear]:
    """The linear layers, the one that gives the classes last."""
    return [module for module in model.modules() if isinstance(module, nn.Linear)]
