"""What kind of function a target is, so that a search brings the families made for its kind.

The tails tell most. Symmetry and monotony are looked for in samples: they choose what is tried, and
no more is said of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from actx.analysis.results import Tail, Tails
from actx.analysis.tails import tails
from actx.calculus.pieces import pieces
from actx.calculus.values import evaluate
from actx.core.arrays import Array
from actx.core.domain import Domain
from actx.core.errors import AnalysisError
from actx.language.tree import Node, X, replace

_REACH = 8.0  # how far samples go where the domain has no end
_SAMPLES = 257
_SAME = 1e-9  # of the largest value: samples that differ by less are the same


class Shape(StrEnum):
    """A kind of function, as an entry of `families.toml` names it."""

    SIGMOID = "sigmoid"  # flat on both sides, at two heights: tanh
    SKEWED = "skewed-sigmoid"  # one that does not look the same when turned about its middle at 0
    BUMP = "bump"  # even, and 0 far out: a Gaussian
    RAMP = "ramp"  # flat on the left, rising like a line on the right, and never falling: softplus
    GATE = "gate"  # 0 at 0 and far to the left, rising like a line on the right: mish
    BENT = "bent"  # like two lines of other slopes: |x|
    EXPONENTIAL = "exponential"  # 0 far to the left, faster than any line on the right: exp


@dataclass(frozen=True)
class Look:
    """What a target looks like.

    shapes: what holds of it, or where mirrored of the target at -x. limits: far to the left and to
    the right, of a sigmoid, mirrored likewise.
    """

    shapes: frozenset[Shape] = frozenset()
    mirrored: bool = False
    limits: tuple[float, float] | None = None

    @property
    def numbers(self) -> dict[str, float]:
        """What a template can take from a sigmoid, by the names that it has for it."""
        if self.limits is None:
            return {}
        lower, upper = self.limits
        return {
            "lower": lower,
            "upper": upper,
            "middle": (lower + upper) / 2,
            "half": (upper - lower) / 2,
        }


NUMBERS = ("lower", "upper", "middle", "half")


def look_of(target: Node, domain: Domain) -> Look:
    """What a target looks like; where its tails cannot be told, like nothing in particular."""
    found = _tails(target, domain)
    if found is None or found.left is None or found.right is None:
        return Look()
    left, right = found.left, found.right
    mirrored = _is_mirrored(left, right)
    if mirrored:
        target, left, right = replace(target, X, -X), _mirror(right), _mirror(left)
        domain = Domain(-domain.hi, -domain.lo)
    shapes = frozenset(_shapes(target, domain, left, right))
    limits = None
    if Shape.SIGMOID in shapes and left.intercept is not None and right.intercept is not None:
        limits = left.intercept, right.intercept
    return Look(shapes, mirrored and bool(shapes), limits)


def _tails(target: Node, domain: Domain) -> Tails | None:
    """The tails on the whole line, wherever the domain ends."""
    try:
        return tails(pieces(target))
    except (AnalysisError, ArithmeticError, ValueError):
        return None


def _mirror(tail: Tail) -> Tail:
    return Tail(-tail.slope + 0.0, tail.intercept, tail.growth)


def _is_mirrored(left: Tail, right: Tail) -> bool:
    """Whether the shapes fit the target at -x: a falling sigmoid, a line on the left side."""
    if _flat(left) and _flat(right):
        return _height(left) > _height(right)
    return _flat(right)


def _flat(tail: Tail) -> bool:
    return tail.slope == 0 and tail.line is not None


def _height(tail: Tail) -> float:
    return math.nan if tail.intercept is None else tail.intercept


def _shapes(target: Node, domain: Domain, left: Tail, right: Tail) -> Iterator[Shape]:
    x, y = _sampled(target, domain)
    size = float(np.max(np.abs(y), initial=0.0))
    if _flat(left) and _flat(right):
        if _height(left) < _height(right):
            yield Shape.SIGMOID
            turned = _height(left) + _height(right) - y
            if not _same(evaluate(target, -x), turned, size):
                yield Shape.SKEWED
        elif not _height(left) and _height(right) == 0 and _same(evaluate(target, -x), y, size):
            yield Shape.BUMP
    elif _flat(left):
        if right.slope == math.inf and not _height(left):
            yield Shape.EXPONENTIAL
        elif 0 < right.slope < math.inf:
            yield from _one_sided(target, y, size, left)
    elif left.slope != right.slope and math.isfinite(left.slope) and math.isfinite(right.slope):
        yield Shape.BENT


def _one_sided(target: Node, y: Array, size: float, left: Tail) -> Iterator[Shape]:
    at_0 = evaluate(target, np.zeros(1))[0]
    gate = not _height(left) and abs(at_0) <= _SAME * size
    if not gate or bool(np.all(np.diff(y) >= -_SAME * size)):
        yield Shape.RAMP
    if gate:
        yield Shape.GATE


def _same(a: Array, b: Array, size: float) -> bool:
    return bool(np.all(np.abs(a - b) <= _SAME * size))


def _sampled(target: Node, domain: Domain) -> tuple[Array, Array]:
    """Places on the domain where the target is a finite number, and its values."""
    lo = domain.lo if math.isfinite(domain.lo) else min(-_REACH, domain.hi - _REACH)
    hi = domain.hi if math.isfinite(domain.hi) else max(_REACH, domain.lo + _REACH)
    x = np.linspace(lo, hi, _SAMPLES)
    with np.errstate(all="ignore"):
        y = evaluate(target, x)
    finite = np.isfinite(y)
    return x[finite], y[finite]
