"""Series with a proven bound on their rest: tails that hold from some x on, by proof.

The same arithmetic as `actx.arithmetic.series`, with coefficients that are exact or arb balls, and
with every term that is left out bounded for all t >= start: a term c·m below the cut counts as
|c|·max(m/cut), the maximum being taken at `start`, beyond the last peak of m/cut; the rest of an
expansion in something small is bounded by `Expansion.rest`. These are Taylor models about infinity
(Makino, Berz, Taylor models and other validated functional inclusion methods, Int. J. Pure Appl.
Math. 4, 2003).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import Any

from flint import arb, arb_series, ctx

from actx.arithmetic.balls import whole
from actx.arithmetic.coefficients import (
    LARGE,
    Number,
    Oscillates,
    Undetermined,
    _for_balls,
    sign_of,
    times,
)
from actx.arithmetic.expansions import Expansion
from actx.arithmetic.monomials import UNIT, Monomial, T, Term, compare, merge, term_derivative
from actx.arithmetic.series import Arithmetic, Place, Series, constant
from actx.arithmetic.turns import Turns, turns
from actx.calculus.expansion import Expander
from actx.language.operations import OPERATIONS
from actx.language.tree import Node


class TooNear(Undetermined):
    """The bounds hold only further out."""


class Balls:
    """Numbers as arb balls."""

    def constant(self, name: str) -> Number:
        return turns(1) if name == "pi" else _number(arb.const_e())

    def rounded(self, value: Number) -> Number:
        return _number(ball(value))

    def exp(self, value: Number) -> Number:
        return _number(ball(value).exp())

    def log(self, value: Number) -> Number:
        return _number(ball(value).log())

    def sqrt(self, value: Number) -> Number:
        return _number(ball(value).sqrt())

    def sin(self, value: Number) -> Number:
        return _number(
            ball(value.share).sin_pi() if isinstance(value, Turns) else ball(value).sin()
        )

    def cos(self, value: Number) -> Number:
        return _number(
            ball(value.share).cos_pi() if isinstance(value, Turns) else ball(value).cos()
        )

    def power(self, value: Number, exponent: Number) -> Number:
        return _number(ball(value) ** ball(exponent))


def _number(value: Any) -> Number:
    """A ball as a coefficient, as a whole number where it is one exactly."""
    known = whole(value, LARGE >> 1) if isinstance(value, arb) and value.is_exact() else None
    return value if known is None else known


def ball(value: Any) -> arb:
    """A number as an arb ball."""
    if isinstance(value, Turns):
        return value.ball()
    return value if isinstance(value, arb) else arb(_for_balls(value))


Part = tuple[arb, Monomial]  # a bound on |coefficient| as an arb, and its monomial


class BallArithmetic(Arithmetic):
    """Series arithmetic with coefficients that are exact or balls."""

    largest_exponent = math.inf  # balls do not overflow
    most_bits = 1 << 14

    def __init__(self, size: int) -> None:
        super().__init__(size, Balls())


class ProvenArithmetic(BallArithmetic):
    """Series arithmetic in which what is left out is bounded for all t >= start."""

    def __init__(self, size: int, start: float) -> None:
        super().__init__(size)
        self.start = start
        self._highest: dict[Monomial, arb] = {}

    def _bounded(self, terms: tuple[Term, ...], rests: list[Part]) -> Series:
        """Terms and bounds as a series of at most `size` terms."""
        dropped = [(abs(ball(c)), m) for c, m in terms[self.size :]]
        parts = [*rests, *dropped]
        if not parts:
            return Series(self.shortened(terms), None, self.start)
        cut = parts[0][1]
        for _, m in parts[1:]:
            cut = m if compare(m, cut) > 0 else cut
        kept = []
        for c, m in terms[: self.size]:
            if compare(m, cut) > 0:
                kept.append((c, m))
            else:
                parts.append((abs(ball(c)), m))
        total = sum((c * self.highest(m / cut) for c, m in parts), arb(0))
        known = self.shortened(tuple(kept))
        return Series(known, cut, self.start, _number(arb(total.upper())))

    def highest(self, m: Monomial) -> arb:
        """The largest value for t >= start of a monomial that does not grow."""
        if m == UNIT:
            return arb(1)
        known = self._highest.get(m)
        if known is None:
            known = self._highest[m] = highest(m, self.start)
        return known

    def add(self, a: Series, b: Series) -> Series:
        return self._bounded(merge(a.terms + b.terms), [*_rest(a), *_rest(b)])

    def neg(self, a: Series) -> Series:
        return Series(tuple([(-c, m) for c, m in a.terms]), a.cut, a.start, a.rest)

    def mul(self, a: Series, b: Series) -> Series:
        if a.vanishes or b.vanishes:
            return Series((), None, self.start)
        terms = [(times(c, d), m * n) for c, m in a.terms for d, n in b.terms]
        rests = [
            (abs(ball(c)) * rho, m * cut)
            for one, other in ((a, b), (b, a))
            for rho, cut in _rest(other)
            for c, m in one.terms
        ]
        rests += [(r * q, m * n) for r, m in _rest(a) for q, n in _rest(b)]
        return self._bounded(merge(terms), rests)

    def _circular(self, a: Series, quarter: int) -> Series:
        """sin or cos, which is at most 1 where it oscillates without end."""
        try:
            return super()._circular(a, quarter)
        except Oscillates:
            return Series((), UNIT, self.start, 1)

    def compose(self, expansion: Expansion, small: Series) -> Series:
        if small.vanishes:
            return constant(next(expansion.coefficients))
        parts = [(abs(ball(c)), m) for c, m in small.terms] + _rest(small)
        lead = parts[0][1]
        sigma = sum((c * self.highest(m / lead) for c, m in parts), arb(0))
        if not sigma * self.highest(lead) < 0.5:
            raise TooNear("an expansion does not converge yet")
        known = list(islice(expansion.coefficients, self.size + 1))
        k = len(known) - 1
        result = constant(known[k - 1])
        for a in reversed(known[: k - 1]):
            result = self.add(self.mul(result, small), constant(a))
        rest = ball(expansion.rest(k, known[k])) * sigma**k
        return self._bounded(result.terms, [*_rest(result), (rest, lead**k)])


def _rest(series: Series) -> list[Part]:
    return [] if series.cut is None else [(ball(series.rest), series.cut)]


def size_ball(m: Monomial, t: float) -> arb:
    """The monomial at t > 1 as a ball."""
    x = arb(t)
    log_t = x.log()
    total = ball(m.power) * log_t
    if m.log:
        total += ball(m.log) * log_t.log()
    for c, inner in m.exponent:
        total += ball(c) * size_ball(inner, t)
    return total.exp()


def decreases(m: Monomial, start: float) -> bool:
    """Whether a monomial is proven to decrease for all t >= start.

    t·(log m)' is a sum of terms; the positive ones must be outweighed by the leading negative one
    at the start, and their ratios to it decrease from there on.
    """
    rates = _rates(m)
    positive = [(c, n) for c, n in rates if not c < 0]
    if not rates or not positive:
        return bool(rates)
    lead_c, lead = rates[0]
    if not lead_c < 0:
        return False
    shares = arb(0)
    for c, n in positive:
        ratio = n / lead
        if not decreases(ratio, start):
            return False
        shares += abs(ball(c) / ball(lead_c)) * size_ball(ratio, start)
    return bool(shares < 1)


def _rates(m: Monomial) -> tuple[Term, ...]:
    """t·(log m)' as terms, largest first."""
    rates = [
        (times(c, d), n * T) for c, inner in m.exponent for d, n in term_derivative((1, inner))
    ]
    if m.power:
        rates.append((m.power, UNIT))
    if m.log:
        rates.append((m.log, Monomial(log=-1)))
    return merge(rates)


