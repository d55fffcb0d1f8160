"""Best tables: closed forms, linear programs over grids of knots, errors by mpmath."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy.optimize import linprog

import actx
from actx.core.domain import Domain
from actx.core.errors import ActxError
from actx.fitting.tables.function import Function


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("formula", "domain", "degree", "least"),
    [
        ("exp(x)", "-8:0", 0, lambda n: (1 - math.exp(-8)) / (2 * n)),
        ("x^2", "0:1", 1, lambda n: 1 / (8 * n * n)),
        ("x^3", "0:1", 2, lambda n: 1 / (32 * n**3)),
        ("x^4", "-1:1", 3, lambda n: (2 / n) ** 4 / 128),
    ],
)
@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_the_best_places_have_the_least_error_in_closed_form(
    formula: str, domain: str, degree: int, least: Callable[[int], float], count: int
) -> None:
    """Monotone functions by constants; powers by pieces of one degree less, which are equal."""
    found = actx.table(formula, count, domain=domain, degree=degree, smooth=-1, right="none")
    assert found.segments == count
    assert found.bound.lower <= least(count) * (1 + 1e-14)
    assert found.bound.upper >= least(count) * (1 - 1e-14)
    assert found.bound.gap < 1e-4


def fewest_by_programs(f: Callable[[Any], Any], lo: float, hi: float, error: float) -> int:
    """Lines end to end on samples, each as long as a linear program allows."""
    x = np.linspace(lo, hi, 601)
    y, count, start = f(x), 0, 0
    while start < x.size - 1:
        good, bad = start + 1, x.size
        while bad - good > 1:
            end = (good + bad) // 2
            rows = np.vander(x[start : end + 1], 2)
            found = linprog(
                [0, 0], A_ub=np.vstack([rows, -rows]), method="highs", bounds=[(None, None)] * 2,
                b_ub=np.concatenate([y[start : end + 1], -y[start : end + 1]]) + error,
            )  # fmt: skip
            good, bad = (end, bad) if found.status == 0 else (good, end)
        start, count = good, count + 1
    return count


@pytest.mark.parametrize("count", [3, 6])
def test_no_fewer_lines_reach_the_error_of_the_best_places(count: int) -> None:
    found = actx.table("tanh", count, domain="-4:4", smooth=-1)
    assert fewest_by_programs(np.tanh, -4, 4, found.bound.upper * 1.04) <= count
    assert fewest_by_programs(np.tanh, -4, 4, found.bound.lower * 0.95) > count


def least_joined(f: Callable[[Any], Any], knots: list[float]) -> float:
    """The least error of a broken line with given knots, on samples (HiGHS)."""
    x = np.union1d(np.linspace(knots[0], knots[-1], 201), knots)
    hats = np.stack([np.interp(x, knots, row) for row in np.eye(len(knots))], axis=1)
    ones = -np.ones((x.size, 1))
    found = linprog(
        [0.0] * len(knots) + [1.0], A_ub=np.block([[hats, ones], [-hats, ones]]), method="highs",
        b_ub=np.concatenate([f(x), -f(x)]), bounds=[(None, None)] * (len(knots) + 1),
    )  # fmt: skip
    return float(found.fun)


@pytest.mark.parametrize(
    ("formula", "f", "lo", "hi"),
    [("tanh", np.tanh, -1.0, 2.5), ("sin(x)", np.sin, -2.0, 3.0)],
)
def test_no_places_of_joined_lines_are_better(
    formula: str, f: Callable[[Any], Any], lo: float, hi: float
) -> None:
    """Lines that meet across an inflexion: no pair of knots on a grid is below the bound."""
    found = actx.table(formula, 3, domain=f"{lo}:{hi}", left="none", right="none")
    places = np.linspace(lo, hi, 26)[1:-1].tolist()
    on_grid = min(least_joined(f, [lo, *pair, hi]) for pair in combinations(places, 2))
    assert found.bound.lower <= on_grid
    assert found.bound.upper <= on_grid * (1 + 1e-3)
    at_knots = least_joined(f, list(found.knots))
    assert at_knots == pytest.approx(found.bound.upper, rel=2e-3)
    assert found.bound.gap < 1e-3


@pytest.mark.parametrize("knots", [[-3.0, -1.0, 0.5, 2.0], [-0.25, 0.0, 0.25]])
def test_what_no_entries_do_better_with_given_knots(knots: list[float]) -> None:
    found = actx.table("tanh", knots=knots, domain="-4:4")
    told = next(re.search(r"no entries do better than (\S+)", note) for note in found.notes)
    assert told is not None
    least = least_joined(np.tanh, [-4.0, *knots, 4.0])
    assert 0.8 * least < float(told[1]) <= least * (1 + 1e-3)  # samples see a little less
    assert found.bound.lower < float(told[1])


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "mish": lambda x: x * mpmath.tanh(mpmath.log1p(mpmath.exp(x))),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("formula", FUNCTIONS)
@pytest.mark.parametrize(("degree", "smooth"), [(1, 0), (1, -1), (2, 1), (3, -1)])
def test_the_error_that_is_told_is_that_of_the_entries(
    formula: str, degree: int, smooth: int
) -> None:
    found = actx.table(formula, 9, domain="-6:5", degree=degree, smooth=smooth)
    worst, rise = 0.0, []
    with mpmath.workdps(25):
        for k, row in enumerate(found.coefficients):
            lo, hi = found.knots[k : k + 2]
            for part in np.linspace(0, 1, 41).tolist():
                u = part * (hi - lo)
                value = sum(mpmath.mpf(c) * u**n for n, c in enumerate(row))
                rise.append(float(value - FUNCTIONS[formula](mpmath.mpf(lo) + u)))
    worst = max(map(abs, rise))
    assert worst <= found.bound.upper * (1 + 1e-12)
    assert worst >= found.bound.upper * 0.98
    assert found.max_error.proven
    assert 0 < found.bound.lower <= found.bound.upper


def test_sixteen_lines_for_mish() -> None:
    """A value that other people's search on a grid came near to: 0.0024523."""
    found = actx.table("mish", 16, domain="-8:8", smooth=-1)
    assert found.bound.lower == pytest.approx(0.0024509, abs=5e-8)
    assert found.bound.upper < 0.0024523


