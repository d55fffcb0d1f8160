"""Exported C in relus, on one thread: `python tests/benchmarks/kernels.py [NAME ...]`.

Every formula of the registry, or those named, over 10^6 and 10^4 normally distributed floats, as a
ratio to relu in the same run, each the best of several; compiled with the line that the file
recommends, and with what else is asked for by `--compiler` and `--flags`. The last column says
whether the figure asked for is met: 5 relus for those that are used most, 8 where one elementary
function is enough, 20 where it takes more.
"""

from __future__ import annotations

import argparse
import ctypes
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import actx
from actx.calculus.cost import count
from actx.registry import load_registry

MOST_USED = ("mish", "swish", "gelu", "tanh", "sigmoid", "softplus")
SIZES = (10**6, 10**4)
ROUNDS = 9
Loop = Callable[[int, int, int], None]


def loop_of(name: str, command: list[str], folder: Path) -> Loop:
    """The exported loop over an array of floats."""
    made = actx.export(name, "c", dtype="float32")
    source, library = folder / f"{made.name}.c", folder / f"{made.name}.so"
    source.write_text(str(made.code))
    subprocess.run(
        [*command, "-shared", "-fPIC", "-o", str(library), str(source), "-lm"], check=True
    )
    loop = getattr(ctypes.CDLL(str(library)), f"{made.name}f_array")
    loop.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    return loop


def nanoseconds(loop: Loop, x: int, y: int, size: int) -> float:
    """For one number: the least of several rounds of 10^6 numbers or so."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(SIZES[0] // size):
            loop(x, y, size)
        found.append((time.perf_counter() - start) / SIZES[0] * 1e9)
    return min(found)


def asked(name: str) -> float:
    """The relus that a formula may take."""
    if name in MOST_USED:
        return 5
    return 8 if count(actx.formula(name).bound).shared.calls <= 1 else 20


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("names", nargs="*")
    options.add_argument("--compiler", default="gcc")
    options.add_argument("--flags", default="-O3 -march=native")
    given = options.parse_args()
    names = given.names or list(load_registry().names())
    command = [given.compiler, "-std=c99", *given.flags.split()]
    x = np.random.default_rng(1).normal(0, 3, SIZES[0]).astype(np.float32)
    y = np.empty_like(x)
    with tempfile.TemporaryDirectory() as folder:
        relu = loop_of("relu", command, Path(folder))
        for name in names:
            loop = loop_of(name, command, Path(folder))
            ratios = [
                nanoseconds(loop, x.ctypes.data, y.ctypes.data, size)
                / nanoseconds(relu, x.ctypes.data, y.ctypes.data, size)
                for size in SIZES
            ]
            shown = "  ".join(f"{ratio:7.2f}" for ratio in ratios)
            verdict = "met" if ratios[0] <= asked(name) else "MISSED"
            print(f"{name:24s} {shown} relus  {asked(name):4.0f} {verdict}", flush=True)


if __name__ == "__main__":
    main()
