"""Best rational functions against an exchange at 60 digits, published errors and closed forms."""

from __future__ import annotations

import math

import pytest
from best_fits import FORMULAS, REFERENCES, assert_sound, domain_of, fit_polynomial, tree, turns

from actx.core.domain import Domain
from actx.core.errors import FitError
from actx.fitting.forms.rational import RationalFit, fit_rational

CASES = [
    (name, tuple(int(k) for k in kind.split()))
    for name, case in REFERENCES.items()
    for kind in case["rationals"]
]


def fit(text: str, lo: float, hi: float, m: int, n: int, weight: str = "") -> RationalFit:
    return fit_rational(tree(text), Domain(lo, hi), (m, n), tree(weight) if weight else None)


# --- against references ---


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("name", "kind"), CASES)
def test_the_error_is_that_of_an_exchange_at_60_digits(name: str, kind: tuple[int, int]) -> None:
    target = tree(FORMULAS[name])
    found = fit_rational(target, domain_of(name), kind)
    expected = float(REFERENCES[name]["rationals"][f"{kind[0]} {kind[1]}"])
    assert found.optimal
    assert found.error == pytest.approx(expected, rel=1e-9)
    assert turns(found) >= sum(kind) + 2
    assert found.defect == 0
    if sum(kind) < 9:
        assert_sound(found, target)


# Varga, Ruttan, Carpenter, Numerical results on best uniform rational approximation of |x| on
# [-1, 1], Mathematics of the USSR Sbornik 74, 1993, table 1
PUBLISHED = {2: 4.368901269207636e-2, 4: 8.501484704073829e-3, 6: 2.282106009725278e-3}


@pytest.mark.parametrize("n", sorted(PUBLISHED))
def test_published_errors_of_the_absolute_value(n: int) -> None:
    found = fit("abs(x)", -1, 1, n, n)
    assert found.error == pytest.approx(PUBLISHED[n], rel=1e-9)
    assert found.optimal
    assert turns(found) == 2 * n + 3  # one more than are needed, the target being even
    assert all(c == 0 for k, c in enumerate(found.parts[0].denominator) if k % 2)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("n", range(1, 7))
def test_all_small_types_of_a_kink_are_found(n: int) -> None:
    """relu is (x + |x|)/2; its errors fall with each degree."""
    errors = [fit("relu", -1, 1, m, n).error for m in range(max(1, n - 1), n + 2)]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("text", "lo", "hi", "m", "n"),
    [
        ("hard-mish", -5, 5, 6, 6), ("relu6", -8, 8, 5, 5), ("elu", -5, 5, 4, 4),
        ("max(x, 0.3)", -2, 5, 5, 5), ("tanh(20*x)", -1, 1, 5, 5), ("mish", -6, 6, 2, 6),
        ("mish", -6, 6, 6, 2), ("exp(x)", -4, 4, 6, 6), ("gelu", -4, 4, 0, 1),
    ],
)  # fmt: skip
def test_hard_ones(text: str, lo: float, hi: float, m: int, n: int) -> None:
    target = tree(text)
    found = fit_rational(target, Domain(lo, hi), (m, n))
    assert found.optimal
    assert turns(found) >= m + n + 2 - found.defect
    assert_sound(found, target)


# --- special targets ---


def test_the_denominator_of_degree_0_makes_a_polynomial() -> None:
    found = fit("mish", -4, 4, 5, 0)
    assert found.error == pytest.approx(
        fit_polynomial(tree("mish"), Domain(-4, 4), 5).error, rel=1e-9
    )
    assert found.parts[0].whole


@pytest.mark.parametrize(
    ("text", "m", "n"), [("1/(1 + x^2)", 2, 4), ("x/(3 + x)", 3, 3), ("x^2 - 1", 4, 2)]
)
def test_a_rational_target_is_found_itself(text: str, m: int, n: int) -> None:
    found = fit(text, -2, 2, m, n)
    assert (found.error, found.enclosure, found.optimal) == (0.0, (0.0, 0.0), True)
    assert found.defect == 2 if n > 2 else found.defect >= 0


@pytest.mark.parametrize(
    ("text", "m", "n", "defect", "points"),
    [
        ("abs(x)", 1, 1, 1, 3),
        ("abs(x)", 3, 3, 1, 7),
        ("tanh(x)", 2, 1, 1, 4),
        ("cos(x)", 1, 3, 1, 5),
    ],
)
def test_defects(text: str, m: int, n: int, defect: int, points: int) -> None:
    """An even target has an even best function; it alternates at fewer points then."""
    found = fit(text, -1, 1, m, n)
    assert found.optimal
    assert found.defect == defect
    assert turns(found) == points == m + n + 2 - defect
    lower = fit(text, -1, 1, m - defect, n - defect)
    assert found.error == pytest.approx(lower.error, rel=1e-9)


def test_the_function_zero_is_the_best_one() -> None:
    found = fit("tanh(x)", -4, 4, 0, 1)
    assert found.text == "0"
    assert found.error == pytest.approx(math.tanh(4), rel=1e-9)
    assert found.optimal


def test_a_weight() -> None:
    target, weight = tree("exp(x)"), tree("exp(-x)")
    found = fit_rational(target, Domain(-1, 1), (2, 2), weight)
    assert found.optimal
    assert_sound(found, target, weight)
    # 1/exp is exp mirrored: the best relative fit mirrored and turned over is nearly itself
    part = found.parts[0]
    top = [float(c / part.numerator[0]) for c in part.numerator]
    assert top[1] == pytest.approx(-float(part.denominator[1]), rel=1e-3)


# --- what cannot be done ---


@pytest.mark.parametrize(
    ("text", "lo", "hi", "kind", "words"),
    [
        ("mish", -math.inf, 1, (1, 1), "finite domain"),
        ("mish", -1, 1, (13, 1), "degrees"),
        ("mish", -1, 1, (1, -1), "degrees"),
        ("sign(x)", -1, 1, (2, 2), "jumps"),
        ("1/(x - 0.3)", -1, 1, (2, 2), "no finite value"),
        ("exp(x)", 0, 1e-5, (6, 6), "lower degrees"),
    ],
)
def test_impossible_requests_are_told(
    text: str, lo: float, hi: float, kind: tuple[int, int], words: str
) -> None:
    with pytest.raises(FitError, match=words):
        fit_rational(tree(text), Domain(lo, hi), kind)
