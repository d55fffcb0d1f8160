"""Where in the ranges of the parameters the least error may be, for a search that starts there."""

from __future__ import annotations

import math

import numpy as np

from actx.core.arrays import Array
from actx.core.budget import Budget
from actx.fitting.nonlinear.errors import Errors
from actx.fitting.nonlinear.halving import Pile, halved
from actx.fitting.nonlinear.points import place_points
from actx.fitting.nonlinear.projected import projected
from actx.fitting.nonlinear.spread import Spread
from actx.fitting.problem.problem import Problem

_ROUNDS = 30
_BATCH = 300  # boxes halved in a round
_SAMPLED = 3  # points of a panel at which the error is looked at in the middle of a box
_APART = 0.05  # of the ranges as finite ones, between any two that are given
_BY_VALUE, _BY_BOX = 8, 4  # given for their error, and for what may be in their box


def promising(problem: Problem, budget: Budget) -> list[Array]:
    """Values in the middle of boxes: those with the least errors, then those of the least bounds.

    Boxes that cannot hold the least error, as far as samples tell, are dropped on the way.
    """
    errors = Errors(problem)
    place_points(errors)
    spread = Spread(problem)
    samples, _ = problem.nodes(problem.base, _SAMPLED)
    pile = Pile(spread.root, np.zeros(1))
    middles = np.vstack([spread.middle(pile.boxes), projected(problem, spread, samples)])
    sizes = _sizes(problem, samples, middles)
    for _ in range(_ROUNDS):
        if budget.spent or not len(pile):
            break
        if (spread.widths(pile.boxes) < _APART).all():
            break
        order = np.lexsort((pile.least, spread.far(pile.boxes)))
        batch, rest = pile[order[:_BATCH]], pile[order[_BATCH:]]
        halves, _ = halved(batch, spread, errors, min(1.0, float(sizes.min())))
        pile = Pile.joined([rest, halves])
        if not len(halves):
            continue
        new = spread.middle(halves.boxes)
        middles = np.concatenate([middles, new])
        sizes = np.concatenate([sizes, _sizes(problem, samples, new)])
        pile = pile[pile.least < sizes.min()]
    by_box = spread.middle(pile[np.argsort(pile.least, kind="stable")].boxes)
    chosen = _apart(spread, middles[np.argsort(sizes, kind="stable")], [], _BY_VALUE)
    return _apart(spread, by_box, chosen, _BY_BOX)


def _sizes(problem: Problem, samples: Array, p: Array) -> Array:
    """The largest |error| on samples at rows of parameter values; infinite where there is none."""
    rows = [np.abs(problem.errors(samples, p, part)).max(axis=1) for part in problem.parts]
    size = np.max(rows, axis=0)
    allowed = [problem.admits(v) for v in p] if problem.limits else True
    return np.where(np.isnan(size) | ~np.array(allowed), math.inf, size)


def _apart(spread: Spread, points: Array, chosen: list[Array], count: int) -> list[Array]:
    """Some values, and the first others that lie apart from them and from each other."""
    found = list(chosen)
    places = spread.to_unit(np.array(found).reshape(-1, points.shape[1]))
    for p, place in zip(points, spread.to_unit(points), strict=True):
        if len(found) == len(chosen) + count:
            break
        if np.abs(places - place).max(axis=1).min(initial=math.inf) > _APART:
            found.append(p)
            places = np.vstack([places, place])
    return found
