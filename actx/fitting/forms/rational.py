"""The rational function of a type whose largest error on an interval is the least.

API: `fit_rational(target, domain, (m, n), weight=None)` returns a `BestFit`; m and n are the
degrees of numerator and denominator.

The exchange is that of Remez for rational functions: on m + n + 2 points the function whose error
is ±level in turn follows from a symmetric eigenvalue problem (Filip, Nakatsukasa, Trefethen,
Beckermann, Rational minimax approximation via adaptive barycentric representations, SIAM J. Sci.
Comput. 40, 2018, section 4), here solved in balls of many digits, so that no basis is too badly
conditioned for it. It needs a start near enough; these are tried in turn: Chebyshev points, the
points of the best function of a lower type with two more among them, and the differential
correction algorithm on a grid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from flint import arb, arb_poly, ctx

from actx.arithmetic.systems import fraction
from actx.calculus.proven.enclose import exact_ball, outward
from actx.core.arrays import Array
from actx.core.budget import Budget
from actx.core.domain import Domain
from actx.core.errors import FitError
from actx.fitting.forms.best import BestFit
from actx.fitting.forms.goal import Goal, goal_of
from actx.fitting.forms.grid import Grid, alternating, differential_correction
from actx.fitting.forms.levelled import Levelled, Place, System
from actx.fitting.horner import OPTIMAL, Part, check_digits, rounded
from actx.fitting.linear.columns import Quotient
from actx.fitting.linear.peaks import Peak, at_level, extrema, top_near
from actx.fitting.linear.strips import Error, spread
from actx.fitting.linear.upper import covered, is_nothing
from actx.fitting.results import Alternation
from actx.language.tree import Node

HIGHEST_DEGREE = 12  # of numerator and denominator
_BITS = 320  # of the balls in which fits are finished and proven
_SECONDS = 5.0  # for the enclosure of the error
_ROUNDS = 40
_LEVEL = 1e-14  # heights that agree to this part are level
_LOSS = 1e-11  # what rounding of the coefficients may add to the error, relatively
_NOTHING = 1e-80  # a level below this part of the target is none
_FINEST = 1e-42  # and below this one coefficients would have more digits than a formula can hold
_PER_POINT = 8  # points of the grid to each of the reference
_LEAST = 1e-3  # as if the function were at least so large
_NEARLY = 0.05  # an extremum this near to the level may reach it


@dataclass(frozen=True)
class RationalFit(BestFit):
    """A best rational function; type: the degrees asked for; defect: by how much both are less."""

    type: tuple[int, int] = (0, 0)
    defect: int = 0


def fit_rational(
    target: Node, domain: Domain, type: tuple[int, int], weight: Node | None = None
) -> RationalFit:
    """The p/q with deg p <= m, deg q <= n and the least max of weight·|p/q - target| on a domain.

    type: (m, n). q has no zero there, which is proven with the error's enclosure. Raises FitError
    where there is no such function or none that can be written, or where no exchange settles.
    """
    m, n = type
    if not (0 <= m <= HIGHEST_DEGREE and 0 <= n <= HIGHEST_DEGREE):
        raise FitError(
            f"The degrees of a rational function are whole numbers from 0 to {HIGHEST_DEGREE} "
            f"each, not {m} and {n}."
        )
    goal = goal_of(target, domain, weight)
    if goal.jumps:
        raise FitError(
            "The target jumps on the domain: the error of rational functions comes as near to half "
            "the jump as one likes, and none is the best."
        )
    with ctx.workprec(_BITS):
        return _Task(goal, domain).fit(m, n)


def error_of(quotient: Quotient) -> Error:
    """Its error on all strips."""
    return Error(lambda _: quotient)


class _Task:
    """The best functions of several types on one goal; work within `ctx.workprec(_BITS)`."""

    def __init__(self, goal: Goal, domain: Domain) -> None:
        self.goal, self.domain = goal, domain
        inside = goal.lo <= 0 <= goal.hi
        self.centre = Fraction(0) if inside else (goal.lo + goal.hi) / 2
        self.solved: dict[tuple[int, int], Levelled | None] = {}
        self.grids: dict[int, Grid] = {}

    def grid(self, points: int) -> Grid:
        """A grid that is fine enough for a reference of so many points."""
        count = _PER_POINT * points
        if count not in self.grids:
            self.grids[count] = Grid(self.goal, count)
        return self.grids[count]

    # --- all of a type ---

    def fit(self, m: int, n: int) -> RationalFit:
        itself = self._itself(m, n)
        if itself is not None:
            return itself
        for found, defect in self._candidates(m, n):
            if found.level < _FINEST * self.goal.scale:
                raise _too_near(m, n)
            if self._turns(found, m + n + 2) < m + n + 2 - defect:
                break
            return self._written(found, (m, n), defect)
        raise FitError(
            f"No best rational function of type ({m}, {n}) was found on {self.domain}: the "
            "exchange of points did not settle without a pole. Try degrees that differ by one, or "
            "a smaller domain."
        )

    def _candidates(self, m: int, n: int) -> Iterator[tuple[Levelled, int]]:
        """Functions that may be the best, each with its defect: by how much its degrees are less.

        That of the function 0 is n (its numerator has no degree).
        """
        for defect in range(min(m, n) + 1):
            found = self.solve(m - defect, n - defect)
            if found is not None:
                yield found, defect
        found = self.solve(m, 0)
        tiny = _LEVEL * self.goal.scale
        if found is not None and n and all(abs(c) < tiny for c in found.top.coeffs()):
            yield replace(found, top=arb_poly([0])), n

    def solve(self, m: int, n: int) -> Levelled | None:
        """The best function of a type if it has m + n + 2 points of alternation, else None."""
        if (m, n) not in self.solved:
            self.solved[m, n] = None
            for start in self._starts(m, n):
                found = self._exchanged(m, n, start)
                if found is not None:
                    self.solved[m, n] = found
                    break
        return self.solved[m, n]

    def _peaks(self, found: Levelled, error: Error, count: int) -> list[Peak]:
        """The points at which the error is largest, of each run with one sign the highest."""
        runs: list[Peak] = []
        starts = [*found.reference, *self._near_level(error, found.level, _PER_POINT * count)]
        tops = [(strip, top_near(error, strip, x, sign)[0]) for strip, x, sign in starts]
        for peak in at_level(error, tops, found.level):
            if runs and runs[-1].sign == peak.sign:
                if abs(peak.value) > abs(runs[-1].value):
                    runs[-1] = peak
            else:
                runs.append(peak)
        return runs

    def _near_level(self, error: Error, level: Any, count: int) -> Iterator[Place]:
        """Local extrema among so many points of each strip that come near the level."""
        for strip in self.goal.strips:
            at = [strip.within(x) for x in spread(strip, count)]
            sizes = np.array([float(error.value(strip, x) / level) for x in at])
            for i in extrema(sizes, 1 - _NEARLY):
                yield strip, at[i], 1 if sizes[i] > 0 else -1

    def _turns(self, found: Levelled, count: int) -> int:
        """How many points of alternation a function has, of so many that are asked for."""
        return len(self._peaks(found, error_of(found.quotient(exact_ball(self.centre))), count))

    # --- starts ---

    def _starts(self, m: int, n: int) -> Iterator[list[Place]]:
        """References to begin with, the cheap ones first."""
        count = m + n + 2
        yield [self._place(-np.cos(np.pi * i / (count - 1))) for i in range(count)]
        if m and n:
            lower = self.solve(m - 1, n - 1)
            if lower is not None:
                if self._turns(lower, count) >= count - 1:
                    return  # that one is the best here as well
                yield self._spread(lower.reference, count)
        grid = self.grid(count)
        error = differential_correction(
            grid.x, np.array([float(f.mid()) for f in grid.target]),
            np.array([float(w.mid()) for w in grid.weight]), m, n,
        )  # fmt: skip
        chosen = None if error is None else alternating(error, count)
        if chosen is not None:
            yield [(*grid.places[i], 1) for i in chosen]

    def _place(self, t: float) -> Place:
        """A point of [-1, 1] on the interval."""
        lo, hi = float(self.goal.lo), float(self.goal.hi)
        x = lo + (hi - lo) * (t + 1) / 2
        strips = self.goal.strips
        strip = next((s for s in strips if x <= float(s.hi)), strips[-1])
        return strip, strip.within(x), 1

    def _spread(self, reference: Sequence[Place], count: int) -> list[Place]:
        """As many points distributed in the same way."""
        lo, hi = float(self.goal.lo), float(self.goal.hi)
        t = np.array([(2 * float(x.mid()) - lo - hi) / (hi - lo) for _, x, _ in reference])
        old = np.linspace(0, 1, t.size)
        return [self._place(float(v)) for v in np.interp(np.linspace(0, 1, count), old, t)]

    # --- the exchange ---

    def _exchanged(self, m: int, n: int, start: list[Place]) -> Levelled | None:
        grid, reference = self.grid(m + n + 2), start
        centre = exact_ball(self.centre)
        for _ in range(_ROUNDS):
            found = self._levelled(m, n, reference)
            if found is None:
                return None
            quotient = found.quotient(centre)
            errors = grid.errors(quotient)
            if errors is None:
                return None
            if np.max(np.abs(errors)) < _FINEST * self.goal.scale:
                return found
            moved = self._turning(grid, errors, error_of(quotient), m + n + 2)
            if moved is None:
                return None
            reference, top = moved
            if top <= found.level * (1 + arb(_LEVEL)):
                return found
        return None

    def _turning(
        self, grid: Grid, errors: Array, error: Error, count: int
    ) -> tuple[list[Place], Any] | None:
        """The turning points of the error that alternate, and the largest height."""
        chosen = alternating(errors, count)
        if chosen is None:
            return None
        found, top = [], arb(0)
        for i in chosen:
            sign, (strip, start) = 1 if errors[i] > 0 else -1, grid.places[i]
            x, height = top_near(error, strip, start, sign)
            top = top.max(height)
            found.append((strip, x, sign))
        return found, top

    def _levelled(self, m: int, n: int, reference: Sequence[Place]) -> Levelled | None:
        """The function without a pole among the points whose error is ±level there in turn."""
        system = System(self.goal, reference, m, n)
        for level, q in system.solutions():
            return system.function(level, q, exact_ball(self.centre))
        return None

    # --- what is written ---

    def _itself(self, m: int, n: int) -> RationalFit | None:
        """The target, where it is such a function itself; that of the lowest degrees."""
        start = [self._place(-np.cos(np.pi * i / (m + n + 1))) for i in range(m + n + 2)]
        if not self._is_level_zero(m, n, start):
            return None
        b = next(b for b in range(n + 1) if self._is_level_zero(m, b, start))
        a = next(a for a in range(m + 1) if self._is_level_zero(a, b, start))
        found = self._levelled(a, b, start[: a + b + 2])
        if found is None:
            return None
        errors = self.grid(a + b + 2).errors(found.quotient(exact_ball(self.centre)))
        if errors is None or np.max(np.abs(errors)) > _FINEST * self.goal.scale:
            return None  # a level of 0 on some points does not say it
        unit = found.bottom.coeffs()[0]
        rows = [
            tuple(fraction(c / unit).limit_denominator(10**12) for c in p.coeffs())
            for p in (found.top, found.bottom)
        ]
        part = Part(self.centre, rows[0], rows[1])
        if not is_nothing(self.goal.strips, lambda _: part.tree, Budget(_SECONDS)):
            raise _too_near(m, n)
        kind = f"rational function of type ({m}, {n})"
        return RationalFit(
            part.tree, kind, self.domain, 0.0, (0.0, 0.0), 0.0, (), (part,), (),
            f"The target is a {kind} itself.", True, type=(m, n), defect=min(m - a, n - b),
        )  # fmt: skip

    def _is_level_zero(self, m: int, n: int, start: list[Place]) -> bool:
        system = System(self.goal, start[: m + n + 2], m, n)
        tiny = arb(_NOTHING * self.goal.scale)
        return any(abs(level) < tiny for level, _ in system.all())

    def _written(self, found: Levelled, type: tuple[int, int], defect: int) -> RationalFit:
        part = self._rounded(found)
        check_digits([part])
        error = error_of(Quotient.of(part))
        near, floor = [place[:2] for place in found.reference], _NOTHING * self.goal.scale
        bound = covered(self.goal.strips, error, near, floor, Budget(_SECONDS))
        needed = sum(type) + 2 - defect
        places = self._peaks(found, error, needed)
        least = self._least(places, needed)
        optimal = bound.proven and bool(arb(bound.hi) <= least * (1 + arb(OPTIMAL)))
        table = tuple(Alternation(float(p.x) + 0.0, float(p.value)) for p in places)
        kind = f"rational function of type ({type[0]}, {type[1]})"
        return RationalFit(
            part.tree, kind, self.domain, bound.lo,
            (bound.lo, bound.hi) if bound.proven else None,
            max(0.0, outward(least)[0]), table, (part,), (),
            _certificate(kind, needed, defect, len(places), optimal, least), optimal,
            type=type, defect=defect,
        )  # fmt: skip

    def _least(self, places: Sequence[Peak], needed: int) -> Any:
        """A proven lower bound on the error of all functions of the type; 0 if there is none.

        Where the error has alternating signs at so many points, no other function has a smaller
        one than the least of its sizes there.
        """
        if len(places) < needed:
            return arb(0)
        values = [p.value for p in places]
        in_order = all(a.x < b.x for a, b in pairwise(places))
        if not in_order or not all(bool((a * b) < 0) for a, b in pairwise(values)):
            return arb(0)
        sizes = sorted((arb(abs(v).lower()) for v in values), key=float)
        return sizes[0]

    def _rounded(self, found: Levelled) -> Part:
        """The coefficients as decimals, so short as costs next to nothing; q(centre) = 1."""
        unit = found.bottom.coeffs()[0]
        top, bottom = found.top * (1 / unit), found.bottom * (1 / unit)
        grid = self.grid(len(found.reference))
        u = grid.x - float(self.centre)
        q = np.array([float(bottom(arb(v)).mid()) for v in u])
        r = np.array([float(top(arb(v)).mid()) for v in u]) / q
        w = np.array([float(v.mid()) for v in grid.weight]) / np.abs(q)
        count = len(top.coeffs()) + len(bottom.coeffs())
        allowed = fraction(found.level) * Fraction(_LOSS) / count

        def decimals(polynomial: Any, effect: Array) -> tuple[Fraction, ...]:
            found = [
                rounded(fraction(c), allowed / Fraction(float(np.max(effect * np.abs(u) ** j))))
                for j, c in enumerate(polynomial.coeffs())
            ]
            while found and not found[-1]:
                found.pop()
            return tuple(found)

        return Part(self.centre, decimals(top, w), decimals(bottom, w * (np.abs(r) + _LEAST)))


def _certificate(
    kind: str, needed: int, defect: int, points: int, optimal: bool, least: Any
) -> str:
    """What proves that nothing of the kind is better, in words."""
    if not optimal:
        return (
            f"No {kind} has a smaller error than {float(least):.7g}; that this one is the best is "
            "not proven."
        )
    lower = f", both degrees being {defect} less than they may be," if defect else ""
    return (
        f"The error reaches its largest size with alternating signs at {points} points. {needed} "
        f"of them{lower} prove that no {kind} has a smaller one than {float(least):.10g}, and the "
        "denominator is proven to have no zero on the domain."
    )


def _too_near(m: int, n: int) -> FitError:
    return FitError(
        f"The best rational function of type ({m}, {n}) comes nearer to the target than the digits "
        "of a formula can tell. Take lower degrees."
    )
