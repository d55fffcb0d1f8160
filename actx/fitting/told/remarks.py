"""What a fit has to say beside its numbers: parameters that are not determined, bounds, kin."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import permutations

import numpy as np

from actx.calculus.pieces import Piecewise, pieces
from actx.calculus.values import evaluate
from actx.core.arrays import Array
from actx.core.domain import Domain
from actx.core.errors import ActxError
from actx.core.norms import Norm
from actx.fitting.descent.solvers import objective
from actx.fitting.problem.problem import Problem
from actx.fitting.problem.reduction import Reduction
from actx.fitting.problem.residual import LARGEST
from actx.language.tree import ZERO, Node, number, parameter, simplified, substitute
from actx.registry import Registry

# values at which formulas agree only if they are one
_GENERIC = (0.7310585, 1.3717421, 0.5849625, 0.4142136, 1.6487213)
_LEVELS = (1e-12, 1e-9)  # relative rises of a norm; a plateau is as wide at one as at the other
_MOVED = 0.1  # how far a parameter is moved to see whether others can make up for it
_CLOSELY = dict.fromkeys(("ftol", "xtol", "gtol"), 1e-14)  # how far a curve is followed
_SAME_CURVE = 1e-9
_LIMIT = 1e-5  # curves that differ by less are one, as a parameter goes to infinity


@dataclass(frozen=True)
class Remarks:
    """Notes on fitted values, and the names of parameters that grow without end."""

    notes: tuple[str, ...] = ()
    endless: tuple[str, ...] = ()


def remarks(
    reduction: Reduction, q: Array, norm: Norm, registry: Registry, *, unique: bool, best: bool
) -> Remarks:
    """What there is to say of parameters: undetermined ones, those at a bound, those without end.

    best: whether the values are proven to be the best; unique: and the only ones that are, so that
    nothing is left open.
    """
    problem = reduction.inner
    idle = [
        f"{name} is not determined: the error does not depend on it." for name in reduction.idle
    ]
    if unique or not q.size or problem.conditions is not None:  # then none is moved by itself
        return Remarks((*idle, *_at_bounds(reduction, q)))
    away = [i for i in range(q.size) if _still_falls(problem, q, i, norm)]
    settled = [i for i in range(q.size) if i not in away]
    together = _exchangeable(problem, q, settled)
    notes = []
    if together:
        names = _listed([problem.names[i] for i in together])
        notes.append(
            f"{names} are not determined one by one: other values of them give the same curve."
        )
    for i, lo, hi in () if together else _flat(problem, q, norm, settled):
        if math.isinf(hi - lo) and _still_falling(partial(_size, problem, norm), q, i, lo, hi):
            away.append(i)
        elif hi - lo > 1e-3 * max(abs(q[i]), 1e-2):
            notes.append(_same_from(problem.names[i], lo, hi, norm, best=best))
    endless = [_without_end(problem, q, i, norm, registry) for i in away]
    names_of = tuple(problem.names[i] for i in away)
    return Remarks((*idle, *endless, *notes, *_at_bounds(reduction, q)), names_of)


def _same_from(name: str, lo: float, hi: float, norm: Norm, *, best: bool) -> str:
    """That values of a parameter are equally good; without a proof as samples tell it."""
    ends = f"every value from {_end(lo)} to {_end(hi)} gives the same {norm} error"
    if best:
        return f"{name} is not determined: {ends}."
    return f"{name} may not be determined: on samples, {ends}."


def tie_notes(reduction: Reduction, ties: Sequence[Array]) -> Iterator[str]:
    """Other optima that are as good as the one given."""
    for q in ties:
        values = ", ".join(f"{n} = {v:.7g}" for n, v in zip(reduction.free, q, strict=True))
        yield f"It is not the only optimum: {values} is as good."


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


# --- flat stretches ---


def _flat(
    problem: Problem, p: Array, norm: Norm, settled: Sequence[int]
) -> Iterator[tuple[int, float, float]]:
    """Parameters that can be changed without changing the norm, with the range in which they can.

    Near any optimum a norm rises slowly; a plateau is told from that by its edges.
    """
    size, near = partial(_size, problem, norm), objective(problem, norm, p)
    best = near(p)
    for i in settled:
        holds = [partial(_holds, size, best * (1 + level), p, i) for level in _LEVELS]
        aside = 1e-4 * max(abs(p[i]), 1e-2)
        beside = [near(_with(p, i, p[i] + side * aside)) for side in (-1, 1)]
        if not best or min(beside) > best * (1 + _LEVELS[0]):
            continue
        ends = [[_reach(h, p[i], side) for side in (-1, 1)] for h in holds]
        (lo, hi), (lower, upper) = (
            (max(e[0], problem.lower[i]), min(e[1], problem.upper[i])) for e in ends
        )
        if math.isinf(hi - lo) or hi - lo > 0.8 * (upper - lower):
            yield i, lo, hi


def _size(problem: Problem, norm: Norm, q: Array) -> float:
    return objective(problem, norm, q)(q)


def _end(value: float) -> str:
    return f"{value:.4g}" if abs(value) > 1e-9 else "0"


def _still_falling(size: Callable[[Array], float], p: Array, i: int, lo: float, hi: float) -> bool:
    """Whether a norm that seems level towards infinity falls there by less and less."""
    near = lo if math.isfinite(lo) else hi
    sizes = [size(_with(p, i, near * factor)) for factor in (1, 2, 4)]
    return sizes[0] > sizes[1] > sizes[2] * (1 + 1e-14)


def _without_end(problem: Problem, p: Array, i: int, norm: Norm, registry: Registry) -> str:
    """That the best is a limit, and which."""
    moves = "grows" if p[i] > 0 else "falls"
    limit = _limit_name(problem, p, i, registry)
    return (
        f"{problem.names[i]} {moves} without end: the best is {limit or 'a limit'}, which the "
        f"template only comes near to; the {norm} error given is that at {p[i]:.4g}."
    )


def _limit_name(problem: Problem, p: Array, i: int, registry: Registry) -> str:
    """What the template becomes as one parameter grows: a formula's name, a step; "" if none."""
    nearer = [(max(part.lo, -8.0), min(part.hi, 8.0)) for part in problem.domain.parts]
    x = np.concatenate([np.linspace(lo, hi, 97)[1:-1] for lo, hi in nearer if lo < hi])
    far = _with(p, i, math.copysign(max(abs(p[i]), 1.0) * 1e6, p[i]))
    with np.errstate(all="ignore"):
        values = evaluate(problem.bind(far), x)
    for entry in registry.entries:
        found = registry.lookup(entry.name)
        if found is None:
            continue
        leaves = {parameter(n): number(v) for n, v in found.defaults.items()}
        with np.errstate(all="ignore"):
            theirs = evaluate(substitute(found.tree, leaves, simplified), x)
        if np.max(np.abs(values - theirs)) < _LIMIT:
            return entry.name
    return "a step" if _is_step(values) else ""


