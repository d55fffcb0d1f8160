"""The entries of a table: exact piecewise polynomials from touches, or the best for given knots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from heapq import heappop, heappush
from itertools import pairwise

import numpy as np

from actx.core.arrays import Array
from actx.core.errors import FitError
from actx.fitting.tables.chain import Chain
from actx.fitting.tables.reach import Samples, Start, Touch, best_touch, piece_through

_SAMPLES = 24  # of each piece
_ROUNDS = 4
_PROGRAMS = 16  # at most, each with more samples
_TOLERANCE = 1e-9  # of the linear program's, whose error is about 1


def knots_of(chain: Chain, lo: float, hi: float, joined: bool) -> list[float]:
    """Where the pieces of a chain meet: its ends, or for lines that must meet where they cross."""
    if not joined:
        inner = [float(chain.samples.x[link.touch.at[-1]]) for link in chain.links]
        return [lo, *(x for x in inner if lo < x < hi), hi]
    if not chain.links:  # one piece is enough
        return [lo, hi]
    lines = [_line(chain, k) for k in range(len(chain.links))]
    if not chain.whole:
        last = chain.samples.x.size - 1
        link = chain.links[-1].touch
        start = Start(link.at[-1], link.at[-2])
        start = start if link.signs[-1] > 0 else Start(start.below, start.above)
        rest = best_touch(chain.samples, 1, start, last)
        if rest is not None:
            nodes, c = piece_through(chain.samples, rest.at, rest.signs, chain.error)
            lines.append((nodes[0], c[0], c[1]))
    knots = [lo]
    for k, (one, other) in enumerate(pairwise(lines)):
        touch = chain.links[k].touch
        tangent, end = (float(chain.samples.x[i]) for i in touch.at[-2:])
        (x, y, slope), (u, v, steep) = one, other
        rise = slope - steep
        at = (v - y + slope * x - steep * u) / rise if rise else end
        knots.append(min(max(at, tangent), end))
    return [*knots, hi]


def _line(chain: Chain, k: int) -> tuple[float, float, float]:
    """A point of a link's line, and its slope."""
    touch = chain.links[k].touch
    nodes, c = piece_through(chain.samples, touch.at, touch.signs, chain.error)
    return nodes[0], c[0], c[1]


def halved(
    function: Callable[[Array], Array], lo: Fraction, hi: Fraction, degree: int, count: int,
    breaks: Sequence[float],
) -> tuple[Fraction, ...]:  # fmt: skip
    """Knots at halves of halves of a domain, so that a shift finds a piece: the best of their kind.

    The piece with the largest error of its own is halved until there are enough; no other halving
    has a smaller largest error, for each piece that is halved has to be.
    """

    def piece(a: Fraction, b: Fraction) -> tuple[float, Fraction, Fraction]:
        return -touch_of(function, float(a), float(b), degree, breaks)[1].level, a, b

    waiting = [piece(lo, hi)]
    while len(waiting) < count:
        _, a, b = heappop(waiting)
        middle = (a + b) / 2
        heappush(waiting, piece(a, middle))
        heappush(waiting, piece(middle, b))
    return tuple(sorted(a for _, a, _ in waiting))[1:]


def best_rows(
    function: Callable[[Array], Array], edges: Sequence[Fraction], degree: int, smooth: int,
    breaks: Sequence[float],
) -> list[list[float]]:  # fmt: skip
    """The polynomials on given pieces that are nearest to a function, about their left ends.

    smooth: -1 for pieces that need not meet, 0 for continuous ones, 1 for one slope at the knots
    as well. breaks: where the function is not smooth.
    """
    if smooth < 0:
        ends = pairwise(map(float, edges))
        return [row_of(touch_of(function, a, b, degree, breaks), a, degree) for a, b in ends]
    return _joined(function, np.array([float(e) for e in edges]), degree, smooth, breaks)


