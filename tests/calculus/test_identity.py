"""Identities that are known are proven, what is nearly one is not, and polynomials are read."""

from __future__ import annotations

from fractions import Fraction

import pytest

import actx
from actx.calculus.proven.identity import coefficients, proven_equal
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
    ],
)
def test_what_differs_is_not(first: str, second: str) -> None:
    assert not proven_equal(tree(first), tree(second))


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
