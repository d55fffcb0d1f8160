"""Fits of templates that are linear in their parameters: the optimum, and the bound that proves it.

Truth: Sollya 8.0 (`remez(f, basis, [a;b], 1, 1e-12)` at `prec=200`, then `dirtyinfnorm`), whose
values are stored below, and linear programs on dense grids (HiGHS) in a Chebyshev basis.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mpmath import mp
from scipy.optimize import linprog

import actx
from actx.calculus.reading import formula
from actx.fitting.linear import affine
from actx.fitting.results import Fit, Optimality
from actx.language.text import to_text


def odd(last: int) -> str:
    return "+".join(f"c{k}*x^{k}" for k in range(1, last + 1, 2))


def full(last: int) -> str:
    return "+".join(f"c{k}*x^{k}" for k in range(last + 1))


SOLLYA = [  # template, target, domain, least largest error
    (odd(21), "tanh", "-3:3", 1.313191392794041244450822793660546886e-5),
    (odd(17), "tanh", "-3:3", 9.789757798925e-5),
    ("0.5+a*x+b*x^3+c*x^5+d*x^7+f*x^9", "sigmoid", "-10:10", 0.0179469154057),
    (odd(9), "tanh", "-8:8", 0.1067239515225),
    (full(8), "exp(x)", "-1:1", 1.106428931176e-8),
    (full(12), "exp(x)", "-1:1", 3.99634737227e-14),
    (odd(61), "tanh", "-3:3", 2.4767984132e-14),
]


@pytest.mark.sampled(4)
@pytest.mark.parametrize(("template", "target", "domain", "least"), SOLLYA)
def test_sollyas_optimum_is_reached_and_proven(
    template: str, target: str, domain: str, least: float
) -> None:
    found = actx.fit(template, target, domain=domain)
    assert found.objective == pytest.approx(least, rel=1e-9)
    assert found.bound is not None
    assert found.bound.lower <= least * (1 + 1e-11)
    assert found.bound.gap <= 1e-9
    assert found.certificate is not None
    assert found.certificate.optimality is Optimality.GLOBAL


@pytest.mark.parametrize(("template", "target", "domain", "least"), SOLLYA[:6])
def test_the_formula_that_is_written_has_the_error_that_is_printed(
    template: str, target: str, domain: str, least: float
) -> None:
    found = actx.fit(template, target, domain=domain)
    lo, hi = map(int, domain.split(":"))
    f, g = (to_mpmath(t) for t in (found.formula, target))
    with mp.workdps(60):
        at = [mp.mpf(x) for x, _ in ((p.x, p.error) for p in found.alternation)]
        assert all(lo <= x <= hi for x in at)
        largest = max(abs(f(x) - g(x)) for x in at)
        assert float(largest) == pytest.approx(found.objective, rel=1e-9)
        grid = (mp.mpf(lo) + (hi - lo) * mp.mpf(k) / 500 for k in range(501))
        assert max(abs(f(x) - g(x)) for x in grid) <= largest * (1 + mp.mpf("1e-9"))


def to_mpmath(text: str) -> Callable[[mp.mpf], mp.mpf]:
    from rigour import mp_value

    tree = formula(text).bound
    return lambda x: mp_value(tree, x)


# --- what is linear ---


@pytest.mark.parametrize(
    ("template", "columns", "offset"),
    [
        ("a*x + b*max(x, 0) + 1", {"a": "x", "b": "max(x, 0)"}, "1"),
        ("lerp(x, tanh(x), t)", {"t": "-x + tanh(x)"}, "x"),
        ("(a + b*x)/(1 + x^2)", {"a": "1/(1 + x^2)", "b": "x/(1 + x^2)"}, "0"),
        ("a*x if x < 0 else b", {"a": "x if x < 0 else 0", "b": "0 if x < 0 else 1"}, "0"),
    ],
)
def test_columns(template: str, columns: dict[str, str], offset: str) -> None:
    read = formula(template)
    found = affine(read.tree, read.parameters)
    assert found is not None
    x = np.linspace(-2, 2, 9)
    assert set(found.columns) == set(columns)
    for name, text in columns.items():
        assert formula(to_text(found.columns[name]))(x) == pytest.approx(formula(text)(x))
    assert formula(to_text(found.offset))(x) == pytest.approx(formula(offset)(x))


@pytest.mark.parametrize(
    "template",
    [
        "max(a*x, 0)",
        "a*b*x",
        "x*clip(a*x + b, 0, 1)",
        "min(max(a*x + b, c), d)",
        "x if x < a else b",
        "b*x + (1 if a > 0 else 2)",
        "a*max(x - b, 0)",
        "x^a",
        "1/(a + x^2)",
    ],
)
def test_what_is_only_piecewise_linear_is_not_linear(template: str) -> None:
    read = formula(template)
    assert affine(read.tree, read.parameters) is None


# --- random templates against linear programs ---

BASES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "1": np.ones_like,
    "x": lambda x: x,
    "x^2": lambda x: x**2,
    "x^3": lambda x: x**3,
    "tanh(x)": np.tanh,
    "tanh(2*x)": lambda x: np.tanh(2 * x),
    "exp(-(x-1)^2)": lambda x: np.exp(-((x - 1) ** 2)),
    "max(x, 0)": lambda x: np.maximum(x, 0),
    "max(x - 1, 0)": lambda x: np.maximum(x - 1, 0),
    "abs(x + 1/2)": lambda x: np.abs(x + 0.5),
    "x/(1 + x^2)": lambda x: x / (1 + x**2),
    "sin(x)": np.sin,
}
TARGETS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "exp(x)": np.exp,
    "softplus": lambda x: np.logaddexp(0, x),
    "hard-swish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
}
WEIGHTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "": np.ones_like,
    "exp(-x^2/2)": lambda x: np.exp(-x * x / 2),
    "1 + abs(x)": lambda x: 1 + np.abs(x),
}


def by_program(rows: np.ndarray, f: np.ndarray) -> float:
    """The least max|rows·c - f| on the grid: below the true one, by the grid alone.

    The program is that of some points, to which those are added at which its errors are larger.
    """
    left_vectors, sizes, _ = np.linalg.svd(rows, full_matrices=False)
    q = left_vectors[:, sizes > 1e-13 * sizes[0]]  # columns may be the same on a domain
    left = f - q @ (q.T @ f)
    scale = float(np.max(np.abs(left)))  # so that the solver's tolerances do not bite
    if scale <= 1e-13 * np.max(np.abs(f)):  # the target lies in the span: what is left is rounding
        return scale
    f = f / scale
    used = np.zeros(len(f), dtype=bool)
    used[:: max(1, len(f) // 500)] = True
    for _ in range(60):
        level, error = _program(q[used], f[used], q, f)
        off = np.where(used, 0.0, np.abs(error))
        if not np.any(off > level * (1 + 1e-9) + 1e-14):
            return level * scale
        blocks = (b for b in np.array_split(np.arange(len(f)), 400) if len(b))
        worst = np.array([b[np.argmax(off[b])] for b in blocks])
        used[worst[off[worst] > level]] = True
    raise AssertionError("the program does not settle")


def _program(
    q: np.ndarray, f: np.ndarray, all_rows: np.ndarray, all_f: np.ndarray
) -> tuple[float, np.ndarray]:
    """The least largest error on some points, and the errors on all."""
    ones = np.ones((len(f), 1))
    result = linprog(
        [*np.zeros(q.shape[1]), 1.0],
        A_ub=np.block([[q, -ones], [-q, -ones]]), b_ub=np.concatenate([f, -f]),
        bounds=[(None, None)] * (q.shape[1] + 1), method="highs",
    )  # fmt: skip
    assert result.status == 0
    return float(result.x[-1]), all_rows @ result.x[:-1] - all_f


@given(
    names=st.lists(st.sampled_from(sorted(BASES)), min_size=1, max_size=5, unique=True),
    target=st.sampled_from(sorted(TARGETS)),
    weight=st.sampled_from(sorted(WEIGHTS)),
    lo=st.integers(-4, 0),
    width=st.integers(1, 6),
)
@example(  # a target that lies in the span, of columns of which two are the same on the domain
    names=["1", "abs(x + 1/2)", "exp(-(x-1)^2)", "max(x - 1, 0)", "x^2"],
    target="hard-swish", weight="", lo=0, width=1,
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_random_templates_reach_the_optimum_of_a_linear_program(
    names: list[str], target: str, weight: str, lo: int, width: int
) -> None:
    template = " + ".join(f"c{k}*({name})" for k, name in enumerate(names))
    found = actx.fit(template, target, domain=(lo, lo + width), weight=weight or None)
    x = lo + width * (1 - np.cos(np.linspace(0, math.pi, 4001))) / 2
    x = np.union1d(x, [b for b in (-3, -0.5, 0, 1, 3) if lo <= b <= lo + width])
    w = WEIGHTS[weight](x)
    rows = np.stack([BASES[name](x) for name in names], axis=1) * w[:, None]
    least = by_program(rows, TARGETS[target](x) * w)
    assert found.objective == pytest.approx(least, rel=1e-4, abs=1e-9)
    assert_honest(found, least)


def assert_honest(found: Fit, reachable: float) -> None:
    """No bound above what can be reached; a grid only lowers that, by little."""
    bound = found.bound
    assert bound is not None
    assert bound.lower <= reachable * (1 + 1e-4) + 1e-9
    assert bound.lower <= bound.upper
    assert bound.lower <= found.objective * (1 + 1e-12)


# --- templates of which few points carry the proof, or the exchange once stopped too early ---

HARD = [  # columns, target, domain, weight
    (["x/(1+x^2)", "exp(-(x-1)^2)", "x*sigmoid(x)", "1/(1+x^2)"], "tanh", (-4, 6), "1"),
    (["x/(1+x^2)", "x^5"], "sigmoid", (-5, 5), "1/(1+x^2)"),
    (["x^2", "x^4", "x^5"], "sign(x)", (-3.8, 0.6), "1"),
    (["x^2", "1", "x", "tanh(x)"], "sin(x)", (-5, 2), "exp(-x^2/2)"),
    (["x^2", "(x if x < 0 else x^2)", "x/(1+x^2)", "atan(x)"], "tanh", (-2, 6), "1/(1+x^2)"),
    (["x/(1+x^2)", "max(x, 0)", "abs(x)", "x^3", "atan(x)"], "mish", (-6, 2), "exp(-x^2/2)"),
    (["abs(x+1/2)", "x*sigmoid(x)", "max(x-1, 0)", "max(x, 0)", "abs(x)"], "sigmoid", (-4, 5),
     "1/(1+x^2)"),
    (["exp(-(x-1)^2)"], "mish", (-4, 6), "1"),
    (["x^2"], "x", (-1, 1), "1"),
    (["sin(x)", "sin(2*x)"], "cos(x)", (-3, 3), "1"),
    (["max(x, 0)", "max(x-1, 0)", "max(x-2, 0)"], "softplus", (-3, 3), "1"),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "target", "domain", "weight"), HARD)
def test_few_points_that_carry_the_proof(
    columns: list[str], target: str, domain: tuple[float, float], weight: str
) -> None:
    template = "+".join(f"q{k}*{column}" for k, column in enumerate(columns))
    found = actx.fit(template, target, domain=domain, weight=weight)
    x = np.union1d(
        np.linspace(*domain, 20_001), [*np.geomspace(1e-9, 0.1, 50), -1e-9, -0.5, 0, 1, 2]
    )
    x = x[(x >= domain[0]) & (x <= domain[1])]
    w = np.broadcast_to(actx.formula(weight)(x), x.shape)
    rows = np.stack([np.broadcast_to(actx.formula(c)(x), x.shape) * w for c in columns], axis=1)
    least = by_program(rows, actx.formula(target)(x) * w)
    assert found.objective == pytest.approx(least, rel=1e-5)
    assert_best(found, least)


def assert_best(found: Fit, reachable: float) -> None:
    """The best is found and proven, and no bound lies above what can be reached."""
    assert_honest(found, reachable)
    assert found.bound is not None
    assert found.bound.by == "alternation"
    assert found.bound.gap <= 1e-9
    assert found.certificate is not None
    assert found.certificate.optimality is Optimality.GLOBAL


@pytest.mark.parametrize(
    ("template", "target", "domain"),
    [
        ("0.5 + a*tanh(x/2)", "sigmoid", "-4:4"),
        ("a*x + b*x*tanh(x/2)", "swish", "-4:4"),
        ("a*x + b*abs(x)", "relu", "-4:4"),
        ("a*x", "0.3333333333333*x", "-1:1"),
        ("a*sigmoid(x)*(1 - sigmoid(x))", "sech(x/2)^2", "-inf:inf"),
    ],
)
def test_a_target_among_the_values_is_proven(template: str, target: str, domain: str) -> None:
    found = actx.fit(template, target, domain=domain)
    assert found.objective == 0
    assert found.bound is not None
    assert (found.bound.lower, found.bound.upper, found.bound.by) == (0, 0, "alternation")
    assert found.certificate is not None
    assert found.certificate.optimality is Optimality.GLOBAL


@pytest.mark.parametrize(
    ("template", "target", "domain", "columns"),
    [
        ("a*exp(-x) + b*exp(-2x)", "1/(1+x)", "0:inf", ["exp(-x)", "exp(-2x)"]),
        ("a*tanh(x) + b*tanh(2x)", "x/(1+abs(x))", "-inf:inf", ["tanh(x)", "tanh(2x)"]),
        ("a*x + b*x^3 + c*x^5", "sign(x)", "-1:-0.1,0.1:1", ["x", "x^3", "x^5"]),
        ("a + b*x + c*x^2", "sign(x)", "-1:-0.1,0.1:1", ["1", "x", "x^2"]),
    ],
)
def test_half_lines_and_several_intervals(
    template: str, target: str, domain: str, columns: list[str]
) -> None:
    found = actx.fit(template, target, domain=domain)
    far = np.geomspace(30, 1e9, 400)
    x = np.concatenate([np.linspace(-30, 30, 120_001), far, -far, [-1, -0.1, 0.1, 1]])
    parts = [tuple(map(float, part.split(":"))) for part in domain.split(",")]
    x = x[np.any([(x >= lo) & (x <= hi) for lo, hi in parts], axis=0)]
    rows = np.stack([np.broadcast_to(actx.formula(c)(x), x.shape) for c in columns], axis=1)
    least = by_program(rows, actx.formula(target)(x))
    assert found.objective == pytest.approx(least, rel=1e-6)
    assert_best(found, least)


def test_errors_far_below_rounding() -> None:
    found = actx.fit(full(30), "exp(x)", domain="-4:4")
    # about 4^31/(2^30·31!), the error of the Chebyshev series' next term
    assert found.objective == pytest.approx(4**31 / (2**30 * math.factorial(31)), rel=0.2)
    assert found.bound is not None
    assert found.bound.gap <= 1e-9


# --- other tasks ---


def test_the_whole_line() -> None:
    found = actx.fit("a*tanh(x) + b*tanh(2*x)", "atan(x)")
    x = np.concatenate([np.linspace(-30, 30, 200_001), [-1e9, -1e3, 1e3, 1e9]])
    rows = np.stack([np.tanh(x), np.tanh(2 * x)], axis=1)
    assert found.objective == pytest.approx(by_program(rows, np.arctan(x)), rel=1e-6)
    assert found.bound is not None
    assert found.bound.gap < 1e-9


@pytest.mark.parametrize("of", ["slope", "both"])
def test_slopes(of: str) -> None:
    found = actx.fit("a*x + b*x^3", "tanh", domain="-2:2", of=of)
    x = np.linspace(-2, 2, 4001)
    rows, goal = np.stack([np.ones_like(x), 3 * x**2], axis=1), 1 - np.tanh(x) ** 2
    if of == "both":
        rows = np.concatenate([rows, np.stack([x, x**3], axis=1)])
        goal = np.concatenate([goal, np.tanh(x)])
    assert found.objective == pytest.approx(by_program(rows, goal), rel=1e-5)
    assert found.bound is not None
    assert found.bound.gap < 1e-9


def test_relative_errors() -> None:
    found = actx.fit("a + b*x + c*x^2", "exp(x)", domain="-1:2", relative=True)
    x = np.linspace(-1, 2, 4001)
    rows = np.stack([np.ones_like(x), x, x**2], axis=1) / np.exp(x)[:, None]
    assert found.objective == pytest.approx(by_program(rows, np.ones_like(x)), rel=1e-5)
    assert found.bound is not None
    assert found.bound.gap < 1e-9


def test_bounds_on_parameters_are_kept_and_the_optimum_within_is_proven() -> None:
    limits = {"a": (-1.0, 0.4), "c": (0.1, 0.3)}
    found = actx.fit("a + b*x + c*abs(x)", "softplus", domain="-3:3", bounds=limits)
    x = np.linspace(-3, 3, 6001)
    rows = np.stack([np.ones_like(x), x, np.abs(x)], axis=1)
    ones = np.ones((x.size, 1))
    f = np.logaddexp(0, x)
    least = linprog(
        [0, 0, 0, 1], A_ub=np.block([[rows, -ones], [-rows, -ones]]),
        b_ub=np.concatenate([f, -f]),
        bounds=[(-1, 0.4), (None, None), (0.1, 0.3), (None, None)], method="highs",
    ).x[-1]  # fmt: skip
    assert found.parameters["a"] <= 0.4
    assert found.objective == pytest.approx(least, rel=1e-6)
    assert found.bound is not None
    assert found.bound.gap < 1e-9
    assert found.bound.over == "a in -1:0.4, c in 0.1:0.3"


def test_a_target_of_the_template_itself_is_reached() -> None:
    found = actx.fit("a*x + b*x^3", "2*x - x^3/3", domain="-2:2")
    assert found.objective == 0
    assert found.parameters == {"a": 2.0, "b": pytest.approx(-1 / 3)}
    assert found.bound is not None
    assert (found.bound.lower, found.bound.upper, found.bound.gap) == (0, 0, 0)


def test_the_same_answer_with_and_without_what_is_put_beside() -> None:
    alone = actx.fit(odd(9), "tanh", domain="-8:8")
    beside = actx.fit(odd(9), "tanh", domain="-8:8", variants=True)
    assert alone.parameters == beside.parameters
    assert (alone.objective, alone.bound) == (beside.objective, beside.bound)


@pytest.mark.parametrize("template", ["x*clip(a*x+b, 0, 1)", "min(max(a*x+b, c), d)"])
def test_nothing_is_called_the_best_without_a_bound(template: str) -> None:
    found = actx.fit(template, "swish", domain="-8:8")
    assert found.bound is not None
    assert found.certificate is not None
    proven = found.bound.gap <= 1e-6 and found.bound.by != "none"
    assert (found.certificate.optimality is Optimality.GLOBAL) == proven
