"""A formula as smooth pieces on consecutive intervals of the extended line.

Whatever makes a formula piecewise (relu, clip, abs, min, max, sign, a comparison, if/else) is first
written by its cases, so that only comparisons are left, and those that tell on which step a floor
is; the zeros of the difference of their sides are the breakpoints, solved and not guessed. Between
them each comparison is decided and the tree becomes smooth. Poles and ends of definition (log of 0,
division by 0) divide pieces as well.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np

from actx.arithmetic.coefficients import Number
from actx.calculus.balls import middle_in_balls
from actx.calculus.boxes import inner_point
from actx.calculus.cleared import cleared
from actx.calculus.enclosure import enclosure
from actx.calculus.guards import guards, guards_at
from actx.calculus.point_values import float_value
from actx.calculus.resolve import holds, resolved
from actx.calculus.steps import check_bounded
from actx.calculus.values import evaluate
from actx.calculus.vanishing import without_zeros
from actx.calculus.zeros import float_sign, identically_zero, zeros
from actx.core.domain import smaller
from actx.core.errors import AnalysisError
from actx.language.constants import constant_value
from actx.language.derivative import derivative
from actx.language.signs import sign_by_form
from actx.language.stable import bounded
from actx.language.text import number_text, short, to_text
from actx.language.tree import (
    NUMBER,
    TABLE,
    ZERO,
    Node,
    X,
    as_fraction,
    number,
    replace,
    simplified,
    simplify,
    walk,
)

MAX_PIECES = 500
_FAR = 80.0  # further out, NaN at an end of the domain means that float64 overflows on the way
_ONE_PLACE = 8  # zeros within so many units in the last place are one breakpoint


@dataclass(frozen=True)
class Piece:
    """A smooth tree on the open interval (lo, hi); an exact end is a fraction."""

    lo: Number
    hi: Number
    tree: Node

    @property
    def inside(self) -> float:
        """Some point of the open interval, not near its middle or a round number."""
        return inner_point(self.lo, self.hi)


@dataclass(frozen=True)
class Piecewise:
    """A function on a domain: smooth pieces from left to right, without gaps.

    points: its own value at each finite end and where pieces meet, NaN where it has none. parts:
    the pieces before those were joined that are one function, for whoever has to prove them.
    """

    pieces: tuple[Piece, ...]
    points: Mapping[Number, float] = field(default_factory=dict)
    parts: tuple[Piece, ...] = ()

    @property
    def lo(self) -> float:
        return float(self.pieces[0].lo)

    @property
    def hi(self) -> float:
        return float(self.pieces[-1].hi)

    @property
    def breakpoints(self) -> tuple[Number, ...]:
        """Where two pieces meet."""
        return tuple(piece.lo for piece in self.pieces[1:])

    def map(self, change: Callable[[Node], Node]) -> Piecewise:
        """The function with each piece's tree changed, its own values at the edges left open."""
        return Piecewise(tuple(Piece(p.lo, p.hi, change(p.tree)) for p in self.pieces))

    def at_edge(self, x: Number) -> float:
        """The function's own value at an end of the domain, a breakpoint, or within a piece."""
        if x in self.points:
            return self.points[x]
        piece = next((p for p in self.pieces if x <= p.hi), self.pieces[-1])
        return _value(piece.tree, x)

    def derivative(self, order: int = 1) -> Piecewise:
        """The derivative between the breakpoints."""
        return self.map(lambda tree: derivative(tree, order))

    def __sub__(self, other: Piecewise) -> Piecewise:
        """The difference of two functions on one domain, 0 where they are one function."""
        points = {x: self.at_edge(x) - other.at_edge(x) for x in (*self.points, *other.points)}
        return Piecewise(
            tuple(
                Piece(lo, hi, ZERO if identically_zero(f - g, lo, hi) else f - g)
                for lo, hi, f, g in self.overlaps(other)
            ),
            points,
        )

    def overlaps(self, other: Piecewise) -> Iterator[tuple[Number, Number, Node, Node]]:
        """The stretches between the breakpoints of either function, with both trees."""
        i = j = 0
        while i < len(self.pieces) and j < len(other.pieces):
            a, b = self.pieces[i], other.pieces[j]
            lo, hi = max(a.lo, b.lo), min(a.hi, b.hi)
            if lo < hi:
                yield lo, hi, a.tree, b.tree
            i += a.hi == hi
            j += b.hi == hi