def highest(m: Monomial, start: float) -> arb:
    """The largest value for t >= start of a monomial that decreases from there on."""
    if not decreases(m, start):
        raise TooNear("a term still rises")
    return size_ball(m, start)


class BallExpander(Expander):
    """Series with coefficients that are exact or balls, without a bound on their rest."""

    def __init__(self, place: Place, size: int, arithmetic: BallArithmetic | None = None) -> None:
        super().__init__(place, size, arithmetic or BallArithmetic(size))

    def _at(self, place: Place) -> Expander:
        # Taylor coefficients at a point are wanted there, and not their rest
        return BallExpander(place, self.arithmetic.size + 2)

    def _function_value(self, name: str, x: Number) -> Number:
        if name == "atan" and isinstance(x, int) and abs(x) == 1:
            return _number(turns(Fraction(x, 4)))
        return _number(_rule(name)(ball(x)))


class ProvenExpander(BallExpander):
    """Series with bounds, valid from `start` on."""

    def __init__(self, place: Place, size: int, start: float) -> None:
        super().__init__(place, size, ProvenArithmetic(size, start))
        self.start = start

    def _taylor_rest(self, name: str, centre: Number, k: int, _: Number) -> Number:
        """|g^(k)|/k! over the points within 1/2 of the centre (Lagrange's form of the rest)."""
        around = arb_series([arb(ball(centre).mid(), ball(centre).rad() + 0.5), 1], k + 1)
        coefficient = _rule(name)(around)[k]
        return _number(abs(coefficient))


