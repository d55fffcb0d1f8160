"""Series with a proven rest: what they claim for all t >= start, against mpmath."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import pytest
from flint import arb, ctx
from formulas import smooth
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp
from rigour import mp_value, reference_ball, to_arb, to_mp

import actx
from actx.arithmetic.coefficients import SeriesError
from actx.arithmetic.monomials import UNIT, Monomial, T, compare, merge
from actx.arithmetic.series import Place, Series
from actx.calculus.proven.series import (
    BallExpander,
    ProvenExpander,
    ball,
    beyond,
    decreases,
    least_size,
    settled_sign,
    size_ball,
    variation,
)
from actx.core.errors import FormulaError
from actx.language.derivative import derivative
from actx.language.syntax import parse
from actx.language.tree import Node

BITS = 800  # so that the coefficients have no errors worth mentioning
FACTORS = ("1", "1.1", "1.5", "3.7", "20")
SLACK = 1 + mp.mpf(10) ** -20


def mp_ball(value: Any) -> Any:
    mantissa, exponent = ball(value).mid().man_exp()
    return mp.ldexp(mp.mpf(int(mantissa)), int(exponent))


def mp_monomial(m: Monomial, t: Any) -> Any:
    exponent = sum((mp_ball(c) * mp_monomial(n, t) for c, n in m.exponent), mp.mpf(0))
    return mp.exp(exponent) * t ** mp_ball(m.power) * mp.log(t) ** mp_ball(m.log)


def x_of(place: Place, t: Any) -> Any:
    return place.side * t if place.base is None else to_mp(Fraction(place.base)) + place.side / t


class Claims:
    """What a series with a proven rest claims for all t >= start."""

    def __init__(self, tree: Node, place: Place, size: int, start: float) -> None:
        self.tree, self.place, self.start = tree, place, start
        self.series = ProvenExpander(place, size, start).series(tree)
        terms = self.series.terms
        self.grows = bool(terms) and compare(terms[0][1], UNIT) > 0
        self.sign = settled_sign(self.series, start)
        self.variation = None if self.grows else self._or_none(self._variation)
        self.least = self._or_none(lambda: least_size(self.series, start)) if self.grows else None

    def _variation(self) -> Any:
        limit = mp_ball(self.series.coefficient(UNIT))
        reach = variation(self.series, self.start)
        return (limit, reach.upper()) if reach.is_finite() else None  # which claims nothing

    def _or_none(self, question: Callable[[], Any]) -> Any:
        try:
            return question()
        except SeriesError:
            return None

    def check(self, t: Any) -> None:
        value = mp_value(self.tree, x_of(self.place, t), overflow=mp.inf)
        assert not mp.isnan(value)
        if mp.isinf(value) or (value and abs(mp.log(abs(value))) > mp.mpf(10) ** 60):
            return  # beyond what mpmath can do
        sizes = [abs(mp_ball(c)) * mp_monomial(m, t) for c, m in self.series.terms]
        noise = sum(sizes, 1 + abs(value)) * mp.mpf(10) ** -150  # of mpmath's 220 digits
        self._check_rest(t, value, noise)
        if self.sign is not None and abs(value) > noise:
            assert mp.sign(value) == self.sign
        if self.variation is not None:
            limit, reach = self.variation
            assert abs(value - limit) <= mp_ball(reach) * SLACK + noise
        if self.least is not None:
            assert abs(value) >= mp_ball(self.least.lower()) / SLACK - noise

    def _check_rest(self, t: Any, value: Any, noise: Any) -> None:
        total = sum((mp_ball(c) * mp_monomial(m, t) for c, m in self.series.terms), mp.mpf(0))
        bound = mp.mpf(0)
        if self.series.cut is not None:
            rest = ball(self.series.rest)
            if not rest.is_finite():
                return
            bound = mp_ball(rest.upper()) * mp_monomial(self.series.cut, t)
        assert abs(value - total) <= bound * SLACK + noise, (self.place, mp.nstr(t, 10))


def checked(tree: Node, place: Place, size: int, start: float) -> Series | None:
    """The series, its claims checked at several t; None where none is made."""
    with ctx.workprec(BITS), mp.workdps(220):
        try:
            claims = Claims(tree, place, size, start)
        except (SeriesError, ZeroDivisionError):
            return None
        for factor in FACTORS:
            with suppress(OverflowError):  # beyond what mpmath can do
                claims.check(mp.mpf(start) * mp.mpf(factor))
    return claims.series


PLACES = [
    Place(None, 1), Place(None, -1), Place(0, 1), Place(0, -1), Place(Fraction(1, 3), 1),
    Place(-2, -1), Place(Fraction("0.123456789012345678"), 1), Place(1, -1),
]  # fmt: skip
STARTS = (2.0, 2**1.5, 4.0, 8.0, 32.0)
FORMULAS = [
    "x^-7", "(1 + 1/x)^-5", "(1 + 1/x)^-3", "(1 - 1/x)^-6", "(1 + 0.9/x)^-2", "(1 - 1/x)^-2",
    "(x^2 + 1)^-2.5", "(x^2 + 1)^-1.5", "(1 + x^-2)^1.7", "(x^2 + x)^0.5 - x", "(1 + x^4)^0.25",
    "sqrt(x^2 + 4) - x", "(x + sqrt(x^2 + 4))/2", "(1 + exp(-x))^-4", "1/(1 + exp(-x))^3",
    "erf(x)", "erfc(x)", "erfc(-x)", "erf(0.5 + 1/x)", "erf(3 + exp(-x))", "erf(-2 - 1/x^2)",
    "erf(25 + 1/x)", "x*erfc(x^2)", "erf(1/x)", "erf(softplus(x))",
    "atan(x)", "atan(1 + 1/x)", "atan(-3 + exp(-x))", "atan(1/x)", "atan(x^3 - x)",
    "exp(x - 5*log(x))", "exp(-x)*x^5", "exp(-x^2)*x^9", "exp(-x^2 + 3*x)", "exp(-exp(x))",
    "exp(exp(-x))", "x^x*exp(-x^2)", "log(x)/x", "log(x + exp(-x))", "log(1 + x^2)/x^2",
    "exp(x*log(x) - x^2)", "exp(-exp(x)/x^5)", "exp(-exp(x - 3))", "exp(x - exp(x)/x^4)",
    "log(1 + exp(x))", "tanh(x^2)", "tanh(1/x)", "sin(1/x)", "cos(3 + 1/x)", "sin(1 + exp(-x))",
    "cos(exp(-x))", "mish(x) - swish(x)", "mish(x)", "mish(x) - x", "gelu(x)", "serf(x)",
    "squareplus(x)", "smish(x)", "logish(x)", "tanhexp(x)", "gelu_tanh(x)",
    "x*sigmoid(1.702x) - gelu(x)", "softplus(x) - x", "exp(650)*sigmoid(x)", "exp(-700)*tanh(x)",
    "exp(x + 700)*exp(-x)", "exp(1e-282*exp(650) + 1/x)", "x^sqrt(2)/(1 + x^(2^0.5))", "x^(1/3)",
    "(x^2 + 3)^(1/3)", "(1 + x)^pi/x^pi", "x^(sqrt(2)^2)/x^2", "log(x)^2", "1/log(x)",
    "x*log(1 + 1/x)", "(x - 1)^12*0.123456789123456789^9", "sinh(x)/cosh(x)", "sech(x)*x^4",
    "expm1(1/x)", "log1p(1/x)", "1/(x - 1)^3", "x/(x^2 - 2)",
]  # fmt: skip


def read(text: str) -> Node:
    return actx.formula(text).bound


def claims_made(text: str, thorough: bool) -> int:
    """How many series make claims; each is checked."""
    tree, found = read(text), 0
    for order in (0, 1, 2) if thorough else (0, 1):
        places = PLACES if thorough or not order else PLACES[:2]
        for place, start in product(places, STARTS if thorough else STARTS[::2]):
            for size in (4, 8):
                found += checked(derivative(tree, order), place, size, start) is not None
    return found


@pytest.mark.sampled(2)
@pytest.mark.parametrize("text", FORMULAS[::4])  # the long run takes all
def test_the_claims_of_a_series_hold(text: str) -> None:
    assert claims_made(text, thorough=False) or text in ("log(x)^2", "1/log(x)")


@pytest.mark.long
@pytest.mark.parametrize("text", FORMULAS)
def test_the_claims_of_a_series_hold_at_more_places(text: str) -> None:
    claims_made(text, thorough=True)


@settings(max_examples=25, deadline=None)
@given(smooth(), st.sampled_from(PLACES), st.sampled_from(STARTS), st.sampled_from([4, 8]))
def test_the_claims_of_random_formulas(text: str, place: Place, start: float, size: int) -> None:
    checked(read(text), place, size, start)


@pytest.mark.long
@settings(max_examples=5000, deadline=None)
@given(smooth(8), st.sampled_from(PLACES), st.sampled_from(STARTS), st.sampled_from([4, 8]))
def test_the_claims_of_many_random_formulas(
    text: str, place: Place, start: float, size: int
) -> None:
    try:
        tree = read(text)
    except FormulaError:  # a constant that no float64 number holds
        return
    checked(tree, place, size, start)


# --- monomials ---

POWERS = st.sampled_from([-3, -1, Fraction(-1, 2), 0, 0, 1, 2, 5])
PLAIN = st.builds(lambda p, q: Monomial((), p, q), POWERS, st.sampled_from([0, 0, 1, -1, 3]))
COEFFICIENTS = st.sampled_from([-5, -1, Fraction(-1, 100), Fraction(1, 50), 1, 3])


def raised(parts: list[tuple[int, Monomial]], m: Monomial) -> Monomial:
    """m·exp of those terms that tend to infinity."""
    series = [(c, n) for c, n in parts if compare(n, UNIT) > 0]
    return Monomial(merge(series), m.power, m.log)


def exponentials(inner: st.SearchStrategy[Monomial]) -> st.SearchStrategy[Monomial]:
    terms = st.lists(st.tuples(COEFFICIENTS, inner), min_size=1, max_size=2)
    return st.builds(raised, terms, PLAIN)


@settings(max_examples=400, deadline=None)
@given(exponentials(st.one_of(PLAIN, exponentials(PLAIN))), st.sampled_from(STARTS))
def test_a_monomial_that_decreases_does(m: Monomial, start: float) -> None:
    try:
        if not decreases(m, start):
            return
    except SeriesError:
        return
    with mp.workdps(60):
        logs = [_log(m, mp.mpf(start) * (1 + mp.mpf(k) / 8) ** 2) for k in range(24)]
        assert all(a > b for a, b in pairwise(logs))
        if abs(logs[0]) < 10**7:  # exp of more takes mpmath too long
            assert size_ball(m, start).overlaps(reference_ball(mp.exp(logs[0])))


def _log(m: Monomial, t: Any) -> Any:
    exponent = sum((to_mp(Fraction(c)) * mp.exp(_log(n, t)) for c, n in m.exponent), mp.mpf(0))
    return exponent + to_mp(Fraction(m.power)) * mp.log(t) + m.log * mp.log(mp.log(t))


def test_a_peak_far_out_is_not_taken_for_a_decrease() -> None:
    bump = Monomial(((-1, T),), 50)  # t^50·exp(-t), with its peak at t = 50
    assert not decreases(bump, 2.0)
    assert not decreases(bump, 49.0)
    assert decreases(bump, 51.0)
    nested = Monomial(((-1, Monomial(((1, T),), -5)),))  # exp(-exp(t)/t^5): rises up to t = 5
    assert not decreases(nested, 2.0)
    assert decreases(nested, 6.0)


@given(
    st.fractions(-10, 10).filter(lambda f: f.denominator > 1), st.sampled_from([1, -1]),
    st.floats(2, 1e12),
)  # fmt: skip
def test_a_place_that_is_beyond_belongs_to_the_series(base: Fraction, side: int, t: float) -> None:
    x = beyond(Place(base, side), t)
    assert (Fraction(x) - base) * side <= 1 / Fraction(t)


# --- exponents that are not exact ---


def test_powers_with_overlapping_exponents_are_not_one_power() -> None:
    expander = ProvenExpander(Place(None, 1), 4, 4.0)
    expander.parameters = {"a": arb(1.25, 0.25), "b": arb(1.25, 0.25)}
    with pytest.raises(SeriesError):
        expander.series(parse("x^a - x^b"))


def test_long_fractions_stay_proven() -> None:
    tree = parse("(x - 0.98765432109876543)^9")
    base = Fraction("0.123456789012345678901")
    with ctx.workprec(400), mp.workdps(120):
        series = ProvenExpander(Place(base, 1), 16, 8.0).series(tree)
        value = mp_value(tree, to_mp(base))
        assert ball(series.coefficient(UNIT)).overlaps(reference_ball(value))
    with ctx.workprec(96):
        series = BallExpander(Place(base, 1), 16).series(tree)
        at_base = (base - Fraction("0.98765432109876543")) ** 9
        assert ball(series.coefficient(UNIT)).contains(to_arb(at_base))
