"""Exported code, compiled or imported and made into functions of NumPy arrays."""

from __future__ import annotations

import ctypes
import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from actx.codegen import LANGUAGES

Function = Callable[[NDArray[Any]], NDArray[Any]]
PACKAGES = {"numba": "numba", "torch": "torch", "jax": "jax", "onnx": "onnxruntime",
            "sympy": "sympy", "opencl": "pyopencl"}  # fmt: skip
C_TYPES = {"float32": "f", "float64": "", "float16": "_f16"}
FLAGS = ("-std=c99", "-O3", "-Wall", "-Wextra", "-Werror")
RUNNABLE = [name for name in LANGUAGES if name not in ("cuda", "triton", "metal", "wgsl", "latex")]


def need(language: str) -> None:
    """Skip the test where what runs the language is not installed."""
    if language in PACKAGES:
        pytest.importorskip(PACKAGES[language])
    if language == "opencl" and not _opencl_devices():
        pytest.skip("there is no OpenCL device; PoCL would make one of the processor")
    if language == "c" and shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    if language == "js" and shutil.which("node") is None:
        pytest.skip("node is not installed")
    if language == "rust" and shutil.which("rustc") is None:
        pytest.skip("rustc is not installed")


def load(language: str, made: Any, folder: Path, dtype: str = "float64") -> tuple[Function, Any]:
    """The function and its derivative (None where the language gives none), of arrays."""
    return _LOADERS[language](made, folder, dtype)


def module(made: Any, folder: Path) -> ModuleType:
    """Python code as a module."""
    path = folder / f"{made.name}_{made.language}_code.py"
    path.write_text(made.code, encoding="utf-8")
    return imported(path)


