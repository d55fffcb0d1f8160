"""No values of random templates reach less than the lower bound by boxes of parameters."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from box_problems import INF, REAL, TARGETS, problem
from random_templates import random_template

import actx
from actx.core.budget import Budget
from actx.core.errors import AnalysisError
from actx.fitting.descent.minimax import fit_minimax
from actx.fitting.enclosed import enclosed
from actx.fitting.nonlinear import prove_minimum


def check_random_template(seed: int) -> bool:
    """Whether a bound could be held against values, which then keep to it."""
    chance = random.Random(seed)
    template = random_template(chance, 3)
    ranges = [REAL, (-2.0, 3.0), (0.5, 4.0), (0.0, INF)]
    bounds = {name: chance.choice(ranges) for name in actx.formula(template).parameters}
    if not bounds:
        return False
    domain = chance.choice([(-4.0, 4.0), (0.0, 3.0), (-1.0, 6.0), REAL, (-INF, 0.0)])
    try:
        task = problem(template, chance.choice(TARGETS), domain, **bounds)
        p = np.array([[chance.gauss(0, 2) for _ in bounds] for _ in range(200)])
        p = np.clip(p, task.lower, task.upper)
        with np.errstate(all="ignore"):
            sizes = np.abs(task.errors(np.linspace(-4, 4, 101), p)).max(axis=1)
            polished = [fit_minimax(task, p[k])[0] for k in np.argsort(sizes)[:2]]
            q = polished[0]
            tried = [*p[np.argsort(sizes)[:2]], *polished]
            pairs = [(v, enclosed(task.bound_pairs(v), task.domain, [], Budget(1))) for v in tried]
    except (AnalysisError, ArithmeticError):
        return False
    upper = pairs[2][1][1]
    if not 0 < upper < INF:
        return False
    bound = prove_minimum(task, q, upper, 1e-4, Budget(0.3))
    oracle = min((e[1] for v, e in pairs if held(bound.over, task.names, v)), default=INF)
    assert bound.lower <= oracle, (seed, template, task.target, domain, bounds, bound, oracle)
    return True


def held(over: str, names: Sequence[str], p: np.ndarray) -> bool:
    """Whether values are among those that a bound holds for, by its words."""
    if over == "all values":
        return True
    values = dict(zip(names, p, strict=True))
    limits = (part.split(" in ") for part in over.split(", "))
    return all(
        float(ends.split(":")[0]) <= values[name] <= float(ends.split(":")[1])
        for name, ends in limits
    )


def test_random_templates() -> None:
    assert sum(check_random_template(seed) for seed in range(20)) > 5


@pytest.mark.long
def test_many_random_templates() -> None:
    assert sum(check_random_template(seed) for seed in range(1000, 1800)) > 300
