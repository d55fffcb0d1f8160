"""Proven integral norms and largest slopes: against closed forms, mpmath, and stored references."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from flint import acb, arb, ctx
from formulas import any_formula
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp
from places import REFERENCES as REFERENCES_FOLDER
from rigour import DIGITS, mp_value, reference_ball

import actx
from actx.analysis.results import ComparisonRow
from actx.arithmetic.complex_balls import NotAnalytic
from actx.calculus.formula import Formula
from actx.calculus.proven.enclose import analytic_program
from actx.calculus.proven.taylor import on_disc
from actx.calculus.values import evaluate
from actx.core.domain import Interval
from actx.core.errors import ActxError
from actx.language.operations import OPERATIONS
from actx.language.tree import TWO, X, node

INF = math.inf
NORMS = ("l1", "l2", "gauss")
REFERENCES: dict[str, Any] = json.loads((REFERENCES_FOLDER / "references.json").read_text())


def row_of(candidate: str, target: str, domain: tuple[float, float], **more: Any) -> ComparisonRow:
    return actx.compare(candidate, target, domain=domain, **more).rows[0]


def enclosure_of(row: ComparisonRow, norm: str) -> Interval:
    found = getattr(row, f"{norm}_enclosure")
    assert found is not None, norm
    assert found[0] <= getattr(row, f"{norm}_error") <= found[1]
    return found  # type: ignore[no-any-return]


def assert_holds(enclosure: Interval, value: Any) -> None:
    """value: of a precision beyond that of the enclosure's ends."""
    lo, hi = enclosure
    assert mp.mpf(lo) <= value <= mp.mpf(hi), (enclosure, mp.nstr(value, 25))
    assert hi - lo <= 1e-7 * hi


# Stored references, of the registry against mish


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_the_registry_against_mish(name: str) -> None:
    values = {k: float(v) for k, v in REFERENCES[name]["parameters"].items()}
    row = actx.compare(actx.formula(name, set=values), "mish").rows[0]
    wanted = REFERENCES[name]["against_mish"]
    for norm in NORMS:
        text, enclosure = wanted[f"{norm}_error"], enclosure_of(row, norm)
        if text == "inf":
            assert enclosure == (INF, INF)
        else:
            with mp.workdps(40):
                assert_holds(enclosure, mp.mpf(text))
    if row.max_slope_error.enclosure is None:
        assert name == "gelu-tanh"  # its slope's tail has exponents that balls cannot tell apart
        return
    lo, hi = row.max_slope_error.enclosure
    assert Fraction(lo) <= Fraction(wanted["max_slope_error"]["value"]) + Fraction(1, 10**28)
    assert Fraction(hi) >= Fraction(wanted["max_slope_error"]["value"]) - Fraction(1, 10**28)
    for found, where in (
        (row.max_error, wanted["max_error"]["x"]),
        (row.max_slope_error, wanted["max_slope_error"]["x"]),
    ):
        if found.x_enclosure is not None and where not in (None, "inf", "-inf"):
            slack = Fraction(1, 10**28)
            assert found.x_enclosure[0] - slack <= Fraction(where) <= found.x_enclosure[1] + slack


# Closed forms

