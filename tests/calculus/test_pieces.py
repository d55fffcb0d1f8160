"""Breakpoints, isolated points and one-sided derivatives against closed forms."""

from __future__ import annotations

import math

import pytest

import actx
from actx.calculus.pieces import pieces

ROOT2, ROOT3, ROOT5 = math.sqrt(2), math.sqrt(3), math.sqrt(5)
LOG2 = math.log(2)

BREAKPOINTS = [
    ("relu(x)", [0]),
    ("abs(x - 1/3)", [1 / 3]),
    ("abs(relu(x^2 - 2) - 1)", [-ROOT3, -ROOT2, ROOT2, ROOT3]),
    ("relu(1 - abs(x))", [-1, 0, 1]),
    ("relu(1 - relu(1 - abs(x - 5)))", [4, 5, 6]),
    ("abs(abs(abs(x) - 2) - 1)", [-3, -2, -1, 0, 1, 2, 3]),
    ("min(x, x^2)", [0, 1]),
    ("max(x^3, x)", [-1, 0, 1]),
    ("max(min(x, 1), x^2 - 1)", [(1 - ROOT5) / 2, 1, ROOT2]),
    ("min(max(x, -1), 1) + relu(x - 1)", [-1]),
    ("clip(x, -1, 1)", [-1, 1]),
    ("clip(x^2, 2, 3)", [-ROOT3, -ROOT2, ROOT2, ROOT3]),
    ("clip(abs(x), 0.1, pi)", [-math.pi, -0.1, 0.1, math.pi]),
    ("clip(exp(x), 0.5, 2)", [-LOG2, LOG2]),
    ("clip(1/x, -5, 5)", [-0.2, 0, 0.2]),
    ("sign(x^2 - 2)", [-ROOT2, ROOT2]),
    ("x*sign(x - e)", [math.e]),
    ("sign(relu(x) - 1)*x", [1]),
    ("x if x > 1 else x^2 if x > 0 else exp(x)", [0, 1]),
    ("where(x^2 < 5, 1, x)", [-ROOT5, ROOT5]),
    ("where(abs(x) > 1, where(x > 2, 3, x), -x)", [-1, 1, 2]),
    ("1 if x > 0 and x^2 < 3 else 0", [0, ROOT3]),
    ("1 if x < -1 or x > pi else 0", [-1, math.pi]),
    ("1 if not (x < 0 or x >= 2) else 0", [0, 2]),
    ("x if -1 < x <= 2 else 0", [-1, 2]),
    ("x if 0 <= x*x < 2 else 3", [-ROOT2, ROOT2]),
    ("1 if (x > 0 and x < 1) or (x > 2 and x < 3) else 0", [0, 1, 2, 3]),
    ("relu(tanh(x) - 0.5)", [math.atanh(0.5)]),
    ("abs(exp(x) - 3)", [math.log(3)]),
    ("relu(x^3 - x - 1) + abs(x^3 - 3*x)", [-ROOT3, 0, 1.3247179572447460260, ROOT3]),
    ("sqrt(x^2)", [0]),
    ("sqrt((x^2 - 2)^2)", [-ROOT2, ROOT2]),
]


@pytest.mark.parametrize(("text", "wanted"), BREAKPOINTS)
def test_breakpoints(text: str, wanted: list[float]) -> None:
    found = [kink.x for kink in actx.kinks(text, budget=None).kinks]
    assert found == pytest.approx(wanted, rel=1e-14, abs=1e-14)


@pytest.mark.parametrize(
    "text",
    [
        "max(x, x)",
        "relu(x) - relu(-x)",
        "relu(x) + relu(-x) - abs(x)",
        "max(x, -1) + min(x, -1)",
        "x if x > 1 else x",
        "x^2 if x > 0 else x*x",
        "relu(x^2 + 1)",
        "abs(exp(x))",
        "relu(x^2)",
        "min(exp(x), x)",
        "clip(tanh(x), -2, 2)",
        "1 if x > 2 and x < 1 else x",
        "sign(x)*abs(x)",
        "(x if x != 0 else 0)",
        "abs(x)^2",
    ],
)
def test_where_nothing_jumps_is_no_kink(text: str) -> None:
    report = actx.kinks(text, budget=None)
    assert report.kinks == ()
    assert report.smoothness == "C∞"


