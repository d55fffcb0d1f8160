"""Fits in the max norm: linear programs on the peaks of the error."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from actx.fitting.known import NOTHING, Known
from actx.fitting.leaps import ROUNDS, leapt
from actx.fitting.panels import neighbours
from actx.fitting.problem import Problem

if TYPE_CHECKING:
    from actx.fitting.conditions import Conditions

Array = NDArray[np.float64]

_SECTIONS = 3
_PARTS = np.linspace(0, 1, 13)
_PARABOLAS = (1e-3, 3e-5)  # half widths, relative to the place
_BESIDE = np.array([-1.0, 1.0])
_WORTH = 0.3  # local maxima of |error| below this part of the largest are not followed
_ROUNDS = 150
_STEP_DONE = 1e-12
_PROMISE = 1e-15  # a relative fall that is none
_REFITS = 4
_VERTICES = 1500  # of a linear program, up to which all are looked at
_SINGULAR, _SLACK = 1e-13, 1e-12  # of its vertices, whose rows and steps are of size 1


@dataclass(frozen=True)
class Peak:
    """A local extremum of the error of a part, within a bracket."""

    x: float
    error: float
    lo: float
    hi: float
    part: int = 0


class Peaks:
    """The local extrema of the error near some parameter values, sought on one set of panels."""

    def __init__(self, problem: Problem, near: Array) -> None:
        self.problem = problem
        self.edges = problem.panels(near)
        self._sites = None if problem.piecewise else problem.sites(self.edges, near)

    def __call__(self, p: Array) -> list[Peak]:
        """The local maxima of |error| that matter, largest first; none where it is infinite.

        Either side of a jump counts: a peak is compared with what has its own sign.
        """
        found: list[Peak] = []
        for part in self.problem.parts:
            mine = self._of_part(p, part)
            if not mine:
                return []
            found += mine
        return sorted(found, key=lambda peak: -abs(peak.error))

    def _of_part(self, p: Array, part: int) -> list[Peak]:
        sites = self.problem.sites(self.edges, p) if self._sites is None else self._sites
        e = self.problem.error(sites, p, part)
        lost = np.isnan(e)
        if lost.any() and not np.any(lost[1:] & lost[:-1]):  # at single points, such as sin(x)/x
            sites, e = sites[~lost], e[~lost]
        if not e.size or not math.isfinite(e.sum()):
            return []
        size = np.abs(e)
        previous, following = neighbours(sites, self.problem.domain)
        own = np.arange(sites.size)
        before = np.where(previous == own, 0.0, e[previous])
        after = np.where(following == own, 0.0, e[following])
        top = (size > 0) & (size >= np.sign(e) * before) & (size > np.sign(e) * after)
        far, beyond = self.problem.far_errors(p, part)
        top &= size >= _WORTH * max(size.max(), np.max(np.abs(beyond), initial=0.0))
        where = np.flatnonzero(top)
        lo, hi = sites[previous[where]], sites[following[where]]
        x, values = self.refined(p, part, sites[where], lo, hi, np.sign(e[where]), size[where])
        found = [_peak(row, part) for row in zip(x, values, lo, hi, strict=True)]
        found += [_peak((a, v, a, a), part) for a, v in zip(far, beyond, strict=True)]
        if not found:  # no error at all
            found = [Peak(float(sites[0]), 0.0, float(sites[0]), float(sites[0]), part)]
        return found

    def largest(self, p: Array) -> float:
        """sup|error|, infinite where it has no value."""
        peaks = self(p)
        return abs(peaks[0].error) if peaks else math.inf

    def slopes(self, p: Array, peaks: Sequence[Peak]) -> Array:
        """The derivatives of the heights of peaks by the parameters, shape (peaks, parameters).

        A peak between breakpoints has the error's slope at its x; one at a breakpoint moves with
        it, and is followed by differences.
        """
        table = np.empty((len(peaks), p.size))
        for part, at in _by_part(peaks):
            table[at] = self._slopes_of_part(p, part, [peaks[i] for i in at])
        return table

    def _slopes_of_part(self, p: Array, part: int, peaks: Sequence[Peak]) -> Array:
        x = np.array([peak.x for peak in peaks])
        signs = np.sign([peak.error for peak in peaks])
        rows = (signs * self.problem.slopes(x, p, part)).T
        breaks = self.problem.moving(p)
        if not breaks.size:
            return np.asarray(rows)
        nearest = np.argmin(np.abs(breaks - x[:, None]), axis=1)
        tied = np.abs(breaks[nearest] - x) <= 100 * np.spacing(np.abs(x)) + 1e-12
        if tied.any():
            at, sign = nearest[tied], signs[tied]
            for j, h in enumerate(1e-6 * np.maximum(np.abs(p), 0.1)):
                shift = np.zeros_like(p)
                shift[j] = h
                after, before = self.problem.moving(p + shift), self.problem.moving(p - shift)
                if len(after) == len(before) == len(breaks):
                    change = self._beside(after[at], p + shift, part, sign)
                    change = change - self._beside(before[at], p - shift, part, sign)
                    rows[tied, j] = change / (2 * h)
        return np.asarray(rows)

    def _beside(self, breaks: Array, p: Array, part: int, signs: Array) -> Array:
        """The larger of sign·error at both sides of breakpoints."""
        reach = 4 * np.spacing(np.maximum(np.abs(breaks), 1e-300))
        left, right = (
            signs * self.problem.error(breaks + side * reach, p, part) for side in (-1, 1)
        )
        return np.fmax(left, right)

    def followed(self, p: Array, peaks: Sequence[Peak]) -> list[Peak]:
        """The same peaks where they are at other parameter values."""
        found = list(peaks)
        for part, at in _by_part(peaks):
            signs, x, lo, hi = _brackets([peaks[i] for i in at])
            places, values = self.refined(p, part, x, lo, hi, signs)
            for i, *row in zip(at, places, values, lo, hi, strict=True):
                found[i] = _peak(row, part)
        return found

    def heights(self, p: Array, peaks: Sequence[Peak]) -> Array:
        """The same peaks' |error| at other parameter values, with the sign they had."""
        best = np.empty(len(peaks))
        for part, at in _by_part(peaks):
            signs, x, lo, hi = _brackets([peaks[i] for i in at])
            _, values = self.refined(p, part, x, lo, hi, signs)
            mine = signs * values
            for b in self.problem.moving(p):
                value = self._beside(np.full(signs.shape, b), p, part, signs)
                mine = np.where((lo <= b) & (b <= hi), np.fmax(mine, value), mine)
            best[at] = mine
        return best

    def refined(
        self,
        p: Array,
        part: int,
        x: Array,
        lo: Array,
        hi: Array,
        signs: Array,
        heights: Array | None = None,
    ) -> tuple[Array, Array]:
        """Maxima of sign·error of a part within brackets: by sections, then by parabolas.

        heights: sign·error at x, where it has been computed.
        """
        if not x.size:
            return x, x

        def at(points: Array) -> Array:
            e = self.problem.error(points.ravel(), p, part).reshape(points.shape)
            return np.asarray(signs[:, None] * e)

        best, value = x, at(x[:, None])[:, 0] if heights is None else heights
        rows = np.arange(x.size)

        def keep_better(points: Array, values: Array) -> None:
            nonlocal best, value
            index = np.argmax(values, axis=1)
            higher = values[rows, index] > value
            best = np.where(higher, points[rows, index], best)
            value = np.where(higher, values[rows, index], value)

        for _ in range(_SECTIONS):
            points = lo[:, None] + (hi - lo)[:, None] * _PARTS
            keep_better(points, at(points))
            width = (hi - lo) * (_PARTS[1] - _PARTS[0])
            lo, hi = np.maximum(best - width, lo), np.minimum(best + width, hi)
        for h in _PARABOLAS:
            reach = np.minimum(h * np.maximum(np.abs(best), 0.03), (hi - lo) / 2)[:, None]
            around = best[:, None] + reach * _BESIDE
            values = at(around)
            vertex = np.clip(best + _vertex(reach[:, 0], values, value), lo, hi)[:, None]
            outside = (around < lo[:, None]) | (around > hi[:, None])
            values[outside] = -math.inf
            keep_better(np.hstack([vertex, around]), np.hstack([at(vertex), values]))
        return best, signs * value


