"""At which points the error is looked at over boxes of parameters."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from actx.domain import Domain
from actx.fitting.boxes.errors import Errors
from actx.fitting.minimax import Peak, Peaks

Array = NDArray[np.float64]

_SPREAD = 24  # points of a finite domain
_FEW = np.array([0.1, 0.3, 0.6, 1.0, 1.5, 2.0, 3.0, 4.5, 7.0, 12.0, 30.0, 100.0, 1e3, 1e5])


def place_points(errors: Errors, q: Array) -> list[Peak]:
    """Put points where the error at some values is largest, and all over the domain.

    Returns the peaks of the error at these values, largest first.
    """
    problem = errors.problem
    breaks = problem.breakpoints(q)
    spread = _spread(problem.domain)
    peaks = [peak for peak in Peaks(problem, q)(q) if math.isfinite(peak.x)]
    peaks = [p for p in peaks if p.x in problem.domain]
    for part in problem.parts:
        mine = np.array([p.x for p in peaks if p.part == part])
        errors.add(_beside(np.concatenate([mine, spread]), breaks), part)
    return peaks


def _spread(domain: Domain) -> Array:
    """Points all over a domain, on one with an infinite end from near its middle to far out."""
    lo, hi = domain.lo, domain.hi
    if domain.bounded:
        return lo + (hi - lo) * (1 - np.cos(np.linspace(0, np.pi, _SPREAD))) / 2
    if math.isfinite(lo):
        return np.concatenate([[lo], lo + _FEW])
    if math.isfinite(hi):
        return np.concatenate([hi - _FEW[::-1], [hi]])
    return np.concatenate([-_FEW[::-1], [0.0], _FEW])


def _beside(x: Array, breaks: Array) -> Array:
    """The points, those at a break replaced by the two beside it: values right there may differ."""
    at = np.isin(x, breaks)
    return np.concatenate([x[~at], np.nextafter(x[at], -np.inf), np.nextafter(x[at], np.inf)])
