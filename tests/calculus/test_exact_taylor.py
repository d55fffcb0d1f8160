"""Taylor coefficients that are rational, and the sign beside a zero of any order.

Coefficients are those that mpmath finds by numerical differentiation at 80 digits; signs are those
of mpmath's values at many points.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from flint import ctx
from mpmath import mp
from rigour import mp_value

from actx.calculus.proven.taylor import exact_taylor, sign_beside
from actx.calculus.reading import read_formulas
from actx.registry import load_registry

LAMBERT = "x*(945 + x^2*(105 + x^2))/(945 + x^2*(420 + 15x^2))"
CONTACTS = [
    (f"tanh(x) - {LAMBERT}", 0, 11),
    ("sin(x) - x + x^3/6 - x^5/120", 0, 7),
    ("exp(x) - 1 - x - x^2/2", 0, 3),
    ("log(x) - (x - 1) + (x - 1)^2/2", 1, 3),
    ("x^2*sigmoid(x) - x^2/2 - x^3/4", 0, 5),
    ("(x - 1/3)^8*exp(x - 1/3)", Fraction(1, 3), 8),
    ("atan(x - 2) - (x - 2) + (x - 2)^3/3", 2, 5),
]


def tree_of(text: str) -> Any:
    return read_formulas([text], None, load_registry())[0].bound


@pytest.mark.parametrize(("text", "x", "order"), CONTACTS)
def test_the_first_coefficient_is_found_exactly(text: str, x: Fraction, order: int) -> None:
    found = exact_taylor(tree_of(text), Fraction(x), 16)
    with mp.workdps(80):
        at = mp.mpf(Fraction(x).numerator) / Fraction(x).denominator
        wanted = mp.taylor(lambda y: mp_value(tree_of(text), y), at, order)
    assert not any(found[:order])
    assert found[order]
    assert float(found[order]) == pytest.approx(float(wanted[order]), rel=1e-9)


@pytest.mark.parametrize(("text", "x", "order"), CONTACTS)
@pytest.mark.parametrize("side", [1, -1])
def test_the_sign_holds_as_far_as_is_told(text: str, x: Fraction, order: int, side: int) -> None:
    with ctx.workprec(128):
        found = sign_beside(tree_of(text), Fraction(x), side, 3.0, 128)
    assert found is not None
    sign, far = found
    assert (far - x) * side > 0
    with mp.workdps(60):
        at = mp.mpf(Fraction(x).numerator) / Fraction(x).denominator
        for k in range(1, 60):
            y = mp_value(tree_of(text), at + (mp.mpf(far) - at) * k / 59)
            assert (y > 0) - (y < 0) == sign


@pytest.mark.parametrize("text", ["gelu(x)", "tanh(pi*x)", "sqrt(x)", "1/x", "erf(x)", "log(x)"])
def test_what_is_not_seen_to_be_rational_is_left_alone(text: str) -> None:
    assert exact_taylor(tree_of(text), Fraction(0), 8) == []


def test_a_removable_gap_costs_terms_and_nothing_else() -> None:
    found = exact_taylor(tree_of("(exp(x) - 1)/x"), Fraction(0), 8)
    assert [Fraction(int(c.p), int(c.q)) for c in found[:3]] in (
        [],
        [1, Fraction(1, 2), Fraction(1, 6)],
    )
