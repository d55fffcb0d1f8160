"""Fits in the norm `data`: the root mean square of the error over inputs as they occur.

The truth comes from normal equations in mpmath, and from scipy's least squares.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
from commands import run, run_json
from scipy.optimize import least_squares

import actx
from actx.core.errors import UsageError
from actx.core.inputs import DataError
from actx.core.samples import Samples
from actx.fitting.results import Optimality

RNG = np.random.default_rng(7)
X = np.concatenate([RNG.normal(size=150), RNG.normal(-3, 0.2, size=50)])


def mish(x: mp.mpf) -> mp.mpf:
    return x * mp.tanh(mp.log1p(mp.exp(x)))


def least(
    columns: list[Callable[[mp.mpf], mp.mpf]],
    goal: Callable[[mp.mpf], mp.mpf],
    x: np.ndarray,
    counts: np.ndarray,
) -> tuple[list[mp.mpf], mp.mpf]:
    """The best coefficients and the root of the mean square that they leave, at 50 digits."""
    with mp.workdps(50):
        points = [mp.mpf(float(v)) for v in x]
        shares = [mp.mpf(float(c)) / mp.fsum(map(float, counts)) for c in counts]
        rows = [[f(p) for f in columns] for p in points]
        right = [goal(p) for p in points]
        size = range(len(columns))

        def mean(u: list[mp.mpf], v: list[mp.mpf]) -> mp.mpf:
            return mp.fsum(s * a * b for s, a, b in zip(shares, u, v, strict=True))

        by_column = [[row[k] for row in rows] for k in size]
        gram = mp.matrix([[mean(by_column[i], by_column[j]) for j in size] for i in size])
        c = mp.lu_solve(gram, mp.matrix([mean(column, right) for column in by_column]))
        errors = [mp.fdot(row, c) - g for row, g in zip(rows, right, strict=True)]
        return list(c), mp.sqrt(mean(errors, errors))


def powers(*exponents: int) -> list[Callable[[mp.mpf], mp.mpf]]:
    return [lambda x, k=k: x**k for k in exponents]


LINEAR = [
    ("a + b*x + c*x^2", powers(0, 1, 2), mish, "mish"),
    (
        " + ".join(f"c{k}*x^{k}" for k in range(1, 14, 2)),
        powers(*range(1, 14, 2)),
        mp.tanh,
        "tanh",
    ),
    (
        "a*max(x, 0) + b*abs(x + 1)",
        [lambda x: max(x, mp.mpf(0)), lambda x: abs(x + 1)],
        mish,
        "mish",
    ),
]


@pytest.mark.parametrize(("template", "columns", "goal", "name"), LINEAR)
def test_the_best_linear_values_are_proven(template, columns, goal, name) -> None:  # type: ignore[no-untyped-def]
    fit = actx.fit(template, name, norm="data", data=X)
    best, size = least(columns, goal, X, np.ones_like(X))
    assert fit.bound is not None
    assert fit.certificate is not None
    assert fit.bound.lower <= size <= fit.bound.upper
    assert fit.certificate.optimality is Optimality.GLOBAL
    assert fit.objective == pytest.approx(float(size), rel=1e-9)
    assert list(fit.parameters.values()) == pytest.approx([float(v) for v in best], rel=1e-6)
    assert fit.data is not None
    assert fit.data.rms == pytest.approx(fit.objective, rel=1e-12)
    assert fit.domain == (X.min(), X.max())


def test_counted_inputs_weigh_as_often_as_they_occur() -> None:
    values, counts = np.array([-2.0, -0.5, 0.25, 1.5, 3.0]), np.array([3.0, 0.5, 7.0, 2.0, 1.0])
    data = Samples.counted(values, counts)
    fit = actx.fit("a*x + b", "mish", norm="data", data=data)
    best, size = least(powers(1, 0), mish, values, counts)
    assert list(fit.parameters.values()) == pytest.approx([float(v) for v in best], rel=1e-12)
    assert fit.bound is not None
    assert fit.bound.lower <= size <= fit.bound.upper
    once = Samples.counted([1.0, 2.0, 1.0, 5.0], [1, 2, 3, 0])
    assert (once.values.tolist(), once.counts.tolist()) == ([1.0, 2.0], [4.0, 2.0])
    with pytest.raises(DataError, match="2 inputs, but 1 counts"):
        Samples.counted([1.0, 2.0], [1.0])
    with pytest.raises(DataError, match="not below 0"):
        Samples.counted([1.0, 2.0], [1.0, -1.0])


def test_a_bound_on_a_coefficient_is_kept_and_proven() -> None:
    fit = actx.fit("a*x + b*x^2", "mish", norm="data", data=X, bounds={"b": (0, 0.1)})
    (a,), size = least(powers(1), lambda x: mish(x) - mp.mpf(0.1) * x * x, X, np.ones_like(X))
    assert fit.parameters["a"] == pytest.approx(float(a), rel=1e-9)
    assert fit.parameters["b"] == 0.1
    assert fit.bound is not None
    assert fit.bound.lower <= size <= fit.bound.upper
    assert fit.bound.gap < 1e-9


def test_a_target_that_is_reached_leaves_nothing() -> None:
    fit = actx.fit("a*x + b*tanh(x)", "2*x - 0.75*tanh(x)", norm="data", data=X)
    assert fit.parameters == {"a": 2.0, "b": -0.75}
    assert fit.bound is not None
    assert fit.bound.upper == 0


@pytest.mark.parametrize("count", [300, 60_000])
def test_other_templates_are_fitted_and_enclosed(count: int) -> None:
    x = np.random.default_rng(3).normal(size=count)
    goal = x * np.tanh(np.logaddexp(0, x))

    def error(p: np.ndarray) -> np.ndarray:
        return x * np.clip(p[0] * x + p[1], 0, 1) - goal

    fit = actx.fit("x*clip(a*x + b, 0, 1)", "mish", norm="data", data=x)
    best = least_squares(error, [0.3, 0.5], xtol=1e-15, ftol=1e-15, gtol=1e-15)
    assert list(fit.parameters.values()) == pytest.approx(best.x.tolist(), rel=1e-3)
    size = float(np.sqrt(2 * best.cost / count))
    assert fit.objective == pytest.approx(size, rel=1e-6)
    assert fit.bound is not None
    assert fit.bound.lower <= size
    assert fit.objective <= fit.bound.upper <= fit.objective * (1 + 1e-9)


def test_weights_and_slopes_count_over_inputs_too() -> None:
    fit = actx.fit("a*x + b", "mish", norm="data", data=X, weight="exp(-x^2)")

    def weight(x: mp.mpf) -> mp.mpf:
        return mp.exp(-x * x)

    columns = [lambda x: x * weight(x), weight]
    _, size = least(columns, lambda x: mish(x) * weight(x), X, np.ones_like(X))
    assert fit.bound is not None
    assert fit.bound.lower <= size <= fit.bound.upper
    assert fit.objective == pytest.approx(float(size), rel=1e-9)


def test_the_command_fits_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "inputs.npy"
    np.save(path, X)
    asked = ("fit", "a*x + b", "--target", "mish", "--norm", "data", "--data", str(path))
    form = run_json(*asked)
    assert form["norm"] == "data"
    assert form["objective"] == pytest.approx(form["data"]["rms"], rel=1e-12)
    assert form["bound"]["by"] == "duality"
    text = run(*asked).stdout
    assert "√mean e², x as in the data" in text
    assert "proven to be the best of all" in text
    within = run_json(*asked, "--domain=-1:inf")
    assert within["data"]["count"] == int(np.sum(X >= -1))


def test_without_inputs_it_is_refused() -> None:
    with pytest.raises(UsageError, match=r"there are none\. Give them with data"):
        actx.fit("a*x", "mish", norm="data")
    done = run("fit", "a*x", "--norm", "data")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Give them with --data" in " ".join(done.stderr.split())
    with pytest.raises(UsageError, match="max, l2, l1, gauss; it cannot be 'data'"):
        actx.search("mish", norm="data")
    with pytest.raises(UsageError, match="All inputs are 2"):
        actx.fit("a*x", "mish", norm="data", data=[2.0, 2.0])
