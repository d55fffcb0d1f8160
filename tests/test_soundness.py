"""Nothing claimed proven is false: random formulas, each enclosure against dense sampling."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from formulas import any_formula
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mpmath import mp
from rigour import DIGITS, mp_value

import actx
from actx.analysis.results import Extremum
from actx.domain import Domain
from actx.errors import ActxError
from actx.language.pieces import pieces
from actx.language.syntax import parse
from actx.language.tree import Node

DOMAINS = st.sampled_from(
    [
        Domain(),
        Domain(),
        Domain(-5, 5),
        Domain(0, math.inf),
        Domain(-math.inf, 1.5),
        Domain(-1, 0.25),
    ]
)
MISH = parse("x*tanh(softplus(x))")
_SPREAD = [s * v for v in (0.0, 1e-8, 1e-3, *(k / 16 for k in range(1, 160, 3))) for s in (-1, 1)]
_FAR = [s * v for v in (12.0, 17.3, 25.0, 60.0, 300.0, 1e4) for s in (-1, 1)]
SLACK = mp.mpf(10) ** -40


def places(tree: Node, domain: Domain) -> list[Fraction]:
    """Points all over the domain, at and next to the breakpoints and ends."""
    found = [Fraction(x) for x in (*_SPREAD, *_FAR)]
    special = [float(b) for b in pieces(tree, domain.lo, domain.hi).breakpoints]
    special += [x for x in (domain.lo, domain.hi) if math.isfinite(x)]
    for x in special:
        beside = (x, math.nextafter(x, math.inf), math.nextafter(x, -math.inf), x + 1e-6, x - 1e-6)
        found += [Fraction(p) for p in beside]
    return [p for p in found if p in domain]


def checked(text: str, domain: Domain) -> bool:
    """Check all that is claimed proven of a formula; whether anything was."""
    try:
        row = actx.compare(text, "mish", domain=domain, budget=0.5).rows[0]
        sheet = actx.show(text, domain=domain, budget=0.5)
        tree = actx.formula(text).bound
        points = places(tree, domain)
    except ActxError:
        return False
    with mp.workdps(DIGITS):
        values = [(mp_value(tree, x), mp_value(MISH, x)) for x in map(_mp, points)]
        values = [(f, g) for f, g in values if mp.isfinite(f) and mp.isfinite(g)]
        if row.max_error.proven:
            _, hi = row.max_error.enclosure or (0.0, math.inf)
            worst = max((abs(f - g) for f, g in values), default=mp.mpf(0))
            assert worst <= hi + SLACK * (1 + worst), (text, domain, worst, row.max_error)
        for extremum, sign in ((sheet.minimum, -1), (sheet.maximum, 1)):
            if extremum.proven and extremum.enclosure is not None:
                bound = sign * mp.mpf(extremum.enclosure.y[1 if sign > 0 else 0])
                top = max((sign * f for f, _ in values), default=bound)
                assert top <= bound + SLACK * (1 + abs(top)), (text, domain, top, extremum)
                attained(tree, extremum)
    return row.max_error.proven


def attained(tree: Node, extremum: Extremum) -> None:
    """The value at the place of an extremum lies where the enclosure says, but for the place."""
    x = extremum.x
    if isinstance(x, tuple) or not math.isfinite(x) or extremum.kind.value not in ("interior",):
        return
    there = mp_value(tree, mp.mpf(x))
    lo, hi = extremum.enclosure.y
    assert lo - 1e-9 * (1 + abs(lo)) <= there <= hi + 1e-9 * (1 + abs(hi)), (extremum, there)


def _mp(x: Fraction) -> mp.mpf:
    return mp.mpf(x.numerator) / x.denominator


@settings(max_examples=100, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_formula(), DOMAINS)
def test_proven_enclosures_hold(text: str, domain: Domain) -> None:
    checked(text, domain)


@pytest.mark.long
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_formula(6), DOMAINS)
def test_ten_thousand_proven_enclosures_hold(text: str, domain: Domain) -> None:
    checked(text, domain)


@pytest.mark.parametrize("text", ["hard_mish(x)", "relu(x - 1/3)", "x*sigmoid(1.702x)", "abs(x)^3"])
def test_the_check_is_made(text: str) -> None:
    assert checked(text, Domain())
