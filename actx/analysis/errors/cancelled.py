"""Integral norms of errors that float64 cancels: whether they are, and their values from balls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from flint import arb, ctx

from actx.analysis.results import MaxError
from actx.arithmetic.quadrature import gauss_legendre
from actx.calculus.proven.enclose import ball_program, exact_ball
from actx.calculus.proven.pieces import Verified
from actx.calculus.values import evaluate
from actx.core.norms import Norm

_BITS = 256
_PANELS, _POINTS = (6, 12), 12  # of a piece; the larger number tells how good the smaller is
_AGREED = 1e-6
_OFF, _SEEN = 1e-6, 1e-4  # what is computed so far from the truth is rounding
_DECADES = 8.0  # a stretch whose ends have such a ratio is cut in proportion


def limit_of(norm: Norm, error: Verified, largest: MaxError) -> float | None:
    """What a norm is at most beside a largest error; None where that is not known, or 0."""
    if not largest.proven or largest.enclosure is None:
        return None
    if not 0 < largest.enclosure[0] <= largest.enclosure[1] < math.inf:
        return None
    lo, hi = float(error.pieces[0].lo), float(error.pieces[-1].hi)
    length = hi - lo
    if norm.deviation is not None:
        density = float(norm.density(np.array([max(lo, -hi, 0.0)]))[0])  # type: ignore[index]
        length = min(1.0, length * density)
    most = largest.enclosure[1] * (length if norm.power == 1 else math.sqrt(length))
    return most if 0 < most < math.inf else None


def is_noise(size: float, limit: float | None, *, blind: bool) -> bool:
    """Whether a computed norm cannot be true beside the largest error as it is known.

    blind: whether float64 does not see the largest error.
    """
    return blind or (limit is not None and not 0 < size <= limit * (1 + _OFF))


def is_blind(error: Verified, largest: MaxError) -> bool:
    """Whether float64 does not see the largest error where it is."""
    if not (0 < largest.value < math.inf and math.isfinite(largest.x)):
        return False
    with np.errstate(all="ignore"):
        seen = abs(float(evaluate(error.tree, largest.x)))
    return math.isfinite(seen) and not math.isclose(seen, largest.value, rel_tol=_SEEN)


def sizes_in_balls(error: Verified, norms: Sequence[Norm], changes: Sequence[float]) -> list[float]:
    """The norms by values at very many bits, not proven; NaN where they do not settle."""
    if not all(math.isfinite(x) for piece in error.pieces for x in (piece.lo, piece.hi)):
        return [math.nan] * len(norms)
    with ctx.workprec(_BITS):
        rough, fine = (_sums(error, norms, changes, panels) for panels in _PANELS)
    return [
        norm.root(b) if math.isclose(a, b, rel_tol=_AGREED) else math.nan
        for norm, a, b in zip(norms, rough, fine, strict=True)
    ]


def _sums(
    error: Verified, norms: Sequence[Norm], changes: Sequence[float], panels: int
) -> list[float]:
    nodes, weights = gauss_legendre(_POINTS)
    total = [arb(0)] * len(norms)
    for piece in error.pieces:
        value = ball_program(piece.tree, precision=_BITS)
        inside = sorted(x for x in changes if piece.lo < x < piece.hi)
        marks = [exact_ball(piece.lo), *map(exact_ball, inside), exact_ball(piece.hi)]
        edges = [x for a, b in pairwise(marks) for x in _edges(a, b, panels)]
        for a, b in pairwise([*edges, marks[-1]]):
            half, center = (b - a) / 2, (a + b) / 2
            for node, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
                x = center + half * node
                e = abs(value(x)[0].mid())
                for i, norm in enumerate(norms):
                    density = (x * x * norm.rate).exp() * norm.peak
                    total[i] += half * weight * density * (e if norm.power == 1 else e * e)
    return [float(part.mid()) for part in total]


def _edges(lo: Any, hi: Any, panels: int) -> list[Any]:
    """Where panels begin between two points, evenly or in proportion to their distance from 0."""
    ratio = float((hi / lo).mid()) if not lo.contains(0) else math.inf
    ratio = ratio if ratio >= 1 or ratio <= 0 else 1 / ratio
    if not _DECADES < ratio < math.inf:
        return [lo + (hi - lo) * k / panels for k in range(panels)]
    count = panels * math.ceil(math.log(ratio, 1e3))
    return [lo * (hi / lo) ** (arb(k) / count) for k in range(count)]
