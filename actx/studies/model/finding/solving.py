"""The numbers with which a formula goes through the values of another, by least squares.

The outer factor and shift are those of the best line through the values of both, for each choice of
the others (variable projection; Golub & Pereyra 1973).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from actx.calculus.values import program
from actx.language.tree import Node
from actx.registry import Parameter

Floats = NDArray[np.float64]

POINTS = np.concatenate([np.linspace(-12, 12, 193), np.linspace(-2, 2, 64) + 0.0071])
ALIKE = 1e-5  # of how far the values reach: worth a proof
_EVERY = 4  # of the points goes into the search
_STARTS = (1.0, -1.0, 2.0, 0.5)  # of the inner factor
_MOST = 100.0  # of the inner factor and shift
_CALLS = 30


def line_through(values: Floats, others: Floats) -> tuple[float, float, Floats]:
    """The best alpha and delta for values = alpha·others + delta, and what they leave."""
    centred = others - others.mean()
    size = float(centred @ centred)
    alpha = float(centred @ (values - values.mean())) / size if size > 0 else 0.0
    delta = float(values.mean() - alpha * others.mean())
    return alpha, delta, values - alpha * others - delta


def solution(
    tree: Node, names: Sequence[str], bounds: Sequence[Parameter], values: Floats
) -> Floats | None:
    """The inner factor, the inner shift and the parameters named; None where none do.

    values: at `POINTS`, finite. bounds: of the parameters.
    """
    compiled = program(tree, parameters=tuple(names))
    size = float(np.ptp(values))
    if not size:
        return None

    def left(z: Floats, every: int = _EVERY) -> Floats:
        at = POINTS[::every]
        with np.errstate(all="ignore"):
            others = np.asarray(compiled(z[0] * at + z[1], *z[2:])[0], dtype=np.float64)
        if others.shape != at.shape or not np.isfinite(others).all():
            return np.full_like(at, 1e6)
        return line_through(values[::every], others)[2]

    lower = np.array([-_MOST, -_MOST, *(b.lower for b in bounds)])
    upper = np.array([_MOST, _MOST, *(b.upper for b in bounds)])
    begin = np.clip([b.default * 1.3 + 0.01 for b in bounds], lower[2:], upper[2:])
    # The parameters alone come first: in max(x, a·x) any inner factor does.
    fixed = [(start, 2) for start in _STARTS[:2]] if names else []
    for start, first in (*fixed, *((start, 0) for start in _STARTS)):
        z = np.array([start, 0.0, *begin])
        z[first:] = _least(left, z, first, lower, upper)
        if np.abs(left(z, 1)).max() <= ALIKE * size:
            return z
    return None


def _least(
    left: Callable[[Floats], Floats], z: Floats, first: int, lower: Floats, upper: Floats
) -> Floats:
    """The numbers from the first on, with those before it as they are."""
    from scipy.optimize import least_squares

    found = least_squares(
        lambda free: left(np.concatenate([z[:first], free])),
        z[first:],
        bounds=(lower[first:], upper[first:]),
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-15,
        max_nfev=_CALLS,
    )
    return np.asarray(found.x, dtype=np.float64)
