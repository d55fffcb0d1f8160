"""The largest |error| of a piecewise quotient of polynomials, enclosed by proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb, ctx

from actx.analysis.results import Interval
from actx.fitting.cover import Cover
from actx.fitting.goal import BITS, ErrorOf, Goal, Quotient, Stretch, ball_of
from actx.language.enclose import ball_program, hull, outward
from actx.language.pieces import Piecewise
from actx.language.tree import Node
from actx.proof.budget import Budget
from actx.proof.pieces import Joint, Verified, verify

_FLOOR = 1e-60  # errors below this part of the target's size are as good as none


@dataclass(frozen=True)
class Bound:
    """An enclosure of sup|error|; at: where it is nearly reached, with the sign of the error.

    proven: what it rests on is proven as well, that target and weight are what their pieces say.
    """

    lo: Any
    hi: Any
    at: Any
    stretch: int
    proven: bool

    @property
    def enclosure(self) -> Interval:
        """Both ends as floats, rounded outward."""
        return max(0.0, outward(self.lo)[0]), outward(self.hi)[1]


def largest_error(
    goal: Goal,
    parts: Sequence[Quotient],
    known: Sequence[tuple[int, Any, int]],
    seconds: float = 5.0,
) -> Bound:
    """sup|error| on the whole interval; known: stretch and x where it is large, with its sign."""
    budget = Budget(seconds)
    with ctx.workprec(BITS):
        search = Cover(ErrorOf(parts), budget, arb(goal.scale * _FLOOR))
        for index, x, _ in known:
            search.reach(abs(search.error.value(goal.stretches[index], x)), x, index)
        stretches, proven = _proven_stretches(goal, search, budget)
        for index, stretch in enumerate(stretches):
            search.cover(index, stretch)
        upper = search.upper()
        known_all = proven and upper.is_finite()
        return Bound(search.lower, upper, search.at, search.stretch, bool(known_all))


def _proven_stretches(goal: Goal, search: Cover, budget: Budget) -> tuple[Sequence[Stretch], bool]:
    """The stretches for which pieces are proven; what lies between them is looked at at once."""
    target, weight = goal.functions
    f, w = verify(goal.target, target, budget), verify(goal.weight, weight, budget)
    for joint in (*f.joints, *w.joints):
        at = ball_of(joint.lo) if joint.exact else hull(joint.lo, joint.hi)
        trees = _own(f, joint), _own(w, joint)
        for part in goal.parts_at(joint.lo, joint.hi):
            index = next(i for i, s in enumerate(goal.stretches) if s.part == part)
            f_at, w_at = (ball_program(t, precision=BITS)(at)[0] for t in trees)
            search.take(abs(w_at * (search.error.parts[part](at) - f_at)), at, index)
    rough = not all(j.exact for j in (*f.joints, *w.joints))
    if not rough or not (f.exact and w.exact):
        return goal.stretches, f.exact and w.exact
    return goal.divided(Piecewise(f.pieces), Piecewise(w.pieces)), True


def _own(function: Verified, joint: Joint) -> Node:
    """What a function is at a joint, its own or that of another."""
    own = (j.tree for j in function.joints if (j.lo, j.hi) == (joint.lo, joint.hi))
    return next(own, function.tree)
