"""Where an error is largest: turning points near its level, climbed to and told apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb

from actx.core.arrays import Array
from actx.fitting.linear.levelling import climb
from actx.fitting.linear.strips import Error, Strip

_LEVEL = 1e-6  # extrema this near to the level reach it
_CLIMBS = 12
_SAME_HEIGHT = 1e-14
_ONE_POINT = 1e-4  # turning points so near to each other are one


@dataclass(frozen=True)
class Peak:
    """A turning point of the error on a strip; value: the error there, in balls."""

    strip: Strip
    x: Any
    value: Any

    @property
    def sign(self) -> int:
        return 1 if self.value > 0 else -1


def top_near(error: Error, strip: Strip, x: Any, sign: int) -> tuple[Any, Any]:
    """The turning point of sign·error that is climbed to from x, and its height."""
    height = arb("-inf")
    for _ in range(_CLIMBS):
        before = height
        x, height = climb(error, strip, x, sign)
        if height <= before * (1 + arb(_SAME_HEIGHT) * before.sgn()):
            break
    return x, height


def at_level(error: Error, places: Iterable[tuple[Strip, Any]], level: Any) -> list[Peak]:
    """Those places at which the error reaches a level, in order.

    Of places that stand for one turning point the first, and of a strip on which the error is level
    one place as well.
    """
    found = [Peak(strip, x, error.value(strip, x)) for strip, x in places]
    distinct: list[Peak] = []
    for peak in sorted(found, key=lambda p: (p.strip.part.of, float(p.x), p.sign)):
        if not abs(peak.value) >= level * (1 - arb(_LEVEL)):
            continue
        if not distinct or not _one_place(error, level, distinct[-1], peak):
            distinct.append(peak)
    return sorted(distinct, key=lambda p: float(p.x))


def _one_place(error: Error, level: Any, a: Peak, b: Peak) -> bool:
    if a.sign != b.sign or a.strip.part.of != b.strip.part.of:
        return False
    if b.x - a.x <= arb(_ONE_POINT) * (1 + abs(b.x)):
        return True
    if a.strip is not b.strip:
        return False
    between = error.value(a.strip, arb(((a.x + b.x) / 2).mid()))
    return bool(abs(between) >= level * (1 - arb(_LEVEL)))


def extrema(
    error: Array, least: float | Array, sign: Array | None = None, joined: Any = True
) -> list[int]:
    """The local maxima of sign·error, as far as they are at least so high, in a row of samples.

    sign: that of the error, if not given. joined: whether each sample belongs to those before it.
    """
    sign = np.sign(error) if sign is None else sign
    before = np.append(-np.inf, np.where(joined, sign[1:] * error[:-1], -np.inf))
    after = np.append(np.where(joined, sign[:-1] * error[1:], -np.inf), -np.inf)
    high = sign * error >= np.maximum(np.maximum(before, after), least)
    return [int(i) for i in np.flatnonzero(high)]
