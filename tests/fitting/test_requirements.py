"""Requirements on fits hold by independent evaluation; certificates; coefficients on grids."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pytest
from mpmath import mp, mpf
from rigour import mp_value
from scipy.optimize import minimize_scalar

import actx
from actx.core.errors import FitError, UsageError
from actx.fitting.results import Fit, Optimality


def mish(x: np.ndarray) -> np.ndarray:
    return x * np.tanh(np.logaddexp(0, x))


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0, -x))


X = np.concatenate([np.linspace(-40, 40, 40_001), np.linspace(-3, 3, 6_001)])


@lru_cache(maxsize=64)
def fit(template: str, *require: str, norm: str = "max", domain: str | None = None) -> Fit:
    return actx.fit(template, require=require, norm=norm, domain=domain)


def at(result: Fit, x: float, order: int = 0) -> mpf:
    """A derivative of the fitted formula by mpmath, on 40 digits."""
    tree = actx.formula(result.formula).bound
    with mp.workdps(40):
        return (
            mp.diff(lambda v: mp_value(tree, v), mpf(x), order) if order else mp_value(tree, mpf(x))
        )


@pytest.mark.long
def test_values_and_slopes_at_points() -> None:
    result = fit("a*x*sigmoid(b*x + c)", "f'(0) = 0.6", "f(1) >= 0.9", domain="-5:5")
    assert float(at(result, 0, 1)) == pytest.approx(0.6, abs=1e-12)
    assert float(at(result, 1)) >= 0.9 - 1e-10
    assert result.certificate is not None


@pytest.mark.long
def test_the_place_of_the_minimum() -> None:
    result = fit("x*sigmoid(a*x + b)", "min at -1.2")
    lowest = actx.show(result.formula).minimum
    assert lowest.x == pytest.approx(-1.2, abs=1e-9)

    def largest(b: float) -> float:
        """With the minimum there, -1.2·a·(1 - s) = -1 with s = sigmoid(b - 1.2·a)."""
        low, high = 0.3, 60.0
        for _ in range(100):
            a = (low + high) / 2
            slope = 1 - 1.2 * a * (1 - float(sigmoid(np.float64(b - 1.2 * a))))
            low, high = (a, high) if slope > 0 else (low, a)
        return float(np.max(np.abs(X * sigmoid(a * X + b) - mish(X))))

    best = minimize_scalar(largest, bounds=(0.2, 1.0), method="bounded", options={"xatol": 1e-10})
    assert result.objective == pytest.approx(best.fun, rel=1e-5)
    assert result.objective <= best.fun * (1 + 1e-5)


def test_place_and_value_of_the_minimum() -> None:
    result = fit("x*sigmoid(a*x + b)", "min at -1", "min value -0.3")
    found = actx.show(result.formula).minimum
    assert found.x == pytest.approx(-1, abs=1e-8)
    assert found.y == pytest.approx(-0.3, abs=1e-12)
    # s = 0.3 and 1 = a (1 - s): a = 10/7
    assert result.parameters["a"] == pytest.approx(10 / 7, abs=1e-10)
    assert result.parameters["b"] == pytest.approx(10 / 7 + math.log(0.3 / 0.7), abs=1e-10)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("word", "order"), [("continuous", 0), ("smooth", 1), ("C1", 1)])
def test_joins_with_a_fitted_breakpoint(word: str, order: int) -> None:
    result = fit("a*x*exp(b*x) if x <= c else x", word)
    kinks = actx.kinks(result.formula, max_order=order).kinks
    assert all(abs(k.jump) < 1e-8 for k in kinks)


def test_continuity_ties_the_breakpoint() -> None:
    result = fit("a*x*sigmoid(b*x) if x <= c else x", "continuous")
    a, b, c = (result.parameters[n] for n in "abc")
    assert a * c / (1 + math.exp(-b * c)) == pytest.approx(c, abs=1e-9)
    free = fit("a*x*sigmoid(b*x) if x <= 0 else x", "smooth")
    assert result.objective <= free.objective
    assert free.parameters["a"] == pytest.approx(2, abs=1e-9)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("norm", ["max", "l2"])
def test_one_sided(norm: str) -> None:
    result = fit("x*sigmoid(a*x)", "f <= mish", norm=norm, domain="0:6")
    a = result.parameters["a"]
    x = np.linspace(0, 6, 60_001)
    error = x * sigmoid(a * x) - mish(x)
    assert error.max() <= 1e-9
    larger = x * sigmoid((a + 1e-4) * x) - mish(x)
    assert larger.max() > 1e-9  # as near as it may come


def test_the_identity_on_one_side() -> None:
    result = fit("a*x*sigmoid(b*x) if x <= c else x", "f = x for x >= 0")
    assert result.parameters["c"] <= 1e-12
    values = actx.formula(result.formula)(np.linspace(0, 20, 2001))
    assert np.array_equal(values, np.linspace(0, 20, 2001))


@pytest.mark.parametrize(
    ("template", "requirements", "named"),
    [
        ("x*sigmoid(a*x)", ("f(0) = 0.1",), "f(0) = 0.1"),
        ("x*sigmoid(a*x)", ("f = x for x >= 0",), "f = x for x >= 0"),
        ("relu(x) + a", ("smooth",), "smooth"),
        ("a*x + b", ("f(0) = 1", "f(0) = 2"), "f(0) = 1', 'f(0) = 2"),
    ],
)
def test_what_cannot_be_met_is_named(
    template: str, requirements: tuple[str, ...], named: str
) -> None:
    with pytest.raises(FitError) as told:
        actx.fit(template, require=requirements, domain="-4:4")
    assert named in str(told.value)


@pytest.mark.parametrize(
    "text",
    ["", "f", "f(0)", "f(0) = q", "min", "min at mish", "C9", "f = x for", "f = x for x == 1",
     "f(0) = 1 = 2", "f'''''(0) = 1", "g(0) = 1", "f(0) != 1", "x" * 5000,
     "f = x for x < 1 and x > 2"],
)  # fmt: skip
def test_requirements_that_cannot_be_read(text: str) -> None:
    with pytest.raises(UsageError) as told:
        actx.fit("x*sigmoid(a*x)", require=[text])
    assert len(str(told.value)) < 900


def test_a_requirement_outside_the_domain() -> None:
    with pytest.raises(FitError, match="outside the domain"):
        actx.fit("x*sigmoid(a*x)", require=["f <= x for x >= 9"], domain="-5:5")


# --- certificates ---


def test_a_template_that_is_linear_in_its_parameters_is_the_best_of_all() -> None:
    found = actx.fit("a + b*x + c*abs(x)", "softplus", domain="-3:3").certificate
    assert found is not None
    assert found.optimality is Optimality.GLOBAL


def test_a_flat_optimum_is_proven_by_what_no_parameter_changes() -> None:
    """Right of 0 the template is x, which is never further from mish than x - mish(x) there."""
    found = actx.fit("2x*sigmoid(a*x) if x <= 0 else x")
    assert found.certificate is not None
    assert found.bound is not None
    assert found.certificate.optimality is Optimality.GLOBAL
    largest = -minimize_scalar(lambda x: actx.formula("mish")(x) - x, (0, 1, 2)).fun
    assert found.bound.lower <= largest * (1 + 1e-12)
    assert found.max_error.value == pytest.approx(largest, rel=1e-9)
    assert any("a is not determined: every value" in note for note in found.notes)


def test_an_optimum_at_infinity_is_named() -> None:
    (note,) = actx.fit("x*(1 + tanh(b*x))/2", "relu").notes
    assert "b grows without end" in note
    assert "relu" in note


@pytest.mark.parametrize("degree", [2, 5, 9])
def test_a_polynomial_template_is_fitted_by_exchange(degree: int) -> None:
    terms = " + ".join(f"c{k}*x^{k}" for k in range(degree + 1))
    found = actx.fit(terms, domain="-4:4")
    assert found.certificate is not None
    assert found.certificate.optimality is Optimality.GLOBAL
    x = np.linspace(-4, 4, 4001)
    values = sum(found.parameters[f"c{k}"] * x**k for k in range(degree + 1))
    assert np.max(np.abs(values - mish(x))) == pytest.approx(found.objective, rel=1e-5)
    assert len(found.alternation) >= degree + 2


# --- rounding ---


@pytest.mark.parametrize(("grid", "step"), [("decimal:2", 0.01), ("dyadic:4", 1 / 16)])
def test_the_best_coefficients_on_a_grid(grid: str, step: float) -> None:
    found = actx.fit("x*clip(x + c, 0, k)/k", round=grid)
    assert found.rounded is not None
    assert found.rounded.complete
    around = np.arange(-4, 5) * step
    start = {n: round(v / step) * step for n, v in found.parameters.items()}
    sizes = [
        np.max(np.abs(X * np.clip(X + c, 0, k) / k - mish(X)))
        for c in start["c"] + around
        for k in start["k"] + around
    ]
    assert found.objective == pytest.approx(min(sizes), rel=1e-5)
    assert found.rounded.loss <= found.rounded.plain_loss
