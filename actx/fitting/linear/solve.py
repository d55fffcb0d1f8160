"""The best coefficients of a linear template in the max norm, and what proves them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from actx.domain import Domain
from actx.fitting.best import rounded
from actx.fitting.linear.exchange import CARRIES, Discrete, best_on_samples, evened_out
from actx.fitting.linear.levelling import Anchor, Level, climb, level_off, levelled, lower_bound
from actx.fitting.linear.strips import Part, Residual, Strip, spread, strips_of
from actx.fitting.linear.table import Table, enough_bits, table
from actx.fitting.linear.upper import Upper, largest_error
from actx.language.enclose import exact_ball, outward
from actx.language.identity import proven_equal
from actx.language.tree import ZERO, Node, number, simplified
from actx.proof.budget import Budget

_REFITS = 24
_PATIENT = 12  # rounds in which a reference that is as good as dependent is borne with
_LOSS = 2e-11  # what rounding of the coefficients may add to the error, relatively
_SURE = 1e-9  # a gap above is tried again with more bits
_NEARLY = 0.7  # a sample this near to the level may be beside a turning point above it
_OVER = 1e-10  # a turning point this much above the level joins the samples
_LEVEL = 1e-6  # extrema this near to the level are part of the alternation
_TIED = 1e-6  # an error this near to the level on samples is at it
_NOTHING = 1e-24  # a residual below this part of the goal is none
_CLIMBS = 12
_ONE_POINT = 1e-4  # turning points so near to each other are one
_FEWEST = 24  # samples of a strip

Bind = Callable[[Sequence[Fraction]], Sequence[tuple[Node, Node]]]


@dataclass(frozen=True)
class Best:
    """The best coefficients as they are written, and what is proven of them.

    lower: no coefficients have a smaller largest error (0: nothing is proven). error: an enclosure
    of theirs; proven: whether it is. alternation: x, error and what part it belongs to, where the
    error is largest. dependent: indices of coefficients that the others make up for. released: of
    those held at a bound, which should not be. carrying: the points that the bound rests on. exact:
    the template is the target.
    """

    coefficients: tuple[Fraction, ...]
    lower: float
    error: Upper
    alternation: tuple[tuple[float, float, str], ...]
    dependent: tuple[int, ...] = ()
    released: tuple[int, ...] = ()
    carrying: int = 0
    exact: bool = False

    @property
    def unique(self) -> bool:
        """Whether so many points carry the bound that no other coefficients reach it."""
        return self.exact or self.carrying > len(self.coefficients)

    @property
    def optimal(self) -> bool:
        """Whether the bounds prove that no coefficients are better, to 1e-9 of the error."""
        return self.error.proven and self.error.hi * (1 - _SURE) <= self.lower


def solve(parts: Sequence[Part], domain: Domain, bind: Bind, budget: Budget) -> Best | None:
    """The coefficients with the least largest error over all parts; None where none were found.

    bind: the template with coefficients put in and the target, weighted, for each part. Raises
    AnalysisError where a column or the target cannot be cut into smooth pieces, and FitError where
    the target has no value.
    """
    strips = [strip for part in parts for strip in strips_of(part, domain)]
    size = len(parts[0].columns)
    tiny, found = 1.0, None
    for _ in range(2):
        with ctx.workprec(enough_bits(size, tiny)):
            work = _Work(strips, domain, size, bind, budget)
            found = work.best() or found
        if found is None or found.exact or found.released or found.optimal or budget.spent:
            break
        tiny *= min(1e-20, found.error.hi or 1e-20)
    return found


class _Work:
    """One attempt, at the precision that is in force."""

    def __init__(
        self, strips: Sequence[Strip], domain: Domain, size: int, bind: Bind, budget: Budget
    ) -> None:
        self.strips, self.domain, self.size = strips, domain, size
        self.bind, self.budget = bind, budget
        self.places = [spread(s, _count(s, size)) for s in strips]

    def best(self) -> Best | None:
        """The best coefficients, as far as the exchange comes."""
        found: Best | None = None
        for k in range(_REFITS + 1):
            samples = table(self.strips, self.places)
            if not np.max(np.abs(samples.residual)) > _NOTHING * samples.largest:
                return self._target_itself(samples)
            discrete = best_on_samples(samples.rows, samples.residual)
            if discrete is None:
                return found
            if np.sum(discrete.weights > CARRIES) <= len(samples.kept):
                discrete = evened_out(samples.rows, samples.residual, discrete)
            level, settled = self._levelled(samples, discrete)
            if level is not None and not settled and k >= _PATIENT:
                level = self._on_samples(samples, discrete, level)
            if level is None:
                return found
            peaks = self._peaks(samples, discrete, level, settled)
            missed = [(s, float(x)) for s, x, h in peaks if h > level.level * (1 + arb(_OVER))]
            if self._add(missed) and k < _REFITS and not self.budget.spent:
                continue
            found = _better(found, self._written(samples, level, peaks))
            if found.released or found.optimal or found.error.at is None or self.budget.spent:
                return found
            if not self._add([(s, found.error.at) for s in self.strips if s is found.error.strip]):
                return found
        return found

    def _add(self, places: Sequence[tuple[Strip, float]]) -> bool:
        """More samples; whether some of them are new."""
        new = False
        for strip, x in places:
            i = self.strips.index(strip)
            if x not in self.places[i]:
                self.places[i] = sorted([*self.places[i], x])
                new = True
        return new

    def _levelled(self, samples: Table, discrete: Discrete) -> tuple[Level | None, bool]:
        """Levelled off between the samples, and whether that came to an end.

        Where two points of the reference stand for one turning point, or points do not count, it
        does not; then the samples themselves are the reference, and more of them bring it nearer.
        """
        anchors = self._anchors(samples, discrete)
        found = level_off(anchors, samples.kept, self.size)
        if found is not None:
            least = lower_bound(found.anchors, samples.kept).least
            if least >= found.level * (1 - arb(_OVER)):
                return found, True
        return levelled(anchors, samples.kept, self.size), False

    def _on_samples(self, samples: Table, discrete: Discrete, level: Level) -> Level:
        """The coefficients that are best on samples, with a reference for the bound beside them.

        They are not so near to the best that they end in a levelled error, but they bear with a
        reference that is as good as dependent.
        """
        rows = [
            ([row[m] for m in samples.kept], row[-1] + arb(float(discrete.error[i])))
            for i in samples.nodes
            for row in [self._node_row(samples, i)]
        ]
        values = _solution(rows)
        if values is None:
            return level
        full = [arb(0)] * self.size
        for m, value in zip(samples.kept, values, strict=True):
            full[m] = arb(value.mid())
        return replace(level, coefficients=full)

    def _anchors(self, samples: Table, discrete: Discrete) -> list[Anchor]:
        """The reference; a point that does not count keeps the error that it has."""
        found = []
        for i, sign, weight in zip(
            discrete.reference.tolist(), discrete.signs.tolist(), discrete.weights, strict=True
        ):
            strip = self.strips[samples.index[i]]
            x, error = strip.within(float(samples.x[i])), float(discrete.error[i])
            tied = abs(error) >= discrete.level * (1 - _TIED)
            counts = weight > CARRIES or tied
            found.append(Anchor(strip, x, int(sign) if counts else 0, error))
        return found

    def _peaks(
        self, samples: Table, discrete: Discrete, level: Level, settled: bool
    ) -> list[tuple[Strip, Any, Any]]:
        """Turning points of the error near the level or above it: strip, place and height.

        settled: whether the reference consists of turning points.
        """
        residual = Residual(level.coefficients)
        known = [(a.strip, float(a.x)) for a in level.anchors if a.sign and settled]
        found = [(a.strip, a.x, level.level) for a in level.anchors if a.sign]
        for i in _extrema(discrete.error, samples.index):
            if abs(discrete.error[i]) < _NEARLY * discrete.level:
                continue
            strip, x = self.strips[samples.index[i]], float(samples.x[i])
            if any(s is strip and abs(y - x) <= _beside(samples, i) for s, y in known):
                continue
            found.append((strip, *_top(residual, strip, x, 1 if discrete.error[i] > 0 else -1)))
        return found

    # --- what is written ---

    def _written(
        self, samples: Table, level: Level, peaks: Sequence[tuple[Strip, Any, Any]]
    ) -> Best:
        """The coefficients as short decimals, their error enclosed, and the bound below it."""
        allowed = _fraction(level.level) * Fraction(_LOSS) / max(1, self.size)
        exact = [
            rounded(_fraction(c), allowed / Fraction(float(s) or 1.0))
            for c, s in zip(level.coefficients, samples.sizes, strict=True)
        ]
        dependent = tuple(k for k in range(self.size) if k not in samples.kept)
        proof = lower_bound(level.anchors, samples.kept)
        spanned = all(self._is_spanned(samples, k) for k in dependent)
        least = max(0.0, outward(proof.least)[0]) if spanned else 0.0
        residual = Residual([exact_ball(c) for c in exact])
        carrying = [a for a in level.anchors if a.sign]
        error = largest_error(
            self.strips, residual, self.bind(exact), self.domain,
            carrying, samples.largest, self.budget,
        )  # fmt: skip
        places = _alternation(residual, peaks, level.level)
        return Best(tuple(exact), least, error, places, dependent, proof.released, len(carrying))

    def _is_spanned(self, samples: Table, k: int) -> bool:
        """Whether a column that was left out is proven to be a combination of the others.

        If it were not, a bound without it would be false.
        """
        rows = [self._node_row(samples, i) for i in samples.nodes]
        pairs = [([row[m] for m in samples.kept], row[k]) for row in rows]
        shares = _solution(pairs)
        if shares is None:
            return False
        simple = [_fraction(v).limit_denominator(1000) for v in shares]
        return all(
            proven_equal(_sum([strip.columns[m] for m in samples.kept], simple), strip.columns[k])
            for strip in self.strips
        )

    def _node_row(self, samples: Table, i: int) -> list[Any]:
        strip = self.strips[samples.index[i]]
        row: list[Any] = strip.row(strip.within(float(samples.x[i])))
        return row

    def _target_itself(self, samples: Table) -> Best | None:
        """Coefficients with which the template is the target, proven or as far as can be told."""
        rows = [self._node_row(samples, i) for i in samples.nodes]
        shares = _solution([([row[m] for m in samples.kept], row[-1]) for row in rows])
        if shares is None:
            return None
        found = [Fraction(0)] * self.size
        for k, value in zip(samples.kept, shares, strict=True):
            found[k] = _fraction(value)
        simple = [c.limit_denominator(10**12) for c in found]
        if all(proven_equal(_sum(strip.columns, simple), strip.goal) for strip in self.strips):
            return Best(tuple(simple), 0.0, Upper(0.0, 0.0, True), (), exact=True)
        exact = [rounded(c, Fraction(1, 10**60)) for c in found]
        error = largest_error(
            self.strips, Residual([exact_ball(c) for c in exact]), self.bind(exact), self.domain,
            [], samples.largest, self.budget,
        )  # fmt: skip
        return Best(tuple(exact), 0.0, error, (), exact=True)


def _better(one: Best | None, other: Best) -> Best:
    """What has the smaller error, with the greater bound of the two."""
    if one is None or other.error.hi <= one.error.hi:
        return other if one is None else replace(other, lower=max(one.lower, other.lower))
    return replace(one, lower=max(one.lower, other.lower), released=other.released)


def _count(strip: Strip, size: int) -> int:
    """Samples of a strip: several for each turning point that the error may have."""
    columns = strip.rational
    degree = max((len(c) for c in columns), default=0) if columns is not None else 0
    return max(_FEWEST, 5 * (max(size, degree) + 3))


def _beside(samples: Table, i: int) -> float:
    """How far off the neighbouring samples of one are."""
    near = [j for j in (i - 1, i + 1) if 0 <= j < samples.x.size]
    same = [abs(samples.x[j] - samples.x[i]) for j in near if samples.index[j] == samples.index[i]]
    return float(max(same, default=0.0))


def _extrema(error: Any, index: Any) -> list[int]:
    """The local maxima of |error| among the samples of each strip."""
    size, sign = np.abs(error), np.sign(error)
    inner = index[1:] == index[:-1]
    before = np.append(-1.0, np.where(inner, sign[1:] * error[:-1], -1.0))
    after = np.append(np.where(inner, sign[:-1] * error[1:], -1.0), -1.0)
    return [int(i) for i in np.flatnonzero((size >= before) & (size >= after))]


def _top(residual: Residual, strip: Strip, x: float, sign: int) -> tuple[Any, Any]:
    """The turning point of sign·error that is climbed to from x, and its height."""
    at, height = strip.within(x), arb("-inf")
    for _ in range(_CLIMBS):
        before = height
        at, height = climb(residual, strip, at, sign)
        if height <= before * (1 + arb(1e-14) * before.sgn()):
            break
    return at, height


def _alternation(
    residual: Residual, peaks: Sequence[tuple[Strip, Any, Any]], level: Any
) -> tuple[tuple[float, float, str], ...]:
    found = []
    for strip, x, height in peaks:
        if height >= level * (1 - arb(_LEVEL)):
            value = float(residual.value(strip, x).mid())
            found.append((float(x) + 0.0, value, strip.part.of))
    distinct: list[tuple[float, float, str]] = []
    for place in sorted(found):
        last = distinct[-1] if distinct else None
        if last is None or not _one_point(last, place):
            distinct.append(place)
    return tuple(distinct)


def _one_point(a: tuple[float, float, str], b: tuple[float, float, str]) -> bool:
    near = b[0] - a[0] <= _ONE_POINT * (1 + abs(b[0]))
    return near and a[2] == b[2] and a[1] * b[1] > 0


def _fraction(ball: Any) -> Fraction:
    """The middle of a ball."""
    mantissa, exponent = ball.mid().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _solution(rows: Sequence[tuple[list[Any], Any]]) -> list[Any] | None:
    """The solution of as many equations as unknowns; None where there is none."""
    if not rows:
        return []
    try:
        found = arb_mat([list(row) for row, _ in rows]).solve(arb_mat([[v] for _, v in rows]))
    except (ZeroDivisionError, ValueError):
        return None
    values: list[Any] = [found[i, 0] for i in range(len(rows))]
    return values


def _sum(columns: Sequence[Node], coefficients: Sequence[Fraction]) -> Node:
    total = ZERO
    for column, c in zip(columns, coefficients, strict=True):
        total = simplified("add", total, simplified("mul", number(c), column))
    return total
