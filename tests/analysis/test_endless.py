"""Functions that go on without end are answered: a finite part in full, values enclosed beyond."""

from __future__ import annotations

import math
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
from commands import run, run_json

import actx
from actx.analysis.sampling import sample
from actx.core.domain import WHOLE_LINE, Domain

INF = math.inf
# formula, its infimum and supremum on the whole line, from what sine and cosine are
RANGES = [
    ("sin(x)", -1.0, 1.0),
    ("cos(x)^2", 0.0, 1.0),
    ("2*sin(x) + tanh(x)", -3.0, 3.0),
    ("x*sin(x)", -INF, INF),
    ("floor(x)", -INF, INF),
    ("relu(sin(x))", 0.0, 1.0),
    ("tan(x)", -INF, INF),
]


@pytest.mark.parametrize(("text", "low", "high"), RANGES)
@pytest.mark.parametrize("budget", [None, 2.0])
def test_the_range_is_told(text: str, low: float, high: float, budget: float | None) -> None:
    found = actx.show(text, budget=budget)
    assert found.range == pytest.approx((low, high), rel=1e-7, abs=1e-12)
    assert found.domain == (-INF, INF)
    assert "without end" in found.notes[-1]
    for end, value in ((found.minimum, low), (found.maximum, high)):
        if end.enclosure is not None:
            a, b = end.enclosure.y
            assert a - 1e-300 <= value <= b
    if budget:
        assert {item.what for item in found.undecided} >= {"extrema"}


def test_where_the_finite_part_ends_is_no_extremum() -> None:
    found = actx.show("x + 2*sin(x)")
    for each in (*found.minima, *found.maxima):
        assert isinstance(each.x, float)
        assert abs(1 + 2 * math.cos(each.x)) < 1e-6
    assert found.smoothness == "C∞"
    assert not any(item.what == "kinks" for item in found.undecided)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("text", ["tan(x)", "abs(sin(x))", "sqrt(1 - sin(x))", "floor(x)"])
def test_kinks_that_may_lie_beyond_are_left_open(text: str) -> None:
    for found in (actx.show(text), actx.kinks(text)):
        assert any(item.what == "kinks" for item in found.undecided)


def test_a_kink_where_the_finite_part_ends_is_not_lost() -> None:
    text = "x if x <= 8 else sin(x)"
    assert any(item.what == "kinks" for item in actx.show(text).undecided)
    (kink,) = actx.kinks(text).kinks
    assert (kink.x, kink.proven) == (8, True)


PAIRS = ["sin(x)|0.5*tanh(x)", "sin(x)|sin(x)", "clip(x, -1, 1)|sin(x)*sigmoid(x)", "x|x + cos(3x)"]


@pytest.mark.parametrize("pair", PAIRS)
def test_no_sample_is_beyond_the_largest_error(pair: str) -> None:
    f, g = pair.split("|")
    found = actx.compare(f, g).rows[0].max_error
    functions = {
        "sin": mp.sin, "cos": mp.cos, "tanh": mp.tanh,
        "sigmoid": lambda x: 1 / (1 + mp.exp(-x)), "clip": lambda x, a, b: min(max(x, a), b),
    }  # fmt: skip

    def value(text: str, x: mp.mpf) -> mp.mpf:
        return eval(text.replace("3x", "3*x"), {"x": x, **functions})

    heights = [abs(value(f, x) - value(g, x)) for x in map(mp.mpf, np.linspace(-300, 300, 3001))]
    assert found.enclosure is not None
    assert found.enclosure[0] <= found.value <= found.enclosure[1]
    assert max(heights) <= found.enclosure[1]
    assert found.value >= max(heights) * (1 - 1e-12)


def test_one_function_in_two_forms_has_no_error() -> None:
    row = actx.compare("sin(2x)", "2*sin(x)*cos(x)").rows[0]
    assert row.max_error.proven
    assert row.max_error.enclosure == (0, 0)
    assert row.l2_enclosure == (0, 0)


def test_integrals_that_are_not_known_are_called_so() -> None:
    assert math.isnan(actx.compare("sin(x^2)", "0").rows[0].l1_error)
    row = actx.compare("sin(x)", "0").rows[0]
    with mp.workdps(25):  # E sin² = (1 - exp(-2))/2
        exact = mp.sqrt((1 - mp.exp(-2)) / 2)
    assert row.gauss_enclosure is not None
    assert row.gauss_enclosure[0] <= exact <= row.gauss_enclosure[1]
    form = run_json("compare", "sin(x^2)", "0")["rows"][0]
    assert form["l1_error"] is None
    assert "L1  ∫|e|dx      unknown" in run("compare", "sin(x^2)", "0").stdout


@pytest.mark.parametrize("domain", [Domain(30, INF), Domain(-INF, -40), Domain(-100, INF)])
def test_half_lines_far_out_are_answered(domain: Domain) -> None:
    found = actx.show("sin(x) + 3", domain=domain)
    assert found.range == pytest.approx((2, 4), rel=1e-9)
    assert found.zeros == ()
    assert not any(item.what == "zeros" for item in found.undecided)


@pytest.mark.parametrize("pair", ["2.5*x|cos(x)", "cos(x)|max(x, 0.1*x)", "sin(x)|x^2/10 - x"])
def test_an_error_that_grows_beside_an_oscillation_is_proven_infinite(pair: str) -> None:
    found = actx.compare(*pair.split("|")).rows[0].max_error
    assert (found.value, found.enclosure, found.proven) == (INF, (INF, INF), True)


@pytest.mark.parametrize("pair", ["x*sin(x)|0", "x|x + cos(3x)", "sin(x)|cos(sqrt(2)*x)"])
def test_what_is_not_seen_to_grow_is_not_claimed(pair: str) -> None:
    found = actx.compare(*pair.split("|")).rows[0].max_error
    assert not found.proven
    assert found.enclosure is not None
    assert found.enclosure[0] < INF


def test_what_oscillates_is_drawn_where_it_is_seen(tmp_path: Path) -> None:
    """In the view alone, without a minimum of it that is none of the whole line's."""
    (curve,), goal, span = sample(
        [actx.formula("snake")], actx.formula("mish"), WHOLE_LINE, None, {}
    )
    assert span == (-5, 5)
    np.testing.assert_allclose(curve.y, curve.x + np.sin(curve.x) ** 2, atol=1e-14)
    assert (curve.minimum, goal.minimum) == (None, pytest.approx((-1.19243121, -0.30884341)))
    page = actx.write_report("snake", "siren", output=tmp_path / "a.html", budget=None)
    assert "snake" in page.read_text(encoding="utf-8")
