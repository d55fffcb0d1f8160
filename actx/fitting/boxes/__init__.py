"""Lower bounds on the largest error of a nonlinear template, by branch and bound over boxes.

A box of parameters is settled where the error at some point is, for all values in it, as large as
what is asked for; else it is halved. Infinite ranges count as finite ones. Near the best values
known, where the error alternates, one argument settles a whole box (`alternating`), so that boxes
do not pile up there.

What is proven holds for all values at which the template has a value throughout the domain.
errors: intervals of the error at points · taming: forms in which they are narrow · points: which
points · spread: the ranges, and where a side is halved · halving: which side is · balance,
alternating: what an optimum proves of its surroundings · search: the branch and bound · promising,
projected: starts for a local search.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from actx.fitting.boxes.errors import Boxes, Errors
from actx.fitting.boxes.points import place_points
from actx.fitting.boxes.promising import promising
from actx.fitting.boxes.search import Search
from actx.fitting.boxes.spread import Spread
from actx.fitting.problem import Problem
from actx.proof.budget import Budget

Array = NDArray[np.float64]

__all__ = ["BoxBound", "prove_minimum", "starts"]

_SIZES = (1e6, 1e5, 1e4, 1e3, 100.0, 10.0)  # of parameters, where not all values are settled


@dataclass(frozen=True)
class BoxBound:
    """What is proven of all parameter values.

    lower: no values that `over` speaks of have a smaller largest error. boxes: how many were looked
    at. complete: whether the gap asked for was reached. better: values with a smaller error than
    the best known, as far as samples tell; then the search ended there. over: "all values", or the
    ranges that the bound holds for.
    """

    lower: float
    boxes: int
    complete: bool
    better: Array | None
    over: str


def prove_minimum(problem: Problem, q: Array, upper: float, gap: float, budget: Budget) -> BoxBound:
    """Prove how small the largest error can be at most.

    q: the best values known; upper: proven, their largest error is at most so much. gap: the part
    of it that the lower bound may be below. What the problem requires of its parameters besides
    their bounds is left aside, so that the bound holds with it as well.
    """
    if not math.isfinite(upper):  # nothing can be as large
        over = _over(problem.names, Boxes(problem.lower[None], problem.upper[None]))
        return BoxBound(0.0, 0, False, None, over)
    with np.errstate(all="ignore"):
        errors = Errors(problem)
        place_points(errors)
        search = Search(errors, upper, gap)
        search.take_optimum(q)
        search.run(budget)
        return _result(search, q)


def starts(problem: Problem, budget: Budget) -> list[Array]:
    """Parameter values from which to look for the best: one in each of the most promising boxes."""
    with np.errstate(all="ignore"):
        return promising(problem, budget)


def _result(search: Search, q: Array) -> BoxBound:
    """What a search has proven: of all values, or of those up to some size if that is more."""
    problem, left = search.problem, search.unsettled
    everywhere = BoxBound(
        min(search.settled, float(left.least.min(initial=math.inf))),
        search.boxes,
        search.better is None and not len(left),
        search.better,
        _over(problem.names, Boxes(problem.lower[None], problem.upper[None])),
    )
    if everywhere.complete or search.better is not None:
        return everywhere
    for region in _regions(search.spread, q):
        apart = (left.boxes.lo > region.hi) | (left.boxes.hi < region.lo)
        if apart.any(axis=1).all():
            return replace(
                everywhere, lower=search.settled, complete=True, over=_over(problem.names, region)
            )
    return everywhere


def _regions(spread: Spread, q: Array) -> Iterator[Boxes]:
    """Boxes around values, large ones first, that are bounded in one parameter, or in all."""
    sides = spread.open_sides
    for size in _SIZES:
        for bounded in [*([i] for i in sides), sides]:
            reach = np.full(q.size, math.inf)
            reach[bounded] = size
            region = spread.within(reach)
            if np.all((q >= region.lo) & (q <= region.hi)):
                yield region


def _over(names: Sequence[str], region: Boxes) -> str:
    """The values of a box in words."""
    limited = [
        f"{name} in {lo:g}:{hi:g}"
        for name, lo, hi in zip(names, region.lo[0], region.hi[0], strict=True)
        if math.isfinite(lo) or math.isfinite(hi)
    ]
    return ", ".join(limited) or "all values"
