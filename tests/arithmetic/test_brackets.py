"""A zero between two points is where scipy finds it and as near as float64 can tell."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf
from scipy.optimize import brentq

from actx.arithmetic.brackets import bracketed

FUNCTIONS: list[tuple[Callable[[float], float], float, float]] = [
    (lambda x: math.tanh(x) - 0.3, -5.0, 7.0),
    (lambda x: x**3 - 2, -1e6, 1e9),
    (lambda x: math.exp(min(x, 700.0)) - 1e300, -1e3, 1e3),
    (lambda x: x**9, -1.0, 1.5),
    (lambda x: math.copysign(1, x - 0.1), -1.0, 1.0),
    (lambda x: math.inf if x > 3 else x - 2.5, 0.0, 4.0),
    (lambda x: -math.inf if x < 1e-5 else math.log(x), 0.0, 1e30),
    (lambda x: x - 1e-250, -1.0, 1.0),
]


@pytest.mark.parametrize(("function", "lo", "hi"), FUNCTIONS)
def test_zero_is_where_brent_finds_it(
    function: Callable[[float], float], lo: float, hi: float
) -> None:
    calls = []

    def counted(x: float) -> float:
        calls.append(x)
        return function(x)

    found = bracketed(counted, lo, hi)
    best = min(map(abs, (function(found), function(math.nextafter(found, math.inf)))))
    theirs = brentq(function, lo, hi, xtol=1e-300, rtol=8.9e-16, maxiter=2000, disp=False)
    assert abs(found - theirs) <= 1e-15 * abs(theirs) or best <= abs(function(theirs))
    assert all(lo <= x <= hi for x in calls)
    assert len(calls) < 1300


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.floats(1e-6, 1e6))
def test_zero_of_a_cubic(at: float, below: float, above: float) -> None:
    lo, hi = at - below, at + above

    def function(x: float) -> float:
        with mp.workprec(200):
            away = mpf(x) - mpf(at)
            return float(away * (1 + away * away))

    found = bracketed(function, lo, hi)
    assert abs(found - at) <= 4 * math.ulp(at) + 1e-299


def test_width_ends_the_search() -> None:
    calls = []

    def function(x: float) -> float:
        calls.append(x)
        return math.cos(x) - x

    rough = bracketed(function, 0.0, 1.0, width=1e-3)
    assert abs(rough - 0.7390851332151607) <= 1e-3
    assert len(calls) <= 7


def test_no_change_of_sign_gives_the_lower_end() -> None:
    assert bracketed(lambda x: x + 1, 0.0, 2.0) == 0.0
