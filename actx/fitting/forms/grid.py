"""A grid on which the error of a rational function is looked at."""

from __future__ import annotations

from typing import Any

import numpy as np

from actx.core.arrays import Array
from actx.fitting.forms.goal import Goal
from actx.fitting.linear.columns import Quotient
from actx.fitting.linear.strips import Strip, spread

_NEAREST = 1e-9  # to a breakpoint, of the grid, relative to the stretch
_PER_KINK = 90  # and how many points lead there


class Grid:
    """Points of the interval with the target's values there, in balls and in float64."""

    def __init__(self, goal: Goal, count: int) -> None:
        self.places: list[tuple[Strip, Any]] = []
        for strip in goal.strips:
            points = np.array(spread(strip, count))
            a, b = float(strip.lo), float(strip.hi)
            steps = (b - a) * np.geomspace(_NEAREST, 0.4, _PER_KINK)
            if strip is not goal.strips[0] or _singular(strip, strip.ends[0]):
                points = np.union1d(points, a + steps)
            if strip is not goal.strips[-1] or _singular(strip, strip.ends[1]):
                points = np.union1d(points, b - steps)
            self.places += [(strip, strip.within(float(x))) for x in points]
        values = [strip.values(x) for strip, x in self.places]
        self.target, self.weight = [f for f, _ in values], [w for _, w in values]
        self.x = np.array([float(x.mid()) for _, x in self.places])

    def errors(self, quotient: Quotient) -> Array | None:
        """The error at each point, None where the denominator changes its sign."""
        found, signs = [], set()
        for (_, x), f, w in zip(self.places, self.target, self.weight, strict=True):
            u = x - quotient.centre
            top, bottom = quotient.top[0](u), quotient.bottom[0](u)  # type: ignore[index]
            signs.add(bottom > 0)
            if len(signs) > 1 or not abs(bottom) > 0:
                return None
            found.append(float((w * (top / bottom - f)).mid()))
        return np.array(found)


def _singular(strip: Strip, x: Any) -> bool:
    """Whether the target has no finite slope at an end."""
    goal = strip.jet(x, 2)[-1]
    return not goal[1].is_finite()
