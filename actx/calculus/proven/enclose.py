"""Rigorous enclosures of trees over balls of x."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import acb, arb, ctx, fmpq

from actx.arithmetic.coefficients import Number
from actx.calculus.values import Program
from actx.core.budget import HIGHER_PRECISION, PRECISION
from actx.language.operations import OPERATIONS
from actx.language.stable import expanded, stable
from actx.language.tree import NUMBER, TABLE, Node, X, as_fraction, number, replace

_RULES: Mapping[str, Callable[..., arb]] = {
    name: o.ball for name, o in OPERATIONS.items() if o.ball is not None
}


def exact_ball(value: Number) -> arb:
    """A number as a ball: exact for floats and whole numbers, the nearest ball for fractions."""
    if isinstance(value, Fraction):
        return arb(fmpq(value.numerator, value.denominator))
    return arb(value)


def _constant_ball(tree: Node) -> Any:
    if tree.op == TABLE:
        return tree.value
    if tree.op == NUMBER:
        return exact_ball(as_fraction(tree))
    if not tree.args:
        return arb.pi() if tree.value == "pi" else arb.const_e()
    if tree.op not in _RULES:
        return _constant_ball(expanded(tree.op, tree.args))
    return _RULES[tree.op](*(_constant_ball(a) for a in tree.args))


@lru_cache(maxsize=2048)
def ball_program(*trees: Node, precision: int, parameters: tuple[str, ...] = ()) -> Program[arb]:
    """Trees as a program from a ball of x, and of each parameter, to a ball each.

    precision: the bits of flint's context under which the program is called and its constants are
    made; call it within `flint.ctx.workprec(precision)`.
    """
    return Program([stable(tree) for tree in trees], _RULES, _constant_ball, parameters)


_ANALYTIC = {name: o.analytic for name, o in OPERATIONS.items() if o.analytic is not None}


@lru_cache(maxsize=1024)
def analytic_program(tree: Node, precision: int) -> Program[acb]:
    """A smooth tree as a program from a complex ball of x to one of values.

    The program raises NotAnalytic where the tree is not analytic on the ball, or is not known to be
    (`actx.arithmetic.complex_balls`). precision: as for `ball_program`.
    """
    return Program([stable(tree)], _ANALYTIC, lambda leaf: acb(_constant_ball(leaf)))


def hull(lo: Number, hi: Number) -> arb:
    """The ball that holds all numbers between two."""
    return exact_ball(lo).union(exact_ball(hi))


def outward(ball: arb) -> tuple[float, float]:
    """The smallest float interval that holds a ball; infinite ends where it is not finite."""
    import math

    if not ball.is_finite():
        return -math.inf, math.inf
    lo, hi = float(ball.lower().mid()), float(ball.upper().mid())
    while not arb(lo) <= ball.lower():
        lo = math.nextafter(lo, -math.inf)
    while not arb(hi) >= ball.upper():
        hi = math.nextafter(hi, math.inf)
    return lo, hi


# --- at one point ---


def exact_sign(tree: Node, x: Number) -> int | None:
    """The sign of a tree at an exact point, None where it is not proven."""
    for precision in HIGHER_PRECISION:
        with ctx.workprec(precision):
            value = value_at(tree, x, precision)
        if value > 0 or value < 0 or value.is_zero():
            return 1 if value > 0 else -1 if value < 0 else 0
    return None


def value_at(tree: Node, x: Number, precision: int = PRECISION) -> arb:
    """A ball that holds the value at an exact point; exact where that is a rational number."""
    put_in = replace(tree, X, number(x))
    if put_in.op == NUMBER:
        return exact_ball(as_fraction(put_in))
    value = ball_program(tree, precision=precision)(exact_ball(x))[0]
    if not value.is_finite():
        value = ball_program(put_in, precision=precision)(exact_ball(0))[0]
    return value
