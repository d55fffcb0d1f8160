"""Polynomials, rational functions and splines of a family, with their ends and knots where best.

The coefficients are those of `fit_spline` and `fit_rational`, exact and with a proven error. The
ends of a range with one piece that need not meet what is outside lie where the errors on both sides
are the same, which is best. All other ends and knots are those of a local search (`place_knots`)
that begins at such ends and at knots that divide |f⁽ⁿ⁺¹⁾|^(1/(n+1)) evenly (de Boor, A Practical
Guide to Splines, chapter XII); the best of all places is not claimed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NoReturn
from zlib import crc32

import numpy as np

from actx.arithmetic.brackets import bracketed
from actx.calculus.values import program
from actx.core.arrays import Array
from actx.core.domain import Domain
from actx.core.errors import AnalysisError, FitError
from actx.fitting.forms.best import BestFit, Condition
from actx.fitting.results import Bound
from actx.language.derivative import derivative
from actx.language.tree import ONE, Node
from actx.studies.search.bounds import of_polynomials
from actx.studies.search.families import NO_JOIN, Kind, Member
from actx.studies.search.naming import polynomial_misnomer
from actx.studies.search.ranges import LEFT, RIGHT, Outside, check_room, met, outside, saturated

_UNIT, _JOINED_UNIT = 1e-6, 1e-4  # of the width of a range: to what places are rounded
_CLOSEST = 1e-3  # neighbouring places are no nearer, in the width of the range
_LEVELS = 8  # of the error outside, at which ends are tried at first
_FINER = 9  # levels between the best of these and its neighbours
_LEAST_LEVEL = 1e-6  # the smallest of these, in the largest
_BALANCE = 1e-6  # how well errors inside and outside are balanced, relatively
_FAR_OFF = 10.0  # a logarithm of an error that is too large or too small to matter
_SHIFT = 0.25  # of the distance to the neighbours: how far a seeded start moves places
_SAMPLES = 801  # of the target, to divide a range
_EVENLY = 0.05  # of the mean density of knots: the least one


Rank = tuple[float, ...]  # errors from the largest down; a smaller one is better


@dataclass(frozen=True)
class Made:
    """A formula, its (weighted) errors inside its range and to both sides, and its places.

    fit: what stands between the places.
    """

    formula: Node
    fit: BestFit
    inside: float
    beside: tuple[float, float]
    places: tuple[float, ...]

    @property
    def error(self) -> float:
        """The largest error on the domain."""
        return max(self.inside, *self.beside)

    @property
    def rank(self) -> Rank:
        """Of two with the same largest error, that with the smaller next one is better."""
        return tuple(sorted((float(f"{e:.9e}") for e in (self.inside, *self.beside)), reverse=True))


@dataclass(frozen=True)
class Aim:
    """What is approximated on which domain; weight: of the error, ONE for none."""

    target: Node
    domain: Domain
    weight: Node = ONE


class Engine:
    """The formulas of one member; their places are lo, knots ..., hi."""

    def __init__(
        self,
        member: Member,
        aim: Aim,
        beside: tuple[Node | None, Node | None] = (None, None),
        conditions: Sequence[Condition] = (),
    ) -> None:
        """Raises FitError where the family does not suit the target and the domain.

        beside: what stands outside the range on both sides, None for the target's asymptote.
        conditions: values and derivatives inside the range.
        """
        given = member.family.range
        domain = aim.domain
        if given.whole and not domain.bounded:
            raise FitError("It stands on the whole domain, which has to be finite for that.")
        if conditions and member.family.kind is Kind.RATIONAL:
            raise FitError(f"A rational function cannot be asked for {conditions[0]}.")
        self.member, self.aim, self._conditions = member, aim, tuple(conditions)
        lo, hi = (domain.lo, domain.hi) if given.whole else (given.lo, given.hi)
        check_room(lo, hi, domain)
        self._sides = [
            Outside(None, side, edge)
            if given.whole or end == edge
            else outside(tree, aim.target, aim.weight, domain, side)
            for side, tree, end, edge in (
                (LEFT, beside[0], lo, domain.lo),
                (RIGHT, beside[1], hi, domain.hi),
            )
        ]
        self._given = [lo, *(member.knots or [None] * (member.pieces - 1)), hi]

    @cached_property
    def _free(self) -> Array:
        """Which places are searched for; an end with nothing beside it is that of the domain."""
        ends = {0: self._sides[0], len(self._given) - 1: self._sides[1]}
        return np.array(
            [
                place is None and not (i in ends and ends[i].tree is None)
                for i, place in enumerate(self._given)
            ]
        )

    def misnomer(self, made: Made) -> str | None:
        """Why a formula is no longer what its member is called; None where it is."""
        ends = (self.aim.domain.lo, self.aim.domain.hi)
        if (made.places[0], made.places[-1]) == ends and (
            (self.member.join != NO_JOIN and self.member.pieces == 1)
            or any(side.tree is not None for side in self._sides)
        ):
            return "It comes out on the whole domain, with nothing beside it."
        return polynomial_misnomer(self.member, made.fit.parts, made.places, made.error)

    def bound(self, made: Made, budget: float) -> Bound:
        """What any other coefficients reach with the places of a formula; seconds for the proof."""
        domain = self.aim.domain
        outer = (domain.lo, made.places[0]), (made.places[-1], domain.hi)
        beside = [
            (side.tree, Domain(lo, hi))
            for side, (lo, hi) in zip(self._sides, outer, strict=True)
            if side.tree is not None and lo < hi
        ]
        return of_polynomials(
            made.fit, beside, self.aim.target, self.aim.weight, self.searched_for, budget
        )

    @property
    def searched_for(self) -> str:
        """Which places are not given, in words."""
        words = ["ends"] if self._free[0] or self._free[-1] else []
        return " and ".join([*words, *(["knots"] if self._free[1:-1].any() else [])])

    def best(self, seed: int) -> Made:
        """The best formula that was found. Raises FitError where none was.

        seed: of a second start, where knots are searched for.
        """
        start = self._start()
        if not self._free.any() or self._settled:
            return self._made(start)
        starts = [start]
        if self.member.pieces > 1 and self.member.knots is None:
            starts.append(self._shaken(start, seed))
        moved = min((self._moved(s) for s in starts), key=self._rank)
        return self._made(min((start, moved, self._moved(moved)), key=self._rank))

    @property
    def _settled(self) -> bool:
        """Whether the start is the best already: both ends free, and nothing else that counts."""
        single = self.member.family.kind is Kind.RATIONAL or self.member.join == NO_JOIN
        return single and self.member.pieces == 1

    def _start(self) -> Array:
        """Ends at which the error outside is that inside, knots that suit the target.

        Where the pieces meet what is outside, the error inside is never the smaller one, and it is
        least at some level between.
        """
        if not any(self._free[i] for i in (0, -1)):
            return self._places(0.0)
        top = max(_largest(side) for side in self._sides)
        logs = np.linspace(0.0, math.log(_LEAST_LEVEL), _LEVELS)
        if self._settled:
            excess = [self._excess(top, log) for log in logs]
            for i, j in pairwise(range(_LEVELS)):
                if excess[i] < 0 < excess[j]:
                    return self._places(top * math.exp(self._balanced(top, logs[j], logs[i])))
        return self._nearest(top, logs)

    def _nearest(self, top: float, logs: Array) -> Array:
        """The places at the best of these levels, or of some between it and its neighbours."""
        tried = [self._places(top * math.exp(log)) for log in logs]
        best = min(range(len(tried)), key=lambda i: self._rank(tried[i]))
        if self._tried(tried[best]) is None:
            self._refuse(tried)
        lo, hi = (float(logs[i]) for i in (max(best - 1, 0), min(best + 1, logs.size - 1)))
        tried += [self._places(top * math.exp(log)) for log in np.linspace(lo, hi, _FINER)[1:-1]]
        return min(tried, key=self._rank)

    def _balanced(self, top: float, lo: float, hi: float) -> float:
        """The level, as a logarithm, at which the errors outside and inside are the same."""
        return bracketed(lambda log: self._excess(top, log), lo, hi, _BALANCE)

    def _excess(self, top: float, log: float) -> float:
        """The logarithm of the error inside in that which is allowed outside, a level below top."""
        level = top * math.exp(log)
        places = self._places(level)
        if not places[0] < places[-1]:  # what is outside is good enough everywhere
            return -_FAR_OFF if np.all(np.isfinite(places)) else _FAR_OFF
        made = self._tried(places)
        if made is None:
            return _FAR_OFF
        excess = math.log(max(made.inside, 1e-300) / level) - _BALANCE
        return min(max(excess, -_FAR_OFF), _FAR_OFF)

    def _refuse(self, tried: Sequence[Array]) -> NoReturn:
        """Raise the reason why there is no formula with any of these places."""
        for places in tried:
            if places[0] < places[-1]:
                self._made(places)
        raise FitError("No range was found in which there is such a formula.")

    def _places(self, level: float) -> Array:
        """Ends at which the error outside comes to be `level`, knots between; NaN for none."""
        ends = []
        for side, place in zip(self._sides, (self._given[0], self._given[-1]), strict=True):
            reach = place if place is not None else side.reach(level)
            ends.append(math.nan if reach is None or math.isinf(reach) else reach)
        lo, hi = self._short(np.array(ends), ends[1] - ends[0])
        inner: Sequence[float] | Array = self.member.knots or ()
        if self.member.knots is None:
            count = len(self._given) - 2
            inner = (math.nan,) * count
            if lo < hi:
                inner = self._short(self._divided(lo, hi), hi - lo)
        return np.array([lo, *inner, hi])

    def _short(self, places: Array, width: float) -> Array:
        """Places with as few digits as do not matter; exact coefficients that join have many."""
        if not 0 < width < math.inf:
            return places
        unit = _UNIT if self._settled else _JOINED_UNIT
        return np.round(places, max(0, -math.floor(math.log10(unit * width))))

    def _divided(self, lo: float, hi: float) -> Array:
        """Knots that divide a range evenly by what a polynomial of the degree cannot follow."""
        if self.member.pieces == 1:
            return np.empty(0)
        order = self.member.degree[0] + 1
        x = np.linspace(lo, hi, _SAMPLES)
        with np.errstate(all="ignore"):
            size = np.abs(
                np.broadcast_to(program(derivative(self.aim.target, order))(x)[0], x.shape)
            )
        size = np.where(np.isfinite(size), size, 0.0) ** (1 / order)
        mean = float(size.mean())
        density = size + _EVENLY * mean if mean > 0 else np.ones_like(size)
        share = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
        parts = np.arange(1, self.member.pieces) / self.member.pieces
        return np.asarray(np.interp(parts, share / share[-1], x))

    def _shaken(self, start: Array, seed: int) -> Array:
        """The free places moved at random, by a seed that is the member's own."""
        random = np.random.default_rng([seed, crc32(self.member.name.encode())])
        gaps = np.diff(start)
        room = np.minimum(np.append(gaps, gaps[-1]), np.insert(gaps, 0, gaps[0]))
        moved = start + _SHIFT * room * random.uniform(-1, 1, start.size)
        return np.where(self._free, self._short(moved, start[-1] - start[0]), start)

    def _moved(self, start: Array) -> Array:
        """The places that a local search from a start ends at."""
        from actx.fitting.forms.splines import place_knots

        left, right, conditions = self._held(start)
        domain, knots = place_knots(
            self.aim.target, Domain(float(start[0]), float(start[-1])), self.member.degree[0],
            [float(k) for k in start[1:-1]], self.member.join, left, right, self._weight,
            conditions, move_ends=True,
        )  # fmt: skip
        moved = np.array([domain.lo, *(float(k) for k in knots), domain.hi])
        return np.where(self._free, moved, start)

    def _held(self, start: Array) -> tuple[Node | None, Node | None, list[Condition]]:
        """What stands outside where an end moves; where it does not, conditions to meet it."""
        sides: list[Node | None] = []
        conditions = [c for c in self._conditions if start[0] <= c.x <= start[-1]]
        for side, place, free in zip(self._sides, start[[0, -1]], self._free[[0, -1]], strict=True):
            sides.append(side.tree if free else None)
            if side.tree is not None and not free:
                conditions += met(side, float(place), self.member.join)
        return sides[0], sides[1], conditions

    def _rank(self, places: Array) -> Rank:
        """The errors of the formula with these places; infinite where there is none."""
        made = self._tried(places)
        return (math.inf,) if made is None else made.rank

    def _tried(self, places: Array) -> Made | None:
        """The formula with these places, or None."""
        try:
            return self._made(places)
        except (FitError, AnalysisError, ArithmeticError, ValueError):
            return None

    def _made(self, places: Array) -> Made:
        """The formula with these places. Raises FitError."""
        lo, hi = float(places[0]), float(places[-1])
        domain = self.aim.domain
        if not (np.all(np.isfinite(places)) and domain.lo <= lo < hi <= domain.hi):
            raise FitError("There is no range of which the outside has a small error.")
        if any(b - a < _CLOSEST * (hi - lo) for a, b in pairwise(places)):
            raise FitError("Its knots fall together.")
        left, right = self._sides
        formula, fit = self._fitted(Domain(lo, hi), [float(k) for k in places[1:-1]])
        beside = left.error_beyond(lo), right.error_beyond(hi)
        return Made(formula, fit, fit.error, beside, tuple(float(p) for p in places))

    @property
    def _weight(self) -> Node | None:
        return None if self.aim.weight is ONE else self.aim.weight

    def _fitted(self, domain: Domain, knots: list[float]) -> tuple[Node, BestFit]:
        """The whole formula, and what is inside the range."""
        left, right = (side.tree for side in self._sides)
        weight = self._weight
        if self.member.family.kind is Kind.RATIONAL:
            from actx.fitting.forms.rational import fit_rational

            top, bottom = self.member.degree
            quotient = fit_rational(self.aim.target, domain, (top, bottom), weight)
            whole = saturated(quotient.formula, domain.lo, domain.hi, left, right)
            return whole, quotient
        from actx.fitting.forms.splines import fit_spline

        inside = [c for c in self._conditions if domain.lo <= c.x <= domain.hi]
        spline = fit_spline(
            self.aim.target, domain, self.member.degree[0], knots, self.member.join, left, right,
            weight, inside,
        )  # fmt: skip
        return spline.formula, spline


def _largest(side: Outside) -> float:
    """The largest error that a side can have where it stands, 1 at most."""
    sizes = [abs(v) for s in side.segments for v in (s.at_lo, s.at_hi)]
    return min(max(sizes, default=1.0), 1.0)
