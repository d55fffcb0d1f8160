"""The best values in each norm: what is free in each, and one search helping the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from actx.fitting.growth import Matching, match_tails
from actx.fitting.minimum import Minimum, minimum
from actx.fitting.placing import Place
from actx.fitting.problem import LARGEST, Problem
from actx.fitting.reduction import Reduction
from actx.fitting.solvers import Search, objective, solve
from actx.norms import NORMS
from actx.proof.budget import Budget

Array = NDArray[np.float64]
Progress = Callable[[int, int, str], None]

_ORDER = ("gauss", "l2", "l1", "max")  # the smooth ones lead the others to where to look
_LEVEL = 1e-10  # objectives that agree to this part are equal where others decide
_ROUND = 1e-9  # parameters this near to a simple fraction are tried there
_FAR, _WORTH = 1e3, 1e-3  # a larger value may run away, if the norm falls by such a part
_FEW = 4  # starts from which tails are matched for another norm than the one asked for
_SMALL = 1e-6  # and these near to 0


def reductions_of(place: Place, norm: str, norms: Sequence[str]) -> dict[str, Reduction]:
    """The problem in its free parameters for each norm that can be finite; equal ones are one.

    norm: the one that the place was found for.
    """
    made: list[Reduction] = []
    found = {}
    for other in norms:
        if other == norm:
            matching: Matching | None = place.matching
        else:
            matching = match_tails(place.problem, other, place.starts, _FEW)
        if matching is None:
            continue
        same = next((r for r in made if r.pinned == matching.pinned), None)
        if same is None:
            same = Reduction(place.problem, matching.pinned, place.starts)
            same.require(place.requirements)
            made.append(same)
        found[other] = same
    return found


@dataclass(frozen=True)
class Optima:
    """The best values of the free parameters in each norm, in the order of NORMS.

    ties: other values that are as good. minimum: what is proven of all values in the max norm,
    where that was asked for.
    """

    values: dict[str, Array]
    ties: dict[str, tuple[Array, ...]]
    minimum: Minimum | None = None


def optima_of(
    reductions: Mapping[str, Reduction],
    known: Mapping[str, Array],
    unique: Collection[str],
    tell: Progress,
    asked: Sequence[str],
    proof: float | None = None,
) -> Optima:
    """The best values in each norm that there is a reduction for.

    known: those that are proven already; unique: norms whose known values are the only best. Each
    norm's optimum is a start for the next. A norm is left out where its error is infinite at all
    values tried. asked: norms whose optima are wanted, the first of which has nothing from what
    comes of the others. proof: seconds that may be spent on proving that no
    values are better in the max norm.
    """
    searches: dict[int, Search] = {}
    optima: dict[str, Array] = {}
    ties: dict[str, tuple[Array, ...]] = {}
    least: Minimum | None = None
    order = [norm for norm in _ORDER if norm in reductions]
    for done, norm in enumerate(order):
        tell(done, len(order), f"norm {norm}")
        reduction = reductions[norm]
        if norm in known or not reduction.free:
            optima[norm] = known.get(norm, np.empty(0))
            continue
        if id(reduction) not in searches:
            given = [reduction.part(p) for p in reduction.starts]
            mine = [n for n in order if reductions[n] is reduction]
            searches[id(reduction)] = Search(reduction.inner, given, mine)
        others = [reduction.part(reductions[n].full(q)) for n, q in optima.items()]
        found = searches[id(reduction)].best(norm, others)
        if found is not None:
            q = _as_far_as_it_falls(reduction, norm, *found)
            optima[norm] = _settled(reduction.inner, norm, q)
            ties[norm] = searches[id(reduction)].ties[norm]
            if norm == "max" and proof is not None:
                least = minimum(reduction, optima[norm], Budget(proof))
                if least.values is not optima[norm]:
                    optima[norm], ties[norm] = _settled(reduction.inner, norm, least.values), ()
    for norm in (n for n in asked if n in optima):
        if norm not in known:
            _improve(reductions, optima, norm)
        if norm not in unique:
            _break_ties(reductions, optima, norm)
    return Optima({norm: optima[norm] for norm in NORMS if norm in optima}, ties, least)


def _as_far_as_it_falls(reduction: Reduction, norm: str, q: Array, value: float) -> Array:
    """Values on their way to infinity, moved on until they are there or the norm falls no more.

    What is large is held ten times further out, and the others follow.
    """
    problem = reduction.inner
    if problem.conditions is not None or q.size == 1:  # nothing may follow, or nothing is left to
        return q
    while _FAR < np.max(np.abs(q)) < LARGEST:
        i = int(np.argmax(np.abs(q)))
        ahead = float(np.clip(10 * q[i], problem.floor[i], problem.ceiling[i]))
        rest = reduction.holding({problem.names[i]: Fraction(ahead)})
        others, new = solve(rest, norm, np.delete(q, i))
        if not new < value * (1 - _WORTH):
            break
        q, value = np.insert(others, i, ahead), new
    return q


def _improve(reductions: Mapping[str, Reduction], optima: dict[str, Array], norm: str) -> None:
    """Where another norm's optimum is better than a norm's own, the search goes on from there."""
    problem, q = reductions[norm].inner, optima[norm]
    if not q.size:
        return
    level = objective(problem, norm, q)(q)
    for other in [n for n in optima if n != norm]:
        start = reductions[norm].part(reductions[other].full(optima[other]))
        if objective(problem, norm, start)(start) < level * (1 - 1e-9):
            better, level = solve(problem, norm, start)
            optima[norm] = _settled(problem, norm, better)


def _break_ties(reductions: Mapping[str, Reduction], optima: dict[str, Array], norm: str) -> None:
    """Where the max or l1 error leaves parameters open, they are those of the smallest l2 error."""
    second = next((n for n in ("l2", "gauss") if n in optima), "")
    if norm not in ("max", "l1") or not second or not optima[norm].size:
        return
    problem, p = reductions[norm].inner, optima[norm]
    q = reductions[norm].part(reductions[second].full(optima[second]))
    level = objective(problem, norm, p)(p) * (1 + _LEVEL)
    for chosen in (np.full(p.size, fill_value=True), *np.eye(p.size, dtype=bool)):
        mixed = np.where(chosen, q, optima[norm])
        if level and objective(problem, norm, mixed)(mixed) <= level:
            optima[norm] = mixed


def _settled(problem: Problem, norm: str, q: Array) -> Array:
    """Values next to 0, a simple fraction or a bound are put there, unless the norm rises."""
    size = objective(problem, norm, q)
    level = size(q) * (1 + 1e-11) + 1e-15
    simple = np.array([_simple(v, problem.lower[i], problem.upper[i]) for i, v in enumerate(q)])
    candidates = [simple, *(np.where(np.arange(q.size) == i, simple, q) for i in range(q.size))]
    inside = (np.clip(c, problem.lower, problem.upper) for c in candidates)
    return next((c for c in inside if size(c) <= level), q)


def _simple(v: float, lower: float, upper: float) -> float:
    """0, a bound, a simple fraction or a short decimal next to a value, else the value."""
    if abs(v) <= _SMALL:
        return 0.0
    near = (lower, upper, float(Fraction(v).limit_denominator(100)), float(f"{v:.6g}"))
    return next((s for s in near if abs(s - v) <= _ROUND * abs(v)), v)
