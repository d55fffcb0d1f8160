"""Proofs: enclosures hold the independent references, are narrow, and claim nothing false."""

from __future__ import annotations

import json
import math

import pytest
from mpmath import mp, mpf
from places import REFERENCES as REFERENCES_FOLDER

import actx
from actx.analysis.results import Answer
from actx.calculus.proven.identity import proven_equal
from actx.language.syntax import parse

FILE = REFERENCES_FOLDER / "references.json"
REFERENCES = json.loads(FILE.read_text(encoding="utf-8"))
ROWS = REFERENCES.get("formulas", REFERENCES)
NAMES = [entry.name for entry in actx.load_registry().entries if entry.name in ROWS]


def holds(enclosure: tuple[float, float] | None, reference: str) -> bool:
    """Whether an enclosure holds a reference of 40 digits and is at most 1e-12 wide."""
    assert enclosure is not None
    lo, hi = enclosure
    if reference in ("inf", "-inf"):
        return lo == hi == float(reference)
    with mp.workdps(40):
        slack = abs(mpf(reference)) * mpf(10) ** -38  # the reference's own rounding
        return lo - slack <= mpf(reference) <= hi + slack and hi - lo <= 1e-12


def test_references_are_there() -> None:
    assert len(NAMES) >= 36


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", NAMES)
def test_registry_against_references(name: str) -> None:
    reference, row = ROWS[name], actx.compare(name, "mish").rows[0]
    assert row.max_error.proven
    assert row.minimum.proven
    assert holds(row.max_error.enclosure, reference["against_mish"]["max_error"]["value"])
    assert row.minimum.enclosure is not None
    assert holds(row.minimum.enclosure.y, reference["minimum"]["y"])
    if isinstance(reference["minimum"]["x"], str):
        assert holds(row.minimum.enclosure.x, reference["minimum"]["x"])
    assert all(kink.proven and kink.enclosure is not None for kink in row.kinks)


@pytest.mark.parametrize(
    ("f", "g", "same"),
    [
        ("x*tanh(softplus(x))", "x/(1 + 2/(e^x*(e^x+2)))", True),
        ("(1+tanh(x/2))*0.5*x", "x*sigmoid(x)", True),
        ("sinh(x)/cosh(x)", "tanh(x)", True),
        ("x*sigmoid(x)", "x*sigmoid(1.0000001x)", False),
        ("exp(x+1)", "exp(x)", False),
    ],
)
def test_identities(f: str, g: str, same: bool) -> None:
    assert proven_equal(parse(f), parse(g)) is same


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("max|hard_mish(x) - mish(x)| < 0.16", "proven"),
        ("max|hard_mish(x) - mish(x)| < 0.1595466051417957", "disproven"),
        ("max|hard_mish(x) - mish(x)| < 0.1595466051417959", "proven"),
        ("min(swish) > -0.2785", "proven"),
        ("min(swish) > -0.27846454276107", "disproven"),
        ("relu6(x) <= relu(x)", "proven"),
        ("relu(x) <= relu6(x)", "disproven"),
        ("0 <= sigmoid(x) <= 1", "proven"),
        ("exp(x) >= 1 + x", "proven"),
        ("max|aptx(x, 1, 0.5, 0.5) - swish(x)| <= 0", "proven"),
        ("approx_mish is C1", "proven"),
        ("approx_mish is C2", "disproven"),
        ("mish is C∞", "proven"),
        ("hard-mish is smooth", "disproven"),
    ],
)
def test_statements(statement: str, answer: str) -> None:
    verdict = actx.prove(statement)
    assert verdict.answer is Answer(answer)
    assert (verdict.witness is not None) is (answer == "disproven")


@pytest.mark.parametrize("place", [-41.7, 3.3, 12345.678])
@pytest.mark.parametrize("width", [1e-3, 1e-6])
def test_a_narrow_bump_is_found_and_enclosed(place: float, width: float) -> None:
    row = actx.compare(f"mish(x) + 0.5*exp(-((x-{place})/{width})^2)", "mish").rows[0]
    assert row.max_error.value == pytest.approx(0.5, abs=1e-12)
    assert row.max_error.enclosure is not None
    assert row.max_error.enclosure[0] <= 0.5 <= row.max_error.enclosure[1]


def test_ties_are_told() -> None:
    found = actx.show("x^4 - x^2").minimum
    assert found.proven
    assert sorted([found.x, *found.ties]) == pytest.approx([-math.sqrt(0.5), math.sqrt(0.5)])


def test_without_proofs_and_without_time() -> None:
    plain = actx.compare("swish", "mish", budget=None).rows[0]
    assert plain.max_error.enclosure is None
    assert not plain.max_error.proven
    hurried = actx.compare("x*sigmoid(1.234x)", "mish", budget=1e-9).rows[0].max_error
    lo, hi = hurried.enclosure or (-math.inf, math.inf)
    assert lo <= hurried.value <= hi


@pytest.mark.parametrize("beta", [1.2, 1.23456, 1.27, 1.3])
def test_an_interval_holds_for_every_value(beta: float) -> None:
    ranged = actx.compare("swish", "mish", set={"beta": (1.2, 1.3)}).rows[0]
    single = actx.compare("swish", "mish", set={"beta": beta}).rows[0]
    assert ranged.max_error.enclosure is not None
    lo, hi = ranged.max_error.enclosure
    assert lo <= single.max_error.value <= hi <= 1.01 * 0.117
    assert ranged.minimum.enclosure is not None
    assert ranged.minimum.enclosure.y[0] <= single.minimum.y <= ranged.minimum.enclosure.y[1]


def test_irrational_breakpoints_are_enclosed() -> None:
    found = actx.show("max(x, exp(x) - 2)")
    assert not found.undecided
    for kink, place in zip(found.kinks, (-1.8414056604369606, 1.1461932206205825), strict=True):
        assert kink.proven
        assert kink.enclosure is not None
        lo, hi = kink.enclosure.x
        assert lo <= place <= hi < lo + 1e-12
    assert found.minimum.proven  # the infimum -2 towards -inf, whatever happens at breakpoints
    assert found.minimum.enclosure is not None
    assert found.minimum.enclosure.y == (-2.0, -2.0)


def test_a_coefficient_that_may_be_zero_proves_no_growth() -> None:
    """1/2 + atan(b·x)/π tends to 0 like -1/(π·b·x): what x is multiplied with far out cancels."""
    row = actx.compare("x*(1/2 + atan(3.667*x)/pi)", "gelu").rows[0]
    top = row.max_error
    assert top.value == pytest.approx(1 / (3.667 * math.pi), rel=1e-6)
    assert top.enclosure is not None
    assert top.enclosure[0] <= 1 / (3.667 * math.pi)
    steep = actx.compare("x*(1/2 + atan(4*x)/3.14159)", "gelu").rows[0].max_error
    assert (steep.value, steep.proven) == (math.inf, True)