def test_the_error_counts_beyond_the_domain() -> None:
    """Far to the left mish rises from mish(-8) to 0, where a constant is in the middle."""
    found = actx.table("mish", 64, domain="-8:8")
    with mpmath.workdps(30):
        half = -FUNCTIONS["mish"](mpmath.mpf(-8)) / 2
    lo, hi = found.max_error.enclosure or (math.nan, math.nan)
    assert lo <= half <= hi
    assert hi - lo < 1e-12
    assert found.bound.upper < 2e-4
    assert found.ends[1] == "x"
    assert any("beyond the domain" in note for note in found.notes)


def test_the_fewest_pieces_for_an_error() -> None:
    for error in (0.1, 0.01, 0.0031):
        found = actx.table("exp(x)", error=error, domain="-8:0", degree=0)
        assert found.segments == math.ceil((1 - math.exp(-8)) / (2 * error))
        assert found.bound.upper <= error


@pytest.mark.parametrize("error", [3e-2, 1.7e-3, 4.1e-4])
def test_the_error_that_is_asked_for_is_reached(error: float) -> None:
    """And lines that meet prove that one piece less does not."""
    found = actx.table("gelu", error=error, domain="-5:4")
    assert found.bound.upper <= error
    assert actx.table("gelu", found.segments - 1, domain="-5:4").bound.lower > error


def test_an_error_below_what_entries_can_hold_is_refused() -> None:
    with pytest.raises(ActxError, match="rounded too coarsely"):
        actx.table("tanh", error=1e-3, domain="-4:4", round="q1.6")


def test_stored_entries_are_those_that_count() -> None:
    found = actx.table("tanh", 12, domain="-4:4", round="q1.15", grid="q4.4")
    assert found.values is not None
    assert all((v * 2**15).is_integer() for v in found.values)
    assert all((k * 16).is_integer() for k in found.knots)
    x = np.linspace(-4, 4, 100_001)
    error = float(np.max(np.abs(np.interp(x, found.knots, found.values) - np.tanh(x))))
    assert error <= found.bound.upper * (1 + 1e-12)
    assert error >= found.bound.upper * 0.999
    free = actx.table("tanh", 12, domain="-4:4")
    assert free.bound.upper < found.bound.upper


