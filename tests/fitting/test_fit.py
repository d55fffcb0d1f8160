"""Fits against independent optima (oracles/references/fits.json) and against their own objectives.

The references were computed with mpmath, without the package. Where there is none, the objective
is written anew here in NumPy and scipy's optimisers are asked whether they find anything better.
"""

from __future__ import annotations

import json
import math
import re
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from places import REFERENCES as REFERENCES_FOLDER
from scipy.integrate import quad, simpson
from scipy.optimize import minimize, minimize_scalar

import actx
from actx.core.errors import FitError, UsageError
from actx.fitting.results import Fit, FitVariant

Array = NDArray[np.float64]

NORMS = ("max", "l1", "l2", "gauss")
FIELDS = {"l1": "l1_error", "l2": "l2_error", "gauss": "gauss_error"}
REFERENCES: dict[str, Any] = json.loads(
    (REFERENCES_FOLDER / "fits.json").read_text(encoding="utf-8")
)


@lru_cache(maxsize=256)
def _fitted(template: str, target: str, rest: tuple[tuple[str, Any], ...]) -> Fit:
    options = {k: dict(v) if k in ("init", "bounds", "set") else v for k, v in rest}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a fit is silent, whatever it passes through
        return actx.fit(template, target, variants=True, **options)


def fit(template: str, target: str = "mish", **options: Any) -> Fit:
    """A fit, made once however many tests look at it."""
    given = {k: v for k, v in options.items() if v and (k, v) != ("norm", "max")}
    frozen = {k: tuple(v.items()) if isinstance(v, dict) else v for k, v in given.items()}
    return _fitted(template, target, tuple(sorted(frozen.items())))


def size(result: Fit | FitVariant, norm: str) -> float:
    value = result.max_error.value if norm == "max" else getattr(result, FIELDS[norm])
    return float(value)


def notes(result: Fit) -> str:
    return " ".join(result.notes)


# --- the reference fits ---


def reference_fit(name: str, norm: str) -> Fit:
    case = REFERENCES[name]
    lo, hi = (float(end) for end in case["domain"])
    domain = f"{lo:g}:{hi:g}" if math.isfinite(lo) and math.isfinite(hi) else None
    if name == "doubled-gauss-whole-line":
        domain = "-inf:inf"
    if name == "doubled" and norm == "gauss":
        domain = "-inf:0"
    fixed = {parameter: float(value) for parameter, value in case["fixed"].items()}
    return fit(case["template"], norm=norm, domain=domain, set=fixed)


CASES = [(name, norm) for name, case in REFERENCES.items() for norm in case["norms"]]
# fitted in each norm; of the others one fit is made, and its columns are looked at
IN_EACH_NORM = ("swish", "doubled", "hard", "leaky")


def reference_column(name: str, norm: str) -> Fit | FitVariant:
    first = next(iter(REFERENCES[name]["norms"]))
    if name in IN_EACH_NORM or norm == first or (name, norm) == ("softplus", "max"):
        found = reference_fit(name, norm)
        assert found.objective == size(found, norm)
        assert found.domain == tuple(float(end) for end in REFERENCES[name]["domain"])
        return found
    columns = {variant.label: variant for variant in reference_fit(name, first).variants}
    return columns[f"best {norm}"]


@pytest.mark.sampled(4)
@pytest.mark.parametrize(("name", "norm"), CASES)
def test_reference(name: str, norm: str) -> None:
    best, found = REFERENCES[name]["norms"][norm], reference_column(name, norm)
    assert size(found, norm) == pytest.approx(float(best["objective"]), rel=1e-9)
    if "interval" in best:
        for parameter, (lo, hi) in best["interval"].items():
            assert float(lo) - 1e-6 <= found.parameters[parameter] <= float(hi) + 1e-6
    elif (name, norm) != ("softplus", "max"):  # there `a` is not determined in float64
        for parameter, value in best["parameters"].items():
            assert found.parameters[parameter] == pytest.approx(float(value), abs=1e-6)
            assert found.parameters[parameter] == pytest.approx(float(value), rel=1e-6)
        for field in FIELDS.values():
            assert getattr(found, field) == pytest.approx(float(best[field]), rel=1e-5)


