"""The polynomial of a degree whose largest error on an interval is the least.

API: `fit_polynomial(target, domain, degree, weight=None, conditions=())` returns a `BestFit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from actx.core.domain import Domain
from actx.core.errors import FitError
from actx.fitting.forms.best import BestFit, Condition
from actx.fitting.forms.goal import exact, goal_of
from actx.fitting.forms.piecewise import fit_space
from actx.fitting.forms.space import Space, fulfilled
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
    values and derivatives that p has to take, exactly. Raises FitError where there is no such
    polynomial or none that can be written: an infinite domain, a degree above 40, conditions that
    contradict.
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
    found = fit_space(goal, space, kind, lambda parts: parts[0].tree, not conditions)
    return PolynomialFit(**vars(found), degree=degree)
