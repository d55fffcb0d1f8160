"""Activations of PyTorch models: formulas as modules, blends of two, replacing and folding them.

    from actx.torch import Morph, replace_activations
    print(replace_activations(model, torch.nn.Mish, lambda old: Morph(old, "hard-mish")))

Needs PyTorch: `pip install "actx[torch]"`. Importing raises MissingPackageError, an ImportError,
where it is missing.
"""

from __future__ import annotations

from actx.core.errors import MissingPackageError

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise MissingPackageError(
        'actx.torch is for PyTorch, which is not installed: pip install "actx[torch]".'
    ) from error

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
