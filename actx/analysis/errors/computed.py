"""The size of an error function on its whole domain: its supremum and its integral norms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from actx.analysis.monotone import Segment, crossing, monotone
from actx.analysis.results import TIE, ComparisonRow, Errors, MaxError, MaxSlopeError, Size
from actx.arithmetic.coefficients import Number, SeriesError, Undetermined, to_float
from actx.arithmetic.monomials import UNIT, Monomial, T, compare, normal, vanishing_from
from actx.arithmetic.quadrature import integrals
from actx.arithmetic.series import Place, Series, evaluate
from actx.calculus.balls import middle_in_balls
from actx.calculus.expansion import SIZES, expander
from actx.calculus.pieces import Piecewise
from actx.calculus.settled import settled
from actx.calculus.values import program
from actx.core.arrays import Array
from actx.core.errors import AnalysisError
from actx.core.norms import Norm, integral_norms
from actx.language.tree import Node

_STANDS_OUT = 1e-10  # an own value differs from the limits by more than rounding
_NEGLIGIBLE = 1e-17  # a tail is cut where it is this small times its extent
_NEAR = 100.0  # a series trusted from there on has terms enough
_TRUSTED = 1e-13  # relative error of a series that stands for the function
_ROUNDING = 2 * np.finfo(np.float64).eps  # of a value of a formula, as a part of it
_DECAYED = 200.0  # the logarithm of how far out a tail is integrated


def max_error(segments: Sequence[Segment], points: Mapping[Number, float]) -> MaxError:
    """sup|error|, at the ends of the monotone segments; a finite x before an infinite one.

    points: the error's own values where segments meet, some of which may stand out.
    """
    x, signed = _largest(segments)
    for place, value in points.items():
        if abs(value) > abs(signed) + _STANDS_OUT * (abs(signed) + _nearest(segments, place)):
            x, signed = float(place) + 0.0, value
    return MaxError(abs(signed), x, signed, ties=_ties(segments, x, signed))


def _ties(segments: Sequence[Segment], x: float, signed: float) -> tuple[float, ...]:
    """Other finite turning points and edges at which |error| is as large."""
    if signed == 0 or math.isinf(signed):
        return ()
    level = abs(signed) * (1 - TIE)
    turns = {
        float(end) + 0.0
        for s in segments
        for end, value in ((s.lo, s.at_lo), (s.hi, s.at_hi))
        if abs(value) >= level and s.direction != 0
    }
    return tuple(sorted(t for t in turns if t != x and math.isfinite(t)))


def _nearest(segments: Sequence[Segment], x: Number) -> float:
    """The size of the limits at an edge."""
    limits = [s.at_hi for s in segments if s.hi == x] + [s.at_lo for s in segments if s.lo == x]
    return max(abs(v) for v in limits)


def max_slope_error(error: Piecewise) -> MaxSlopeError:
    """sup|error'|."""
    x, signed = _largest(monotone(error, order=1))
    return MaxSlopeError(abs(signed), x)


def _largest(segments: Sequence[Segment]) -> tuple[float, float]:
    lo, hi = float(segments[0].lo), float(segments[-1].hi)
    best = (min(max(0.0, lo), hi), 0.0)
    for segment in segments:
        for end, value in ((segment.lo, segment.at_lo), (segment.hi, segment.at_hi)):
            x = float(end)
            higher = abs(value) > abs(best[1])
            nearer = abs(value) == abs(best[1]) and math.isfinite(x) and math.isinf(best[0])
            if higher or nearer:
                best = (x + 0.0, value + 0.0)
    return best


def without_noise(row: ComparisonRow) -> ComparisonRow:
    """A row with sizes unknown that are 0 without a proof, where float64 sees no difference."""
    largest, slope, integral = row.max_error, row.max_slope_error, row.integral
    if largest.value == 0 and not largest.proven and (largest.enclosure or (0, 1))[1] > 0:
        largest = replace(largest, value=math.nan, signed=math.nan, x=math.nan)
        integral = None
    if slope.value == 0 and slope.enclosure is None:
        slope = replace(slope, value=math.nan, x=math.nan)
    norms = {n: Size(math.nan) if size == Size(0.0) else size for n, size in row.norms.items()}
    return replace(row, max_error=largest, max_slope_error=slope, norms=norms, integral=integral)


def errors(error: Piecewise) -> Errors:
    """All norms of an error given by its pieces; infinite where they are.

    l1 is ∫|e|dx, l2 is sqrt(∫e²dx), gauss is sqrt(E e²) with x ~ N(0, 1). Relative accuracy 1e-9 or
    better. Raises AnalysisError where the error's behaviour cannot be told.
    """
    return _measured(error, integral_norms())[0]


