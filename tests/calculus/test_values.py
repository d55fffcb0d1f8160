"""Values against mpmath: units in the last place, both ends of the range, float32, shapes."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp
from oracle import DIGITS, value

import actx
from actx.calculus.values import program
from actx.language.operations import FUNCTIONS
from actx.language.syntax import parse

# without those whose values are beyond floats there, or are not known: sines of 1e100
_NOT_SO_FAR = {"squared-relu", "star-relu", "repu", "snake", "siren"}
REGISTRY = [e.name for e in actx.load_registry().entries if e.name not in _NOT_SO_FAR]
FAR = [1.0, 5.0, 20.0, 37.5, 88.0, 100.0, 355.0, 400.0, 700.0, 1e3, 1e4, 1e8, 1e100, 1e154, 1e300]
ENDS = [0.0, -0.0, 1e-300, -1e-300, 1e-8, -1e-8, *FAR, *(-x for x in FAR)]
SUBNORMAL = 5e-324


def precision(x: float) -> int:
    """Digits with which nothing that cancels at x is lost."""
    digits = 1.3 * abs(x) if abs(x) <= 1e3 else 0
    digits += x * x / 4 + 0.04 * abs(x) ** 3 if abs(x) < 40 else 0  # 1 + erf(x) cancels so far
    return DIGITS + (650 if abs(x) > 1e4 else 30) + int(digits)


def truth(name: str, x: float) -> mp.mpf:
    formula = actx.formula(name)
    with mp.workdps(precision(x)):
        return value(formula.bound, x)


def conditioning(name: str, x: float) -> float:
    """How many units in the last place of the value one of x is; an estimate is enough."""
    formula = actx.formula(name)
    f, slope = float(formula(x)), float(formula.derivative(1)(x))
    return abs(x * slope / f) if f and math.isfinite(slope) else 0.0


def test_the_oracle_knows_every_function() -> None:
    from oracle import OPERATIONS

    assert {o.name for o in FUNCTIONS.values()} <= OPERATIONS


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", REGISTRY)
def test_both_ends_of_the_range(name: str) -> None:
    formula = actx.formula(name)
    found = formula(np.array(ENDS))
    for x, got in zip(ENDS, found, strict=True):
        try:
            want = truth(name, x)
        except OverflowError:  # mpmath's, in exp(exp(x)); tanh of that is 1
            want = mp.mpf(x)
        bound = 4 + 2 * min(conditioning(name, x), 1e3) if 1e-9 < abs(x) < 1e5 else 4
        tolerance = bound * float(np.spacing(abs(float(want)))) if abs(want) < 1e308 else 0.0
        rounding = SUBNORMAL * max(1.0, abs(x)) if abs(x) < 1e4 else SUBNORMAL
        assert abs(mp.mpf(float(got)) - want) <= tolerance + rounding, (x, got, float(want))


@pytest.mark.parametrize(
    ("text", "x", "wanted"),
    [
        ("mish", -700.0, "mish"),
        ("mish", -730.0, "mish"),
        ("log(1+exp(x))", 1e4, "1e4"),
        ("log1p(e^x)", 800.0, "800"),
        ("x*sigmoid(x)", 1e4, "1e4"),
        ("x*sigmoid(x)", -1e4, "0"),
        ("softplus", 1e308, "1e308"),
        ("gelu", -30.0, "gelu"),
        ("x*exp(x)/(1+exp(x))", 1000.0, "1000"),
        ("(exp(x)-exp(-x))/(exp(x)+exp(-x))", 800.0, "1"),
        ("x/(1+exp(-x))", -800.0, "swish"),
    ],
)
def test_named_places(text: str, x: float, wanted: str) -> None:
    got = float(actx.formula(text)(x))
    want = truth(wanted, x) if wanted in REGISTRY else mp.mpf(wanted)
    assert (
        abs(got - want)
        <= (8 if text != "gelu" else 2 * x * x) * np.spacing(abs(float(want))) + 1e3 * SUBNORMAL
    )


@pytest.mark.parametrize("name", REGISTRY)
def test_infinities_and_nan(name: str) -> None:
    formula = actx.formula(name)
    with mp.workdps(30):
        for x in (-math.inf, math.inf):
            got = float(formula(x))
            far = value(formula.bound, mp.mpf(10) ** 9 * (1 if x > 0 else -1))
            want = float(far) if abs(far) < 1e3 else math.copysign(math.inf, far)
            assert got == pytest.approx(want, abs=1e-7)
    assert math.isnan(float(formula(math.nan)))


@pytest.mark.parametrize("name", REGISTRY)
def test_no_warnings_and_kept_types(name: str) -> None:
    formula = actx.formula(name)
    for dtype in (np.float32, np.float64):
        with np.errstate(all="ignore"):
            x = np.array([*ENDS, np.inf, -np.inf, np.nan]).astype(dtype)
        with warnings.catch_warnings(), np.errstate(all="raise"):
            warnings.simplefilter("error")
            assert formula(x).dtype == dtype
    x32 = np.linspace(-60, 60, 1001, dtype=np.float32)
    exact = formula(x32.astype(np.float64))
    slope = formula.derivative(1)(x32.astype(np.float64))
    scale = np.abs(exact) + np.abs(x32 * slope) + 1e-35
    assert np.max(np.abs(formula(x32) - exact) / scale) < 12 * np.finfo(np.float32).eps


def test_shapes() -> None:
    mish = actx.formula("mish")
    grid = np.linspace(-3, 3, 24).reshape(2, 3, 4)
    assert mish(grid).shape == (2, 3, 4)
    assert np.array_equal(mish(grid)[1, 2], mish(grid[1, 2]))
    assert np.array_equal(mish(grid.T), mish(grid).T)
    assert mish(1.5).shape == ()
    assert mish([1, 2, 3]).dtype == np.float64
    assert mish(np.arange(5, dtype=np.int64)).dtype == np.float64
    assert mish(np.array([])).shape == (0,)
    assert actx.formula("3")(grid).shape == (2, 3, 4)
    assert actx.formula("1 if x < 0 else 2")(np.float32(1)).dtype == np.float32
    big = np.linspace(-30, 30, 100_003)
    assert np.array_equal(mish(big)[::1000], mish(big[::1000]))


RANGES = {
    "log": (1e-300, 1e300), "log1p": (-0.999999, 1e10), "sqrt": (0.0, 1e300),
    "exp": (-740, 700), "expm1": (-700, 700), "sinh": (-700, 700), "cosh": (-700, 700),
    "sin": (-1e4, 1e4), "cos": (-1e4, 1e4), "tan": (-1e4, 1e4), "sinc": (-1e4, 1e4),
    "log2": (1e-300, 1e300), "log10": (1e-300, 1e300), "rsqrt": (1e-300, 1e300),
    "asin": (-1.0, 1.0), "acos": (-1.0, 1.0), "acosh": (1.0, 1e300), "atanh": (-0.9999, 0.9999),
    "coth": (1e-300, 700),
}  # fmt: skip
UNARY = sorted({o.name for o in FUNCTIONS.values() if o.arity == 1})


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", UNARY)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_each_function(name: str, data: st.DataObject) -> None:
    lo, hi = RANGES.get(name, (-700.0, 700.0))
    x = data.draw(st.one_of(st.floats(lo, hi), st.floats(max(lo, -3), min(hi, 3))))
    with mp.workdps(DIGITS):
        want = value(actx.formula(f"{name}(x)").tree, x)
    got = float(actx.formula(f"{name}(x)")(x))
    # a unit in the last place or two of the function, as NumPy and SciPy have it
    tolerance = (
        8 * float(np.spacing(abs(float(want)))) if name not in ("sin", "cos", "sinc") else 2e-16
    )
    if name == "tan":  # NumPy's is as near as its sine
        tolerance += 2e-16 * abs(float(want)) * (1 + abs(float(want)))
    if name == "erfc" and x > 0:
        tolerance *= 1 + x * x / 4  # x² is rounded on the way
    assert abs(got - want) <= max(tolerance, SUBNORMAL)


CANCELLING = [
    "1+tanh(x)", "1-tanh(x)", "1+erf(x)", "1-erf(x)", "1-sigmoid(x)", "log(1+exp(x))",
    "x+sqrt(x^2+4)", "sqrt(x^2+2)-x", "sqrt(4+x^2)+x",
]  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.floats(-1e6, 1e6), st.sampled_from(CANCELLING))
def test_sums_that_cancel(x: float, text: str) -> None:
    with mp.workdps(precision(x)):
        want = value(actx.formula(text).tree, x)
        amplified = abs(x * mp.diff(lambda t: value(actx.formula(text).tree, t), x))
    got = float(actx.formula(text)(x))
    if abs(x) > 300 and abs(want) < 1e-300:
        return
    assert abs(got - want) <= 8e-16 * abs(want) + 4e-16 * amplified + SUBNORMAL


def test_a_power_of_0_is_infinite_for_one_number_as_for_many() -> None:
    with np.errstate(all="ignore"):
        (one,) = program(parse("0^x"))(np.float64(-1))
    assert one == np.inf
