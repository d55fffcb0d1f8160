"""Triton code, run in Triton's interpreter and compiled for a GPU, each in one process."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from mpmath import mp
from operation_trees import OPERATION_FORMULAS, operation_tree
from oracle import value as true_value

import actx
from actx.calculus.values import evaluate
from actx.codegen.forms import Form, lowered
from actx.codegen.languages import triton
from actx.core.errors import UsageError
from actx.language.tree import ONE

RUN = Path(__file__).parents[1] / "oracles" / "triton_run.py"
FORMULAS = ("mish", "gelu", "serf", "hard-mish")
INF, NAN = np.inf, np.nan

pytestmark = pytest.mark.skipif(
    find_spec("triton") is None or find_spec("torch") is None,
    reason="triton and torch are not installed",
)


def run(how: str, *args: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(RUN), how, *map(str, args)],
        capture_output=True, text=True, check=False, env=os.environ, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_kernels_in_the_interpreter(tmp_path: Path) -> None:
    """Values and gradients of formulas against mpmath and 0 and inf far out; each operation too."""
    x = np.concatenate([np.linspace(-12, 12, 2500), [1e-40, 3e38, -3e38, INF, -INF, NAN]])
    np.save(tmp_path / "x.npy", x.astype(np.float32))
    paths = {name: tmp_path / f"{name.replace('-', '_')}.py" for name in FORMULAS}
    for name, path in paths.items():
        actx.export(name, "triton", output=path)
    operations = {name: tmp_path / f"f_{name}.py" for name in OPERATION_FORMULAS}
    for name, path in operations.items():
        form = Form(lowered(operation_tree(name), triton.FORMS))
        path.write_text(triton.module(path.stem, name, form, Form(ONE)))
    run("interpret", *paths.values(), *operations.values(), tmp_path / "x.npy")
    for name, path in paths.items():
        tree = actx.formula(name).bound
        for kind, unit in (("float32", 2.0**-24), ("float16", 2.0**-11), ("bfloat16", 2.0**-8)):
            given, y, slope = np.load(path.with_suffix(f".{kind}.npy")).astype(np.float64)
            with mp.workdps(30):
                wanted = [float(true_value(tree, t)) for t in given[:2500:7].tolist()]
            near = {"rtol": 8 * unit, "atol": 8 * unit * 2.0**-3}
            assert np.allclose(y[:2500:7], wanted, **near), (name, kind)
            rates = actx.formula(name).derivative()(given[:2500])
            kinks = np.isin(given[:2500], [kink.x for kink in actx.kinks(name).kinks])
            assert np.allclose(slope[:2500][~kinks], rates[~kinks], rtol=8 * unit, atol=8 * unit)
            assert y[-5:-1].tolist() == [given[-5], 0, INF, 0]
            assert slope[-5:-1].tolist() == [1, 0, 1, 0]
            assert np.isnan([y[-1], slope[-1]]).all()
    for name, path in operations.items():
        given, y, _ = np.load(path.with_suffix(".float32.npy")).astype(np.float64)
        inside = np.abs(given) <= 3
        wanted = evaluate(operation_tree(name), given[inside])
        assert np.allclose(y[inside], wanted, rtol=2e-6, atol=2e-6), name


def test_kernels_compile_for_a_gpu(tmp_path: Path) -> None:
    """As far as PTX, which needs no GPU; libdevice's functions are linked, and none is left."""
    path = tmp_path / "mish.py"
    actx.export("mish", "triton", output=path)
    run("compile", path)
    for kernel in ("_forward", "_backward"):
        text = path.with_suffix(f".{kernel}.ptx").read_text()
        assert "ex2.approx" in text
        assert "__nv_" not in text


def test_a_table_is_refused() -> None:
    with pytest.raises(UsageError, match="keeps no tables"):
        actx.export("{0: 0, 1: 1}(x)", "triton")
