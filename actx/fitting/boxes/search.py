"""The branch and bound: boxes are settled or halved, the near ones before those far out."""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray

from actx.fitting.boxes.alternating import Cell
from actx.fitting.boxes.errors import Errors
from actx.fitting.boxes.halving import Pile, halved
from actx.fitting.boxes.spread import Spread
from actx.fitting.minimax import Peaks
from actx.proof.budget import Budget

Array = NDArray[np.float64]

_VALUES = 100_000  # of the error in one go
_FEWEST = 64  # boxes halved at once, if there are so many
_MOST_OPEN = 2_000_000
_MOST_POINTS = 120
_LOOKED_AT = 4  # boxes of a batch in whose middle the error is sampled
_FAR_OUT = (0.2, 2.0)  # seconds for boxes far out, and in addition times what the others took
_SAMPLED = 3  # points of a panel there
_NEW_POINTS = 4
_CERTAIN = 1e-9  # a sampled error is that near to the true one


class Search:
    """All values of a problem's parameters, box by box.

    open, stuck: boxes that are not settled; the stuck ones cannot be halved. settled: what the
    largest error is at least in all others. better: values with a smaller error than `upper`, once
    some are found. boxes: how many were looked at.
    """

    def __init__(self, errors: Errors, upper: float, gap: float, cell: Cell | None) -> None:
        self.errors, self.problem = errors, errors.problem
        self.asked = upper * (1 - gap)
        self.cell = cell if cell is not None and cell.bound >= self.asked else None
        self.spread = Spread(self.problem)
        self.settled = math.inf if self.cell is None else self.cell.bound
        self.open = Pile(self.spread.root, np.zeros(1))
        self.stuck = self.open[:0]
        self.better: Array | None = None
        self.boxes = 0
        self._worse_by = upper * (1 - max(gap, _CERTAIN))
        self._samples, _ = self.problem.nodes(self.problem.base, _SAMPLED)

    def run(self, budget: Budget) -> None:
        """Settle boxes until none is left, better values turn up, or the budget is spent.

        Those far out get no more time than a few times what the near ones took.
        """
        began, beyond = time.monotonic(), None
        while len(self.open) and not budget.spent and len(self.open) < _MOST_OPEN:
            chosen, far = self._next()
            if far and beyond is None:
                beyond = Budget(_FAR_OUT[0] + _FAR_OUT[1] * (time.monotonic() - began))
            if beyond is not None and beyond.spent:
                return
            batch = self.open[chosen]
            self._look_closer(batch)
            if self.better is not None:
                return
            rest = np.ones(len(self.open), dtype=bool)
            rest[chosen] = False
            self.open = Pile.joined([self.open[rest], self._halved(batch)])

    @property
    def unsettled(self) -> Pile:
        """All boxes in which a smaller error than asked for may be."""
        return Pile.joined([self.open, self.stuck])

    def _halved(self, batch: Pile) -> Pile:
        """The halves of boxes that are not settled."""
        halves, stuck = halved(batch, self.spread, self.errors, self.asked)
        self.stuck = Pile.joined([self.stuck, batch[stuck]])
        self.boxes += len(halves)
        least = halves.least
        if self.cell is not None:
            least = np.where(self.cell.holds(halves.boxes), self.cell.bound, least)
        done = least >= self.asked
        self.settled = min(self.settled, float(least[done].min(initial=math.inf)))
        return Pile(halves.boxes, least)[~done]

    def _next(self) -> tuple[NDArray[np.intp], bool]:
        """Which boxes are next, and whether only boxes far out are left.

        Those least far out, and among these where least is known.
        """
        most = max(_FEWEST, _VALUES // max(self.errors.count, 1))
        far = self.spread.far(self.open.boxes)
        beyond = bool(far.min() > 0)
        if len(self.open) <= _FEWEST:
            return np.arange(len(self.open)), beyond
        near = np.flatnonzero(far == far.min())
        if near.size > most:
            near = near[np.argpartition(self.open.least[near], most)[:most]]
        return near, beyond

    # --- points at which to look, and better values ---

    def _look_closer(self, batch: Pile) -> None:
        """Where the points promise a smaller error than there is, take in those that tell."""
        first = batch[np.argsort(batch.least, kind="stable")[:_LOOKED_AT]].boxes
        for p in self.spread.middle(first):
            if self.errors.count >= _MOST_POINTS or self.better is not None:
                return
            if self._largest(self.errors.values(p[None])[0]) < self.asked:
                self._learn(p)

    def _learn(self, p: Array) -> None:
        """Put points where the error at some values is large, or take these as better ones."""
        problem = self.problem
        for part in problem.parts:
            e = problem.errors(self._samples, p[None], part)[0]
            if self._largest(e) >= self.asked:
                self.errors.add([float(self._samples[np.nanargmax(np.abs(e))])], part)
                return
        peaks = Peaks(problem, p)(p)
        if not peaks:
            return
        if abs(peaks[0].error) >= self._worse_by:
            for peak in peaks[:_NEW_POINTS]:
                self.errors.add([peak.x], peak.part)
        elif problem.admits(p) and (problem.conditions is None or problem.conditions.hold(p)):
            self.better = p

    @staticmethod
    def _largest(e: Array) -> float:
        """The largest size of errors; infinite where there is none."""
        size = np.abs(e)
        return float(np.nanmax(size)) if not np.all(np.isnan(size)) else math.inf
