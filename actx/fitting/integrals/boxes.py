"""A lower bound of an integral norm over all parameter values of a nonlinear template.

By branch and bound: a box of parameters in which the norm cannot be less than what is asked for is
settled, else it is halved. The bound is the least of all boxes when the time is up. A basin around
the best values, where there is one, is settled at once, and nearly to their own norm.

The basin is a box around a local optimum in which ∫e² is convex, and so not much smaller: where the
matrix of second derivatives is positive definite for all values in the box, ∫e² is at least its
tangent at the optimum. Its value and slope there are integrated in balls, its second derivatives
enclosed by intervals over cells of x. All is of a finite part of the domain, which is enough for a
lower bound. Templates with breakpoints that move have no such second derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray

from actx.arithmetic.interval import Box, add, mul, sub
from actx.calculus.enclosure import enclosure
from actx.calculus.proven.enclose import outward
from actx.core.arrays import Array
from actx.core.budget import Budget
from actx.core.domain import Domain
from actx.core.errors import AnalysisError
from actx.core.norms import Norm
from actx.fitting.descent.integral import Integral
from actx.fitting.integrals.cells import Bounds
from actx.fitting.integrals.least_squares import products
from actx.fitting.integrals.panels import Panels, exactness
from actx.fitting.integrals.proof import Proof
from actx.fitting.integrals.stretches import Stretch, smooth_on
from actx.fitting.nonlinear.errors import Boxes
from actx.fitting.nonlinear.region import region
from actx.fitting.problem.problem import Problem, ranges_in_words
from actx.language.derivative import by_parameter
from actx.language.operations import CONDITIONS, OPERATIONS
from actx.language.tree import Node, number, parameter, parameters, simplified, substitute, walk

_BITS = 128
_MARGIN = 20  # bits, for so many panels that add next to nothing and are left out
_REACHES = (0.5, 0.25, 0.12, 0.06, 0.03, 0.015)  # of a box, relative to the values
_LEAST = 0.1  # a smaller value counts as so large
_ROUNDING = 2.0**-38  # of a sum of so many terms
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


@dataclass(frozen=True)
class Basin:
    """A box of parameters, and what the integral of the square is at least in it."""

    lo: Array
    hi: Array
    least: float


def basin(problem: Problem, norm: Norm, near: Array, edges: Array, budget: Budget) -> Basin | None:
    """The largest box around some values that is found to be one; None where there is none.

    edges: of cells of x, in rows, from which the second derivatives are enclosed; those of a domain
    in one piece meet.
    """
    if norm.power == 1 or len(problem.domain.parts) > 1 or not _smooth(problem):
        return None
    within = Domain(float(edges[0, 0]), float(edges[-1, 1]))
    try:
        tangent = _tangent(problem, norm, near, within, budget)
    except (AnalysisError, ArithmeticError):
        return None
    if tangent is None:
        return None
    value, slopes = tangent
    curved = _Curvature(problem, norm, edges)
    for reach in _REACHES:
        step = reach * np.maximum(np.abs(near), _LEAST)
        lo, hi = np.maximum(near - step, problem.lower), np.minimum(near + step, problem.upper)
        if curved.positive(lo, hi):
            with ctx.workprec(_BITS):
                for k, slope in enumerate(slopes):
                    ends = [slope * (arb(float(v[k])) - arb(float(near[k]))) for v in (lo, hi)]
                    value += ends[0].min(ends[1]).min(0)
            return Basin(lo, hi, max(0.0, outward(value)[0]))
        if budget.spent:
            return None
    return None


def _smooth(problem: Problem) -> bool:
    """Whether nothing that breaks depends on the parameters."""
    return not any(
        parameters(n)
        for f, _ in problem.pairs
        for n in walk(f)
        if n.op in CONDITIONS or (n.args and OPERATIONS[n.op].is_piecewise)
    )


def _tangent(
    problem: Problem, norm: Norm, near: Array, within: Domain, budget: Budget
) -> tuple[Any, list[Any]] | None:
    """The integral of the square at some values and its slopes, in balls."""
    leaves = {parameter(n): number(float(v)) for n, v in zip(problem.names, near, strict=True)}
    size = near.size + 1
    total = arb_mat(size, size)
    with ctx.workprec(_BITS):
        for part, (f, g) in enumerate(problem.pairs):
            error = simplified("sub", substitute(f, leaves, simplified), g)
            rows = [substitute(by_parameter(f, n), leaves, simplified) for n in problem.names]
            stretches = smooth_on((*rows, error), within, part, budget)
            if stretches is None or not _tile(stretches, within):
                return None
            for stretch in stretches:
                panels = Panels(stretch.trees, [1.0] * size, 2, budget, norm.deviation)
                total += products(panels.over(stretch.lo, stretch.hi), size)
                if not (panels.complete and panels.whole):
                    return None
        spare = arb(0, arb(2) ** (_MARGIN - exactness(_BITS)))
        slopes = [2 * (total[k, size - 1] + spare) for k in range(size - 1)]
        return total[size - 1, size - 1] + spare, slopes


def _tile(stretches: Sequence[Stretch], within: Domain) -> bool:
    """Whether nothing of an interval is left out, no more than is lost by rounding of ends."""
    ordered = sorted(stretches, key=lambda stretch: float(stretch.lo))
    ends = [within.lo, *(x for s in ordered for x in (s.lo, s.hi)), within.hi]
    exact = all(Fraction(x) == Fraction(float(x)) for x in ends)
    return exact and all(a == b for a, b in zip(ends[::2], ends[1::2], strict=True))


class _Curvature:
    """Enclosures of the second derivatives of the integral of the square."""

    def __init__(self, problem: Problem, norm: Norm, edges: Array) -> None:
        self.names = problem.names
        self._cells = edges[:, 0], edges[:, 1]
        width = edges[:, 1] - edges[:, 0]
        self._weights = width * (1 - 1e-15), width * (1 + 1e-15)
        if norm.deviation is not None:
            self._weights = mul(self._weights, _density(norm, *self._cells))
        self._programs = [self._program(f, g) for f, g in problem.pairs]

    def _program(self, f: Node, g: Node) -> Any:
        rows = [by_parameter(f, n) for n in self.names]
        second = [by_parameter(r, n) for i, r in enumerate(rows) for n in self.names[i:]]
        return enclosure(f, g, *rows, *second, parameters=self.names)

    def positive(self, lo: Array, hi: Array) -> bool:
        """Whether the matrix is positive definite throughout a box, by its leading minors."""
        size = len(self.names)
        columns = Boxes(lo[None], hi[None]).columns()
        ends = np.zeros((2, size, size))
        for run in self._programs:
            f, g, *found = run(self._cells, *columns)
            error, rows, second = sub(f, g), found[:size], iter(found[size:])
            for i in range(size):
                for j in range(i, size):
                    product = mul(rows[i], rows[j])
                    if i == j:
                        product = np.maximum(product[0], 0.0), product[1]
                    term = mul(self._weights, add(product, mul(error, next(second))))
                    ends[:, i, j] += _summed(term, self._cells[0].size)
        if not np.isfinite(ends).all():
            return False
        scale = 1 / np.sqrt(np.maximum(np.diagonal(ends[1]), 1e-300))
        with ctx.workprec(_BITS):
            scaled = [
                [
                    arb(ends[0, i, j]).union(arb(ends[1, i, j])) * arb(scale[i]) * arb(scale[j])
                    for i, j in ((min(a, b), max(a, b)) for b in range(size))
                ]
                for a in range(size)
            ]
            minors = (arb_mat([row[: k + 1] for row in scaled[: k + 1]]).det() for k in range(size))
            return all(bool(minor > 0) for minor in minors)


def _summed(terms: Box, count: int) -> tuple[float, float]:
    """The sum over cells, rounded outward."""
    lo, hi = (np.broadcast_to(end, (1, count)) for end in terms)
    return (
        float(lo.sum() - _ROUNDING * np.abs(lo).sum()),
        float(hi.sum() + _ROUNDING * np.abs(hi).sum()),
    )


def _density(norm: Norm, lo: Array, hi: Array) -> Box:
    """Ends of the normal density of a norm over cells."""
    near = np.where((lo <= 0) & (hi >= 0), 0.0, np.minimum(np.abs(lo), np.abs(hi)))
    far = np.maximum(np.abs(lo), np.abs(hi))
    least, most = (np.exp(v * v * norm.rate) * norm.peak for v in (far, near))
    return least * (1 - 1e-12), most * (1 + 1e-12) + 1e-300


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
