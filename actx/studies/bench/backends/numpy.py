"""NumPy, as actx itself computes values: in blocks that stay in the processor's cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from actx.calculus.formula import Formula
from actx.calculus.values import evaluate
from actx.core.memory import keep_freed_memory
from actx.language.derivative import derivative
from actx.language.stable import bounded
from actx.studies.bench import clock
from actx.studies.bench.backends import Kernel, Settings
from actx.studies.bench.backends.inputs import inputs

DTYPES = ("float32", "float64")
THREADS = False


@dataclass
class _NumPy:
    x: NDArray[np.floating]
    grad: NDArray[np.floating]
    kept: NDArray[np.floating]
    size: int
    device: str = "CPU"
    versions: Mapping[str, str] = field(default_factory=lambda: {"numpy": np.__version__})

    def copy(self) -> None:
        np.copyto(self.kept, self.x)

    def kernel(self, formula: Formula) -> Kernel:
        tree = formula.bound
        slope = derivative(bounded(tree))

        def both() -> tuple[object, object]:
            value = evaluate(tree, self.x)
            change = evaluate(slope, self.x)
            change *= self.grad
            return value, change

        return Kernel(
            "NumPy, in blocks", lambda: evaluate(tree, self.x), both, float(self.x.itemsize)
        )

    def seconds(self, call: Callable[[], object], calls: int) -> float:
        return clock.seconds(call, calls, 1)


@contextmanager
def start(settings: Settings) -> Iterator[_NumPy]:
    """Run with NumPy."""
    keep_freed_memory()
    x, grad = (each.astype(settings.dtype) for each in inputs(settings.size))
    yield _NumPy(x, grad, np.empty_like(x), x.size)
