"""Integrals of several smooth functions, and of their products, in balls.

The rule is that of `actx.calculus.proven.quadrature`, at once for all functions on the same panels.
A panel on which it cannot be as good as asked for is halved; one that adds next to nothing is left
out. So the integrals are those over a part of the stretch, the same for all functions. That is
enough for a lower bound: the least of ∫e² or ∫|e| over a part of the domain is at most that over
all of it.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flint import acb, arb, arb_mat, ctx

from actx.arithmetic.coefficients import Number
from actx.arithmetic.complex_balls import NotAnalytic
from actx.calculus.proven.enclose import analytic_program, ball_program, exact_ball
from actx.calculus.proven.quadrature import LONG, SHORT, Density, defect, rule
from actx.core.budget import Budget
from actx.language.tree import Node

_POINTS = (4, 8, 12, 16, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256)
_SPARE = 40  # bits of the precision that rounding may take
_MOST_PANELS = 2000  # of one finite range
_NEAR, _DOUBLINGS = 16.0, 60  # an infinite end is approached from there by doubling
_NORMAL_NEAR = 2.0  # beyond that and 2·sqrt(bits) the normal density is next to nothing


def exactness(precision: int) -> int:
    """To how many bits integrals are known, in comparison with the sizes of their functions."""
    return precision - _SPARE


@dataclass(frozen=True)
class Panel:
    """A rule's values on [lo, hi]: a row for each node, a column for each function.

    weights: of the rows. most: bounds of the functions; off: what the rule misses at most of the
    integral of a function, or product, that is bounded by 1.
    """

    lo: Any
    hi: Any
    nodes: Sequence[Any]
    values: Any
    weights: Sequence[Any]
    most: Any
    off: Any

    def integrals(self) -> Any:
        """The integral of each function, as a row."""
        return arb_mat([list(self.weights)]) * self.values + self.most.transpose() * self._missed

    def products(self) -> Any:
        """The integral of each product of two functions."""
        rows, width = self.values.nrows(), self.values.ncols()
        weighted = arb_mat(
            [[self.weights[i] * self.values[i, j] for j in range(width)] for i in range(rows)]
        )
        return weighted.transpose() * self.values + self.most * self.most.transpose() * self._missed

    @property
    def order(self) -> Iterator[int]:
        """The indices of the nodes from left to right."""
        yield from range(0, len(self.nodes), 2)
        yield from range(len(self.nodes) - 1, 0, -2)

    @property
    def _missed(self) -> Any:
        return (-self.off).union(self.off)


class Panels:
    """Panels for functions on a stretch; call it within `flint.ctx.workprec(precision)`.

    sizes: of the functions, in comparison with which the integrals are to be good; power: 2 where
    products are integrated, else 1; deviation: of the normal density that all is multiplied with.
    complete: whether all panels that were asked for came to an end; whole: whether nothing was left
    out for being narrow, whatever the values there.
    """

    def __init__(
        self,
        trees: Sequence[Node],
        sizes: Sequence[float],
        power: int,
        budget: Budget,
        deviation: float | None = None,
    ) -> None:
        self.sizes, self.power, self.budget = sizes, power, budget
        self._normal = None if deviation is None else Density(deviation)
        self.precision = ctx.prec
        self._values = ball_program(*trees, precision=self.precision)
        self._around = [analytic_program(tree, self.precision) for tree in trees]
        self._nothing = arb(2) ** -exactness(self.precision)
        self._widest = arb(1)
        self.complete = self.whole = True
        self._points = [n for n in _POINTS if n <= 24 + self.precision // 3]

    def over(self, lo: Number, hi: Number) -> Iterator[Panel]:
        """Panels that cover [lo, hi] but for what adds next to nothing; ends may be infinite."""
        near = _NEAR + 2 * max(abs(float(x)) for x in (lo, hi, 0) if math.isfinite(x))
        if self._normal is not None:
            near = self._normal.deviation * (_NORMAL_NEAR + 2 * math.sqrt(self.precision))
        a = arb(exact_ball(lo).upper()) if math.isfinite(lo) else arb(-near)
        b = arb(exact_ball(hi).lower()) if math.isfinite(hi) else arb(near)
        if a < b:
            yield from self._within(a, b)
        if self._normal is None:
            yield from self._outwards(b) if hi == math.inf else ()
            yield from self._outwards(a) if lo == -math.inf else ()

    def _outwards(self, start: Any) -> Iterator[Panel]:
        """Panels from a start on, by doubling it, until nothing is added any more."""
        for _ in range(_DOUBLINGS):
            found = list(self._within(start.min(2 * start), start.max(2 * start)))
            yield from found
            if not sum((self._added(panel) for panel in found), arb(0)) > self._nothing:
                return
            start = 2 * start

    def _added(self, panel: Panel) -> Any:
        """What a panel adds to the integrals, in comparison with the sizes."""
        total = arb(0)
        for i, weight in enumerate(panel.weights):
            row = [abs(panel.values[i, j]) for j in range(len(self.sizes))]
            total += weight * self._relative(row)
        return total

    def _within(self, lo: Any, hi: Any) -> Iterator[Panel]:
        """Panels for exact finite ends."""
        left, looked = deque([(lo, hi)]), 0
        self._widest = (hi - lo).min(1)
        while left and looked < _MOST_PANELS and not self.budget.spent:
            a, b = left.popleft()
            looked += 1
            found, negligible = self._panel(a, b)
            middle = arb(((a + b) / 2).mid())
            if found is not None:
                yield found
            elif not negligible and a < middle < b:
                left += [(a, middle), (middle, b)]
        self.complete = self.complete and not left

    def _panel(self, lo: Any, hi: Any) -> tuple[Panel | None, bool]:
        """A panel that is good enough, else whether it adds next to nothing."""
        center, half = (lo + hi) / 2, (hi - lo) / 2
        if half <= self._nothing * self._widest:
            self.whole = False
            return None, True
        wide, high = (half * LONG).upper(), (half * SHORT).upper()
        disc = acb(center + (-wide).union(wide), (-high).union(high))
        try:
            most = [around(disc)[0].abs_upper() for around in self._around]
        except NotAnalytic:
            most = [arb("inf")]
        if not all(m.is_finite() for m in most):
            return None, self._negligible(lo, hi)
        density = self._density(center, wide, high)
        size = self._relative(most) * half * density
        if size * 2 <= self._nothing:
            return None, True
        points = next((n for n in self._points if size * defect(n) <= self._nothing), None)
        if points is None:
            return None, self._negligible(lo, hi)
        bounds = arb_mat([[m] for m in most])
        return self._ruled(lo, hi, points, bounds, density * defect(points)), False

    def part(self, panel: Panel, hi: Any) -> Panel:
        """The part of a panel up to a place: the ellipse about it lies within that of the whole."""
        share = panel.off / (panel.hi - panel.lo) * 2
        return self._ruled(panel.lo, hi, len(panel.nodes), panel.most, share)

    def _ruled(self, lo: Any, hi: Any, points: int, most: Any, off: Any) -> Panel:
        """A panel with a rule; off: of an integral over half of it that is bounded by 1."""
        center, half = (lo + hi) / 2, (hi - lo) / 2
        nodes, weights = [], []
        for node, weight in rule(points, self.precision):
            for x in (center - half * node, center + half * node):
                nodes.append(x)
                weights.append(half * weight * self._density(x, arb(0), arb(0)))
        values = arb_mat([self._values(x) for x in nodes])
        return Panel(lo, hi, nodes, values, weights, most, arb((half * off).upper()))

    def _density(self, center: Any, wide: Any, high: Any) -> Any:
        """The largest |density| for |Re x - center| <= wide, |Im x| <= high; 1 where none counts.

        For a point it is the density itself.
        """
        if self._normal is None:
            return arb(1)
        return self._normal.bound((abs(center) - wide).max(arb(0)), high)

    def _negligible(self, lo: Any, hi: Any) -> bool:
        """Whether the values themselves show that a panel adds next to nothing."""
        values = self._values(lo.union(hi))
        if not all(v.is_finite() for v in values):
            return False
        size = self._relative([v.abs_upper() for v in values]) * (hi - lo)
        return bool(size * self._density((lo + hi) / 2, (hi - lo) / 2, arb(0)) <= self._nothing)

    def _relative(self, most: Sequence[Any]) -> Any:
        """The largest function, or square of one, in comparison with its size."""
        found = arb(0)
        for m, size in zip(most, self.sizes, strict=True):
            found = found.max(m / size)
        return arb(found.upper()) ** self.power
