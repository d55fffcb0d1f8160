"""Piecewise polynomials that meet linear conditions exactly.

A function of the space is a polynomial on each part, in u = x - centre. Joins and conditions are
linear equations with rational coefficients; they are solved in exact arithmetic, so that every
choice of the free coefficients gives a function that meets all of them, to the last digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import comb, factorial
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat

from actx.core.arrays import Array
from actx.core.errors import FitError
from actx.fitting.forms.best import Condition
from actx.fitting.horner import Part
from actx.fitting.linear.columns import Polynomials

_LOW = 5  # polynomials up to this degree are written about a simple point


@dataclass(frozen=True)
class Equation:
    """A condition on the part(s) at its place: a value to take there, or a jump between two."""

    text: str
    terms: tuple[tuple[int, int], ...]  # (part, sign): which derivatives are added
    condition: Condition


class Space:
    """The piecewise polynomials of one degree that meet some equations.

    edges: the ends of the parts, one more than these. The free coefficients y give all of them as
    offset + basis·y. Raises FitError where the equations contradict each other.
    """

    def __init__(self, edges: Sequence[Fraction], degree: int, equations: Sequence[Equation]):
        self.edges, self.degree = tuple(edges), degree
        self.count = len(edges) - 1
        self.centres = tuple(_centre(lo, hi, degree) for lo, hi in pairwise(edges))
        self.equations = tuple(equations)
        self.offset, self.basis, self.free = self._solved()

    @property
    def size(self) -> int:
        """The number of free coefficients."""
        return len(self.free)

    # --- exact ---

    def _row(self, equation: Equation) -> list[Fraction]:
        row = [Fraction(0)] * (self.count * (self.degree + 1))
        x, order = equation.condition.x, equation.condition.order
        for part, sign in equation.terms:
            u = x - self.centres[part]
            for j in range(order, self.degree + 1):
                at = part * (self.degree + 1) + j
                row[at] += sign * comb(j, order) * factorial(order) * u ** (j - order)
        return row

    def _order(self) -> list[int]:
        """Columns, those first that are to follow from the others.

        Low powers follow from high ones, outer parts from inner ones: so most coefficients stay
        finite decimals.
        """
        total = self.count * (self.degree + 1)

        def key(column: int) -> tuple[int, Fraction]:
            part, power = divmod(column, self.degree + 1)
            return power, -abs(self.edges[part] + self.edges[part + 1])

        return sorted(range(total), key=key)

    def _solved(self) -> tuple[list[Fraction], list[list[Fraction]], list[int]]:
        total, order = self.count * (self.degree + 1), self._order()
        pivots, reduced = _reduced(
            [(self._row(e), e.condition.value) for e in self.equations], order
        )
        if total in pivots:
            raise FitError(self._contradiction(order))
        free = [c for c in range(total) if c not in pivots]
        offset = [Fraction(0)] * total
        basis = [[Fraction(int(c == f)) for f in free] for c in range(total)]
        for column, (row, value) in zip(pivots, reduced, strict=True):
            offset[column] = value
            basis[column] = [-row[f] for f in free]
        return offset, basis, free

    def _contradiction(self, order: list[int]) -> str:
        """Which equations cannot hold together: a smallest set of them."""
        kept = list(self.equations)
        total = self.count * (self.degree + 1)
        for equation in self.equations:
            rest = [e for e in kept if e is not equation]
            pivots, _ = _reduced([(self._row(e), e.condition.value) for e in rest], order)
            if total in pivots:
                kept = rest
        shown = "; ".join(e.text for e in kept)
        pieces = "a polynomial" if self.count == 1 else f"{self.count} polynomial pieces"
        return (
            f"No function made of {pieces} of degree {self.degree} meets all of: {shown}. "
            "Leave one out, or take a higher degree."
        )

    def coefficients(self, free: Sequence[Fraction]) -> list[list[Fraction]]:
        """All coefficients of each part from the free ones."""
        flat = [
            start + sum((b * y for b, y in zip(row, free, strict=True) if b and y), Fraction(0))
            for start, row in zip(self.offset, self.basis, strict=True)
        ]
        width = self.degree + 1
        return [flat[i : i + width] for i in range(0, len(flat), width)]

    def parts(self, free: Sequence[Fraction]) -> tuple[Part, ...]:
        """The function with these free coefficients."""
        rows = self.coefficients(free)
        return tuple(Part(c, tuple(row)) for c, row in zip(self.centres, rows, strict=True))

    def columns(self, part: int) -> Polynomials:
        """What each free coefficient is multiplied with on a part, and what is added there."""
        rows = range(part * (self.degree + 1), (part + 1) * (self.degree + 1))
        basis = [[self.basis[r][k] for r in rows] for k in range(self.size)]
        return Polynomials(basis, self.centres[part], [self.offset[r] for r in rows])

    # --- in float64 ---

    @cached_property
    def _null(self) -> tuple[Array, Array]:
        """An offset and an orthonormal basis, in Chebyshev coefficients of each part's interval."""
        total = self.count * (self.degree + 1)
        if not self.equations:
            return np.zeros(total), np.eye(total)
        rows = np.array([self._chebyshev_row(e) for e in self.equations])
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        norms[norms == 0] = 1.0
        values = np.array([float(e.condition.value) for e in self.equations]) / norms[:, 0]
        u, s, v = np.linalg.svd(rows / norms)
        rank = total - self.size
        offset = v[:rank].T @ ((u[:, :rank].T @ values) / s[:rank])
        return offset, v[rank:].T

    def _chebyshev_row(self, equation: Equation) -> Array:
        width = self.degree + 1
        row = np.zeros(self.count * width)
        for part, sign in equation.terms:
            lo, hi = float(self.edges[part]), float(self.edges[part + 1])
            t = (2 * float(equation.condition.x) - lo - hi) / (hi - lo)
            order = equation.condition.order
            unit = np.polynomial.chebyshev.chebder(np.eye(width), order, 2 / (hi - lo))
            values: Any = np.polynomial.chebyshev.chebval(t, unit)
            row[part * width : (part + 1) * width] += sign * values
        return row

    def rows(self, part: int, x: Array) -> tuple[Array, Array]:
        """The well-conditioned basis at points of a part, and what is added to it."""
        offset, null = self._null
        width = self.degree + 1
        lo, hi = float(self.edges[part]), float(self.edges[part + 1])
        table = np.polynomial.chebyshev.chebvander((2 * x - lo - hi) / (hi - lo), self.degree)
        block = slice(part * width, (part + 1) * width)
        return table @ null[block], table @ offset[block]


