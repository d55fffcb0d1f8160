"""Breakpoints that are no fractions: what a function is worth there is known, exactly.

The values are closed forms: a clamp's level, and 0 where the argument of an absolute value is 0.
"""

from __future__ import annotations

import math

import pytest

import actx
from actx.analysis.results import Answer, Kind


@pytest.mark.parametrize(
    ("text", "which", "value"),
    [
        ("abs(x^2 - 2)", "minimum", 0),
        ("abs(tanh(x) - 0.3)", "minimum", 0),
        ("max(x^2 - 2, 0)", "minimum", 0),
        ("relu6(exp(x) - 2)", "minimum", 0),
        ("relu6(exp(x) - 2)", "maximum", 6),
        ("min(exp(x) - 2, 6)", "maximum", 6),
        ("min(tanh(x), 0.3)", "maximum", 0.3),
        ("2 - 3*abs(exp(x) - 2)", "maximum", 2),
        ("max(x, 0)^sqrt(2)", "minimum", 0),
        ("abs(x)^pi", "minimum", 0),
    ],
)
def test_it_is_exact(text: str, which: str, value: float) -> None:
    found = getattr(actx.show(text), which)
    assert found.proven
    assert found.kind is not Kind.LIMIT
    assert found.y == value
    assert found.enclosure.y[0] <= value <= found.enclosure.y[1] <= found.enclosure.y[0] + 1e-15
    if value in (0, 2, 6):
        assert found.enclosure.y == (value, value)


@pytest.mark.parametrize(
    ("text", "places"),
    [("abs(x^2 - 2)", [-math.sqrt(2), math.sqrt(2)]), ("abs(exp(x) - 2)", [math.log(2)])],
)
def test_the_zero_of_an_absolute_value_is_proven(text: str, places: list[float]) -> None:
    found = actx.show(text)
    assert not found.undecided
    assert len(found.zeros) == len(places)
    for enclosure, place in zip(found.zero_enclosures, places, strict=True):
        assert enclosure is not None
        assert enclosure[0] < place < enclosure[1] < enclosure[0] + 1e-13


def test_where_the_level_is_not_known_it_is_not_claimed() -> None:
    found = actx.show("max(x, exp(x) - 2) - x/2").minimum
    assert found.enclosure is not None
    lo, hi = found.enclosure.y  # at the negative root of x = exp(x) - 2, half of it
    assert lo < hi
    assert lo <= -0.92070283021848 <= hi  # half of -1.84140566043696 (Lambert's W: -2 - W(-e^-2))


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("abs(exp(x) - 2) >= 0", "proven"),
        ("abs(exp(x) - 2) > 0", "disproven"),
        ("2 - 3*abs(exp(x) - 2) <= 2", "proven"),
        ("max(exp(x) - 2, 0) >= 0", "proven"),
        ("max(exp(x) - 2, 0) >= 1e-30", "disproven"),
        ("min(tanh(x), 0.3) <= 0.3", "proven"),
        ("x^pi <= x^3 on 0:1", "proven"),
        ("x^pi >= x^4 on 0:1", "proven"),
        ("x^pi <= x^3 on 0:2", "disproven"),
    ],
)
def test_statements_rest_on_it(statement: str, answer: str) -> None:
    assert actx.prove(statement).answer == answer


def test_the_point_where_both_sides_are_equal_is_told() -> None:
    ((lo, hi),) = actx.prove("abs(exp(x) - 2) >= 0").equal_at
    assert lo < math.log(2) < hi < lo + 1e-13
    ((lo, hi),) = actx.prove("max(exp(x) - 2, 0) >= 0").equal_at
    assert lo == -math.inf
    assert hi <= math.log(2)