def imported(path: Path) -> ModuleType:
    """A module from its file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def compiled(made: Any, folder: Path, *flags: str) -> ctypes.CDLL:
    """C code as a shared library."""
    source, library = folder / f"{made.name}.c", folder / f"{made.name}.so"
    source.write_text(made.code)
    command = ["gcc", *(flags or FLAGS), "-shared", "-fPIC", "-o", str(library), str(source), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ctypes.CDLL(str(library))


def array_function(library: ctypes.CDLL, name: str) -> Function:
    """A function of C over arrays."""
    loop = getattr(library, f"{name}_array")
    loop.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    loop.restype = None

    def apply(x: NDArray[Any]) -> NDArray[Any]:
        given, result = np.ascontiguousarray(x), np.empty_like(x)
        loop(given.ctypes.data, result.ctypes.data, given.size)
        return result

    return apply


def _elementwise(function: Callable[[float], float]) -> Function:
    return lambda x: np.array([function(float(t)) for t in x], dtype=x.dtype)


def _python(made: Any, folder: Path, dtype: str) -> tuple[Function, Any]:
    code = module(made, folder)
    f, slope = getattr(code, made.name), getattr(code, f"{made.name}_derivative")
    return _elementwise(f), _elementwise(slope)


def _plain(made: Any, folder: Path, dtype: str) -> tuple[Function, Any]:
    code = module(made, folder)
    return getattr(code, made.name), getattr(code, f"{made.name}_derivative")


def _torch(made: Any, folder: Path, dtype: str) -> tuple[Function, Any]:
    import torch

    code = module(made, folder)
    layer = getattr(code, "".join(part.capitalize() for part in made.name.split("_")))()

    def slope(x: NDArray[Any]) -> NDArray[Any]:
        given = torch.from_numpy(x).requires_grad_()
        layer(given).sum().backward()
        assert given.grad is not None
        return given.grad.numpy()

    return lambda x: layer(torch.from_numpy(x)).detach().numpy(), slope


def _jax(made: Any, folder: Path, dtype: str) -> tuple[Function, Any]:
    import jax

    jax.config.update("jax_enable_x64", True)
    code = module(made, folder)
    f = getattr(code, made.name)
    slope = jax.jit(jax.vmap(jax.grad(f)))
    return lambda x: np.asarray(jax.jit(f)(x)), lambda x: np.asarray(slope(x))


def _c(made: Any, folder: Path, dtype: str) -> tuple[Function, Any]:
    library = compiled(made, folder)
    name = f"{made.name}{C_TYPES[dtype]}"
    return array_function(library, name), array_function(library, f"{name}_derivative")


_SCRIPT = """\
import * as module from "./{file}";
import {{ readFileSync, writeSync }} from "node:fs";
const bytes = readFileSync(0);
const x = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
const y = new Uint8Array(Float64Array.from(x, (each) => module.{name}(each)).buffer);
for (let done = 0; done < y.length;) done += writeSync(1, y, done);
"""


def node_function(path: Path, name: str) -> Function:
    """A function that a JavaScript module exports, run by node."""
    script = path.with_name(f"{path.stem}_{name}_run.mjs")
    script.write_text(_SCRIPT.format(file=path.name, name=name))

    def apply(x: NDArray[Any]) -> NDArray[Any]:
        given = np.ascontiguousarray(x, np.float64).tobytes()
        done = subprocess.run(["node", str(script)], input=given, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return np.frombuffer(done.stdout, np.float64).astype(x.dtype)

    return apply


def _js(made: Any, folder: Path, dtype: str) -> tuple[Function, Any]:
    path = folder / f"{made.name}.mjs"
    path.write_text(made.code, encoding="utf-8")
    return node_function(path, made.name), node_function(path, f"{made.name}_derivative")


_RUST_LOOP = """
#[no_mangle]
pub extern "C" fn {name}_array(x: *const {real}, y: *mut {real}, n: usize) {{
    for i in 0..n {{
        unsafe {{ *y.add(i) = code::{name}(*x.add(i)) }}
    }}
}}
"""


def rust_functions(path: Path, names: list[str], real: str) -> list[Function]:
    """Functions of a Rust file, compiled without a warning."""
    loops = "".join(_RUST_LOOP.format(name=name, real=real) for name in names)
    source, library = path.with_name(f"{path.stem}_loops.rs"), path.with_suffix(".so")
    source.write_text(f'#[path = "{path.name}"]\npub mod code;\n{loops}')
    command = ["rustc", "--edition=2021", "--crate-type=cdylib", "-O", "-Dwarnings"]
    done = subprocess.run(
        [*command, "-o", str(library), str(source)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    loaded = ctypes.CDLL(str(library))
    return [array_function(loaded, name) for name in names]


def _rust(made: Any, folder: Path, dtype: str) -> tuple[Function, Any]:
    path = folder / f"{made.name}.rs"
    path.write_text(made.code, encoding="utf-8")
    real, ending = ("f32", "_f32") if dtype == "float32" else ("f64", "")
    names = [f"{made.name}{what}{ending}" for what in ("", "_derivative")]
    value, slope = rust_functions(path, names, real)
    return value, slope


def _opencl_devices() -> list[Any]:
    import pyopencl

    try:
        return [each for platform in pyopencl.get_platforms() for each in platform.get_devices()]
    except pyopencl.LogicError:
        return []  # without a platform


def opencl_functions(code: str, names: list[str]) -> list[Function]:
    """Functions of arrays of which an OpenCL file has kernels, compiled without a warning."""
    import pyopencl

    context = pyopencl.Context(_opencl_devices()[:1])
    program = pyopencl.Program(context, code).build(["-Werror"])
    queue, flags = pyopencl.CommandQueue(context), pyopencl.mem_flags

    def function(name: str) -> Function:
        kernel = getattr(program, f"{name}_array")

        def apply(x: NDArray[Any]) -> NDArray[Any]:
            given, result = np.ascontiguousarray(x), np.empty_like(x)
            source = pyopencl.Buffer(context, flags.READ_ONLY | flags.COPY_HOST_PTR, hostbuf=given)
            written = pyopencl.Buffer(context, flags.WRITE_ONLY, given.nbytes)
            kernel(queue, given.shape, None, source, written)
            pyopencl.enqueue_copy(queue, result, written)
            return result

        return apply

    return [function(name) for name in names]


def _opencl(made: Any, folder: Path, dtype: str) -> tuple[Function, Any]:
    name = f"{made.name}{C_TYPES[dtype]}"
    value, slope = opencl_functions(made.code, [name, f"{name}_derivative"])
    return value, slope


def _onnx(made: Any, folder: Path, dtype: str) -> tuple[Function, Any]:
    import onnxruntime

    session = onnxruntime.InferenceSession(made.content, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {"x": x})[0], None


def _sympy(made: Any, folder: Path, dtype: str) -> tuple[Function, Any]:
    """At 30 digits; what SymPy cannot tell at infinity is left out."""
    code = module(made, folder)

    def evaluator(expression: Any) -> Function:
        def value(t: float) -> float:
            if not np.isfinite(t):
                return np.nan
            return float(expression.evalf(30, subs={code.x: t}))

        return _elementwise(value)

    return evaluator(getattr(code, made.name)), evaluator(getattr(code, f"{made.name}_derivative"))


_LOADERS = {
    "python": _python, "numpy": _plain, "numba": _plain, "torch": _torch, "jax": _jax, "c": _c,
    "js": _js, "rust": _rust, "onnx": _onnx, "sympy": _sympy,
    "opencl": _opencl,
}  # fmt: skip
RUN = frozenset(_LOADERS)  # the languages whose code can be run in float64 or float32
