"""The best coefficients of a linear template in an integral norm, and what proves them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, ctx

from actx.arithmetic.systems import fraction
from actx.calculus.proven.enclose import exact_ball, outward
from actx.calculus.proven.identity import proven_equal
from actx.calculus.values import program
from actx.core.budget import Budget
from actx.core.errors import AnalysisError
from actx.core.norms import Norm
from actx.fitting.horner import rounded
from actx.fitting.integrals.least_squares import Limits, Optimum, independent, least, products
from actx.fitting.integrals.panels import Panels, exactness
from actx.fitting.integrals.signs import Descent, Line, least_integral
from actx.fitting.integrals.stretches import Stretch, stretches_of
from actx.fitting.problem.problem import Problem
from actx.language.tree import ZERO, Node, number, simplified

_SIMPLE = 10**12  # the largest denominator of a coefficient that is taken to be exact
_ATTEMPTS = 3  # each with twice the bits
_SHARP = 1e-12  # a square that is known less well, relatively, is tried again
_BEST = 1e-10  # a norm that is above its bound by this part is the least
_LOSS = 1e-7  # of the norm: how far coefficients as they are written may be off; it rises by less
_NONE = 1e-4  # of that: below, a coefficient is 0


@dataclass(frozen=True)
class Proof:
    """What is proven of all values of a template's parameters, and of a linear one's the best.

    lower: no coefficients within their bounds have a smaller norm. coefficients: the best ones,
    None where they are not determined. at_bounds: whether some of them are at a bound. by: what
    kind of proof it is. over: which values it is of, "" for all within their bounds.
    """

    lower: float
    coefficients: tuple[float | Fraction, ...] | None
    at_bounds: bool = False
    by: str = "duality"
    over: str = ""


def proof_of(problem: Problem, norm: Norm, seconds: float) -> Proof | None:
    """The least of an integral norm of a problem's error, conditions left aside.

    None where the template is not linear in its parameters or nothing can be proven.
    """
    budget = Budget(seconds)
    try:
        stretches = stretches_of(problem, budget)
    except AnalysisError:
        return None
    if stretches is None:
        return None
    limits = Limits([arb(v) for v in problem.lower], [arb(v) for v in problem.upper])
    sizes = _sizes(problem, stretches, norm)
    found: Proof | None = None
    bits = max(128, 96 + 6 * len(problem.names))
    for _ in range(_ATTEMPTS):
        with ctx.workprec(bits):
            attempt = _Attempt(stretches, norm, limits, sizes, budget)
            found = _better(found, attempt.proof())
        if attempt.sharp or budget.spent:
            break
        bits *= 2
    return found


def _better(one: Proof | None, other: Proof | None) -> Proof | None:
    """What is known by two attempts."""
    if one is None or other is None:
        return other or one
    return replace(
        other if other.coefficients is not None else one, lower=max(one.lower, other.lower)
    )


class _Attempt:
    """A proof at the precision in force; sharp: whether more bits would hardly make it better."""

    def __init__(
        self, stretches: Sequence[Stretch], norm: Norm, limits: Limits, sizes: Sequence[float],
        budget: Budget,
    ) -> None:  # fmt: skip
        self.stretches, self.norm, self.limits = stretches, norm, limits
        self.sizes, self.budget = sizes, budget
        self.tiny = arb(2) ** -exactness(ctx.prec)
        self.sharp = False
        self.lines = [
            Line(each, Panels(each.trees, sizes, norm.power or 1, budget, norm.deviation))
            for each in stretches
        ]
        panels = (panel for line in self.lines for panel in line.panels)
        self.matrix = products(panels, len(sizes))
        self.complete = all(line.complete for line in self.lines)

    def proof(self) -> Proof | None:
        optimum = least(self.matrix, self.limits)
        if optimum is None:
            return self._of_dependent()
        exact = self._target_itself(optimum.coefficients)
        if exact is not None:
            return exact
        return self._by_signs(optimum) if self.norm.power == 1 else self._by_squares(optimum)

    def _by_squares(self, optimum: Optimum) -> Proof:
        lower = optimum.least.lower().max(arb(0))
        lost = self.tiny * arb(self.sizes[-1]) ** 2
        self.sharp = bool(optimum.least.rad() + lost <= _SHARP * lower)
        return self._written(optimum, lower.sqrt(), optimum.least.upper().sqrt())

    def _by_signs(self, start: Optimum) -> Proof | None:
        descent = Descent(self.lines, self.limits, self.matrix, start.coefficients)
        descent.run(self.budget)
        optimum = least_integral(descent)
        if optimum is None:
            return None
        lower = optimum.least.lower().max(arb(0))
        lost = self.tiny * arb(self.sizes[-1])
        self.sharp = bool(descent.size.upper() - lower + lost <= _SHARP * lower)
        upper = descent.size.upper() if descent.unique else arb("inf")
        return self._written(optimum, lower, upper)

    def _written(self, optimum: Optimum, lower: Any, upper: Any) -> Proof:
        """The proof, with coefficients as they are written where their norm is the least.

        upper: of the norm, over what the panels cover.
        """
        allowed = _LOSS * lower / max(1, len(optimum.coefficients))
        coefficients = tuple(
            _written(c, allowed / size)
            for c, size in zip(optimum.coefficients, self.sizes, strict=False)
        )
        best = self.complete and upper - lower <= _BEST * lower
        return Proof(
            max(0.0, outward(lower)[0]), coefficients if best else None, bool(optimum.held)
        )

    def _of_dependent(self) -> Proof | None:
        """The bound where some columns are sums of others, if that is proven."""
        kept, shares = independent(self.matrix, self.tiny.sqrt())
        for k, parts in shares.items():
            simple = [fraction(v).limit_denominator(_SIMPLE) for v in parts]
            if not self._is_sum(kept[: len(simple)], simple, k):
                return None
        if not shares:
            return None
        rows = [*kept, len(self.sizes) - 1]
        stretches = [
            replace(each, trees=tuple(each.trees[i] for i in rows)) for each in self.stretches
        ]
        free = Limits([arb("-inf")] * len(kept), [arb("inf")] * len(kept))
        sizes = [self.sizes[i] for i in rows]
        rest = _Attempt(stretches, self.norm, free, sizes, self.budget)
        found = rest.proof()
        self.sharp = rest.sharp
        return None if found is None else replace(found, coefficients=None)

    def _target_itself(self, coefficients: Sequence[Any]) -> Proof | None:
        """Simple coefficients with which the template is proven to be the target."""
        simple = [fraction(c).limit_denominator(_SIMPLE) for c in coefficients]
        near = all(
            abs(c - exact_ball(v)) * size <= self.tiny.sqrt()
            for c, v, size in zip(coefficients, simple, self.sizes, strict=False)
        )
        if not near or not self._is_sum(range(len(simple)), simple, len(simple)):
            return None
        self.sharp = True
        return Proof(0.0, tuple(simple))

    def _is_sum(self, columns: Sequence[int], shares: Sequence[Fraction], k: int) -> bool:
        """Whether one tree is proven to be a sum of others on all stretches."""
        return all(
            proven_equal(_sum([stretch.trees[j] for j in columns], shares), stretch.trees[k])
            for stretch in self.stretches
        )


def _sum(trees: Sequence[Node], shares: Sequence[Fraction]) -> Node:
    total = ZERO
    for tree, share in zip(trees, shares, strict=True):
        total = simplified("add", total, simplified("mul", number(share), tree))
    return total


def _written(value: Any, allowed: Any) -> float | Fraction:
    """A coefficient as a float where that is near enough, else as a decimal that is."""
    if abs(value) <= _NONE * allowed:
        return 0.0
    near = float(value)
    if abs(value - arb(near)) <= allowed:
        return near
    exact = fraction(value)
    tolerance = Fraction(math.nextafter(float(allowed), 0.0))
    return rounded(exact, tolerance) if tolerance else exact


def _sizes(problem: Problem, stretches: Sequence[Stretch], norm: Norm) -> list[float]:
    """The norms of columns and goal, roughly; 1 for one that cannot be told."""
    x, weights = problem.nodes(problem.base)
    weights = weights * norm.density(x)
    total = np.zeros(len(problem.names) + 1)
    for stretch in stretches:
        inside = (x > float(stretch.lo)) & (x < float(stretch.hi))
        with np.errstate(all="ignore"):
            values = program(*stretch.trees)(x[inside])
        rows = [np.broadcast_to(v, x[inside].shape) for v in values]
        powers = [np.abs(v) if norm.power == 1 else v * v for v in rows]
        total += [float(np.nan_to_num(np.sum(weights[inside] * v), posinf=0.0)) for v in powers]
    found = [v if v > 0 and math.isfinite(v) else 1.0 for v in total]
    return [norm.root(v) for v in found]
