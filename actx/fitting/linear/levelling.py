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

from flint import arb, arb_mat

from actx.fitting.linear.strips import Residual, Strip

_ROUNDS = 40
_LEVEL = 1e-14  # heights that agree to this part are level
_SETTLED = 1e-11  # what further moves would add to the level, relatively, where it has settled
_ONE_PLACE = 1e-5  # points so near to each other stand for one turning point
_HALVINGS = 14
_STEPS = 64  # of a bounded strip; a step of Newton's method is no longer than one


@dataclass(frozen=True)
class Anchor:
    """A point of the reference.

    sign: of the error there, whose size is the level; 0 where the error is to be `error` instead,
    at a point that is needed only because the others do not determine the coefficients.
    """

    strip: Strip
    x: Any
    sign: int
    error: float = 0.0


@dataclass(frozen=True)
class Level:
    """Coefficients that are levelled on a reference: exact balls, the error's level (≥ 0)."""

    coefficients: list[Any]
    level: Any
    anchors: tuple[Anchor, ...]


def _equation(anchor: Anchor, kept: Sequence[int]) -> list[Any]:
    """A row of the linear system: the coefficients, then the level, then the right side."""
    *row, goal = anchor.strip.row(anchor.x)
    right = goal + (0 if anchor.sign else arb(anchor.error))
    return [*(row[k] for k in kept), arb(-anchor.sign), right]


def levelled(anchors: Sequence[Anchor], kept: Sequence[int], size: int) -> Level | None:
    """The coefficients whose error is level on the anchors; None where these do not determine them.

    kept: which of `size` coefficients are free; the others are 0.
    """
    rows = [_equation(a, kept) for a in anchors]
    try:
        solution = arb_mat([row[:-1] for row in rows]).solve(arb_mat([[row[-1]] for row in rows]))
    except (ZeroDivisionError, ValueError):
        return None
    values = [arb(solution[i, 0].mid()) for i in range(len(anchors))]
    if not all(v.is_finite() for v in values):
        return None
    level = values[-1]
    if level < 0:  # the other sign everywhere
        anchors = [replace(a, sign=-a.sign) for a in anchors]
        level = -level
    full = [arb(0)] * size
    for k, v in zip(kept, values, strict=False):
        full[k] = v
    return Level(full, level, tuple(anchors))


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
    """The anchor at the turning point next to it, and sign·error there."""
    if not anchor.sign:
        return anchor, found.level
    x, height = climb(residual, anchor.strip, anchor.x, anchor.sign)
    return replace(anchor, x=x), height


def climb(residual: Residual, strip: Strip, x: Any, sign: int) -> tuple[Any, Any]:
    """One step of Newton's method, kept within the strip, to a maximum of sign·error.

    Returns the place and the height, which is not below that at x.
    """
    lo, hi = strip.ends
    value, slope, bend = (sign * c for c in residual.series(strip, x, 3))
    if not slope.is_finite():  # at a singular end
        return x, arb((sign * residual.value(strip, x)).mid())
    height = arb(value.mid())
    if (slope > 0 and x >= hi) or (slope < 0 and x <= lo):
        return x, height
    reach = (hi - lo) / _STEPS if strip.bounded else (1 + abs(x)) / 8
    bend = 2 * bend
    step = -slope / bend if bend < 0 else reach * slope.sgn()
    step = arb(step.mid()).min(reach).max(-reach)
    for _ in range(_HALVINGS):
        y = arb((x + step).mid()).min(hi).max(lo)
        new = arb((sign * residual.value(strip, y)).mid())
        if new >= height:
            return y, new
        step = step / 4
    return x, height


@dataclass(frozen=True)
class Proof:
    """What the points of a reference prove.

    least: no coefficients have a smaller largest error; an exact ball, 0 where nothing is proven.
    released: indices of parameters held at a bound from which the error falls inwards, so that the
    bound on the error is none.
    """

    least: Any
    released: tuple[int, ...] = ()


_NO_PROOF = Proof(arb(0))


def lower_bound(anchors: Sequence[Anchor], kept: Sequence[int]) -> Proof:
    """A proven lower bound on max|error| over all coefficients.

    For weights m with sum m_i column(x_i) = 0 for every column, each choice of coefficients has
    |sum m_i goal(x_i)| = |sum m_i error(x_i)| <= max|error| · sum |m_i|. The columns are those of
    the formula as it was written, not of its pieces, so that nothing else has to be proven. A
    parameter that is held at a bound may move inwards, which must not lower the sum.
    """
    inner = [a.strip.inner(a.x) for a in anchors]
    rows = [a.strip.part.row(x) for a, x in zip(anchors, inner, strict=True)]
    size = len(anchors)
    entries = [
        [*(row[k] for k in kept), arb(-a.sign)] for a, row in zip(anchors, rows, strict=True)
    ]
    unit = arb_mat([[arb(int(i == size - 1))] for i in range(size)])
    try:
        solved = arb_mat(entries).transpose().solve(unit)
    except (ZeroDivisionError, ValueError):
        return _NO_PROOF
    weights = [solved[i, 0] for i in range(size)]
    total = sum((abs(m) for m in weights), arb(0))
    signed = sum((m * row[-1] for m, row in zip(weights, rows, strict=True)), arb(0))
    released, loss = _released(anchors, inner, weights, signed)
    if released:
        return Proof(arb(0), released)
    bound = (abs(signed) - loss) / total
    return Proof(arb(bound.lower()).max(arb(0))) if bound.is_finite() else _NO_PROOF


def _released(
    anchors: Sequence[Anchor], places: Sequence[Any], weights: Sequence[Any], signed: Any
) -> tuple[tuple[int, ...], Any]:
    """The held parameters that the error wants to move inwards; where undecided, what that costs.

    sum m·error is pull·(change of the parameter) - signed, whose size must not fall.
    """
    rows = [a.strip.part.held_row(x) for a, x in zip(anchors, places, strict=True)]
    found, loss = [], arb(0)
    for k, held in enumerate(anchors[0].strip.part.held):
        pull = sum((m * row[k] for m, row in zip(weights, rows, strict=True)), arb(0))
        inwards = held.side * pull * signed.sgn()
        if inwards < 0:
            found.append(held.index)
        elif not inwards >= 0:
            loss += abs(inwards).upper() * held.width
    return tuple(found), loss
