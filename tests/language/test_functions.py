"""The functions of the language beyond those of activations, against mpmath: values over the whole
range, derivatives, enclosures in boxes and balls, and code in every language.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import exported
import numpy as np
import pytest
from commands import run
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp
from oracle import derivatives, value
from rigour import reference_ball

import actx
from actx.calculus.enclosure import enclosure
from actx.calculus.proven.enclose import ball_program
from actx.calculus.values import evaluate
from actx.codegen import LANGUAGES
from actx.language.operations import OPERATIONS

EVERYWHERE = (-1e300, 1e300)
POSITIVE = (1e-300, 1e300)
# a formula of each function, and where it is defined
FORMULAS: dict[str, tuple[float, float]] = {
    "tan(x)": (-1e4, 1e4), "asin(x)": (-1, 1), "acos(x)": (-1, 1), "asinh(x)": EVERYWHERE,
    "acosh(x)": (1, 1e300), "atanh(x)": (-0.9999, 0.9999), "exp2(x)": (-1000, 1000),
    "log2(x)": POSITIVE, "log10(x)": POSITIVE, "logb(x, 3)": POSITIVE, "logb(3, x)": (1.5, 1e300),
    "cbrt(x)": EVERYWHERE, "hypot(x, 2)": EVERYWHERE, "hypot(x, 3x)": (-1e299, 1e299),
    "logaddexp(x, 1)": (-700, 700), "logaddexp(-x, x)": (-700, 700), "sinc(x)": (-1e4, 1e4),
    "coth(x)": (1e-300, 700), "softsign(x)": EVERYWHERE, "logsigmoid(x)": (-700, 700),
    "square(x)": (-1e150, 1e150), "cube(x)": (-1e100, 1e100), "rsqrt(x)": POSITIVE,
    "sgn(x)": EVERYWHERE, "heaviside(x)": EVERYWHERE, "sech(x)": (-700, 700),
    "erfc(x)": (-20, 5), "normcdf(x)": (-37, 37), "normpdf(x)": (-37, 37),
}  # fmt: skip
STEPS = ("sgn(x)", "heaviside(x)", "cbrt(x)", "softsign(x)", "sinc(x)", "hypot(x, 3x)")


def points(text: str) -> st.SearchStrategy[float]:
    lo, hi = FORMULAS[text]
    near = st.floats(max(lo, -3), min(hi, 3))
    ordinary = st.floats(max(lo, -40), min(hi, 40))
    return st.one_of(near, ordinary, st.floats(lo, hi))


@cache
def formula(text: str) -> actx.Formula:
    return actx.formula(text)


def truth(text: str, x: float) -> Any:
    with mp.workdps(700 if abs(x) > 1e10 else 60):
        try:
            return value(formula(text).tree, x)
        except ZeroDivisionError:
            return mp.nan


@pytest.mark.sampled(2)
@pytest.mark.parametrize("text", FORMULAS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_values(text: str, data: st.DataObject) -> None:
    """Within a few units in the last place; SciPy's erfc is off by more far out."""
    x = data.draw(points(text))
    want, got = truth(text, x), float(formula(text)(x))
    if mp.isnan(want):
        return
    units = 40 if text == "erfc(x)" else 6
    tolerance = units * float(np.spacing(abs(float(want))))
    if text in ("tan(x)", "sinc(x)"):  # beside their zeros, as sin is
        tolerance += 3e-16 * min(1.0, abs(x))
    with mp.workdps(60):
        assert abs(got - want) <= tolerance + 5e-324


