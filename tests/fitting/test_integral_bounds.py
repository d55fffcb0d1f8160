"""Bounds in the integral norms, against closed forms and other people's least squares."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from columns import COLUMNS, TARGETS
from commands import run, run_json
from mpmath import mp, mpf
from numpy.typing import NDArray
from scipy.optimize import linprog, lsq_linear

import actx
from actx.fitting.results import Fit, Optimality

Array = NDArray[np.float64]

BREAKS = (-3.0, -0.5, 0.0, 1.0, 3.0)  # where a column or target has a kink


def bounds(found: Fit) -> tuple[float, float]:
    assert found.bound is not None
    assert found.certificate is not None
    best = found.certificate.optimality is Optimality.GLOBAL
    assert best == (found.bound.gap <= 1e-6 and found.bound.by != "none")
    return found.bound.lower, found.bound.upper


def assert_proven(found: Fit, least: Any, gap: float = 1e-9) -> None:
    """The bound holds the least norm, known otherwise, and is within a gap of it."""
    lower, upper = bounds(found)
    assert mpf(lower) <= least * (1 + mpf(10) ** -25)
    assert mpf(upper) >= least * (1 - mpf(10) ** -25)
    assert upper - lower <= gap * upper
    assert found.certificate is not None
    assert found.certificate.optimality is Optimality.GLOBAL


# --- closed forms ---


@pytest.mark.parametrize("degree", [1, 3, 6])
def test_polynomials_are_projections_on_legendre_polynomials(degree: int) -> None:
    template = "+".join(f"c{k}*x^{k}" for k in range(degree + 1))
    with mp.workdps(40):
        square = mp.sinh(2)
        for k in range(degree + 1):
            part = mp.quad(lambda x, k=k: mp.exp(x) * mp.legendre(k, x), [-1, 0, 1])
            square -= part**2 * (2 * k + 1) / 2
        assert_proven(actx.fit(template, "exp(x)", norm="l2", domain="-1:1"), mp.sqrt(square))


def test_eleven_odd_terms_for_tanh() -> None:
    template = "+".join(f"c{k}*x^{k}" for k in range(1, 22, 2))
    with mp.workdps(50):
        edges = [mpf(k) / 4 for k in range(5)]
        square = mp.quad(lambda t: mp.tanh(3 * t) ** 2, edges) * 6
        for k in range(1, 22, 2):
            part = mp.quad(lambda t, k=k: mp.tanh(3 * t) * mp.legendre(k, t), edges)
            square -= 6 * (2 * k + 1) * part**2
        assert_proven(actx.fit(template, "tanh", norm="l2", domain="-3:3"), mp.sqrt(square))


@pytest.mark.parametrize(("scale", "text"), [(0.5, "exp(x/2)"), (1, "exp(x)")])
def test_polynomials_are_projections_on_hermite_polynomials(scale: float, text: str) -> None:
    """exp(s·x) has the coefficients s^k·exp(s²/2)/√(k!) in them."""
    with mp.workdps(40):
        s = mpf(scale)
        square = mp.exp(2 * s**2) - mp.exp(s**2) * sum(
            s ** (2 * k) / mp.factorial(k) for k in range(5)
        )
        found = actx.fit("a + b*x + c*x^2 + d*x^3 + f*x^4", text, norm="gauss")
        assert_proven(found, mp.sqrt(square))


def test_on_the_whole_line() -> None:
    with mp.workdps(40):
        half, wide = mp.sqrt(mp.pi / 2), mp.sqrt(mp.pi)
        gram = mp.matrix([[half, mp.sqrt(mp.pi / 1.5)], [mp.sqrt(mp.pi / 1.5), wide]])
        right = mp.matrix(
            [mp.pi * mp.exp(a) * mp.erfc(mp.sqrt(a)) for a in (mpf(1), mpf(1) / 2)]
        )  # ∫exp(-a·x²)/(1 + x²)dx
        square = mp.pi / 2 - (right.T * mp.lu_solve(gram, right))[0]
        found = actx.fit("a*exp(-x^2) + b*exp(-x^2/2)", "1/(1+x^2)", norm="l2")
        assert_proven(found, mp.sqrt(square))


def test_a_tail_that_falls_like_a_power() -> None:
    """∫1/(1+x²)² = π/2, ∫1/((1+x²)(4+x²)) = π/6 and ∫1/(4+x²)² = π/16."""
    with mp.workdps(40):
        square = mp.pi / 2 - (mp.pi / 6) ** 2 / (mp.pi / 16)
        found = actx.fit("a/(4+x^2)", "1/(1+x^2)", norm="l2")
        assert_proven(found, mp.sqrt(square))
        assert found.parameters["a"] == pytest.approx(8 / 3, rel=1e-12)


def test_singular_at_an_end() -> None:
    """a·√x + b·x for x^(1/3) on 0:1, of which all integrals are of powers."""
    with mp.workdps(40):
        third = mpf(1) / 3
        powers = [mpf(1) / 2, mpf(1), third]
        table = mp.matrix(3, 3)
        for i in range(3):
            for j in range(3):
                table[i, j] = 1 / (powers[i] + powers[j] + 1)
        right = table[:2, 2]
        square = table[2, 2] - (right.T * mp.lu_solve(table[:2, :2], right))[0]
        found = actx.fit("a*sqrt(x) + b*x", "x^(1/3)", norm="l2", domain="0:1")
        assert_proven(found, mp.sqrt(square))


def test_breakpoints_that_are_no_fractions() -> None:
    with mp.workdps(40):
        kink = mp.log(3)
        hinge: Callable[[Any], Any] = lambda x: max(mp.exp(x) - 3, mpf(0))  # noqa: E731
        edges = [-3, -1, 0, 1, kink, 2, 3]
        basis: list[Callable[[Any], Any]] = [lambda x: x, hinge, lambda x: mp.tanh(x)]
        table = mp.matrix(3, 3)
        for i in range(3):
            for j in range(3):
                table[i, j] = mp.quad(lambda x, i=i, j=j: basis[i](x) * basis[j](x), edges)
        right = table[:2, 2]
        square = table[2, 2] - (right.T * mp.lu_solve(table[:2, :2], right))[0]
        found = actx.fit("a*x + b*max(exp(x)-3, 0)", "tanh", norm="l2", domain="-3:3")
        assert_proven(found, mp.sqrt(square))


def test_the_target_itself() -> None:
    found = actx.fit("a*x + b*x^3", "0.1*x + x^3/3", norm="l2", domain="-3:3")
    assert bounds(found) == (0, 0)
    assert found.certificate is not None
    assert found.certificate.optimality is Optimality.GLOBAL


def test_columns_that_depend_on_each_other() -> None:
    alone = actx.fit("a*x + c*x^3", "tanh", norm="l2", domain="-3:3")
    found = actx.fit("a*x + 2*b*x + c*x^3", "tanh", norm="l2", domain="-3:3")
    lower, upper = bounds(found)
    assert lower == pytest.approx(alone.objective, rel=1e-12)
    assert lower <= alone.objective * (1 + 1e-15)
    assert upper - lower <= 1e-9 * upper


# --- l1 ---


@pytest.mark.parametrize("degree", [0, 1, 3, 6])
def test_polynomials_have_canonical_points(degree: int) -> None:
    """exp less its best polynomial in L1 changes its sign at the zeros of U_(n+1) (Markov)."""
    template = "+".join(f"c{k}*x^{k}" for k in range(degree + 1))
    with mp.workdps(40):
        zeros = [mp.cos(mp.pi * k / (degree + 2)) for k in range(degree + 2, -1, -1)]
        powers = [mp.exp(z) for z in zeros]
        parts = [(b - a) * (-1) ** k for k, (a, b) in enumerate(pairwise(powers))]
        found = actx.fit(template, "exp(x)", norm="l1", domain="-1:1")
        assert_proven(found, abs(sum(parts)))
        inner = zeros[1:-1]
        gaps = [
            sum(mpf(found.parameters[f"c{k}"]) * z**k for k in range(degree + 1)) - mp.exp(z)
            for z in inner
        ]
        assert max(map(abs, gaps)) <= mpf(10) ** -12


def test_the_best_constant_is_a_median() -> None:
    found = actx.fit("a", "x^2", norm="l1", domain="0:1")
    assert_proven(found, mpf(1) / 4)
    assert found.parameters["a"] == 0.25


def test_a_jump_at_the_zero() -> None:
    """1 for x > 0, else 0, on -1:2: the best constant is 1, which is the target on (0, 2]."""
    found = actx.fit("a", "1 if x > 0 else 0", norm="l1", domain="-1:2")
    lower, upper = bounds(found)
    assert lower <= 1 <= upper
    assert upper - lower <= 1e-6


def test_l1_of_both_and_weighted_is_that_of_its_parts() -> None:
    """With values and slopes of a·x for x²/2 on 0:1: ∫|a·x - x²/2| + ∫|a - x|, least by hand."""
    with mp.workdps(40):
        found = actx.fit("a*x", "x^2/2", norm="l1", domain="0:1", of="both")

        def size(a: Any) -> Any:
            # the first changes its sign at 2a, the second at a
            first = a / 2 - mpf(1) / 6 if a > mpf(1) / 2 else 8 * a**3 / 6 - a / 2 + mpf(1) / 6
            return first + a**2 - a + mpf(1) / 2

        slope = mp.findroot(lambda a: 4 * a**2 - mpf(1) / 2 + 2 * a - 1, mpf(0.4))
        assert_proven(found, size(slope))


# --- against sums and SciPy's least squares ---


def nodes(lo: float, hi: float) -> tuple[Array, Array]:
    """A Gauss-Legendre rule on panels between which nothing has a kink."""
    edges = np.unique([lo, hi, *np.linspace(lo, hi, 9), *(b for b in BREAKS if lo < b < hi)])
    x, w = np.polynomial.legendre.leggauss(40)
    half = np.diff(edges) / 2
    return (edges[:-1, None] + half[:, None] * (x + 1)).ravel(), (half[:, None] * w).ravel()


def on(text: str, x: Array) -> Array:
    return np.asarray(np.broadcast_to(actx.formula(text)(x), x.shape), dtype=float)


def least_by_sums(
    columns: Sequence[str], target: str, x: Array, w: Array, limits: Any = (-np.inf, np.inf)
) -> float:
    """The least √Σw·e², by SciPy's bounded least squares in columns scaled to norm 1."""
    table = np.stack([on(c, x) for c in columns], axis=1) * np.sqrt(w)[:, None]
    scale = np.linalg.norm(table, axis=0)
    scale[scale == 0] = 1
    lower, upper = (np.broadcast_to(end, scale.shape) * scale for end in limits)
    right = on(target, x) * np.sqrt(w)
    if np.all(np.isinf(lower) & np.isinf(upper)):  # columns may depend on each other
        best = np.linalg.lstsq(table / scale, right, rcond=1e-12)[0]
    else:
        best = lsq_linear(table / scale, right, (lower, upper), method="bvls", tol=1e-15).x
    return float(np.linalg.norm(table @ (best / scale) - right))


