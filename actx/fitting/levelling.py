"""A best approximation in a linear space, from a start in float64 to any number of digits.

The reference is a set of points at which the error is to have one size. Solving for that in balls,
moving each point to the turning point of the error next to it (Newton's method), and solving again
converges quadratically. The same points give the proof that nothing in the space is better: weights
on them that cancel every function of the space bound the error of each from below
(de la Vallée-Poussin).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray

from actx.fitting.goal import BITS, ErrorOf, Goal, Quotient
from actx.fitting.space import Space

Array = NDArray[np.float64]

_ROUNDS = 40
_LEVEL = 1e-16  # heights that agree to this part are level
_HALVINGS = 12


@dataclass(frozen=True)
class Anchor:
    """A point of the reference.

    sign: of the error there, whose size is the level; 0 where the error is to be `error` instead,
    at a point that is needed only because the others do not determine the function.
    """

    stretch: int
    x: Any
    sign: int
    error: float = 0.0


@dataclass(frozen=True)
class Level:
    """The function that is levelled on a reference: free coefficients, parts, error level (≥ 0)."""

    free: list[Any]
    parts: list[Quotient]
    level: Any
    anchors: tuple[Anchor, ...]


def level_off(goal: Goal, space: Space, anchors: Sequence[Anchor]) -> Level | None:
    """The levelled function whose reference are turning points; None where that fails.

    anchors: as many as free coefficients and one.
    """
    with ctx.workprec(BITS):
        found = levelled(goal, space, anchors)
        for _ in range(_ROUNDS):
            if found is None or not found.level > 0:
                return found
            moved = [_moved(goal, found, a) for a in found.anchors]
            heights = [h for _, h in moved]
            anchors = [a for a, _ in moved]
            top = max(heights, key=lambda h: float(h))
            if top <= found.level * (1 + arb(_LEVEL)):
                return found
            if _met(anchors):
                return None
            found = levelled(goal, space, anchors)
        return None


def _met(anchors: Sequence[Anchor]) -> bool:
    """Whether two points have moved to one turning point, which they cannot both stand for."""
    places = [(a.stretch, float(a.x)) for a in anchors if a.sign]
    return len(set(places)) < len(places)


def _equation(goal: Goal, space: Space, anchor: Anchor) -> tuple[list[Any], Any]:
    """A row of the linear system, weighted: the free coefficients, then the level; the right side.

    weight·(offset + row·y - target) = sign·level, or = error.
    """
    stretch = goal.stretches[anchor.stretch]
    target, weight = stretch.ball_values(anchor.x)
    row, offset = space.ball_row(stretch.part, anchor.x)
    right = weight * (target - offset) + (0 if anchor.sign else arb(anchor.error))
    return [*(weight * v for v in row), arb(-anchor.sign)], right


def levelled(goal: Goal, space: Space, anchors: Sequence[Anchor]) -> Level | None:
    equations = [_equation(goal, space, a) for a in anchors]
    try:
        solution = arb_mat([row for row, _ in equations]).solve(
            arb_mat([[right] for _, right in equations])
        )
    except (ZeroDivisionError, ValueError):
        return None
    values = [arb(solution[i, 0].mid()) for i in range(len(anchors))]
    if not all(v.is_finite() for v in values):
        return None
    level = values[-1]
    if level < 0:  # the other sign everywhere
        anchors = [replace(a, sign=-a.sign) for a in anchors]
        level = -level
    return Level(values[:-1], space.quotients(values[:-1]), level, tuple(anchors))


def _moved(goal: Goal, found: Level, anchor: Anchor) -> tuple[Anchor, Any]:
    """The anchor at the turning point next to it, and sign·error there."""
    if not anchor.sign:
        return anchor, found.level
    x, height = climb(goal, ErrorOf(found.parts), anchor.stretch, anchor.x, anchor.sign)
    return replace(anchor, x=x), height


def climb(goal: Goal, error: ErrorOf, index: int, x: Any, sign: int) -> tuple[Any, Any]:
    """One step of Newton's method, kept within the stretch, to a maximum of sign·error.

    Returns the place and the height, which is not below that at x.
    """
    stretch = goal.stretches[index]
    lo, hi = stretch.ball_ends
    value, slope, bend = (sign * c for c in error.series(stretch, x, 3))
    if not slope.is_finite():  # at a singular end
        return x, arb((sign * error.value(stretch, x)).mid())
    height, at = arb(value.mid()), x
    bend = 2 * bend
    if (slope > 0 and x >= hi) or (slope < 0 and x <= lo):
        return at, height
    reach = (hi - lo) / 64
    step = -slope / bend if bend < 0 else reach * slope.sgn()
    step = arb(step.mid()).min(reach).max(-reach)
    for _ in range(_HALVINGS):
        y = arb((x + step).mid()).min(hi).max(lo)
        new = arb((sign * error.value(stretch, y)).mid())
        if new >= height:
            return y, new
        step = step / 4
    return at, height


def least_error(goal: Goal, space: Space, anchors: Sequence[Anchor]) -> Any:
    """A proven lower bound on max|error| of everything in the space; an arb number, 0 if none.

    For weights m with sum m_i w_i phi(x_i) = 0 for every phi, each p has
    |sum m_i w_i f(x_i)| = |sum m_i w_i (f - p)(x_i)| <= max|error| · sum |m_i|.
    """
    with ctx.workprec(BITS):
        equations = [_equation(goal, space, replace(a, error=0.0)) for a in anchors]
        size = len(anchors)
        table = arb_mat([row for row, _ in equations]).transpose()
        unit = arb_mat([[arb(int(i == size - 1))] for i in range(size)])
        try:
            solved = table.solve(unit)
        except (ZeroDivisionError, ValueError):
            return arb(0)
        weights = [solved[i, 0] for i in range(size)]
        total = sum((abs(m) for m in weights), arb(0))
        cancelled = sum((m * r for m, (_, r) in zip(weights, equations, strict=True)), arb(0))
        bound = abs(cancelled) / total
        return arb(bound.lower()).max(arb(0)) if bound.is_finite() else arb(0)
