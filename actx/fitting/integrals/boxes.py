"""A lower bound of an integral norm over all parameter values of a nonlinear template.

By branch and bound: a box of parameters in which the norm cannot be less than what is asked for is
settled, else it is halved. The bound is the least of all boxes when the time is up. A basin around
the best values, where there is one, is settled at once, and nearly to their own norm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from actx.core.arrays import Array
from actx.core.budget import Budget
from actx.core.norms import Norm
from actx.fitting.descent.integral import Integral
from actx.fitting.integrals.basin import Basin, basin
from actx.fitting.integrals.cells import Bounds
from actx.fitting.integrals.proof import Proof
from actx.fitting.nonlinear.errors import Boxes
from actx.fitting.nonlinear.region import region
from actx.fitting.problem.problem import Problem, ranges_in_words

_ASKED = 9.99e-4  # the gap; a little less than what is told
_BEST = 4.99e-7  # and where a basin lets hope that the values can be proven to be the best
_RISE = 4e-3  # of the integral towards the sides of such a basin
_COARSE, _FINE = 1e-2, 2e-4  # of the integral, what may be lost within cells
_PROMISING = 0.5  # of what is asked for: a bound from there on is raised by finer cells
_VALUES = 60_000  # of the error in one go
_SHARE = 0.5  # of the time, for a basin
_FEWEST = 8  # boxes halved at once
_MOST_OPEN = 100_000
_MOST_PARAMETERS = 3


def by_boxes(
    problem: Problem, norm: Norm, near: Array, upper: float, budget: Budget
) -> Proof | None:
    """What no parameter values have a smaller norm than; None where nothing is found.

    near: the best values known, with a norm of at most upper. Where it cannot be shown of all
    values it is of those in a box around the best ones, which is named.
    """
    if not 0 < near.size <= _MOST_PARAMETERS or not np.isfinite(upper):
        return None
    with np.errstate(all="ignore"):
        coarse, fine = (Bounds(problem, norm, near, loss) for loss in (_COARSE, _FINE))
        found = basin(problem, norm, near, fine.parts[0].edges, budget.part(_SHARE))
        best = (upper * (1 - _BEST)) ** coarse.power
        if found is not None and (found.least < best or not _rises(problem, norm, found, near)):
            found = None
        gap = _ASKED if found is None else _BEST
        search = _Search(coarse, fine, upper * (1 - gap), found)
        search.run(budget)
        lower, around = search.reached, search.spread.root
        if lower < search.asked:
            most = region(near, search.unsettled, search.spread)
            if most is not None and search.spread.largely(most, near):
                lower, around = search.asked, most
    if lower <= 0:
        return None
    words = ranges_in_words(problem.names, around.lo[0], around.hi[0])
    return Proof(float(np.nextafter(norm.root(lower), 0.0)), None, by="boxes", over=words)


def _rises(problem: Problem, norm: Norm, found: Basin, near: Array) -> bool:
    """Whether the integral is larger at the sides of a basin, as far as can be told."""
    size = Integral(problem, norm, near)
    level = size.value(near) * (1 + _RISE)
    for k in range(near.size):
        for end in (found.lo[k], found.hi[k]):
            held = near.copy()
            held[k] = end
            if problem.lower[k] < end < problem.upper[k] and size.value(held) < level:
                return False
    return True


def _beside(root: Boxes, around: Basin) -> Boxes:
    """Boxes that cover all of one but what is within a basin."""
    lo, hi, found = root.lo.copy(), root.hi.copy(), []
    for k in range(lo.shape[1]):
        for end, which in ((around.lo[k], 1), (around.hi[k], 0)):
            side = Boxes(lo.copy(), hi.copy())
            (side.lo, side.hi)[which][0, k] = end
            if side.lo[0, k] < side.hi[0, k]:
                found.append(side)
        lo[0, k], hi[0, k] = around.lo[k], around.hi[k]
    return Boxes.joined(found) if found else root[:0]


class _Search:
    """Boxes that are not settled, and what the integral is at least in each."""

    def __init__(self, coarse: Bounds, fine: Bounds, level: float, around: Basin | None) -> None:
        self._coarse, self._fine, self.spread = coarse, fine, coarse.spread
        self.asked = level**coarse.power
        self.open = self.spread.root
        if around is not None:
            self.open = _beside(self.open, around)
        self.least, self.sides = self._bounds(self.open)
        self.stuck: list[Boxes] = []
        self.reached_in_stuck = self.asked

    @property
    def reached(self) -> float:
        """What the integral is at least everywhere, up to what is asked for."""
        return min(self.reached_in_stuck, float(self.least.min(initial=self.asked)))

    @property
    def unsettled(self) -> Boxes:
        return Boxes.joined([*self.stuck, self.open])

    def run(self, budget: Budget) -> None:
        """Halve boxes, those near before those far out, the lowest first."""
        batch = max(_FEWEST, _VALUES // self._coarse.count)
        while len(self.open) and not budget.spent and len(self.open) < _MOST_OPEN:
            chosen = np.lexsort((self.least, self.spread.far(self.open)))[:batch]
            rest = np.ones(len(self.open), dtype=bool)
            rest[chosen] = False
            boxes, least, sides = self._halved(chosen)
            self.open = Boxes.joined([self.open[rest], boxes])
            self.least = np.concatenate([self.least[rest], least])
            self.sides = np.concatenate([self.sides[rest], sides])

    def _bounds(self, boxes: Boxes) -> tuple[Array, Array]:
        """Bounds for boxes, and how much changes along each side."""
        least, sides = self._coarse.over(boxes)
        closer = np.flatnonzero((least < self.asked) & (least >= _PROMISING * self.asked))
        for some in np.array_split(closer, 1 + closer.size * self._fine.count // _VALUES):
            if some.size:
                least[some] = np.maximum(least[some], self._fine.over(boxes[some])[0])
        return least, sides

    def _halved(self, chosen: NDArray[np.intp]) -> tuple[Boxes, Array, Array]:
        """The halves that are not settled, with what is known of them."""
        boxes, least = self.open[chosen], self.least[chosen]
        middle = self.spread.middle(boxes)
        possible = self.spread.sides(boxes, middle)
        whole = ~possible.any(axis=1)
        if whole.any():
            self.stuck.append(boxes[whole])
            self.reached_in_stuck = min(self.reached_in_stuck, float(least[whole].min()))
        rows = np.flatnonzero(~whole)
        if not rows.size:
            return boxes[rows], least[rows], self.sides[chosen][rows]
        side = np.argmax(np.where(possible, self.sides[chosen], -1.0), axis=1)[rows]
        lo, hi, each = boxes.lo[rows].copy(), boxes.hi[rows].copy(), np.arange(rows.size)
        lo[each, side] = hi[each, side] = middle[rows, side]
        halves = Boxes.joined([Boxes(boxes.lo[rows], hi), Boxes(lo, boxes.hi[rows])])
        found, sides = self._bounds(halves)
        found = np.maximum(found, np.concatenate([least[rows], least[rows]]))
        left = found < self.asked
        return halves[left], found[left], sides[left]
