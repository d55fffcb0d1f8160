"""What could tempt a proof into claiming something false, and must not."""

from __future__ import annotations

import json
import math
import random
from fractions import Fraction
from typing import Any

import pytest
from mpmath import mp, mpf
from places import REFERENCES as REFERENCES_FOLDER
from rigour import mp_value

import actx
from actx.analysis.results import Answer, Kind

REFERENCES: dict[str, Any] = json.loads((REFERENCES_FOLDER / "references.json").read_text())


# --- values of its own at a single point ---


@pytest.mark.parametrize("height", ["5", "1e-12", "-3"])
@pytest.mark.parametrize("place", ["0", "1/3", "0.1", "sqrt(2)"])
def test_a_value_at_a_single_point_counts(place: str, height: str) -> None:
    row = actx.compare(f"where(x == {place}, {height}, 0)", "0").rows[0]
    if row.max_error.proven:
        assert row.max_error.enclosure is not None
        lo, hi = row.max_error.enclosure
        assert lo <= abs(float(height)) <= hi


@pytest.mark.parametrize(
    "statement",
    [
        "where(x == 0, 1, 0) <= 0",
        "where(x == 1/3, 1, 0) <= 0",
        "where(x == 0, 1e-11, 0) <= 0",
        "max(where(x == 0, 1, 0)) < 0.5",
        "max|where(x == 1/3, 2e-13, 0)| <= 1e-13",
        "where(x == 0, 5, x) is continuous",
        "where(x == 0, 1e-11, x) is C0",
        "sign(x)^2 >= 1",
        "sqrt(x)^2 + where(x == 2, 1e-9, 0) <= x",
    ],
)
def test_a_statement_that_fails_at_a_single_point_is_not_proven(statement: str) -> None:
    domain = "0:5" if "sqrt" in statement else "-5:5"
    assert actx.prove(statement, domain=domain).answer is not Answer.PROVEN


def test_the_value_at_the_end_of_the_domain_counts() -> None:
    row = actx.compare("x if x != 1 else 7", "0", domain="0:1").rows[0]
    assert row.max_error.enclosure == (7.0, 7.0)
    open_end = actx.compare("x if x < 1 else 0", "0", domain="0:1").rows[0]
    assert open_end.max_error.enclosure == (1.0, 1.0)


# --- thresholds next to the true value ---

CLOSE = ["1e-11", "1e-13", "1e-15", "1e-16", "1e-17", "1e-20", "1e-30"]


def true_bounds(name: str) -> list[tuple[str, Any, str, str]]:
    """Statements with one open number: what, its true value, true above it, true below it."""
    function = name.replace("-", "_") + "(x)"
    wanted = REFERENCES[name]
    statements = []
    if wanted["against_mish"]["max_error"]["value"] != "inf":
        value = mpf(wanted["against_mish"]["max_error"]["value"])
        statements.append((f"max|{function} - mish(x)|", value, "<", ">"))
    if wanted["minimum"]["y"] not in ("inf", "-inf"):
        statements.append((f"min({function})", mpf(wanted["minimum"]["y"]), "<", ">"))
    return statements


@pytest.mark.parametrize(
    "name", ["swish", "hard-mish", "gelu", "serf", "squareplus", "mish", "celu", "relu6"]
)
def test_a_threshold_beside_the_true_value(name: str) -> None:
    with mp.workdps(38):
        for what, value, above, below in true_bounds(name):
            if value == 0:
                continue
            for step in CLOSE:
                higher = mp.nstr(value + abs(value) * mpf(step), 38)
                lower = mp.nstr(value - abs(value) * mpf(step), 38)
                for bound, op, holds in (
                    (higher, above, True), (higher, below, False),
                    (lower, above, False), (lower, below, True),
                ):  # fmt: skip
                    verdict = actx.prove(f"{what} {op} {bound}", set=_parameters(name))
                    wrong = Answer.DISPROVEN if holds else Answer.PROVEN
                    assert verdict.answer is not wrong, (what, op, bound, verdict)


def _parameters(name: str) -> dict[str, float]:
    del name
    return {}


@pytest.mark.parametrize("step", [*CLOSE, "0"])
@pytest.mark.parametrize("side", [1, -1])
def test_an_inequality_that_just_holds_or_just_fails(step: str, side: int) -> None:
    gap = f"{'+' if side > 0 else '-'} {step}"
    verdict = actx.prove(f"exp(x) {gap} >= 1 + x")
    assert verdict.answer is not (Answer.PROVEN if side < 0 and step != "0" else Answer.DISPROVEN)
    strict = actx.prove(f"x^2 {gap} > 0")
    holds = side > 0 and step != "0"
    assert strict.answer is not (Answer.DISPROVEN if holds else Answer.PROVEN)


