"""Exported modules in what is made of them: torch.compile, and StableHLO by jax.export."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from exported import module

import actx


@pytest.mark.parametrize("formula", ["gelu", "hard-mish"])
def test_torch_compiles_a_module_without_a_break(formula: str, tmp_path: Path) -> None:
    """Forward and backward in one graph, with the values that there are without it."""
    torch = pytest.importorskip("torch")
    code = module(actx.export(formula, "torch", name="act"), tmp_path)
    layer = code.Act()
    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
    for kind in (torch.float32, torch.bfloat16):
        given = [torch.linspace(-6, 6, 4001).to(kind).requires_grad_() for _ in range(2)]
        values = [f(x) for f, x in zip((layer, compiled), given, strict=True)]
        for y in values:
            y.float().sum().backward()
        assert torch.equal(*values)
        assert torch.equal(given[0].grad, given[1].grad)


def test_jax_writes_stablehlo_of_any_length(tmp_path: Path) -> None:
    """As docs/commands/export.md has it; read again, it computes the same."""
    jax = pytest.importorskip("jax")
    from jax import export

    code = module(actx.export("mish", "jax"), tmp_path)
    given = jax.ShapeDtypeStruct(export.symbolic_shape("n"), np.float32)
    made = export.export(jax.jit(code.mish))(given)
    text = made.mlir_module()
    assert "stablehlo.exponential" in text
    assert "tensor<?xf32>" in text
    x = np.array([-np.inf, np.inf, np.nan, -1.25, 0.5, 2.0], np.float32)
    y = np.asarray(export.deserialize(made.serialize()).call(x))
    wanted = [-0.0, np.inf, np.nan, *x[3:] * np.tanh(np.log1p(np.exp(x[3:])))]
    assert np.allclose(y, wanted, rtol=1e-6, equal_nan=True)
