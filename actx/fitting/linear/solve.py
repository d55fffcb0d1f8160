"""The best coefficients of a linear template in the max norm, and what proves them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from flint import arb, ctx

from actx.arithmetic.systems import solution
from actx.calculus.proven.enclose import exact_ball, outward
from actx.calculus.proven.identity import proven_equal
from actx.core.arrays import Array
from actx.core.budget import Budget
from actx.core.domain import Domain
from actx.fitting.horner import rounded
from actx.fitting.linear.exchange import CARRIES, Discrete, best_on_samples, evened_out
from actx.fitting.linear.levelling import Anchor, Level, level_off, levelled, lower_bound
from actx.fitting.linear.optimality import sharpened
from actx.fitting.linear.peaks import at_level, extrema, top_near
from actx.fitting.linear.strips import Part, Residual, Strip, points_of, spread, strips_of
from actx.fitting.linear.table import Table, enough_bits, nothing, table
from actx.fitting.linear.upper import Upper, is_nothing, largest_error
from actx.fitting.linear.written import interpolant, is_spanned, short
from actx.language.tree import Node

_TRIES = 3  # each with more bits
_REFITS = 24
_PATIENT = 12  # rounds in which a reference that is as good as dependent is borne with
_SURE = 1e-9  # a gap above is tried again with more bits
_NEARLY = 0.7  # a sample this near to the level may be beside a turning point above it
_OVER = 1e-10  # a turning point this much above the level joins the samples
_TIED = 1e-6  # an error this near to the level on samples is at it
_FLOOR = 1e-60  # errors below this part of the target's size are as good as none
_NEAR_TARGET = Fraction(1, 10**50)  # coefficients that cannot be told exactly are so near
_FEWEST = 24  # samples of a strip

Peak = tuple[Strip, Any, Any]  # a turning point of the error: its place, and its height
Bind = Callable[[Sequence[Fraction]], Sequence[tuple[Node, Node]]]


@dataclass(frozen=True)
class Best:
    """The best coefficients as they are written, and what is proven of them.

    lower: no coefficients have a smaller largest error (0: nothing is proven). error: an enclosure
    of theirs; proven: whether it is. alternation: x, error and what part it belongs to, where the
    error is largest. dependent: indices of coefficients that the others make up for. unique:
    whether the points that the bound rests on leave no other coefficients; carrying: how many there
    are. exact: the template is the target.
    """

    coefficients: tuple[Fraction, ...]
    lower: float
    error: Upper
    alternation: tuple[tuple[float, float, str], ...]
    dependent: tuple[int, ...] = ()
    unique: bool = False
    carrying: int = 0
    exact: bool = False

    @property
    def floats(self) -> list[float]:
        """The coefficients in float64."""
        return [float(c) for c in self.coefficients]

    @property
    def optimal(self) -> bool:
        """Whether the bounds prove that no coefficients are better, to 1e-9 of the error."""
        return self.error.proven and self.error.hi * (1 - _SURE) <= self.lower


def solve(parts: Sequence[Part], domain: Domain, bind: Bind, budget: Budget) -> Best | None:
    """The coefficients with the least largest error over all parts; None where none were found.

    domain: of the error. bind: the template with coefficients put in and the target, weighted, for
    each part that is to be small. Raises AnalysisError where a column or the target cannot be cut
    into smooth pieces, and FitError where the target has no value.
    """
    strips = [strip for part in parts for strip in strips_of(part)]
    strips += points_of(strips)
    size = len(parts[0].columns)
    tiny, found = 1.0, None
    for attempt in range(_TRIES):
        with ctx.workprec(enough_bits(size, tiny)):
            work = _Work(strips, domain, size, bind, budget)
            found = work.best(sure=attempt == _TRIES - 1) or found
        if found is None or found.optimal or budget.spent or (attempt and not found.exact):
            break
        tiny *= min(1e-40 if found.exact else 1e-20, found.error.hi or 1e-20)
    return found


class _Work:
    """One attempt, at the precision that is in force."""

    def __init__(
        self, strips: Sequence[Strip], domain: Domain, size: int, bind: Bind, budget: Budget
    ) -> None:
        self.strips, self.domain, self.size = strips, domain, size
        self.bind, self.budget = bind, budget
        self.places = [spread(s, _count(s, size)) for s in strips]

    def best(self, sure: bool) -> Best | None:
        """The best coefficients, as far as the exchange comes.

        sure: these are as many bits as are ever used; with more, what is left of the target beside
        the template may turn out to be something.
        """
        found: Best | None = None
        for k in range(_REFITS + 1):
            samples = table(self.strips, self.places)
            if samples is None:
                return found
            if _is_target(samples):
                return self._target_itself(samples, sure)
            discrete = best_on_samples(samples.rows, samples.residual, samples.small)
            if discrete is None:
                return found
            level, settled = self._levelled(samples, discrete)
            if level is not None and not settled and k >= _PATIENT:
                level = self._on_samples(samples, discrete, level)
            if level is None:
                return found
            peaks = self._peaks(samples, level, settled)
            missed = [p[:2] for p in peaks if _is_over(*p, level)]
            if missed and settled:  # what proves the level is kept, so that it does not fall
                missed += [(a.strip, a.x) for a in level.anchors]
                plain = self._on_samples(samples, discrete, level)
                others = self._peaks(samples, plain, settled=False)
                missed += [p[:2] for p in others if _is_over(*p, level)]
            if self._add(missed) and k < _REFITS and not self.budget.spent:
                continue
            found = _better(found, self._written(samples, level, peaks))
            if found.optimal or found.error.at is None or self.budget.spent:
                return found
            if not self._add([(s, found.error.at) for s in self.strips if s is found.error.strip]):
                return found
        return found

    def _add(self, places: Sequence[tuple[Strip, Any]]) -> bool:
        """More samples; whether some of them are new."""
        new = False
        for strip, place in places:
            i, x = self.strips.index(strip), float(place)
            if x not in self.places[i]:
                self.places[i] = sorted([*self.places[i], x])
                new = True
        return new

    def _levelled(self, samples: Table, discrete: Discrete) -> tuple[Level | None, bool]:
        """Levelled off between the samples, and whether that came to an end.

        Where two points of the reference stand for one turning point, or points do not count, it
        does not; then the samples themselves are the reference, and more of them bring it nearer.
        """
        whole = np.sum(discrete.weights > CARRIES) == discrete.reference.size
        if not whole:
            discrete = evened_out(
                samples.rows, samples.residual, samples.small, samples.pieces, discrete
            )
        anchors = self._anchors(samples, discrete)
        found = level_off(anchors, samples.kept, self.size) if whole else None
        if found is None or not _is_settled(found, samples):
            found = sharpened(samples, discrete, self.size)
            if found is None or not _is_settled(found, samples):
                return levelled(anchors, samples.kept, self.size), False
        return found, True

    def _on_samples(self, samples: Table, discrete: Discrete, level: Level) -> Level:
        """The coefficients that are best on samples, with a reference for the bound beside them.

        They are not so near to the best that they end in a levelled error, but they bear with a
        reference that is as good as dependent.
        """
        rows = [samples.row(i) for i in samples.nodes]
        error = [arb(float(discrete.error[i])) for i in samples.nodes]
        values = solution(
            [[row[m] for m in samples.kept] for row in rows],
            [row[-1] + e for row, e in zip(rows, error, strict=True)],
        )
        if values is None:
            return level
        full = [arb(0)] * self.size
        for m, value in zip(samples.kept, values, strict=True):
            full[m] = arb(value.mid())
        return replace(level, coefficients=full, unique=False)

    def _anchors(self, samples: Table, discrete: Discrete) -> list[Anchor]:
        """The reference; a point that does not count keeps the error that it has."""
        found = []
        for i, sign, weight in zip(
            discrete.reference.tolist(), discrete.signs.tolist(), discrete.weights, strict=True
        ):
            error = float(discrete.error[i])
            tied = samples.small[i] and abs(error) >= discrete.level * (1 - _TIED)
            counts = weight > CARRIES or tied
            place = samples.places[i][0], samples.at[i]
            found.append(Anchor(*place, int(sign) if counts else 0, error))
        tied_to = (Anchor(samples.places[i][0], samples.at[i], 0) for i in samples.ties)
        return [*found, *tied_to]

    def _peaks(self, samples: Table, level: Level, settled: bool) -> list[Peak]:
        """Turning points of the error near the level or above it.

        settled: whether the reference consists of turning points.
        """
        residual = Residual(level.coefficients)
        known = [(a.strip, float(a.x)) for a in level.anchors if a.sign and settled]
        found = [(a.strip, a.x, level.level) for a in level.anchors if a.rise]
        error = samples.errors(
            [residual.value(samples.places[i][0], samples.at[i]) for i in samples.nodes]
        )
        for i in _extrema(samples, error, float(level.level)):
            strip, x = samples.places[i]
            if any(s is strip and abs(y - x) <= _beside(samples, i) for s, y in known):
                continue
            sign = 1 if error[i] > 0 or not strip.part.small else -1
            found.append((strip, *top_near(residual, strip, strip.within(x), sign)))
        return found

    def _written(self, samples: Table, level: Level, peaks: Sequence[Peak]) -> Best:
        """The coefficients as they are written, their error enclosed, and the bound below it."""
        exact = short(level, samples)
        dependent = tuple(k for k in range(self.size) if k not in samples.kept)
        least = 0.0
        if all(is_spanned(samples, self.strips, k) for k in dependent):
            least = max(0.0, outward(lower_bound(level.anchors, samples.kept))[0])
        carrying = [a for a in level.anchors if a.rise]
        error = self._error(exact, carrying, samples.largest * _FLOOR)
        small = [(strip, x) for strip, x, _ in peaks if strip.part.small]
        tops = at_level(Residual(list(map(exact_ball, exact))), small, level.level)
        places = tuple((float(p.x) + 0.0, float(p.value), p.strip.part.of) for p in tops)
        return Best(exact, least, error, places, dependent, level.unique, len(carrying))

    def _target_itself(self, samples: Table, sure: bool) -> Best | None:
        """Coefficients with which the template is the target, proven or as far as can be told."""
        found = interpolant(samples, self.size)
        if found is None:
            return None
        near = tuple(rounded(c, _NEAR_TARGET) for c in found)
        for simple in (near, tuple(c.limit_denominator(10**12) for c in found)):
            if self._is_sum(simple):
                return Best(simple, 0.0, Upper(0.0, 0.0, True), (), unique=True, exact=True)
        error = Upper(0.0, math.inf, False)
        if sure:
            error = self._error(near, [], samples.largest * float(_NEAR_TARGET))
        exact = not error.lo > samples.largest * float(_NEAR_TARGET)  # else it is so at one place
        return Best(near, 0.0, error, (), unique=True, exact=exact)

    def _is_sum(self, exact: Sequence[Fraction]) -> bool:
        """Whether the target is proven to be the template with these coefficients."""
        small = [strip for strip in self.strips if strip.part.small]
        parts = dict.fromkeys(strip.part for strip in small)
        if all(proven_equal(part.columns.tree(exact), part.goal) for part in parts):
            return True  # as they are written
        return is_nothing(small, lambda strip: strip.columns.tree(exact), self.budget)

    def _error(self, exact: Sequence[Fraction], near: Sequence[Anchor], floor: float) -> Upper:
        """How large the error of coefficients is, if above a floor; near: where it is largest."""
        small = [strip for strip in self.strips if strip.part.small]
        residual = Residual([exact_ball(c) for c in exact])
        places = [(a.strip, a.x) for a in near]
        return largest_error(
            small, residual, self.bind(exact), self.domain, places, floor, self.budget
        )


def _better(one: Best | None, other: Best) -> Best:
    """What has the smaller error, with the greater bound of the two."""
    if one is None:
        return other
    smaller = other if other.error.hi <= one.error.hi else one
    return replace(smaller, lower=max(one.lower, other.lower))


def _count(strip: Strip, size: int) -> int:
    """Samples of a strip: several for each turning point that the error may have."""
    degree = strip.columns.degree
    return max(_FEWEST, 5 * (size + 3) if degree is None else 3 * (degree + 4))


def _is_target(samples: Table) -> bool:
    """Whether the template can be the target, as far as samples tell."""
    rest, none = samples.residual, samples.largest * nothing(len(samples.kept))
    return bool(np.all(np.abs(rest[samples.small]) <= none) and np.all(rest >= -none))


def _beside(samples: Table, i: int) -> float:
    """How far off the neighbouring samples of one are."""
    strip, x = samples.places[i]
    near = [samples.places[j] for j in (i - 1, i + 1) if 0 <= j < len(samples.places)]
    return max((abs(y - x) for s, y in near if s is strip), default=0.0)


def _extrema(samples: Table, error: Array, level: float) -> list[int]:
    """The local maxima among the samples of each strip: of |error| where it is to be small.

    As far as they are near to what is allowed.
    """
    small = samples.small
    inner = np.array([a[0] is b[0] for a, b in pairwise(samples.places)])
    near = np.where(small, _NEARLY * level, (_NEARLY - 1) * level)
    return extrema(error, near, np.where(small, np.sign(error), 1.0), inner)


def _is_settled(level: Level, samples: Table) -> bool:
    """Whether the reference proves the level."""
    return bool(lower_bound(level.anchors, samples.kept) >= level.level * (1 - arb(_OVER)))


def _is_over(strip: Strip, x: Any, height: Any, level: Level) -> bool:
    """Whether a turning point is above what is allowed."""
    allowed = level.level if strip.part.small else arb(0)
    return bool(height > allowed + level.level * arb(_OVER))
