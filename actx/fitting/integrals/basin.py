"""A box of parameters around a local optimum in which ∫e² is convex, and so not much smaller.

Where the matrix of second derivatives is positive definite for all values in the box, ∫e² is at
least its tangent at the optimum. Its value and slope there are integrated in balls, its second
derivatives enclosed by intervals over cells of x. All is of a finite part of the domain, which is
enough for a lower bound. Templates with breakpoints that move have no such second derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from actx.arithmetic.interval import Box, add, mul, sub
from actx.calculus.enclosure import enclosure
from actx.calculus.proven.enclose import outward
from actx.core.arrays import Array
from actx.core.budget import Budget
from actx.core.domain import Domain
from actx.core.errors import AnalysisError
from actx.core.norms import Norm
from actx.fitting.integrals.least_squares import products
from actx.fitting.integrals.panels import Panels, exactness
from actx.fitting.integrals.stretches import Stretch, smooth_on
from actx.fitting.nonlinear.errors import Boxes
from actx.fitting.problem.problem import Problem
from actx.language.derivative import by_parameter
from actx.language.operations import CONDITIONS, OPERATIONS
from actx.language.tree import Node, number, parameter, parameters, simplified, substitute, walk

_BITS = 128
_MARGIN = 20  # bits, for so many panels that add next to nothing and are left out
_REACHES = (0.5, 0.25, 0.12, 0.06, 0.03, 0.015)  # of a box, relative to the values
_LEAST = 0.1  # a smaller value counts as so large
_ROUNDING = 2.0**-38  # of a sum of so many terms


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
