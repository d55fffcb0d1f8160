"""No claim of a fit is false: nothing an oracle reaches is below a bound or better than the best.

Oracles: for linear templates a linear program on a dense grid (HiGHS) in an orthonormal basis, for
others differential evolution (SciPy). What they reach is then measured on a finer grid.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from columns import COLUMNS, TARGETS
from numpy.typing import NDArray
from scipy.optimize import differential_evolution, linprog
from scipy.special import expit

import actx
from actx.fitting.results import Fit, Optimality

Array = NDArray[np.float64]

WEIGHTS = [None, None, "exp(-x^2/2)", "1/(1+x^2)"]
CURVED: list[tuple[str, Callable[..., Array]]] = [
    ("a*x*sigmoid(b*x)", lambda x, a, b: a * x * expit(b * x)),
    ("x*clip(a*x+b, 0, 1)", lambda x, a, b: x * np.clip(a * x + b, 0, 1)),
    ("a*tanh(b*x)+c", lambda x, a, b, c: a * np.tanh(b * x) + c),
    ("max(a*x, b*x)", lambda x, a, b: np.maximum(a * x, b * x)),
    ("a*max(x-b, 0)", lambda x, a, b: a * np.maximum(x - b, 0)),
    ("clip(a*x+b, -1, 1)", lambda x, a, b: np.clip(a * x + b, -1, 1)),
    ("a*x/(b+abs(x))", lambda x, a, b: a * x / (b + np.abs(x))),
    ("2x*sigmoid(a*x)", lambda x, a: 2 * x * expit(a * x)),
    ("x*(0.5+a*atan(b*x))", lambda x, a, b: x * (0.5 + a * np.arctan(b * x))),
    (
        "min(max(a*x+b, c), d)",
        lambda x, a, b, c, d: np.minimum(np.maximum(a * x + b, c), d),
    ),
    ("log(1+exp(a*x))/a", lambda x, a: np.logaddexp(0, a * x) / a),
    ("a*x if x < b else x", lambda x, a, b: np.where(x < b, a * x, x)),
    ("a*x*(1+(b*x)^2)^(-1/2)", lambda x, a, b: a * x / np.sqrt(1 + (b * x) ** 2)),
    ("abs(x)^a*b", lambda x, a, b: np.abs(x) ** a * b),
]


@dataclass(frozen=True)
class Question:
    template: str
    target: str
    lo: float
    hi: float
    weight: str | None

    def grid(self, count: int) -> tuple[Array, Array, Array]:
        """x, target and weight at so many points and about 0."""
        near = np.concatenate([-np.geomspace(1e-6, 1, 60), np.geomspace(1e-6, 1, 60), [0, -0.5, 1]])
        x = np.union1d(np.linspace(self.lo, self.hi, count), near)
        x = x[(x >= self.lo) & (x <= self.hi)]
        w = np.ones_like(x) if self.weight is None else actx.formula(self.weight)(x)
        return x, actx.formula(self.target)(x), w

    def fit(self) -> Fit:
        return actx.fit(
            self.template, self.target, domain=f"{self.lo}:{self.hi}", weight=self.weight
        )


def check(asked: Question, reached: float) -> bool:
    """Check that what is claimed agrees with an error that was reached; is the best claimed?"""
    found = asked.fit()
    assert found.bound is not None
    assert found.certificate is not None
    assert found.bound.lower <= reached * (1 + 1e-9) + 1e-15, asked
    assert found.bound.lower <= found.bound.upper
    best = found.certificate.optimality is Optimality.GLOBAL
    assert best == (found.bound.gap <= 1e-6 and found.bound.by != "none")
    if best:
        assert found.objective <= reached * (1 + 1e-6) + 1e-15, asked
    return best


# --- linear templates ---


def linear(seed: int) -> tuple[Question, list[str]]:
    rng = np.random.default_rng(seed)
    columns = [str(c) for c in rng.choice(COLUMNS, int(rng.integers(1, 7)), replace=False)]
    lo, hi = float(rng.integers(-6, 0)), float(rng.integers(1, 7))
    names = tuple(f"q{i}" for i in range(len(columns)))
    template = "+".join(f"{n}*{c}" for n, c in zip(names, columns, strict=True))
    asked = Question(template, str(rng.choice(TARGETS)), lo, hi, rng.choice(WEIGHTS))
    return asked, columns


def by_program(asked: Question, columns: list[str]) -> float:
    """The largest error of the best coefficients of a linear program."""

    def rows(x: Array, w: Array) -> Array:
        return np.stack([np.broadcast_to(actx.formula(c)(x), x.shape) * w for c in columns], axis=1)

    x, f, w = asked.grid(1501)
    table = rows(x, w)
    left, sizes, right = np.linalg.svd(table, full_matrices=False)
    use = sizes > 1e-12 * sizes[0]
    basis, ones = left[:, use], np.ones((x.size, 1))
    solved = linprog(
        [*np.zeros(basis.shape[1]), 1],
        A_ub=np.block([[basis, -ones], [-basis, -ones]]),
        b_ub=np.concatenate([f * w, -f * w]),
        bounds=[(None, None)] * (basis.shape[1] + 1),
        method="highs",
    )
    c = (right[use].T / sizes[use]) @ solved.x[:-1]
    x, f, w = asked.grid(100001)
    return float(np.max(np.abs(rows(x, w) @ c - f * w)))


def linear_holds(seed: int) -> bool:
    asked, columns = linear(seed)
    return check(asked, by_program(asked, columns))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("first", range(0, 30, 5))
def test_linear_templates(first: int) -> None:
    assert sum(linear_holds(seed) for seed in range(first, first + 5)) >= 4


@pytest.mark.long
@pytest.mark.parametrize("first", range(1000, 1300, 10))
def test_many_linear_templates(first: int) -> None:
    assert sum(linear_holds(seed) for seed in range(first, first + 10)) >= 9


# --- others ---


def curved(seed: int) -> tuple[Question, Callable[..., Array]]:
    rng = np.random.default_rng(seed)
    template, values = CURVED[seed % len(CURVED)]
    lo, hi = float(rng.integers(-6, 0)), float(rng.integers(1, 7))
    weight = rng.choice(WEIGHTS)
    return Question(template, str(rng.choice(TARGETS)), lo, hi, weight), values


def by_evolution(asked: Question, values: Callable[..., Array], seed: int) -> float:
    """The largest error of the best values that differential evolution finds."""
    count = len(inspect.signature(values).parameters) - 1

    def size(points: int) -> Callable[[Array], float]:
        x, f, w = asked.grid(points)

        def largest(p: Array) -> float:
            with np.errstate(all="ignore"):
                found = float(np.max(np.abs((values(x, *p) - f) * w)))
            return found if np.isfinite(found) else 1e9

        return largest

    found = (
        differential_evolution(size(301), [(-4, 4)] * count, seed=k, maxiter=150, tol=1e-10).x
        for k in (seed, seed + 1)
    )
    return min(size(100001)(p) for p in found)


def other_holds(seed: int) -> bool:
    asked, values = curved(seed)
    return check(asked, by_evolution(asked, values, seed))


@pytest.mark.sampled(4)
@pytest.mark.parametrize("seed", range(20))
def test_other_templates(seed: int) -> None:
    other_holds(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_many_other_templates(seed: int) -> None:
    other_holds(seed)
