"""Points of the parameter space from which a search may start."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from actx.core.arrays import Array
from actx.fitting.problem.residual import Residual

_SAMPLES = (120, 360, 900, 1400)  # of the parameter space, by the number of parameters
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53)


def starting_points(problem: Residual, given: Sequence[Array]) -> list[Array]:
    """Given points, then points spread over the bounds, over several orders of magnitude."""
    n = len(problem.names)
    spread = _placed(problem, _halton(_SAMPLES[min(n, len(_SAMPLES)) - 1], n))
    return [p for p in (*given, *spread) if problem.admits(p)] or list(given)


@lru_cache(maxsize=16)
def _halton(count: int, dimension: int) -> Array:
    """Evenly spread points of the unit cube (Halton, Numerische Mathematik 2, 1960)."""
    points = np.empty((count, dimension))
    for column in range(dimension):
        base = _PRIMES[column % len(_PRIMES)]
        for row in range(count):
            value, part, k = 0.0, 1.0, row + 1 + column // len(_PRIMES)
            while k:
                part /= base
                value += part * (k % base)
                k //= base
            points[row, column] = value
    return points


def _placed(problem: Residual, u: Array) -> Array:
    """Points of the unit cube in the parameter space, spread over scales where unbounded."""
    p = np.empty_like(u)
    for i, (lo, hi) in enumerate(zip(problem.lower, problem.upper, strict=True)):
        v = u[:, i]
        if math.isfinite(lo) and math.isfinite(hi):
            ratio = hi / lo if lo > 0 else 1.0
            p[:, i] = lo * ratio**v if ratio > 20 else lo + v * (hi - lo)
        elif math.isfinite(lo):
            p[:, i] = lo + 10 ** (3.5 * v - 2)
        elif math.isfinite(hi):
            p[:, i] = hi - 10 ** (3.5 * v - 2)
        else:
            p[:, i] = np.copysign(10 ** (3.5 * np.abs(2 * v - 1) - 2), v - 0.5)
    return p
