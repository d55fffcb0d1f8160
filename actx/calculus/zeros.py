"""All zeros of a smooth tree on an interval of the extended line.

Intervals are excluded by enclosures and not by samples, so that a narrow feature cannot hide
between sample points: a box is dropped when the enclosure of the function excludes 0, holds one
zero or none when the enclosure of the derivative excludes 0, and is halved otherwise (Moore,
Kearfott, Cloud, Introduction to Interval Analysis, 2009, chapter 8). Towards an infinite end, and
towards an end where the tree cannot be evaluated, the leading term of its series decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np

from actx.arithmetic.brackets import bracketed
from actx.arithmetic.coefficients import Number, SeriesError
from actx.arithmetic.interval import Box
from actx.arithmetic.series import Place, Series
from actx.calculus.balls import sign_in_balls, value_in_balls
from actx.calculus.boxes import (
    INNER,
    gathered,
    halved,
    inner_point,
    mean_value,
    samples_in,
    spread,
    touching,
)
from actx.calculus.enclosure import enclosure
from actx.calculus.expansion import SIZES, ask, expander
from actx.calculus.settled import settled
from actx.calculus.values import program
from actx.core.arrays import Array
from actx.core.domain import smaller
from actx.core.errors import AnalysisError
from actx.language.constants import constant_value
from actx.language.derivative import derivative
from actx.language.signs import side_of, sign_by_form, without_positive_factors
from actx.language.text import short
from actx.language.tree import NUMBER, ZERO, Node, X, as_fraction, number, replace

_START = 24  # boxes to begin with
_MOST_BOXES = 40_000
_MANY = 400  # boxes from which on the second-order form pays for its cost
_BESIDE = 1e-3  # how far from a place, in proportion, a function is looked at for its size
_TOUCHING = 1e-6  # of that size: what is more is not 0
_NARROW = 1e-15  # boxes are not halved below this width, relative to their place
_TINY = 1e-20  # or below this one, about 0
_WIDE = 0.01  # a stretch wider than this, relative to its place, is no multiple zero
_MOST_MULTIPLE = 6
FAR = 1e6  # a finite end at which an infinite one is tried instead
_NOISE = 8  # a box whose values are below so many rounding errors holds nothing else


@dataclass(frozen=True)
class Zero:
    """A zero and the signs of the function left and right of it (0: rounding decides there)."""

    x: Number
    left: int
    right: int


@dataclass(frozen=True)
class Zeros:
    """All zeros in an open interval; `everywhere`: the function is identically zero.

    left, right: its sign next to the ends of the interval. blurred: stretches on which zeros could
    not be told apart; each has one zero among the points, or none.
    """

    points: tuple[Zero, ...] = ()
    everywhere: bool = False
    left: int = 0
    right: int = 0
    blurred: tuple[tuple[float, float], ...] = ()


@lru_cache(maxsize=4096)
def zeros(tree: Node, lo: Number, hi: Number, order: int = 0) -> Zeros:
    """The zeros of a smooth tree, or its derivative, in the open interval (lo, hi), in order.

    Raises AnalysisError where they cannot be listed because the tree oscillates towards an infinite
    end.
    """
    whole, tree = tree, derivative(tree, order)
    if tree.constant:
        sign = float_sign(value := constant_value(tree))
        return Zeros(everywhere=value == 0, left=sign, right=sign)
    if sign := sign_by_form(tree, side_of(lo, hi)):
        return Zeros(left=sign, right=sign)
    slope = derivative(tree)
    if slope is ZERO:  # a constant that was not written as one, such as x - (x - 1)
        return zeros(replace(tree, X, number(Fraction(inner_point(lo, hi)))), lo, hi)
    if slope.op == NUMBER:
        return _linear(tree, as_fraction(slope), lo, hi)
    try:
        return _Search(whole, order, lo, hi).run()
    except AnalysisError:
        bare = without_positive_factors(tree, side_of(lo, hi))  # by which it may underflow
        found = None if bare is tree else zeros(bare, lo, hi)
        if found is None or not all(point.left and point.right for point in found.points):
            raise
        return found


def _linear(tree: Node, slope: Fraction, lo: Number, hi: Number) -> Zeros:
    at_zero = replace(tree, X, ZERO)
    sign = 1 if slope > 0 else -1
    exact = at_zero.op == NUMBER
    root = -(as_fraction(at_zero) if exact else constant_value(at_zero)) / slope
    if lo < root < hi:
        return Zeros((Zero(root, -sign, sign),), left=-sign, right=sign)
    side = sign if root <= lo else -sign
    return Zeros(left=side, right=side)


def float_sign(value: float | Fraction) -> int:
    """1, -1 or 0; 0 where there is no value (NaN)."""
    return int(value > 0) - int(value < 0)


def identically_zero(tree: Node, lo: Number, hi: Number, order: int = 0) -> bool:
    """Whether a smooth tree, or its derivative, is zero on all of an interval.

    It is taken to be when it is zero within its rounding errors at samples and the terms of its
    Taylor series at an inner point cancel, as they do for two ways to write one formula.
    """
    tree_itself = derivative(tree, order)
    if tree_itself.constant:
        return constant_value(tree_itself) == 0
    samples = samples_in(lo, hi)
    with np.errstate(all="ignore"):
        low, high = enclosure(tree_itself)((samples, samples))[0]
    return bool(np.all((low <= 0) & (high >= 0))) and _cancels(tree, samples, order)


def _cancels(tree: Node, samples: Array, order: int) -> bool:
    """Whether the terms of a derivative's Taylor series at a sample cancel."""
    place = Place(Fraction(float(samples[INNER])), 1)
    try:
        return not expander(place, SIZES[1]).series(tree).terms[order : order + 4]
    except SeriesError:
        return False


