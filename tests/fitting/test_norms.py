"""A norm is one row: what is declared here is measured, enclosed, fitted, proven and shown.

The rows are Gauss norms of other widths. What they must give comes from mpmath's quadrature, and
from the normal equations over the moments of the normal density.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise

import mpmath as mp
import pytest
from scipy.optimize import minimize_scalar

import actx
from actx.cli import main
from actx.core import norms
from actx.core.errors import UsageError
from actx.core.norms import Norm
from actx.fitting.results import Optimality

WIDE, NARROW = mp.mpf(2), mp.mpf(1) / 4
ROWS = (
    Norm("wide", "Wide", "√E e²", power=2, deviation=2.0, given="x from N(0,4)"),
    Norm("narrow", "Narrow", "√E e²", power=2, deviation=0.25, given="x from N(0,1/16)"),
)


@pytest.fixture(autouse=True)
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    for norm in ROWS:
        monkeypatch.setitem(norms.NORMS, norm.name, norm)


def mish(x: mp.mpf) -> mp.mpf:
    return x * mp.tanh(mp.log1p(mp.exp(x)))


def size(error: Callable[[mp.mpf], mp.mpf], deviation: mp.mpf, breaks: list[float]) -> mp.mpf:
    """The root of the mean of error(x)², x from N(0, deviation²)."""

    def density(x: mp.mpf) -> mp.mpf:
        return mp.exp(-((x / deviation) ** 2) / 2) / (deviation * mp.sqrt(2 * mp.pi))

    far = 12 * deviation
    edges = sorted({-far, *(mp.mpf(b) for b in breaks), mp.mpf(0), far})
    steps = [x for a, b in pairwise(edges) for x in mp.linspace(a, b, 9)[:-1]]
    return mp.sqrt(mp.quad(lambda x: error(x) ** 2 * density(x), [*steps, far]))


def relu_5(x: mp.mpf) -> mp.mpf:
    return x * min(max(x + 3, mp.mpf(0)), mp.mpf(5)) / 5


@pytest.mark.parametrize(("name", "deviation"), [("wide", WIDE), ("narrow", NARROW)])
def test_a_comparison_measures_and_encloses_it(name: str, deviation: mp.mpf) -> None:
    with mp.workdps(25):
        exact = size(lambda x: relu_5(x) - mish(x), deviation, [-3, 2])
        (row,) = actx.compare("hard-mish", "mish").rows
        lower, upper = row.norms[name].enclosure
        assert row.norms[name].error == pytest.approx(float(exact), rel=1e-9)
        assert mp.mpf(lower) - mp.mpf(10) ** -18 <= exact <= mp.mpf(upper) + mp.mpf(10) ** -18
        assert upper - lower <= 1e-7 * upper


def test_on_several_intervals_its_squares_add_up() -> None:
    whole, both = (
        actx.compare("swish", "mish", domain=domain).rows[0].norms["wide"]
        for domain in ((-4, 4), ((-4, -1), (-0.5, 4)))
    )
    with mp.workdps(20):
        gap = mp.quad(
            lambda x: (x / (1 + mp.exp(-x)) - mish(x)) ** 2 * mp.exp(-x * x / 8), [-1, -0.5]
        ) / (2 * mp.sqrt(2 * mp.pi))
        assert both.error == pytest.approx(float(mp.sqrt(whole.error**2 - gap)), rel=1e-9)
    assert both.enclosure is not None
    assert both.enclosure[0] <= both.error <= both.enclosure[1]


def command(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command writes, in this process, which alone knows the rows."""
    assert main(words) == 0
    return capsys.readouterr().out


