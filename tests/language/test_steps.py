"""floor, ceil, round (half to even), trunc and mod: exact values at fractions and floats, their
jumps counted by brute force, comparisons that look at one step only, and enclosures.

The truth is Python's arithmetic of fractions, NumPy, and counting on grids.
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from commands import refused, run
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from rigour import ends

import actx
from actx.calculus.enclosure import enclosure
from actx.calculus.pieces import decided_at, pieces
from actx.calculus.proven.enclose import ball_program, exact_ball
from actx.calculus.proven.pieces import verify
from actx.calculus.resolve import resolved
from actx.calculus.steps import without_steps
from actx.calculus.values import evaluate
from actx.core.budget import Budget
from actx.language.stable import by_floor
from actx.language.tree import NUMBER, Node, X, as_fraction, node, number, replace, walk

EXACT: dict[str, Callable[[Fraction], int]] = {
    "floor": math.floor, "ceil": math.ceil, "round": round, "trunc": math.trunc,
}  # fmt: skip
NUMPY: dict[str, Callable[[Any], Any]] = {
    "floor": np.floor, "ceil": np.ceil, "round": np.round, "trunc": np.trunc,
}  # fmt: skip
names = st.sampled_from(sorted(EXACT))
fractions = st.one_of(
    st.fractions(-50, 50, max_denominator=60),
    st.integers(-60, 60).map(lambda n: Fraction(n, 2)),  # whole numbers and halves
)


def value_at(tree: Node, x: Fraction) -> Fraction:
    found = replace(tree, X, number(x))
    assert found.op == NUMBER
    return as_fraction(found)


def rounded(text: str) -> Node:
    return actx.formula(text).tree


# --- values ---


@given(names, fractions)
def test_values_at_fractions_are_exact(name: str, x: Fraction) -> None:
    assert value_at(rounded(f"{name}(x)"), x) == EXACT[name](x)


@given(fractions, fractions.filter(bool))
def test_mod_has_the_sign_of_what_it_divides_by(x: Fraction, v: Fraction) -> None:
    found = value_at(node("mod", X, number(v)), x)
    assert found == x % v == x - v * math.floor(x / v)
    assert 0 <= found / v < 1


@given(fractions)
def test_identities(x: Fraction) -> None:
    for left, right in (
        ("ceil(x)", "-floor(-x)"),
        ("round(-x)", "-round(x)"),
        ("round(x)", "floor(x/2 + 1/4) - floor(1/4 - x/2)"),
        ("trunc(x)", "sign(x)*floor(abs(x))"),
        ("floor(x) + mod(x, 1)", "x"),
        ("round(x + 2)", "round(x) + 2"),
    ):
        trees = [decided_at(rounded(text), x) for text in (left, right)]
        a, b = (value_at(tree, x) for tree in trees)
        assert a == b, (left, right)


@pytest.mark.parametrize("name", EXACT)
def test_values_over_arrays_are_numpys(name: str) -> None:
    grid = np.concatenate([np.arange(-9, 9.25, 0.25), np.array([-0.0, 1e300, -1e300, 2.0**53 - 1])])
    assert np.array_equal(evaluate(rounded(f"{name}(x)"), grid), NUMPY[name](grid))
    single = grid[:-4].astype(np.float32)
    assert evaluate(rounded(f"{name}(x)"), single).dtype == np.float32


def test_mod_over_arrays_is_numpys() -> None:
    grid = np.arange(-9, 9.25, 0.25)
    for v in (3.0, -2.0, 0.1):
        found = evaluate(node("mod", X, number(v)), grid)
        assert np.array_equal(found, np.mod(grid, v))


@given(st.floats(-1e300, 1e300, allow_subnormal=False), st.sampled_from((1, 2, 64)))
def test_remainders_by_a_power_of_two_are_right_by_floor(x: float, v: int) -> None:
    """As code has them: within one rounding of the exact one, as NumPy's are."""
    tree = by_floor(node("mod", X, number(v)))
    assert "mod" not in {n.op for n in walk(tree)}
    assert float(evaluate(tree, x)) == float(np.mod(x, v)) == float(Fraction(x) % v)


