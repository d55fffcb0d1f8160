"""What is approximated by polynomials and rational functions, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import numpy as np

from actx.arithmetic.coefficients import Number
from actx.calculus.values import evaluate
from actx.core.arrays import Array
from actx.core.domain import Domain
from actx.core.errors import FitError
from actx.fitting.linear.columns import Columns, Polynomials
from actx.fitting.linear.strips import Part, Strip, spread, strips_of
from actx.language.tree import ONE, Node

_SAMPLES = 17  # of each stretch, to see whether it can be approximated


@dataclass(frozen=True)
class Goal:
    """A target and a positive weight on a finite interval."""

    target: Node
    weight: Node
    domain: Domain

    @property
    def lo(self) -> Fraction:
        return exact(self.domain.lo)

    @property
    def hi(self) -> Fraction:
        return exact(self.domain.hi)

    def part(self, columns: Columns, lo: Number, hi: Number) -> Part:
        """The error of a piece of a candidate between two exact places."""
        return Part(
            columns, self.target, "value", self.domain, weight=self.weight, between=(lo, hi)
        )

    @cached_property
    def strips(self) -> list[Strip]:
        """Where target and weight are smooth, from left to right."""
        return strips_of(self.part(Polynomials([]), self.lo, self.hi))

    @cached_property
    def scale(self) -> float:
        """The size of the target."""
        return max(float(np.max(np.abs(f))) for f, _ in self.samples) or 1.0

    @cached_property
    def samples(self) -> list[tuple[Array, Array]]:
        """Target and weight at some points of each strip, checked to be finite and positive."""
        found = []
        for s in self.strips:
            f, w = (sampled(tree, spread(s, _SAMPLES)) for tree in (s.goal, s.weight))
            if not np.all(np.isfinite(f)):
                raise FitError(
                    f"The target has no finite value somewhere between {float(s.lo):g} and "
                    f"{float(s.hi):g}, so that nothing can be fitted to it there."
                )
            if not np.all(np.isfinite(w)) or not np.all(w > 0):
                raise FitError(
                    f"The weight is not positive and finite between {float(s.lo):g} and "
                    f"{float(s.hi):g} (the weight of a relative error is infinite where the target "
                    "is zero). Give another domain or weight."
                )
            found.append((f, w))
        return found

    @cached_property
    def jumps(self) -> bool:
        """Whether target or weight jump where strips meet."""
        near = 1e-9 * self.scale
        return any(
            abs(f[-1] - g[0]) > near or abs(w[-1] - v[0]) > 1e-9 * w[-1]
            for (f, w), (g, v) in pairwise(self.samples)
        )


def goal_of(target: Node, domain: Domain, weight: Node | None) -> Goal:
    """The goal of a fit. Raises FitError where it is none that these engines can reach."""
    if not domain.bounded:
        raise FitError(
            f"A best approximation by polynomials or rational functions needs a finite domain, "
            f"such as -4:4; {domain} is infinite."
        )
    goal = Goal(target, weight or ONE, domain)
    assert goal.samples  # raises where target or weight have no value
    return goal


def exact(value: float | Fraction) -> Fraction:
    """A number as the shortest decimal that denotes it."""
    return value if isinstance(value, Fraction) else Fraction(repr(float(value)))


def sampled(tree: Node, x: Sequence[float] | Array) -> Array:
    """The values of a formula in float64."""
    return np.broadcast_to(evaluate(tree, np.asarray(x)), len(x))
