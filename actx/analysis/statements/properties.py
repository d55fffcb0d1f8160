"""Properties of a function on an interval: monotone, convex, odd, even, bounded, Lipschitz.

What is proven rests on the signs of derivatives between breakpoints, and on exact values and slopes
at them; what is disproven is shown by two or three points at which the function is enclosed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

from flint import arb, ctx

from actx.analysis.monotone import turning
from actx.analysis.results import Answer, Verdict
from actx.analysis.statements.case import Case
from actx.analysis.statements.inequalities import (
    equal,
    extreme,
    largest,
    ordered,
    shown,
    sign_at,
)
from actx.arithmetic.coefficients import Number
from actx.calculus.pieces import Piece
from actx.calculus.proven.enclose import ball_program, exact_ball, outward, value_at
from actx.calculus.proven.identity import proven_equal
from actx.calculus.proven.pieces import Joint, Verified
from actx.calculus.proven.signs import Signs, signs
from actx.core.budget import PRECISION
from actx.core.domain import Interval
from actx.core.errors import UsageError
from actx.language.derivative import derivative
from actx.language.tree import Node, X, simplified
from actx.language.tree import replace as put_in

_STEPS = (1e-7, 1e-5, 1e-3, 0.1, 1.0)  # from a point worth a look to those beside it
_SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)  # of a piece, where points are tried too
_FAR = (1.0, 2.0, 4.0, 8.0, 32.0)  # the same of an unbounded one, from its finite end

Sample = tuple[float, arb]  # an x and a ball that holds the value there
Found = TypeVar("Found")


@dataclass(frozen=True)
class _Meeting:
    """A joint of a function with the pieces on its sides."""

    left: Piece | None
    joint: Joint
    right: Piece | None

    @cached_property
    def trees(self) -> list[Node]:
        """What the function is before it, at it and after it; without a value there, two."""
        with ctx.workprec(PRECISION):
            own = [self.joint.tree] if self.joint.value().is_finite() else []
        before = [self.left.tree] if self.left is not None else []
        after = [self.right.tree] if self.right is not None else []
        return [*before, *own, *after]

    @property
    def inner(self) -> bool:
        return self.left is not None and self.right is not None

    def steps(self) -> list[int | None]:
        """The signs by which the values rise or fall, from left to right; None: not known."""
        if not self.joint.exact:
            return [None]
        return [_order(a, b, self.joint.lo) for a, b in pairwise(self.trees)]

    def bend(self) -> int | None:
        """The sign by which the slope rises where two pieces meet."""
        if not (self.joint.exact and self.left and self.right):
            return None
        slopes = derivative(self.left.tree), derivative(self.right.tree)
        return _order(*slopes, self.joint.lo)


def _order(f: Node, g: Node, x: Number) -> int | None:
    """The sign of g - f at an exact point where both are finite."""
    with ctx.workprec(PRECISION):
        if not (value_at(f, x).is_finite() and value_at(g, x).is_finite()):
            return None
    return 0 if proven_equal(f, g) else sign_at(g - f, x)


class _Shape:
    """A function on an interval, with what its pieces must obey: trees that are never above 0."""

    def __init__(
        self, function: Verified, needed: Callable[[Node], Sequence[Node]], case: Case
    ) -> None:
        self.function, self.needed, self.case = function, needed, case

    @cached_property
    def signs(self) -> list[Signs | None]:
        """The signs of all that the pieces must obey."""
        time = self.case.budget.part(0.7)
        return [
            signs(tree, piece.lo, piece.hi, time)
            for piece in self.function.pieces
            for tree in self.needed(piece.tree)
        ]

    def never_above(self) -> bool:
        return self.function.exact and all(s is not None and s.never_above for s in self.signs)

    def always_below(self) -> bool:
        """The same, and 0 at single points only."""
        return self.never_above() and all(s is not None and 0 not in s.taken for s in self.signs)

    def meetings(self) -> Iterator[_Meeting]:
        for joint in self.function.joints:
            left = next((p for p in self.function.pieces if p.hi == joint.lo), None)
            right = next((p for p in self.function.pieces if p.lo == joint.hi), None)
            yield _Meeting(left, joint, right)

    def guessed(self, search: Callable[[list[Sample]], Found | None]) -> Found | None:
        """What a search finds among samples at a guess, before anything is proven."""
        return search(self._samples([]))

    def shown(self, search: Callable[[list[Sample]], Found | None]) -> Found | None:
        """What a search finds among samples where the signs tell to look."""
        return search(self._samples(self.signs))

    def _samples(self, signs: Sequence[Signs | None]) -> list[Sample]:
        """Values at points where the function may show that it lacks the property, in order."""
        program = ball_program(self.function.tree, precision=PRECISION)
        lo, hi = self.function.lo, self.function.hi
        inside = {x for x in self._points(signs) if lo <= x <= hi and x not in self.case.outside}
        with ctx.workprec(PRECISION):
            values = [(x, program(exact_ball(x))[0]) for x in sorted(inside)]
        return [(x, value) for x, value in values if value.is_finite()]

    def _points(self, signs: Sequence[Signs | None]) -> Iterator[float]:
        seen: list[Signs] = [each for each in signs if each is not None]
        worth = [x for each in seen for x in each.samples]
        worth += [zero.x for each in seen for zero in each.zeros]
        worth += [x for x in turning(self.function.pieces) if math.isfinite(x)]
        for piece in self.function.pieces:
            ends = [float(x) for x in (piece.lo, piece.hi) if math.isfinite(x)]
            worth += [*ends, piece.inside]
            if len(ends) == 2:
                yield from (ends[0] + share * (ends[1] - ends[0]) for share in _SHARES)
            else:
                start = ends[0] if ends else 0.0
                yield from (start + side * far for side in (1, -1) for far in _FAR)
        for x in worth:
            yield from (x, *(x + side * step for step in _STEPS for side in (1, -1)))


# --- monotone ---


def monotone(statement: str, tree: Node, direction: int, strictly: bool, case: Case) -> Verdict:
    """Whether the function never falls (direction 1) or never rises (-1)."""
    case.domain.one_interval("Whether a function is increasing or decreasing")
    rising = case.verified(tree if direction > 0 else simplified("neg", tree))
    shape = _Shape(rising, lambda f: [-derivative(f)], case)
    steps = [step for meeting in shape.meetings() for step in meeting.steps()]
    way, other = ("rises", "falls") if direction > 0 else ("falls", "rises")
    climbs = shape.always_below if strictly else shape.never_above
    found = shape.guessed(lambda samples: _falling(samples, strictly))
    if not found and climbs() and all(step is not None and step >= 0 for step in steps):
        told = f"it {way}" if shape.always_below() else f"it never {other}"
        return Verdict(statement, Answer.PROVEN, f"{told} from left to right")
    found = found or shape.shown(lambda samples: _falling(samples, strictly))
    if found is None:
        return Verdict(statement, Answer.UNDECIDED, f"neither is it proven nor {other} it anywhere")
    (a, at_a), (b, at_b) = found
    told = (
        f"it lies in {_box(at_b, direction)} there, and in {_box(at_a, direction)} at x = {_x(a)}"
    )
    sides = _ends(at_a, direction), _ends(at_b, direction)
    return Verdict(statement, Answer.DISPROVEN, told, b, sides=sides, points=(a, b))


def _falling(samples: Sequence[Sample], strictly: bool) -> tuple[Sample, Sample] | None:
    """Two samples of which the later is proven to be lower (strictly: not higher)."""
    best: tuple[Sample, Sample] | None = None
    drop = arb(0)
    highest: Sample | None = None
    for sample in samples:
        if highest is not None:
            fall = highest[1] - sample[1]
            if fall > drop or (best is None and strictly and fall >= 0):
                best, drop = (highest, sample), arb(fall.lower())
        if highest is None or sample[1] > highest[1]:
            highest = sample
    return best


def _x(x: float) -> str:
    return repr(x + 0.0).removesuffix(".0")


def _ends(value: arb, direction: int = 1) -> Interval:
    return outward(value if direction > 0 else -value)


def _box(value: arb, direction: int = 1) -> str:
    return shown(_ends(value, direction))


# --- convex ---


def convex(statement: str, tree: Node, direction: int, case: Case) -> Verdict:
    """Whether the function is convex (direction 1) or concave (-1)."""
    case.domain.one_interval("Whether a function is convex or concave")
    function = case.verified(tree if direction > 0 else simplified("neg", tree))
    shape = _Shape(function, lambda f: [-derivative(f, 2)], case)
    word, side = ("convex", "above") if direction > 0 else ("concave", "below")
    found = shape.guessed(_above_chord)
    if not found and shape.never_above() and all(map(_bends_up, shape.meetings())):
        told = f"its slope never {'falls' if direction > 0 else 'rises'} from left to right"
        return Verdict(statement, Answer.PROVEN, told)
    found = found or shape.shown(_above_chord)
    if found is None:
        told = f"neither is it proven, nor do three points show that it is not {word}"
        return Verdict(statement, Answer.UNDECIDED, told)
    (a, _), (x, value), (b, _), chord = found
    told = (
        f"it lies in {_box(value, direction)} there, {side} the chord from x = {_x(a)} to "
        f"x = {_x(b)}, which lies in {_box(chord, direction)}"
    )
    sides = _ends(value, direction), _ends(chord, direction)
    return Verdict(statement, Answer.DISPROVEN, told, x, sides=sides, points=(a, x, b))


def _bends_up(meeting: _Meeting) -> bool:
    """Whether a function that is convex on both sides of a joint is so about it."""
    steps = meeting.steps()
    if meeting.inner:
        bend = meeting.bend()
        return len(steps) == 2 and steps == [0, 0] and bend is not None and bend >= 0
    up = -1 if meeting.right is not None else 1  # at an end the value itself may be higher
    return all(step is not None and step * up >= 0 for step in steps)


def _above_chord(samples: Sequence[Sample]) -> tuple[Sample, Sample, Sample, arb] | None:
    """Three samples of which the middle one is proven to lie above the chord of the others."""
    found: tuple[Sample, Sample, Sample, arb] | None = None
    most = arb(0)
    with ctx.workprec(PRECISION):
        for reach in (1, 2, 4, 8):
            for a, m, b in zip(samples, samples[reach:], samples[2 * reach :], strict=False):
                share = (exact_ball(m[0]) - a[0]) / (exact_ball(b[0]) - a[0])
                chord = a[1] + share * (b[1] - a[1])
                if m[1] - chord > most:
                    found, most = (a, m, b, chord), arb((m[1] - chord).lower())
    return found


# --- Lipschitz ---


def lipschitz(statement: str, tree: Node, bound: Node, case: Case) -> Verdict:
    """Whether |f(a) - f(b)| <= c·|a - b| for all a and b."""
    case.domain.one_interval("Whether a function is Lipschitz")
    function = case.verified(tree)
    shape = _Shape(function, lambda f: [derivative(f) - bound, -derivative(f) - bound], case)
    steps = [step for meeting in shape.meetings() for step in meeting.steps()]
    found = shape.guessed(lambda samples: _steep(samples, bound))
    if not found and shape.never_above() and all(step == 0 for step in steps):
        told = "it is continuous, and its slope is nowhere larger in size"
        return Verdict(statement, Answer.PROVEN, told)
    found = found or shape.shown(lambda samples: _steep(samples, bound))
    if found is not None:
        (a, at_a), (b, at_b), slope = found
        told = f"the slope from x = {_x(a)} to there lies in {_box(slope)}"
        sides = outward(at_a), outward(at_b)
        return Verdict(statement, Answer.DISPROVEN, told, b, sides=sides, points=(a, b))
    told = "neither is it proven, nor do two points show a larger slope"
    return Verdict(statement, Answer.UNDECIDED, told)


def _steep(samples: Sequence[Sample], bound: Node) -> tuple[Sample, Sample, arb] | None:
    """Two samples between which the slope is proven to be larger than a bound."""
    with ctx.workprec(PRECISION):
        level = value_at(bound, 0)
        for before, after in pairwise(samples):
            slope = (after[1] - before[1]) / (exact_ball(after[0]) - before[0])
            if abs(slope) > level:
                return before, after, slope
    return None


# --- by inequalities and equations ---


def symmetric(statement: str, tree: Node, sign: int, case: Case) -> Verdict:
    """Whether f(-x) = f(x) (sign 1) or f(-x) = -f(x) (-1) on a domain that is symmetric about 0."""
    mirrored = {(-part.domain.hi, -part.domain.lo) for part in case.parts}
    if mirrored != {(part.domain.lo, part.domain.hi) for part in case.parts}:
        raise UsageError(
            f"Whether a function is odd or even is asked of a domain that is symmetric about 0, "
            f"such as -5:5, and not of {case.domain}."
        )
    other = put_in(tree, X, simplified("neg", X))
    found = equal(statement, other, tree if sign > 0 else simplified("neg", tree), case)
    if found.answer is Answer.PROVEN:
        return replace(
            found, detail=f"f(-x) and {'f(x)' if sign > 0 else '-f(x)'} are one function"
        )
    if found.sides is not None:
        mirror, value = found.sides
        value = value if sign > 0 else (-value[1], -value[0])
        told = f"f(-x) lies in {shown(mirror)} and f(x) in {shown(value)}"
        return replace(found, detail=told)
    return found


def bounded(statement: str, tree: Node, bound: Node | None, case: Case) -> Verdict:
    """Whether |f| <= c, or |f| <= c for some c where none is given."""
    functions = [part.verified(tree) for part in case.parts]
    if bound is None:
        return _bounded_somehow(statement, functions, case)
    sides = [ordered(statement, f, bound, "<=", case) for f in (tree, simplified("neg", tree))]
    failed = [each for each in sides if each.answer is Answer.DISPROVEN]
    if failed:
        value, _ = failed[0].sides or ((math.nan, math.nan), None)
        value = value if failed[0] is sides[0] else (-value[1], -value[0])
        told = f"it lies in {shown(value)} there"
        return replace(failed[0], detail=told, enclosure=None, sides=None, equal_at=())
    if all(each.answer is Answer.PROVEN for each in sides):
        meets = tuple(sorted(each for side in sides for each in side.equal_at))
        told = "|F| is nowhere above that"
        return Verdict(statement, Answer.PROVEN, told, equal_at=meets)
    return extreme(statement, tree, 0, "<=", bound, case)


def _bounded_somehow(statement: str, functions: Sequence[Verified], case: Case) -> Verdict:
    exact = all(function.exact for function in functions)
    with ctx.workprec(PRECISION):
        trees = [p.tree for function in functions for p in function.pieces]
        anywhere = [ball_program(f, precision=PRECISION)(arb(0, math.inf))[0] for f in trees]
    if exact and all(value.is_finite() for value in anywhere):  # sin, which has no limit
        least, most = min(_ends(v)[0] for v in anywhere), max(_ends(v)[1] for v in anywhere)
        told = f"its values lie in {shown((least, most))}"
        return Verdict(statement, Answer.PROVEN, told)
    found = largest(functions, 0, case.budget)
    known = exact and found.proven
    answer = Answer.UNDECIDED if not known else Answer.PROVEN
    answer = Answer.DISPROVEN if known and found.lo == math.inf else answer
    if answer is Answer.DISPROVEN:
        told = "|F| grows beyond all bounds"
        return Verdict(statement, answer, told, found.at, (found.lo, found.hi))
    return Verdict(
        statement,
        answer,
        f"max|F| lies in {shown((found.lo, found.hi))}",
        None,
        (found.lo, found.hi),
    )


def least_at(statement: str, tree: Node, x: Node, sign: int, case: Case) -> Verdict:
    """Whether f(c) <= f(x) (sign 1) or f(c) >= f(x) (-1) for all x."""
    with ctx.workprec(PRECISION):
        at = value_at(x, 0)
        if not any(part.domain.lo <= at <= part.domain.hi for part in case.parts):
            raise UsageError(f"The place of the extremum does not lie in the domain {case.domain}.")
    there = put_in(tree, X, x)
    found = ordered(statement, *((there, tree) if sign > 0 else (tree, there)), "<=", case)
    word, way = ("minimum", "lower") if sign > 0 else ("maximum", "higher")
    if found.answer is Answer.PROVEN:
        return replace(found, detail=f"no value is {way} than that there, the {word}")
    if found.sides is not None:
        value, other = found.sides if sign < 0 else found.sides[::-1]
        told = f"it lies in {shown(value)} there, and in {shown(other)} at the place asked about"
        return replace(found, detail=told, sides=(value, other))
    return found