def errors_and_integral(error: Piecewise) -> tuple[Errors, float]:
    """The same, and ∫e dx, NaN where ∫|e|dx is not finite."""
    found, (both,) = _measured(error, (*integral_norms(), _SIGNED))
    return found, both - 2 * found.l1_error if math.isfinite(both) else math.nan


class _Signed(Norm):
    """Of e + 2|e|, which is as smooth as |e| and of its size: ∫e is what it is above 2∫|e|."""

    def integrand(self, x: Array, e: Array) -> Array:
        return np.asarray(e + 2 * np.abs(e))


_SIGNED = _Signed("mean", "mean e", "∫e dx", power=1)


def _measured(error: Piecewise, norms: Sequence[Norm]) -> tuple[Errors, list[float]]:
    """The errors in the integral norms, which come first, and the other integrals."""
    segments = monotone(error)
    values = _Integrals(error, segments, norms).values()
    known = integral_norms()
    sizes = {n.name: Size(n.root(v)) for n, v in zip(known, values, strict=False)}
    return Errors(max_error(segments, error.points), sizes), values[len(known) :]


class _Integrals:
    """The integrals of some norms: over a finite range, and what lies beyond at each open end.

    An open end is an infinite one, or one at which the error has a singularity. There the leading
    term tells whether an integral is finite; an exponentially small rest is left out, one that is
    not is integrated from the series, which has no rounding errors of differences.
    """

    def __init__(
        self, error: Piecewise, segments: Sequence[Segment], norms: Sequence[Norm]
    ) -> None:
        self.error, self.norms = error, norms
        self.segments = segments
        self.slopes = _slopes(error)
        self.finite = np.ones(len(norms), dtype=bool)
        self.beyond = np.zeros(len(norms))

    def values(self) -> list[float]:
        total = np.zeros(len(self.norms))
        for piece in self.error.pieces:
            lo = self._open_end(piece.tree, piece.lo, 1)
            hi = self._open_end(piece.tree, piece.hi, -1)
            if lo < hi and not (piece.tree.constant and not _value(piece.tree)):
                inside = {x for x in self._splits(piece.lo, piece.hi) if lo < x < hi}
                total += self._over(piece.tree, [lo, *sorted(inside), hi])
        return [float(v) for v in np.where(self.finite, total + self.beyond, math.inf)]

    def _splits(self, lo: Number, hi: Number) -> Iterator[float]:
        """Turning points, zeros and points of inflection inside a piece: where features are."""
        for segment in self.segments:
            if lo <= segment.lo and segment.hi <= hi:
                yield float(segment.lo)
                root = crossing(segment)
                if root is not None:
                    yield root
        for segment in self.slopes:
            if lo <= segment.lo and segment.hi <= hi:
                yield float(segment.lo)

    def _over(self, tree: Node, edges: Sequence[float]) -> Array:
        compiled = program(tree)

        def integrand(x: Array) -> Sequence[Array]:
            e = np.broadcast_to(compiled(x)[0], x.shape)
            values = [norm.integrand(x, e) for norm in self.norms]
            # an integral that is infinite anyway must not keep the others waiting
            return [
                v if keep else np.zeros_like(v) for v, keep in zip(values, self.finite, strict=True)
            ]

        return integrals(integrand, edges, self._rounding(tree))

    def _rounding(self, tree: Node) -> Callable[[Array], Sequence[Array]] | None:
        """How far rounding brings the integrands off where the error is a difference."""
        if tree.op != "sub":
            return None
        both = program(*tree.args)

        def rounding(x: Array) -> Sequence[Array]:
            f, g = both(x)
            off = _ROUNDING * np.broadcast_to(np.abs(f) + np.abs(g), x.shape)
            e = np.broadcast_to(np.abs(f - g), x.shape)
            return [n.integrand(x, e + off) - n.integrand(x, e) for n in self.norms]

        return rounding

    # --- open ends ---

    def _open_end(self, tree: Node, end: Number, inward: int) -> float:
        """Where the finite part begins next to an end; what lies beyond is decided here."""
        x = float(end)
        if math.isfinite(x):
            with np.errstate(all="ignore"):
                at_end = float(program(tree)(np.float64(x))[0])
            if math.isfinite(at_end) or math.isfinite(middle_in_balls(tree, end)):
                return x
        place = Place(end, inward) if math.isfinite(x) else Place(None, -inward)
        cuts: list[float] = []
        try:
            cuts.append(settled_t(tree, place))
            series = self._series(tree, place)
        except Undetermined:
            if cuts:
                return place.x(cuts[0])  # too small to matter from there on
            raise AnalysisError(
                "The error's tail cannot be integrated: it is not ruled by one term within the "
                "range of float64."
            ) from None
        except SeriesError as reason:
            raise AnalysisError(f"The error's tail cannot be integrated: {reason}.") from None
        if series.vanishes:
            return place.x(series.start)
        lead = series.lead[1]
        slow = False
        for i, norm in enumerate(self.norms):
            m = _integrand(norm, lead, place)
            if not _integrable(m):
                self.finite[i] = False
            elif m.exponent:
                cuts.append(vanishing_from([(1, m * T)], None, _NEGLIGIBLE))
            else:
                slow = True
        if slow:
            cuts.append(_trusted_from(series))
            cut = min(max(cuts), 1e150)
            self._add_beyond(series, place, cut)
            return place.x(cut)
        return place.x(min(max(cuts), 1e150))

    def _series(self, tree: Node, place: Place) -> Series:
        """The series at an open end, with as many terms as an integral over it needs."""
        last: SeriesError = Undetermined("no series")
        for size in SIZES:
            series = expander(place, size).series(tree)
            if series.vanishes:
                return series
            if not series.terms:
                last = Undetermined("the terms known so far cancel")
            elif series.terms[0][1].exponent or _trusted_from(series) < _NEAR or size == SIZES[-1]:
                return series
        raise last

    def _add_beyond(self, series: Series, place: Place, cut: float) -> None:
        """Integrate the series beyond t = cut, in the variable log t."""
        start = math.log(cut)
        end = min(700.0, start + _DECAYED)

        def rates(u: Array) -> Sequence[Array]:
            t = np.exp(u)
            dx = t if place.base is None else 1 / t
            x, e = place.x(t), _sum_of(series, t)
            return [
                norm.integrand(x, e) * dx if keep else np.zeros_like(u)
                for norm, keep in zip(self.norms, self.finite.tolist(), strict=True)
            ]

        with np.errstate(all="ignore"):  # the normal density underflows
            inner, last = integrals(rates, [start, end]), rates(np.array([end]))
        for i, norm in enumerate(self.norms):
            if self.finite[i]:
                rest = _rest(_integrand(norm, series.lead[1], place), float(last[i][0]), end)
                self.beyond[i] += inner[i] + rest


