"""Identities that are known are proven, what is nearly one is not, and polynomials are read.

Whatever is said to be equal is so at points, with mpmath's values of 60 digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import combinations
from random import Random

import pytest
from commands import run
from mpmath import mp
from rigour import DIGITS, mp_value

import actx
from actx.calculus.proven.identity import coefficients, proven_equal
from actx.calculus.proven.unknowns import Span
from actx.core.errors import FormulaError
from actx.language.syntax import parse
from actx.language.tree import Node


def tree(text: str) -> Node:
    return actx.formula(text).bound


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("x*tanh(softplus(x))", "x*(exp(x)^2 + 2exp(x))/(exp(x)^2 + 2exp(x) + 2)"),
        ("sigmoid(x)", "(1 + tanh(x/2))/2"),
        ("sigmoid(x/3) + sigmoid(-x/3)", "1"),
        ("exp(x/3)^2*exp(x/3)", "exp(x)"),
        ("cosh(2x)", "2cosh(x)^2 - 1"),
        ("sinh(x)*sech(x)", "tanh(x)"),
        ("expm1(2x)", "expm1(x)*(exp(x) + 1)"),
        ("exp(-log1p(x))", "1/(1 + x)"),
        ("log1p(x)", "log(1 + x)"),
        ("erf(x^2)*(x + 1)^2", "erf(x^2)*x^2 + erf(x^2)*(2x + 1)"),
        ("(x^2 - 1)/(x - 1)", "x + 1"),
        ("x*softplus(x) - x*log(1 + exp(x))", "0"),
        ("log(1 + exp(x))", "x + log(1 + exp(-x))"),
        ("log(x + 1) - log(x)", "log1p(1/x)"),
        ("log(x + sqrt(x^2 - 1))", "log(x + sqrt(x - 1)*sqrt(x + 1))"),
        ("log(-1/(x - sqrt(x^2 + 1)))", "asinh(x)"),
        ("log(x^6)/log(8)", "2*log2(x)"),
        ("sqrt(x + 1) - sqrt(x)", "1/(sqrt(x + 1) + sqrt(x))"),
        ("(x + 1)^(1/3) - x^(1/3)", "1/((x + 1)^(2/3) + (x*(x + 1))^(1/3) + x^(2/3))"),
        ("x^1.5 + sqrt(8)", "x*sqrt(x) + 2*sqrt(2)"),
        ("exp(-x^2/2)", "sqrt(exp(-x^2))"),
        ("2^x", "exp(x*log(2))"),
        ("1 - cos(x)", "sin(x)^2/(1 + cos(x))"),
        ("tan(x/2)", "(1 - cos(x))/sin(x)"),
        ("cos(2atan(x))", "(1 - x^2)/(1 + x^2)"),
        ("x*normcdf(x)", "x/2*(1 + erf(x/sqrt(2)))"),
    ],
)
def test_identities_are_proven(first: str, second: str) -> None:
    assert proven_equal(tree(first), tree(second))
    assert proven_equal(tree(second), tree(first))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("x*tanh(softplus(x))", "x*(exp(x)^2 + 2exp(x))/(exp(x)^2 + 2exp(x) + 2.0000001)"),
        ("sigmoid(x)", "(1 + tanh(x/1.9999999))/2"),
        ("erf(x)", "atan(x)"),
        ("sqrt(x)^2", "x + 1e-30"),
        ("exp(x/3)", "exp(0.333333333333333*x)"),
        ("tanh(x)", "sinh(x)"),
        ("sqrt(x^2)", "x"),
        ("cos(x)", "sqrt(1 - sin(x)^2)"),
        ("log(x^2 + 1e-30)", "2*log(x)"),
        ("log(1 + exp(1.0786217361892145x))", "softplus(1.07862173618921x)"),
        ("atan(x) + atan(1/x)", "pi/2"),
    ],
)
def test_what_differs_is_not(first: str, second: str) -> None:
    assert not proven_equal(tree(first), tree(second))


@pytest.mark.parametrize(
    ("first", "second", "span", "equal"),
    [
        ("sqrt(x^2)", "x", (0, 1), True),
        ("sqrt(x^2)", "-x", (-1, 0), True),
        ("sqrt(x^2)", "x", (-1, 1), False),
        ("atan(x) + atan(1/x)", "pi/2", (0, math.inf), True),
        ("atan(x) + atan(1/x)", "pi/2", (-math.inf, 0), False),
        ("atan(x + 1) - atan(x)", "atan(1/(1 + x*(x + 1)))", (-math.inf, math.inf), True),
        ("asin(x)", "pi/2 - 2*asin(sqrt((1 - x)/2))", (-1, 1), True),
        ("acos(1 - x)", "2*asin(sqrt(x/2))", (0, Fraction(1, 2)), True),
        ("asinh(x)", "log1p(x + x/(hypot(1, 1/x) + 1/x))", (0, math.inf), True),
        ("asinh(-x)", "log1p(-x - x/(hypot(1, 1/x) - 1/x))", (-math.inf, 0), True),
    ],
)
def test_some_hold_on_an_interval(first: str, second: str, span: Span, equal: bool) -> None:
    assert proven_equal(tree(first), tree(second), span) is equal


_NAMES = ("sqrt", "exp", "log", "log1p", "atan", "asin", "sin", "cos", "tanh")


def _trees(chance: Random, count: int) -> Iterator[Node]:
    while count:
        with suppress(FormulaError):  # a constant without a value
            yield tree(_made(chance, 2))
            count -= 1


def _made(chance: Random, depth: int) -> str:
    """Some formula."""
    if not depth:
        return chance.choice(["x", "x", "x", "1", "2", "(x+1)", "(1-x)", "x/2", "pi"])
    u, v = (_made(chance, chance.randrange(depth)) for _ in range(2))
    return chance.choice(
        [
            *(f"{name}({u})" for name in _NAMES),
            *(f"({u}){operator}({v})" for operator in "+-*/"),
            *(f"-({u})", f"({u})^2", f"({u})^1.5", f"({u})^(1/3)"),
            *(f"sqrt(({u})^2)", f"log(({u})^2)", f"atan(1/({u}))"),
        ]
    )


@pytest.mark.parametrize(
    ("seed", "count"), [(5, 70), *(pytest.param(n, 250, marks=pytest.mark.long) for n in (6, 7))]
)
def test_what_is_said_to_be_equal_is_so(seed: int, count: int) -> None:
    chance, said = Random(seed), 0
    trees = list(dict.fromkeys(_trees(chance, count)))
    spans = [None, (-math.inf, math.inf), (0, 1), (-2, -1)]
    with mp.workdps(DIGITS):
        points = [mp.mpf(p) / 7 for p in (-30, -9, -5, -1, 1, 3, 6, 12, 40)]
        for f, g in combinations(trees, 2):
            span = chance.choice(spans)
            if not proven_equal(f, g, span):
                continue
            said += 1
            lo, hi = span or (-math.inf, math.inf)
            for x in (p for p in points if lo < p < hi):
                a, b = mp_value(f, x), mp_value(g, x)
                if mp.isfinite(a) and mp.isfinite(b):
                    assert abs(a - b) <= mp.mpf(10) ** -50 * (1 + abs(a)), (f, g, span, x)
    assert said >= 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(x + 1/3)^2/2", ["1/18", "1/3", "1/2"]),
        ("(x^3 - x)/(2x + 2)", ["0", "-1/2", "1/2"]),
        ("(1 + x*exp(x))*x/(2 + 2x*exp(x))", ["0", "1/2"]),
        ("(erf(x) + 1)^2 - erf(x)*(erf(x) + 2)", ["1"]),
        ("x - x", ["0"]),
        ("0.1", ["1/10"]),
    ],
)
def test_coefficients_of_polynomials(text: str, expected: list[str]) -> None:
    assert coefficients(tree(text)) == [Fraction(c) for c in expected]


@pytest.mark.parametrize(
    "text", ["1/x", "exp(x)", "x*sigmoid(x)", "erf(x)*x", "sqrt(x)", "exp(x)/(1 + exp(1e-7x))"]
)
def test_what_is_no_polynomial_has_none(text: str) -> None:
    assert coefficients(tree(text)) is None


@pytest.mark.parametrize(
    "text", ["(2*x/3)^1e12", "exp(1e18*log(abs(7/3*x)))", "(x/7)^-1e15 - (7/x)^1e15"]
)
def test_numbers_with_endless_digits_do_not_end_the_process(text: str) -> None:
    """GMP ends it where a power of a fraction needs more memory than there is."""
    assert run("show", text, "--domain=0.5:1").returncode in (0, 1)  # an answer, or a paragraph


def test_the_coefficients_of_a_power_beyond_all_memory_are_not_written_out() -> None:
    assert coefficients(parse("x^1e300")) is None
    assert coefficients(parse("(x^3 - 2x)/x")) == [-2, 0, 1]