def drawn(seed: int) -> tuple[str, list[str], str, float, float]:
    rng = np.random.default_rng(seed)
    columns = [str(c) for c in rng.choice(COLUMNS, int(rng.integers(1, 6)), replace=False)]
    template = "+".join(f"q{i}*{c}" for i, c in enumerate(columns))
    lo, hi = float(rng.integers(-6, 0)), float(rng.integers(1, 7))
    return template, columns, str(rng.choice(TARGETS)), lo, hi


def holds(seed: int, norm: str) -> None:
    """No values reach less than the bound: neither the best of a sum nor any near the fit's."""
    template, columns, target, lo, hi = drawn(seed)
    found = actx.fit(template, target, norm=norm, domain=f"{lo}:{hi}")
    lower, upper = bounds(found)
    x, w = nodes(lo, hi)
    if norm == "gauss":
        w = w * np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    reached = least_by_sums(columns, target, x, w)
    noise = 1e-12 * float(np.sqrt(np.sum(w * on(target, x) ** 2)))  # of sums, and of the solver
    assert lower <= reached + noise
    assert upper >= reached - noise
    assert upper - lower <= 1e-9 * upper
    rng = np.random.default_rng(seed)
    table = np.stack([on(c, x) for c in columns])
    best = np.array([found.parameters[f"q{i}"] for i in range(len(columns))])
    for size in 10.0 ** rng.uniform(-8, 0, 20):
        values = best + size * rng.standard_normal(best.size)
        e = values @ table - on(target, x)
        assert math.sqrt(float(np.sum(w * e * e))) >= lower * (1 - 1e-12) - noise