def _sum_of(series: Series, t: Array) -> Array:
    """The sum of the known terms at each t; of powers alone all at once."""
    if all(not m.exponent and not m.log for _, m in series.terms):
        return np.asarray(
            sum(to_float(c) * t ** to_float(m.power) for c, m in reversed(series.terms))
        )
    return np.array([evaluate(series, at) for at in t.tolist()])


def _integrand(norm: Norm, lead: Monomial, place: Place) -> Monomial:
    """The leading monomial of an integrand in t; the density is a constant at a finite place."""
    power = lead if norm.power == 1 else lead * lead
    return power * normal(norm.deviation) if place.base is None else power * T**-2  # dx is dt/t²


def _rest(m: Monomial, rate: float, u: float) -> float:
    """The integral beyond u = log t of what has a value there and goes on like its monomial."""
    slope, log = to_float(m.power) + 1, to_float(m.log)
    return rate / -slope if slope else rate * u / -(log + 1)


def _slopes(error: Piecewise) -> tuple[Segment, ...]:
    """The monotone segments of the error's slope, none where they cannot be told."""
    try:
        return monotone(error, order=1)
    except AnalysisError:
        return ()


def settled_t(tree: Node, place: Place) -> float:
    """The t from which the tree's sign is settled. Raises Undetermined where no float has it."""
    x = settled(tree, place).x
    if place.base is None:
        return abs(x)
    distance = abs(x - float(place.base))
    if not distance:
        raise Undetermined("only between the place and the next float")
    return 1 / distance


def _integrable(m: Monomial) -> bool:
    """Whether the integral of a monomial over t to infinity is finite."""
    if m.exponent:
        decay = Monomial(m.exponent)
        if compare(decay, UNIT) != 0:
            return compare(decay, UNIT) < 0
    return m.power < -1 or (m.power == -1 and m.log < -1)


def _trusted_from(series: Series) -> float:
    """The t from which the known terms stand for the function."""
    if series.cut is None:
        return series.start
    relative = series.cut / series.lead[1]
    return max(series.start, vanishing_from([(1, relative)], None, _TRUSTED))


def _value(tree: Node) -> float:
    from actx.language.constants import constant_value

    return constant_value(tree)
