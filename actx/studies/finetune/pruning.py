"""Taking neurons out of a trained network, with torch's own pruning."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.utils import prune

from actx.studies.finetune.model import linear_layers


def prune_neurons(model: nn.Sequential, share: float, method: str, x: Tensor) -> tuple[int, ...]:
    """Mask all but a share of the neurons in each hidden layer; returns how many are kept in each.

    method: "magnitude" keeps those whose incoming weights have the largest Euclidean norm,
    "activity" those whose mean |activation| over the examples x is largest. At least one is kept.
    A neuron is masked with its bias and its outgoing weights, so that it could be left out.
    """
    layers = linear_layers(model)
    counts = tuple(max(1, round(share * layer.out_features)) for layer in layers[:-1])
    active = _activity(model, x) if method == "activity" else [None] * len(counts)
    masks = [
        _mask_rows(layer, count, scores)
        for layer, count, scores in zip(layers, counts, active, strict=False)
    ]
    for layer, following, mask in zip(layers, layers[1:], masks, strict=False):
        prune.custom_from_mask(layer, "bias", mask)
        prune.custom_from_mask(following, "weight", mask.expand_as(following.weight))
    return counts


def make_permanent(model: nn.Module) -> None:
    """Turn the masks into zeros of the weights."""
    for layer in linear_layers(model):
        for name in ("weight", "bias"):
            if hasattr(layer, f"{name}_mask"):
                prune.remove(layer, name)


def parameters_of(features: int, hidden: Sequence[int], classes: int) -> int:
    """The number of weights and biases of a network with so many neurons."""
    sizes = [features, *hidden, classes]
    return sum((a + 1) * b for a, b in pairwise(sizes))


def _mask_rows(layer: nn.Linear, count: int, scores: Tensor | None) -> Tensor:
    """Mask the weights of all but `count` neurons; the mask of neurons."""
    if scores is None:
        prune.ln_structured(layer, "weight", amount=layer.out_features - count, n=2, dim=0)
        return layer.get_buffer("weight_mask")[:, 0]
    mask = torch.zeros_like(scores)
    mask[scores.topk(count).indices] = 1.0
    prune.custom_from_mask(layer, "weight", mask.unsqueeze(1).expand_as(layer.weight))
    return mask


def _activity(model: nn.Sequential, x: Tensor) -> list[Tensor | None]:
    """The mean |activation| of each hidden neuron over examples, by layer."""
    found: list[Tensor | None] = []
    with torch.no_grad():
        for before, module in zip([None, *model], model, strict=False):
            x = module(x)
            if isinstance(before, nn.Linear):  # this is the activation after it
                found.append(x.abs().mean(dim=0))
    return found
