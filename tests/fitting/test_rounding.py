"""Representable coefficients: grids against NumPy and decimals, the search against brute force."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog, minimize_scalar

from actx.core.errors import FitError, UsageError
from actx.fitting.rounding.grid import grid
from actx.fitting.rounding.search import best

Array = NDArray[np.float64]

SPECS = ("decimal:0", "decimal:2", "dyadic:0", "dyadic:8", "float16", "bfloat16", "float32",
         "q0.7", "q3.12")  # fmt: skip
places = st.floats(-30, 30) | st.floats(-1e-6, 1e-6) | st.sampled_from([0.5, 1.0, -2.0, 0.125])


# --- grids ---


def bfloat16_near(v: float) -> tuple[float, float]:
    """The bfloat16 numbers at most and at least v: float32 numbers whose lower half is 0."""
    bits = np.array([abs(v)], dtype=np.float64)
    single = bits.astype(np.float32)
    if float(single[0]) > abs(v):
        single = np.nextafter(single, np.float32(0))
    low = single.view(np.uint32) & np.uint32(0xFFFF0000)
    below = float(low.view(np.float32)[0])
    above = below if below == abs(v) else float((low + np.uint32(0x10000)).view(np.float32)[0])
    return (below, above) if v >= 0 else (-above, -below)


@given(st.floats(-70000, 70000) | st.floats(-1e-7, 1e-7))
def test_float16_is_that_of_numpy(v: float) -> None:
    with np.errstate(over="ignore"):
        expected = float(np.float16(v))
    if math.isinf(expected):
        expected = math.copysign(65504.0, v)
    assert grid("float16").nearest(v) == Fraction(expected)


@given(st.floats(-1e38, 1e38) | st.floats(-1e-40, 1e-40) | places)
def test_float32_is_that_of_numpy(v: float) -> None:
    assert grid("float32").nearest(v) == Fraction(float(np.float32(v)))


@given(st.floats(-3e38, 3e38) | st.floats(-1e-40, 1e-40) | places)
def test_bfloat16_is_the_upper_half_of_float32(v: float) -> None:
    below, above = map(Fraction, bfloat16_near(v))
    nearest = grid("bfloat16").nearest(v)
    assert nearest in (below, above)
    assert abs(nearest - Fraction(v)) == min(abs(below - Fraction(v)), abs(above - Fraction(v)))


def test_bfloat16_is_that_of_torch() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(5)
    sizes = np.exp2(rng.uniform(-140, 127, 3000)) * rng.choice([-1, 1], 3000)
    singles = np.concatenate([sizes, rng.uniform(-4, 4, 3000), [0, 1e-45]]).astype(np.float32)
    expected = torch.from_numpy(singles).to(torch.bfloat16).to(torch.float64).tolist()
    assert [float(grid("bfloat16").nearest(float(v))) for v in singles] == expected


@given(st.floats(-1e6, 1e6), st.integers(0, 15))
def test_decimals_are_exact(v: float, digits: int) -> None:
    """The same as decimal arithmetic on the exact value, and the text says the same number."""
    expected = Decimal(v).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
    decimals = grid(f"decimal:{digits}")
    nearest = decimals.nearest(v)
    assert nearest == Fraction(expected)
    assert Fraction(decimals.text(nearest)) == nearest


def test_decimal_text_is_what_a_person_writes() -> None:
    texts = {"1.25": "1.25", "0.5": "0.5", "-0.05": "-0.05", "10": "10", "0": "0", "120.1": "120.1"}
    for given_text, expected in texts.items():
        assert grid("decimal:2").text(Fraction(given_text)) == expected
    assert grid("dyadic:8").text(Fraction(321, 256)) == "321/256"


def test_fixed_point_is_twos_complement() -> None:
    """q2.3 holds what a register of 6 bits holds, its integer divided by 8."""
    registers = sorted(r - 64 if r >= 32 else r for r in range(64))
    assert list(grid("q2.3").within(-math.inf, math.inf)) == [Fraction(r, 8) for r in registers]
    assert grid("q3.12").nearest(100) == Fraction(2**15 - 1, 2**12)
    assert grid("q3.12").nearest(-100) == -8


@given(st.sampled_from(SPECS), places)
def test_outward_gives_all_by_distance(spec: str, v: float) -> None:
    values = list(islice(grid(spec).outward(v), 12))
    distances = [abs(value - Fraction(v)) for value in values]
    assert distances == sorted(distances)
    assert len(set(values)) == len(values) == 12
    assert distances[0] == abs(grid(spec).nearest(v) - Fraction(v))
    # between the least and the largest given none is left out
    assert list(grid(spec).within(float(min(values)), float(max(values)))) == sorted(values)


@given(st.sampled_from(SPECS), places, places, places)
def test_bounds_are_kept(spec: str, v: float, lo: float, hi: float) -> None:
    lo, hi = min(lo, hi), max(lo, hi)
    for value in islice(grid(spec).outward(v, lo, hi), 20):
        assert lo <= float(value) <= hi
        assert grid(spec).nearest(value) == value  # it is a value of the grid
    for value, after in pairwise(islice(grid(spec).within(lo, hi), 20)):
        assert lo <= float(value) < float(after) <= hi


def test_an_end_that_is_written_as_a_decimal_is_that_decimal() -> None:
    """float64 has 0.1 above 1/10 and 0.3 below 3/10; both are meant to be allowed."""
    tenths = grid("decimal:1")
    expected = [Fraction(i, 10) for i in (1, 2, 3)]
    assert list(tenths.within(0.1, 0.3)) == expected
    assert list(tenths.downward(5, 0.1, 0.3)) == expected[::-1]
    assert sorted(tenths.outward(0.2, 0.1, 0.3)) == expected


@given(st.sampled_from(SPECS), places)
def test_text_is_read_as_the_number(spec: str, v: float) -> None:
    nearest = grid(spec).nearest(v)
    assert float(Fraction(grid(spec).text(nearest))) == float(nearest)


@pytest.mark.parametrize("spec", SPECS)
def test_beyond_the_ends(spec: str) -> None:
    values = grid(spec)
    if values.highest is None:
        assert values.nearest(1e9) == 10**9
        assert next(values.downward(-1e9)) == -(10**9)
        return
    top, bottom = values.value(values.highest), values.value(values.lowest)
    assert values.nearest(1e300) == top
    assert values.nearest(-1e300) == bottom
    assert next(values.outward(1e300)) == top
    assert next(values.outward(-1e300)) == bottom
    assert list(values.upward(1e300)) == []
    assert list(values.downward(-1e300)) == []


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("decimal", "decimal:2"),
        ("dyadic:x", "dyadic:8"),
        ("decimal:99", "15 decimals"),
        ("dyadic:60", "52"),
        ("q40.30", "q3.12"),
        ("q0.0", "q3.12"),
        ("bfloat", "Did you mean bfloat16?"),
        ("float64", "float32"),
        ("", "decimal:2"),
        ("-q3.12", "q3.12"),
    ],
)
def test_what_cannot_be_read_is_told_what_can(spec: str, hint: str) -> None:
    with pytest.raises(UsageError, match=r"^[^\n]+$") as error:
        grid(spec)
    assert hint in str(error.value)


def test_spelling_is_free_of_case() -> None:
    assert grid(" Q3.12 ").spec == "q3.12"
    assert grid("Decimal:2").spec == "decimal:2"


# --- the search ---


class Problem:
    """max or root-sum-square of |A p - b|: both convex, with every bound from an exact solver."""

    def __init__(self, matrix: Array, goal: Array, kind: str, box: float) -> None:
        self.matrix, self.goal, self.kind, self.box = matrix, goal, kind, box
        self.names = [f"p{i}" for i in range(matrix.shape[1])]
        self.bounds = dict.fromkeys(self.names, (-box, box))

    def error(self, points: Array) -> Array:
        rest = np.abs(points @ self.matrix.T - self.goal)
        return np.asarray(rest.max(-1) if self.kind == "max" else np.sqrt((rest**2).sum(-1)))

    def refit(self, held: Mapping[str, Fraction]) -> tuple[dict[str, float], float]:
        free = [i for i, name in enumerate(self.names) if name not in held]
        p = np.array([float(held.get(name, 0)) for name in self.names])
        if free:
            p[free] = self._solved(self.matrix[:, free], self.goal - self.matrix @ p)
        return dict(zip(self.names, map(float, p), strict=True)), float(self.error(p))

    def _solved(self, matrix: Array, goal: Array) -> Array:
        if self.kind == "l2":
            from scipy.optimize import lsq_linear

            return np.asarray(lsq_linear(matrix, goal, (-self.box, self.box), tol=1e-14).x)
        ones = np.ones((len(goal), 1))
        result = linprog(
            [*np.zeros(matrix.shape[1]), 1.0],
            A_ub=np.vstack([np.hstack([matrix, -ones]), np.hstack([-matrix, -ones])]),
            b_ub=np.concatenate([goal, -goal]),
            bounds=[(-self.box, self.box)] * matrix.shape[1] + [(0, None)],
        )
        return np.asarray(result.x[:-1])

    def brute_force(self, spec: str) -> float:
        axis = [float(v) for v in grid(spec).within(-self.box, self.box)]
        points = np.array(list(itertools.product(axis, repeat=len(self.names))))
        return float(self.error(points).min())


@st.composite
def problems(draw: st.DrawFn, kind: str) -> Problem:
    size = draw(st.integers(1, 3))
    rows = draw(st.integers(size, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    matrix = rng.normal(size=(rows, size))
    if size > 1:  # parameters that nearly make up for each other: there rounding alone is bad
        mix = draw(st.floats(0, 0.97))
        matrix[:, 1] = mix * matrix[:, 0] + (1 - mix) * matrix[:, 1]
    return Problem(matrix, rng.normal(size=rows), kind, 1.0)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("kind", ["l2", "max"])
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_nothing_on_the_grid_is_better(kind: str, data: st.DataObject) -> None:
    problem = data.draw(problems(kind))
    spec = data.draw(st.sampled_from(["decimal:1", "dyadic:3", "q0.3"]))
    optimum, level = problem.refit({})
    found = best(problem.names, optimum, level, problem.refit, problem.bounds, grid(spec), 5000)
    assert found.complete
    assert found.error == pytest.approx(problem.brute_force(spec), rel=2e-9, abs=1e-12)
    p = np.array([float(found.parameters[name]) for name in problem.names])
    assert float(problem.error(p)) == found.error
    assert all(grid(spec).nearest(v) == v for v in found.parameters.values())
    assert found.error <= found.plain_error
    assert found.loss <= found.plain_loss


@given(st.floats(0.3, 3), st.sampled_from(["decimal:1", "dyadic:2", "float16", "q3.4"]))
def test_one_parameter_takes_one_of_its_neighbours(place: float, spec: str) -> None:
    """An error that is steeper on one side: the nearest value is not always the best."""

    def refit(held: Mapping[str, Fraction]) -> tuple[dict[str, float], float]:
        v = float(held.get("a", place))
        return {"a": v}, 1 + max(3 * (place - v), v - place)

    found = best(["a"], {"a": place}, 1.0, refit, {}, grid(spec))
    above, below = next(grid(spec).upward(place)), next(grid(spec).downward(place))
    wanted = min((above, below), key=lambda v: refit({"a": v})[1])
    assert found.error == refit({"a": wanted})[1]
    assert found.complete
    assert found.tries <= 8


def test_rounding_alone_is_worse() -> None:
    """Two parameters of which the sum counts most: each rounded down, their error adds up."""
    problem = Problem(np.array([[10.0, 10.0], [1.0, -1.0]]), np.array([10.8, 0.0]), "l2", 2.0)
    optimum, level = problem.refit({})
    found = best(problem.names, optimum, level, problem.refit, problem.bounds, grid("decimal:1"))
    assert optimum == pytest.approx({"p0": 0.54, "p1": 0.54})
    assert found.plain == {"p0": Fraction(1, 2), "p1": Fraction(1, 2)}
    assert sorted(found.parameters.values()) == [Fraction(1, 2), Fraction(3, 5)]
    assert found.plain_error == pytest.approx(0.8)
    assert found.error == pytest.approx(math.hypot(0.2, 0.1))


def swish_error(a: float) -> float:
    """sup |2x·sigmoid(ax) - mish| on x <= 0, densely sampled."""
    x = -np.linspace(1e-3, 12, 24001)
    mish = x * np.tanh(np.log1p(np.exp(x)))
    return float(np.max(np.abs(2 * x / (1 + np.exp(-a * x)) - mish)))


@pytest.mark.parametrize("spec", ["decimal:1", "decimal:2", "dyadic:4", "bfloat16", "q2.5"])
def test_a_swish_with_a_coefficient_that_can_be_written(spec: str) -> None:
    result = minimize_scalar(swish_error, bounds=(1, 3), method="bounded", options={"xatol": 1e-9})

    def refit(held: Mapping[str, Fraction]) -> tuple[dict[str, float], float]:
        a = float(held.get("a", result.x))
        return {"a": a}, swish_error(a)

    found = best(["a"], {"a": result.x}, float(result.fun), refit, {}, grid(spec))
    candidates = list(grid(spec).within(result.x - 0.2, result.x + 0.2))
    assert found.error == min(swish_error(float(v)) for v in candidates)
    assert found.complete
    assert found.loss == pytest.approx(found.error / float(result.fun) - 1)


def test_the_limit_is_kept_and_said() -> None:
    problem = Problem(np.eye(3)[:, ::-1] + 0.9, np.array([0.33, 0.11, 0.77]), "l2", 1.0)
    optimum, level = problem.refit({})
    arguments: Any = (problem.names, optimum, level, problem.refit, problem.bounds)
    told: list[tuple[int, int]] = []
    cut = best(*arguments, grid("decimal:3"), 5, lambda done, total: told.append((done, total)))
    assert (cut.complete, cut.tries) == (False, 5)
    assert told == [(i + 1, 5) for i in range(5)]
    whole = best(*arguments, grid("decimal:3"), 5000)
    assert whole.complete
    assert whole.error <= cut.error


def test_a_flat_direction_is_not_called_complete() -> None:
    """Of a·b only the product counts, so that every a has a b; there is no end to these."""

    def refit(held: Mapping[str, Fraction]) -> tuple[dict[str, float], float]:
        a, b = (float(held[n]) if n in held else None for n in ("a", "b"))
        if a is None or b is None:
            a = a or (math.pi / b if b else 1.0)
            b = b or math.pi / a
        return {"a": a, "b": b}, 1 + abs(a * b - math.pi)

    found = best(["a", "b"], {"a": 1.0, "b": math.pi}, 1.0, refit, {}, grid("decimal:1"), 300)
    assert not found.complete
    assert found.tries == 300
    assert found.error < found.plain_error


def test_what_is_not_allowed_is_not_taken() -> None:
    """Only p0 + p1 >= 1 is allowed; the nearest values are not."""
    problem = Problem(np.eye(2), np.array([0.33, 0.62]), "l2", 1.0)

    def refit(held: Mapping[str, Fraction]) -> tuple[dict[str, float], float] | None:
        least = 1 - sum(held.values())
        free = [name for name in problem.names if name not in held]
        if not free:
            return problem.refit(held) if least <= 0 else None
        if len(free) == 1:
            lower = float(least)
            if lower > 1:
                return None
            value = max(float(problem.goal[int(free[0][1])]), lower)
            rest = {**{k: float(v) for k, v in held.items()}, free[0]: value}
            return rest, float(problem.error(np.array([rest["p0"], rest["p1"]])))
        return {"p0": 0.355, "p1": 0.645}, math.hypot(0.025, 0.025)

    optimum, level = refit({}) or ({}, 0.0)
    found = best(problem.names, optimum, level, refit, problem.bounds, grid("decimal:1"))
    axis = [Fraction(i, 10) for i in range(11)]
    wanted = min(
        float(problem.error(np.array([float(a), float(b)])))
        for a in axis
        for b in axis
        if a + b >= 1
    )
    assert found.error == pytest.approx(wanted)
    assert sum(found.parameters.values()) >= 1


def test_no_value_within_the_bounds() -> None:
    def refit(held: Mapping[str, Fraction]) -> tuple[dict[str, float], float] | None:
        return None

    with pytest.raises(FitError, match=r"c has no value between 0.31 and 0.39 .* 1 decimal"):
        best(["c"], {"c": 0.35}, 1.0, refit, {"c": (0.31, 0.39)}, grid("decimal:1"))
    with pytest.raises(FitError, match="tries"):
        best(["c"], {"c": 0.35}, 1.0, refit, {}, grid("decimal:1"))


@given(st.floats(0.1, 0.9))
def test_bounds_hold_for_what_is_found(v: float) -> None:
    assume(abs(v - 0.5) > 1e-9)

    def refit(held: Mapping[str, Fraction]) -> tuple[dict[str, float], float]:
        a = float(held.get("a", v))
        return {"a": a}, 1 + abs(a - v)

    lo, hi = v - 0.03, v + 0.3
    found = best(["a"], {"a": v}, 1.0, refit, {"a": (lo, hi)}, grid("decimal:1"))
    assert lo <= float(found.parameters["a"]) <= hi


def test_an_exact_fit_loses_nothing_or_everything() -> None:
    def refit(held: Mapping[str, Fraction]) -> tuple[dict[str, float], float]:
        a = held.get("a", Fraction(5, 4))
        return {"a": float(a)}, abs(float(a) - 1.25)

    assert best(["a"], {"a": 1.25}, 0.0, refit, {}, grid("decimal:2")).loss == 0
    assert best(["a"], {"a": 1.25}, 0.0, refit, {}, grid("decimal:1")).loss == math.inf