def _centre(lo: Fraction, hi: Fraction, degree: int) -> Fraction:
    """About what a part is written: 0 if it can be, else the end next to 0.

    A high power is written about the middle, where float64 evaluates it best.
    """
    if degree > _LOW:
        return (lo + hi) / 2
    if lo <= 0 <= hi:
        return Fraction(0)
    return lo if lo > 0 else hi


def _reduced(
    rows: Sequence[tuple[list[Fraction], Fraction]], order: list[int]
) -> tuple[list[int], list[tuple[list[Fraction], Fraction]]]:
    """The pivot columns and rows of the equations reduced; the right side is the last column."""
    if not rows:
        return [], []
    width = len(order)
    flat = [[*(row[c] for c in order), value] for row, value in rows]
    matrix = fmpq_mat(
        len(rows), width + 1, [fmpq(v.numerator, v.denominator) for row in flat for v in row]
    )
    reduced, rank = matrix.rref()
    pivots, found = [], []
    for i in range(rank):
        row = [Fraction(int(v.p), int(v.q)) for v in reduced.tolist()[i]]
        first = next(k for k, v in enumerate(row) if v)
        pivots.append(width if first == width else order[first])
        back = [Fraction(0)] * width
        for k, column in enumerate(order):
            back[column] = row[k]
        found.append((back, row[-1]))
    return pivots, found


def joined(part: int, x: Fraction, order: int) -> Equation:
    """Two neighbouring parts have one derivative of an order at x, where they meet."""
    what = ("value", "slope", "curvature")[order] if order < 3 else f"derivative {order}"
    return Equation(
        f"one {what} at the knot {float(x):g}", ((part, 1), (part + 1, -1)),
        Condition(x, order, Fraction(0)),
    )  # fmt: skip


def fulfilled(part: int, condition: Condition) -> Equation:
    """A part meets a condition."""
    return Equation(str(condition), ((part, 1),), condition)
