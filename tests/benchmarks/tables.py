"""How near tables are to what none can do, and their time: `python tests/benchmarks/tables.py`.

Prints a line for each function and size, then the times of tables of integers, and exits with 1
where something is not as it has to be: within 1 % of the bound, 16 pieces in a second and 256 in
ten, an int8 table in half a second and an int16 one with interpolation in three, all with proof, in
processor time, and beside it by the clock with the load of the machine.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import actx

FUNCTIONS = {
    "mish": "-8:8", "tanh": "-8:8", "sigmoid": "-8:8", "gelu": "-8:8", "exp(x)": "-8:0",
    "1/sqrt(x)": "1:4",
}  # fmt: skip
SIZES = (8, 16, 32, 64, 128, 256)
GAP = 0.01
MOST = {16: 1.0, 256: 10.0}  # seconds
INTEGERS: dict[str, tuple[dict[str, Any], float]] = {
    "int8": ({"input": "int8:0.06", "output": "int8:0.06"}, 0.5),
    "tflite-int8": ({"like": "tflite-int8"}, 0.5),
    "int16, 512 segments": ({"input": "int16", "segments": 512}, 3.0),
    "tflite-int16": ({"like": "tflite-int16"}, 3.0),
    "tosa-int16": ({"like": "tosa-int16"}, 3.0),
    "nvdla": ({"like": "nvdla"}, 3.0),
    "hls4ml": ({"like": "hls4ml"}, 3.0),
}


def timed(make: Callable[[], Any]) -> tuple[Any, float, float]:
    """What is made, processor time and time by the clock."""
    clock, processor = time.perf_counter(), time.process_time()
    made = make()
    return made, time.process_time() - processor, time.perf_counter() - clock


def tables() -> bool:
    good = True
    for name, domain in FUNCTIONS.items():
        for count in SIZES:
            for smooth, what in ((0, "meet"), (-1, "apart")):

                def make(n: str = name, d: str = domain, c: int = count, s: int = smooth) -> Any:
                    return actx.table(n, c, domain=d, smooth=s, left="none", right="none")

                made, processor, clock = timed(make)
                right = made.bound.gap <= GAP and processor <= MOST.get(count, 10.0)
                good = good and right and made.max_error.proven
                print(
                    f"{name:10s} {count:4d} {what:6s} {made.bound.upper:.6g} gap "
                    f"{100 * made.bound.gap:.3f} %  {processor:.2f} s ({clock:.2f} s)"
                    f"{'' if right else '  TOO MUCH'}",
                    flush=True,
                )
    return good


def integers() -> bool:
    good = True
    for name, (asked, most) in INTEGERS.items():
        of = "sigmoid" if name in ("nvdla", "hls4ml") else "mish"
        made, processor, clock = timed(lambda of=of, asked=asked: actx.integer_table(of, **asked))
        right = processor <= most
        good = good and right
        lo, hi = made.reached.error
        print(
            f"{name:20s} error {lo:.7g} to {hi:.7g}  {processor:.2f} s ({clock:.2f} s)"
            f"{'' if right else '  TOO MUCH'}"
        )
        if made.published is not None:
            print(f"{'by its own rules':20s} error at most {made.published.error[1]:.7g}")
    return good


if __name__ == "__main__":
    actx.table("tanh", 4, domain="-2:2")  # imports are no matter here
    actx.integer_table("tanh", input="int8")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    good = [tables(), integers()]
    print(f"load {os.getloadavg()[0]:.1f}")
    sys.exit(not all(good))
