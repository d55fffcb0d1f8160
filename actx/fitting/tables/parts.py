"""Piecewise polynomials with the least mean square over inputs as they occur.

Pieces that need not meet are found by a dynamic program over places between which inputs lie in
groups (Bellman, On the approximation of curves by line segments using dynamic programming, 1961).
The same program tells what no such pieces do better than, wherever they part: a piece that parts a
group has no smaller square than without it. It computes in float64. Splines are fitted at given
knots; their knots are the best of some starts, moved one by one while that helps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from actx.core.arrays import Array
from actx.core.samples import Samples
from actx.fitting.tables.function import Function
from actx.fitting.tables.weighed import Points, line_knots, line_values, starts

_GROUPS = 384  # of inputs, at least, where there are so many; and some for each piece
_EACH = 4
_MOST = 1024
_TELLING = 8  # groups of a piece, at least, for a bound that tells something
_NOISE = 1e-11  # of the square of the function itself: what rounding may hide
_STEPS = 9
_RIDGE = 1e-13  # of the normal equations: for a piece with fewer inputs than coefficients
_MOVED = 24  # knots of splines up to this count are moved one by one
_SWEEPS = 2
_TRIED = (-0.3, -0.1, -0.03, 0.03, 0.1, 0.3)  # of the gap on that side


@dataclass(frozen=True)
class Weighed:
    """Pieces of a function over inputs; smooth: as `actx.fitting.tables.best.Wanted` has it."""

    function: Function
    inputs: Samples
    degree: int
    smooth: int

    @property
    def _ends(self) -> tuple[float, float]:
        return self.function.domain.lo, self.function.domain.hi

    def knots(self, count: int) -> list[float]:
        """Those inside the domain of so many pieces: the best by a search."""
        points = Points(self.function, self.inputs.rough)
        if self.smooth < 0:
            return parted(points, self._ends, count, self.degree)
        if self.degree == 1:
            return line_knots(points, self._ends, count)
        return spline_knots(points, self._ends, count, self.degree, self.smooth)

    def rows(self, knots: Sequence[float]) -> list[list[float]]:
        """The best pieces, about their left ends, with knots and ends of the domain."""
        points = Points(self.function, self.inputs)
        if self.smooth < 0:
            return _separate(points, knots, self.degree)
        if self.degree == 1:
            values = line_values(points, knots)
            return [
                [v, (w - v) / (b - a)]
                for (v, w), (a, b) in zip(pairwise(values), pairwise(knots), strict=True)
            ]
        return _spline(points, np.array(knots), self.degree, self.smooth)[1]

    def floor(self, count: int) -> float:
        """What the root mean square of no such pieces is below, as computed."""
        points = Points(self.function, self.inputs.rough, beside=False)
        return floor(points, self._ends, count, self.degree) if points.x.size else 0.0


def parted(points: Points, ends: tuple[float, float], count: int, degree: int) -> list[float]:
    """The best places for so many pieces that need not meet: of groups, then moved inside them.

    Where lines that meet would part they are nearly as good, so these are tried as well.
    """
    groups, x = _grouped(points, ends, count), points.x
    squares = _squares(points, groups, degree)[0]
    cuts = _path(squares, min(count, squares.shape[0]), 0)[1]
    tried = [[int(groups[cut]) for cut in cuts]]
    if degree == 1 and count < x.size:
        inner = np.unique(np.searchsorted(x, line_knots(points, ends, count)))
        tried.append([int(cut) for cut in inner if 0 < cut < x.size])
    found = min(
        (_shifted(points, firsts, groups, degree) for firsts in tried),
        key=lambda firsts: sum(
            _square(points, a, b, degree) for a, b in pairwise([0, *firsts, x.size])
        ),
    )
    knots = [(float(x[first - 1]) + float(x[first])) / 2 for first in found]
    return [k for k in knots if ends[0] < k < ends[1]]


def floor(points: Points, ends: tuple[float, float], count: int, degree: int) -> float:
    """What the root mean square of no so many pieces is below; 0 where groups are too few."""
    groups = _grouped(points, ends, count)
    whole = len(groups) == points.x.size + 1  # no piece parts a group
    if not whole and len(groups) < _TELLING * count:
        return 0.0
    squares, noise = _squares(points, groups, degree)
    least = _path(np.maximum(squares - noise, 0.0), min(count, len(groups) - 1), int(not whole))[0]
    return float(np.sqrt(least))


def _shifted(points: Points, firsts: list[int], groups: Any, degree: int) -> list[int]:
    """Where pieces begin, moved inside of groups as long as the squares of both sides fall."""
    edges = [0, *firsts, points.x.size]
    for _ in range(_SWEEPS):
        for k in range(1, len(edges) - 1):
            place = int(np.searchsorted(groups, edges[k]))
            near = groups[max(place - 1, 0)], groups[min(place + 1, len(groups) - 1)]
            tried = {edges[k], *np.linspace(*near, _STEPS).astype(int).tolist()}
            inside = [cut for cut in tried if edges[k - 1] < cut < edges[k + 1]]
            edges[k] = min(
                inside,
                key=lambda cut, lo=edges[k - 1], hi=edges[k + 1]: (  # type: ignore[misc]
                    _square(points, lo, cut, degree) + _square(points, cut, hi, degree)
                ),
            )
    return edges[1:-1]


def _square(points: Points, start: int, stop: int, degree: int) -> float:
    """The least square of one piece over places."""
    x, root = points.x[start:stop], points.root[start:stop]
    t = (x - x[0]) / (np.ptp(x) or 1.0)
    matrix, goal = root[:, None] * t[:, None] ** np.arange(degree + 1), root * points.f[start:stop]
    rest = matrix @ np.linalg.lstsq(matrix, goal, rcond=None)[0] - goal
    return float(rest @ rest)


def _grouped(points: Points, ends: tuple[float, float], count: int) -> Any:
    """The first of the places in each group, and their number: groups are small where f bends."""
    wanted = min(max(_GROUPS, _EACH * count), _MOST)
    if points.x.size <= wanted:
        return np.arange(points.x.size + 1)
    edges = np.unique(np.concatenate([*starts(points, ends, wanted // 2)]))
    places = np.unique(np.searchsorted(points.x, edges))
    inner = places[(places > 0) & (places < points.x.size)]
    return np.concatenate([[0], inner, [points.x.size]])


def _squares(points: Points, groups: Any, degree: int) -> tuple[Array, Array]:
    """The least square of a polynomial over groups i to j, for all i and j, and its rounding."""
    size, x, w = len(groups) - 1, points.x, points.root**2
    left, f0 = x[groups[:-1]], points.f[groups[:-1]]
    group = np.repeat(np.arange(size), np.diff(groups))
    found: Array = np.zeros((size, size))
    noise: Array = np.zeros((size, size))
    powers = 2 * degree + 1
    moments, right = np.zeros((size, powers)), np.zeros((size, degree + 1))
    square = np.zeros(size)
    unit = np.full(size, np.ptp(x) or 1.0)
    for step in range(size):
        first = np.arange(size - step)
        moments, right, square = moments[first], right[first], square[first]
        # the group that joins, about the first place of the piece, in units of what it spans
        owner = group - step
        inside = owner >= 0
        t = (x[inside] - left[owner[inside]]) / unit[owner[inside]]
        y, weight, to = points.f[inside] - f0[owner[inside]], w[inside], owner[inside]
        term = weight
        for power in range(powers):
            moments[:, power] += np.bincount(to, term, size - step)
            if power <= degree:
                right[:, power] += np.bincount(to, term * y, size - step)
            term = term * t
        square += np.bincount(to, weight * y * y, size - step)
        found[first, first + step] = _rest(moments, right, square)
        noise[first, first + step] = _NOISE * square
    return found, noise


def _rest(moments: Array, right: Array, square: Array) -> Array:
    """What is left of squares by the best polynomials, by their normal equations."""
    degree = right.shape[1] - 1
    order = np.add.outer(np.arange(degree + 1), np.arange(degree + 1))
    matrix = moments[:, order]
    own = np.sqrt(np.maximum(np.einsum("nkk->nk", matrix), 1e-300))
    scaled = matrix / own[:, :, None] / own[:, None, :] + _RIDGE * np.eye(degree + 1)
    b = right / own
    best = np.linalg.solve(scaled, b[:, :, None])[:, :, 0]
    rest: Array = np.maximum(square - np.einsum("nk,nk->n", b, best), 0.0)
    return rest


def _path(squares: Array, count: int, skipped: int) -> tuple[float, list[int]]:
    """The least sum of so many pieces, and where each but the first begins.

    skipped: how many groups between two pieces count for neither.
    """
    size = squares.shape[0]
    costs = np.where(np.tri(size, k=-1, dtype=bool), np.inf, squares)
    best = costs[0]  # by the last group of the pieces so far
    came = []
    for _ in range(count - 1):
        before = np.full(size, np.inf)  # by the first group of the next piece
        before[1:] = best[:-1]
        if skipped:
            before[2:] = np.minimum(before[2:], best[:-2])
        sums = before[:, None] + costs
        came.append(np.argmin(sums, axis=0))
        best = np.minimum(np.min(sums, axis=0), best)  # fewer pieces may be enough
    last, cuts = size - 1, []
    for firsts in reversed(came):
        if last < 0:
            break
        cuts.append(int(firsts[last]))
        last = cuts[-1] - 1
    return float(best[-1]), sorted(c for c in cuts if c > 0)


# --- at given knots ---


def _separate(points: Points, knots: Sequence[float], degree: int) -> list[list[float]]:
    found = []
    edges = np.searchsorted(points.x, knots)
    edges[0], edges[-1] = 0, points.x.size
    for (a, b), (start, stop) in zip(pairwise(knots), pairwise(edges.tolist()), strict=True):
        t, root = (points.x[start:stop] - a) / (b - a), points.root[start:stop]
        powers = np.arange(degree + 1)
        matrix = root[:, None] * t[:, None] ** powers
        best = np.linalg.lstsq(matrix, root * points.f[start:stop], rcond=None)[0]
        found.append((best / (b - a) ** powers).tolist())
    return found


def _spline(
    points: Points, knots: Array, degree: int, smooth: int
) -> tuple[float, list[list[float]]]:
    """The least mean square of splines with knots, and its pieces."""
    from scipy.interpolate import BSpline, PPoly
    from scipy.sparse import diags
    from scipy.sparse.linalg import splu

    inner = np.repeat(knots[1:-1], degree - smooth)
    t = np.concatenate([[knots[0]] * (degree + 1), inner, [knots[-1]] * (degree + 1)])
    x = np.clip(points.x, knots[0], knots[-1])
    matrix = diags(points.root) @ BSpline.design_matrix(x, t, degree).tocsr()
    normal = (matrix.T @ matrix).tocsc()
    ridge = diags(np.full(normal.shape[0], 1e-15 * float(normal.diagonal().max())))
    solved = splu((normal + ridge).tocsc()).solve(np.asarray(matrix.T @ (points.root * points.f)))
    rest = matrix @ solved - points.root * points.f
    spline = PPoly.from_spline(BSpline(t, solved, degree))
    at = np.searchsorted(spline.x, knots[:-1], side="right") - 1
    rows: list[list[float]] = spline.c[::-1, at].T.tolist()
    return float(rest @ rest), rows


def spline_knots(
    points: Points, ends: tuple[float, float], count: int, degree: int, smooth: int
) -> list[float]:
    """Knots inside the domain for splines of so many pieces."""

    def square(inner: Array) -> float:
        knots = np.concatenate([[ends[0]], inner, [ends[1]]])
        if not np.all(np.diff(knots) > 1e-9 * (ends[1] - ends[0])):
            return np.inf
        return _spline(points, knots, degree, smooth)[0]

    tried = starts(points, ends, count, degree)
    tried.append(np.array(parted(points, ends, count, degree)))
    best = min(tried, key=square)
    least = square(best)
    for _ in range(_SWEEPS if best.size <= _MOVED else 0):
        for k in range(best.size):
            edges = np.concatenate([[ends[0]], best, [ends[1]]])
            for share in _TRIED:
                gap = edges[k + 2] - edges[k + 1] if share > 0 else edges[k + 1] - edges[k]
                other = best.copy()
                other[k] = edges[k + 1] + share * gap
                new = square(other)
                if new < least:
                    best, least = other, new
    return [float(k) for k in best]
