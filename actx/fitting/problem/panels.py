"""Panels of a domain: stretches short enough for a polynomial to follow an error on each.

They are given by their edges in rising order. Where the domain has a gap, its ends are edges, and
what lies between these is no panel.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from actx.core.arrays import Array
from actx.core.domain import Domain

Places = NDArray[np.intp]


def base_edges(domain: Domain, reach: float) -> Array:
    """Edges over the domain as far as a search reaches, whatever the error is like."""
    return np.concatenate([_edges_of(part.lo, part.hi, reach) for part in domain.parts])


def _edges_of(lo: float, hi: float, reach: float) -> Array:
    """Edges over an interval, of panels of width 1/2 near 0 and growing outwards.

    A few lie close to 0, where steep gates turn, so that a steep one is noticed and refined.
    """
    lo, hi = max(lo, -reach), min(hi, reach)
    end = max(abs(lo), abs(hi), 9.0)
    near = np.concatenate([[0], np.geomspace(1e-8, 0.1, 8), np.arange(0.5, 8.25, 0.5)])
    far = np.geomspace(8, end, min(max(2, math.ceil(math.log(end / 8) / 0.27)), 200))[1:]
    half = np.concatenate([near, far])
    edges = np.union1d(-half, half)
    edges = edges[(edges > lo) & (edges < hi)]
    if hi - lo < 100:
        edges = np.union1d(edges, np.linspace(lo, hi, 25))
    return np.union1d(edges, [lo, hi])


def panels_between(edges: Array, domain: Domain) -> tuple[Array, Array]:
    """Where the panels begin, and half of their widths."""
    half = np.diff(edges) / 2
    kept = np.ones(half.size, dtype=bool)
    for lo, hi in domain.gaps:
        kept &= (edges[1:] <= lo) | (edges[:-1] >= hi)
    return edges[:-1][kept], half[kept]


def inside(x: Array, edges: Array, domain: Domain) -> NDArray[np.bool_]:
    """Whether each x lies between edges and within an interval of the domain, not at its end."""
    found = (x > edges[0]) & (x < edges[-1])
    for lo, hi in domain.gaps:
        found &= (x < lo) | (x > hi)
    return np.asarray(found)


def neighbours(sites: Array, domain: Domain) -> tuple[Places, Places]:
    """The indices of the sites before and after each in its interval; its own where none is."""
    own = np.arange(sites.size)
    before, after = np.maximum(own - 1, 0), np.minimum(own + 1, sites.size - 1)
    for lo, hi in domain.gaps:
        first = int(np.searchsorted(sites, (lo + hi) / 2))
        if 0 < first < sites.size:
            before[first], after[first - 1] = first, first - 1
    return before, after
