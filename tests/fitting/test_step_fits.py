"""Best parameters of templates with steps: of a value by itself, where a step ends, and of steps
whose places are no fractions.

The truth is a linear program (HiGHS) over a grid with each jump's own place and the floats beside
it, and, for powers of two, one over the fraction alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

import actx
from actx.fitting.problem.switches import solved_switches

Array = NDArray[np.float64]
LOG2_E = math.log2(math.e)


def least(columns: Sequence[Array], goal: Array, weight: Array | float = 1.0) -> float:
    """The least max of weight·|sum of coefficient times column - goal| on samples."""
    rows = np.stack(columns, axis=1) * np.reshape(weight, (-1, 1))
    goal, slack = goal * weight, -np.ones((goal.size, 1))
    found = linprog(
        [0.0] * rows.shape[1] + [1.0],
        A_ub=np.block([[rows, slack], [-rows, slack]]),
        b_ub=np.concatenate([goal, -goal]),
        bounds=[(None, None)] * rows.shape[1] + [(0, None)],
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    return float(found.x[-1])


def grid(lo: float, hi: float, jumps: Sequence[float]) -> Array:
    beside = [np.nextafter(x, x + d) for x in jumps for d in (-1, 0, 1)]
    x = np.concatenate([np.linspace(lo, hi, 2001), beside])
    return np.unique(x[(lo <= x) & (x <= hi)])


CASES: list[tuple[str, str, tuple[int, int], list[float], list[Callable[[Array], Any]], Any]] = [
    # at the right end floor has a value of its own, which counts as much as any other
    ("a*floor(4*x) + b", "tanh", (-1, 1), list(np.arange(-4, 5) / 4),
     [lambda x: np.floor(4 * x), np.ones_like], np.tanh),
    ("a + b*x + c*floor(x)", "x^2", (0, 3), [1, 2, 3],
     [np.ones_like, lambda x: x, np.floor], np.square),
    ("a*round(x) + b*x", "sin(x)", (-2, 2), [-1.5, -0.5, 0.5, 1.5],
     [np.round, lambda x: x], np.sin),
    ("a*trunc(2*x) + b*ceil(x)", "atan(x)", (-2, 2), list(np.arange(-4, 5) / 2),
     [lambda x: np.trunc(2 * x), np.ceil], np.arctan),
    ("a*mod(x, 1) + b", "x*x", (-1, 1), [-1, 0, 1], [lambda x: np.mod(x, 1), np.ones_like],
     np.square),
    ("a*sign(x) + b", "x^3 + x + 1", (0, 1), [0], [np.sign, np.ones_like], lambda x: x**3 + x + 1),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_the_optimum_is_that_of_a_linear_program(case: Any) -> None:
    template, target, (lo, hi), jumps, columns, goal = case
    x = grid(lo, hi, jumps)
    want = least([column(x) for column in columns], goal(x))
    fit = actx.fit(template, target, domain=(lo, hi))
    assert fit.certificate is not None
    assert fit.certificate.optimality == "global"
    assert fit.bound.lower <= fit.bound.upper
    assert fit.bound.lower * (1 - 1e-6) <= want * (1 + 1e-4)
    assert want <= fit.bound.upper * (1 + 1e-9)


F = "(x*log2(e) - floor(x*log2(e)))"
POWERS = {
    1: f"exp2(floor(x*log2(e)))*(a + b*{F})",
    2: f"exp2(floor(x*log2(e)))*(a + {F}*(b + c*{F}))",
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("degree", POWERS)
def test_steps_at_places_that_are_no_fractions(degree: int) -> None:
    """2^n·p(f) for exp on -8:0: |p(f) - 2^f|/2 on the fraction, and p(0) - 1 at x = 0."""
    f = np.linspace(0, 1, 4001)
    weight = np.append(np.full(f.size, 0.5), 1.0)
    powers = [np.append(f**k, 0.0**k) for k in range(degree + 1)]
    want = least(powers, np.append(np.exp2(f), 1.0), weight)
    fit = actx.fit(POWERS[degree], "exp(x)", domain=(-8, 0))
    assert fit.certificate is not None
    assert fit.certificate.optimality == "global"
    assert want <= fit.bound.upper <= want * (1 + 1e-5)
    x = grid(-8, 0, [-n / LOG2_E for n in range(12)])
    t = x * LOG2_E
    coefficients = [fit.parameters[name] for name in "abc"[: degree + 1]]
    value = np.exp2(np.floor(t)) * np.polyval(coefficients[::-1], t - np.floor(t))
    assert np.max(np.abs(value - np.exp(x))) <= fit.bound.upper + 1e-12


def test_what_jumps_together_is_enclosed_together() -> None:
    """x less its multiple of ln 2 below: both parts jump at places that no fraction tells."""
    row = actx.compare("x - floor(x*log2(e))/log2(e)", "0", domain="-3:0").rows[0]
    assert row.max_error.proven
    lo, hi = row.max_error.enclosure
    assert lo <= math.log(2) <= hi < math.log(2) + 1e-6


def test_where_steps_switch_is_known_for_all_parameter_values() -> None:
    """A search asks thousands of times; the places are those at which NumPy's values change."""
    find = solved_switches(actx.formula("b*round(a*x + b)").tree, ("a", "b"))
    assert find is not None
    for a, b in ((2.0, 0.3), (-1.5, 0.1), (6.0, 1.0)):
        x = np.linspace(-3, 3, 600_001)
        value = np.round(a * x + b)
        jumps = x[1:][np.diff(value) != 0]
        found = find(np.array([a, b]))
        found = np.unique(found[np.abs(found) < 3])
        assert found == pytest.approx(jumps, abs=2e-5)


def test_a_parameter_within_a_step() -> None:
    """The least largest error of floor(a·x)/8 for tanh is at a = 11/3, just before floor(3a) is 11;
    a grid of parameters comes near it and not below."""
    fit = actx.fit("floor(a*x)/8", "tanh", domain=(-3, 3), bounds={"a": (1, 6)}, budget=5)
    x = np.linspace(-3, 3, 20_001)
    reached = min(np.abs(np.floor(a * x) / 8 - np.tanh(x)).max() for a in np.linspace(1, 6, 2001))
    assert fit.bound.lower <= reached
    assert fit.objective <= reached
