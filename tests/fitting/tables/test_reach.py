"""Best pieces on samples are those of a linear program, with free choice of side at their start."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from actx.fitting.tables.chain import chain
from actx.fitting.tables.reach import Samples, Start, best_touch, reach


def least(samples: Samples, degree: int, start: Start, end: int) -> float:
    """The least error of a polynomial that keeps to one side or both (HiGHS)."""
    powers = np.vander(samples.x, degree + 1)
    above, below = slice(start.above, end + 1), slice(start.below, end + 1)
    ones = -np.ones((samples.x.size, 1))
    rows = np.hstack([powers, ones])
    found = linprog(
        [0.0] * (degree + 1) + [1.0],
        A_ub=np.vstack([np.hstack([-powers, ones])[above], rows[below]]),
        b_ub=np.concatenate([-samples.f[above], samples.f[below]]),
        bounds=[(None, None)] * (degree + 2), method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )  # fmt: skip
    return float(found.fun)


def wavy(seed: int) -> Samples:
    random = np.random.default_rng(seed)
    x = np.sort(random.uniform(-2, 2, 60))
    waves = random.normal(size=4)
    return Samples(x, sum(w * np.sin((k + 1) * x + k) for k, w in enumerate(waves)))


@pytest.mark.parametrize("degree", range(4))
def test_a_best_piece_has_the_error_of_the_linear_program(degree: int) -> None:
    for seed in range(25):
        samples = wavy(seed)
        first, end = seed % 7, 30 + seed
        touch = best_touch(samples, degree, Start(first, first), end)
        assert touch is not None
        assert touch.level == pytest.approx(least(samples, degree, Start(first, first), end), 1e-8)


def test_a_piece_that_keeps_to_one_side_first_has_its_own_error() -> None:
    for seed in range(25):
        samples = wavy(seed)
        for start in (Start(3, 9), Start(9, 3)):
            touch = best_touch(samples, 1, start, 50)
            assert touch is not None
            assert touch.level == pytest.approx(least(samples, 1, start, 50), 1e-8)


@pytest.mark.parametrize("degree", range(4))
def test_a_piece_reaches_as_far_as_the_error_allows_and_no_further(degree: int) -> None:
    for seed in range(25):
        samples, start = wavy(seed), Start(2, 2)
        for error in (0.003, 0.05, 0.4):
            found = reach(samples, degree, start, error, 10, 59)
            if found.full:
                assert least(samples, degree, start, found.end) > error * (1 - 1e-9)
                assert least(samples, degree, start, found.end - 1) <= error * (1 + 1e-9)
            else:
                assert least(samples, degree, start, 59) <= error * (1 + 1e-9)


def test_fewer_pieces_than_allowed_are_told() -> None:
    x = np.linspace(0.0, 1.0, 101)
    assert chain(Samples(x, x), 1, False, 5, 1e-3, None).over <= 0
