"""What a fit has to say beside its numbers: parameters that are not determined, bounds, kin."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from actx.domain import Domain
from actx.errors import ActxError
from actx.fitting.problem import Problem
from actx.fitting.solvers import objective
from actx.language.pieces import Piecewise, pieces
from actx.language.tree import ZERO, Node, number, parameter, simplified, substitute
from actx.registry import Registry

Array = NDArray[np.float64]

_GENERIC = (0.7310585, 1.3717421, 0.5849625)  # values at which formulas agree only if they are one
_UNSEEN = 1e-9
_LEVEL = 1e-9  # norms that agree to this part are the same


def remarks(problem: Problem, p: Array, norm: str) -> list[str]:
    """Notes on parameters: undetermined ones, those at a bound, those that run away."""
    undetermined = list(_undetermined(problem, p))
    flat = [] if undetermined else list(_flat(problem, p, norm))
    return [*undetermined, *flat, *_at_bounds(problem, p)]


def _flat(problem: Problem, p: Array, norm: str) -> Iterator[str]:
    """Parameters that can be changed without changing the norm, as when another part decides it."""
    size = objective(problem, norm)
    level = size(p) * (1 + _LEVEL)
    for i, name in enumerate(problem.names):
        holds = partial(_holds, size, level, p, i)
        ends = [_reach(holds, p[i], side) for side in (-1, 1)]
        lo, hi = max(ends[0], problem.lower[i]), min(ends[1], problem.upper[i])
        if hi - lo > 1e-3 * max(abs(p[i]), 1e-2):
            yield (
                f"{name} is not determined: every value from {lo:.4g} to {hi:.4g} gives the same "
                f"{norm} error."
            )


def _holds(size: Callable[[Array], float], level: float, p: Array, i: int, value: float) -> bool:
    return size(_with(p, i, value)) <= level


def _with(p: Array, i: int, value: float) -> Array:
    q = p.copy()
    q[i] = value
    return q


def _reach(holds: Callable[[float], bool], start: float, direction: int) -> float:
    """How far from a start a condition holds in one direction, to about four digits."""
    step = 1e-3 * max(abs(start), 1e-2)
    good, bad = start, start + direction * step
    while holds(bad):
        if abs(bad) > 1e9:
            return direction * math.inf
        good, step = bad, 2 * step
        bad = start + direction * step
    for _ in range(16):
        middle = (good + bad) / 2
        good, bad = (middle, bad) if holds(middle) else (good, middle)
    return good


def _undetermined(problem: Problem, p: Array) -> Iterator[str]:
    x, w = problem.nodes(p)
    near = np.abs(x) < 50
    x, w = x[near], np.sqrt(w[near])
    columns = []
    for i in range(p.size):
        h = np.zeros_like(p)
        h[i] = 1e-5 * max(abs(p[i]), 1e-2)
        change = problem.error(x, p + h) - problem.error(x, p - h)
        columns.append(w * np.nan_to_num(change) / (2 * h[i]) * max(abs(p[i]), 1e-2))
    jacobian = np.array(columns).T
    sizes = np.linalg.norm(jacobian, axis=0)
    top = max(float(sizes.max()), 1e-300)
    seen = sizes > _UNSEEN * max(top, 1e-3)
    for name, size in zip(problem.names, seen, strict=True):
        if not size:
            yield f"{name} is not determined: the error does not depend on it here."
    if seen.sum() > 1:
        values = np.linalg.svd(jacobian[:, seen] / sizes[seen], compute_uv=False)
        if values[-1] < 1e-7 * values[0]:
            names = " and ".join(n for n, s in zip(problem.names, seen, strict=True) if s)
            yield (
                f"{names} are not determined one by one: they act through fewer combinations than "
                "there are parameters, so other values give the same curve."
            )


def _at_bounds(problem: Problem, p: Array) -> Iterator[str]:
    for name, v, lo, hi in zip(problem.names, p, problem.lower, problem.upper, strict=True):
        reach = 1e-7 * max(abs(v), 1e-3)
        if math.isfinite(lo) and v - lo <= reach:
            yield f"{name} is at its lower bound {lo:g}; without it the error may be smaller."
        elif math.isfinite(hi) and hi - v <= reach:
            yield f"{name} is at its upper bound {hi:g}; without it the error may be smaller."
        elif abs(v) > 1e6:
            yield f"{name} runs away: the error still falls at {v:.3g}, towards a limit formula."


def kin(problem: Problem, registry: Registry) -> Iterator[tuple[str, dict[str, float]]]:
    """Registry formulas that are the template on the domain: their name and parameter values."""
    names, domain = problem.names, problem.domain
    if not names or len(names) > len(_GENERIC):
        return
    mine = _pieces_of(problem.bind(_GENERIC[: len(names)]), domain)
    if mine is None:
        return
    for entry in registry.entries:
        if len(entry.parameters) != len(names):
            continue
        definition = registry.lookup(entry.name)
        if definition is None:
            continue
        for order in permutations(definition.defaults):
            leaves = {parameter(n): number(v) for n, v in zip(order, _GENERIC, strict=False)}
            theirs = _pieces_of(substitute(definition.tree, leaves, simplified), domain)
            if theirs is not None and all(q.tree is ZERO for q in (mine - theirs).pieces):
                values = [definition.defaults[name] for name in order]
                yield entry.name, dict(zip(names, values, strict=True))
                break


def _pieces_of(tree: Node, domain: Domain) -> Piecewise | None:
    try:
        return pieces(tree, domain.lo, domain.hi)
    except ActxError:
        return None
