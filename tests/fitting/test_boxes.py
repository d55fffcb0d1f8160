"""Lower bounds by boxes of parameters, and the intervals they rest on."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from box_problems import INF, REAL, TARGETS, Range, best_near, problem, proven, reached
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import mp
from rigour import DIGITS, REFERENCE, mp_value
from scipy.optimize import differential_evolution

from actx.calculus.enclosure import enclosure
from actx.core.budget import Budget
from actx.fitting.nonlinear import _result as bound_of
from actx.fitting.nonlinear import starts
from actx.fitting.nonlinear.eliminated import Eliminated
from actx.fitting.nonlinear.errors import Boxes, Errors
from actx.fitting.nonlinear.halving import Pile
from actx.fitting.nonlinear.points import place_points
from actx.fitting.nonlinear.projected import linear_parameters
from actx.fitting.nonlinear.region import region
from actx.fitting.nonlinear.search import Search
from actx.fitting.nonlinear.spread import Spread
from actx.fitting.nonlinear.taming import RULES
from actx.fitting.problem.problem import ranges_in_words
from actx.language.operations import CONDITIONS, OPERATIONS
from actx.language.tree import node, parameter

# --- intervals hold all values ---

ENDS = st.one_of(
    st.sampled_from(
        [0.0, -0.0, 1.0, -1.0, 2.0, -3.0, 0.5, -INF, INF, 1e-300, -1e-300, 50.0, -50.0]
    ),
    st.floats(-40, 40),
)
SIDES = st.tuples(ENDS, ENDS).map(sorted).filter(lambda ab: ab[0] < INF and ab[1] > -INF)


def _within(ends: Sequence[float], share: float) -> float:
    lo, hi = max(ends[0], -60.0), min(ends[1], 60.0)
    return min(max(lo + share * (hi - lo), ends[0]), ends[1]) if lo <= hi else ends[share > 0.5]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", sorted(set(REFERENCE) - CONDITIONS))
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_operations_over_boxes(name: str, data: st.DataObject) -> None:
    names = ("a", "b", "c")[: OPERATIONS[name].arity]
    sides = [data.draw(SIDES) for _ in names]
    places = [_within(s, data.draw(st.sampled_from([0.0, 0.25, 0.5, 1.0]))) for s in sides]
    if not all(map(math.isfinite, places)):
        return
    tree = node(name, *map(parameter, names))
    columns = [(np.array([[a]]), np.array([[b]])) for a, b in sides]
    with np.errstate(all="ignore"):
        x = np.zeros(1)
        lo, hi = enclosure(tree, parameters=names)((x, x), *columns)[0]
    assert not np.isnan(lo).any()
    assert not np.isnan(hi).any()
    with mp.workdps(DIGITS):
        try:
            value = REFERENCE[name](*(mp.mpf(v) for v in places))
        except OverflowError:
            return
        if not mp.isnan(value):
            assert np.all(lo <= value), (sides, places, value)
            assert np.all(hi >= value), (sides, places, value)


@given(st.randoms())
@settings(max_examples=200, deadline=None)
def test_a_norm_with_one_over_boxes(chance: random.Random) -> None:
    """(1 + u^c)^(1/c), also for exponents next to 0, where it goes to 0 or to infinity."""
    sides = [
        sorted(chance.choice([0.0, 1e-3, 0.5, 1.0, 7.0, chance.uniform(0, 3)]) for _ in "12"),
        sorted(
            sign * chance.choice([0.0, 1e-200, 1e-13, 5e-4, 0.3, 2.0, chance.uniform(0, 3)])
            for sign in chance.choice([(1, 1), (-1, -1), (1, -1)])
        ),
    ]
    u, c = (_within(s, chance.choice([0.0, 0.25, 0.5, 1.0])) for s in sides)
    assume(c != 0 and (u > 0 or c > 0))
    with np.errstate(all="ignore"):
        boxes = [(np.array([a]), np.array([b])) for a, b in sides]
        lo, hi = RULES["norm_with_one"](*boxes)
    assert not np.isnan(lo).any()
    assert not np.isnan(hi).any()
    with mp.workdps(DIGITS):
        exponent = mp.log(1 + mp.mpf(u) ** c) / c
        value = mp.exp(max(min(exponent, mp.mpf(10) ** 6), -(mp.mpf(10) ** 6)))
        assert lo[0] <= value <= hi[0] or (value > 1e308 and hi[0] == INF), (sides, u, c)


TEMPLATES: Mapping[str, dict[str, Range]] = {
    "x*sigmoid(a*x)": {"a": (-4, 8)},
    "x*clip(x + c, 0, k)/k": {"c": (0.5, 6), "k": (-2, 10)},
    "max(a*x, min(x + a, a))/a*b": {"a": (-3, 3), "b": (-2, 2)},
    "a*tanh(b*x)": {"a": (-3, 3), "b": (-4, 4)},
    "min(max(a*x + b, -1), 1)": {"a": (-4, 4), "b": (-2, 2)},
    "x/(1 + abs(a*x)^p)^(1/p)": {"a": (0.1, 4), "p": (0.5, 6)},
    "tanh(x)*((2*x + a)^b + 1)^(-1/b)": {"a": (8, 12), "b": (-2, 3)},
    "a*x if x < b else tanh(a*x)": {"a": (-2, 2), "b": (-2, 2)},
    "a*abs(x - b) + sign(x - b)*a/4": {"a": (-2, 2), "b": (-3, 3)},
    "(x + sqrt(x^2 + a))/2 + b": {"a": (0.1, 4), "b": (-1, 1)},
    "exp(a*x)/(1 + exp(b*x))": {"a": (-1, 1), "b": (-2, 2)},
    "a*max(x - b, 0) + c": {"a": (-2, 2), "b": (-3, 3), "c": (-1, 1)},
    "atan(a*x + b)*c": {"a": (0, 4), "b": (-1, 1), "c": (-2, 2)},
    "2^(a*x) - b": {"a": (-1, 1), "b": (-2, 2)},
    "log(1 + a*x^2) + b*cos(x)": {"a": (0, 3), "b": (-2, 2)},
    "x^a*b": {"a": (0.2, 3), "b": (-2, 2)},
}


@given(st.sampled_from(sorted(TEMPLATES)), st.sampled_from(TARGETS), st.randoms())
@settings(max_examples=60, deadline=None)
def test_errors_and_slopes_over_boxes_hold_those_at_values(
    template: str, target: str, chance: random.Random
) -> None:
    bounds = TEMPLATES[template]
    domain = (0.25, 4.0) if "x^a" in template else (-4.0, 4.0)
    task = problem(template, target, domain, **bounds)
    errors = Errors(task)
    x = chance.uniform(*domain)
    errors.add([x], 0)
    sides = [sorted(chance.uniform(*range_) for _ in "12") for range_ in bounds.values()]
    boxes = Boxes(np.array([[a for a, _ in sides]]), np.array([[b for _, b in sides]]))
    p, q = ([chance.uniform(*side) for side in sides] for _ in "pq")
    with np.errstate(all="ignore"):
        lo, hi = errors.over(boxes)
        slopes = errors.slopes(boxes, [x], 0)
    with mp.workdps(40):

        def error(values: Sequence[float]) -> object:
            given_ = dict(zip(task.names, map(mp.mpf, values), strict=True))
            return mp_value(task.template, mp.mpf(x), given_) - mp_value(task.target, mp.mpf(x))

        assume(not mp.isnan(error(p)) and not mp.isnan(error(q)))
        assert lo[0, 0] <= error(p) <= hi[0, 0]  # type: ignore[operator]
        moved = [mp.mpf(u) - mp.mpf(v) for u, v in zip(p, q, strict=True)]
        ends = [
            sorted((m * mp.mpf(float(a[0, 0])), m * mp.mpf(float(b[0, 0]))))
            for m, (a, b) in zip(moved, slopes, strict=True)
            if m
        ]
        change = error(p) - error(q)  # type: ignore[operator]
        tiny = mp.mpf(10) ** -30
        assert sum(e[0] for e in ends) - tiny <= change <= sum(e[1] for e in ends) + tiny


# --- bounds are sound ---


@pytest.mark.sampled(4)
@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_no_values_reach_less_than_is_proven(template: str) -> None:
    chance = random.Random(template)
    bounds = TEMPLATES[template]
    domain = (0.25, 4.0) if "x^a" in template else chance.choice([(-4.0, 4.0), (-2.0, 3.0)])
    task = problem(template, chance.choice(TARGETS), domain, **bounds)
    xs = np.linspace(*domain, 801)

    def largest(p: np.ndarray) -> float:
        with np.errstate(all="ignore"):
            return float(np.max(np.abs(task.error(xs, p))))

    found = differential_evolution(largest, list(bounds.values()), seed=1, maxiter=60, tol=1e-10)
    rough = np.array([chance.uniform(*range_) for range_ in bounds.values()])
    oracle = min(reached(task, p) for p in (found.x, best_near(task, found.x)))
    for q in (rough, best_near(task, rough), found.x):
        bound, upper = proven(task, q, 1e-3, seconds=0.5)
        assert 0 <= bound.lower <= oracle
        assert bound.complete <= (bound.lower >= upper * (1 - 1e-3))
        if bound.better is not None:
            assert reached(task, bound.better) < upper
        elif bound.complete:
            assert oracle >= upper * (1 - 1e-3)


def test_values_without_error_prove_nothing() -> None:
    task = problem("sqrt(x - a)", "sqrt(x)", (0, 4), a=(-1, 1))
    bound, upper = proven(task, np.array([0.0]), 1e-3, seconds=0.2)
    assert upper == 0
    assert bound.lower == 0


def test_undefined_values_are_passed_over() -> None:
    task = problem("b*sqrt(x - a)", "x/2", (1, 4), a=(-5, 4), b=(0, 3))
    q = best_near(task, [0.0, 1.0])
    bound, upper = proven(task, q, 1e-6)
    assert bound.complete
    assert upper * (1 - 1e-6) <= bound.lower <= upper


def test_better_values_are_found() -> None:
    task = problem("x*sigmoid(a*x)", "mish", REAL, a=(-8, 8))
    bound, upper = proven(task, np.array([3.0]), 1e-6)
    assert not bound.complete
    assert bound.better is not None
    assert reached(task, bound.better) < upper


# --- optima and their gaps ---

REFERENCES = [
    ("2x*sigmoid(a*x)", "mish", (-INF, 0.0), {"a": REAL}, [1.3], 0.0948695088886, 1e-9, True),
    ("x*sigmoid(a*x)", "mish", REAL, {"a": REAL}, [1.3], 0.102314698717, 1e-9, True),
    (
        "x/(1 + abs(x)^p)^(1/p)", "tanh(x)", REAL, {"p": (0, INF)}, [2.5],
        0.0166677083591, 1e-9, False,
    ),
    (
        "x*sigmoid(a*x + b)", "mish", REAL, {"a": REAL, "b": REAL}, [1.2, 0.1],
        0.0310990150749, 1e-8, True,
    ),
    (
        "x*clip(x + c, 0, k)/k", "mish", REAL, {"c": (0, 20), "k": (0.1, 30)}, [3, 5],
        0.14163217964914, 1e-8, False,
    ),
    (
        "x*clip(x + c, 0, k)/k", "mish", REAL, {"c": REAL, "k": REAL}, [3, 5],
        0.14163217964914, 1e-8, False,
    ),
    (
        "a*x*(1 + (b*x)^c)^(-1/c)", "tanh(x)", (0.0, 5.0),
        {"a": (0.05, 4), "b": (0.05, 4), "c": (1, 8)}, [1, 1, 2], 0.00683842902343, 1e-6, False,
    ),
    (
        "min(max(a*x + b, c), d)", "tanh(x)", (-4.0, 4.0), dict.fromkeys("abcd", REAL),
        [0.76, 0, -0.9, 0.9], 0.0820319523, 1e-2, True,
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("template", "target", "domain", "bounds", "start", "optimum", "gap", "everywhere"), REFERENCES
)
def test_reference_optima(
    template: str,
    target: str,
    domain: Range,
    bounds: dict[str, Range],
    start: list[float],
    optimum: float,
    gap: float,
    everywhere: bool,
) -> None:
    task = problem(template, target, domain, **bounds)
    bound, upper = proven(task, best_near(task, start), gap)
    assert upper == pytest.approx(optimum, rel=1e-9)
    assert bound.complete
    assert upper * (1 - gap) <= bound.lower <= upper
    assert (bound.over == "all values") == everywhere


def test_a_strict_alternation_settles_all_around_it() -> None:
    task = problem("x*sigmoid(a*x + b)", "mish", REAL, a=REAL, b=REAL)
    bound, upper = proven(task, best_near(task, [1.2, 0.1]), 1e-13)
    assert bound.complete
    assert upper * (1 - 1e-13) <= bound.lower <= upper
    assert bound.boxes < 500


def test_an_optimum_without_full_alternation_does_not_pile_up_boxes() -> None:
    """The errors are even, so that only two heights count for two parameters."""
    task = problem("x*sigmoid(a*x) + b", "gelu", (-5, 5), a=REAL, b=REAL)
    bound, upper = proven(task, best_near(task, [1.7, 0]), 1e-8)
    assert bound.complete
    assert upper * (1 - 1e-8) <= bound.lower <= upper
    assert bound.boxes < 5000


def test_two_optima_that_are_as_good_do_not_pile_up_boxes() -> None:
    task = problem("a*tanh(b*x) + c", "atan(x)", (-3, 3), a=(-9, 9), b=(-9, 9), c=(-9, 9))
    bound, upper = proven(task, best_near(task, [1, 1, 0]), 1e-6)
    assert bound.complete
    assert upper * (1 - 1e-6) <= bound.lower <= upper
    assert bound.boxes < 50_000


def test_starts_lead_to_the_optimum() -> None:
    for template, target, domain, bounds, _, optimum, *_ in REFERENCES:
        task = problem(template, target, domain, **bounds)
        found = starts(task, Budget(5))
        assert 0 < len(found) <= 12
        best = min(reached(task, best_near(task, p)) for p in found)
        assert best == pytest.approx(optimum, rel=1e-9)


def test_linear_parameters_start_at_their_best() -> None:
    """So that a search misses no optimum though no box is near it."""
    task = problem(
        "a*tanh(b*x) + c*x + d", "3*tanh(2*x) - x + 40", (-4, 4), **dict.fromkeys("abcd", REAL)
    )
    errors = [
        float(np.max(np.abs(task.error(np.linspace(-4, 4, 99), p))))
        for p in starts(task, Budget(5))
    ]
    assert min(errors) < 0.3
    assert linear_parameters([task.template], task.names) == [0, 2, 3]


# --- what a bound holds for ---


def test_a_search_that_is_cut_short_tells_how_far_it_got() -> None:
    task = problem("a*tanh(b*x + c) + d", "gelu", (-4, 4), **dict.fromkeys("abcd", REAL))
    q = best_near(task, [2.2, 0.63, -1.3, 2.0])
    upper = reached(task, q)
    with np.errstate(all="ignore"):
        errors = Errors(task)
        place_points(errors)
        search = Search(errors, Eliminated(errors, [0, 3]), q, upper, 1e-2)
    search.open = Pile(
        Boxes(np.array([[-1.0, -9.0], [1.0, 50.0]]), np.array([[1.0, 9.0], [2.0, 60.0]])),
        np.array([0.7, 0.1]) * search.asked,
    )
    bound = bound_of(search, q)
    assert not bound.complete
    assert bound.lower == 0.7 * search.asked
    assert bound.over == "c in -inf:49" or bound.over == "c in -inf:40"


@given(st.randoms())
@settings(max_examples=100, deadline=None)
def test_regions_meet_no_unsettled_box(chance: random.Random) -> None:
    ranges = {"a": REAL, "b": (0.0, INF), "c": (-2.0, 3.0)}
    spread = Spread(problem("a*x^b + c", "tanh(x)", (0, 1), **ranges))
    q = np.array([chance.gauss(0, 2), abs(chance.gauss(0, 2)), chance.uniform(-2, 3)])
    corners = [
        sorted(
            chance.choice([chance.gauss(0, 5), chance.uniform(0, 0.1), 1e7, -INF, INF])
            for _ in "12"
        )
        for _ in range(3 * chance.randrange(1, 6))
    ]
    ends = np.array(corners).reshape(-1, 3, 2)
    lo, hi = np.maximum(ends[..., 0], spread.lower), np.minimum(ends[..., 1], spread.upper)
    unsettled = Boxes(lo, hi)[((lo < hi) & (lo < INF) & (hi > -INF)).all(axis=1)]
    with np.errstate(all="ignore"):
        found = region(q, unsettled, spread)
    if found is None:
        return
    assert np.all((found.lo <= q) & (q <= found.hi))
    assert not ((unsettled.lo <= found.hi) & (unsettled.hi >= found.lo)).all(axis=1).any()
    text = ranges_in_words(("a", "b", "c"), found.lo[0], found.hi[0])
    told = {part.split(" in ")[0]: part.split(" in ")[1].split(":") for part in text.split(", ")}
    for i, name in enumerate("abc"):
        ends_told = tuple(map(float, told.get(name, ("-inf", "inf"))))
        assert ends_told == (found.lo[0, i], found.hi[0, i])


def test_a_corner_that_nothing_settles_is_left_out() -> None:
    """As p goes to 0 the template becomes a power of x."""
    task = problem("x/(1 + abs(a*x)^p)^(1/p)", "tanh(x)", REAL, a=REAL, p=(0, INF))
    bound, upper = proven(task, best_near(task, [1, 2.5]), 1e-6, seconds=1.5)
    assert bound.complete
    assert upper * (1 - 1e-6) <= bound.lower <= upper
    assert bound.over.startswith("p in 0.")
