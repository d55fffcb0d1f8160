"""The box around the best values in which a strict alternation proves that no others are better.

At n + 1 points x_i, for n parameters, let the errors at c have signs s_i. For p in a box around c
the mean value theorem gives s_i e_i(p) = s_i e_i(c) + A_i (p - c), where each row A_i lies within
the slopes over the box. Where every such matrix has positive weights m of sum 1 with m A = 0, the
largest |e_i(p)| is at least the sum of m_i s_i e_i(p), which is that of m_i s_i e_i(c). All these
weights solve a linear system with interval entries, whose solutions are enclosed by preconditioning
(Neumaier, Interval Methods for Systems of Equations, 1990, chapter 4).

A parameter at one of its bounds may move to one side only: m A need not be 0 there but have that
side's sign, and one point less will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from actx.fitting.boxes.errors import Boxes, Errors
from actx.fitting.minimax import Peak
from actx.language.enclose import hull, outward
from actx.proof.budget import PRECISION

Array = NDArray[np.float64]

_LEVEL = 1e-3  # peaks lower than the largest by more than this part are left out
_WEIGHT = 1e-9  # a smaller weight is none
_BALANCED = 1e-6  # what may be left of scaled slopes that cancel
_NEWTON = 3  # steps to where all peaks are level
_RADII = 0.5 ** np.arange(1, 26)


@dataclass(frozen=True)
class Cell:
    """A box of parameters in which the largest error is proven to be at least `bound`."""

    lo: Array
    hi: Array
    bound: float

    def holds(self, boxes: Boxes) -> NDArray[np.bool_]:
        """Which boxes lie within."""
        return np.asarray(((boxes.lo >= self.lo) & (boxes.hi <= self.hi)).all(axis=1))


@dataclass(frozen=True)
class _Alternation:
    """Peaks whose signed slopes cancel, and on which side of a value a parameter must stay.

    sides: 1 where a parameter is at its lower bound and may rise only, -1 at its upper one, else 0.
    """

    peaks: Sequence[Peak]
    signs: Array
    sides: Array

    @property
    def free(self) -> NDArray[np.bool_]:
        return np.asarray(self.sides == 0)


def around(errors: Errors, q: Array, peaks: Sequence[Peak]) -> Cell | None:
    """The largest such box that is found around values with these peaks; None without one."""
    chosen = _alternation(errors, q, peaks)
    if chosen is None:
        return None
    centre = _levelled(errors, q, chosen)
    slopes = _signed_slopes(errors, centre, chosen)
    steep = np.abs(slopes).max(axis=0)
    if not np.all((steep > 0) & np.isfinite(steep)):
        return None
    reach = abs(chosen.peaks[0].error) / steep
    problem = errors.problem
    boxes = Boxes(
        np.maximum(centre - _RADII[:, None] * reach, problem.lower),
        np.minimum(centre + _RADII[:, None] * reach, problem.upper),
    )
    lo, hi = _slopes_over(errors, boxes, chosen)
    heights = _heights(errors, centre, chosen)
    for k in range(len(boxes)):
        bound = _bound(lo[k], hi[k], heights, chosen.sides)
        if bound > 0:
            return Cell(boxes.lo[k], boxes.hi[k], bound)
    return None


def _alternation(errors: Errors, q: Array, peaks: Sequence[Peak]) -> _Alternation | None:
    """As many of the peaks as are needed, chosen so that their signed slopes cancel."""
    from scipy.optimize import nnls

    if not peaks:
        return None
    problem = errors.problem
    high = [p for p in peaks if abs(p.error) >= abs(peaks[0].error) * (1 - _LEVEL)]
    signs = np.sign([p.error for p in high])
    slopes = _signed_slopes(errors, q, _Alternation(high, signs, np.zeros(q.size)))
    scale = np.abs(slopes).max(axis=0)
    if not np.all((scale > 0) & np.isfinite(scale)):
        return None
    sides = (q == problem.lower).astype(float) - (q == problem.upper)
    kept = np.flatnonzero(sides)
    slack = np.zeros((kept.size, q.size))
    slack[np.arange(kept.size), kept] = -sides[kept]
    rows = np.vstack([slopes / scale, slack])
    sums = np.append(np.ones(len(high)), np.zeros(kept.size))
    weights, left = nnls(np.vstack([rows.T, sums]), np.append(np.zeros(q.size), 1.0))
    if left > _BALANCED:
        return None
    used = np.flatnonzero(weights[: len(high)] > _WEIGHT)
    held = kept[weights[len(high) :] > _WEIGHT]
    if used.size + held.size != q.size + 1:
        return None
    only = np.zeros(q.size)
    only[held] = sides[held]
    return _Alternation([high[i] for i in used], signs[used], only)


def _levelled(errors: Errors, q: Array, chosen: _Alternation) -> Array:
    """Values near q at which the errors at all peaks are alike, as far as floats go."""
    problem, free = errors.problem, chosen.free
    best = q
    for _ in range(_NEWTON):
        heights = np.array([float(h.mid()) for h in _heights(errors, best, chosen)])
        slopes = _signed_slopes(errors, best, chosen)[:, free]
        try:
            step = np.linalg.solve(np.column_stack([slopes, -np.ones(len(slopes))]), -heights)
        except np.linalg.LinAlgError:
            return q
        moved = best.copy()
        moved[free] += step[:-1]
        if not np.all((moved >= problem.lower) & (moved <= problem.upper)):
            return q
        best = moved
    return best


def _heights(errors: Errors, p: Array, chosen: _Alternation) -> list[Any]:
    """The signed errors at the peaks, as balls."""
    return [
        errors.balls(p, [peak.x], peak.part)[0] * int(sign)
        for peak, sign in zip(chosen.peaks, chosen.signs, strict=True)
    ]


def _signed_slopes(errors: Errors, p: Array, chosen: _Alternation) -> Array:
    """The slopes of the signed errors by each parameter at values, of shape (peaks, parameters)."""
    rows = [errors.problem.slopes(np.array([k.x]), p, k.part)[:, 0] for k in chosen.peaks]
    return np.array(rows) * chosen.signs[:, None]


def _slopes_over(errors: Errors, boxes: Boxes, chosen: _Alternation) -> tuple[Array, Array]:
    """Ends of the signed slopes over boxes, of shape (boxes, peaks, parameters)."""
    shape = (len(boxes), len(chosen.peaks), boxes.lo.shape[1])
    lo, hi = np.empty(shape), np.empty(shape)
    for part in {peak.part for peak in chosen.peaks}:
        at = [i for i, peak in enumerate(chosen.peaks) if peak.part == part]
        found = errors.slopes(boxes, [chosen.peaks[i].x for i in at], part)
        lo[:, at], hi[:, at] = (np.stack([ends[k] for ends in found], axis=-1) for k in (0, 1))
    negative = chosen.signs[:, None] < 0
    return np.where(negative, -hi, lo), np.where(negative, -lo, hi)


def _bound(lo: Array, hi: Array, heights: Sequence[Any], sides: Array) -> float:
    """What the largest error is at least in a box with slopes between these; 0 if it has no proof.

    lo, hi: of shape (peaks, parameters).
    """
    if not (np.isfinite(lo).all() and np.isfinite(hi).all()):
        return 0.0
    with ctx.workprec(PRECISION):
        slopes = [
            [hull(float(a), float(b)) for a, b in zip(*row, strict=True)]
            for row in zip(lo, hi, strict=True)
        ]
        weights = _weights([[r[j] for r in slopes] for j in np.flatnonzero(sides == 0)])
        if not weights or not all(m > 0 for m in weights):
            return 0.0
        for j in np.flatnonzero(sides):
            if not sum(m * row[j] for m, row in zip(weights, slopes, strict=True)) * sides[j] >= 0:
                return 0.0
        least = min((h.lower() for h in heights), key=float)
        rest = (m.lower() * (h - least) for m, h in zip(weights, heights, strict=True))
        return outward(least + sum(rest, arb(0)))[0]


def _weights(columns: Sequence[Sequence[Any]]) -> list[Any]:
    """Balls of weights of sum 1 that cancel columns of balls, all that do; empty if not found."""
    system = [*columns, [arb(1)] * (len(columns) + 1)]
    middle = np.array([[float(b.mid()) for b in row] for row in system])
    scale = np.abs(middle).max(axis=1)
    if not np.all(scale > 0):
        return []
    try:
        inverse = np.linalg.inv(middle)
    except np.linalg.LinAlgError:
        return []
    if not np.isfinite(inverse).all():
        return []
    size = len(system)
    guess = [float(v) for v in inverse[:, -1]]
    # m - guess = rest + off (m - guess), and off is a contraction
    gap = [(arb(1) if i == size - 1 else arb(0)) - _dot(system[i], guess) for i in range(size)]
    rest = [_dot(gap, inverse[i].tolist()) for i in range(size)]
    off = [
        [
            (1 if i == j else 0) - _dot([row[j] for row in system], inverse[i].tolist())
            for j in range(size)
        ]
        for i in range(size)
    ]
    sums = [sum((abs(b).upper() for b in row), arb(0)).upper() for row in off]
    norm = max(sums, key=float)
    if not norm < 1:
        return []
    far = (max((abs(r).upper() for r in rest), key=float) / (1 - norm)).upper()
    return [guess[i] + (rest[i] + sums[i] * far * arb(0, 1)) for i in range(size)]


def _dot(balls: Sequence[Any], numbers: Sequence[float]) -> Any:
    return sum((b * v for b, v in zip(balls, numbers, strict=True)), arb(0))
