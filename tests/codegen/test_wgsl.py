"""WGSL code, run with wgpu on whatever device there is, Mesa's software device for one."""

from __future__ import annotations

import re
from collections.abc import Callable
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
from actx.codegen.languages import wgsl
from actx.codegen.languages.c_family import used_operations
from actx.core.errors import UsageError

_MAIN = """
@group(0) @binding(0) var<storage, read> given: array<f32>;
@group(0) @binding(1) var<storage, read_write> made: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
    let count = arrayLength(&given);
    if (id.x < count) {{
{stores}
    }}
}}
"""


@pytest.fixture(scope="module")
def run() -> Callable[[str, list[str], NDArray[Any]], dict[str, NDArray[Any]]]:
    """Functions of some code at all numbers, by their names."""
    wgpu = pytest.importorskip("wgpu")
    try:
        wgpu.gpu.request_adapter_sync(power_preference="low-power")
    except (RuntimeError, OSError) as reason:
        pytest.skip(f"wgpu finds no device: {reason}")
    from wgpu.utils.compute import compute_with_buffers

    def made(code: str, names: list[str], x: NDArray[Any]) -> dict[str, NDArray[Any]]:
        stores = "\n".join(
            f"        made[{i}u * count + id.x] = {name}(given[id.x]);"
            for i, name in enumerate(names)
        )
        size = len(names) * x.nbytes
        text = code + _MAIN.format(stores=stores)
        out = compute_with_buffers({0: x}, {1: size}, text, n=-(-x.size // 64))
        return dict(
            zip(names, np.frombuffer(out[1], np.float32).reshape(len(names), -1), strict=True)
        )

    return made


@pytest.mark.parametrize("name", ["mish", "gelu", "softplus", "tanh", "serf", "expm1(x)"])
def test_wgsl_computes_the_formula(name: str, run: Any) -> None:
    """Within 4 units in the last place of what is no subnormal number, by mpmath."""
    made = actx.export(name, "wgsl", name="act")
    x = np.concatenate([np.linspace(-12, 12, 701), [3e38, -3e38, np.inf, -np.inf, np.nan]])
    x = x.astype(np.float32)
    found = run(str(made.code), ["act", "act_derivative"], x)
    tree = actx.formula(name).bound
    with mp.workdps(80):
        wanted = np.array([float(true_value(tree, t)) for t in x[:701].tolist()])
    unit = np.spacing(np.abs(wanted).astype(np.float32)).astype(np.float64)
    assert (np.abs(found["act"][:701] - wanted) / unit).max() < 4
    rates = actx.formula(name).derivative()(x[:701].astype(np.float64))
    assert np.allclose(found["act_derivative"][:701], rates, rtol=2e-6, atol=2e-6)
    far, slopes = (actx.formula(name)(x[701:-1].astype(np.float64)), found["act"][701:])
    assert np.allclose(slopes[:-1], far, rtol=1e-6)
    assert np.isnan(slopes[-1])
    assert np.isnan(found["act_derivative"][-1])


def test_each_operation_is_written_right(run: Any) -> None:
    trees = {name: lowered(operation_tree(name), wgsl.FORMS) for name in OPERATION_FORMULAS}
    parts = [wgsl.CONSTANTS, *wgsl.helpers(used_operations(*trees.values()) | {"pow", "mod"})]
    parts += [wgsl.function(f"f_{name}", Form(tree), name) for name, tree in trees.items()]
    x = np.linspace(-3, 3, 25).astype(np.float32)
    found = run("\n\n".join(parts), [f"f_{name}" for name in trees], x)
    for name in trees:
        wanted = evaluate(operation_tree(name), x.astype(np.float64))
        assert np.allclose(found[f"f_{name}"], wanted, rtol=3e-6, atol=3e-6), name


def test_nothing_of_c_is_left_in_kernels() -> None:
    """Also where there is no wgpu to compile them."""
    code = "\n".join(wgsl.helpers(set(OPERATION_FORMULAS)))
    assert code.count("\nfn ") > 15
    assert not re.search(r"\?|\((float|double|u?int32_t)\)|\bconst\b|#|[<>]{2} \d+\b(?!u)", code)
    assert not re.search(r"\b(float|double|u?int32_t|fabsf|copysignf|memcpy)\b", code)
    assert code.count("round(u * 1.442695") == 2  # where C adds a large number


def test_a_table_is_refused() -> None:
    with pytest.raises(UsageError, match="holds no tables"):
        actx.export("{0: 0, 1: 1}(x)", "wgsl")
