"""Functions that nearly cancel, and Taylor models, against mpmath."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from flint import arb, ctx
from formulas import smooth
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mp
from rigour import mp_value, reference_ball

import actx
from actx.calculus.proven.taylor import model
from actx.core.errors import FormulaError
from actx.language.derivative import derivative

PADE = "x*(945+x^2*(105+x^2))/(945+x^2*(420+15x^2))"
SINE = "x-x^3/6+x^5/120-x^7/5040+x^9/362880-x^11/39916800"
PAIRS = [  # candidate, target, domain, a place near the largest difference
    ("0.5x*(1+erf(x*0.70710678118))", "gelu", "-inf:inf", math.sqrt(2)),
    (PADE, "tanh", "-3:3", 3),
    (SINE, "sin(x)", "-3:3", 3),
    ("1+x+x^2/2+x^3/6+x^4/24+x^5/120+x^6/720", "exp(x)", "-1:1", 1),
    ("x*1.000000001", "x", "-2:2", 2),
    ("tanh(1.0000000000000001x)", "tanh", "-4:4", 0.772),
    ("x*sigmoid(1.00000001x)", "swish", "-inf:inf", 2.0),
    ("sqrt(x^2+4)/2+x/2", "softplus", "-inf:inf", 0),  # a top of the fourth order
]


def largest(candidate: str, target: str, place: float, end: float) -> mp.mpf:
    """The largest |difference| near a place, by a ternary search at 60 digits."""
    with mp.workdps(60):
        trees = actx.formula(candidate).bound, actx.formula(target).bound

        def size(x: mp.mpf) -> mp.mpf:
            return abs(mp_value(trees[0], x) - mp_value(trees[1], x))

        lo, hi = mp.mpf(place) - mp.mpf("0.6"), min(mp.mpf(place) + mp.mpf("0.6"), mp.mpf(end))
        for _ in range(160):
            a, b = lo + (hi - lo) / 3, hi - (hi - lo) / 3
            lo, hi = (lo, b) if size(a) > size(b) else (a, hi)
        return max(size(lo), size(hi), size((lo + hi) / 2))


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("candidate", "target", "domain", "place"), PAIRS)
def test_the_largest_difference_is_proven(
    candidate: str, target: str, domain: str, place: float
) -> None:
    found = actx.compare(candidate, target, domain=domain).rows[0].max_error
    truth = largest(candidate, target, place, float(domain.split(":")[1]))
    lo, hi = found.enclosure
    assert found.proven
    assert lo <= truth * (1 + mp.mpf(10) ** -15)
    assert truth <= hi
    assert hi - lo <= 1e-9 * hi


@given(smooth(), st.floats(-3, 3), st.sampled_from([1e-3, 0.1, 1.0]), st.floats(-1, 1))
@settings(max_examples=150, deadline=None)
def test_a_model_holds_the_function_and_its_slope(
    text: str, middle: float, radius: float, share: float
) -> None:
    try:
        tree = actx.formula(text).bound
    except FormulaError:
        assume(False)
    with ctx.workprec(96):
        found = model(tree, arb(middle), arb(radius), arb(2) ** -40, 96)
    assume(found is not None)
    assert found is not None
    x = float(Fraction(middle) + Fraction(radius) * Fraction(share))
    assume(abs(x - middle) <= radius)
    with mp.workdps(50):
        values = [mp_value(derivative(tree, k), mp.mpf(x)) for k in range(2)]
        for value, about, reach in zip(
            values, (found.value, found.slope), found.reach, strict=False
        ):
            with ctx.workprec(160):
                off = abs(reference_ball(value) - about)
                assert not off > reach


def test_what_float64_cannot_see_is_unknown_and_not_zero() -> None:
    spike = "77.928*exp(-1e9*(x + 0.1804)^2)"
    shared = "(x^2 - 1)/(x - 1) + erf(x)"  # whose removable singularity stops the proof
    result = actx.compare(shared, f"{shared} - (1e12)*1e-12*(-{spike})", domain=(-1, 1))
    found = result.rows[0].max_error
    lo, hi = found.enclosure
    assert lo <= 77.928 <= hi
    assert not found.value < 77 or math.isnan(found.value)
    if math.isnan(found.value):
        assert "unknown" in str(result)
        assert "~0" not in str(result)
        assert result.to_dict()["rows"][0]["max_error"]["value"] is None