def test_given_knots_are_kept() -> None:
    found = actx.table("tanh", domain="-4:4", knots=[-1.5, -0.5, 0.5, 1.5])
    assert found.knots == (-4.0, -1.5, -0.5, 0.5, 1.5, 4.0)
    assert found.bound.upper == pytest.approx(least_joined(np.tanh, list(found.knots)), rel=1e-2)


def partitions(lo: Fraction, hi: Fraction, count: int) -> list[list[Fraction]]:
    """All ways to halve an interval, and then halves, into so many pieces."""
    if count == 1:
        return [[lo, hi]]
    middle = (lo + hi) / 2
    return [
        [*left, *right[1:]]
        for k in range(1, count)
        for left in partitions(lo, middle, k)
        for right in partitions(middle, hi, count - k)
    ]


def test_no_other_halving_is_better() -> None:
    found = actx.table("exp(x)", 5, domain="-4:0", knots="powers", smooth=-1)
    x = np.linspace(-4, 0, 1001)
    assert all((Fraction(k) * 64).denominator == 1 for k in found.knots)

    def least(lo: float, hi: float) -> float:
        """Of a line for a convex function: half the largest distance from its chord."""
        here = x[(x >= lo) & (x <= hi)]
        chord = math.exp(lo) + (math.exp(hi) - math.exp(lo)) * (here - lo) / (hi - lo)
        return float(np.max(chord - np.exp(here))) / 2

    ways = partitions(Fraction(-4), Fraction(0), 5)
    best = min(max(least(float(a), float(b)) for a, b in pairwise(way)) for way in ways)
    assert found.bound.upper == pytest.approx(best, rel=1e-3)


@pytest.mark.parametrize(("degree", "smooth"), [(0, -1), (1, 0), (1, -1), (2, 1), (3, -1)])
def test_the_text_reads_back_with_the_error_that_is_told(degree: int, smooth: int) -> None:
    found = actx.table("mish", 5, domain="-4:4", degree=degree, smooth=smooth)
    row = actx.compare(found.text, "mish").rows[0]
    told, read = found.max_error.enclosure, row.max_error.enclosure
    assert told is not None
    assert read is not None
    assert max(told[0], read[0]) <= min(told[1], read[1]) * (1 + 1e-12)


def test_continuity_is_proven_or_not_said() -> None:
    """Where pieces part, a bound needs the function's value to be its limit as well."""
    whole = Domain(-2.0, 2.0)
    for text, continuous in (
        ("max(x, 0)", True), ("x*clip(x + 1, 0, 1)", True), ("x + 1e-9*sign(x)", False),
        ("x if x < 0 else (1e-9 if x == 0 else x^2)", False), ("1e-9 if x > 0 else x^2", False),
    ):  # fmt: skip
        function = Function(actx.formula(text).bound, whole)
        assert function.continuous_at(Fraction(0)) is continuous, text
        assert function.continuous_at(Fraction(1, 3))


def test_no_bound_rests_on_a_jump() -> None:
    """A step at 0 of two ten millionths: separate pieces may part there, and do."""
    found = actx.table(
        "abs(x) + 1e-7*sign(x)", 2, domain="-1:1", smooth=-1, left="none", right="none"
    )
    assert found.bound.lower == 0 or found.bound.lower <= 1e-15
    assert actx.table("abs(x) + x", 2, domain="-1:1", smooth=-1, right="none").bound.upper < 1e-9


def test_a_table_is_a_formula() -> None:
    """Its text reads back as the same function, ends and all."""
    found = actx.table("sigmoid", 10, domain="-6:6", round="q1.15")
    row = actx.compare(found.text, "sigmoid").rows[0]
    lo, hi = found.max_error.enclosure or (0.0, 0.0)
    assert row.max_error.value == pytest.approx(hi, rel=1e-9)
    assert lo <= hi
    assert Fraction(found.knots[0]) == -6


