"""The best values in each norm: what is free in each, and one search helping the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from actx.core.arrays import Array
from actx.core.budget import Budget
from actx.core.norms import NORMS, Norm, integral_norms
from actx.core.progress import Progress
from actx.fitting.descent.known import Known
from actx.fitting.descent.solvers import Search, objective, solve
from actx.fitting.minimum import Minimum, minimum
from actx.fitting.problem.growth import Matching, match_tails
from actx.fitting.problem.placing import Place
from actx.fitting.problem.problem import Problem
from actx.fitting.problem.reduction import Reduction
from actx.fitting.problem.residual import LARGEST

# lead to where to look, the smooth ones first
_HELPERS = tuple(NORMS[name] for name in ("gauss", "l2", "max"))
_BETTER = 1e-9  # a norm that is smaller by such a part is smaller
_LEVEL = 1e-10  # objectives that agree to this part are equal where others decide
_ROUND = 1e-9  # parameters this near to a simple fraction are tried there
_FAR, _WORTH = 1e3, 1e-3  # a larger value may run away, if the norm falls by such a part
_FEW = 4  # starts from which tails are matched for another norm than the one asked for
_SMALL = 1e-6  # and these near to 0


def reductions_of(place: Place, norm: Norm, norms: Sequence[Norm]) -> dict[Norm, Reduction]:
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

    values: dict[Norm, Array]
    ties: dict[Norm, tuple[Array, ...]]
    minimum: Minimum | None = None


def optima_of(
    reductions: Mapping[Norm, Reduction],
    known: Mapping[Norm, Array],
    unique: Collection[Norm],
    tell: Progress,
    asked: Sequence[Norm],
    proof: float | None = None,
) -> Optima:
    """The best values in each norm that there is a reduction for.

    known: those that are proven already; unique: norms whose known values are the only best. asked:
    norms whose optima are wanted; what comes of the others has no influence on the first. proof:
    seconds that may be spent on proving that no values are better in the first, the max norm. A
    norm is left out where its error is infinite at all values tried.
    """
    first, *others = asked
    work = _Work(reductions, known)
    tell(0, len(asked), f"norm {first}")
    least = work.minimum(first, proof) if proof is not None else None
    sure = least is not None and least.certain
    if first not in unique and not (least is not None and sure and least.bound.local):
        for norm in (n for n in _HELPERS if n != first):
            work.look(norm)
        if least is None:
            work.look(first)
        elif not sure:
            work.follow(first)
        if first not in known and not sure:
            work.improve(first)
        work.break_ties(first)
    work.look(first)
    for done, norm in enumerate(others, 1):
        tell(done, len(asked), f"norm {norm}")
        work.look(norm)
    for norm in (n for n in others if n in work.values):
        if norm not in known:
            work.improve(norm)
        if norm not in unique:
            work.break_ties(norm)
    values = {norm: work.values[norm] for norm in NORMS.values() if norm in work.values}
    return Optima(values, work.ties, least)


class _Work:
    """The best values in each norm, as far as they have been looked for."""

    def __init__(self, reductions: Mapping[Norm, Reduction], known: Mapping[Norm, Array]) -> None:
        self.reductions = reductions
        self.values: dict[Norm, Array] = {}
        self.ties: dict[Norm, tuple[Array, ...]] = {}
        self._known = known
        self._searches: dict[int, Search] = {}

    def look(self, norm: Norm) -> None:
        """Look for the best values in a norm, from those in the others on; once."""
        if norm in self.values or norm not in self.reductions:
            return
        reduction = self.reductions[norm]
        if norm in self._known or not reduction.free:
            self.values[norm] = self._known.get(norm, np.empty(0))
            return
        if id(reduction) not in self._searches:
            given = [reduction.part(p) for p in reduction.starts]
            mine = [n for n in NORMS.values() if self.reductions.get(n) is reduction]
            self._searches[id(reduction)] = Search(reduction.inner, given, mine)
        search = self._searches[id(reduction)]
        found = search.best(norm, [self._of(other, norm) for other in self.values])
        if found is not None:
            q = _as_far_as_it_falls(reduction, norm, *found)
            self.values[norm], self.ties[norm] = (
                _settled(reduction.inner, norm, q),
                search.ties[norm],
            )

    def minimum(self, norm: Norm, proof: float) -> Minimum | None:
        """Look in the max norm, and what boxes prove and lead to; None where nothing is found."""
        self.look(norm)
        if norm not in self.values or not self.reductions[norm].free:
            return None
        found = minimum(self.reductions[norm], self.values[norm], Budget(proof))
        if found.values is not self.values[norm]:
            q = _settled(self.reductions[norm].inner, norm, found.values)
            self.values[norm], self.ties[norm] = q, ()
        return found

    def follow(self, norm: Norm) -> None:
        """Go on from the best values in other norms."""
        problem = self.reductions[norm].inner
        for other in [n for n in self.values if n != norm]:
            q = self.values[norm]
            level = objective(problem, norm, q)(q)
            better, new = solve(problem, norm, self._of(other, norm), Known([(q, level)]))
            if new < level * (1 - _BETTER):
                self.values[norm] = _settled(problem, norm, better)

    def improve(self, norm: Norm) -> None:
        """Where another norm's optimum is better than a norm's own, go on from there."""
        if norm not in self.values or not self.values[norm].size:
            return
        problem, q = self.reductions[norm].inner, self.values[norm]
        level = objective(problem, norm, q)(q)
        for other in [n for n in self.values if n != norm]:
            start = self._of(other, norm)
            if objective(problem, norm, start)(start) < level * (1 - _BETTER):
                better, level = solve(problem, norm, start)
                self.values[norm] = _settled(problem, norm, better)

    def break_ties(self, norm: Norm) -> None:
        """Where the max or l1 error leaves parameters open, they are those of the smallest l2."""
        second = next((n for n in integral_norms() if n.power == 2 and n in self.values), None)
        if norm.power == 2 or norm not in self.values or second is None:
            return
        problem, p = self.reductions[norm].inner, self.values[norm]
        if not p.size:
            return
        q, level = self._of(second, norm), objective(problem, norm, p)(p) * (1 + _LEVEL)
        for chosen in (np.full(p.size, fill_value=True), *np.eye(p.size, dtype=bool)):
            mixed = np.where(chosen, q, self.values[norm])
            if level and objective(problem, norm, mixed)(mixed) <= level:
                self.values[norm] = mixed

    def _of(self, other: Norm, norm: Norm) -> Array:
        """The best values in another norm as those of this one's free parameters."""
        return self.reductions[norm].part(self.reductions[other].full(self.values[other]))


def _as_far_as_it_falls(reduction: Reduction, norm: Norm, q: Array, value: float) -> Array:
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


def _settled(problem: Problem, norm: Norm, q: Array) -> Array:
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
