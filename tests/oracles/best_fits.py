"""What the tests of best approximations share: references, and errors computed with mpmath."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from mpmath import mp
from oracle import value
from places import REFERENCES as REFERENCES_FOLDER

import actx
from actx.core.domain import Domain
from actx.fitting.forms.best import BestFit, Condition
from actx.fitting.forms.goal import goal_of
from actx.fitting.forms.piecewise import fit_space
from actx.fitting.forms.space import Space, fulfilled
from actx.language.tree import Node

REFERENCES: dict[str, Any] = json.loads(
    (REFERENCES_FOLDER / "best.json").read_text(encoding="utf-8")
)
FORMULAS = {
    "mish 4": "mish", "mish 8": "mish", "exp": "exp(x)", "abs": "abs(x)", "relu": "relu",
    "gelu": "gelu",
}  # fmt: skip


def tree(text: str) -> Node:
    return actx.formula(text).bound


def domain_of(name: str) -> Domain:
    lo, hi = REFERENCES[name]["domain"]
    return Domain(float(lo), float(hi))


def fit_polynomial(
    target: Node,
    domain: Domain,
    degree: int,
    weight: Node | None = None,
    conditions: Sequence[Condition] = (),
) -> BestFit:
    """The best polynomial of a degree: what splines are fitted by, on one piece."""
    goal = goal_of(target, domain, weight)
    space = Space((goal.lo, goal.hi), degree, [fulfilled(0, c) for c in conditions])
    kind = f"polynomial of degree {degree}"
    return fit_space(goal, space, kind, lambda parts: parts[0].tree, not conditions)


def error_at(fit: BestFit, target: Node, x: Any, weight: Node | None = None) -> Any:
    """weight·(fit - target) by mpmath, from the formula as it is written."""
    scale = value(weight, x) if weight is not None else mp.mpf(1)
    return scale * (value(tree(fit.text), x) - value(target, x))


def largest(fit: BestFit, target: Node, count: int = 120, weight: Node | None = None) -> float:
    """The largest |error| on samples of the domain, breaks and alternation points among them."""
    lo, hi = fit.domain.lo, fit.domain.hi
    xs = lo + (hi - lo) * (1 - np.cos(np.linspace(0, np.pi, count))) / 2
    marks = [*map(float, fit.breaks), *(a.x for a in fit.alternation)]
    with mp.workdps(60):
        return max(
            float(abs(error_at(fit, target, mp.mpf(float(x)), weight)))
            for x in (*np.clip(xs, lo, hi), *marks)
        )


def assert_sound(fit: BestFit, target: Node, weight: Node | None = None) -> None:
    """The claims of a fit hold: its enclosure, its table, its bounds, and its text."""
    assert tree(fit.text) is fit.formula
    assert fit.enclosure is not None
    lo, hi = fit.enclosure
    assert fit.least <= hi
    assert lo <= fit.error <= hi
    sampled = largest(fit, target, weight=weight)
    assert sampled <= hi * (1 + 1e-13)
    assert sampled >= lo * (1 - 1e-9)
    assert fit.optimal == (hi <= fit.least * (1 + 1e-9)) or fit.error == 0
    assert hi - lo <= 2e-10 * hi
    with mp.workdps(60):
        for place in fit.alternation:
            found = float(error_at(fit, target, mp.mpf(place.x), weight))
            assert abs(found - place.error) <= 1e-9 * fit.error + 1e-14 * abs(place.error)
            assert abs(abs(place.error) - fit.error) <= 2e-6 * fit.error


def turns(fit: BestFit) -> int:
    """How many points of the table alternate."""
    signs = [a.error > 0 for a in fit.alternation]
    return 1 + sum(a != b for a, b in pairwise(signs))


def exactly(coefficients: Sequence[Fraction], u: Fraction) -> Fraction:
    """A polynomial's value in exact arithmetic."""
    return sum((c * u**k for k, c in enumerate(coefficients)), Fraction(0))