CLOSED: list[tuple[str, str, tuple[float, float], tuple[Any, Any, Any]]] = [
    ("sqrt(x)", "x", (0, 1), (lambda: mp.mpf(1) / 6, lambda: mp.sqrt(mp.mpf(1) / 30), None)),
    ("log(x)", "0", (0, 1), (lambda: 1, lambda: mp.sqrt(2), None)),
    ("x*log(x)", "0", (0, 1), (lambda: mp.mpf(1) / 4, lambda: mp.sqrt(mp.mpf(2) / 27), None)),
    ("x^-0.25", "0", (0, 1), (lambda: mp.mpf(4) / 3, lambda: mp.sqrt(2), None)),
    ("x^-0.5", "0", (0, 1), (lambda: 2, lambda: INF, lambda: INF)),
    ("1/(1 + x^2)", "0", (-INF, INF), (lambda: mp.pi, lambda: mp.sqrt(mp.pi / 2), None)),
    ("1/x", "0", (1, INF), (lambda: INF, lambda: 1, None)),
    ("exp(-x^2)", "0", (-INF, INF), (lambda: mp.sqrt(mp.pi), lambda: (mp.pi / 2) ** 0.25, None)),
    ("relu(x)", "0", (-INF, INF), (lambda: INF, lambda: INF, lambda: mp.sqrt(mp.mpf(1) / 2))),
    ("x^2", "1", (-INF, INF), (lambda: INF, lambda: INF, lambda: mp.sqrt(2))),
    ("exp(x)", "0", (-INF, INF), (lambda: INF, lambda: INF, lambda: mp.e)),
    ("exp(x)", "0", (-INF, 0), (lambda: 1, lambda: mp.sqrt(mp.mpf(1) / 2), None)),
    ("sin(x)", "0", (0, 7), (lambda: 5 - mp.cos(7), lambda: mp.sqrt(3.5 - mp.sin(14) / 4), None)),
    ("x*exp(-abs(x))", "0", (-INF, INF), (lambda: 2, lambda: mp.sqrt(mp.mpf(1) / 2), None)),
    ("1 if x > 1/4 else 0", "0", (0, 1), (lambda: 0.75, lambda: mp.sqrt(0.75), None)),
    ("1 if x > 1/3 else 0", "0", (0, 1), (lambda: mp.mpf(2) / 3, None, None)),
    ("exp(-sqrt(x))", "0", (0, INF), (lambda: 2, lambda: mp.sqrt(mp.mpf(1) / 2), None)),
    ("(1 + x^2)^-0.75", "0", (-INF, INF), (None, lambda: mp.sqrt(2), None)),
    ("x^-0.3*(1 - x)^-0.2", "0", (0, 1), (lambda: mp.beta("0.7", "0.8"), None, None)),
    ("x^2*abs(x)", "0", (-1, 2), (lambda: mp.mpf(17) / 4, lambda: mp.sqrt(mp.mpf(129) / 7), None)),
]  # fmt: skip


@pytest.mark.parametrize(("candidate", "target", "domain", "norms"), CLOSED)
def test_closed_forms(
    candidate: str,
    target: str,
    domain: tuple[float, float],
    norms: tuple[Callable[[], Any] | None, ...],
) -> None:
    row = row_of(candidate, target, domain)
    with mp.workdps(40):
        for norm, exact in zip(NORMS, norms, strict=True):
            if exact is None:
                continue
            value = exact()
            if value == INF:
                assert enclosure_of(row, norm) == (INF, INF)
            else:
                assert_holds(enclosure_of(row, norm), value)


def test_what_is_equal_by_proof_has_no_error() -> None:
    row = row_of("mish-one-exp", "mish", (-INF, INF))
    assert {getattr(row, f"{norm}_enclosure") for norm in NORMS} == {(0.0, 0.0)}
    assert row.max_slope_error.enclosure == (0.0, 0.0)


def test_an_integral_that_converges_slowly_is_not_called_infinite() -> None:
    row = row_of("1/(x*log(x)^2)", "0", (2, INF))  # ∫ = 1/log(2)
    assert row.l1_enclosure is None or row.l1_enclosure[0] < 1.45 < row.l1_enclosure[1]
    with mp.workdps(40):
        square = mp.quad(lambda x: 1 / (x * mp.log(x) ** 2) ** 2, [2, 4, 16, 256, mp.inf])
        if row.l2_enclosure is not None:
            assert_holds(row.l2_enclosure, mp.sqrt(square))


# mpmath


def integral(f: Callable[[Any], Any], edges: list[Any]) -> Any:
    return mp.fsum(mp.quad(f, [a, b]) for a, b in pairwise(edges))


def zeros_between(f: Formula, g: Formula, edges: list[Any]) -> list[Any]:
    """The zeros of f - g at which it changes its sign, seen on fine grids between the edges."""

    def error(x: Any) -> Any:
        return mp_value(f.bound, x) - mp_value(g.bound, x)

    zeros = []
    for lo, hi in pairwise(float(x) for x in edges):
        grid = lo + (hi - lo) * np.linspace(1e-7, 1 - 1e-7, 10_001)
        signs = np.sign(f(grid) - g(grid))
        for i in np.flatnonzero(signs[1:] * signs[:-1] < 0):
            pair = mp.mpf(grid[i]), mp.mpf(grid[i + 1])
            zeros.append(mp.findroot(error, pair, solver="anderson", tol=1e-40))
    return zeros


TEMPLATES = (
    ("x*sigmoid({a}*x)", []),
    ("{a}*max(x - {b}, 0)", ["b"]),
    ("x*relu5(x + {a})/5", ["-a", "5-a"]),
    ("0.5x*(1 + tanh({a}*(x - {b})))", []),
    ("{a}*x if x > {b} else 0.1*erf(x)", ["b"]),
    ("{a}*exp(-(x - {b})^2)", []),
    ("softplus({a}*x) - {b}*atan(x)", []),
    ("x*(x^2 + {a})^-0.5 + {b}*sin(x)", []),
)
NUMBERS = st.integers(1, 40).map(lambda k: k / 10)