@pytest.mark.parametrize("name", ["swish", "doubled", "hard", "hard-5", "shifted-swish"])
def test_the_alternation_is_that_of_the_reference(name: str) -> None:
    best, found = REFERENCES[name]["norms"]["max"], reference_fit(name, "max")
    wanted = [(float(point["x"]), float(point["error"])) for point in best["alternation"]]
    assert len(found.alternation) == len(wanted)
    for point, (x, error) in zip(found.alternation, wanted, strict=True):
        assert point.x == pytest.approx(x, abs=1e-5)
        assert point.error == pytest.approx(error, rel=1e-8)


def test_a_half_line_is_said_with_its_reason() -> None:
    found = fit("2x*sigmoid(a*x)")
    assert found.domain == (-math.inf, 0.0)
    (note,) = found.notes
    for part in ("whole line", "towards inf", "2*x", "like x", "x <= 0"):
        assert part in note
    mirrored = fit("-2x*sigmoid(-a*x)", "mish(-x)")
    assert mirrored.domain == (0.0, math.inf)
    assert "towards -inf" in notes(mirrored)
    assert "x >= 0" in notes(mirrored)
    assert mirrored.parameters["a"] == pytest.approx(found.parameters["a"], abs=1e-9)


# --- flat objectives: what the notes claim, and what they must not ---


def claimed_range(result: Fit, parameter: str) -> tuple[float, float]:
    """The range of a parameter that a note names: as a fact only where the optimum is proven."""
    proven = result.certificate is not None and result.certificate.optimality.value == "global"
    says = "is not determined:" if proven else "may not be determined: on samples,"
    pattern = rf"{parameter} {says} every value from (\S+) to (\S+) gives the same"
    found = re.search(pattern, notes(result))
    assert found is not None, result.notes
    return float(found[1]), float(found[2])


@pytest.mark.parametrize(("name", "norm"), [("swish", "l1"), ("aptx", "l1"), ("leaky", "max")])
def test_a_plateau_is_reported_with_its_ends(name: str, norm: str) -> None:
    ((parameter, (lo, hi)),) = REFERENCES[name]["norms"][norm]["interval"].items()
    ends = claimed_range(reference_fit(name, norm), parameter)
    assert ends == pytest.approx((float(lo), float(hi)), abs=2e-3)


def test_on_a_plateau_the_smallest_l2_error_decides() -> None:
    assert reference_fit("leaky", "max").parameters == pytest.approx(
        reference_fit("leaky", "l2").parameters, abs=1e-9
    )


def test_a_plateau_that_only_rounding_makes() -> None:
    found = reference_fit("softplus", "max")
    lo, hi = claimed_range(found, "a")
    assert lo < found.parameters["a"] < hi
    assert 15 < lo < 30
    assert found.parameters["b"] == pytest.approx(0.1557153030205, abs=1e-6)
    assert "b is" not in notes(found)


def test_a_plateau_without_end() -> None:
    found = fit("x*sigmoid(max(a, 2)*x)")
    assert claimed_range(found, "a") == (-math.inf, 2.0)
    assert found.max_error.value == pytest.approx(
        actx.compare("swish(x, 2)", "mish").rows[0].max_error.value
    )


WELL_POSED: list[tuple[str, str, str, str | None]] = [
    ("x*sigmoid(a*x)", "mish", "max", None),
    ("x*sigmoid(a*x)", "mish", "l2", None),
    ("x*clip(x+c,0,k)/k", "mish", "l1", None),
    ("x*clip(x+c,0,k)/k", "mish", "gauss", None),
    ("x*sigmoid(a*x+b)", "mish", "max", "-5:5"),
    ("x*sigmoid(a*x+b)", "mish", "l1", "-5:5"),
    ("swish", "hard-swish", "max", None),
    ("a if x < b else x", "mish", "gauss", None),
    ("relu(x) + a*exp(-x^2)", "mish", "l1", None),
]


@pytest.mark.parametrize(("template", "target", "norm", "domain"), WELL_POSED)
def test_no_note_where_all_is_well(
    template: str, target: str, norm: str, domain: str | None
) -> None:
    assert fit(template, target, norm=norm, domain=domain).notes == ()


