"""Whether two smooth trees are one function, decided exactly in a ring of polynomials.

A tree is written as a quotient of polynomials in what it is made of, of which relations are known
(`actx.calculus.proven.reader`). The difference of two functions is zero if its numerator is, with
these. A sum of logarithms is zero if its exponential is 1; where exp(2in·d) is 1 for a sum d of
arctangents, it is a multiple of pi/n, the same one all over an interval on which it is smooth, and
a ball at one point tells which.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

from flint import arb, ctx, fmpq_mpoly, fmpq_poly

from actx.calculus.boxes import inner_point
from actx.calculus.proven.enclose import ball_program, exact_ball
from actx.calculus.proven.rational import PRIMITIVE
from actx.calculus.proven.reader import Reader
from actx.calculus.proven.ring import NotRational, Quotient, ratio_of, split
from actx.calculus.proven.unknowns import PI, Span
from actx.core.budget import PRECISION
from actx.language.stable import spelled_out
from actx.language.tree import ONE, E, Node, node, parameters, replace

_EXP_1 = node("exp", ONE)  # what e is read as
_MOST_TURNS = 40
_MOST_DEGREE = 1000
_WHOLE_LINE: Span = (-math.inf, math.inf)


def _read(trees: tuple[Node, ...], span: Span) -> tuple[Reader, list[Quotient]]:
    """The trees as quotients over one ring."""
    written = [replace(spelled_out(tree, PRIMITIVE), E, _EXP_1) for tree in trees]
    reader = Reader(written, span, {})
    found = [reader.rational(tree) for tree in written]
    if reader.guesses:  # some of which may have come to light since
        reader = Reader(written, span, reader.lasting_signs())
        found = [reader.rational(tree) for tree in written]
    return reader, found


@lru_cache(maxsize=1024)
def proven_equal(f: Node, g: Node, span: Span | None = None) -> bool:
    """Whether two smooth trees are proven to be one function wherever both are defined.

    span: an open interval on which no operation in them is singular; then, only there.
    """
    if f is g:
        return True
    if _differ(f, g, span or _WHOLE_LINE):
        return False
    try:
        reader, (first, second) = _read((f, g), span or _WHOLE_LINE)
        difference = first - second
        if reader.is_zero(Quotient(difference.bottom, difference.bottom)):
            return False
        if reader.is_zero(difference):
            return True
        for times in (1, 2, 4) if reader.inside else ():  # of squares no signs need be known
            power = reader.exponential(difference.times(Fraction(times)))
            if reader.is_zero(power - reader.one):
                return True
        turns = _whole_turns(reader, difference) if span is not None else None
    except (NotRational, RecursionError):
        return False
    return turns is not None and span is not None and _less_than(f - g, span, turns)


def _differ(f: Node, g: Node, span: Span) -> bool:
    """Whether two trees are proven to have other values at a point: most that differ do."""
    if parameters(f) or parameters(g):
        return False
    with ctx.workprec(PRECISION):
        at = exact_ball(Fraction(inner_point(*span)))
        a, b = (ball_program(tree, precision=PRECISION)(at)[0] for tree in (f, g))
        return bool(a.is_finite() and b.is_finite() and not a.overlaps(b))


def _whole_turns(reader: Reader, difference: Quotient) -> Fraction | None:
    """1/n where the difference is proven to be a whole multiple of pi/n, None where it is not."""
    if not reader.tangents:
        return None
    left = reader.simpler(difference)
    bottom = Quotient(left.bottom, reader.one.top)
    shares: dict[int, Fraction] = {}
    for place in (*reader.tangents, PI):
        parts = split(left.top, place, 1)
        if set(parts) - {0, 1}:
            return None
        if 1 in parts:
            share = ratio_of(Quotient(parts[1], reader.one.top), bottom)
            if share is None:
                return None
            shares[place] = share
        left = Quotient(parts.get(0, left.top - left.top), left.bottom)
    if not shares or not left.top.is_zero():
        return None
    pi = shares.pop(PI, Fraction(0))
    n = math.lcm(*(share.denominator for share in shares.values()), (4 * pi).denominator)
    if n * sum(map(abs, shares.values())) > _MOST_TURNS:
        return None
    turn = reader.i ** (int(4 * n * pi) % 4)
    for place, share in shares.items():
        tangent = reader.tangents[place]
        up, down = reader.one + reader.i * tangent, reader.one - reader.i * tangent
        part = up / down if share > 0 else down / up
        for _ in range(int(abs(n * share))):
            turn = reader.simpler(turn * part)
    return Fraction(1, n) if reader.is_zero(turn - reader.one) else None


def _less_than(tree: Node, span: Span, turns: Fraction) -> bool:
    """Whether a tree is less than a number of half turns in size at a point of the span."""
    with ctx.workprec(PRECISION):
        at = exact_ball(Fraction(inner_point(*span)))
        value = ball_program(tree, precision=PRECISION)(at)[0]
        return bool(abs(value) < arb.pi() * exact_ball(turns))


@lru_cache(maxsize=1024)
def coefficients(tree: Node) -> list[Fraction] | None:
    """The coefficients of a polynomial in x, the constant one first.

    None for another tree, and for a polynomial of a degree that is not written out.
    """
    try:
        _, (quotient,) = _read((tree,), _WHOLE_LINE)
    except (NotRational, RecursionError):
        return None
    top, bottom = quotient.top, quotient.bottom
    if max(int(part.degrees()[0]) for part in (top, bottom)) > _MOST_DEGREE:
        return None
    others = bottom.monoms()[0][1:]  # the powers of what is not x in some term
    polynomial, rest = divmod(_in_x(top, others), _in_x(bottom, others))
    x = top.context().gen(0)
    if rest or sum(c * x**n for n, c in enumerate(polynomial)) * bottom != top:
        return None
    return [Fraction(int(c.p), int(c.q)) for c in polynomial] or [Fraction(0)]


def _in_x(polynomial: fmpq_mpoly, others: tuple[int, ...]) -> fmpq_poly:
    """The factor, in x, of what is not x to some powers."""
    found = {powers[0]: c for powers, c in polynomial.terms() if powers[1:] == others}
    return fmpq_poly([found.get(n, 0) for n in range(max(found, default=0) + 1)])
