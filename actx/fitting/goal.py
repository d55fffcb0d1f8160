"""What is approximated, on stretches where it is smooth, and the error of a candidate there.

The error is weight·(candidate - target). A candidate is made of parts, one to each piece of the
formula that is fitted; a stretch lies within one part and within one smooth piece of the target
and of the weight.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from flint import acb, arb, arb_poly, arb_series, ctx
from numpy.typing import NDArray

from actx.domain import Domain
from actx.errors import FitError
from actx.fitting.best import Part
from actx.language.enclose import ball_program, exact_ball
from actx.language.pieces import Piecewise, pieces
from actx.language.series import Number
from actx.language.taylor import on_disc, taylor, terms
from actx.language.tree import ONE, Node
from actx.language.values import evaluate

Array = NDArray[np.float64]

BITS = 320  # of the balls in which fits are finished and proven
_COARSE = 64  # of those that only bound what is left out


@dataclass(frozen=True)
class Stretch:
    """Target and weight as smooth trees on [lo, hi], on which the candidate is its part `part`."""

    lo: Number
    hi: Number
    target: Node
    weight: Node
    part: int

    def target_at(self, x: Array) -> Array:
        return np.broadcast_to(evaluate(self.target, x), x.shape)

    def weight_at(self, x: Array) -> Array:
        return np.broadcast_to(evaluate(self.weight, x), x.shape)

    @property
    def ball_ends(self) -> tuple[Any, Any]:
        """Both ends as exact balls that do not lie outside; within `ctx.workprec(BITS)`."""
        return arb(ball_of(self.lo).upper()), arb(ball_of(self.hi).lower())

    def ball_values(self, x: Any) -> tuple[Any, Any]:
        """Target and weight at a ball of x, in balls."""
        if self.weight is ONE:
            return ball_program(self.target, precision=BITS)(x)[0], arb(1)
        target, weight = ball_program(self.target, self.weight, precision=BITS)(x)
        return target, weight


@dataclass(frozen=True)
class Goal:
    """A target and a positive weight on a finite interval, with the candidate's breaks."""

    target: Node
    weight: Node
    lo: Fraction
    hi: Fraction
    breaks: tuple[Fraction, ...] = ()

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """All stretches from left to right."""
        return tuple(self.divided(*self.functions))

    @cached_property
    def functions(self) -> tuple[Piecewise, Piecewise]:
        """Target and weight in their smooth pieces."""
        lo, hi = float(self.lo), float(self.hi)
        return pieces(self.target, lo, hi), pieces(self.weight, lo, hi)

    def divided(self, target: Piecewise, weight: Piecewise) -> list[Stretch]:
        """The stretches that pieces of target and weight make with the breaks."""
        found = []
        edges = [self.lo, *self.breaks, self.hi]
        for lo, hi, f, w in target.overlaps(weight):
            for part in range(len(edges) - 1):
                a, b = max(lo, edges[part]), min(hi, edges[part + 1])
                if a < b:
                    found.append(Stretch(a, b, f, w, part))
        return found

    def parts_at(self, lo: Number, hi: Number) -> list[int]:
        """The candidate's parts that [lo, hi] meets."""
        edges = [self.lo, *self.breaks, self.hi]
        return [i for i in range(len(edges) - 1) if edges[i] <= hi and lo <= edges[i + 1]]

    @cached_property
    def scale(self) -> float:
        """The size of the target."""
        return max(float(np.max(np.abs(f))) for f, _ in self.samples) or 1.0

    @cached_property
    def samples(self) -> list[tuple[Array, Array]]:
        """Target and weight at some points of each stretch, checked to be finite and positive."""
        found = []
        for s in self.stretches:
            x = lobatto(s.lo, s.hi, 17)
            f, w = s.target_at(x), s.weight_at(x)
            if not np.all(np.isfinite(f[1:-1])) or not np.all(np.isfinite(f)):
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
        """Whether target or weight jump where stretches of one part meet."""
        for (f, w), (g, v), s, t in zip(
            self.samples, self.samples[1:], self.stretches, self.stretches[1:], strict=False
        ):
            near = 1e-9 * self.scale
            if s.part == t.part and (abs(f[-1] - g[0]) > near or abs(w[-1] - v[0]) > 1e-9 * w[-1]):
                return True
        return False


