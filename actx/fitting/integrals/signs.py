"""The least of ∫|e| over all coefficients, in balls.

For s with |s| <= 1 that is orthogonal to all columns, ∫|e| >= ∫s·e, and the right side is the same
for all coefficients (Pinkus, On L1-Approximation, Cambridge 1989, theorem 2.1). The sign of the
best error is such an s. That of an error next to it is made one: on some of the stretches between
its changes s is a little off ±1, by what solves the equations of orthogonality, in balls; and all
of it is divided by the largest |s|. Newton's method brings the error next to the best one. At
coefficients where e changes its sign at points z, the gradient of ∫|e| is the integral of the sign
of e times the columns, and the Hessian the sum of 2·column·column/|e'| over the points.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flint import arb, arb_mat, ctx

from actx.calculus.proven.enclose import ball_program
from actx.calculus.values import Program
from actx.core.budget import Budget
from actx.fitting.integrals.least_squares import Limits, Optimum, solution
from actx.fitting.integrals.panels import Panel, Panels
from actx.fitting.integrals.stretches import Stretch
from actx.language.derivative import derivative

_ROUNDS = 30  # of Newton's method
_SURELY, _BARELY = 2.0**-30, 2.0**-80  # of a row, what elimination leaves if it is independent
_FINER = 4  # parts of a panel
_STEPS = 12  # towards a zero
_DAMPED = 1e-3  # the first damping, in comparison with the curvature
_SETTLED = 2.0**-60  # a rise that can be expected, relatively, which is none


@dataclass(frozen=True)
class Cell:
    """A part of a stretch on which the error has one sign, and the integrals of all functions."""

    sign: int
    integrals: Any


@dataclass(frozen=True)
class Signs:
    """Where an error changes its sign: cells, and the values of all functions and slopes there."""

    cells: Sequence[Cell]
    values: Sequence[Sequence[Any]]
    slopes: Sequence[Any]


class Line:
    """A stretch with its panels from left to right."""

    def __init__(self, stretch: Stretch, panels: Panels) -> None:
        self._panels = panels
        found = self._panels.over(stretch.lo, stretch.hi)
        self.panels: list[Panel] = sorted(found, key=lambda panel: float(panel.lo.mid()))
        self.complete = self._panels.complete
        self._ends = [float(panel.hi.mid()) for panel in self.panels]
        self.trees, self.precision = stretch.trees, ctx.prec

    @cached_property
    def _before(self) -> list[Any]:
        """The integrals over what lies left of each panel, and last over all of them."""
        found = [arb_mat(1, len(self.trees))]
        for panel in self.panels:
            found.append(found[-1] + panel.integrals())
        return found

    @cached_property
    def _value(self) -> Program[Any]:
        return ball_program(*self.trees, precision=self.precision)

    @cached_property
    def _slope(self) -> Program[Any]:
        return ball_program(*map(derivative, self.trees), precision=self.precision)

    def signs(self, values: Any, *, finer: bool = False) -> Signs:
        """The signs of the error; values: the coefficients and -1, as a column.

        finer: whether cells end at some nodes of panels, too.
        """
        cells, rows, slopes = [], [], []
        start, sign, last = self._before[0], 0, None
        for panel in self.panels:
            errors = panel.values * values
            for n, i in enumerate(panel.order):
                now = _sign(errors[i, 0])  # 0 where rounding hides it
                if finer and now == sign and n % (len(panel.nodes) // _FINER) == 0:
                    integral = self._until(panel.nodes[i])
                    cells.append(Cell(sign, integral - start))
                    start = integral
                if sign and now and now != sign and last is not None:
                    z = self._zero(values, last, panel.nodes[i], sign)
                    integral = self._until(z)
                    cells.append(Cell(sign, integral - start))
                    rows.append(self._value(z))
                    slopes.append(_along(self._slope(z), values))
                    start = integral
                sign, last = now or sign, panel.nodes[i]
        cells.append(Cell(sign, self._before[-1] - start))
        return Signs(cells, rows, slopes)

    def _zero(self, values: Any, lo: Any, hi: Any, sign: int) -> Any:
        """About where the error changes its sign between two places, exact."""
        x = arb(((lo + hi) / 2).mid())
        for _ in range(_STEPS):
            e = _along(self._value(x), values).mid()
            slope = _along(self._slope(x), values).mid()
            step = arb((e / slope).mid()) if slope != 0 else hi - lo
            if abs(step) <= abs(x) * arb(2) ** (16 - ctx.prec):
                break
            lo, hi = (x, hi) if _sign(e) == sign else (lo, x)
            x = arb((x - step).mid())
            if not lo < x < hi:
                x = arb(((lo + hi) / 2).mid())
        return x

    def _until(self, z: Any) -> Any:
        """The integrals over what lies left of a place."""
        i = bisect_left(self._ends, float(z))
        if i == len(self.panels) or not self.panels[i].lo < z:
            return self._before[i]
        if not z < self.panels[i].hi:
            return self._before[i + 1]
        return self._before[i] + self._panels.part(self.panels[i], z).integrals()


def _sign(value: Any) -> int:
    return 1 if value > 0 else -1 if value < 0 else 0


def _along(row: Sequence[Any], values: Any) -> Any:
    """The error out of the values of all functions."""
    return sum((v * values[i, 0] for i, v in enumerate(row)), arb(0))


def _column(coefficients: Sequence[Any]) -> Any:
    return arb_mat([[v] for v in (*coefficients, arb(-1))])


class Descent:
    """Newton's method towards the least ∫|e|, damped, within limits."""

    def __init__(self, lines: Sequence[Line], limits: Limits, gram: Any, start: Sequence[Any]):
        self.lines, self.limits, self.gram = lines, limits, gram
        self.look(list(start))
        self.unique = False

    def look(self, values: list[Any]) -> None:
        """Move to coefficients."""
        self.values, self.signs = values, self.signs_at(values)
        self.size = self.size_of(self.signs, values)

    def signs_at(self, values: Sequence[Any], *, finer: bool = False) -> Signs:
        found = [line.signs(_column(values), finer=finer) for line in self.lines]
        return Signs(
            [cell for each in found for cell in each.cells],
            [row for each in found for row in each.values],
            [slope for each in found for slope in each.slopes],
        )

    @staticmethod
    def size_of(signs: Signs, values: Sequence[Any]) -> Any:
        """∫|e|."""
        column = _column(values)
        return sum(((cell.integrals * column)[0, 0] * cell.sign for cell in signs.cells), arb(0))

    def gradient(self) -> list[Any]:
        total = arb_mat(1, len(self.values) + 1)
        for cell in self.signs.cells:
            total += cell.integrals * cell.sign
        return [total[0, k] for k in range(len(self.values))]

    def run(self, budget: Budget) -> None:
        """Go on for as long as ∫|e| falls, a step no further than to a bound."""
        damping = 0.0
        for _ in range(_ROUNDS):
            gradient = self.gradient()
            free = [k for k, g in enumerate(gradient) if not self.held(k, g)]
            if budget.spent:
                return
            ahead = self._ahead(gradient, free, damping)
            self.unique = ahead is not None and not damping
            if ahead is None:
                damping = max(_DAMPED, damping * 8)
                continue
            fall = sum(
                (g * (a - v) for g, a, v in zip(gradient, ahead, self.values, strict=True)), arb(0)
            )
            if abs(fall).mid() <= _SETTLED * self.size.mid():
                self.look(ahead)  # once more, as the bound rises in proportion to a step
                return
            signs = self.signs_at(ahead)
            size = self.size_of(signs, ahead)
            if size.mid() < self.size.mid():
                self.values, self.signs, self.size = ahead, signs, size
                damping = damping / 8 if damping > _DAMPED / 100 else 0.0
            else:
                damping = max(_DAMPED, damping * 8)

    def _ahead(self, gradient: Sequence[Any], free: list[int], damping: float) -> list[Any] | None:
        """Where a step leads, as far as the first bound; those that are at it do not move."""
        ahead = list(self.values)
        while free:
            step = self._step(gradient, free, damping)
            if step is None:
                return None
            part, hit, bound = arb(1), -1, arb(0)
            for k, v in zip(free, step, strict=True):
                limit = self.limits.at(k, _sign(v.mid()))
                reach = (limit - self.values[k]) / v if limit.is_finite() and v.mid() != 0 else part
                if reach.mid() < part.mid():
                    part, hit, bound = reach, k, limit
            if part.mid() <= 0:
                free = [k for k in free if k != hit]
                continue
            for k, v in zip(free, step, strict=True):
                ahead[k] = bound if k == hit else arb((self.values[k] + part * v).mid())
            return ahead
        return ahead

    def held(self, k: int, slope: Any) -> bool:
        """Whether a coefficient is at a bound to which ∫|e| falls."""
        return bool(
            (self.values[k] == self.limits.upper[k] and slope.mid() < 0)
            or (self.values[k] == self.limits.lower[k] and slope.mid() > 0)
        )

    def _step(
        self, gradient: Sequence[Any], free: Sequence[int], damping: float
    ) -> list[Any] | None:
        size = len(self.values)
        hessian = arb_mat(size, size)
        for row, slope in zip(self.signs.values, self.signs.slopes, strict=True):
            if slope.mid() != 0:
                column = arb_mat([[v] for v in row[:size]])
                hessian += column * column.transpose() * (2 / abs(slope.mid()))
        if damping:
            total = self.gram * _column(self.values)
            square = sum(
                (_column(self.values)[i, 0] * total[i, 0] for i in range(size + 1)), arb(0)
            )
            part = arb_mat([[self.gram[i, j] for j in range(size)] for i in range(size)])
            hessian += part * (damping * self.size.mid() / square.mid())
        return solution(hessian.mid(), free, [-gradient[k].mid() for k in free])


