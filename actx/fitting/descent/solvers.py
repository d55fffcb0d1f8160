"""The search for the best parameters: a scan that finds starts, then a solver from each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice, product

import numpy as np

from actx.core.arrays import Array
from actx.core.norms import Norm
from actx.fitting.descent.integral import Integral, fit_integral
from actx.fitting.descent.known import NOTHING, Known, apart
from actx.fitting.descent.minimax import fit_minimax, polished
from actx.fitting.problem.peaks import Peaks
from actx.fitting.problem.problem import Problem
from actx.fitting.problem.starts import starting_points

_SCANNED = 4  # points of a panel, in the scan
_TIE = 1e-12  # objectives that differ by less, relatively, are equal
_MOST_SIGNS = 5  # parameters whose signs are tried
_OTHER = 1e-3  # optima further apart than this, relatively, are two
_TRIED = 30  # starts from which conditions are tried to be met
_IN_VAIN = 6  # of these in a row that lead where others led
_NOTHING = 1e-14  # of the norm at the first start


class Search:
    """The optima of one problem in some norms; the parameter space is scanned once for all."""

    def __init__(self, problem: Problem, given: Sequence[Array], norms: Sequence[Norm]) -> None:
        self.problem = problem
        for start in given:
            problem.reach_out(start)
        self.starts = starting_points(problem, given)
        self.ties: dict[Norm, tuple[Array, ...]] = {}
        self._kept: dict[bytes, Array | None] = {}
        self._sizes: dict[Norm, Array] = {}
        for sampled in {norm.sampled for norm in norms}:
            self._sizes |= self._scanned([norm for norm in norms if norm.sampled == sampled])

    def _scanned(self, norms: Sequence[Norm]) -> dict[Norm, Array]:
        """The sizes of the error at all starts, for norms that look at the same points."""
        problem, points = self.problem, np.array(self.starts)
        sampled = norms[0].sampled
        x, w = problem.inputs() if sampled else problem.nodes(problem.base, _SCANNED)
        with np.errstate(all="ignore"):
            errors = np.array([problem.errors(x, points, part) for part in problem.parts])
            return {norm: _rough_sizes(norm, errors, x, w) for norm in norms}

    def best(self, norm: Norm, known: Sequence[Array] = ()) -> tuple[Array, float] | None:
        """The best optimum reached from known points and from the most promising starts.

        None where the error is infinite at all of them. The value is that of `objective`. Other
        optima that are as good are kept in `ties`.
        """
        found: list[tuple[Array, float]] = []
        for start in self._chosen(norm, known):
            p, value = solve(self.problem, norm, start, Known(found))
            if math.isfinite(value):
                found.append((p, value))
            if value <= _NOTHING ** (norm.power or 1) * self._sizes[norm][0]:
                break
        if not found:
            return None
        least = min(value for _, value in found)
        equal = [pair for pair in found if pair[1] <= least * (1 + _TIE)]
        p, value = min(equal, key=lambda pair: self._strangeness(pair[0]))
        self.ties[norm] = tuple(q for q, _ in equal if apart(p, q) > _OTHER)
        p, value = polished(self.problem, p, value) if norm.power is None else (p, value)
        return self._without_signs(norm, p, value), value

    def _without_signs(self, norm: Norm, p: Array, value: float) -> Array:
        """The same curve with fewer minus signs, as where a and b may both change theirs."""
        if not np.any(p < 0):
            return p
        size = objective(self.problem, norm, p)
        signs = (np.array(s) for s in product((1.0, -1.0), repeat=min(p.size, _MOST_SIGNS)))
        others = (p * np.append(s, np.ones(p.size - s.size)) for s in signs)
        fewer = [q for q in others if np.sum(q < 0) < np.sum(p < 0)]
        for q in sorted(fewer, key=lambda q: int(np.sum(q < 0))):
            inside = np.all((q >= self.problem.lower) & (q <= self.problem.upper))
            if inside and size(q) <= value * (1 + _TIE):
                return np.asarray(q)
        return p

    def _chosen(self, norm: Norm, known: Sequence[Array]) -> Iterator[Array]:
        """The starts at which conditions hold: known ones, the given one, the most promising.

        The given one is looked at even if it promises nothing, as whoever gives it knows why.
        """
        keep = 5 if len(self.problem.names) > 1 else 4
        order = np.argsort(self._sizes[norm], kind="stable")
        promising = (self.starts[i] for i in order if math.isfinite(self._sizes[norm][i]))
        starts = _distinct(chain(known, self.starts[:1], promising))
        if self.problem.conditions is None:
            return islice(starts, keep)
        restored = (self._restored(start) for start in islice(starts, _TRIED))
        return islice(_distinct((p for p in restored if p is not None), _IN_VAIN), keep)

    def _restored(self, start: Array) -> Array | None:
        """The start as the conditions want it, which is worked out for all norms at once."""
        key = start.tobytes()
        if key not in self._kept:
            assert self.problem.conditions is not None
            self._kept[key] = self.problem.conditions.restored(start)
        return self._kept[key]

    def _strangeness(self, p: Array) -> tuple[int, float]:
        """Of parameters that serve equally, those with fewer minus signs, near the first start."""
        away = (p - self.starts[0]) / np.maximum(np.abs(self.starts[0]), 0.1)
        return int(np.sum(p < 0)), round(float(np.sum(away**2)), 3)


def _rough_sizes(norm: Norm, errors: Array, x: Array, w: Array) -> Array:
    """The norm, or its integral, of errors of shape (parts, points, x), for each point."""
    if norm.power is None:
        return np.asarray(np.max(np.abs(errors), axis=(0, 2)))
    powers = np.abs(errors) if norm.power == 1 else errors**2
    return np.asarray(np.sum(powers @ (w * norm.density(x)), axis=0))


def solve(
    problem: Problem, norm: Norm, start: Array, known: Known = NOTHING
) -> tuple[Array, float]:
    """The local optimum reached from a start, and its objective.

    known: what was reached before. A way that leads there is given up, its value then infinite.
    """
    if norm.power is None:
        return fit_minimax(problem, start, known)
    return fit_integral(problem, norm, start, known)


def objective(problem: Problem, norm: Norm, near: Array) -> Callable[[Array], float]:
    """The norm of the error (its integral, where it is one) as the solvers see it near some values.

    Infinite where conditions do not hold.
    """
    size = (
        Peaks(problem, near).largest if norm.power is None else Integral(problem, norm, near).value
    )
    conditions = problem.conditions
    if conditions is None:
        return size
    return lambda p: size(p) if conditions.hold(p) else math.inf


def _distinct(points: Iterator[Array], patience: float = math.inf) -> Iterator[Array]:
    """The points without those near one that came before.

    patience: so many points in a row that are not new, and no further ones are looked at.
    """
    chosen: list[Array] = []
    in_vain = 0
    for p in points:
        if all(apart(p, q) > 0.1 for q in chosen):
            chosen.append(p)
            in_vain = 0
            yield p
        else:
            in_vain += 1
        if in_vain >= patience:
            return
