"""Activations of PyTorch models: formulas as modules, blends of two, replacing and folding them.

    from actx.torch import Morph, replace_activations
    print(replace_activations(model, torch.nn.Mish, lambda old: Morph(old, "hard-mish")))

Needs PyTorch, which the extra `torch` brings. Importing raises MissingPackageError, an ImportError,
where it is missing.
"""

# ruff: noqa: E402 - first of all it is made sure that there is torch

from __future__ import annotations

from actx.core.errors import optional_module

optional_module("torch", "actx.torch is for PyTorch", "torch")

from actx.torch.activation import Activation, activation
from actx.torch.morph import Morph, fold, set_progress
from actx.torch.neuron import APTxNeuron
from actx.torch.replacing import Replaced, Replacement, replace_activations

__all__ = [
    "APTxNeuron",
    "Activation",
    "Morph",
    "Replaced",
    "Replacement",
    "activation",
    "fold",
    "replace_activations",
    "set_progress",
]
