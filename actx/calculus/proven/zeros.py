"""Proven zeros: each enclosed and single, and none elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, ctx

from actx.arithmetic.coefficients import Number, SeriesError
from actx.arithmetic.monomials import UNIT
from actx.arithmetic.series import Place
from actx.calculus.boxes import touching
from actx.calculus.guards import sign_all_over
from actx.calculus.pieces import Piece
from actx.calculus.proven.cover import NARROWEST, Balls, cover, mean_value
from actx.calculus.proven.enclose import ball_program, exact_ball, hull, outward, value_at
from actx.calculus.proven.identity import proven_equal
from actx.calculus.proven.series import beyond, half_way, proven_series, settled_sign
from actx.calculus.proven.taylor import model, sign_beside
from actx.calculus.zeros import FAR
from actx.core.budget import HIGHER_PRECISION, Budget
from actx.core.domain import Interval
from actx.language.derivative import derivative
from actx.language.tree import ZERO, Node, X, number, replace

_BESIDE = 1e-3  # how far from a guess its zero may be, in proportion
_COARSE = 1e-8  # how wide a stretch may be, in proportion, in which zeros are not told apart
_FAR_START = 4.0
_BLURRED = 4
_CANCELS = 64  # times as wide as the function is large: so bounds are of what nearly cancels
_REST = 1 / 16  # of a value: how small the rest of Taylor's polynomial is to be beside it
_HIGH = 40  # an order of zeros that is not told from derivatives
_LARGEST_DERIVATIVE = 1000  # nodes of one
_FURTHEST = 32.0  # from a zero about which one derivative is looked at


@dataclass(frozen=True)
class Enclosed:
    """Exactly one zero lies in [lo, hi]; left and right are the signs beside it."""

    lo: float
    hi: float
    left: int
    right: int


@dataclass(frozen=True)
class ProvenZeros:
    """The zeros inside an interval.

    enclosed: one for each guess, None where it could not be proven. undecided: stretches in which
    further zeros could not be excluded; the list is complete when there are none.
    """

    enclosed: tuple[Enclosed | None, ...]
    undecided: tuple[Interval, ...]

    @property
    def complete(self) -> bool:
        return not self.undecided and all(e is not None for e in self.enclosed)


def prove_zeros(
    tree: Node,
    order: int,
    lo: Number,
    hi: Number,
    guesses: Sequence[Number],
    budget: Budget,
    narrowest: float = NARROWEST,
) -> ProvenZeros:
    """The zeros of a smooth tree's derivative in the open interval (lo, hi), near the guesses.

    narrowest: how wide, in proportion, a stretch may be in which they are not told apart.
    """
    if sign_all_over(derivative(tree, order), lo, hi):
        return ProvenZeros((None,) * len(guesses), ())
    result = ProvenZeros((None,) * len(guesses), ((float(lo), float(hi)),))
    for precision in HIGHER_PRECISION:
        with ctx.workprec(precision):
            result = _Attempt(tree, order, lo, hi, budget, precision, narrowest).run(guesses)
        if result.complete or budget.spent:
            break
    return result


def enclosed_zero(piece: Piece, order: int, guess: float, budget: Budget) -> Enclosed | None:
    """The zero of a piece's derivative of an order near a guess, None where not proven."""
    reach = _BESIDE * max(1.0, abs(guess))
    lo, hi = max(float(piece.lo), guess - reach), min(float(piece.hi), guess + reach)
    for precision in HIGHER_PRECISION:
        with ctx.workprec(precision):
            found = _Attempt(piece.tree, order, lo, hi, budget, precision).single(guess, lo, hi)
        if found is not None or budget.spent:
            return None if found is None else found[0]
    return None


def settled_before(tree: Node, end: float, other: float) -> float:
    """The end, or a point before a far end from which on a tail settles the tree's sign.

    other: the other end, which may lie on that tail as well.
    """
    side = 1 if end > other else -1
    place = Place(None, side)
    try:
        for series in proven_series(tree, place, _FAR_START) if end * side >= FAR else ():
            start = beyond(place, series.start)
            if settled_sign(series, series.start) and abs(start) < abs(end):
                return max(start * side, other * side) * side
    except (SeriesError, ZeroDivisionError):
        pass
    return end


@dataclass(frozen=True)
class ZeroStretches:
    """Stretches outside of which a function has no zero.

    open: where zeros are, or could not be excluded, as narrow as floats allow about a single zero
    and coarse elsewhere. small: where the function is at most of the size asked for.
    """

    open: tuple[Interval, ...]
    small: tuple[Interval, ...]


def zero_stretches(
    tree: Node,
    lo: Number,
    hi: Number,
    guesses: Sequence[Number],
    budget: Budget,
    precision: int,
    size: float,
) -> ZeroStretches:
    """Where a smooth tree may vanish in (lo, hi), and where it is at most of a size."""
    with ctx.workprec(precision):
        attempt = _Attempt(tree, 0, lo, hi, budget, precision, _COARSE, size)
        found = attempt.run(guesses)
    single = [(zero.lo, zero.hi) for zero in found.enclosed if zero is not None]
    return ZeroStretches((*single, *found.undecided), tuple(attempt.small))