def test_data_give_the_range_and_errors_over_them() -> None:
    inputs = np.random.default_rng(3).normal(0.4, 1.3, 5000)
    found = actx.table("gelu", 8, data=inputs, right="none", norm="max")
    assert found.domain == (inputs.min(), inputs.max())
    assert found.values is not None
    truth = np.array([float(v * mpmath.ncdf(v)) for v in inputs.tolist()])
    sizes = np.abs(np.interp(inputs, found.knots, found.values) - truth)
    assert found.data is not None
    assert found.data.count == 5000
    assert found.data.max == pytest.approx(float(sizes.max()), rel=1e-9)
    assert found.data.rms == pytest.approx(float(np.sqrt(np.mean(sizes**2))), rel=1e-9)
    assert found.data.max <= found.bound.upper
    wider = actx.table("gelu", 8, domain="-8:8")
    assert found.bound.upper < wider.bound.upper


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"segments": 4, "domain": "-inf:4"}, "finite"),
        ({"segments": 0, "domain": "-4:4"}, "1 to 4096 segments"),
        ({"domain": "-4:4"}, "one of three"),
        ({"segments": 4, "error": 0.1, "domain": "-4:4"}, "one of three"),
        ({"error": -1.0, "domain": "-4:4"}, "above 0"),
        ({"segments": 4, "domain": "-4:4", "degree": 4}, "0 to 3"),
        ({"segments": 4, "domain": "-4:4", "smooth": 1}, "smoothness 1"),
        ({"knots": [1.0, -1.0], "domain": "-4:4"}, "rising order"),
        ({"knots": [1.0, 5.0], "domain": "-4:4"}, "outside"),
        ({"knots": [1.0, math.nan], "domain": "-4:4"}, "nan"),
        ({"segments": 4, "domain": "-4:4", "left": "flat"}, "auto, none, constant, line"),
    ],
)
def test_what_no_table_can_be_is_said(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(ActxError, match=told):
        actx.table("tanh", **asked)


@pytest.mark.parametrize(
    ("formula", "domain", "told"),
    [
        ("log(x)", "-1:1", "no real value"),
        ("1/x", "-1:1", "value|jump"),
        ("sign(x)", "-1:1", "jumps at 0"),
    ],
)
def test_a_function_without_a_table_is_refused(formula: str, domain: str, told: str) -> None:
    with pytest.raises(ActxError, match=told):
        actx.table(formula, 4, domain=domain)


@pytest.mark.parametrize("right", ["x", "x - 2x*exp(-2x)"])
def test_formulas_hold_beyond_the_ends(right: str) -> None:
    found = actx.table("mish", 8, domain="-8:4", left="0", right=right)
    f = actx.formula("mish")
    x = np.concatenate([np.linspace(-60, -8, 20000)[:-1], np.linspace(4, 60, 20000)[1:]])
    beyond = np.where(x < 0, 0.0, actx.formula(right)(x))
    assert np.array_equal(found.of_x(x), beyond)
    off = np.abs(found.of_x(x) - f(x)).max()
    assert found.max_error.value >= off
    whole = actx.compare(found.text, "mish").rows[0].max_error.value
    assert found.max_error.value == pytest.approx(whole, rel=1e-6)
    assert found.ends[0] == "0"


@pytest.mark.parametrize(
    ("right", "told"), [("up", "or a formula"), ("0", "tends to it"), ("log(-x)", "cannot be told")]
)
def test_formulas_that_cannot_hold_beyond_an_end(right: str, told: str) -> None:
    with pytest.raises(ActxError, match=told):
        actx.table("mish", 8, right=right)


@pytest.mark.parametrize(("target", "domain"), [("tanh", "-4:4"), ("x + 1e-3*x^3", "-1:1")])
def test_one_line_may_be_as_good_as_two(target: str, domain: str) -> None:
    """Of an odd function the best line is the best of two that meet; Chebyshev's of tanh is."""
    found = actx.table(target, 2, domain=domain)
    assert found.segments == 1
    alone = actx.table(target, 1, domain=domain)
    assert found.bound.upper == pytest.approx(alone.bound.upper, rel=1e-3)
    assert str(alone).startswith(f"{alone.name} by 1 line on ")
    assert found.bound.lower > 0.99 * found.bound.upper


def test_a_tail_without_a_line_ends_the_table() -> None:
    """asinh(2x - e^x) is like asinh(2x) on the left, which falls like a logarithm."""
    made = actx.table("asinh(2x - exp(x))", segments=8, domain="0:1")
    x = np.linspace(0, 1, 4001)
    inside = x[x < 1]  # where the line on the right begins
    error = np.abs(actx.formula(made.text)(inside) - np.arcsinh(2 * inside - np.exp(inside))).max()
    assert error == pytest.approx(0.001202104, rel=1e-4)


def test_values_near_the_largest_number_are_refused() -> None:
    with pytest.raises(ActxError, match="a value beyond 1e"):
        actx.table("1.7e308*(x - 1)", segments=2, domain="0:1")
