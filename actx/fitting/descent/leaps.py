"""Leaps further on the way that a solver has gone.

Steps that are straight lines go slowly along a bent valley, and to an optimum at infinity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

from actx.core.arrays import Array

Rest = TypeVar("Rest")  # what a solver knows of a place beside the value there

ROUNDS = 8  # of a solver, between leaps
_IN_A_ROW = 12


def leapt(
    last: Array,
    here: tuple[Array, float, Rest],
    look: Callable[[Array], tuple[Array, float, Rest]],
    lower: Array,
    upper: Array,
) -> tuple[Array, float, Rest]:
    """Further on the way from the last place to here while the value falls.

    here: place, value and what else is known there; look: gives these for a place ahead.
    """
    for ahead in _leaps(last, here[0], lower, upper):
        found = look(ahead)
        if not found[1] < here[1]:
            break
        here = found
    return here


def _leaps(last: Array, p: Array, lower: Array, upper: Array) -> Iterator[Array]:
    """Places ahead of p on the way from the last place, each twice as far as the one before.

    The way goes on in proportion where a value keeps its sign, and else straight on.
    """
    same = last * p > 0
    with np.errstate(all="ignore"):
        ratio = np.where(same, p / last, 1.0)
        for k in range(_IN_A_ROW):
            ahead = np.where(same, p * ratio ** (2**k), p + 2**k * (p - last))
            yield np.clip(ahead, lower, upper)
