"""A fit as an optimiser sees it: the error as a function of x and of the free parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from actx.arithmetic.quadrature import gauss_legendre
from actx.calculus.pieces import pieces
from actx.calculus.values import program
from actx.core.arrays import Array
from actx.core.domain import Domain, Interval
from actx.core.errors import AnalysisError
from actx.fitting.problem.criterion import Criterion
from actx.fitting.problem.panels import base_edges, inside, panels_between
from actx.fitting.problem.switches import solved_switches
from actx.language.derivative import by_parameter
from actx.language.operations import CONDITIONS, OPERATIONS
from actx.language.tree import Node, number, parameter, simplified, substitute, walk

LARGEST = 1e6  # where a parameter without bounds that runs away is stopped
_FAR = 1e4  # from here on an open end is one panel in 1/x
_POINTS = 10  # of a panel
_QUARTERS = np.array([0.0, 0.25, 0.5, 0.75])
_ROUNDING = 8 * np.finfo(np.float64).eps  # an error below so much of the target is none
_SURE = 1e-12  # relative rounding up to which a value far out is looked at
_NEAR = 30.0  # where inf/inf and the like are an error's own, and not float64's
_RESOLVED = 1e-9  # last Legendre coefficients of a panel, relative to the largest error
_HALVINGS = 45
_REMEMBERED = 50  # panels, as several ask for those of the same values
_MOST_PANELS = 900
_BLOCK = 40  # parameter values for which errors are computed at once


@dataclass(frozen=True)
class Limit:
    """A value that follows from the free parameters and must stay within bounds."""

    tree: Node
    lower: float
    upper: float


class _Part:
    """One function of x that is to be small: the error, its slope, either with a weight."""

    def __init__(self, f: Node, g: Node, names: tuple[str, ...]) -> None:
        self.f, self.g = program(f, parameters=names), program(g)
        slopes = [by_parameter(f, name) for name in names]
        self.slopes = program(*slopes, parameters=names)
        self.last: tuple[Array, Array, Array] = (np.empty(0), np.empty(0), np.empty(0))


class Residual:
    """The error template(x; p) - target(x) on a domain, sampled for optimisation.

    names, lower, upper: the free parameters and their bounds. All parameter vectors are arrays in
    the order of names. floor, ceiling: how far a search goes, finite where the bounds are not.
    limits: further conditions on them. criterion: what of the error counts; with it an "error" is
    that of one part, weighted as it asks for. parts: the indices of the parts.
    """

    def __init__(
        self,
        template: Node,
        target: Node,
        domain: Domain,
        bounds: Mapping[str, tuple[float, float]],
        limits: Sequence[Limit] = (),
        criterion: Criterion | None = None,
    ) -> None:
        self.template, self.target, self.domain = template, target, domain
        self.criterion = criterion or Criterion()
        self.names = tuple(bounds)
        self.lower = np.array([b[0] for b in bounds.values()])
        self.upper = np.array([b[1] for b in bounds.values()])
        ends = [abs(x) for part in domain.parts for x in (part.lo, part.hi) if math.isfinite(x)]
        self.reach = max([_FAR, *(100 * end for end in ends)])
        self.floor = np.maximum(self.lower, -LARGEST)
        self.ceiling = np.minimum(self.upper, LARGEST)
        self.base = base_edges(domain, self.reach)
        self.limits = tuple(limits)
        self.pairs = self.criterion.pairs(template, target)
        self._parts = [_Part(f, g, self.names) for f, g in self.pairs]
        self.parts = range(len(self._parts))
        self._panels: dict[bytes, Array] = {}
        self._limited = program(*(limit.tree for limit in limits), parameters=self.names)
        self.piecewise = any(
            n.op in CONDITIONS or (n.args and OPERATIONS[n.op].is_piecewise) for n in walk(template)
        )
        self._switches = solved_switches(template, self.names) if self.piecewise else None
        self._fixed_breaks = sorted({b for _, g in self.pairs for b in self._breaks_of(g)})

    def reach_out(self, start: Array) -> None:
        """Let a search go as far as a start that lies beyond what is usual."""
        self.floor = np.maximum(self.lower, np.minimum(self.floor, -10 * np.abs(start)))
        self.ceiling = np.minimum(self.upper, np.maximum(self.ceiling, 10 * np.abs(start)))

    @property
    def bounds(self) -> dict[str, Interval]:
        """The bounds of each parameter."""
        ends = zip(self.lower.tolist(), self.upper.tolist(), strict=True)
        return dict(zip(self.names, ends, strict=True))

    def bind(self, p: Sequence[float] | Array) -> Node:
        """The template with these parameter values."""
        return self._bound(self.template, p)

    def bound_pairs(self, p: Sequence[float] | Array) -> list[tuple[Node, Node]]:
        """What is compared at these parameter values, two trees for each part."""
        return [(self._bound(f, p), g) for f, g in self.pairs]

    def _bound(self, tree: Node, p: Sequence[float] | Array) -> Node:
        values = {parameter(n): number(float(v)) for n, v in zip(self.names, p, strict=True)}
        return substitute(tree, values, simplified)

    def admits(self, p: Array) -> bool:
        """Whether what follows from these values is within its limits."""
        if not self.limits:
            return True
        with np.errstate(all="ignore"):
            values = self._limited(np.float64(0), *p)
        return all(
            max(limit.lower, -LARGEST) <= value <= min(limit.upper, LARGEST)
            for limit, value in zip(self.limits, values, strict=True)
        )

    def error(self, x: Array, p: Array, part: int = 0) -> Array:
        """The error of a part at each x, 0 where it is nothing but rounding.

        Where float64 has no value far out (inf/inf), the tails have been seen to match, and it is 0
        as well.
        """
        if not x.size or not self.admits(p):
            return np.full(x.shape, math.nan)
        return self._error(x, p, part)

    def errors(self, x: Array, points: Array, part: int = 0) -> Array:
        """The error at each x for many parameter values, shape (points, x)."""
        blocks = np.array_split(points, max(1, len(points) // _BLOCK))
        rows = [self._error(x, list(block.T[..., None]), part) for block in blocks]
        # a part on which no parameter has an effect, as on the slope of f(x) + a, has one row
        return np.vstack(
            [np.broadcast_to(r, (len(b), x.size)) for r, b in zip(rows, blocks, strict=True)]
        )

    def _error(self, x: Array, p: Sequence[Any] | Array, part: int) -> Array:
        g, rounding = self._goal(x, part)
        with np.errstate(all="ignore"):
            e: Array = self._parts[part].f(x, *p)[0] - g
            e[np.abs(e) < rounding] = 0.0
            if not math.isfinite(np.add.reduce(e, axis=None)):
                e[np.isnan(e) & (np.abs(x) > _NEAR)] = 0.0
        return e

    def _goal(self, x: Array, part: int) -> tuple[Array, Array]:
        """The target at x and what is rounding there; an optimiser asks for one x many times."""
        mine = self._parts[part]
        if mine.last[0] is not x:
            with np.errstate(all="ignore"):
                g = _at_each(x, mine.g(x)[0])
                mine.last = (x, g, _ROUNDING * np.abs(g))
        return mine.last[1], mine.last[2]

    def slopes(self, x: Array, p: Array, part: int = 0) -> Array:
        """The derivative of the error by each parameter at each x, shape (parameters, points)."""
        with np.errstate(all="ignore"):
            rows = self._parts[part].slopes(x, *p)
        table = np.array([_at_each(x, r) for r in rows])
        return np.asarray(np.nan_to_num(table, posinf=0.0))

    # --- breakpoints, panels and nodes ---

    def _breaks_of(self, tree: Node) -> list[float]:
        cut = [pieces(tree, part.lo, part.hi).breakpoints for part in self.domain.parts]
        found = np.array([float(b) for breakpoints in cut for b in breakpoints])
        return [float(b) for b in self.within_reach(found)]

    def within_reach(self, x: Array) -> Array:
        """Those that lie within an interval of the domain, as far as the search reaches."""
        return np.asarray(x[inside(x, self.base, self.domain)])

    def moving(self, p: Array) -> Array:
        """The breakpoints of the template within reach."""
        if not self.piecewise:
            return np.empty(0)
        if self._switches is not None:
            return np.unique(self.within_reach(self._switches(p)))
        try:
            return np.array(self._breaks_of(self.bind(p)))
        except AnalysisError:
            return np.empty(0)

    def switches(self, p: Array) -> Array:
        """Where the template may switch, in an order that stays; NaN for those that are not there.

        Where no formula for them is known, the breakpoints within reach.
        """
        if self._switches is None:
            return self.moving(p)
        return self._switches(p)

    def breakpoints(self, p: Array) -> Array:
        """The breakpoints of template and target within reach."""
        return np.union1d(self.moving(p), self._fixed_breaks)

    def panels(self, p: Array) -> Array:
        """Edges of panels on each of which a polynomial follows the error at these values."""
        key = p.tobytes()
        if key not in self._panels:
            if len(self._panels) >= _REMEMBERED:
                self._panels.clear()
            self._panels[key] = self._resolved(p)
        return self._panels[key]

    def _resolved(self, p: Array) -> Array:
        edges = np.union1d(self.base, self.breakpoints(p))
        for _ in range(_HALVINGS):
            x, _ = gauss_legendre(_POINTS)
            starts, half = panels_between(edges, self.domain)
            points = (starts + half)[:, None] + half[:, None] * x
            flat = points.ravel()
            rough = half < 0
            for part in self.parts:
                e = np.nan_to_num(self.error(flat, p, part)).reshape(points.shape)
                noise = self._goal(flat, part)[1][np.abs(flat) < _NEAR]
                last = np.max(np.abs(e @ _LAST_COEFFICIENTS), axis=1)
                size = np.abs(e)
                rough |= (last > _RESOLVED * size.max() + float(np.nanmax(noise, initial=0.0))) & (
                    last * half > 1e-14 * np.sum(size.mean(axis=1) * half)
                )
            rough &= half > 1e-14 * np.abs(starts)
            if not rough.any() or edges.size + rough.sum() > _MOST_PANELS:
                break
            edges = np.union1d(edges, (starts + half)[rough])
        return edges

    def nodes(self, edges: Array, points: int = _POINTS) -> tuple[Array, Array]:
        """Points and weights of a quadrature over the domain, infinite ends included.

        points: of each panel.
        """
        rule, w = gauss_legendre(points)
        starts, half = panels_between(edges, self.domain)
        x = ((starts + half)[:, None] + half[:, None] * rule).ravel()
        weights = (half[:, None] * w).ravel()
        near = 0.5 / self.reach
        inverse, inner = near + near * rule, near * w
        if self.domain.hi == math.inf:
            x = np.concatenate([x, 1 / inverse[::-1]])
            weights = np.concatenate([weights, (inner / inverse**2)[::-1]])
        if self.domain.lo == -math.inf:
            x = np.concatenate([-1 / inverse, x])
            weights = np.concatenate([inner / inverse**2, weights])
        return x, weights

    def inputs(self) -> tuple[Array, Array]:
        """Inputs and their weights, for a sampled norm; no more than stand for all."""
        samples = self.criterion.samples
        assert samples is not None
        return samples.rough.values, samples.rough.shares

    def sites(self, edges: Array, p: Array) -> Array:
        """Samples between which the error has no more than one extremum, as a rule."""
        breaks = self.breakpoints(p)
        starts, half = panels_between(edges, self.domain)
        inner = (starts[:, None] + 2 * half[:, None] * _QUARTERS).ravel()
        beside = np.concatenate([_beside(breaks, -1), breaks, _beside(breaks, 1)])
        return np.union1d(np.concatenate([inner, edges]), self.within_reach(beside))

    def far_errors(self, p: Array, part: int = 0) -> tuple[Array, Array]:
        """Points further out at which the error is known well enough to stand for its limit.

        The errors there are the second array.
        """
        out = self.reach * np.array([10.0, 100.0, 1e4, 1e6])
        left = -out[::-1] if self.domain.lo == -math.inf else out[:0]
        x = np.concatenate([left, out if self.domain.hi == math.inf else out[:0]])
        if not x.size or not self.admits(p):
            return out[:0], out[:0]
        with np.errstate(all="ignore"):
            mine = self._parts[part]
            f, g = _at_each(x, mine.f(x, *p)[0]), mine.g(x)[0]
            sure = np.finfo(float).eps * (np.abs(f) + np.abs(g)) < _SURE * np.abs(f - g)
            sure &= np.isfinite(f - g)
            return np.asarray(x[sure]), np.asarray((f - g)[sure])


_LAST_COEFFICIENTS = np.array(
    [
        (2 * k + 1) / 2 * gauss_legendre(_POINTS)[1]
        * np.polynomial.legendre.Legendre.basis(k)(gauss_legendre(_POINTS)[0])
        for k in (_POINTS - 2, _POINTS - 1)
    ]
).T  # fmt: skip


def _at_each(x: Array, value: Any) -> Array:
    """A value of a program at each x, also where the program is a constant."""
    if np.shape(value) == x.shape:
        return np.asarray(value)
    return np.broadcast_to(value, x.shape)


def _beside(x: Array, side: int) -> Array:
    """The points just beside breakpoints, which are known to a few units in the last place."""
    return np.asarray(x + side * 4 * np.spacing(np.maximum(np.abs(x), 1e-300)))
