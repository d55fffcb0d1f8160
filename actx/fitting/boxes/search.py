"""The branch and bound: boxes are settled or halved, the near ones before those far out."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from actx.fitting.boxes.alternating import Cell
from actx.fitting.boxes.errors import Boxes, Errors
from actx.fitting.boxes.spread import Spread
from actx.fitting.minimax import Peaks
from actx.proof.budget import Budget

Array = NDArray[np.float64]

_VALUES = 100_000  # of the error in one go
_MOST_OPEN = 3_000_000
_MOST_POINTS = 120
_NEW_POINTS = 4
_CERTAIN = 1e-9  # a sampled error is that near to a true one


class Search:
    """All values of a problem's parameters, box by box.

    open_: boxes that are not settled, with what the error is at least there.
    """

    def __init__(
        self, errors: Errors, upper: float, gap: float, budget: Budget, cell: Cell | None
    ) -> None:
        self.errors, self.problem, self.budget = errors, errors.problem, budget
        self.upper, self.asked = upper, upper * (1 - gap)
        self.cell = cell if cell is not None and cell.bound >= self.asked else None
        self.spread = Spread(self.problem)
        self.settled = math.inf if self.cell is None else self.cell.bound
        self.open = self.spread.root
        self.least = np.zeros(1)
        self.stuck: list[tuple[Boxes, Array]] = []
        self.better: Array | None = None
        self.boxes = 0
        self._edges, _ = self.problem.nodes(self.problem.base, 3)

    def run(self) -> None:
        """Settle boxes until none is left, better values turn up, or the budget is spent."""
        while len(self.open) and self.better is None and not self.budget.spent:
            if len(self.open) > _MOST_OPEN:
                return
            self._look_closer()
            self._step()

    def result(self) -> tuple[float, int, bool, Array | None, str]:
        """The lower bound and what it holds for, as `BoxBound` has them."""
        left = [self.settled, self.least.min(initial=math.inf)]
        left += [least.min(initial=math.inf) for _, least in self.stuck]
        lower = min(left)
        complete = self.better is None and lower >= self.asked
        return lower if math.isfinite(lower) else 0.0, self.boxes, complete, self.better, "all values"

    def _step(self) -> None:
        """Halve a batch of boxes, and keep the halves that are not settled."""
        count = max(64, _VALUES // max(self.errors.count, 1))
        batch = self._batch(count)
        halves, stuck = self.spread.halves(self.open[batch], self.errors)
        inherited = self.least[batch]
        if stuck.any():
            self.stuck.append((self.open[batch][stuck], inherited[stuck]))
        rest = np.ones(len(self.open), dtype=bool)
        rest[batch] = False
        least = np.maximum(self.errors.lower(halves), np.tile(inherited[~stuck], 2))
        if self.cell is not None:
            least = np.where(self.cell.holds(halves), np.maximum(least, self.cell.bound), least)
        self.boxes += len(halves)
        done = least >= self.asked
        self.settled = min(self.settled, least[done].min(initial=math.inf))
        self.open = Boxes.joined([self.open[rest], halves[~done]])
        self.least = np.concatenate([self.least[rest], least[~done]])

    def _batch(self, count: int) -> NDArray[np.intp]:
        """Which boxes are next."""
        if len(self.open) <= count:
            return np.arange(len(self.open))
        return np.argpartition(self.least, count)[:count]

    def _look_closer(self) -> None:
        """Where the points alone promise too little, take in those at which the error is larger."""
        ...