@settings(max_examples=15, deadline=None)
@given(
    template=st.sampled_from(TEMPLATES),
    target=st.sampled_from(["mish", "gelu", "relu"]),
    a=NUMBERS,
    b=st.integers(-20, 20).map(lambda k: k / 10),
    lo=st.integers(-60, 10).map(lambda k: k / 10),
    width=st.sampled_from([0.5, 3.0, 11.0]),
)
def test_random_pairs(
    template: tuple[str, list[str]], target: str, a: float, b: float, lo: float, width: float
) -> None:
    """Where a norm is claimed, it is the one that mpmath finds."""
    text = template[0].format(a=a, b=b)
    hi = lo + width
    row = row_of(text, target, (lo, hi))
    if row.max_error.value == 0:
        assert {getattr(row, f"{norm}_enclosure") for norm in NORMS} == {(0.0, 0.0)}
        return
    f, g = actx.formula(text), actx.formula(target)
    with mp.workdps(25):
        kinks = [mp.mpf(repr(eval_end(end, a, b))) for end in template[1]] + [mp.mpf(0)]
        ends = mp.mpf(repr(lo)), mp.mpf(repr(hi))
        inner = {k for k in kinks if ends[0] < k < ends[1]}
        steps = {ends[0] + k * (ends[1] - ends[0]) / 3 for k in range(4)}
        edges = sorted({*inner, *steps})

        def error(x: Any) -> Any:
            return mp_value(f.bound, x) - mp_value(g.bound, x)

        cuts = sorted({*edges, *zeros_between(f, g, edges)})
        l1, l2, gauss = (mp.mpf(getattr(row, f"{norm}_error")) for norm in NORMS)
        exact = {  # mpmath's quadrature ends at an absolute error
            "l1": l1 * mp.fsum(abs(mp.quad(lambda x: error(x) / l1, p)) for p in pairwise(cuts)),
            "l2": l2 * mp.sqrt(integral(lambda x: (error(x) / l2) ** 2, edges)),
            "gauss": gauss
            * mp.sqrt(integral(lambda x: (error(x) / gauss) ** 2 * mp.npdf(x), edges)),
        }
    for norm, value in exact.items():
        assert_holds(enclosure_of(row, norm), value)


def eval_end(text: str, a: float, b: float) -> float:
    """A breakpoint of a template as a decimal."""
    return {"b": b, "-a": -a, "5-a": round(5 - a, 10)}[text]


SPANS = [(-5.0, 5.0), (-2.0, 7.0), (0.0, 3.0), (-INF, INF), (0.0, INF), (-INF, 1.0)]


@settings(max_examples=40, deadline=None)
@given(candidate=any_formula(), target=any_formula(), domain=st.sampled_from(SPANS))
def test_random_formulas_against_sums(
    candidate: str, target: str, domain: tuple[float, float]
) -> None:
    """No claim is further from a sum over many points than that may be from the integral."""
    try:
        row = row_of(candidate, target, domain, budget=0.5)
    except ActxError:
        return
    lo, hi = max(domain[0], -60.0), min(domain[1], 60.0)
    width = (hi - lo) / 200_000
    x = lo + width * (np.arange(200_000) + 0.5)
    e = np.nan_to_num(actx.formula(candidate)(x) - actx.formula(target)(x))
    with np.errstate(over="ignore"):
        sums = np.array([abs(e), e * e, e * e * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)])
        l1, l2, gauss = (sums.sum(axis=1) * width) ** (1, 0.5, 0.5)
    whole = (lo, hi) == domain
    for norm, value, covered in (("l1", l1, whole), ("l2", l2, whole), ("gauss", gauss, True)):
        if getattr(row, f"{norm}_enclosure") is not None and math.isfinite(value):
            least, most = enclosure_of(row, norm)
            assert value <= most * 1.002 + 1e-13
            assert not covered or value >= least * 0.998 - 1e-13


# Budgets


