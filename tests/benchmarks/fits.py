"""Fits in a warm process, beside scipy on the same objective: `python tests/benchmarks/fits.py`.

Times are medians. In the same run scipy's differential evolution minimises the largest error over a
fine grid, or the sum of squares there, and its curve_fit the latter. The last part starts each
template of the registry from 50 random places: where the optimum is unique all must reach it.
"""

from __future__ import annotations

import random
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import curve_fit, differential_evolution

import actx

X = np.concatenate([np.linspace(-30, 30, 4001), np.linspace(-4, 4, 2001)])
MISH = X * np.tanh(np.logaddexp(0, X))
FINE = np.linspace(-30, 30, 6_000_001)  # where the errors of what scipy finds are told
MISH_FINE = FINE * np.tanh(np.logaddexp(0, FINE))
WIDE = np.linspace(-60, 60, 120_001)
MISH_WIDE = WIDE * np.tanh(np.logaddexp(0, WIDE))
STARTS = 50


def sigmoid(u: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0, -u))


CASES: tuple[tuple[str, Callable[..., np.ndarray], list[tuple[float, float]], float], ...] = (
    ("x*sigmoid(a*x)", lambda x, a: x * sigmoid(a * x), [(0.1, 4)], 0.05),
    ("x*(1 + tanh(a*x))/2", lambda x, a: x * (1 + np.tanh(a * x)) / 2, [(0.1, 4)], 0.05),
    ("x*sigmoid(a*x + b)", lambda x, a, b: x * sigmoid(a * x + b), [(0.1, 4), (-2, 2)], 0.2),
    ("x*clip(x + c, 0, k)/k", lambda x, c, k: x * np.clip(x + c, 0, k) / k, [(1, 5), (1, 9)], 0.2),
)  # fmt: skip


def timed(call: Callable[[], object], runs: int = 7) -> tuple[float, object]:
    times, result = [], None
    for _ in range(runs):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return statistics.median(times), result


def report(what: str, value: float, limit: float, unit: str) -> None:
    verdict = "met" if value <= limit else "MISSED"
    print(f"{what:60s} {value:11.5g} {unit:3s} at most {limit:.9g}  {verdict}", flush=True)


def beside_scipy() -> None:
    for template, function, box, limit in CASES:

        def gap(p: np.ndarray, f: Callable[..., np.ndarray] = function) -> np.ndarray:
            return f(X, *p) - MISH

        actx.fit(template)
        seconds, found = timed(lambda t=template: actx.fit(t))
        report(f"fit {template}", 1000 * seconds, 1000 * limit, "ms")
        other, evolved = evolution(lambda p, g=gap: float(np.max(np.abs(g(p)))), box)
        report("  its time / differential evolution", seconds / other, 1, "x")
        theirs = float(np.max(np.abs(function(FINE, *evolved.x) - MISH_FINE)))
        report("  its error / differential evolution's", found.objective / theirs, 1 + 1e-7, "x")

        seconds, squares = timed(lambda t=template: actx.fit(t, norm="l2"))
        other, evolved = evolution(lambda p, g=gap: float(np.sum(g(p) ** 2)), box)
        report("  l2: its time / differential evolution", seconds / other, 1, "x")
        start = [sum(ends) / 2 for ends in box]
        other, (p, _) = timed(lambda f=function, s=start: curve_fit(f, X, MISH, s), 3)
        print(f"  l2: {1000 * seconds:.3g} ms, curve_fit {1000 * other:.3g} ms", flush=True)
        for name, q in (("differential evolution", evolved.x), ("curve_fit", p)):
            gaps = function(WIDE, *q) - MISH_WIDE
            theirs = float(np.sqrt(np.trapezoid(gaps**2, WIDE)))
            report(f"  l2: its error / {name}'s", squares.l2_error / theirs, 1 + 1e-6, "x")


def evolution(
    objective: Callable[[np.ndarray], float], box: list[tuple[float, float]]
) -> tuple[float, Any]:
    """The time that scipy's differential evolution takes, and what it finds."""
    return timed(lambda: differential_evolution(objective, box, seed=1, tol=1e-10), 5)


def from_random_starts() -> None:
    """The spread of the optimum over random starts, relative."""
    dice = random.Random(20)
    for entry in actx.load_registry().entries:
        if not entry.parameters:
            continue
        try:
            first = actx.fit(entry.name)
        except actx.core.errors.ActxError as reason:
            print(f"{entry.name}: no fit ({str(reason)[:60]}...)")
            continue
        if any(
            word in note
            for note in first.notes
            for word in ("not determined", "not the only", "runs away")
        ):
            print(f"{entry.name}: no unique optimum, as the fit says")
            continue
        found = []
        for _ in range(STARTS):
            init = {}
            for name, p in entry.parameters.items():
                lo, hi = max(p.lower, -3.0), min(p.upper, 4.0)
                init[name] = dice.uniform(lo, hi)
            found.append(actx.fit(entry.name, init=init))
        spread = (
            max(abs(f.objective / first.objective - 1) for f in found) if first.objective else 0
        )
        apart = max(abs(f.parameters[n] - v) for f in found for n, v in first.parameters.items())
        report(f"{entry.name}: spread of the error over {STARTS} starts", spread, 1e-10, "")
        report(f"{entry.name}: spread of the parameters", apart, 1e-8, "")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    beside_scipy()
    from_random_starts()
