"""Results of the analysis with proofs added."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from flint import ctx

from actx.analysis.enclosed_kinks import is_continuous
from actx.analysis.errors.largest import agrees, ends_of, is_at, proven_max_slope
from actx.analysis.kinks import DEFAULT_MAX_ORDER
from actx.analysis.monotone import Segment, monotone
from actx.analysis.proven_kinks import smooth_at_ends
from actx.analysis.proven_smoothness import kinks_proven
from actx.analysis.results import (
    Enclosure,
    Exploration,
    Extremum,
    Kind,
    Kink,
    KinkReport,
    MaxSlopeError,
    Undecided,
)
from actx.analysis.sides import beside, extreme_at, only_approached
from actx.analysis.supremum import Site, supremum
from actx.calculus.pieces import Piece, Piecewise
from actx.calculus.proven.corners import at_change
from actx.calculus.proven.enclose import ball_program, exact_ball, exact_sign, hull, outward
from actx.calculus.proven.identity import proven_equal
from actx.calculus.proven.pieces import Joint, Verified, verify
from actx.calculus.proven.zeros import Enclosed, prove_zeros
from actx.calculus.zeros import zeros
from actx.core.budget import PRECISION, Budget
from actx.core.domain import Interval, excluded
from actx.language.tree import ZERO, Node, X, number
from actx.language.tree import replace as put_in


class Proof:
    """Extrema and zeros of one function, proven."""

    def __init__(self, function: Verified, turning: Sequence[float], budget: Budget) -> None:
        self.function, self.turning, self.budget = function, turning, budget
        self._stationary: dict[float, Enclosed] | None = None
        self.undecided: list[Undecided] = []

    # --- global extrema ---

    def global_extremum(self, found: Extremum, sign: int) -> Extremum:
        """The global maximum (sign 1) or minimum (-1) with its value and its place enclosed."""
        bound = supremum(self.function, sign, self.turning, self.budget)
        y = (bound.lo, bound.hi) if sign > 0 else (-bound.hi + 0.0, -bound.lo + 0.0)
        agreeing = agrees(found.y, y)
        known = self._place(found) if agreeing else None
        ties = found.ties if bound.lo < math.inf else [site.lo for site in bound.sites]
        place = _place_among(bound.sites, known, ties)
        if place is None:
            place = (self.function.lo, self.function.hi)
        proven = bound.proven and self.function.exact and agreeing
        if isinstance(found.x, tuple):
            level = self._level(found.x)
            proven = proven and level is not None and self._ends_are_known(found.x, level)
        if proven and found.kind is Kind.LIMIT:
            proven = only_approached(self.function, bound, sign, self.budget)
        return _enclosed(found, Enclosure(place, y), proven)

    def _place(self, found: Extremum) -> Interval | None:
        """Where an extremum lies, None where that is not proven."""
        if isinstance(found.x, tuple) or found.kind in (Kind.LIMIT, Kind.UNBOUNDED):
            return _as_interval(found.x)
        joint = self._joint_at(found.x)
        if joint is not None:
            return ends_of(joint)
        enclosed = self._turning_at(found.x)
        return None if enclosed is None else (enclosed.lo, enclosed.hi)

    def _joint_at(self, x: float) -> Joint | None:
        """The joint at a place that the analysis gives as a float."""
        return next((j for j in self.function.joints if is_at(j, x)), None)

    def _turning_at(self, x: float) -> Enclosed | None:
        """The turning point at x alone, enclosed."""
        if self._stationary is not None:
            return self._stationary.get(x)
        piece = next((p for p in self.function.pieces if p.lo < x < p.hi), None)
        if piece is None:
            return None
        reach = 1e-3 * max(1.0, abs(x))
        lo, hi = max(piece.lo, x - reach), min(piece.hi, x + reach)
        found = prove_zeros(piece.tree, 1, lo, hi, [x], self.budget)
        return found.enclosed[0]

    # --- local extrema ---

    def turning_points(self, extrema: Sequence[Extremum]) -> None:
        """Enclose all turning points and prove that there are no others."""
        inner = {e.x for e in extrema if not isinstance(e.x, tuple)}
        self._stationary = {}
        for piece in self.function.pieces:
            if piece.tree.constant:
                continue
            flat = [float(zero.x) for zero in zeros(piece.tree, piece.lo, piece.hi, 1).points]
            guesses = [x for x in sorted({*flat, *inner}) if piece.lo < x < piece.hi]
            found = prove_zeros(piece.tree, 1, piece.lo, piece.hi, guesses, self.budget)
            for x, enclosed in zip(guesses, found.enclosed, strict=True):
                if enclosed is not None:
                    self._stationary[x] = enclosed
            self.undecided += [Undecided("extrema", span) for span in found.undecided]
        known = [_as_interval(e.x) for e in extrema]
        for joint in self.function.joints:
            if self._may_be_missed(joint, known):
                self.undecided.append(Undecided("extrema", ends_of(joint)))
        self._doubt("extrema")

    def _may_be_missed(self, joint: Joint, known: Sequence[Interval]) -> bool:
        """Whether there may be an extremum at a joint that the analysis does not list."""
        listed = any(is_at(joint, x) for interval in known for x in interval)
        if listed or not joint.value().is_finite():
            return False
        return extreme_at(self.function, joint) != 0 and not self._on_a_slope(joint)

    def _on_a_slope(self, joint: Joint) -> bool:
        """Whether a joint ends a level stretch that goes up on one side and down on the other."""
        for piece in self.function.pieces:
            if piece.tree.constant and joint.lo in (piece.lo, piece.hi):
                ends = [j for j in self.function.joints if j.lo in (piece.lo, piece.hi)]
                outer = [
                    beside(other.tree, Joint(end.lo, end.hi, piece.tree), side)
                    for end in ends
                    for other, side, _ in self._touching(end)
                    if other is not piece
                ]
                level = all(
                    proven_equal(end.tree, piece.tree)
                    or (end.exact and exact_sign(end.tree - piece.tree, end.lo) == 0)
                    for end in ends
                )
                if level and sorted(side or 0 for side in outer) == [-1, 1]:
                    return True
        return False

    def _doubt(self, what: str) -> None:
        self.undecided += [Undecided(what, span) for span in self.function.doubtful]

    def local(self, extremum: Extremum, sign: int) -> Extremum:
        """A local maximum (sign 1) or minimum (-1) with enclosures."""
        if isinstance(extremum.x, tuple):
            return self._plateau(extremum, extremum.x, sign)
        joint = self._joint_at(extremum.x)
        if joint is not None:
            place, value = ends_of(joint), joint.value()
            proven = extreme_at(self.function, joint) == sign
        else:
            enclosed = self._turning_at(extremum.x)
            if enclosed is None:
                return extremum
            place, value = (enclosed.lo, enclosed.hi), self._value_on(enclosed)
            proven = (enclosed.left, enclosed.right) == (sign, -sign)
        y = outward(value)
        if not agrees(extremum.y, y):
            return extremum
        return _enclosed(extremum, Enclosure(place, y), proven and self.function.exact)

    def _value_on(self, place: Enclosed) -> Any:
        piece = next(p for p in self.function.pieces if p.lo <= place.lo and place.hi <= p.hi)
        with ctx.workprec(PRECISION):
            return ball_program(piece.tree, precision=PRECISION)(hull(place.lo, place.hi))[0]

    def _plateau(self, found: Extremum, x: Interval, sign: int) -> Extremum:
        level = self._level(x)
        if level is None:
            return found
        with ctx.workprec(PRECISION):
            y = outward(ball_program(level, precision=PRECISION)(exact_ball(0))[0])
        if not agrees(found.y, y):
            return found
        around = [
            beside(piece.tree, Joint(joint.lo, joint.hi, level), side)
            for joint in self.function.joints
            for piece, side, outer in self._touching(joint)
            if is_at(joint, x[outer]) and not _inside(piece, x)
        ]
        proven = all(side in (0, -sign) for side in around) and self.function.exact
        proven = proven and self._ends_are_known(x, level)
        return _enclosed(found, Enclosure(x, y), proven)

    def _touching(self, joint: Joint) -> Iterator[tuple[Piece, int, int]]:
        """The pieces beside a joint: to the right (1, and beyond an interval's end 1) or left."""
        for piece in self.function.pieces:
            if piece.lo == joint.hi:
                yield piece, 1, 1
            if piece.hi == joint.lo:
                yield piece, -1, 0

    def _level(self, x: Interval) -> Node | None:
        """What the function is on all of an interval on which it is constant; None if it is not."""
        trees = [p.tree for p in self.function.pieces if _inside(p, x)]
        within = [j for j in self.function.joints if x[0] <= float(j.lo) <= float(j.hi) <= x[1]]
        trees += [j.tree for j in within if not (is_at(j, x[0]) or is_at(j, x[1]))]
        if not trees or not all(proven_equal(trees[0], tree) for tree in trees):
            return None
        return trees[0] if trees[0].constant else None

    def _ends_are_known(self, x: Interval, level: Node) -> bool:
        """Whether each end of a stretch on one level is proven to belong to it, or to be left out.

        At one that is no fraction the sides of one comparison are equal.
        """
        for end in filter(math.isfinite, x):
            joint = self._joint_at(end)
            if joint is None:
                continue
            own = joint.tree if joint.exact else at_change(joint.tree)
            if own is None:
                return False
            gap = own - level
            value = Joint(joint.lo, joint.hi, gap).value()
            apart = value > 0 or value < 0 or (joint.exact and not joint.value().is_finite())
            same = own is level or (joint.exact and exact_sign(gap, joint.lo) == 0)
            same = same or is_continuous(self.function.tree)
            if not (apart if end in excluded(x) else same):
                return False
        return True

    # --- zeros ---

    def zeros(self, found: Sequence[float | Interval]) -> tuple[Interval | None, ...]:
        """An enclosure for each zero, and proof that there are no others."""
        enclosures: dict[float, Interval] = {}
        points = [x for x in found if not isinstance(x, tuple)]
        for piece in self.function.pieces:
            if piece.tree.constant:
                if piece.tree is not ZERO and not exact_sign(piece.tree, 0):
                    span = float(piece.lo), float(piece.hi)
                    self.undecided.append(Undecided("zeros", span))
                continue
            guesses = [x for x in points if piece.lo < x < piece.hi]
            proof = prove_zeros(piece.tree, 0, piece.lo, piece.hi, guesses, self.budget)
            for x, enclosed in zip(guesses, proof.enclosed, strict=True):
                if enclosed is not None:
                    enclosures[x] = (enclosed.lo, enclosed.hi)
            self.undecided += [Undecided("zeros", span) for span in proof.undecided]
        enclosures |= self._zeros_at_joints(found)
        self._doubt("zeros")
        if not self.function.exact:
            return (None,) * len(found)
        return tuple(
            self._zero_stretch(x) if isinstance(x, tuple) else enclosures.get(x) for x in found
        )

    def _zero_stretch(self, x: Interval) -> Interval | None:
        level = self._level(x)
        known = level is not None and proven_equal(level, ZERO) and self._ends_are_known(x, level)
        return x if known else None

    def _zeros_at_joints(self, found: Sequence[float | Interval]) -> dict[float, Interval]:
        enclosures: dict[float, Interval] = {}
        for joint in self.function.joints:
            value = joint.value()
            if not value.is_finite() or value > 0 or value < 0:
                continue
            x = next((e for z in found for e in _as_interval(z) if is_at(joint, e)), None)
            is_zero = value.is_zero() or proven_equal(joint.tree, ZERO)
            if joint.exact and not is_zero:
                is_zero = proven_equal(put_in(joint.tree, X, number(joint.lo)), ZERO)
            if ((joint.exact and is_zero) or joint.meets_zero) and x is not None:
                enclosures[x] = ends_of(joint)
            else:
                self.undecided.append(Undecided("zeros", ends_of(joint)))
        return enclosures


def _place_among(
    sites: Sequence[Site], known: Interval | None, ties: Sequence[float]
) -> Interval | None:
    """The interval that holds all sites but those of ties; a known place stands for its site."""
    spans: list[Interval] = [] if known is None else [known]
    for site in sites:
        if known is not None:
            meets = known[0] <= site.hi and site.lo <= known[1]
            if (meets and site.single) or _within_ulp(site, known):
                continue
            if any(site.lo <= t <= site.hi for t in ties):
                continue
        spans.append((site.lo, site.hi))
    if not spans:
        return None
    return min(lo for lo, _ in spans), max(hi for _, hi in spans)


def _within_ulp(site: Site, known: Interval) -> bool:
    """Whether a site lies within a place, whose ends may be the floats next to its true ones."""
    lo, hi = (math.nextafter(x, side) for x, side in zip(known, (-math.inf, math.inf), strict=True))
    return lo <= site.lo and site.hi <= hi


def _inside(piece: Piece, x: Interval) -> bool:
    return x[0] <= float(piece.lo) and float(piece.hi) <= x[1]


def _enclosed(found: Extremum, enclosure: Enclosure, proven: bool) -> Extremum:
    """An extremum with its enclosure; computed numbers are moved into it where rounding left it."""
    y = min(max(found.y, enclosure.y[0]), enclosure.y[1])
    x = found.x
    if not isinstance(x, tuple):
        x = min(max(x, enclosure.x[0]), enclosure.x[1])
    return replace(found, x=x, y=y, enclosure=enclosure, proven=proven)


def _as_interval(x: float | Interval) -> Interval:
    return x if isinstance(x, tuple) else (x, x)


def prove_exploration(
    tree: Node, function: Piecewise, segments: Sequence[Segment], found: Exploration, seconds: float
) -> Exploration:
    """An exploration with enclosures, and where its lists could not be proven complete."""
    budget = Budget(seconds)
    verified = verify(tree, function, budget)
    proof = Proof(verified, turning_of(segments), budget)
    minimum = proof.global_extremum(found.minimum, -1)
    maximum = proof.global_extremum(found.maximum, 1)
    proof.turning_points((*found.minima, *found.maxima))
    zero_enclosures = proof.zeros(found.zeros)
    kinks, undecided = kinks_proven(
        verified, function, found.kinks, DEFAULT_MAX_ORDER, found.smoothness
    )
    doubted = any(item.what == "kinks" for item in undecided)
    unbroken = not doubted and all(k.proven for k in kinks) and smooth_at_ends(verified, 0)
    return replace(
        found,
        lipschitz=_proven_lipschitz(verified, function, found.lipschitz, kinks, unbroken, budget),
        minimum=minimum,
        maximum=maximum,
        minima=tuple(proof.local(e, -1) for e in found.minima),
        maxima=tuple(proof.local(e, 1) for e in found.maxima),
        zero_enclosures=zero_enclosures,
        kinks=kinks,
        undecided=(*proof.undecided, *undecided),
    )


def _proven_lipschitz(
    verified: Verified,
    function: Piecewise,
    found: MaxSlopeError | None,
    kinks: Sequence[Kink],
    unbroken: bool,
    budget: Budget,
) -> MaxSlopeError | None:
    """sup|f'| enclosed, infinite at a proven jump; unbroken: it is proven that there is none."""
    if found is None:
        return None
    jump = next((kink for kink in kinks if kink.order == 0), None)
    if jump is not None:
        where = None if jump.enclosure is None else jump.enclosure.x
        known = (math.inf, math.inf) if jump.proven and verified.exact else None
        return replace(found, enclosure=known, x_enclosure=where)
    slope = proven_max_slope(verified, found, turning_of(monotone(function, order=1)), budget)
    infinite = slope.enclosure is not None and math.isinf(slope.enclosure[0])
    return slope if unbroken or infinite else replace(slope, enclosure=None, x_enclosure=None)


def prove_kink_report(
    tree: Node, function: Piecewise, found: KinkReport, seconds: float
) -> KinkReport:
    """A kink report with enclosures."""
    verified = verify(tree, function, Budget(seconds))
    kinks, undecided = kinks_proven(
        verified, function, found.kinks, found.max_order, found.smoothness
    )
    return replace(found, kinks=kinks, undecided=undecided)


def turning_of(segments: Sequence[Segment]) -> list[float]:
    return [float(s.lo) for s in segments]