def _rule(name: str) -> Callable[[Any], Any]:
    """What an operation is on balls and on power series in them."""
    rule = OPERATIONS[name].taylor
    assert rule is not None
    return rule


@lru_cache(maxsize=64)
def proven_expander(place: Place, size: int, start: float, precision: int) -> ProvenExpander:
    """The shared expander of a place and a start, for a precision of flint's context."""
    return ProvenExpander(place, size, start)


SIZES = (4, 8)
STARTS = tuple(2.0**k for k in (1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 10, 12, 16, 20, 30, 40))


def proven_series(
    tree: Node,
    place: Place,
    least_start: float,
    bare: bool = True,
) -> Iterable[Series]:
    """Series of a smooth tree with a proven rest, for growing starts from `least_start` on.

    The caller takes the first that answers its question.
    bare: whether a rest alone may answer it; if not, one whose terms cancel is tried but once.
    Raises SeriesError where there is none.
    """
    later = [start for start in STARTS if start >= least_start]
    for first in (0, 1):  # a later start costs less than more terms
        for start in later:
            series = _with_enough_terms(tree, place, start, SIZES[first:])
            if series is not None:
                yield replace(series, start=start)
                if not (bare or series.terms or series.vanishes):
                    break


def _with_enough_terms(
    tree: Node, place: Place, start: float, sizes: Sequence[int]
) -> Series | None:
    """The series valid from a start on; with more terms where the first ones cancel.

    Raises Undetermined where no number of terms does, which no other start changes.
    """
    last = Undetermined("no terms")
    for size in sizes:
        try:
            return proven_expander(place, size, start, ctx.prec).series(tree)
        except TooNear:
            return None
        except Undetermined as reason:
            last = reason
    raise last


def variation(series: Series, start: float) -> arb:
    """A bound on |f - leading constant| for all t >= start, for a series that has a limit."""
    total = arb(0)
    for c, m in series.terms:
        if compare(m, UNIT) < 0:
            total += abs(ball(c)) * highest(m, start)
    for rho, cut in _rest(series):
        total += rho * highest(cut, start)
    return total


def settled_sign(series: Series, start: float) -> int | None:
    """The sign for all t >= start, or None where the leading term is not proven to decide it."""
    if series.vanishes:
        return 0
    if not series.terms:
        return None
    c, m = series.terms[0]
    parts = [(abs(ball(d)), n / m) for d, n in series.terms[1:]]
    parts += [(rho, cut / m) for rho, cut in _rest(series)]
    try:
        total = sum((d * highest(q, start) for d, q in parts), arb(0))
    except TooNear:
        return None
    return sign_of(c) if total < abs(ball(c)) else None


def least_size(series: Series, start: float) -> arb | None:
    """A lower bound on |f| for all t >= start where the leading term grows; None if not proven."""
    c, m = series.terms[0]
    if not decreases(UNIT / m, start):
        return None
    parts = [(abs(ball(d)), n / m) for d, n in series.terms[1:]]
    parts += [(rho, cut / m) for rho, cut in _rest(series)]
    try:
        shares = sum((d * highest(q, start) for d, q in parts), arb(0))
    except TooNear:
        return None
    return (abs(ball(c)) - shares) * size_ball(m, start)


def half_way(width: Number) -> float:
    """The t of half a width; infinite for one that floats do not tell from nothing."""
    return 2 / float(width) if float(width) else math.inf


def reached(place: Place, t: float) -> float:
    """A float x such that all x' from there to the place, both included, belong to t' >= t."""
    if place.base is None or math.isinf(t):
        return place.x(t)
    exact = Fraction(place.base) + place.side / Fraction(t)
    x = float(exact)
    while (exact - Fraction(x)) * place.side < 0:
        x = math.nextafter(x, -place.side * math.inf)
    return x


def beyond(place: Place, start: float) -> float:
    """An x near t = start, on the side of the place: all from there to the place has t >= start."""
    if place.base is None or math.isinf(start):
        return place.x(start)
    exact = Fraction(place.base) + place.side / Fraction(start)
    x = float(exact)
    while (Fraction(x) - exact) * place.side > 0:
        x = math.nextafter(x, -place.side * math.inf)
    return x
