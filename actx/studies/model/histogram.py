"""Numbers that pass by in bounded memory: exact count and ends, moments, a fine histogram.

The cells of the histogram are [k·w, (k+1)·w) with w a power of 2, the smallest for which all
numbers lie in at most so many of them; when it grows, neighbours are joined, so that what comes out
does not depend on the order in which the numbers came.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

CELLS = 4096
_BLOCK = 1 << 15  # numbers that are looked at together; they stay in the processor's cache


@dataclass
class Histogram:
    """Of finite numbers; others are counted apart.

    first: the number of the first cell; width: of a cell; cells: how many numbers are in each.
    """

    count: int = 0
    others: int = 0
    least: float = math.inf
    greatest: float = -math.inf
    mean: float = 0.0
    spread: float = 0.0  # the sum of the squares of the distances from the mean
    width: float = 0.0
    first: int = 0
    cells: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def add(self, numbers: NDArray[Any]) -> None:
        """Take more numbers in."""
        flat = numbers.reshape(-1)
        for start in range(0, flat.size, _BLOCK):
            self._add(flat[start : start + _BLOCK])

    def _add(self, block: NDArray[Any]) -> None:
        least, greatest = float(block.min()), float(block.max())
        block = block.astype(np.float64)
        if not math.isfinite(greatest - least):  # an infinite or undefined one, or a huge span
            finite = np.isfinite(block)
            self.others += int(block.size - finite.sum())
            block = block[finite]
            if not block.size:
                return
            least, greatest = float(block.min()), float(block.max())
        from_mean = block - (mean := float(block.mean()))
        from_mean *= from_mean
        spread = float(from_mean.sum())
        total = self.count + block.size
        apart = mean - self.mean
        self.spread += spread + apart * apart * (self.count / total) * block.size
        self.mean += apart * (block.size / total)
        self.count = total
        self.least, self.greatest = min(self.least, least), max(self.greatest, greatest)
        self._widen()
        block *= 1 / self.width  # a power of 2: exactly
        np.floor(block, out=block)
        block -= self.first
        self.cells += np.bincount(block.astype(np.int32), minlength=self.cells.size)

    def _widen(self) -> None:
        """Make room for all numbers between the ends."""
        width = _width(self.least, self.greatest)
        while self.width and self.width < width:
            odd = self.first % 2
            padded = np.pad(self.cells, (odd, (self.cells.size + odd) % 2))
            self.cells = padded[::2] + padded[1::2]
            self.first = (self.first - odd) // 2
            self.width *= 2
        first, last = math.floor(self.least / width), math.floor(self.greatest / width)
        if not self.width:
            self.width, self.first = width, first
        before, size = self.first - first, last - first + 1
        self.cells = np.pad(self.cells, (before, size - before - self.cells.size))
        self.first = first

    def quantile(self, share: float) -> tuple[float, float]:
        """Two numbers between which the smallest lies that so large a share does not exceed."""
        wanted = max(1, math.ceil(share * self.count))
        place = int(np.searchsorted(np.cumsum(self.cells), wanted))
        lo = (self.first + place) * self.width
        return max(lo, self.least), min(lo + self.width, self.greatest)

    def middles(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The middles of the cells with any numbers, and how many each has."""
        (places,) = self.cells.nonzero()
        lower = np.maximum((self.first + places) * self.width, self.least)
        upper = np.minimum((self.first + places + 1) * self.width, self.greatest)
        return lower + (upper - lower) / 2, self.cells[places]

    def bars(self, most: int) -> tuple[float, float, list[int]]:
        """The histogram of at most so many cells: where it begins, their width, and the counts."""
        width, first, cells = self.width, self.first, self.cells
        while cells.size > most:
            odd = first % 2
            padded = np.pad(cells, (odd, (cells.size + odd) % 2))
            cells, first, width = padded[::2] + padded[1::2], (first - odd) // 2, width * 2
        return first * width, width, [int(count) for count in cells]


class Gathering:
    """Puts small arrays together before they go into a histogram, which has its cost a call."""

    def __init__(self) -> None:
        self._histogram = Histogram()
        self._waiting: NDArray[Any] = np.empty(0)
        self._size = 0

    def add(self, numbers: NDArray[Any]) -> None:
        """Take more numbers in."""
        flat = numbers.reshape(-1)
        if flat.size > _BLOCK // 2:
            self._histogram.add(flat)
            return
        if self._size + flat.size > self._waiting.size or flat.dtype != self._waiting.dtype:
            self.histogram()
            if flat.dtype != self._waiting.dtype or not self._waiting.size:
                self._waiting = np.empty(_BLOCK, flat.dtype)
        self._waiting[self._size : self._size + flat.size] = flat
        self._size += flat.size

    def histogram(self) -> Histogram:
        """Of all numbers until now."""
        if self._size:
            self._histogram.add(self._waiting[: self._size])
            self._size = 0
        return self._histogram


def _width(least: float, greatest: float) -> float:
    """The smallest power of 2 that makes at most `CELLS` cells, with numbers that floats count."""
    size = max(abs(least), abs(greatest)) * 2.0**-50
    exponent = math.frexp(max((greatest - least) / CELLS, size, 2.0**-1000))[1] - 1
    width = math.ldexp(1.0, exponent)
    while width < size or math.floor(greatest / width) - math.floor(least / width) >= CELLS:
        width *= 2
    return width
