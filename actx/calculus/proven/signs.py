"""The signs that a smooth function takes on an interval, with a proof that there are no others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from flint import arb, ctx

from actx.arithmetic.coefficients import Number
from actx.calculus.boxes import inner_point
from actx.calculus.proven.enclose import ball_program, exact_sign, outward
from actx.calculus.proven.rational import Quotient, inner_roots, points_between, quotient
from actx.calculus.proven.zeros import Enclosed, prove_zeros
from actx.core.budget import PRECISION, Budget
from actx.language.tree import ZERO, Node

_ROUNDS = (1e-3, 1e-6, 1e-9)  # how wide, in proportion, a stretch with open zeros may be, in turn
_MOST_STRETCHES = 40  # more of them are no single zeros


@dataclass(frozen=True)
class Zero:
    """A zero, alone in [lo, hi]; left and right are the signs beside it, exact a fraction."""

    lo: float
    hi: float
    left: int
    right: int
    exact: Fraction | None = None

    @property
    def x(self) -> float:
        """The zero, or near it."""
        return float(self.exact) if self.exact is not None else self.lo + (self.hi - self.lo) / 2


@dataclass(frozen=True)
class Signs:
    """What signs a function takes on an open interval.

    taken: those beside its zeros (0 where it vanishes all over). zeros: all of them, from left to
    right, where `listed`. samples: points at which the signs are found.
    """

    taken: frozenset[int]
    zeros: tuple[Zero, ...] = ()
    samples: tuple[float, ...] = ()
    listed: bool = True

    @property
    def never_above(self) -> bool:
        """Whether the function is nowhere above 0."""
        return 1 not in self.taken

    @property
    def always_below(self) -> bool:
        """Whether it is below 0 at every point."""
        return self.taken == {-1} and not self.zeros and self.listed


NOT_ABOVE = Signs(frozenset({-1, 0}), listed=False)


def signs(tree: Node, lo: Number, hi: Number, budget: Budget) -> Signs | None:
    """The signs of a smooth tree on (lo, hi), None where they are not proven."""
    if tree is ZERO:
        return Signs(frozenset({0}))
    if tree.constant:
        sign = exact_sign(tree, 0)
        return None if sign is None else Signs(frozenset({sign}))
    rational = quotient(tree)
    if rational is not None:
        return _of_quotient(rational, lo, hi)
    return NOT_ABOVE if _is_below_anywhere(tree) else _of_zeros(tree, lo, hi, budget)


def _of_quotient(function: Quotient, lo: Number, hi: Number) -> Signs | None:
    """By the roots of top and bottom; a pole divides as a root does."""
    if function.top.is_zero():
        return Signs(frozenset({0}))
    roots = inner_roots(function, lo, hi)
    if roots is None:
        return None
    points = points_between(roots, lo, hi)
    beside = [function.sign(x) for x in points]
    zeros = [
        Zero(*outward(root.ball), left, right, root.exact)
        for root, (left, right) in zip(roots, pairwise(beside), strict=True)
        if not root.pole
    ]
    return Signs(frozenset(beside), tuple(zeros), tuple(map(float, points)))


def _of_zeros(tree: Node, lo: Number, hi: Number, budget: Budget) -> Signs | None:
    """By zeros that are guessed, in stretches that grow narrower, and proven."""
    guesses: list[Number] = [0, 1, -1]
    for narrowest in _ROUNDS:
        found = prove_zeros(tree, 0, lo, hi, guesses, budget, narrowest)
        if not found.undecided:
            return _told(tree, [e for e in found.enclosed if e is not None], lo, hi)
        if budget.spent or len(found.undecided) > _MOST_STRETCHES:
            return None
        known = [(e.lo + e.hi) / 2 for e in found.enclosed if e is not None]
        guesses = [*known, *(x for stretch in found.undecided for x in _guesses(*stretch))]
    return None


def _told(tree: Node, zeros: Sequence[Enclosed], lo: Number, hi: Number) -> Signs | None:
    """The signs, from zeros of which several may be one."""
    apart: list[Zero] = []
    for e in sorted(set(zeros), key=lambda each: each.lo):
        if apart and e.lo <= apart[-1].hi:
            if (e.left, e.right) != (apart[-1].left, apart[-1].right):
                return None
            continue
        apart.append(Zero(e.lo, e.hi, e.left, e.right, Fraction(e.lo) if e.lo == e.hi else None))
    if not apart:
        sign = exact_sign(tree, Fraction(inner_point(lo, hi)))
        return Signs(frozenset({sign})) if sign else None
    taken = frozenset(side for zero in apart for side in (zero.left, zero.right))
    edges = [float(lo), *(zero.x for zero in apart), float(hi)]
    return Signs(taken, tuple(apart), tuple(inner_point(a, b) for a, b in pairwise(edges)))


def _guesses(lo: float, hi: float) -> Iterator[Number]:
    """What zero a stretch is likely to hold: the simplest fraction in it, or one in its middle."""
    if math.isfinite(lo) and math.isfinite(hi):
        margin = hi - lo
        yield simplest(Fraction(lo) - Fraction(margin), Fraction(hi) + Fraction(margin))
        yield lo + margin / 2


def simplest(lo: Fraction, hi: Fraction) -> Fraction:
    """The fraction with the smallest denominator in [lo, hi] (Stern and Brocot's tree)."""
    if lo <= 0 <= hi:
        return Fraction(0)
    if hi < 0:
        return -simplest(-hi, -lo)
    whole = -(-lo.numerator // lo.denominator)
    if whole <= hi:
        return Fraction(whole)
    below = whole - 1
    return below + 1 / simplest(1 / (hi - below), 1 / (lo - below))


def _is_below_anywhere(tree: Node) -> bool:
    """Whether one ball of all numbers proves it, as for sin(x) - 1."""
    with ctx.workprec(PRECISION):
        everything = arb(0, math.inf)
        return bool(ball_program(tree, precision=PRECISION)(everything)[0] <= 0)
