"""Taylor coefficients and bounds on discs against mpmath, for every smooth operation."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from flint import acb, arb, ctx
from mpmath import mp

from actx.calculus.proven.taylor import on_disc, taylor, terms
from actx.language.operations import CONDITIONS, OPERATIONS
from actx.language.syntax import parse

BITS = 200
TERMS = 12

# what each operation is on complex numbers, and where it is looked at
REFERENCES: dict[str, tuple[str, Callable[[Any], Any], float]] = {
    "add": ("x + exp(x)", lambda z: z + mp.exp(z), 0.3),
    "sub": ("1 - x", lambda z: 1 - z, 0.3),
    "mul": ("x*exp(x)", lambda z: z * mp.exp(z), -1.2),
    "div": ("1/(x + 3)", lambda z: 1 / (z + 3), 0.4),
    "neg": ("-exp(x)", lambda z: -mp.exp(z), 0.4),
    "pow": ("(x + 2)^1.5", lambda z: (z + 2) ** mp.mpf("1.5"), 0.7),
    "sqrt": ("sqrt(x)", mp.sqrt, 1.7),
    "exp": ("exp(x)", mp.exp, -0.8),
    "expm1": ("expm1(x)", lambda z: mp.exp(z) - 1, 0.2),
    "log": ("log(x)", mp.log, 1.3),
    "log1p": ("log1p(x)", lambda z: mp.log(1 + z), 0.9),
    "sin": ("sin(x)", mp.sin, 2.0),
    "cos": ("cos(x)", mp.cos, 2.0),
    "tanh": ("tanh(x)", mp.tanh, 0.6),
    "sinh": ("sinh(x)", mp.sinh, 0.6),
    "cosh": ("cosh(x)", mp.cosh, 0.6),
    "sech": ("sech(x)", mp.sech, 0.6),
    "atan": ("atan(x)", mp.atan, 1.4),
    "asin": ("asin(x)", mp.asin, 0.3),
    "acos": ("acos(x)", mp.acos, -0.3),
    "asinh": ("asinh(x)", mp.asinh, -1.3),
    "acosh": ("acosh(x)", mp.acosh, 2.5),
    "atanh": ("atanh(x)", mp.atanh, 0.3),
    "tan": ("tan(x)", mp.tan, 0.4),
    "coth": ("coth(x)", mp.coth, 1.4),
    "square": ("square(x)", lambda z: z**2, 1.4),
    "cube": ("cube(x)", lambda z: z**3, 1.4),
    "rsqrt": ("rsqrt(x)", lambda z: 1 / mp.sqrt(z), 1.4),
    "hypot": ("hypot(x, 2)", lambda z: mp.sqrt(z * z + 4), 0.4),
    "exp2": ("exp2(x)", lambda z: mp.mpf(2) ** z, -1.4),
    "log2": ("log2(x)", lambda z: mp.log(z) / mp.log(2), 1.4),
    "log10": ("log10(x)", lambda z: mp.log(z) / mp.log(10), 1.4),
    "logb": ("logb(3, x)", lambda z: mp.log(3) / mp.log(z), 2.4),
    "mish_gate": ("mish_gate(x)", lambda z: mp.tanh(mp.log(1 + mp.exp(z))), 1.4),
    "times_mish_gate": ("times_mish_gate(2, x)", lambda z: 2 * mp.tanh(mp.log(1 + mp.exp(z))), 1.4),
    "times_normcdf": ("times_normcdf(2, x)", lambda z: mp.erfc(-z / mp.sqrt(2)), -0.4),
    "times_sigmoid": ("times_sigmoid(3, x)", lambda z: 3 / (1 + mp.exp(-z)), 1.4),
    "logsigmoid": ("logsigmoid(x)", lambda z: -mp.log(1 + mp.exp(-z)), 1.4),
    "logaddexp": ("logaddexp(x, 1)", lambda z: mp.log(mp.exp(z) + mp.e), 1.4),
    "normpdf": ("normpdf(x)", lambda z: mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi), 0.4),
    "normcdf": ("normcdf(x)", lambda z: mp.erfc(-z / mp.sqrt(2)) / 2, -0.4),
    "sigmoid": ("sigmoid(x)", lambda z: 1 / (1 + mp.exp(-z)), -2.5),
    "softplus": ("softplus(x)", lambda z: mp.log(1 + mp.exp(z)), -3.5),
    "erf": ("erf(x)", mp.erf, 0.9),
    "erfc": ("erfc(x)", mp.erfc, 1.9),
    "root_sum": ("x + sqrt(x^2 + 1)", lambda z: z + mp.sqrt(z * z + 1), -1.5),
}
MORE = {
    "whole power": ("x^5", lambda z: z**5, 0.8),
    "negative power": ("x^(-3)", lambda z: z**-3, 0.8),
    "exponent": ("2^x", lambda z: mp.mpf(2) ** z, 0.8),
    "constant": ("3", lambda z: mp.mpf(3) + 0 * z, 0.8),
    "mish": ("x*tanh(softplus(x))", lambda z: z * mp.tanh(mp.log(1 + mp.exp(z))), -1.1),
}
ALL = REFERENCES | MORE


def test_every_smooth_operation_has_a_rule_and_a_reference() -> None:
    piecewise = {n for n, o in OPERATIONS.items() if o.is_piecewise} | CONDITIONS | {"where"}
    smooth = set(OPERATIONS) - piecewise
    assert smooth == set(REFERENCES)
    assert smooth == {
        n for n, o in OPERATIONS.items() if o.taylor or (o.definition and o.is_smooth)
    }


@pytest.mark.parametrize("name", sorted(ALL))
def test_coefficients_are_those_of_mpmath(name: str) -> None:
    text, function, x = ALL[name]
    with ctx.workprec(BITS), terms(TERMS):
        found = taylor(parse(text), arb(x), BITS).coeffs()
    with mp.workdps(60):
        expected = mp.taylor(function, mp.mpf(x), TERMS - 1)
    found += [arb(0)] * (TERMS - len(found))
    for mine, theirs in zip(found, expected, strict=True):
        with ctx.workprec(BITS):
            assert float(abs(mine - arb(mp.nstr(theirs.real, 45))).upper()) < 1e-28 * max(
                1, float(abs(theirs))
            )


@pytest.mark.parametrize("name", sorted(ALL))
@pytest.mark.parametrize("radius", [0.05, 0.3, 0.6])
def test_bounds_hold_on_the_disc(name: str, radius: float) -> None:
    text, function, x = ALL[name]
    draw = random.Random(name)
    bound = abs(on_disc(parse(text), acb(arb(x, radius), arb(0, radius)), 53)).upper()
    if radius == 0.05:
        assert bound.is_finite()
    for _ in range(40):
        z = mp.mpf(x) + mp.mpf(draw.uniform(0, radius)) * mp.expjpi(draw.uniform(-1, 1))
        assert not bound < float(abs(function(z))) * (1 - 1e-12)


@pytest.mark.parametrize(
    ("text", "x", "radius"),
    [
        ("log(x)", 0.5, 0.6),
        ("sqrt(x)", 0.5, 0.6),
        ("x^0.3", 0.5, 0.6),
        ("atan(x)", 0.0, 1.5),
        ("1/x", 0.5, 0.6),
        ("tanh(x)", 0.0, 2.0),
        ("softplus(x)", 0.0, 4.0),
        ("sigmoid(x)", 0.0, 4.0),
        ("x + sqrt(x^2 + 1)", 0.0, 1.5),
    ],
)
def test_a_disc_with_a_singularity_has_no_bound(text: str, x: float, radius: float) -> None:
    assert not on_disc(parse(text), acb(arb(x, radius), arb(0, radius)), 53).is_finite()
