"""Signs of smooth functions on intervals: those of products of known factors, and of known pairs.

The oracle is the sign of each factor, in exact fractions, at points between and at the roots.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actx.calculus.proven.rational import quotient
from actx.calculus.proven.signs import Signs, signs, simplest
from actx.core.budget import Budget
from actx.language.syntax import parse
from actx.language.tree import simplify

INF = math.inf
POINTS = st.fractions(-4, 4, max_denominator=9)
FACTORS = st.lists(st.tuples(POINTS, st.integers(1, 4)), min_size=1, max_size=5)


def of(text: str, lo: float = -INF, hi: float = INF) -> Signs | None:
    return signs(simplify(parse(text)), lo, hi, Budget(5.0))


def product(factors: list[tuple[Fraction, int]], squares: list[int]) -> str:
    """A polynomial with these roots and their orders, times some x^2 + n without real roots."""
    parts = [f"(x - ({root}))^{order}" for root, order in factors]
    return "*".join(parts + [f"(x^2 + {n})" for n in squares])


def orders(factors: list[tuple[Fraction, int]]) -> dict[Fraction, int]:
    known: dict[Fraction, int] = {}
    for root, order in factors:
        known[root] = known.get(root, 0) + order
    return known


@given(FACTORS, st.lists(st.integers(1, 5), max_size=2))
@settings(max_examples=150, deadline=None)
def test_a_product_of_factors_has_its_roots_and_signs(
    factors: list[tuple[Fraction, int]], squares: list[int]
) -> None:
    known = orders(factors)
    found = of(product(factors, squares))
    assert found is not None
    assert [zero.exact for zero in found.zeros] == sorted(known)
    sign = (-1) ** sum(known.values())
    for zero in found.zeros:
        assert zero.exact is not None
        assert zero.left == sign
        sign *= (-1) ** known[zero.exact]
        assert zero.right == sign
        assert Fraction(zero.lo) <= zero.exact <= Fraction(zero.hi)
    assert sign == 1
    assert found.taken == {side for zero in found.zeros for side in (zero.left, zero.right)}


@given(FACTORS, FACTORS, POINTS, st.fractions(Fraction(1, 9), 5, max_denominator=9))
@settings(max_examples=150, deadline=None)
def test_a_quotient_on_an_open_interval(
    above: list[tuple[Fraction, int]],
    below: list[tuple[Fraction, int]],
    lo: Fraction,
    width: Fraction,
) -> None:
    hi = lo + width
    text = f"({product(above, [])})/({product(below, [])})"
    found = signs(simplify(parse(text)), lo, hi, Budget(5.0))
    assert found is not None
    known = orders(above)
    for root, order in orders(below).items():
        known[root] = known.get(root, 0) - order
    assert [z.exact for z in found.zeros] == sorted(
        r for r, n in known.items() if lo < r < hi and n > 0
    )
    edges = [lo, *sorted(r for r, n in known.items() if lo < r < hi and n), hi]
    expected = set()
    for a, b in pairwise(edges):
        middle = (a + b) / 2
        odd = [root for root, n in known.items() if n % 2 and root > middle]
        expected.add((-1) ** len(odd))
    assert found.taken == expected


def test_roots_that_are_close_are_told_apart() -> None:
    c = "0.12345678901234567"
    found = of(f"1e-40 - (x - {c})^2", 0, 1)
    assert found is not None
    assert found.taken == {1, -1}
    assert [zero.exact for zero in found.zeros] == [
        Fraction(c) - Fraction(1, 10**20),
        Fraction(c) + Fraction(1, 10**20),
    ]
    wilkinson = of("*".join(f"(x - {n})" for n in range(1, 21)) + " + 2^-23*x^19")
    assert wilkinson is not None
    assert len(wilkinson.zeros) == 10  # Wilkinson, The perfidious polynomial, 1984: ten are real


def test_irrational_roots_of_even_order_are_found_exactly() -> None:
    found = of("(x^2 - 2)^2*(x^3 - x - 1)^4")
    assert found is not None
    assert found.taken == {1}
    roots = [-math.sqrt(2), 1.324717957244746, math.sqrt(2)]
    assert [zero.x for zero in found.zeros] == pytest.approx(roots, abs=1e-14)


@pytest.mark.parametrize(
    ("text", "taken", "zeros"),
    [
        ("exp(x) - (1 + x + x^2/2 + x^3/6)", {1}, [0]),
        ("exp(x) - (1 + x + x^2/2)", {1, -1}, [0]),
        ("exp(x) - e*x", {1}, [1]),
        ("x - 1 - log(x)", {1}, [1]),
        ("cos(x) - 1 + x^2/2", {1}, [0]),
        ("sin(x) - x", {1, -1}, [0]),
        ("x - tanh(x)", {1, -1}, [0]),
        ("cosh(x) - 1 - x^2/2 - x^4/24", {1}, [0]),
        ("(exp(x) - 1)^2*(x - 3)^4", {1}, [0, 3]),
        ("exp(x)", {1}, []),
    ],
)
def test_contacts_of_any_order(text: str, taken: set[int], zeros: list[int]) -> None:
    found = of(text, 0 if "log" in text else -INF)
    assert found is not None
    assert found.taken == taken
    assert [zero.exact for zero in found.zeros] == zeros


@pytest.mark.parametrize("order", range(1, 16))
def test_exp_and_its_taylor_sums(order: int) -> None:
    """exp(x) - sum = exp(ξ)·x^(n+1)/(n+1)!, by Lagrange's form of the rest."""
    terms = " + ".join(f"x^{k}/{math.factorial(k)}" for k in range(order + 1))
    found = of(f"exp(x) - ({terms})")
    assert found is not None
    assert found.taken == ({1} if order % 2 else {1, -1})
    assert [(zero.exact, zero.left, zero.right) for zero in found.zeros] == [
        (0, 1 if order % 2 else -1, 1)
    ]


@pytest.mark.parametrize(
    "text", ["exp(x) - 2.718281828*x", "exp(x) - 1 - x + 1e-30", "x^2 + 1e-40"]
)
def test_what_nearly_touches_is_not_a_contact(text: str) -> None:
    found = of(text, -3, 3)
    assert found is None or (found.taken == {1} and not found.zeros)


def test_what_is_rational_is_read_so() -> None:
    assert quotient(parse("(x^2 - 1)/(x - 1)")) == quotient(parse("x + 1"))
    for text in ("sqrt(x)", "x^0.5", "pi*x", "exp(x)", "x^401"):
        assert quotient(parse(text)) is None


@given(st.fractions(-50, 50, max_denominator=500), st.fractions(0, 1, max_denominator=500))
def test_the_simplest_fraction(lo: Fraction, width: Fraction) -> None:
    found = simplest(lo, lo + width)
    assert lo <= found <= lo + width
    for denominator in range(1, found.denominator):
        assert math.floor((lo + width) * denominator) < lo * denominator