def _vertex(reach: Array, sides: Array, middle: Array) -> Array:
    """How far from the middle the parabola through it and values at both sides is highest."""
    left, right = sides[:, 0], sides[:, 1]
    with np.errstate(all="ignore"):
        move = reach * (left - right) / (2 * (left - 2 * middle + right))
    return np.asarray(np.nan_to_num(np.clip(move, -reach, reach)))


def _peak(row: Iterable[Any], part: int) -> Peak:
    x, error, lo, hi = map(float, row)
    return Peak(x, error, lo, hi, part)


def _by_part(peaks: Sequence[Peak]) -> Iterator[tuple[int, list[int]]]:
    """Each part with the indices of its peaks."""
    for part in sorted({peak.part for peak in peaks}):
        yield part, [i for i, peak in enumerate(peaks) if peak.part == part]


def _brackets(peaks: Sequence[Peak]) -> tuple[Array, Array, Array, Array]:
    """The signs, places and ends of the brackets of peaks."""
    rows = np.array([[np.sign(q.error), q.x, q.lo, q.hi] for q in peaks])
    return rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3]


def fit_minimax(problem: Problem, start: Array, known: Known = NOTHING) -> tuple[Array, float]:
    """A local optimum of sup|error| and its value, panels refined until they serve it as well.

    known: what was reached before. A way that leads there is given up, its value then infinite.
    """
    p, value = start, math.inf
    for _ in range(_REFITS):
        peaks = Peaks(problem, p)
        p, value = _descend(peaks, p, known)
        served = np.union1d(peaks.edges, problem.breakpoints(p))
        if known.ends(p, value):
            return p, math.inf
        if np.isin(problem.panels(p), served).all():
            break
    return p, value


