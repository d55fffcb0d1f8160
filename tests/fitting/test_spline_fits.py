"""Best piecewise polynomials against linear programs over B-splines, closed forms and theory."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from best_fits import assert_sound, exactly, fit_polynomial, tree
from scipy.interpolate import BSpline
from scipy.optimize import linprog

import actx
from actx.core.domain import Domain
from actx.core.errors import FitError
from actx.fitting.forms.best import BestFit, Condition
from actx.fitting.forms.splines import fit_spline, place_knots


def fit(
    text: str, lo: float, hi: float, degree: int, knots: list[float], smoothness: int = 1,
    left: str = "", right: str = "", **options: object,
) -> BestFit:  # fmt: skip
    return fit_spline(
        tree(text), Domain(lo, hi), degree, knots, smoothness,
        tree(left) if left else None, tree(right) if right else None, **options,  # type: ignore[arg-type]
    )  # fmt: skip


_BREAKS = {"mish": [], "gelu": [], "relu": [0.0], "hard-mish": [-3.0, 2.0]}


def by_bsplines(
    text: str, lo: float, hi: float, degree: int, knots: list[float], smooth: int, *, ends: bool
) -> float:
    """The least error on 3000 points, by a linear program over B-splines."""
    inner = np.repeat(knots, degree - smooth)
    all_knots = np.concatenate([[lo] * (degree + 1), inner, [hi] * (degree + 1)])
    x = lo + (hi - lo) * (1 - np.cos(np.linspace(0, np.pi, 3000))) / 2
    x = np.clip(np.union1d(x, [*knots, *_BREAKS[text]]), lo, hi)
    table = BSpline.design_matrix(x, all_knots, degree).toarray()
    f = actx.formula(text)(x)
    one = np.ones((x.size, 1))
    equal, values = None, None
    if ends:  # 0 on the left and x on the right, with slopes
        count = table.shape[1]
        basis = BSpline(all_knots, np.eye(count), degree)
        equal = np.column_stack(
            [
                [basis(lo), basis.derivative()(lo), basis(hi), basis.derivative()(hi)],
                np.zeros(4),
            ]
        )
        values = [0.0, 0.0, hi, 1.0]
    solved = linprog(
        [*np.zeros(table.shape[1]), 1.0],
        A_ub=np.block([[table, -one], [-table, -one]]), b_ub=np.concatenate([f, -f]),
        A_eq=equal, b_eq=values, bounds=[(None, None)] * table.shape[1] + [(0, None)],
    )  # fmt: skip
    assert solved.status == 0
    return float(solved.x[-1])


CASES = [
    ("mish", -4, 4, 3, [0.0], 1), ("mish", -4, 4, 2, [-2.0, 0.0, 2.0], 1),
    ("mish", -4, 4, 3, [-2.0, 0.0, 2.0], 2), ("mish", -4, 4, 1, [-3.0, -1.0, 0.0, 1.0], 0),
    ("gelu", -4, 4, 3, [-2.5, -1.0, 0.0, 1.0, 2.5], 1), ("relu", -1, 1, 3, [0.0], 1),
    ("hard-mish", -5, 5, 2, [-2.0, 1.0], 1),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_as_good_as_a_linear_program(case: tuple[str, float, float, int, list[float], int]) -> None:
    text, lo, hi, degree, knots, smooth = case
    found = fit(text, lo, hi, degree, knots, smooth)
    expected = by_bsplines(text, lo, hi, degree, knots, smooth, ends=False)
    assert found.optimal
    assert found.error == pytest.approx(expected, rel=2e-5)
    assert found.error >= expected * (1 - 1e-7)  # points are fewer than an interval
    assert_sound(found, tree(text))


@pytest.mark.parametrize("knots", [[-2.0, 0.0, 2.0], [-1.0], [-3.0, -2.0, -1.0, 0.0, 1.0]])
def test_saturated_as_good_as_a_linear_program(knots: list[float]) -> None:
    found = fit("mish", -5, 4, 3, knots, 1, "0", "x")
    expected = by_bsplines("mish", -5, 4, 3, knots, 1, ends=True)
    assert found.optimal
    assert found.error == pytest.approx(expected, rel=2e-5)
    assert_sound(found, tree("mish"))


def test_one_piece_is_a_polynomial() -> None:
    found = fit("mish", -3, 3, 4, [])
    expected = fit_polynomial(tree("mish"), Domain(-3, 3), 4)
    assert found.error == pytest.approx(expected.error, rel=1e-9)
    assert found.text == expected.text


def test_a_cubic_with_one_knot_fits_relu_by_a_closed_form() -> None:
    found = fit("relu", -1, 1, 3, [0.0], 1)
    assert found.error == pytest.approx(1 / 36, rel=1e-9)


# --- joins and conditions hold exactly ---


def derivative_of(coefficients: tuple[Fraction, ...], order: int) -> list[Fraction]:
    row = list(coefficients)
    for _ in range(order):
        row = [k * c for k, c in enumerate(row)][1:]
    return row


@pytest.mark.parametrize("smooth", [0, 1, 2])
def test_joins_are_exact(smooth: int) -> None:
    found = fit("mish", -4, 4, 3, [-1.3, 0.0, 0.7], smooth, "0" if smooth < 2 else "")
    for left, right, x in zip(found.parts, found.parts[1:], found.breaks, strict=False):
        for order in range(smooth + 1):
            a = exactly(derivative_of(left.numerator, order), x - left.centre)
            b = exactly(derivative_of(right.numerator, order), x - right.centre)
            assert a == b
    report = actx.kinks(found.text)
    if smooth < 2:
        assert report.smoothness == f"C{smooth}"


def test_saturation_is_smooth_on_the_whole_line() -> None:
    found = fit("mish", -4, 3, 3, [-2.0, 0.0], 1, "0", "x")
    assert actx.kinks(found.text).smoothness == "C1"
    assert found.text.startswith("0 if x <= -4 else ")
    assert found.text.endswith(" if x < 3 else x")
    formula = actx.formula(found.text)
    assert formula([-10.0, -4.0, 3.0, 7.0]).tolist() == pytest.approx([0, 0, 3, 7], abs=1e-12)


def test_a_side_whose_values_are_not_rational() -> None:
    found = fit("elu", -2, 2, 3, [0.5], 1, "exp(x) - 1", "x")
    whole = actx.formula(found.text)
    for order in (0, 1):
        slope = whole.derivative(order) if order else whole
        beside = slope([-2 - 1e-12, -2 + 1e-12])
        assert beside[0] == pytest.approx(beside[1], abs=1e-10)


def test_different_joins_at_different_knots() -> None:
    found = fit_spline(tree("mish"), Domain(-4, 4), 3, [-1, 1], (0, 2))
    kinks = {k.x: k.order for k in actx.kinks(found.text).kinks}
    assert kinks == {-1.0: 1, 1.0: 3}


def test_jumps() -> None:
    """Constants between knots: each is half of what the target spans on its piece."""
    found = fit("x^2", 0, 2, 0, [1.0], -1)
    assert found.error == pytest.approx(1.5, rel=1e-9)
    assert float(found.parts[0].numerator[0]) == pytest.approx(0.5, rel=1e-6)  # free, and small


def test_conditions_are_met() -> None:
    minimum = Fraction(-6, 5)
    conditions = [
        Condition(minimum, 1, Fraction(0)),
        Condition(minimum, 0, Fraction(-309, 1000)),
    ]
    found = fit("mish", -5, 0, 4, [-2.0], 1, "0", "x", conditions=conditions)
    part = found.parts[1]
    assert exactly(part.numerator, minimum - part.centre) == Fraction(-309, 1000)
    assert exactly(derivative_of(part.numerator, 1), minimum - part.centre) == 0
    shown = actx.show(found.text)
    assert shown.minimum.x == pytest.approx(-1.2, abs=1e-9)
    assert_sound(found, tree("mish"))


def test_a_condition_at_a_knot_is_met_from_both_sides() -> None:
    found = fit("mish", -2, 2, 2, [0.0], 0, conditions=[Condition(Fraction(0), 1, Fraction(1))])
    for part in found.parts:
        assert exactly(derivative_of(part.numerator, 1), -part.centre) == 1


@pytest.mark.parametrize(
    ("text", "domain", "degree", "knots", "smooth", "place"),
    [
        ("abs(x)", (-2.5, 1), 5, [-1.71, -1.25, -0.02, 0.44, 0.95], 1, Fraction(1, 10)),
        ("softplus(x)", (-3, 3.7), 8, [], 1, Fraction(0)),
        ("elu", (-3, 2), 5, [-1.61, -0.94, -0.92, -0.16, 0.6, 1.51], 2, Fraction(1, 10)),
        ("tanh(2*x)", (-1, 2), 5, [-0.72, -0.08, 1.73], 3, Fraction(0)),
    ],
)
def test_a_condition_may_decide_the_error_alone(
    text: str, domain: tuple[float, float], degree: int, knots: list[float], smooth: int,
    place: Fraction,
) -> None:  # fmt: skip
    """Where the value is to be 1, and nothing else asks for as much."""
    met = [Condition(place, 0, Fraction(1))]
    found = fit(text, *domain, degree, knots, smooth, conditions=met)
    assert found.error == pytest.approx(1 - actx.formula(text)(float(place)), rel=1e-9)
    assert found.optimal


def test_where_the_largest_error_leaves_a_piece_free_its_error_is_small() -> None:
    """The first piece decides the largest error; the last one is nearly as good as it can be."""
    found = fit("abs(x + 3)", -4, 4, 2, [-2.0, 2.0], 0)
    target, formula = actx.formula("abs(x + 3)"), actx.formula(found.text)
    x = np.linspace(2, 4, 50)
    assert np.max(np.abs(target(x) - formula(x))) < 1e-6 * found.error


def test_a_target_of_the_kind_is_found_itself() -> None:
    found = fit("hard-mish", -5, 5, 2, [-3.0, 2.0], 0)
    assert (found.error, found.optimal) == (0.0, True)


def test_a_weight() -> None:
    target, weight = tree("mish"), tree("exp(-x^2/2)")
    found = fit_spline(target, Domain(-3, 3), 3, [0], 1, weight=weight)
    assert found.optimal
    assert_sound(found, target, weight)


# --- knots that move ---


def test_better_knots_are_found() -> None:
    target = tree("mish")
    before = fit_spline(target, Domain(-4, 4), 2, [-2, 2], 1)
    domain, knots = place_knots(target, Domain(-4, 4), 2, [-2, 2], 1)
    after = fit_spline(target, domain, 2, knots, 1)
    assert domain == Domain(-4, 4)
    assert after.error < 0.8 * before.error
    assert place_knots(target, Domain(-4, 4), 2, [-2, 2], 1) == (domain, knots)


def test_the_kink_of_the_target_is_found() -> None:
    _, knots = place_knots(tree("relu(x - 0.3)"), Domain(-1, 1), 1, [0], 0)
    assert float(knots[0]) == pytest.approx(0.3, abs=2e-3)


def test_ends_move_to_where_the_outside_fits() -> None:
    target, left, right = tree("mish"), tree("0"), tree("x")
    domain, knots = place_knots(target, Domain(-4, 4), 3, [-1], 1, left, right, move_ends=True)
    found = fit_spline(target, domain, 3, knots, 1, left, right)
    whole = actx.compare(found.text, "mish").rows[0].max_error.value
    assert whole < fit("mish", -4, 4, 3, [-1], 1, "0", "x").error
    assert whole == pytest.approx(found.error, rel=0.05)


# --- what cannot be done ---


@pytest.mark.parametrize(
    ("degree", "knots", "smooth", "words"),
    [
        (3, [5.0], 1, "inside the domain"),
        (3, [-4.0], 1, "inside the domain"),
        (3, [1.0, 1.0], 1, "rising order"),
        (3, [1.0, 0.0], 1, "rising order"),
        (1, [0.0], 1, "smoothness from -1"),
        (0, [0.0], 0, "jumps"),
        (16, [0.0], 0, "degree"),
        (3, [x / 20 for x in range(41)], 0, "at most"),
    ],
)
def test_impossible_requests_are_told(
    degree: int, knots: list[float], smooth: int, words: str
) -> None:
    with pytest.raises(FitError, match=words):
        fit("mish", -4, 4, degree, knots, smooth)


def test_more_that_cannot_be_done() -> None:
    with pytest.raises(FitError, match="finite domain"):
        fit("mish", -math.inf, 4, 3, [0.0])
    with pytest.raises(FitError, match="as many smoothnesses"):
        fit_spline(tree("mish"), Domain(-4, 4), 3, [0, 1], (1,))
    with pytest.raises(FitError, match="meets all of"):
        fit("mish", -4, 3, 2, [], 1, "0", "x")
    with pytest.raises(FitError, match="no derivative of order 1"):
        fit("mish", 0, 4, 3, [1.0], 1, "sqrt(-x)")
