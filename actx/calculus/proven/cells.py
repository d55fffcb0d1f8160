"""Signs of a piecewise rational function, decided exactly on all cells of an interval.

The roots of all polynomials that its comparisons and branches are made of divide the interval into
open cells and points, on each of which no comparison changes and each branch has one sign (Collins'
cylindrical algebraic decomposition, in one dimension). So breakpoints that are no fractions are
as exact as others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from flint import ctx, fmpq_poly

from actx.arithmetic.coefficients import Number
from actx.calculus.proven.enclose import ball_program, exact_ball, outward
from actx.calculus.proven.rational import (
    Quotient,
    Root,
    inner_roots,
    points_between,
    quotient,
    sign_of_polynomial,
)
from actx.calculus.resolve import holds, resolved
from actx.calculus.values import evaluate
from actx.core.budget import PRECISION
from actx.language.tree import Node, simplified

_MOST_CELLS = 200
_ROUNDS = 12  # in each of which comparisons may come to light that depend on others


@dataclass(frozen=True)
class Cell:
    """A point (first and last are one) or an open interval, with the one sign taken on it.

    sign: None at a point without a value. lo, hi: what encloses it. first, last: its ends, None
    where they are no fractions. sample: a point of it, or near it.
    """

    lo: float
    hi: float
    first: Number | None
    last: Number | None
    sign: int | None
    sample: float
    point: bool


class _NotRational(Exception):
    """Some comparison or branch is no rational function, or has a gap that is none of that."""


@lru_cache(maxsize=256)
def cells(tree: Node, lo: Number, hi: Number) -> tuple[Cell, ...] | None:
    """The cells of (lo, hi), and its finite ends, from left to right; None for another function."""
    known: list[fmpq_poly] = []
    try:
        for _ in range(_ROUNDS):
            roots = inner_roots(Quotient(_squarefree(known), fmpq_poly([1])), lo, hi)
            if roots is None or len(roots) > _MOST_CELLS:
                return None
            walk = _Walk(tree, lo, hi, roots, known)
            found = tuple(walk.cells())
            if not walk.new:
                return found
            known += walk.new
    except _NotRational:
        return None
    return None


def _squarefree(polynomials: Sequence[fmpq_poly]) -> fmpq_poly:
    """A polynomial with all their roots, each once."""
    product = fmpq_poly([1])
    for each in polynomials:
        product = product * (each // each.gcd(product))
    return product // product.gcd(product.derivative()) if product.degree() > 0 else product


class _Walk:
    """One pass over the cells between some roots; new: polynomials that are not among the known."""

    def __init__(
        self, tree: Node, lo: Number, hi: Number, roots: list[Root], known: list[fmpq_poly]
    ) -> None:
        self.tree, self.lo, self.hi, self.roots = tree, lo, hi, roots
        self.known = {str(each) for each in known}
        self.new: list[fmpq_poly] = []

    def cells(self) -> Iterator[Cell]:
        samples = points_between(self.roots, self.lo, self.hi)
        edges = [_end(self.lo), *map(_edge, self.roots), _end(self.hi)]
        for i, (sample, before, after) in enumerate(zip(samples, edges, edges[1:], strict=False)):
            (_, a, first), (b, _, last) = before, after
            if i == 0 and first is not None and math.isfinite(first):
                yield self._point(Fraction(first), edges[0])
            sign = self._sign(sample)
            yield Cell(a, b, first, last, sign, float(sample), False)
            if i < len(self.roots):
                yield self._point(self.roots[i], edges[i + 1])
            elif last is not None and math.isfinite(last):
                yield self._point(Fraction(last), edges[-1])

    def _point(self, at: Fraction | Root, edge: tuple[float, float, Number | None]) -> Cell:
        lo, hi, exact = edge
        sample = float(exact) if exact is not None else lo + (hi - lo) / 2
        return Cell(lo, hi, exact, exact, self._sign(at), sample, True)

    def _sign(self, at: Fraction | Root) -> int | None:
        """The sign at a point, None where there is no value."""

        def decide(comparison: Node, a: Node, b: Node) -> Node | None:
            sign = self._of_quotient(simplified("sub", a, b), at)
            if sign is None:
                raise _NotRational
            return holds(comparison.op, sign)

        near = float(at.ball.mid() if isinstance(at, Root) else at)
        branch, is_smooth = resolved(self.tree, decide, lambda u: float(evaluate(u, near)))
        if not is_smooth:
            raise _NotRational
        sign = self._of_quotient(branch, at)
        if sign is not None and not _is_known(branch, at):
            raise _NotRational  # it may be without a value there that the quotient has
        return sign

    def _of_quotient(self, tree: Node, at: Fraction | Root) -> int | None:
        found = quotient(tree)
        if found is None:
            raise _NotRational
        for each in (found.top, found.bottom):
            if each.degree() > 0 and str(each) not in self.known:
                self.known.add(str(each))
                self.new.append(each)
        bottom = sign_of_polynomial(found.bottom, at)
        return sign_of_polynomial(found.top, at) * bottom if bottom else None


def _is_known(tree: Node, at: Fraction | Root) -> bool:
    """Whether a tree is proven to have a value at a point."""
    with ctx.workprec(PRECISION):
        around = at.ball if isinstance(at, Root) else exact_ball(at)
        return bool(ball_program(tree, precision=PRECISION)(around)[0].is_finite())


def _edge(root: Root) -> tuple[float, float, Number | None]:
    return *outward(root.ball), root.exact


def _end(x: Number) -> tuple[float, float, Number | None]:
    return float(x), float(x), x