def test_a_flat_minimum_of_fourth_order_is_determined() -> None:
    found = fit("x*sigmoid(a^2*x)", "x/2", domain="-1:1", norm="l2")
    assert found.parameters["a"] == pytest.approx(0, abs=1e-3)
    assert "not determined" not in notes(found)


# --- parameters without effect, and parameters that make up for each other ---


@pytest.mark.parametrize("template", ["x*sigmoid(a*x) + 0*c", "x*sigmoid(a*x + 0*c)"])
@pytest.mark.parametrize("norm", ["max", "l2"])
def test_a_parameter_without_effect_keeps_its_start(template: str, norm: str) -> None:
    found = fit(template, norm=norm, init={"c": 3.5})
    assert found.parameters["c"] == 3.5
    assert found.notes == ("c is not determined: the error does not depend on it.",)
    best = REFERENCES["swish"]["norms"][norm]["parameters"]["a"]
    assert found.parameters["a"] == pytest.approx(float(best), abs=1e-6)


def test_a_product_that_the_tails_tie() -> None:
    found = fit("a*b*x*sigmoid(c*x)")
    assert found.objective == pytest.approx(0.102314698717265, rel=1e-9)
    assert found.parameters["a"] * found.parameters["b"] == pytest.approx(1, abs=1e-15)
    assert found.parameters["c"] == pytest.approx(1.2525097921475, abs=1e-6)
    assert "a = 1/b" in notes(found)
    assert "b is not determined" in notes(found)
    assert "c is" not in notes(found)


def test_a_product_that_no_tail_ties() -> None:
    found = fit("a*b*x*sigmoid(c*x)", norm="l2", domain="-5:5")
    assert "a and b are not determined one by one" in notes(found)
    assert "c" not in re.findall(r"\w+", notes(found))
    single = fit("k*x*sigmoid(c*x)", norm="l2", domain="-5:5")
    assert single.notes == ()
    assert found.objective == pytest.approx(single.objective, rel=1e-9)
    product = found.parameters["a"] * found.parameters["b"]
    assert product == pytest.approx(single.parameters["k"], abs=1e-6)


def test_a_scale_inside_a_logarithm_is_an_offset() -> None:
    found = fit("log(a*x) + b", "sqrt(x)", domain="0.1:10", norm="l2")
    assert notes(found) == "a and b are not determined one by one: other values of them give " + (
        "the same curve."
    )


@pytest.mark.parametrize(
    ("template", "equation", "objective"),
    [
        ("(a+b)*x*sigmoid(c*x)", "a = 1 - b", 0.102314698717265),
        ("(alpha + tanh(beta*x))*gamma*x", "alpha = 1, gamma = 0.5", 0.102314698717265),
        ("x*sigmoid(c*x) + d*x", "d = 0", 0.102314698717265),
    ],
)
def test_what_the_tails_ask_for(template: str, equation: str, objective: float) -> None:
    found = fit(template)
    assert f"A finite error asks for {equation}, so that the tails match" in notes(found)
    assert found.objective == pytest.approx(objective, rel=1e-9)


def test_parameters_tied_by_a_tail_are_fitted_on() -> None:
    """(a + tanh(bx))·g·x has slope (a + 1)·g on the right: one freedom is left."""
    found = fit("(a + tanh(b*x))*g*x", domain="0:inf", norm="l2")
    a, b, g = (found.parameters[name] for name in "abg")
    assert (a + 1) * g == pytest.approx(1, abs=1e-14)

    x = np.linspace(0, 60, 60_001)

    def error(p: Array) -> float:
        e = (p[0] + np.tanh(p[1] * x)) / (1 + p[0]) * x - mish(x)
        return float(1e3 * simpson(e * e, x=x))

    free = minimize(error, [1.3, 0.8], method="Nelder-Mead", options={"xatol": 1e-8})
    assert found.objective == pytest.approx(math.sqrt(free.fun / 1e3), rel=1e-6)
    assert (a, b) == pytest.approx(tuple(free.x), abs=1e-3)
    assert actx.compare(found.formula, "mish", domain="0:inf").rows[0].l2_error == pytest.approx(
        found.objective, rel=1e-9
    )


