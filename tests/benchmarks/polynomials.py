"""Best polynomials beside Sollya's remez, in one run: `python tests/benchmarks/polynomials.py`.

For each: the time of a whole fit in a warm process with its proof, of the linear engine alone, and
of Sollya's remez for the same monomials (at its own quality of 1e-5, and at one of 1e-9, which
is that of the fits). The error is held against Sollya's supnorm of what Sollya found.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence

import actx
from actx.core.domain import Domain
from actx.fitting.linear import best_of
from actx.fitting.problem.problem import Problem
from actx.fitting.results import Fit

INF = float("inf")
RUNS = 7
MOST = 0.030  # seconds, up to so many terms
TERMS = 12
LONGEST = 20  # seconds for three runs of Sollya's remez

CASES: tuple[tuple[str, str, Sequence[int], str], ...] = (
    ("tanh(x)", "tanh(x)", range(1, 6, 2), "-1:1"),
    ("tanh(x)", "tanh(x)", range(1, 12, 2), "-3:3"),
    ("tanh(x)", "tanh(x)", range(1, 22, 2), "-3:3"),
    ("tanh(x)", "tanh(x)", range(1, 10, 2), "-8:8"),
    ("mish", "x*tanh(log(1+exp(x)))", range(4), "-4:4"),
    ("mish", "x*tanh(log(1+exp(x)))", range(8), "-4:4"),
    ("mish", "x*tanh(log(1+exp(x)))", range(12), "-4:4"),
    ("exp(x)", "exp(x)", range(10), "-1:1"),
    ("gelu", "x*(1+erf(x/sqrt(2)))/2", range(11), "-3:3"),
    ("exp(x)", "exp(x)", range(14), "-1:1"),
    ("mish", "x*tanh(log(1+exp(x)))", range(21), "-4:4"),
    ("tanh(x)", "tanh(x)", range(1, 62, 2), "-3:3"),
)


def main() -> None:
    print(f"{'target':8s} {'terms':>5s} {'domain':>6s} {'engine':>9s} {'fit':>9s}", end=" ")
    print(f"{'remez':>9s} {'at 1e-9':>9s} {'ratio':>6s} {'gap':>8s} {'above Sollya':>12s}")
    for target, in_sollya, powers, domain in CASES:
        names = [f"c{p}" for p in powers]
        template = " + ".join(f"{n}*x^{p}" for n, p in zip(names, powers, strict=True))
        lo, hi = map(float, domain.split(":"))
        task = Problem(
            actx.formula(template).tree, actx.formula(target).bound, Domain(lo, hi),
            dict.fromkeys(names, (-INF, INF)),
        )  # fmt: skip
        engine, _ = timed(lambda task=task: best_of(task, 20.0))
        whole, fit = timed(lambda t=template, g=target, d=domain: actx.fit(t, g, domain=d))
        assert isinstance(fit, Fit)
        assert fit.bound is not None
        theirs, least = remez(in_sollya, powers, domain, 1e-5)
        fine, least = remez(in_sollya, powers, domain, 1e-9)
        above = fit.max_error.value / least - 1 if least else float("nan")
        late = len(names) <= TERMS and engine > MOST
        print(
            f"{target:8s} {len(names):5d} {domain:>6s} {1e3 * engine:6.1f} ms {1e3 * whole:6.1f} ms"
            f" {1e3 * theirs:6.1f} ms {1e3 * fine:6.1f} ms {engine / fine:6.2f}"
            f" {fit.bound.gap:8.1e} {above:12.1e}{'  MISSED' if late or engine > fine else ''}",
            flush=True,
        )


def timed(call: Callable[[], object]) -> tuple[float, object]:
    call()
    times, result = [], None
    for _ in range(RUNS):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return statistics.median(times), result


def remez(target: str, powers: Sequence[int], domain: str, quality: float) -> tuple[float, float]:
    """Seconds that Sollya takes, and the largest error of what it finds; NaN if not known."""
    if shutil.which("sollya") is None:
        return float("nan"), float("nan")
    monomials = ", ".join(map(str, powers))
    lo, hi = domain.split(":")
    if 0 not in powers:  # all odd: on one half only, and not at 0, where Sollya finds no way
        lo = "1b-20"
    interval = f"[{lo};{hi}]"
    search = f"remez({target}, [|{monomials}|], {interval}, 1, {quality})"
    lines = [
        "prec = 300!; display = decimal!;",
        *[f"t = time({{ p = {search}; }}); t;"] * 3,
        f"supnorm(p, {target}, {interval}, absolute, 1b-40);",
        "quit;",
    ]
    try:
        done = subprocess.run(
            ["sollya"], input="\n".join(lines), capture_output=True, text=True, check=True,
            timeout=LONGEST,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return float("inf"), float("nan")
    *times, largest = [line for line in done.stdout.splitlines() if line.strip()][-4:]
    ends = largest.strip("[]").split(";")
    return statistics.median(map(float, times)), float(ends[-1])


if __name__ == "__main__":
    main()
