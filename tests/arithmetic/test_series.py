"""Tails, one-sided derivatives and limits in closed form."""

from __future__ import annotations

import math

import pytest

import actx
from actx.analysis.results import Tails
from actx.arithmetic.coefficients import to_float
from actx.arithmetic.series import Place
from actx.calculus.expansion import limit, one_sided_derivatives

INF = math.inf
PI = math.pi
# text: left (slope, intercept, growth), right
TAILS = {
    "2*x + 3": ((2, 3, "2*x"), (2, 3, "2*x")),
    "relu(x) - 1": ((0, -1, "-1"), (1, -1, "x")),
    "mish": ((0, 0, "x*exp(x)"), (1, 0, "x")),
    "softplus": ((0, 0, "exp(x)"), (1, 0, "x")),
    "tanh(x)": ((0, -1, "-1"), (0, 1, "1")),
    "atan(x)*x": ((-PI / 2, -1, None), (PI / 2, -1, None)),
    "sqrt(x^2 + 4*x + 9)": ((-1, -2, "-x"), (1, 2, "x")),
    "(x^2 + 3*x)/(x + 1)": ((1, 2, "x"), (1, 2, "x")),
    "(3*x^3 + x)/(x^2 + 1)": ((3, 0, "3*x"), (3, 0, "3*x")),
    "x^2": ((-INF, None, "x^2"), (INF, None, "x^2")),
    "x^3": ((INF, None, "x^3"), (INF, None, "x^3")),
    "exp(x)": ((0, 0, "exp(x)"), (INF, None, "exp(x)")),
    "sqrt(abs(x))": ((0, INF, "(-x)^0.5"), (0, INF, "x^0.5")),
    "x + log(1 + x^2)": ((1, INF, "x"), (1, INF, "x")),
    "x*exp(-x)": ((INF, None, "x*exp(-x)"), (0, 0, "x*exp(-x)")),
    "1/x": ((0, 0, None), (0, 0, None)),
    "x*sigmoid(2*x) + 5": ((0, 5, "5"), (1, 5, "x")),
    "log(1 + exp(2*x)) - log(1 + exp(x))": ((0, 0, "-exp(x)"), (1, 0, "x")),
    "x*(1 + erf(x))": ((0, 0, None), (2, 0, "2*x")),
    "relu(x)*relu(1 - x)": ((0, 0, "0"), (0, 0, "0")),
    "x*(1 + 1/x)^3": ((1, 3, "x"), (1, 3, "x")),
    "cosh(x) - sinh(x)": ((-INF, None, "exp(-x)"), (0, 0, "exp(-x)")),
}


@pytest.mark.parametrize("text", TAILS)
def test_tails(text: str) -> None:
    found = actx.show(text, budget=None).tails
    for tail, (slope, intercept, growth) in zip(
        (found.left, found.right), TAILS[text], strict=True
    ):
        assert tail is not None
        assert tail.slope == pytest.approx(slope, rel=1e-13)
        if intercept is None:
            assert tail.intercept is None
        else:
            assert tail.intercept == pytest.approx(intercept, rel=1e-13, abs=1e-14)
        assert growth in (None, tail.growth)


@pytest.mark.parametrize("text", ["sin(x)", "cos(x)", "x*sin(x)", "x + sin(x^2)"])
def test_oscillation_without_end_is_told(text: str) -> None:
    found = actx.show(text, budget=None)
    assert "oscillates without end" in found.notes[-1]
    assert found.tails == Tails(None, None)


def test_a_finite_end_has_no_tail() -> None:
    half = actx.show("exp(-x)", domain=(0, INF), budget=None).tails
    assert half.left is None
    assert half.right is not None
    both = actx.show("sin(x)", domain=(-1, 1), budget=None).tails
    assert (both.left, both.right) == (None, None)


DERIVATIVES = [  # at, side, values of order 0, 1, ...
    ("exp(x)", 0, 1, [1, 1, 1, 1, 1]),
    ("exp(x)", 0, -1, [1, 1, 1, 1, 1]),
    ("log(x)", 1, 1, [0, 1, -1, 2, -6]),
    ("sin(x)/x", 0, 1, [1, 0, -1 / 3, 0, 1 / 5]),
    ("(exp(x) - 1)/x", 0, -1, [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]),
    ("x/(exp(x) - 1)", 0, 1, [1, -1 / 2, 1 / 6, 0, -1 / 30]),
    ("(1 - cos(x))/x^2", 0, 1, [1 / 2, 0, -1 / 12, 0, 1 / 30]),
    ("tanh(x)", 0, -1, [0, 1, 0, -2, 0]),
    ("atan(x)", 0, 1, [0, 1, 0, -2, 0]),
    ("sqrt(x^2 + x^4)", 0, 1, [0, 1, 0, 3, 0]),
    ("sqrt(x^2 + x^4)", 0, -1, [0, -1, 0, -3, 0]),
    ("exp(-1/x)", 0, 1, [0, 0, 0, 0, 0]),
    ("x^2.5", 0, 1, [0, 0, 0, INF, -INF]),
    ("sigmoid(x)", 0, 1, [1 / 2, 1 / 4, 0, -1 / 8, 0]),
    ("softplus(x)", 0, -1, [math.log(2), 1 / 2, 1 / 4, 0, -1 / 8]),
]


@pytest.mark.parametrize(("text", "x", "side", "wanted"), DERIVATIVES)
def test_one_sided_derivatives(text: str, x: float, side: int, wanted: list[float]) -> None:
    tree = actx.formula(text).bound
    found = [to_float(d) for d in one_sided_derivatives(tree, Place(x, side), 4)]
    assert found == pytest.approx(wanted, rel=1e-13, abs=1e-14)


LIMITS = [  # at (None: infinite), side
    ("sin(x)/x", 0, 1, 1),
    ("(1 + 1/x)^x", None, 1, math.e),
    ("(1 + 2/x)^x", None, -1, math.exp(2)),
    ("x*(atan(x) - pi/2)", None, 1, -1),
    ("sqrt(x^2 + x) - x", None, 1, 0.5),
    ("x*log(x)", 0, 1, 0),
    ("x^x", 0, 1, 1),
    ("1/x", 0, -1, -INF),
    ("exp(-1/x)", 0, -1, INF),
    ("tanh(1/x)", 0, -1, -1),
    ("(exp(x) - 1 - x)/x^2", 0, 1, 0.5),
    ("(tanh(x) - x)/x^3", 0, -1, -1 / 3),
    ("x^10*exp(-x)", None, 1, 0),
    ("log(x)/x^0.1", None, 1, 0),
    ("exp(x)/(1 + exp(x))", None, 1, 1),
    ("log(exp(x) + exp(2*x)) - 2*x", None, 1, 0),
    ("x*exp(x^2)*erfc(x)", None, 1, 1 / math.sqrt(PI)),
]


@pytest.mark.parametrize(("text", "x", "side", "wanted"), LIMITS)
def test_limits(text: str, x: float | None, side: int, wanted: float) -> None:
    found = limit(actx.formula(text).bound, Place(x, side))
    assert found == pytest.approx(wanted, rel=1e-13, abs=1e-14)
