"""Zeros of every order, and bumps so narrow that sampling would miss them."""

from __future__ import annotations

import math

import pytest

import actx

SIMPLE = [
    ("x^2 - 2", [-math.sqrt(2), math.sqrt(2)]),
    ("exp(x) - 3", [math.log(3)]),
    ("tanh(x) - 0.25", [math.atanh(0.25)]),
    ("x*exp(-x^2)", [0.0]),
    ("(x - 1)*(x - 2)*(x - 3)*(x - 1/3)", [1 / 3, 1.0, 2.0, 3.0]),
    ("1/x - 3", [1 / 3]),
    ("log(1 + x^2) - 1", [-math.sqrt(math.e - 1), math.sqrt(math.e - 1)]),
    ("abs(x) - pi", [-math.pi, math.pi]),
    ("x - 123456.789", [123456.789]),
    ("x^3 - 1e-30", [1e-10]),
    ("x^2 - 1e30", [-1e15, 1e15]),
    ("exp(-x) - 1e-200", [200 * math.log(10)]),
]
MULTIPLE = [
    ("x^2", [0.0], 1e-12),
    ("(x - 1)^3", [1.0], 1e-12),
    ("(x - 1/3)^4*(x + 2)", [-2.0, 1 / 3], 1e-12),
    ("(x^2 - 2)^2", [-math.sqrt(2), math.sqrt(2)], 1e-12),
    ("x^3*exp(-x^2)", [0.0], 1e-12),
    ("tanh(x)^2", [0.0], 1e-12),
    ("exp(x) - 1 - x", [0.0], 1e-7),
    ("x - tanh(x)", [0.0], 1e-5),
    ("x^2*(x - 5)^5", [0.0, 5.0], 1e-12),
]
CLUSTERED = [
    ("(x - 1)*(x - 1.000001)", [1.0, 1.000001]),
    ("(x - 1)*(x - 1.001)*(x - 1.002)", [1.0, 1.001, 1.002]),
    ("(x^2 - 1e-12)", [-1e-6, 1e-6]),
    ("tanh(x)*(x - 1e-5)*(x + 1e-5)", [-1e-5, 0.0, 1e-5]),
    ("(x - 40)*(x - 40.0001)*exp(-x)", [40.0, 40.0001]),
    ("expm1(x - 7)*(x - 7.00001)", [7.0, 7.00001]),
]


def zeros(text: str) -> list[object]:
    return list(actx.show(text, budget=None).zeros)


@pytest.mark.parametrize(("text", "wanted"), SIMPLE)
def test_simple(text: str, wanted: list[float]) -> None:
    assert zeros(text) == pytest.approx(wanted, rel=1e-14, abs=1e-14)


@pytest.mark.parametrize(("text", "wanted", "tolerance"), MULTIPLE)
def test_multiple(text: str, wanted: list[float], tolerance: float) -> None:
    assert zeros(text) == pytest.approx(wanted, rel=tolerance, abs=tolerance)


@pytest.mark.parametrize(("text", "wanted"), CLUSTERED)
def test_clustered(text: str, wanted: list[float]) -> None:
    assert zeros(text) == pytest.approx(wanted, rel=1e-14, abs=1e-14)


@pytest.mark.parametrize("text", ["exp(x)", "x^2 + 1e-12", "1/x", "exp(-x^2)", "cosh(x)"])
def test_none(text: str) -> None:
    assert zeros(text) == []


def test_many_zeros_on_a_finite_domain() -> None:
    found = actx.show("sin(x)", domain=(0.5, 40), budget=None).zeros
    assert found == pytest.approx([math.pi * k for k in range(1, 13)], rel=1e-14)


PLACES = ["-47.3", "-0.123", "pi", "31.4159", "12345.67"]
WIDTHS = ["1e-3", "1e-4", "1e-6"]
SHAPES = {
    "gaussian": "exp(-((x - {at})/{width})^2)",
    "lorentzian": "1/(1 + ((x - {at})/{width})^2)",
    "triangular": "relu(1 - abs((x - {at})/{width}))",
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("at", PLACES)
def test_narrow_bump(at: str, width: str, shape: str) -> None:
    text = SHAPES[shape].format(at=f"({at})", width=width)
    place = math.pi if at == "pi" else float(at)
    top = actx.show(text, budget=None).maximum
    # at a place with an error of one rounding the bump has fallen by (error/width)^2 or error/width
    lost = 4 * math.ulp(place) / float(width)
    assert top.x == pytest.approx(place, rel=1e-12)
    assert top.y == pytest.approx(1.0, rel=max(1e-12, lost))
    error = actx.compare(f"tanh(x) + 0.5*{text}", "tanh(x)", budget=None).rows[0].max_error
    assert error.x == pytest.approx(place, rel=1e-12)
    assert error.value == pytest.approx(0.5, rel=max(1e-12, lost))


@pytest.mark.parametrize("width", WIDTHS)
def test_two_bumps_and_a_dip(width: str) -> None:
    parts = [
        f"{c}*{SHAPES['gaussian'].format(at=at, width=width)}"
        for c, at in (("1", "(-20)"), ("-2", "0.7"), ("1.5", "33"))
    ]
    shown = actx.show(" + ".join(parts), budget=None)
    assert (shown.maximum.x, shown.maximum.y) == pytest.approx((33, 1.5), rel=1e-12)
    assert (shown.minimum.x, shown.minimum.y) == pytest.approx((0.7, -2), rel=1e-12)
    assert [e.x for e in shown.maxima] == pytest.approx([-20, 33], rel=1e-12)
