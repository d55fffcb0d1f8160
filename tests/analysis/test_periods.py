"""What repeats itself is known from one period; against closed forms and SciPy's searches."""

from __future__ import annotations

import math

import numpy as np
import pytest

import actx
from actx.analysis.endless.periods import period
from actx.language.syntax import parse


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("sin(x)", 2 * math.pi),
        ("cos(3x/2)*sin(x/3)", 12 * math.pi),
        ("max(cos(2x - 1), 0.3)^2", math.pi),
        ("exp(sin(x + cos(2x)))/3", 2 * math.pi),
        ("tan(sin(-5x))", 2 * math.pi / 5),
    ],
)
def test_periods(text: str, length: float) -> None:
    found = period(parse(text))
    assert found is not None
    assert length <= found <= length * (1 + 1e-8)


@pytest.mark.parametrize(
    "text",
    [
        "x", "x + sin(x)", "x*(sin(x) - 1)", "sin(x^2)", "sin(abs(x))", "sin(x + floor(x)/2)",
        "sin(x + (1 if x > 5 else 0))", "sin(x) if x < 9 else cos(x)", "sin(x) + sin(sqrt(2)*x)",
        "3", "sin(2)", "sin(log(x))", "atan(x)*sin(x)", "sin(x*x - x)",
    ],
)  # fmt: skip
def test_what_does_not_repeat_itself(text: str) -> None:
    assert period(parse(text)) is None


@pytest.mark.parametrize(
    ("f", "g"),
    [
        ("cos(x)", "max(cos(x), -0.5)"),
        ("sin(x - 0.5)", "sin(sin(x - 0.5))"),
        ("sin(x)", "0.99*sin(x/3 + 0.1)"),
        ("tanh(sin(x))", "sin(x)"),
    ],
)
def test_the_largest_error_is_proven_on_the_whole_line(f: str, g: str) -> None:
    x = np.linspace(-9 * math.pi, 9 * math.pi, 2_000_001)
    want = np.max(np.abs(actx.formula(f)(x) - actx.formula(g)(x)))
    for domain in ("-inf:inf", "3:inf"):
        found = actx.compare(f, g, domain=domain, relative=False).rows[0].max_error
        assert found.proven
        assert found.enclosure is not None
        assert found.enclosure[0] <= found.value <= found.enclosure[1] <= want * (1 + 1e-9)
        assert found.value == pytest.approx(want, rel=1e-9)


def test_extrema_without_end_are_proven_to_be_such() -> None:
    found = actx.show("sin(x) + cos(2x)/2")
    assert (found.minimum.y, found.maximum.y) == pytest.approx((-1.5, 0.75))
    assert found.minimum.proven
    assert found.maximum.proven


@pytest.mark.parametrize(("f", "infinite"), [("sin(x)", True), ("sin(x) + sin(sqrt(2)*x)", False)])
def test_integrals_of_what_repeats_itself_are_infinite(f: str, infinite: bool) -> None:
    norms = actx.compare(f, "0", relative=False).rows[0].norms
    assert [norms[name].enclosure == (math.inf, math.inf) for name in ("l1", "l2")] == [
        infinite
    ] * 2
    assert norms["gauss"].error < 2
