"""Taylor polynomials of smooth trees, with a proven bound on what is left out.

Two evaluations of a tree give both. Over power series about a point (python-flint's `arb_series`)
it gives the Taylor coefficients. Over a complex ball (`acb`) that holds a disc of radius R about
the point it gives a bound M on the tree there, finite only where the tree is analytic on the disc;
by Cauchy's estimate the coefficient of order k is then at most M/R^k, so that what the terms from
order n on add up to at a distance r < R is at most M (r/R)^n / (1 - r/R) in size.

What is piecewise has been resolved before (`actx.calculus.pieces`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import acb, arb, arb_series, ctx, fmpq, fmpq_series

from actx.arithmetic.complex_balls import NotAnalytic
from actx.calculus.proven.enclose import analytic_program, ball_program, exact_ball
from actx.calculus.values import Program
from actx.language.operations import OPERATIONS
from actx.language.stable import stable
from actx.language.tree import NUMBER, Node, as_fraction


@contextmanager
def terms(count: int) -> Iterator[None]:
    """Series are kept to so many coefficients."""
    before = ctx.cap
    ctx.cap = count
    try:
        yield
    finally:
        ctx.cap = before


_RULES = {name: o.taylor for name, o in OPERATIONS.items() if o.taylor is not None}


@lru_cache(maxsize=1024)
def _program(tree: Node, precision: int) -> Program[arb | arb_series]:
    return Program([stable(tree)], _RULES, lambda part: _constant(part, precision))


def _constant(tree: Node, precision: int) -> arb:
    return ball_program(tree, precision=precision)(exact_ball(0))[0]


def taylor(tree: Node, x: arb, precision: int) -> arb_series:
    """The Taylor coefficients about a point x, a ball each, as a series of `ctx.cap` terms.

    Call it within `ctx.workprec(precision)` and `terms(count)`. Where the tree is not smooth the
    coefficients are not finite, or flint raises ValueError for a quotient.
    """
    value = _program(tree, precision)(arb_series([x, 1]))[0]
    return value if isinstance(value, arb_series) else arb_series([value])


_EXACT_RULES = {**_RULES, "pow": lambda u, v: u ** _whole(v)}


def exact_taylor(tree: Node, x: Fraction, count: int) -> list[Any]:
    """The first Taylor coefficients about a fraction, rational numbers all of them.

    There may be fewer than asked for, and none where they are not seen to be rational.
    """
    try:
        program = Program([stable(tree)], _EXACT_RULES, _rational)
        with terms(count):
            value = program(fmpq_series([fmpq(x.numerator, x.denominator), 1]))[0]
    except (ValueError, ArithmeticError, AttributeError, KeyError, TypeError):
        return []  # what flint raises where an operation gives no series of rational numbers
    if not isinstance(value, fmpq_series):
        return []
    return [value[k] for k in range(min(count, value.prec))]


def _rational(tree: Node) -> Any:
    if tree.op != NUMBER:
        raise ValueError("not seen to be rational")
    value = as_fraction(tree)
    return fmpq(value.numerator, value.denominator)


def _whole(value: Any) -> int:
    if not isinstance(value, fmpq) or value.q != 1 or abs(value) > _MOST_TERMS:
        raise ValueError("no small whole power")
    return int(value.p)


def sign_beside(
    tree: Node, x: Fraction, side: int, width: float, precision: int
) -> tuple[int, float] | None:
    """The sign next to a zero with rational Taylor coefficients, and how far it holds.

    The first coefficient that is not 0 outweighs the later ones and the remainder. None where that
    is not proven. Call it within `ctx.workprec(precision)`.
    """
    exact = exact_taylor(tree, x, _MOST_EXACT)
    n = next((n for n, c in enumerate(exact) if c), 0)
    if not n:
        return None
    reach = min(width / 2, 1.0)
    for _ in range(_HALVINGS):
        far = float(x + side * Fraction(reach))
        radius = abs(exact_ball(Fraction(far) - x)).upper()
        if not (far - x) * side > 0:
            return None
        wide = radius * RATIO
        most = on_disc(
            tree, acb(exact_ball(x) + (-wide).union(wide), (-wide).union(wide)), precision
        )
        lead = abs(arb(exact[n])) * radius**n
        enough = enough_terms(most.abs_upper(), lead / RATIO, _MOST_TERMS)
        if enough is not None and _outweighs(tree, x, n, lead, radius, enough, precision):
            sign = 1 if exact[n] > 0 else -1
            return (sign if side > 0 or n % 2 == 0 else -sign), far
        reach /= 2
    return None


def _outweighs(
    tree: Node, x: Fraction, n: int, lead: arb, radius: arb, enough: tuple[int, arb], bits: int
) -> bool:
    """Whether the n-th term is larger than all later ones at a distance, and so nearer."""
    count, rest = enough
    try:
        with terms(count):
            series = taylor(tree, exact_ball(x), bits)
    except ValueError:
        return False
    later = (abs(series[k]) * radius**k for k in range(n + 1, count))
    return bool(sum(later, rest) < lead)


@dataclass(frozen=True)
class Model:
    """A tree about a point m, on all x with |x - m| <= radius, by its Taylor polynomial.

    value, slope, bend: the tree and its derivatives at m; reach: how far each of them, by its
    order, may be from there.
    """

    value: arb
    slope: arb
    bend: arb
    reach: tuple[arb, arb, arb]


_MOST_EXACT = 64  # terms of rational numbers
_HALVINGS = 20
RATIO = 4  # of the disc's radius to the model's
_MOST_TERMS = 100


def model(tree: Node, middle: arb, radius: arb, small: arb, precision: int) -> Model | None:
    """The model of a tree with a remainder below `small`; None where there is none.

    However much two parts of the tree cancel, the coefficients are those of their difference.
    Call it within `ctx.workprec(precision)`.
    """
    wide = radius * RATIO
    disc = acb(arb(middle.mid(), wide.upper()), arb(0, wide.upper()))
    most = on_disc(tree, disc, precision).abs_upper()
    if not most.is_finite():
        return None
    enough = enough_terms(most, small, _MOST_TERMS)
    if enough is None:
        return None
    count, rest = enough
    try:
        with terms(count):
            series = taylor(tree, middle, precision)
    except ValueError:
        return None
    c = [series[k] for k in range(count)]
    # the sum of q^k from k = n on is 4/3 q^n with q = 1/4; those of k q^k and k(k-1) q^k are at
    # most 2n and 4n² times as large
    rests = rest, rest * (2 * count) / radius, rest * (4 * count * count) / radius**2
    reach = [
        sum((abs(c[k]) * math.perm(k, i) * radius ** (k - i) for k in range(i + 1, count)), rest)
        for i, rest in enumerate(rests)
    ]
    return Model(c[0], c[1], 2 * c[2], (reach[0], reach[1], reach[2]))


def enough_terms(most: arb, small: arb, limit: int) -> tuple[int, arb] | None:
    """How many terms leave a remainder below `small`, and the remainder; None where not so few.

    most: of the size of a tree on a disc that is RATIO times as wide as what the terms serve on.
    """
    count, rest = 8, most * RATIO / (RATIO - 1) / arb(RATIO) ** 8
    while not rest < small:
        count, rest = count + 2, rest / RATIO**2
        if count > limit:
            return None
    return count, rest


def on_disc(tree: Node, disc: acb, precision: int) -> acb:
    """A complex ball that holds the tree's values on one; not finite where it may be singular.

    Call it within `ctx.workprec(precision)`.
    """
    try:
        value = analytic_program(tree, precision)(disc)[0]
    except NotAnalytic:
        return acb("nan")
    return value if isinstance(value, acb) else acb(value)
