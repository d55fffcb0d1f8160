"""C code of small number types, run at every number that they have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
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