@pytest.mark.parametrize(
    ("statement", "truth"),
    [
        ("relu(x) < relu(x)", False), ("relu(x) <= relu(x)", True), ("tanh(x) < 1", True),
        ("tanh(x) <= 0.9999999", False), ("sigmoid(x) > 0", True), ("sigmoid(x) > 1e-300", False),
        ("max(tanh(x)) < 1", False), ("max(tanh(x)) <= 1", True), ("max(tanh(x)) >= 1", True),
        ("max|x| < 1e300", False), ("min(exp(x)) > 0", False), ("min(exp(x)) >= 0", True),
        ("0 <= sigmoid(x) <= 1 and exp(x) > 0", True), ("x <= x + 1e-30", True),
        ("0 < sigmoid(x) < 0.5", False), ("x + 1e-30 <= x", False),
        ("max|gelu(x) - gelu_tanh(x)| < 1e-3", True), ("max|x - (x - 1e-40)| <= 0", False),
        ("max|sin(x)^2 + cos(x)^2 - 1| <= 0", True), ("relu(x) is C1", False),
        ("relu(x)^2 is C1", True), ("relu(x)^2 is C2", False), ("abs(x)^3 is C2", True),
        ("where(x < 0.5, erf(x), erf(0.5)) is continuous", True),
        ("where(x < 0.5, erf(x), erf(0.5) + 1e-20) is continuous", False),
        ("where(x < 1, x, 1 + 1e-30) is continuous", False), ("mish is smooth", True),
        ("1/x is continuous", False), ("abs(x - 1/3) is C1", False),
        ("max(x^2 - 2, exp(x)) is C1", False), ("max(x^2 - 2, exp(x)) is C0", True),
    ],
)  # fmt: skip
def test_statements_that_are_known(statement: str, truth: bool) -> None:
    verdict = actx.prove(statement, domain="-inf:inf" if "sin" not in statement else "-9:9")
    assert verdict.answer is not (Answer.DISPROVEN if truth else Answer.PROVEN), verdict


@pytest.mark.parametrize(
    "statement", ["sqrt(x) is C1", "sqrt(x) is smooth", "x^1.5 is C2", "log(x) is continuous"]
)
def test_smoothness_at_the_end_of_a_domain(statement: str) -> None:
    assert actx.prove(statement, domain="0:2").answer is not Answer.PROVEN
    assert actx.prove("x^2.5 is C2", domain="0:2").answer is Answer.PROVEN


def test_the_witness_of_a_disproof_is_one() -> None:
    for text, bound in (("mish(x) - swish(x)", "0.18"), ("exp(-(x - 2.7182)^2)", "0.9999999999")):
        verdict = actx.prove(f"max|{text}| < {bound}")
        assert verdict.answer is Answer.DISPROVEN
        assert verdict.witness is not None
        with mp.workdps(50):
            value = mp_value(actx.formula(text).bound, mpf(verdict.witness))
            assert abs(value) >= mpf(bound)


# --- places ---


def test_a_zero_just_outside_a_piece_is_none() -> None:
    for text in ("abs(x - 1/3) + 1e-17", "abs(x - 1/3) + 1e-30", "relu(x) + 1e-20"):
        found = actx.show(text)
        assert all(enclosure is None for enclosure in found.zero_enclosures)
        assert not found.zeros or found.undecided
    near = actx.show("abs(x - 1/3) - 1e-17").zero_enclosures
    for enclosure in near:
        if enclosure is not None:
            lo, hi = map(Fraction, enclosure)
            assert any(lo <= Fraction(1, 3) + s * Fraction("1e-17") <= hi for s in (-1, 1)), (
                enclosure
            )


@pytest.mark.parametrize("tilt", ["0", "1e-30", "1e-20", "1e-16", "3e-14", "1e-12"])
def test_ties_are_named_or_told_apart(tilt: str) -> None:
    found = actx.show(f"(x^2 - 1)^2 + {tilt}*x").minimum
    assert found.enclosure is not None
    left, right = (
        any(lo <= x <= hi for lo, hi in [(v - 1e-9, v + 1e-9) for v in _places(found)])
        for x in (-1.0, 1.0)
    )
    assert left, found  # the minimum at -1 is the lower one, or as low
    if tilt == "0":
        assert right, found


def _places(found: Any) -> list[float]:
    lo, hi = found.enclosure.x
    inner = [lo, hi] if hi - lo < 1e-6 else [-1.0, 1.0]
    return [*inner, *found.ties]


