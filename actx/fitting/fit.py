"""The fit of a template to a target: what is asked, the search, the proof, and what is told."""

from __future__ import annotations

import numpy as np

from actx.core.errors import FitError
from actx.core.progress import Progress
from actx.fitting.best import Work, best_values
from actx.fitting.problem.placing import placed
from actx.fitting.problem.task import Task, completed
from actx.fitting.result import result
from actx.fitting.results import (
    Fit,
)
from actx.fitting.rounded import rounded_result
from actx.fitting.rounding.grid import grid as read_grid
from actx.registry import Registry


def fit_template(
    asked: Task,
    registry: Registry,
    *,
    budget: float,
    rounding: str | None = None,
    variants: bool = False,
    progress: Progress | None = None,
) -> Fit:
    """Fit a template; see `actx.api.fit`. Raises FitError, UsageError and AnalysisError."""
    grid = None if rounding is None else read_grid(rounding)
    task = completed(asked, registry)
    try:
        with np.errstate(all="ignore"):  # a search passes through values that overflow
            place = placed(task, registry)
            work = Work(task, place, registry, variants, budget)
            found = best_values(work, progress or (lambda done, total, what: None))
            return result(work, found) if grid is None else rounded_result(work, found, grid)
    except OverflowError:
        raise FitError(
            "Something in this fit is beyond what numbers hold: a part of the template or the "
            "target, or a parameter that would have to be as large.",
            "Scale them, or give a {domain} on which they are smaller.",
            domain=None,
        ) from None
