"""Problems over boxes of parameters, and what is reached in them by other means."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

import actx
from actx.core.budget import Budget
from actx.core.domain import Domain
from actx.fitting.descent.minimax import fit_minimax
from actx.fitting.enclosed import enclosed
from actx.fitting.nonlinear import BoxBound, prove_minimum
from actx.fitting.problem.problem import Problem

Range = tuple[float, float]


INF = math.inf


REAL = (-INF, INF)


def problem(template: str, target: str, domain: Range, **bounds: Range) -> Problem:
    trees = (actx.formula(text).tree for text in (template, target))
    return Problem(*trees, Domain(*domain), bounds)


def best_near(task: Problem, start: Sequence[float]) -> np.ndarray:
    with np.errstate(all="ignore"):
        return fit_minimax(task, np.array(start, dtype=float))[0]


def reached(task: Problem, p: np.ndarray) -> float:
    """What the largest error at these values is at most, by the proof that `compare` gives."""
    with np.errstate(all="ignore"):
        return enclosed(task.bound_pairs(p), task.domain, [], Budget(10))[1]


def proven(task: Problem, q: np.ndarray, gap: float, seconds: float = 30) -> tuple[BoxBound, float]:
    upper = reached(task, q)
    return prove_minimum(task, q, upper, gap, Budget(seconds)), upper


TARGETS = ("tanh(x)", "mish", "relu", "gelu", "sigmoid(x)", "softplus(x)", "abs(x) - 1")
