"""What operations of the formula language are on tensors.

PyTorch's, by the rows of the operations; those whose forms would overflow or lose a NaN are written
here, and what is missing follows from its definition. The arguments are tensors of one
floating-point type, constants without dimensions; conditions are boolean tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from actx.language.operations import LOOKUP
from actx.language.operations import OPERATIONS as ROWS
from actx.torch.tables import look_up


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
    **{name: getattr(torch, row.code.torch) for name, row in ROWS.items() if row.code.torch},
    **{name: row.operator for name, row in ROWS.items() if row.operator is not None},
    "relu": torch.relu,
    "sign": _sign,
    "clip": _clip,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "root_sum": _root_sum,
    "where": _where,
    "and": torch.logical_and,
    "or": torch.logical_or,
    "not": torch.logical_not,
    LOOKUP: look_up,
}
