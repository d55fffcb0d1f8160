"""Asymptotic series: how a smooth formula behaves at a point of the extended real line.

Near a place (+inf, -inf, or one side of a finite p) everything is written in one variable t that
tends to +infinity: x = t, x = -t, or x = p ± 1/t. A series is a sum of terms c·m, largest first,
where a monomial is m = exp(E)·t^p·(log t)^q and E is itself a sum of such terms that tends to
infinity. `cut` bounds what was left out: the rest is O(cut); None says that nothing was left out.
A tail, a one-sided limit and the one-sided derivatives at a breakpoint are all read off from it.

The method is that of transseries with exact leading behaviour: Gruntz, On Computing Limits in a
Symbolic Manipulation System, ETH 1996, chapters 3 and 5; Richardson, Salvy, Shackell, van der
Hoeven, Asymptotic expansions of exp-log functions, ISSAC 1996. Coefficients are exact fractions as
long as the formula has them, else floats; a float sum that cancels to 1e-13 of its parts is zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import islice

from actx.arithmetic.coefficients import (
    MAX_BITS,
    Float,
    Floats,
    Number,
    Oscillates,
    Reals,
    SeriesError,
    Undefined,
    Undetermined,
    absolute,
    is_long,
    magnitude,
    quotient,
    sign_of,
    tidy,
    times,
    to_float,
)
from actx.arithmetic.expansions import (
    Expansion,
    binomial,
    circular,
    erfc_at_infinity,
    exponential,
    logarithm,
)
from actx.arithmetic.monomials import (
    LARGE_CONSTANT,
    LOG_T,
    UNIT,
    Monomial,
    T,
    Term,
    compare,
    merge,
    term_at,
    term_derivative,
    vanishing_from,
)

_CONVERGES = 0.5  # an expansion in something this small at most is trusted


@dataclass(slots=True)  # frozen ones take three times as long to make
class Series:
    """Terms, largest first, and the monomial that bounds the rest (None: there is no rest).

    Never changed.

    start: from this t on each expansion made on the way converges or decreases well. rest: a
    number with |rest of the function| <= rest·cut from there on, where that is proven.
    """

    terms: tuple[Term, ...]
    cut: Monomial | None = None
    start: float = 1.1
    rest: Number = math.nan

    @property
    def lead(self) -> Term:
        """The dominant term. Raises Undetermined where it lies below the cut."""
        if not self.terms:
            raise Undetermined("the terms known so far cancel")
        return self.terms[0]

    @property
    def vanishes(self) -> bool:
        """Whether this is exactly 0."""
        return not self.terms and self.cut is None

    def limit(self) -> float:
        """The limit at the place, possibly infinite."""
        if self.terms and compare(self.terms[0][1], UNIT) >= 0:
            c, m = self.terms[0]
            return to_float(c) if compare(m, UNIT) == 0 else math.copysign(math.inf, sign_of(c))
        if self.cut is not None and compare(self.cut, UNIT) >= 0:
            raise Undetermined("the limit lies below the terms known so far")
        return 0.0

    def coefficient(self, monomial: Monomial) -> Number:
        """The coefficient of a monomial. Raises Undetermined where it lies below the cut."""
        if self.cut is not None and compare(self.cut, monomial) >= 0:
            raise Undetermined("the coefficient lies below the terms known so far")
        return next((c for c, m in self.terms if m == monomial), 0)

    def sign(self) -> int:
        """The sign near the place: 1, -1, or 0 where the series is exactly 0."""
        if self.vanishes:
            return 0
        return sign_of(self.lead[0])


def constant(value: Number) -> Series:
    return Series(((value, UNIT),) if value else ())


@dataclass(frozen=True)
class Place:
    """+inf or -inf (base None), or one side of a finite point; side is +1 (right) or -1 (left).

    At infinity the side names the end: +1 is +inf.
    """

    base: Number | None
    side: int

    def variable(self) -> Series:
        """x as a series in t."""
        if self.base is None:
            return Series(((self.side, T),))
        return Series(merge(((self.base, UNIT), (self.side, T**-1))))

    def rate(self) -> Series:
        """dt/dx as a series in t."""
        if self.base is None:
            return constant(self.side)
        return Series(((-self.side, T**2),))

    def x(self, t: Float) -> Float:
        """The x that belongs to t, a number or an array of them."""
        return self.side * t if self.base is None else float(self.base) + self.side / t

    @property
    def end(self) -> float:
        """Where t is infinite."""
        return self.side * math.inf if self.base is None else float(self.base)

    def beyond(self, t: float) -> tuple[float, float]:
        """All from a t to the place, from left to right."""
        x = self.x(t)
        return min(x, self.end), max(x, self.end)


class Arithmetic:
    """Series arithmetic that keeps at most `size` terms of each result.

    reals: how numbers that are not exact are made, in floats here; `actx.calculus.proven.series`
    makes them balls and carries a bound on the rest along.
    """

    largest_exponent: float = LARGE_CONSTANT
    most_bits = MAX_BITS

    def __init__(self, size: int, reals: Reals | None = None) -> None:
        self.size = size
        self.reals = reals or Floats()

    def _capped(self, terms: tuple[Term, ...], cut: Monomial | None, start: float) -> Series:
        kept = terms
        if cut is not None:
            kept = tuple(term for term in terms if compare(term[1], cut) > 0)
        if len(kept) > self.size:
            cut = kept[self.size][1]
            kept = kept[: self.size]
        if cut is not None:
            start = max([start, *(_below(c, m, cut) for c, m in terms[len(kept) :])])
        return Series(self.shortened(kept), cut, start)

    def shortened(self, terms: tuple[Term, ...]) -> tuple[Term, ...]:
        """The terms with coefficients rounded that have too many digits."""
        most = self.most_bits
        if not any(is_long(c, most) for c, _ in terms):
            return terms
        return tuple((self.reals.rounded(c) if is_long(c, most) else c, m) for c, m in terms)

    def add(self, a: Series, b: Series) -> Series:
        cut, start = _larger(a.cut, b.cut)
        return self._capped(merge(a.terms + b.terms), cut, max(a.start, b.start, start))

    def neg(self, a: Series) -> Series:
        return Series(tuple((-c, m) for c, m in a.terms), a.cut, a.start)

    def sub(self, a: Series, b: Series) -> Series:
        return self.add(a, self.neg(b))

    def mul(self, a: Series, b: Series) -> Series:
        if a.vanishes or b.vanishes:
            return Series(())
        cut = None
        start = max(a.start, b.start)
        for one, other in ((a, b), (b, a)):
            if one.cut is not None:
                top = other.terms[0][1] if other.terms else other.cut
                assert top is not None
                cut, above = _larger(cut, one.cut * top)
                start = max(start, above)
        terms = [(times(c, d), m * n) for c, m in a.terms for d, n in b.terms]
        return self._capped(merge(terms), cut, start)

    def compose(self, expansion: Expansion, small: Series) -> Series:
        """sum of a_k·small^k, where small tends to 0."""
        if small.vanishes:
            return constant(next(expansion.coefficients))
        if not small.terms:
            head = constant(next(expansion.coefficients))
            return Series(head.terms, small.cut, small.start)
        known = list(islice(expansion.coefficients, self.size + 1))
        result = constant(known[-1])
        for a in reversed(known[:-1]):
            result = self.add(self.mul(result, small), constant(a))
        cut, start = _larger(result.cut, small.terms[0][1] ** len(known))
        start = max(start, result.start, vanishing_from(small.terms, small.cut, _CONVERGES))
        return self._capped(result.terms, cut, start)

    def _relative(self, a: Series) -> tuple[Number, Monomial, Series]:
        """a = c·m·(1 + small)."""
        c, m = a.lead
        small = Series(
            tuple((quotient(d, c), n / m) for d, n in a.terms[1:]),
            None if a.cut is None else a.cut / m,
            a.start,
            a.rest if isinstance(a.rest, float) else times(absolute(quotient(1, c)), a.rest),
        )
        return c, m, small

    def power(self, a: Series, r: Number) -> Series:
        """a^r for a number r."""
        if a.vanishes:
            if r > 0:
                return a
            raise Undefined("division by zero")
        c, m, small = self._relative(a)
        if sign_of(c) < 0 and not (isinstance(r, int) or (isinstance(r, float) and r == int(r))):
            raise Undefined("a negative number to a power that is not whole")
        return self.mul(Series(((self._power(c, r), m**r),)), self.compose(binomial(r), small))

    def div(self, a: Series, b: Series) -> Series:
        return self.mul(a, self.power(b, -1))

    def exp(self, a: Series) -> Series:
        if a.cut is not None and compare(a.cut, UNIT) >= 0:
            raise Undetermined("the exponent is not known far enough")
        exponent: list[Term] = []
        power: Number = 0
        value: Number = 0
        small: list[Term] = []
        for c, m in a.terms:
            order = compare(m, UNIT)
            if order < 0:
                small.append((c, m))
            elif order == 0:
                value = c
            elif m == LOG_T:
                power = c
            else:
                exponent.append((c, m))
        if magnitude(value) > self.largest_exponent:
            exponent.append((value, UNIT))
            value = 0
        scale: Number = 1 if type(value) is int and value == 0 else self.reals.exp(value)
        head = Series(((scale, Monomial(tuple(exponent), power)),))
        return self.mul(
            head, self.compose(exponential(), Series(tuple(small), a.cut, a.start, a.rest))
        )

    def log(self, a: Series) -> Series:
        if a.vanishes:
            raise Undefined("the logarithm of zero")
        c, m, small = self._relative(a)
        if sign_of(c) < 0:
            raise Undefined("the logarithm of a negative number")
        if m.log:
            raise SeriesError("a logarithm of a logarithm grows too slowly to be followed")
        head = list(m.exponent)
        if type(c) is not int or c != 1:
            head.append((self.reals.log(c), UNIT))
        if m.power:
            head.append((m.power, LOG_T))
        return self.add(Series(merge(head)), self.compose(logarithm(), small))

    def split(self, a: Series) -> tuple[Number, Series] | None:
        """(limit, rest that tends to 0), or None where the limit is infinite."""
        if a.cut is not None and compare(a.cut, UNIT) >= 0:
            raise Undetermined("the limit lies below the terms known so far")
        if not a.terms or compare(a.terms[0][1], UNIT) < 0:
            return 0, a
        c, m = a.terms[0]
        return (c, Series(a.terms[1:], a.cut, a.start, a.rest)) if compare(m, UNIT) == 0 else None

    def sin(self, a: Series) -> Series:
        return self._circular(a, 0)

    def cos(self, a: Series) -> Series:
        return self._circular(a, 1)

    def _circular(self, a: Series, quarter: int) -> Series:
        parts = self.split(a)
        if parts is None:
            raise Oscillates("it oscillates without end")
        centre, small = parts
        return self.compose(self._circle(centre, quarter), small)

    def erf_at_infinity(self, a: Series, square: Series) -> Series:
        """erf = ±1 - exp(-a²)/(a sqrt(pi))·(1 - 1/(2a²) + 3/(4a⁴) - ...); DLMF 7.12.1."""
        decay = self.exp(self.neg(square))
        inverse = self.power(a, -1)
        bracket = self.compose(erfc_at_infinity(), self.mul(inverse, inverse))
        factor = constant(quotient(1, self.reals.sqrt(self.reals.constant("pi"))))
        correction = self.mul(self.mul(decay, factor), self.mul(inverse, bracket))
        return self.sub(constant(a.sign()), correction)

    def _power(self, c: Number, r: Number) -> Number:
        """c^r, exact where it is a simple fraction."""
        if isinstance(c, int | Fraction) and isinstance(r, int | Fraction):
            if r.denominator == 1 and magnitude(r) <= 64:
                return tidy(Fraction(c) ** int(r))
            if r.denominator == 2 and c > 0 and magnitude(r) <= 64:
                p, q = math.isqrt(c.numerator), math.isqrt(c.denominator)
                if p * p == c.numerator and q * q == c.denominator:
                    return tidy(Fraction(p, q) ** r.numerator)
        return tidy(self.reals.power(c, r))

    def _circle(self, centre: Number, quarter: int) -> Expansion:
        """sin (quarter 0) or cos (quarter 1) about a point."""
        if type(centre) is int and centre == 0:
            values: tuple[Number, ...] = (0, 1, 0, -1)
        else:
            sine, cosine = self.reals.sin(centre), self.reals.cos(centre)
            values = (sine, cosine, -sine, -cosine)
        return Expansion(circular(values, quarter), lambda k, _: Fraction(2, math.factorial(k)))


def _larger(a: Monomial | None, b: Monomial | None) -> tuple[Monomial | None, float]:
    """The larger of two bounds, and from which t on it is."""
    if a is None or b is None:
        return (b if a is None else a), 0.0
    large, small = (a, b) if compare(a, b) >= 0 else (b, a)
    return large, _below(1, small, large)


def _below(c: Number, m: Monomial, cut: Monomial) -> float:
    """From which t on c·m, which the cut leaves out, is in fact below it.

    Only another exponential can be above the cut for long: t·exp(-t) is above t^-15 up to t = 66.
    """
    if m.exponent == cut.exponent:
        return 0.0
    ratio = m / cut
    return 0.0 if compare(ratio, UNIT) >= 0 else _small_from(magnitude(c), ratio)


@lru_cache(maxsize=4096)
def _small_from(c: float, m: Monomial) -> float:
    return vanishing_from([(c, m)], None, 1.0)


def differentiate(series: Series, place: Place, size: int) -> Series:
    """The series of the derivative with respect to x, term by term."""
    arithmetic = Arithmetic(size + 2)
    rate = place.rate()
    terms: list[Term] = []
    for term in series.terms:
        terms.extend(term_derivative(term))
    cut = None
    if series.cut is not None:
        changes = term_derivative((1, series.cut))
        cut = changes[0][1] if changes else series.cut * T**-1
    return arithmetic.mul(Series(merge(terms), cut, series.start), rate)


def evaluate(series: Series, t: float) -> float:
    """The sum of the known terms at t."""
    return sum(term_at(c, m, t) for c, m in reversed(series.terms))
