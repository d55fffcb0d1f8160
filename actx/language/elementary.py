"""Elementary functions that NumPy lacks, right at both ends of the range, in float32 and float64.

Each takes and returns an array or scalar of one float type. Overflow and underflow are wanted
where they occur (exp of a large number, its reciprocal); callers silence NumPy's warnings.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def sigmoid(u: Any) -> Any:
    """1/(1 + exp(-u)), without cancellation on either side."""
    small = np.exp(-np.abs(u))
    return np.where(u >= 0, 1.0, small) / (1.0 + small)


def softplus(u: Any) -> Any:
    """log(1 + exp(u)) = max(u, 0) + log1p(exp(-|u|))."""
    return np.maximum(u, 0.0) + np.log1p(np.exp(-np.abs(u)))


def relu(u: Any) -> Any:
    return np.maximum(u, 0.0)


def clip(u: Any, lo: Any, hi: Any) -> Any:
    """min(max(u, lo), hi), which is hi where lo > hi."""
    return np.minimum(np.maximum(u, lo), hi)


def erf(u: Any) -> Any:
    from scipy.special import erf as value

    return value(u)


def power(u: Any, v: Any) -> Any:
    """u^v; small whole exponents by multiplication, which is exact in sign and faster."""
    if isinstance(v, float) and v == int(v) and abs(v) <= 16:
        return _whole_power(u, int(v))
    if isinstance(v, float) and v == 0.5:
        return np.sqrt(u)
    return np.power(u, v)


def _whole_power(u: Any, n: int) -> Any:
    if n < 0:
        return 1.0 / _whole_power(u, -n)
    result = None
    square = u
    while n:
        if n & 1:
            result = square if result is None else result * square
        n >>= 1
        if n:
            square = square * square
    return np.ones_like(u) if result is None else result


def divide(u: Any, v: Any) -> Any:
    return np.true_divide(u, v)


def where(condition: Any, a: Any, b: Any) -> Any:
    return np.where(condition, a, b)
