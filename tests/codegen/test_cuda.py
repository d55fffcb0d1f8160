"""CUDA and Triton: text, compiled by nvcc where it is there, and run where there is a device."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp
from operation_trees import OPERATION_FORMULAS
from oracle import value as true_value

import actx
from actx.core.errors import BenchError, MissingPackageError
from actx.studies.bench.backends import Settings, backend_module, cuda

ANY_DEVICE = ("-O3", "-arch=sm_90")  # to compile for, where there is none
SIZE = 1003  # with numbers that no whole chunk holds
FORMULAS = ["mish", "gelu", "serf", "hard-mish", "elu"]
KINKS = [-3, 2]  # of hard-mish
FAINT = {"float32": 0, "float64": 0, "float16": 2.0**-24, "bfloat16": 0}  # the smallest number
UNITS = {"float32": 2.0**-23, "float64": 2.0**-52, "float16": 2.0**-10, "bfloat16": 2.0**-7}


def test_it_reads_well() -> None:
    code = str(actx.export("mish", "cuda", dtype=["float32", "float16"]).code)
    assert code.count("__device__") >= 6
    assert "fmax" not in code  # would swallow a NaN
    assert "normcdff(t)" in str(actx.export("gelu", "cuda", dtype="float32").code)
    assert "float16 computed in float32: rounding errors up to 0.50 ulp" in code


@pytest.mark.sampled(2)
@pytest.mark.parametrize("dtype", UNITS)
def test_it_compiles(tmp_path: Path, dtype: str) -> None:
    """Kernels over arrays of a function that calls most of what there is; no device is needed."""
    try:
        compiler = cuda.Nvcc(tmp_path, ANY_DEVICE)
    except BenchError:
        pytest.skip("nvcc is not installed: only the text of the CUDA code has been checked")
    left_out = {"sech", "mish_gate", "float16"}
    names = [name for name in OPERATION_FORMULAS if name not in left_out]
    everything = " + ".join(f"({OPERATION_FORMULAS[name]})" for name in names)
    code = compiler.library(actx.formula(everything), dtype)
    assert code.stat().st_size > 0
    assert compiler.version().startswith("V")


def start_and_end(backend: str, dtype: str) -> None:
    with backend_module(backend).start(Settings(dtype, SIZE, 1)):
        pass


def on_device(backend: str, dtype: str) -> Any:
    """A backend that runs on a device; skips where there is none."""
    module = backend_module(backend)
    if dtype not in module.DTYPES:
        pytest.skip(f"{backend} does not compute in {dtype}")
    try:
        start_and_end(backend, dtype)
    except (BenchError, MissingPackageError) as reason:
        pytest.skip(f"not run on a device: {reason}")
    return module.start(Settings(dtype, SIZE, 1))


@pytest.mark.parametrize("backend", ["cuda", "triton"])
@pytest.mark.parametrize("dtype", UNITS)
def test_on_a_device_against_mpmath(backend: str, dtype: str) -> None:
    """Values, and gradients by autograd, of numbers that are rounded to the type."""
    with on_device(backend, dtype) as running:
        x = running.x.double().cpu().numpy()
        grad = running.grad.double().cpu().numpy()
        for name in FORMULAS:
            formula = actx.formula(name)
            kernel = running.kernel(formula)
            assert kernel.saved == running.x.element_size()
            y, (change,) = kernel.forward(), kernel.both()
            with mp.workdps(40):
                wanted = np.array([float(true_value(formula.bound, t)) for t in x.tolist()])
            rates = formula.derivative()(x) * grad
            unit = UNITS[dtype]
            off = abs(y.double().cpu().numpy() - wanted)
            assert np.all(off <= 4 * unit * abs(wanted) + FAINT[dtype]), name
            smooth = ~np.isin(x, KINKS)
            near = {"rtol": 8 * unit, "atol": 8 * unit}
            found = change.double().cpu().numpy()
            assert np.allclose(found[smooth], rates[smooth], **near), name


@pytest.mark.parametrize("backend", ["cuda", "triton"])
def test_without_a_device_it_is_said(backend: str) -> None:
    try:
        start_and_end(backend, "float32")
    except (BenchError, MissingPackageError) as reason:
        message = str(reason)
    else:
        pytest.skip("there is a device")
    assert any(words in message for words in ("pip install", "no CUDA device"))
