"""Code for tables, run: against the values of exact fractions, and where rows meet.

The truth is Table.value, exact row by row, at knots, at their neighbours in the number type and
between; the type's rounding is bounded by what the terms of a row add up to.
"""

from __future__ import annotations

import random
import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported import RUNNABLE, load, need
from numpy.typing import NDArray

import actx
from actx.arithmetic.tables import Table
from actx.calculus.formula import Formula
from actx.codegen.arithmetic import TYPES
from actx.codegen.make import export, language_module
from actx.core.errors import UsageError
from actx.language.tree import X, lookup
from actx.precision.stored import Stored

DERIVED = [name for name in RUNNABLE if name != "onnx"]  # ONNX is for inference
pytestmark = pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
UNITS = 8.0  # of rounding, of the sum of a row's terms


def random_table(seed: int, degree: int, knots: int, *, grid: Fraction | None = None) -> Table:
    """Rows that do not meet, constant outside; grid: the spacing of equally spaced knots."""
    draw = random.Random(seed)
    if grid is not None:
        first = draw.randint(-knots, 0)
        places = [(first + i) * grid for i in range(knots)]
    else:
        places = sorted({Fraction(draw.randint(-80000, 80000), 9973) for _ in range(knots)})

    def coefficient() -> Fraction:
        return Fraction(draw.randint(-1000, 1000), 613)

    inside = [[coefficient() for _ in range(degree + 1)] for _ in places[1:]]
    return Table(places, [[coefficient()], *inside, [coefficient()]])


