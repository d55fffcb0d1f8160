"""onnxruntime, on the CPU: the exported model, with its input and output in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.calculus.formula import Formula
from actx.codegen.make import export
from actx.core.errors import optional_module
from actx.studies.bench import clock
from actx.studies.bench.backends import Kernel, Settings
from actx.studies.bench.backends.inputs import inputs

DTYPES = ("float32", "float64", "float16")
THREADS = True


@dataclass
class _Runtime:
    package: Any
    settings: Settings
    x: NDArray[Any]
    y: NDArray[Any]
    size: int
    versions: Mapping[str, str]
    device: str = "CPU"

    def copy(self) -> None:
        np.copyto(self.y, self.x)

    def kernel(self, formula: Formula) -> Kernel:
        made = export(formula, "onnx", target=formula, types=[self.settings.dtype])
        options = self.package.SessionOptions()
        options.intra_op_num_threads = self.settings.threads
        options.inter_op_num_threads = 1
        session = self.package.InferenceSession(
            made.content, options, providers=["CPUExecutionProvider"]
        )
        bound = session.io_binding()
        bound.bind_cpu_input(session.get_inputs()[0].name, self.x)
        (output,) = session.get_outputs()
        place = self.y.ctypes.data
        bound.bind_output(output.name, "cpu", 0, self.y.dtype, self.y.shape, place)
        return Kernel(
            "exported ONNX in onnxruntime", lambda: session.run_with_iobinding(bound), None, None
        )

    def seconds(self, call: Callable[[], object], calls: int) -> float:
        return clock.seconds(call, calls, self.settings.threads)


@contextmanager
def start(settings: Settings) -> Iterator[_Runtime]:
    """Run models, which are for inference: there is no derivative."""
    optional_module("onnx", "The backend onnxruntime needs the package onnx", "onnx")
    package = optional_module("onnxruntime", "The backend onnxruntime needs onnxruntime", "onnx")
    x = inputs(settings.size)[0].astype(settings.dtype)
    versions = {"onnxruntime": package.__version__}
    yield _Runtime(package, settings, x, np.empty_like(x), x.size, versions)
