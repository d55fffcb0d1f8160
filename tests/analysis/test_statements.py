"""Statements about functions: what holds is proven or left open, what fails never proven.

The oracles are known mathematics, roots that the test itself puts into products, and mpmath.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

import actx
from actx.analysis.results import Answer
from actx.core.errors import FormulaError, UsageError

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
    verdict = actx.prove(statement, domain=domain, budget=20)
    assert verdict.answer is PROVEN
    assert verdict.enclosure == (0, 0)
    assert len(verdict.equal_at) == len(places)
    for (lo, hi), x in zip(verdict.equal_at, places, strict=True):
        assert lo <= x <= hi or x == pytest.approx(lo, rel=1e-15)
        assert hi - lo < 1e-14


SINE = "x - x^3/6 + x^5/120 - x^7/5040 + x^9/362880 - x^11/39916800"
LAMBERT = "x*(945 + x^2*(105 + x^2))/(945 + x^2*(420 + 15x^2))"


@pytest.mark.parametrize(
    ("statement", "domain"),
    [
        (f"sin(x) >= {SINE}", (0, INF)),
        (f"sin(x) >= {SINE}", (0, 3)),
        (f"sin(x) <= {SINE} + x^13/6227020800", (0, INF)),
        (f"tanh(x) <= {LAMBERT}", (0, 3)),
        ("atan(x) >= x - x^3/3 + x^5/5 - x^7/7 + x^9/9 - x^11/11", (0, INF)),
        ("log(1+x) <= x - x^2/2 + x^3/3 - x^4/4 + x^5/5 - x^6/6 + x^7/7", (0, INF)),
    ],
)
def test_contact_of_a_high_order_is_proven(statement: str, domain: tuple[float, float]) -> None:
    verdict = actx.prove(statement, domain=domain, budget=20)
    assert verdict.answer is PROVEN
    assert verdict.equal_at == ((0, 0),)


@pytest.mark.parametrize(
    "statement", [f"sin(x) >= {SINE} + 1e-9*x^13", f"tanh(x) <= {LAMBERT} - 1e-6*x^11"]
)
def test_where_it_fails_a_witness_is_found(statement: str) -> None:
    assert actx.prove(statement, domain=(0, 3)).answer is not PROVEN


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
        "sin(x)^2 + cos(x)^2 == 1",
        "sin(x)^4 == (1 - cos(x)^2)^2",
        "cosh(x)^2 - sinh(x)^2 == 1",
        "erf(-x) == -erf(x)",
        "gelu(x) - gelu(-x) == x",
        "1/(sqrt(x^2 + 1) + x) == sqrt(x^2 + 1) - x",
        "erf(x/2) == erf(0.5*x)",
        "asinh(x) == log(x + sqrt(x^2 + 1))",
        "asinh(x) is odd",
        "x*erf(x) is even",
        "cos(x)*x is odd",
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
        "sin(x)^2 - cos(x)^2 == 1",
        "sqrt(x^2 + 1)^2 == x^2 - 1",
        "sqrt(x^2 + 1) == x",
        "erf(-x) == erf(x)",
        "sin(x) == sin(2x)",
        "x*erf(x) is odd",
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


@pytest.mark.parametrize(
    "statement",
    [
        "abs(x^2 - 2) >= 0", "relu(x^2 - 2) >= x^2 - 2", "clip(x^2 - 2, -1, 1) <= 1",
        "abs(x^3 - x - 1) == max(x^3 - x - 1, 1 + x - x^3)", "relu(x^2 - 2) >= 0",
        "min(x^3 - x - 1, x^2 - 3) <= (x^3 + x^2 - x - 4)/2", "abs(x^2 - 2) == abs(2 - x^2)",
        "relu(abs(x) - 1/3)*3 == max(3*abs(x) - 1, 0)", "max(x^5 - x - 1, 0) + 1e-30 > 0",
        "abs(x^2 - 2) is even", "abs(x^2 - 2) has its minimum at sqrt(2)",
        "where(x^2 < 2, 1, 0) <= 1", "abs(abs(x) - abs(x^2 - 3)) <= abs(x) + abs(x^2 - 3)",
    ],
)  # fmt: skip
def test_breakpoints_that_are_no_fractions(statement: str) -> None:
    assert actx.prove(statement).answer is PROVEN


@pytest.mark.parametrize(
    "statement",
    [
        "abs(x^2 - 2) > 0", "relu(x^2 - 2) >= x^2 - 2 + 1e-30", "max(x^5 - x - 1, 0) > 0",
        "where(x^2 == 2, 1, 0) <= 0", "where(x^2 <= 2, 1, 0) == where(x^2 < 2, 1, 0)",
        "abs(x^3 - x - 1) == x^3 - x - 1", "where(x^2 == 2, 5, abs(x)) == abs(x)",
    ],
)  # fmt: skip
def test_what_fails_at_such_a_breakpoint_is_not_proven(statement: str) -> None:
    assert actx.prove(statement).answer is not PROVEN


@pytest.mark.parametrize("statement", ["x^2/x <= x", "(x^2 - 1)/(x - 1) == x + 1", "x/x > 0"])
def test_points_without_a_value_say_nothing(statement: str) -> None:
    assert actx.prove(statement).answer is PROVEN
    assert actx.prove("x^2*(x/x) > 0").answer is not DISPROVEN


# --- properties ---


TRUE = [
    "relu is convex and increasing", "abs(x) is even", "mish is increasing for x >= 0",
    "x^2 - 2x has its minimum at 1", "abs(x) has its minimum at 0", "cos(x) has its maximum at 0",
    "(x^2 - 2)^2 has its minimum at sqrt(2)", "tanh(x) is odd", "tanh is concave for x >= 0",
    "tanh is bounded by 1", "sin(x) is bounded by 1", "sin(x) is bounded", "sigmoid is bounded",
    "tanh is Lipschitz with 1", "relu is 1-Lipschitz", "gelu is Lipschitz with 1.13",
    "sigmoid is strictly increasing", "softplus is convex", "x^3 is strictly increasing",
    "x^3 is convex on 0:5", "1/x is decreasing for x > 0", "1/x is convex on 0:inf",
    "sign(x) is increasing", "where(x < 0, x, x + 1) is increasing", "clip(x, -1, 1) is odd",
    "relu6 is concave for x >= 0", "leaky_relu is increasing and convex",
    "elu is C1 and increasing", "sqrt(x) is concave for x >= 0", "x*log(x) is convex for x > 0",
    "hard_swish is increasing for x >= 0",
    "max(x^2, abs(x)) is convex", "x^5 - x is odd",
    "exp(-x^2) is decreasing for x >= 0", "-abs(x) is concave", "5 is increasing and decreasing",
    "selu is Lipschitz with 1.7581", "quick_gelu is increasing for x >= 1", "cosh(x) is even",
    "x > 0 for x > 0", "exp(x) >= 1 + x for -1 <= x <= 1", "max|tanh(x)| < 0.8 on -1:1",
    "where(x < 1, x, 7) is convex on 0:1", "x^2 is smooth for all x",
    "sin(x) is increasing on -1:1",
]  # fmt: skip
FALSE = [
    "relu is strictly increasing", "abs(x) is increasing", "hard_swish is increasing",
    "hard_swish is convex", "mish is increasing", "mish has its minimum at -1.1924312",
    "x^2 - 2x has its maximum at 1", "tanh is bounded by 0.99", "x is bounded",
    "tanh is Lipschitz with 0.9", "gelu is Lipschitz with 1.12", "x^3 is convex",
    "1/x is decreasing", "x > 0 for x >= 0", "mish is odd", "relu6 is concave", "relu6 is convex",
    "where(x < 0, x + 1, x) is increasing", "gelu is even", "x^2 is bounded by 4 on 0:3",
    "where(x < 1, x, -7) is convex on 0:1", "where(x < 1, x, 7) is concave on 0:1",
    "sign(x) is Lipschitz with 100", "x^2 is Lipschitz with 3 on 0:2", "sqrt(x) is convex on 0:4",
    "sin(x) is increasing on 0:3", "relu is increasing and odd", "abs(x) is concave",
    "where(x == 0, 1, 0) is increasing", "where(x == 0, -1, 0) is convex", "exp(x) is bounded",
    "max(x, 1 - x) is decreasing for x >= 0", "x^4 - x^2 is convex", "5 is strictly increasing",
]  # fmt: skip


@pytest.mark.parametrize("statement", TRUE)
def test_a_property_that_holds_is_proven(statement: str) -> None:
    assert actx.prove(statement).answer is PROVEN


@pytest.mark.parametrize("statement", FALSE)
def test_a_property_that_fails_is_disproven(statement: str) -> None:
    verdict = actx.prove(statement)
    assert verdict.answer is DISPROVEN
    assert verdict.witness is not None


def test_points_that_show_it() -> None:
    rising = actx.prove("mish is increasing")
    a, b = rising.points
    at_a, at_b = (x * math.tanh(math.log1p(math.exp(x))) for x in (a, b))
    assert a < b
    assert at_a > at_b
    convex = actx.prove("x^3 is convex")
    a, m, b = convex.points
    assert a < m < b
    assert m**3 > a**3 + (m - a) / (b - a) * (b**3 - a**3)
    steep = actx.prove("tanh is Lipschitz with 0.9")
    a, b = steep.points
    assert abs(math.tanh(b) - math.tanh(a)) > 0.9 * abs(b - a)


COEFFICIENTS = st.lists(st.integers(-4, 4), min_size=1, max_size=5)


@given(COEFFICIENTS, st.sampled_from(["increasing", "decreasing", "convex", "concave"]))
@settings(max_examples=80, deadline=None)
def test_polynomials_by_the_roots_of_their_derivatives(numbers: list[int], word: str) -> None:
    """On -2:2, against the signs of the derivative at the midpoints between sympy's roots."""
    sympy = pytest.importorskip("sympy")
    x = sympy.Symbol("x")
    f = sum(c * x**k for k, c in enumerate(numbers))
    slope = sympy.diff(f, x, 1 if word.endswith("creasing") else 2)
    roots = [] if slope.is_number else sympy.Poly(slope, x).real_roots()
    edges = [-2, *sorted({r for r in roots if -2 < r < 2}), 2]
    sign = 1 if word in ("increasing", "convex") else -1
    truth = (
        all(sign * slope.subs(x, (a + b) / 2) >= 0 for a, b in pairwise(edges))
        if not slope.is_number
        else sign * slope >= 0
    )
    text = " + ".join(f"({c})*x^{k}" for k, c in enumerate(numbers))
    assert actx.prove(f"{text} is {word} on -2:2").answer is (PROVEN if truth else DISPROVEN)


