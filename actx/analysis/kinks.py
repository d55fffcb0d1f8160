"""Kinks: where the derivative of some order jumps, with its values on both sides."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from actx.analysis.monotone import end_value, rounding
from actx.analysis.results import Kink
from actx.arithmetic.coefficients import Number, SeriesError, to_float
from actx.arithmetic.series import Place
from actx.calculus.expansion import one_sided_derivatives
from actx.calculus.pieces import Piece, Piecewise
from actx.core.errors import AnalysisError

DEFAULT_MAX_ORDER = 3
SMOOTHNESS_ORDER = 12  # jumps of higher derivatives than this are not looked for
_FURTHER_ORDERS = (14, 28)
_SAME = 1e-10  # derivatives that agree to this part of their size are equal, unless both are exact


def kinks(function: Piecewise, max_order: int = DEFAULT_MAX_ORDER) -> tuple[tuple[Kink, ...], str]:
    """The kinks of order 0 to max_order from left to right, and the smoothness.

    Raises AnalysisError where the one-sided derivatives at a breakpoint cannot be told.
    """
    found = [
        kink
        for left, right in zip(function.pieces, function.pieces[1:], strict=False)
        if (kink := _at(left, right, function.at_edge(right.lo), max_order)) is not None
    ]
    lowest = min((kink.order for kink in found), default=None)
    return tuple(kink for kink in found if kink.order <= max_order), _smoothness(lowest)


def _smoothness(lowest: int | None) -> str:
    if lowest is None:
        return "C∞"
    return "discontinuous" if lowest == 0 else f"C{lowest - 1}"


def _at(left: Piece, right: Piece, own: float, max_order: int) -> Kink | None:
    """The kink between two pieces; first to the order asked for, then as far as smoothness asks.

    own: the function's own value there; off both limits it is a kink of order 0, whose jump is 0.
    """
    for order in (max_order, max(max_order, 6), SMOOTHNESS_ORDER):
        try:
            before = _derivatives(left, right.lo, -1, order)
            after = _derivatives(right, right.lo, 1, order)
        except AnalysisError:
            if not isinstance(right.lo, float):
                raise
            return _at_pole(left, right)
        kink = next(_jumps(float(right.lo), before, after, _told_apart(left, right)), None)
        if (kink is None or kink.order) and _stands_out(own, to_float(before[0]), left, right):
            value = to_float(before[0]) + 0.0
            return Kink(float(right.lo) + 0.0, 0, value, to_float(after[0]) + 0.0, 0.0)
        if kink is not None:
            return kink
    return _late(left, right)


def _at_pole(left: Piece, right: Piece) -> Kink | None:
    """The kink at a breakpoint that is known but for rounding, None where no side is infinite."""
    before = end_value(left.tree, right.lo, left.lo)
    after = end_value(right.tree, right.lo, right.hi)
    if math.isfinite(before) and math.isfinite(after):
        return None
    return Kink(float(right.lo) + 0.0, 0, before, after, after - before)


def _late(left: Piece, right: Piece) -> Kink | None:
    """The kink of the order of the first term in which the expansions of two pieces differ."""
    found = _contact(left, right)
    if found is None:
        return None
    order, jump = found
    try:
        before = to_float(_derivatives(left, right.lo, -1, order)[order])
        after = to_float(_derivatives(right, right.lo, 1, order)[order])
    except AnalysisError:
        before = after = math.nan  # only what one has more than the other is known
    return Kink(float(right.lo) + 0.0, order, before, after, jump)


def _contact(left: Piece, right: Piece) -> tuple[int, float] | None:
    """The order and the jump; None where the pieces are one function, or differ by no power.

    Decided exactly where they are proven one function, or one is the other and a polynomial; else
    by the first derivatives, as far as short expansions have them.
    """
    from actx.analysis.proven_kinks import one_function, polynomial_jumps

    if one_function(left, right):
        return None
    jumps = polynomial_jumps(left, right)
    if jumps is not None:
        return next(((k, float(jump)) for k, jump in enumerate(jumps) if jump), None)
    for order in _FURTHER_ORDERS:
        try:
            before = _derivatives(left, right.lo, -1, order)
            after = _derivatives(right, right.lo, 1, order)
        except AnalysisError:
            return None
        kink = next(_jumps(float(right.lo), before, after, _told_apart(left, right)), None)
        if kink is not None:
            return kink.order, kink.jump
    return None


def _stands_out(own: float, limit: float, left: Piece, right: Piece) -> bool:
    """Whether a value differs from the left limit by more than rounding."""
    if own == limit or not math.isfinite(own - limit):
        return False
    sides = max(rounding(left.tree, left.hi), rounding(right.tree, right.lo))
    noise = max(_SAME * max(abs(own), abs(limit)), 2 * sides)
    return abs(own - limit) > noise


def _derivatives(piece: Piece, x: Number, side: int, order: int) -> list[Number]:
    try:
        return one_sided_derivatives(piece.tree, Place(x, side), order)
    except SeriesError as reason:
        raise AnalysisError(
            f"The derivatives beside the breakpoint x = {float(x):g} cannot be told: {reason}."
        ) from None


def _told_apart(left: Piece, right: Piece) -> Callable[[int], float]:
    """The jump of a derivative where balls tell it from 0, else 0."""
    known: list[float] = []

    def jump(order: int) -> float:
        from actx.analysis.proven_kinks import proven_jumps

        if order >= len(known):
            known[:] = proven_jumps(left, right, max(order, SMOOTHNESS_ORDER))
        return known[order]

    return jump


def _jumps(
    x: float, before: list[Number], after: list[Number], told_apart: Callable[[int], float]
) -> Iterator[Kink]:
    """The derivatives that jump; told_apart: asked where floats are equal but for rounding."""
    scale = 0.0
    for order, (a, b) in enumerate(zip(before, after, strict=True)):
        left, right = to_float(a), to_float(b)
        size = max(abs(left), abs(right))
        if not math.isfinite(size):
            jump = right - left if left != right else math.nan  # a pole: infinite on both sides
            yield Kink(x + 0.0, order, left, right, jump)
            continue
        scale = max(scale, size)
        exact = not (isinstance(a, float) or isinstance(b, float))
        jump = 0.0
        if a != b and (exact or abs(left - right) > _SAME * max(size, 1e-3 * scale)):
            jump = to_float(b - a) if exact else right - left
        elif not exact:
            jump = told_apart(order)
        if jump:
            yield Kink(x + 0.0, order, left + 0.0, right + 0.0, jump)