def test_two_bumps_that_differ_by_little() -> None:
    text = "exp(-(x - 3)^2) + 1.00000000000001*exp(-(x + 3)^2)"
    found = actx.show(text).maximum
    assert found.proven
    assert found.enclosure is not None
    lo, hi = found.enclosure.x
    assert lo <= -3 + 1e-9
    assert hi - lo < 1e-9 or hi >= 2.9


@pytest.mark.parametrize("seed", range(6))
def test_a_narrow_bump_at_a_random_place(seed: int) -> None:
    place = random.Random(seed).uniform(-50, 50)
    text = f"mish(x) + 0.25*exp(-((x - {place!r})/1e-6)^2)"
    row = actx.compare(text, "mish").rows[0]
    assert row.max_error.proven
    assert row.max_error.enclosure is not None
    lo, hi = row.max_error.enclosure
    assert lo <= 0.25 <= hi
    assert hi - lo <= 1e-12


# --- constants that are not exact ---


@pytest.mark.parametrize(
    ("text", "order", "left", "right"),
    [
        ("erf(x) if x < 0.5 else x", 0, "erf(0.5)", "0.5"),
        ("atan(x) if x < 1 else x^2", 0, "pi/4", "1"),
        ("max(0, erf(x - 0.25))", 1, "0", "2/sqrt(pi)"),
        ("erf(0.5 + x) if x < 0 else erf(0.5) + 3*x", 1, "2/sqrt(pi)*exp(-0.25)", "3"),
        ("exp(x) if x < 1/3 else 1", 0, "exp(mpf(1)/3)", "1"),
    ],
)
def test_one_sided_derivatives_hold_the_true_ones(
    text: str, order: int, left: str, right: str
) -> None:
    (kink,) = actx.kinks(text).kinks
    assert kink.order == order
    with mp.workdps(50):
        names = {"erf": mp.erf, "exp": mp.exp, "sqrt": mp.sqrt, "pi": mp.pi, "mpf": mpf}
        wanted = [mpf(eval(side, {"__builtins__": {}}, names)) for side in (left, right)]
        if kink.proven:
            assert kink.enclosure is not None
            for (lo, hi), value in zip(
                (kink.enclosure.left, kink.enclosure.right), wanted, strict=True
            ):
                assert lo <= value <= hi


def test_long_decimals_do_not_round_inside_a_proof() -> None:
    c = "0.12345678901234567"
    (kink,) = actx.kinks(f"x^9 if x < {c} else x^9 + (x - {c})^3").kinks
    assert kink.proven
    assert kink.enclosure is not None
    third = 504 * Fraction(c) ** 6
    assert Fraction(kink.enclosure.left[0]) <= third <= Fraction(kink.enclosure.left[1])
    assert Fraction(kink.enclosure.right[0]) <= third + 6 <= Fraction(kink.enclosure.right[1])
    assert actx.prove(f"(x - {c})^2 >= 1e-40", domain="0:1").answer is not Answer.PROVEN


# --- what does not end, and what is nothing ---


@pytest.mark.parametrize(
    ("text", "target"),
    [("aptx(x, 1, 0.5, 0.5)", "swish"), ("mish", "mish-one-exp"), ("x - (x - 1)", "1"),
     ("tanh(x)", "sinh(x)/cosh(x)"), ("relu(x)", "max(x, 0)"), ("sin(x)^2 + cos(x)^2", "1")],
)  # fmt: skip
def test_an_error_that_is_zero(text: str, target: str) -> None:
    row = actx.compare(text, target, domain="-4:4").rows[0]
    assert row.max_error.proven
    assert row.max_error.enclosure is not None
    assert row.max_error.enclosure[0] == 0
    assert row.max_error.enclosure[1] < 1e-25


def test_plateaus_and_limits_end() -> None:
    hard = actx.show("hard-swish")
    assert hard.undecided == ()
    assert all(e.proven for e in (hard.minimum, *hard.minima, *hard.maxima))
    assert actx.show("relu").minimum.enclosure.x == (-math.inf, 0.0)  # type: ignore[union-attr]
    limit = actx.show("exp(x)").minimum
    assert limit.proven
    assert limit.kind is Kind.LIMIT
    assert limit.enclosure is not None
    assert limit.enclosure.y == (0.0, 0.0)
    assert actx.show("1/x", domain="0:5").maximum.y == math.inf


@pytest.mark.parametrize("name", ["mish", "swish", "hard-mish", "gelu", "squareplus", "serf"])
def test_without_time_what_is_given_is_valid(name: str) -> None:
    wanted = mpf(REFERENCES[name]["against_mish"]["max_error"]["value"])
    largest = actx.compare(name, "mish", budget=1e-9).rows[0].max_error
    lo, hi = largest.enclosure or (-math.inf, math.inf)
    assert lo <= wanted <= hi