def _is_step(values: Array) -> bool:
    """Whether values rise or fall at a single place."""
    moves = np.flatnonzero(np.abs(np.diff(values)) > _LIMIT)
    return 0 < moves.size <= 2 and bool(moves[-1] - moves[0] < 2)


def _with(p: Array, i: int, value: float) -> Array:
    q = p.copy()
    q[i] = value
    return q


def _holds(size: Callable[[Array], float], level: float, p: Array, i: int, value: float) -> bool:
    return size(_with(p, i, value)) <= level


def _reach(holds: Callable[[float], bool], start: float, direction: int) -> float:
    """How far from a start a condition holds in one direction, to about four digits."""
    step = 1e-6 * max(abs(start), 1e-2)
    good, bad = start, start + direction * step
    while holds(bad):
        if abs(bad) > LARGEST:
            return direction * math.inf
        good, step = bad, 4 * step
        bad = start + direction * step
    while abs(bad - good) > 1e-5 * max(abs(good), 1e-4):
        middle = (good + bad) / 2
        good, bad = (middle, bad) if holds(middle) else (good, middle)
    return good


# --- parameters that can make up for each other ---


def _exchangeable(problem: Problem, p: Array, settled: list[int]) -> list[int]:
    """The parameters that can be moved so that the others restore the curve.

    The slopes tell which may be (where their columns depend on each other); each is then moved, and
    the others fitted to the curve as it was.
    """
    x, w = problem.nodes(problem.panels(p))
    near = np.abs(x) < 50
    x, w = x[near], np.sqrt(w[near])
    rows = (problem.slopes(x, p) * w)[settled]
    sizes = np.linalg.norm(rows, axis=1)
    if len(settled) < 2 or not np.all(sizes > 0):
        return []
    _, values, vectors = np.linalg.svd((rows / sizes[:, None]).T, full_matrices=False)
    null = vectors[values < 1e-6 * values[0]]
    candidates = [i for k, i in enumerate(settled) if np.any(np.abs(null[:, k]) > 1e-3)]
    found = [i for i in candidates if _restored(problem, p, i, settled, x, w)]
    return found if len(found) > 1 else []


