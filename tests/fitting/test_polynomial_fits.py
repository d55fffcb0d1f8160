"""Best polynomials against an exchange at 60 digits, closed forms, and what the theory demands."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from best_fits import (
    FORMULAS,
    REFERENCES,
    assert_sound,
    domain_of,
    exactly,
    fit_polynomial,
    largest,
    tree,
    turns,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from actx.core.domain import Domain
from actx.core.errors import FitError
from actx.fitting.forms.best import BestFit, Condition

CASES = [(name, int(d)) for name, case in REFERENCES.items() for d in case["polynomials"]]
ALWAYS = (*range(2, 11), 15, 20)  # the others are run by hand
OFTEN = (3, 10, 20)  # degrees at which everything is looked at


def fit(text: str, lo: float, hi: float, degree: int, **options: object) -> BestFit:
    return fit_polynomial(tree(text), Domain(lo, hi), degree, **options)  # type: ignore[arg-type]


# --- against references ---


@pytest.mark.parametrize(
    ("name", "degree"),
    [pytest.param(*c, marks=() if c[1] in ALWAYS else pytest.mark.long) for c in CASES],
)
def test_the_error_is_that_of_an_exchange_at_60_digits(name: str, degree: int) -> None:
    found = fit_polynomial(tree(FORMULAS[name]), domain_of(name), degree)
    expected = float(REFERENCES[name]["polynomials"][str(degree)])
    assert found.optimal
    assert found.error == pytest.approx(expected, rel=1e-9)
    assert found.least <= expected * (1 + 1e-15)
    assert found.enclosure is not None
    assert found.enclosure[1] >= expected * (1 - 1e-15)
    assert turns(found) >= degree + 2


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("name", "degree"), [c for c in CASES if c[1] in OFTEN])
def test_what_is_claimed_holds(name: str, degree: int) -> None:
    target = tree(FORMULAS[name])
    assert_sound(fit_polynomial(target, domain_of(name), degree), target)


@pytest.mark.parametrize("degree", range(1, 8))
def test_a_monomial_is_approximated_by_chebyshev(degree: int) -> None:
    found = fit(f"x^{degree + 1}", -1, 1, degree)
    assert found.error == pytest.approx(2.0**-degree, rel=1e-9)
    assert found.optimal


def test_pole_beside_the_interval() -> None:
    """The error for 1/(x - a) is (a - sqrt(a²-1))^n/(a²-1) (Bernstein)."""
    a = 1.25
    for degree in (1, 4, 9):
        expected = (a - math.sqrt(a * a - 1)) ** degree / (a * a - 1)
        assert fit(f"1/(x - {a})", -1, 1, degree).error == pytest.approx(expected, rel=1e-9)


# --- special targets ---


@pytest.mark.parametrize("text", ["3", "x", "2x - 1", "(x - 1)^3", "x^3/7 - x/3"])
@pytest.mark.parametrize("degree", [3, 6])
def test_a_polynomial_is_found_itself(text: str, degree: int) -> None:
    found = fit(text, -1.5, 2, degree)
    assert (found.error, found.enclosure, found.optimal) == (0.0, (0.0, 0.0), True)
    for x in (Fraction(-3, 2), Fraction(1, 3), Fraction(2)):
        expected = eval_exactly(text, x)
        part = found.parts[0]
        assert exactly(part.numerator, x - part.centre) == expected


def eval_exactly(text: str, x: Fraction) -> Fraction:
    values = {
        "3": Fraction(3), "x": x, "2x - 1": 2 * x - 1, "(x - 1)^3": (x - 1) ** 3,
        "x^3/7 - x/3": x**3 / 7 - x / 3,
    }  # fmt: skip
    return values[text]


def test_an_identity_that_is_not_recognised_is_not_claimed() -> None:
    found = fit("sin(x)^2 + cos(x)^2", -1, 1, 2)
    assert found.enclosure is not None
    assert found.enclosure[1] < 1e-49
    assert tree(found.text) is found.formula
    assert "as far as can be told" in found.certificate or found.optimal


@pytest.mark.parametrize(
    ("text", "degree", "points"),
    [("abs(x)", 2, 5), ("abs(x)", 3, 5), ("cos(x)", 3, 5), ("sin(x)", 5, 8)],
)
def test_even_and_odd_targets(text: str, degree: int, points: int) -> None:
    found = fit(text, -1, 1, degree)
    assert found.optimal
    assert turns(found) == points
    kept = 0 if text != "sin(x)" else 1
    assert all(c == 0 for k, c in enumerate(found.parts[0].numerator) if k % 2 != kept)


def test_degree_0_is_the_middle() -> None:
    found = fit("exp(x)", -1, 1, 0)
    assert found.error == pytest.approx(math.sinh(1), rel=1e-9)
    assert float(found.parts[0].numerator[0]) == pytest.approx(math.cosh(1), rel=1e-9)


@pytest.mark.parametrize(("lo", "hi"), [(0.0, 1e-6), (0.1, 0.3), (-1e-3, 2e-3), (1e4, 1e4 + 1)])
def test_small_and_far_intervals(lo: float, hi: float) -> None:
    target = tree("exp(x/10000)")
    found = fit_polynomial(target, Domain(lo, hi), 2)
    # f'''(ξ)·(half width)³/(3!·4) with ξ in the interval
    expected = 1e-12 * math.exp(lo / 1e4) * ((hi - lo) / 2) ** 3 / 24
    assert found.error == pytest.approx(expected, rel=1e-3)
    assert_sound(found, target)


def test_a_jump_costs_half_of_it() -> None:
    found = fit("sign(x)", -1, 1, 5)
    assert found.error == pytest.approx(1.0, rel=1e-9)
    assert found.optimal


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 6, 15])
def test_a_jump_where_no_float_is(degree: int) -> None:
    found = fit("sign(3x - 1)", -1, 2, degree)
    assert found.error == pytest.approx(1.0, rel=1e-9)
    assert found.optimal


def test_a_value_at_a_single_place_counts() -> None:
    """No polynomial is less than 2.5 off both 5 at 1/3 and the zeros beside it."""
    found = fit("0 if x < 1/3 else (5 if x <= 1/3 else 0)", -1, 2, 2)
    assert found.enclosure is not None
    assert found.least <= 2.5 <= found.enclosure[1] <= 2.5 + 1e-8
    assert found.optimal
    assert "itself" not in found.certificate


def test_of_a_stretch_on_which_the_error_is_level_one_place_is_told() -> None:
    found = fit("relu", -1, 1, 0)
    assert [(a.x <= 0, round(a.error, 9)) for a in found.alternation if a.x != 0] == [
        (True, 0.5),
        (False, -0.5),
    ]


def test_breakpoints_that_are_not_rational() -> None:
    target = tree("max(x, exp(x) - 1.5)")
    assert_sound(fit_polynomial(target, Domain(-1, 2), 6), target)


def test_a_fit_is_proven_where_the_slope_is_infinite_at_an_end() -> None:
    """sqrt on [0, 1] is |x| on [-1, 1] in x²: the errors of degree n and 2n are the same."""
    found = fit("sqrt(x)", 0, 1, 5)
    least = float(REFERENCES["abs"]["polynomials"]["10"])
    assert found.error == pytest.approx(least, rel=1e-9)
    assert found.optimal
    assert found.enclosure is not None
    assert found.enclosure[0] <= least * (1 + 1e-9)
    assert least <= found.enclosure[1] * (1 + 1e-12)


# --- weights ---


def test_relative_error() -> None:
    target, weight = tree("exp(x)"), tree("1/abs(exp(x))")
    found = fit_polynomial(target, Domain(-1, 1), 5, weight)
    assert_sound(found, target, weight)
    assert turns(found) == 7
    assert found.error < largest(fit("exp(x)", -1, 1, 5), target, weight=weight)


def test_a_weight_by_values() -> None:
    target, weight = tree("mish"), tree("exp(-x^2/2)")
    found = fit_polynomial(target, Domain(-3, 3), 6, weight)
    assert_sound(found, target, weight)
    assert turns(found) == 8


# --- conditions ---


def test_conditions_hold_exactly() -> None:
    conditions = [
        Condition(Fraction(0), 0, Fraction(0)),
        Condition(Fraction(0), 1, Fraction(3, 5)),
        Condition(Fraction(4), 0, Fraction(4)),
    ]
    found = fit("mish", -4, 4, 5, conditions=conditions)
    part = found.parts[0]
    assert exactly(part.numerator, -part.centre) == 0
    assert exactly(part.numerator, 4 - part.centre) == 4
    slope = [k * c for k, c in enumerate(part.numerator)][1:]
    assert exactly(slope, -part.centre) == Fraction(3, 5)
    assert_sound(found, tree("mish"))
    assert found.error > fit("mish", -4, 4, 5).error


def test_a_condition_that_the_best_one_meets_costs_nothing() -> None:
    free = fit("sin(x)", -1, 1, 3)
    bound = fit("sin(x)", -1, 1, 3, conditions=[Condition(Fraction(0), 0, Fraction(0))])
    assert bound.error == pytest.approx(free.error, rel=1e-9)


def test_conditions_that_leave_no_choice() -> None:
    conditions = [Condition(Fraction(x), 0, Fraction(x)) for x in (0, 1)]
    found = fit("x^2", 0, 1, 1, conditions=conditions)
    assert found.text == "x"
    assert found.error == pytest.approx(0.25, rel=1e-9)
    assert found.optimal


# --- what cannot be done ---


@pytest.mark.parametrize(
    ("text", "lo", "hi", "degree", "words"),
    [
        ("mish", -math.inf, 1, 3, "finite domain"),
        ("1/x", -1, 1, 3, "no finite value"),
        ("exp(x)", 0, 1e-6, 9, "lower degree"),
    ],
)
def test_impossible_requests_are_told(
    text: str, lo: float, hi: float, degree: int, words: str
) -> None:
    with pytest.raises(FitError, match=words):
        fit(text, lo, hi, degree)


def test_a_relative_error_across_a_zero_is_told() -> None:
    with pytest.raises(FitError, match="relative error"):
        fit("x", -1, 1, 2, weight=tree("1/abs(x)"))


def test_conditions_that_contradict_are_named() -> None:
    conditions = [Condition(Fraction(x), 0, Fraction(y)) for x, y in ((0, 0), (1, 1), (2, 3))]
    with pytest.raises(FitError, match=r"f\(0\) = 0; f\(1\) = 1; f\(2\) = 3"):
        fit("mish", -4, 4, 1, conditions=conditions)


# --- any target ---


@settings(max_examples=8, deadline=None)
@given(
    st.sampled_from(["tanh(a*x)", "softplus(a*x)", "relu(x - a/4)", "x*sigmoid(a*x)", "abs(x)^a"]),
    st.sampled_from([1, 2, 3]),
    st.sampled_from([-3.0, -1.0, -0.37]),
    st.integers(0, 8),
)
def test_optimal_for_any_target(text: str, a: int, lo: float, degree: int) -> None:
    target = tree(text.replace("a*", f"{a}*").replace("a/4", f"{a}/4").replace("^a", f"^{a}"))
    found = fit_polynomial(target, Domain(lo, 1.5), degree)
    assert found.optimal
    if found.error:
        assert turns(found) >= degree + 2
        assert largest(found, target, 100) <= found.error * (1 + 3e-10)
