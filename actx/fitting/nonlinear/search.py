"""The branch and bound: boxes are settled or halved, the near ones before those far out.

First come boxes around an optimum that its peaks settle, whatever the linear parameters.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from actx.arithmetic.interval import Box, mul, point, sub
from actx.core.arrays import Array
from actx.core.budget import Budget
from actx.fitting.descent.minimax import fit_minimax
from actx.fitting.nonlinear.alternating import Cell, around
from actx.fitting.nonlinear.balance import Balance, away, balanced, errors_at, slopes_at
from actx.fitting.nonlinear.cancelling import (
    by_weights,
    cancelling,
    ends_at,
    pivots_of,
    stacked,
    total_of,
)
from actx.fitting.nonlinear.eliminated import Eliminated
from actx.fitting.nonlinear.errors import Boxes, Errors
from actx.fitting.nonlinear.halving import Pile, halved
from actx.fitting.nonlinear.points import place_peaks
from actx.fitting.nonlinear.spread import Spread, Truths
from actx.fitting.problem.peaks import Peaks, by_part
from actx.fitting.results import PROVEN

STAGES = (0.5, 0.8, 0.95)  # of what is asked for, reached in turn
_VALUES = 100_000  # of the error in one go
_FEWEST = 64  # boxes halved at once, if there are so many
_MOST_OPEN = 2_000_000
_MOST_POINTS = 120
_LOOKED_AT = 4  # boxes of a batch in whose middle the error is sampled
_FAR_OUT = 0.1  # seconds at least for boxes far out
_SAMPLED = 3  # points of a panel there
_FIRST_LOOK = 500  # boxes after which a local optimum is looked for, again after twice as many
_NEARLY = 0.05  # an optimum is nearly as good as the best if its error is larger by such a part
_NEW_POINTS = 4
_CERTAIN = 1e-9  # a sampled error is that near to the true one


class Cancelled:
    """What the peaks at an optimum prove of boxes around it, whatever the linear parameters.

    Weights near those of a `Balance` cancel the columns for all b in a box, and nearly the slopes
    by b, so that only the square of its size is lost.
    """

    def __init__(self, view: Eliminated, balance: Balance) -> None:
        self._view, self._balance = view, balance
        self.at = balance.at[view.kept]
        signed = balance.weights * balance.signs
        _, columns = self._over(Boxes(self.at[None], self.at[None]))
        self._pivots = pivots_of(columns[0][0] * np.abs(signed)[:, None])
        self._others = [i for i in range(len(signed)) if i not in self._pivots]
        self._weights = signed

    @property
    def useful(self) -> bool:
        """Whether there are peaks enough to cancel the columns."""
        return len(self._pivots) == len(self._view.linear) and bool(self._others)

    def lower(self, boxes: Boxes) -> Array:
        """For each box, what the largest |error| is at least for all values in it."""
        view, balance = self._view, self._balance
        peaks = [balance.peaks[i] for i in (*self._pivots, *self._others)]
        _, columns = self._over(boxes)
        load = [
            total_of([mul(point(self._weights[i]), ends_at(columns, i, k)) for i in self._others])
            for k in range(len(view.linear))
        ]
        pivots = [[ends_at(columns, i, k) for k in range(len(view.linear))] for i in self._pivots]
        weights = cancelling(pivots, load)
        ones = np.ones(len(boxes))
        weights += [point(self._weights[i] * ones) for i in self._others]
        near = np.clip(self.at, boxes.lo, boxes.hi)
        heights = errors_at(view.errors, self._whole(near, near), peaks)
        steps = away(boxes, near)
        slopes = slopes_at(view.errors, self._whole(boxes.lo, boxes.hi), peaks)
        loss = np.zeros(len(boxes))
        for j, side in enumerate(view.kept):
            slope = total_of([
                mul(m, (slopes[0][:, i, side], slopes[1][:, i, side]))
                for i, m in enumerate(weights)
            ])  # fmt: skip
            lost = mul(slope, (steps[0][:, j], steps[1][:, j]))[0]
            loss = np.nextafter(loss + np.fmax(-lost, 0.0), np.inf)
        return by_weights(stacked(weights), heights, loss)

    def held_by(self, cell: Cell, upper: float) -> Callable[[Boxes], NDArray[np.bool_]]:
        """Tell for which boxes all values with errors up to `upper` lie within a cell.

        The errors at as many peaks as there are linear parameters limit these.
        """
        view, pivots = self._view, self._pivots

        def holds(boxes: Boxes) -> NDArray[np.bool_]:
            within = (boxes.lo >= cell.lo[view.kept]) & (boxes.hi <= cell.hi[view.kept])
            found = np.asarray(within.all(axis=1))
            rest, columns = self._over(boxes)
            table = [[ends_at(columns, i, k) for i in pivots] for k in range(len(view.linear))]
            load = [sub((rest[0][:, i], rest[1][:, i]), (-upper, upper)) for i in pivots]
            for k, (lo, hi) in zip(view.linear, cancelling(table, load), strict=True):
                found &= (lo >= cell.lo[k]) & (hi <= cell.hi[k])
            return found

        return holds

    def _over(self, boxes: Boxes) -> tuple[Box, Box]:
        """Ends of f_0 - g at the peaks, (boxes, peaks), and of the columns, (boxes, peaks, n)."""
        peaks = self._balance.peaks
        shape = (len(boxes), len(peaks))
        rest = np.empty(shape), np.empty(shape)
        columns = tuple(np.empty((*shape, len(self._view.linear))) for _ in "12")
        for part, at in by_part(peaks):
            found = self._view.over_at(boxes, [peaks[i].x for i in at], part)
            for k in (0, 1):
                rest[k][:, at], columns[k][:, at] = found[0][k], found[1][k]
        return rest, (columns[0], columns[1])

    def _whole(self, lo: Array, hi: Array) -> Boxes:
        """Boxes of all parameters, the linear ones as they are at the optimum."""
        ends = np.tile(self._balance.at, (len(lo), 1)), np.tile(self._balance.at, (len(lo), 1))
        ends[0][:, self._view.kept], ends[1][:, self._view.kept] = lo, hi
        return Boxes(*ends)


@dataclass(frozen=True)
class Optimum:
    """A local optimum: what its peaks prove of boxes near by, and the box that they settle."""

    at: Array
    lower: Callable[[Boxes], Array]
    cell: Cell | None
    holds: Callable[[Boxes], Truths]


class Search:
    """All values of a problem's parameters, box by box.

    open, stuck: boxes that are not settled; the stuck ones cannot be halved. settled: what the
    largest error is at least in all others. better: values with a smaller error than `upper`, once
    some are found. boxes: how many were looked at. ended: more time brings nothing.
    """

    def __init__(
        self, errors: Errors, view: Errors | Eliminated, q: Array, upper: float, gap: float
    ) -> None:
        self.errors, self.view, self.problem = errors, view, errors.problem
        self.asked, self._best = upper * (1 - gap), q[view.kept]
        self.spread = Spread(self.problem, view.kept)
        self.settled = math.inf
        self.optima: list[Optimum] = []
        self.open = Pile(self.spread.root, np.zeros(1))
        self.stuck = self.open[:0]
        self.better: Array | None = None
        self.boxes, self.ended, self._near = 0, False, 0.0
        self._upper, self._worse_by = upper, upper * (1 - max(gap, _CERTAIN))
        self._look_again = _FIRST_LOOK
        self._samples, _ = self.problem.nodes(self.problem.base, _SAMPLED)

    def run(self, budget: Budget) -> None:
        """Settle boxes until none is left, better values turn up, or the budget is spent.

        Those far out get no more time than a few times what the near ones took. A search that has
        not ended goes on where it was.
        """
        began, beyond = time.thread_time(), None
        while len(self.open) and not budget.spent and len(self.open) < _MOST_OPEN:
            chosen, far = self._next()
            if far and beyond is None:
                self._near += time.thread_time() - began
                beyond = Budget(_FAR_OUT + self.view.patience * self._near)
            if beyond is not None and beyond.spent:
                self.ended = True
                return
            batch = self.open[chosen]
            self._look_closer(batch)
            if self.boxes >= self._look_again and self.better is None:
                self._look_again *= 2
                self._seek_optimum(batch)
            if self.better is not None:
                return
            rest = np.ones(len(self.open), dtype=bool)
            rest[chosen] = False
            self.open = Pile.joined([self.open[rest], self._halved(batch)])
        if beyond is None:
            self._near += time.thread_time() - began
        self.ended = not budget.spent

    @property
    def unsettled(self) -> Pile:
        """All boxes in which a smaller error than asked for may be."""
        return Pile.joined([self.open, self.stuck])

    def fine(self, bound: float) -> bool:
        """Whether a bound is near enough to the best error known to call that proven."""
        return bound >= self._upper * (1 - PROVEN)

    def settles(self, q: Array) -> bool:
        """Whether an alternation settles all values around some at once."""
        lower, upper = self.problem.lower, self.problem.upper
        cells = (o.cell for o in self.optima if o.cell is not None and self.fine(o.cell.bound))
        return any(
            bool(np.all((c.lo < q) | (q == lower)) and np.all((q < c.hi) | (q == upper)))
            for c in cells
        )

    def _halved(self, batch: Pile) -> Pile:
        """The halves of boxes that are not settled."""
        halves, stuck = halved(batch, self.spread, self.view, self.asked)
        self.stuck = Pile.joined([self.stuck, stuck])
        self.boxes += len(halves)
        least = halves.least
        for optimum in self.optima:
            least = self._by_optimum(optimum, halves.boxes, least)
        done = least >= self.asked
        self.settled = min(self.settled, float(least[done].min(initial=math.inf)))
        return Pile(halves.boxes, least)[~done]

    def _by_optimum(self, optimum: Optimum, boxes: Boxes, least: Array) -> Array:
        """What the largest error is at least, told by an optimum where boxes are near one."""
        if optimum.cell is not None:
            least = np.where(optimum.holds(boxes), optimum.cell.bound, least)
        near = np.flatnonzero((least < self.asked) & self.spread.near(boxes, optimum.at))
        if near.size:
            least = least.copy()
            told = optimum.lower(boxes[near])
            least[near] = np.maximum(least[near], told)
        return least

    def take_optimum(self, q: Array) -> None:
        """Use what the peaks at a local optimum prove of the values around it."""
        balance = balanced(self.errors, q, place_peaks(self.errors, q))
        if balance is None:
            return
        cell = around(self.errors, balance)
        if cell is not None and cell.bound < self.asked:
            cell = None
        if isinstance(self.view, Eliminated):
            cancelled = Cancelled(self.view, balance)
            if cancelled.useful:
                holds = cancelled.held_by(cell, self._upper) if cell is not None else _nothing
                self.optima.append(Optimum(cancelled.at, cancelled.lower, cell, holds))
            return
        holds = cell.holds if cell is not None else _nothing
        self.optima.append(Optimum(q, partial(balance.lower, self.errors), cell, holds))

    def _seek_optimum(self, batch: Pile) -> None:
        """Look for a local optimum nearly as good as the best, where boxes may be piling up."""
        middles = self.spread.middle(batch.boxes)
        known = [o.at for o in self.optima]
        new = [p for p in middles if all(self.spread.apart(p, q) for q in known)][:1]
        if not new:
            return
        start = self.view.full(np.array(new))[0]
        if not np.all((start >= self.problem.floor) & (start <= self.problem.ceiling)):
            return
        q, value = fit_minimax(self.problem, start)
        place = q[self.view.kept]
        if value < self._worse_by and self.problem.allows(q):
            self.better = q
        elif value <= self._upper * (1 + _NEARLY) and all(
            self.spread.apart(place, o) for o in known
        ):
            self.take_optimum(q)

    def _next(self) -> tuple[NDArray[np.intp], bool]:
        """Which boxes are next, and whether only boxes far out are left.

        Those least far out, or so narrow away from the best values known that they lie in a corner
        which may never be settled; among these the widest, and those nearest to these values, so
        that such a corner does not keep the search from the others.
        """
        most = max(_FEWEST, _VALUES // max(self.view.count, 1))
        far = self.spread.far(self.open.boxes) + self.spread.cornered(self.open.boxes, self._best)
        beyond = bool(far.min() > 0)
        if len(self.open) <= _FEWEST:
            return np.arange(len(self.open)), beyond
        near = np.flatnonzero(far == far.min())
        if isinstance(self.view, Eliminated):
            near = self._lowest(near)
        if near.size > most:
            boxes = self.open.boxes[near]
            wide = -self.spread.widths(boxes).max(axis=1)
            away = self.spread.away(boxes, self._best)
            half = most // 2
            chosen = [np.argpartition(key, half)[:half] for key in (wide, away)]
            near = near[np.unique(np.concatenate(chosen))]
        return near, beyond

    def _lowest(self, which: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those boxes with the least bounds, so that the bound of all rises with time.

        Where boxes are of all parameters there are too many for that.
        """
        least = self.open.least[which]
        for stage in STAGES:
            below = np.flatnonzero(least < stage * self.asked)
            if below.size >= _FEWEST:
                return which[below]
        return which

    # --- points at which to look, and better values ---

    def _look_closer(self, batch: Pile) -> None:
        """Where the points promise a smaller error than there is, take in those that tell."""
        middles = self.spread.middle(batch.boxes)
        full = self.view.full(middles)
        sizes = np.abs(self.errors.values(full)).max(axis=1)
        for k in np.argsort(sizes)[:_LOOKED_AT]:
            if self.errors.count >= _MOST_POINTS or self.better is not None:
                return
            if sizes[k] < self.asked:
                self._learn(full[k])

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
        elif self.problem.allows(p):
            self.better = p

    @staticmethod
    def _largest(e: Array) -> float:
        """The largest size of errors; infinite where there is none."""
        size = np.abs(e)
        return float(np.nanmax(size)) if not np.all(np.isnan(size)) else math.inf


def _nothing(boxes: Boxes) -> Truths:
    """No box."""
    return np.zeros(len(boxes), dtype=bool)
