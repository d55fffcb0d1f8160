"""Lower bounds on the largest error of a nonlinear template, by branch and bound over boxes.

A box of parameters is settled where the error at some point is, for all values in it, as large as
what is asked for; else it is halved. Infinite ranges count as finite ones. Near the best values
known, where the error alternates, one argument settles a whole box (`alternating`), so that boxes
do not pile up there.

What is proven holds for all values at which the template has a value throughout the domain.
errors: intervals of the error at points · taming: forms in which they are narrow · points: which
points · eliminated: bounds whatever the linear parameters, with simplex: their best values,
cancelling: weights that they do not change, and forms: other columns · spread: the ranges, and
where a side is halved · halving: which side is · balance, alternating: what an optimum proves of
its surroundings · search: the branch and bound, and what an optimum proves whatever the linear
parameters · region: which values a bound holds for · promising, projected: starts for a search.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from actx.core.arrays import Array
from actx.core.budget import Budget
from actx.fitting.nonlinear.eliminated import Eliminated
from actx.fitting.nonlinear.errors import Errors
from actx.fitting.nonlinear.points import place_points
from actx.fitting.nonlinear.projected import linear_parameters
from actx.fitting.nonlinear.promising import promising
from actx.fitting.nonlinear.region import region
from actx.fitting.nonlinear.search import STAGES, Search
from actx.fitting.problem.problem import Problem, ranges_in_words

_FEWEST_LINEAR = 2  # parameters that are eliminated
_FIRST_TURN = 0.07  # of the time

__all__ = ["BoxBound", "prove_minimum", "starts"]


@dataclass(frozen=True)
class BoxBound:
    """What is proven of all parameter values.

    lower: no values that `over` speaks of have a smaller largest error. boxes: how many were looked
    at. complete: whether the gap asked for was reached. better: values with a smaller error than
    the best known, as far as samples tell; then the search ended there. over: "all values", or the
    ranges that the bound holds for. local: whether no values near the best known are better by more
    than the gap.
    """

    lower: float
    boxes: int
    complete: bool
    better: Array | None
    over: str
    local: bool = False


def prove_minimum(problem: Problem, q: Array, upper: float, gap: float, budget: Budget) -> BoxBound:
    """Prove how small the largest error can be at most.

    q: the best values known; upper: proven, their largest error is at most so much. gap: the part
    of it that the lower bound may be below. What the problem requires of its parameters besides
    their bounds is left aside, so that the bound holds with it as well.

    Boxes of the parameters that are not linear are fewer, but stay open in a corner where columns
    as good as vanish (`k*clip(a*x + b, 0, 1) + c` about a = b = 0), as the linear parameters may
    have any size; boxes of all tell up to which size. Both get time in turn.
    """
    if not math.isfinite(upper):  # nothing can be as large
        words = ranges_in_words(problem.names, problem.lower, problem.upper)
        return BoxBound(0.0, 0, False, None, words)
    with np.errstate(all="ignore"):
        errors = Errors(problem)
        place_points(errors)
        searches = [Search(errors, view, q, upper, gap) for view in _views(errors)]
        for search in searches:
            search.take_optimum(q)
        found = _in_turn(searches, q, budget)
    boxes, local = sum(f.boxes for f in found), any(f.local for f in found)
    told = max(found, key=lambda f: (f.better is not None, f.complete, f.lower))
    return replace(told, boxes=boxes, local=local)


def _in_turn(searches: Sequence[Search], q: Array, budget: Budget) -> list[BoxBound]:
    """What searches prove that take turns, twice as long each time, until one has what is asked.

    The later ones have more boxes to look at, and so get more time.
    """
    share = _FIRST_TURN if len(searches) > 1 else 1.0
    seconds = share * budget.left
    while True:
        found = []
        for search in searches:
            search.run(budget.of(seconds if search is searches[0] else 2 * seconds))
            found.append(_result(search, q))
            if found[-1].complete or found[-1].better is not None:
                return found
        if budget.spent or all(search.ended for search in searches):
            return found
        seconds *= 2


def starts(problem: Problem, budget: Budget) -> list[Array]:
    """Parameter values from which to look for the best: one in each of the most promising boxes."""
    with np.errstate(all="ignore"):
        return promising(problem, budget)


def _views(errors: Errors) -> list[Errors | Eliminated]:
    """The errors over boxes of those parameters that are not linear, and over boxes of all.

    Where at most one is linear, only the latter: they take less time.
    """
    problem = errors.problem
    free = np.isinf(problem.lower) & np.isinf(problem.upper)
    linear = linear_parameters([f for f, _ in problem.pairs], problem.names)
    linear = [i for i in linear if free[i]]
    if _FEWEST_LINEAR <= len(linear) < len(problem.names):
        return [Eliminated(errors, linear), errors]
    return [errors]


def _result(search: Search, q: Array) -> BoxBound:
    """What a search has proven: of all values, or of those up to some size if that is more.

    Where less has been reached than was asked for, of those for which it is most.
    """
    problem, left, kept = search.problem, search.unsettled, search.view.kept
    everywhere = BoxBound(
        min(search.settled, float(left.least.min(initial=math.inf))),
        search.boxes,
        search.better is None and not len(left),
        search.better,
        ranges_in_words(problem.names, problem.lower, problem.upper),
        search.settles(q),
    )
    if everywhere.complete or search.better is not None:
        return everywhere
    for stage in (1.0, *STAGES[::-1]):
        lower = stage * search.asked
        around = region(q[kept], left[left.least < lower].boxes, search.spread)
        if around is not None and search.spread.largely(around, q[kept]):
            break
        if around is not None and search.fine(lower):  # some values near, no bound for all
            everywhere = replace(everywhere, local=True)
    else:
        return everywhere
    names = [problem.names[i] for i in kept]
    words = ranges_in_words(names, around.lo[0], around.hi[0])
    lower = min(search.settled, float(left.least[left.least >= lower].min(initial=math.inf)))
    if stage < 1 and everywhere.lower >= lower:
        return everywhere
    return replace(everywhere, lower=lower, complete=stage == 1, over=words)
