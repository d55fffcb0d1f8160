"""Fits of templates that are not linear: the best of all, with a bound by boxes of parameters.

The truth is not ours: values of issue trackers and papers are reached again by differential
evolution (SciPy) on a dense grid, which must not go below the bound.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from commands import run, run_json
from numpy.typing import NDArray
from scipy.optimize import differential_evolution
from scipy.special import erf, expit

import actx
from actx.fitting.results import Optimality

Array = NDArray[np.float64]


def mish(x: Array) -> Array:
    return np.asarray(x * np.tanh(np.logaddexp(0, x)))


# template, the same in NumPy, target, the same in NumPy, domain, least largest error, gap
BEST: list[tuple[str, Callable[..., Array], str, Callable[..., Array], str, float, float]] = [
    (
        "x*clip(a*x+b, 0, 1)", lambda x, a, b: x * np.clip(a * x + b, 0, 1),
        "swish", lambda x: x * expit(x), "-8:8", 0.129774745382, 1e-8,
    ),
    (
        "min(max(a*x+b, c), d)", lambda x, a, b, c, d: np.minimum(np.maximum(a * x + b, c), d),
        "tanh", np.tanh, "-4:4", 0.0820319523122, 1e-6,
    ),
    (
        "a*x/(b+abs(x))", lambda x, a, b: a * x / (b + np.abs(x)),
        "tanh", np.tanh, "-4:4", 0.0661290295457, 1e-8,
    ),
    (
        "x*sigmoid(a*x)", lambda x, a: x * expit(a * x),
        "mish", mish, "-4:4", 0.102314698717265, 1e-9,
    ),
]  # fmt: skip


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("template", "f", "target", "g", "domain", "least", "gap"), BEST)
def test_the_best_of_all_is_found_and_proven(
    template: str, f: Callable[..., Array], target: str, g: Callable[[Array], Array],
    domain: str, least: float, gap: float,
) -> None:  # fmt: skip
    found = actx.fit(template, target, domain=domain, budget=30)
    bound, certificate = found.bound, found.certificate
    assert bound is not None
    assert certificate is not None
    assert found.max_error.value == pytest.approx(least, rel=1e-11)
    assert bound.by == "boxes"
    assert bound.gap <= gap
    assert certificate.optimality is Optimality.GLOBAL
    assert found.max_error.enclosure is not None
    assert bound.lower <= bound.upper == found.max_error.enclosure[1]
    lo, hi = map(float, domain.split(":"))
    x = np.linspace(lo, hi, 801)
    count = len(found.parameters)
    reached = differential_evolution(
        lambda p: float(np.max(np.abs(f(x, *p) - g(x)))), [(-3, 3)] * count,
        seed=1, tol=1e-10, maxiter=400,
    ).x  # fmt: skip
    x = np.linspace(lo, hi, 2_000_001)
    assert np.max(np.abs(f(x, *reached) - g(x))) >= bound.lower * (1 - 1e-5)
    goal = g(x)
    mine = float(np.max(np.abs(f(x, *(found.parameters[n] for n in "abcd"[:count])) - goal)))
    assert mine <= found.max_error.enclosure[1]


@pytest.mark.long
def test_two_ramps_reach_what_a_search_from_many_starts_does() -> None:
    found = actx.fit("a*max(x-b, 0) + c*max(x-d, 0)", "mish", domain="-4:4")
    assert found.max_error.value <= 0.1071226
    x = np.linspace(-4, 4, 20001)
    a, b, c, d = (found.parameters[n] for n in "abcd")
    error = a * np.maximum(x - b, 0) + c * np.maximum(x - d, 0) - mish(x)
    assert np.max(np.abs(error)) == pytest.approx(found.max_error.value, rel=1e-6)


def test_one_answer_whatever_is_asked_beside() -> None:
    plain = actx.fit("x*clip(a*x+b, 0, 1)", "swish", domain="-8:8")
    beside = actx.fit("x*clip(a*x+b, 0, 1)", "swish", domain="-8:8", variants=True)
    assert plain.parameters == beside.parameters
    assert plain.bound == beside.bound
    told = run_json("fit", "x*clip(a*x+b, 0, 1)", "--target", "swish", "--domain", "-8:8")
    assert told["parameters"] == plain.parameters
    assert told["bound"]["lower"] == plain.bound.lower if plain.bound else None
    assert told["certificate"]["optimality"] == "global"


def test_a_parameter_that_has_an_effect_elsewhere_is_not_left_out() -> None:
    """At the usual starts, all 1, the clip hides a and b; they matter all the same."""
    found = actx.fit("min(max(a*x+b, c), d)", "tanh", domain="-4:4")
    assert not any("does not depend" in note for note in found.notes)
    assert found.parameters["a"] == pytest.approx(0.7610504, abs=1e-6)


def test_a_parameter_without_end_is_said_in_words() -> None:
    shown = run(
        "fit", "clip(a*x, -1, 1)", "--target", "sign(x)", "--domain", "-4:4", "--norm", "l2"
    ).stdout
    assert "grows without end" in shown
    assert "1000000" not in shown
    assert "the best is a step" in shown


def test_a_value_that_the_tails_ask_for_is_exact() -> None:
    """a must be 1/π; with the float next to it the error would grow without end."""
    found = actx.fit("x*(0.5 + a*atan(b*x))", "gelu")
    assert found.parameters["a"] == pytest.approx(1 / np.pi, rel=1e-15)
    assert "1/pi*atan(" in found.formula
    b = found.parameters["b"]
    x = np.concatenate([np.linspace(-8, 8, 400001), np.geomspace(8, 1e6, 1000)])
    reached = x * (0.5 + np.arctan(b * x) / np.pi) - x * (1 + erf(x / np.sqrt(2))) / 2
    assert found.max_error.value == pytest.approx(np.max(np.abs(reached[x < 1e4])), rel=1e-5)
    assert found.bound is not None
    assert found.bound.over.startswith("a = 1/pi")
    assert found.bound.lower <= found.max_error.value * (1 + 1e-9)


def test_what_the_tails_leave_nothing_of_is_the_best_with_these_values() -> None:
    """a must be 0, for which the error is that of 0."""
    found = actx.fit("a*x*sigmoid(b*x)", "exp(-x^2)")
    assert found.bound is not None
    assert found.bound.over == "a = 0"
    assert (found.bound.lower, found.bound.upper) == pytest.approx((1, 1), rel=1e-12)
    assert found.certificate is not None
    assert found.certificate.optimality is Optimality.GLOBAL
