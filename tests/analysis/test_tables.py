"""Tables of many knots: errors against brute force and closed forms, kinks and extrema exactly."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad

import actx
from actx.analysis.errors.stretches import integrals, largest
from actx.analysis.results import Kind
from actx.arithmetic.tables import Table
from actx.calculus.formula import Formula
from actx.calculus.proven import stretches
from actx.calculus.tabular import split, table_of
from actx.core.budget import Budget
from actx.language.syntax import parse
from actx.language.tree import X, lookup

Floats = NDArray[np.float64]


def broken_line(xs: Floats, ys: Floats) -> Formula:
    points = [
        (Fraction(repr(x)), Fraction(repr(y)))
        for x, y in zip(xs.tolist(), ys.tolist(), strict=True)
    ]
    return Formula("line", lookup(Table.broken_line(points), X))


def random_line(seed: int, count: int, about: Callable[[Floats], Floats], off: float) -> Formula:
    rng = np.random.default_rng(seed)
    xs = np.unique(np.round(rng.uniform(-5, 5, count), 3))
    return broken_line(xs, np.round(about(xs) + off * rng.normal(size=xs.size), 6))


TARGETS: dict[str, Callable[[Floats], Floats]] = {
    "tanh(x)": np.tanh,
    "x^2": lambda x: x * x,
    "exp(x)": np.exp,
    "x*sigmoid(x)": lambda x: x / (1 + np.exp(-x)),
    "max(x, 0)*exp(-x)": lambda x: np.maximum(x, 0) * np.exp(-x),
    "{-3: 1, 0.5: 2, 0.75: -1}": lambda x: np.interp(x, [-3, 0.5, 0.75], [1, 2, -1]),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("seed", [1, 2])
def test_errors_on_an_interval_against_dense_samples(target: str, seed: int) -> None:
    line = random_line(seed, 60, TARGETS[target], 0.1 if seed == 1 else 0.0)
    row = actx.compare(line, target, domain=(-4.5, 4.25)).rows[0]
    knots = [float(k) for k in table_of(line.bound).knots]  # type: ignore[union-attr]
    inner = [k for k in knots if -4.5 < k < 4.25]
    edges = np.unique([-4.5, *inner, 0.0, -3, 0.5, 0.75, 4.25])
    x = np.unique(np.concatenate([np.linspace(a, b, 2001) for a, b in pairwise(edges)]))
    e = line(x) - TARGETS[target](x)
    lo, hi = row.max_error.enclosure or (math.nan, math.nan)
    assert row.max_error.proven
    assert np.abs(e).max() <= hi + 1e-13
    assert lo == pytest.approx(hi, rel=1e-9)
    assert hi == pytest.approx(np.abs(e).max(), rel=1e-5)
    at = row.max_error.x_enclosure or (math.nan, math.nan)
    assert at[0] <= row.max_error.x <= at[1]
    assert abs(
        float(line(row.max_error.x) - TARGETS[target](np.float64(row.max_error.x)))
    ) >= lo * (1 - 1e-9)

    def integral(f: Callable[[float], float]) -> float:
        return math.fsum(quad(f, a, b, epsabs=1e-13, limit=200)[0] for a, b in pairwise(edges))

    def error(t: float) -> float:
        return float(line(t) - TARGETS[target](np.float64(t)))

    def density(t: float) -> float:
        return math.exp(-t * t / 2) / math.sqrt(2 * math.pi)

    wanted = {
        "l1": integral(lambda t: abs(error(t))),
        "l2": math.sqrt(integral(lambda t: error(t) ** 2)),
        "gauss": math.sqrt(integral(lambda t: error(t) ** 2 * density(t))),
    }
    for name, value in wanted.items():
        low, high = row.norms[name].enclosure or (math.nan, math.nan)
        assert low * (1 - 1e-5) <= value <= high * (1 + 1e-5), name
        assert high - low <= 1e-8 * high, name
    assert row.integral is not None
    assert row.integral.error == pytest.approx(integral(error), abs=1e-9)
    slope = np.abs(np.diff(e) / np.diff(x)).max()
    assert row.max_slope_error.value >= slope - 1e-6
    assert row.max_slope_error.value == pytest.approx(slope, rel=1e-2)


def test_a_chord_of_the_square_errs_by_a_quarter_of_its_width_squared() -> None:
    xs = np.cumsum(np.random.default_rng(3).integers(1, 9, 400)) / 64.0 - 12
    line = broken_line(xs, xs * xs)
    row = actx.compare(line, "x^2", domain=(float(xs[0]), float(xs[-1]))).rows[0]
    widths = np.diff(xs)
    lo, hi = row.max_error.enclosure or (0, 0)
    assert lo <= (widths**2 / 4).max() <= hi <= lo * (1 + 1e-12)
    assert row.norms["l1"].enclosure[0] <= math.fsum(widths**3 / 6) <= row.norms["l1"].enclosure[1]  # type: ignore[index]
    squares = math.fsum(widths**5 / 30)
    assert row.l2_error**2 == pytest.approx(squares, rel=1e-11)
    assert row.max_slope_error.value == pytest.approx(widths.max(), rel=1e-12)


@pytest.mark.parametrize("target", ["tanh", "mish"])
def test_the_same_as_piece_by_piece(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the whole line, tails included, both ways of telling errors agree."""
    from actx.analysis.tables import errors as table_errors

    xs = np.linspace(-3, 3, 31)
    ys = np.round(actx.formula(target)(xs), 4)
    ends = ", ".join(f"{x:g}: {y:g}" for x, y in zip(xs, ys, strict=True))
    text = "{" + ends + "}" + (" + max(x - 3, 0)" if target == "mish" else "")
    fast = actx.compare(text, target, budget=20).rows[0]
    monkeypatch.setattr(table_errors, "MANY", 1000)
    slow = actx.compare(text, target, budget=20).rows[0]
    assert fast.max_error.value == pytest.approx(slow.max_error.value, rel=1e-12)
    for norm, size in slow.norms.items():
        assert fast.norms[norm].error == pytest.approx(size.error, rel=1e-9)
    assert fast.max_slope_error.value == pytest.approx(slow.max_slope_error.value, rel=1e-11)
    assert [(k.x, k.order) for k in fast.kinks] == [(k.x, k.order) for k in slow.kinks]


