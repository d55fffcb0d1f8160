"""Proven integrals of e, e², and e² times normal densities, over stretches on which e is smooth.

A panel is integrated by the Gauss-Legendre rule of n points in balls. For an integrand that is
analytic on the ellipse about [-1, 1] whose half-axes add up to ρ, and at most M in size there, the
rule is off by at most 64/15·M·ρ^(-2n)/(1 - ρ^(-2)), n ≥ 2: its Chebyshev coefficients are at most
2M·ρ^(-k), the rule is exact for degrees below 2n and, by symmetry, for odd ones, and T_k has an
integral and a rule's sum of at most 2 + 2/(k² - 1) together (Trefethen, Approximation Theory and
Approximation Practice, SIAM 2013, theorem 19.3). M comes from one complex ball about the ellipse.
Where the formula is not analytic there, or n would be large, the panel is halved; what is small in
any case is enclosed by its size times its width.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from flint import acb, arb, ctx

from actx.arithmetic.complex_balls import NotAnalytic
from actx.calculus.proven.enclose import analytic_program, ball_program
from actx.core.budget import Budget
from actx.language.tree import Node

Integrals = Sequence[arb]  # of e, e², and e² times each density

_SUM = 3  # of the ellipse's half-axes: ρ
LONG, SHORT = (arb(_SUM) + 1 / arb(_SUM)) / 2, (arb(_SUM) - 1 / arb(_SUM)) / 2
_POINTS = (2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 34, 40)
_MORE_POINTS = (48, 60, 80, 110, 150)  # where halving a panel hardly lowers the bound on it
_MOST_PANELS = 4000


@lru_cache(maxsize=64)
def rule(points: int, precision: int) -> tuple[tuple[arb, arb], ...]:
    """The positive nodes of the Gauss-Legendre rule on [-1, 1], with their weights."""
    with ctx.workprec(precision):
        return tuple(arb.legendre_p_root(points, k, weight=True) for k in range(points // 2))


@lru_cache(maxsize=64)
def defect(points: int) -> arb:
    """What the rule of n points is off by, for M = 1."""
    rho = arb(_SUM)
    return arb(64) / 15 / rho ** (2 * points) / (1 - 1 / rho**2)


class Density:
    """The normal density of a standard deviation, peak·exp(rate·x²), at the precision in force.

    most: a bound of it that is at least 1.
    """

    def __init__(self, deviation: float) -> None:
        exact = arb(deviation)
        self.deviation = deviation
        self.rate = -1 / (2 * exact * exact)
        self.peak = 1 / (exact * (2 * arb.pi()).sqrt())
        self.most = self.peak.upper().max(arb(1))

    def at(self, x: arb) -> arb:
        return self.peak * (x * x * self.rate).exp()

    def bound(self, least: arb, high: arb) -> arb:
        """Of its size where |Re x| >= least and |Im x| <= high."""
        return self.peak * ((least * least - high * high) * self.rate).exp()


class Quadrature:
    """Integrals of one smooth tree.

    tolerances: how far each integral over a panel may be off; cancels: whether bounds may be far
    above the values. Call it within `flint.ctx.workprec(precision)`.
    """

    def __init__(
        self,
        tree: Node,
        tolerances: Sequence[float],
        densities: Sequence[Density],
        precision: int,
        budget: Budget,
        cancels: bool = False,
    ) -> None:
        self._points = _POINTS + _MORE_POINTS if cancels else _POINTS
        self.tolerances, self.precision, self.budget = tolerances, precision, budget
        self.densities = densities
        self._value = ball_program(tree, precision=precision)
        self._around = analytic_program(tree, precision)

    def over(self, lo: arb, hi: arb) -> Integrals | None:
        """The integrals from lo to hi, given as balls; None where the work was not finished."""
        total = [arb(0)] * len(self.tolerances)
        stack, panels = [(lo, hi)], 0
        while stack:
            a, b = stack.pop()
            panels += 1
            part = self._panel(a, b)
            if part is None:
                middle = arb(((a + b) / 2).mid())
                if panels > _MOST_PANELS or self.budget.spent or not a < middle < b:
                    return None
                stack += [(middle, b), (a, middle)]
            else:
                total = [a + b for a, b in zip(total, part, strict=True)]
        return total

    def _panel(self, lo: arb, hi: arb) -> Integrals | None:
        """The integrals over a panel, None where it is to be halved."""
        center, half = (lo + hi) / 2, (hi - lo) / 2
        wide, high = (half * LONG).upper(), (half * SHORT).upper()
        try:
            ball = self._around(acb(center + (-wide).union(wide), (-high).union(high)))[0]
        except NotAnalytic:
            return self._rough(lo, hi)
        most = ball.abs_upper()
        if not most.is_finite():
            return self._rough(lo, hi)
        least = (abs(center) - wide).lower().max(arb(0))
        square = most * most
        weighted = [(square * each.bound(least, high)).upper() for each in self.densities]
        sizes = [most, square, *weighted]
        if self._negligible(sizes, 2 * half):
            return self._spread(ball.real, sizes, 2 * half)
        points = self._enough(sizes, half)
        if points is None:
            return None
        counts = [bool(s * 2 * half > t) for s, t in zip(sizes, self.tolerances, strict=True)]
        sums = self._sums(center, half, points, counts[2:])
        off = defect(points)
        return [
            half * (arb(0).union(size) * 2 if total is None else total + _within(off * size))
            for size, total in zip(sizes, sums, strict=True)
        ]

    def _negligible(self, sizes: Sequence[arb], width: arb) -> bool:
        """Whether integrals of integrands of these sizes are within the tolerances."""
        return all(bool(s * width <= t) for s, t in zip(sizes, self.tolerances, strict=True))

    def _enough(self, sizes: Sequence[arb], half: arb) -> int | None:
        """With how many points the rule is within the tolerances."""
        for points in self._points:
            if self._negligible(sizes, half * defect(points)):
                return points
        return None

    def _sums(self, center: arb, half: arb, points: int, counts: Sequence[bool]) -> Integrals:
        """The rule's sums; None for a density that does not count here."""
        first, second = arb(0), arb(0)
        others: list[Any] = [arb(0) if count else None for count in counts]
        rates = [(i, self.densities[i].rate) for i, count in enumerate(counts) if count]
        for node, weight in rule(points, self.precision):
            step = half * node
            for x in (center - step, center + step):
                e = self._value(x)[0]
                part = weight * e
                first += part
                part *= e
                second += part
                for i, rate in rates:
                    others[i] += part * (x * x * rate).exp()
        for i, _ in rates:
            others[i] *= self.densities[i].peak
        return [first, second, *others]

    def _rough(self, lo: arb, hi: arb) -> Integrals | None:
        """By the enclosure of all values on the panel, where that does."""
        value = self._value(lo.union(hi))[0]
        if not value.is_finite():
            return None
        size = abs(value).upper()
        sizes = [size, size * size, *(size * size * each.peak for each in self.densities)]
        return self._spread(value, sizes, hi - lo) if self._negligible(sizes, hi - lo) else None

    def _spread(self, value: arb, sizes: Sequence[arb], width: arb) -> Integrals:
        """The integrals of what lies within a ball of values, and is of at most these sizes."""
        return [value * width, *(arb(0).union(size) * width for size in sizes[1:])]


def _within(size: arb) -> arb:
    """All numbers of at most a size."""
    return (-size).union(size)