def touch_of(
    function: Callable[[Array], Array], lo: float, hi: float, degree: int, breaks: Sequence[float]
) -> tuple[Samples, Touch]:
    """Where the best polynomial on one piece touches, and the samples."""
    inside = [b for b in breaks if lo < b < hi]
    x = np.union1d(_spread(lo, hi, 8 * _SAMPLES), inside)
    for _ in range(_ROUNDS):
        samples = Samples(x, function(x))
        touch = best_touch(samples, degree, Start(0, 0), x.size - 1)
        if touch is None:
            break
        near = [np.linspace(x[max(i - 1, 0)], x[min(i + 1, x.size - 1)], 9) for i in touch.at]
        x = np.unique(np.concatenate([x, *near]))
    assert touch is not None
    return samples, touch


def row_of(found: tuple[Samples, Touch], lo: float, degree: int) -> list[float]:
    """The best polynomial on a piece, about its left end."""
    samples, touch = found
    nodes, c = piece_through(samples, touch.at, touch.signs, touch.level)
    row: Array = np.zeros(1)
    for node, share in zip(nodes[::-1], c[::-1], strict=True):
        row = np.append(0.0, row) + (lo - node) * np.append(row, 0.0)
        row[0] += share
    coefficients: list[float] = row[: degree + 1].tolist()
    return coefficients


def _spread(lo: float, hi: float, count: int) -> Array:
    """Points of a piece, closer near its ends."""
    turns = (1 - np.cos(np.pi * np.arange(count) / (count - 1))) / 2
    x: Array = lo + (hi - lo) * turns
    x[-1] = hi
    return x


def _joined(
    function: Callable[[Array], Array], edges: Array, degree: int, smooth: int,
    breaks: Sequence[float],
) -> list[list[float]]:  # fmt: skip
    """The best spline with knots of the multiplicity that its smoothness leaves: a linear program.

    Samples join where the error turns out to be larger between them.
    """
    from scipy.interpolate import BSpline, PPoly

    inner = np.repeat(edges[1:-1], degree - smooth)
    t = np.concatenate([[edges[0]] * (degree + 1), inner, [edges[-1]] * (degree + 1)])
    parts = [_spread(a, b, _SAMPLES) for a, b in pairwise(edges)]
    x = np.union1d(np.concatenate(parts), [b for b in breaks if edges[0] < b < edges[-1]])
    fine = np.union1d(np.concatenate([_spread(a, b, 8 * _SAMPLES) for a, b in pairwise(edges)]), x)
    values = function(fine)
    matrix = BSpline.design_matrix(fine, t, degree).tocsr()
    chosen = np.isin(fine, x)
    for _ in range(_PROGRAMS):
        coefficients, level = _program(matrix[chosen], values[chosen])
        off = np.abs(matrix @ coefficients - values)
        inside = off[1:-1]
        peaks = np.append(np.append(False, (inside >= off[:-2]) & (inside >= off[2:])), False)
        missed = peaks & (off > level * (1 + 1e-6)) & ~chosen
        if not missed.any():
            break
        for side in (-1, 0, 1):  # the peak of other entries lies beside it
            chosen |= np.roll(missed, side)
    spline = PPoly.from_spline(BSpline(t, coefficients, degree))
    at = np.searchsorted(spline.x, edges[:-1], side="right") - 1
    found: list[list[float]] = spline.c[::-1, at].T.tolist()
    return found


def _program(matrix: Array, values: Array) -> tuple[Array, float]:
    """Coefficients with the least largest error on samples, and that error."""
    from scipy.optimize import linprog
    from scipy.sparse import bmat, csr_matrix
    from scipy.sparse.linalg import lsqr

    start = lsqr(matrix, values, atol=1e-15, btol=1e-15)[0]
    rest = values - matrix @ start
    scale = float(np.max(np.abs(rest))) or 1.0
    ones = csr_matrix(np.ones((values.size, 1)))
    cost = np.zeros(matrix.shape[1] + 1)
    cost[-1] = 1.0
    found = linprog(
        cost, bmat([[matrix, -ones], [-matrix, -ones]], format="csr"),
        np.concatenate([rest, -rest]) / scale, bounds=[(None, None)] * cost.size, method="highs",
        options=dict.fromkeys(
            ("primal_feasibility_tolerance", "dual_feasibility_tolerance"), _TOLERANCE
        ),
    )  # fmt: skip
    if found.x is None:
        raise FitError("No best entries were found for these knots: the linear program has failed.")
    return start + scale * found.x[:-1], scale * float(found.x[-1])