def goal_of(
    target: Node, domain: Domain, weight: Node | None, breaks: Sequence[Fraction] = ()
) -> Goal:
    """The goal of a fit. Raises FitError where it is none that these engines can reach."""
    if not domain.bounded:
        raise FitError(
            f"A best approximation by polynomials or rational functions needs a finite domain, "
            f"such as -4:4; {domain} is infinite."
        )
    goal = Goal(target, weight or ONE, exact(domain.lo), exact(domain.hi), tuple(breaks))
    assert goal.samples  # raises where target or weight have no value
    return goal


def exact(value: float | Fraction) -> Fraction:
    """A number as the shortest decimal that denotes it."""
    return value if isinstance(value, Fraction) else Fraction(repr(float(value)))


def lobatto(lo: Number, hi: Number, count: int) -> Array:
    """Points of an interval, both ends among them, closer near the ends."""
    a, b = float(lo), float(hi)
    x = a + (b - a) * (1 - np.cos(np.linspace(0, math.pi, count))) / 2
    x[0], x[-1] = a, b
    return np.asarray(x)


def within(stretch: Stretch, x: float) -> Any:
    """A place in a stretch as an exact ball; a float may lie beyond an end that is a fraction."""
    lo, hi = stretch.ball_ends
    return arb(x).max(lo).min(hi)


class Quotient:
    """One part of a candidate in balls: numerator and denominator in u = x - centre."""

    def __init__(self, centre: Any, numerator: Any, denominator: Any | None = None) -> None:
        self.centre = centre
        self.top = _with_slopes(numerator)
        self.bottom = None if denominator is None else _with_slopes(denominator)

    def __call__(self, x: Any) -> Any:
        """The value at a ball, real or complex."""
        u = x - self.centre
        return self.top[0](u) if self.bottom is None else self.top[0](u) / self.bottom[0](u)

    def series(self, x: Any) -> Any:
        """The Taylor series about x, of `ctx.cap` terms."""
        u = x - self.centre
        top = _series(self.top, u)
        return top if self.bottom is None else top / _series(self.bottom, u)


def _with_slopes(polynomial: Any) -> tuple[Any, Any, Any]:
    first = polynomial.derivative()
    return polynomial, first, first.derivative()


def _series(polynomial: tuple[Any, Any, Any], u: Any) -> Any:
    if ctx.cap <= 3:
        zeroth, first, second = polynomial
        return arb_series([zeroth(u), first(u), second(u) / 2])
    return arb_series(polynomial[0](arb_poly([u, 1])).coeffs())


def ball_of(value: Number) -> Any:
    """The ball of a number at the precision of fits; call it within `ctx.workprec(BITS)`."""
    return exact_ball(value)


def quotient_of(part: Part) -> Quotient:
    """An exact part in balls."""
    with ctx.workprec(BITS):
        top = arb_poly([ball_of(c) for c in part.numerator])
        centre = ball_of(part.centre)
        if part.whole:
            return Quotient(centre, top)
        return Quotient(centre, top, arb_poly([ball_of(c) for c in part.denominator]))


class ErrorOf:
    """weight·(candidate - target) in balls; call its methods within `ctx.workprec(BITS)`."""

    def __init__(self, parts: Sequence[Quotient]) -> None:
        self.parts = parts

    def value(self, stretch: Stretch, x: Any) -> Any:
        """The error at a real ball."""
        target, weight = stretch.ball_values(x)
        return weight * (self.parts[stretch.part](x) - target)

    def series(self, stretch: Stretch, x: Any, count: int) -> list[Any]:
        """So many Taylor coefficients about each point of a ball; NaN where they are not known."""
        with terms(count):
            try:
                error = self.parts[stretch.part].series(x) - taylor(stretch.target, x, BITS)
                if stretch.weight is not ONE:
                    error = error * taylor(stretch.weight, x, BITS)
            except ValueError:  # a denominator that may be zero
                return [arb("nan")] * count
            found: list[Any] = error.coeffs()
        return found + [arb(0)] * (count - len(found))

    def on_disc(self, stretch: Stretch, x: Any, radius: Any) -> Any:
        """A bound on |error| on the complex disc of a radius about x; may not be finite."""
        with ctx.workprec(_COARSE):
            disc = acb(arb(x, radius), arb(0, radius))
            error = self.parts[stretch.part](disc) - on_disc(stretch.target, disc, _COARSE)
            if stretch.weight is not ONE:
                error = error * on_disc(stretch.weight, disc, _COARSE)
            return abs(error).upper()
