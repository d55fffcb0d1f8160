"""How large the error of written coefficients is, at most: proven on the whole domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from flint import arb

from actx.domain import Domain
from actx.fitting.cover import Cover
from actx.fitting.enclosed import enclosed
from actx.fitting.linear.levelling import Anchor
from actx.fitting.linear.strips import Residual, Strip
from actx.language.enclose import exact_ball, outward
from actx.language.identity import coefficients
from actx.language.tree import Node
from actx.proof.budget import Budget
from actx.proof.pieces import verify


@dataclass(frozen=True)
class Upper:
    """An enclosure of the largest |error|; not proven where a part of the proof is missing.

    strip, at: where it is nearly reached.
    """

    lo: float
    hi: float
    proven: bool
    strip: Strip | None = None
    at: Any = None


def largest_error(
    strips: Sequence[Strip],
    residual: Residual,
    bound_pairs: Sequence[tuple[Node, Node]],
    domain: Domain,
    anchors: Sequence[Anchor],
    floor: float,
    budget: Budget,
) -> Upper:
    """The largest error of coefficients, over all strips; in balls of the precision in force.

    bound_pairs: the template with these coefficients and the target, weighted, for each part.
    floor: errors below are as good as none.
    """
    if all(strip.bounded for strip in strips) and _proven_pieces(strips, domain, budget):
        found = _covered(strips, residual, anchors, floor, budget)
        if found.proven:
            return found
    lo, hi, proven = enclosed(bound_pairs, domain, [float(a.x) for a in anchors], budget)
    return Upper(lo, hi, proven)


def _proven_pieces(strips: Sequence[Strip], domain: Domain, budget: Budget) -> bool:
    """Whether columns and goals are proven to be what the strips say, breakpoints exact."""
    parts = dict.fromkeys(strip.part for strip in strips)
    for part, interval in product(parts, domain.parts):
        for tree, function in zip((*part.columns, part.goal), part.pieces(interval), strict=True):
            if coefficients(tree) is not None:  # a polynomial, which has one piece
                continue
            verified = verify(tree, function, budget)
            if not verified.exact or not all(joint.exact for joint in verified.joints):
                return False
    return True


def _covered(
    strips: Sequence[Strip],
    residual: Residual,
    anchors: Sequence[Anchor],
    floor: float,
    budget: Budget,
) -> Upper:
    cover = Cover(residual, budget, arb(floor))
    where = {strip: i for i, strip in enumerate(strips)}
    for anchor in anchors:
        cover.reach(abs(residual.value(anchor.strip, anchor.x)), anchor.x, where[anchor.strip])
    for index, strip in enumerate(strips):
        cover.cover(index, strip)
        for end in (strip.lo, strip.hi):  # where the formula has a value of its own
            *row, goal = strip.part.row(exact_ball(end))
            pairs = zip(row, residual.coefficients, strict=True)
            cover.take(abs(sum((v * c for v, c in pairs), -goal)), exact_ball(end), index)
    upper = cover.upper()
    lo, hi = outward(cover.lower)[0], outward(upper)[1]
    return Upper(max(0.0, lo), hi, bool(upper.is_finite()), strips[cover.stretch], cover.at)
