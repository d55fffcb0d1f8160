"""A fit as an optimiser sees it: the error as a function of x and of the free parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actx.analysis.quadrature import gauss_legendre
from actx.domain import Domain
from actx.errors import AnalysisError
from actx.language.operations import CONDITIONS, OPERATIONS
from actx.language.pieces import pieces
from actx.language.text import to_text
from actx.language.tree import Node, number, parameter, simplified, substitute, walk
from actx.language.values import program

Array = NDArray[np.float64]

NORMS = ("max", "l2", "l1", "gauss")
FAR = 1e4  # beyond, errors that matter have settled (`actx.fitting.growth` looks at infinity)
_POINTS = 10
_REFINEMENTS = 14
_WORTH = 0.3  # local maxima of |error| below this part of the largest are not followed


@dataclass(frozen=True)
class Peak:
    """A local extremum of the error."""

    x: float
    error: float
    lo: float
    hi: float


class Problem:
    """The error template(x; p) - target(x) on a domain, sampled for optimisation.

    names, lower, upper: the free parameters and their bounds. All parameter vectors are arrays in
    the order of names.
    """

    def __init__(
        self,
        template: Node,
        target: Node,
        domain: Domain,
        bounds: Mapping[str, tuple[float, float]],
    ) -> None:
        self.template, self.target, self.domain = template, target, domain
        self.names = tuple(bounds)
        self.lower = np.array([b[0] for b in bounds.values()])
        self.upper = np.array([b[1] for b in bounds.values()])
        self._error = program(template, target, parameters=self.names)
        self._piecewise = any(
            n.op in CONDITIONS or (n.args and OPERATIONS[n.op].cases is not None)
            for n in walk(template)
        )
        self._base = _base_edges(domain)
        self._target_breaks = self._breaks_of(target)

    def bind(self, p: Sequence[float] | Array) -> Node:
        """The template with these parameter values."""
        values = {parameter(n): number(float(v)) for n, v in zip(self.names, p, strict=True)}
        return substitute(self.template, values, simplified)

    def text(self, p: Sequence[float] | Array) -> str:
        """The template with these parameter values as text."""
        values = {parameter(n): number(float(v)) for n, v in zip(self.names, p, strict=True)}
        return to_text(substitute(self.template, values))

    def error(self, x: Array, p: Array) -> Array:
        """The error at each x."""
        with np.errstate(all="ignore"):
            f, g = self._error(x, *[np.float64(v) for v in p])
            return np.asarray(np.broadcast_to(f - g, x.shape))

    def _breaks_of(self, tree: Node) -> list[float]:
        found = pieces(tree, self.domain.lo, self.domain.hi).breakpoints
        return [float(b) for b in found if abs(float(b)) < FAR]

    def breakpoints(self, p: Array) -> list[float]:
        """The breakpoints of template and target within reach."""
        if not self._piecewise:
            return self._target_breaks
        try:
            return sorted({*self._target_breaks, *self._breaks_of(self.bind(p))})
        except AnalysisError:
            return self._target_breaks

    def nodes(self, p: Array, extra: Sequence[float] = ()) -> tuple[Array, Array]:
        """Points and weights of a quadrature over the domain, split at the breakpoints."""
        edges = np.union1d(self._base, [*self.breakpoints(p), *extra])
        half = np.diff(edges) / 2
        x, w = gauss_legendre(_POINTS)
        points = (edges[:-1] + half)[:, None] + half[:, None] * x
        return points.ravel(), (half[:, None] * w).ravel()

    # --- sup norm ---

    def _sites(self, p: Array) -> Array:
        """Samples between which the error has no more than one extremum, as a rule."""
        breaks = self.breakpoints(p)
        inner = self._base[:-1, None] + np.diff(self._base)[:, None] * np.array(
            [0.0, 0.25, 0.5, 0.75]
        )
        beside = [q for b in breaks for q in (np.nextafter(b, -np.inf), b, np.nextafter(b, np.inf))]
        sites = np.union1d(inner.ravel(), [self._base[-1], *beside])
        inside = (sites >= self._base[0]) & (sites <= self._base[-1])
        return np.asarray(sites[inside], dtype=np.float64)

    def largest(self, p: Array) -> float:
        """max |error| over samples: close to the supremum from below, and cheap."""
        return _finite(np.max(np.abs(self.error(self._sites(p), p))))

    def peaks(self, p: Array) -> list[Peak]:
        """The local maxima of |error| that matter, largest first."""
        sites = self._sites(p)
        size = np.abs(self.error(sites, p))
        if not np.all(np.isfinite(size)):
            return []
        padded = np.concatenate([[-1.0], size, [-1.0]])
        top = (padded[1:-1] >= padded[:-2]) & (padded[1:-1] > padded[2:])
        top &= size >= _WORTH * size.max()
        where = np.flatnonzero(top)
        lo, hi = sites[np.maximum(where - 1, 0)], sites[np.minimum(where + 1, sites.size - 1)]
        signs = np.sign(self.error(sites[where], p))
        x, values = self._refined(p, sites[where], lo, hi, signs)
        found = [
            Peak(float(a), float(v), float(b), float(c))
            for a, v, b, c in zip(x, values, lo, hi, strict=True)
        ]
        return sorted(found, key=lambda peak: -abs(peak.error))

    def heights(self, p: Array, peaks: Sequence[Peak]) -> Array:
        """The same peaks' |error| at other parameter values, with the sign they had."""
        breaks = self.breakpoints(p)
        signs = np.sign([peak.error for peak in peaks])
        best = np.full(len(peaks), -np.inf)
        for points in ([peak.x for peak in peaks], *self._breaks_within(breaks, peaks)):
            x = np.asarray(points, dtype=np.float64)
            best = np.fmax(best, signs * self.error(x, p))
        lo, hi = np.array([q.lo for q in peaks]), np.array([q.hi for q in peaks])
        start = np.array([peak.x for peak in peaks])
        _, values = self._refined(p, start, lo, hi, signs)
        return np.asarray(np.fmax(best, signs * values), dtype=np.float64)

    def _breaks_within(self, breaks: Sequence[float], peaks: Sequence[Peak]) -> list[list[float]]:
        """For each breakpoint, the points at which each peak is to be tried."""
        return [
            [b if q.lo <= b <= q.hi else q.x for q in peaks]
            for b in breaks
            if any(q.lo <= b <= q.hi for q in peaks)
        ]

    def _refined(
        self, p: Array, x: Array, lo: Array, hi: Array, signs: Array
    ) -> tuple[Array, Array]:
        """Maxima of sign·error within brackets, all at once, by sections."""
        if not x.size:
            return x, x
        parts = np.linspace(0, 1, 7)
        best, value = x, signs * self.error(x, p)
        for _ in range(_REFINEMENTS):
            points = lo[:, None] + (hi - lo)[:, None] * parts
            values = signs[:, None] * self.error(points.ravel(), p).reshape(points.shape)
            index = np.argmax(values, axis=1)
            rows = np.arange(len(x))
            higher = values[rows, index] > value
            best = np.where(higher, points[rows, index], best)
            value = np.where(higher, values[rows, index], value)
            width = (hi - lo) / 6
            lo, hi = np.maximum(best - width, lo), np.minimum(best + width, hi)
        return best, signs * value

    # --- integral norms ---

    def sign_changes(self, p: Array) -> list[float]:
        """Where the error changes its sign, for integrals of |error|."""
        from scipy.optimize import brentq

        sites = self._sites(p)
        e = self.error(sites, p)
        found = []
        for i in np.flatnonzero(e[:-1] * e[1:] < 0):
            a, b = float(sites[i]), float(sites[i + 1])
            found.append(float(brentq(lambda x: float(self.error(np.array([x]), p)[0]), a, b)))
        return found


def _finite(value: float) -> float:
    return float(value) if math.isfinite(value) else 1e300


def _base_edges(domain: Domain) -> Array:
    """Panel edges over the domain, of width 1/2 near 0 and growing outwards."""
    near = np.arange(0, 8.25, 0.5)
    far = np.geomspace(8, FAR, 28)[1:]
    half = np.concatenate([near, far])
    lo, hi = max(domain.lo, -FAR), min(domain.hi, FAR)
    edges = np.union1d(-half, half)
    edges = edges[(edges > lo) & (edges < hi)]
    if domain.bounded:
        edges = np.union1d(edges, np.linspace(lo, hi, 25))
    return np.union1d(edges, [lo, hi])