def test_a_square_root_in_what_the_tails_ask_for() -> None:
    found = fit("b*x/sqrt(1 + a*x^2)", "tanh", norm="l2")
    assert "b = a^0.5" in notes(found)

    def square(x: float, a: float) -> float:
        return float((math.sqrt(a) * x / math.sqrt(1 + a * x * x) - math.tanh(x)) ** 2)

    def error(a: float) -> float:
        return float(sum(quad(square, *part, (a,), epsabs=1e-14)[0] for part in ((0, 9), (9, 1e5))))

    best = minimize_scalar(error, bounds=(0.5, 3), method="bounded", options={"xatol": 1e-9})
    assert found.parameters["a"] == pytest.approx(best.x, abs=1e-5)
    assert found.objective == pytest.approx(math.sqrt(2 * best.fun), rel=1e-8)


def test_a_slope_at_its_bound_lets_the_tails_match() -> None:
    found = fit("leaky-relu")
    assert (found.domain, found.parameters) == ((-math.inf, math.inf), {"slope": 0.0})
    assert "lower bound 0; the tails ask for it" in notes(found)


def test_an_exponent_that_only_its_start_matches() -> None:
    found = fit("exp(a*x) + b", "exp(x)")
    assert found.parameters == {"a": 1.0, "b": 0.0}
    assert found.objective == 0


def test_both_half_lines_would_do() -> None:
    found = fit("a*x")
    assert found.domain == (-math.inf, 0.0)
    assert "x >= 0 can be matched, too, on the domain 0:inf" in notes(found)
    assert fit("a*x", domain="0:inf").parameters == {"a": 1.0}


# --- bounds, starts, domains, and what cannot be done ---


def test_a_bound_that_is_hit() -> None:
    above = fit("x*sigmoid(a*x)", bounds={"a": (0.1, 1)})
    assert above.parameters == {"a": 1.0}
    assert notes(above) == "a is at its upper bound 1; without it the error may be smaller."
    below = fit("x*sigmoid(a*x)", norm="l2", bounds={"a": (2, 3)})
    assert below.parameters == {"a": 2.0}
    assert "lower bound 2" in notes(below)
    assert fit("swish", "10*relu(x)/10", norm="l2").parameters == {"beta": 100.0}  # the registry's