def least_integral(descent: Descent) -> Optimum | None:
    """What no coefficients within limits go below, from those that a descent came to."""
    cells, gradient = descent.signs.cells, descent.gradient()
    held = {k: 1 if g < 0 else -1 for k, g in enumerate(gradient) if descent.held(k, g)}
    rows = [k for k in range(len(gradient)) if k not in held]
    chosen = _independent(cells, rows, _SURELY)
    if chosen is None:  # as where symmetry makes the integrals over few cells dependent
        cells = descent.signs_at(descent.values, finer=True).cells
        chosen = _independent(cells, rows, _BARELY)
    if chosen is None:
        return None
    signs = [arb(cell.sign) for cell in cells]
    if rows:
        table = arb_mat([[cells[i].integrals[0, k] for i in chosen] for k in rows])
        parts = solution(table, range(len(rows)), [gradient[k] for k in rows])
        if parts is None:
            return None
        for i, part in zip(chosen, parts, strict=True):
            signs[i] -= part
    total = arb_mat(1, len(gradient) + 1)
    for cell, sign in zip(cells, signs, strict=True):
        total += cell.integrals * sign
    if not all(total[0, k] * side <= 0 for k, side in held.items()):
        return None
    highest = arb(1)
    for sign in signs:
        highest = highest.max(abs(sign).upper())
    least = (total * _column(descent.values))[0, 0] / highest
    return Optimum(descent.values, least, held)


def _independent(cells: Sequence[Cell], rows: Sequence[int], part: float) -> list[int] | None:
    """Cells, one for each column, on which the integrals of the columns are independent.

    By elimination with the largest entry of each row as pivot; None where there are not as many, or
    elimination leaves less than a part of a row.
    """
    left = [[cell.integrals[0, k].mid() for cell in cells] for k in rows]
    least = [max(abs(float(v)) for v in row) * part for row in left]
    chosen: list[int] = []
    for n in range(len(rows)):
        row = left[n]
        pivot = max(range(len(cells)), key=lambda i: abs(float(row[i])))
        if not abs(row[pivot]) > least[n] or pivot in chosen:
            return None
        chosen.append(pivot)
        for later in left[n + 1 :]:
            factor = (later[pivot] / row[pivot]).mid()
            for i in range(len(cells)):
                later[i] = (later[i] - factor * row[i]).mid() if i != pivot else arb(0)
    return chosen
