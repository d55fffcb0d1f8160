"""Values of trees over balls of x, and by them what float64 cancels or cannot hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import arb, ctx, fmpq

from actx.arithmetic.coefficients import Number, to_float
from actx.calculus.values import Program
from actx.language.derivative import derivative
from actx.language.operations import OPERATIONS
from actx.language.stable import expanded, stable
from actx.language.tree import NUMBER, TABLE, Node, X, as_fraction, number, replace

_PRECISIONS = (128, 512, 4096)  # bits
_MOST_BOXES = 200
_LARGEST = 1.7976931348623157e308


_RULES: Mapping[str, Callable[..., arb]] = {
    name: o.ball for name, o in OPERATIONS.items() if o.ball is not None
}


def exact_ball(value: Number) -> arb:
    """A number as a ball: exact for floats and whole numbers, the nearest ball for fractions."""
    if isinstance(value, Fraction):
        return arb(fmpq(value.numerator, value.denominator))
    return arb(value)


def constant_ball(tree: Node) -> Any:
    """A tree without x as a ball."""
    if tree.op == TABLE:
        return tree.value
    if tree.op == NUMBER:
        return exact_ball(as_fraction(tree))
    if not tree.args:
        return arb.pi() if tree.value == "pi" else arb.const_e()
    if tree.op not in _RULES:
        return constant_ball(expanded(tree.op, tree.args))
    return _RULES[tree.op](*(constant_ball(a) for a in tree.args))


@lru_cache(maxsize=2048)
def ball_program(*trees: Node, precision: int, parameters: tuple[str, ...] = ()) -> Program[arb]:
    """Trees as a program from a ball of x, and of each parameter, to a ball each.

    precision: the bits of flint's context under which the program is called and its constants are
    made; call it within `flint.ctx.workprec(precision)`.
    """
    return Program([stable(tree) for tree in trees], _RULES, constant_ball, parameters)


def value_in_balls(tree: Node, x: Number) -> float | None:
    """The value at a finite x to the last place of float64, 0 only where it is 0.

    None where it has none, or where no precision tells it.
    """
    put_in = replace(tree, X, number(x)) if isinstance(x, Fraction) else tree
    if put_in.op == NUMBER:
        return to_float(as_fraction(put_in))
    for precision in _PRECISIONS:
        with ctx.workprec(precision):
            value = ball_program(tree, precision=precision)(exact_ball(x))[0]
            if not value.is_finite():
                return None
            if value.is_zero() or value.rel_accuracy_bits() > 60:
                return max(-_LARGEST, min(float(value), _LARGEST))
    return None


def middle_in_balls(tree: Node, x: Number) -> float:
    """A value that may be off by rounding at very many bits; NaN where there is none."""
    with ctx.workprec(_PRECISIONS[-1]):
        value = ball_program(tree, precision=_PRECISIONS[-1])(exact_ball(x))[0]
        return max(-_LARGEST, min(float(value), _LARGEST)) if value.is_finite() else math.nan


def sign_in_balls(tree: Node, lo: float, hi: float) -> int:
    """The sign of a smooth tree on all of an interval; 0 where it changes or is not told."""
    precision = _PRECISIONS[1]
    signs: set[int] = set()
    with ctx.workprec(precision):
        program = ball_program(tree, derivative(tree), precision=precision)
        stack, steps = [(lo, hi)], 0
        while stack and len(signs) < 2:
            a, b = stack.pop()
            middle = arb(a + (b - a) / 2)
            box = arb(a).union(arb(b))
            value, slope = program(box)
            if slope.is_finite() and not (value > 0 or value < 0):
                value = program(middle)[0] + slope * (box - middle)
            if value > 0 or value < 0:
                signs.add(1 if value > 0 else -1)
                continue
            steps += 1
            if steps > _MOST_BOXES or not a < a + (b - a) / 2 < b:
                return 0
            stack += [(a, a + (b - a) / 2), (a + (b - a) / 2, b)]
    return signs.pop() if len(signs) == 1 else 0
