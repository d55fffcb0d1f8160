"""A formula as smooth pieces on consecutive intervals of the extended line.

Whatever makes a formula piecewise (relu, clip, abs, min, max, sign, a comparison, if/else) is first
written by its cases, so that only comparisons are left; the zeros of the difference of their sides
are the breakpoints, solved and not guessed. Between them each comparison is decided and the tree
becomes smooth. Poles and ends of definition (log of 0, division by 0) divide pieces as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np

from actx.errors import AnalysisError
from actx.language.derivative import by_cases, derivative, filled
from actx.language.operations import COMPARISONS, OPERATIONS
from actx.language.series import Number
from actx.language.text import number_text, to_text
from actx.language.tree import (
    NUMBER,
    ONE,
    ZERO,
    Node,
    as_fraction,
    replace,
    simplified,
    simplify,
    walk,
)
from actx.language.values import constant_value, evaluate
from actx.language.zeros import identically_zero, inner_point, zeros

MAX_PIECES = 500
_COMPARISONS = {o.name: o for o in COMPARISONS.values()}


@dataclass(frozen=True)
class Piece:
    """A smooth tree on the open interval (lo, hi); an exact end is a fraction."""

    lo: Number
    hi: Number
    tree: Node

    @property
    def inside(self) -> float:
        """Some point of the open interval, not near its middle or a round number."""
        return inner_point(self.lo, self.hi)


@dataclass(frozen=True)
class Piecewise:
    """A function on a domain: smooth pieces from left to right, without gaps."""

    pieces: tuple[Piece, ...]

    @property
    def lo(self) -> float:
        return float(self.pieces[0].lo)

    @property
    def hi(self) -> float:
        return float(self.pieces[-1].hi)

    @property
    def breakpoints(self) -> tuple[Number, ...]:
        """Where two pieces meet."""
        return tuple(piece.lo for piece in self.pieces[1:])

    def map(self, change: Callable[[Node], Node]) -> Piecewise:
        """The function with each piece's tree changed."""
        return Piecewise(tuple(Piece(p.lo, p.hi, change(p.tree)) for p in self.pieces))

    def derivative(self, order: int = 1) -> Piecewise:
        """The derivative between the breakpoints."""
        return self.map(lambda tree: derivative(tree, order))

    def __sub__(self, other: Piecewise) -> Piecewise:
        """The difference of two functions on one domain, 0 where they are one function."""
        return Piecewise(
            tuple(
                Piece(lo, hi, ZERO if identically_zero(f - g, lo, hi) else f - g)
                for lo, hi, f, g in self.overlaps(other)
            )
        )

    def overlaps(self, other: Piecewise) -> Iterator[tuple[Number, Number, Node, Node]]:
        """The stretches between the breakpoints of either function, with both trees."""
        i = j = 0
        while i < len(self.pieces) and j < len(other.pieces):
            a, b = self.pieces[i], other.pieces[j]
            lo, hi = max(a.lo, b.lo), min(a.hi, b.hi)
            if lo < hi:
                yield lo, hi, a.tree, b.tree
            i += a.hi == hi
            j += b.hi == hi


@lru_cache(maxsize=512)
def pieces(tree: Node, lo: float = -math.inf, hi: float = math.inf) -> Piecewise:
    """The smooth pieces of a tree without parameters on [lo, hi].

    Raises AnalysisError where the formula is undefined on a part of the domain, has too many
    breakpoints, or has breakpoints that cannot be found.
    """
    start, end = _exact(lo), _exact(hi)
    done: list[Piece] = []
    waiting = [Piece(start, end, simplify(tree))]
    while waiting:
        piece = waiting.pop()
        parts = _divided(piece)
        if parts is None:
            done.append(piece)
        else:
            waiting.extend(reversed(parts))
        if len(done) + len(waiting) > MAX_PIECES:
            raise AnalysisError(
                f"The formula has more than {MAX_PIECES} breakpoints between {lo:g} and {hi:g}; "
                "give a smaller domain, as in --domain -5:5."
            )
    for piece in done:
        _check_defined(tree, piece)
    return Piecewise(tuple(_merged(done)))


