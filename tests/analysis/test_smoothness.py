"""Smoothness of glued functions: orders of contact in closed form, and no proof where is none."""

from __future__ import annotations

import math
import time

import pytest

import actx

MARKED = "~"


@pytest.mark.parametrize("order", [1, 2, 5, 12, 13, 14, 20, 31])
def test_the_order_is_that_of_the_first_term_that_differs(order: int) -> None:
    found = actx.show(f"x + x^2 if x <= 0 else x + x^2 + 3x^{order}")
    assert found.smoothness == f"C{order - 1}"


@pytest.mark.parametrize("order", [13, 20])
def test_it_is_told_away_from_zero_and_in_a_comparison(order: int) -> None:
    text = f"tanh(x) if x <= 1 else tanh(x) + (x - 1)^{order}"
    assert actx.kinks(text).smoothness == f"C{order - 1}"
    assert actx.compare(text, "tanh", domain=(-2, 2)).rows[0].smoothness == f"C{order - 1}"


def test_a_flat_function_is_smooth_without_a_proof() -> None:
    found = actx.show("0 if x <= 0 else exp(-1/x)")
    assert found.smoothness == "C∞"
    assert f"{MARKED}C∞" in str(found)
    assert f"{MARKED}C∞" in str(actx.compare("0 if x <= 0 else exp(-1/x)", "relu"))


def test_one_function_in_two_pieces_is_smooth_by_proof() -> None:
    n = "exp(x)*(exp(x) + 2)"
    for text in (
        f"x*({n})/({n} + 2) if x <= 1 else mish(x)",
        "sigmoid(x) if x < 0 else 1/(1+exp(-x))",
    ):
        found = actx.show(text)
        assert found.smoothness == "C∞"
        assert f"{MARKED}C∞" not in str(found)


def test_contact_is_decided_exactly_before_terms_are_counted() -> None:
    began = time.process_time()
    assert actx.kinks("max(x,0)+log(1+exp(-abs(x)))").smoothness == "C∞"
    assert actx.kinks("tanh(x) if -x >= 0 else tanh(x) - x^40").smoothness == "C39"
    (kink,) = actx.kinks("0 if -x >= 0 else x").kinks
    assert math.copysign(1, kink.x) == 1
    assert time.process_time() - began < 2
