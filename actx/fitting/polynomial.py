"""The polynomial of a degree whose largest error on an interval is the least.

API: `fit_polynomial(target, domain, degree, weight=None, conditions=())` returns a `BestFit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from actx.domain import Domain
from actx.errors import FitError
from actx.fitting.best import BestFit, Condition
from actx.fitting.goal import exact, goal_of
from actx.fitting.piecewise import Found, fit_space
from actx.fitting.space import Space, fulfilled
from actx.language.tree import Node

HIGHEST_DEGREE = 40


@dataclass(frozen=True)
class PolynomialFit(BestFit):
    """A best polynomial; its coefficients by rising powers of x - centre are those of its part."""

    degree: int = 0

    @property
    def chebyshev(self) -> tuple[Fraction, ...]:
        """Its coefficients in the Chebyshev polynomials of the domain, exact."""
        return self.parts[0].chebyshev(exact(self.domain.lo), exact(self.domain.hi))


def fit_polynomial(
    target: Node,
    domain: Domain,
    degree: int,
    weight: Node | None = None,
    conditions: Sequence[Condition] = (),
) -> PolynomialFit:
    """The polynomial p of a degree with the least max of weight·|p - target| on a finite domain.

    weight: positive there, 1 if not given; 1/abs(target) makes the error relative. conditions:
    values and derivatives that p has to take, exactly. Remez exchange (Pachón, Trefethen 2009) in
    float64, finished in balls and proven. Raises FitError where there is no such polynomial or none
    that can be written: an infinite domain, a degree above 40, conditions that contradict.
    """
    if not 0 <= degree <= HIGHEST_DEGREE:
        raise FitError(
            f"The degree of a polynomial is a whole number from 0 to {HIGHEST_DEGREE}, not "
            f"{degree}."
        )
    goal = goal_of(target, domain, weight)
    for condition in conditions:
        if not goal.lo <= condition.x <= goal.hi:
            raise FitError(f"The condition {condition} lies outside the domain {domain}.")
    space = Space((goal.lo, goal.hi), degree, [fulfilled(0, c) for c in conditions])
    kind = f"polynomial of degree {degree}"
    found = fit_space(goal, space, kind)
    words = certificate(found, kind, space.size, bool(conditions), pieces=False)
    return PolynomialFit(
        found.parts[0].tree, kind, domain, found.error, found.enclosure, found.least,
        found.alternation, found.parts, (), words, found.optimal, degree=degree,
    )  # fmt: skip


def certificate(found: Found, kind: str, size: int, conditions: bool, *, pieces: bool) -> str:
    """What proves that nothing of the kind is better, in words.

    size: the free coefficients; conditions, pieces: whether there are some, so that the signs of
    the error need not alternate.
    """
    if found.exact:
        rest = "." if found.optimal else ", as far as can be told."
        return f"The target is a {kind} itself{rest}"
    meets = " that meets the conditions" if conditions else ""
    if not found.optimal:
        return (
            f"No {kind}{meets} has a smaller error than {found.least:.7g}; that this one is the "
            "best is not proven."
        )
    if not size:
        return f"It is the only {kind}{meets}."
    turns = "" if conditions or pieces else " with alternating signs"
    points = len(found.alternation)
    if points == 1:
        return (
            f"The error is largest at {found.alternation[0].x:.7g}, where no {kind}{meets} has a "
            f"smaller one than {found.least:.10g}."
        )
    which = f"{found.carrying} of them" if found.carrying < points else "them"
    return (
        f"The error reaches its largest size{turns} at {points} points; the errors at {which} "
        f"prove that no {kind}{meets} has a smaller one than {found.least:.10g}."
    )
