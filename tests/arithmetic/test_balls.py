"""The ball rules of all operations against mpmath: a point in, the value inside."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
from commands import run
from flint import arb, ctx
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mpmath import mp
from rigour import DIGITS, REFERENCE, ends, reference_ball, to_mp
from rigour import power as mp_power

from actx.arithmetic.balls import whole
from actx.calculus.proven.enclose import ball_program, hull, outward
from actx.language.operations import OPERATIONS
from actx.language.syntax import parse

PRECISION = 96


CONDITIONS = {"and", "or", "not", "where"}  # on truth values, see below
TABLES = {"lookup"}  # see test_tables


def test_every_operation_with_a_ball_rule_is_checked() -> None:
    assert {n for n, o in OPERATIONS.items() if o.ball is not None} == {
        *REFERENCE,
        *CONDITIONS,
        *TABLES,
    }


SIZES = st.sampled_from([0.0, 1e-30, 1e-9, 1e-3, 0.1, 1.0, 3.0, 40.0])
MIDDLES = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, 1 / 3, -3.0]),
    st.floats(-3, 3),
    st.floats(-45, 45),
    st.sampled_from([1e-12, -1e-12, 300.0, -300.0]),
)


@st.composite
def balls(draw: st.DrawFn) -> tuple[Any, Fraction]:
    """A ball and a point in it, often an end or 0."""
    middle, radius = draw(MIDDLES), draw(SIZES)
    share = draw(st.one_of(st.sampled_from([-1.0, 1.0, 0.0]), st.floats(-1, 1)))
    if radius and draw(st.booleans()) and abs(middle) <= radius:
        share = -middle / radius
    point = Fraction(middle) + Fraction(radius) * Fraction(share)
    ball = arb(middle, radius)
    lo, hi = ends(ball)
    return ball, min(max(point, lo), hi)


def assert_holds(result: Any, value: Any) -> None:
    if not result.is_finite():
        return
    assert not mp.isnan(value), f"{result} where it is undefined"
    assert result.overlaps(reference_ball(value)), f"{result} does not hold {mp.nstr(value, 30)}"


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_operation_holds_the_value(name: str) -> None:
    operation = OPERATIONS[name]

    @settings(max_examples=60, deadline=None)
    @given(st.tuples(*[balls() for _ in range(operation.arity)]))
    def check(arguments: tuple[tuple[Any, Fraction], ...]) -> None:
        with mp.workdps(DIGITS), ctx.workprec(PRECISION):
            assert operation.ball is not None
            result = operation.ball(*[ball for ball, _ in arguments])
            value = REFERENCE[name](*[to_mp(point) for _, point in arguments])
            assert_holds(result, value)

    check()


@settings(max_examples=60, deadline=None)
@given(balls(), st.integers(-12, 12))
@example((arb(1, 2), Fraction(0)), 2)
@example((arb(0, 1), Fraction(0)), 2)
def test_whole_powers(base: tuple[Any, Fraction], n: int) -> None:
    with mp.workdps(DIGITS), ctx.workprec(PRECISION):
        result = OPERATIONS["pow"].ball(base[0], arb(n))
        assert_holds(result, mp_power(to_mp(base[1]), mp.mpf(n)))


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [("cosh", 1.0, 10.07), ("sech", 0.09, 1.0), ("abs", 0.0, 3.0)],
)
def test_even_functions_over_a_ball_about_zero(name: str, lowest: float, highest: float) -> None:
    result = OPERATIONS[name].ball(arb(1, 2))
    lo, hi = outward(result)
    assert lo == pytest.approx(lowest, abs=0.02)
    assert hi == pytest.approx(highest, abs=0.02)


# --- pieces: tight within one, the hull where a ball lies over a breakpoint ---


def same(a: Any, b: Any) -> bool:
    return bool(ends(a) == ends(b))


@pytest.mark.parametrize(
    ("name", "ball", "expected"),
    [
        ("relu", arb(2, 1), arb(2, 1)),
        ("relu", arb(-2, 1), arb(0)),
        ("abs", arb(2, 1), arb(2, 1)),
        ("abs", arb(-2, 1), arb(2, 1)),
        ("sign", arb(2, 1), arb(1)),
        ("sign", arb(-2, 1), arb(-1)),
        ("sign", arb(0), arb(0)),
    ],
)
def test_one_piece_is_tight(name: str, ball: Any, expected: Any) -> None:
    assert same(OPERATIONS[name].ball(ball), expected)


def test_two_arguments_apart_are_tight() -> None:
    low, high = arb(1, 0.5), arb(4, 1)
    for a, b in ((low, high), (high, low)):
        assert same(OPERATIONS["min"].ball(a, b), low)
        assert same(OPERATIONS["max"].ball(a, b), high)
    clip = OPERATIONS["clip"].ball
    assert same(clip(arb(2, 0.5), arb(0), arb(3)), arb(2, 0.5))
    assert same(clip(arb(-2, 0.5), arb(0), arb(3)), arb(0))
    assert same(clip(arb(5, 0.5), arb(0), arb(3)), arb(3))


@pytest.mark.parametrize(
    ("name", "ball", "lo", "hi"),
    [
        ("relu", arb(0.5, 1), 0.0, 1.5),
        ("abs", arb(-0.5, 1), 0.0, 1.5),
        ("sign", arb(0.5, 1), -1.0, 1.0),
    ],
)
def test_over_a_breakpoint_it_is_the_hull(name: str, ball: Any, lo: float, hi: float) -> None:
    found = outward(OPERATIONS[name].ball(ball))
    assert found[0] == pytest.approx(lo, abs=1e-6)
    assert found[1] == pytest.approx(hi, abs=1e-6)
    assert found[0] <= lo
    assert found[1] >= hi


TRUTHS = st.sampled_from(["yes", "no", "open"])


def condition(truth: str) -> Any:
    return {"yes": arb(1), "no": arb(0), "open": arb(0).union(arb(1))}[truth]


def possible(truth: str) -> list[bool]:
    return {"yes": [True], "no": [False], "open": [False, True]}[truth]


@given(TRUTHS, TRUTHS)
def test_conditions(a: str, b: str) -> None:
    both = OPERATIONS["and"].ball(condition(a), condition(b))
    either = OPERATIONS["or"].ball(condition(a), condition(b))
    opposite = OPERATIONS["not"].ball(condition(a))
    for p in possible(a):
        assert opposite.contains(arb(int(not p)))
        for q in possible(b):
            assert both.contains(arb(int(p and q)))
            assert either.contains(arb(int(p or q)))
    if "open" not in (a, b):
        assert both.is_exact()
        assert either.is_exact()


@given(TRUTHS, balls(), balls())
def test_where(truth: str, a: tuple[Any, Fraction], b: tuple[Any, Fraction]) -> None:
    with mp.workdps(DIGITS), ctx.workprec(PRECISION):
        result = OPERATIONS["where"].ball(condition(truth), a[0], b[0])
        for holds in possible(truth):
            assert_holds(result, to_mp(a[1] if holds else b[1]))
    if truth != "open":
        assert same(result, a[0] if truth == "yes" else b[0])


@settings(max_examples=60, deadline=None)
@given(balls())
def test_piecewise_formula_over_a_ball(x: tuple[Any, Fraction]) -> None:
    outer, inner = "clip(x, -1, 2)*relu(x)", "abs(x - 2) + min(x^2, 4) - sign(x)"
    tree = parse(f"{outer} if x < 1 or x >= 3 else {inner}")

    def value(t: Any) -> Any:
        if t < 1 or t >= 3:
            return min(max(t, mp.mpf(-1)), mp.mpf(2)) * max(t, mp.mpf(0))
        return abs(t - 2) + min(t * t, mp.mpf(4)) - mp.sign(t)

    with mp.workdps(DIGITS), ctx.workprec(PRECISION):
        result = ball_program(tree, precision=PRECISION)(x[0])[0]
        assert result.is_finite()
        assert_holds(result, value(to_mp(x[1])))


# --- domain errors are seen ---


@pytest.mark.parametrize(
    ("text", "lo", "hi"),
    [
        ("log(x)", -1.0, 2.0),
        ("log(x)", 0.0, 2.0),
        ("log(x)", -2.0, -1.0),
        ("log1p(x)", -1.0, 0.0),
        ("1/x", -1.0, 2.0),
        ("1/x", 0.0, 2.0),
        ("x/x", -1.0, 1.0),
        ("sqrt(x)", -1.0, 2.0),
        ("x^-1", -1.0, 2.0),
        ("x^-2", -1.0, 2.0),
        ("x^0.5", -1.0, 2.0),
        ("x^x", -1.0, 2.0),
        ("relu(log(x))", -1.0, 2.0),
        ("max(log(x), 0)", -1.0, 2.0),
        ("max(0, log(x))", -1.0, 2.0),
        ("min(1/x, 3)", -1.0, 2.0),
        ("clip(log(x), 0, 1)", -1.0, 2.0),
        ("abs(log(x))", -1.0, 2.0),
        ("tanh(1/x)", -1.0, 2.0),
        ("sigmoid(1/x)", -1.0, 2.0),
        ("atan(1/x)", -1.0, 2.0),
        ("exp(-1/x^2)", -1.0, 2.0),
        ("0*log(x)", -1.0, 2.0),
        ("sign(log(x))", -1.0, 2.0),
        ("erf(1/x)", -1.0, 2.0),
        ("where(x > 0, log(x), 1)", -1.0, 2.0),
        ("where(log(x) > 0, 1, 2)", -1.0, 2.0),
        ("where(log(x) == 0, 1, 2)", -1.0, 2.0),
        ("where(x > 0 and 1/x > 3, 1, 2)", -1.0, 2.0),
    ],
)
def test_a_domain_error_is_not_finite(text: str, lo: float, hi: float) -> None:
    with ctx.workprec(PRECISION):
        result = ball_program(parse(text), precision=PRECISION)(hull(lo, hi))[0]
    assert not result.is_finite()
    assert not result > 0
    assert not result < 0


def test_a_branch_that_is_not_taken_may_be_undefined() -> None:
    with ctx.workprec(PRECISION):
        result = ball_program(parse("log(x) if x > 0.5 else 2"), precision=PRECISION)(hull(-1, 0))
    assert same(result[0], arb(2))


# --- from balls to floats ---


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 1e300))
def test_outward_holds_the_ball(middle: float, radius: float) -> None:
    ball = arb(middle, radius)
    lo, hi = outward(ball)
    assert lo <= middle <= hi
    low, high = ends(ball)
    assert lo == -math.inf or Fraction(lo) <= low
    assert hi == math.inf or Fraction(hi) >= high
    narrow = arb(middle)
    assert outward(narrow) == (middle, middle)


def test_outward_of_what_floats_cannot_hold() -> None:
    assert outward(arb("nan")) == (float("-inf"), float("inf"))
    big = outward(arb("1e400"))
    assert big[0] < float("inf")
    assert big[1] == float("inf")
    tiny = outward(arb("1e-400"))
    assert tiny[0] <= 0 < tiny[1]


def test_a_whole_number_beyond_all_memory_is_none() -> None:
    """flint would end the process."""
    assert whole(arb(2) ** 70, 1 << 80) == 2**70
    assert whole(arb(2) ** 70, 1 << 69) is None
    assert whole(arb((1, 2**62)), 1 << 80) is None
    assert whole(arb(0.5), 10) is None
    assert whole(arb("nan"), 10) is None
    done = run("prove", "square(atan(cbrt(x - 1e18))) >= tanh(x)*x^(-0.5) on 1e15:1e18")
    assert done.returncode in (0, 1, 3), done.stderr
