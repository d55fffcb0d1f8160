"""Exported C beside SLEEF's vector functions: `python tests/benchmarks/sleef.py`.

exp, tanh, erf and log1p over 10^4 normally distributed floats (their sizes for log1p), on one
thread, in turns, each the best of many; SLEEF's are those of 1 ulp (Debian's libsleef-dev), over
vectors of 256 bits with AVX2 and of 512 bits where the processor has them.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import actx

NAMES = ("exp", "tanh", "erf", "log1p")
SIZE, CALLS, ROUNDS = 10**4, 20, 60
FLAGS = {"avx2": "-O3 -mavx2 -mfma", "avx512f": "-O3 -march=native"}
THEIRS = """
#include <immintrin.h>
#include <sleef.h>
#include <stddef.h>
void {name}_array(const float *x, float *y, size_t n) {{
    for (size_t i = 0; i + {lanes} <= n; i += {lanes})
        _mm{bits}_storeu_ps(y + i, Sleef_{name}f{lanes}_u10{kind}(_mm{bits}_loadu_ps(x + i)));
}}
"""
Loop = Callable[[int, int, int], None]


def loop_of(code: str, name: str, flags: str, path: Path) -> Loop:
    """A loop over an array of floats, compiled."""
    path.with_suffix(".c").write_text(code)
    command = ["gcc", "-std=gnu99", *flags.split(), "-shared", "-fPIC", "-o", str(path)]
    subprocess.run([*command, str(path.with_suffix(".c")), "-lsleef", "-lm"], check=True)
    loop = getattr(ctypes.CDLL(str(path)), f"{name}_array")
    loop.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    return loop


def nanoseconds(loops: list[Loop], x: NDArray[np.float32]) -> list[float]:
    """For one number, of each loop: the least of rounds in which they take turns."""
    y = np.empty_like(x)
    best = [float("inf")] * len(loops)
    for _ in range(ROUNDS):
        for i, loop in enumerate(loops):
            start = time.perf_counter()
            for _ in range(CALLS):
                loop(x.ctypes.data, y.ctypes.data, SIZE)
            best[i] = min(best[i], (time.perf_counter() - start) / CALLS / SIZE * 1e9)
    return best


def main() -> None:
    x = np.random.default_rng(1).normal(0, 3, SIZE).astype(np.float32)
    wide = "avx512f" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for kind in FLAGS if wide else ("avx2",):
            lanes, bits = (16, "512") if kind == "avx512f" else (8, "256")
            for name in NAMES:
                theirs = THEIRS.format(name=name, lanes=lanes, bits=bits, kind=kind)
                ours = str(actx.export(f"{name}(x)", "c", dtype="float32", name="made").code)
                place = Path(folder) / f"{name}_{kind}"
                loops = [
                    loop_of(theirs, name, FLAGS[kind], place.with_name(f"{place.name}_sleef.so")),
                    loop_of(ours, "madef", FLAGS[kind], place.with_name(f"{place.name}_actx.so")),
                ]
                sleef, actx_own = nanoseconds(loops, abs(x) if name == "log1p" else x)
                print(
                    f"{kind:8s} {name:6s} SLEEF {sleef:.3f} ns, actx {actx_own:.3f} ns, "
                    f"ratio {actx_own / sleef:.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
