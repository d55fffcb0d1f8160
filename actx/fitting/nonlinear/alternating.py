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

from actx.calculus.proven.enclose import hull, outward
from actx.core.arrays import Array
from actx.core.budget import PRECISION
from actx.fitting.nonlinear.balance import Balance, slopes_at, slopes_near
from actx.fitting.nonlinear.errors import Boxes, Errors

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


def around(errors: Errors, balance: Balance) -> Cell | None:
    """The largest such box that is found around an optimum; None without one."""
    if not balance.full:
        return None
    centre = _levelled(errors, balance)
    steep = np.abs(slopes_near(errors, centre, balance.peaks)).max(axis=0)
    if not np.all((steep > 0) & np.isfinite(steep)):
        return None
    reach = abs(balance.peaks[0].error) / steep
    problem = errors.problem
    boxes = Boxes(
        np.maximum(centre - _RADII[:, None] * reach, problem.lower),
        np.minimum(centre + _RADII[:, None] * reach, problem.upper),
    )
    lo, hi = slopes_at(errors, boxes, balance.peaks)
    negative = balance.signs[:, None] < 0
    lo, hi = np.where(negative, -hi, lo), np.where(negative, -lo, hi)
    heights = _heights(errors, centre, balance)
    if not _bound(lo[-1], hi[-1], heights, balance.sides) > 0:  # nor will larger boxes
        return None
    for k in range(len(boxes)):
        bound = _bound(lo[k], hi[k], heights, balance.sides)
        if bound > 0:
            return Cell(boxes.lo[k], boxes.hi[k], bound)
    return None


def _levelled(errors: Errors, balance: Balance) -> Array:
    """Values near by at which the errors at all peaks are alike, as far as floats go."""
    problem, free = errors.problem, balance.free
    best = balance.at
    for _ in range(_NEWTON):
        heights = np.array([float(h.mid()) for h in _heights(errors, best, balance)])
        slopes = slopes_near(errors, best, balance.peaks) * balance.signs[:, None]
        system = np.column_stack([slopes[:, free], -np.ones(len(slopes))])
        try:
            step = np.linalg.solve(system, -heights)
        except np.linalg.LinAlgError:
            return balance.at
        moved = best.copy()
        moved[free] += step[:-1]
        if not np.all((moved >= problem.lower) & (moved <= problem.upper)):
            return balance.at
        best = moved
    return best


def _heights(errors: Errors, p: Array, balance: Balance) -> list[Any]:
    """The signed errors at the peaks, as balls."""
    return [
        errors.balls(p, [peak.x], peak.part)[0] * int(sign)
        for peak, sign in zip(balance.peaks, balance.signs, strict=True)
    ]


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
