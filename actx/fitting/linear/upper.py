"""How large the error of written coefficients is, at most: proven on the whole domain."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb, ctx

from actx.arithmetic.coefficients import Number
from actx.calculus.boxes import inner_point
from actx.calculus.pieces import pieces
from actx.calculus.proven.enclose import hull, outward, value_at
from actx.calculus.proven.identity import proven_equal
from actx.calculus.proven.pieces import Verified, verify
from actx.core.budget import PRECISION, Budget
from actx.core.domain import Domain
from actx.fitting.enclosed import enclosed
from actx.fitting.linear.cover import Cover
from actx.fitting.linear.strips import Error, Strip
from actx.language.tree import Node, simplified

_WIDE = 1e-6  # relative: an enclosure that is wider is tried another way
Place = tuple[Strip, Any]


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
    error: Error,
    bound_pairs: Sequence[tuple[Node, Node]],
    domain: Domain,
    near: Sequence[Place],
    floor: float,
    budget: Budget,
) -> Upper:
    """The largest error of coefficients, over all strips; in balls of the precision in force.

    bound_pairs: the template with these coefficients and the target, weighted, for each part.
    near: where it is large, as far as is known. floor: errors below are as good as none.
    """
    found = Upper(0.0, math.inf, False)
    if all(strip.bounded for strip in strips):
        found = covered(strips, error, near, floor, budget)
        if found.proven and found.hi <= found.lo * (1 + _WIDE) + floor:
            return found
    turning = [float(x) for _, x in near]  # columns jump together, which their sum knows
    whole = Upper(*enclosed(bound_pairs, domain, turning, budget))
    return found if found.proven and not (whole.proven and whole.hi < found.hi) else whole


def covered(
    strips: Sequence[Strip], error: Error, near: Sequence[Place], floor: float, budget: Budget
) -> Upper:
    """The same strip by strip, which are bounded; near: places on strips."""
    cover = Cover(error, budget, arb(floor))
    proofs = _Proofs(budget)
    proven = [proofs.within(strip) for strip in strips]
    for strip, x in near:
        index = strips.index(strip)
        lo, hi = proven[index].ends
        if lo <= x <= hi:
            cover.reach(abs(error.value(strip, x)), x, index)
    for index, strip in enumerate(strips):
        for joint in proofs.joints(strip):
            at = hull(joint.lo, joint.hi)
            cover.take(abs(error.value(joint, at)), at, index)
        if not strip.is_point:  # else it is one of the joints
            cover.cover(index, proven[index])
    upper = cover.upper()
    lo, hi = outward(cover.lower)[0], outward(upper)[1]
    known = bool(upper.is_finite()) and proofs.complete
    return Upper(max(0.0, lo), hi, known, strips[cover.stretch], cover.at)


def is_nothing(strips: Sequence[Strip], candidate: Callable[[Strip], Node], budget: Budget) -> bool:
    """Whether a candidate is proven to be the goal, where pieces meet as well.

    candidate: what it is on a strip, and where pieces meet.
    """
    proofs = _Proofs(budget)
    for strip in strips:
        if not strip.is_point and not proven_equal(candidate(strip), strip.goal):
            return False
        for joint in proofs.joints(strip):
            if not _are_one(candidate(joint), joint.goal, joint.lo, joint.hi):
                return False
    return proofs.complete


def _are_one(f: Node, g: Node, lo: Number, hi: Number) -> bool:
    """Whether two formulas are the same by themselves, or have the same value at a place."""
    if proven_equal(f, g):
        return True
    with ctx.workprec(PRECISION):
        return lo == hi and bool(value_at(simplified("sub", f, g), lo).is_zero())


class _Proofs:
    """What formulas are proven to be on strips and where these meet; each is looked at once."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._known: dict[tuple[Node, Domain], Verified] = {}

    @property
    def complete(self) -> bool:
        """Whether all formulas are what their pieces say."""
        return all(verified.exact for verified in self._known.values())

    def within(self, strip: Strip) -> Strip:
        """The strip without what encloses a breakpoint at its ends that is not exact."""
        lo, hi = strip.lo, strip.hi
        for a, b in self._boxes(strip):
            lo, hi = (b if a <= lo <= b else lo), (a if a <= hi <= b else hi)
        return Strip(lo, hi, strip.columns, strip.goal, strip.weight, strip.part)

    def joints(self, strip: Strip) -> Iterator[Strip]:
        """Where pieces meet at its ends, each with what the formulas are there themselves."""
        verified = self._verified(strip)
        for lo, hi in self._boxes(strip):
            yield strip.part.strip(lo, hi, [v.on(lo, hi) for v in verified])

    def _boxes(self, strip: Strip) -> set[tuple[Number, Number]]:
        joints = (j for v in self._verified(strip) for j in v.joints)
        return {(j.lo, j.hi) for j in joints if j.lo <= strip.hi and strip.lo <= j.hi}

    def _verified(self, strip: Strip) -> list[Verified]:
        """All formulas of a strip's part on the interval in which it lies."""
        domain = strip.part.domain
        assert domain is not None
        inside = inner_point(strip.lo, strip.hi)
        interval = next(each for each in domain.parts if each.lo <= inside <= each.hi)
        for tree in strip.part.trees:
            if (tree, interval) not in self._known:
                function = pieces(tree, interval.lo, interval.hi)
                self._known[tree, interval] = verify(tree, function, self._budget)
        return [self._known[tree, interval] for tree in strip.part.trees]
