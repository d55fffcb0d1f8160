"""Bounds over boxes of those parameters that are not linear, whatever the linear ones."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from box_problems import INF, REAL, TARGETS, best_near, problem, proven, reached
from mpmath import mp
from random_templates import random_template
from rigour import DIGITS, mp_value
from scipy.optimize import linprog

from actx.core.errors import AnalysisError
from actx.fitting.nonlinear.eliminated import Eliminated
from actx.fitting.nonlinear.errors import Boxes, Errors
from actx.fitting.nonlinear.points import place_points
from actx.fitting.nonlinear.projected import linear_parameters
from actx.fitting.nonlinear.simplex import levelled

TEMPLATES = [
    "a*max(x - b, 0) + c*max(x - d, 0)", "a*tanh(b*x + c) + d", "a*x*sigmoid(b*x + c) + d",
    "x*(a + b*tanh(c*x + d))", "(a*x + b)*sigmoid(c*x + d)", "a*exp(b*x) + c*x",
    "a*tanh(b*x) + c", "a*sin(b*x) + c*x", "a*relu(b - x) + c*relu(x + d)",
    "a*abs(x - b) + c + d*x",
    "a*x/(b + abs(x)) + c", "relu(x) + a*exp(b*x - c*x^2) + d", "a*sigmoid(b*x) + c*sigmoid(d*x)",
    "a*exp(b*x) + c*exp(d*x)", "a*x^3*tanh(b*x + c)/(1 + x^2) + d*x^3/(1 + x^2)",
    "clip(a*x + b, -1, 1)*c + d*x", "(a*x + b)/(1 + c^2*x^2)", "-exp(c*x + d)*(a + b*x^2)",
    "(a*x + b*x^3)/(1 + abs(c*x - d))", "a*sigmoid(x - b) + c*b + d*(x - x)",
    "a*sign(x - b) + c*x + d*(clip(x, 0, 1) if x < b else 0)", "a*exp(b*x + sign(x)) + c*x",
    "a*tanh(b*x - 3*sign(x)) + c",
]  # fmt: skip


def test_a_parameter_of_a_step_is_not_linear() -> None:
    names = dict.fromkeys("abcd", REAL)
    task = problem("c*sign(x + a) + d*(1 if x < b else 0)", "mish", (-4, 4), **names)
    assert linear_parameters([task.template], task.names) == [2, 3]


def eliminated(template: str, target: str, domain: tuple[float, float]) -> Eliminated:
    names = [name for name in "abcd" if name in template.replace("tanh", "").replace("abs", "")]
    task = problem(template, target, domain, **dict.fromkeys(names, REAL))
    errors = Errors(task)
    place_points(errors)
    return Eliminated(errors, linear_parameters([task.template], task.names))


def best_linear(view: Eliminated, row: np.ndarray) -> float:
    """The largest error at the points for nearly the best linear parameters, by HiGHS."""
    task, x = view.errors.problem, view.errors.points(0)
    p = np.zeros(len(task.names))
    p[view.kept] = row
    rest = task.error(x, p)
    columns = task.slopes(x, p)[view.linear].T
    known = np.isfinite(rest) & np.isfinite(columns).all(axis=1)
    scale = np.abs(columns[known]).max(axis=0, initial=0.0) + 1e-300
    table = np.column_stack([columns / scale, -np.ones(x.size)])[known]
    turned = np.column_stack([-columns / scale, -np.ones(x.size)])[known]
    found = linprog(
        [*np.zeros(len(view.linear)), 1.0], np.vstack([table, turned]),
        np.concatenate([-rest[known], rest[known]]), bounds=(None, None),
    )  # fmt: skip
    if found.status != 0:
        return INF
    p[view.linear] = found.x[:-1] / scale
    given = dict(zip(task.names, map(mp.mpf, p.tolist()), strict=True))
    with mp.workdps(DIGITS):
        errors = [
            abs(mp_value(task.template, mp.mpf(v), given) - mp_value(task.target, mp.mpf(v)))
            for v in x.tolist()
        ]
        return INF if any(map(mp.isnan, errors)) else float(max(errors))


def side(chance: random.Random, middle: float) -> tuple[float, float]:
    """An interval around a value, or an endless one."""
    kind = chance.random()
    if kind < 0.1:
        return middle, INF
    if kind < 0.2:
        return -INF, middle
    width = 10 ** chance.uniform(-6, 0.5)
    lo = chance.choice([middle - width * chance.random(), middle, 0.0])
    return lo, lo + width


def check_boxes(view: Eliminated, chance: random.Random, count: int) -> int:
    """How many boxes have a bound, none of which is above what values in them reach."""
    told = 0
    for _ in range(count):
        same = chance.gauss(0, 2)
        ends = [
            side(chance, chance.choice([0.0, same, chance.gauss(0, 2), chance.gauss(0, 30)]))
            for _ in view.kept
        ]
        lo, hi = np.array(ends).T
        with np.errstate(all="ignore"):
            least = float(view.lower_and_width(Boxes(lo[None], hi[None]), 2.0)[0][0])
        if not least > 0:
            continue
        told += 1
        for _ in range(3):
            row = np.array([
                chance.choice([a, b, chance.uniform(max(a, -60), min(b, 60))])
                for a, b in ends
            ])  # fmt: skip
            if np.isfinite(row).all() and np.all((row >= lo) & (row <= hi)):
                value = best_linear(view, row)
                task = view.errors.problem
                assert least <= value * (1 + 1e-15), (task.template, task.target, ends, row)
    return told


@pytest.mark.sampled(5)
@pytest.mark.parametrize("template", TEMPLATES)
def test_no_values_are_below_the_bound_of_their_box(template: str) -> None:
    chance = random.Random(template)
    target = chance.choice(TARGETS)
    view = eliminated(template, target, (-4.0, 4.0))
    assert check_boxes(view, chance, 40) > 3


def check_random_columns(seed: int) -> int:
    chance = random.Random(seed)
    columns = [random_template(chance, 2) for _ in "12"]
    template = f"c*({columns[0]}) + d*({columns[1]}) + {chance.choice(['relu(x)', '0', 'b'])}"
    domain = chance.choice([(-4.0, 4.0), (0.0, 3.0), REAL])
    try:
        view = eliminated(template, chance.choice(TARGETS), domain)
    except (AnalysisError, ArithmeticError):
        return 0
    if not view.kept or len(view.linear) < 2:
        return 0
    return check_boxes(view, chance, 8)


def test_no_values_are_below_the_bounds_for_random_columns() -> None:
    assert sum(map(check_random_columns, range(25))) > 20


@pytest.mark.long
def test_no_values_are_below_the_bounds_for_many_random_columns() -> None:
    assert sum(map(check_random_columns, range(1000, 1600))) > 500


@pytest.mark.parametrize("count", [1, 2, 3])
def test_levels_are_those_of_a_linear_program(count: int) -> None:
    chance = np.random.default_rng(count)
    columns = chance.normal(size=(30, 25, count)) * chance.uniform(0.01, 50, (30, 1, count))
    given, rest = chance.normal(size=(30, 25)), chance.uniform(0, 0.3, (30, 25))
    rest[:, 3] = math.inf
    with np.errstate(all="ignore"):
        found = levelled(columns, given, np.zeros_like(columns), rest)
    for k in range(30):
        keep = np.isfinite(rest[k])
        table = np.vstack([columns[k][keep], -columns[k][keep]])
        right = np.concatenate([rest[k][keep] - given[k][keep], rest[k][keep] + given[k][keep]])
        best = linprog(
            [*np.zeros(count), 1.0], np.column_stack([table, -np.ones(len(table))]), right,
            bounds=(None, None),
        )  # fmt: skip
        assert found.level[k] == pytest.approx(best.fun, rel=1e-7)
        weights, rows = found.weights[k], found.rows[k]
        assert np.abs(weights).sum() == pytest.approx(1)
        assert weights @ columns[k][rows] == pytest.approx(0, abs=1e-9)


OPTIMA = [
    (
        "a*max(x - b, 0) + c*max(x - d, 0)", "mish", [0.99, -0.2, -0.009, -23.8],
        0.1055525886288, True,
    ),
    ("a*tanh(b*x + c) + d", "gelu", [2.2, 0.63, -1.3, 2.0], 0.158264747818, False),
    ("a*x*sigmoid(b*x + c) + d", "mish", [1, 1.2, 0.5, 0], 0.0253444524224, False),
]  # fmt: skip


@pytest.mark.parametrize(("template", "target", "start", "optimum", "everywhere"), OPTIMA)
def test_optima_of_four_parameters(
    template: str, target: str, start: list[float], optimum: float, everywhere: bool
) -> None:
    task = problem(template, target, (-4, 4), **dict.fromkeys("abcd", REAL))
    bound, upper = proven(task, best_near(task, start), 1e-2)
    assert upper == pytest.approx(optimum, rel=1e-9)
    assert bound.complete
    assert upper * (1 - 1e-2) <= bound.lower <= upper
    assert (bound.over == "all values") == everywhere
    assert bound.boxes < 20_000


@pytest.mark.long
@pytest.mark.parametrize("domain", [(-4.0, 4.0), REAL])
def test_columns_that_vanish_in_a_corner_leave_a_bound_up_to_some_size(
    domain: tuple[float, float],
) -> None:
    task = problem("k*clip(a*x + b, 0, 1) + c", "tanh(x)", domain, **dict.fromkeys("kabc", REAL))
    bound, upper = proven(task, best_near(task, [1.8, 0.4, 0.5, -0.9]), 1e-2)
    assert bound.complete
    assert upper * (1 - 1e-2) <= bound.lower <= upper
    assert "k in" in bound.over


def test_slopes_keep_boxes_from_piling_up() -> None:
    task = problem("a*tanh(b*x) + c", "atan(x)", (-3, 3), **dict.fromkeys("abc", REAL))
    bound, upper = proven(task, best_near(task, [1, 1, 0]), 1e-6)
    assert bound.complete
    assert bound.over == "all values"
    assert upper * (1 - 1e-6) <= bound.lower <= upper
    assert bound.boxes < 500


def test_better_values_are_found_by_the_best_linear_parameters() -> None:
    task = problem(
        "x*(a + b*tanh(c*x + d))", "x*sigmoid(x)", (-4, 4), **dict.fromkeys("abcd", REAL)
    )
    bound, upper = proven(task, np.array([0.5, 0.5, 0.3, 0.1]), 1e-2)
    assert bound.better is not None
    assert reached(task, bound.better) < upper
