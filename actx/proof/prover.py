"""Results of the analysis with proofs added."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from flint import ctx

from actx.analysis.kinks import DEFAULT_MAX_ORDER
from actx.analysis.monotone import Segment
from actx.analysis.results import (
    ComparisonRow,
    Enclosure,
    Exploration,
    Extremum,
    Interval,
    Kind,
    Kink,
    KinkReport,
    MaxError,
    Undecided,
)
from actx.language.enclose import ball_program, exact_ball, hull, outward
from actx.language.identity import proven_equal
from actx.language.pieces import Piece, Piecewise
from actx.language.series import Number
from actx.language.tree import ZERO, Node
from actx.language.zeros import zeros
from actx.proof.budget import PRECISION, Budget
from actx.proof.kinks import prove_kinks
from actx.proof.pieces import undecided_pieces
from actx.proof.supremum import Supremum, supremum
from actx.proof.zeros import Enclosed, prove_zeros

_FAR_OFF = 1e-9


def proven_difference(f: Piecewise, g: Piecewise) -> Piecewise:
    """f - g with 0 only where that is proven."""
    return Piecewise(
        tuple(
            Piece(lo, hi, ZERO if proven_equal(a, b) else a - b) for lo, hi, a, b in f.overlaps(g)
        )
    )


def proven_max_error(
    f: Piecewise, g: Piecewise, found: MaxError, turning: Sequence[float], budget: Budget
) -> MaxError:
    """sup|f - g| enclosed; turning: where the error has its turning points."""
    error = proven_difference(f, g)
    if all(piece.tree is ZERO for piece in error.pieces):
        return replace(found, value=0.0, signed=0.0, enclosure=(0.0, 0.0), proven=True)
    bound = supremum(error, 0, turning, budget)
    if not bound.lo - _FAR_OFF <= found.value <= bound.hi + _FAR_OFF:
        return found  # at an isolated point, which the pieces do not show
    value = _within(found.value, bound)
    return replace(
        found,
        value=value,
        signed=math.copysign(value, found.signed),
        enclosure=(bound.lo, bound.hi),
        proven=bound.proven,
    )


def _within(value: float, bound: Supremum) -> float:
    return min(max(value, bound.lo), bound.hi) if not math.isnan(value) else value


class Proof:
    """Extrema and zeros of one function, proven."""

    def __init__(
        self, tree: Node, function: Piecewise, turning: Sequence[float], budget: Budget
    ) -> None:
        self.function, self.turning, self.budget = function, turning, budget
        self.exact = not undecided_pieces(tree, function, budget)
        self._stationary: dict[float, Enclosed] | None = None
        self.undecided: list[Undecided] = []

    def global_minimum(self, found: Extremum) -> Extremum:
        """The global minimum with its value's enclosure and its place's."""
        return self._global(found, -1)

    def global_maximum(self, found: Extremum) -> Extremum:
        return self._global(found, 1)

    def _global(self, found: Extremum, sign: int) -> Extremum:
        bound = supremum(self.function, sign, self.turning, self.budget)
        y = (bound.lo, bound.hi) if sign > 0 else (-bound.hi + 0.0, -bound.lo + 0.0)
        if not y[0] - _FAR_OFF <= found.y <= y[1] + _FAR_OFF:
            return found  # at an isolated point, which the pieces do not show
        x = self._place(found)
        proven = bound.proven and self.exact and x is not None
        place = x if x is not None else (self.function.lo, self.function.hi)
        return _enclosed(found, Enclosure(place, y), proven)

    def _place(self, found: Extremum) -> Interval | None:
        """Where an extremum lies, None where that is not proven."""
        if isinstance(found.x, tuple) or found.kind in (Kind.LIMIT, Kind.UNBOUNDED):
            return _as_interval(found.x)
        if found.kind is Kind.INTERIOR and found.x not in map(float, self.function.breakpoints):
            enclosed = self._turning_at(found.x)
            return None if enclosed is None else (enclosed.lo, enclosed.hi)
        return next(
            (outward(exact_ball(e)) for e in self._edges() if float(e) == found.x), None
        )  # an exact breakpoint or end

    def _edges(self) -> Iterator[Number]:
        for piece in self.function.pieces:
            for end in (piece.lo, piece.hi):
                if math.isfinite(end):
                    yield end

    def _turning_at(self, x: float) -> Enclosed | None:
        """The turning point at x alone, enclosed."""
        if self._stationary is not None:
            return self._stationary.get(x)
        piece = next(p for p in self.function.pieces if p.lo < x < p.hi)
        reach = 1e-3 * max(1.0, abs(x))
        lo, hi = max(float(piece.lo), x - reach), min(float(piece.hi), x + reach)
        found = prove_zeros(piece.tree, 1, lo, hi, [x], self.budget)
        return found.enclosed[0]

    # --- complete lists ---

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

    def local(self, extremum: Extremum) -> Extremum:
        """A local extremum with enclosures."""
        place = self._place(extremum)
        if place is None:
            return extremum
        with ctx.workprec(PRECISION):
            y = self._value(extremum, place)
        if y is None:
            return extremum
        return _enclosed(extremum, Enclosure(place, y), self.exact)

    def _value(self, extremum: Extremum, place: Interval) -> Interval | None:
        if isinstance(extremum.x, tuple):
            x = next(
                (p.inside for p in self.function.pieces
                 if extremum.x[0] <= p.lo and p.hi <= extremum.x[1]), None,
            )  # fmt: skip
            if x is None:
                return None
            return outward(self._ball_at(self._piece_at(x), exact_ball(x)))
        if not math.isfinite(extremum.y):
            return None
        x = extremum.x
        touching = [p for p in self.function.pieces if p.lo <= x <= p.hi]
        values = [outward(self._ball_at(p.tree, hull(*place))) for p in touching]
        fitting = [v for v in values if v[0] - 1e-9 <= extremum.y <= v[1] + 1e-9]
        return fitting[0] if fitting else None

    def _piece_at(self, x: float) -> Node:
        return next(p.tree for p in self.function.pieces if p.lo <= x <= p.hi)

    def _ball_at(self, tree: Node, x: object) -> object:
        return ball_program(tree, precision=PRECISION)(x)[0]

    def zeros(self, zeros: Sequence[float | Interval]) -> tuple[Interval | None, ...]:
        """An enclosure for each zero, and proof that there are no others."""
        enclosures: dict[float, Interval] = {}
        for piece in self.function.pieces:
            if piece.tree.constant:
                continue
            guesses = [x for x in zeros if not isinstance(x, tuple) and piece.lo < x < piece.hi]
            found = prove_zeros(piece.tree, 0, piece.lo, piece.hi, guesses, self.budget)
            for x, enclosed in zip(guesses, found.enclosed, strict=True):
                if enclosed is not None:
                    enclosures[x] = (enclosed.lo, enclosed.hi)
            self.undecided += [Undecided("zeros", span) for span in found.undecided]
        for end in self._edges():
            if float(end) in zeros and not isinstance(end, float):
                enclosures[float(end)] = outward(exact_ball(end))
        if not self.exact:
            return (None,) * len(zeros)
        return tuple(x if isinstance(x, tuple) else enclosures.get(x) for x in zeros)


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
    proof = Proof(tree, function, _turning(segments), budget)
    minimum, maximum = proof.global_minimum(found.minimum), proof.global_maximum(found.maximum)
    proof.turning_points((*found.minima, *found.maxima))
    zero_enclosures = proof.zeros(found.zeros)
    kinks, undecided = kinks_proven(function, found.kinks, DEFAULT_MAX_ORDER, proof.exact)
    return replace(
        found,
        minimum=minimum,
        maximum=maximum,
        minima=tuple(proof.local(e) for e in found.minima),
        maxima=tuple(proof.local(e) for e in found.maxima),
        zero_enclosures=zero_enclosures,
        kinks=kinks,
        undecided=(*proof.undecided, *undecided),
    )


def prove_kink_report(
    tree: Node, function: Piecewise, found: KinkReport, seconds: float
) -> KinkReport:
    """A kink report with enclosures."""
    exact = not undecided_pieces(tree, function, Budget(seconds))
    kinks, undecided = kinks_proven(function, found.kinks, found.max_order, exact)
    return replace(found, kinks=kinks, undecided=undecided)


Function = tuple[Node, Piecewise]


def prove_row(
    candidate: tuple[Node, Piecewise, Sequence[Segment]],
    target: Function,
    turning: Sequence[float],
    row: ComparisonRow,
    seconds: float,
) -> ComparisonRow:
    """A row of a comparison with its largest error, minimum and kinks proven."""
    budget = Budget(seconds)
    tree, function, segments = candidate
    proof = Proof(tree, function, _turning(segments), budget)
    sound = proof.exact and not undecided_pieces(*target, budget)
    largest = proven_max_error(function, target[1], row.max_error, turning, budget)
    kinks, _ = kinks_proven(function, row.kinks, DEFAULT_MAX_ORDER, proof.exact)
    return replace(
        row,
        max_error=replace(largest, proven=largest.proven and sound),
        minimum=proof.global_minimum(row.minimum),
        kinks=kinks,
    )


def _turning(segments: Sequence[Segment]) -> list[float]:
    return [float(s.lo) for s in segments]


def kinks_proven(
    function: Piecewise, kinks: Sequence[Kink], max_order: int, exact: bool
) -> tuple[tuple[Kink, ...], tuple[Undecided, ...]]:
    """The kinks with enclosures, and the breakpoints at which it could not be decided.

    exact: whether the pieces themselves are proven.
    """
    proven, places = prove_kinks(function, kinks, max_order)
    if not exact:
        proven = tuple(replace(kink, proven=False) for kink in proven)
        places = tuple(float(x) for x in function.breakpoints)
    return proven, tuple(Undecided("kinks", (x, x)) for x in places)
