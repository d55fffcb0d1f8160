"""A function's value and derivatives at a point, one-sided where its pieces meet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from actx.analysis.proven_kinks import jumps_of, one_sided
from actx.analysis.results import Derivatives, PointValues
from actx.arithmetic.coefficients import SeriesError
from actx.calculus.formula import Formula
from actx.calculus.pieces import Piece, pieces
from actx.calculus.proven.enclose import ball_program, exact_ball, outward, value_at
from actx.calculus.proven.pieces import Verified, verify
from actx.calculus.proven.series import ball
from actx.core.budget import Budget
from actx.core.domain import Domain
from actx.core.errors import UsageError
from actx.language.derivative import derivative

ORDERS = 3
_PRECISION = 160  # bits: what is left of them fills a float
_SECONDS = 1.0  # for the pieces, where no budget was given
_UNKNOWN = (None,) * ORDERS


def values_at(formula: Formula, x: Fraction, domain: Domain, budget: float | None) -> PointValues:
    """f(x) and its derivatives up to the third; budget: seconds, None for no enclosures.

    Raises UsageError for an x outside the domain.
    """
    part = next((p for p in domain.parts if p.lo <= x <= p.hi), None)
    if part is None:
        raise UsageError(f"x = {float(x):g} lies outside the domain {domain}.")
    tree = formula.bound
    with ctx.workprec(_PRECISION):
        function = verify(tree, pieces(tree, part.lo, part.hi), Budget(budget or _SECONDS))
        proven = budget is not None and function.exact and not formula.ranges
        value = _own_value(function, x)
        inside = next((p for p in function.pieces if p.lo < x < p.hi), None)
        if inside is not None:
            both = _told(_inside(inside, x), proven)
            return PointValues(float(x), *_number(value, proven), both)
        left = next((p for p in function.pieces if p.hi == x), None)
        right = next((p for p in function.pieces if p.lo == x), None)
        sides = [_one_sided(p, x, s) for p, s in ((left, -1), (right, 1)) if p is not None]
        told = [_told(side[1:], proven) for side in sides]
        if len(sides) == 1:
            return PointValues(float(x), *_number(value, proven), told[0])
        if left is None or right is None:  # between pieces, where a breakpoint is only enclosed
            return PointValues(float(x), *_number(value, False), _told(_UNKNOWN, False))
        return PointValues(
            float(x),
            *_number(value, proven),
            _told(_shared(left, right, *sides), proven),
            left=told[0],
            right=told[1],
        )


def _own_value(function: Verified, x: Fraction) -> arb:
    """The formula's own value, not finite where it has none."""
    return value_at(function.on(x, x), x, _PRECISION)


def _inside(piece: Piece, x: Fraction) -> Sequence[Any]:
    """The derivatives inside a smooth piece."""
    trees = [derivative(piece.tree, k) for k in range(1, ORDERS + 1)]
    at = exact_ball(x)
    return [ball_program(tree, precision=_PRECISION)(at)[0] for tree in trees]


def _one_sided(piece: Piece, x: Fraction, side: int) -> Sequence[Any]:
    """Limit and derivatives at an end of a piece, None where they are not known."""
    try:
        return one_sided(piece, x, side, ORDERS)
    except (SeriesError, ZeroDivisionError):
        return (None, *_UNKNOWN)


def _shared(left: Piece, right: Piece, below: Sequence[Any], above: Sequence[Any]) -> Sequence[Any]:
    """The derivatives from both sides as far as they are one, None from the first jump on."""
    if None in below or None in above:
        return _UNKNOWN
    same = [bool(jump == 0) for jump in jumps_of(left, right, below, above)]
    smooth = same.index(False) if False in same else len(same)
    return [above[k] if k < smooth else None for k in range(1, ORDERS + 1)]


def _told(values: Sequence[Any], proven: bool) -> Derivatives:
    known = [_number(value, proven) for value in values]
    return Derivatives(tuple(v for v, _ in known), tuple(e for _, e in known))


def _number(value: Any, proven: bool) -> tuple[float, tuple[float, float] | None]:
    """A number with what it is enclosed in; NaN for one that is not known."""
    if value is None:
        return math.nan, None
    found = ball(value)
    if not found.is_finite():
        exact = found.is_exact() and not found.is_nan()
        return (math.inf if found > 0 else -math.inf, None) if exact else (math.nan, None)
    lo, hi = outward(found)
    return float(found.mid()), (lo, hi) if proven else None