def test_the_kinks_are_exact() -> None:
    rng = np.random.default_rng(8)
    heights = [Fraction(int(n), 8) for n in rng.integers(-40, 40, 900)]
    points = [(Fraction(n, 3), y) for n, y in enumerate(heights)]
    line = Formula("line", lookup(Table.broken_line(points), X))
    report = actx.kinks(line)
    slopes = [Fraction(0), *((v - y) * 3 for y, v in pairwise(heights)), Fraction(0)]
    wanted = [
        (float(Fraction(n, 3)), float(b - a)) for n, (a, b) in enumerate(pairwise(slopes)) if a != b
    ]
    assert [(k.x, k.jump) for k in report.kinks] == wanted
    assert all(k.proven and k.order == 1 for k in report.kinks)
    assert report.smoothness == "C0"


def test_the_least_value_and_where() -> None:
    xs = np.linspace(-6, 6, 200)
    ys = np.round(np.abs(xs - 1.1) + 0.25, 3)
    ys[50] = ys[120] = -2.5
    row = actx.compare(broken_line(xs, ys), "x^2", domain=(-6, 6)).rows[0]
    assert (row.minimum.x, row.minimum.y) == (xs[50], -2.5)
    assert row.minimum.kind is Kind.KINK
    assert row.minimum.ties == (xs[120],)
    assert row.minimum.proven


def test_a_table_of_parabolas() -> None:
    """e of the interpolating parabolas is that of the cubic term alone: h³/(72√3) at its turn."""
    knots = [Fraction(n, 8) for n in range(-40, 41)]
    rows = [
        [x**3, 3 * x * x - Fraction(1, 128), 3 * x + Fraction(3, 16)] for x in knots
    ]  # through both ends and the middle
    table = Table(knots, [[knots[0] ** 3], *rows])
    row = actx.compare(Formula("t", lookup(table, X)), "x^3", domain=(-5, 5)).rows[0]
    assert row.max_error.value == pytest.approx((1 / 8) ** 3 / (12 * math.sqrt(3)), rel=1e-12)
    assert row.max_error.proven


SAME = [
    "x*relu6(x+3)/6", "abs(x-1)+max(x,2)", "{0:0,1:2}(1-2x)", "x^2 if x<1 else 2x-1",
    "x if x<-1 else (2 if x<1 else x^2)", "clip(abs(x)-2,-1,1)*x", "relu(2x-relu(x-1))-3",
    "x if x >= 1 else 2x-1", "min(x,2x,1/3)", "-(x/3)^3 - square(x)",
]  # fmt: skip


@pytest.mark.parametrize("text", SAME)
def test_what_is_a_table_in_other_words(text: str) -> None:
    table = table_of(parse(text))
    assert table is not None
    xs = np.linspace(-7, 7, 4001)
    np.testing.assert_allclose(table(xs), actx.formula(text)(xs), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("text", ["-1 if x <= 0 else x", "tanh(x)", "1/x", "max(x^2, x)", "a*x"])
def test_what_is_none(text: str) -> None:
    assert table_of(parse(text)) is None


def test_a_sum_of_hinges_grows_with_their_number() -> None:
    """The same rational operations for each hinge, however many there are."""

    def count(hinges: int) -> int:
        tree = parse(" + ".join(f"{n % 5 + 1}*relu(x - {n}/7)" for n in range(hinges)))
        made = split(tree)
        assert made is not None
        return len(made[0].knots)

    assert [count(n) for n in (30, 60, 120)] == [30, 60, 120]


def test_the_work_grows_with_the_knots(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    taylor = stretches.taylor

    def counting(*given: object) -> object:
        nonlocal calls
        calls += 1
        return taylor(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(stretches, "taylor", counting)
    found: list[int] = []
    for count in (1025, 2049, 4097):
        calls = 0
        xs = np.linspace(-8, 8, count)
        table = table_of(broken_line(xs, np.round(np.tanh(xs), 9)).bound)
        assert table is not None
        part = (Fraction(-8), Fraction(8), parse("-tanh(x)"))
        made = stretches.differences(table, [part], Budget(60))
        assert made is not None
        top = largest(made)
        assert top.enclosure[1] <= 0.7699 * (16 / (count - 1)) ** 2 / 8 + 1e-9
        assert integrals(made).size[0] > 0
        found.append(calls)
    assert found[2] < 1.1 * 2 * found[1] < 1.2 * 4 * found[0]