@given(names, st.floats(-40, 40), st.floats(0, 6))
def test_boxes_and_balls_hold_the_values(name: str, lo: float, width: float) -> None:
    tree = rounded(f"{name}(x)")
    box = enclosure(tree)((np.float64(lo), np.float64(lo + width)))[0]
    with ctx.workprec(96):
        ball = ball_program(tree, precision=96)(arb(lo).union(arb(lo + width)))[0]
        least, most = ends(ball)
    for x in (lo, lo + width / 3, lo + width):
        want = EXACT[name](Fraction(x))
        assert box[0] <= want <= box[1]
        assert least <= want <= most
    assert box == (EXACT[name](Fraction(lo)), EXACT[name](Fraction(lo + width)))


@given(names, fractions, st.sampled_from((20, 53, 300)))
def test_balls_that_are_exact_give_the_whole_number(name: str, x: Fraction, bits: int) -> None:
    dyadic = Fraction(round(x * 1024), 1024)
    with ctx.workprec(bits):
        assert ball_program(rounded(f"{name}(x)"), precision=bits)(exact_ball(dyadic))[0] == arb(
            EXACT[name](dyadic)
        )


# --- jumps ---


@settings(max_examples=30, deadline=None)
@given(names, st.fractions(-4, 4, max_denominator=9).filter(bool), fractions)
def test_jumps_are_those_of_brute_force(name: str, a: Fraction, b: Fraction) -> None:
    """Edges of a·x + b on -3:3 by trying every whole and half number, values beside them exact."""
    tree = node(name, node("add", node("mul", number(a), X), number(b)))
    function = pieces(tree, -3.0, 3.0)
    candidates = {(Fraction(n, 2) - b) / a for n in range(-200, 201)}
    inside = sorted(x for x in candidates if -3 < x < 3)
    near = Fraction(1, 10**6)

    def at(x: Fraction) -> int:
        return EXACT[name](a * x + b)

    jumps = [x for x in inside if not at(x - near) == at(x) == at(x + near)]
    assert list(function.breakpoints) == jumps
    for piece in function.pieces:
        middle = (Fraction(piece.lo) + Fraction(piece.hi)) / 2
        assert value_at(piece.tree, middle) == at(middle)
    for x in jumps:
        assert function.at_edge(x) == at(x)
    assert verify(tree, function, Budget(5)).exact


@settings(max_examples=80, deadline=None)
@given(
    names, st.sampled_from(("lt", "le", "gt", "ge", "eq", "ne")), st.booleans(),
    st.fractions(-3, 3, max_denominator=4).filter(bool), st.fractions(-9, 9, max_denominator=4),
    st.sampled_from(("mul", "add", "sub", "div", "neg")), fractions,
)  # fmt: skip
def test_a_comparison_looks_at_one_step(
    name: str, op: str, turned: bool, c: Fraction, bound: Fraction, outer: str, x: Fraction
) -> None:
    """The comparison of x that stands for one of a rounded x holds at the same numbers."""
    inner = node(name, X)
    tree = node(outer, inner) if outer == "neg" else node(outer, inner, number(c))
    sides = (number(bound), tree) if turned else (tree, number(bound))
    found = without_steps(node(op, *sides))
    assert found is not None

    def decide(comparison: Node, a: Node, b: Node) -> Node:
        holds = getattr(operator, comparison.op)(value_at(a, x), value_at(b, x))
        return number(int(holds))

    answer = as_fraction(resolved(found, decide, float)[0])
    values = [value_at(side, x) for side in sides]
    assert bool(answer) == bool(getattr(operator, op)(*values))


def test_clipped_steps_are_finitely_many_on_the_whole_line() -> None:
    function = pieces(rounded("clip(round(x*8), -16, 15)/8"))
    assert function.breakpoints == tuple(Fraction(2 * n + 1, 16) for n in range(-16, 15))
    assert function.lo == -math.inf
    assert function.hi == math.inf
    assert verify(rounded("clip(round(x*8), -16, 15)/8"), function, Budget(5)).exact


