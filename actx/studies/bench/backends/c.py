"""C: the exported code, compiled by the system's compiler and called from the library it makes."""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.calculus.formula import Formula
from actx.codegen.make import export
from actx.core.errors import BenchError
from actx.studies.bench import clock
from actx.studies.bench.backends import Kernel, Settings
from actx.studies.bench.backends.compiling import library_of
from actx.studies.bench.backends.inputs import inputs

DTYPES = ("float32", "float64", "float16")
THREADS = True
_NAME = "activation"
_SUFFIXES = {"float32": "f", "float64": "", "float16": "_f16"}  # as the exported code has them
_REALS = {"float32": "float", "float64": "double", "float16": "_Float16"}
_OPTIONS = ("-O3", "-march=native")
_LIBRARY = ("-shared", "-fPIC")
_BACKWARD = """
LOOP void actx_backward(const {real} *restrict x, const {real} *restrict g, {real} *restrict d,
                        size_t n) {{
    for (size_t i = 0; i < n; i++) d[i] = ({real})(g[i] * {name}_derivative_inline(x[i]));
}}
"""

Call = Callable[..., object]


@dataclass
class Compiled:
    """C that is compiled and run."""

    compiler: tuple[str, ...]
    folder: Path
    settings: Settings
    x: NDArray[Any]
    grad: NDArray[Any]
    y: NDArray[Any]  # for all formulas the same, as memory that is used anew costs time
    change: NDArray[Any]
    pool: ThreadPoolExecutor | None
    size: int
    device: str
    versions: Mapping[str, str]
    made: int = 0

    def copy(self) -> None:
        if self.pool is None:
            np.copyto(self.y, self.x)
        else:
            list(self.pool.map(lambda part: np.copyto(self.y[part], self.x[part]), self._parts()))

    def _parts(self) -> list[slice]:
        """An even part of the array for each thread."""
        ends = np.linspace(0, self.x.size, self.settings.threads + 1).astype(int).tolist()
        return [slice(lo, hi) for lo, hi in pairwise(ends)]

    def kernel(self, formula: Formula) -> Kernel:
        code = export(formula, "c", target=formula, types=[self.settings.dtype], name=_NAME).code
        assert code is not None
        name = _NAME + _SUFFIXES[self.settings.dtype]
        real = _REALS[self.settings.dtype]
        loaded = self.library(code + _BACKWARD.format(real=real, name=name), formula.name)
        value = self.over_array(loaded[f"{name}_array"], self.x, self.y)
        slope = self.over_array(loaded["actx_backward"], self.x, self.grad, self.change)

        def both() -> None:
            value()
            slope()

        words = f"exported C, {Path(self.compiler[0]).name} {' '.join(_OPTIONS)}"
        return Kernel(words, value, both, float(self.x.itemsize))

    def library(self, code: str, what: str, *more: str) -> ctypes.CDLL:
        """Code compiled and loaded. Raises BenchError.

        what: it is, in a message. more: libraries.
        """
        self.made += 1
        source = self.folder / f"{_NAME}{self.made}.c"
        told = f"C code of {what} for {self.settings.dtype}"
        target = library_of(
            code, source, told, (*self.compiler, *_OPTIONS, *_LIBRARY), *more, "-lm"
        )
        return ctypes.CDLL(str(target))

    def over_array(self, function: Any, *arrays: NDArray[Any]) -> Callable[[], object]:
        """A call of a function of arrays, split evenly between the threads."""
        function.restype = None
        function.argtypes = [ctypes.c_void_p] * len(arrays) + [ctypes.c_size_t]
        parts = [
            (*(a[part].ctypes.data for a in arrays), part.stop - part.start)
            for part in self._parts()
        ]

        def call() -> object:
            if self.pool is None:
                return function(*parts[0])
            return list(self.pool.map(lambda part: function(*part), parts))

        return call

    def seconds(self, call: Callable[[], object], calls: int) -> float:
        return clock.seconds(call, calls, self.settings.threads)


@contextmanager
def start(settings: Settings) -> Iterator[Compiled]:
    """Run compiled C. The compiler is that of the environment variable CC, or cc, gcc or clang."""
    compiler = _compiler()
    x, grad = (each.astype(settings.dtype) for each in inputs(settings.size))
    pool = ThreadPoolExecutor(settings.threads) if settings.threads > 1 else None
    with tempfile.TemporaryDirectory(prefix="actx-") as folder:
        try:
            yield Compiled(
                compiler,
                Path(folder),
                settings,
                x,
                grad,
                np.empty_like(x),
                np.empty_like(x),
                pool,
                x.size,
                "CPU",
                {"compiler": _version(compiler)},
            )
        finally:
            if pool is not None:
                pool.shutdown()


def _compiler() -> tuple[str, ...]:
    if sys.platform == "win32":
        raise BenchError("The backend c needs a compiler that takes gcc's options; not on Windows.")
    wanted = shlex.split(os.environ.get("CC", ""))
    for words in [wanted] if wanted else [["cc"], ["gcc"], ["clang"]]:
        found = shutil.which(words[0])
        if found is not None:
            return (found, *words[1:])
    missing = f"{wanted[0]!r}, which CC names, is not found" if wanted else "none is found"
    raise BenchError(
        f"The backend c needs a C compiler, and {missing}. Install gcc or clang (on Debian and "
        "Ubuntu: apt install gcc; on macOS: xcode-select --install).",
        "Or choose another {backend}.",
        backend=None,
    )


def _version(compiler: tuple[str, ...]) -> str:
    told = subprocess.run([*compiler, "--version"], capture_output=True, text=True, check=False)
    return next(iter(told.stdout.splitlines()), compiler[0])