def _exact(end: float) -> Number:
    return Fraction(repr(float(end))) if math.isfinite(end) else float(end)


def _merged(done: list[Piece]) -> Iterator[Piece]:
    """The pieces, neighbours with one tree joined: where nothing changes is no breakpoint."""
    last: Piece | None = None
    for piece in done:
        if last is None:
            last = piece
        elif piece.tree is last.tree and not _singular_at(piece.tree, piece.lo):
            last = Piece(last.lo, piece.hi, last.tree)
        else:
            yield last
            last = piece
    if last is not None:
        yield last


def _singular_at(tree: Node, x: Number) -> bool:
    return not np.isfinite(evaluate(tree, float(x)))


# --- dividing a piece at what comes first in order of evaluation ---


def _divided(piece: Piece) -> list[Piece] | None:
    """The piece in smaller or simpler parts, or None where it is smooth throughout."""
    for current in walk(piece.tree):
        if current.op in _COMPARISONS:
            return _decided(piece, current)
        if current.args and OPERATIONS[current.op].cases is not None:
            return [Piece(piece.lo, piece.hi, replace(piece.tree, current, by_cases(current)))]
    for current in walk(piece.tree):
        guard = _guard(current)
        if guard is not None:
            found = zeros(guard, piece.lo, piece.hi)
            if found.points:
                edges = [piece.lo, *(p.x for p in found.points), piece.hi]
                return [Piece(a, b, piece.tree) for a, b in pairwise(edges)]
    return None


def _guard(current: Node) -> Node | None:
    """The expression at whose zeros a smooth operation is singular, if it has one."""
    if not current.args or current.constant:
        return None
    text = OPERATIONS[current.op].guard
    if text is None:
        return None
    if current.op == "pow" and current.args[1].op == NUMBER:
        exponent = as_fraction(current.args[1])
        if exponent.denominator == 1 and exponent >= 0:
            return None
    guard = filled(text, current.args)
    return None if guard.constant else guard


def _decided(piece: Piece, comparison: Node) -> list[Piece]:
    """The piece cut at the zeros of left - right side, with the comparison decided on each part."""
    a, b = comparison.args
    difference = simplified("sub", a, b)
    if difference.constant:
        sign = int(np.sign(constant_value(difference)))
        return [_with(piece, piece.lo, piece.hi, comparison, sign)]
    found = zeros(difference, piece.lo, piece.hi)
    if found.everywhere:
        return [_with(piece, piece.lo, piece.hi, comparison, 0)]
    if not found.points:
        sign = found.left or found.right
        return [_with(piece, piece.lo, piece.hi, comparison, sign)]
    edges = [piece.lo, *(p.x for p in found.points), piece.hi]
    signs = [found.points[0].left, *(p.right for p in found.points)]
    return [
        _with(piece, lo, hi, comparison, sign)
        for lo, hi, sign in zip(edges, edges[1:], signs, strict=False)
    ]


def _with(piece: Piece, lo: Number, hi: Number, comparison: Node, sign: int) -> Piece:
    holds = bool(_COMPARISONS[comparison.op].value(sign, 0))
    return Piece(lo, hi, replace(piece.tree, comparison, ONE if holds else ZERO))


def _check_defined(tree: Node, piece: Piece) -> None:
    """Raise where the piece has no real value; the series is asked where float64 overflows."""
    for x in (piece.inside, inner_point(piece.lo, piece.inside)):
        if not np.isnan(evaluate(piece.tree, x)):
            return
    lo = "-inf" if piece.lo == -math.inf else _shown(piece.lo)
    hi = "inf" if piece.hi == math.inf else _shown(piece.hi)
    text = to_text(tree)
    raise AnalysisError(
        f"{text if len(text) < 200 else text[:197] + '...'} has no real value for x between {lo} "
        f"and {hi}. Give a domain on which it is defined, with --domain LO:HI."
    )


def _shown(x: Number) -> str:
    return number_text(x)[0] if isinstance(x, Fraction) else f"{float(x):.6g}"
