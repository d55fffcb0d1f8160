"""The numbers that people quote of a function, against mpmath and closed forms."""

from __future__ import annotations

import math

import mpmath
import pytest

import actx

INF = math.inf


# sup|f'| in closed form, or from mpmath: f, domain, value, x
SLOPES = [
    ("tanh", "-inf:inf", mpmath.mpf(1), 0.0),
    ("sigmoid", "-inf:inf", mpmath.mpf(1) / 4, 0.0),
    ("hard-mish", "-inf:inf", mpmath.mpf(7) / 5, 2.0),
    ("x^3 - x", "-1:2", mpmath.mpf(11), 2.0),
    ("sin(x)", "1:2", mpmath.cos(1), 1.0),
    ("abs(x)", "-inf:inf", mpmath.mpf(1), None),
    ("exp(-x^2)", "-inf:inf", mpmath.sqrt(2 / mpmath.e), None),
    ("x*log(x)", "0:4", mpmath.inf, 0.0),
    ("x^2", "-inf:inf", mpmath.inf, None),
    ("sign(x)", "-inf:inf", mpmath.inf, 0.0),
]


@pytest.mark.parametrize(("text", "domain", "value", "x"), SLOPES)
def test_the_lipschitz_constant_is_proven(
    text: str, domain: str, value: mpmath.mpf, x: float | None
) -> None:
    found = actx.show(text, domain=domain).lipschitz
    assert found is not None
    assert found.enclosure is not None
    assert found.enclosure[0] <= value <= found.enclosure[1]
    assert found.value == pytest.approx(float(value), rel=1e-12)
    assert x is None or found.x == x
    assert math.isinf(value) or found.enclosure[1] - found.enclosure[0] <= 1e-12 * value


def test_the_lipschitz_constant_of_a_jump_at_an_end_is_not_proven() -> None:
    found = actx.show("sign(x)", domain="0:1").lipschitz
    assert found is not None
    assert found.enclosure is None


def test_the_largest_slope_of_mish() -> None:
    with mpmath.workdps(40):
        x = mpmath.findroot(lambda t: mpmath.diff(_mish, t, 2), 1.49)
        value = mpmath.diff(_mish, x)
    found = actx.show("mish").lipschitz
    assert found is not None
    assert found.enclosure is not None
    assert found.x_enclosure is not None
    assert found.enclosure[0] <= value <= found.enclosure[1]
    assert found.x_enclosure[0] <= x <= found.x_enclosure[1]


def _mish(x: mpmath.mpf) -> mpmath.mpf:
    return x * mpmath.tanh(mpmath.log1p(mpmath.exp(x)))


def test_the_range_is_that_of_the_global_extrema() -> None:
    assert actx.show("tanh").range == (-1, 1)
    assert actx.show("x^2", domain="-1:2").range == (0, 4)
    lo, hi = actx.show("mish").to_dict()["range"]
    assert lo == pytest.approx(-0.308843413017, abs=1e-11)
    assert hi == "inf"


def test_the_sheet_tells_range_and_slope() -> None:
    text = str(actx.show("tanh"))
    assert "range       (-1, 1)" in text
    assert "max |f'|    1 at x = 0" in text
    assert "max |f'|    6 at x = 3" in str(actx.show("x^2", domain="-2:-1,1:3"))