def _restored(problem: Problem, p: Array, i: int, settled: list[int], x: Array, w: Array) -> bool:
    """Whether the others can bring the curve back after one parameter has been moved."""
    from scipy.optimize import least_squares

    others = [j for j in settled if j != i]
    before = problem.error(x, p)
    moved = p.copy()
    moved[i] += _MOVED * max(abs(p[i]), 0.1)
    if moved[i] > problem.upper[i]:
        moved[i] = p[i] - _MOVED * max(abs(p[i]), 0.1)

    def change(values: Array) -> Array:
        q = moved.copy()
        q[others] = values
        return np.asarray(np.nan_to_num(w * (problem.error(x, q) - before), nan=1e6))

    start = np.clip(p[others], problem.lower[others], problem.upper[others])
    result = least_squares(change, start, x_scale=np.maximum(np.abs(start), 0.1), **_CLOSELY)
    return bool(np.sqrt(2 * result.cost) < _SAME_CURVE)


# --- bounds ---


def stopped(problem: Problem, p: Array) -> tuple[str, ...]:
    """The parameters that a search has stopped where no bound does."""
    return tuple(
        name
        for name, v, lo, hi in zip(problem.names, p, problem.lower, problem.upper, strict=True)
        if abs(v) >= LARGEST and v not in (lo, hi)
    )


def _still_falls(problem: Problem, p: Array, i: int, norm: Norm) -> bool:
    """Whether a parameter stopped where no bound stops it, and the norm still falls there."""
    if problem.names[i] not in stopped(problem, p):
        return False
    if problem.floor[i] < p[i] < problem.ceiling[i]:
        return False
    nearer = _with(p, i, p[i] / 1e3)
    here = objective(problem, norm, p)(p)
    return here < objective(problem, norm, nearer)(nearer) * (1 - 1e-13)


def _at_bounds(reduction: Reduction, q: Array) -> Iterator[str]:
    whole, p = reduction.whole, reduction.full(q)
    for name, v, lo, hi in zip(whole.names, p, whole.lower, whole.upper, strict=True):
        reach = 1e-9 * max(abs(v), 1e-3)
        pinned = whole.names.index(name) in reduction.pinned
        rest = "the tails ask for it." if pinned else "without it the error may be smaller."
        if name in reduction.idle:
            continue
        if math.isfinite(lo) and v - lo <= reach:
            yield f"{name} is at its lower bound {lo:g}; {rest}"
        elif math.isfinite(hi) and hi - v <= reach:
            yield f"{name} is at its upper bound {hi:g}; {rest}"


# --- the registry ---


def kin(
    problem: Problem, idle: tuple[str, ...], given: str, registry: Registry
) -> Iterator[tuple[str, dict[str, float]]]:
    """Registry formulas that are the template on the domain: their name and parameter values.

    given: the name that the template was given by. Where a parameter has no effect, formulas
    cannot be told apart by it, and only an entry of that name counts.
    """
    names, domain = problem.names, problem.domain
    if not names or len(names) > len(_GENERIC):
        return
    mine = _pieces_of(problem.bind(_GENERIC[: len(names)]), domain)
    if mine is None:
        return
    for entry in registry.entries:
        if len(entry.parameters) != len(names) or (idle and entry.name != given):
            continue
        definition = registry.lookup(entry.name)
        if definition is None:
            continue
        for order in permutations(definition.defaults):
            leaves = {parameter(n): number(v) for n, v in zip(order, _GENERIC, strict=False)}
            theirs = _pieces_of(substitute(definition.tree, leaves, simplified), domain)
            if theirs is not None and all(map(_equal, mine, theirs)):
                values = [definition.defaults[name] for name in order]
                yield entry.name, dict(zip(names, values, strict=True))
                break


def _pieces_of(tree: Node, domain: Domain) -> list[Piecewise] | None:
    """The pieces on each interval of a domain; None where they cannot be told."""
    try:
        return [pieces(tree, interval.lo, interval.hi) for interval in domain.parts]
    except ActxError:
        return None


def _equal(f: Piecewise, g: Piecewise) -> bool:
    return all(piece.tree is ZERO for piece in (f - g).pieces)