def test_without_time_nothing_is_claimed_that_is_not_so() -> None:
    row = row_of("gelu", "mish", (-INF, INF), budget=0.0)
    for norm in NORMS:
        found = getattr(row, f"{norm}_enclosure")
        if found is not None:
            with mp.workdps(40):
                wanted = REFERENCES["gelu"]["against_mish"][f"{norm}_error"]
                assert_holds(found, mp.mpf(wanted))
    row = row_of("gelu", "mish", (-INF, INF), budget=None)
    assert {getattr(row, f"{norm}_enclosure") for norm in NORMS} == {None}
    assert row.max_slope_error.enclosure is None
    assert row.max_error.x_enclosure is None


# Places of largest errors


def test_of_two_places_one_is_told_only_where_both_are_by_symmetry() -> None:
    row = row_of("tanh(x)", "1.1*tanh(x) - 0.1*x", (-4, 4))
    assert row.max_error.x_enclosure in ((-4, -4), (4, 4))
    assert {row.max_error.x, *row.max_error.ties} == {-4, 4}


@pytest.mark.parametrize("more", ["1e-30", "1e-200"])
def test_one_of_two_places_is_not_singled_out(more: str) -> None:
    row = row_of("tanh(x)", f"1.1*tanh(x) - 0.1*x + {more}", (-4, 4))
    where = row.max_error.x_enclosure
    assert where is None or where[0] <= -4 <= where[1]  # there |e| is larger by 2e-30, or 2e-200


def test_a_place_at_infinity() -> None:
    row = row_of("relu6", "relu", (-INF, INF))
    assert (row.max_error.x, row.max_error.x_enclosure) == (INF, (INF, INF))


def test_a_kink_of_an_irrational_place_counts_for_the_slopes() -> None:
    row = row_of("max(x, exp(x) - 2)", "x", (-3, 2))  # they cross at -1.84 and 1.15
    with mp.workdps(40):
        assert row.max_slope_error.enclosure is not None
        assert_holds(row.max_slope_error.enclosure, mp.exp(2) - 1)


# Complex balls


COMPLEX: dict[str, Callable[..., Any]] = {
    "add": lambda u, v: u + v,
    "sub": lambda u, v: u - v,
    "mul": lambda u, v: u * v,
    "div": lambda u, v: u / v,
    "neg": lambda u: -u,
    "pow": lambda u, v: mp.power(u, v),
    "sqrt": mp.sqrt,
    "exp": mp.exp,
    "expm1": lambda u: mp.exp(u) - 1,
    "log": mp.log,
    "log1p": lambda u: mp.log(1 + u),
    "sin": mp.sin,
    "cos": mp.cos,
    "tanh": mp.tanh,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "sech": mp.sech,
    "atan": mp.atan,
    "sigmoid": lambda u: 1 / (1 + mp.exp(-u)),
    "softplus": lambda u: mp.log(1 + mp.exp(u)),  # its main branch, for |Im u| < pi
    "erf": mp.erf,
    "erfc": mp.erfc,
    "root_sum": lambda u, v: u + mp.sqrt(u * u + v),
}


def test_every_smooth_operation_is_continued() -> None:
    assert {n for n, o in OPERATIONS.items() if o.analytic is not None} == set(COMPLEX)
    for name, operation in OPERATIONS.items():
        if not operation.derivative or name in COMPLEX:
            continue  # the others are continued by their definitions
        at = 1.3 if name == "acosh" else 0.3
        tree = node(name, *([X, TWO][: operation.arity]))
        with ctx.workprec(64):
            found = on_disc(tree, acb(arb(at, 1e-3), arb(0, 1e-3)), 64)
        assert found.is_finite(), name
        assert abs(found.real.mid() - float(evaluate(tree, at))) <= found.real.rad(), name


PARTS = st.floats(-3, 3)


@pytest.mark.parametrize("name", sorted(COMPLEX))
@settings(max_examples=60, deadline=None)
@given(
    parts=st.lists(PARTS, min_size=4, max_size=4),
    radius=st.sampled_from([0.0, 1e-9, 0.1, 0.5, 1.5]),
    shares=st.lists(st.floats(-1, 1), min_size=4, max_size=4),
)
def test_complex_rules(name: str, parts: list[float], radius: float, shares: list[float]) -> None:
    """The value at a point of the balls lies within the ball that comes out."""
    operation, rule = OPERATIONS[name], OPERATIONS[name].analytic
    assert rule is not None
    with ctx.workprec(96), mp.workdps(DIGITS):
        places = zip(parts, shares, strict=True)
        points = [mp.mpf(p) + mp.mpf(radius) * mp.mpf(share) for p, share in places]
        arguments = [mp.mpc(*points[:2]), mp.mpc(*points[2:])][: operation.arity]
        sides = [arb(p, radius) for p in parts]
        balls = [acb(*sides[:2]), acb(*sides[2:])][: operation.arity]
        try:
            found = rule(*balls)
        except NotAnalytic:
            return
        if not found.is_finite():
            return
        value = COMPLEX[name](*arguments)
        for part, ball in ((mp.re(value), found.real), (mp.im(value), found.imag)):
            slack = arb(0, 1e-45)  # where the reference cancels
            assert ball.overlaps(reference_ball(part) + slack), (part, ball)


