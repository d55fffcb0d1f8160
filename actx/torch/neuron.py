"""The APTx neuron: a unit that stands for a linear layer and its activation."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actx.core.errors import UsageError


class APTxNeuron(nn.Module):
    """Neurons y_o = Σ_i (α_oi + tanh(β_oi·x_i))·γ_oi·x_i + δ_o.

    Source: Kumar, APTx Neuron: A Unified Trainable Neuron Architecture Integrating Activation and
    Computation, arXiv 2507.14270. Shapes, initial values and names of the parameters are those of
    `aptx_layer` in the PyPI package aptx-neuron, so that state dicts can be exchanged: alpha, beta
    and gamma of shape (out, in) from N(0, 1), delta of shape (out,) from 0. With out_features=1 it
    is the package's single neuron, whose parameters have shape (in,).

    alpha_trainable: otherwise α is 1. delta: whether there is a δ.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int = 1,
        *,
        alpha_trainable: bool = True,
        delta: bool = True,
    ) -> None:
        super().__init__()
        if min(in_features, out_features) < 1:
            raise UsageError(
                "An APTx neuron has at least one input and a layer of them at least one neuron, "
                f"not {in_features} and {out_features}."
            )
        self.in_features, self.out_features = in_features, out_features
        shape = (out_features, in_features)
        if alpha_trainable:
            self.alpha: Tensor = nn.Parameter(torch.randn(shape))
        else:
            self.register_buffer("alpha", torch.ones(shape))
        self.beta = nn.Parameter(torch.randn(shape))
        self.gamma = nn.Parameter(torch.randn(shape))
        if delta:
            self.delta: Tensor | None = nn.Parameter(torch.zeros(out_features))
        else:
            self.register_parameter("delta", None)

    def forward(self, x: Tensor) -> Tensor:
        """From (..., in_features) to (..., out_features)."""
        # The part with α is a linear layer: it needs no room for every pair of input and neuron.
        straight = nn.functional.linear(x, self.alpha * self.gamma, self.delta)
        bent = torch.tanh(self.beta * x.unsqueeze(-2)) * self.gamma
        return straight + (bent @ x.unsqueeze(-1)).squeeze(-1)

    def extra_repr(self) -> str:
        trained = isinstance(self.alpha, nn.Parameter)
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"alpha_trainable={trained}, delta={self.delta is not None}"
        )
