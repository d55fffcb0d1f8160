"""Proven kinks at breakpoints that are no fractions, in an interval that holds each."""

from __future__ import annotations

from dataclasses import replace

from flint import arb

from actx.analysis.results import Kink, KinkEnclosure
from actx.calculus.pieces import Piece
from actx.calculus.proven.enclose import ball_program, exact_ball, hull, outward
from actx.calculus.proven.identity import proven_equal
from actx.calculus.proven.pieces import Joint
from actx.calculus.resolve import holds, resolved
from actx.calculus.values import evaluate
from actx.core.budget import PRECISION
from actx.language.derivative import derivative
from actx.language.operations import OPERATIONS
from actx.language.tree import Node, rebuild, simplified, walk


def enclosed_kink(tree: Node, joint: Joint, left: Piece, right: Piece, kink: Kink) -> Kink | None:
    """The kink with enclosures; None where it is not proven. Within flint's working precision.

    It is proven where one comparison alone changes in the joint, once, from one piece to the other,
    and the enclosures of value or slope on both sides are apart; a slope only of a formula in which
    all operations are continuous, once what is chosen all over the joint has been.
    """
    box = hull(joint.lo, joint.hi)
    if kink.order > 1 or (kink.order == 1 and not is_continuous(_chosen(tree, box))):
        return None
    if not switches_once(tree, joint, left, right):
        return None
    before, after = (_on(derivative(p.tree, kink.order), box) for p in (left, right))
    jump = after - before
    if not jump.is_finite() or jump.contains(arb(0)):
        return None
    place = outward(exact_ball(joint.lo))[0], outward(exact_ball(joint.hi))[1]
    found = KinkEnclosure(place, outward(before), outward(after), outward(jump))
    return replace(kink, enclosure=found, proven=True)


def is_continuous(tree: Node) -> bool:
    """Whether all operations in a formula are continuous where they are defined."""
    rows = [OPERATIONS[part.op] for part in walk(tree) if part.args]
    return all(row.is_smooth or row.continuous for row in rows)


def _chosen(tree: Node, box: arb) -> Node:
    """The formula with the branches that it has all over a box."""

    def made(op: str, *args: Node) -> Node:
        truth = _on(args[0], box) if op == "where" else None
        if truth is not None and (truth == 1 or truth == 0):
            return args[1 if truth == 1 else 2]
        return simplified(op, *args)

    return rebuild(tree, lambda leaf: leaf, made)


def extreme_within(tree: Node, joint: Joint, left: Piece, right: Piece) -> int | None:
    """-1 where a continuous formula has one local minimum within a joint, 1 a maximum, 0 none.

    None where that is not proven. Within flint's working precision.
    """
    box = hull(joint.lo, joint.hi)
    if not (is_continuous(_chosen(tree, box)) and switches_once(tree, joint, left, right)):
        return None
    before, after = (_on(derivative(piece.tree), box) for piece in (left, right))
    if not all(slope.is_finite() and (slope > 0 or slope < 0) for slope in (before, after)):
        return None
    if (before > 0) == (after > 0):
        return 0
    return 1 if before > 0 else -1


def switches_once(tree: Node, joint: Joint, left: Piece, right: Piece) -> bool:
    """Whether one comparison alone changes in a joint, once, from the left piece to the right."""
    box = hull(joint.lo, joint.hi)
    inside = float(joint.lo)
    open_: dict[Node, None] = {}

    def found(end: arb) -> Node | None:
        """The formula beside an end of the joint, the open comparison decided as it is there."""

        def decide(comparison: Node, a: Node, b: Node) -> Node | None:
            difference = simplified("sub", a, b)
            value = _on(difference, box)
            if not (value > 0 or value < 0):
                open_[difference] = None
                value = _on(difference, end)
            return holds(comparison.op, 1 if value > 0 else -1) if value > 0 or value < 0 else None

        result, is_smooth = resolved(tree, decide, lambda u: float(evaluate(u, inside)))
        return result if is_smooth else None

    trees = found(exact_ball(joint.lo)), found(exact_ball(joint.hi))
    if len(open_) != 1:
        return False
    slope = _on(derivative(next(iter(open_))), box)
    if not (slope.is_finite() and (slope > 0 or slope < 0)):
        return False
    return all(
        each is not None and proven_equal(each, piece.tree)
        for each, piece in zip(trees, (left, right), strict=True)
    )


def _on(tree: Node, box: arb) -> arb:
    return ball_program(tree, precision=PRECISION)(box)[0]