class _Search:
    """Branch and prune on one tree."""

    def __init__(self, whole: Node, order: int, lo: Number, hi: Number) -> None:
        self.whole, self.order, self.lo, self.hi = whole, order, lo, hi
        self.tree = derivative(whole, order)
        self.boxes = enclosure(self.tree, derivative(self.tree))
        self.box = enclosure(self.tree)
        self.value = program(self.tree)
        self.found: list[tuple[float, float]] = []  # boxes with a single zero inside
        self.clusters: list[tuple[float, float]] = []  # boxes or points that may hold zeros
        self.decided: list[tuple[Array, Array, Array, Array]] = []  # lo, hi, sign at lo, at hi
        self.blurred: list[tuple[float, float]] = []

    def run(self) -> Zeros:
        with np.errstate(all="ignore"):
            samples, signs = self._first_signs()
            if signs[0]:
                sign = float_sign(self._at(inner_point(self.lo, self.hi)))
                return Zeros(left=sign, right=sign)
            if not any(signs[3:]) and _cancels(self.whole, samples, self.order):
                return Zeros(everywhere=True)
            a, left = self._end(self.lo, 1, signs[1])
            b, right = self._end(self.hi, -1, signs[2])
            if a < b:
                self._search(a, b)
            points = tuple(self._points(a, b, left, right))
        # a zero at an end itself belongs to the neighbour
        points = tuple(p for p in points if self.lo < p.x < self.hi)
        if left == 0:
            left = points[0].left if points else right
        if right == 0:
            right = points[-1].right if points else left
        return Zeros(points, left=left, right=right, blurred=tuple(self.blurred))

    def _at(self, x: float) -> float:
        return float(self.value(np.float64(x))[0])

    def _first_signs(self) -> tuple[Array, list[int]]:
        """Samples, and the signs all over the interval, at its ends and at these; 0 where open.

        In one go, as the calls cost more than the numbers.
        """
        samples = samples_in(self.lo, self.hi)
        ends = np.array([float(self.lo), float(self.hi)])
        places = np.concatenate([ends, samples])
        boxes = np.concatenate([ends[:1], places]), np.concatenate([ends[1:], places])
        lo, hi = self.box(boxes)[0]
        signs = np.broadcast_to((lo > 0) * 1 - (hi < 0) * 1, boxes[0].shape)
        return samples, [int(sign) for sign in signs]

    def _end(self, end: Number, inward: int, sign: int) -> tuple[float, int]:
        """Where the search begins next to an end, and the sign between there and the end.

        sign: at the end itself, 0 where an enclosure does not tell.
        """
        x = float(end)
        if math.isfinite(x):
            if sign:
                return x, sign
            if x * -inward >= FAR:  # the tail is ruled by one term long before
                with suppress(SeriesError):
                    begin = settled(self.whole, Place(None, -inward), self.order)
                    if begin.sign and abs(begin.x) < abs(x):
                        return begin.x, begin.sign
            if known := value_in_balls(self.tree, end):
                return x, float_sign(known)
        place = Place(end, inward) if math.isfinite(x) else Place(None, -inward)
        if math.isfinite(x) and np.isfinite(self._at(x)):
            try:
                return x, ask(self.whole, place, Series.sign, self.order)
            except SeriesError:
                return x, 0
        try:
            begin = settled(self.whole, place, self.order)
        except SeriesError as reason:
            raise self._unsettled(end, reason) from None
        return begin.x, begin.sign

    def _unsettled(self, end: Number, reason: SeriesError) -> AnalysisError:
        where = "-inf" if end == -math.inf else "inf" if end == math.inf else f"x = {float(end):g}"
        advice, part = smaller(self.lo, self.hi)
        what = f"The behaviour of {short(self.tree)} towards {where} cannot be told: {reason}."
        return AnalysisError(what, advice, domain=part)

    # --- boxes ---

    def _search(self, a: float, b: float) -> None:
        edges = spread(a, b, _START)
        lo, hi = edges[:-1], edges[1:]
        spent = 0
        while lo.size:
            spent += lo.size
            if spent > _MOST_BOXES:  # too many zeros, or too close to rounding errors
                self.blurred = touching(list(zip(lo.tolist(), hi.tolist(), strict=True)))
                self.clusters += self.blurred
                return
            lo, hi = self._round(lo, hi)

    def _round(self, lo: Array, hi: Array) -> tuple[Array, Array]:
        """Decide what can be decided; the halves of the other boxes."""
        middle = lo + (hi - lo) / 2
        g, slope, noise = self._enclosed(lo, middle, hi)
        sign = (g[0] > 0) * 1.0 - (g[1] < 0) * 1.0
        undecided = sign == 0  # also where an end is NaN
        known = ~undecided
        self.decided.append((lo[known], hi[known], sign[known], sign[known]))
        monotone = undecided & ((slope[0] > 0) | (slope[1] < 0))
        self._single(lo[monotone], hi[monotone])
        undecided &= ~monotone
        flat = np.maximum(np.abs(g[0]), np.abs(g[1])) <= _NOISE * noise
        flat &= np.isfinite(noise)
        narrow = hi - lo <= _NARROW * np.maximum(np.maximum(np.abs(lo), np.abs(hi)), 1e-290)
        tiny = hi - lo <= _TINY
        stop = undecided & (flat | narrow | tiny)
        self.clusters += zip(lo[stop].tolist(), hi[stop].tolist(), strict=True)
        undecided &= ~stop
        lo, middle, hi = lo[undecided], middle[undecided], hi[undecided]
        return np.concatenate([lo, middle]), np.concatenate([middle, hi])

    def _enclosed(self, lo: Array, middle: Array, hi: Array) -> tuple[Box, Box, Array]:
        """Enclosures of function and slope on boxes, and the rounding error at the middles.

        With many boxes left the slope, too, is enclosed by its mean-value form: it tells apart
        what is nearly flat, such as a fourfold zero of a difference.
        """
        radius = np.nextafter(np.maximum(hi - middle, middle - lo), np.inf)
        # boxes and their middles in one go, as the calls cost more than the numbers
        both = np.concatenate([lo, middle]), np.concatenate([hi, middle])
        if lo.size < _MANY:
            (g, at_middle), (slope, _) = (halved(box, lo.size) for box in self.boxes(both))
        else:
            program = enclosure(self.tree, derivative(self.tree), derivative(self.tree, 2))
            (g, at_middle), (slope, there), (bend, _) = (
                halved(box, lo.size) for box in program(both)
            )
            slope = mean_value(slope, there, bend, radius)
        return mean_value(g, at_middle, slope, radius), slope, at_middle[1] - at_middle[0]

    def _single(self, lo: Array, hi: Array) -> None:
        """Boxes on which the function is monotone: a zero where the signs at the ends differ.

        Where it is 0 at an end, the signs of both neighbours will tell whether that is a zero; it
        may also be underflow.
        """
        if not lo.size:
            return
        at_lo, at_hi = np.sign(self.value(lo)[0]), np.sign(self.value(hi)[0])
        crossing = at_lo * at_hi < 0
        self.found += zip(lo[crossing].tolist(), hi[crossing].tolist(), strict=True)
        for ends, values in ((lo, at_lo), (hi, at_hi)):
            self.clusters += [(x, x) for x in ends[values == 0].tolist()]
        near_lo = np.where(at_lo == 0, at_hi, at_lo)
        self.decided.append((lo, hi, near_lo, np.where(at_hi == 0, at_lo, at_hi)))

    # --- zeros from boxes ---

    def _points(self, a: float, b: float, left: int, right: int) -> Iterator[Zero]:
        """Single zeros and what clusters hold, from left to right, with the signs beside them.

        left, right: the signs beyond a and b.
        """
        singles = sorted(self.found)
        spans = [(lo, hi, True, 0, 0) for lo, hi in singles]
        if self.clusters:
            runs = self._with_signs(touching(self.clusters), a, b, left, right)
            spans += [
                (lo, hi, False, s, t) for lo, hi, s, t in gathered(runs, [x for x, _ in singles])
            ]
            spans.sort()
        for lo, hi, single, before, after in spans:
            zero = self._crossing(lo, hi) if single else self._cluster(lo, hi, before, after)
            if zero is not None:
                yield zero

    def _with_signs(
        self, runs: list[tuple[float, float]], a: float, b: float, left: int, right: int
    ) -> list[tuple[float, float, int, int]]:
        """Stretches that may hold zeros, with the signs of their neighbours."""
        lo, hi, at_lo, at_hi = (np.concatenate(part) for part in zip(*self.decided, strict=True))
        before = dict(zip(hi.tolist(), at_hi.tolist(), strict=True)) | {a: left}
        after = dict(zip(lo.tolist(), at_lo.tolist(), strict=True)) | {b: right}
        return [
            (p, q, float_sign(before.get(p, 0.0)), float_sign(after.get(q, 0.0))) for p, q in runs
        ]

    def _crossing(self, lo: float, hi: float) -> Zero:
        rising = 1 if self._at(hi) > self._at(lo) else -1
        return Zero(snapped(self.tree, self._solve(lo, hi)), -rising, rising)

    def _solve(self, lo: float, hi: float, order: int = 0) -> float:
        compiled = program(derivative(self.tree, order))
        return bracketed(lambda x: float(compiled(np.float64(x))[0]), lo, hi)

    def _cluster(self, lo: float, hi: float, before: int, after: int) -> Zero | None:
        """A stretch where the function cannot be told from zero: a multiple zero or near miss."""
        middle = lo + (hi - lo) / 2
        reach = max(hi - lo, 1e-9 * max(abs(lo), abs(hi), 1e-280))
        for simple in (Fraction(round(middle)), Fraction(middle).limit_denominator(100)):
            if lo - reach <= simple <= hi + reach and self._vanishes_at(simple):
                return Zero(simple, before, after)
        if before == after and hi - lo > _WIDE * max(1.0, abs(middle)):
            return None  # too small to be seen, but nothing happens there
        if sign_in_balls(self.tree, lo, hi):
            return None  # only float64 cannot tell it from 0
        x = self._located(lo, hi)
        low, high = self.box((np.float64(x),) * 2)[0]
        touches = before != after or (low <= 0 <= high and not self._is_far_off(x, high - low))
        return Zero(snapped(self.tree, x), before, after) if touches else None

    def _is_far_off(self, x: float, width: float) -> bool:
        """Whether a function without a finite enclosure, beside a root of 0 say, is far from 0."""
        if math.isfinite(width):
            return False
        beside = abs(self._at(x + _BESIDE * max(1.0, abs(x))))
        return abs(value_in_balls(self.tree, x) or 0.0) > _TOUCHING * beside

    def _located(self, lo: float, hi: float) -> float:
        """Where the zero of a stretch lies, as the simple zero of a derivative if it has one."""
        middle = lo + (hi - lo) / 2
        if hi - lo > _WIDE * max(1.0, abs(middle)):
            return middle  # underflow far and wide
        for order in range(_MOST_MULTIPLE):
            ends = program(derivative(self.tree, order))(np.array([lo, hi]))[0]
            slope = enclosure(derivative(self.tree, order + 1))
            low, high = slope((np.float64(lo), np.float64(hi)))[0]
            if np.shape(ends) == (2,) and ends[0] * ends[1] < 0 and (low > 0 or high < 0):
                return self._solve(lo, hi, order)
        return middle

    def _vanishes_at(self, x: Fraction) -> bool:
        try:
            place = Place(x, 1)
            return ask(self.whole, place, Series.limit, self.order) == 0
        except SeriesError:
            return False


def snapped(tree: Node, x: float) -> Number:
    """A computed zero as a fraction where a simple one makes the tree exactly zero."""
    simple = Fraction(x).limit_denominator(1000)
    if (
        abs(float(simple) - x) <= 1e-14 * max(1.0, abs(x))
        and replace(tree, X, number(simple)) is ZERO
    ):
        return simple
    return x
