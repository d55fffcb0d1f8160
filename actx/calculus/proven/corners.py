"""What a formula is worth at a breakpoint that is no fraction, where that is known exactly.

Where A changes to B as g changes its sign, with A - B = k·g for a number k, the formula is
max(A, B) or min(A, B). If A, B or A + B is a constant, that or its half is the least or the largest
value, and taken where g is 0: |x² - 2| is 0 at √2, and nowhere less.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx

from actx.arithmetic.coefficients import Number
from actx.calculus.proven.enclose import ball_program, exact_ball, hull
from actx.calculus.proven.identity import proven_equal
from actx.calculus.resolve import COMPARING, holds
from actx.core.budget import PRECISION
from actx.language.derivative import derivative
from actx.language.tree import ONE, Node, number, replace, simplified, walk

_SIMPLE = 64  # the largest denominator of a ratio that is tried


@dataclass(frozen=True)
class Corner:
    """A constant that is taken at one point at least; side: -1 if nowhere less, 1 if nowhere more.

    A level of 0 that both parts meet in is taken at one point alone.
    """

    level: Node
    side: int


def at_change(tree: Node) -> Node | None:
    """What a tree with one choice, outermost, is where the sides of its comparison are equal."""
    if tree.op != "where" or tree.args[0].op not in COMPARING:
        return None
    return tree.args[1 if holds(tree.args[0].op, 0) is ONE else 2]


def corner(tree: Node, lo: Number, hi: Number) -> Corner | None:
    """The corner of a tree with one choice, on a small interval; None if not proven."""
    choices = [part for part in walk(tree) if part.op == "where"]
    if len(choices) != 1:
        return None
    comparison, *branches = choices[0].args
    first, second = (replace(tree, choices[0], branch) for branch in branches)
    if comparison.op not in ("ge", "gt", "le", "lt"):
        return None
    change = simplified("sub", *comparison.args)
    difference = simplified("sub", first, second)
    with ctx.workprec(PRECISION):
        program = ball_program(change, difference, precision=PRECISION)
        (before, gap), (after, _) = program(exact_ball(lo)), program(exact_ball(hi))
        if not ((before < 0 and after > 0) or (before > 0 and after < 0)) or not gap.is_finite():
            return None
        slope = ball_program(derivative(change), precision=PRECISION)(hull(lo, hi))[0]
        if not (slope > 0 or slope < 0):
            return None
        ratio = _simple(gap / before)
    level = _level(first, second, lo)
    if not ratio or level is None or not proven_equal(difference, number(ratio) * change):
        return None
    towards = 1 if comparison.op in ("ge", "gt") else -1  # the sign of the change for the first
    return Corner(level, -1 if ratio * towards > 0 else 1)


def _level(first: Node, second: Node, lo: Number) -> Node | None:
    """What two functions are worth where they meet, if they or their sum are constant."""
    if first.constant or second.constant:
        return first if first.constant else second
    both = first + second
    with ctx.workprec(PRECISION):
        at = ball_program(both, precision=PRECISION)(exact_ball(lo))[0]
    known = _simple(at)
    if known is None:
        return None
    twice = number(known)
    return simplified("div", twice, number(2)) if proven_equal(both, twice) else None


def _simple(value: arb) -> Fraction | None:
    """The simple fraction that a ball may stand for, None for one that is too large."""
    near = float(value)
    return Fraction(near).limit_denominator(_SIMPLE) if math.isfinite(near) else None
