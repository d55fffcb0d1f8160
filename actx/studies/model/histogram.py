"""Numbers that pass by in bounded memory: exact count and ends, moments, a fine histogram.

The cells of the histogram are [k·w, (k+1)·w) with w a power of 2, the smallest for which all
numbers lie in at most so many of them; when it grows, neighbours are joined, so that what comes out
does not depend on the order in which the numbers came.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.core.workers import cores

CELLS = 4096
_BLOCK = 1 << 18  # numbers that are looked at together: shorter, threads wait for each other more
_PIECE = 1 << 12  # numbers of a product that makes no threads
_THREADS = 4  # at most


class Room:
    """Arrays that are written over block by block: new ones would cost more than the counting."""

    def __init__(self, size: int = _BLOCK) -> None:
        self.wide = np.empty(size)
        self.narrow = np.empty(size, np.float32)
        self.places = np.empty(size, np.int32)
        self.ones = np.ones(size, np.int32)

    def of(self, kind: type[np.floating[Any]]) -> NDArray[Any]:
        """The array of a type."""
        return self.narrow if kind is np.float32 else self.wide


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

    def add(self, numbers: NDArray[Any], room: Room | None = None) -> None:
        """Take more numbers in. room: what may be written over."""
        flat = numbers.reshape(-1)
        room = room or Room(min(flat.size, _BLOCK))
        for start in range(0, flat.size, _BLOCK):
            self._add(flat[start : start + _BLOCK], room)

    def _add(self, block: NDArray[Any], room: Room) -> None:
        least, greatest = float(block.min()), float(block.max())
        if not math.isfinite(greatest - least):  # an infinite or undefined one, or a huge span
            finite = np.isfinite(block)
            self.others += int(block.size - finite.sum())
            block = block[finite].astype(np.float64)
            if not block.size:
                return
            least, greatest = float(block.min()), float(block.max())
        self._moments(block, room.wide[: block.size])
        if least < self.least or greatest > self.greatest:
            self.least, self.greatest = min(self.least, least), max(self.greatest, greatest)
            self._widen()
        kind = np.float32 if self._exact(block.dtype) else np.float64
        numbers, places = room.of(kind)[: block.size], room.places[: block.size]
        self._place(block, numbers, places)
        ends = np.array([least, greatest], block.dtype)
        self._place(ends, np.empty(2, kind), found := np.empty(2, np.int32))
        assert 0 <= found[0] <= found[1] < self.cells.size  # SciPy does not look at the indices
        self.cells += _counted(places, room.ones[: block.size], self.cells.size)

    def _place(self, block: NDArray[Any], numbers: NDArray[Any], places: NDArray[np.int32]) -> None:
        """The cells of numbers, which rise with them. numbers: room for these."""
        np.multiply(block, numbers.dtype.type(1 / self.width), out=numbers)
        np.floor(numbers, out=numbers)
        numbers -= self.first
        np.copyto(places, numbers, casting="unsafe")

    def _moments(self, block: NDArray[Any], wide: NDArray[np.float64]) -> None:
        np.copyto(wide, block)
        mean = float(wide.sum()) / block.size
        squares = _squares(wide)
        spread = squares - block.size * mean * mean
        if not spread > squares / 1000:  # too much of it has cancelled
            np.subtract(block, mean, out=wide, dtype=np.float64)
            spread = _squares(wide)
        total, apart = self.count + block.size, mean - self.mean
        self.spread += spread + apart * apart * (self.count / total) * block.size
        self.mean += apart * (block.size / total)
        self.count = total

    def _exact(self, kind: np.dtype[Any]) -> bool:
        """Whether numbers of a type are put into cells in float32 without any rounding.

        A product by a power of 2 is exact where it does not become too small or large, and so is
        what is done with whole numbers of 24 bits.
        """
        ends = max(abs(self.first), abs(self.first + self.cells.size))
        return kind == np.float32 and 2.0**-100 < self.width <= 1 and ends < 2**24

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

    def add(self, numbers: NDArray[Any], room: Room | None = None) -> None:
        """Take more numbers in. room: what may be written over."""
        flat = numbers.reshape(-1)
        if flat.size > _BLOCK // 2:
            self._histogram.add(flat, room)
            return
        if self._size + flat.size > self._waiting.size or flat.dtype != self._waiting.dtype:
            self.histogram(room)
            if flat.dtype != self._waiting.dtype or not self._waiting.size:
                self._waiting = np.empty(_BLOCK, flat.dtype)
        self._waiting[self._size : self._size + flat.size] = flat
        self._size += flat.size

    def histogram(self, room: Room | None = None) -> Histogram:
        """Of all numbers until now."""
        if self._size:
            self._histogram.add(self._waiting[: self._size], room)
            self._size = 0
        return self._histogram


class Gatherings:
    """Histograms by name, filled by several threads."""

    def __init__(self, names: Iterable[str]) -> None:
        self._found = {name: Gathering() for name in names}
        threads = min(cores(), _THREADS)
        self._pool = ThreadPoolExecutor(threads)  # which makes none before there is work
        self._rooms: SimpleQueue[Room] = SimpleQueue()

    def add(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take more numbers in, by the names: few of them without other threads."""
        if sum(arrays[name].size for name in self._found) < _BLOCK:
            self._add(self._found, arrays)
        else:
            names = sorted(self._found, key=lambda name: -arrays[name].size)
            list(self._pool.map(lambda name: self._add([name], arrays), names))

    def _add(self, names: Iterable[str], arrays: Mapping[str, NDArray[Any]]) -> None:
        room = self._room()
        for name in names:
            self._found[name].add(arrays[name], room)
        self._rooms.put(room)

    def _room(self) -> Room:
        """One that no other thread has."""
        try:
            return self._rooms.get_nowait()
        except Empty:
            return Room()

    def histograms(self) -> dict[str, Histogram]:
        """Of all numbers until now, which are the last."""
        self._pool.shutdown()
        room = self._room()
        return {name: gathering.histogram(room) for name, gathering in self._found.items()}


def _counted(places: NDArray[np.int32], ones: NDArray[np.int32], size: int) -> Any:
    """How often each place occurs: the sums of the rows of a matrix with a 1 for each number.

    As np.bincount, in half the time and while other threads run.
    """
    from scipy.sparse import csc_array

    column = csc_array((ones, places, np.array([0, places.size], np.int32)), shape=(size, 1))
    return column @ np.ones(1, np.int32)


def _squares(numbers: NDArray[np.float64]) -> float:
    """The sum of the squares, in pieces that are too short for threads of their own."""
    most = numbers.size - numbers.size % _PIECE
    pieces = numbers[:most].reshape(-1, _PIECE)
    return float(np.vecdot(pieces, pieces).sum() + np.vecdot(numbers[most:], numbers[most:]))


def _width(least: float, greatest: float) -> float:
    """The smallest power of 2 that makes at most `CELLS` cells, with numbers that floats count."""
    size = max(abs(least), abs(greatest)) * 2.0**-50
    exponent = math.frexp(max((greatest - least) / CELLS, size, 2.0**-1000))[1] - 1
    width = math.ldexp(1.0, exponent)
    while width < size or math.floor(greatest / width) - math.floor(least / width) >= CELLS:
        width *= 2
    return width