@pytest.mark.parametrize(
    ("text", "centre", "radius"),
    [
        ("sqrt(x)", 0, 0.1),
        ("sqrt(x)", 1, 1.1),
        ("x^0.3", 0.05, 0.1),
        ("1/x", 0.5, 0.6),
        ("x^-2", 0.5, 0.6),
        ("log(x)", 1, 1.01),
        ("log1p(x)", 0, 1.01),
        ("atan(x)", 0, 1.01),
        ("tanh(x)", 0, 1.6),
        ("sech(x)", 0, 1.6),
        ("sigmoid(x)", 0, 3.2),
        ("softplus(x)", 0, 3.2),
        ("sqrt(x^2 + 1)", 0, 1.01),
        ("x + sqrt(x^2 + 1)", -0.5, 1.1),
    ],
)
def test_no_ball_with_a_singularity_counts_as_analytic(
    text: str, centre: float, radius: float
) -> None:
    tree = actx.formula(text).bound
    with ctx.workprec(96), pytest.raises(NotAnalytic):
        analytic_program(tree, 96)(acb(arb(centre, radius), arb(0, radius)))


# Fits


@pytest.mark.parametrize("norm", NORMS)
def test_a_fit_in_an_integral_norm_has_its_value_enclosed(norm: str) -> None:
    found = actx.fit("a*x + b*x^3", target="tanh(x)", norm=norm, domain=(-2, 3))
    lo, hi = getattr(found, f"{norm}_enclosure")
    assert lo <= found.objective <= hi
    assert found.objective == getattr(found, f"{norm}_error")
    f, g = actx.formula(found.formula), actx.formula("tanh(x)")
    with mp.workdps(30):

        def error(x: Any) -> Any:
            return mp_value(f.bound, x) - mp_value(g.bound, x)

        edges = [mp.mpf(-2), mp.mpf(0), mp.mpf(3)]
        if norm == "l1":
            cuts = sorted([*edges, *zeros_between(f, g, edges)])
            exact = mp.fsum(abs(mp.quad(error, pair)) for pair in pairwise(cuts))
        else:
            weight = mp.npdf if norm == "gauss" else lambda x: 1
            exact = mp.sqrt(integral(lambda x: error(x) ** 2 * weight(x), edges))
        assert_holds((lo, hi), exact)


@pytest.mark.parametrize("a", [10, 100, 1000])
def test_a_narrow_error_on_both_sides_of_a_kink(a: int) -> None:
    """∫(softplus(ax)/a - relu(x)) = π²/(6a²) and ∫(softplus(ax)/a - relu(x))² = ζ(3)/(2a³)."""
    row = row_of(f"softplus({a}*x)/{a}", "relu", (-INF, INF))
    with mp.workdps(40):
        assert_holds(enclosure_of(row, "l1"), mp.pi**2 / 6 / a**2)
        assert_holds(enclosure_of(row, "l2"), mp.sqrt(mp.zeta(3) / 2 / mp.mpf(a) ** 3))
    bare = row_of(f"softplus({a}*x)/{a}", "relu", (-INF, INF), budget=None)
    assert bare.l2_error == pytest.approx(row.l2_error, rel=1e-10)


def test_a_fit_on_several_intervals_has_its_value_enclosed() -> None:
    """∫(1 - ax)² over [-1, -1/2] and [1/2, 1] with sign(x) for 1 is least at a = 9/7."""
    found = actx.fit("a*x", target="sign(x)", norm="l2", domain="-1:-0.5,0.5:1")
    assert found.l2_enclosure is not None
    with mp.workdps(40):
        a = mp.mpf(found.parameters["a"])
        square = 1 - 2 * a * mp.mpf(3) / 4 + 2 * a * a * mp.mpf(7) / 24
        assert_holds(found.l2_enclosure, mp.sqrt(square))
    assert found.parameters["a"] == pytest.approx(9 / 7, rel=1e-9)