@pytest.mark.parametrize(
    ("text", "domain", "kinks"),
    [
        ("floor(x)", "0:5", [(1, 1), (2, 1), (3, 1), (4, 1)]),
        ("x - floor(x)", "0:3", [(1, -1), (2, -1)]),
        ("mod(x, -2)", "-3:3", [(-2, -2), (0, -2), (2, -2)]),
        ("round(x)", "-2:2", [(-1.5, 1), (-0.5, 1), (0.5, 1), (1.5, 1)]),
        ("trunc(x)", "-2:2", [(-1, 1), (1, 1)]),
        ("floor(x) + floor(-x)", "-1:1", [(0, 0)]),
        ("abs(mod(x, 2) - 1)", "-1:2", []),
    ],
)
def test_kinks(text: str, domain: str, kinks: list[tuple[float, float]]) -> None:
    found = json.loads(run("kinks", text, "--domain", domain, "--json").stdout)["kinks"]
    assert [(k["x"], k["jump"]) for k in found if k["order"] == 0] == kinks


# --- whole answers ---


def test_errors_of_rounding() -> None:
    exact = actx.compare("round(8*x)/8", "x", domain="-1:1").rows[0].max_error
    assert exact.enclosure == (1 / 16, 1 / 16)
    half = actx.compare("floor(16*tanh(x)+0.5)/16", "tanh", domain="-3:3").rows[0].max_error
    assert half.enclosure[0] <= 1 / 32 <= half.enclosure[1]
    assert half.enclosure[1] - half.enclosure[0] < 1e-9
    biased = actx.compare("floor(3.6666*x)/8", "tanh", domain="-3:3").rows[0].max_error
    x = np.linspace(-3, 3, 400_001)
    reached = np.max(np.abs(np.floor(3.6666 * x) / 8 - np.tanh(x)))
    assert reached <= biased.enclosure[1] < reached + 1e-4


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("floor(x) <= x on 0:9", "proven"),
        ("x - floor(x) < 1 on -5:5", "proven"),
        ("abs(round(8*x)/8 - x) <= 1/16 on -1:1", "proven"),
        ("max|round(8*x)/8 - x| < 1/16 on -1:1", "disproven"),
        ("ceil(x) == -floor(-x) on -3:3", "proven"),
        ("round(x) == floor(x + 0.5) on -3:3", "disproven"),
        ("mod(x, 2) == x - 2*floor(x/2) on -3:3", "proven"),
        ("clip(round(8*x), -16, 15) is increasing", "proven"),
        ("abs(clip(round(8*x), -16, 15)/8 - clip(x, -2, 15/8)) <= 1/16", "proven"),
    ],
)
def test_statements(statement: str, verdict: str) -> None:
    assert actx.prove(statement).answer.value == verdict


@pytest.mark.parametrize("text", ["floor(x)", "x - floor(x)", "mod(x, 3)", "round(softplus(x))"])
def test_steps_without_end_are_said_to_be(text: str) -> None:
    told = " ".join(run("show", text).stdout.split())
    assert "grows without bound" in told
    assert "jumps again and again, without end" in told
    assert "no other kink lies in" in told


def test_what_has_no_value_is_refused() -> None:
    assert "no real value" in refused("show", "mod(x, 0)", status=1)
    assert "more than 500 breakpoints" in refused("show", "floor(1/x)", "--domain", "0:1", status=1)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (r"\lfloor 8x \rfloor/8", "floor(8x)/8"),
        (r"\left\lceil \frac{x}{2} \right\rceil", "ceil(x/2)"),
        ("2⌊x⌋(x + 1)", "2*floor(x)*(x + 1)"),
        ("|⌈x⌉ - x|", "abs(ceil(x) - x)"),
        ("torch.round(x*8)/8", "round(x*8)/8"),
        ("np.mod(x, 2)", "mod(x, 2)"),
    ],
)
def test_other_ways_to_write_them(text: str, same: str) -> None:
    assert actx.formula(text).tree is actx.formula(same).tree


def test_mistakes_are_told() -> None:
    assert "'⌋' was expected" in refused("show", "⌊x", status=2)
    assert "it needs brackets, as in floor(x)" in refused("show", "floor x", status=2)
    assert "Did you mean floor?" in refused("show", "flor(x)", status=2)
