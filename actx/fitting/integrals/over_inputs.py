"""The mean square of an error over inputs, enclosed, and the least of it for a linear template.

What the columns of a template and its goal are at each input is enclosed by intervals of floats, so
that millions of inputs are no matter. With the matrix A of the columns, each row times the root of
its share, the mean square at c + d is |e|² + 2rᵀd + |Ad|² with r = Aᵀe, and so at least
|e|² - rᵀ(AᵀA)⁻¹r (as in `least_squares`). It is computed from B = AT, where T makes the columns
nearly orthonormal: then r'ᵀ(BᵀB)⁻¹r' with r' = Tᵀr, and little is lost to rounding. A coefficient
at a bound to which the slope presses it can only add: its part of r is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from actx.arithmetic import systems
from actx.calculus.enclosure import enclosure
from actx.calculus.proven.enclose import outward
from actx.calculus.proven.identity import proven_equal
from actx.core.arrays import Array
from actx.core.budget import Budget
from actx.core.domain import Interval
from actx.core.norms import Norm
from actx.core.samples import Samples
from actx.fitting.integrals.proof import Proof
from actx.fitting.linear.template import affine
from actx.fitting.problem.problem import Problem
from actx.language.tree import ZERO, Node, number, simplified

_BLOCK = 4096  # inputs at once
_ROUNDING = 2.0**-38  # of a sum over so many, and of the shares, in comparison with their sizes
_BITS = 128
_ROUNDS = 3  # of Newton's method, whose first step would do but for rounding
_SIMPLE = 10**9  # the largest denominator of a coefficient that is taken to be exact


def proof_over(problem: Problem, norm: Norm, seconds: float) -> Proof | None:
    """The least mean square over the inputs of a problem, conditions left aside.

    None where the template is not linear in its parameters or nothing can be proven.
    """
    linear = [affine(f, problem.names) for f, _ in problem.pairs]
    samples = problem.criterion.samples
    if samples is None or not problem.names or samples.values.size < len(problem.names):
        return None
    parts = [
        (*each.at(problem.names), simplified("sub", g, each.offset))
        for each, (_, g) in zip(linear, problem.pairs, strict=True)
        if each is not None
    ]
    if len(parts) < len(linear):
        return None
    squares = _Squares(parts, samples, Budget(seconds))
    with np.errstate(all="ignore"), ctx.workprec(_BITS):
        try:
            return _best(squares, problem)
        except (_Unknown, np.linalg.LinAlgError, ValueError):
            return None


def size_over(pairs: Sequence[tuple[Node, Node]], samples: Samples) -> Interval | None:
    """An enclosure of the root of the mean square of f - g, all pairs together; None for none."""
    if all(proven_equal(f, g) for f, g in pairs):
        return 0.0, 0.0
    total = np.zeros(2)
    with np.errstate(all="ignore"):
        for f, g in pairs:
            for x, shares in _blocks(samples):
                (low, high), (least, most) = enclosure(f, g)((x, x))
                lo, hi = low - most, high - least
                size = np.fmax(np.abs(lo), np.abs(hi)) * (1 + _ROUNDING)
                none = np.fmax(np.fmax(lo, -hi), 0.0) * (1 - _ROUNDING)
                total += [np.sum(shares * none**2), np.sum(shares * size**2)]
    if not np.isfinite(total).all():
        return None
    lower, upper = np.sqrt(total) * (1 - 2 * _ROUNDING, 1 + 2 * _ROUNDING)
    return float(lower), float(upper)


def _blocks(samples: Samples) -> Iterator[tuple[Array, Array]]:
    """Inputs and their shares, not too many at once."""
    places = range(0, samples.values.size, _BLOCK)
    shares = samples.shares
    yield from ((samples.values[i : i + _BLOCK], shares[i : i + _BLOCK]) for i in places)


class _Unknown(Exception):
    """A value that has no finite enclosure, or no time is left."""


@dataclass(frozen=True)
class _Squares:
    """Products of columns and goal over inputs; parts: their trees for each part of an error."""

    parts: Sequence[Sequence[Node]]
    samples: Samples
    budget: Budget

    def _values(self, trees: Sequence[Node], x: Array) -> tuple[Array, Array]:
        """The middles of all trees at x, a column each, and how far they may be off."""
        boxes = [np.broadcast_arrays(*box, x)[:2] for box in enclosure(*trees)((x, x))]
        lo, hi = (np.stack(ends, axis=1) for ends in zip(*boxes, strict=True))
        middle = lo / 2 + hi / 2
        off = np.nextafter(np.maximum(hi - middle, middle - lo), np.inf)
        if not np.isfinite(off).all():
            raise _Unknown
        return middle, off

    def products(self, mixed: Array) -> Any:
        """The mean products of sums of columns and goal, in balls; mixed: what they are sums of."""
        size = mixed.shape[1]
        total = arb_mat(size, size)
        rounding = mixed.shape[0] * 2.0**-51
        for trees in self.parts:
            for x, shares in _blocks(self.samples):
                if self.budget.spent:
                    raise _Unknown
                middle, off = self._values(trees, x)
                sums, far = middle @ mixed, (np.abs(middle) * rounding + off) @ np.abs(mixed)
                far *= 1 + _ROUNDING
                weighted, sizes = (sums.T * shares) @ sums, np.abs(sums)
                spare = (far.T * shares) @ (sizes + far)
                spare += spare.T + _ROUNDING * ((sizes.T * shares) @ sizes + spare)
                total += _balls(weighted, spare * (1 + _ROUNDING))
        return total

    @cached_property
    def rough(self) -> Array:
        """Columns and goal at inputs that stand for all, times the roots of their shares."""
        few = self.samples.rough
        rows = [self._values(trees, few.values)[0] for trees in self.parts]
        return np.vstack([row * np.sqrt(few.shares)[:, None] for row in rows])


def _balls(middle: Array, off: Array) -> Any:
    rows = zip(middle.tolist(), off.tolist(), strict=True)
    return arb_mat([[arb(m, r) for m, r in zip(*row, strict=True)] for row in rows])


def _best(squares: _Squares, problem: Problem) -> Proof | None:
    """The best coefficients within their bounds, with a bound for all."""
    held = _held(squares.rough, problem)
    count = len(problem.names)
    free = [k for k in range(count) if k not in held]
    c = np.array([held.get(k, 0.0) for k in range(count)])
    for _ in range(_ROUNDS if free else 0):
        mixed = _mixed(squares.rough, free, c)
        found = squares.products(mixed)
        step = _solved(found, len(free))
        c[free] -= mixed[free, : len(free)] @ np.array([float(s.mid()) for s in step])
    c = np.clip(c, problem.lower, problem.upper)
    if not held:
        simple = [Fraction(v).limit_denominator(_SIMPLE) for v in c.tolist()]
        if all(proven_equal(_sum(trees, simple), trees[-1]) for trees in squares.parts):
            return Proof(0.0, tuple(simple))
    lower = _least(squares, c, held, problem)
    return Proof(max(0.0, outward(lower)[0]), tuple(c.tolist()), bool(held))


def _mixed(rough: Array, free: Sequence[int], c: Array) -> Array:
    """Sums of columns that are nearly orthonormal, and the error of coefficients c last."""
    upper = np.linalg.qr(rough[:, free], mode="r")
    mixed = np.zeros((c.size + 1, len(free) + 1))
    mixed[np.ix_(free, range(len(free)))] = np.linalg.inv(upper)
    mixed[:, -1] = [*c, -1.0]
    if not np.isfinite(mixed).all():
        raise _Unknown
    return mixed


def _solved(found: Any, size: int) -> list[Any]:
    """What is to be taken from sums of columns so that the error is orthogonal to them."""
    rows = [[found[i, j] for j in range(size)] for i in range(size)]
    step = systems.solution(rows, [found[i, size] for i in range(size)])
    if step is None:
        raise _Unknown
    return step


def _least(squares: _Squares, c: Array, held: dict[int, float], problem: Problem) -> Any:
    """The root of what no coefficients within their bounds go below, from those at c."""
    count = c.size
    mixed = _mixed(squares.rough, range(count), c)
    found = squares.products(mixed)
    if held:
        slopes = squares.products(np.column_stack([np.eye(count + 1)[:, :count], mixed[:, -1]]))
        for k in held:
            slope, end = slopes[k, count], c[k]
            inward = slope >= 0 if end == problem.lower[k] else slope <= 0
            for i in range(count if inward else 0):
                found[i, count] -= arb(mixed[k, i]) * slope
    step = _solved(found, count)
    spare = sum((s * found[i, count] for i, s in enumerate(step)), arb(0))
    return (found[count, count] - spare).lower().max(arb(0)).sqrt().lower()


def _held(rough: Array, problem: Problem) -> dict[int, float]:
    """The coefficients that are at a bound, as floats tell."""
    if not (np.isfinite(problem.lower).any() or np.isfinite(problem.upper).any()):
        return {}
    from scipy.optimize import lsq_linear

    scale = np.linalg.norm(rough[:, :-1], axis=0)
    bounds = (problem.lower * scale, problem.upper * scale)
    found = lsq_linear(rough[:, :-1] / scale, rough[:, -1], bounds, method="bvls")
    ends = {-1: problem.lower, 1: problem.upper}
    return {k: float(ends[side][k]) for k, side in enumerate(found.active_mask.tolist()) if side}


def _sum(trees: Sequence[Node], shares: Sequence[Fraction]) -> Node:
    total = ZERO
    for tree, share in zip(trees, shares, strict=False):
        total = simplified("add", total, simplified("mul", number(share), tree))
    return total
