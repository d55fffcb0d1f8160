"""Formulas timed side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from actx.api.asking import DEFAULT_TARGET
from actx.calculus.formula import Formula
from actx.calculus.reading import Values, numbers, read_formulas
from actx.core.alone import alone
from actx.core.progress import Progress
from actx.present.pictures import check_output
from actx.registry import Registry, load_registry
from actx.studies.bench.backends import Settings
from actx.studies.bench.measure import bench as measure
from actx.studies.bench.results import Bench


@alone()
def bench(
    *formulas: str | Formula,
    all: bool = False,
    backend: str | Sequence[str] = "numpy",
    dtype: str = "float32",
    size: int | None = None,
    threads: int = 1,
    repeat: int = 25,
    device: str | None = None,
    composed: bool = False,
    target: str | Formula = DEFAULT_TARGET,
    output: str | Path | None = None,
    width: str | float | None = None,
    set: Values | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> Bench:
    """Time formulas side by side, relative to relu, which is timed in any case.

    all: the whole registry as well. backend: "numpy", "torch", "torch-compile", "triton", "cuda",
    "c", "numba", "onnxruntime" or "sleef"; several are timed in turn, relative to relu in the
    first, which has to have all formulas. size: numbers in the array, None for a million (for many
    more on CUDA, where that is what the first runs on). repeat: rounds. device: "cpu" or "cuda",
    for torch. composed: whether torch's own functions are left aside. target: what the errors are
    told against. output: a .png, .svg or .pdf file for a picture of error over cost. width: of it,
    as `plot` takes one. Raises UsageError for what a backend cannot do, MissingPackageError without
    its package, BenchError where it cannot start or run, PictureError, and otherwise as `show`.
    """
    if output is not None:
        check_output(output)
    settings = Settings(dtype, size, threads, device, composed)
    known = registry or load_registry()
    names = list(formulas) + ([entry.name for entry in known.entries] if all else [])
    read = read_formulas([*names, target], numbers(set or {}), known)
    backends = [backend] if isinstance(backend, str) else backend
    result = measure(read[:-1], read[-1], backends, settings, repeat, progress)
    return result if output is None else replace(result, output=result.save(output, width))
