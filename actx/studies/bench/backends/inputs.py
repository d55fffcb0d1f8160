"""The numbers that formulas are timed at."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.studies.bench.backends import USUAL_SIZE

_WIDTH = 2.0


def inputs(size: int | None) -> tuple[NDArray[Any], NDArray[Any]]:
    """x and a gradient in float32: normal numbers, x with standard deviation 2; always the same.

    size: how many; None for USUAL_SIZE.
    """
    size = size or USUAL_SIZE
    random = np.random.default_rng(1)
    x = random.standard_normal(size, dtype=np.float32) * np.float32(_WIDTH)
    return x, random.standard_normal(size, dtype=np.float32)