def test_the_documents_have_it(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = json.loads(command(capsys, "compare", "swish", "mish", "--json"))["rows"]
    sizes = actx.compare("swish", "mish").rows[0].norms
    assert row["wide_error"] == sizes["wide"].error
    assert row["narrow_enclosure"] == list(sizes["narrow"].enclosure or ())
    keys = [key for key in row if key.endswith("_error")][:6]
    assert keys == [f"{n}_error" for n in ("max", "l1", "l2", "gauss", "wide", "narrow")]
    asked = ("fit", "x*sigmoid(a*x)", "--target", "mish", "--norm", "wide", "--json")
    fitted = json.loads(command(capsys, *asked))
    assert fitted["norm"] == "wide"
    assert fitted["objective"] == fitted["wide_error"]
    assert "best narrow" in [variant["label"] for variant in fitted["variants"]]


def test_the_text_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    compared = command(capsys, "compare", "swish", "mish")
    assert re.search(r"Wide  √E e² +0\.\d+  x from N\(0,4\)", compared)
    assert "√E e², x from N(0,4)" in command(capsys, "fit", "a*x + b*x^2", "--norm", "wide")


@pytest.mark.parametrize(("name", "deviation"), [("wide", WIDE), ("narrow", NARROW)])
def test_the_best_polynomial_in_it_is_proven(name: str, deviation: mp.mpf) -> None:
    fit = actx.fit("a + b*x + c*x^2", "mish", norm=name)
    with mp.workdps(30):
        moments = [0] * 5
        for k in range(0, 5, 2):
            moments[k] = deviation**k * mp.fac2(k - 1)
        far = mp.linspace(-12 * deviation, 12 * deviation, 49)

        def mean(f: Callable[[mp.mpf], mp.mpf]) -> mp.mpf:
            return mp.quad(lambda x: f(x) * mp.exp(-((x / deviation) ** 2) / 2), far) / (
                deviation * mp.sqrt(2 * mp.pi)
            )

        gram = mp.matrix(3, 3)
        for i in range(3):
            for j in range(3):
                gram[i, j] = moments[i + j]
        right = mp.matrix([mean(lambda x, k=k: mish(x) * x**k) for k in range(3)])
        best = mp.lu_solve(gram, right)
        least = mp.sqrt(mean(lambda x: mish(x) ** 2) - (right.T * best)[0])
    for found, exact in zip(fit.parameters.values(), best, strict=True):
        assert found == pytest.approx(float(exact), rel=1e-6, abs=1e-9)
    assert fit.bound is not None
    assert fit.bound.by == "duality"
    assert fit.bound.lower <= float(least) * (1 + 1e-13)
    assert fit.objective == pytest.approx(float(least), rel=1e-7)
    assert fit.certificate is not None
    assert fit.certificate.optimality is Optimality.GLOBAL


def test_a_template_that_is_not_linear_is_fitted_in_it() -> None:
    fit = actx.fit("x*sigmoid(a*x)", "mish", norm="wide")

    def error(a: float) -> float:
        return float(size(lambda x: x / (1 + mp.exp(-a * x)) - mish(x), WIDE, []))

    best = minimize_scalar(error, bounds=(0.5, 3), method="bounded", options={"xatol": 1e-7})
    assert fit.parameters["a"] == pytest.approx(best.x, abs=1e-5)
    assert fit.objective == pytest.approx(best.fun, rel=1e-9)
    assert fit.bound is not None
    assert 0 < fit.bound.lower <= best.fun
    assert fit.bound.gap <= 1e-3


def test_a_search_measures_in_it() -> None:
    result = actx.search("mish", norm="wide", family=["swish"])
    (found,) = result.front
    tree = found.formula
    (row,) = actx.compare(tree, "mish").rows
    assert result.norm == "wide"
    assert found.error == pytest.approx(row.norms["wide"].error, rel=1e-9)


def test_variants_stand_beside_it() -> None:
    fit = actx.fit("x*sigmoid(a*x)", "mish", norm="max", variants=True)
    labels = {variant.label: variant for variant in fit.variants}
    alone = actx.fit("x*sigmoid(a*x)", "mish", norm="narrow")
    assert labels["best narrow"].parameters["a"] == pytest.approx(alone.parameters["a"], rel=1e-6)


def test_another_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(
        UsageError, match="max, l2, l1, gauss, data, wide, narrow; it cannot be 'wider'"
    ):
        actx.fit("x*sigmoid(a*x)", "mish", norm="wider")


@pytest.mark.parametrize(("power", "deviation"), [(3, None), (1, 1.0), (None, 1.0), (2, -1.0)])
def test_a_row_that_nothing_can_integrate_is_refused_by_name(
    power: int | None, deviation: float | None
) -> None:
    with pytest.raises(ValueError, match="The norm 'odd' is of no kind that can be integrated"):
        Norm("odd", "Odd", "?", power=power, deviation=deviation)
