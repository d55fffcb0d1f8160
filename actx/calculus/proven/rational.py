"""Rational functions over the fractions: their roots and signs, decided exactly.

A polynomial is divided into squarefree factors (Yun's algorithm) and the complex roots of each are
isolated in balls, the real ones with an imaginary part that is exactly 0 (flint's
`fmpz_poly.complex_roots`). A root that is a fraction is found as one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

from flint import arb, ctx, fmpq, fmpq_poly, fmpz_poly

from actx.arithmetic.coefficients import Number
from actx.calculus.boxes import inner_point
from actx.calculus.proven.enclose import exact_ball
from actx.language.operations import OPERATIONS
from actx.language.stable import spelled_out
from actx.language.tree import NUMBER, VARIABLE, Node, as_fraction, walk

SQUARE_ROOT = "sqrt"
# operations that trees are written in to be read as polynomials
PRIMITIVE = {n for n, row in OPERATIONS.items() if not (row.is_smooth and row.definition)} | {
    SQUARE_ROOT
}
_HIGHEST_DEGREE = 400
_MOST_BITS = 40_000  # of a polynomial's coefficients, all together
_MORE_BITS = 32
_PRECISIONS = (64, 128, 256, 512, 1024, 4096)


@dataclass(frozen=True)
class Quotient:
    """A quotient of two polynomials in x without a common factor."""

    top: fmpq_poly
    bottom: fmpq_poly

    def sign(self, x: Fraction) -> int:
        """The sign at a point that is no root of the bottom."""
        return sign_of_polynomial(self.top, x) * sign_of_polynomial(self.bottom, x)


@dataclass(frozen=True)
class Root:
    """A real root of top or bottom (a pole), alone in a ball; exact where it is a fraction."""

    ball: arb
    exact: Fraction | None
    order: int
    pole: bool

    def compared(self, x: Number) -> int | None:
        """The sign of root - x, None where the ball does not tell."""
        if self.exact is not None and isinstance(x, int | Fraction):
            return (self.exact > x) - (self.exact < x)
        at = exact_ball(x)
        return 1 if self.ball > at else -1 if self.ball < at else None


class _NotRational(Exception):
    """The tree is no rational function, or one of too high a degree."""


@lru_cache(maxsize=1024)
def quotient(tree: Node) -> Quotient | None:
    """A tree as a quotient of polynomials with rational coefficients; None for another one."""
    one = fmpq_poly([1])
    known: dict[Node, tuple[fmpq_poly, fmpq_poly]] = {}
    written = spelled_out(tree, PRIMITIVE)
    try:
        for part in walk(written):
            known[part] = _checked(*_combined(part, [known.get(a) for a in part.args], one))
    except (_NotRational, ZeroDivisionError):
        return None
    top, bottom = known[written]
    common = top.gcd(bottom)
    return Quotient(top // common, bottom // common)


def _combined(
    part: Node, args: Sequence[tuple[fmpq_poly, fmpq_poly] | None], one: fmpq_poly
) -> tuple[fmpq_poly, fmpq_poly]:
    if part.op == NUMBER:
        value = as_fraction(part)
        return one * fmpq(value.numerator, value.denominator), one
    if part.op == VARIABLE:
        return fmpq_poly([0, 1]), one
    known = [each for each in args if each is not None]
    if not args or len(known) < len(args):
        raise _NotRational
    top, bottom = known[0]
    if part.op == "neg":
        return -top, bottom
    if part.op == "pow":
        return _power(top, bottom, part.args[1])
    if len(known) != 2:
        raise _NotRational
    p, q = known[1]
    match part.op:
        case "add" | "sub":
            p = p if part.op == "add" else -p
            return (top + p, bottom) if bottom == q else (top * q + p * bottom, bottom * q)
        case "mul":
            return top * p, bottom * q
        case "div":
            return top * q, bottom * p
    raise _NotRational


def _power(top: fmpq_poly, bottom: fmpq_poly, exponent: Node) -> tuple[fmpq_poly, fmpq_poly]:
    n = as_fraction(exponent) if exponent.op == NUMBER else Fraction(1, 2)
    degree = max(top.degree(), bottom.degree(), 1)
    if n.denominator != 1 or abs(n) * degree > _HIGHEST_DEGREE:
        raise _NotRational
    power = abs(int(n))
    return (top**power, bottom**power) if n >= 0 else (bottom**power, top**power)


def _checked(top: fmpq_poly, bottom: fmpq_poly) -> tuple[fmpq_poly, fmpq_poly]:
    if bottom.is_zero() or max(top.degree(), bottom.degree()) > _HIGHEST_DEGREE:
        raise _NotRational
    for each in (top, bottom):
        if int(each.numer().height_bits()) * (each.degree() + 1) > _MOST_BITS:
            raise _NotRational
    return top, bottom


def inner_roots(function: Quotient, lo: Number, hi: Number) -> list[Root] | None:
    """The roots of top and bottom in (lo, hi), from left to right.

    Their balls are apart from each other and from the ends. None where no precision tells them.
    """
    for precision in _PRECISIONS:
        with ctx.workprec(precision):
            roots = _real_roots(function.top, False) + _real_roots(function.bottom, True)
            ends = [(root.compared(lo), root.compared(hi)) for root in roots]
            if any(side is None for pair in ends for side in pair):
                continue
            inside = [r for r, pair in zip(roots, ends, strict=True) if pair == (1, -1)]
            inside.sort(key=lambda root: _fraction(root.ball.mid()))
            if all(a.ball < b.ball for a, b in pairwise(inside)):
                return inside
    return None


def _real_roots(polynomial: fmpq_poly, pole: bool) -> list[Root]:
    """All real roots, each with its order, at the precision of flint's context."""
    found: list[Root] = []
    if polynomial.degree() < 1:
        return found
    for factor, order in polynomial.numer().factor_squarefree()[1]:
        lead = int(factor.leading_coefficient()).bit_length()
        enough = lead + int(factor.height_bits()) + _MORE_BITS  # to tell whether lead·root is whole
        with ctx.workprec(max(ctx.prec, min(enough, _PRECISIONS[-1]))):
            values: Any = factor.complex_roots()  # flint's stub says otherwise
            real = [value.real for value, _ in values if value.imag.is_zero()]
            found += [_root(factor, value, int(order), pole) for value in real]
    return found