@pytest.mark.sampled(2)
@pytest.mark.parametrize("norm", ["l2", "gauss"])
@pytest.mark.parametrize("seed", range(8))
def test_random_linear_templates(seed: int, norm: str) -> None:
    holds(seed, norm)


@pytest.mark.long
@pytest.mark.parametrize("norm", ["l2", "gauss"])
@pytest.mark.parametrize("seed", range(100, 250))
def test_many_linear_templates(seed: int, norm: str) -> None:
    holds(seed, norm)


def l1_by_program(columns: Sequence[str], target: str, lo: float, hi: float) -> tuple[Array, float]:
    """Coefficients of a linear program on a rule's nodes (HiGHS), and their ∫|e| by a fine sum."""
    edges = np.unique([lo, hi, *np.linspace(lo, hi, 41), *(b for b in BREAKS if lo < b < hi)])
    x, w = np.polynomial.legendre.leggauss(12)
    half = np.diff(edges) / 2
    x, w = (edges[:-1, None] + half[:, None] * (x + 1)).ravel(), (half[:, None] * w).ravel()
    table, goal = np.stack([on(c, x) for c in columns], axis=1), on(target, x)
    left, sizes, right = np.linalg.svd(table, full_matrices=False)
    use = sizes > 1e-12 * sizes[0]
    basis, one = left[:, use] * math.sqrt(x.size), np.eye(x.size)
    solved = linprog(
        [*np.zeros(basis.shape[1]), *w],
        A_ub=np.block([[basis, -one], [-basis, -one]]),
        b_ub=np.concatenate([goal, -goal]),
        bounds=[(None, None)] * basis.shape[1] + [(0, None)] * x.size,
        method="highs",
    )
    c = (right[use].T / sizes[use]) @ solved.x[: basis.shape[1]] * math.sqrt(x.size)
    return c, l1_by_sum(c, columns, target, lo, hi)


