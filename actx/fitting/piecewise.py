"""Best approximations in a linear space of piecewise polynomials, proven.

A best approximation on a grid (`exchange`) is levelled off in balls (`levelling`), its coefficients
are rounded to as few decimals as cost nothing, and the error of what is then written is enclosed
(`bounding`). Where that finds a larger error than the reference has, the place joins the grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from actx.analysis.fit_results import Alternation
from actx.analysis.results import Interval
from actx.errors import FitError
from actx.fitting.best import OPTIMAL, Part, check_digits, rounded
from actx.fitting.bounding import Bound, largest_error
from actx.fitting.exchange import Discrete, best_on_points, evened_out, local_extrema, remez
from actx.fitting.goal import BITS, ErrorOf, Goal, Quotient, lobatto, quotient_of, within
from actx.fitting.levelling import Anchor, Level, climb, least_error, level_off, levelled
from actx.fitting.space import Space
from actx.language.identity import proven_equal

Array = NDArray[np.float64]

_REFITS = 12
_CLEAR = 1e-7  # residuals below this part of the target are computed in balls
_NOTHING = 1e-80  # a residual below this part of the target is none
_FINEST = 1e-42  # and below this one coefficients would have more digits than a formula can hold
_LOSS = 1e-11  # what rounding of the coefficients may add to the error, relatively
_NEARLY = 0.05  # an extremum this near to the level may be part of the alternation
_LEVEL = 1e-6  # and is, if it comes this near when it is refined
_COUNTS = (0.0, 1e-10, 1e-8, 1e-6)  # weights below which points of a reference are left out
_TIED = 1e-6  # an error this near to the level on a grid is at it
_DEPENDENT = 1e-5  # a row that adds less than this to a span lies in it
_CLIMBS = 12
_SAME_HEIGHT = 1e-14
_ONE_POINT = 1e-9  # peaks so near to each other, relative to the domain, are one

Place = tuple[int, Any, int]  # a stretch, a point of it and the sign of the error there


@dataclass(frozen=True)
class Found:
    """The best function of a space as it is written, and what is proven of it."""

    parts: tuple[Part, ...]
    error: float
    enclosure: Interval | None
    least: float
    alternation: tuple[Alternation, ...]
    carrying: int  # points whose errors prove the lower bound
    optimal: bool
    exact: bool = False  # the target is in the space itself


class Grid:
    """Points of all stretches with the residual of a first approximation.

    interpolated: the first approximation, where it is so near to the target that it was made in
    balls; None where float64 does.
    """

    def __init__(self, goal: Goal, space: Space, per_stretch: int = 0) -> None:
        self.goal, self.space = goal, space
        usual = max(33, 12 * (space.degree + 2)) if space.plain else 6 * (space.degree + 3)
        per_stretch = per_stretch or usual
        self.points = [lobatto(s.lo, s.hi, per_stretch) for s in goal.stretches]
        self.interpolated: Level | None = None
        self._collect()
        weighted, wanted = self.weighted, self.weight * (self.target - self.offset)
        self._start = np.linalg.lstsq(weighted, wanted, rcond=None)[0]
        if np.max(np.abs(self._plain())) <= _CLEAR * goal.scale:
            self.interpolated = self._interpolated()
        self.residual = self._residual()

    def _collect(self) -> None:
        stretches = self.goal.stretches
        parts = [self.space.rows(s.part, x) for s, x in zip(stretches, self.points, strict=True)]
        self.x = np.concatenate(self.points)
        self.index = np.repeat(np.arange(len(stretches)), [x.size for x in self.points])
        self.rows = np.concatenate([rows for rows, _ in parts])
        self.offset = np.concatenate([offset for _, offset in parts])
        pairs = list(zip(stretches, self.points, strict=True))
        self.target = np.concatenate([s.target_at(x) for s, x in pairs])
        self.weight = np.concatenate([s.weight_at(x) for s, x in pairs])
        self.weighted = self.rows * self.weight[:, None]
        self.starts = [0, *np.cumsum([x.size for x in self.points])[:-1].tolist()]

    def _plain(self) -> Array:
        return np.asarray(self.target - self.offset - self.rows @ self._start)

    def _interpolated(self) -> Level | None:
        """The function that takes the target's values at points that determine it well."""
        last = np.zeros((1, self.space.size + 1))
        last[0, -1] = 1.0
        others = np.column_stack([self.weighted, np.zeros(self.x.size)])
        chosen = _independent(last, others, self.space.size)
        spare = next(i for i in range(self.x.size // 3, self.x.size) if i not in chosen)
        with ctx.workprec(BITS):
            anchors = [*(anchor_of(self, i, 0) for i in chosen), anchor_of(self, spare, 1)]
            return levelled(self.goal, self.space, anchors)

    def _residual(self) -> Array:
        """target - first approximation, however small it is."""
        if self.interpolated is None:
            return self._plain()
        pairs = zip(self.index.tolist(), self.x.tolist(), strict=True)
        return np.array([self.difference(i, x) for i, x in pairs])

    def difference(self, index: int, x: float) -> float:
        """target - first approximation at one point, by balls."""
        assert self.interpolated is not None
        stretch = self.goal.stretches[index]
        with ctx.workprec(BITS):
            at = within(stretch, x)
            value = stretch.ball_values(at)[0] - self.interpolated.parts[stretch.part](at)
            return float(value.mid())

    def add(self, places: Sequence[tuple[int, float]]) -> None:
        """More points, each with its stretch."""
        for stretch, x in places:
            self.points[stretch] = np.union1d(self.points[stretch], [x])
        self._collect()
        self.residual = self._residual()


def fit_space(goal: Goal, space: Space, what: str) -> Found:
    """The best function of the space. Raises FitError; what: the kind, for messages."""
    if not space.size:
        return _without_choice(goal, space)
    grid = Grid(goal, space)
    whole = _exactly(goal, space, grid)
    if whole is not None:
        return whole
    found: Found | None = None
    for _ in range(_REFITS):
        discrete = on_grid(grid)
        level = None if discrete is None else _levelled_off(grid, discrete)
        if level is None:
            break
        if level.level < _FINEST * goal.scale:
            raise FitError(
                f"The best {what} comes as near to the target as {float(level.level):.2g}, nearer "
                "than the digits of a formula can tell. Take a lower degree."
            )
        missed = _missed(goal, space, level)
        if not missed:
            found, bound = _written(goal, space, level)
            if found.optimal or not bound.lo > level.level * (1 + arb(OPTIMAL)):
                return found
            missed = [(bound.stretch, float(bound.at.mid()))]
        grid.add(missed)
    if found is None:
        raise FitError(f"No best {what} was found: the exchange of points did not settle.")
    return found


def _levelled_off(grid: Grid, discrete: Discrete) -> Level | None:
    """The function levelled off; without points that hardly count where they are in the way."""
    for least in _COUNTS:
        start = discrete.trimmed(least)
        if grid.space.count > 1 and start.reference.size <= grid.space.size:
            group = np.array([s.part for s in grid.goal.stretches])[grid.index]
            start = evened_out(grid.rows, grid.residual, grid.weight, group, start)
        found = level_off(grid.goal, grid.space, _anchors(grid, start))
        if found is not None:
            return found
    return None


def _missed(goal: Goal, space: Space, level: Level) -> list[tuple[int, float]]:
    """The turning points near the level, if some are above it."""
    with ctx.workprec(BITS):
        error = ErrorOf(level.parts)
        tops = [
            (index, *top_near(goal, error, index, x, sign))
            for index, x, sign in _near_level(goal, error, level.level, _samples(space))
        ]
        if not any(height > level.level * (1 + arb(OPTIMAL / 2)) for _, _, height in tops):
            return []
        return [(index, float(x)) for index, x, _ in tops]


def _samples(space: Space) -> int:
    """Points of each stretch at which turning points are sought."""
    return 6 * (space.degree + 3)


def on_grid(grid: Grid) -> Discrete | None:
    """The best function of the space on the grid; None where it was not found."""
    scale = float(np.max(np.abs(grid.residual))) or 1.0
    residual = grid.residual / scale
    if grid.space.plain and not grid.goal.jumps:
        found = remez(grid.x, residual, grid.weight, grid.space.degree)
        if found is not None:
            return found.scaled(scale)
    found = best_on_points(grid.rows, residual, grid.weight)
    if found is None:
        return None
    return found.scaled(scale)


def _anchors(grid: Grid, discrete: Discrete) -> list[Anchor]:
    """As many points as free coefficients and one: the reference, and what completes it.

    Of the others those come first at which the error has the same size; the rest keep theirs.
    """
    chosen = list(zip(discrete.reference.tolist(), discrete.signs.tolist(), strict=True))
    missing = grid.space.size + 1 - len(chosen)
    kept: list[int] = []
    if missing > 0:
        known = np.column_stack([grid.weighted[discrete.reference], -discrete.signs.astype(float)])
        level = np.abs(discrete.error) >= discrete.level * (1 - _TIED)
        signs = np.where(level, np.sign(discrete.error), 0.0)
        turning = np.zeros(grid.x.size, dtype=bool)
        turning[local_extrema(discrete.error, grid.starts)] = True
        others = np.column_stack([grid.weighted, -signs])
        tied = _independent(known, np.where((level & turning)[:, None], others, 0.0), missing)
        chosen += [(i, int(signs[i])) for i in tied]
        others[level] = 0.0
        known = np.vstack([known, np.column_stack([grid.weighted, -signs])[tied]])
        kept = _independent(known, others, missing - len(tied))
    with ctx.workprec(BITS):
        anchors = [anchor_of(grid, i, sign) for i, sign in chosen]
        return anchors + [anchor_of(grid, i, 0, float(discrete.error[i])) for i in kept]


def anchor_of(grid: Grid, i: int, sign: int, error: float = 0.0) -> Anchor:
    """A grid point as a point of the reference."""
    index = int(grid.index[i])
    return Anchor(index, within(grid.goal.stretches[index], float(grid.x[i])), sign, error)


def _independent(known: Array, others: Array, count: int) -> list[int]:
    """At most so many rows that add most to the span of known ones, one after the other."""
    q = np.linalg.qr(known.T)[0]
    left = others - (others @ q) @ q.T
    chosen: list[int] = []
    for _ in range(count):
        sizes = np.linalg.norm(left, axis=1)
        i = int(np.argmax(sizes))
        if sizes[i] <= _DEPENDENT * max(1.0, float(np.linalg.norm(others[i]))):
            break
        direction = left[i] / sizes[i]
        chosen.append(i)
        left = left - np.outer(left @ direction, direction)
    return chosen


# --- what is written ---


def _written(goal: Goal, space: Space, level: Level) -> tuple[Found, Bound]:
    """The levelled function with its coefficients rounded, and its error enclosed."""
    parts = space.parts(_rounded(goal, space, level))
    check_digits(parts)
    quotients = [quotient_of(p) for p in parts]
    carrying = [(a.stretch, a.x, a.sign) for a in level.anchors if a.sign]
    bound = largest_error(goal, quotients, carrying)
    least = least_error(goal, space, level.anchors)
    lo, hi = bound.enclosure
    optimal = bool(bound.proven and bound.hi <= arb(least) * (1 + arb(OPTIMAL)))
    with ctx.workprec(BITS):
        places = table(peaks(goal, quotients, level.level, carrying, _samples(space)))
    found = Found(
        parts, lo, (lo, hi) if bound.proven else None, _floor(least), places, len(carrying),
        optimal,
    )  # fmt: skip
    return found, bound


def _floor(value: Any) -> float:
    from actx.language.enclose import outward

    return max(0.0, outward(value)[0])


def _rounded(goal: Goal, space: Space, level: Level) -> list[Fraction]:
    """The free coefficients as decimals, so short as costs next to nothing."""
    reach = _influence(goal, space)
    allowed = fraction_of(level.level) * Fraction(_LOSS) / max(1, space.size)
    return [
        rounded(fraction_of(y), allowed / Fraction(float(r) or 1.0))
        for y, r in zip(level.free, reach, strict=True)
    ]


def fraction_of(ball: Any) -> Fraction:
    """The middle of a ball."""
    mantissa, exponent = ball.mid().man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _influence(goal: Goal, space: Space) -> Array:
    """By how much at most each free coefficient changes the error, for a change of 1."""
    width = space.degree + 1
    basis = np.array([[float(v) for v in row] for row in space.basis])
    most = np.zeros(space.size)
    for s in goal.stretches:
        x = lobatto(s.lo, s.hi, 17)
        powers = np.vander(x - float(space.centres[s.part]), width, increasing=True)
        rows = powers @ basis[s.part * width : (s.part + 1) * width]
        most = np.maximum(most, np.max(np.abs(rows) * s.weight_at(x)[:, None], axis=0))
    return np.asarray(most)


@dataclass(frozen=True)
class Peak:
    """A point at which the error has its largest size; height: of sign·error, in balls."""

    stretch: int
    x: Any
    sign: int
    height: Any


def peaks(
    goal: Goal, parts: Sequence[Quotient], level: Any, known: Sequence[Place], count: int
) -> list[Peak]:
    """All points at which the error reaches the level, in order.

    known: some of them; others are sought from so many samples of each stretch. Of a stretch on
    which the error is level, one point. Call it within `ctx.workprec(BITS)`.
    """
    error = ErrorOf(parts)
    found = []
    for index, x, sign in (*known, *_near_level(goal, error, level, count)):
        x, height = top_near(goal, error, index, x, sign)
        if height >= level * (1 - arb(_LEVEL)):
            found.append(Peak(index, x, sign, height))
    near = float(goal.hi - goal.lo) * _ONE_POINT
    distinct: list[Peak] = []
    for peak in sorted(found, key=lambda p: (float(p.x), p.sign)):
        last = distinct[-1] if distinct else None
        if last is not None and peak.sign == last.sign:
            together = float(peak.x - last.x) <= near
            if together or _is_flat(goal, error, level, last, peak):
                continue
        distinct.append(peak)
    return distinct


def table(found: Sequence[Peak]) -> tuple[Alternation, ...]:
    """Peaks as they are reported."""
    return tuple(Alternation(float(p.x) + 0.0, p.sign * float(p.height)) for p in found)


def _is_flat(goal: Goal, error: ErrorOf, level: Any, a: Peak, b: Peak) -> bool:
    """Whether the error is at its level between two points as well."""
    if a.stretch != b.stretch:
        return False
    stretch = goal.stretches[a.stretch]
    between = error.value(stretch, within(stretch, float(a.x + b.x) / 2))
    return bool(abs(between) >= level * (1 - arb(_LEVEL)))


def top_near(goal: Goal, error: ErrorOf, index: int, x: Any, sign: int) -> tuple[Any, Any]:
    """The turning point of sign·error that is climbed to from x, and its height."""
    height = arb("-inf")
    for _ in range(_CLIMBS):
        before = height
        x, height = climb(goal, error, index, x, sign)
        if height <= before * (1 + arb(_SAME_HEIGHT) * before.sgn()):
            break
    return x, height


def _near_level(goal: Goal, error: ErrorOf, level: Any, count: int) -> list[Place]:
    """Local extrema on a coarse grid that come near the level."""
    found = []
    for index, stretch in enumerate(goal.stretches):
        xs = [within(stretch, float(v)) for v in lobatto(stretch.lo, stretch.hi, count)]
        values = [error.value(stretch, x) / level for x in xs]
        sizes = np.array([float(v.mid()) for v in values])
        for i in local_extrema(sizes, [0]):
            if abs(sizes[i]) > 1 - _NEARLY:
                found.append((index, xs[i], 1 if sizes[i] > 0 else -1))
    return found


# --- where there is nothing to choose, or nothing left ---


def _without_choice(goal: Goal, space: Space) -> Found:
    """The only function that meets the conditions."""
    parts = space.parts([])
    bound = largest_error(goal, [quotient_of(p) for p in parts], [])
    lo, hi = bound.enclosure
    place = () if bound.at is None else (_at(goal, parts, bound),)
    enclosure = (lo, hi) if bound.proven else None
    return Found(parts, lo, enclosure, lo, place, 1, bound.proven)


def _at(goal: Goal, parts: Sequence[Part], bound: Bound) -> Alternation:
    with ctx.workprec(BITS):
        error = ErrorOf([quotient_of(p) for p in parts])
        value = error.value(goal.stretches[bound.stretch], bound.at)
    return Alternation(float(bound.at.mid()), float(value.mid()))


def _exactly(goal: Goal, space: Space, grid: Grid) -> Found | None:
    """The target itself, where it is a function of the space."""
    first = grid.interpolated
    if first is None or float(np.max(np.abs(grid.residual))) > _NOTHING * goal.scale:
        return None
    free = [fraction_of(y).limit_denominator(10**15) for y in first.free]
    parts = space.parts(free)
    same = all(proven_equal(parts[s.part].tree, s.target) for s in goal.stretches)
    if same:
        return Found(parts, 0.0, (0.0, 0.0), 0.0, (), 0, True, exact=True)
    parts = space.parts([rounded(fraction_of(y), Fraction(1, 10**50)) for y in first.free])
    bound = largest_error(goal, [quotient_of(p) for p in parts], [])
    lo, hi = bound.enclosure
    return Found(parts, lo, (lo, hi) if bound.proven else None, 0.0, (), 0, False, exact=True)
