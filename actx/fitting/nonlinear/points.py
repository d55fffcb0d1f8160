"""At which points the error is looked at over boxes of parameters."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np

from actx.core.arrays import Array
from actx.core.domain import Domain
from actx.fitting.nonlinear.errors import Errors
from actx.fitting.problem.peaks import Peak, Peaks

_SPREAD = 24  # points of a finite domain
_FEW = np.array([0.1, 0.3, 0.6, 1.0, 1.5, 2.0, 3.0, 4.5, 7.0, 12.0, 30.0, 100.0, 1e3, 1e5])
_AT = 1e-9  # a peak this near to a break, relatively, is at it
_WAY = np.outer([-1.0, 1.0], 0.1 * 0.2 ** np.arange(12)).ravel()


def place_points(errors: Errors) -> None:
    """Put points all over the domain."""
    problem = errors.problem
    for part, interval in product(problem.parts, problem.domain.parts):
        errors.add(_spread(interval).tolist(), part)


def place_peaks(errors: Errors, q: Array) -> list[Peak]:
    """Put points where the error at some values is largest, and return these peaks.

    A peak at a break of the template moves with it, so that there are points on its way as well.
    """
    problem = errors.problem
    breaks = problem.breakpoints(q)
    peaks = [_off_breaks(errors, p, q) for p in Peaks(problem, q)(q) if math.isfinite(p.x)]
    peaks = [p for p in peaks if p.x in problem.domain]
    for part in problem.parts:
        mine = np.array([p.x for p in peaks if p.part == part])
        near = np.abs(mine[:, None] - breaks).min(axis=1, initial=np.inf) <= _AT * np.abs(mine)
        way = (mine[near, None] + _WAY * np.maximum(np.abs(mine[near, None]), 1)).ravel()
        errors.add([*mine.tolist(), *way.tolist()], part)
    return peaks


def _off_breaks(errors: Errors, peak: Peak, q: Array) -> Peak:
    """The peak, moved to the side where the error is larger if it is right at the target's break.

    What template and target are right there may be no limit of either.
    """
    if peak.x not in errors.breaks:
        return peak
    sides = np.nextafter(peak.x, [-np.inf, np.inf])
    sides = sides[[float(x) in errors.problem.domain for x in sides]]
    e = errors.problem.error(sides, q, peak.part)
    k = int(np.argmax(np.abs(e)))
    return replace(peak, x=float(sides[k]), error=float(e[k]))


def _spread(domain: Domain) -> Array:
    """Points all over an interval, on one with an infinite end from near its middle to far out."""
    lo, hi = domain.lo, domain.hi
    if domain.bounded:
        return lo + (hi - lo) * (1 - np.cos(np.linspace(0, np.pi, _SPREAD))) / 2
    if math.isfinite(lo):
        return np.concatenate([[lo], lo + _FEW])
    if math.isfinite(hi):
        return np.concatenate([hi - _FEW[::-1], [hi]])
    return np.concatenate([-_FEW[::-1], [0.0], _FEW])