def _root(factor: fmpz_poly, ball: arb, order: int, pole: bool) -> Root:
    """The root, with its fraction: its denominator would divide the leading coefficient."""
    lead = factor.leading_coefficient()
    whole = (ball * lead).unique_fmpz()
    if whole is not None and factor(fmpq(whole, lead)) == 0:
        exact = Fraction(int(whole), int(lead))
        return Root(exact_ball(exact), exact, order, pole)
    return Root(ball, None, order, pole)


def points_between(roots: Sequence[Root], lo: Number, hi: Number) -> list[Fraction]:
    """A point between any two neighbours among the ends and the roots inside them."""
    if not roots:
        return [Fraction(inner_point(lo, hi))]
    middles = [(_fraction(root.ball.mid()), _fraction(root.ball.rad())) for root in roots]
    edges = [(middle - radius, middle + radius) for middle, radius in middles]
    first = edges[0][0] - 1 if math.isinf(lo) else (Fraction(lo) + edges[0][0]) / 2
    last = edges[-1][1] + 1 if math.isinf(hi) else (Fraction(hi) + edges[-1][1]) / 2
    return [first, *((a[1] + b[0]) / 2 for a, b in pairwise(edges)), last]


def _fraction(point: arb) -> Fraction:
    exact = point.fmpq()
    return Fraction(int(exact.p), int(exact.q))


def sign_of_polynomial(polynomial: fmpq_poly, at: Fraction | Root) -> int:
    """The sign at a fraction, or at a root in whose ball the polynomial has no other root."""
    if polynomial.degree() < 1:
        constant = polynomial[0]
        return (constant > 0) - (constant < 0)
    if isinstance(at, Root) and at.exact is None:
        middle, radius = _fraction(at.ball.mid()), _fraction(at.ball.rad())
        before, after = middle - radius, middle + radius
        simple = polynomial // polynomial.gcd(polynomial.derivative())
        if sign_of_polynomial(simple, before) * sign_of_polynomial(simple, after) < 0:
            return 0
        return sign_of_polynomial(polynomial, before)
    exact = at.exact if isinstance(at, Root) else at
    assert exact is not None
    value = polynomial(fmpq(exact.numerator, exact.denominator))
    return (value > 0) - (value < 0)


def sign_without_roots(terms: Mapping[int, fmpq], lo: Number, hi: Number) -> int:
    """The sign of a polynomial, by its powers, on an open interval; 0 where it has roots there."""
    degree = max(terms, default=0)
    if degree > _HIGHEST_DEGREE:
        return 0
    polynomial = fmpq_poly([terms.get(n, 0) for n in range(degree + 1)])
    if polynomial.degree() >= 1 and inner_roots(Quotient(polynomial, fmpq_poly([1])), lo, hi) != []:
        return 0
    return sign_of_polynomial(polynomial, Fraction(inner_point(lo, hi)))
