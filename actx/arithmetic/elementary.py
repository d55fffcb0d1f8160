"""Elementary functions that NumPy lacks, right at both ends of the range, in float32 and float64.

Each takes and returns an array or scalar of one float type. Overflow and underflow are wanted
where they occur (exp of a large number, its reciprocal); callers silence NumPy's warnings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def sigmoid(u: Any, out: Any = None) -> Any:
    """1/(1 + exp(-u)), right down to where it underflows."""
    if (u.min(initial=np.inf) if isinstance(u, np.ndarray) else u) > -_exp_range(u):
        return np.divide(1.0, 1.0 + np.exp(-u), out=out)
    small = np.exp(-np.abs(u))
    return np.divide(np.where(u >= 0, 1.0, small), 1.0 + small, out=out)


def times(gate: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """u*gate(v), which is 0 where the gate is, of an infinite u as well."""

    def value(u: Any, v: Any) -> Any:
        opened = gate(v)
        return np.where((opened == 0) & np.isinf(u), np.copysign(0.0, u), u * opened)

    return value


def softplus(u: Any, out: Any = None) -> Any:
    """log(1 + exp(u)), which is max(u, 0) + log1p(exp(-|u|)) where exp would overflow."""
    if (u.max(initial=-np.inf) if isinstance(u, np.ndarray) else u) < _exp_range(u):
        return np.log1p(np.exp(u), out=out)
    return np.add(np.maximum(u, 0.0), np.log1p(np.exp(-np.abs(u))), out=out)


def _exp_range(u: Any) -> float:
    """An argument of exp that stays well inside the range of the float type."""
    return 80.0 if getattr(u, "dtype", None) == np.float32 else 700.0


def relu(u: Any, out: Any = None) -> Any:
    return np.maximum(u, 0.0, out=out)


def clip(u: Any, lo: Any, hi: Any, out: Any = None) -> Any:
    """min(max(u, lo), hi), which is hi where lo > hi."""
    return np.minimum(np.maximum(u, lo), hi, out=out)


def root_sum(u: Any, v: Any) -> Any:
    """u + sqrt(u^2 + v) = u + |u| + v/(|u| + sqrt(u^2 + v)), in which nothing cancels."""
    size = np.abs(u)
    total = np.sqrt(u * u + v) + size
    rest = v / total
    if not np.min(rest, initial=1.0) > 0:  # u^2 overflows somewhere, or u and v are 0, or v < 0
        total = np.where(np.isinf(total), 2 * size, total)
        rest = np.where(total == 0, 0.0, v / total)
    return rest + (size + u)


def sech(u: Any) -> Any:
    return 1.0 / np.cosh(u)


def erfc(u: Any) -> Any:
    from scipy.special import erfc as value

    return value(u)


def erf(u: Any) -> Any:
    from scipy.special import erf as value

    return value(u)


def normpdf(u: Any) -> Any:
    """exp(-u²/2)/sqrt(2 pi), with what is lost in rounding the square made up for."""
    wide = np.clip(np.asarray(u, dtype=np.float64), -40.0, 40.0)
    high = wide.astype(np.float32).astype(np.float64)  # its square is exact
    rest = -0.5 * (wide - high) * (wide + high)
    value = np.exp(-0.5 * high * high) * np.exp(rest) / np.sqrt(2 * np.pi)
    return _like(value, u)


def normcdf(u: Any) -> Any:
    """erfc(-u/sqrt(2))/2; by erfcx far left, where SciPy's erfc is off by 500 units."""
    from scipy.special import erfc, erfcx

    wide = np.asarray(u, dtype=np.float64)
    left, root = np.minimum(wide, 0.0), np.sqrt(0.5)
    small = np.sqrt(np.pi / 2) * normpdf(left) * erfcx(-left * root)
    return _like(np.where(wide < -1, small, 0.5 * erfc(-wide * root)), u)


def _like(value: Any, u: Any) -> Any:
    return value.astype(np.float32) if getattr(u, "dtype", None) == np.float32 else value


def power(u: Any, v: Any) -> Any:
    """u^v; small whole exponents by multiplication, which is exact in sign and faster."""
    if isinstance(v, float) and abs(v) <= 16 and v == int(v):
        return _whole_power(u, int(v))
    if isinstance(v, float) and v == 0.5:
        return np.sqrt(u)
    return np.power(u, v)


def _whole_power(u: Any, n: int) -> Any:
    if n < 0:
        return np.divide(1.0, _whole_power(u, -n))  # of a Python number, too, infinite at 0
    result = None
    square = u
    while n:
        if n & 1:
            result = square if result is None else result * square
        n >>= 1
        if n:
            square = square * square
    return np.ones_like(u) if result is None else result


WITH_OUT = frozenset({sigmoid, softplus, relu, clip})  # these can write into a given array