@pytest.mark.parametrize(
    ("statement", "caret"),
    [("mish is increasng", 8), ("mish is ", 8), ("relu is convex and odd and grean", 27)],
)
def test_a_property_that_is_none_is_shown(statement: str, caret: int) -> None:
    with pytest.raises(FormulaError, match="A property was expected here") as error:
        actx.prove(statement)
    assert str(error.value).splitlines()[-1].index("^") == 4 + caret


def test_odd_and_even_need_a_symmetric_domain() -> None:
    with pytest.raises(UsageError, match="symmetric about 0"):
        actx.prove("relu is even on 0:3")
    with pytest.raises(UsageError, match="does not lie in the domain"):
        actx.prove("x^2 has its minimum at 0 on 1:2")
    with pytest.raises(UsageError, match="where the domain"):
        actx.prove("x^2 >= 0 on 1:2", domain="3:4")


@pytest.mark.parametrize(
    ("end", "domain"),
    [
        ("on -inf:inf", (-INF, INF)), ("on -1e1:.5", (-10, 0.5)), ("on :3", (-INF, 3)),
        ("for x in 0:5", (0, 5)), ("for all x", (-INF, INF)), ("for x < -2", (-INF, -2)),
        ("for -2 < x ≤ 1", (-2, 1)), ("on -2:-1,1:2", ((-2, -1), (1, 2))),
    ],
)  # fmt: skip
def test_domains_in_words(end: str, domain: object) -> None:
    verdict = actx.prove(f"softplus(x) >= relu(x) {end}")
    assert verdict.answer is PROVEN
    assert verdict.domain == domain


def test_the_domain_in_the_statement_is_that_of_the_verdict() -> None:
    verdict = actx.prove("tanh(x) <= x for x >= 0", domain="-5:5")
    assert verdict.answer is PROVEN
    assert verdict.domain == (0, 5)
    assert verdict.statement == "tanh(x) <= x for x >= 0"
