"""Numbers that pass by in bounded memory: exact count and ends, moments, a fine histogram.

The cells of the histogram are [k·w, (k+1)·w) with w a power of 2, the smallest for which all
numbers lie in at most so many of them; where histograms are joined, neighbours are, so that what
comes out does not depend on the order in which the numbers came.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import local
from typing import Any

import numpy as np
from numpy.typing import NDArray

CELLS = 4096
_BLOCK = 1 << 18  # numbers that are looked at together: shorter, threads wait for each other more
_PIECE = 1 << 12  # numbers of a product that makes no threads
_FEW = 64  # arrays that wait at most
_WAITING = 1 << 15  # numbers that wait to be put together, while they are near


class Room(local):
    """Arrays that are written over block by block, by each thread its own: new ones cost much.

    The numbers in cells are the sums of the rows of a matrix with a 1 for each number, in its row:
    as np.bincount, in half the time and while other threads run.
    """

    def __init__(self) -> None:
        from scipy.sparse import csc_array

        self.wide = np.empty(_BLOCK)
        ones, none = np.ones(_BLOCK, np.int32), np.zeros(_BLOCK, np.int32)
        self._matrix = csc_array((ones, none, np.array([0, _BLOCK], np.int32)), shape=(CELLS, 1))
        self.places: NDArray[np.int32] = self._matrix.indices

    def counted(self, size: int) -> NDArray[np.int32]:
        """How many of the first so many places each cell has."""
        # SciPy does not look at the indices
        assert int(self.places[:size].view(np.uint32).max()) < CELLS
        self._matrix.indptr[1] = size
        return np.asarray(self._matrix @ np.ones(1, np.int32))


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
        flat, room = numbers.reshape(-1), room or Room()
        for start in range(0, flat.size, _BLOCK):
            self.join(_of(flat[start : start + _BLOCK], room))

    def join(self, other: Histogram) -> None:
        """Take in what another has seen."""
        self.others += other.others
        if not other.count:
            return
        total, apart = self.count + other.count, other.mean - self.mean
        self.spread += other.spread + apart * apart * (self.count / total) * other.count
        self.mean += apart * (other.count / total)
        self.count = total
        if other.least < self.least or other.greatest > self.greatest:
            self.least, self.greatest = (
                min(self.least, other.least),
                max(self.greatest, other.greatest),
            )
            self._widen()
        first, cells = _joined(other.first, other.cells, other.width, self.width)
        self.cells[first - self.first :][: cells.size] += cells

    def _widen(self) -> None:
        """Make room for all numbers between the ends."""
        width = _width(self.least, self.greatest)
        first, last = math.floor(self.least / width), math.floor(self.greatest / width)
        cells = np.zeros(last - first + 1, np.int64)
        if self.cells.size:
            start, before = _joined(self.first, self.cells, self.width, width)
            cells[start - first :][: before.size] = before
        self.width, self.first, self.cells = width, first, cells

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
            first, cells = _joined(first, cells, width, width * 2)
            width *= 2
        return first * width, width, [int(count) for count in cells]


class Gathering:
    """Puts small arrays together before they go into a histogram, which has its cost a call."""

    def __init__(self) -> None:
        self._histogram = Histogram()
        self._together: NDArray[Any] = np.empty(0, object)  # of no type that is counted
        self._size = 0

    def add(self, arrays: Sequence[NDArray[Any]], room: Room) -> None:
        """Take more numbers in, of arrays of one type. room: what may be written over."""
        size = sum(array.size for array in arrays)
        if self._size + size > self._together.size or arrays[0].dtype != self._together.dtype:
            self._count(room)
        if size > _BLOCK // 2:
            for array in arrays:
                self._histogram.add(array, room)
            return
        if arrays[0].dtype != self._together.dtype:
            self._together = np.empty(_BLOCK, arrays[0].dtype)
        end = self._size + size
        np.concatenate(arrays, axis=None, out=self._together[self._size : end])
        self._size = end

    def _count(self, room: Room) -> None:
        self._histogram.add(self._together[: self._size], room)
        self._size = 0

    def taken(self, room: Room) -> Histogram:
        """Of all numbers since the last time."""
        self._count(room)
        found, self._histogram = self._histogram, Histogram()
        return found


class Gatherings:
    """Histograms by name, filled by one thread or several; small arrays are put together before."""

    def __init__(self, names: Iterable[str], threads: int = 1) -> None:
        self._found = {name: Gathering() for name in names}
        self._room = Room()
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self._waiting: list[Mapping[str, NDArray[Any]]] = []
        self._size = 0

    def add(self, arrays: Mapping[str, NDArray[Any]], lasting: bool = False) -> None:
        """Take more numbers in, by the names. lasting: whether the arrays stay what they are."""
        self._waiting.append(arrays)
        for name in self._found:
            self._size += arrays[name].size
        if self._size >= _WAITING or len(self._waiting) >= _FEW or not lasting:
            self._gather()

    def _gather(self) -> None:
        waiting, size, self._waiting, self._size = self._waiting, self._size, [], 0
        if not waiting:
            return

        def gather(name: str) -> None:
            self._found[name].add([each[name] for each in waiting], self._room)

        if self._pool is None or size < _BLOCK:
            for name in self._found:
                gather(name)
        else:
            largest_first = sorted(self._found, key=lambda name: -waiting[0][name].size)
            list(self._pool.map(gather, largest_first))

    def taken(self) -> dict[str, Histogram]:
        """Of all numbers since the last time."""
        self._gather()
        return {name: gathering.taken(self._room) for name, gathering in self._found.items()}


def _of(block: NDArray[Any], room: Room) -> Histogram:
    """Of a block of numbers."""
    least, greatest = float(block.min()), float(block.max())
    others = 0
    if not math.isfinite(greatest - least):  # an infinite or undefined one, or a huge span
        finite = np.isfinite(block)
        others = int(block.size - finite.sum())
        block = block[finite].astype(np.float64)
        if not block.size:
            return Histogram(others=others)
        least, greatest = float(block.min()), float(block.max())
    mean, spread = _moments(block, room.wide[: block.size])
    width = _width(least, greatest)
    first, last = math.floor(least / width), math.floor(greatest / width)
    _place(block, room, width, first, last)
    cells = room.counted(block.size)[: last - first + 1].astype(np.int64)
    return Histogram(block.size, others, least, greatest, mean, spread, width, first, cells)


def _moments(block: NDArray[Any], wide: NDArray[np.float64]) -> tuple[float, float]:
    """The mean, and the sum of the squares of the distances from it. wide: room for the numbers."""
    np.copyto(wide, block)
    mean = float(wide.sum()) / block.size
    squares = _squares(wide)
    spread = squares - block.size * mean * mean
    if not spread > squares / 1000:  # too much of it has cancelled
        np.subtract(block, mean, out=wide, dtype=np.float64)
        spread = _squares(wide)
    return mean, spread


def _place(block: NDArray[Any], room: Room, width: float, first: int, last: int) -> None:
    """Put the cells of numbers into the room, from the first one on.

    In float32 where that is without any rounding: a product by a power of 2 is exact where it does
    not become too small or large, and so is what is done with whole numbers of 24 bits.
    """
    exact = block.dtype == np.float32 and 2.0**-100 < width <= 1
    kind = np.float32 if exact and max(abs(first), abs(last)) < 2**24 else np.float64
    numbers = room.wide.view(kind)[: block.size]
    np.multiply(block, kind(1 / width), out=numbers)
    np.floor(numbers, out=numbers)
    np.subtract(numbers, first, out=numbers)
    np.copyto(room.places[: block.size], numbers, casting="unsafe")


def _joined(
    first: int, cells: NDArray[np.int64], width: float, wider: float
) -> tuple[int, NDArray[np.int64]]:
    """The first cell and the cells, where neighbours are joined to wider ones."""
    times = math.frexp(wider)[1] - math.frexp(width)[1]
    if not times:
        return first, cells
    places = np.arange(first, first + cells.size) >> min(times, 63)
    joined = np.zeros(places[-1] - places[0] + 1, np.int64)
    np.add.at(joined, places - places[0], cells)
    return int(places[0]), joined


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
