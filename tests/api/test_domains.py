"""Domains of several intervals, against mpmath, NumPy and closed forms on the same unions."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from commands import refused, run, run_json
from hypothesis import given, settings
from hypothesis import strategies as st

import actx
from actx.analysis.results import Answer, Kind
from actx.analysis.sampling import sample
from actx.core.domain import Domain, parse_domain
from actx.core.errors import DomainError

AWAY = "-1:-0.01,0.01:1"
TENTHS = st.integers(-40, 40)


def unions(most: int = 3) -> st.SearchStrategy[list[tuple[float, float]]]:
    """Intervals with ends in tenths, in rising order and apart."""
    sizes = st.sampled_from(range(2, 2 * most + 1, 2))
    ends = sizes.flatmap(lambda n: st.lists(TENTHS, min_size=n, max_size=n, unique=True))
    return ends.map(lambda found: [t / 10 for t in sorted(found)]).map(
        lambda t: list(zip(t[::2], t[1::2], strict=True))
    )


def integral(f: Callable[[Any], Any], intervals: list[tuple[float, float]]) -> float:
    """∫f over all intervals by mpmath."""
    with mpmath.workdps(30):
        return float(sum(mpmath.quad(f, [mpmath.mpf(str(x)) for x in ends]) for ends in intervals))


# --- the domain itself ---


@given(unions(), TENTHS)
def test_a_union_is_its_intervals(intervals: list[tuple[float, float]], tenths: int) -> None:
    domain = Domain.of(intervals)
    assert [(part.lo, part.hi) for part in domain.parts] == intervals
    assert parse_domain(str(domain)) == domain == Domain.of(domain.ends)
    x = tenths / 10
    assert (x in domain) == any(lo <= x <= hi for lo, hi in intervals)
    assert (domain.lo, domain.hi) == (intervals[0][0], intervals[-1][1])


def test_one_interval_is_no_union() -> None:
    assert parse_domain("-1:2") == Domain(-1, 2) == Domain.of([(-1, 2)])
    assert Domain(-1, 2).ends == (-1, 2)
    assert parse_domain(" :-1 , 1: ").ends == ((-math.inf, -1), (1, math.inf))


WRONG = {
    "1:2,3": "'3' is not of the form LO:HI",
    "1:2,,3:4": "what stands at a comma is not of the form LO:HI",
    "1:2,": "what stands at a comma is not of the form LO:HI",
    "1:2,2:3": "The interval 2:3 touches 1:2; the two are one interval, 1:3",
    "1:2,0:3": "The interval 0:3 overlaps 1:2; the two are one interval, 0:3",
    "1:2,-1:0": "The interval -1:0 stands after 1:2 and lies below it",
    "1:2,4:3": "The interval 4:3 is empty",
    "1:a,2:3": "'a' is not a number",
    "nan:2,3:4": "not nan",
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_unions_say_what_is_wrong(text: str) -> None:
    with pytest.raises(DomainError) as caught:
        actx.show("tanh", domain=text)
    assert WRONG[text] in str(caught.value)
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("given", [(), (1,), (1, 2, 3), [(1, 2), 3], [(1, 2), (2, 3)], 5, ("a",)])
def test_wrong_unions_from_python(given: Any) -> None:
    with pytest.raises(DomainError):
        actx.show("tanh", domain=given)


def test_too_many_intervals_are_refused() -> None:
    with pytest.raises(DomainError, match="at most 100 intervals"):
        parse_domain(",".join(f"{i}:{i}.5" for i in range(101)))


# --- compare ---


def test_errors_away_from_a_jump() -> None:
    row = actx.compare("tanh", "sign(x)", domain=AWAY).rows[0]
    intervals = [(-1.0, -0.01), (0.01, 1.0)]

    def error(x: Any) -> Any:
        return mpmath.tanh(x) - mpmath.sign(x)

    assert row.max_error.value == pytest.approx(1 - math.tanh(0.01), rel=1e-14)
    assert {row.max_error.x, *row.max_error.ties} == {-0.01, 0.01}
    assert row.max_error.proven
    assert row.l1_error == pytest.approx(integral(lambda x: abs(error(x)), intervals), rel=1e-11)
    squares = integral(lambda x: error(x) ** 2, intervals)
    assert row.l2_error == pytest.approx(math.sqrt(squares), rel=1e-11)
    gauss = integral(lambda x: error(x) ** 2 * mpmath.npdf(x), intervals)
    assert row.gauss_error == pytest.approx(math.sqrt(gauss), rel=1e-11)
    total = integral(lambda x: abs(error(x)), intervals)
    for enclosure, truth in (
        (row.l1_enclosure, total),
        (row.l2_enclosure, math.sqrt(squares)),
        (row.gauss_enclosure, math.sqrt(gauss)),
        (row.max_slope_error.enclosure, 1 / math.cosh(0.01) ** 2),
        (row.max_error.x_enclosure, 0.01),
    ):
        assert enclosure is not None
        assert enclosure[0] <= truth * (1 + 1e-15)
        assert truth * (1 - 1e-15) <= enclosure[1]
    assert row.max_slope_error.value == pytest.approx(1 / math.cosh(0.01) ** 2, rel=1e-14)
    assert (row.kinks, row.smoothness) == ((), "C∞")
    assert row.minimum.y == pytest.approx(-math.tanh(1), rel=1e-15)


def test_two_tails() -> None:
    """On x ≤ -3 and x ≥ 2 hard-mish is 0 and x, so that the error is that of mish itself."""
    row = actx.compare("hard-mish", "mish", domain=[(-math.inf, -3), (2, math.inf)]).rows[0]
    with mpmath.workdps(30):
        mish = mpmath.mpf(3) * mpmath.tanh(mpmath.log(1 + mpmath.exp(-3)))
    assert row.max_error.value == pytest.approx(float(mish), rel=1e-14)
    assert row.max_error.x == -3
    assert row.max_error.enclosure is not None
    assert row.max_error.enclosure[0] <= mish <= row.max_error.enclosure[1]
    assert row.minimum.kind is Kind.PLATEAU
    assert row.kinks == ()
    assert row.max_error.x_enclosure == (-3, -3)


def test_an_infinite_integral_on_one_interval_is_infinite() -> None:
    row = actx.compare("1/x", "0*x", domain="-2:-1,1:").rows[0]
    assert (row.l1_error, row.l1_enclosure) == (math.inf, (math.inf, math.inf))
    assert row.l2_enclosure is not None
    assert row.l2_enclosure[0] <= math.sqrt(1.5) <= row.l2_enclosure[1]


@settings(max_examples=25, deadline=None)
@given(unions(), st.tuples(*[st.integers(-9, 9)] * 4))
def test_a_cubic_on_a_union(intervals: list[tuple[float, float]], c: tuple[int, ...]) -> None:
    """Minimum, maximum, zeros and largest error, from the roots of polynomials by NumPy."""
    text = f"{c[0]}*x^3 + {c[1]}*x^2 + {c[2]}*x + {c[3]}"
    cubic = np.polynomial.Polynomial(c[::-1])
    found = actx.show(text, domain=intervals, budget=None)
    row = actx.compare(text, "0*x", domain=intervals, budget=None).rows[0]
    turns = [r.real for r in cubic.deriv().roots() if abs(r.imag) < 1e-9]
    places = [x for ends in intervals for x in ends]
    places += [x for x in turns if any(lo < x < hi for lo, hi in intervals)]
    values = cubic(np.array(places))
    assert found.minimum.y == pytest.approx(values.min(), rel=1e-9, abs=1e-9)
    assert found.maximum.y == pytest.approx(values.max(), rel=1e-9, abs=1e-9)
    assert row.max_error.value == pytest.approx(np.abs(values).max(), rel=1e-9, abs=1e-9)
    for lo, hi in intervals:
        inside = np.linspace(lo, hi, 301)[1:-1]
        signs = np.sign(cubic(inside))
        for a, b, left, right in zip(inside, inside[1:], signs, signs[1:], strict=False):
            if left * right < 0:
                assert any(a <= z <= b for z in found.zeros if not isinstance(z, tuple))
    for zero in found.zeros:
        assert all(x in Domain.of(intervals) for x in np.ravel(zero))


def test_values_of_a_parameter_on_a_union() -> None:
    """max|a·x| for a in [1, 2] on the union is 2 at its outer ends, and at least 1 for each a."""
    row = actx.compare("a*x", "0*x", domain="-1:-0.5,0.5:0.75", set={"a": (1, 2)}).rows[0]
    assert row.max_error.enclosure is not None
    lo, hi = row.max_error.enclosure
    assert lo <= 1
    assert 2 <= hi < 2.1


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_numbers_of_a_type_on_a_union(dtype: str) -> None:
    row = actx.compare("tanh", "sign(x)", domain="-4:-0.5,0.25:1", dtype=dtype).rows[0]
    patterns = np.arange(1 << 15, dtype=np.uint16)
    if dtype == "float16":
        numbers = patterns.view(np.float16).astype(np.float64)
    else:
        finite = patterns[patterns < 0x7F80].astype(np.uint32)
        numbers = (finite << 16).view(np.float32).astype(np.float64)
    below = numbers[(numbers >= 0.5) & (numbers <= 4)]
    above = numbers[(numbers >= 0.25) & (numbers <= 1)]
    assert row.dtype is not None
    assert row.dtype.values == below.size + above.size
    assert row.dtype.formula_error.value == pytest.approx(1 - math.tanh(0.25), rel=1e-12)


# --- show, kinks, prove ---


def test_extrema_zeros_and_kinks_of_a_union() -> None:
    found = actx.show("abs(x-1)*(x+1)", domain="-2:-0.5,0.5:3,4:5")
    assert [(e.x, e.kind) for e in found.minima] == [
        (-2, Kind.BOUNDARY),
        (1, Kind.KINK),
        (4, Kind.BOUNDARY),
    ]
    assert (found.minimum.x, found.minimum.y) == (-2, -3)
    assert (found.maximum.x, found.maximum.y) == (5, 24)
    assert found.maximum.enclosure is not None
    assert found.maximum.enclosure.x == (5, 5)
    assert found.zeros == (-1, 1)
    assert [(k.x, k.order, k.jump) for k in found.kinks] == [(1, 1, 4)]
    assert found.smoothness == "C0"
    assert found.undecided == ()
    assert found.domain == ((-2, -0.5), (0.5, 3), (4, 5))


def test_ties_across_intervals() -> None:
    found = actx.show("x^2", domain="-2:-1,1:3")
    assert {found.minimum.x, *found.minimum.ties} == {-1, 1}
    assert found.minimum.proven
    assert found.maximum.ties == ()
    assert (found.maximum.x, found.maximum.y) == (3, 9)


def test_a_limit_gives_way_to_a_value_that_is_as_low() -> None:
    """exp(x) tends to 0 on the left, and 0 is attained by max(x - 2, 0) on the right."""
    formula = "exp(x) if x < 0 else max(x - 2, 0)"
    assert actx.show(formula, domain=":-1").minimum.kind is Kind.LIMIT
    found = actx.show(formula, domain=":-1,1:3").minimum
    assert (found.kind, found.x, found.y) == (Kind.PLATEAU, (1, 2), 0)


def test_ends_of_intervals_are_no_kinks() -> None:
    assert actx.kinks("relu", domain="-1:0,0.5:2").kinks == ()
    assert actx.kinks("relu", domain="-1:0,0.5:2").smoothness == "C∞"
    assert [k.x for k in actx.kinks("abs(x-1) + relu(x)", domain="-1:0,0.5:2").kinks] == [1]


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("max|tanh(x) - sign(x)| < 0.991", Answer.PROVEN),
        ("max|tanh(x) - sign(x)| < 0.99", Answer.DISPROVEN),
        ("max(x) >= 1", Answer.PROVEN),
        ("min(x) > -1", Answer.DISPROVEN),
        ("abs(x) >= 0.009", Answer.PROVEN),
        ("x > 0", Answer.DISPROVEN),
        ("x < 0", Answer.DISPROVEN),
        ("abs(x) is smooth", Answer.PROVEN),
        ("sign(x) is C1", Answer.PROVEN),
        ("abs(x - 0.5) is smooth", Answer.DISPROVEN),
        ("abs(x + 0.5) is smooth", Answer.DISPROVEN),
    ],
)
def test_statements_hold_on_all_intervals(statement: str, answer: Answer) -> None:
    verdict = actx.prove(statement, domain=AWAY)
    assert verdict.answer is answer
    if verdict.witness is not None:
        assert verdict.witness in parse_domain(AWAY)


def test_an_enclosure_is_that_of_the_largest_of_all() -> None:
    verdict = actx.prove("x^3 <= 2", domain="-1:-0.5,0.25:0.5,1:1.25")
    assert verdict.answer is Answer.PROVEN
    assert verdict.enclosure is not None
    lo, hi = (bound + 2 for bound in verdict.enclosure)
    assert lo == pytest.approx(1.25**3, rel=1e-12)
    assert hi == pytest.approx(1.25**3, rel=1e-12)


# --- pictures ---


def test_curves_have_gaps() -> None:
    domain = parse_domain("-1:-0.1,0.2:1")
    curves, goal, span = sample([actx.formula("tanh")], actx.formula("sign(x)"), domain, None, {})
    assert span == (-1, 1)
    for curve in (*curves, goal):
        assert np.all(np.diff(curve.x) >= 0)
        drawn = curve.x[np.isfinite(curve.y)]
        assert not np.any((drawn > -0.1) & (drawn < 0.2))
        assert {-1.0, -0.1, 0.2, 1.0} <= set(drawn)
        gap = (curve.x > -0.1) & (curve.x < 0.2)
        assert gap.any()
        assert np.isnan(curve.y[gap]).all()
        assert np.isnan(curve.slope[gap]).all()
    assert curves[0].minimum == (-1, pytest.approx(-math.tanh(1)))


def test_a_view_in_a_gap_is_refused() -> None:
    formulas = [actx.formula("tanh")], actx.formula("sign(x)")
    with pytest.raises(DomainError, match="no stretch in common"):
        sample(*formulas, parse_domain("-1:-0.5,0.5:1"), Domain(-0.4, 0.4), {})


# --- the command ---


def test_compare_as_a_process() -> None:
    document = run_json("compare", "tanh", "sign(x)", "--domain", AWAY)
    assert document["domain"] == [[-1.0, -0.01], [0.01, 1.0]]
    assert document["rows"][0]["max_error"]["value"] == pytest.approx(1 - math.tanh(0.01))
    done = run("compare", "tanh", "sign(x)", "--domain", AWAY)
    assert "on -1 ≤ x ≤ -0.01 or 0.01 ≤ x ≤ 1" in done.stdout


def test_other_commands_as_processes(tmp_path: Path) -> None:
    assert run_json("kinks", "relu", "--domain", ":-1,1:")["domain"] == [["-inf", -1], [1, "inf"]]
    assert run_json("show", "tanh", "--domain", AWAY)["domain"] == [[-1.0, -0.01], [0.01, 1.0]]
    morph = run_json("morph", "relu", "tanh", "--steps", "2", "--domain", AWAY)
    assert morph["domain"] == [[-1.0, -0.01], [0.01, 1.0]]
    assert run("prove", "abs(x) > 0", "--domain", AWAY).returncode == 0
    picture, page = tmp_path / "curves.svg", tmp_path / "page.html"
    words = ("tanh", "--target", "sign(x)", "--domain", AWAY)
    assert run("plot", *words, "-o", str(picture)).returncode == 0
    assert run("report", "tanh", "sign(x)", "--domain", AWAY, "-o", str(page)).returncode == 0
    assert picture.stat().st_size > 0
    assert "or 0.01 ≤ x ≤ 1" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("show", "tanh", "--domain", "1:2,2:3"), "'1:2,2:3': The interval 2:3 touches 1:2"),
        (("compare", "tanh", "mish", "--domain", "1:2,0:0.5"), "written from left to right"),
        (("search", "--domain", AWAY), f"A search takes one interval, not the 2 of {AWAY}"),
        (("plot", "tanh", "-o", "x.png", "--view", AWAY), "--view takes one interval"),
        (("fit", "a*x", "--bound", f"a={AWAY}"), "NAME=LO:HI"),
    ],
)
def test_bad_input_is_one_paragraph(words: tuple[str, ...], told: str) -> None:
    message = refused(*words)
    assert told in message
    assert message.count("\n") == 1


def test_gaps_lie_between_the_intervals() -> None:
    domain = parse_domain("-3:-2,-1:1,2:3")
    assert domain.gaps == tuple((a.hi, b.lo) for a, b in pairwise(domain.parts))
