"""CUDA: the exported functions in kernels over arrays, compiled by nvcc, on tensors of PyTorch."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from actx.calculus.formula import Formula
from actx.codegen.make import export
from actx.core.errors import BenchError, install_hint
from actx.studies.bench.backends import Backend, Settings
from actx.studies.bench.backends import torch as eager
from actx.studies.bench.backends.compiling import library_of

DTYPES = ("float32", "float64", "float16", "bfloat16")
THREADS = True
_NAME = "activation"
_OPTIONS = ("-O3", "-arch=native")
# the type, what its functions end in, and how its numbers are multiplied
_REALS = {
    "float32": ("float", "f", "{0} * {1}"),
    "float64": ("double", "", "{0} * {1}"),
    "float16": ("__half", "_f16", "__hmul({0}, {1})"),
    "bfloat16": ("__nv_bfloat16", "_bf16", "__hmul({0}, {1})"),
}
# A thread reads and writes 16 bytes at once, which is what fills the memory's lines best.
_ARRAYS = """
#include <cstdint>

struct alignas(16) chunk {{ {real} at[16 / sizeof({real})]; }};

template <typename Of>
static __global__ void everywhere(Of of, const {real} *x, const {real} *g, {real} *y, uint64_t n) {{
    const uint64_t i = blockIdx.x * (uint64_t)blockDim.x + threadIdx.x;
    const uint64_t width = 16 / sizeof({real}), chunks = n / width;
    if (i < chunks) {{
        const chunk u = ((const chunk *)x)[i], v = ((const chunk *)g)[i];
        chunk w;
        for (int k = 0; k < (int)width; k++) w.at[k] = of(u.at[k], v.at[k]);
        ((chunk *)y)[i] = w;
    }} else {{
        const uint64_t j = chunks * width + (i - chunks);
        if (j < n) y[j] = of(x[j], g[j]);
    }}
}}

struct value {{
    __device__ {real} operator()({real} x, {real}) const {{ return {name}(x); }}
}};

struct slope {{
    __device__ {real} operator()({real} x, {real} g) const {{
        return {product};
    }}
}};

template <typename Of>
static int launch(Of of, const void *x, const void *g, void *y, uint64_t n, void *stream) {{
    const uint64_t width = 16 / sizeof({real}), threads = n / width + n % width;
    const unsigned blocks = (unsigned)((threads + 255) / 256);
    everywhere<<<blocks, 256, 0, (cudaStream_t)stream>>>(
        of, (const {real} *)x, (const {real} *)g, ({real} *)y, n);
    return (int)cudaGetLastError();
}}

extern "C" int actx_forward(const void *x, const void *g, void *y, uint64_t n, void *stream) {{
    return launch(value(), x, g, y, n, stream);
}}

extern "C" int actx_backward(const void *x, const void *g, void *y, uint64_t n, void *stream) {{
    return launch(slope(), x, g, y, n, stream);
}}
"""


@contextmanager
def start(settings: Settings) -> Iterator[Backend]:
    """Run compiled CUDA. Raises BenchError without nvcc or a device."""
    with tempfile.TemporaryDirectory(prefix="actx-") as folder:
        compiler = Nvcc(Path(folder))
        with eager.start(replace(settings, device="cuda"), compiler.function) as running:
            running.versions = {**running.versions, "nvcc": compiler.version()}
            yield running


@dataclass
class Nvcc:
    """CUDA's compiler. folder: for its files; options: for all it compiles."""

    folder: Path
    options: tuple[str, ...] = _OPTIONS
    path: str = field(default_factory=lambda: _path())
    made: int = 0

    def function(self, formula: Formula, settings: Settings) -> tuple[Callable[[Any], Any], str]:
        """A formula as a function of tensors."""
        loaded = ctypes.CDLL(str(self.library(formula, settings.dtype)))
        words = f"exported CUDA, nvcc {' '.join(self.options)}"
        return over_tensors(loaded), words

    def library(self, formula: Formula, dtype: str) -> Path:
        """The compiled code of a formula and its derivative. Raises BenchError."""
        real, ending, product = _REALS[dtype]
        code = str(export(formula, "cuda", target=formula, types=[dtype], name=_NAME).code)
        name = _NAME + ending
        rate = product.format("g", f"{name}_derivative(x)")
        self.made += 1
        source = self.folder / f"{_NAME}{self.made}.cu"
        text = code + _ARRAYS.format(real=real, name=name, product=rate)
        command = (self.path, *self.options, "-shared", "-Xcompiler", "-fPIC")
        return library_of(text, source, f"CUDA code of {formula.name} for {dtype}", command)

    def version(self) -> str:
        """The compiler's, as it tells it."""
        asked = [self.path, "--version"]
        told = subprocess.run(asked, capture_output=True, text=True, check=False)
        lines = told.stdout.splitlines()
        return next((line.split(", ")[-1] for line in lines if "release" in line), "unknown")


def _path() -> str:
    """Where nvcc is: in PATH, or in NVIDIA's package of it for Python."""
    packages = find_spec("nvidia")
    folders = [*(packages.submodule_search_locations or ())] if packages else []
    within = [path for folder in folders for path in sorted(Path(folder).glob("cu*/bin/nvcc"))]
    for found in (shutil.which("nvcc"), *within):
        if found is not None:
            return str(found)
    raise BenchError(
        f"The backend cuda needs CUDA's compiler, and no nvcc is found: {install_hint('cuda')}.",
        "Or choose another {backend}.",
        backend=None,
    )


def over_tensors(library: ctypes.CDLL) -> Callable[[Any], Any]:
    """The code of a library as a function of a tensor, which autograd knows."""
    import torch

    forward, backward = library.actx_forward, library.actx_backward
    for code in (forward, backward):
        code.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_uint64, ctypes.c_void_p]

    def run(code: Any, x: Any, grad: Any) -> Any:
        y = torch.empty_like(x)
        stream = torch.cuda.current_stream().cuda_stream
        status = code(x.data_ptr(), grad.data_ptr(), y.data_ptr(), x.numel(), stream)
        if status:
            raise RuntimeError(f"CUDA's error {status}")
        return y

    return eager.differentiable(
        lambda x: run(forward, x, x), lambda x, grad: run(backward, x, grad.contiguous())
    )
