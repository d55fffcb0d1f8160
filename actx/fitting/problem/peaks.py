"""The peaks of an error: where it is largest, and how that moves with the parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from actx.core.arrays import Array
from actx.fitting.problem.panels import neighbours
from actx.fitting.problem.residual import Residual

_SECTIONS = 3
_PARTS = np.linspace(0, 1, 13)
_PARABOLAS = (1e-3, 3e-5)  # half widths, relative to the place
_BESIDE = np.array([-1.0, 1.0])
_WORTH = 0.3  # local maxima of |error| below this part of the largest are not followed


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

    def __init__(self, problem: Residual, near: Array) -> None:
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
        for part, at in by_part(peaks):
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
        for part, at in by_part(peaks):
            signs, x, lo, hi = _brackets([peaks[i] for i in at])
            places, values = self.refined(p, part, x, lo, hi, signs)
            for i, *row in zip(at, places, values, lo, hi, strict=True):
                found[i] = _peak(row, part)
        return found

    def heights(self, p: Array, peaks: Sequence[Peak]) -> Array:
        """The same peaks' |error| at other parameter values, with the sign they had."""
        best = np.empty(len(peaks))
        for part, at in by_part(peaks):
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


def by_part(peaks: Sequence[Peak]) -> Iterator[tuple[int, list[int]]]:
    """Each part with the indices of its peaks."""
    for part in sorted({peak.part for peak in peaks}):
        yield part, [i for i, peak in enumerate(peaks) if peak.part == part]


def _brackets(peaks: Sequence[Peak]) -> tuple[Array, Array, Array, Array]:
    """The signs, places and ends of the brackets of peaks."""
    rows = np.array([[np.sign(q.error), q.x, q.lo, q.hi] for q in peaks])
    return rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3]
