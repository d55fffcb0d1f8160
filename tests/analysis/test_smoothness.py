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


@pytest.mark.parametrize(
    "text", ["0 if x <= 0 else exp(-1/x)", "x if x < 0 else x + exp(-1/x^2)", "exp(-1/abs(x))"]
)
def test_what_differs_by_less_than_any_power_is_smooth_by_proof(text: str) -> None:
    assert "C∞" in str(actx.show(text))
    assert f"{MARKED}C∞" not in str(actx.show(text))
    assert f"{MARKED}C∞" not in str(actx.compare(text, "relu"))
    assert actx.prove(f"({text}) is C∞").answer == "proven"


@pytest.mark.parametrize("text", ["0 if x <= 0 else x^40", "0 if x <= 0 else exp(-log(1/x)^0.5)"])
def test_what_is_small_but_no_less_than_all_powers_is_not(text: str) -> None:
    assert actx.prove(f"({text}) is C∞ on -0.5:0.5").answer != "proven"


@pytest.mark.parametrize(
    ("text", "smoothness"),
    [
        ("abs(x)^3.5", "C3"),
        ("abs(x)^5", "C4"),
        ("abs(x)^pi", "C3"),
        ("x if x <= 0 else x + x^13", "C12"),
        ("exp(-1/x^2) if x < 0 else x^9", "C8"),
    ],
)
def test_an_order_beyond_those_listed_is_proven(text: str, smoothness: str) -> None:
    found = actx.show(text)
    assert found.smoothness == smoothness
    assert not found.undecided
    assert f"smoothness  {smoothness}\n" in str(found)


def test_one_function_in_two_pieces_is_smooth_by_proof() -> None:
    n = "exp(x)*(exp(x) + 2)"
    for text in (
        f"x*({n})/({n} + 2) if x <= 1 else mish(x)",
        "sigmoid(x) if x < 0 else 1/(1+exp(-x))",
    ):
        found = actx.show(text)
        assert found.smoothness == "C∞"
        assert f"{MARKED}C∞" not in str(found)


@pytest.mark.parametrize(
    ("text", "smoothness", "orders"),
    [
        ("abs(x)^1.5", "C1", [2]),
        ("max(x, 0)^2.5", "C2", [3]),
        ("x*log(abs(x))", "C0", [1]),
        ("atan(1/x)", "discontinuous", [0]),
        ("min(x^2, abs(x))", "C0", [1, 1]),
        ("sqrt(2*x*x)", "C0", [1]),
        ("(x^2)^13.5", "C26", []),
        ("1/x^2", "discontinuous", [0]),
        ("(exp(x) - 1)/x", "C∞", []),
    ],
)
def test_kinks_of_roots_logarithms_and_poles_are_proven(
    text: str, smoothness: str, orders: list[int]
) -> None:
    found = actx.kinks(text)
    assert found.smoothness == smoothness
    assert [kink.order for kink in found.kinks] == orders
    assert all(kink.proven for kink in found.kinks)
    assert not found.undecided


@pytest.mark.parametrize(
    ("text", "place", "jump"),
    [
        ("max(x, exp(x) - 2)", 1.1461932206205825, 2.1461932206205825),
        ("min(exp(x), 2 - x)", 0.4428544010023885, -2.5571455989976115),
        ("x if exp(x) < 2 else x^2", math.log(2), math.log(2) ** 2 - math.log(2)),
        ("max(x, pi if x >= 1/3 else x)", math.pi, 1.0),
        ("abs(x^2 - 2)", math.sqrt(2), 4 * math.sqrt(2)),
    ],
)
def test_kinks_at_breakpoints_that_are_no_fractions_are_proven(
    text: str, place: float, jump: float
) -> None:
    found = actx.kinks(text)
    kink = found.kinks[-1]
    assert not found.undecided
    assert kink.proven
    assert kink.enclosure is not None
    assert kink.enclosure.x[0] <= place <= kink.enclosure.x[1]
    assert kink.enclosure.jump[0] - 1e-12 <= jump <= kink.enclosure.jump[1] + 1e-12
    assert kink.enclosure.jump[1] - kink.enclosure.jump[0] < 1e-9


def test_a_jump_below_rounding_is_told_by_balls() -> None:
    found = actx.kinks("1 + 0.5*x if x < 1e-5 else sqrt(1 + x)", domain=(0, 10))
    assert found.smoothness == "discontinuous"
    assert found.kinks[0].proven
    assert found.kinks[0].jump == pytest.approx(math.sqrt(1 + 1e-5) - 1 - 5e-6, rel=1e-4)
    tiny = actx.kinks("x*tanh(x if x > 20 else log(exp(x) + 1))")
    assert tiny.smoothness == "discontinuous"
    assert 0 < abs(tiny.kinks[0].jump) < 1e-20


def test_contact_is_decided_exactly_before_terms_are_counted() -> None:
    began = time.process_time()
    assert actx.kinks("max(x,0)+log(1+exp(-abs(x)))").smoothness == "C∞"
    assert actx.kinks("tanh(x) if -x >= 0 else tanh(x) - x^40").smoothness == "C39"
    (kink,) = actx.kinks("0 if -x >= 0 else x").kinks
    assert math.copysign(1, kink.x) == 1
    assert time.process_time() - began < 2