def test_a_bound_that_is_not_hit_changes_nothing() -> None:
    inside = fit("x*sigmoid(a*x)", bounds={"a": (1.2, 1.3)})
    assert inside.parameters["a"] == pytest.approx(1.2525097921475, abs=1e-9)
    assert inside.notes == ()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"init": {"a": 5}, "bounds": {"a": (0.1, 1)}},
            "The start a = 5 lies outside the bounds 0.1:1",
        ),
        ({"init": {"z": 5}}, "'z' is no free parameter"),
        ({"bounds": {"z": (0, 5)}}, "'z' is no free parameter"),
        ({"norm": "l3"}, "The norm is one of"),
    ],
)
def test_wrong_usage(options: Mapping[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        actx.fit("x*sigmoid(a*x)", **options)


@pytest.mark.parametrize("template", ["relu", "x*sigmoid(x)"])
def test_a_template_without_parameters(template: str) -> None:
    with pytest.raises(FitError, match="has no free parameter to fit"):
        actx.fit(template)


def test_all_parameters_set() -> None:
    with pytest.raises(FitError, match="has no free parameter to fit"):
        actx.fit("swish", set={"beta": 2})


@pytest.mark.parametrize(
    ("template", "target", "domain", "tail"),
    [
        ("2x*sigmoid(a*x)", "mish", "-inf:inf", "towards inf the template behaves like 2*x"),
        ("2x*sigmoid(a*x)", "mish", "0:inf", "towards inf the template behaves like 2*x"),
        ("exp(x) + a", "mish", "-5:inf", "like exp(x)"),
        ("x^2 + a", "mish", None, "like x^2"),
        ("elu", "mish", "-inf:inf", ""),
    ],
)
def test_tails_that_no_value_can_match(
    template: str, target: str, domain: str | None, tail: str
) -> None:
    norm = "l2" if template == "elu" else "max"
    with pytest.raises(FitError, match="No value of") as caught:
        actx.fit(template, target, domain=domain, norm=norm)
    assert tail in str(caught.value)
    assert "Give a finite domain" in str(caught.value)


def test_a_domain_that_is_given_is_kept() -> None:
    for domain in ("-3:5", "-inf:2", "1:inf"):
        found = fit("x*sigmoid(a*x)", norm="l2", domain=domain)
        lo, hi = (float(end) for end in domain.split(":"))
        assert found.domain == (lo, hi)
        assert "fit is made" not in notes(found)


def test_a_wide_domain_is_searched_to_its_ends() -> None:
    """sup|ax - (x + 1)| on [0, 10⁶] is at least 1, at x = 0, and the far end lets a vary."""
    found = fit("a*x", "x + 1", domain="0:1e6")
    assert found.objective == pytest.approx(1, rel=1e-12)
    assert 1 <= found.parameters["a"] <= 1 + 2e-6
    least = fit("a*x", "x + 1", domain="0:1e6", norm="l2").parameters["a"]
    assert least == pytest.approx(1 + 1.5e-6, abs=1e-12)  # ∫x(ax - x - 1) = 0


# --- optima at infinity ---


@pytest.mark.parametrize(
    ("norm", "size_at_1", "power"), [("max", math.log(2), 1), ("l2", 0.77526024765, 1.5)]
)
def test_a_parameter_that_runs_away(norm: str, size_at_1: float, power: float) -> None:
    """The error is size_at_1·a^-power: for l2 the square of size_at_1 is ζ(3)/2."""
    found = fit("softplus(a*x)/a", "relu", norm=norm)
    (note,) = found.notes
    assert "a grows without end: the best is relu" in note
    assert found.endless == ("a",)
    assert found.parameters["a"] >= 1e5
    expected = size_at_1 * found.parameters["a"] ** -power
    assert found.objective == pytest.approx(expected, rel=1e-9)


@pytest.mark.long
def test_one_that_runs_away_more_slowly() -> None:
    found = fit("x*sigmoid(a*x)", "softplus(50x)/50", norm="l1")
    assert "a grows without end" in notes(found)
    assert found.objective == pytest.approx(math.pi**2 / 15000, rel=1e-7)


# --- the registry's values beside a fit ---


@pytest.mark.parametrize(
    ("template", "name", "values"),
    [
        ("2x*sigmoid(a*x)", "linear-swish", {"a": 1.25}),
        ("2x*sigmoid(k*x) if x <= 0 else x", "linear-swish", {"k": 1.25}),
        ("x*(1 + tanh(a*x/2))/2", "swish", {"a": 1.0}),
        ("x/(1 + exp(-b*x))", "swish", {"b": 1.0}),
        ("(α + tanh(βx))·γ·x", "aptx", {"alpha": 1.0, "beta": 1.0, "gamma": 0.5}),
        ("aptx", "aptx", {"alpha": 1.0, "beta": 1.0, "gamma": 0.5}),
    ],
)
def test_the_registry_stands_beside(template: str, name: str, values: dict[str, float]) -> None:
    found = fit(template)
    (column,) = [v for v in found.variants if v.label == f"registry: {name}"]
    assert column.parameters == values
    domain = found.domain
    row = actx.compare(actx.formula(name), "mish", domain=domain).rows[0]
    assert column.max_error.value == pytest.approx(row.max_error.value, rel=1e-12)
    assert column.l1_error == pytest.approx(row.l1_error, rel=1e-9)
    assert column.max_error.value >= found.max_error.value


def test_parameters_that_are_set_as_in_the_registry() -> None:
    labels = [v.label for v in fit("aptx", set={"alpha": 1, "gamma": 0.5}).variants]
    assert "registry: aptx" in labels
    other = fit("aptx", norm="gauss", set={"alpha": 0.9})
    assert not [v for v in other.variants if v.label.startswith("registry")]


def test_nothing_stands_beside_what_only_looks_alike() -> None:
    for template in ("x*sigmoid(2*a*x)", "2x*sigmoid(a*x) if x <= 0.1 else x"):
        assert not [v for v in fit(template).variants if v.label.startswith("registry")]


# --- against objectives written anew ---


def mish(x: Any) -> Any:
    return x * np.tanh(np.logaddexp(0, x))


def sigmoid(u: Any) -> Any:
    return 0.5 * (1 + np.tanh(u / 2))


GRID = np.unique(np.concatenate([np.linspace(-14, 14, 5601), np.linspace(-60, 60, 601)]))
WEIGHTS = np.gradient(GRID)
Template = Callable[..., Array]


def own_objective(template: Template, target: Array, norm: str) -> Callable[[Array], float]:
    """The norm on a fixed grid: some 1e-5 near the true one."""

    def value(p: Array) -> float:
        with np.errstate(all="ignore"):
            e = np.abs(template(GRID, *p) - target)
            if norm == "max":
                return float(np.nan_to_num(e.max(), nan=1e9))
            density = np.exp(-(GRID**2) / 2) / math.sqrt(2 * math.pi) if norm == "gauss" else 1.0
            power = 1 if norm == "l1" else 2
            return float(
                np.nan_to_num(np.sum(WEIGHTS * density * e**power), nan=1e9) ** (1 / power)
            )

    return value


OWN: list[tuple[str, str, Template, Array, tuple[float, ...]]] = [
    (
        "relu(x) - relu(a - b*abs(x - c))",
        "mish",
        lambda x, a, b, c: np.maximum(x, 0) - np.maximum(a - b * np.abs(x - c), 0),
        mish(GRID),
        (0.3, 0.1, -1.0),
    ),
    (
        "max(b, x*clip(x + c, 0, k)/k)",
        "mish",
        lambda x, b, c, k: np.maximum(b, x * np.clip(x + c, 0, k) / k),
        mish(GRID),
        (-0.2, 4.0, 6.0),
    ),
    (
        "0 if x < p else (a*x if x < q else x)",
        "mish",
        lambda x, p, a, q: np.where(x < p, 0, np.where(x < q, a * x, x)),
        mish(GRID),
        (-2.0, 0.3, 0.2),
    ),
    (
        "swish",
        "hard-swish",
        lambda x, beta: x * sigmoid(beta * x),
        GRID * np.clip(GRID + 3, 0, 6) / 6,
        (0.7,),
    ),
]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("case", OWN, ids=[case[0] for case in OWN])
def test_nothing_better_is_found_from_outside(case: Any) -> None:
    template, target, function, values, start = case
    found = fit(template, target)
    columns = {"max": found} | {v.label.removeprefix("best "): v for v in found.variants}
    for norm in NORMS:
        size_at = own_objective(function, values, norm)
        mine = np.array([columns[norm].parameters[name] for name in _in_order(function)])
        assert size_at(mine) == pytest.approx(size(columns[norm], norm), rel=2e-3)
        for p in (start, tuple(mine)):
            other = minimize(size_at, p, method="Nelder-Mead", options={"maxfev": 300})
            assert other.fun >= size_at(mine) * (1 - 2e-3), (norm, other.x)


def _in_order(function: Template) -> tuple[str, ...]:
    return function.__code__.co_varnames[1 : function.__code__.co_argcount]


# --- templates that jump, free breakpoints, and other shapes ---


def test_a_jump_finds_its_place() -> None:
    """With 0 on the left and x on the right, |e| is least where mish(b) = b/2."""
    half = 0.5 * math.log(3)  # tanh(softplus(b)) = 1/2
    b = math.log(math.expm1(half))
    for norm in ("l1", "l2", "gauss"):
        found = fit("0 if x < b else x", norm=norm)
        assert found.parameters["b"] == pytest.approx(b, abs=1e-6)
        assert found.notes == ()


def test_a_jump_whose_place_the_largest_error_leaves_open() -> None:
    lo, hi = claimed_range(fit("0 if x < b else x"), "b")
    top = 0.308843413017  # -min(mish), at -1.19: the error there decides
    assert lo - mish(lo) == pytest.approx(-top, abs=1e-3)
    assert mish(hi) == pytest.approx(top, abs=1e-3)


def test_a_step_that_is_the_target_itself() -> None:
    found = fit("a if x < b else x", "relu", domain="-2:2", norm="l2")
    assert found.parameters == {"a": 0.0, "b": 0.0}
    assert found.objective == 0


@pytest.mark.parametrize("norm", ["max", "l1"])
@pytest.mark.parametrize(
    ("template", "target", "values"),
    [
        ("x*clip(x + c, 0, k)/k", "hard-swish", {"c": 3.0, "k": 6.0}),
        ("x*sigmoid(a*x)", "x*sigmoid(3x)", {"a": 3.0}),
        ("softplus(a*x)/a", "softplus(50x)/50", {"a": 50.0}),
        ("a*tanh(b*x) + c", "sigmoid", {"a": 0.5, "b": 0.5, "c": 0.5}),
        ("lerp(mish(x), relu(x), t)", "mish", {"t": 0.0}),
    ],
)
def test_a_template_that_holds_the_target(
    template: str, target: str, values: dict[str, float], norm: str
) -> None:
    found = fit(template, target, norm=norm)
    assert found.parameters == values
    assert found.objective == 0


def test_a_bent_valley_is_followed_to_infinity() -> None:
    """a·softplus(b·x) + c comes as near to relu as one likes while b grows and a·b stays 1."""
    found = actx.fit("a*softplus(b*x) + c", "relu", domain="-4:4")
    assert found.objective < 1e-6
    assert found.parameters["a"] * found.parameters["b"] == pytest.approx(1, abs=1e-5)
    assert "b grows without end" in notes(found)


def test_one_parameter_is_not_exchanged_for_others() -> None:
    found = actx.fit("a*relu(x) + b*tanh(c*x)", "gelu", domain="-4:4")
    assert "not determined one by one" not in notes(found) or " and " in notes(found)
    # with c towards 0 the second term is k·x, and a·relu(x) + k·x is linear in a and k
    limit = actx.fit("a*relu(x) + k*x", "gelu", domain="-4:4").objective
    assert limit <= found.objective < limit * (1 + 1e-4)


def test_a_part_without_parameters() -> None:
    """The slope of sigmoid(x) + a is the same for every a: 1/4 at 0, where that of tanh is 1."""
    found = actx.fit("sigmoid(x) + a", "tanh", of="both")
    assert found.objective == pytest.approx(0.75, rel=1e-12)


def test_one_flat_peak_is_one_point() -> None:
    """At 0 the slopes differ by 1/10 whatever a is; only at a = 2·mish''(0) is that a peak."""
    found = actx.fit("x*sigmoid(a*x)", of="slope")
    assert found.parameters["a"] == pytest.approx(1.28, abs=1e-7)
    assert found.objective == pytest.approx(0.1, rel=1e-12)
    assert found.certificate is not None
    assert found.certificate.points == 1
    assert found.certificate.optimality.value == "global"


def test_a_start_that_is_given_is_gone_from() -> None:
    """A deep valley with high walls, beside a low plain, is found from a start on its wall."""
    template = "mish(x) + (1 if a < 1 else 1000*abs(a - 5.5123))"
    found = actx.fit(template, init={"a": 5.2})
    assert found.parameters["a"] == pytest.approx(5.5123, abs=1e-9)
    assert found.objective < 1e-6


def test_a_corner_of_the_l1_error() -> None:
    """Right of 0 the template can be the target: there the l1 error has a corner at b = 2."""
    template = "x*sigmoid(a*x) if x < 0 else x*sigmoid(b*x)"
    found = fit(template, "mish(x) if x < 0 else x*sigmoid(2x)", norm="l1")
    assert found.parameters["b"] == pytest.approx(2, abs=1e-9)
    left = fit("x*sigmoid(a*x)", norm="l1", domain="-inf:0").parameters["a"]
    assert found.parameters["a"] == pytest.approx(left, abs=1e-6)


def test_minimax_polynomials() -> None:
    """The cubic for exp on [-1, 1]: its error is known (Cheney, 1966; remez gives the same)."""
    found = fit("a*x^3 + b*x^2 + c*x + d", "exp(x)", domain="-1:1")
    assert found.objective == pytest.approx(0.005528370108, rel=1e-8)
    assert len(found.alternation) == 5
    signs = [math.copysign(1, point.error) for point in found.alternation]
    assert signs == [-s for s in signs[1:]] + [signs[-1]]


def test_algebraic_tails_count_to_infinity() -> None:
    """squareplus - softplus is b/(4|x|) far out; optimum and value from mpmath."""
    found = fit("squareplus", "softplus", norm="l2")
    assert found.parameters["b"] == pytest.approx(1.242015722598200, abs=1e-6)
    assert found.objective == pytest.approx(0.281669973716177, rel=1e-9)


def test_a_constant_tail_decides_the_largest_error() -> None:
    """a·x/(1 + |x|) tends to a where tanh tends to 1: the best a balances that with the inside."""
    found = fit("a*x/(1 + abs(x))", "tanh")

    def largest(a: float) -> float:
        x = np.linspace(0, 40, 200_001)
        return max(abs(a - 1), float(np.max(np.abs(a * x / (1 + x) - np.tanh(x)))))

    best = minimize_scalar(largest, bounds=(1, 2), method="bounded", options={"xatol": 1e-9})
    assert found.parameters["a"] == pytest.approx(best.x, abs=1e-6)


def test_a_switch_that_is_not_linear() -> None:
    found = fit("1 if x^2 < a else 0", "exp(-x^2)", norm="l1")
    assert found.parameters["a"] == pytest.approx(math.log(2), abs=1e-6)  # exp(-a) = 1/2


def test_a_removable_gap_is_no_obstacle() -> None:
    found = fit("sin(a*x)/x", "cos(x)", domain="-2:2")

    def largest(a: float) -> float:
        x = np.linspace(-2, 2, 40_000)  # without 0
        return float(np.max(np.abs(np.sin(a * x) / x - np.cos(x))))

    best = minimize_scalar(largest, bounds=(1, 2), method="bounded", options={"xatol": 1e-9})
    assert found.parameters["a"] == pytest.approx(best.x, abs=1e-4)


def test_the_formula_is_text_that_reads_back() -> None:
    for template in ("(α + tanh(βx))·γ·x", "x*clip(x+c,0,k)/k", "a*b*x*sigmoid(c*x)"):
        found = fit(template, norm="l2")
        row = actx.compare(found.formula, "mish", domain=found.domain).rows[0]
        assert row.l2_error == pytest.approx(found.objective, rel=1e-9)
        assert row.max_error.value == pytest.approx(found.max_error.value, rel=1e-9)


def test_greek_and_english_names_are_one() -> None:
    found = fit("x*sigmoid(β*x)", init={"β": -1}, bounds={"beta": (-2, 1.5)})
    assert found.parameters["beta"] == pytest.approx(1.2525097921475, abs=1e-6)


def test_a_user_registry_is_the_template(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(
        '[gate]\nformula = "x*clip(x + c, 0, k)/k"\n'
        "parameters = { c = { default = 3, lower = 0.5, upper = 2 }, k = 5 }\n",
        encoding="utf-8",
    )
    # the default lies outside the bounds: an error of the file's, told when it is read
    with pytest.raises(actx.ActxError, match="gate"):
        actx.fit("gate", registry=actx.load_registry(file))
    file.write_text(file.read_text("utf-8").replace("default = 3", "default = 1"), "utf-8")
    found = actx.fit("gate", registry=actx.load_registry(file), norm="l2", variants=True)
    assert found.parameters["c"] == 2.0
    assert "c is at its upper bound 2" in notes(found)
    assert [v for v in found.variants if v.label == "registry: gate"]


def test_every_finite_norm_stands_beside_the_fit() -> None:
    """Where the tails leave two norms finite, the other one is shown."""
    found = fit("x*sigmoid(a*x) + 1")
    assert [variant.label for variant in found.variants] == ["best gauss"]
    assert found.l2_error == math.inf


@pytest.mark.parametrize(
    ("template", "target", "domain"),
    [
        ("a*x^(-1e15)/expm1(x) + b*gelu(x*x)", "log1p(x*x)", "0:1"),
        ("a*tanh(2x) + b*sinh(x)", "x", "1e15:1e18"),
    ],
)
def test_what_is_beyond_numbers_is_said(template: str, target: str, domain: str) -> None:
    with pytest.raises(FitError, match="beyond what numbers hold"):
        actx.fit(template, target, domain=domain, budget=1)