def l1_by_sum(c: Array, columns: Sequence[str], target: str, lo: float, hi: float) -> float:
    """∫|e| by the midpoint rule, to about 1e-9 of the values."""
    count = 200000
    x = lo + (np.arange(count) + 0.5) * (hi - lo) / count
    e = sum(v * on(text, x) for v, text in zip(c, columns, strict=True)) - on(target, x)
    return float(np.sum(np.abs(e)) * (hi - lo) / count)


def l1_holds(seed: int) -> bool:
    """No values reach less than the bound; is the fit proven to be the best?"""
    template, columns, target, lo, hi = drawn(seed)
    found = actx.fit(template, target, norm="l1", domain=f"{lo}:{hi}")
    lower, upper = bounds(found)
    best, reached = l1_by_program(columns, target, lo, hi)
    noise = 1e-8 * l1_by_sum(np.zeros(0), (), target, lo, hi)
    assert lower <= reached * (1 + 1e-8) + noise
    rng = np.random.default_rng(seed)
    mine = np.array([found.parameters[f"q{i}"] for i in range(len(columns))])
    for centre in (mine, best):
        size = 10.0 ** rng.uniform(-6, 0)
        values = centre + size * rng.standard_normal(centre.size)
        assert lower <= l1_by_sum(values, columns, target, lo, hi) * (1 + 1e-8) + noise
    if math.isinf(upper) or upper - lower > 1e-6 * upper:
        return False
    assert upper <= reached * (1 + 1e-6) + noise
    return True


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", range(300, 310))
def test_random_linear_templates_in_l1(seed: int) -> None:
    assert l1_holds(seed)


@pytest.mark.long
@pytest.mark.parametrize("first", range(310, 460, 10))
def test_many_linear_templates_in_l1(first: int) -> None:
    assert sum(l1_holds(seed) for seed in range(first, first + 10)) >= 8