@lru_cache(maxsize=512)
def pieces(tree: Node, lo: float = -math.inf, hi: float = math.inf) -> Piecewise:
    """The smooth pieces of a tree without parameters on [lo, hi].

    Raises AnalysisError where the formula is undefined on a part of the domain, has too many
    breakpoints, or has breakpoints that cannot be found.
    """
    start, end = _exact(lo), _exact(hi)
    cutter = _Cutter()
    done: list[Piece] = []
    waiting = [Piece(start, end, bounded(simplify(tree)))]
    while waiting:
        piece = waiting.pop()
        part, cuts = cutter.divide(piece)
        if not cuts:
            done.append(part)
        else:
            edges = [piece.lo, *cuts, piece.hi]
            waiting.extend(reversed([Piece(a, b, part.tree) for a, b in pairwise(edges)]))
        if len(done) + len(waiting) > MAX_PIECES:
            raise _too_many(lo, hi)
    done = [Piece(p.lo, p.hi, cleared(_defined(p, tree))) for p in done]
    edges = [x for x in dict.fromkeys([start, *(p.hi for p in done)]) if math.isfinite(x)]
    own = {x: decided_at(tree, x) for x in edges}
    merged = tuple(_merged(done, own))
    met = {x for p in merged for x in (p.lo, p.hi)}
    points = {x: _value(own[x], x) for x in edges if x in met}
    for x in (lo, hi):
        if abs(x) > _FAR and math.isnan(points.get(_exact(x), 0.0)):
            del points[_exact(x)]
    return Piecewise(merged, points, tuple(done))


def _too_many(lo: float, hi: float) -> AnalysisError:
    advice, part = smaller(lo, hi)
    what = f"The formula has more than {MAX_PIECES} breakpoints between {lo:g} and {hi:g}."
    return AnalysisError(what, advice, domain=part)


def _exact(end: float) -> Number:
    return Fraction(repr(float(end))) if math.isfinite(end) else float(end)


def _merged(done: list[Piece], own: Mapping[Number, Node]) -> Iterator[Piece]:
    """The pieces, neighbours with one tree joined: where nothing changes is no breakpoint.

    own: what the function is at the very points where pieces meet.
    """
    last: Piece | None = None
    for piece in done:
        if last is None:
            last = piece
        elif piece.tree is last.tree is own[piece.lo] and not _singular_at(piece.tree, piece.lo):
            last = Piece(last.lo, piece.hi, last.tree)
        else:
            yield last
            last = piece
    if last is not None:
        yield last


def _singular_at(tree: Node, x: Number) -> bool:
    """Whether some operation of a smooth tree is singular at x."""
    return any(_sign_at(guard, x) in (0, math.nan) for guard in guards(tree))


# --- dividing a piece where a comparison changes or something is singular ---


@dataclass(frozen=True)
class _Signs:
    """The sign of a tree between neighbouring edges."""

    edges: tuple[Number, ...]
    signs: tuple[int, ...]


class _Cutter:
    """Divides pieces; remembers what it has solved, so that a zero is found once only.

    Zeros are found up to rounding, so that a second search beside one would find it again.
    """

    def __init__(self) -> None:
        self.solved: dict[Node, list[_Signs]] = {}
        self.cuts: list[Number] = []  # all that were made, in order

    def divide(self, piece: Piece) -> tuple[Piece, list[Number]]:
        """The piece with comparisons decided as far as they are, and where it must be cut."""
        cuts: set[Number] = set()

        def decide(comparison: Node, a: Node, b: Node) -> Node | None:
            difference = simplified("sub", a, b)
            sign = self._sign(difference, piece, cuts, comparison)
            return None if sign is None else holds(comparison.op, sign)

        def about(u: Node) -> float:
            check_bounded(u, piece.lo, piece.hi)
            return float(evaluate(u, piece.inside))

        tree, smooth = resolved(piece.tree, decide, about)
        if smooth:
            cuts.update(self._singularities(tree, piece))
        return Piece(piece.lo, piece.hi, tree), sorted(cuts)

    def _sign(
        self, difference: Node, piece: Piece, cuts: set[Number], comparison: Node
    ) -> int | None:
        """The sign on all of the piece; None where it changes, and the places go into `cuts`."""
        if difference.constant:
            return float_sign(constant_value(difference))
        found = self._known(difference, piece)
        if found is None:
            singular = self._singularities(difference, piece)
            if singular:
                cuts.update(singular)
                return None
            if _undefined(difference, piece):
                raise _no_value(comparison, piece)
            found = self._solve(difference, piece)
        inside = [x for x in found.edges if piece.lo < x < piece.hi]
        cuts.update(inside)
        if inside:
            return None
        return found.signs[max(0, bisect_right(found.edges, piece.lo) - 1)]

    def _singularities(self, part: Node, piece: Piece) -> list[Number]:
        """Where an operation within a smooth part of the tree is singular; innermost first."""
        for guard in guards(part):
            found = self._known(guard, piece)
            if found is None and _undefined(guard, piece):
                continue
            found = found or self._solve(guard, piece)
            inside = [x for x in found.edges if piece.lo < x < piece.hi]
            if inside:
                return inside
        return []

    def _known(self, tree: Node, piece: Piece) -> _Signs | None:
        for found in self.solved.get(tree, ()):
            if found.edges[0] <= piece.lo and piece.hi <= found.edges[-1]:
                return found
        return None

    def _solve(self, tree: Node, piece: Piece) -> _Signs:
        zero = zeros(tree, piece.lo, piece.hi)
        lean = without_zeros(tree, piece.lo, piece.hi) if zero.blurred else tree
        if lean is not tree:
            return self._solve(lean, piece)
        if zero.blurred:
            advice, part = smaller(float(piece.lo), float(piece.hi))
            raise AnalysisError(
                f"Where {short(tree)} changes its sign between {float(piece.lo):g} and "
                f"{float(piece.hi):g} cannot be told within the budget: too often, or too close to "
                "rounding errors.",
                advice,
                domain=part,
            )
        signs = [zero.left or zero.right] if not zero.points else [zero.points[0].left]
        edges = [piece.lo]
        for point in zero.points:
            x = self._placed(point.x, piece)
            if x == edges[-1] or x == piece.hi:  # the sign beside an old cut is that further in
                signs[-1] = point.right if x == edges[-1] else signs[-1]
                continue
            edges.append(x)
            signs.append(point.right)
        found = _Signs((*edges, piece.hi), tuple(signs))
        self.solved.setdefault(tree, []).append(found)
        return found

    def _placed(self, x: Number, piece: Piece) -> Number:
        """A zero, or the cut made before that it cannot be told from."""
        at = bisect_left(self.cuts, x)
        for old in self.cuts[max(0, at - 1) : at + 1]:
            if abs(float(old) - float(x)) <= _ONE_PLACE * math.ulp(float(x)):
                return min(max(old, piece.lo), piece.hi)
        self.cuts.insert(at, x)
        return x


