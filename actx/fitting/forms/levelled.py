"""Rational functions whose error is level on a reference, in balls.

They follow from a symmetric eigenvalue problem (Filip, Nakatsukasa, Trefethen, Beckermann, Rational
minimax approximation via adaptive barycentric representations, SIAM J. Sci. Comput. 40, 2018,
section 4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import acb_mat, arb, arb_mat, arb_poly

from actx.arithmetic.systems import solution
from actx.calculus.proven.enclose import exact_ball
from actx.fitting.forms.goal import Goal
from actx.fitting.linear.columns import Quotient
from actx.fitting.linear.strips import Strip

Place = tuple[Strip, Any, int]  # a point of a strip and the sign of the error there


@dataclass(frozen=True)
class Levelled:
    """A rational function with error ±level on a reference, in balls; u = x - centre."""

    top: Any
    bottom: Any
    level: Any
    reference: tuple[Place, ...]

    def quotient(self, centre: Any) -> Quotient:
        return Quotient(centre, self.top, self.bottom)


class System:
    """w (p - f q) = ±level q on a reference, as a symmetric eigenvalue problem for q.

    With weights o_i that cancel all polynomials of degree m + n, o_i having alternating signs s_i,
    sum o_i (f_i + s_i level / w_i) q_i T_k(x_i) = 0 for k <= n; in a basis that is orthonormal with
    |o_i| / w_i the q are eigenvectors of the matrix with entries sum s_i f_i w_i Q_ij Q_ik, and
    -level is the eigenvalue.
    """

    def __init__(self, goal: Goal, reference: Sequence[Place], m: int, n: int) -> None:
        self.m, self.n, self.reference = m, n, reference
        lo, hi = exact_ball(goal.lo), exact_ball(goal.hi)
        self.middle, self.half = (lo + hi) / 2, (hi - lo) / 2
        self.t = [((x - self.middle) / self.half).mid() for _, x, _ in reference]
        values = [strip.values(x) for strip, x, _ in reference]
        self.f = [f.mid() for f, _ in values]
        self.w = [w.mid() for _, w in values]
        cancel = [_inverse_product(t, self.t) for t in self.t]
        self.signs = [1 if o > 0 else -1 for o in cancel]
        self.scale = [(abs(o) / w).sqrt().mid() for o, w in zip(cancel, self.w, strict=True)]
        columns = _chebyshev_columns(self.t, n)
        self.q = _orthonormal(
            [[s * v for s, v in zip(self.scale, c, strict=True)] for c in columns]
        )

    def all(self) -> list[tuple[Any, list[Any]]]:
        """Level and eigenvector of each solution."""
        size = self.n + 1
        factor = [s * f * w for s, f, w in zip(self.signs, self.f, self.w, strict=True)]
        matrix = [[_dot3(factor, a, b) for b in self.q] for a in self.q]
        if size == 1:
            return [(-matrix[0][0], [arb(1)])]
        values, vectors = acb_mat(arb_mat(matrix)).eig(right=True, algorithm="approx")
        return [
            (arb(-values[k].real.mid()), _real([vectors[i, k] for i in range(size)]))
            for k in range(size)
        ]

    def solutions(self) -> list[tuple[Any, list[Any]]]:
        """Those whose denominator has one sign on the reference: Chebyshev coefficients of it."""
        found = []
        for level, vector in self.all():
            values = [
                sum((v * q[i] for v, q in zip(vector, self.q, strict=True)), arb(0)) / s
                for i, s in enumerate(self.scale)
            ]
            if all(v > 0 for v in values) or all(v < 0 for v in values):
                found.append((level, values))
        return found

    def function(self, level: Any, q: Sequence[Any], centre: Any) -> Levelled | None:
        """Numerator and denominator from the level and the denominator's values."""
        p = [
            (f + s * level / w) * v
            for f, s, w, v in zip(self.f, self.signs, self.w, q, strict=True)
        ]
        top, bottom = self._through(p, self.m, centre), self._through(q, self.n, centre)
        if top is None or bottom is None:
            return None
        turn = 1 if level > 0 else -1
        reference = [
            (strip, x, s * turn)
            for (strip, x, _), s in zip(self.reference, self.signs, strict=True)
        ]
        return Levelled(top, bottom, abs(level), tuple(reference))

    def _through(self, values: Sequence[Any], degree: int, centre: Any) -> Any | None:
        """The polynomial in u = x - centre that takes the values, which are those of one."""
        spread = np.linspace(0, len(values) - 1, degree + 1).round().astype(int).tolist()
        nodes = [self.t[i] for i in spread]
        columns = _chebyshev_columns(nodes, degree)
        table = [[c[i] for c in columns] for i in range(degree + 1)]
        solved = solution(table, [values[i] for i in spread])
        if solved is None:
            return None
        t = arb_poly([((centre - self.middle) / self.half).mid(), (1 / self.half).mid()])
        before, now = arb_poly([1]), t
        total = arb_poly([solved[0].mid()])
        for k in range(1, degree + 1):
            total += solved[k].mid() * now
            before, now = now, 2 * t * now - before
        return arb_poly([c.mid() for c in total.coeffs()])


def _inverse_product(t: Any, nodes: Sequence[Any]) -> Any:
    product = arb(1)
    for other in nodes:
        if other is not t:
            product *= 2 * (t - other)
    return (1 / product).mid()


def _chebyshev_columns(t: Sequence[Any], degree: int) -> list[list[Any]]:
    columns = [[arb(1)] * len(t), list(t)]
    while len(columns) <= degree:
        columns.append([2 * x * b - a for x, a, b in zip(t, columns[-2], columns[-1], strict=True)])
    return columns[: degree + 1]


def _orthonormal(columns: list[list[Any]]) -> list[list[Any]]:
    """Orthonormal columns with the same span, by Gram and Schmidt, twice."""
    done: list[list[Any]] = []
    for column in columns:
        v = column
        for _ in range(2):
            for q in done:
                share = _dot(q, v)
                v = [(x - share * y).mid() for x, y in zip(v, q, strict=True)]
        size = _dot(v, v).sqrt()
        done.append([(x / size).mid() for x in v])
    return done


def _dot(a: Sequence[Any], b: Sequence[Any]) -> Any:
    return sum((x * y for x, y in zip(a, b, strict=True)), arb(0)).mid()


def _dot3(a: Sequence[Any], b: Sequence[Any], c: Sequence[Any]) -> Any:
    return sum((x * y * z for x, y, z in zip(a, b, c, strict=True)), arb(0)).mid()


def _real(vector: Sequence[Any]) -> list[Any]:
    """A real eigenvector from one that is real up to a factor."""
    largest = max(vector, key=lambda v: float(abs(v).mid()))
    return [(v / largest).real.mid() for v in vector]
