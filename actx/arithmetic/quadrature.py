"""Integrals over the extended line of what is smooth between given edges.

On finite stretches: composite Gauss-Legendre rules, all panels evaluated at once, each halved until
its halves agree with it (Davis, Rabinowitz, Methods of Numerical Integration, 1984, section 6.2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from actx.core.arrays import Array

Integrand = Callable[[Array], Sequence[Array]]

_POINTS = 15
_TOLERANCE = 1e-13  # of each integral; rounding of the integrand is of this size
_MOST_ROUNDS = 60
_GRADING = 1 / 8
_SMALLEST = 1e-8  # features narrower than this may be missed by the integrals


@lru_cache(maxsize=8)
def gauss_legendre(points: int) -> tuple[Array, Array]:
    """Nodes and weights of the Gauss-Legendre rule on [-1, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    return nodes, weights


def integrals(
    integrand: Integrand, edges: Sequence[float], rounding: Integrand | None = None
) -> Array:
    """The integrals of several functions over [edges[0], edges[-1]].

    integrand: takes points of shape (n,), returns one array of shape (n,) for each function, which
    are smooth between neighbouring edges (an integrable singularity at an edge is allowed).
    rounding: how far off these values may be, as a difference of what is nearly equal is; what is
    below that is not refined.
    """
    with np.errstate(all="ignore"):
        return _integrals(integrand, _panels(np.asarray(edges, dtype=np.float64)), rounding)


def _integrals(integrand: Integrand, panels: Array, rounding: Integrand | None) -> Array:
    if not panels.size:
        return np.zeros(len(integrand(np.zeros(1))))
    whole = _over(integrand, panels)
    total = np.zeros(whole.shape[0])
    for _ in range(_MOST_ROUNDS):
        middle = panels[:, 0] + (panels[:, 1] - panels[:, 0]) / 2
        halves = np.concatenate(
            [np.column_stack([panels[:, 0], middle]), np.column_stack([middle, panels[:, 1]])]
        )
        parts = _over(integrand, halves)
        n = len(panels)
        finer = parts[:, :n] + parts[:, n:]
        scale = np.abs(total) + np.abs(finer).sum(axis=1)
        rough = np.abs(finer - whole) > _TOLERANCE * scale[:, None]
        rough &= np.abs(finer - whole) > 1e-15 * np.abs(finer)  # beyond that, it is rounding
        if rounding is not None and rough.any():
            where = np.flatnonzero(rough.any(axis=0))
            change = np.abs(finer - whole)[:, where]
            rough[:, where] &= change > _over(rounding, panels[where])
        again = rough.any(axis=0) & (middle > panels[:, 0]) & (middle < panels[:, 1])
        total += finer[:, ~again].sum(axis=1)
        if not again.any() or len(panels) > 20_000:
            total += finer[:, again].sum(axis=1)
            return total
        both = np.concatenate([again, again])
        panels, whole = halves[both], parts[:, both]
    return np.asarray(total + whole.sum(axis=1))


def _panels(edges: Array) -> Array:
    """The stretches between edges, cut so that none is longer than it is far from 0, or than 4.

    Towards each edge they get shorter and shorter, so that a narrow feature at an edge, such as a
    bump of which the edge is the top, is met by some panel of its own size.
    """
    cuts = [float(edges[0])]
    for lo, hi in pairwise(edges.tolist()):
        near = 0.0 if lo < 0 < hi else min(abs(lo), abs(hi))
        count = int(min(np.ceil((hi - lo) / max(4.0, near)), 64))
        line = np.linspace(lo, hi, count + 1)[1:-1].tolist()
        first, last = (line[0], line[-1]) if line else ((lo + hi) / 2, (lo + hi) / 2)
        cuts += [lo + step for step in reversed(_steps(lo, first - lo))]
        cuts += line or [first]
        cuts += [hi - step for step in _steps(hi, hi - last)]
        cuts.append(hi)
    panels = np.array(cuts)
    panels = panels[np.concatenate([[True], np.diff(panels) > 0])]
    return np.column_stack([panels[:-1], panels[1:]])


def _steps(edge: float, length: float) -> list[float]:
    """Distances from an edge, each a part of the one before."""
    steps = []
    smallest = max(_SMALLEST, 64 * math.ulp(edge))
    while length * _GRADING > smallest:
        length *= _GRADING
        steps.append(length)
    return steps


def _over(integrand: Integrand, panels: Array) -> Any:
    """Each function's integral over each panel; shape (functions, panels)."""
    nodes, weights = gauss_legendre(_POINTS)
    half = (panels[:, 1] - panels[:, 0]) / 2
    x = (panels[:, 0] + half)[:, None] + half[:, None] * nodes
    with np.errstate(all="ignore"):
        values = integrand(x.ravel())
    return np.array([(v.reshape(x.shape) @ weights) * half for v in values])
