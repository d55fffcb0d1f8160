"""The numbers that people quote of a function, against mpmath and closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import mpmath
import pytest
from commands import run, run_json

import actx

INF = math.inf


# sup|f'| in closed form, or from mpmath: f, domain, value, x
SLOPES = [
    ("tanh", "-inf:inf", mpmath.mpf(1), 0.0),
    ("sigmoid", "-inf:inf", mpmath.mpf(1) / 4, 0.0),
    ("hard-mish", "-inf:inf", mpmath.mpf(7) / 5, 2.0),
    ("x^3 - x", "-1:2", mpmath.mpf(11), 2.0),
    ("sin(x)", "1:2", mpmath.cos(1), 1.0),
    ("abs(x)", "-inf:inf", mpmath.mpf(1), None),
    ("exp(-x^2)", "-inf:inf", mpmath.sqrt(2 / mpmath.e), None),
    ("x*log(x)", "0:4", mpmath.inf, 0.0),
    ("x^2", "-inf:inf", mpmath.inf, None),
    ("sign(x)", "-inf:inf", mpmath.inf, 0.0),
]


@pytest.mark.parametrize(("text", "domain", "value", "x"), SLOPES)
def test_the_lipschitz_constant_is_proven(
    text: str, domain: str, value: mpmath.mpf, x: float | None
) -> None:
    found = actx.show(text, domain=domain).lipschitz
    assert found is not None
    assert found.enclosure is not None
    assert found.enclosure[0] <= value <= found.enclosure[1]
    assert found.value == pytest.approx(float(value), rel=1e-12)
    assert x is None or found.x == x
    assert math.isinf(value) or found.enclosure[1] - found.enclosure[0] <= 1e-12 * value


def test_the_lipschitz_constant_of_a_jump_at_an_end_is_not_proven() -> None:
    found = actx.show("sign(x)", domain="0:1").lipschitz
    assert found is not None
    assert found.enclosure is None


def test_the_largest_slope_of_mish() -> None:
    with mpmath.workdps(40):
        x = mpmath.findroot(lambda t: mpmath.diff(_mish, t, 2), 1.49)
        value = mpmath.diff(_mish, x)
    found = actx.show("mish").lipschitz
    assert found is not None
    assert found.enclosure is not None
    assert found.x_enclosure is not None
    assert found.enclosure[0] <= value <= found.enclosure[1]
    assert found.x_enclosure[0] <= x <= found.x_enclosure[1]


def _mish(x: mpmath.mpf) -> mpmath.mpf:
    return x * mpmath.tanh(mpmath.log1p(mpmath.exp(x)))


def test_the_range_is_that_of_the_global_extrema() -> None:
    assert actx.show("tanh").range == (-1, 1)
    assert actx.show("x^2", domain="-1:2").range == (0, 4)
    lo, hi = actx.show("mish").to_dict()["range"]
    assert lo == pytest.approx(-0.308843413017, abs=1e-11)
    assert hi == "inf"


def test_the_sheet_tells_range_and_slope() -> None:
    text = str(actx.show("tanh"))
    assert "range       (-1, 1)" in text
    assert "max |f'|    1 at x = 0" in text
    assert "max |f'|    6 at x = 3" in str(actx.show("x^2", domain="-2:-1,1:3"))


# e, domain, ∫e, ∫|e|, ∫e² in closed form
MEANS = [
    ("x", "-1:2", Fraction(3, 2), Fraction(5, 2), Fraction(3)),
    ("x^3", "-2:2", Fraction(0), Fraction(8), Fraction(256, 7)),
    ("log(x)", "0:1", Fraction(-1), Fraction(1), Fraction(2)),
    ("1/x^(1/4)", "0:16", Fraction(32, 3), Fraction(32, 3), Fraction(8)),
    ("abs(x) - 1", "-1:0,1:3", Fraction(3, 2), Fraction(5, 2), Fraction(3)),
    ("sign(x)", "-0.1:0.3", Fraction(1, 5), Fraction(2, 5), Fraction(2, 5)),
    ("relu(x)", "-1:1", Fraction(1, 2), Fraction(1, 2), Fraction(1, 3)),
    ("x - x", "-1:1", Fraction(0), Fraction(0), Fraction(0)),
]


@pytest.mark.parametrize(("error", "domain", "signed", "absolute", "square"), MEANS)
def test_means_are_proven(
    error: str, domain: str, signed: Fraction, absolute: Fraction, square: Fraction
) -> None:
    row = actx.compare(error, "0", domain=domain).rows[0]
    ends = [part.split(":") for part in domain.split(",")]
    length = sum((Fraction(hi) - Fraction(lo) for lo, hi in ends), Fraction(0))
    _holds(row.mean_error, row.mean_enclosure, signed / length)
    _holds(row.l1_mean, row.l1_mean_enclosure, absolute / length)
    root = mpmath.sqrt(mpmath.mpf(square.numerator) / square.denominator / float(length))
    _holds(row.rms_error, row.rms_enclosure, root)


def _holds(
    value: float, enclosure: tuple[float, float] | None, right: Fraction | mpmath.mpf
) -> None:
    assert enclosure is not None
    slack = 1e-15 * abs(float(right)) if isinstance(right, mpmath.mpf) else 0
    assert enclosure[0] - slack <= right <= enclosure[1] + slack
    assert enclosure[0] <= value <= enclosure[1]
    assert enclosure[1] - enclosure[0] <= 1e-9


def test_means_of_mish_against_a_stand_in() -> None:
    row = actx.compare("hard-mish", "mish", domain="-4:4").rows[0]

    def error(x: mpmath.mpf) -> mpmath.mpf:
        return x * min(max(x + 3, 0), 5) / 5 - _mish(x)

    with mpmath.workdps(30):
        edges = [-4, -3, -2, -1, 0, 1, 2, 3, 4]
        mean = mpmath.quad(error, edges) / 8
        rms = mpmath.sqrt(mpmath.quad(lambda x: error(x) ** 2, edges) / 8)
    for value, enclosure, right in (
        (row.mean_error, row.mean_enclosure, mean),
        (row.rms_error, row.rms_enclosure, rms),
    ):
        assert enclosure[0] - 1e-20 <= right <= enclosure[1] + 1e-20
        assert value == pytest.approx(float(right), rel=1e-10)


def test_there_are_no_means_on_an_infinite_domain() -> None:
    document = actx.compare("hard-mish", "mish").to_dict()["rows"][0]
    names = ("rms_error", "mean_error", "l1_mean", "rms_enclosure")
    assert [document[name] for name in names] == [None] * 4
    assert "RMS" not in str(actx.compare("hard-mish", "mish"))


def test_a_mean_that_does_not_exist_is_null() -> None:
    document = actx.compare("1/x", "0", domain="-1:1").to_dict()["rows"][0]
    assert document["mean_error"] is None
    assert (document["l1_mean"], document["rms_error"]) == ("inf", "inf")


def test_without_proofs_there_are_no_enclosures() -> None:
    row = actx.compare("sin(9x)*x", "mish", domain="-9:9", budget=None).rows[0]
    assert (row.mean_enclosure, row.rms_enclosure) == (None, None)
    right = float(mpmath.quad(lambda x: x * mpmath.sin(9 * x) - _mish(x), range(-9, 10))) / 18
    assert row.mean_error == pytest.approx(right, rel=1e-9)


def test_means_in_the_text() -> None:
    text = str(actx.compare("x", "0", domain="-1:2"))
    assert "mean e  ∫e/len      0.5" in text
    ranking = str(actx.compare("hard-mish", "swish", "mish", domain="-4:4"))
    assert "mean |e|" in ranking
    assert max(map(len, ranking.splitlines())) <= 80


# candidate, target, domain, sup |e|/|target| in closed form
RELATIVE = [
    ("tanh(x)", "x", "-3:4", lambda: 1 - mpmath.tanh(4) / 4),
    ("x*(1+x/10)", "x", "-3:4", lambda: mpmath.mpf(2) / 5),
    ("x - x^3/6", "sin(x)", "-1:2", lambda: (mpmath.sin(2) - mpmath.mpf(2) / 3) / mpmath.sin(2)),
    ("relu(x)", "relu(x)", "-inf:inf", lambda: mpmath.mpf(0)),
    ("relu(x)*(1 + exp(-x))", "relu(x)", "-inf:inf", lambda: mpmath.mpf(1)),
    ("hard-tanh", "tanh", "-inf:inf", lambda: 1 / mpmath.tanh(1) - 1),
    ("relu", "mish", "-1:2", lambda: mpmath.mpf(1)),
    ("linear-swish", "mish", "-inf:inf", lambda: mpmath.mpf(1)),
    ("hard-swish", "swish", "-5:-3,1:2", lambda: mpmath.mpf(1)),
    ("saturated-mish", "mish", "-inf:inf", lambda: mpmath.mpf(2) / 3),
    # infinite: at a zero of the target, rational or not; on a stretch of them; at one own value
    ("x + 1", "x", "-3:4", lambda: mpmath.inf),
    ("x", "x^2 - 2", "-3:4", lambda: mpmath.inf),
    ("hard-mish", "relu", "-inf:inf", lambda: mpmath.inf),
    ("1", "abs(sign(x))", "-1:1", lambda: mpmath.inf),
    ("x", "x^3", "-1:1", lambda: mpmath.inf),
    ("elu", "mish", "-inf:inf", lambda: mpmath.inf),
    ("log(x)", "x", "0:4", lambda: mpmath.inf),
]


@pytest.mark.parametrize(("candidate", "target", "domain", "value"), RELATIVE)
def test_the_relative_error_is_proven(
    candidate: str, target: str, domain: str, value: Callable[[], mpmath.mpf]
) -> None:
    found = actx.compare(candidate, target, domain=domain).rows[0].relative_error
    assert found is not None
    assert found.enclosure is not None
    with mpmath.workdps(40):
        right = value()
        slack = mpmath.mpf(10) ** -35
        assert found.enclosure[0] - slack <= right <= found.enclosure[1] + slack
    assert found.value == pytest.approx(float(right), rel=1e-12, abs=1e-300)
    assert math.isinf(right) or found.enclosure[1] - found.enclosure[0] <= 1e-12


def test_a_zero_of_the_target_that_the_error_lacks_is_named() -> None:
    found = actx.compare("x", "x^2 - 2", domain="-1:4").rows[0].relative_error
    assert found is not None
    assert found.at_zero
    assert found.x_enclosure is not None
    assert found.x_enclosure[0] <= mpmath.sqrt(2) <= found.x_enclosure[1]
    text = str(actx.compare("softplus", "mish", relative=True))
    assert "max |e|/|mish|          ∞  at x = 0, where mish is 0 and the error is not" in text


def test_a_relative_error_without_a_proof_is_near() -> None:
    """serf/mish tends to 2/√π far to the left."""
    found = actx.compare("serf", "mish").rows[0].relative_error
    assert found is not None
    assert found.value == pytest.approx(2 / math.sqrt(math.pi) - 1, rel=1e-6)


def test_ranked_by_the_relative_error() -> None:
    result = actx.compare("hard-mish", "swish", "approx-mish", "mish", relative=True)
    assert [row.name for row in result.rows] == ["approx-mish", "swish", "hard-mish"]
    sizes = [row.relative_error.value for row in result.rows]
    assert sizes == sorted(sizes)
    assert "max |e/f|" in str(result)
    assert actx.compare("swish", "mish", relative=False).rows[0].relative_error is None


def test_the_command_ranks_by_the_relative_error() -> None:
    text = run("compare", "hard-mish", "swish", "mish", "--relative").stdout
    assert "1 swish 0.1715729" in " ".join(text.split())
    rows = run_json("compare", "hard-mish", "swish", "mish", "--domain", "-4:4")["rows"]
    assert rows[1]["relative_error"]["value"] == pytest.approx(0.17157287525381, rel=1e-12)


@pytest.mark.parametrize("x", ["1.5", "-0.1", "0", "-12.75", "1e-3"])
def test_value_and_derivatives_at_a_point(x: str) -> None:
    (point,) = actx.show("mish", at=x).at
    with mpmath.workdps(60):
        right = [mpmath.diff(_mish, mpmath.mpf(x), k) for k in range(4)]
    values = (point.value, *point.derivatives)
    enclosures = (point.enclosure["value"], *point.enclosure["derivatives"])
    for value, enclosure, number in zip(values, enclosures, right, strict=True):
        assert enclosure is not None
        assert enclosure[0] - 1e-25 <= number <= enclosure[1] + 1e-25
        assert enclosure[1] - enclosure[0] <= 2.3e-16 * abs(number)
        assert value == pytest.approx(float(number), rel=4e-16)


def test_derivatives_are_one_sided_at_a_kink() -> None:
    first, second, third = actx.show("hard-mish", at=[2, "-3", 0.5]).at
    assert first.left is not None
    assert first.right is not None
    assert first.value == 2
    assert (first.left.values, first.right.values) == ((1.4, 0.4, 0), (1, 0, 0))
    low, high = first.left.enclosures[0]
    assert low <= Fraction(7, 5) <= high
    assert math.isnan(first.derivatives[0])
    assert second.right is not None
    assert second.right.values == (-0.6, 0.4, 0)
    assert (third.left, third.derivatives) == (None, (0.8, 0.4, 0))


def test_derivatives_that_both_sides_share() -> None:
    (point,) = actx.show("linear-swish", at=0).at
    assert point.derivatives[0] == 1
    assert math.isnan(point.derivatives[1])
    assert point.left is not None
    assert point.left.values[1] == 1.25


def test_a_breakpoint_that_is_no_rational_number_is_not_proven() -> None:
    with mpmath.workdps(30):
        x = mpmath.findroot(lambda t: mpmath.exp(t) - 2 - t, 1.15)
    (point,) = actx.show("max(x, exp(x) - 2)", at=float(x)).at
    assert point.value == pytest.approx(float(x))
    assert point.enclosure["value"] is None


def test_points_at_the_command_line() -> None:
    done = run("show", "mish", "--at", "1.5", "--at", "-2")
    assert "f(1.5)     1.40337826" in done.stdout
    assert "f(-2)" in done.stdout
    document = run_json("show", "x^2", "--at", "3")["at"]
    assert (document[0]["x"], document[0]["value"]) == (3, 9)
    assert document[0]["derivatives"] == [6, 2, 0]
    assert document[0]["enclosure"]["derivatives"][0] == [6, 6]
    for text in ("two", "nan", "1e999", "1/3"):
        bad = run("show", "mish", "--at", text)
        assert (bad.returncode, bad.stdout) == (2, "")
        assert text in bad.stderr
    outside = run("show", "log(x)", "--domain", "1:2", "--at", "3")
    assert "outside the domain" in outside.stderr


def test_a_number_near_a_short_one_keeps_its_zeros() -> None:
    text = str(actx.show("0.99999997545*tanh(x) + 0*x^2"))
    assert "range       (-1.000000, 1.000000)" in text
    assert "max |f'|    1.000000 at x = 0" in text
    assert "range       (-1, 1)" in str(actx.show("tanh"))
    unproven = str(actx.compare("0.99999997545*x", "0", domain="0:1", budget=None))
    assert "max |e|             1.000000" in unproven


FAR = [
    ("sqrt(x^2 + 1) - x", (1e9, 1e10), 5e-10),
    ("sqrt(x^2 + 1) + x", (-1e10, -1e9), 5e-10),
    ("log(x + 1) - log(x) - 1/x", (1e6, 1e12), 0.5e-12),
    ("1/x + tanh(x)", (2e6, 3e6), 1 + 0.5e-6),
    ("atan(x) + 1/x", (-3e7, -2e7), math.pi / 2),
]


@pytest.mark.parametrize(("text", "domain", "size"), FAR)
def test_a_domain_far_out_is_not_taken_for_its_tail(
    text: str, domain: tuple[float, float], size: float
) -> None:
    """Both ends are far out, and the tail in which one lies begins long before the other."""
    largest = actx.compare(text, "0", domain=domain).rows[0].max_error
    assert largest.value == pytest.approx(size, rel=2e-6)
    assert domain[0] <= largest.x <= domain[1]
    assert largest.enclosure is not None
    assert largest.enclosure[0] <= largest.value <= largest.enclosure[1] <= size * (1 + 2e-6)
    found = actx.show(text, domain=domain)
    for each in (found.minimum, found.maximum, *found.minima, *found.maxima):
        assert isinstance(each.x, float)
        assert domain[0] <= each.x <= domain[1]
    assert found.zeros == ()


UNDERFLOWING = [
    ("10^(-6000000*x)", (1, 9999), ()),
    ("exp(-x^2)", (1, 9999), ()),
    ("x*exp(-x)", (-1, 9999), (0.0,)),
    ("exp(-exp(x))*(x - 3)", (1, 9999), (3.0,)),
    ("(x - 2)/cosh(x)^2", (-900, 900), (2.0,)),
    ("exp(-x^2) if x > 1 else x - 1", (0, 100), (1.0,)),
]


@pytest.mark.parametrize(("text", "domain", "zeros"), UNDERFLOWING)
def test_what_is_less_than_any_float_is_not_0(
    text: str, domain: tuple[float, float], zeros: tuple[float, ...]
) -> None:
    assert actx.show(text, domain=domain, budget=0.3).zeros == zeros


def test_what_underflows_far_out_is_proven_to_decrease() -> None:
    found = actx.show("10^(-6000000*x)", domain=(1, 9999))
    assert (found.minimum.x, found.maximum.x) == (9999, 1)
    assert found.minimum.proven
    assert found.maximum.proven
    assert found.undecided == ()
    assert actx.show("2 if exp(-exp(x)) > 0 else 7", domain=(0, 9000)).maximum.y == 2
    never = actx.show("2 if exp(1/x) > 0 else 7", domain=(-1, 1))  # it has no value at 0
    assert not never.maximum.proven
