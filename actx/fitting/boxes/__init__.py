"""Lower bounds on the largest error of a nonlinear template, by branch and bound over boxes.

A box of parameters is settled where the error at some point is, for all values in it, as large as
what is asked for; else it is halved. Infinite ranges count as finite ones. Near the best values
known, where the error alternates, one argument settles a whole box (`alternating`), so that boxes
do not pile up there.

What is proven holds for all values at which the template has a value throughout the domain.
errors: intervals of the error at points · points: which points · spread: the ranges, and where a
box is halved · alternating: the box around the best values · search: the branch and bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actx.fitting.boxes.alternating import around
from actx.fitting.boxes.errors import Errors
from actx.fitting.boxes.points import place_points
from actx.fitting.boxes.search import Search
from actx.fitting.problem import Problem
from actx.proof.budget import Budget

Array = NDArray[np.float64]

__all__ = ["BoxBound", "prove_minimum", "starts"]

_STARTS = 8


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
    with np.errstate(all="ignore"):
        errors = Errors(problem)
        peaks = place_points(errors, q)
        cell = around(errors, q, peaks)
        search = Search(errors, upper, gap, budget, cell)
        search.run()
        return BoxBound(*search.result())


def starts(problem: Problem, budget: Budget) -> list[Array]:
    """Parameter values from which to look for the best: one in each of the most promising boxes."""
    raise NotImplementedError