def _undefined(tree: Node, piece: Piece) -> bool:
    """Whether a smooth tree has no real value on a piece, as far as two points tell."""
    inside = (piece.inside, inner_point(piece.lo, piece.inside))
    return any(_infinite(n) for n in walk(tree)) or all(
        np.isnan(evaluate(tree, x)) and math.isnan(middle_in_balls(tree, x)) for x in inside
    )


def _defined(piece: Piece, whole: Node) -> Node:
    """The tree of a piece, which has values there. Raises AnalysisError where it has none."""
    if not _undefined(piece.tree, piece):
        return piece.tree
    lean = without_zeros(piece.tree, piece.lo, piece.hi)
    if lean is piece.tree or _undefined(lean, piece):
        raise _no_value(whole, piece)
    return lean


def _infinite(current: Node) -> bool:
    """Whether a constant has no value, such as the 1/0 that 1/(x - x) is."""
    return current.constant and current.op != TABLE and not math.isfinite(constant_value(current))


# --- the function at one point, where rounding must not decide which case holds ---


def decided_at(tree: Node, x: Number) -> Node:
    """The smooth tree that gives the function's own value at a finite x; itself where undefined."""
    if np.isnan(evaluate(tree, float(x))):
        return tree
    return resolved(
        bounded(simplify(tree)),
        lambda comparison, a, b: holds(comparison.op, _sign_at(simplified("sub", a, b), x)),
        lambda u: float(evaluate(u, float(x))),
    )[0]


def _sign_at(difference: Node, x: Number) -> float:
    """The sign of a smooth tree at x, 0 where it cannot be told from zero, NaN where undefined."""
    if not isinstance(x, float):
        exact = replace(difference, X, number(x))
        if exact.op == NUMBER:
            return float_sign(as_fraction(exact))
    at = float(x)
    value = float(evaluate(difference, at))
    if not math.isfinite(value):
        return value
    reach = 0.0 if not isinstance(x, float) and Fraction(at) == x else _ONE_PLACE * math.ulp(at)
    with np.errstate(all="ignore"):
        lo, hi = enclosure(difference)((np.float64(at - reach), np.float64(at + reach)))[0]
    return int(lo > 0) - int(hi < 0) or sign_by_form(difference, float_sign(at))


def _value(tree: Node, x: Number) -> float:
    """The value of a smooth tree at a finite x, NaN where it has none."""
    value = float_value(tree, x)
    return value if math.isfinite(value) and not _hides_a_pole(tree, x) else math.nan


def _hides_a_pole(tree: Node, x: Number) -> bool:
    """Whether some operation has no value at x where floats have one: 1/log(x) is 0 at 0 there."""
    return any(
        not np.isfinite(evaluate(current, float(x)))
        and any(_sign_at(guard, x) == 0 for guard in guards_at(current))
        for current in walk(tree)
        if current.args and not current.constant
    )


def _no_value(tree: Node, piece: Piece) -> AnalysisError:
    lo = "-inf" if piece.lo == -math.inf else _shown(piece.lo)
    hi = "inf" if piece.hi == math.inf else _shown(piece.hi)
    text = to_text(tree)
    return AnalysisError(
        f"{text if len(text) < 200 else text[:197] + '...'} has no real value for x between {lo} "
        f"and {hi}.",
        "Give a {domain} on which it is defined.",
        domain=None,
    )


def _shown(x: Number) -> str:
    return number_text(x)[0] if isinstance(x, Fraction) else f"{float(x):.6g}"
