"""Exported CUDA and Triton at all floats.

    PYTHONPATH=tests/oracles python tests/benchmarks/devices.py [NAME ...]

For every formula of the registry, or those named, the largest error of the code for float32 at all
2^32 numbers, in units in the last place, beside what the head tells of functions that are rounded
correctly. The reference is the exported code for float64 on the same device, which is itself held
against mpmath at some numbers. Needs nvcc, PyTorch, Triton and a CUDA device.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from exported import imported
from mpmath import mp
from oracle import value

import actx
from actx.codegen.arithmetic import faintest
from actx.core.errors import ActxError
from actx.precision.number_types import NUMBER_TYPES
from actx.registry import load_registry
from actx.studies.bench.backends.cuda import Nvcc, over_tensors

CHUNK = 1 << 27
# what is smaller is told apart in heads, and left out here
FAINTEST = faintest(NUMBER_TYPES["float32"])
CHECKED = 64  # numbers at which the reference is held against mpmath


@dataclass(frozen=True)
class Made:
    """What is made of a formula before the device is needed; checked: numbers and true values."""

    name: str
    told: float
    libraries: dict[str, Path]
    module: Path
    checked: tuple[tuple[float, float], ...]


def make(name: str, folder: Path) -> Made | str:
    """Compile a formula; or why it cannot be."""
    try:
        formula = actx.formula(name)
        place = folder / name
        place.mkdir()
        compiler = Nvcc(place)
        libraries = {dtype: compiler.library(formula, dtype) for dtype in ("float32", "float64")}
        made = actx.export(name, "triton", output=place / f"{name.replace('-', '_')}_triton.py")
        told = max((r.ulps for r in made.rounding if r.arithmetic == "float32"), default=0.0)
        random = np.random.default_rng(3)
        some = random.standard_normal(CHECKED) * 10.0 ** random.integers(-3, 3, CHECKED)
        with mp.workdps(400):
            checked = tuple((t, float(value(formula.bound, t))) for t in some.tolist())
        return Made(
            made.name, told, libraries, place / f"{name.replace('-', '_')}_triton.py", checked
        )
    except (ActxError, ArithmeticError, ValueError) as reason:
        return f"{name}: {reason}"


def largest(function: Callable[[Any], Any], true: Callable[[Any], Any]) -> tuple[float, float]:
    """The largest error at all floats in ulp, and where; NaN and infinities have to be the same."""
    import torch

    worst, where = 0.0, 0.0
    for start in range(-(1 << 31), 1 << 31, CHUNK):
        x = (
            torch.arange(start, start + CHUNK, dtype=torch.int64, device="cuda")
            .to(torch.int32)
            .view(torch.float32)
        )
        y, wanted = function(x), true(x.double())
        near = wanted.float()
        _, exponent = torch.frexp(wanted.abs())
        ulp = torch.ldexp(torch.ones_like(wanted), exponent - 24)
        error = (y.double() - wanted).abs() / ulp
        same = (y == near) | (y.isnan() & near.isnan())
        faint = (wanted.abs() < FAINTEST) & (y.abs() <= FAINTEST)
        error = torch.where(same & ~near.isfinite() | faint, 0.0, error)
        error = torch.where(error.isnan(), torch.inf, error)
        at = int(error.argmax())
        if float(error[at]) > worst:
            worst, where = float(error[at]), float(x[at])
    return worst, where


def held(true: Callable[[Any], Any], checked: tuple[tuple[float, float], ...]) -> float:
    """The largest relative error of the reference where it is checked."""
    import torch

    x, wanted = (torch.tensor(part, dtype=torch.float64) for part in zip(*checked, strict=True))
    y = true(x.cuda()).cpu()
    return float(((y - wanted).abs() / wanted.abs().clamp(min=1e-300)).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--triton", type=int, default=1000, help="of how many formulas")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    names = options.names or [entry.name for entry in load_registry(user=False).entries]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        with ProcessPoolExecutor() as pool:
            everything = list(pool.map(make, names, [Path(folder)] * len(names)))
        head = ("formula", "told", "cuda", "at", "triton", "at", "reference")
        print("{:20} {:>7} {:>9} {:>14} {:>9} {:>14} {:>9}".format(*head))
        for i, made in enumerate(everything):
            if isinstance(made, str):
                print(made, flush=True)
                continue
            functions = {}
            for dtype, path in made.libraries.items():
                functions[dtype] = over_tensors(ctypes.CDLL(str(path)))
            true = functions["float64"]
            found = [largest(functions["float32"], true)]
            if i < options.triton:
                found.append(largest(getattr(imported(made.module), made.name), true))
            reference = held(true, made.checked)
            rows.append((made.name, made.told, *found, reference))
            told = " ".join(f"{error:9.3f} {at:14.7g}" for error, at in found)
            print(f"{made.name:20} {made.told:7.2f} {told} {reference:9.1e}", flush=True)
            if options.json:
                options.json.write_text(json.dumps(rows))


if __name__ == "__main__":
    main()
