"""The search for the best parameters: a scan that finds starts, then a solver from each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from actx.fitting.integral import Integral, fit_integral
from actx.fitting.minimax import Peaks, fit_minimax, polished
from actx.fitting.problem import NORMS, Problem

Array = NDArray[np.float64]

_SAMPLES = (160, 480, 900, 1400)  # of the parameter space, by the number of parameters
_TIE = 1e-12  # objectives that differ by less, relatively, are equal
_NOTHING = {"max": 1e-14, "l1": 1e-14, "l2": 1e-28, "gauss": 1e-28}  # of that at the first start
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53)


class Search:
    """The optima of one problem in each norm; the parameter space is scanned once for all."""

    def __init__(self, problem: Problem, given: Sequence[Array]) -> None:
        self.problem = problem
        for start in given:
            problem.reach_out(start)
        self.starts = starting_points(problem, given)
        self._sizes = {norm: np.empty(len(self.starts)) for norm in NORMS}
        x, w = problem.nodes(problem.base)
        normal = w * np.exp(-x * x / 2)
        with np.errstate(all="ignore"):
            for i, p in enumerate(self.starts):
                size = np.abs(problem.error(x, p))
                self._sizes["max"][i] = size.max()
                self._sizes["l1"][i] = w @ size
                self._sizes["l2"][i] = w @ size**2
                self._sizes["gauss"][i] = normal @ size**2

    def best(self, norm: str, known: Sequence[Array] = ()) -> tuple[Array, float] | None:
        """The best optimum reached from known points and from the most promising starts.

        None where the error is infinite at all of them. The value is that of `objective`.
        """
        keep = 5 if len(self.problem.names) > 1 else 4
        order = np.argsort(self._sizes[norm], kind="stable")
        promising = (self.starts[i] for i in order if math.isfinite(self._sizes[norm][i]))
        found: list[tuple[Array, float]] = []
        for start in islice(_distinct(chain(known, promising)), keep):
            beat = min((value for _, value in found), default=math.inf)
            p, value = solve(self.problem, norm, start, beat)
            if math.isfinite(value):
                found.append((p, value))
            if value <= _NOTHING[norm] * self._sizes[norm][0]:
                break
        if not found:
            return None
        least = min(value for _, value in found)
        equal = [pair for pair in found if pair[1] <= least * (1 + _TIE)]
        p, value = min(equal, key=lambda pair: self._strangeness(pair[0]))
        return polished(self.problem, p, value) if norm == "max" else (p, value)

    def _strangeness(self, p: Array) -> tuple[int, float]:
        """Of parameters that serve equally, those with fewer minus signs, near the first start."""
        away = (p - self.starts[0]) / np.maximum(np.abs(self.starts[0]), 0.1)
        return int(np.sum(p < 0)), round(float(np.sum(away**2)), 3)


def solve(problem: Problem, norm: str, start: Array, beat: float = math.inf) -> tuple[Array, float]:
    """The local optimum reached from a start, and its objective.

    beat: an objective known already; the solver gives up where it stays well above that.
    """
    if norm == "max":
        return fit_minimax(problem, start, beat)
    return fit_integral(problem, norm, start, beat)


def objective(problem: Problem, norm: str, near: Array) -> Callable[[Array], float]:
    """The norm of the error (of l2 and gauss the square) as the solvers see it near some values."""
    return Peaks(problem, near).largest if norm == "max" else Integral(problem, norm, near).value


def starting_points(problem: Problem, given: Sequence[Array]) -> list[Array]:
    """Given points, then points spread over the bounds, over several orders of magnitude."""
    n = len(problem.names)
    count = _SAMPLES[min(n, len(_SAMPLES)) - 1]
    spread = [_placed(problem, u) for u in _halton(count, n)]
    return [p for p in (*given, *spread) if problem.admits(p)] or list(given)


def _halton(count: int, dimension: int) -> Array:
    """Evenly spread points of the unit cube (Halton, Numerische Mathematik 2, 1960)."""
    points = np.empty((count, dimension))
    for column in range(dimension):
        base = _PRIMES[column % len(_PRIMES)]
        for row in range(count):
            value, part, k = 0.0, 1.0, row + 1 + column // len(_PRIMES)
            while k:
                part /= base
                value += part * (k % base)
                k //= base
            points[row, column] = value
    return points


def _placed(problem: Problem, u: Array) -> Array:
    """A point of the unit cube in the parameter space, spread over scales where unbounded."""
    p = np.empty_like(u)
    for i, (v, lo, hi) in enumerate(zip(u, problem.lower, problem.upper, strict=True)):
        if math.isfinite(lo) and math.isfinite(hi):
            ratio = hi / lo if lo > 0 else 1.0
            p[i] = lo * ratio**v if ratio > 20 else lo + v * (hi - lo)
        elif math.isfinite(lo):
            p[i] = lo + 10 ** (3.5 * v - 2)
        elif math.isfinite(hi):
            p[i] = hi - 10 ** (3.5 * v - 2)
        else:
            p[i] = math.copysign(10 ** (3.5 * abs(2 * v - 1) - 2), v - 0.5)
    return p


def _distinct(points: Iterator[Array]) -> Iterator[Array]:
    """The points without those near one that came before."""
    chosen: list[Array] = []
    for p in points:
        if all(np.max(np.abs(p - q) / (np.abs(p) + np.abs(q) + 1e-9)) > 0.1 for q in chosen):
            chosen.append(p)
            yield p
