"""Proof that a formula is what its pieces say: each comparison decided on each whole piece."""

from __future__ import annotations

import math
from fractions import Fraction

from flint import ctx

from actx.language.derivative import by_cases, derivative
from actx.language.enclose import ball_program, exact_ball
from actx.language.identity import proven_equal
from actx.language.operations import COMPARISONS, OPERATIONS
from actx.language.pieces import Piece, Piecewise, decided_at, guard_of
from actx.language.series import Number
from actx.language.tree import (
    NUMBER,
    ONE,
    ZERO,
    Node,
    X,
    as_fraction,
    number,
    replace,
    simplified,
    simplify,
    walk,
)
from actx.proof.budget import PRECISION, Budget
from actx.proof.zeros import prove_zeros

_COMPARISONS = {o.name: o for o in COMPARISONS.values()}


def undecided_pieces(tree: Node, function: Piecewise, budget: Budget) -> list[Piece]:
    """The pieces on which it is not proven that the formula is the piece's tree."""
    open_ = [piece for piece in function.pieces if not _verified(tree, piece, budget)]
    return open_ or [p for p in function.pieces if not _holds_at_ends(tree, p, function)]


def _holds_at_ends(tree: Node, piece: Piece, function: Piecewise) -> bool:
    """Whether the formula is, at the very ends of a piece, what one of the pieces there says."""
    for x in (piece.lo, piece.hi):
        if math.isfinite(x):
            own = decided_at(tree, x)
            beside = [p.tree for p in function.pieces if x in (p.lo, p.hi)]
            if not any(_same_at(own, t, x) for t in beside):
                return False
    return True


def _same_at(own: Node, tree: Node, x: Number) -> bool:
    """Whether two trees are one function, or have one value at x."""
    if proven_equal(own, tree):
        return True
    at = number(x)
    return replace(own, X, at) is replace(tree, X, at)


def _verified(tree: Node, piece: Piece, budget: Budget) -> bool:
    current = simplify(tree)
    while True:
        step = _next(current)
        if step is None:
            return proven_equal(current, piece.tree) and _regular(piece, budget)
        if step.op not in _COMPARISONS:
            current = replace(current, step, by_cases(step))
            continue
        sign = _constant_sign(simplified("sub", *step.args), piece.lo, piece.hi, budget)
        if sign is None:
            return False
        holds = bool(_COMPARISONS[step.op].value(sign, 0))
        current = replace(current, step, ONE if holds else ZERO)


def _regular(piece: Piece, budget: Budget) -> bool:
    """Whether no operation of the piece's tree is singular inside it."""
    guards = {g for n in walk(piece.tree) if (g := guard_of(n)) is not None}
    return all(_constant_sign(guard, piece.lo, piece.hi, budget) is not None for guard in guards)


def _next(tree: Node) -> Node | None:
    """The first comparison or operation by cases, in order of evaluation."""
    for current in walk(tree):
        if current.op in _COMPARISONS:
            return current
        if current.args and OPERATIONS[current.op].cases is not None:
            return current
    return None


def _constant_sign(tree: Node, lo: Number, hi: Number, budget: Budget) -> int | None:
    """The sign of a smooth tree on an open interval, None where it is not proven to have one."""
    if tree is ZERO:
        return 0
    sign = _sign_at(tree, lo, hi)
    if sign is None or tree.constant:
        return sign
    slope = derivative(tree)
    if slope is ZERO:  # constant, though not written so
        return sign
    at_zero = replace(tree, X, ZERO)
    if slope.op == NUMBER and at_zero.op == NUMBER:  # linear, with an exact zero
        root = -as_fraction(at_zero) / as_fraction(slope)
        return None if lo < root < hi else sign
    return sign if prove_zeros(tree, 0, lo, hi, [], budget).complete else None


def _sign_at(tree: Node, lo: Number, hi: Number) -> int | None:
    with ctx.workprec(PRECISION):
        value = ball_program(tree, precision=PRECISION)(exact_ball(_inside(lo, hi)))[0]
    return 1 if value > 0 else -1 if value < 0 else None


def _inside(lo: Number, hi: Number) -> Number:
    from actx.language.zeros import inner_point

    x = Fraction(inner_point(lo, hi))
    return x if math.isfinite(x) else 0
