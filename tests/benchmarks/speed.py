"""The speed that is asked for, as ratios in one run: `python tests/benchmarks/speed.py`.

Run it on a quiet machine. Every figure is a median of several runs, beside what it is measured
against in the same run; the last column says whether the figure asked for is met.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import erf

import actx
from actx.analysis import explore
from actx.calculus import expansion, pieces, zeros
from actx.calculus.proven import series as proven_series

LIGHT = "import typer, rich.table"
HEAVY = "import numpy, scipy.optimize, typer, rich.table"
RUNS = 7


def seconds(arguments: Sequence[str], runs: int = RUNS, text: str = "") -> float:
    """The median wall time of a process."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(arguments, capture_output=True, check=False, input=text.encode())
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def report(what: str, value: float, limit: float, unit: str = "x") -> None:
    verdict = "met" if value <= limit else "MISSED"
    print(f"{what:58s} {value:9.3g} {unit:3s} at most {limit:g}  {verdict}", flush=True)


def against(arguments: Sequence[str], baseline: Sequence[str], runs: int = RUNS) -> float:
    """The median ratio of two processes' wall times, run in turn."""
    return statistics.median(seconds(arguments, 1) / seconds(baseline, 1) for _ in range(runs))


def startup() -> None:
    """Whole processes against bare imports."""
    light, heavy = [sys.executable, "-c", LIGHT], [sys.executable, "-c", HEAVY]
    run = [sys.executable, "-m", "actx"]
    one, every = ["compare", "hard-mish", "mish"], ["compare", "--all", "mish"]
    report("actx list / import typer, rich", against([*run, "list"], light), 2)
    report("actx --help / import typer, rich", against([*run, "--help"], light), 2)
    report("compare hard-mish mish / import numpy, scipy ...", against([*run, *one], heavy), 1.5)
    report("compare --all mish / the same imports", against([*run, *every], heavy), 3)
    bare = against([*run, *every, "--no-prove"], heavy)
    report("compare --all mish --no-prove / the same imports", bare, 3)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    report("peak memory of any of these", peak, 300, "MB")


def forget() -> None:
    """Empty all caches, so that nothing of an earlier pair helps."""
    for cached in (
        zeros.zeros, pieces.pieces, explore.outline_of, explore.kinks_of, explore.extrema_of,
        expansion.expander, proven_series.proven_expander,
    ):  # fmt: skip
        cached.cache_clear()


def pairs() -> None:
    """One compare with all its numbers, for each registry formula, the target alone being warm."""
    actx.compare("hard-mish", "mish")
    rows = []
    for entry in actx.load_registry().entries:
        times = []
        for budget in (None, 2.0):
            forget()
            actx.compare("relu", "mish", budget=budget)  # warms the target
            start = time.perf_counter()
            row = actx.compare(entry.name, "mish", budget=budget).rows[0]
            times.append(1e3 * (time.perf_counter() - start))
        rows.append((entry.name, *times, row))
    print(f"\n{'formula':18s} {'plain ms':>8s} {'proofs ms':>9s}  width of max|e|, min x, min y")
    for name, plain, proven, row in rows:
        low = row.minimum.enclosure
        widths = [row.max_error.enclosure, low and low.x, low and low.y]
        shown = " ".join(
            f"{hi - lo:8.1e}" if hi != lo else "       0" for lo, hi in filter(None, widths)
        )
        print(f"{name:18s} {plain:8.1f} {proven - plain:9.1f}  {shown}")
    report("median compare, warm process", statistics.median(r[1] for r in rows), 25, "ms")
    report("median of proofs beyond that", statistics.median(r[2] - r[1] for r in rows), 20, "ms")
    report("longest of proofs", max(r[2] - r[1] for r in rows), 500, "ms")


def values() -> None:
    """10^7 points against the same expression by hand."""
    x = np.random.default_rng(1).uniform(-10, 10, 10**7)
    by_hand: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
        "hard-mish": lambda x: x * np.minimum(np.maximum(x + 3, 0), 5) / 5,
        "swish": lambda x: x / (1 + np.exp(-x)),
        "linear-swish": lambda x: np.where(x <= 0, 2 * x / (1 + np.exp(-1.25 * x)), x),
        "gelu": lambda x: x * (1 + erf(x / np.sqrt(2))) / 2,
        "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    }
    for name, expression in by_hand.items():
        formula = actx.formula(name)
        ratios = []
        for _ in range(5):
            start = time.perf_counter()
            formula(x)
            middle = time.perf_counter()
            expression(x)
            ratios.append((middle - start) / (time.perf_counter() - middle))
        report(f"{name} on 10^7 points / by hand", statistics.median(ratios), 1.3)


def integers() -> None:
    """Tables of integers, every input evaluated: one entry an input, and with interpolation."""
    for limit, like in ((0.5, "tflite-int8"), (3.0, "tflite-int16"), (3.0, "nvdla")):
        times = []
        for _ in range(RUNS):
            forget()
            start = time.perf_counter()
            actx.integer_table("mish", like=like)
            times.append(time.perf_counter() - start)
        report(f"integer_table mish, like {like}", statistics.median(times), limit, "s")


def sollya() -> None:
    """sup|mish - x*sigmoid(2x)| on [-10, 10] beside Sollya's infnorm."""
    if shutil.which("sollya") is None:
        print("sollya is not installed: its comparison is left out")
        return
    text = (
        "prec=165; f = x*tanh(log(1+exp(x))) - x/(1+exp(-2*x));"
        "r = infnorm(f,[-10;10]); print(sup(r)-inf(r)); quit;"
    )
    answer = subprocess.run(["sollya"], input=text.encode(), capture_output=True, check=False)
    width = float(answer.stdout.split()[-1])
    own = seconds(["sollya"], text=text) - seconds(["sollya"], text="quit;")
    times = []
    for _ in range(RUNS):
        forget()
        start = time.perf_counter()
        row = actx.compare("x*sigmoid(2x)", "mish", domain="-10:10").rows[0]
        times.append(time.perf_counter() - start)
    lo, hi = row.max_error.enclosure or (0.0, np.inf)
    report("width of our enclosure / Sollya's", (hi - lo) / width, 1e-3)
    report("time of the whole compare / Sollya's own", statistics.median(times) / own, 1)


if __name__ == "__main__":
    for part in (startup, pairs, values, integers, sollya):
        part()