def at_and_beside(table: Table, dtype: str, most: int = 3000) -> NDArray[Any]:
    """Numbers of a type at knots, before and after them, between them and beyond."""
    kind = np.dtype(dtype).type
    near = np.array([float(knot) for knot in table.knots]).astype(kind)
    between = (near[1:] + near[:-1]) / kind(2)
    x = np.concatenate(
        [near, np.nextafter(near, kind(-np.inf)), np.nextafter(near, kind(np.inf)), between]
    )
    x = x[:: max(1, len(x) // most)]
    return np.concatenate([x, np.array([-1e30, -100, 100, 1e30, 0.0, -0.0], kind)])


def exact(table: Table, x: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The values at numbers as they are, and what the terms of their rows add up to in size."""
    values, sizes = [], []
    for place in map(Fraction, x.tolist()):
        row = sum(knot <= place for knot in table.knots) if len(table.knots) < 40 else None
        row = table.row_at(place) if row is None else row
        t = place - table.origin(row)
        terms = [c * t**n for n, c in enumerate(table.rows[row])]
        values.append(float(sum(terms)))
        # a knot that is no number of the type moves by less than its distance to the next one
        sizes.append(float(sum(map(abs, terms))) + float(abs(place)) + 1)
    return np.array(values), np.array(sizes)


def check(language: str, table: Table, folder: Path, dtype: str, most: int = 3000) -> None:
    need(language)
    formula = Formula("table", lookup(table, X))
    types = [dtype] if language_module(language).TYPES else []
    made = export(formula, language, target=formula, types=types)
    f, slope = load(language, made, folder, dtype)
    x = at_and_beside(table, dtype, most)
    pairs = [(f, table)] if slope is None else [(f, table), (slope, table.derivative())]
    for function, of in pairs:
        wanted, size = exact(of, x)
        steepest = max(sum(abs(c) * 8**n for n, c in enumerate(row)) for row in of.rows)
        found = function(x).astype(np.float64)
        allowed = UNITS * float(np.finfo(dtype).eps) * (size + float(steepest))
        wrong = ~(np.abs(found - wanted) <= allowed)
        assert not wrong.any(), (x[wrong][:5], found[wrong][:5], wanted[wrong][:5])
    if language != "sympy":
        assert np.isnan(f(np.array([np.nan], dtype))[0])
        ends = f(np.array([-np.inf, np.inf], dtype)).astype(np.float64)
        assert ends == pytest.approx([float(table.rows[0][0]), float(table.rows[-1][0])], rel=1e-6)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
@pytest.mark.parametrize("language", DERIVED)
def test_code_looks_up_what_the_table_says(language: str, degree: int, tmp_path: Path) -> None:
    check(language, random_table(degree, degree, 12), tmp_path, "float64", 40)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_c_finds_equally_spaced_knots_by_shift(degree: int, dtype: str, tmp_path: Path) -> None:
    table = random_table(degree, degree, 64, grid=Fraction(1, 8))
    check("c", table, tmp_path, dtype)
    formula = Formula("table", lookup(table, X))
    code = export(formula, "c", target=formula, types=[dtype]).code
    assert "floor" in str(code)
    assert "knots" not in re.sub(r"/\*.*?\*/", "", str(code), flags=re.S)  # no array of them


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("degree", [0, 1, 2])
def test_c_finds_knots_on_a_grid_by_a_table_of_indices(
    degree: int, dtype: str, tmp_path: Path
) -> None:
    """Halves of halves, and what is left of equally spaced knots when some are gone."""
    every = random_table(degree, degree, 64, grid=Fraction(1, 8))
    kept = [k for k in range(64) if (k % 5 and k % 7) or k == 63]
    rows = [every.rows[0], *(every.rows[k + 1] for k in kept)]
    table = Table([every.knots[k] for k in kept], rows)
    assert table.spacing is None
    assert table.grid is not None
    assert table.grid[0] == Fraction(1, 8)
    check("c", table, tmp_path, dtype)
    formula = Formula("table", lookup(table, X))
    code = str(export(formula, "c", target=formula, types=[dtype]).code)
    assert "floor" in code
    assert "_at" in code


def test_a_grid_is_the_coarsest_of_powers_of_two() -> None:
    rows = [[Fraction(k)] for k in range(4)]
    grid = Table([Fraction(-12), Fraction(0), Fraction(20)], rows).grid
    assert grid == (Fraction(4), (1, 1, 1, 2, 2, 2, 2, 2))
    assert Table([Fraction(-3, 4), Fraction(1), Fraction(3, 2)], rows).grid == (
        Fraction(1, 4), (1, 1, 1, 1, 1, 1, 1, 2, 2),
    )  # fmt: skip
    assert Table([Fraction(1, 3), Fraction(1), Fraction(2)], rows).grid is None
    assert Table([Fraction(0), Fraction(1, 1024), Fraction(2)], rows).grid is None


@pytest.mark.sampled(2)
@pytest.mark.parametrize("language", ["c", "numpy", "numba", "jax", "torch", "onnx"])
def test_code_in_float32(language: str, tmp_path: Path) -> None:
    check(language, random_table(7, 2, 30), tmp_path, "float32")


@pytest.mark.parametrize("language", ["c", "numpy", "python"])
def test_a_table_of_a_thousand_knots(language: str, tmp_path: Path) -> None:
    check(language, random_table(5, 1, 1000), tmp_path, "float64")


@pytest.mark.parametrize(
    ("language", "dtype"),
    [("c", "float32"), ("c", "float64"), ("numpy", "float32"), ("python", "float64"),
     ("onnx", "float32"), ("onnx", "float64")],
)  # fmt: skip
@pytest.mark.parametrize("grid", [None, Fraction(1, 4)])
def test_code_is_the_model_of_its_rounding_errors(
    language: str, dtype: str, grid: Fraction | None, tmp_path: Path
) -> None:
    """Bit for bit, so that the errors at the head of the code are those of the code."""
    need(language)
    table = random_table(11, 3, 50, grid=grid)
    formula = Formula("table", lookup(table, X))
    types = [dtype] if language_module(language).TYPES else []
    f, _ = load(language, export(formula, language, target=formula, types=types), tmp_path, dtype)
    x = at_and_beside(table, dtype)
    np.testing.assert_array_equal(f(x), Stored(table, TYPES[dtype])(x.astype(np.float64)))


INSIDE = (
    "x*{-1: 0, 0.5: 0.3, 2: 1}(2*tanh(x)) - {0; 0: 0, 1}(x) + {-1; -1: 2, 1; 0.5: 1, 0, 3; 2: 1}(x)"
)


@pytest.mark.parametrize("language", DERIVED)
def test_tables_inside_a_formula(language: str, tmp_path: Path) -> None:
    """Two of three have the same knots, which are written once; the ends are infinite."""
    need(language)
    f, slope = load(language, actx.export(INSIDE, language, name="act"), tmp_path)
    x = np.concatenate([np.linspace(-4, 4, 129), [-1e6, 1e6]])
    own = actx.formula(INSIDE)
    np.testing.assert_allclose(f(x), own(x), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(slope(x), own.derivative()(x), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_onnx_in_float16_looks_up_every_number(degree: int) -> None:
    """The runtime may compute in float32 in between: to some roundings of a row's terms."""
    need("onnx")
    table = random_table(3, degree, 20)
    formula = Formula("table", lookup(table, X))
    f, _ = load("onnx", export(formula, "onnx", target=formula, types=["float16"]), Path())
    x = np.arange(2**16, dtype=np.uint16).view(np.float16)
    wanted = Stored(table, TYPES["float16"])(x.astype(np.float64))
    longest = max(b - a for a, b in pairwise(table.knots))
    terms = (sum(abs(c) * longest**n for n, c in enumerate(row)) for row in table.rows)
    allowed = 2 * float(np.finfo(np.float16).eps) * float(max(terms))
    np.testing.assert_allclose(f(x).astype(np.float64), wanted, rtol=0, atol=allowed)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 9, 1000])
def test_onnx_finds_the_row_among_any_count_of_knots(count: int) -> None:
    check("onnx", random_table(count, 1, count), Path(), "float32")


def test_c_writes_shared_knots_once_and_compiles_for_every_type(tmp_path: Path) -> None:
    need("c")
    made = actx.export("{0: 0, 0.3: 1, 2: 5}(x)", "c", name="act", dtype=["float32", "float64"])
    f, slope = load("c", made, tmp_path, "float32")
    assert str(made.code).count("_knotsf[3]") == str(made.code).count("_knots[3]") == 1
    assert f(np.array([0.15, 2], np.float32)) == pytest.approx([0.5, 5])
    assert slope(np.array([0, 2], np.float32)) == pytest.approx([1 / 0.3, 0])  # from the right
    assert "the row that begins there holds, for the derivative as well" in str(made.code)


def test_latex_writes_cases_and_cuts_long_ones() -> None:
    code = str(actx.export("{0; 0: 0, 0.3; 1: 1, 2, -3; 3: 2}(x)", "latex").code)
    assert r"\begin{cases} 0 & \text{if } x < 0 \\ 0.3 \, x & \text{if } x < 1 \\ " in code
    assert r"1 + 2 \, \left(x - 1\right) - 3 \, \left(x - 1\right)^2 & \text{if } x < 3" in code
    table = random_table(1, 1, 1000)
    formula = Formula("table", lookup(table, X))
    long = str(export(formula, "latex", target=formula).code)
    assert long.count(r"\vdots") == 2
    assert len(long) < 2500


def test_knots_beyond_a_type_are_refused() -> None:
    with pytest.raises(UsageError, match="float32 cannot hold"):
        actx.export("{0: 0, 1e39: 1}(x)", "c", dtype="float32")
