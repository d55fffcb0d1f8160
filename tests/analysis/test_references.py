"""The registry against independent numbers: `references/*.json`, computed with mpmath."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest
from places import REFERENCES as REFERENCES_FOLDER

import actx
from actx.calculus.formula import Formula

FOLDER = REFERENCES_FOLDER
REFERENCES: dict[str, Any] = json.loads((FOLDER / "references.json").read_text())
VALUES: dict[str, Any] = json.loads((FOLDER / "values.json").read_text())
NAMES = sorted(REFERENCES)


def near(value: float, expected: str, relative: float, absolute: float = 1e-15) -> bool:
    wanted = float(expected)
    if math.isinf(wanted):
        return value == wanted
    return math.isfinite(value) and abs(value - wanted) <= max(relative * abs(wanted), absolute)


@cache
def read(name: str) -> Formula:
    values = {k: float(v) for k, v in REFERENCES[name]["parameters"].items()}
    return actx.formula(name, set=values)


def test_references_are_of_formulas_of_the_registry() -> None:
    """The others are checked against their definitions in tests/registry/test_published.py."""
    assert {entry.name for entry in actx.load_registry().entries} >= set(NAMES) == set(VALUES)


@pytest.mark.parametrize("name", NAMES)
def test_extrema(name: str) -> None:
    found, wanted = actx.show(read(name)), REFERENCES[name]
    pairs = [(found.minimum, wanted["minimum"]), (found.maximum, wanted["maximum"])]
    for got, expected in (
        (found.minima, wanted["minima"]),
        (found.maxima, wanted["maxima"]),
    ):
        assert len(got) == len(expected)
        pairs += zip(got, expected, strict=True)
    for extremum, reference in pairs:
        assert extremum.kind == reference["kind"]
        assert near(extremum.y, reference["y"], 1e-14)
        xs = extremum.x if isinstance(extremum.x, tuple) else (extremum.x,)
        expected_xs = reference["x"] if isinstance(reference["x"], list) else [reference["x"]]
        for x, expected_x in zip(xs, expected_xs, strict=True):
            assert near(x, expected_x, 1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_zeros(name: str) -> None:
    found, wanted = actx.show(read(name)).zeros, REFERENCES[name]["zeros"]
    assert len(found) == len(wanted)
    for got, expected in zip(found, wanted, strict=True):
        ends = got if isinstance(got, tuple) else (got,)
        expected_ends = expected if isinstance(expected, list) else [expected]
        for x, reference in zip(ends, expected_ends, strict=True):
            assert near(x, reference, 1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_tails(name: str) -> None:
    found = actx.show(read(name)).tails
    for side in ("left", "right"):
        tail, reference = getattr(found, side), REFERENCES[name]["tails"][side]
        assert near(tail.slope, reference["slope"], 1e-15)
        if reference["intercept"] is None:
            assert tail.intercept is None
        else:
            assert near(tail.intercept, reference["intercept"], 1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_kinks(name: str) -> None:
    found, wanted = actx.kinks(read(name)), REFERENCES[name]
    assert found.smoothness == wanted["smoothness"]
    assert len(found.kinks) == len(wanted["kinks"])
    for kink, reference in zip(found.kinks, wanted["kinks"], strict=True):
        assert kink.order == reference["order"]
        for field in ("x", "left", "right", "jump"):
            assert near(getattr(kink, field), reference[field], 1e-14)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", NAMES)
def test_errors_against_mish(name: str) -> None:
    row = actx.compare(read(name), "mish").rows[0]
    wanted = REFERENCES[name]["against_mish"]
    if row.max_error.enclosure is not None:
        lo, hi = row.max_error.enclosure
        size = wanted["max_error"]["value"]
        assert lo == hi == math.inf if size == "inf" else Fraction(lo) <= Fraction(size) <= hi
    assert near(row.max_error.value, wanted["max_error"]["value"], 1e-14)
    assert near(row.max_error.signed, wanted["max_error"]["signed"], 1e-14)
    assert near(row.max_slope_error.value, wanted["max_slope_error"]["value"], 1e-13)
    for found, reference in (
        (row.max_error.x, wanted["max_error"]["x"]),
        (row.max_slope_error.x, wanted["max_slope_error"]["x"]),
    ):
        if reference is not None:
            assert near(found, reference, 1e-11)
    for norm in ("l1_error", "l2_error", "gauss_error"):
        assert near(getattr(row, norm), wanted[norm], 1e-12)


def conditioning(formula: Formula, slope: Formula, x: float) -> float:
    """|x f'(x)/f(x)|: how much a rounding of the argument is amplified."""
    value = float(formula(x))
    return abs(x * float(slope(x)) / value) if value else 0.0


@pytest.mark.parametrize("name", NAMES)
def test_values_to_a_few_units_in_the_last_place(name: str) -> None:
    formula = read(name)
    slope = formula.derivative(1)
    rows = VALUES[name]["values"]
    found = formula(np.array([float(x) for x, _ in rows]))
    for value, (x, reference) in zip(found, rows, strict=True):
        wanted = float(reference)
        bound = 4 + 2 * conditioning(formula, slope, float(x))
        assert abs(value - wanted) <= bound * np.spacing(abs(wanted)), x


@pytest.mark.parametrize("name", NAMES)
def test_derivatives(name: str) -> None:
    orders = [read(name).derivative(order) for order in (1, 2, 3)]
    for x, *references in VALUES[name]["derivatives"]:
        scale = max(abs(float(r)) for r in references)
        for formula, reference in zip(orders, references, strict=True):
            found = float(formula(float(x)))
            # a third derivative is a sum of some hundred terms of up to that scale
            assert near(found, reference, 1e-12, 1e-13 * scale), (x, reference)
