"""Statements about functions: what holds is proven or left open, what fails never proven.

The oracles are known mathematics, roots that the test itself puts into products, and mpmath.
"""

from __future__ import annotations

import math
import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

import actx
from actx.analysis.results import Answer

PROVEN, DISPROVEN, UNDECIDED = Answer.PROVEN, Answer.DISPROVEN, Answer.UNDECIDED
INF = math.inf


# --- inequalities and equations ---


@pytest.mark.parametrize(
    ("statement", "domain", "places"),
    [
        ("x^4 - 4x^3 + 6x^2 - 4x + 1 >= 0", (-INF, INF), [1]),
        ("(x^2 - 2)^2 >= 0", (-INF, INF), [-math.sqrt(2), math.sqrt(2)]),
        ("exp(x) >= 1 + x + x^2/2 + x^3/6", (-INF, INF), [0]),
        ("exp(x) >= 1 + x + x^2/2 + x^3/6 + x^4/24 + x^5/120", (-INF, INF), [0]),
        ("exp(x) >= e*x", (-INF, INF), [1]),
        ("log(x) <= x - 1", (0, INF), [1]),
        ("cos(x) >= 1 - x^2/2", (-INF, INF), [0]),
        ("sin(x) <= x", (0, INF), [0]),
        ("sin(x) >= x - x^3/6", (0, INF), [0]),
        ("tanh(x) <= x", (0, INF), [0]),
        ("x/(1 + x^2) <= 1/2", (-INF, INF), [1]),
        ("gelu(x) <= relu(x)", (-INF, INF), [0]),
    ],
)
def test_what_touches_is_proven_at_once(
    statement: str, domain: tuple[float, float], places: list[float]
) -> None:
    start = time.perf_counter()
    verdict = actx.prove(statement, domain=domain)
    assert time.perf_counter() - start < 1
    assert verdict.answer is PROVEN
    assert verdict.enclosure == (0, 0)
    assert len(verdict.equal_at) == len(places)
    for (lo, hi), x in zip(verdict.equal_at, places, strict=True):
        assert lo <= x <= hi or x == pytest.approx(lo, rel=1e-15)
        assert hi - lo < 1e-14


@pytest.mark.parametrize("domain", [(-1, 3), (-3, 1)])
def test_one_polynomial_in_two_forms(domain: tuple[float, float]) -> None:
    verdict = actx.prove("(x+1)^30 <= (x^2+2x+1)^15", domain=domain)
    assert verdict.answer is PROVEN
    assert verdict.equal_at == (domain,)


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("relu6(x) <= relu(x)", ((-INF, 6.0),)),
        ("clip(x, 0, 1)^2 <= clip(x, 0, 1)", ((-INF, 0.0), (1.0, INF))),
        ("hard_swish(x) <= relu(x)", ((-INF, -3.0), (0.0, 0.0), (3.0, INF))),
        ("abs(x) >= x", ((0.0, INF),)),
    ],
)
def test_pieces_that_are_equal_are_named(
    statement: str, where: tuple[tuple[float, float], ...]
) -> None:
    verdict = actx.prove(statement)
    assert verdict.answer is PROVEN
    assert verdict.equal_at == where


@pytest.mark.parametrize(
    "statement",
    [
        "sigmoid(x) + sigmoid(-x) == 1",
        "tanh(x) == 2*sigmoid(2x) - 1",
        "max|tanh(x) - (2*sigmoid(2x) - 1)| == 0",
        "max|relu(x) - (x + abs(x))/2| <= 0",
        "abs(x) == max(x, -x)",
        "softplus(x) - softplus(-x) == x",
        "(x + 1)^3 == x^3 + 3x^2 + 3x + 1",
        "swish(x) == x/(1 + exp(-x))",
        "relu6(x) == clip(x, 0, 6)",
        "exp(x + 1) == e*exp(x)",
    ],
)
def test_what_is_equal(statement: str) -> None:
    assert actx.prove(statement).answer is PROVEN


