"""A table as a function of tensors: what exported code for PyTorch computes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from actx.arithmetic.tables import Table
from actx.codegen.lookups import stored_in
from actx.language.constants import constant_value
from actx.language.tree import TABLE, Node


class Tabled:
    """The rows of a table are found by bisection; NaN is in the first one and stays NaN."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __call__(self, u: Tensor) -> Tensor:
        """The values at a tensor of float32 or float64; lower types are computed in float32.

        Raises UsageError where its type cannot hold the table.
        """
        if u.dtype not in (torch.float32, torch.float64):
            return self(u.float()).to(u.dtype)
        stored = stored_in(self.table, str(u.dtype).removeprefix("torch."))
        # New tensors each time: ones that are kept would be of one device, and of one tracer.
        knots = u.new_tensor(stored.knots.tolist())
        row = torch.bucketize(u.contiguous(), knots, right=True)
        held = torch.clamp(u, stored.lowest, stored.highest) if _ends(stored) else u
        t = held - knots[torch.clamp(row - 1, min=0)]
        *lower, top = (u.new_tensor(line)[row] for line in stored.coefficients.tolist())
        total = top if lower else top + 0 * t  # not a number where u is none
        for coefficient in reversed(lower):
            total = total * t + coefficient
        return total


def _ends(stored: Any) -> bool:
    return stored.lowest is not None or stored.highest is not None


def leaf_value(part: Node) -> Any:
    """A constant part of a tree: a table, or a number."""
    if part.op == TABLE:
        assert isinstance(part.value, Table)
        return Tabled(part.value)
    return constant_value(part)


def look_up(table: Tabled, u: Tensor) -> Tensor:
    """The operation of a lookup."""
    return table(u)
