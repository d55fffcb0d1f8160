"""Values at a point as floats, right to the last places."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from actx.arithmetic.coefficients import Number
from actx.calculus.balls import value_in_balls
from actx.calculus.enclosure import enclosure
from actx.calculus.values import program
from actx.language.tree import Node

_CANCELLED = 1e-9  # a value in floats that may be off by more than this part is not taken


def box_at(tree: Node, x: Number) -> tuple[float, float]:
    """An enclosure of the values around a finite x that is known to a unit in the last place."""
    at = float(x)
    reach = (
        0.0
        if isinstance(x, Fraction | int) and Fraction(at) == x
        else 2 * float(np.spacing(abs(at)))
    )
    with np.errstate(all="ignore"):
        box = np.float64(at - reach), np.float64(at + reach)
        lo, hi = enclosure(tree)(box)[0]
    return float(lo), float(hi)


def float_value(tree: Node, x: Number) -> float:
    """The value of a smooth tree at a finite x; not finite where it has none.

    In balls where float64 cancels, or overflows on the way.
    """
    with np.errstate(all="ignore"):
        at = np.float64(float(x))
        value = float(program(tree)(at)[0])
        low, high = enclosure(tree)((at, at))[0]
    if value == low == high == 0 or high - low <= _CANCELLED * abs(value) < math.inf:
        return value
    known = value_in_balls(tree, x)
    return value if known is None else known
