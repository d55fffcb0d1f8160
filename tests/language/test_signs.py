"""The sign that a formula has by its form is that of its values."""

from __future__ import annotations

import numpy as np
import pytest

from actx.calculus.values import evaluate
from actx.language.signs import sign_by_form, without_positive_factors
from actx.language.syntax import parse
from actx.language.tree import ZERO, number

X = np.array([-7.3, -2.0, -1.0, -0.3, 0.4, 1.0, 2.5, 9.0])

POSITIVE = [
    "exp(x)", "1 + x^2", "sqrt(1 + x^2)", "exp(x)*cosh(x)/(1 + x^4)", "10^(-3*x)", "2 - -3",
    "exp(x) + exp(-x)", "softplus(x) + sigmoid(x)", "log(10)*erfc(x)", "(1 + x^2)^-3", "(-2)^4",
    "1/(x^2*x^2)", "exp2(x) - -x^2",
]  # fmt: skip
NEGATIVE = ["-exp(x)", "log(0.3)", "-1 - x^2", "(-exp(x))^3", "(-2)*exp(x)/cosh(x)", "-x^2 - pi"]
OPEN = ["x", "x^2", "x^3", "exp(x) - 1", "sin(x)", "x^2 - 1", "1/x", "0*exp(x)", "sqrt(x)", "a"]


@pytest.mark.parametrize(("texts", "sign"), [(POSITIVE, 1), (NEGATIVE, -1), (OPEN, 0)])
def test_signs_on_the_whole_line(texts: list[str], sign: int) -> None:
    for text in texts:
        tree = parse(text)
        assert sign_by_form(tree) == sign, text
        assert sign == 0 or np.all(np.sign(evaluate(tree, X)) == sign), text


@pytest.mark.parametrize("side", [1, -1])
def test_signs_on_one_side_of_0(side: int) -> None:
    x = X[np.sign(X) == side]
    for text in [
        *POSITIVE,
        *NEGATIVE,
        "x",
        "x^3",
        "1/x",
        "x*exp(x)",
        "-x^5 - x",
        "x^2",
        "x/(x - 1)",
    ]:
        found = sign_by_form(parse(text), side)
        assert found in (0, *np.sign(evaluate(parse(text), x))), text
        assert found == 0 or np.all(np.sign(evaluate(parse(text), x)) == found), text
    assert sign_by_form(parse("-x^5 - x"), side) == -side
    assert sign_by_form(parse("x - 1"), side) == min(side, 0)
    assert sign_by_form(ZERO, side) == 0


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("exp(-x)*(x - 3)", "x - 3"),
        ("(x - 3)*(exp(-x)*-cosh(x)) + exp(-x)", "(x - 3)*-cosh(x) + 1"),
        ("-(x*exp(x))/(1 + x^2)", "-x"),
        ("x^3/-exp(x)", "-x^3"),
        ("1/cosh(x)^2 - x/cosh(x)^2/cosh(x)^2*(2*cosh(x)*sinh(x))", "1 - 2*x*tanh(x)"),
        ("x + 1", "x + 1"),
        ("exp(exp(x))", "1"),
    ],
)
def test_positive_factors_go_and_no_sign_changes(text: str, left: str) -> None:
    found = without_positive_factors(parse(text))
    signs = (np.sign(evaluate(tree, X)) for tree in (found, parse(left), parse(text)))
    assert len({tuple(row) for row in signs}) == 1
    assert found.size <= 3 * parse(left).size + 8
    assert without_positive_factors(number(-3)) is number(-1)
