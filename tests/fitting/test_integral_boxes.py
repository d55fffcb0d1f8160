"""Bounds of nonlinear templates in the integral norms: nothing that is tried is below them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import differential_evolution
from scipy.special import expit

import actx
from actx.fitting.results import Fit

Array = NDArray[np.float64]

TARGETS = ["mish", "swish", "gelu", "tanh", "sigmoid", "exp(-abs(x))", "elu", "hard-swish", "relu"]
TEMPLATES: list[tuple[str, Callable[..., Array]]] = [
    ("2x*sigmoid(a*x)", lambda x, a: 2 * x * expit(a * x)),
    ("a*x*sigmoid(b*x)", lambda x, a, b: a * x * expit(b * x)),
    ("x*clip(a*x+b, 0, 1)", lambda x, a, b: x * np.clip(a * x + b, 0, 1)),
    ("max(a*x, b*x)", lambda x, a, b: np.maximum(a * x, b * x)),
    ("a*max(x-b, 0)", lambda x, a, b: a * np.maximum(x - b, 0)),
    ("clip(a*x+b, -1, 1)", lambda x, a, b: np.clip(a * x + b, -1, 1)),
    ("a*x/(b+abs(x))", lambda x, a, b: a * x / (b + np.abs(x))),
    ("x*(0.5+a*atan(b*x))", lambda x, a, b: x * (0.5 + a * np.arctan(b * x))),
    ("a*tanh(b*x)+c", lambda x, a, b, c: a * np.tanh(b * x) + c),
    ("a if x < b else x", lambda x, a, b: np.where(x < b, a, x)),
    ("abs(x)^a*b", lambda x, a, b: np.abs(x) ** a * b),
    ("log(1+exp(a*x))/a", lambda x, a: np.logaddexp(0, a * x) / a),
    ("sin(a*x)*b", lambda x, a, b: np.sin(a * x) * b),
    ("sqrt(x^2+a^2)-b", lambda x, a, b: np.sqrt(x * x + a * a) - b),
]


def size(e: Array, x: Array, norm: str, step: float) -> float:
    """A norm by the midpoint rule."""
    if norm == "l1":
        return float(np.sum(np.abs(e)) * step)
    density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi) if norm == "gauss" else 1.0
    return math.sqrt(float(np.sum(e * e * density) * step))


def assert_bounded(found: Fit, reached: float) -> float:
    assert found.bound is not None
    assert found.certificate is not None
    assert found.bound.lower <= reached * (1 + 1e-6)
    assert found.bound.lower <= found.bound.upper
    if found.bound.upper == 0:  # the template is the target with some values
        return 0.0
    assert (found.bound.by == "none") == (found.bound.lower == 0)
    assert (found.certificate.optimality.value == "global") == (found.bound.gap <= 1e-6)
    return found.bound.gap


def gap_of(seed: int) -> float:
    """The gap, after whatever differential evolution and random values reach was compared."""
    rng = np.random.default_rng(seed)
    template, values = TEMPLATES[seed % len(TEMPLATES)]
    target, norm = str(rng.choice(TARGETS)), str(rng.choice(["l1", "l2", "gauss"]))
    lo, hi = float(rng.integers(-5, 0)), float(rng.integers(1, 6))
    found = actx.fit(template, target, norm=norm, domain=f"{lo}:{hi}")
    count = values.__code__.co_argcount - 1
    step = (hi - lo) / 20000
    x = lo + (np.arange(20000) + 0.5) * step
    goal = actx.formula(target)(x)

    def reached(p: Array, every: int = 1) -> float:
        with np.errstate(all="ignore"):
            e = values(x[::every], *p) - goal[::every]
        e = e[: len(e) // every * every] if every > 1 else e
        total = size(e, x[::every][: len(e)], norm, step * every)
        return total if math.isfinite(total) else 1e300

    best = differential_evolution(
        lambda p: reached(p, 40), [(-6.0, 6.0)] * count, seed=seed, maxiter=60, popsize=12
    ).x
    tried = [best, *(best + rng.normal(0, 0.05, (6, count)))]
    tried += [np.array(list(found.parameters.values())) * (1 + rng.normal(0, 1e-3, count))]
    inside = [p for p in tried if _within(found, p)]
    return max(assert_bounded(found, reached(p)) for p in inside)


def _within(found: Fit, p: Array) -> bool:
    """Whether a bound speaks of values."""
    assert found.bound is not None
    if found.bound.over == "all values":
        return True
    ranges = dict(part.split(" in ") for part in found.bound.over.split(", "))
    ends = {n: tuple(map(float, r.split(":"))) for n, r in ranges.items()}
    at = dict(zip(found.parameters, p, strict=True))
    return all(lo <= at[n] <= hi for n, (lo, hi) in ends.items())


@pytest.mark.sampled(5)
@pytest.mark.parametrize("seed", range(len(TEMPLATES)))
def test_no_values_are_below_the_bound(seed: int) -> None:
    gap_of(seed)


@pytest.mark.long
@pytest.mark.parametrize("first", range(100, 240, 14))
def test_no_values_of_many_templates_are_below_the_bound(first: int) -> None:
    gaps = [gap_of(seed) for seed in range(first, first + 14)]
    assert sum(gap <= 1e-3 for gap in gaps) >= 5  # the others take more time than there is


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("template", "target", "asked"),
    [
        ("2x*sigmoid(a*x)", "mish", {"norm": "l2"}),
        ("2x*sigmoid(a*x)", "mish", {"norm": "l1", "domain": "-4:4"}),
        ("a*x*sigmoid(b*x)", "mish", {"norm": "gauss", "domain": "-3:3"}),
        ("clip(a*x+b, -1, 1)", "tanh", {"norm": "l1", "domain": "-4:4"}),
        ("a*x*sigmoid(b*x)", "mish", {"norm": "l2", "domain": "-3:3", "of": "both"}),
        ("a*x*sigmoid(b*x)", "mish", {"norm": "l2", "domain": "-3:3", "weight": "exp(-x^2)"}),
        ("x*clip(x+c, 0, k)/k", "mish", {"norm": "gauss"}),
    ],
)
def test_the_bound_comes_near(template: str, target: str, asked: dict[str, str]) -> None:
    found = actx.fit(template, target, budget=20, **asked)  # type: ignore[arg-type]
    assert found.bound is not None
    assert found.bound.by == "boxes"
    assert found.bound.gap <= 1e-3


@pytest.mark.parametrize(
    ("template", "target", "asked"),
    [
        ("2x*sigmoid(a*x)", "mish", {"norm": "l2"}),
        ("a*x*sigmoid(b*x)", "mish", {"norm": "gauss", "domain": "-3:3"}),
        ("a*x*sigmoid(b*x)", "mish", {"norm": "l2", "domain": "-3:3", "of": "both"}),
        ("x*sigmoid(a*x) if x <= 0 else x*sigmoid(b*x)", "mish", {"norm": "l2"}),
    ],
)
def test_smooth_templates_are_proven_best(
    template: str, target: str, asked: dict[str, str]
) -> None:
    found = actx.fit(template, target, budget=20, **asked)  # type: ignore[arg-type]
    assert found.bound is not None
    assert found.certificate is not None
    assert found.certificate.optimality.value == "global"
    assert found.bound.gap <= 1e-6


def test_a_local_optimum_is_not_proven_best() -> None:
    """sin(a·x) for sin(2x): a = 2 has no error; held to 3:9 the best lies at an end or a dip."""
    found = actx.fit("sin(a*x)", "sin(2x)", norm="l2", domain="-3:3", bounds={"a": (3, 9)})
    a = np.linspace(3, 9, 60001)
    x = -3 + (np.arange(2000) + 0.5) * 6 / 2000
    squares = [float(np.sum((np.sin(v * x) - np.sin(2 * x)) ** 2) * 6 / 2000) for v in a[::20]]
    assert_bounded(found, math.sqrt(min(squares)))


def test_bounds_on_parameters_are_kept_to() -> None:
    """Only values with a <= 1 count, of which 1 is the best: ∫(x - |x|)² over the negative half."""
    found = actx.fit("sqrt(a^2*x^2)", "x+abs(x)", norm="l2", domain="0:1", bounds={"a": (0.5, 1)})
    least = 1 / math.sqrt(3)  # ∫(2x - x)² on 0:1
    assert found.bound is not None
    assert found.bound.over == "a in 0.5:1"
    assert least * (1 - 1e-3) <= found.bound.lower <= least
