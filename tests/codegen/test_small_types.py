"""C code of small number types, run at every number that they have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from commands import refused, run
from exported import array_function, compiled, need
from mpmath import mp
from numpy.typing import NDArray
from oracle import value as true_value
from scipy.special import erfc

import actx

INF = np.inf
pytestmark = pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
FLAGS = ("-std=c99", "-O3", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror")


def brain_floats() -> tuple[NDArray[np.uint16], NDArray[np.float64]]:
    """The bits of all numbers of bfloat16, and the numbers."""
    bits = np.arange(2**16, dtype=np.uint16)
    return bits, values_of(bits)


def values_of(bits: NDArray[np.uint16]) -> NDArray[np.float64]:
    return (bits.astype(np.uint32) << 16).view(np.float32).astype(np.float64)


def unit_of(y: NDArray[np.float64]) -> NDArray[np.float64]:
    """The unit in the last place of bfloat16."""
    return np.exp2(np.maximum(np.frexp(y)[1] - 8, -133))


EXACT = {
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(np.minimum(x, 700)))),
    "gelu": lambda x: x * erfc(-x / np.sqrt(2)) / 2,
}


@pytest.mark.parametrize("name", EXACT)
def test_c_in_bfloat16_is_rounded_once_for_every_number(name: str, tmp_path: Path) -> None:
    """Against SciPy in float64 everywhere, against mpmath at every 61st number."""
    need("c")
    made = actx.export(name, "c", dtype="bfloat16")
    bits, x = brain_floats()
    y = values_of(array_function(compiled(made, tmp_path, *FLAGS), f"{name}_bf16")(bits))
    assert np.array_equal(np.isnan(y), np.isnan(x))
    assert [y[x == INF], y[x == -INF]] == [INF, 0]
    finite = np.isfinite(x)
    x, y = x[finite], y[finite]
    with np.errstate(all="ignore"):
        wanted = np.where(x < -100, 0.0, EXACT[name](x))
    off = np.abs(y - wanted) / unit_of(wanted)
    assert off.max() <= 0.502
    assert made.rounding[0].exhaustive
    assert made.rounding[0].ulps == pytest.approx(off.max(), abs=0.002)
    tree = actx.formula(name).bound
    with mp.workdps(40):
        for t, value in zip(x[::61].tolist(), y[::61].tolist(), strict=True):
            exact = true_value(tree, t)
            assert abs(value - exact) <= 0.502 * mp.mpf(float(unit_of(np.array(float(exact)))))


FIXED = {  # at float64, which is right where these functions are rounded to 12 places
    ("mish", 12): lambda x: x * np.tanh(np.log1p(np.exp(x))),
    ("hard-mish", 12): lambda x: x * np.clip(x + 3, 0, 5) / 5,
    ("exp(x)", 8): np.exp,
    ("sign(x)", 8): np.sign,
}


@pytest.mark.parametrize(("formula", "places"), FIXED)
def test_c_in_fixed_point_is_right_for_every_number(
    formula: str, places: int, tmp_path: Path
) -> None:
    """One off the output that is rounded correctly at most; clamped where the type ends."""
    need("c")
    made = actx.export(formula, "c", dtype=f"q{4 - (places < 12)}.{places}", name="f")
    assert made.types == (f"q3.{places}",) * 2
    assert made.code is not None
    code = made.code[made.code.index("#include") :]
    assert not {"float", "double", "math.h", "."} & set(code.replace(".h>", ">").split())
    q = np.arange(-(8 << places), 8 << places).astype(np.int16)
    y = array_function(compiled(made, tmp_path, *FLAGS), "f")(q)
    unit = 2.0**-places
    wanted = np.clip(FIXED[formula, places](q * unit), -8, 8 - unit)
    off = np.abs(y * unit - wanted)
    assert off.max() <= 1.5 * unit
    assert np.abs(y - np.floor(wanted / unit + 0.5)).max() <= 1
    if formula != "exp(x)":  # whose largest error is where its values are none of the type's
        assert made.max_error is not None
        assert off.max() == pytest.approx(made.max_error.value, abs=1e-9)
    tree = actx.formula(formula).bound
    for i in range(0, q.size, 1021):
        exact = min(max(true_value(tree, float(q[i]) * unit), -8), 8 - unit)
        assert abs(mp.mpf(float(y[i])) * unit - exact) <= 1.5 * unit


def test_few_bits_are_rounded_once(tmp_path: Path) -> None:
    need("c")
    made = actx.export("gelu", "c", dtype="q3.4", name="f")
    q = np.arange(-128, 128).astype(np.int8)
    y = array_function(compiled(made, tmp_path, *FLAGS), "f")(q)
    x = q / 16
    wanted = x * erfc(-x / np.sqrt(2)) / 2
    assert np.array_equal(y, np.floor(np.minimum(wanted, 127 / 16) * 16 + 0.5))


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--to", "rust", "--dtype", "q4.12"], "no code for tables of integers in 'rust'"),
        (["--to", "c", "--dtype", "q8.12"], "at most 16"),
        (["--to", "c", "--dtype", "q3.12", "--dtype", "float32"], "Give one --dtype"),
        (["--to", "c", "--dtype", "q3.12", "--target", "gelu"], "has its own target"),
    ],
)
def test_wrong_usage_of_fixed_point_is_told(args: list[str], message: str) -> None:
    assert message in refused("export", "mish", *args)


def test_other_languages_compute_in_fixed_point(tmp_path: Path) -> None:
    assert "module mish" in run("export", "mish", "--to", "verilog", "--dtype", "q3.4").stdout
    assert "needs a value at every input" in refused(
        "export", "log(x)", "--to", "c", "--dtype", "q3.4", status=1
    )
