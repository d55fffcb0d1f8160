"""Whether `actx bench` can be relied on, and how fast number types are gone through.

Run it on a quiet machine: `python tests/benchmarks/costs.py [--exhaustive]`. The last column says
whether the figure asked for is met.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from itertools import combinations

import actx

RUNS = 3
APART = 1.1  # formulas whose costs differ by more than this shall come in the same order
FORMULAS = ("mish", "hard-mish", "swish", "gelu", "h-mish", "squareplus", "elu", "linear-swish")


def ordering(backend: str) -> None:
    """The same formulas timed again and again, each time in a process of its own."""
    found: list[dict[str, float]] = []
    for _ in range(RUNS):
        code = (
            "import actx, json; print(json.dumps({r.name: r.forward.relative.median for r in "
            f"actx.bench(*{FORMULAS!r}, backend={backend!r}).rows}}))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        found.append(json.loads(done.stdout))
    apart = turned = 0
    for a, b in combinations(found[0], 2):
        ratios = [run[a] / run[b] for run in found]
        if max(*ratios, *(1 / r for r in ratios)) > APART:
            apart += 1
            turned += not (all(r > 1 for r in ratios) or all(r < 1 for r in ratios))
    for name in found[0]:
        print(f"  {name:14s}" + "".join(f"{run[name]:9.3f}" for run in found))
    report(f"{backend}: of {apart} pairs more than 10% apart, turned", turned, 0, "")


def report(what: str, value: float, limit: float, unit: str) -> None:
    verdict = "met" if value <= limit else "MISSED"
    print(f"{what:62s} {value:9.3g} {unit:3s} at most {limit:g}  {verdict}", flush=True)


def half_types() -> None:
    """One pair over all numbers of a type of 16 bits, the whole call, warm."""
    for dtype in ("float16", "bfloat16"):
        for name in ("hard-mish", "mish-one-exp", "gelu-tanh"):
            actx.compare(name, "mish", dtype=dtype)
            times = []
            for _ in range(5):
                start = time.perf_counter()
                actx.compare(name, "mish", dtype=dtype)
                times.append(time.perf_counter() - start)
            report(f"compare {name} mish --dtype {dtype}", statistics.median(times), 1, "s")


def all_float32() -> None:
    """One pair over all float32 numbers."""
    for name in ("hard-mish", "mish-one-exp"):
        start = time.perf_counter()
        actx.compare(name, "mish", dtype="float32", exhaustive=True, budget=None)
        report(f"compare {name} mish, all float32", time.perf_counter() - start, 120, "s")


if __name__ == "__main__":
    half_types()
    for each in ("c", "numpy", "torch"):
        ordering(each)
    if "--exhaustive" in sys.argv:
        all_float32()
