"""Proven suprema: of a function, of its negative, or of its absolute value, on any domain.

A lower bound is the value at a point. The upper bound covers the domain: towards infinite ends and
singular ones the series with a proven rest bounds the function; about a turning point near the top
the function is concave and lies below h(m) + h'(m)²/(2 min|h''|); everywhere else a box is settled
if its values lie below the lower bound, or if the function is monotone on it, so that its ends
decide, which belong to a neighbour or are ends of a piece and looked at as points.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from actx.language.derivative import derivative
from actx.language.enclose import exact_ball, hull, outward
from actx.language.pieces import Piece, Piecewise
from actx.language.proven_series import (
    TooNear,
    ball,
    beyond,
    least_size,
    proven_series,
    settled_sign,
    variation,
)
from actx.language.series import (
    UNIT,
    Place,
    Series,
    SeriesError,
    Undetermined,
    compare,
    sign_of,
)
from actx.proof.budget import HIGHER_PRECISION, Budget
from actx.proof.cover import Balls, Isolated, cover, gaps, isolate, mean_value

_NEAR_TOP = 1e-3  # turning points this near to the top, relatively, are isolated
_SINGULAR_START = 4.0
_ENOUGH = 1e-13  # a wider result is tried again with more precision


@dataclass(frozen=True)
class Supremum:
    """An enclosure of a supremum; proven False: work was left when the budget ran out."""

    lo: float
    hi: float
    proven: bool


def supremum(
    function: Piecewise, sign: int, turning: Sequence[float], budget: Budget, order: int = 0
) -> Supremum:
    """sup of sign·h, or of |h| for sign 0, where h is the function or its derivative.

    turning: guesses of where the largest values are (interior turning points).
    """
    result = Supremum(-math.inf, math.inf, False)
    for precision in HIGHER_PRECISION:
        with ctx.workprec(precision):
            try:
                attempt = _Attempt(function, sign, turning, budget, order, precision).run()
            except (SeriesError, ZeroDivisionError):
                continue
        if attempt.proven or not result.proven:
            result = attempt
        wide = result.hi - result.lo > _ENOUGH * max(1.0, abs(result.hi))
        if (result.proven and not wide) or budget.spent or result.lo == math.inf:
            return result
    return result


class _Attempt:
    def __init__(
        self,
        function: Piecewise,
        sign: int,
        turning: Sequence[float],
        budget: Budget,
        order: int,
        precision: int,
    ) -> None:
        self.function, self.sign, self.turning = function, sign, turning
        self.budget, self.order, self.precision = budget, order, precision
        self.lower = arb("-inf") if sign else arb(0)
        self.upper: list[Any] = []
        self.open = False

    def measure(self, value: Any) -> Any:
        """What is to be bounded: sign·value or |value|."""
        return self.sign * value if self.sign else abs(value)

    def run(self) -> Supremum:
        pieces = [(p, Balls(p.tree, self.order, self.precision)) for p in self.function.pieces]
        inner = [self._start(piece, balls) for piece, balls in pieces]
        spans = []
        for (piece, balls), xs in zip(pieces, inner, strict=True):
            lo, hi = self._end(piece, balls, 1), self._end(piece, balls, -1)
            if lo is None or hi is None:  # without a bound
                return Supremum(math.inf, math.inf, True)
            spans.append((piece, balls, xs, lo, hi))
        for _, balls, xs, lo, hi in spans:
            if lo < hi:
                self._inside(balls, xs, lo, hi)
        top = self.lower
        for value in self.upper:
            top = top.max(value)
        if not top.is_finite():
            return Supremum(outward(self.lower)[0], math.inf, False)
        return Supremum(outward(self.lower)[0], outward(top)[1], not self.open)

    # --- points ---

    def _start(self, piece: Piece, balls: Balls) -> list[float]:
        """Raise the lower bound by values at guesses; the guesses inside the piece."""
        xs = [x for x in self.turning if piece.lo < x < piece.hi and math.isfinite(x)]
        for x in [*xs, piece.inside]:
            self._raise(self.measure(balls.value(exact_ball(x))))
        for end in (piece.lo, piece.hi):
            if math.isfinite(end):
                value = balls.value(exact_ball(end))
                if value.is_finite():
                    self._raise(self.measure(value))
                    self.upper.append(self.measure(value).upper())
        return xs

    def _raise(self, value: Any) -> None:
        if value.is_finite():
            self.lower = self.lower.max(arb(value.lower()))

    # --- ends ---

    def _end(self, piece: Piece, balls: Balls, inward: int) -> float | None:
        """Where the finite part begins next to an end; None where there is no bound."""
        end = piece.lo if inward > 0 else piece.hi
        if math.isfinite(end):
            value, slope = balls.two(exact_ball(end))
            place = Place(end, inward)
            least = max(_SINGULAR_START, 2 / (float(piece.hi) - float(piece.lo)))
            if value.is_finite():
                lo, hi = outward(exact_ball(end))
                flat = slope.is_finite() and not (slope > 0 or slope < 0)
                beside = self._beside(piece, place, least) if flat else None
                return (lo if inward > 0 else hi) if beside is None else beside
        else:
            place = Place(None, -inward)
            other = float(piece.hi if inward > 0 else piece.lo)
            least = abs(other) if math.isfinite(other) and other * -inward > 0 else 0.0
        return self._open_end(piece, place, max(2.0, least))

    def _beside(self, piece: Piece, place: Place, least: float) -> float | None:
        """Where the finite part begins if the series settles what lies beside a flat end."""
        if not isinstance(place.base, int | Fraction):
            return None
        try:
            for series in proven_series(derivative(piece.tree, self.order), place, least):
                if self._bounded_by(series):
                    return beyond(place, series.start)
        except (SeriesError, ZeroDivisionError):
            return None
        return None

    def _open_end(self, piece: Piece, place: Place, least: float) -> float | None:
        """Where the finite part begins next to an infinite or singular end."""
        last: Series | None = None
        for series in proven_series(derivative(piece.tree, self.order), place, least):
            last = series
            if self._grows(series):
                return None
            if self._bounded_by(series):
                return beyond(place, series.start)
        self.open = True
        self.upper.append(arb("inf"))
        if last is None:
            raise Undetermined("no series with a proven rest")
        return beyond(place, last.start)

    def _grows(self, series: Series) -> bool:
        if not series.terms or compare(series.terms[0][1], UNIT) <= 0:
            return False
        return self.sign == 0 or sign_of(series.terms[0][0]) == self.sign

    def _bounded_by(self, series: Series) -> bool:
        """Whether the series proves that nothing beyond its start exceeds what is known."""
        if series.terms and compare(series.terms[0][1], UNIT) > 0:
            return self._falls_away(series)
        if series.cut is not None and compare(series.cut, UNIT) >= 0:
            return False
        limit = ball(series.coefficient(UNIT))
        at_limit = self.measure(limit)
        self._raise(at_limit)
        try:
            reach = variation(series, series.start)
        except TooNear:
            return False
        if at_limit + reach <= self.lower:
            return True
        rest = Series(
            tuple(t for t in series.terms if compare(t[1], UNIT) < 0),
            series.cut, series.start, series.rest,
        )  # fmt: skip
        side = settled_sign(rest, series.start)
        if side is None or (not reach < 2 * abs(limit) and self.sign == 0 and side != 0):
            return False
        towards = self.sign or (1 if limit > 0 else -1)
        if side * towards <= 0:  # the limit is approached from below
            self.upper.append(at_limit.upper())
            return True
        return False

    def _falls_away(self, series: Series) -> bool:
        """A function that tends to -infinity: beyond the start it is below what is known."""
        if settled_sign(series, series.start) != -self.sign:
            return False
        least = least_size(series, series.start)
        return least is not None and bool(-least <= self.lower)

    # --- the finite part ---

    def _inside(self, balls: Balls, xs: Sequence[float], lo: float, hi: float) -> None:
        tops = [self._top(balls, x, lo, hi) for x in xs if lo < x < hi]
        isolated = [t for t in tops if t is not None]
        left = cover(gaps(lo, hi, isolated), lambda a, b: self._settled(balls, a, b), self.budget)
        for a, b in left:
            self.open = True
            value = self.measure(balls.value(hull(a, b)))
            self.upper.append(value.upper() if value.is_finite() else arb("inf"))
        for x in (lo, hi):
            value = self.measure(balls.value(exact_ball(x)))
            if value.is_finite():
                self.upper.append(value.upper())

    def _top(self, balls: Balls, x: float, lo: float, hi: float) -> Isolated | None:
        """An interval about a turning point near the top, with its bound added; None if not one."""
        value = balls.value(exact_ball(x))
        level = self.measure(value)
        if not level >= self.lower - _NEAR_TOP * abs(self.lower):
            return None
        found = isolate(balls, x, lo, hi)
        if found is None:
            return None
        towards = self.sign or (1 if value > 0 else -1)
        if not towards * found.bend < 0:
            return None
        slope = balls.two(exact_ball(x))[1]
        least = abs(found.bend).lower()
        self.upper.append((towards * value + slope * slope / (2 * least)).upper())
        if self.sign == 0:  # on the other side of zero the ends decide, being convex there
            for end in (found.lo, found.hi):
                self.upper.append((-towards * balls.value(exact_ball(end))).upper())
        return found

    def _settled(self, balls: Balls, lo: float, hi: float) -> bool:
        value, slope = balls.two(hull(lo, hi))
        if self.measure(value) <= self.lower:
            return True
        if not slope.is_finite():
            return False
        if slope > 0 or slope < 0 or slope.is_zero():
            return True
        return bool(self.measure(mean_value(balls, lo, hi, slope)) <= self.lower)
