"""Taylor polynomials of smooth trees, with a proven bound on what is left out.

Two evaluations of a tree give both. Over power series about a point (python-flint's `arb_series`)
it gives the Taylor coefficients. Over a complex ball (`acb`) that holds a disc of radius R about
the point it gives a bound M on the tree there, finite only where the tree is analytic on the disc;
by Cauchy's estimate the coefficient of order k is then at most M/R^k, so that what the terms from
order n on add up to at a distance r < R is at most M (r/R)^n / (1 - r/R) in size.

The rules stand beside the table of operations, one for each smooth operation (`SMOOTH`); what is
piecewise has been resolved before (`actx.calculus.pieces`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from flint import acb, arb, arb_series, ctx

from actx.calculus.proven.enclose import ball_program, exact_ball
from actx.calculus.stable import stable
from actx.calculus.values import Program
from actx.language.tree import Node

Point = Any  # arb_series or acb
Rule = Callable[..., Point]


@contextmanager
def terms(count: int) -> Iterator[None]:
    """Series are kept to so many coefficients."""
    before = ctx.cap
    ctx.cap = count
    try:
        yield
    finally:
        ctx.cap = before


def _log(u: Point) -> Point:
    return u.log(analytic=True) if isinstance(u, acb) else u.log()


def _sqrt(u: Point) -> Point:
    return u.sqrt(analytic=True) if isinstance(u, acb) else u.sqrt()


def _power(u: Point, v: Point) -> Point:
    if isinstance(v, arb) and v.is_integer():
        n = int(v.unique_fmpz() or 0)
        if abs(n) <= 10_000:
            return u**n if n >= 0 else 1 / u**-n
    return (_log(u) * v).exp()


def _sigmoid(u: Point) -> Point:
    return 1 / (1 + (-u).exp())


def _tanh(u: Point) -> Point:
    return u.tanh() if isinstance(u, acb) else 1 - 2 / ((2 * u).exp() + 1)


def _sinh(u: Point) -> Point:
    return (u.exp() - (-u).exp()) / 2


def _cosh(u: Point) -> Point:
    return (u.exp() + (-u).exp()) / 2


def _atan(u: Point) -> Point:
    if isinstance(u, acb) and not (abs(u.imag) < 1 or u.real > 0 or u.real < 0):
        return acb("nan")  # the ball may cross the cut beyond ±i
    return u.atan()


def _root_sum(u: Point, v: Point) -> Point:
    return u + _sqrt(u * u + v)


SMOOTH: Mapping[str, Rule] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "pow": _power,
    "sqrt": _sqrt,
    "exp": operator.methodcaller("exp"),
    "expm1": lambda u: u.exp() - 1,
    "log": _log,
    "log1p": lambda u: _log(1 + u),
    "sin": operator.methodcaller("sin"),
    "cos": operator.methodcaller("cos"),
    "tanh": _tanh,
    "sinh": _sinh,
    "cosh": _cosh,
    "sech": lambda u: 1 / _cosh(u),
    "atan": _atan,
    "sigmoid": _sigmoid,
    "softplus": lambda u: _log(1 + u.exp()),
    "erf": operator.methodcaller("erf"),
    "erfc": operator.methodcaller("erfc"),
    "root_sum": _root_sum,
}


@lru_cache(maxsize=1024)
def _program(tree: Node, precision: int) -> Program[Any]:
    return Program([stable(tree)], SMOOTH, lambda part: _constant(part, precision))


def _constant(tree: Node, precision: int) -> Any:
    return ball_program(tree, precision=precision)(exact_ball(0))[0]


def taylor(tree: Node, x: Any, precision: int) -> Any:
    """The Taylor coefficients about a point x, a ball each, as a series of `ctx.cap` terms.

    Call it within `ctx.workprec(precision)` and `terms(count)`. Where the tree is not smooth the
    coefficients are not finite, or flint raises ValueError for a quotient.
    """
    value = _program(tree, precision)(arb_series([x, 1]))[0]
    return value if isinstance(value, arb_series) else arb_series([value])


def on_disc(tree: Node, disc: Any, precision: int) -> Any:
    """A complex ball that holds the tree's values on one; not finite where it may be singular.

    Call it within `ctx.workprec(precision)`.
    """
    value = _program(tree, precision)(disc)[0]
    return value if isinstance(value, acb) else acb(value)
