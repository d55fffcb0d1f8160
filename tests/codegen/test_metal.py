"""Metal code, compiled as C++ with a header that stands in for Metal's, and run."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp
from numpy.typing import NDArray
from operation_trees import OPERATION_FORMULAS, operation_tree
from oracle import value as true_value

import actx
from actx.calculus.values import evaluate
from actx.codegen.forms import Form, lowered
from actx.codegen.languages import c_family, gpu, metal

HEADERS = Path(__file__).parents[1] / "oracles" / "metal"
INF, NAN = np.inf, np.nan
pytestmark = [
    pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed"),
    pytest.mark.filterwarnings("ignore:(overflow|invalid value):RuntimeWarning"),
]


def functions(code: str, folder: Path) -> Callable[[str, NDArray[Any]], NDArray[Any]]:
    """A call of a kernel by its name, for all numbers of an array."""
    source, library = folder / "act.cpp", folder / "act.so"
    source.write_text(code.replace("\nkernel void ", "\nkernel void __attribute__((used)) "))
    command = ["g++", "-std=c++14", "-O1", "-mf16c", "-Wall", "-Wno-attributes", "-Werror"]
    command += ["-Wno-unused-function", f"-I{HEADERS}", "-shared", "-fPIC", str(source)]
    done = subprocess.run(
        [*command, "-o", str(library)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = ctypes.CDLL(str(library))

    def call(name: str, x: NDArray[Any]) -> NDArray[Any]:
        kernel, y = loaded[f"{name}_array"], np.empty_like(x)
        kernel.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint]
        for i in range(x.size):
            kernel(x.ctypes.data, y.ctypes.data, i)
        return y

    return call


@pytest.mark.parametrize("name", ["gelu", "serf"])
def test_metal_computes_the_formula(name: str, tmp_path: Path) -> None:
    """Against mpmath, to 4 units in the last place; 0 and infinities far out, NaN for NaN."""
    call = functions(str(actx.export(name, "metal").code), tmp_path)
    x = np.concatenate([np.linspace(-12, 12, 700), [1e-40, 3e38, -3e38, INF, -INF, NAN]])
    x = x.astype(np.float32)
    y, slope = call(f"{name}f", x), call(f"{name}f_derivative", x)
    tree = actx.formula(name).bound
    with mp.workdps(80):  # 1 + erf cancels
        wanted = np.array([float(true_value(tree, t)) for t in x[:701].tolist()])
    unit = np.spacing(np.abs(wanted).astype(np.float32)).astype(np.float64)
    assert (np.abs(y[:701] - wanted) / unit).max() < 4
    rates = actx.formula(name).derivative()(x[:701].astype(np.float64))
    assert np.allclose(slope[:701], rates, rtol=1e-6, atol=1e-6)
    assert y[-5:-1].tolist() == [x[-5], 0, INF, 0]
    assert slope[-5:-1].tolist() == [1, 0, 1, 0]
    assert np.isnan([y[-1], slope[-1]]).all()
    halves = np.arange(0, 2**16, 7, dtype=np.uint16).view(np.float16)
    found = call(f"{name}_f16", halves)
    exact = actx.formula(name)(halves.astype(np.float64)).astype(np.float16)
    finite = np.isfinite(halves)
    off = found[finite].astype(np.float64) - exact[finite]
    assert (np.abs(off) <= np.spacing(np.abs(exact[finite]))).all()
    assert np.array_equal(np.isnan(found), np.isnan(halves))


def test_each_operation_is_written_right(tmp_path: Path) -> None:
    real = gpu.REALS["float32"]
    how = metal.DIALECT.notation(real)
    parts = metal.DIALECT.kernel_texts(OPERATION_FORMULAS, real)
    used = set(metal.DIALECT.helpers)
    parts += c_family.helpers(used, metal.DIALECT.helpers, gpu.INLINE, real)
    for name in OPERATION_FORMULAS:
        form = Form(lowered(operation_tree(name), metal.FORMS))
        parts += [metal.DIALECT.function(f"f_{name}", form, real, how), metal.loop(f"f_{name}")]
    call = functions("\n".join([metal.START, *parts]), tmp_path)
    x = np.linspace(-3, 3, 25).astype(np.float32)
    for name in OPERATION_FORMULAS:
        wanted = evaluate(operation_tree(name), x.astype(np.float64))
        assert np.allclose(call(f"f_{name}", x), wanted, rtol=2e-6, atol=2e-6), name


def test_tables_are_looked_up(tmp_path: Path) -> None:
    made = actx.export("{-1: 0, 0.3: 1, 2: 3}(x) + {-1: 1, 0: 4}(x)", "metal", name="act")
    x = np.linspace(-3, 3, 101).astype(np.float32)
    y = functions(str(made.code), tmp_path)("actf", x)
    wanted = np.interp(x, [-1, 0.3, 2], [0, 1, 3]) + np.interp(x, [-1, 0], [1, 4])
    assert np.allclose(y, wanted, rtol=1e-6, atol=1e-6)