@pytest.mark.parametrize("text", ["exp(650)*sigmoid(x)", "exp(-700)*sigmoid(x)", "1e300*tanh(x)"])
def test_very_large_and_very_small_limits(text: str) -> None:
    found = actx.show(text).maximum
    assert found.kind is Kind.LIMIT
    with mp.workdps(40):
        value = mp_value(actx.formula(text).bound, mpf(1000))
        assert found.enclosure is not None
        lo, hi = found.enclosure.y
        assert lo <= value * (1 + mpf(10) ** -30)
        assert hi >= value * (1 - mpf(10) ** -30)


def test_a_tail_that_falls_and_rises_again() -> None:
    """exp(x)/x^5 falls up to x = 5: a bound at the start of a tail does not hold beyond."""
    found = actx.show("-exp(x)/x^5", domain="1:inf").maximum
    assert found.enclosure is not None
    with mp.workdps(40):
        assert found.enclosure.y[0] <= -mp.exp(5) / 5**5 <= found.enclosure.y[1]


# --- intervals of parameters ---

RANGED = [
    ("swish(x, b)", {"b": (0.9, 1.7)}, "mish"),
    ("clip(x, -a, a)", {"a": (0.5, 1.5)}, "tanh"),
    ("a*x/(1 + abs(x))", {"a": (0.9, 1.1)}, "tanh"),
    ("relu(x - s)", {"s": (-0.1, 0.2)}, "softplus"),
    ("where(x < s, x, s)", {"s": (0.3, 0.35)}, "tanh(x) - relu(x) + x"),
    ("a*tanh(b*x)", {"a": (0.9, 1.0), "b": (0.8, 1.2)}, "tanh"),
    ("exp(-a*x^2)", {"a": (0.5, 2)}, "0"),
    ("relu(a - 1.5)*x", {"a": (1, 2)}, "0"),
    ("x^2 + a", {"a": (1, 1.1)}, "0"),
]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("text", "ranges", "target"), RANGED)
def test_an_interval_of_parameters_holds_for_each(
    text: str, ranges: dict[str, tuple[float, float]], target: str
) -> None:
    ranged = actx.compare(text, target, set=ranges).rows[0]
    dice = random.Random(text)
    for k in range(7):
        ends = k % 2 if k < 2 else None
        values = {n: e[ends] if ends is not None else dice.uniform(*e) for n, e in ranges.items()}
        single = actx.compare(text, target, set=values, budget=None).rows[0]
        assert ranged.max_error.enclosure is not None
        lo, hi = ranged.max_error.enclosure
        slack = 1e-12
        assert lo - slack <= single.max_error.value <= hi + slack
        low = ranged.minimum.enclosure
        assert low is not None
        assert low.y[0] - slack <= single.minimum.y <= low.y[1] + slack
        places = single.minimum.x if isinstance(single.minimum.x, tuple) else (single.minimum.x,)
        assert ranged.minimum.proven is False or any(
            low.x[0] - 1e-9 <= x <= low.x[1] + 1e-9 for x in places
        )


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("1/(1 + (1/(1 + x^2))^2)", (-45 / 7, -45 / 7 + 0.1)),
        ("sqrt(1 + sqrt(1 + x^2)^2)*((10*x) if x == 1 else (x - 10))", (-30 / 7, 110 / 7)),
        (f"x*{'0.' + '7' * 30}*{'0.' + '3' * 30}*{'0.' + '9' * 30}", (-1, 1)),
    ],
)
def test_long_fractions_end(text: str, domain: tuple[float, float]) -> None:
    assert actx.show(text, domain=domain).minimum.enclosure is not None
    assert actx.compare(text, "mish", domain=domain).rows


def test_powers_with_two_open_exponents_are_not_one() -> None:
    row = actx.compare("x^a - x^b", "0", set={"a": (1.2, 1.3), "b": (1.2, 1.3)}, domain="1:inf")
    largest = row.rows[0].max_error
    assert largest.enclosure is not None
    assert largest.enclosure[1] == math.inf


def test_a_piece_narrower_than_the_last_bit() -> None:
    row = actx.compare("x if x >= 1/3 else 2x", "mish", domain=(0.3333333333333333, math.inf))
    with mp.workdps(40):
        x = mpf(1) / 3  # approached from below
        wanted = 2 * x - mp_value(actx.formula("mish").bound, x)
        lo, hi = row.rows[0].max_error.enclosure or (0.0, 0.0)
        assert lo <= wanted <= hi


@pytest.mark.parametrize(
    "statement", ["softplus(x) > 0", "sigmoid(x) < 1", "-1 < tanh(x) and tanh(x) < 1"]
)
def test_a_bound_that_is_only_approached_is_strict(statement: str) -> None:
    assert actx.prove(statement).answer is Answer.PROVEN
