"""Ranges of parameters as finite ones: where a box is halved, and how far out it lies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from actx.core.arrays import Array
from actx.fitting.nonlinear.errors import Boxes
from actx.fitting.problem.problem import Problem
from actx.fitting.problem.residual import LARGEST

Truths = NDArray[np.bool_]

_WIDE = 20.0  # the ratio of positive bounds from which they are halved by ratio
_AROUND, _APART = 0.1, 1e-3  # parts of ranges
_NARROW = 2.0**-24  # of a range
_MOST, _MARGIN = 0.5, 0.02  # of a range that a bound reaches over, and beyond the best values
_NEAR = 100.0  # from there on values are far out
_COARSE = 1 / 16  # of a range, a side is not halved further where another one is endless


class Spread:
    """The ranges of a problem's parameters, of all or of some."""

    def __init__(self, problem: Problem, kept: Sequence[int] | None = None) -> None:
        which = slice(None) if kept is None else list(kept)
        self.lower = problem.lower[which].astype(float)
        self.upper = problem.upper[which].astype(float)
        finite = np.isfinite(self.lower), np.isfinite(self.upper)
        self._open = ~finite[0] | ~finite[1]
        # counted from the finite end, or from 0
        self._from = np.where(finite[0], self.lower, np.where(finite[1], self.upper, 0.0))
        with np.errstate(all="ignore"):
            ratio = self.upper / self.lower
        self._by_ratio = ~self._open & (self.lower > 0) & (ratio > _WIDE)
        self._width = np.where(self._open, 1.0, self.upper - self.lower)
        self._log = np.log(np.where(self._by_ratio, ratio, np.e))

    @property
    def root(self) -> Boxes:
        """The box of all values."""
        return Boxes(self.lower[None, :], self.upper[None, :])

    def to_unit(self, p: Array) -> Array:
        """Values as places in ranges of width 2 or less."""
        away = p - self._from
        size = np.abs(away)
        inner = np.where(np.isinf(size), np.sign(away), away / (1 + size))
        places = np.where(self._open, inner, away / self._width)
        if self._by_ratio.any():
            logs = np.log(np.where(self._by_ratio, p / self._from, 1.0)) / self._log
            places = np.where(self._by_ratio, logs, places)
        return places

    def from_unit(self, t: Array) -> Array:
        """Values at such places."""
        p = self._from + np.where(self._open, t / (1 - np.abs(t)), t * self._width)
        if self._by_ratio.any():
            p = np.where(self._by_ratio, self._from * np.exp(t * self._log), p)
        return p

    def middle(self, boxes: Boxes) -> Array:
        """Values in the middle of boxes, finite; an end where there is none between the ends."""
        found = self.from_unit((self.to_unit(boxes.lo) + self.to_unit(boxes.hi)) / 2)
        plain = boxes.lo + (boxes.hi - boxes.lo) / 2
        exact = ~self._open & ~self._by_ratio
        narrow = np.isfinite(plain) & (boxes.hi - boxes.lo <= 1e-3 * np.abs(plain))
        return np.clip(np.where(exact | narrow, plain, found), boxes.lo, boxes.hi)

    def sides(self, boxes: Boxes, middle: Array) -> Truths:
        """Which sides of boxes can be halved at values between.

        That is none as narrow as floats are, nor beyond LARGEST, and hardly one whose box goes on
        beyond on another side.
        """
        possible = (middle > boxes.lo) & (middle < boxes.hi) & (np.abs(middle) <= LARGEST)
        endless = (~possible & np.isinf(boxes.hi - boxes.lo)).any(axis=1, keepdims=True)
        return np.asarray(possible & (~endless | (self.widths(boxes) > _COARSE)))

    def widths(self, boxes: Boxes) -> Array:
        """How wide the sides of boxes are as parts of the ranges as finite ones."""
        return self.to_unit(boxes.hi) - self.to_unit(boxes.lo)

    def largely(self, boxes: Boxes, p: Array) -> bool:
        """Whether boxes reach over most of the ranges as finite ones, and well around a place."""
        wide = self.widths(boxes) > _MOST * self.widths(self.root)
        place = self.to_unit(p)
        below = (boxes.lo == self.lower) | (place - self.to_unit(boxes.lo) > _MARGIN)
        above = (boxes.hi == self.upper) | (self.to_unit(boxes.hi) - place > _MARGIN)
        return bool((wide & below & above).all())

    def near(self, boxes: Boxes, p: Array) -> Truths:
        """Which boxes lie near some values as a whole."""
        place = self.to_unit(p)
        first, last = np.abs(self.to_unit(boxes.lo) - place), np.abs(self.to_unit(boxes.hi) - place)
        return np.asarray((np.maximum(first, last) < _AROUND).all(axis=1))

    def away(self, boxes: Boxes, p: Array) -> Array:
        """How far boxes lie from some values, as parts of ranges."""
        place = self.to_unit(p)
        gaps = np.maximum(self.to_unit(boxes.lo) - place, place - self.to_unit(boxes.hi))
        return np.asarray(np.maximum(gaps, 0.0).max(axis=1))

    def cornered(self, boxes: Boxes, p: Array) -> Truths:
        """Which boxes are narrow on all sides though they lie away from some values."""
        narrow = self.widths(boxes).max(axis=1) < _NARROW
        return np.asarray(narrow & (self.away(boxes, p) > _APART))

    def apart(self, p: Array, q: Array) -> bool:
        """Whether values are not next to each other."""
        return bool(np.abs(self.to_unit(p) - self.to_unit(q)).max() > _APART)

    def far(self, boxes: Boxes) -> Array:
        """How far out boxes lie, in octaves beyond what is near."""
        size = np.maximum(np.maximum(boxes.lo - self._from, self._from - boxes.hi), _NEAR)
        return np.asarray(np.ceil(np.log2(np.where(self._open, size, _NEAR).max(axis=1) / _NEAR)))
