"""Boxes that are not settled, and on which side each is halved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from actx.core.arrays import Array
from actx.fitting.nonlinear.eliminated import Eliminated
from actx.fitting.nonlinear.errors import Boxes, Errors
from actx.fitting.nonlinear.spread import Spread, Truths

_MOST = 2.0  # an interval wider than so many times the level counts as so wide
_SHARE = 0.1  # of the width of intervals, that the width of a side counts


@dataclass(frozen=True)
class Pile:
    """Boxes that are not settled, and what the largest error is at least in each."""

    boxes: Boxes
    least: Array

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, which: Any) -> Pile:
        return Pile(self.boxes[which], self.least[which])

    @staticmethod
    def joined(several: Sequence[Pile]) -> Pile:
        """All boxes of several piles."""
        return Pile(
            Boxes.joined([p.boxes for p in several]), np.concatenate([p.least for p in several])
        )


def halved(
    pile: Pile, spread: Spread, errors: Errors | Eliminated, level: float
) -> tuple[Pile, Pile]:
    """The halves of boxes, and the boxes that could not be halved.

    Each side is tried. That is taken whose halves promise most: that they have a large error, up to
    a level, or narrow intervals of it.
    """
    if pile.boxes.lo.shape[1] == 1:  # nothing is to be chosen, and quarters save steps
        pile = _cut(pile, spread)
    middle = spread.middle(pile.boxes)
    possible = spread.sides(pile.boxes, middle)
    stuck: Truths = ~np.any(possible, axis=1)
    rows = np.flatnonzero(~stuck)
    boxes, middle, possible = pile.boxes[rows], middle[rows], possible[rows]
    if not rows.size:
        return pile[rows], pile[stuck]
    width = spread.widths(boxes).T
    widest = np.where(possible.T, width, 0.0).max(axis=0)
    possible &= errors.slimmest * widest[:, None] <= width.T
    tried, least, vague = _tried(boxes, middle, possible, errors, _MOST * level)
    share = width / np.maximum(width.max(axis=0), 1e-300)
    score = np.minimum(least, level).sum(axis=1) + (_SHARE * share - 1) * vague.sum(axis=1)
    side = np.argmax(np.where(possible.T, score, -np.inf), axis=0)
    at = np.arange(rows.size)
    first, second = tried.lo[side, :, at], tried.hi[side, :, at]
    halves = Boxes(first.reshape(-1, middle.shape[1]), second.reshape(-1, middle.shape[1]))
    known = np.maximum(least[side, :, at], pile.least[rows, None])
    return Pile(halves, known.ravel()), pile[stuck]


def _cut(pile: Pile, spread: Spread) -> Pile:
    """The halves of boxes with one side, those that can be halved."""
    middle = spread.middle(pile.boxes)
    wide = spread.sides(pile.boxes, middle)[:, 0]
    cut, middle = pile[wide], middle[wide]
    first = Pile(Boxes(cut.boxes.lo, middle), cut.least)
    return Pile.joined([pile[~wide], first, Pile(Boxes(middle, cut.boxes.hi), cut.least)])


def _tried(
    boxes: Boxes, middle: Array, possible: Truths, errors: Errors | Eliminated, most: float
) -> tuple[Boxes, Array, Array]:
    """The halves of boxes on each side, with the least errors and the widths of the intervals.

    Shapes (sides, 2, boxes), of the ends besides parameters.
    """
    count = middle.shape[1]
    lo = np.broadcast_to(boxes.lo, (count, 2, *boxes.lo.shape)).copy()
    hi = np.broadcast_to(boxes.hi, (count, 2, *boxes.hi.shape)).copy()
    for i in range(count):
        hi[i, 0, :, i] = lo[i, 1, :, i] = middle[:, i]
    shape = lo.shape[:-1]
    wanted = np.broadcast_to(possible.T[:, None, :], shape)
    least, vague = np.zeros(shape), np.full(shape, most)
    least[wanted], vague[wanted] = errors.lower_and_width(Boxes(lo[wanted], hi[wanted]), most)
    return Boxes(lo, hi), least, vague
