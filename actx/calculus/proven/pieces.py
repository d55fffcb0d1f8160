"""Proof that a formula is what its pieces say: each comparison decided on each whole piece.

Pieces meet in joints. A breakpoint that is a fraction is a joint by itself, at which the formula
has a value of its own. One that is not is enclosed: the pieces are proven to hold up to a little
before and from a little after it, and in between the formula is enclosed as a choice of what it may
be there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from flint import arb, ctx

from actx.arithmetic.coefficients import Number
from actx.calculus.boxes import inner_point
from actx.calculus.guards import guards, sign_all_over
from actx.calculus.pieces import Piece, Piecewise
from actx.calculus.proven.corners import Corner, corner
from actx.calculus.proven.enclose import ball_program, exact_ball, exact_sign, hull, value_at
from actx.calculus.proven.identity import proven_equal
from actx.calculus.proven.rational import inner_roots, quotient
from actx.calculus.proven.unknowns import Span
from actx.calculus.proven.zeros import prove_zeros
from actx.calculus.resolve import holds, resolved
from actx.calculus.values import evaluate
from actx.calculus.vanishing import without_zeros
from actx.core.budget import PRECISION, Budget
from actx.language.derivative import derivative
from actx.language.tree import (
    NUMBER,
    ONE,
    ZERO,
    Node,
    X,
    as_fraction,
    node,
    number,
    replace,
    simplified,
    simplify,
    walk,
)

_MOST_OPEN = 4  # conditions that are decided both ways where a breakpoint is enclosed
_DEEPEST = 4  # so often a piece is cut where comparisons change
_MARGINS = (4, 16, 28)  # how far from a breakpoint a proof is tried, as powers of 2 of its last bit


@dataclass(frozen=True)
class Joint:
    """Where pieces meet or the domain ends: a point (lo == hi), or an interval that holds one.

    tree: what the formula is there, with all comparisons decided that can be.
    """

    lo: Number
    hi: Number
    tree: Node

    @property
    def exact(self) -> bool:
        return self.lo == self.hi

    def value(self) -> arb:
        """A ball that holds the formula's values there; not finite where it may have none."""
        if not self.exact:
            return ball_program(self.tree, precision=PRECISION)(hull(self.lo, self.hi))[0]
        return value_at(self.tree, self.lo)

    def values(self) -> Iterator[arb]:
        """Balls that hold the values together: of a choice, one for each branch."""
        waiting = [self.tree]
        while waiting:
            tree = waiting.pop()
            if tree.op == "where" and not self.exact:
                waiting += tree.args[1:]
            else:
                yield Joint(self.lo, self.hi, tree).value()

    @cached_property
    def corner(self) -> Corner | None:
        """What it is worth where one part takes over from another, if that is known exactly."""
        return None if self.exact else corner(self.tree, self.lo, self.hi)

    @property
    def meets_zero(self) -> bool:
        """Whether it is proven to be 0 at a point between its ends, where it turns."""
        return self.corner is not None and self.corner.level is ZERO


