"""Derivatives of order 1 to 4 of every operation against mpmath's Taylor coefficients."""

from __future__ import annotations

import pytest
from mpmath import mp
from oracle import derivatives

import actx
from actx.language.operations import OPERATIONS

MIDDLE = (-1.3, 0.4, 2.1)
POSITIVE = (0.3, 1.7, 6.2)
CASES: dict[str, list[tuple[str, tuple[float, ...]]]] = {
    "add": [("x^3 + sin(x)", MIDDLE)],
    "sub": [("x^3 - sin(x)", MIDDLE)],
    "mul": [("exp(x)*sin(x)", MIDDLE)],
    "div": [("sin(x)/(1 + x^2)", MIDDLE), ("1/x", MIDDLE)],
    "neg": [("-exp(x)", MIDDLE)],
    "pow": [
        ("x^5", MIDDLE),
        ("x^-3", MIDDLE),
        ("x^2.5", POSITIVE),
        ("x^(1/3)", POSITIVE),
        ("2^x", MIDDLE),
        ("x^x", POSITIVE),
        ("(1 + x^2)^sin(x)", MIDDLE),
    ],
    "abs": [("abs(x^3 - x - 5)", MIDDLE)],
    "relu": [("relu(exp(x) - 1)", MIDDLE)],
    "sign": [("sign(x - 1)*exp(x)", MIDDLE)],
    "min": [("min(exp(x), cos(x))", MIDDLE)],
    "max": [("max(exp(x), cos(x))", MIDDLE)],
    "clip": [("clip(sinh(x), -1, 2)", MIDDLE), ("clip(x, -exp(x), exp(-x))", MIDDLE)],
    "sqrt": [("sqrt(x)", POSITIVE), ("sqrt(1 + x^4)", MIDDLE)],
    "exp": [("exp(-x^2)", MIDDLE), ("exp(sin(x))", MIDDLE)],
    "expm1": [("expm1(x^2)", MIDDLE)],
    "log": [("log(x)", POSITIVE), ("log(2 + sin(x))", MIDDLE)],
    "log1p": [("log1p(x^2)", MIDDLE), ("log1p(x)", POSITIVE)],
    "sin": [("sin(x^2)", MIDDLE)],
    "cos": [("cos(3*x)", MIDDLE)],
    "tanh": [("tanh(x)", MIDDLE), ("tanh(x^2 - 1)", MIDDLE), ("tanh(x)", (-12.0, 9.0, 25.0))],
    "sinh": [("sinh(x^2)", MIDDLE)],
    "cosh": [("cosh(2*x)", MIDDLE)],
    "sech": [("sech(x)", MIDDLE), ("sech(x)", (-300.0, 40.0, 650.0))],
    "atan": [("atan(x)", MIDDLE), ("atan(exp(x))", MIDDLE)],
    "sigmoid": [("sigmoid(x)", MIDDLE), ("x*sigmoid(1.702*x)", (-30.0, -3.3, 5.0))],
    "softplus": [("softplus(x)", MIDDLE), ("softplus(x)^2", (-20.0, -1.0, 8.0))],
    "erf": [("erf(x)", MIDDLE), ("x*(1 + erf(x/sqrt(2)))/2", (-5.0, -0.8, 2.5))],
    "erfc": [("erfc(x)", MIDDLE), ("erfc(x^2 - 1)", MIDDLE)],
    "tan": [("tan(x)", MIDDLE)],
    "asin": [("asin(x/3)", MIDDLE)],
    "acos": [("acos(x/3)", MIDDLE)],
    "asinh": [("asinh(x)", MIDDLE)],
    "acosh": [("acosh(1 + x)", POSITIVE)],
    "atanh": [("atanh(x/3)", MIDDLE)],
    "exp2": [("exp2(x)", MIDDLE)],
    "log2": [("log2(x)", POSITIVE)],
    "log10": [("log10(x)", POSITIVE)],
    "logb": [("logb(x, 3)", POSITIVE), ("logb(3, 1 + x)", POSITIVE)],
    "square": [("square(exp(x))", MIDDLE)],
    "cube": [("cube(exp(x))", MIDDLE)],
    "rsqrt": [("rsqrt(x)", POSITIVE)],
    "cbrt": [("cbrt(x)", MIDDLE)],
    "hypot": [("hypot(x, 2)", MIDDLE), ("hypot(exp(x), 2*x)", MIDDLE)],
    "logaddexp": [("logaddexp(x, 1)", MIDDLE), ("logaddexp(-x, x^2)", MIDDLE)],
    "sinc": [("sinc(x)", MIDDLE)],
    "coth": [("coth(x)", MIDDLE)],
    "mish_gate": [("mish_gate(x)", MIDDLE)],
    "times_mish_gate": [
        ("times_mish_gate(x, x)", MIDDLE),
        ("times_mish_gate(exp(x), 2*x)", MIDDLE),
    ],
    "times_normcdf": [("times_normcdf(x, x)", MIDDLE), ("times_normcdf(exp(x), 2*x)", MIDDLE)],
    "times_sigmoid": [("times_sigmoid(x, x)", MIDDLE), ("times_sigmoid(exp(x), 2*x)", MIDDLE)],
    "softsign": [("softsign(x)", MIDDLE)],
    "logsigmoid": [("logsigmoid(x)", MIDDLE)],
    "heaviside": [("heaviside(x - 1)*exp(x)", MIDDLE)],
    "floor": [("floor(3*x)*exp(x)", MIDDLE)],
    "ceil": [("ceil(3*x)*exp(x)", MIDDLE)],
    "round": [("round(3*x)*exp(x)", MIDDLE)],
    "trunc": [("trunc(3*x)*exp(x)", MIDDLE)],
    "mod": [("mod(exp(x), 2)", MIDDLE), ("mod(3, exp(x))", MIDDLE)],
    "normcdf": [("normcdf(x)", MIDDLE)],
    "normpdf": [("normpdf(x)", MIDDLE), ("normpdf(x)", (-6.0, 5.0))],
    "root_sum": [("x + sqrt(x^2 + 3)", MIDDLE), ("sqrt(x^2 + 0.5) - x", MIDDLE)],
    "lt": [("sin(x) if x < 1 else cos(x)", MIDDLE)],
    "le": [("sin(x) if x <= 1 else cos(x)", MIDDLE)],
    "gt": [("sin(x) if x > 1 else cos(x)", MIDDLE)],
    "ge": [("sin(x) if x >= 1 else cos(x)", MIDDLE)],
    "eq": [("sin(x) if x == 1 else cos(x)", MIDDLE)],
    "ne": [("sin(x) if x != 1 else cos(x)", MIDDLE)],
    "and": [("sin(x) if x > 0 and x < 1 else cos(x)", MIDDLE)],
    "or": [("sin(x) if x < 0 or x > 1 else cos(x)", MIDDLE)],
    "not": [("sin(x) if not x < 0 else cos(x)", MIDDLE)],
    "lookup": [
        ("{-1: 0, 0.5: 2, 3: 1}(x)*exp(x)", MIDDLE),
        ("{1; -1: 0, 2, 1, 3; 1: 0, 1}(sin(x))", MIDDLE),
    ],
    "where": [("where(x^2 < 1, exp(x), x^3)", MIDDLE)],
}
ALL = [(text, x) for cases in CASES.values() for text, places in cases for x in places]


def test_every_operation_is_here() -> None:
    assert set(CASES) == set(OPERATIONS)


@pytest.mark.parametrize(("text", "x"), ALL)
def test_orders_one_to_four(text: str, x: float) -> None:
    formula = actx.formula(text)
    with mp.workdps(60 + int(abs(x))):
        wanted = [float(d) for d in derivatives(formula.bound, x, 4)]
    found = [float(formula.derivative(order)(x)) for order in range(1, 5)]
    assert found == pytest.approx(wanted[1:], rel=1e-10, abs=0)
