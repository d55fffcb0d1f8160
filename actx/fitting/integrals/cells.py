"""What an integral norm is at least over boxes of parameters, by sums over cells of x.

Over a cell of width h, ∫|e| >= h·|m| and ∫e² >= h·m² with the mean m of e (Jensen); with a weight
w, ∫w·e² >= h²m²/∫(1/w) (Cauchy, Schwarz). The mean is the value in the middle but for h/8 times how
far the slopes in the cell are apart. For any number e0, m² >= 2·e0·m - e0² and |m| >= ±m: with e0
near the mean at some values, the sum of these is linear in the means, and by the slopes of the
error nearly so in the parameters. Where the sum's slope vanishes what is left is of second order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from actx.arithmetic.interval import Box, mul, point, sub
from actx.arithmetic.quadrature import gauss_legendre
from actx.calculus.enclosure import enclosure, enclosure_with
from actx.core.arrays import Array
from actx.core.norms import Norm
from actx.fitting.nonlinear.errors import Boxes, roots, shaped, where_continuous
from actx.fitting.nonlinear.spread import Spread
from actx.fitting.nonlinear.taming import RULES, tamed
from actx.fitting.problem.problem import Problem
from actx.fitting.problem.switches import switches
from actx.language.derivative import by_parameter, derivative

_ROUNDING = 2.0**-38  # of a sum of so many terms, in comparison with their sizes
_MOST = 2048  # cells
_POINTS = 6  # of a cell, to see what is lost


class Cells:
    """Cells of one part of a problem's error, and the means of the error in them over boxes.

    near: values for which the cells are to be fine; loss: the part of the integral there that may
    be lost.
    """

    def __init__(self, problem: Problem, norm: Norm, near: Array, part: int, loss: float) -> None:
        f, self._g = problem.pairs[part]
        names = problem.names
        self._middle = enclosure_with(RULES, tamed(f), parameters=names)
        self._inside = enclosure_with(RULES, tamed(f), *roots(f), parameters=names)
        rows = [by_parameter(f, name) for name in names]
        self._slopes = enclosure(derivative(f), *rows, *switches(f), parameters=names)
        self._count = len(names)
        self._norm, self.power = norm, norm.power or 1
        self._place(_panels(problem, near))
        while self.x.size < _MOST:
            lost, total = self._lost(problem, near, part)
            if lost.sum() <= loss * total:
                break
            self._place(self._halved(lost > loss * total / (2 * self.x.size)))

    def _place(self, edges: Array) -> None:
        self.edges = edges[np.argsort(edges[:, 0])]
        edges = self.edges
        # an end may be a break of the template or of the target, and is left out
        self.lo = np.nextafter(edges[:, 0], edges[:, 1])
        self.hi = np.nextafter(edges[:, 1], edges[:, 0])
        self.x = np.clip((self.lo + self.hi) / 2, self.lo, self.hi)
        self.width = np.maximum(np.nextafter(self.hi - self.lo, 0), 0)
        self.weights = self.width * _least_density(self.lo, self.hi, self._norm)
        cells = (self.lo, self.hi)
        goal, slope = enclosure(self._g), enclosure(derivative(self._g), *switches(self._g))
        self._goal, self._goal_inside = goal(point(self.x))[0], goal(cells)[0]
        self._goal_slopes = where_continuous(slope(cells), 1)[0]

    def _halved(self, rough: NDArray[np.bool_]) -> Array:
        lo, middle, hi = self.edges[rough, 0], self.x[rough], self.edges[rough, 1]
        edges = [
            self.edges[~rough],
            np.column_stack([lo, middle]),
            np.column_stack([middle, hi]),
        ]
        joined = np.concatenate(edges)
        return np.asarray(joined[joined[:, 0] < joined[:, 1]])

    def _lost(self, problem: Problem, near: Array, part: int) -> tuple[Array, float]:
        """What the bound at some values loses in each cell, as floats tell, and the whole."""
        x, w = gauss_legendre(_POINTS)
        half = (self.hi - self.lo) / 2
        points = self.x[:, None] + half[:, None] * x
        e = np.nan_to_num(problem.error(points.ravel(), near, part)).reshape(points.shape)
        total = (np.abs(e) ** self.power * self._norm.density(points)) @ w * half
        least, most = (end[0] for end in self.means(Boxes(near[None], near[None]))[0])
        size = np.fmax(np.fmax(least, -most), 0.0)
        return total - size**self.power * self.weights, float(total.sum())

    def means(self, boxes: Boxes) -> tuple[Box, Array, list[Box]]:
        """Over boxes: the means' ends, how far they may be off the middle's, and slopes.

        The slopes are of the means by each parameter; all have the shape (boxes, cells).
        """
        columns, shape = boxes.columns(), (len(boxes), self.x.size)
        whole, *undefined = self._inside((self.lo, self.hi), *columns)
        inside = sub(whole, self._goal_inside)
        slope, *rows = where_continuous(self._slopes((self.lo, self.hi), *columns), self._count + 1)
        change = sub(slope, self._goal_slopes)
        off = np.broadcast_to(_known((change[1] - change[0]) * self.width / 8), shape)
        off = np.nextafter(off * (1 + _ROUNDING), np.inf)
        lo, hi = sub(self._middle(point(self.x), *columns)[0], self._goal)
        lo = np.fmax(lo - off, inside[0])
        hi = np.fmin(hi + off, inside[1])
        for root in undefined:  # somewhere there is no value, which may hide anything
            lo, hi = np.where(root[0] < 0, -np.inf, lo), np.where(root[0] < 0, np.inf, hi)
        ends, *slopes = shaped([(lo, hi), *rows], shape)
        return ends, off, slopes

    def at(self, values: Array) -> Box:
        """Ends of the errors in the middle of the cells at rows of values."""
        columns = Boxes(values, values).columns()
        found = sub(self._middle(point(self.x), *columns)[0], self._goal)
        return shaped([found], (len(values), self.x.size))[0]


def _known(size: Array) -> Array:
    """A size, infinite where it is not known."""
    return np.where(np.isnan(size), np.inf, size)


def _least_density(lo: Array, hi: Array, norm: Norm) -> Array:
    """A mean of the weight in each cell: 1 over that of its inverse, which is convex."""
    if norm.deviation is None:
        return np.ones_like(lo)
    with np.errstate(over="ignore"):
        inverse = (np.exp(lo * lo * -norm.rate) + np.exp(hi * hi * -norm.rate)) / 2
    return np.asarray((1 - 1e-12) * norm.peak / inverse)


def _panels(problem: Problem, near: Array) -> Array:
    """Panels of the domain to begin with; what is far out is left aside."""
    edges = problem.panels(near)
    gaps = np.column_stack([edges[:-1], edges[1:]])
    inside = [any(d.lo <= m <= d.hi for d in problem.domain.parts) for m in gaps.mean(axis=1)]
    return np.asarray(gaps[inside])


def _product(factors: Array, ends: Box) -> Box:
    """Factors times ends, 0 where a factor is 0, whatever the end."""
    first, second = (np.where(factors == 0, 0.0, factors * end) for end in ends)
    return first, second


class Bounds:
    """Lower bounds of ∫|e| or of the integral of the square over boxes of parameters."""

    def __init__(self, problem: Problem, norm: Norm, near: Array, loss: float) -> None:
        self.power = norm.power or 1
        self.parts = [Cells(problem, norm, near, part, loss) for part in problem.parts]
        self.spread = Spread(problem)
        self.count = sum(part.x.size for part in self.parts)

    def over(self, boxes: Boxes) -> tuple[Array, Array]:
        """For each box the bound, and how much the integral may change along each side."""
        plain, tangent = np.zeros(len(boxes)), np.zeros(len(boxes))
        lo, hi, change = (np.zeros_like(boxes.lo) for _ in range(3))
        center = self.spread.middle(boxes)
        for part in self.parts:
            means, off, slopes = part.means(boxes)
            size = np.fmax(np.fmax(means[0], -means[1]), 0.0) ** self.power * part.weights
            plain += size.sum(axis=1)
            at = part.at(center)
            known = np.isfinite(off) & np.isfinite(at[0]) & np.isfinite(at[1])
            for a, b in slopes:
                known = known & np.isfinite(a) & np.isfinite(b)
            near = np.where(known, (at[0] + at[1]) / 2, 0.0)
            factors = part.weights * (np.sign(near) if self.power == 1 else 2 * near)
            tangent += self._constant(part, at, off, near, factors, np.where(known, np.nan, size))
            blind = np.where(known, 0.0, np.fmin(means[1] - means[0], 1.0) * part.weights)
            for k, ends in enumerate(slopes):
                first, second = _product(factors, ends)
                far = np.fmax(np.abs(first), np.abs(second)).sum(axis=1) * _ROUNDING
                lo[:, k] += np.fmin(first, second).sum(axis=1) - far
                hi[:, k] += np.fmax(first, second).sum(axis=1) + far
                reach = np.where(known, np.fmax(np.abs(ends[0]), np.abs(ends[1])), 0.0)
                change[:, k] += (reach * part.weights).sum(axis=1)
            change = np.maximum(change, blind.sum(axis=1, keepdims=True))
        for k in range(lo.shape[1]):
            step = boxes.lo[:, k] - center[:, k], boxes.hi[:, k] - center[:, k]
            tangent += mul((lo[:, k], hi[:, k]), step)[0]
        tangent = np.nan_to_num(tangent, nan=0.0, neginf=0.0, posinf=0.0)
        bound = np.fmax(plain * (1 - _ROUNDING), tangent - _ROUNDING * np.abs(tangent))
        width = boxes.hi - boxes.lo
        finite = np.isfinite(width).all(axis=1, keepdims=True)
        sides = np.where(finite, change * width, self.spread.widths(boxes))
        return np.maximum(bound, 0.0), np.nan_to_num(sides)

    def _constant(
        self, part: Cells, at: Box, off: Array, near: Array, factors: Array, instead: Array
    ) -> Array:
        """The tangent sums in the middle of boxes; instead: of a cell, where that is a number."""
        known = np.isnan(instead)
        first, second = _product(factors, at)
        spare = _product(np.abs(factors), (off, off))[0]
        rest = part.weights * near * near if self.power == 2 else np.zeros_like(near)
        terms = np.where(known, np.fmin(first, second) - spare - rest, instead)
        far = np.where(known, np.abs(first) + np.abs(second) + spare + rest, instead)
        return np.asarray((terms - _ROUNDING * far).sum(axis=1))
