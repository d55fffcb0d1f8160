"""Integral norms of errors below float64's rounding are those of the function, not of the noise."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath as mp
import pytest

import actx

INF = math.inf
ERRORS: list[tuple[str, tuple[float, float], Callable[[mp.mpf], mp.mpf]]] = [
    ("exp(x) - exp(x + 1e-18)", (0, 1), lambda x: mp.exp(x) - mp.exp(x + mp.mpf("1e-18"))),
    ("1 - cos(x*1e-9) - x^2*5e-19", (-1, 1),
     lambda x: 1 - mp.cos(x * mp.mpf("1e-9")) - x * x * mp.mpf("5e-19")),
    ("1e5*(tanh(x) + 1e-20*x) - 1e5*tanh(x)", (-2, 2), lambda x: mp.mpf("1e-15") * x),
    ("log(x + 1) - log(x) - 1/x", (1e6, 1e12), lambda x: mp.log1p(1 / x) - 1 / x),
]  # fmt: skip


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("text", "domain", "function"), ERRORS)
def test_norms_of_what_cancels(
    text: str, domain: tuple[float, float], function: Callable[[mp.mpf], mp.mpf]
) -> None:
    row = actx.compare(text, "0", domain=domain).rows[0]
    with mp.workdps(60):
        lo, hi = map(mp.mpf, domain)
        edges = [lo, 0, hi] if lo < 0 else mp.linspace(lo, hi, 3)
        if hi > 1e3 * lo > 0:
            edges = [lo * (hi / lo) ** (mp.mpf(k) / 20) for k in range(21)]
        size = max(abs(function(x)) for x in domain)  # quad asks for an absolute accuracy
        l1 = size * mp.quad(lambda x: abs(function(x)) / size, edges)
        l2 = size * mp.sqrt(mp.quad(lambda x: (function(x) / size) ** 2, edges))
        mean = size * mp.quad(lambda x: function(x) / size, edges)
        for found, exact in ((row.norms["l1"], l1), (row.norms["l2"], l2)):
            assert found.error == pytest.approx(float(exact), rel=1e-9)
            if found.enclosure is not None:
                assert found.enclosure[0] <= exact <= found.enclosure[1]
        if row.integral is not None:
            assert row.integral.enclosure is not None
            assert row.integral.enclosure[0] <= mean <= row.integral.enclosure[1]


def test_what_is_not_known_is_called_unknown() -> None:
    row = actx.compare(
        "((x + 1)*log(x + 1) - x*log(x)) - 1", "log(x) + 1/(2x)", domain=(6.8e15, INF)
    ).rows[0]
    with mp.workdps(60):  # the error is -1/(6x²) + ..., ∫|e| = 1/(6·6.8e15)
        exact = 1 / (6 * mp.mpf(6.8e15))
    for size in row.norms.values():
        known = size.enclosure is not None and size.enclosure[0] <= exact <= size.enclosure[1]
        assert math.isnan(size.error) or known
    assert row.integral is None


def test_norms_that_float64_sees_are_as_they_were() -> None:
    row = actx.compare("mish", "swish", domain=(-5, 5)).rows[0]
    assert all(size.enclosure is not None for size in row.norms.values())


@pytest.mark.parametrize("budget", [None, 0.0])
def test_a_difference_that_float64_does_not_see_is_not_called_zero(budget: float | None) -> None:
    row = actx.compare("0.5x*(1 + erf(x*0.70710678118))", "gelu", budget=budget).rows[0]
    sizes = row.max_error.value, row.max_slope_error.value
    assert all(
        math.isnan(size) or size == pytest.approx(wanted, rel=1e-5)
        for size, wanted in zip(sizes, (2.717926e-12, 3.067679e-12), strict=True)
    )
