"""Tables for inputs as they occur, against a search over knots with lines fitted by lstsq."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize

import actx
from actx.core.errors import UsageError


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
     ({"norm": "data", "degree": 2, "data": [0.0, 1.0, 2.0]}, "lines that meet")],
)  # fmt: skip
def test_what_cannot_be_is_told(asked: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        actx.table("mish", 4, **asked)  # type: ignore[arg-type]
