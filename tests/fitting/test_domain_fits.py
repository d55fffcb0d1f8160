"""Fits on domains of several intervals, against linear programs by HiGHS, NumPy and mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np
import pytest
from commands import refused, run, run_json
from numpy.polynomial import chebyshev
from scipy.optimize import linprog

import actx
from actx.core.budget import Budget
from actx.core.domain import Domain, parse_domain
from actx.core.errors import FitError
from actx.fitting.nonlinear import prove_minimum
from actx.fitting.problem.panels import base_edges, neighbours, panels_between
from actx.fitting.problem.problem import Problem
from actx.fitting.results import Fit, Optimality

AWAY = "-1:-0.1,0.1:1"
Intervals = Sequence[tuple[float, float]]
Function = Callable[[np.ndarray], np.ndarray]


def minimax(intervals: Intervals, degrees: Sequence[int], target: Function) -> tuple[float, Any]:
    """The least largest error of Chebyshev sums of some degrees, and the best one.

    A linear program on points of the intervals, to which the places of the largest error are added
    until it grows no more.
    """
    end = max(abs(x) for ends in intervals for x in ends)
    turns = (1 - np.cos(np.linspace(0, np.pi, 60))) / 2
    fine = np.concatenate([lo + (hi - lo) * np.linspace(0, 1, 40_001) for lo, hi in intervals])
    x = np.concatenate([lo + (hi - lo) * turns for lo, hi in intervals])
    series = np.zeros(max(degrees) + 1)
    for _ in range(6):
        columns = chebyshev.chebvander(x / end, max(degrees))[:, list(degrees)]
        ones = np.ones((x.size, 1))
        found = linprog(
            [0] * len(degrees) + [1],
            A_ub=np.block([[columns, -ones], [-columns, -ones]]),
            b_ub=np.concatenate([target(x), -target(x)]),
            bounds=[(None, None)] * (len(degrees) + 1),
            method="highs",
            options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
        )
        series[list(degrees)] = found.x[:-1]
        error = np.abs(chebyshev.chebval(fine / end, series) - target(fine))
        tops = np.flatnonzero((error[1:-1] >= error[:-2]) & (error[1:-1] >= error[2:])) + 1
        x = np.union1d(x, fine[tops[error[tops] > found.fun * (1 - 1e-3)]])
    return float(found.fun), lambda at: chebyshev.chebval(np.asarray(at) / end, series)


def reached(fit: Fit, intervals: Intervals, target: Function) -> float:
    """The largest error of the formula that is written, on a fine grid."""
    x = np.concatenate([np.linspace(lo, hi, 20_001) for lo, hi in intervals])
    return float(np.max(np.abs(actx.formula(fit.formula)(x) - target(x))))


# --- linear templates ---


@pytest.mark.parametrize("gap", [0.1, 0.02])
@pytest.mark.parametrize("terms", [2, 4, 7])
def test_odd_polynomials_for_the_sign(gap: float, terms: int) -> None:
    names = [f"c{k}" for k in range(terms)]
    template = " + ".join(f"{name}*x^{2 * k + 1}" for k, name in enumerate(names))
    intervals = [(-1.0, -gap), (gap, 1.0)]
    found = actx.fit(template, "sign(x)", domain=intervals)
    truth, _ = minimax(intervals, range(1, 2 * terms, 2), np.sign)
    assert found.max_error.value == pytest.approx(truth, rel=1e-7)
    assert found.bound is not None
    assert found.bound.lower <= truth * (1 + 1e-7)
    assert found.bound.gap <= 1e-9
    assert found.certificate is not None
    assert found.certificate.optimality is Optimality.GLOBAL
    assert reached(found, intervals, np.sign) == pytest.approx(truth, rel=1e-6)
    assert {abs(a.x) for a in found.alternation} >= {gap, 1.0}


def test_three_intervals_without_symmetry() -> None:
    intervals = [(-2.0, -0.5), (0.25, 1.0), (2.0, 3.0)]
    found = actx.fit("a + b*x + c*x^2 + d*x^3", "abs(x)", domain=intervals)
    truth, _ = minimax(intervals, range(4), np.abs)
    assert found.max_error.value == pytest.approx(truth, rel=1e-7)
    assert found.certificate is not None
    assert found.certificate.optimality is Optimality.GLOBAL
    whole = actx.fit("a + b*x + c*x^2 + d*x^3", "abs(x)", domain=(-2, 3))
    assert found.max_error.value < whole.max_error.value
    assert all(a.x in Domain.of(intervals) for a in found.alternation)


def test_the_gap_may_hold_what_has_no_value() -> None:
    """1/x and log are not defined, or not real, in the gaps."""
    found = actx.fit("a + b*x^2", "log(abs(x))", domain="-2:-0.5,0.5:2")
    truth, _ = minimax([(-2, -0.5), (0.5, 2)], (0, 2), lambda x: np.log(np.abs(x)))
    assert found.max_error.value == pytest.approx(truth, rel=1e-7)
    assert actx.fit("a/x + b*x", "1/x", domain=AWAY).max_error.value == 0


def test_two_half_lines() -> None:
    """Nothing but a constant has a finite error, and the best one lies between -1 and 1."""
    found = actx.fit("a*x + b", "1/x", domain=":-1,1:")
    assert (found.parameters["a"], found.max_error.value) == (0, 1)
    assert found.domain == ((-math.inf, -1), (1, math.inf))


@pytest.mark.parametrize("norm", ["l2", "gauss"])
def test_least_squares(norm: str) -> None:
    """The normal equations, their integrals by mpmath."""

    def weight(x: Any) -> Any:
        return mpmath.npdf(x) if norm == "gauss" else 1

    def integral(f: Callable[[Any], Any]) -> Any:
        return 2 * mpmath.quad(lambda x: f(x) * weight(x), [mpmath.mpf("0.1"), 1])

    with mpmath.workdps(30):
        gram = mpmath.matrix(2, 2)
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
            gram[i, j] = integral(lambda x, n=2 * (i + j) + 2: x**n)
        right = mpmath.matrix([integral(lambda x: x), integral(lambda x: x**3)])
        a, b = mpmath.lu_solve(gram, right)
    found = actx.fit("a*x + b*x^3", "sign(x)", domain=AWAY, norm=norm)
    assert found.parameters["a"] == pytest.approx(float(a), rel=1e-9)
    assert found.parameters["b"] == pytest.approx(float(b), rel=1e-9)


def test_least_absolute_error() -> None:
    """At the best in l1 the signs of the error balance against each column."""
    found = actx.fit("a*x + b*x^3", "sign(x)", domain=AWAY, norm="l1")
    x = np.linspace(0.1, 1, 900_001)
    signs = np.sign(actx.formula(found.formula)(x) - 1)
    for power in (1, 3):
        assert np.mean(signs * x**power) == pytest.approx(0, abs=1e-5)


# --- others ---


def test_a_breakpoint_may_lie_in_the_gap() -> None:
    found = actx.fit("a*x + b if x < c else d*x", "abs(x)", domain="-2:-1,0.5:2")
    assert found.max_error.value <= 1e-14
    assert -1 <= found.parameters["c"] <= 0.5
    assert actx.fit("clip(a*x, -1, 1)", "sign(x)", domain=AWAY).max_error.value == 0


def test_composition_together_and_one_after_the_other() -> None:
    """p(q(x)) with cubics: q best first, then p on what q gives, is best of all.

    This is so for the sign (Lee, Lee, No, Kim, IEEE TDSC 2021); each step is a linear program.
    """
    inner = "a*x + b*x^3"
    template = f"c*({inner}) + d*({inner})^3"
    intervals = [(-1.0, -0.1), (0.1, 1.0)]
    first, _ = minimax(intervals, (1, 3), np.sign)
    truth, _ = minimax([(-1 - first, -1 + first), (1 - first, 1 + first)], (1, 3), np.sign)
    step = actx.fit(inner, "sign(x)", domain=AWAY)
    after = actx.fit(template, "sign(x)", domain=AWAY, set=step.parameters)
    together = actx.fit(template, "sign(x)", domain=AWAY)
    assert step.max_error.value == pytest.approx(first, rel=1e-7)
    assert after.max_error.value == pytest.approx(truth, rel=1e-7)
    assert together.max_error.value <= after.max_error.value * (1 + 1e-9)
    assert together.max_error.value == pytest.approx(truth, rel=1e-7)
    for found in (after, together):
        assert reached(found, intervals, np.sign) == pytest.approx(truth, rel=1e-6)
        assert found.formula.count("^3") == 3  # a composition is not multiplied out


@pytest.mark.long
def test_a_longer_composition_is_no_worse_together() -> None:
    inner = "a*x + b*x^3 + c*x^5"
    template = f"p*({inner}) + q*({inner})^3 + r*({inner})^5"
    step = actx.fit(inner, "sign(x)", domain="-1:-0.05,0.05:1")
    after = actx.fit(template, "sign(x)", domain="-1:-0.05,0.05:1", set=step.parameters)
    together = actx.fit(template, "sign(x)", domain="-1:-0.05,0.05:1")
    assert together.max_error.value <= after.max_error.value * (1 + 1e-9)


def test_boxes_prove_no_more_than_is_true_on_a_union() -> None:
    """tanh(a·x) for a up to 5 is best at 5, and its error is then largest at 0.1."""
    template = actx.formula("tanh(a*x)").tree
    problem = Problem(template, actx.formula("sign(x)").bound, parse_domain(AWAY), {"a": (0.1, 5)})
    truth = 1 - math.tanh(0.5)
    found = prove_minimum(problem, np.array([5.0]), truth * (1 + 1e-12), 1e-6, Budget(5))
    assert truth * (1 - 1e-5) <= found.lower <= truth * (1 + 1e-12)


def test_requirements_hold_on_the_intervals_they_meet() -> None:
    required = ["f <= 1 for x >= 0", "f(0.5) = 0.9"]
    found = actx.fit("a*x + b*x^3 + c*x^5", "sign(x)", domain=AWAY, require=required)
    x = np.linspace(0.1, 1, 10_001)
    values = actx.formula(found.formula)(x)
    assert values.max() <= 1 + 1e-8
    assert float(actx.formula(found.formula)(0.5)) == pytest.approx(0.9, abs=1e-9)
    with pytest.raises(FitError, match="outside the domain"):
        actx.fit("a*x", "sign(x)", domain=AWAY, require="f <= 1 for -0.05 <= x <= 0.05")


# --- panels ---


def test_panels_leave_gaps_out() -> None:
    domain = parse_domain("-3:-1,0.5:2,4:5")
    edges = base_edges(domain, 1e4)
    assert {-3, -1, 0.5, 2, 4, 5} <= set(edges)
    starts, half = panels_between(edges, domain)
    assert 2 * half.sum() == pytest.approx(2 + 1.5 + 1, rel=1e-14)
    assert all(a in domain and b in domain for a, b in zip(starts, starts + half, strict=True))
    sites = np.array([-3, -2, -1, 0.5, 2, 4.5])
    before, after = neighbours(sites, domain)
    assert before.tolist() == [0, 0, 1, 3, 3, 5]
    assert after.tolist() == [1, 2, 2, 4, 4, 5]


def test_quadrature_over_a_union() -> None:
    """∫ exp(x) over the intervals, by the panels' nodes."""
    problem = Problem(
        actx.formula("exp(x) + 0*a").tree, actx.formula("0*x").bound,
        parse_domain("-3:-1,0.5:2,4:5"), {"a": (0.0, 1.0)},
    )  # fmt: skip
    x, w = problem.nodes(problem.panels(np.array([0.5])))
    truth = sum(math.exp(hi) - math.exp(lo) for lo, hi in ((-3, -1), (0.5, 2), (4, 5)))
    assert float(w @ np.exp(x)) == pytest.approx(truth, rel=1e-13)
    assert all(v in problem.domain for v in x)


# --- the command ---


def test_the_command_fits_on_a_union() -> None:
    words = ("fit", "a*x + b*x^3", "--target", "sign(x)", "--domain", AWAY)
    document = run_json(*words)
    assert document["domain"] == [[-1.0, -0.1], [0.1, 1.0]]
    truth, _ = minimax([(-1, -0.1), (0.1, 1)], (1, 3), np.sign)
    assert document["max_error"]["value"] == pytest.approx(truth, rel=1e-7)
    assert document["certificate"]["optimality"] == "global"
    assert "on -1 ≤ x ≤ -0.1 or 0.1 ≤ x ≤ 1" in run(*words).stdout


def test_the_command_says_what_is_wrong_with_a_domain() -> None:
    message = refused("fit", "a*x", "--target", "sign(x)", "--domain", "-1:0.1,-0.1:1")
    assert "The interval -0.1:1 overlaps -1:0.1; the two are one interval, -1:1." in message
    assert message.count("\n") == 1