def _descend(measure: Peaks, start: Array, known: Known) -> tuple[Array, float]:
    """Minimise sup|error| by linear programs on its peaks within a trust region.

    Each round linearises the height of every peak (in the manner of Osborne and Watson, An
    algorithm for minimax approximation in the nonlinear case, Computer Journal 12, 1969) and
    solves for the step that lowers the highest; the region shrinks where that fails. Conditions
    are linearised as well, and made to hold after each step.
    """
    problem = measure.problem

    def look(place: Array) -> tuple[Array, float, list[Peak]]:
        kept = _kept(problem, place)
        peaks = measure(kept) if kept is not None else []
        return place if kept is None else kept, abs(peaks[0].error) if peaks else math.inf, peaks

    p, radius = start, 0.25
    last, peaks = p, measure(p)
    if not peaks:
        return p, math.inf
    value = abs(peaks[0].error)
    for done in range(_ROUNDS):
        if known.ends(p, value, done):
            break
        scale = np.maximum(np.abs(p), 0.1)
        step = _linear_step(measure, p, peaks, radius * scale)
        if step is None or not value:
            break
        found = look(np.clip(p + step, problem.floor, problem.ceiling))
        size = float(np.max(np.abs(found[0] - p) / scale))
        if found[1] < value:
            radius = min(2 * radius, 1.0) if size > 0.9 * radius else radius
            p, value, peaks = found
        else:
            radius /= 4
        if done % ROUNDS == ROUNDS - 1:
            here = p, value, peaks
            last, (p, value, peaks) = p, leapt(last, here, look, problem.floor, problem.ceiling)
        radius = min(radius, max(4 * size, _STEP_DONE))
        if radius <= 2 * _STEP_DONE:
            break
    return p, value


def _kept(problem: Problem, p: Array) -> Array | None:
    """The values as the conditions want them, None where they cannot hold near."""
    return p if problem.conditions is None else problem.conditions.restored(p)


def _linear_step(measure: Peaks, p: Array, peaks: Sequence[Peak], radius: Array) -> Array | None:
    """The step of the linear program; None where it promises nothing."""
    problem = measure.problem
    height = np.array([abs(peak.error) for peak in peaks])
    slopes = measure.slopes(p, peaks)
    lo = np.maximum(-radius, problem.floor - p)
    hi = np.minimum(radius, problem.ceiling - p)
    # scaled to steps of size 1 and heights of size 1, so that the program's tolerances do not bite
    unit = float(np.max(radius))
    top = height.max()
    fall = float(np.max(np.abs(slopes) @ radius))
    if not math.isfinite(fall) or fall <= _PROMISE * top:
        return None
    table = np.column_stack([slopes * unit / fall, -np.ones(len(peaks))])
    most = (top - height) / fall
    kept: dict[str, Array] = {}
    if problem.conditions is not None:
        table, most, kept = _with_conditions(problem.conditions, p, table, most, unit)
        if not all(np.all(np.isfinite(rows)) for rows in (table, most, *kept.values())):
            return None  # the conditions have no value here
    elif math.comb(len(peaks) + 2 * p.size, p.size + 1) <= _VERTICES:
        step, level = _lowest_vertex(table, most, lo / unit, hi / unit)
        return None if -level * fall <= _PROMISE * top else step * unit
    from scipy.optimize import linprog

    result = linprog(
        [*np.zeros(p.size), 1.0], A_ub=table, b_ub=most, **kept,
        bounds=[*zip(lo / unit, hi / unit, strict=True), (None, None)],
    )  # fmt: skip
    if result.status != 0 or -result.x[-1] * fall <= _PROMISE * top:
        return None
    return np.asarray(result.x[:-1] * unit)


