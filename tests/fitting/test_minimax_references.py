"""Minimax fits against optima at 50 digits (oracles/references/make_fits_minimax.py)."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from places import REFERENCES as REFERENCES_FOLDER

import actx
from actx.fitting.results import Fit

FOLDER = REFERENCES_FOLDER
REFERENCES: dict[str, Any] = json.loads((FOLDER / "fits_minimax.json").read_text("utf-8"))
OTHERS: dict[str, Any] = json.loads((FOLDER / "fits.json").read_text("utf-8"))
PLAIN = [name for name, case in REFERENCES.items() if not case["options"]]


@cache
def fitted(name: str) -> Fit:
    case = REFERENCES[name]
    return actx.fit(case["template"], "mish", domain=":".join(case["domain"]), **case["options"])


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", REFERENCES)
def test_the_optimum_is_reached(name: str) -> None:
    case, found = REFERENCES[name], fitted(name)
    assert found.objective == pytest.approx(float(case["objective"]), rel=1e-10)
    # Where there is no corner the error rises with the square of a step, and one of 1e-8 changes it
    # by less than its float64 rounding.
    tolerance = 1e-8 if case["corner"] else 1e-7
    wanted = {parameter: float(value) for parameter, value in case["parameters"].items()}
    assert found.parameters == pytest.approx(wanted, abs=tolerance, rel=0)


@pytest.mark.parametrize("name", PLAIN)
def test_the_alternation_is_listed(name: str) -> None:
    case, found = REFERENCES[name], fitted(name)
    wanted = [(float(point["x"]), float(point["error"])) for point in case["alternation"]]
    assert len(found.alternation) == len(wanted)
    for point, (x, error) in zip(found.alternation, wanted, strict=True):
        assert point.x == pytest.approx(x, abs=1e-6)
        assert point.error == pytest.approx(error, rel=1e-9)


@pytest.mark.parametrize("name", PLAIN)
def test_the_errors_of_an_optimum_are_those_of_a_comparison(name: str) -> None:
    case = REFERENCES[name]
    values = {parameter: float(value) for parameter, value in case["parameters"].items()}
    domain = ":".join(case["domain"])
    row = actx.compare(case["template"], "mish", domain=domain, set=values).rows[0]
    assert row.max_error.value == pytest.approx(float(case["objective"]), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "other"), [("swish", "swish"), ("doubled", "doubled"), ("hard", "hard")]
)
def test_two_ways_to_solve_agree(name: str, other: str) -> None:
    """Those of fits.json were found by following the extrema, these by solving for them as well."""
    mine, theirs = REFERENCES[name], OTHERS[other]["norms"]["max"]
    assert mine["template"] == OTHERS[other]["template"]
    assert mine["parameters"].keys() == theirs["parameters"].keys()
    for parameter, value in mine["parameters"].items():
        difference = Fraction(value) - Fraction(theirs["parameters"][parameter])
        assert abs(difference) < Fraction(1, 10**28)
    assert abs(Fraction(mine["objective"]) - Fraction(theirs["objective"])) < Fraction(1, 10**28)
