"""Rigorous enclosures of trees over balls of x."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

from flint import acb, arb, ctx

from actx.arithmetic.coefficients import Number
from actx.calculus.balls import ball_program, constant_ball, exact_ball
from actx.calculus.guards import guards_at
from actx.calculus.values import Program
from actx.core.budget import HIGHER_PRECISION, PRECISION
from actx.language.operations import OPERATIONS
from actx.language.stable import stable
from actx.language.tree import (
    CONSTANT,
    NUMBER,
    ZERO,
    Node,
    X,
    as_fraction,
    node,
    number,
    replace,
    walk,
)

__all__ = [
    "analytic_program", "ball_program", "exact_ball", "exact_sign", "hull", "outward", "value_at",
]  # fmt: skip
_MORE_BITS = (512, 4096)  # for values that cancel far out
_FEW_BITS = 32  # of the denominator of a place at which a formula is likely to be rational
_ARITHMETIC = ("add", "sub", "mul", "div", "neg", "pow")
_ANALYTIC = {name: o.analytic for name, o in OPERATIONS.items() if o.analytic is not None}


@lru_cache(maxsize=1024)
def analytic_program(tree: Node, precision: int) -> Program[acb]:
    """A smooth tree as a program from a complex ball of x to one of values.

    The program raises NotAnalytic where the tree is not analytic on the ball, or is not known to be
    (`actx.arithmetic.complex_balls`). precision: as for `ball_program`.
    """
    return Program([stable(tree)], _ANALYTIC, lambda leaf: acb(constant_ball(leaf)))


def hull(lo: Number, hi: Number) -> arb:
    """The ball that holds all numbers between two."""
    return exact_ball(lo).union(exact_ball(hi))


def outward(ball: arb) -> tuple[float, float]:
    """The smallest float interval that holds a ball; infinite ends where it is not finite."""
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
    if _has_many_digits(x) and not _is_arithmetic(tree):  # what is not 0 is no rational number
        value = _at(tree, x, precision)
        if value.is_finite() and (value > 0 or value < 0):
            return value
    put_in = replace(tree, X, number(x))
    if put_in.op == NUMBER:
        return arb("nan") if _has_pole_at(tree, x) else exact_ball(as_fraction(put_in))
    value = _at(tree, x, precision)
    if not value.is_finite():
        value = _at(_without_powers_of_zero(put_in), 0, precision)
    return value


def _has_many_digits(x: Number) -> bool:
    """Whether no part of a formula that people write would be 0 or 1 at x."""
    return math.isfinite(x) and Fraction(x).denominator.bit_length() > _FEW_BITS


@lru_cache(maxsize=4096)
def _is_arithmetic(tree: Node) -> bool:
    """Whether it has rational values: a smooth function in it has none at all but few points."""
    if not tree.args:
        return tree.op != CONSTANT
    arithmetic = tree.op in _ARITHMETIC or not OPERATIONS[tree.op].is_smooth
    return arithmetic and all(_is_arithmetic(part) for part in tree.args)


def _without_powers_of_zero(tree: Node) -> Node:
    """A constant tree in which powers of 0 with exponents above 0, as 0^pi, are 0."""
    for part in walk(tree):
        if part.op == "pow" and part.args[0] is ZERO:
            exponent = ball_program(part.args[1], precision=PRECISION)(exact_ball(0))[0]
            if exponent > 0:
                tree = replace(tree, part, ZERO)
    return tree


def _at(tree: Node, x: Number, precision: int) -> arb:
    """The value with so many bits as it takes to tell it from 0, as far as that is quick."""
    for bits in (precision, *(more for more in _MORE_BITS if more > precision)):
        with ctx.workprec(bits):
            value = ball_program(tree, precision=bits)(exact_ball(x))[0]
        if not value.is_finite() or value.is_zero() or value > 0 or value < 0:
            break
    return value


def _has_pole_at(tree: Node, x: Number) -> bool:
    """Whether some operation has no value at x, which may be gone from the tree with x put in."""
    for current in walk(tree):
        if any(replace(guard, X, number(x)) is ZERO for guard in guards_at(current)):
            args = (replace(part, X, number(x)) for part in current.args)
            if not constant_ball(node(current.op, *args)).is_finite():
                return True
    return False
