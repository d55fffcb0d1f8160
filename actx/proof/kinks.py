"""Proven kinks: enclosures of one-sided derivatives and jumps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from actx.analysis.results import Kink, KinkEnclosure
from actx.language.enclose import exact_ball, outward
from actx.language.expansion import Expander, taylor_derivatives
from actx.language.pieces import Piece, Piecewise
from actx.language.proven_series import Balls, ball
from actx.language.series import Arithmetic, Number, Place, SeriesError
from actx.proof.budget import PRECISION

_SIZES = (4, 8, 16)


def prove_kinks(
    function: Piecewise, kinks: Sequence[Kink], max_order: int
) -> tuple[tuple[Kink, ...], tuple[float, ...]]:
    """The kinks with enclosures where they are proven, and the breakpoints that are undecided.

    A kink is proven when its breakpoint is exact, all lower derivatives agree exactly, and the
    enclosure of its jump excludes 0. A breakpoint without a kink is decided when all derivatives
    up to max_order agree exactly.
    """
    by_place = {kink.x: kink for kink in kinks}
    proven = dict(by_place)
    undecided: list[float] = []
    with ctx.workprec(PRECISION):
        for left, right in zip(function.pieces, function.pieces[1:], strict=False):
            x = float(right.lo)
            kink = by_place.get(x)
            order = max_order if kink is None else kink.order
            sides = _sides(left, right, order)
            if sides is None:
                undecided.append(x)
                continue
            lower = order if kink is not None else order + 1
            agree = all(map(_agree, sides[0][:lower], sides[1][:lower]))
            if kink is None:
                if not agree:
                    undecided.append(x)
                continue
            enclosure = _enclosure(right.lo, sides[0][-1], sides[1][-1], kink)
            if not agree or enclosure is None:
                undecided.append(x)
            else:
                proven[x] = replace(kink, enclosure=enclosure, proven=True)
    return tuple(proven[k.x] for k in kinks), tuple(undecided)


def _sides(left: Piece, right: Piece, order: int) -> tuple[list[Number], list[Number]] | None:
    """The derivatives on both sides of an exact breakpoint."""
    x = right.lo
    if not isinstance(x, int | Fraction):
        return None
    try:
        return _derivatives(left, x, -1, order), _derivatives(right, x, 1, order)
    except (SeriesError, ZeroDivisionError):
        return None


def _derivatives(piece: Piece, x: Number, side: int, order: int) -> list[Number]:
    place = Place(x, side)
    last: SeriesError = SeriesError("no series")
    for size in _SIZES:
        try:
            series = Expander(place, size, Arithmetic(size, Balls())).series(piece.tree)
            return list(taylor_derivatives(series, side, order))
        except SeriesError as reason:
            last = reason
    raise last


def _agree(a: Number, b: Number) -> bool:
    exact = isinstance(a, int | Fraction) and isinstance(b, int | Fraction)
    return exact and a == b


def _enclosure(x: Number, left: Any, right: Any, kink: Kink) -> KinkEnclosure | None:
    place = outward(exact_ball(x))
    if not (math.isfinite(kink.left) and math.isfinite(kink.right)):
        return None
    a, b = ball(left), ball(right)
    jump = b - a
    if jump.contains(arb(0)):
        return None
    return KinkEnclosure(place, outward(a), outward(b), outward(jump))
