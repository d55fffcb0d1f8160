"""The values of a function at every input of a format, enclosed.

Interval arithmetic encloses nearly all of them to some units of float64's last place; balls of
rising precision take over where it does not, as at breakpoints and by cancellation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from flint import ctx, fmpq

from actx.arithmetic.coefficients import Number
from actx.calculus.enclosure import enclosure
from actx.calculus.pieces import Piece, Piecewise, pieces
from actx.calculus.proven.enclose import ball_program, exact_ball, outward
from actx.calculus.proven.rational import Quotient, quotient
from actx.core.errors import AnalysisError
from actx.language.text import to_text
from actx.language.tree import Node
from actx.precision.lookup.formats import IntegerFormat, Integers
from actx.precision.number_types import Doubles

_ENOUGH = 2.0**-40  # how closely values are known, of their size or of the last place of the output
_NEAR = 1e-12  # so near to a breakpoint (in its size) it is not asked on which side x lies
_PRECISIONS = (64, 128, 512, 2048)  # bits of the balls, in turn
_FAR = 2.0**62  # an integer beyond is taken for this one: it is outside of every format
_TIES = 256  # bits of the balls that decide on which side of a tie a value lies


@dataclass(frozen=True)
class Truth:
    """A function at every input: bounds of its values, in last places of the output.

    An output q stands for scale·(q - zero); the function's value v is here v/scale + zero, so that
    the nearest integer is the best output. x: the inputs, in float64.
    """

    tree: Node
    input: IntegerFormat
    output: IntegerFormat
    x: Doubles
    lo: Doubles
    hi: Doubles
    pieces: Piecewise

    @cached_property
    def middle(self) -> Doubles:
        return self.lo + (self.hi - self.lo) / 2

    @cached_property
    def nearest(self) -> Integers:
        """The correctly rounded values: to the nearest integer, ties to even, not yet clamped.

        Where bounds lie on both sides of a tie, exact arithmetic decides if the value is a
        fraction, else balls; what 256 bits do not decide is taken for a tie.
        """
        found: Doubles = np.rint(self.lo)
        for place in np.flatnonzero(found != np.rint(self.hi)).tolist():
            found[place] = self._decided(place)
        return np.clip(found, -_FAR, _FAR).astype(np.int64)

    def _decided(self, place: int) -> int:
        """The integer nearest to one value."""
        below = math.floor(self.middle[place])
        tie = self.output.exact * (Fraction(2 * below + 1, 2) - self.output.zero)
        x = self.input.value(self.input.lowest + place)
        exact = self._fraction(x)
        if exact is not None:
            over = (exact > tie) - (exact < tie)
        else:
            with ctx.workprec(_TIES):
                rest = _ball(self.tree, x, _TIES) - exact_ball(tie)
                over = int(rest > 0) - int(rest < 0)
        return int(below) + int(over > 0 or (over == 0 and below % 2 == 1))

    def _fraction(self, x: Fraction) -> Fraction | None:
        """The value inside a piece that is a rational function."""
        for piece, found in self._quotients:
            if found is not None and piece.lo < x < piece.hi:
                at = fmpq(x.numerator, x.denominator)
                value = found.top(at) / found.bottom(at)
                return Fraction(int(value.p), int(value.q))
        return None

    @cached_property
    def _quotients(self) -> list[tuple[Piece, Quotient | None]]:
        return [(piece, quotient(piece.tree)) for piece in self.pieces.pieces]


def truth(tree: Node, given: IntegerFormat, output: IntegerFormat) -> Truth:
    """Enclose a function at every input. Raises AnalysisError where it has no value at one."""
    steps = given.integers - given.zero
    x = given.numbers
    exact = given.exact == Fraction(given.scale)
    spread = np.where(steps == 0, 0.0, (0.0 if exact else 4.0) * np.spacing(np.abs(x)))
    try:
        cut = pieces(tree, float(x[0]), float(x[-1]))
    except AnalysisError as error:
        raise AnalysisError(f"A table needs a value at every input: {error}") from error
    lo, hi = _enclosures(cut, x, x - spread, x + spread)
    with np.errstate(all="ignore"):
        known = np.isfinite(hi - lo)
        wide = ~(known & (hi - lo <= _ENOUGH * np.maximum(np.abs(lo), output.scale)))
    for place in np.flatnonzero(wide).tolist():
        lo[place], hi[place] = _by_balls(tree, given.value(given.lowest + place), output.scale)
    with np.errstate(over="ignore", invalid="ignore"):
        low, high = _in_places(lo, hi, output)
    if not np.isfinite(low).all() or not np.isfinite(high).all():
        raise AnalysisError(
            f"An output scale of {output.scale:g} is too small: in last places of {output.name}, "
            f"values of {to_text(tree)} are too large to be told. Give a larger one."
        )
    return Truth(tree, given, output, x, low, high, cut)


def _in_places(lo: Doubles, hi: Doubles, output: IntegerFormat) -> tuple[Doubles, Doubles]:
    """Values as last places of the output, rounded outward: two operations and a scale."""
    ends = []
    for side, value in ((-1, lo), (1, hi)):
        place = value / output.scale
        place += side * 3 * np.spacing(np.abs(place))
        place = place + output.zero
        ends.append(place + side * np.spacing(np.abs(place)) if output.zero else place)
    return ends[0], ends[1]


def _enclosures(cut: Piecewise, x: Doubles, lo: Doubles, hi: Doubles) -> tuple[Doubles, Doubles]:
    """Proven bounds by interval arithmetic, infinite near breakpoints."""
    below, above = np.full(x.size, -np.inf), np.full(x.size, np.inf)
    breaks = np.array([float(b) for b in cut.breakpoints])
    edges = [0, *np.searchsorted(x, breaks).tolist(), x.size]
    with np.errstate(all="ignore"):
        for piece, start, end in zip(cut.pieces, edges, edges[1:], strict=False):
            if start < end:
                box = lo[start:end], hi[start:end]
                below[start:end], above[start:end] = enclosure(piece.tree)(box)[0]
    for place in breaks.tolist():
        near = np.abs(x - place) <= _NEAR * abs(place)
        below[near], above[near] = -np.inf, np.inf
    return below, above


def _by_balls(tree: Node, x: Fraction, step: float) -> tuple[float, float]:
    """Bounds of one value. Raises AnalysisError where it is not found."""
    for precision in _PRECISIONS:
        with ctx.workprec(precision):
            ball = _ball(tree, x, precision)
            lo, hi = outward(ball)
            if math.isfinite(lo + hi) and hi - lo <= _ENOUGH * max(abs(lo), step):
                return lo, hi
    raise AnalysisError(
        f"{to_text(tree)} has no finite value that can be enclosed at x = {float(x):.7g}, "
        "which is one of the inputs."
    )


def _ball(tree: Node, x: Number, precision: int) -> Any:
    return ball_program(tree, precision=precision)(exact_ball(x))[0]
