"""Covering an interval with boxes, each of which is settled by a rigorous enclosure or halved."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from flint import arb

from actx.arithmetic.coefficients import Number
from actx.calculus.proven.enclose import ball_program, exact_ball, hull, value_at
from actx.calculus.values import Program
from actx.core.budget import Budget
from actx.language.derivative import derivative
from actx.language.tree import Node

Box = tuple[Number, Number]
NARROWEST = 1e-13


class Balls:
    """A smooth tree and its first two derivatives on balls of x, at one precision."""

    def __init__(self, tree: Node, order: int, precision: int) -> None:
        self.tree, self._order, self._precision = tree, order, precision

    def _program(self, count: int) -> Program[arb]:
        trees = (derivative(self.tree, self._order + i) for i in range(count))
        return ball_program(*trees, precision=self._precision)

    @cached_property
    def _value(self) -> Program[arb]:
        return self._program(1)

    @cached_property
    def _two(self) -> Program[arb]:
        return self._program(2)

    @cached_property
    def _three(self) -> Program[arb]:
        return self._program(3)

    def value(self, x: arb) -> arb:
        return self._value(x)[0]

    def at(self, x: Number) -> arb:
        """The value at an exact point, with the bits that it takes to tell it from 0."""
        return value_at(derivative(self.tree, self._order), x, self._precision)

    def two(self, x: arb) -> Sequence[arb]:
        """Value and slope."""
        return self._two(x)

    def three(self, x: arb) -> Sequence[arb]:
        """Value, slope and bend (second derivative)."""
        return self._three(x)


@dataclass(frozen=True)
class Isolated:
    """An interval on which the bend has one sign: at most one turning point lies in it."""

    lo: float
    hi: float
    bend: arb


def isolate(balls: Balls, x: float, lo: float, hi: float) -> Isolated | None:
    """An interval about x, within [lo, hi], on which the bend has one sign; as wide as is quick."""
    reach = max(x - lo, hi - x, 0.0)
    reach = min(reach, 0.5 * max(1.0, abs(x))) if math.isfinite(reach) else 0.5
    for _ in range(60):
        a, b = max(lo, x - reach), min(hi, x + reach)
        if not a < b:
            return None
        bend = balls.three(hull(a, b))[2]
        if bend.is_finite() and (bend > 0 or bend < 0):
            return Isolated(a, b, bend)
        reach /= 2
    return None


def gaps(lo: float, hi: float, inner: Sequence[Isolated]) -> list[tuple[float, float]]:
    """What is left of [lo, hi] outside the isolated intervals."""
    left: list[tuple[float, float]] = []
    at = lo
    for interval in sorted(inner, key=lambda i: i.lo):
        if interval.lo > at:
            left.append((at, interval.lo))
        at = max(at, interval.hi)
    if at < hi:
        left.append((at, hi))
    return left


def cover(
    stretches: Sequence[tuple[float, float]],
    settle: Callable[[float, float], bool],
    budget: Budget,
    narrowest: float = NARROWEST,
) -> list[tuple[float, float]]:
    """Settle the stretches box by box; what could not be settled is returned.

    narrowest: how wide a box is, in proportion to its place, that is not halved further.
    """
    stack = [part for lo, hi in stretches for part in _cut(lo, hi)]
    left: list[tuple[float, float]] = []
    steps = 0
    while stack:
        lo, hi = stack.pop()
        if settle(lo, hi):
            continue
        steps += 1
        middle = lo + (hi - lo) / 2
        narrow = hi - lo <= narrowest * max(abs(lo), abs(hi), 1e-3) or not lo < middle < hi
        if narrow or (steps % 32 == 0 and budget.spent):
            left.append((lo, hi))
            if budget.spent:
                return left + stack
            continue
        stack += [(lo, middle), (middle, hi)]
    return left


def _cut(lo: float, hi: float) -> list[tuple[float, float]]:
    """A stretch in parts that are no longer than they are far from 0, or than 1."""
    parts = []
    a = lo
    while a < hi:
        b = min(hi, a + max(1.0, abs(a) / 2 if a < 0 else abs(a)))
        if 0 < hi - b < 1e-3 * (b - a):
            b = hi
        parts.append((a, b))
        a = b
    return parts


def mean_value(balls: Balls, lo: float, hi: float, slope: arb) -> arb:
    """f(m) + f'(box)·(box - m)."""
    middle = exact_ball(lo + (hi - lo) / 2)
    return balls.value(middle) + slope * (hull(lo, hi) - middle)