@pytest.mark.parametrize("seed", range(4))
def test_within_bounds_on_parameters(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns = ["x", "x^2", "x^3", "tanh(x)"]
    free = actx.fit("a*x+b*x^2+c*x^3+d*tanh(x)", "mish", norm="l2", domain="-3:2").parameters
    limits = {
        name: (value - rng.uniform(-0.3, 0.5), math.inf) if rng.random() < 0.5 else
        (-math.inf, value + rng.uniform(-0.3, 0.5))
        for name, value in free.items()
    }  # fmt: skip
    found = actx.fit("a*x+b*x^2+c*x^3+d*tanh(x)", "mish", norm="l2", domain="-3:2", bounds=limits)
    lower, upper = bounds(found)
    x, w = nodes(-3, 2)
    ends = [np.array(side) for side in zip(*limits.values(), strict=True)]
    reached = least_by_sums(columns, "mish", x, w, ends)
    assert lower <= reached * (1 + 1e-10)
    assert upper >= reached * (1 - 1e-10)
    assert upper - lower <= 1e-9 * upper
    assert all(lo <= found.parameters[n] <= hi for n, (lo, hi) in limits.items())


@pytest.mark.parametrize("seed", range(4))
def test_within_bounds_on_parameters_in_l1(seed: int) -> None:
    """No values within bounds are below: the best ones are moved about, at and off the bounds."""
    rng = np.random.default_rng(seed)
    template, columns = "a*x+b*x^2+c*x^3+d*tanh(x)", ["x", "x^2", "x^3", "tanh(x)"]
    free = actx.fit(template, "mish", norm="l1", domain="-3:2").parameters
    limits = {n: (v + rng.uniform(-0.2, 0.1), v + rng.uniform(0.12, 0.4)) for n, v in free.items()}
    found = actx.fit(template, "mish", norm="l1", domain="-3:2", bounds=limits)
    lower, upper = bounds(found)
    mine = np.array(list(found.parameters.values()))
    lo, hi = (np.array(side) for side in zip(*limits.values(), strict=True))
    assert np.all((mine >= lo) & (mine <= hi))
    assert np.any((mine == lo) | (mine == hi))
    assert upper - lower <= 1e-6 * upper
    for size in 10.0 ** rng.uniform(-4, 0, 12):
        values = np.clip(mine + size * rng.standard_normal(4), lo, hi)
        assert lower <= l1_by_sum(values, columns, "mish", -3, 2) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("asked", "columns", "target"),
    [
        ({"weight": "exp(-x^2)"}, ["x*exp(-x^2)", "x^3*exp(-x^2)"], "tanh(x)*exp(-x^2)"),
        ({"of": "slope"}, ["1", "3*x^2"], "1-tanh(x)^2"),
        ({"relative": True}, ["x/abs(tanh(x))", "x^3/abs(tanh(x))"], "sign(x)"),
    ],
)
def test_weighted(asked: dict[str, Any], columns: list[str], target: str) -> None:
    found = actx.fit("a*x+b*x^3", "tanh", norm="l2", domain="-2:3", **asked)
    lower, upper = bounds(found)
    reached = least_by_sums(columns, target, *nodes(-2, 3))
    assert lower == pytest.approx(reached, rel=1e-11)
    assert upper - lower <= 1e-9 * upper


def test_of_both() -> None:
    found = actx.fit("a*x+b*x^3", "tanh", norm="l2", domain="-2:3", of="both")
    x, w = nodes(-2, 3)
    rows = [np.stack([x, x**3], axis=1), np.stack([np.ones_like(x), 3 * x**2], axis=1)]
    goals = [np.tanh(x), 1 - np.tanh(x) ** 2]
    root = np.sqrt(w)[:, None]
    table = np.concatenate([row * root for row in rows])
    right = np.concatenate([goal * root[:, 0] for goal in goals])
    reached = float(np.linalg.norm(table @ np.linalg.lstsq(table, right, rcond=None)[0] - right))
    lower, upper = bounds(found)
    assert lower == pytest.approx(reached, rel=1e-11)
    assert upper - lower <= 1e-9 * upper


def test_with_requirements_the_bound_is_that_without() -> None:
    free = actx.fit("a*x+b*x^3", "tanh", norm="l2", domain="-3:3")
    found = actx.fit("a*x+b*x^3", "tanh", norm="l2", domain="-3:3", require=["f(1)=1"])
    assert bounds(found)[0] == bounds(free)[0]
    assert found.certificate is not None
    assert found.certificate.optimality is Optimality.SEARCHED


# --- what is told ---


def test_in_json_and_text() -> None:
    command = ("fit", "a*x+b*x^3", "--target", "tanh", "--norm", "l2", "--domain", "-3:3")
    document = run_json(*command)
    assert document["bound"]["by"] == "duality"
    assert document["bound"]["over"] == "all values"
    assert document["certificate"]["optimality"] == "global"
    assert "proven to be the best of all; the error is orthogonal" in run(*command).stdout


def test_one_answer_with_variants_and_without() -> None:
    question: dict[str, Any] = {"norm": "l2", "domain": "-3:3"}
    alone, beside = (
        actx.fit("a*x+b*x^3+c*x^5", "gelu", **question, variants=v) for v in (False, True)
    )
    assert alone.parameters == beside.parameters
    assert alone.bound == beside.bound
