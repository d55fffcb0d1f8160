"""The least of ∫e² over all coefficients, in balls.

With the matrix G of the columns' inner products and r those of the error with the columns at some
coefficients c, ∫e² at c + d is ∫e² + 2rᵀd + dᵀGd, and so at least ∫e² - rᵀG⁻¹r (Björck, Numerical
Methods for Least Squares Problems, SIAM 1996, section 1.1). At the solution of the normal equations
r is next to nothing. A coefficient at a bound to which the slope presses it can only add: its part
of r is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb, arb_mat

from actx.arithmetic import systems
from actx.fitting.integrals.panels import Panel

_ROUNDS = 12  # changes of the coefficients that are held at a bound


@dataclass(frozen=True)
class Limits:
    """The bounds of each coefficient, as exact balls that may be infinite."""

    lower: Sequence[Any]
    upper: Sequence[Any]

    def at(self, k: int, side: int) -> Any:
        return self.upper[k] if side > 0 else self.lower[k]


Held = Mapping[int, int]  # coefficients at a bound: 1 for the upper one, -1 for the lower one


@dataclass(frozen=True)
class Optimum:
    """The best coefficients as exact balls, and a ball below which no integral is.

    held: those at a bound.
    """

    coefficients: Sequence[Any]
    least: Any
    held: Held


def products(panels: Iterable[Panel], count: int) -> Any:
    """The inner products of so many functions, columns and goal."""
    total = arb_mat(count, count)
    for panel in panels:
        total += panel.products()
    return total


def least(matrix: Any, limits: Limits) -> Optimum | None:
    """The best coefficients within limits, with their proof; None where they are not determined.

    matrix: the inner products of columns and goal.
    """
    size = matrix.nrows() - 1
    held: dict[int, int] = {}
    for _ in range(_ROUNDS):
        found = _solved(matrix, limits, held)
        if found is None:
            return None
        slopes = _slopes(matrix, found)
        wrong = next((k for k, side in held.items() if slopes[k] * side > 0), None)
        beyond = [_beyond(found[k], k, limits) for k in range(size)]
        if wrong is not None:
            del held[wrong]
        elif any(beyond):
            k = next(k for k in range(size) if beyond[k])
            held[k] = beyond[k]
        else:
            return Optimum(found, _least_at(matrix, found, held), held)
    return None


def _beyond(value: Any, k: int, limits: Limits) -> int:
    """Which bound a value is beyond, 0 for none."""
    return 1 if value > limits.upper[k] else -1 if value < limits.lower[k] else 0


def _solved(matrix: Any, limits: Limits, held: Held) -> list[Any] | None:
    """The solution of the normal equations, rounded to exact balls, with some values held."""
    size = matrix.nrows() - 1
    free = [k for k in range(size) if k not in held]
    values = [limits.at(k, held[k]) if k in held else arb(0) for k in range(size)]
    right = _slopes(matrix, values)
    if free:
        step = solution(matrix, free, [-right[k] for k in free])
        if step is None:
            return None
        for k, v in zip(free, step, strict=True):
            values[k] = arb(v.mid())
    return values


def solution(matrix: Any, rows: Sequence[int], right: Sequence[Any]) -> list[Any] | None:
    """The solution of the equations of some rows in as many columns; None where there is none."""
    return systems.solution([[matrix[i, j] for j in rows] for i in rows], right)


def _slopes(matrix: Any, values: Sequence[Any]) -> list[Any]:
    """The inner products of the error with each column, and last with the goal."""
    found = matrix * arb_mat([[v] for v in (*values, arb(-1))])
    return [found[i, 0] for i in range(matrix.nrows())]


def _least_at(matrix: Any, values: Sequence[Any], held: Held) -> Any:
    """What no coefficients go below, from those at which the proof is made."""
    slopes = _slopes(matrix, values)
    reached = sum((v * s for v, s in zip((*values, arb(-1)), slopes, strict=True)), arb(0))
    size = matrix.nrows() - 1
    # the values within bounds differ from one at its upper bound by at most 0: slope <= 0 adds
    left = [arb(0) if k in held and slopes[k] * held[k] <= 0 else slopes[k] for k in range(size)]
    if not size:
        return reached
    inverse = solution(matrix, range(size), left)
    if inverse is None:
        return arb(0)
    return reached - sum((a * b for a, b in zip(left, inverse, strict=True)), arb(0))


def independent(matrix: Any, tiny: Any) -> tuple[list[int], dict[int, list[Any]]]:
    """Columns that seem independent, and for each other one what it is as a sum of these.

    tiny: of a column's square, what is left when it is nothing but such a sum.
    """
    kept: list[int] = []
    shares: dict[int, list[Any]] = {}
    for k in range(matrix.nrows() - 1):
        cross = [matrix[j, k] for j in kept]
        parts = solution(matrix, kept, cross) if kept else []
        if parts is None:
            parts = []
        left = matrix[k, k] - sum((a * b for a, b in zip(parts, cross, strict=False)), arb(0))
        if left.mid() > tiny * matrix[k, k]:
            kept.append(k)
        else:
            shares[k] = parts
    return kept, shares