def _lowest_vertex(table: Array, most: Array, lo: Array, hi: Array) -> tuple[Array, float]:
    """The step in a box at which the highest of some planes is lowest, and its height.

    table, most: the linear program's rows, table @ (step, height) <= most. Its solution is a
    vertex, and of few rows all vertices are looked at, which takes less time than a solver's call.
    """
    n = lo.size
    box = np.hstack([np.eye(n), np.zeros((n, 1))])
    rows, values = np.vstack([table, box, -box]), np.concatenate([most, hi, -lo])
    corners = _choices(len(rows), n + 1)
    systems = rows[corners]
    regular = np.abs(np.linalg.det(systems)) > _SINGULAR
    solved = np.linalg.solve(systems[regular], values[corners[regular]][..., None])
    steps = np.vstack([solved[:, :n, 0], np.zeros(n)])
    steps = np.clip(steps[np.all((steps >= lo - _SLACK) & (steps <= hi + _SLACK), axis=1)], lo, hi)
    heights = np.max(steps @ table[:, :n].T - most, axis=1)
    best = int(np.argmin(heights))
    return np.asarray(steps[best]), float(heights[best])


@lru_cache(maxsize=64)
def _choices(count: int, size: int) -> NDArray[np.intp]:
    """All ways to choose so many of a number of rows."""
    return np.array(list(combinations(range(count), size)))


def _with_conditions(
    conditions: Conditions, p: Array, table: Array, most: Array, unit: float
) -> tuple[Array, Array, dict[str, Array]]:
    """The linear program's rows with those of the conditions, each scaled to size 1."""
    rows = conditions.rows(p)

    def scaled(slopes: Array, values: Array) -> tuple[Array, Array]:
        size = np.maximum(np.abs(slopes).sum(axis=1) * unit, 1e-300)
        wide = np.column_stack([slopes * unit / size[:, None], np.zeros(len(values))])
        return wide, -values / size

    below, limits = scaled(rows.below_slopes, np.minimum(rows.below, 0.0))
    equal, zeros = scaled(rows.equal_slopes, 0 * rows.equal)
    kept = {"A_eq": equal, "b_eq": zeros} if len(zeros) else {}
    return np.vstack([table, below]), np.concatenate([most, limits]), kept


def polished(problem: Problem, p: Array, value: float) -> tuple[Array, float]:
    """The optimum where fewer peaks decide than make a corner: there their curvature counts."""
    from scipy.optimize import minimize

    measure = Peaks(problem, p)
    peaks = [q for q in measure(p) if abs(q.error) > 0.5 * value]
    deciding = sum(abs(q.error) > 0.9999 * value for q in peaks)
    if not value or not peaks or deciding > p.size:
        return p, value
    scale = np.maximum(np.abs(p), 0.1)

    def values(z: Array) -> Array:
        return np.clip(z[:-1] * scale, problem.floor, problem.ceiling)

    def room(z: Array) -> Array:
        return np.asarray(z[-1] - measure.heights(values(z), peaks) / value)

    def room_slopes(z: Array) -> Array:
        at = measure.followed(values(z), peaks)
        slopes = measure.slopes(values(z), at) * scale / value
        return np.column_stack([-slopes, np.ones(len(peaks))])

    constraints = [{"type": "ineq", "fun": room, "jac": room_slopes}]
    if problem.conditions is not None:
        constraints += problem.conditions.as_constraints(p, values)
    result = minimize(
        lambda z: z[-1], np.append(p / scale, 1.0), method="SLSQP",
        jac=lambda z: np.append(np.zeros_like(p), 1.0),
        constraints=constraints,
        bounds=[*zip(problem.floor / scale, problem.ceiling / scale, strict=True), (None, None)],
        options={"ftol": 1e-15, "maxiter": 60},
    )  # fmt: skip
    if not np.all(np.isfinite(result.x)):
        return p, value
    q = _kept(problem, np.clip(result.x[:-1] * scale, problem.floor, problem.ceiling))
    new = measure.largest(q) if q is not None else math.inf
    return (q, new) if q is not None and new < value else (p, value)
