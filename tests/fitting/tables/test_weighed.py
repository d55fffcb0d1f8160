"""Tables for inputs as they occur, against a search over knots with lines fitted by lstsq."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import numpy as np
import pytest
from scipy.optimize import minimize

import actx
from actx.core.errors import UsageError
from actx.core.samples import Samples


def mish(x: np.ndarray) -> np.ndarray:
    return x * np.tanh(np.logaddexp(0, x))


def rms(knots: np.ndarray, x: np.ndarray) -> float:
    """The least root mean square with knots."""
    if not np.all(np.diff(knots) > 1e-3):
        return math.inf
    hats = np.stack([np.interp(x, knots, row) for row in np.eye(knots.size)], axis=1)
    rest = hats @ np.linalg.lstsq(hats, mish(x), rcond=None)[0] - mish(x)
    return float(np.sqrt(np.mean(rest**2)))


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_knots_that_a_simplex_search_finds_are_better(count: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    x = draw.normal(-0.5 * seed, 1.0 + seed / 2, 1500)
    found = actx.table("mish", count, data=x, left="none", right="none")
    assert found.data is not None
    assert found.domain == (x.min(), x.max())
    assert found.data.rms == pytest.approx(rms(np.array(found.knots), x), rel=1e-6)

    def of(inner: np.ndarray) -> float:
        return rms(np.array([x.min(), *np.sort(inner), x.max()]), x)

    for _ in range(4):
        start = draw.choice(x, count - 1, replace=False)
        best = minimize(of, start, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-10})
        assert found.data.rms <= best.fun * (1 + 1e-4)


def test_rare_inputs_far_away_count_for_little() -> None:
    x = np.append(np.random.default_rng(5).normal(0, 1, 20_000), 60.0)
    ends = {"left": "none", "right": "none"}
    found = actx.table("mish", 16, data=x, **ends)
    largest = actx.table("mish", 16, data=x, norm="max", **ends)
    assert found.data is not None
    assert largest.data is not None
    assert found.data.rms < 0.75 * largest.data.rms
    assert found.bound.upper >= largest.bound.upper  # on all of the domain
    sizes = np.abs(np.interp(x, found.knots, found.values or ()) - mish(x))
    assert found.data.rms == pytest.approx(float(np.sqrt(np.mean(sizes**2))), rel=1e-9)
    assert found.data.max == pytest.approx(float(sizes.max()), rel=1e-9)
    assert found.data.max <= found.bound.upper


def test_entries_at_given_knots_and_rounded_ones() -> None:
    x = np.random.default_rng(6).uniform(-3, 3, 4000)
    found = actx.table(
        "mish", knots=[-1.0, 0.0, 1.0], domain="-3:3", data=x, left="none", right="none"
    )
    assert found.data is not None
    assert found.data.rms == pytest.approx(rms(np.array([-3.0, -1, 0, 1, 3]), x), rel=1e-6)
    rounded = actx.table("mish", 8, domain="-3:3", data=x, round="q3.6", grid="dyadic:4")
    assert all((64 * v).is_integer() for v in rounded.values or ())
    assert all((16 * k).is_integer() for k in rounded.knots)


@pytest.mark.parametrize(
    ("asked", "told"),
    [({"norm": "data"}, "needs"), ({"norm": "l2"}, "max or data"),
     ({"norm": "data", "data": [0.0, 1.0, 2.0], "segments": None, "error": 0.1}, "norm max")],
)  # fmt: skip
def test_what_cannot_be_is_told(asked: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        actx.table("mish", **({"segments": 4} | asked))  # type: ignore[arg-type]


def separate(x: np.ndarray, counts: np.ndarray, cuts: tuple[int, ...], degree: int) -> float:
    """The mean square of the best polynomials between cuts."""
    total = 0.0
    for lo, hi in pairwise((0, *cuts, x.size)):
        root = np.sqrt(counts[lo:hi])
        matrix = root[:, None] * np.vander(x[lo:hi], degree + 1)
        goal = root * mish(x[lo:hi])
        rest = matrix @ np.linalg.lstsq(matrix, goal, rcond=None)[0] - goal
        total += float(rest @ rest)
    return total / counts.sum()


@pytest.mark.parametrize(("degree", "count"), [(0, 3), (1, 3), (2, 2)])
def test_separate_pieces_are_the_best_of_all_partitions(degree: int, count: int) -> None:
    draw = np.random.default_rng(degree)
    x, counts = np.sort(draw.normal(0, 2, 24)), draw.integers(1, 9, 24).astype(float)
    data = Samples.counted(x, counts)
    ends = {"left": "none", "right": "none"}
    found = actx.table("mish", count, degree=degree, smooth=-1, data=data, **ends)
    every = combinations(range(1, x.size), count - 1)
    least = math.sqrt(min(separate(x, counts, cuts, degree) for cuts in every))
    assert found.data is not None
    assert found.data.rms == pytest.approx(least, rel=1e-6)
    assert found.data_floor == pytest.approx(least, rel=1e-4)
    assert found.data_floor <= least
    assert found.notes[0].endswith("is not proven.")


def test_no_pieces_are_better_than_the_floor() -> None:
    x = np.random.default_rng(8).normal(-1, 2, 3000)
    lines = actx.table("mish", 6, data=x, left="none", right="none")
    apart = actx.table("mish", 6, smooth=-1, data=x, left="none", right="none")
    assert lines.data is not None
    assert apart.data is not None
    assert 0.9 * apart.data.rms < apart.data_floor < apart.data.rms
    assert apart.data.rms <= lines.data.rms * (1 + 1e-4)
    assert lines.data_floor == apart.data_floor
    assert "~" in str(apart).split("data bound")[1].split("\n")[0]


@pytest.mark.parametrize(("degree", "smooth"), [(2, 1), (2, 0), (3, 1)])
def test_splines_at_given_knots_are_least_squares(degree: int, smooth: int) -> None:
    x = np.sort(np.random.default_rng(9).uniform(-3, 3, 2000))
    inner = [-1.0, 0.25, 1.5]
    found = actx.table(
        "mish", knots=inner, degree=degree, smooth=smooth, domain="-3:3", data=x, left="none",
        right="none",
    )  # fmt: skip
    powers = [x**k for k in range(degree + 1)]
    powers += [np.maximum(x - t, 0) ** k for t in inner for k in range(smooth + 1, degree + 1)]
    matrix = np.stack(powers, axis=1)
    rest = matrix @ np.linalg.lstsq(matrix, mish(x), rcond=None)[0] - mish(x)
    assert found.data is not None
    assert found.data.rms == pytest.approx(float(np.sqrt(np.mean(rest**2))), rel=1e-6)
    free = actx.table("mish", 4, degree=degree, smooth=smooth, domain="-3:3", data=x)
    assert free.data is not None
    assert free.data.rms < found.data.rms
