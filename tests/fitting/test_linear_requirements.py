"""Linear fits with requirements: the optimum among the values that meet them, and its bound.

Truth: linear programs (HiGHS) with the error and what is required on dense grids, whose columns and
derivatives are written down here once more.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

import actx
from actx.core.errors import FitError
from actx.fitting.results import Fit, Optimality

Array = NDArray[np.float64]
Function = Callable[[Array], Array]


@dataclass(frozen=True)
class Column:
    """A column of a template, and its first two derivatives."""

    text: str
    derivatives: tuple[Function, Function, Function]

    def __call__(self, x: Array, order: int = 0) -> Array:
        return np.broadcast_to(self.derivatives[order](x), x.shape)


def power(k: int) -> Column:
    def derivative(order: int) -> Function:
        factor = math.perm(k, order)
        return lambda x: factor * x ** max(k - order, 0)

    return Column(f"x^{k}", (derivative(0), derivative(1), derivative(2)))


def decay(k: int) -> Column:
    e: Function = lambda x: np.exp(-k * x)  # noqa: E731
    return Column(f"exp(-{k}*x)", (e, lambda x: -k * e(x), lambda x: k * k * e(x)))


def steep(k: int) -> Column:
    t: Function = lambda x: np.tanh(k * x)  # noqa: E731
    slope: Function = lambda x: k * (1 - t(x) ** 2)  # noqa: E731
    return Column(f"tanh({k}*x)", (t, slope, lambda x: -2 * k * t(x) * slope(x)))


def side(column: Column, below: bool) -> Column:
    """A column on one side of 0; 0 belongs to the right one."""
    text = f"({column.text} if x < 0 else 0)" if below else f"(0 if x < 0 else {column.text})"

    def cut(f: Function) -> Function:
        return lambda x: np.where((x < 0) == below, f(x), 0.0)

    f, slope, bend = column.derivatives
    return Column(text, (cut(f), cut(slope), cut(bend)))


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def mish(x: Array) -> Array:
    return x * np.tanh(np.logaddexp(0, x))


TARGETS: dict[str, Function] = {
    "tanh": np.tanh,
    "exp(x)": np.exp,
    "relu": lambda x: np.maximum(x, 0),
    "mish": mish,
    "sigmoid": sigmoid,
    "softplus": lambda x: np.logaddexp(0, x),
    "1/(1+x)": lambda x: 1 / (1 + x),
    "atan(x)": np.arctan,
    "abs(x)": np.abs,
}


@dataclass(frozen=True)
class Asked:
    """A requirement: sign·(derivative of the fit - value) is at most 0, or 0 where sign is 0.

    at: one x, or None for all that lie in `where`. less: a second place whose value is taken off.
    """

    text: str
    order: int
    value: Function
    sign: int = 0
    at: float | None = None
    less: float | None = None
    where: tuple[float, float] = (-math.inf, math.inf)

    def rows(self, columns: list[Column], x: Array) -> tuple[Array, Array]:
        x = (
            x[(x >= self.where[0]) & (x <= self.where[1])]
            if self.at is None
            else np.array([float(self.at)])
        )
        rows = np.stack([c(x, self.order) for c in columns], axis=1)
        if self.less is not None:
            rows = rows - np.stack([c(np.array([self.less])) for c in columns], axis=1)
        return rows, np.broadcast_to(self.value(x), x.shape)


def zero(x: Array) -> Array:
    return np.zeros_like(x)


def constant(v: float) -> Function:
    return lambda x: np.full_like(x, v)


def best_on_grid(
    columns: list[Column], goal: Function, x: Array, asked: list[Asked], margin: float = 0.0
) -> float | None:
    """The least largest error of a linear program: with all that is required, on the grid alone.

    margin: by how much inequalities are to hold more than asked, so that they hold between as well.
    None where nothing meets what is required.
    """
    table = np.stack([c(x) for c in columns], axis=1)
    scale = np.max(np.abs(table), axis=0)
    ones, f = np.ones((x.size, 1)), goal(x)
    above, under = np.hstack([table / scale, -ones]), np.hstack([-table / scale, -ones])
    below, limits, equal, values = [above, under], [f, -f], [], []
    for each in asked:
        rows, value = each.rows(columns, x)
        rows = np.hstack([rows / scale, np.zeros((len(rows), 1))])
        if each.sign:
            below.append(each.sign * rows)
            limits.append(each.sign * value - margin)
        else:
            equal.append(rows)
            values.append(value)
    result = linprog(
        [*np.zeros(len(columns)), 1.0],
        A_ub=np.vstack(below), b_ub=np.concatenate(limits),
        A_eq=np.vstack(equal) if equal else None, b_eq=np.concatenate(values) if equal else None,
        bounds=[(None, None)] * (len(columns) + 1), method="highs",
        options={"primal_feasibility_tolerance": 1e-10},
    )  # fmt: skip
    assert result.status in (0, 2)
    return None if result.status else float(result.x[-1])


POWERS = [power(k) for k in range(13)]
ODD = [power(k) for k in (1, 3, 5)]
DECAYS = [decay(1), decay(2), decay(3)]
STEPS = [steep(1), steep(2), steep(3)]
LEFT_AND_RIGHT = [side(power(k), below) for below in (True, False) for k in (0, 1, 2)]
HALF_LINE, LINE = (0.0, math.inf), (-math.inf, math.inf)
FROM_0 = Asked("f(0) = 0", 0, zero, at=0)
RISING = Asked("f' >= 0", 1, zero, -1)
POSITIVE = Asked("f >= 0", 0, zero, -1)
AT_MOST_1 = Asked("f <= 1", 0, constant(1), 1)
SLOPE_1 = Asked("f'(0) = 1", 1, constant(1), at=0)
LEAST_AT = Asked("min at -1.2", 1, zero, at=-1.2)
NONE_BELOW = Asked("", 0, zero, -1, less=-1.2)
RIGHT = Asked("f = x for x >= 0", 0, lambda x: x, where=(0, math.inf))
CONVEX = Asked("f'' >= 0 for x >= 1", 2, zero, -1, where=(1, math.inf))

CASES: list[tuple[list[Column], str, tuple[float, float], list[Asked]]] = [
    (POWERS[:4], "tanh", (-3, 3), [FROM_0]),
    (POWERS[:4], "exp(x)", (-1, 1),
     [Asked("f(0) = 1", 0, constant(1), at=0), SLOPE_1]),
    (POWERS[:4], "exp(x)", (-1, 1), [Asked("f(1) = exp(1)", 0, constant(math.e), at=1)]),
    (POWERS[:3], "relu", (-1, 1), [POSITIVE]),
    (POWERS[:5], "relu", (-1, 1), [Asked("f >= relu", 0, TARGETS["relu"], -1)]),
    (POWERS[:4], "tanh", (-3, 3), [RISING]),
    (ODD, "tanh", (-4, 4), [RISING]),
    (ODD, "tanh", (-4, 4),
     [AT_MOST_1, Asked("f >= -1", 0, constant(-1), -1)]),
    (ODD, "tanh", (-4, 4), [Asked("f(4) = 1", 0, constant(1), at=4)]),
    (POWERS[:3], "exp(x)", (-1, 1), [Asked("f(1) <= 2.6", 0, constant(2.6), 1, at=1)]),
    (POWERS[:3], "exp(x)", (-1, 1), [Asked("f(1) >= 2", 0, constant(2), -1, at=1)]),
    (POWERS[:3], "exp(x)", (-1, 1),
     [Asked("f''(0) = 1", 2, constant(1), at=0),
      Asked("f'(0) >= 1.1", 1, constant(1.1), -1, at=0)]),
    (POWERS[:3], "exp(x)", (-1, 1), [Asked("f >= exp(x)", 0, np.exp, -1)]),
    (POWERS[:5], "mish", (-3, 3),
     [LEAST_AT, NONE_BELOW]),
    (POWERS[:5], "mish", (-3, 3),
     [LEAST_AT, Asked("min value -0.3", 0, constant(-0.3), at=-1.2),
      NONE_BELOW]),
    (POWERS[:6], "softplus", (-4, 4),
     [Asked("f >= softplus", 0, TARGETS["softplus"], -1), RISING]),
    (POWERS[:6], "sigmoid", (-4, 4),
     [POSITIVE, AT_MOST_1,
      Asked("f(0) = 1/2", 0, constant(0.5), at=0)]),
    (POWERS[:6], "mish", (-4, 4), [CONVEX]),
    (POWERS, "mish", (-4, 4), [FROM_0]),
    (POWERS[:2], "abs(x)", (-1, 1),
     [FROM_0, Asked("f(1) = 1", 0, constant(1), at=1)]),
    (LEFT_AND_RIGHT, "mish", (-3, 3), [RIGHT]),
    (DECAYS, "1/(1+x)", HALF_LINE, [Asked("f(0) = 1", 0, constant(1), at=0)]),
    (DECAYS, "1/(1+x)", HALF_LINE,
     [Asked("f <= 1/(1+x)", 0, TARGETS["1/(1+x)"], 1)]),
    (STEPS[:2], "atan(x)", LINE, [SLOPE_1]),
    (STEPS, "atan(x)", LINE,
     [Asked("f <= atan(x) for x >= 0", 0, np.arctan, 1, where=(0, math.inf))]),
]  # fmt: skip


def grid(lo: float, hi: float) -> Array:
    """Points all over a domain, and about 0."""
    near = np.linspace(max(lo, -20), min(hi, 20), 6001)
    far = np.geomspace(20, 1e9, 300)
    x = np.union1d(near, np.concatenate([far, -far, [0, -1e-12, 1, -1.2]]))
    return x[(x >= lo) & (x <= hi)]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("columns", "target", "domain", "asked"), CASES)
def test_the_best_that_keeps_to_what_is_required(
    columns: list[Column], target: str, domain: tuple[float, float], asked: list[Asked]
) -> None:
    template = "+".join(f"q{k}*{c.text}" for k, c in enumerate(columns))
    require = [each.text for each in asked if each.text]
    found = actx.fit(template, target, domain=domain, require=require)
    x = grid(*domain)
    least = best_on_grid(columns, TARGETS[target], x, asked)
    assert least is not None
    assert found.objective == pytest.approx(least, rel=1e-4)
    assert_best(found, least)
    assert all(met.off_by <= 1e-9 for met in found.requirements)
    q = np.array([found.parameters[f"q{k}"] for k in range(len(columns))])
    for each in asked:
        rows, value = each.rows(columns, x)
        off = rows @ q - value
        assert np.max(each.sign * off if each.sign else np.abs(off)) <= 1e-9


def assert_best(found: Fit, reachable: float) -> None:
    """The best is found and proven, and no bound lies above what can be reached."""
    bound = found.bound
    assert bound is not None
    assert bound.lower <= reachable * (1 + 1e-4)
    assert bound.lower <= bound.upper
    assert bound.gap <= 1e-9
    assert bound.by == "alternation"
    assert bound.over == "values that meet what is required"
    assert found.certificate is not None
    assert found.certificate.optimality is Optimality.GLOBAL


def random_case(seed: int) -> tuple[list[Column], str, tuple[float, float], list[Asked]]:
    rng = np.random.default_rng(seed)
    pool = [*POWERS[:6], *STEPS]
    chosen = rng.choice(len(pool), int(rng.integers(2, 6)), replace=False)
    target = str(rng.choice(["tanh", "mish", "sigmoid", "softplus", "atan(x)", "abs(x)", "exp(x)"]))
    lo, hi = float(rng.integers(-4, 0)), float(rng.integers(1, 4))
    asked = []
    for kind in rng.choice(5, int(rng.integers(1, 3)), replace=False):
        at = float(rng.integers(int(10 * lo), int(10 * hi) + 1)) / 10
        off = float(rng.integers(-9, 10)) / 10
        y = round(float(TARGETS[target](np.array([at]))[0]) + off, 1)
        asked.append(
            [
                Asked(f"f({at}) = {y}", 0, constant(y), at=at),
                Asked(f"f({at}) <= {y}", 0, constant(y), 1, at=at),
                Asked(f"f'({at}) >= {off}", 1, constant(off), -1, at=at),
                RISING,
                Asked(f"f >= {target}", 0, TARGETS[target], -1),
            ][kind]
        )
    return [pool[i] for i in chosen], target, (lo, hi), asked


def random_case_holds(seed: int) -> bool:
    """Check claims on a random case; is the best proven?"""
    columns, target, domain, asked = random_case(seed)
    template = "+".join(f"q{k}*{c.text}" for k, c in enumerate(columns))
    reached = best_on_grid(columns, TARGETS[target], grid(*domain), asked, margin=1e-6)
    try:
        found = actx.fit(template, target, domain=domain, require=[a.text for a in asked])
    except FitError:
        assert reached is None, seed
        return True
    if reached is None:  # met by nothing, or by a hair
        return True
    assert found.bound is not None
    assert found.certificate is not None
    assert found.bound.lower <= found.bound.upper
    assert found.bound.lower <= reached * (1 + 1e-6) + 1e-7, seed
    best = found.certificate.optimality is Optimality.GLOBAL
    if best:
        assert found.objective <= reached * (1 + 1e-6) + 1e-7, seed
        assert all(met.off_by <= 1e-9 for met in found.requirements), seed
    return best and found.bound.gap <= 1e-9


@pytest.mark.parametrize("first", range(0, 10, 5))
def test_random_requirements(first: int) -> None:
    assert sum(random_case_holds(seed) for seed in range(first, first + 5)) >= 4


@pytest.mark.long
@pytest.mark.parametrize("first", range(10, 300, 10))
def test_many_random_requirements(first: int) -> None:
    assert sum(random_case_holds(seed) for seed in range(first, first + 10)) >= 9


def test_pieces_that_meet() -> None:
    """With u = x - 1/3 the columns are 1, u and min(u, 0)², and min(u, 0) where slopes differ."""
    template = "a + b*x + c*x^2 if x < 1/3 else d + h*x"
    x = np.union1d(np.linspace(-3, 3, 12_001), [1 / 3])
    kink, square = x - 1 / 3, np.minimum(x - 1 / 3, 0) ** 2
    for word, extra in (("smooth", []), ("continuous", [np.minimum(kink, 0)])):
        found = actx.fit(template, "mish", domain="-3:3", require=[word])
        table = np.stack([np.ones_like(x), kink, square, *extra], axis=1)
        assert_best(found, on_samples(table, mish(x)))
        assert found.objective == pytest.approx(on_samples(table, mish(x)), rel=1e-5)


def on_samples(table: Array, f: Array) -> float:
    ones = np.ones((len(f), 1))
    result = linprog(
        [*np.zeros(table.shape[1]), 1.0],
        A_ub=np.block([[table, -ones], [-table, -ones]]), b_ub=np.concatenate([f, -f]),
        bounds=[(None, None)] * (table.shape[1] + 1), method="highs",
    )  # fmt: skip
    return float(result.x[-1])


def test_what_is_rational_holds_exactly() -> None:
    found = actx.fit(
        "a + b*x + c*x^2 + d*x^3", "exp(x)", domain="-1:1", require=["f(0) = 1", "f'(0) = 1"]
    )
    assert (found.parameters["a"], found.parameters["b"]) == (1, 1)
    assert [met.off_by for met in found.requirements] == [0, 0]


def test_a_bound_on_a_parameter_beside_a_requirement() -> None:
    columns, asked = POWERS[:4], [FROM_0]
    template = "+".join(f"q{k}*{c.text}" for k, c in enumerate(columns))
    found = actx.fit(
        template, "tanh", domain="-3:3", require=["f(0) = 0"], bounds={"q1": (-1.0, 0.6)}
    )
    x = grid(-3, 3)
    second = Asked("", 1, constant(0.6), 1, at=0)  # q1 is the slope at 0
    least = best_on_grid(columns, np.tanh, x, [*asked, second])
    assert found.parameters["q1"] <= 0.6
    assert found.objective == pytest.approx(least, rel=1e-5)
    assert found.bound is not None
    assert found.bound.gap <= 1e-9
    assert found.bound.over == "q1 in -1:0.6, values that meet what is required"


def test_the_least_value_alone_is_not_linear_but_its_bound_holds() -> None:
    """Without it the fit is the same: the least value of the best is below, and may be raised."""
    found = actx.fit(
        "a + b*x + c*x^2 + d*x^3 + k*x^4", "mish", domain="-3:3", require=["min value -0.3"]
    )
    x = grid(-3, 3)
    asked = [Asked("", 0, constant(-0.3), -1)]
    least = best_on_grid(POWERS[:5], mish, x, asked)
    assert found.bound is not None
    assert found.bound.lower <= found.objective
    assert found.bound.lower == pytest.approx(least, rel=1e-4)
    q = [found.parameters[n] for n in "abcdk"]
    values = np.polynomial.polynomial.polyval(np.linspace(-3, 3, 100_001), q)
    assert np.min(values) == pytest.approx(-0.3, abs=1e-8)


def test_requirements_that_clash_are_named() -> None:
    with pytest.raises(FitError, match="can be met one by one"):
        actx.fit("a + b*x", "exp(x)", domain="-1:1", require=["f(1) >= 3", "f(1) <= 2"])
