"""Taylor polynomials of smooth trees, with a proven bound on what is left out.

Two evaluations of a tree give both. Over power series about a point (python-flint's `arb_series`)
it gives the Taylor coefficients. Over a complex ball (`acb`) that holds a disc of radius R about
the point it gives a bound M on the tree there, finite only where the tree is analytic on the disc;
by Cauchy's estimate the coefficient of order k is then at most M/R^k, so that what the terms from
order n on add up to at a distance r < R is at most M (r/R)^n / (1 - r/R) in size.

What is piecewise has been resolved before (`actx.calculus.pieces`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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


def on_disc(tree: Node, disc: acb, precision: int) -> acb:
    """A complex ball that holds the tree's values on one; not finite where it may be singular.

    Call it within `ctx.workprec(precision)`.
    """
    try:
        value = analytic_program(tree, precision)(disc)[0]
    except NotAnalytic:
        return acb("nan")
    return value if isinstance(value, acb) else acb(value)
