"""What each operation of the formula language is on tensors.

Keyed by the names of `actx.language.operations.OPERATIONS`, and complete (a test compares). The
arguments are tensors of one floating-point type, constants without dimensions; conditions are
boolean tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor


def _sign(u: Tensor) -> Tensor:
    return torch.where(torch.isnan(u), u, torch.sign(u))  # torch.sign is 0 for NaN


def _clip(u: Tensor, lo: Tensor, hi: Tensor) -> Tensor:
    return torch.minimum(torch.maximum(u, lo), hi)


def _softplus(u: Tensor) -> Tensor:
    """Not torch's own, which is the identity beyond 20: too early for float64."""
    return torch.relu(u) + torch.log1p(torch.exp(-torch.abs(u)))


def _sigmoid(u: Tensor) -> Tensor:
    """Not torch's own, which is 0 already where exp(-u) overflows."""
    small = torch.exp(-torch.abs(u))
    return torch.where(u >= 0, torch.ones_like(u), small) / (1 + small)


def _root_sum(u: Tensor, v: Tensor) -> Tensor:
    """u + |u| + v/(|u| + sqrt(u^2 + v)), in which nothing cancels; 0 at u = -inf."""
    size = torch.abs(u)
    total = torch.sqrt(u * u + v) + size
    total = torch.where(torch.isinf(total), 2 * size, total)
    rest = torch.where(total == 0, total, v / total)
    return rest + 2 * torch.relu(u)


def _where(condition: Tensor, u: Tensor, v: Tensor) -> Tensor:
    return torch.where(condition.bool(), u, v)


OPERATIONS: Mapping[str, Callable[..., Tensor]] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.true_divide,
    "neg": torch.neg,
    "pow": torch.pow,
    "abs": torch.abs,
    "relu": torch.relu,
    "sign": _sign,
    "min": torch.minimum,
    "max": torch.maximum,
    "clip": _clip,
    "sqrt": torch.sqrt,
    "exp": torch.exp,
    "expm1": torch.expm1,
    "log": torch.log,
    "log1p": torch.log1p,
    "sin": torch.sin,
    "cos": torch.cos,
    "tanh": torch.tanh,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "sech": lambda u: 1 / torch.cosh(u),
    "atan": torch.atan,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "erf": torch.erf,
    "erfc": torch.erfc,
    "root_sum": _root_sum,
    "lt": torch.lt,
    "le": torch.le,
    "gt": torch.gt,
    "ge": torch.ge,
    "eq": torch.eq,
    "ne": torch.ne,
    "and": torch.logical_and,
    "or": torch.logical_or,
    "not": torch.logical_not,
    "where": _where,
}