@pytest.mark.parametrize(
    "statement",
    [
        "sigmoid(x) + sigmoid(-x) == 1 + 1e-30",
        "tanh(x) == 2*sigmoid(2x) - 1.0000001",
        "max|mish(x) - swish(x)| == 0",
        "abs(x) == x",
        "gelu == gelu_tanh",
        "relu(x) == where(x > 0, x, 0.0001)",
        "where(x == 0, 1, x) == x",
        "exp(x) == 1 + x",
    ],
)
def test_what_differs_has_a_counterexample(statement: str) -> None:
    verdict = actx.prove(statement)
    assert verdict.answer is DISPROVEN
    assert verdict.witness is not None
    assert verdict.sides is not None
    (a, b), (c, d) = verdict.sides
    if "1e-30" not in statement:  # which no float tells from 1
        assert b < c or d < a


def test_both_values_at_a_counterexample() -> None:
    verdict = actx.prove("mish(x) <= swish(x)")
    assert verdict.witness is not None
    assert verdict.sides is not None
    with mp.workdps(40):
        x = mpf(verdict.witness)
        mish = x * mp.tanh(mp.log(1 + mp.exp(x)))
        swish = x / (1 + mp.exp(-x))
        for (lo, hi), value in zip(verdict.sides, (mish, swish), strict=True):
            assert mpf(lo) <= value <= mpf(hi)
        assert mish > swish


@pytest.mark.parametrize(
    ("statement", "place"),
    [("(3x - 1)^2 > 0", 1 / 3), ("(x^2 - 2)^2 > 0", -math.sqrt(2)), ("exp(x) > 1 + x", 0.0)],
)
def test_a_strict_inequality_fails_where_both_sides_meet(statement: str, place: float) -> None:
    verdict = actx.prove(statement)
    assert verdict.answer is DISPROVEN
    assert verdict.witness == pytest.approx(place, abs=1e-15)


ROOTS = st.lists(
    st.tuples(st.fractions(-3, 3, max_denominator=7), st.integers(1, 3)), min_size=1, max_size=4
)


@given(ROOTS, st.sampled_from(["<=", ">=", "<", ">"]), st.booleans())
@settings(max_examples=120, deadline=None)
def test_products_of_factors_are_decided(
    roots: list[tuple[Fraction, int]], op: str, even: bool
) -> None:
    power = 2 if even else 1
    text = "*".join(f"(x - ({root}))^{power * order}" for root, order in roots)
    known: dict[Fraction, int] = {}
    for root, order in roots:
        known[root] = known.get(root, 0) + power * order
    alternates = any(order % 2 for order in known.values())
    truth = op == ">=" and not alternates
    verdict = actx.prove(f"{text} {op} 0")
    assert verdict.answer is (PROVEN if truth else DISPROVEN)
    if not truth:
        assert verdict.witness is not None
        x = Fraction(verdict.witness)
        value = math.prod(((x - root) ** n for root, n in known.items()), start=Fraction(1))
        met = any(abs(x - root) < 1e-15 for root in known)
        assert met or not {"<=": value <= 0, ">=": value >= 0, "<": value < 0, ">": value > 0}[op]


@given(ROOTS, st.sampled_from(["1e-9", "1e-20", "1e-40"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_nearly_touches_is_told_from_what_does(
    roots: list[tuple[Fraction, int]], gap: str, below: bool
) -> None:
    text = "*".join(f"(x - ({root}))^{2 * order}" for root, order in roots)
    verdict = actx.prove(f"{text} {'-' if below else '+'} {gap} >= 0")
    assert verdict.answer is not (PROVEN if below else DISPROVEN)
    if not below:
        assert verdict.answer is PROVEN
        assert verdict.equal_at == ()


@given(ROOTS, st.fractions(-2, 2, max_denominator=5))
@settings(max_examples=40, deadline=None)
def test_piecewise_polynomials_piece_by_piece(
    roots: list[tuple[Fraction, int]], cut: Fraction
) -> None:
    even = "*".join(f"(x - ({root}))^{2 * order}" for root, order in roots)
    assert actx.prove(f"relu(x - ({cut}))*{even} >= 0").answer is PROVEN
    assert actx.prove(f"min({even}, 1)*abs(x) >= 0").answer is not DISPROVEN
    failing = actx.prove(f"({even})*(x - ({cut})) >= 0")
    assert failing.answer is DISPROVEN
