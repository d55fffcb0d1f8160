"""Proven integral norms of an error: ∫|e|dx, sqrt(∫e²dx), and sqrt(E e²) with x from N(0, 1).

Each smooth piece is cut at proven zeros, so that between them ∫|e| = |∫e|. On a stretch where
further zeros are not excluded, ∫|e| is at least |∫e| and at most sqrt(width·∫e²) (Cauchy, Schwarz):
narrow ones, as about a double zero, add next to nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from flint import acb, arb, ctx

from actx.analysis.errors.cancelled import is_blind, is_noise, limit_of, sizes_in_balls
from actx.analysis.monotone import Segment, crossing
from actx.analysis.results import ComparisonRow, Errors, MaxError, Size
from actx.arithmetic.complex_balls import NotAnalytic
from actx.arithmetic.series import Place
from actx.calculus.pieces import Piece
from actx.calculus.proven.enclose import analytic_program, ball_program, exact_ball, outward
from actx.calculus.proven.pieces import Joint, Verified
from actx.calculus.proven.quadrature import Density, Integrals, Quadrature
from actx.calculus.proven.series import half_way
from actx.calculus.proven.tail_integrals import INFINITE, Part, tail_integrals
from actx.calculus.proven.zeros import ZeroStretches, zero_stretches
from actx.core.budget import HIGHER_PRECISION, Budget
from actx.core.domain import Interval, within
from actx.core.norms import Norm, integral_norms
from actx.language.tree import ZERO

_PANEL = 1e-12  # of an integral: how far off a panel may be
_TAIL = 1e-11
_SMALL = 1e-14  # of l1: where |e| is less no zeros are looked for
_ENOUGH = 1e-7  # an enclosure that is wider, in proportion, is not given
_LARGEST = 1e300  # what is beyond is infinite
_SHARE = 0.5  # of the time that is left, for the zeros of a piece
_BESIDE = 2.0**-40  # so near to an end, in proportion, a smooth formula is analytic


Norms = tuple[Interval | None, ...]  # [inf, inf] for one proven to be infinite; None: not proven

AnyErrors = TypeVar("AnyErrors", bound=Errors)


def with_norms(
    found: AnyErrors,
    error: Verified,
    segments: Sequence[Segment],
    budget: Budget,
    largest: MaxError | None = None,
) -> AnyErrors:
    """Errors with their integral norms enclosed; segments: on which the error is monotone.

    largest: the largest error as far as it is proven. Where norms as computed cannot be true beside
    it, as those of what float64 cancels, they are what is proven, or unknown.
    """
    changes = [x for s in segments if (x := crossing(s)) is not None]
    norms = integral_norms()
    computed = [found.norms[norm.name].error for norm in norms]
    sizes, noise = computed, [False] * len(norms)
    if largest is not None:
        limits = [limit_of(norm, error, largest) for norm in norms]
        both = list(zip(computed, limits, strict=True))
        blind = is_blind(error, largest)
        noise = [is_noise(size, limit, blind=blind) for size, limit in both]
        known = sizes_in_balls(error, norms, changes) if any(noise) else computed
        sizes = [b if bad else a for a, b, bad in zip(computed, known, noise, strict=True)]
    asked = [1.0 if math.isnan(size) else size for size in sizes]
    proven, signed = _proven_norms(error, norms, asked, changes, budget, cancels=any(noise))
    made = (Size(within(size, e), e) for size, e in zip(sizes, proven, strict=True))
    found = replace(found, norms={n.name: size for n, size in zip(norms, made, strict=True)})
    if isinstance(found, ComparisonRow) and found.integral is not None:
        if any(noise):
            middle = None if signed is None else Size((signed[0] + signed[1]) / 2, signed)
            return replace(found, integral=middle)
        return replace(found, integral=Size(within(found.integral.error, signed), signed))
    return found


def _proven_norms(
    error: Verified,
    norms: Sequence[Norm],
    found: Sequence[float],
    changes: Sequence[float],
    budget: Budget,
    *,
    cancels: bool = False,
) -> tuple[Norms, Interval | None]:
    """The integral norms of an error enclosed, and the integral of the error itself.

    found: the norms as computed, which tell how well the parts must be known; changes: where the
    error changes its sign, as far as is known. cancels: whether bounds of it may be far above it.
    """
    known: Norms = (None,) * len(norms)
    signed: Interval | None = None
    for precision in HIGHER_PRECISION if error.exact else ():
        with ctx.workprec(precision):
            attempt = _Attempt(error, norms, found, changes, precision, budget, cancels)
            new = attempt.run()
            signed = signed or attempt.integral()
        known = tuple(one or other for one, other in zip(known, new, strict=True))
        if None not in known or budget.spent:
            break
    return known, signed


class _Attempt:
    def __init__(
        self,
        error: Verified,
        norms: Sequence[Norm],
        found: Sequence[float],
        changes: Sequence[float],
        precision: int,
        budget: Budget,
        cancels: bool,
    ) -> None:
        self.error, self.norms, self.changes = error, norms, changes
        self.cancels = cancels
        self.precision, self.budget = precision, budget
        self.densities = densities(norms)
        # of an infinite one only its tails matter
        self.sizes = [v if n.power == 1 else v * v for n, v in zip(norms, found, strict=True)]
        self.total: list[Part] = [arb(0)] * len(norms)
        self.signed: Part = arb(0)  # the integral of the error itself

    def run(self) -> Norms:
        for joint in self.error.joints:
            if not joint.exact:
                parts = self._at_joint(joint)
                self._add(parts, _either(parts[0]))
        pieces = [piece for piece in self.error.pieces if piece.tree is not ZERO]
        if pieces and not all(self.sizes):
            self.signed = None
            return (None,) * len(self.norms)
        for piece in pieces:
            self._piece(piece)
        known = [
            None if math.isinf(size) and part is not None and part.is_finite() else part
            for size, part in zip(self.sizes, self.total, strict=True)
        ]
        return tuple(
            _interval(part, squared=norm.power == 2)
            for norm, part in zip(self.norms, known, strict=True)
        )

    def integral(self) -> Interval | None:
        """The integral of the error itself, None where it is not known well enough."""
        if self.signed is None or not self.signed.is_finite() or self.total[0] is None:
            return None
        lo, hi = outward(self.signed)
        return (lo, hi) if hi - lo <= _ENOUGH * float(self.total[0].upper()) else None

    def _add(self, parts: Sequence[Part], signed: Part) -> None:
        self.signed = None if self.signed is None or signed is None else self.signed + signed
        for i, part in enumerate(parts):
            known = self.total[i]
            self.total[i] = None if known is None or part is None else known + part

    def _piece(self, piece: Piece) -> None:
        first, last = (self._end(piece, inward) for inward in (1, -1))
        if first is None or last is None or all(part is None for part in self.total):
            self._add([None] * len(self.norms), None)
            return
        tolerances = [_PANEL * size for size in self.sizes]
        quadrature = Quadrature(
            piece.tree, tolerances, self.densities, self.precision, self.budget, self.cancels
        )
        for lo, hi, most in self._stretches(piece, first, last):
            if not lo >= hi:
                found = quadrature.over(lo, hi)
                signed = None if found is None else found[0]
                self._add(self._of_stretch(found, hi - lo, most), signed)

    # --- ends ---

    def _end(self, piece: Piece, inward: int) -> arb | None:
        """Where the finite part begins next to an end, after what lies beyond has been added.

        None where that is not known.
        """
        end = piece.lo if inward > 0 else piece.hi
        width = float(piece.hi) - float(piece.lo)
        if math.isfinite(end):
            if self._analytic_at(piece, exact_ball(end), min(width, 1.0)):
                return exact_ball(end)
            place, least = Place(end, inward), 1.25 * half_way(width)
        else:
            other = float(piece.hi if inward > 0 else piece.lo) * -inward
            place = Place(None, -inward)
            least = max(0.0, other + 1) if math.isfinite(other) else 0.0  # clear of that end's part
        tolerances = [_TAIL * size for size in self.sizes]
        tail = tail_integrals(piece.tree, place, least, tolerances, self.densities)
        if tail is None:
            return exact_ball(end) if math.isfinite(end) else None
        first = tail.parts[0]
        sign = tail.sign
        self._add(tail.parts, sign * first if sign and first is not None else _either(first))
        if place.base is None:
            return place.side * arb(tail.start)
        return exact_ball(place.base) + inward / arb(tail.start)

    def _analytic_at(self, piece: Piece, end: arb, width: float) -> bool:
        reach = _BESIDE * width
        around = (-arb(reach)).union(arb(reach))
        try:
            analytic_program(piece.tree, self.precision)(acb(end + around, around))
        except NotAnalytic:
            return False
        return bool(ball_program(piece.tree, precision=self.precision)(end)[0].is_finite())

    # --- the finite part ---

    def _stretches(self, piece: Piece, lo: arb, hi: arb) -> Iterator[tuple[arb, arb, arb]]:
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

    def _of_stretch(self, found: Integrals | None, width: arb, most: arb) -> Sequence[Part]:
        """The integrals of |e|, and of squares, from those of e and of squares.

        most: a bound of |e| where it may change its sign, else 0.
        """
        if found is None:
            return [None] * len(self.norms)
        first, second, *others = found
        if most.is_zero():
            return abs(first), second, *others
        roughly = (width.upper() * second.upper().max(arb(0))).sqrt().upper()
        highest = roughly.min((width * most).upper())
        return arb(first.abs_lower()).min(highest).union(highest), second, *others

    def _at_joint(self, joint: Joint) -> Sequence[Part]:
        """The integrals over a narrow stretch on which only an enclosure of the values is known."""
        value = joint.value()
        if not value.is_finite():
            return [None] * len(self.norms)
        width = (exact_ball(joint.hi) - exact_ball(joint.lo)).upper()
        size = abs(value).upper()
        square = size * size * width
        parts = [size * width, square, *(square * each.most for each in self.densities)]
        return [arb(0).union(part.upper()) for part in parts]


def _either(part: Part) -> Part:
    """An integral of which no more than its size is known."""
    return None if part is None else (-part).union(part)


def densities(norms: Sequence[Norm]) -> list[Density]:
    """The densities of those norms that have one, in balls."""
    return [Density(norm.deviation) for norm in norms if norm.deviation is not None]


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
