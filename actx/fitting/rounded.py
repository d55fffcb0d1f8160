"""A fit whose coefficients can be represented, with the best that cannot beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np

from actx.core.arrays import Array
from actx.core.errors import FitError
from actx.core.norms import Norm
from actx.fitting.best import Found, Work
from actx.fitting.descent.solvers import objective, solve
from actx.fitting.problem.reduction import Reduction
from actx.fitting.result import enclosed_at, made_at, result
from actx.fitting.results import (
    Fit,
    FitVariant,
    RoundedFit,
)
from actx.fitting.rounding.grid import Grid
from actx.fitting.rounding.search import best as best_on_grid


def rounded_result(work: Work, found: Found, grid: Grid) -> Fit:
    """The best coefficients on a grid, with the optimum beside them."""
    mine, best = found.reductions[work.norm], found.optima.values[work.norm]
    free = result(work, found)
    if not best.size:
        raise FitError("Nothing is left to round: all parameters follow from the tails.")
    problem = mine.inner
    level = work.norm.root(objective(problem, work.norm, best)(best))
    optimum = dict(zip(problem.names, map(float, best), strict=True))
    limits = zip(problem.lower.tolist(), problem.upper.tolist(), strict=True)
    chosen = best_on_grid(
        problem.names, optimum, level, _Refit(mine, work.norm, optimum),
        dict(zip(problem.names, limits, strict=True)), grid,
    )  # fmt: skip
    q = [chosen.parameters[name] for name in problem.names]
    made = enclosed_at(work, mine, made_at(work, mine, q), q)
    told = RoundedFit(
        grid.words,
        {name: grid.text(value) for name, value in chosen.parameters.items()},
        chosen.loss, chosen.plain_loss, chosen.complete, chosen.tries,
    )  # fmt: skip
    unrounded = FitVariant(
        free.max_error, free.norms, label="not rounded", parameters=free.parameters
    )
    return replace(
        made,
        rounded=told,
        notes=(*free.notes, *made.notes),
        endless=free.endless,
        variants=(unrounded, *free.variants),
    )


class _Refit:
    """The best values of the other parameters while some are held, for the search on a grid."""

    def __init__(self, reduction: Reduction, norm: Norm, optimum: Mapping[str, float]) -> None:
        self.reduction, self.norm, self.optimum = reduction, norm, optimum

    def __call__(self, held: Mapping[str, Fraction]) -> tuple[dict[str, float], float] | None:
        inner = self.reduction.inner
        free = [name for name in inner.names if name not in held]
        values: dict[str, float] = {name: float(v) for name, v in held.items()}
        if not free:
            p = np.array([values[name] for name in inner.names])
            size = objective(inner, self.norm, p)(p)
            return (values, self.norm.root(size)) if math.isfinite(size) else None
        rest = self.reduction.holding(held)
        start: Array | None = np.array([self.optimum[name] for name in free])
        if rest.conditions is not None and start is not None:
            start = rest.conditions.restored(start)
        if start is None:
            return None
        q, size = solve(rest, self.norm, start)
        found = dict(zip(free, map(float, q), strict=True))
        return ({**values, **found}, self.norm.root(size)) if math.isfinite(size) else None