def test_where_the_tree_stays_the_same_is_no_breakpoint() -> None:
    for text in ("max(x, x)", "x if x > 1 else x", "relu(x^2 + 1)", "min(exp(x), x)"):
        assert pieces(actx.formula(text).bound).breakpoints == ()


@pytest.mark.parametrize(
    ("text", "x", "limit"),
    [
        ("1 if x == 0 else x", 0.0, 0.0),
        ("x^2 if x != 2 else 0", 2.0, 4.0),
        ("5 if x == 1/3 else 3*x", 1 / 3, 1.0),
        ("sign(x)^2", 0.0, 1.0),
        ("2 if x >= 1 and x <= 1 else 0", 1.0, 0.0),
        ("7 if x^2 == 0 else exp(x)", 0.0, 1.0),
        ("x + 10 if x == 1 else x*exp(x)", 1.0, math.e),
    ],
)
def test_isolated_point_is_a_kink_of_order_0_without_a_jump(
    text: str, x: float, limit: float
) -> None:
    report = actx.kinks(text, budget=None)
    (kink,) = report.kinks
    assert (kink.order, kink.jump) == (0, 0.0)
    assert (kink.x, kink.left, kink.right) == pytest.approx((x, limit, limit), rel=1e-14)
    assert report.smoothness == "discontinuous"
    proven = actx.kinks(text)
    assert proven.kinks[0].proven
    assert proven.undecided == ()


KINKS = [  # x, order, left, right
    ("relu(x)", (0, 1, 0, 1)),
    ("abs(x - pi)", (math.pi, 1, -1, 1)),
    ("sign(x)", (0, 0, -1, 1)),
    ("relu(x)^2", (0, 2, 0, 2)),
    ("relu(x)^3/6", (0, 3, 0, 1)),
    ("sqrt(x^2)", (0, 1, -1, 1)),
    ("exp(-abs(x))", (0, 1, 1, -1)),
    ("abs(x)*x", (0, 2, -2, 2)),
    ("sin(x) if x < 0 else x", (0, 3, -1, 0)),
    ("tanh(x) if x > 0 else x", (0, 3, 0, -2)),
    ("exp(x) if x < 0 else 1 + x", (0, 2, 1, 0)),
    ("x*exp(x) if x < 1 else e*x", (1, 1, 2 * math.e, math.e)),
    ("sqrt(x) if x > 0 else 0", (0, 1, 0, math.inf)),
    ("relu(x^3 - 2)", (2 ** (1 / 3), 1, 0, 3 * 2 ** (2 / 3))),
]


@pytest.mark.parametrize(("text", "wanted"), KINKS)
def test_one_sided_derivatives(text: str, wanted: tuple[float, int, float, float]) -> None:
    (kink,) = actx.kinks(text, budget=None).kinks
    x, order, left, right = wanted
    assert kink.order == order
    assert (kink.x, kink.left, kink.right) == pytest.approx((x, left, right), rel=1e-13, abs=1e-14)
    assert kink.jump == pytest.approx(right - left, rel=1e-13)


def test_clipped_pole() -> None:
    kinks = actx.kinks("clip(1/x, -5, 5)", budget=None).kinks
    assert [k.order for k in kinks] == [1, 0, 1]
    assert [k.jump for k in kinks] == pytest.approx([25, 10, -25], rel=1e-13)


def test_curvature_alone_jumps() -> None:
    """x*(x + 3)/3 becomes x at 0: slope 1 on both sides, curvature 2/3 and 0."""
    first, second = actx.kinks("x.Relu3(x+3)/3", budget=None).kinks
    assert (first.x, first.order, first.left, first.right, first.jump) == (-3, 1, 0, -1, -1)
    assert (second.x, second.order, second.right) == (0, 2, 0)
    assert (second.left, second.jump) == pytest.approx((2 / 3, -2 / 3), rel=1e-14)


@pytest.mark.parametrize(
    "text", ["log(x + sqrt(x^2 - 1))", "log(2 + sqrt(x^2 - 1))", "1/(1 + (x^2 - 1)^0.25)"]
)
def test_a_root_that_begins_at_the_end_of_the_domain_makes_no_breakpoint(text: str) -> None:
    assert actx.kinks(text, domain=(1, math.inf)).kinks == ()
    row = actx.compare(text, "acosh(x)", domain=(1, math.inf)).rows[0]
    assert row.smoothness == "C∞"
    if text.startswith("log(x"):
        assert row.max_error.enclosure == (0, 0)
        assert row.max_error.proven