@pytest.mark.parametrize(
    ("text", "minimum", "maximum", "zeros"),
    [
        ("1 if x >= 0 else 0", "-3 ≤ x < 0", "0 ≤ x ≤ 3", "-3 ≤ x < 0"),
        ("1 if x > 0 else 0", "-3 ≤ x ≤ 0", "0 < x ≤ 3", "-3 ≤ x ≤ 0"),
        ("1 if exp(x) > 2 else 0", "-3 ≤ x ≤ 0.6931472", "0.6931472 < x ≤ 3", "-3 ≤ x ≤ 0.6931472"),
        (
            "1 if exp(x) >= 2 else 0",
            "-3 ≤ x < 0.6931472",
            "0.6931472 ≤ x ≤ 3",
            "-3 ≤ x < 0.6931472",
        ),
        ("sign(x)", "-3 ≤ x < 0", "0 < x ≤ 3", "x = 0"),
        ("floor(x/2)", "-3 ≤ x < -2", "2 ≤ x ≤ 3", "0 ≤ x < 2"),
        ("clip(0.2x + 0.5, 0, 1)", "-3 ≤ x ≤ -2.5", "2.5 ≤ x ≤ 3", "-3 ≤ x ≤ -2.5"),
        ("1 if x == 0 else 0", "-3 ≤ x < 0", None, "-3 ≤ x < 0, 0 < x ≤ 3"),
    ],
)
def test_an_end_of_a_stretch_is_told_to_belong_to_it_or_not(
    text: str, minimum: str, maximum: str | None, zeros: str
) -> None:
    found = actx.show(text, domain=(-3, 3))
    facts = next(part for part in str(found).split("\n\n") if part.startswith("  domain"))
    told = {line[2:14].strip(): line[14:] for line in facts.splitlines()}
    assert f"for {minimum}, a plateau" in told["minimum"]
    if maximum is not None:
        assert f"for {maximum}, a plateau" in told["maximum"]
    assert told["zeros"] == zeros
    assert found.minimum.proven
    assert found.maximum.proven
    document = found.to_dict()
    assert len(document["zeros_excluded"]) == len(document["zeros"])
    (left, right), excluded = document["minimum"]["x"], document["minimum"]["excluded"]
    assert excluded == [
        end for end, mark in ((left, "-3 <"), (right, "x <")) if f"{mark} " in minimum
    ]


@pytest.mark.parametrize(
    ("text", "domain", "which"),
    [
        ("x if x > 0.1 else 20", (-math.inf, math.inf), "minimum"),
        ("1 - exp(-x^2)", (0, math.inf), "maximum"),
        ("x - floor(x)", (-3, 3), "maximum"),
        ("x if x < 1 else 0", (-3, 3), "maximum"),
        ("atan(x)", (-math.inf, math.inf), "maximum"),
    ],
)
def test_that_a_value_is_not_attained_is_proven(
    text: str, domain: tuple[float, float], which: str
) -> None:
    found = getattr(actx.show(text, domain=domain), which)
    assert found.kind is Kind.LIMIT
    assert found.proven


def test_a_maximum_within_a_last_place_of_a_breakpoint_is_not_called_a_limit() -> None:
    found = actx.show("-(x - 0.1 - 1e-18)^2 if x > 0.1 else -1").maximum  # 0, at 0.1 + 1e-18
    assert found.kind is not Kind.LIMIT or not found.proven


def test_what_is_beyond_float64_beside_a_corner_ends_in_an_answer() -> None:
    left = "exp(round(x)) >= x^1e9*(x - 1e9) on -5:5"
    assert actx.prove(left).answer is not Answer.PROVEN
    narrow = "(x if x <= 1e-320 else x^(-1e15))/(max(sinh(x), x)*x) >= 7 on -5:5"
    assert actx.prove(narrow).answer is not Answer.PROVEN


def test_a_constant_to_an_endless_power_is_no_table() -> None:
    assert actx.show("(x - x)^1e300").maximum.y == 0


def test_a_turning_point_at_an_end_that_floats_do_not_tell_apart() -> None:
    assert actx.show("max(floor(x), x) - x*x*x^1e300", domain="0:1").minimum.y <= 0
