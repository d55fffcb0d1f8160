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
from functools import lru_cache

from flint import acb, arb, arb_series, ctx

from actx.arithmetic.complex_balls import NotAnalytic
from actx.calculus.proven.enclose import analytic_program, ball_program, exact_ball
from actx.calculus.values import Program
from actx.language.operations import OPERATIONS
from actx.language.stable import stable
from actx.language.tree import Node


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