@pytest.mark.sampled(2)
@pytest.mark.parametrize("text", FORMULAS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_slopes(text: str, data: st.DataObject) -> None:
    x = data.draw(
        points(text).filter(lambda x: abs(x) < 30 and (text not in STEPS or abs(x) > 1e-3))
    )
    if FORMULAS[text] in ((-1, 1), (1, 1e300), (-0.9999, 0.9999)):
        x = x * 0.99 if FORMULAS[text][1] <= 1 else x + 0.01
    if FORMULAS[text][0] >= 0:
        x += 0.01
    with mp.workdps(40):
        want = derivatives(actx.formula(text).tree, x, 1)[1]
    got = float(actx.formula(text).derivative(1)(x))
    loose = 5e-16 / abs(x) if text == "sinc(x)" else 1e-15  # two quotients that cancel
    assert got == pytest.approx(float(mp.re(want)), rel=1e-12, abs=loose)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("text", FORMULAS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_boxes_and_balls_hold_the_value(text: str, data: st.DataObject) -> None:
    x, y = sorted((data.draw(points(text)), data.draw(points(text))))
    tree = formula(text).tree
    with np.errstate(all="ignore"):
        lo, hi = enclosure(tree)((np.float64(x), np.float64(y)))[0]
    with ctx.workprec(96):
        ball = ball_program(tree, precision=96)(arb(x).union(arb(y)))[0]
    for place in (x, y, data.draw(st.floats(x + 0.0, y + 0.0))):
        want = truth(text, place)
        if mp.isnan(want):
            continue
        assert lo <= want <= hi
        with mp.workdps(60):
            assert not ball.is_finite() or ball.overlaps(reference_ball(want))


def shown(*args: str) -> Any:
    done = run("show", *args, "--json")
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("text", "kinks"),
    [
        ("heaviside(2x - 1)", [(0.5, 0, 1.0)]),
        ("sgn(x)", [(0, 0, 2.0)]),
        ("softsign(x + 3)", [(-3, 2, -4.0)]),
        ("logsigmoid(x)", []),
        ("normcdf(x)*x", []),
        ("hypot(x, 1)", []),
    ],
)
def test_kinks(text: str, kinks: list[tuple[float, int, float]]) -> None:
    found = shown(text)["kinks"]
    assert [(k["x"], k["order"], k["jump"]) for k in found] == kinks


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("normcdf(x)*x", (0, 0), (1, 0)),
        ("hypot(x, 3)", (-1, 0), (1, 0)),
        ("logaddexp(x, 2)", (0, 2), (1, 0)),
        ("x*softsign(x)", (-1, -1), (1, -1)),
        ("x*coth(x)", (-1, 0), (1, 0)),
        ("heaviside(x)*x", (0, 0), (1, 0)),
    ],
)
def test_tails(text: str, left: tuple[float, float], right: tuple[float, float]) -> None:
    tails = shown(text)["tails"]
    for side, (slope, intercept) in (("left", left), ("right", right)):
        assert tails[side]["slope"] == pytest.approx(slope)
        assert tails[side]["intercept"] == pytest.approx(intercept)


def test_the_least_value_of_gelu_by_its_name_is_that_of_gelu() -> None:
    row = actx.compare("x*normcdf(x)", "gelu").rows[0]
    assert not row.max_error.value > 0  # 0, or unknown where that is not proven
    assert row.max_error.enclosure[0] == 0


EXPORTED: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "inverses": (
        "tan(x/8) + asin(x/40) + acos(x/50) + asinh(x) + acosh(x + 40) + atanh(x/40)",
        lambda x: np.tan(x / 8) + np.arcsin(x / 40) + np.arccos(x / 50) + np.arcsinh(x)
        + np.arccosh(x + 40) + np.arctanh(x / 40),
    ),
    "logarithms": (
        "exp2(x/9) + log2(x + 40) + log10(x + 41) + logb(x + 42, 3) + logaddexp(x, 1)",
        lambda x: np.exp2(x / 9) + np.log2(x + 40) + np.log10(x + 41) + np.log(x + 42) / np.log(3)
        + np.logaddexp(x, 1),
    ),
    "powers": (
        "cbrt(x - 0.03) + hypot(x, 2) + square(x/40) + cube(x/40) + rsqrt(x + 40)",
        lambda x: np.cbrt(x - 0.03) + np.hypot(x, 2) + (x / 40)**2 + (x / 40)**3 + (x + 40)**-0.5,
    ),
    "gates": (
        "sinc(x - 0.03) + coth(x + 40) + softsign(x) + logsigmoid(x) + sgn(x) + heaviside(x)",
        lambda x: np.sinc((x - 0.03) / np.pi) + 1 / np.tanh(x + 40) + x / (1 + abs(x))
        - np.logaddexp(0, -x) + np.sign(x) + np.heaviside(x, 0.5),
    ),
    "normal": (
        "sech(x) + erfc(x/9) + normcdf(x) + normpdf(x)",
        lambda x: 1 / np.cosh(x) + np.vectorize(lambda t: float(
            mp.erfc(t / 9) + mp.ncdf(t) + mp.npdf(t)))(x),
    ),
}  # fmt: skip


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", EXPORTED)
@pytest.mark.parametrize("language", [n for n in LANGUAGES if n in exported.RUN])
def test_exports(language: str, name: str, tmp_path: Path) -> None:
    exported.need(language)
    if language == "onnx":
        pytest.importorskip("onnx")
    text, expected = EXPORTED[name]
    made = actx.export(text, language, name="curve")
    kind = "float32" if language == "onnx" else "float64"
    f, slope = exported.load(language, made, tmp_path, kind)
    x = np.linspace(-30, 30, 241)
    near = 3e-6 if language == "onnx" else 1e-14
    assert f(x.astype(kind)) == pytest.approx(expected(x), rel=near, abs=near)
    if slope is not None and name != "gates":
        step = 1e-5
        truth = (expected(x + step) - expected(x - step)) / (2 * step)
        assert slope(x) == pytest.approx(truth, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("name", [n for n, o in OPERATIONS.items() if o.parity])
def test_parity_is_right(name: str) -> None:
    parity = OPERATIONS[name].parity
    x = np.array([1e-300, 1e-9, 0.1, 0.3, 0.7, 0.99])
    tree = actx.formula(f"{name}(x)").tree
    assert evaluate(tree, -x) == pytest.approx(parity * evaluate(tree, x), rel=1e-15, abs=0)
