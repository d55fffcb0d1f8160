"""A best approximation on samples made one between them, to any number of digits.

Solving in balls for one size of the error at the reference, moving each of its points to the
turning point of the error next to it (Newton's method), and solving again converges quadratically.
The same points give the proof: weights on them that cancel every column bound the error of all
coefficients from below (de la Vallée Poussin, Leçons sur l'approximation des fonctions, 1919).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from flint import arb

from actx.arithmetic.systems import solution
from actx.fitting.linear.strips import Error, Residual, Sense, Strip

_ROUNDS = 40
_LEVEL = 1e-14  # heights that agree to this part are level
_SETTLED = 1e-11  # what further moves would add to the level, relatively, where it has settled
_ONE_PLACE = 1e-5  # points so near to each other stand for one turning point
_HALVINGS = 14
_STEPS = 64  # of a bounded strip; a step of Newton's method is no longer than one


@dataclass(frozen=True)
class Anchor:
    """A point of the reference.

    sign: of the error there, whose size is the level, or 0 where it need not be small; sign is 0
    where the error is to be `error` instead: where it has to be 0, and at a point that is needed
    only because the others do not determine the coefficients.
    """

    strip: Strip
    x: Any
    sign: int
    error: float = 0.0

    @property
    def rise(self) -> int:
        """How the error there goes with the level."""
        return self.sign if self.strip.part.small else 0


@dataclass(frozen=True)
class Level:
    """Coefficients that are levelled on a reference: exact balls, the error's level (≥ 0).

    unique: whether no others have that level.
    """

    coefficients: list[Any]
    level: Any
    anchors: tuple[Anchor, ...]
    unique: bool = False


def _equation(anchor: Anchor, kept: Sequence[int]) -> list[Any]:
    """A row of the linear system: the coefficients, then the level, then the right side."""
    *row, goal = anchor.strip.row(anchor.x)
    right = goal + (0 if anchor.sign else arb(anchor.error))
    return [*(row[k] for k in kept), arb(-anchor.rise), right]


def levelled(anchors: Sequence[Anchor], kept: Sequence[int], size: int) -> Level | None:
    """The coefficients whose error is level on the anchors; None where these do not determine them.

    kept: which of `size` coefficients are free; the others are 0.
    """
    rows = [_equation(a, kept) for a in anchors]
    solved = solution([row[:-1] for row in rows], [row[-1] for row in rows])
    if solved is None:
        return None
    values = [arb(v.mid()) for v in solved]
    if not all(v.is_finite() for v in values):
        return None
    level = values[-1]
    if level < 0 and any(a.sign and not a.rise for a in anchors):
        return None
    if level < 0:  # the other sign everywhere
        anchors = [replace(a, sign=-a.sign) for a in anchors]
        level = -level
    full = [arb(0)] * size
    for k, v in zip(kept, values, strict=False):
        full[k] = v
    unique = all(a.sign or a.strip.part.sense is Sense.ZERO for a in anchors)
    return Level(full, level, tuple(anchors), unique)


def level_off(anchors: Sequence[Anchor], kept: Sequence[int], size: int) -> Level | None:
    """The levelled coefficients whose reference are turning points; None where that fails."""
    found = levelled(anchors, kept, size)
    for _ in range(_ROUNDS):
        if found is None or not found.level > 0:
            return found
        residual = Residual(found.coefficients)
        moved = [_moved(residual, found, a) for a in found.anchors]
        top = max((height for _, height in moved), key=float)
        if top <= found.level * (1 + arb(_LEVEL)):
            return found
        anchors = [a for a, _ in moved]
        if _met(anchors):
            return None
        settled = top <= found.level * (1 + arb(_SETTLED))
        found = levelled(anchors, kept, size)
        if settled:  # the next round would double the digits that agree
            return found
    return None


def _met(anchors: Sequence[Anchor]) -> bool:
    """Whether two points have moved to one turning point, which they cannot both stand for."""
    places = sorted((id(a.strip), a.sign, float(a.x)) for a in anchors if a.sign)
    return any(
        p[:2] == q[:2] and q[2] - p[2] <= _ONE_PLACE * (1 + abs(q[2])) for p, q in pairwise(places)
    )


def _moved(residual: Residual, found: Level, anchor: Anchor) -> tuple[Anchor, Any]:
    """The anchor at the turning point next to it, and the level that the error there asks for."""
    if not anchor.sign:
        return anchor, found.level
    x, height = climb(residual, anchor.strip, anchor.x, anchor.sign)
    return replace(anchor, x=x), height if anchor.rise else found.level + height


def climb(error: Error, strip: Strip, x: Any, sign: int) -> tuple[Any, Any]:
    """One step of Newton's method, kept within the strip, to a maximum of sign·error.

    Returns the place and the height, which is not below that at x.
    """
    lo, hi = strip.ends
    if strip.is_point:
        return x, arb((sign * error.value(strip, x)).mid())
    value, slope, bend = (sign * c for c in error.series(strip, x, 3))
    if not slope.is_finite():  # at a singular end
        return x, arb((sign * error.value(strip, x)).mid())
    height = arb(value.mid())
    if (slope > 0 and x >= hi) or (slope < 0 and x <= lo):
        return x, height
    reach = (hi - lo) / _STEPS if strip.bounded else (1 + abs(x)) / 8
    bend = 2 * bend
    step = -slope / bend if bend < 0 else reach * slope.sgn()
    step = arb(step.mid()).min(reach).max(-reach)
    for _ in range(_HALVINGS):
        y = arb((x + step).mid()).min(hi).max(lo)
        new = arb((sign * error.value(strip, y)).mid())
        if new >= height:
            return y, new
        step = step / 4
    return x, height


def lower_bound(anchors: Sequence[Anchor], kept: Sequence[int]) -> Any:
    """What max|error| is at least, for all coefficients; an exact ball, 0 where nothing is proven.

    For weights m with sum m_i column(x_i) = 0 for every column, all coefficients have the same
    sum m_i error(x_i) = -sum m_i goal(x_i). No error in it exceeds max|error| in size; where it has
    to be 0 it drops out, and where it may not be positive it must not have a negative weight. The
    columns are those of the formula as it was written, not of its pieces, so that nothing else has
    to be proven.
    """
    rows = [a.strip.true_row(a.x) for a in anchors]
    size = len(anchors)
    entries = [[*(row[k] for k in kept), arb(a.rise)] for a, row in zip(anchors, rows, strict=True)]
    unit = [arb(int(i == size - 1)) for i in range(size)]
    weights = solution(list(zip(*entries, strict=True)), unit)
    if weights is None:
        return arb(0)
    asked = [a.strip.part.sense for a in anchors]
    if not all(m >= 0 for m, s in zip(weights, asked, strict=True) if s is Sense.BELOW):
        return arb(0)
    total = sum((abs(m) for m, s in zip(weights, asked, strict=True) if s is Sense.SMALL), arb(0))
    bound = -sum((m * row[-1] for m, row in zip(weights, rows, strict=True)), arb(0)) / total
    return arb(bound.lower()).max(arb(0)) if bound.is_finite() else arb(0)
