"""A fit's problem: the error that is to be small, and what is required of the parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence

from actx.core.arrays import Array
from actx.fitting.problem.conditions import Conditions
from actx.fitting.problem.residual import Residual


class Problem(Residual):
    """An error to make small, with what is required of the parameters besides their bounds.

    conditions: None where nothing is.
    """

    conditions: Conditions | None = None

    def allows(self, p: Array) -> bool:
        """Whether values are as they are required: within limits, and with all conditions met."""
        return self.admits(p) and (self.conditions is None or self.conditions.hold(p))


def ranges_in_words(names: Sequence[str], lower: Array, upper: Array) -> str:
    """The values of a box of parameters: all of them, or the ranges of those that it limits."""
    limited = [
        f"{name} in {_end(lo)}:{_end(hi)}"
        for name, lo, hi in zip(names, lower.tolist(), upper.tolist(), strict=True)
        if math.isfinite(lo) or math.isfinite(hi)
    ]
    return ", ".join(limited) or "all values"


def _end(value: float) -> str:
    """A float so that it reads back as the same."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)