@dataclass(frozen=True)
class Verified:
    """A formula on a domain: smooth pieces, and joints between them and at the domain's ends.

    doubtful: pieces on which it is not proven that the formula is the piece's tree, and joints at
    which its own value is not known; nothing is proven of the formula where there are some.
    """

    tree: Node
    pieces: tuple[Piece, ...]
    joints: tuple[Joint, ...]
    doubtful: tuple[tuple[float, float], ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the pieces and joints are proven."""
        return not self.doubtful

    @property
    def lo(self) -> float:
        return float(min([self.pieces[0].lo, *(j.lo for j in self.joints)]))

    @property
    def hi(self) -> float:
        return float(max([self.pieces[-1].hi, *(j.hi for j in self.joints)]))

    def minus(self, other: Verified) -> Verified:
        """The difference, 0 only where that is proven."""
        overlaps = Piecewise(self.pieces).overlaps(Piecewise(other.pieces))
        boxes = dict.fromkeys((j.lo, j.hi) for j in (*self.joints, *other.joints))
        pieces = [leveled(Piece(lo, hi, _difference(f, g, (lo, hi)))) for lo, hi, f, g in overlaps]
        zero = [p for p in pieces if p.tree is ZERO]
        level = {*((p.lo, 1) for p in zero), *((p.hi, -1) for p in zero)}  # points, and which side
        joints = tuple(Joint(*box, self._at_joint(other, box, level)) for box in boxes)
        equal = {(float(j.lo), float(j.hi)) for j in joints if j.tree is ZERO and not j.exact}
        doubtful = (span for span in (*self.doubtful, *other.doubtful) if span not in equal)
        tree = simplified("sub", self.tree, other.tree)
        return Verified(tree, tuple(pieces), joints, tuple(doubtful))

    def _at_joint(
        self, other: Verified, box: tuple[Number, Number], level: set[tuple[Number, int]]
    ) -> Node:
        """The difference at a joint, which is 0 next to a stretch where it is and goes on."""
        f, g = self.on(*box), other.on(*box)
        for side in (1, -1):
            beside = box[0] == box[1] and (box[0], side) in level
            if beside and self._goes_on(f, box[0], side) and other._goes_on(g, box[0], side):
                return ZERO
        return _difference(f, g)

    def _goes_on(self, tree: Node, x: Number, side: int) -> bool:
        """Whether a value at a joint is that of the piece on a side, all of it continuous."""
        piece = next(
            (p for p in self.pieces if (p.lo <= x < p.hi if side > 0 else p.lo < x <= p.hi)), None
        )
        powers = (part.args[1] for part in walk(tree) if part.op == "pow")
        return piece is not None and piece.tree is tree and all(n.op == NUMBER for n in powers)

    def on(self, lo: Number, hi: Number) -> Node:
        """What the formula is on a small interval."""
        inside = (p.tree for p in self.pieces if p.lo < lo and hi < p.hi)
        at = (j.tree for j in self.joints if j.lo == lo and j.hi == hi)
        return next(inside, next(at, self.tree))


def _difference(f: Node, g: Node, span: Span | None = None) -> Node:
    return ZERO if proven_equal(f, g, span) else f - g


def verify(tree: Node, function: Piecewise, budget: Budget) -> Verified:
    """The pieces of a formula with the proof that it is them."""
    tree = simplify(tree)
    for pieces in dict.fromkeys((function.pieces, function.parts or function.pieces)):
        found = _tried(tree, pieces, function, budget)
        if found.exact or budget.spent:
            break
    return found


def _tried(tree: Node, whole: tuple[Piece, ...], function: Piecewise, budget: Budget) -> Verified:
    """The proof with pieces that are as they stand, or in more parts than the formula has."""
    ends = [x for p in whole for x in (p.lo, p.hi) if math.isfinite(x)]
    rough = not all(isinstance(x, int | Fraction) for x in ends)
    wrong: list[Piece] = []
    for margin in _MARGINS if rough else (0,):
        pieces = tuple(_shrunk(p, margin) for p in whole)
        wrong = [p for p in pieces if not _verified(tree, p, budget)]
        if not wrong:
            joints = tuple(_joints(tree, pieces))
            unknown = tuple(_unknown(joints, pieces, function))
            return Verified(tree, tuple(map(leveled, pieces)), joints, unknown)
        if budget.spent:
            break
    joints = tuple(_joints(tree, whole))
    return Verified(tree, whole, joints, tuple((float(p.lo), float(p.hi)) for p in wrong))


def _shrunk(piece: Piece, margin: int) -> Piece:
    """The piece with the ends that are not exact moved inwards."""

    def moved(x: Number, inward: int) -> Number:
        if isinstance(x, int | Fraction) or not math.isfinite(x):
            return x
        step: Fraction = Fraction(math.ulp(x)) * 2**margin
        return Fraction(x) + inward * step

    return Piece(moved(piece.lo, 1), moved(piece.hi, -1), piece.tree)


def leveled(piece: Piece) -> Piece:
    """The piece; with a constant tree, 0 if that is its value, where it is proven constant."""
    if piece.tree.constant:
        return piece if exact_sign(piece.tree, 0) != 0 else Piece(piece.lo, piece.hi, ZERO)
    inside = Fraction(0 if piece.lo < 0 < piece.hi else inner_point(piece.lo, piece.hi))
    slope = derivative(piece.tree)
    with ctx.workprec(PRECISION):
        at = ball_program(piece.tree, slope, precision=PRECISION)(exact_ball(inside))[1]
    if at > 0 or at < 0 or not proven_equal(slope, ZERO, (piece.lo, piece.hi)):
        return piece
    if proven_equal(piece.tree, ZERO, (piece.lo, piece.hi)):
        return Piece(piece.lo, piece.hi, ZERO)
    return Piece(piece.lo, piece.hi, replace(piece.tree, X, number(inside)))


def _joints(tree: Node, pieces: tuple[Piece, ...]) -> Iterator[Joint]:
    ends = [(p.hi, q.lo) for p, q in pairwise(pieces)]
    for lo, hi in ((pieces[0].lo,) * 2, *ends, (pieces[-1].hi,) * 2):
        if math.isfinite(lo):
            yield Joint(lo, hi, decided_at(tree, lo) if lo == hi else _choices(tree, lo, hi, {}))


def _choices(tree: Node, lo: Number, hi: Number, known: Mapping[Node, Node]) -> Node:
    """The formula on a small interval as choices between smooth ones, outermost.

    Conditions that are open there are decided both ways, each for all places at which they stand:
    so floor(u)'s parts in u - floor(u) change together. known: those that have been.
    """
    still_open: list[Node] = []

    def decide(comparison: Node, a: Node, b: Node) -> Node | None:
        asked = node(comparison.op, a, b)
        if asked in known:
            return known[asked]
        with ctx.workprec(PRECISION):
            difference = ball_program(simplified("sub", a, b), precision=PRECISION)(hull(lo, hi))[0]
        if difference > 0 or difference < 0 or difference.is_zero():
            return holds(comparison.op, int(difference > 0) - int(difference < 0))
        still_open.append(asked)
        return None

    middle = float(lo) + (float(hi) - float(lo)) / 2
    found, is_smooth = resolved(tree, decide, lambda u: float(evaluate(u, middle)))
    if is_smooth:
        return found
    if len(known) == _MOST_OPEN or not still_open:
        return tree
    both = (_choices(tree, lo, hi, {**known, still_open[0]: truth}) for truth in (ONE, ZERO))
    return node("where", still_open[0], *both)


def _unknown(
    joints: tuple[Joint, ...], pieces: tuple[Piece, ...], function: Piecewise
) -> Iterator[tuple[float, float]]:
    """Joints at which the formula seems to have a value that could not be enclosed.

    Where it is a neighbouring piece's tree its value is a limit, being continuous there.
    """
    trees = [p.tree for p in pieces]
    with ctx.workprec(PRECISION):
        for joint in joints:
            if joint.value().is_finite() or (joint.exact and joint.tree in trees):
                continue
            if not (joint.exact and math.isnan(function.points.get(joint.lo, 0.0))):
                yield float(joint.lo), float(joint.hi)


# --- at one point ---


def decided_at(tree: Node, x: Number) -> Node:
    """The tree that gives the formula's own value at x; comparisons that are open there stay."""

    def decide(comparison: Node, a: Node, b: Node) -> Node | None:
        difference = simplified("sub", a, b)
        sign = exact_sign(difference, x)
        if sign is None:  # where its parts cancel exactly
            sign = exact_sign(_lean(replace(difference, X, number(x)), x, x), 0)
        return None if sign is None else holds(comparison.op, sign)

    return resolved(tree, decide, lambda u: float(evaluate(u, float(x))))[0]


# --- on a piece ---


def _verified(tree: Node, piece: Piece, budget: Budget, depth: int = 0) -> bool:
    """Whether the formula is proven to be the piece's tree all over the piece.

    Where a comparison changes inside, at a fraction, though the formula does not, on both sides.
    """
    if not piece.lo < piece.hi:
        return False
    cuts: list[Number] = []

    def decide(comparison: Node, a: Node, b: Node) -> Node | None:
        difference = simplified("sub", a, b)
        sign = constant_sign(difference, piece.lo, piece.hi, budget)
        if sign is None and not cuts:
            cuts.extend(_changes(difference, piece.lo, piece.hi))
        return None if sign is None else holds(comparison.op, sign)

    inside = inner_point(piece.lo, piece.hi)
    found, is_smooth = resolved(tree, decide, lambda u: float(evaluate(u, inside)))
    span = piece.lo, piece.hi
    if is_smooth:
        return _regular(piece, budget) and proven_equal(found, piece.tree, span)
    if not cuts or depth == _DEEPEST or not _regular(piece, budget):
        return False
    parts = [Piece(a, b, piece.tree) for a, b in pairwise([piece.lo, *cuts, piece.hi])]
    return all(proven_equal(decided_at(tree, x), piece.tree, span) for x in cuts) and all(
        _verified(tree, part, budget, depth + 1) for part in parts
    )


def _changes(difference: Node, lo: Number, hi: Number) -> list[Number]:
    """The zeros of a rational function inside an interval; none if one is no fraction."""
    function = quotient(difference)
    roots = None if function is None else inner_roots(function, lo, hi)
    exact = [root.exact for root in roots or ()]
    return [x for x in exact if x is not None] if None not in exact else []


def _regular(piece: Piece, budget: Budget) -> bool:
    """Whether no operation of the piece's tree is singular inside it."""
    singular = set(guards(piece.tree))
    signs = (constant_sign(guard, piece.lo, piece.hi, budget) for guard in singular)
    return all(sign is not None and sign != 0 for sign in signs)


def _lean(tree: Node, lo: Number, hi: Number) -> Node:
    """A tree without the sums that are proven to be 0 on all of an interval, or at a point."""
    span = (lo, hi) if lo < hi else None
    return without_zeros(tree, lo, hi, lambda part: proven_equal(part, ZERO, span))


def less(tree: Node, level: float) -> Node:
    """The tree less a number, with the numbers of a sum put together: (1 - u) - 1 is -u."""
    a, b = (*tree.args, ZERO, ZERO)[:2]
    if tree.op in ("add", "sub") and a.op == NUMBER:
        return simplified(tree.op, number(as_fraction(a) - Fraction(level)), b)
    if tree.op in ("add", "sub") and b.op == NUMBER:
        by = as_fraction(b) if tree.op == "add" else -as_fraction(b)
        return simplified("add", a, number(by - Fraction(level)))
    return simplified("sub", tree, number(Fraction(level)))


def constant_sign(tree: Node, lo: Number, hi: Number, budget: Budget) -> int | None:
    """The sign of a smooth tree on an open interval, None where it is not proven to have one."""
    if tree is ZERO:
        return 0
    sign = exact_sign(tree, Fraction(inner_point(lo, hi)))
    if sign is None and not tree.constant:
        lean = _lean(tree, lo, hi)
        return None if lean is tree else constant_sign(lean, lo, hi, budget)
    if sign is None or tree.constant or sign_all_over(tree, lo, hi):
        return sign
    slope = derivative(tree)
    if slope is ZERO:  # constant, though not written so
        return sign
    if sign == 0:
        return None
    at_zero = replace(tree, X, ZERO)
    if slope.op == NUMBER and at_zero.op == NUMBER:  # linear, with an exact zero
        root = -as_fraction(at_zero) / as_fraction(slope)
        return None if lo < root < hi else sign
    return sign if prove_zeros(tree, 0, lo, hi, [], budget).complete else None
