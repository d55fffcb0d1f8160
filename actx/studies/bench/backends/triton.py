"""Triton: the exported module, on a CUDA device."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from actx.calculus.formula import Formula
from actx.codegen.make import export
from actx.core.errors import optional_module
from actx.studies.bench.backends import Backend, Settings
from actx.studies.bench.backends import torch as eager

DTYPES = ("float32", "float16", "bfloat16")
THREADS = True


@contextmanager
def start(settings: Settings) -> Iterator[Backend]:
    """Run kernels of Triton on the CUDA device. Raises BenchError where there is none."""
    triton = optional_module("triton", "The backend triton needs Triton", "triton")
    with (
        tempfile.TemporaryDirectory(prefix="actx-") as folder,
        eager.start(replace(settings, device="cuda"), partial(_made, Path(folder))) as running,
    ):
        running.versions = {**running.versions, "triton": triton.__version__}
        yield running


def _made(folder: Path, formula: Formula, _: Settings) -> tuple[Callable[[Any], Any], str]:
    """The function of an exported module, which Triton has to find in a file."""
    made = export(formula, "triton", target=formula)
    file = folder / f"{made.name}_{len(list(folder.iterdir()))}.py"
    file.write_text(str(made.code), encoding="utf-8")
    spec = spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, made.name), "exported Triton"
