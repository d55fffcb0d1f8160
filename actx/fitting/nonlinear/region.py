"""The values that a bound holds for where not all could be settled: a box around the best ones."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from actx.core.arrays import Array
from actx.fitting.nonlinear.errors import Boxes
from actx.fitting.nonlinear.spread import Spread

_MOST_CUTS = 40
_DIGITS = 6  # that are printed of an end


def region(q: Array, unsettled: Boxes, spread: Spread) -> Boxes | None:
    """A large box that holds some values and meets no unsettled one; None if one of these does.

    Each cut spares as much as can be of what the most obstructive box leaves.
    """
    lo, hi = spread.lower.copy(), spread.upper.copy()
    for _ in range(_MOST_CUTS):
        meets = ((unsettled.lo <= hi) & (unsettled.hi >= lo)).all(axis=1)
        unsettled = unsettled[meets]
        if not len(unsettled):
            return Boxes(lo[None], hi[None])
        above, below = unsettled.lo > q, unsettled.hi < q
        start, end = spread.to_unit(lo), spread.to_unit(hi)
        width = np.maximum(end - start, 1e-300)
        left = np.where(above, spread.to_unit(unsettled.lo) - start, -width)
        left = np.where(below, end - spread.to_unit(unsettled.hi), left) / width
        worst = int(np.argmin(left.max(axis=1)))
        side = int(np.argmax(left[worst]))
        if left[worst, side] < 0:
            return None
        rises = bool(above[worst, side])
        far = (unsettled.lo if rises else unsettled.hi)[worst, side]
        cut = short_between(float(q[side]), float(far))
        if cut is None:
            return None
        (hi if rises else lo)[side] = cut
    return None


def short_between(near: float, far: float) -> float | None:
    """A number of few digits strictly between two, next to the second; None if none is found."""
    exact = Fraction(far)
    power = math.floor(math.log10(abs(far))) if far else math.floor(math.log10(abs(near))) - 1
    for digits in range(1, _DIGITS + 1):
        unit = Fraction(10) ** (power - digits + 1)
        steps = math.ceil(exact / unit) - 1 if far > near else math.floor(exact / unit) + 1
        value = float(steps * unit)
        if min(near, far) < value < max(near, far):
            return value
    return None
