"""Proven integral norms of an error: ∫|e|dx, sqrt(∫e²dx), and sqrt(E e²) with x from N(0, 1).

Each smooth piece is cut at proven zeros, so that between them ∫|e| = |∫e|. On a stretch where
further zeros are not excluded, ∫|e| is at least |∫e| and at most sqrt(width·∫e²) (Cauchy, Schwarz):
narrow ones, as about a double zero, add next to nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from flint import acb, arb, ctx

from actx.analysis.monotone import Segment, crossing
from actx.analysis.results import Errors
from actx.arithmetic.complex_balls import NotAnalytic
from actx.arithmetic.series import Place
from actx.calculus.pieces import Piece
from actx.calculus.proven.enclose import analytic_program, ball_program, exact_ball, outward
from actx.calculus.proven.pieces import Joint, Verified
from actx.calculus.proven.quadrature import Quadrature, Triple
from actx.calculus.proven.tail_integrals import INFINITE, Part, tail_integrals
from actx.calculus.proven.zeros import ZeroStretches, zero_stretches
from actx.core.budget import HIGHER_PRECISION, Budget
from actx.core.domain import Interval
from actx.language.tree import ZERO

_PANEL = 1e-12  # of an integral: how far off a panel may be
_TAIL = 1e-11
_SMALL = 1e-14  # of l1: where |e| is less no zeros are looked for
_ENOUGH = 1e-7  # an enclosure that is wider, in proportion, is not given
_LARGEST = 1e300  # what is beyond is infinite
_SHARE = 0.5  # of the time that is left, for the zeros of a piece
_BESIDE = 2.0**-40  # so near to an end, in proportion, a smooth formula is analytic


@dataclass(frozen=True)
class Norms:
    """Enclosures of the norms, [inf, inf] for one proven to be infinite; None where not proven."""

    l1: Interval | None = None
    l2: Interval | None = None
    gauss: Interval | None = None

    @property
    def complete(self) -> bool:
        return None not in (self.l1, self.l2, self.gauss)


AnyErrors = TypeVar("AnyErrors", bound=Errors)


def with_norms(
    found: AnyErrors, error: Verified, segments: Sequence[Segment], budget: Budget
) -> AnyErrors:
    """Errors with their integral norms enclosed; segments: on which the error is monotone."""
    sizes = found.l1_error, found.l2_error, found.gauss_error
    changes = [x for s in segments if (x := crossing(s)) is not None]
    norms = proven_norms(error, sizes, changes, budget)
    return replace(
        found,
        l1_error=within(found.l1_error, norms.l1),
        l2_error=within(found.l2_error, norms.l2),
        gauss_error=within(found.gauss_error, norms.gauss),
        l1_enclosure=norms.l1,
        l2_enclosure=norms.l2,
        gauss_enclosure=norms.gauss,
    )


def within(value: float, enclosure: Interval | None) -> float:
    """A computed value, moved into its enclosure where rounding left it."""
    if enclosure is None or math.isnan(value):
        return value
    return min(max(value, enclosure[0]), enclosure[1])


def proven_norms(
    error: Verified, found: tuple[float, float, float], changes: Sequence[float], budget: Budget
) -> Norms:
    """The norms of an error enclosed.

    found: l1, l2 and gauss as computed, which tell how well the parts must be known; changes: where
    the error changes its sign, as far as is known.
    """
    known = Norms()
    for precision in HIGHER_PRECISION if error.exact else ():
        with ctx.workprec(precision):
            new = _Attempt(error, found, changes, precision, budget).run()
        known = Norms(known.l1 or new.l1, known.l2 or new.l2, known.gauss or new.gauss)
        if known.complete or budget.spent:
            break
    return known


class _Attempt:
    def __init__(
        self,
        error: Verified,
        found: tuple[float, float, float],
        changes: Sequence[float],
        precision: int,
        budget: Budget,
    ) -> None:
        self.error, self.changes = error, changes
        self.precision, self.budget = precision, budget
        l1, l2, gauss = found
        self.sizes = (l1, l2 * l2, gauss * gauss)  # of an infinite one only its tails matter
        self.total: list[Part] = [arb(0), arb(0), arb(0)]

    def run(self) -> Norms:
        for joint in self.error.joints:
            if not joint.exact:
                self._add(_at_joint(joint))
        pieces = [piece for piece in self.error.pieces if piece.tree is not ZERO]
        if pieces and not all(self.sizes):
            return Norms()
        for piece in pieces:
            self._piece(piece)
        first, second, third = (
            None if math.isinf(size) and part is not None and part.is_finite() else part
            for size, part in zip(self.sizes, self.total, strict=True)
        )
        return Norms(
            _interval(first), _interval(second, squared=True), _interval(third, squared=True)
        )

    def _add(self, parts: tuple[Part, Part, Part]) -> None:
        for i, part in enumerate(parts):
            known = self.total[i]
            self.total[i] = None if known is None or part is None else known + part

    def _piece(self, piece: Piece) -> None:
        ends = [self._end(piece, inward) for inward in (1, -1)]
        if None in ends or all(part is None for part in self.total):
            self._add((None, None, None))
            return
        quadrature = Quadrature(
            piece.tree, [_PANEL * size for size in self.sizes], self.precision, self.budget
        )
        for lo, hi, most in self._stretches(piece, *ends):
            if not lo >= hi:
                self._add(_of_stretch(quadrature.over(lo, hi), hi - lo, most))

    # --- ends ---

    def _end(self, piece: Piece, inward: int) -> Any | None:
        """Where the finite part begins next to an end, after what lies beyond has been added.

        None where that is not known.
        """
        end = piece.lo if inward > 0 else piece.hi
        width = float(piece.hi) - float(piece.lo)
        if math.isfinite(end):
            if self._analytic_at(piece, exact_ball(end), min(width, 1.0)):
                return exact_ball(end)
            place, least = Place(end, inward), 2.5 / width
        else:
            other = float(piece.hi if inward > 0 else piece.lo) * -inward
            place = Place(None, -inward)
            least = max(0.0, other + 1) if math.isfinite(other) else 0.0  # clear of that end's part
        tail = tail_integrals(piece.tree, place, least, [_TAIL * size for size in self.sizes])
        if tail is None:
            return exact_ball(end) if math.isfinite(end) else None
        self._add(tail.parts)
        if place.base is None:
            return place.side * arb(tail.start)
        return exact_ball(place.base) + inward / arb(tail.start)

    def _analytic_at(self, piece: Piece, end: Any, width: float) -> bool:
        reach = _BESIDE * width
        around = (-arb(reach)).union(arb(reach))
        try:
            analytic_program(piece.tree, self.precision)(acb(end + around, around))
        except NotAnalytic:
            return False
        return bool(ball_program(piece.tree, precision=self.precision)(end)[0].is_finite())

    # --- the finite part ---

    def _stretches(self, piece: Piece, lo: Any, hi: Any) -> Iterator[tuple[Any, Any, Any]]:
        """Parts of [lo, hi], each with a bound of |e| if it may hold zeros, 0 if it holds none."""
        size = _SMALL * self.sizes[0]
        found = self._zeros(piece, size)
        a = lo
        open_ = [(*span, INFINITE) for span in found.open]
        for start, end, most in sorted([*open_, *((*span, arb(size)) for span in found.small)]):
            b = exact_ball(start).max(a).min(hi)
            c = exact_ball(end).max(b).min(hi)
            yield from ((a, b, arb(0)), (b, c, most))
            a = c
        yield a, hi, arb(0)

    def _zeros(self, piece: Piece, size: float) -> ZeroStretches:
        if piece.tree.constant or math.isinf(self.sizes[0]):
            return ZeroStretches((), ())  # no signs are needed
        guesses = [x for x in self.changes if piece.lo < x < piece.hi]
        time = self.budget.part(_SHARE)
        return zero_stretches(piece.tree, piece.lo, piece.hi, guesses, time, self.precision, size)


def _of_stretch(found: Triple | None, width: Any, most: Any) -> tuple[Part, Part, Part]:
    """The integrals of |e|, e² and e²φ from those of e, e² and e²φ.

    most: a bound of |e| where it may change its sign, else 0.
    """
    if found is None:
        return None, None, None
    first, second, third = found
    if most.is_zero():
        return abs(first), second, third
    roughly = (width.upper() * second.upper().max(arb(0))).sqrt().upper()
    highest = roughly.min((width * most).upper())
    return arb(first.abs_lower()).min(highest).union(highest), second, third


def _at_joint(joint: Joint) -> tuple[Part, Part, Part]:
    """The integrals over a narrow stretch on which only an enclosure of the values is known."""
    value = joint.value()
    if not value.is_finite():
        return None, None, None
    width = (exact_ball(joint.hi) - exact_ball(joint.lo)).upper()
    size = abs(value).upper()
    square = arb(0).union((size * size * width).upper())
    return arb(0).union((size * width).upper()), square, square


def _interval(total: Part, squared: bool = False) -> Interval | None:
    """A norm from its integral, None where that is not known well enough."""
    if total is None:
        return None
    if not total.is_finite():
        return (math.inf, math.inf) if total > _LARGEST else None
    ends = total.lower().max(arb(0)), total.upper().max(arb(0))
    lo, hi = ends[0], ends[1]
    if squared:
        lo, hi = lo.sqrt(), hi.sqrt()
    found = outward(lo.union(hi))
    found = max(found[0], 0.0), found[1]
    return found if found[1] - found[0] <= _ENOUGH * found[1] else None
