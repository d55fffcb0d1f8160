"""Proven suprema: of a function, of its negative, or of its absolute value, on any domain.

A lower bound is the value at a point. The upper bound covers the domain: towards infinite ends and
singular ones the series with a proven rest bounds the function; about a turning point near the top
the function is concave and lies below h(m) + h'(m)²/(2 min|h''|); everywhere else a box is settled
if its values lie below the lower bound, or if the function is monotone on it, so that its ends
decide, which belong to a neighbour or are ends of a piece and looked at as points. What remains are
the sites at which the supremum may be attained or approached.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from flint import arb, ctx

from actx.arithmetic.coefficients import SeriesError, sign_of
from actx.arithmetic.monomials import UNIT, compare
from actx.arithmetic.series import Place, Series
from actx.calculus.pieces import Piece
from actx.calculus.proven.cover import Balls, Isolated, cover, gaps, isolate, mean_value
from actx.calculus.proven.enclose import ball_program, exact_ball, hull, outward
from actx.calculus.proven.pieces import Joint, Verified
from actx.calculus.proven.series import (
    TooNear,
    ball,
    beyond,
    half_way,
    least_size,
    proven_series,
    settled_sign,
    variation,
)
from actx.calculus.proven.taylor import model
from actx.calculus.proven.zeros import settled_before
from actx.core.budget import HIGHER_PRECISION, Budget
from actx.language.derivative import derivative
from actx.language.signs import side_of, sign_by_form
from actx.language.tree import Node

_NEAR_TOP = 1e-3  # turning points this near to the top, relatively, are isolated
_SINGULAR_START = 4.0
_FAR_START = 8.0  # most tails can be told from there on; boxes cost less than further series
_ENOUGH = 1e-13  # a wider result is tried again with more precision
_CANCELS = 1e4  # times what is attained: the enclosure of a function whose parts cancel
_CLOSE = 1e-12  # relative: how near to what is attained the top of a turning point is brought
_FEW = 1e3
_SIMPLE = 1000  # the largest denominator of a place that is taken for a fraction
_NARROW = 1e-2  # in proportion to its place: a box about a flat top, perhaps
_SMALL = 1e-13  # a box that holds values as large as the known ones, and none larger, is kept so


@dataclass(frozen=True)
class Site:
    """Where a supremum may be attained or approached; single: at one turning point or end only."""

    lo: float
    hi: float
    single: bool = False


@dataclass(frozen=True)
class Supremum:
    """An enclosure of a supremum; proven False: work was left when the budget ran out.

    sites: outside of them it is neither attained nor approached. at: a place at which the function
    is at least lo in size (infinite: there in the limit), and its sign there.
    """

    lo: float
    hi: float
    proven: bool
    sites: tuple[Site, ...] = ()
    at: float = math.nan
    at_sign: int = 0


def supremum(function: Verified, sign: int, turning: Sequence[float], budget: Budget) -> Supremum:
    """sup of sign·h, or of |h| for sign 0, over the domain of h.

    turning: guesses of where the largest values are (interior turning points).
    """
    result = Supremum(-math.inf, math.inf, False)
    for precision in HIGHER_PRECISION:
        with ctx.workprec(precision):
            attempt = _Attempt(function, sign, turning, budget, precision).run()
        if attempt.proven or not result.proven:
            result = attempt
        wide = result.hi - result.lo > _ENOUGH * abs(result.hi)
        if (result.proven and not wide) or budget.spent or result.lo == math.inf:
            return result
    return result


@dataclass
class _Attempt:
    function: Verified
    sign: int
    turning: Sequence[float]
    budget: Budget
    precision: int
    tops: list[tuple[arb, Site]] = field(default_factory=list)  # how high it may be there
    below: set[float] = field(default_factory=set)  # points that are proven not to attain it
    open: bool = False
    cancelling: bool = False  # enclosures on boxes are much wider than the function is large
    at: float = math.nan
    at_sign: int = 0

    def __post_init__(self) -> None:
        self.lower = arb(0) if self.sign == 0 else arb("-inf")

    def measure(self, value: arb) -> arb:
        """What is to be bounded: sign·value or |value|."""
        return self.sign * value if self.sign else abs(value)

    def run(self) -> Supremum:
        self._joints()
        pieces = [(p, Balls(p.tree, 0, self.precision)) for p in self.function.pieces]
        inner = [self._start(piece, balls) for piece, balls in pieces]
        spans = []
        unbounded: list[float] = []
        for (piece, balls), xs in zip(pieces, inner, strict=True):
            lo, hi = self._end(piece, balls, 1), self._end(piece, balls, -1)
            if lo is None or hi is None:
                unbounded += [float(x) for x, e in ((piece.lo, lo), (piece.hi, hi)) if e is None]
            else:
                spans.append((balls, xs, lo, hi))
        if unbounded:
            sites = tuple(Site(x, x) for x in dict.fromkeys(unbounded))
            return Supremum(math.inf, math.inf, True, sites, unbounded[0], self.at_sign)
        for balls, xs, lo, hi in spans:
            if lo < hi:
                self._inside(balls, xs, lo, hi)
        return self._result()

    def _result(self) -> Supremum:
        top = self.lower
        for height, _ in self.tops:
            top = top.max(height)
        sites = dict.fromkeys(site for height, site in self.tops if not height < self.lower)
        lo, hi = outward(self.lower)[0], outward(top)[1]
        proven = not self.open and math.isfinite(hi)
        return Supremum(lo, hi, proven, tuple(sites), self.at, self.at_sign)

    # --- points ---

    def _joints(self) -> None:
        """The formula's own values where pieces meet and at the ends of the domain."""
        for joint in self.function.joints:
            value = joint.value()
            lo, hi = outward(exact_ball(joint.lo))[0], outward(exact_ball(joint.hi))[1]
            if value.is_finite():
                self._raise(value, lo)
                for top in self._tops(joint):
                    self._add(top, lo, hi)
            elif not joint.exact:  # else it has none, or it is a limit of a piece
                self.open = True
                self._add(arb("inf"), lo, hi)

    def _tops(self, joint: Joint) -> Iterable[arb]:
        """Bounds of what is to be bounded at a joint: a level that it takes, or of each branch."""
        corner = joint.corner
        if corner is None or corner.side != self.sign:
            return map(self.measure, joint.values())
        level = ball_program(corner.level, precision=self.precision)(exact_ball(0))[0]
        self._raise(level, float(joint.lo))
        return (self.measure(level),)

    def _start(self, piece: Piece, balls: Balls) -> list[float]:
        """Raise the lower bound by values at guesses; the guesses inside the piece."""
        xs = [x for x in self.turning if piece.lo < x < piece.hi and math.isfinite(x)]
        for x in [*xs, piece.inside]:
            self._raise(balls.at(x), x)
        for end in (piece.lo, piece.hi):
            if math.isfinite(end):
                value = balls.at(end)
                if value.is_finite():
                    self._raise(value, float(end))
                    self._add(self.measure(value), *outward(exact_ball(end)))
        return xs

    def _raise(self, value: arb, x: float) -> None:
        """Take note of a value that is attained, or approached, at x."""
        if value.is_finite():
            least = arb(self.measure(value).lower())
            if not least <= self.lower or math.isnan(self.at):
                self.at, self.at_sign = x, 1 if value > 0 else -1
            self.lower = self.lower.max(least)

    def _add(self, measure: arb, lo: float, hi: float, single: bool = False) -> None:
        height = measure.upper() if measure.is_finite() else arb("inf")
        self.tops.append((height, Site(lo, hi, single)))

    # --- ends ---

    def _end(self, piece: Piece, balls: Balls, inward: int) -> float | None:
        """Where the finite part begins next to an end; None where there is no bound."""
        end = piece.lo if inward > 0 else piece.hi
        if math.isfinite(end):
            value, slope = balls.two(exact_ball(end))
            place = Place(end, inward)
            least = max(_SINGULAR_START, half_way(piece.hi - piece.lo))
            if value.is_finite():
                lo, hi = outward(exact_ball(end))
                other = float(piece.hi if inward > 0 else piece.lo)
                far = settled_before(derivative(piece.tree), float(end), other)
                if far != float(end):
                    return far  # it is monotone from there on, so that the end decides
                steep = slope.is_finite() and (slope > 0 or slope < 0)
                beside = None if steep else self._beside(piece.tree, place, least)
                return (lo if inward > 0 else hi) if beside is None else beside
        else:
            place = Place(None, -inward)
            other = float(piece.hi if inward > 0 else piece.lo)
            least = abs(other) if math.isfinite(other) and other * -inward > 0 else 0.0
        return self._open_end(piece, place, max(_FAR_START, least))

    def _beside(self, tree: Node, place: Place, least: float) -> float | None:
        """To where the series settles what lies beside a point that is flat, or an end."""
        if not isinstance(place.base, int | Fraction):
            return None
        try:
            for series in proven_series(tree, place, least):
                if self._bounded_by(series, place):
                    return beyond(place, series.start)
        except (SeriesError, ZeroDivisionError):
            return None
        return None

    def _open_end(self, piece: Piece, place: Place, least: float) -> float | None:
        """Where the finite part begins next to an infinite or singular end."""
        start = least
        try:
            for series in proven_series(piece.tree, place, least):
                start = series.start
                if self._grows(series):
                    return None
                if self._bounded_by(series, place):
                    return beyond(place, start)
        except (SeriesError, ZeroDivisionError):
            pass
        self.open = True
        self._add(arb("inf"), *place.beyond(start))
        return beyond(place, start)

    def _grows(self, series: Series) -> bool:
        if not series.terms or compare(series.terms[0][1], UNIT) <= 0:
            return False
        return sign_of(series.terms[0][0]) in (self.sign or 1, self.sign or -1)  # raises at 0

    def _bounded_by(self, series: Series, place: Place) -> bool:
        """Whether the series proves that nothing beyond its start exceeds what is known."""
        stretch = place.beyond(series.start)
        if series.terms and compare(series.terms[0][1], UNIT) > 0:
            return self._falls_away(series, stretch)
        if series.cut is not None and compare(series.cut, UNIT) >= 0:
            return False
        limit = ball(series.coefficient(UNIT))
        at_limit = self.measure(limit)
        self._raise(limit, place.end)
        try:
            reach = variation(series, series.start)
        except TooNear:
            return False
        if at_limit + reach <= self.lower:
            self._add(at_limit + reach, *stretch)
            return True
        rest = Series(
            tuple(t for t in series.terms if compare(t[1], UNIT) < 0),
            series.cut, series.start, series.rest,
        )  # fmt: skip
        side = settled_sign(rest, series.start)
        if side is None or (not reach < 2 * abs(limit) and self.sign == 0 and side != 0):
            return False
        towards = self.sign or (1 if limit > 0 else -1)
        if side * towards <= 0:  # the limit is approached from below, or all that there is
            self._add(at_limit, *((place.end,) * 2 if side else stretch))
            if side:  # where the finite part begins the function is below its limit
                self.below.add(beyond(place, series.start))
            return True
        return False

    def _falls_away(self, series: Series, stretch: tuple[float, float]) -> bool:
        """A function that tends to -infinity: beyond the start it is below what is known."""
        if settled_sign(series, series.start) != -self.sign:
            return False
        least = least_size(series, series.start)
        if least is None or not -least <= self.lower:
            return False
        self._add(-least, *stretch)
        return True

    # --- the finite part ---

    def _inside(self, balls: Balls, xs: Sequence[float], lo: float, hi: float) -> None:
        turns = not sign_by_form(derivative(balls.tree), side_of(lo, hi))  # else the ends decide
        tops = [self._top(balls, x, lo, hi) for x in xs if turns and lo < x < hi]
        isolated = [t for t in tops if t is not None]
        open_ = gaps(lo, hi, isolated) if turns else []
        for a, b in cover(open_, lambda a, b: self._settled(balls, a, b), self.budget):
            self.open = True
            self._add(self.measure(balls.value(hull(a, b))), a, b)
        for x in {lo, hi} - self.below:
            if (value := balls.at(x)).is_finite():  # exact where it is a fraction
                self._add(self.measure(value), x, x)

    def _top(self, balls: Balls, x: float, lo: float, hi: float) -> Isolated | None:
        """An interval about a turning point near the top, with its bound added; None if not one."""
        value = balls.value(exact_ball(x))
        level = self.measure(value)
        if not level >= self.lower - _NEAR_TOP * abs(self.lower):
            return None
        found = isolate(balls, x, lo, hi)
        if found is None:
            return self._flat_top(balls.tree, x, lo, hi)
        towards = self.sign or (1 if value > 0 else -1)
        if not towards * found.bend < 0:
            return None
        slope = balls.two(exact_ball(x))[1]
        rise = slope * slope / (2 * abs(found.bend).lower())
        if not rise <= _ENOUGH * abs(level):  # it turns elsewhere, or nowhere
            return None
        self._add(towards * value + rise, found.lo, found.hi, True)
        if self.sign == 0:  # on the other side of zero the ends decide, being convex there
            for end in (found.lo, found.hi):
                self._add(-towards * balls.value(exact_ball(end)), end, end)
        return found

    def _flat_top(self, tree: Node, x: float, lo: float, hi: float) -> Isolated | None:
        """The same about a simple fraction by the series on both sides, of whatever order."""
        exact = Fraction(x).limit_denominator(_SIMPLE)
        if abs(float(exact) - x) > _CLOSE * max(1.0, abs(x)):
            return None
        least = max(_SINGULAR_START, *(half_way(abs(end - float(exact))) for end in (lo, hi)))
        a, b = (self._beside(tree, Place(exact, side), least) for side in (-1, 1))
        return None if a is None or b is None else Isolated(a, b, arb(0))

    def _settled(self, balls: Balls, lo: float, hi: float) -> bool:
        value, slope = balls.two(hull(lo, hi))
        level = self.measure(value)
        if level < self.lower:
            return True
        if slope.is_finite():
            if slope > 0 or slope < 0:
                return True
            narrowed = self.measure(mean_value(balls, lo, hi, slope))
            if narrowed.is_finite() and not level.upper() < narrowed.upper():
                level = narrowed
            if level < self.lower:
                return True
        self.cancelling = self.cancelling or not level < abs(self.lower) * _CANCELS
        narrow = hi - lo <= _NARROW * max(1.0, abs(lo))
        if (self.cancelling or narrow) and self._settled_by_series(balls, lo, hi):
            return True
        small = hi - lo <= _SMALL * max(1.0, abs(lo), abs(hi))
        if slope.is_zero() or (small and level <= self.lower):
            self._add(level, lo, hi)
            return True
        return False

    def _settled_by_series(self, balls: Balls, lo: float, hi: float) -> bool:
        """Settle a box on which parts of the function cancel, by its Taylor polynomial.

        Where the function bends towards zero it lies below h(m) + h'(m)²/(2 min|h''|), wherever on
        the box its turning point may be.
        """
        middle = exact_ball(lo + (hi - lo) / 2)
        radius = (hull(lo, hi) - middle).abs_upper()
        known = self.lower.is_finite() and not self.lower.is_zero()
        small = abs(self.lower) * _CLOSE if known else arb(2) ** (-self.precision)
        about = model(balls.tree, middle, radius, small, self.precision)
        if about is None:
            return False
        self._raise(about.value, lo + (hi - lo) / 2)
        height = self.measure(about.value) + about.reach[0]
        close = self.lower + abs(self.lower) * _CLOSE + 8 * about.value.rad()
        if height < self.lower or abs(about.slope) > about.reach[1]:
            return True
        nothing = about.value.contains(0) and about.reach[0] <= small * _FEW
        if nothing or height <= close:
            self._add(height, lo, hi)
            return True
        towards = self.sign or (1 if about.value > 0 else -1)
        least = (-towards * about.bend - about.reach[2]).lower()
        if not least > 0:
            return False
        x = float((middle - about.slope / about.bend).mid())
        if lo < x < hi:
            self._raise(balls.value(exact_ball(x)), x)
        top = towards * about.value + about.slope * about.slope / (2 * least)
        if not top <= close:
            return False
        self._add(top, lo, hi, True)
        if self.sign == 0:  # on the other side of zero the ends decide, being convex there
            for end in (lo, hi):
                self._add(-towards * balls.value(exact_ball(end)), end, end)
        return True
