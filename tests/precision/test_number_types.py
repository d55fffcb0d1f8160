"""Number types: rounding, values, the errors of formulas computed in a type, int8."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import oracle
import pytest
from commands import refused, run, run_json
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

import actx
from actx.analysis.explore import function_of
from actx.analysis.type_results import Quantisation, TypeErrors
from actx.core.domain import WHOLE_LINE, Domain
from actx.core.errors import DomainError, UsageError
from actx.language.operations import OPERATIONS
from actx.precision.exact import Exact
from actx.precision.exhaustive import exhaust
from actx.precision.number_types import NUMBER_TYPES, NumberType
from actx.precision.quantisation import best_quantiser, covering, dequantised
from actx.precision.rounding import implementation
from actx.precision.tally import case_of, numbers, tally
from actx.precision.typed_errors import type_errors

FLOAT16, BFLOAT16, FLOAT32 = NUMBER_TYPES.values()
FORMULAS = ["mish", "mish-one-exp", "hard-mish", "gelu", "elu", "x*0.1", "x^3", "sqrt(abs(x))"]


def in_type(formula: str, kind: NumberType, x: Any) -> Any:
    """The formula computed in a type at numbers of the type."""
    program = implementation(actx.formula(formula).bound, kind)
    with np.errstate(all="ignore"):
        return np.asarray(program(kind.round(np.asarray(x, dtype=np.float64)))[0], dtype=np.float64)


def every(kind: NumberType) -> Any:
    within = numbers(kind, WHOLE_LINE)
    return within.at(np.arange(within.start, within.stop)).astype(np.float64)


def measured(formula: str, target: str = "mish", dtype: str = "float16", **more: Any) -> TypeErrors:
    found = actx.compare(formula, target, dtype=dtype, budget=None, **more).rows[0].dtype
    assert isinstance(found, TypeErrors)
    return found


# The types


def test_float16_is_ieee() -> None:
    patterns = np.arange(FLOAT16.patterns)
    expected = patterns.astype(np.uint16).view(np.float16).astype(np.float64)
    assert np.array_equal(FLOAT16.magnitudes(patterns), expected)
    assert FLOAT16.largest == np.finfo(np.float16).max
    assert FLOAT16.quantum == np.finfo(np.float16).smallest_subnormal


def test_bfloat16_is_the_upper_half_of_float32() -> None:
    patterns = np.arange(BFLOAT16.patterns)
    expected = (patterns.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    assert np.array_equal(BFLOAT16.magnitudes(patterns), expected)


@pytest.mark.parametrize("kind", NUMBER_TYPES.values(), ids=NUMBER_TYPES)
def test_finite_numbers_are_all_there(kind: NumberType) -> None:
    within = numbers(kind, WHOLE_LINE)
    exponents = {"float16": 31, "bfloat16": 255, "float32": 255}[kind.name]
    assert within.stop - within.start == 2 * exponents * 2 ** (kind.precision - 1)
    ends = within.at(np.array([within.start, -1, 0, within.stop - 1]))
    assert ends.tolist() == [-kind.largest, 0, 0, kind.largest]
    assert np.signbit(ends).tolist() == [True, True, False, False]


@settings(deadline=None)
@given(value=st.floats(width=64), kind=st.sampled_from([FLOAT16, FLOAT32]))
def test_rounding_is_that_of_numpy(value: float, kind: NumberType) -> None:
    dtype = {16: np.float16, 32: np.float32}[kind.bits]
    with np.errstate(all="ignore"):
        expected = np.float64(np.array(value).astype(dtype))
    ours = np.float64(kind.round(np.array(value)))
    assert np.array_equal(ours, expected, equal_nan=True)
    assert math.isnan(value) or np.signbit(ours) == np.signbit(expected)


@settings(deadline=None)
@given(value=st.floats(-1e39, 1e39), kind=st.sampled_from([FLOAT16, BFLOAT16]))
def test_rounding_gives_the_nearest_number(value: float, kind: NumberType) -> None:
    """By the definition: no number of the type is nearer, and of two the even one is taken."""
    ours = float(kind.round(np.array(value)))
    if math.isinf(ours):
        assert abs(value) >= kind.largest + 2.0 ** (kind.emax - kind.precision)
        return
    pattern = kind.pattern(abs(ours))
    around = [kind.largest * (1 + 2.0 ** (1 - kind.precision))] * 3
    known = kind.magnitudes(np.arange(max(pattern - 1, 0), min(pattern + 2, kind.patterns)))
    around[: known.size] = known.tolist()
    distance = abs(abs(ours) - abs(value))
    assert distance == min(abs(near - abs(value)) for near in around)
    if sum(abs(near - abs(value)) == distance for near in set(around)) > 1:
        assert pattern % 2 == 0


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        (Domain(1, 1.0015), [1, 1.0009765625]),
        (Domain(-1.0015, -1), [-1.0009765625, -1]),
        (Domain(-1e-8, 6e-8), [-0.0, 0.0, 2.0**-24]),
        (Domain(65503, 1e9), [65504]),
    ],
)
def test_numbers_of_a_domain(domain: Domain, expected: list[float]) -> None:
    within = numbers(FLOAT16, domain)
    assert within.at(np.arange(within.start, within.stop)).tolist() == expected


def test_a_domain_between_two_numbers_is_refused() -> None:
    for domain in (Domain(1.0001, 1.0002), Domain(-1.0002, -1.0001), Domain(1e6, 1e7)):
        with pytest.raises(DomainError, match="No finite float16 number"):
            numbers(FLOAT16, domain)


def test_ulp_is_the_distance_of_neighbours() -> None:
    x = np.geomspace(1e-7, 6e4, 500)
    assert np.array_equal(FLOAT16.ulp(x), np.spacing(_down(x)).astype(np.float64))


def _down(x: Any) -> Any:
    """float16 numbers towards zero."""
    near = x.astype(np.float16)
    return np.where(near.astype(np.float64) > x, np.nextafter(near, np.float16(0)), near)


# Computing in a type


FIXED = [n for n, row in OPERATIONS.items() if row.ulps == 0 and not row.is_condition]
RIGHT = [n for n, row in OPERATIONS.items() if row.ulps == 0.5]


@pytest.mark.parametrize("name", FIXED)
def test_what_is_said_to_round_nothing_gives_an_argument_or_a_whole_number(name: str) -> None:
    args = np.random.default_rng(5).normal(size=(3, 500)).astype(np.float16)
    args[0, :3] = 0
    found = OPERATIONS[name].at(*args[: OPERATIONS[name].arity])
    known = np.stack([*args, *-args])
    whole = np.asarray(found, dtype=np.float64) % 1 == 0
    assert ((found == known).any(axis=0) | whole).all()


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_said_to_be_right_is_rounded_once_by_numpy(name: str) -> None:
    args = np.abs(np.random.default_rng(6).normal(size=(2, 2000))).astype(np.float16)
    args = args[: OPERATIONS[name].arity]
    with np.errstate(over="ignore", divide="ignore"):
        wide = OPERATIONS[name].at(*args.astype(np.float64)).astype(np.float16)
        assert (OPERATIONS[name].at(*args) == wide).all()


@pytest.mark.parametrize(
    "formula", ["x*0.1", "(x + 3)*x/5", "x*max(min(x + 2, 2), 0)/2", "1/x - x"]
)
def test_basic_operations_are_those_of_numpy_float16(formula: str) -> None:
    """NumPy computes them in float32 and rounds, which is right for these."""
    x = every(FLOAT16).astype(np.float16)
    h = np.float16
    with np.errstate(all="ignore"):
        expected = {
            "x*0.1": lambda: x * h(0.1),
            "(x + 3)*x/5": lambda: (x + h(3)) * x / h(5),
            "x*max(min(x + 2, 2), 0)/2": lambda: x * np.clip(x + h(2), h(0), h(2)) / h(2),
            "1/x - x": lambda: h(1) / x - x,
        }[formula]()
    ours = in_type(formula, FLOAT16, x)
    assert np.array_equal(ours, expected.astype(np.float64), equal_nan=True)


TORCH: dict[str, Callable[[Any, Any], Any]] = {
    "x*0.1": lambda torch, x: x * torch.tensor(0.1, dtype=x.dtype),
    "x*relu5(x + 3)/5": lambda torch, x: x * torch.clamp(x + 3, 0, 5) / 5,
    "x*sigmoid(x)": lambda torch, x: x * torch.sigmoid(x),
    "x*tanh(log1p(exp(x)))": lambda torch, x: x * torch.tanh(torch.log1p(torch.exp(x))),
    "x*(exp(x)*(exp(x) + 2)/(exp(x)*(exp(x) + 2) + 2))": lambda torch, x: (
        x * (torch.exp(x) * (torch.exp(x) + 2) / (torch.exp(x) * (torch.exp(x) + 2) + 2))
    ),
}


@pytest.mark.parametrize("kind", [FLOAT16, BFLOAT16], ids=lambda kind: kind.name)
@pytest.mark.parametrize("formula", TORCH)
def test_formulas_are_computed_as_torch_computes_them(formula: str, kind: NumberType) -> None:
    """Operation by operation in the type; an elementary function may be off in its last place."""
    torch = pytest.importorskip("torch")
    x = every(kind)
    given = torch.tensor(x).to(getattr(torch, kind.name))
    theirs = TORCH[formula](torch, given).to(torch.float64).numpy()
    if "log1p" in formula:
        # actx reads it as softplus, which it computes as one operation; so spell it out
        tree = actx.formula("x*tanh(log1p(exp(x)))").tree
        program = implementation(tree, kind)
        with np.errstate(all="ignore"):
            ours = program(x)[0]
    else:
        ours = in_type(formula, kind, x)
    assert np.array_equal(np.isfinite(ours), np.isfinite(theirs))
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    assert np.mean(same) > 0.999


@settings(max_examples=60, deadline=None)
@given(
    formula=st.sampled_from(FORMULAS),
    kind=st.sampled_from(list(NUMBER_TYPES.values())),
    x=st.floats(-30, 30),
)
def test_exact_values_are_those_of_mpmath(formula: str, kind: NumberType, x: float) -> None:
    tree = actx.formula(formula).bound
    exact = Exact(tree, function_of(tree, WHOLE_LINE), kind)
    x = float(kind.round(np.array(x)))
    with mp.workdps(300):
        expected = oracle.value(tree, x)
        value, off = exact.careful(np.array([x]))
        assert abs(mp.mpf(value[0]) - expected) <= min(off[0] + 1e-300, kind.ulp(value)[0] / 256)
        value, _ = exact.quick(np.array([x]))
        assert abs(mp.mpf(value[0]) - expected) <= kind.ulp(value)[0] / 256


def test_exact_values_where_float64_breaks_down() -> None:
    """inf/inf far out by the tail, cancellation by balls, a pole as no value."""
    x = np.array([400.0, 60000.0])
    tree = actx.formula("mish-one-exp").bound
    for kind in NUMBER_TYPES.values():
        exact = Exact(tree, function_of(tree, WHOLE_LINE), kind)
        assert exact.careful(x)[0].tolist() == exact.quick(x)[0].tolist() == x.tolist()
    tree = actx.formula("(1 + x) - 1 + 1e-9*(exp(x)*exp(-x) - 1)").bound
    exact = Exact(tree, function_of(tree, Domain(-1, 1)), FLOAT16)
    tiny = np.array([2.0**-24, 3 * 2.0**-24])
    assert np.abs(exact.careful(tiny)[0] - tiny).max() <= 2.0**-32
    tree = actx.formula("1/x").bound
    found = Exact(tree, function_of(tree, Domain(-1, 1)), FLOAT16).careful(np.array([-1.0, 0, 1]))
    assert np.isnan(found[0][1])
    assert found[0][[0, 2]].tolist() == [-1, 1]


# Errors in a type


def test_relu_is_exact_in_every_type() -> None:
    for name in NUMBER_TYPES:
        found = measured("relu", "relu", name)
        assert found.rounding_error is not None
        assert found.rounding_error.value == found.max_error.value == 0  # type: ignore[union-attr]
        assert (found.breaks, found.unknown) == ((), 0)


def test_a_product_with_a_constant_has_two_roundings() -> None:
    """x*0.1 in float16: the constant's error and that of the product, by NumPy's own float16."""
    found = measured("x*0.1", "x*0.1")
    x = every(FLOAT16)
    theirs = (x.astype(np.float16) * np.float16(0.1)).astype(np.float64)
    exact = x / 10
    assert found.exhaustive
    assert found.values == 63_488
    assert found.formula_error is not None
    assert found.formula_error.value == 0
    assert found.rounding_error is not None
    assert found.rounding_error.value == pytest.approx(np.abs(theirs - exact).max(), rel=1e-12)
    assert found.rounding_ulps is not None
    ulps = np.abs(theirs - exact) / FLOAT16.ulp(exact)
    assert found.rounding_ulps.value == pytest.approx(ulps.max(), rel=1e-9)


def test_mish_with_one_exponential_breaks_in_float16() -> None:
    """n = e^x(e^x + 2) is beyond 65504 from x = 5.54 on, and inf/inf is NaN."""
    found = measured("mish-one-exp")
    assert found.formula_error is not None
    assert found.formula_error.value == 0
    (broken,) = found.breaks
    with mp.workdps(30):
        limit = float(mp.log(mp.sqrt(65520) - 1))  # e^x(e^x + 2) = (e^x + 1)^2 - 1
    assert (broken.gives, broken.last) == ("nan", 65504)
    assert broken.first == pytest.approx(limit, abs=0.01)
    assert broken.count == 13_941
    assert measured("mish").breaks == ()


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_it_breaks_later_in_wider_types(dtype: str) -> None:
    (broken,) = measured("mish-one-exp", dtype=dtype).breaks
    assert broken.gives == "nan"
    assert broken.first == pytest.approx(128 * math.log(2) / 2, abs=0.3)


def test_where_float32_breaks_is_found_to_the_number() -> None:
    (broken,) = measured("mish-one-exp", dtype="float32").breaks
    below = np.nextafter(np.float32(broken.first), np.float32(0))
    assert np.isfinite(in_type("mish-one-exp", FLOAT32, below))
    assert np.isnan(in_type("mish-one-exp", FLOAT32, broken.first))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("formula", ["hard-mish", "swish", "linear-swish", "gelu"])
def test_errors_by_a_plain_loop(formula: str, dtype: str) -> None:
    """The same numbers once more, by float64 alone, near 0 where float64 does."""
    kind = NUMBER_TYPES[dtype]
    found = measured(formula, dtype=dtype, domain=(-20, 20))
    x = every(kind)
    x = x[np.abs(x) <= 20]
    computed, exact = in_type(formula, kind, x), actx.formula(formula)(x)
    target = actx.formula("mish")(x)
    for error, expected in (
        (found.max_error, computed - target),
        (found.formula_error, exact - target),
        (found.rounding_error, computed - exact),
    ):
        assert error is not None
        assert error.value == pytest.approx(np.abs(expected).max(), rel=1e-9)
        assert abs(expected[x == error.x][0]) == pytest.approx(error.value, rel=1e-9)
    assert found.values == x.size


def test_infinite_stretches_tell_what_comes_out() -> None:
    """13104*5 is 65520, half a step beyond the largest number, which is rounded to infinity."""
    (broken,) = measured("x*5/5", "x").breaks[-1:]
    assert (broken.gives, broken.first, broken.last) == ("inf", 13104, 65504)
    first = measured("x*5/5", "x").breaks[0]
    assert (first.gives, first.first, first.last) == ("-inf", -65504, -13104)


def test_overflow_that_is_right_is_no_break() -> None:
    assert measured("exp(x)", "exp(x)", domain=(0, 100)).breaks == ()


def test_a_sample_of_float32_holds_the_worst_of_all_near_it() -> None:
    """On a domain small enough to look at every number."""
    domain = Domain(0.9, 1.1)
    tree, target = actx.formula("swish").bound, actx.formula("mish").bound
    sampled = type_errors(tree, target, FLOAT32, domain)
    full = type_errors(tree, target, FLOAT32, domain, exhaustive=True)
    assert (sampled.exhaustive, full.exhaustive) == (False, True)
    assert full.values == numbers(FLOAT32, domain).stop - numbers(FLOAT32, domain).start
    for name in ("max_error", "formula_error", "rounding_error", "rounding_ulps"):
        little, much = getattr(sampled, name).value, getattr(full, name).value
        assert 0.9 * much <= little <= much * (1 + 1e-12)


def test_processes_count_as_one() -> None:
    """What the processes find together is what one pass finds."""
    domain = Domain(0.5, 1.5)
    tree, target = actx.formula("mish-one-exp").bound, actx.formula("mish").bound
    case, within = case_of(tree, target, FLOAT32, domain), numbers(FLOAT32, domain)
    told: list[tuple[int, int]] = []
    found = exhaust(case, within, domain, lambda done, total, what: told.append((done, total)))
    x = within.at(np.arange(within.start, within.stop))
    computed = in_type("mish-one-exp", FLOAT32, x)
    exact = actx.formula("mish-one-exp")(x.astype(np.float64))
    assert found.count == x.size
    assert found.worst["rounding"].value == pytest.approx(np.abs(computed - exact).max(), rel=1e-9)
    assert told[-1][0] == told[-1][1] == len(told) > 1


def test_tallies_join() -> None:
    tree, target = actx.formula("mish-one-exp").bound, actx.formula("mish").bound
    case, within = case_of(tree, target, FLOAT16, WHOLE_LINE), numbers(FLOAT16, WHOLE_LINE)
    from actx.precision.tally import Tally, careful_values

    places = np.arange(within.start, within.stop)
    values = careful_values(case, within, places)
    whole = tally(FLOAT16, values)
    joined = Tally()
    for part in np.array_split(np.arange(places.size), 7):
        joined = joined.joined(tally(FLOAT16, values.where(part)))
    assert joined == whole


def test_no_warnings_where_values_are_lost() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = measured("1/x", "x", domain=(0, 10))
    assert found.unknown == 2  # +0 and -0


# int8


@settings(deadline=None)
@given(st.floats(0.01, 100), st.floats(0.01, 100))
def test_the_input_range_is_covered_and_zero_is_exact(below: float, above: float) -> None:
    given = covering(Domain(-below, above))
    lo, hi = (given.scale * (q - given.zero_point) for q in (-128, 127))
    assert lo <= -below + 0.51 * given.scale
    assert hi >= above - 0.51 * given.scale
    assert given.scale == pytest.approx((below + above) / 255)


@pytest.mark.parametrize("formula", ["mish", "sigmoid", "relu", "tanh", "-x^2"])
def test_no_scale_and_zero_point_are_better(formula: str) -> None:
    """Against every zero point with a fine grid of scales."""
    y = actx.formula(formula)(np.linspace(-6, 6, 256))
    found = best_quantiser(y)
    ours = np.abs(dequantised(found, y) - y).max()
    zero_points = np.arange(-128, 128)[:, None]
    best = math.inf
    for scale in found.scale * np.linspace(0.9, 1.15, 400):
        q = np.clip(np.rint(y / scale) + zero_points, -128, 127)
        best = min(best, np.abs((q - zero_points) * scale - y).max(axis=1).min())
    assert ours <= best * (1 + 1e-9)


def test_errors_of_int8_by_a_plain_table() -> None:
    found = actx.compare("hard-mish", "mish", dtype="int8", input_range="-6:6").rows[0].dtype
    assert isinstance(found, Quantisation)
    x = found.input.scale * (np.arange(-128, 128) - found.input.zero_point)
    f = x * np.clip(x + 3, 0, 5) / 5
    g = x * np.tanh(np.logaddexp(0, x))
    q = np.clip(np.rint(f / found.output.scale) + found.output.zero_point, -128, 127)
    y = (q - found.output.zero_point) * found.output.scale
    assert found.max_error.value == pytest.approx(np.abs(y - g).max(), rel=1e-12)
    assert found.formula_error.value == pytest.approx(np.abs(f - g).max(), rel=1e-12)
    assert found.rounding_error.value == pytest.approx(np.abs(y - f).max(), rel=1e-12)
    assert found.mean_error == pytest.approx(np.abs(y - g).mean(), rel=1e-12)
    assert found.rounding_error.value <= found.output.scale / 2
    assert found.overall_error.value >= found.max_error.value


def test_a_relu_on_a_range_that_it_keeps_is_exact_in_int8() -> None:
    found = actx.compare("relu", "relu", dtype="int8", input_range="-6:6").rows[0].dtype
    assert isinstance(found, Quantisation)
    assert found.max_error.value < 1e-15


def test_a_range_without_zero_is_widened_and_a_note_says_so() -> None:
    found = actx.compare("mish", "mish", dtype="int8", input_range=(1, 3)).rows[0].dtype
    assert isinstance(found, Quantisation)
    assert found.input_range == (1, 3)
    assert "0:3" in found.notes[0]
    assert found.formula_error.value == 0


# The command


def test_json_has_a_block_in_each_row() -> None:
    result = run_json("compare", "mish-one-exp", "hard-mish", "mish", "--dtype", "float16")
    blocks = {row["name"]: row["dtype"] for row in result["rows"]}
    assert {block["name"] for block in blocks.values()} == {"float16"}
    assert blocks["mish-one-exp"]["breaks"][0]["gives"] == "nan"
    assert blocks["hard-mish"]["formula_error"]["value"] == pytest.approx(0.15954660, abs=1e-7)
    plain = run_json("compare", "hard-mish", "mish")
    assert plain["rows"][0]["dtype"] is None


def test_the_sheet_says_where_it_breaks() -> None:
    done = run("compare", "mish-one-exp", "mish", "--dtype", "float16")
    assert "NaN for 5.542969 ≤ x ≤ 65504 (13,941 numbers)" in done.stdout
    assert done.stderr == ""
    several = run("compare", "mish-one-exp", "hard-mish", "mish", "--dtype", "float16").stdout
    assert "NaN: 5.543 ≤ x ≤ 65504" in several
    assert max(map(len, several.splitlines())) <= 80


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--dtype", "float17"], "float16, bfloat16, float32, int8"),
        (["--dtype", "int8"], "the range of its input"),
        (["--dtype", "int8", "--input-range", "0:inf"], "two finite ends"),
        (["--dtype", "float16", "--input-range", "0:1"], "belongs to"),
        (["--exhaustive"], "name their type"),
        (["--dtype", "float16", "--domain", "1e6:1e7"], "No finite float16 number"),
    ],
)
def test_wrong_options_are_refused(options: list[str], expected: str) -> None:
    assert expected in refused("compare", "hard-mish", "mish", *options)


def test_a_formula_without_values_in_the_input_range_is_refused() -> None:
    options = ("--domain", "1:2", "--dtype", "int8", "--input-range", "0:2")
    message = refused("compare", "1/x", "x", *options, status=1)
    assert "1/x has no finite float32 value at x = 0" in message


def test_the_api_refuses_an_unknown_type() -> None:
    with pytest.raises(UsageError, match="float17"):
        actx.compare("relu", "mish", dtype="float17")
