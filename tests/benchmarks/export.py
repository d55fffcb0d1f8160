"""Exported C beside torch on one thread: `python tests/benchmarks/export.py`.

mish and hard-mish over 10^6 normally distributed floats, each beside torch's kernel
(hardswish for hard-mish) in the same run, interleaved; medians. The C code is compiled with the
line that it recommends, and once more for a processor that has no more than its family.
"""

from __future__ import annotations

import ctypes
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

import actx

SIZE = 10**6
ROUNDS = 51
FLAGS = (["-O3", "-march=native"], ["-O3"])
PAIRS = {"mish": torch.nn.functional.mish, "hard-mish": torch.nn.functional.hardswish}


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def loop_of(
    name: str, flags: list[str], folder: str
) -> Callable[[torch.Tensor, torch.Tensor], None]:
    """The exported loop over an array of floats."""
    made = actx.export(name, "c", dtype="float32")
    source = Path(folder, f"{made.name}.c")
    library = Path(folder, f"{made.name}-{len(flags)}.so")
    source.write_text(str(made.code))
    command = [
        "gcc",
        "-std=c99",
        *flags,
        "-shared",
        "-fPIC",
        "-o",
        str(library),
        str(source),
        "-lm",
    ]
    subprocess.run(command, check=True)
    loop = getattr(ctypes.CDLL(str(library)), f"{made.name}f_array")
    loop.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    return lambda x, y: loop(x.data_ptr(), y.data_ptr(), x.numel())


def main() -> None:
    torch.set_num_threads(1)
    x = 3 * torch.randn(SIZE)
    y = torch.empty_like(x)
    with tempfile.TemporaryDirectory() as folder:
        for flags in FLAGS:
            for name, kernel in PAIRS.items():
                loop = loop_of(name, flags, folder)
                times = [
                    (milliseconds(partial(loop, x, y)), milliseconds(partial(kernel, x)))
                    for _ in range(ROUNDS)
                ]
                ours, theirs = (statistics.median(column) for column in zip(*times, strict=True))
                ratio = ours / theirs
                verdict = "met" if ratio <= 1 else "MISSED"
                print(
                    f"{name:10s} {' '.join(flags):18s} C {ours:6.3f} ms  "
                    f"torch.{kernel.__name__:10s} {theirs:6.3f} ms  {ratio:5.2f} x  {verdict}"
                )


if __name__ == "__main__":
    main()
