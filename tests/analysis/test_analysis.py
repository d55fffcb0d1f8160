"""Extrema of every kind, zeros on intervals, and the norms of errors against mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from mpmath import mp

import actx
from actx.analysis.results import Extremum, Kind

INF = math.inf
Point = tuple[Any, float, Kind]


def as_tuple(point: Extremum) -> Point:
    return point.x, point.y, point.kind


def agree(found: Extremum, wanted: Point) -> None:
    assert found.kind is wanted[2]
    assert found.x == pytest.approx(wanted[0], rel=1e-14, abs=1e-14)
    assert found.y == pytest.approx(wanted[1], rel=1e-14, abs=1e-14)


EXTREMA: list[tuple[str, tuple[float, float], Point, Point]] = [
    ("1 - x^2", (-INF, INF), (-INF, -INF, Kind.UNBOUNDED), (0, 1, Kind.INTERIOR)),
    ("x*exp(x)", (-INF, INF), (-1, -1 / math.e, Kind.INTERIOR), (INF, INF, Kind.UNBOUNDED)),
    ("abs(x - 3)", (-INF, INF), (3, 0, Kind.KINK), (-INF, INF, Kind.UNBOUNDED)),
    ("exp(-abs(x - 1/3))", (-INF, INF), (-INF, 0, Kind.LIMIT), (1 / 3, 1, Kind.KINK)),
    ("x^3", (-1, 2), (-1, -1, Kind.BOUNDARY), (2, 8, Kind.BOUNDARY)),
    ("exp(x)", (-INF, 1), (-INF, 0, Kind.LIMIT), (1, math.e, Kind.BOUNDARY)),
    ("clip(x, 0, 1)", (-INF, INF), ((-INF, 0), 0, Kind.PLATEAU), ((1, INF), 1, Kind.PLATEAU)),
    ("relu(1 - abs(x))", (-2, 5), ((-2, -1), 0, Kind.PLATEAU), (0, 1, Kind.KINK)),
    ("tanh(x)", (-INF, INF), (-INF, -1, Kind.LIMIT), (INF, 1, Kind.LIMIT)),
    ("x^2 if x != 0 else 0.5", (-1, 2), (0, 0, Kind.LIMIT), (2, 4, Kind.BOUNDARY)),
    ("1/x", (-INF, INF), (0, -INF, Kind.UNBOUNDED), (0, INF, Kind.UNBOUNDED)),
    ("x if x < 1 else 0", (0, INF), (0, 0, Kind.BOUNDARY), (1, 1, Kind.LIMIT)),
    ("3", (-INF, INF), ((-INF, INF), 3, Kind.PLATEAU), ((-INF, INF), 3, Kind.PLATEAU)),
]


def test_every_kind_of_extremum_is_here() -> None:
    assert {point[2] for case in EXTREMA for point in case[2:]} == set(Kind)


@pytest.mark.parametrize(("text", "domain", "minimum", "maximum"), EXTREMA)
def test_extrema(text: str, domain: tuple[float, float], minimum: Point, maximum: Point) -> None:
    shown = actx.show(text, domain=domain, budget=None)
    agree(shown.minimum, minimum)
    agree(shown.maximum, maximum)


def test_local_extrema_from_left_to_right() -> None:
    shown = actx.show("x^3 - 3*x", domain=(-3, 2.5), budget=None)
    assert [as_tuple(e) for e in shown.minima] == [
        (-3, -18, Kind.BOUNDARY),
        (1, -2, Kind.INTERIOR),
    ]
    assert [as_tuple(e) for e in shown.maxima] == [
        (-1, 2, Kind.INTERIOR),
        (2.5, 2.5**3 - 7.5, Kind.BOUNDARY),
    ]


ZEROS: list[tuple[str, tuple[float, float], list[Any]]] = [
    ("relu(x)", (-INF, INF), [(-INF, 0)]),
    ("relu(x)", (-3, 2), [(-3, 0)]),
    ("relu(abs(x) - 1)", (-INF, INF), [(-1, 1)]),
    ("relu(x)*relu(2 - x)", (-INF, INF), [(-INF, 0), (2, INF)]),
    ("(x + 3)*relu(x^2 - 2)", (-INF, INF), [-3, (-math.sqrt(2), math.sqrt(2))]),
    ("min(x, 0)*(x + 1)", (-INF, INF), [-1, (0, INF)]),
    ("0 if x < -1 else x - 4", (-INF, INF), [(-INF, -1), 4]),
]


@pytest.mark.parametrize(("text", "domain", "wanted"), ZEROS)
def test_zeros_on_intervals(text: str, domain: tuple[float, float], wanted: list[Any]) -> None:
    found = actx.show(text, domain=domain, budget=None).zeros
    assert len(found) == len(wanted)
    for got, want in zip(found, wanted, strict=True):
        assert got == pytest.approx(want, rel=1e-14, abs=1e-14)


INFINITE = [  # candidate, target, domain, which of max, l1, l2 and gauss are infinite
    ("x", "relu(x)", (-INF, INF), (True, True, True, False)),
    ("1", "0", (-INF, INF), (False, True, True, False)),
    ("1/(1 + abs(x))", "0", (-INF, INF), (False, True, False, False)),
    ("1/sqrt(1 + abs(x))", "0", (-INF, INF), (False, True, True, False)),
    ("1/(1 + x^2)", "0", (-INF, INF), (False, False, False, False)),
    ("1/x", "0", (-INF, INF), (True, True, True, True)),
    ("1/sqrt(x)", "0", (0, 1), (True, False, True, True)),
    ("x^-0.25", "0", (0, 1), (True, False, False, False)),
    ("1/x", "0", (1, INF), (False, True, False, False)),
    ("log(x)", "0", (0, 1), (True, False, False, False)),
    ("exp(x)", "0", (-INF, INF), (True, True, True, False)),
    ("exp(x^2/4)", "0", (-INF, INF), (True, True, True, True)),
    ("exp(x^2/5)", "0", (-INF, INF), (True, True, True, False)),
    ("x + 1", "x", (-INF, 3), (False, True, True, False)),
    ("tanh(x)", "sign(x)", (-INF, INF), (False, False, False, False)),
]


@pytest.mark.parametrize(("candidate", "target", "domain", "wanted"), INFINITE)
def test_infinite_norms(
    candidate: str, target: str, domain: tuple[float, float], wanted: tuple[bool, ...]
) -> None:
    row = actx.compare(candidate, target, domain=domain, budget=None).rows[0]
    norms = (row.max_error.value, row.l1_error, row.l2_error, row.gauss_error)
    assert tuple(map(math.isinf, norms)) == wanted
    assert not any(map(math.isnan, norms))


def mish(x: Any) -> Any:
    return x * mp.tanh(mp.log1p(mp.exp(x)))


def smooth(x: Any) -> Any:
    return x / (1 + mp.exp(-x)) - mish(x)


def kinked(x: Any) -> Any:
    return max(x, mp.mpf(0)) - mish(x)


def algebraic(x: Any) -> Any:
    return (1 + x) / (1 + x * x) ** mp.mpf(2)


def singular(x: Any) -> Any:
    return x ** mp.mpf(-0.25) - 1 if x > 0 else mp.mpf(0)


def half(x: Any) -> Any:
    with mp.extradps(60):  # the leading terms cancel far out
        return 1 / (1 + x) - (mp.atan(1 / x) if x else mp.pi / 2)


# candidate, target, domain, the error, where to divide the integrals: the domain's ends, kinks,
# zeros of the error (found by mpmath from the guesses given here)
NORMS: list[tuple[str, str, tuple[float, float], Callable[[Any], Any], list[Any], list[Any]]] = [
    ("x*sigmoid(x)", "mish", (-INF, INF), smooth, [-mp.inf, -40, -9, -3, 3, 9, 40, mp.inf], [0]),
    ("relu(x)", "mish", (-INF, INF), kinked, [-mp.inf, -40, -9, -3, 0, 3, 9, 40, mp.inf], []),
    ("(1 + x)/(1 + x^2)^2", "0", (-INF, INF), algebraic, [-mp.inf, -8, -1, 0, 8, mp.inf], []),
    ("x^-0.25", "1", (0, 3), singular, [0, 1, 3], []),
    ("atan(x)", "pi/2 - 1/(1 + x)", (0, INF), half, [0, 1, 8, mp.inf], []),
]


@pytest.mark.parametrize(("candidate", "target", "domain", "error", "edges", "roots"), NORMS)
def test_norms(
    candidate: str,
    target: str,
    domain: tuple[float, float],
    error: Callable[[Any], Any],
    edges: list[Any],
    roots: list[Any],
) -> None:
    row = actx.compare(candidate, target, domain=domain, budget=None).rows[0]
    cuts = sorted({*edges, *roots, *zeros_between(error, edges)})

    def integral(integrand: Callable[[Any], Any]) -> Any:
        return mp.fsum(mp.quad(integrand, [a, b]) for a, b in pairwise(cuts))

    with mp.workdps(20):
        assert row.l1_error == pytest.approx(float(integral(lambda x: abs(error(x)))), rel=1e-9)
        l2 = mp.sqrt(integral(lambda x: error(x) ** 2))
        assert row.l2_error == pytest.approx(float(l2), rel=1e-9)
        gauss = mp.sqrt(integral(lambda x: error(x) ** 2 * mp.npdf(x)))
        assert row.gauss_error == pytest.approx(float(gauss), rel=1e-9)


def test_a_norm_in_closed_form() -> None:
    row = actx.compare("atan(x)", "pi/2 - 1/(1 + x)", domain=(0, INF), budget=None).rows[0]
    assert row.l1_error == pytest.approx(1, rel=1e-13)  # log(1+x) - log(1+x^2)/2 - x*atan(1/x)


def zeros_between(error: Callable[[Any], Any], edges: list[Any]) -> list[Any]:
    """Simple zeros of an error, seen on a grid over the finite part of its domain."""
    lo, hi = (min(max(float(end), -60.0), 60.0) for end in (edges[0], edges[-1]))
    grid = [mp.mpf(lo + (hi - lo) * (k + 0.37) / 300) for k in range(300)]
    return [
        mp.findroot(error, (a, b), solver="anderson", tol=1e-24)
        for a, b in pairwise(grid)
        if error(a) * error(b) < 0 and not a < 0 < b
    ]


@pytest.mark.parametrize(
    ("formula", "lowest"),
    [("max(0, x*relu6.894217847224532(x + 4.886334594708573)/6.894217847224532)", 0), ("0.1", 0.1)],
)
def test_zeros_lost_in_rounding_and_constants_are_no_trouble(formula: str, lowest: float) -> None:
    """A zero of the error at 0 that rounding keeps from converging; a function without slope."""
    row = actx.compare(formula, "mish").rows[0]
    assert row.max_error.value > 0.3
    assert row.minimum.kind is Kind.PLATEAU
    assert row.minimum.y == lowest


def test_values_that_overflow_at_a_finite_end_are_no_finite_bound() -> None:
    """exp(exp(exp(5))) is beyond float64, though finite."""
    row = actx.compare("expm1(expm1(expm1(x)))", "mish", domain=(-5, 5)).rows[0]
    assert not row.max_error.proven
    assert row.max_error.enclosure is not None
    assert row.max_error.enclosure[1] == math.inf
