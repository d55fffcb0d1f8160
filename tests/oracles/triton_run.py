"""Modules for Triton, run without a GPU: in its interpreter, or as far as machine code.

`interpret MODULE... x.npy` writes value and slope of each at the points beside it, by NumPy's
functions in float64 where the code calls libdevice. `compile MODULE...` writes the PTX of both
kernels beside it, for a GPU of compute capability 9.0.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import scipy.special
from exported import imported

if sys.argv[1] == "interpret":
    os.environ["TRITON_INTERPRET"] = "1"

import torch
import triton
from triton.language.extra import libdevice

FUNCTIONS = {
    "exp": np.exp, "expm1": np.expm1, "exp2": np.exp2, "log": np.log, "log1p": np.log1p,
    "log2": np.log2, "log10": np.log10, "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh,
    "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
    "erf": scipy.special.erf, "erfc": scipy.special.erfc, "normcdf": scipy.special.ndtr,
    "cbrt": np.cbrt, "hypot": np.hypot, "pow": np.power, "fmod": np.fmod, "floor": np.floor,
    "ceil": np.ceil, "rint": np.rint, "trunc": np.trunc,
}  # fmt: skip
SOME = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def stand_in(function: Any) -> Any:
    """A function of libdevice for the interpreter: rounded once."""
    import triton.language as tl
    from triton.runtime.interpreter import TensorHandle

    def call(*args: Any) -> Any:
        given = [a.handle.data if isinstance(a, tl.tensor) else a for a in args]
        first = next(a for a in args if isinstance(a, tl.tensor))
        with np.errstate(all="ignore"):
            data = np.asarray(function(*(np.asarray(a, np.float64) for a in given)))
            return tl.tensor(TensorHandle(data.astype(np.float32), first.handle.dtype), first.type)

    return call


def interpret(paths: list[str], points: str) -> None:
    for name, function in FUNCTIONS.items():
        setattr(libdevice, name, stand_in(function))
    x = np.load(points)
    for path in paths:
        module = imported(Path(path))
        name = Path(path).stem
        for kind, dtype in SOME.items():
            given = torch.from_numpy(x).to(dtype).requires_grad_()
            y = getattr(module, name)(given)
            y.sum().backward()
            found = [part.detach().float().numpy() for part in (given, y, given.grad)]
            np.save(Path(path).with_suffix(f".{kind}.npy"), np.stack(found))


def compile_all(paths: list[str]) -> None:
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    for path in paths:
        module = imported(Path(path))
        for kernel in (module._forward, module._backward):
            pointers = [n for n in kernel.arg_names if n.endswith("pointer")]
            signature = dict.fromkeys(pointers, "*bf16") | {"n": "i32", "BLOCK": "constexpr"}
            source = ASTSource(kernel, signature, {"BLOCK": module.BLOCK})
            made = triton.compile(source, target=GPUTarget("cuda", 90, 32))
            Path(path).with_suffix(f".{kernel.__name__}.ptx").write_text(made.asm["ptx"])


if __name__ == "__main__":
    if sys.argv[1] == "interpret":
        interpret(sys.argv[2:-1], sys.argv[-1])
    else:
        compile_all(sys.argv[2:])
