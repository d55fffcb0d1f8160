"""Lower bounds by boxes of parameters in a warm process: `python tests/benchmarks/bounds.py`.

For each template the best values are found once; timed is the proof that no others are better, to
the gap that is asked for by the number of free parameters. Parameters have no bounds but where some
are given. Beside each stands the gap that was reached, and for which values.
"""

from __future__ import annotations

import math
import statistics
import time

import numpy as np
import scipy.optimize  # noqa: F401  (imported when it is needed, which is not to be timed)

import actx
from actx.core.budget import Budget
from actx.core.domain import Domain
from actx.fitting.descent.minimax import fit_minimax
from actx.fitting.enclosed import enclosed
from actx.fitting.nonlinear import BoxBound, prove_minimum, starts
from actx.fitting.problem.problem import Problem

INF = math.inf
LINE = (-INF, INF)
LIMITS = {1: (1e-9, 0.02), 2: (1e-8, 0.2), 3: (1e-6, 2.0), 4: (1e-2, 10.0)}  # gap, seconds
RUNS = 5

CASES: tuple[tuple[str, str, tuple[float, float], dict[str, tuple[float, float]]], ...] = (
    ("2x*sigmoid(a*x)", "mish", (-INF, 0), {}),
    ("x*sigmoid(a*x)", "mish", LINE, {}),
    ("clip(a*x + 0.5, 0, 1)", "sigmoid(x)", LINE, {}),
    ("x/(a + abs(x))", "tanh(x)", LINE, {}),
    ("(x + sqrt(x^2 + a))/2", "softplus(x)", LINE, {"a": (0, INF)}),
    ("x*clip(x + c, 0, k)/k", "mish", LINE, {}),
    ("x*sigmoid(a*x + b)", "mish", LINE, {}),
    ("x*clip(a*x + b, 0, 1)", "swish", (-8, 8), {}),
    ("x*sigmoid(a*x) + b", "gelu", (-5, 5), {}),
    ("max(x, 0) + a*exp(-b*abs(x))", "softplus(x)", LINE, {}),
    ("a*exp(b*x)", "1/(1 + x)", (0, 4), {}),
    ("a*x*(1 + (b*x)^c)^(-1/c)", "tanh(x)", (0, 5), {"a": (0.05, 4), "b": (0.05, 4), "c": (1, 8)}),
    ("a*x*(1 + abs(b*x)^c)^(-1/c)", "tanh(x)", (0, 5), {"c": (0.5, INF)}),
    ("min(max(a*x, b), c)", "tanh(x)", LINE, {}),
    ("a*tanh(b*x) + c", "atan(x)", (-3, 3), {}),
    ("relu(x) + a*exp(b*x - c*x^2)", "mish", (-6, 6), {}),
    ("min(max(a*x + b, c), d)", "tanh(x)", (-4, 4), {}),
    ("x*clip(a*x + b, c, d)", "mish", (-4, 4), {}),
    ("(a*x + b)*sigmoid(c*x + d)", "mish", (-4, 4), {}),
    ("a*max(x - b, 0) + c*max(x - d, 0)", "mish", (-4, 4), {}),
    ("a*tanh(b*x + c) + d", "gelu", (-4, 4), {}),
    ("a*x*sigmoid(b*x + c) + d", "mish", (-4, 4), {}),
    ("x*(a + b*tanh(c*x + d))", "mish", (-4, 4), {}),
    ("k*clip(a*x + b, 0, 1) + c", "tanh(x)", (-4, 4), {}),
    ("min(max(a*x + b, c), d)", "tanh(x)", LINE, {}),
    ("k*clip(a*x + b, 0, 1) + c", "tanh(x)", LINE, {}),
    ("k*tanh(a*x + b) + c", "erf(x)", LINE, {}),
    ("a*sigmoid(b*x + c) + d", "normcdf(x)", LINE, {}),
)


def main() -> None:
    print(f"{'template':36s} {'target':12s} {'ms':>8s} {'at most':>8s} {'gap':>8s} {'boxes':>7s}")
    for template, target, domain, bounds in CASES:
        tree = actx.formula(template)
        ranges = {name: bounds.get(name, LINE) for name in tree.parameters}
        task = Problem(tree.tree, actx.formula(target).bound, Domain(*domain), ranges)
        gap, limit = LIMITS[len(ranges)]
        with np.errstate(all="ignore"):
            found = (fit_minimax(task, p) for p in starts(task, Budget(2)))
            q = min(found, key=lambda pair: pair[1])[0]
            upper = enclosed(task.bound_pairs(q), task.domain, [], Budget(10))[1]
        times: list[float] = []
        bound = BoxBound(0.0, 0, False, None, "")
        while len(times) < (1 if sum(times) > limit else RUNS):
            start = time.perf_counter()
            bound = prove_minimum(task, q, upper, gap, Budget(min(2 * limit, 9.5)))
            times.append(time.perf_counter() - start)
        report(template, target, statistics.median(times), limit, bound, upper)


def report(
    template: str, target: str, seconds: float, limit: float, bound: BoxBound, upper: float
) -> None:
    met = bound.complete and seconds <= limit
    print(
        f"{template:36s} {target:12s} {seconds * 1e3:8.1f} {limit * 1e3:8.0f} "
        f"{1 - bound.lower / upper:8.1e} {bound.boxes:7d}  {'met' if met else 'MISSED'}, "
        f"{bound.over}",
        flush=True,
    )


if __name__ == "__main__":
    main()