class _Attempt:
    def __init__(
        self,
        tree: Node,
        order: int,
        lo: Number,
        hi: Number,
        budget: Budget,
        precision: int,
        narrowest: float = NARROWEST,
        size: float = 0.0,
    ) -> None:
        self.tree, self.order, self.lo, self.hi, self.budget = tree, order, lo, hi, budget
        self.narrowest, self.size = narrowest, size
        self.hasty = precision < HIGHER_PRECISION[-1] and not size
        self.blurred = False  # so many bits cannot tell values from 0, hasty: and that ends it
        self.small: list[Interval] = []  # settled for being at most of the size
        self.balls = Balls(tree, order, precision)

    def run(self, guesses: Sequence[Number]) -> ProvenZeros:
        undecided: list[Interval] = []
        a, b = self._end(self.lo, 1, undecided), self._end(self.hi, -1, undecided)
        spans: list[Interval] = []
        enclosed = []
        for x in guesses:
            found = self.single(x, a, b)
            enclosed.append(None if found is None else found[0])
            if found is not None:
                spans.append(found[1])
        left = _outside(a, b, spans)
        undecided += cover(left, self._definite, self.budget, self.narrowest)
        if self.blurred:
            undecided.append((a, b))
        return ProvenZeros(tuple(enclosed), tuple(touching(undecided)))

    def _end(self, end: Number, inward: int, undecided: list[Interval]) -> float:
        """Where the finite part begins; beyond, the sign is proven or the stretch is undecided."""
        x = float(end)
        if math.isfinite(x):
            x = outward(exact_ball(end))[0 if inward > 0 else 1]  # leaves no gap beside the end
            value, slope = self.balls.at(end), self.balls.two(exact_ball(end))[1]
            if (value > 0 or value < 0) and slope.is_finite():  # else no box beside it has bounds
                other = float(self.hi if inward > 0 else self.lo)
                return settled_before(derivative(self.tree, self.order), x, other)
        place = Place(end, inward) if math.isfinite(x) else Place(None, -inward)
        other = float(self.hi if inward > 0 else self.lo)
        least = _FAR_START
        if math.isfinite(x):
            least = max(4.0, half_way(self.hi - self.lo))
        elif math.isfinite(other):
            least = max(least, other * -inward)
        last = None
        try:
            if math.isfinite(x) and not isinstance(end, int | Fraction):
                return x  # the series is about an exact point
            tree = derivative(self.tree, self.order)
            for series in proven_series(tree, place, least, bare=False):
                last = series
                if settled_sign(series, series.start):  # and not 0, which is zero all over
                    return beyond(place, series.start)
        except (SeriesError, ZeroDivisionError):
            pass
        if isinstance(end, int | Fraction):
            found = self._sign_beside(Fraction(end), inward)
            return x if found is None else found[1]  # else left to the boxes
        cut = place.x(last.start if last is not None else least)
        undecided.append((min(cut, x), max(cut, x)))
        return cut

    def _definite(self, lo: float, hi: float) -> bool:
        """Whether the function is proven not to vanish on a box, or to be small there."""
        if self.blurred:
            return True  # more bits are needed anyway
        value, slope = self.balls.two(hull(lo, hi))
        if value > 0 or value < 0:
            return True
        if not slope.is_finite():
            return False
        narrowed = mean_value(self.balls, lo, hi, slope)
        if narrowed > 0 or narrowed < 0:
            return True
        middle = self.balls.value(exact_ball(lo + (hi - lo) / 2))
        self.blurred = self.hasty and middle.rad() * _BLURRED > narrowed.rad() > 0
        if narrowed.rad() > _CANCELS * abs(middle) > 0 and self._definite_by_terms(lo, hi, middle):
            return True
        if self.size and abs(narrowed).upper() <= self.size:
            self.small.append((lo, hi))
            return True
        return False

    def _definite_by_terms(self, lo: float, hi: float, middle: arb) -> bool:
        """The same by Taylor's polynomial, in which what cancels has cancelled."""
        about = exact_ball(lo + (hi - lo) / 2)
        radius = (hull(lo, hi) - about).abs_upper()
        tree = derivative(self.tree, self.order)
        found = model(tree, about, radius, abs(middle).lower() * _REST, ctx.prec)
        return found is not None and bool(abs(found.value) > found.reach[0])

    def single(self, guess: Number, a: float, b: float) -> tuple[Enclosed, Interval] | None:
        """The zero at a guess, enclosed, and the stretch on which it is the only one."""
        x = float(guess)
        if not a <= x <= b:
            return None
        found = self._monotone_about(x, a, b)
        if found is None:
            return self._multiple(x)
        lo, hi, slope = found
        left, right = self.balls.value(exact_ball(lo)), self.balls.value(exact_ball(hi))
        if not ((left > 0 and right < 0) or (left < 0 and right > 0)):
            return None
        ball = self._newton(guess, hull(lo, hi), slope)
        if not self._is_inside(ball):
            return None
        signs = (1, -1) if left > 0 else (-1, 1)
        return Enclosed(*outward(ball), *signs), (lo, hi)

    def _is_inside(self, ball: arb) -> bool:
        after = not math.isfinite(self.lo) or ball > exact_ball(self.lo)
        return bool(after and (not math.isfinite(self.hi) or ball < exact_ball(self.hi)))

    def _multiple(self, x: float) -> tuple[Enclosed, Interval] | None:
        """A zero of higher order at a simple fraction: its sign on both sides, from the series."""
        exact = Fraction(x).limit_denominator(1000)
        if abs(float(exact) - x) > 1e-12 * max(1.0, abs(x)):
            return None
        if not self.lo < exact < self.hi:
            return None
        before, after = self._sign_beside(exact, -1), self._sign_beside(exact, 1)
        if before is None or after is None:
            return None
        found = Enclosed(*outward(exact_ball(exact)), before[0], after[0])
        return found, (before[1], after[1])

    def _sign_beside(self, x: Fraction, side: int) -> tuple[int, float] | None:
        """The sign next to a point at which the function is exactly 0, and how far it holds."""
        width = float(self.hi - x if side > 0 else x - self.lo)
        tree = derivative(self.tree, self.order)
        found = sign_beside(tree, x, side, width, ctx.prec)
        if found is not None:
            return found
        order = self._order(x)
        if order == 0:
            return None
        return self._leading(order, x, side, width) or self._from_series(x, side, width)

    def _from_series(self, x: Fraction, side: int, width: float) -> tuple[int, float] | None:
        place, tree = Place(x, side), derivative(self.tree, self.order)
        try:
            for series in proven_series(tree, place, 4 + half_way(width), bare=False):
                sign = settled_sign(series, series.start)
                if series.coefficient(UNIT) != 0:
                    break
                if sign is not None and sign != 0:
                    return sign, beyond(place, series.start)
        except (SeriesError, ZeroDivisionError):
            pass
        return None

    def _order(self, x: Fraction) -> int | None:
        """The order of the first derivative that is not 0 at x; None where that is not proven."""
        for n in range(_HIGH):
            tree = derivative(self.tree, self.order + n)
            if tree.size > _LARGEST_DERIVATIVE:
                return None
            value = value_at(tree, x, ctx.prec)
            if value > 0 or value < 0:
                return n
            if not value.is_finite() or not (value.is_zero() or _is_zero_at(tree, x)):
                return None
        return None

    def _leading(
        self, n: int | None, x: Fraction, side: int, width: float
    ) -> tuple[int, float] | None:
        """The sign beside a zero from the first derivative that is not 0, the n-th.

        By Taylor's theorem f(x + h) = f⁽ⁿ⁾(ξ)·hⁿ/n! where all derivatives before the n-th are 0.
        """
        if n is None:
            return None
        tree = derivative(self.tree, self.order + n)
        program = ball_program(tree, precision=ctx.prec)
        reach = min(width / 2, _FURTHEST)
        for _ in range(60):
            far = float(x + side * Fraction(reach))
            value = program(exact_ball(x).union(exact_ball(far)))[0]
            if (value > 0 or value < 0) and (far - x) * side > 0:
                sign = 1 if value > 0 else -1
                return (sign if side > 0 or n % 2 == 0 else -sign), far
            reach /= 2
        return None

    def _newton(self, guess: Number, around: arb, slope: arb) -> arb:
        """The zero within `around`, by Newton's step with the slope enclosed, twice."""
        middle = exact_ball(guess)
        ball = middle - self.balls.value(middle) / slope
        near = self.balls.two(ball.union(middle))[1]
        if near.is_finite() and (near > 0 or near < 0):
            ball = middle - self.balls.value(middle) / near
        return ball

    def _monotone_about(self, x: float, a: float, b: float) -> tuple[float, float, arb] | None:
        """A wide interval about x on which the slope has one sign."""
        reach = min(max(x - a, b - x), 0.5 * max(1.0, abs(x)))
        for _ in range(60):
            lo, hi = max(a, x - reach), min(b, x + reach)
            if not lo < hi:
                return None
            slope = self.balls.two(hull(lo, hi))[1]
            if slope.is_finite() and (slope > 0 or slope < 0):
                return lo, hi, slope
            reach /= 2
        return None


def _is_zero_at(tree: Node, x: Fraction) -> bool:
    return proven_equal(replace(tree, X, number(x)), ZERO)


def _outside(lo: float, hi: float, spans: Sequence[Interval]) -> list[Interval]:
    left: list[Interval] = []
    at = lo
    for a, b in sorted(spans):
        if a > at:
            left.append((at, min(a, hi)))
        at = max(at, b)
    if at < hi:
        left.append((at, hi))
    return left
