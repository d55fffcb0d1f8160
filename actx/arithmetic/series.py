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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cmp_to_key, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from numpy.typing import NDArray

Float = TypeVar("Float", float, "NDArray[Any]")
Number: TypeAlias = int | Fraction | float  # exact as long as it is no float; or an arb ball

_CANCELLED = 1e-13
_MAX_BITS = 512
_LARGE = 1 << 256
_CONVERGES = 0.5  # an expansion in something this small at most is trusted
_LARGE_CONSTANT = 600  # exp of more stays in the exponent, where it cannot overflow


class SeriesError(Exception):
    """The behaviour at this place cannot be written as a series; str() says why."""


class Undetermined(SeriesError):
    """More terms are needed."""


class Undefined(SeriesError):
    """The formula has no real value near this place."""


class Oscillates(SeriesError):
    """sin or cos of something that grows without bound."""


@dataclass(frozen=True, slots=True)
class Monomial:
    """exp(sum of `exponent`) · t^power · (log t)^log."""

    exponent: tuple[tuple[Number, Monomial], ...] = ()
    power: Number = 0
    log: Number = 0

    _hash: int = field(default=0, init=False, repr=False, compare=False)  # 0: not known yet

    def __hash__(self) -> int:
        if not self._hash:
            inner = tuple([(_key(c), m) for c, m in self.exponent])
            object.__setattr__(self, "_hash", hash((inner, _key(self.power), _key(self.log))) or 1)
        return self._hash

    def __mul__(self, other: Monomial) -> Monomial:
        both = self.exponent and other.exponent
        return Monomial(
            _merge(self.exponent + other.exponent) if both else self.exponent or other.exponent,
            _sum(self.power, other.power),
            _sum(self.log, other.log),
        )

    def __truediv__(self, other: Monomial) -> Monomial:
        if self.exponent == other.exponent:  # cancels exactly, also where its numbers are balls
            exponent: tuple[Term, ...] = ()
        else:
            exponent = _merge(self.exponent + _negated(other.exponent))
        power, log = _sum(self.power, -other.power), _sum(self.log, -other.log)
        return Monomial(exponent, power, log)

    def __pow__(self, r: Number) -> Monomial:
        return Monomial(
            tuple((times(c, r), m) for c, m in self.exponent),
            times(self.power, r),
            times(self.log, r),
        )


def _key(value: Any) -> object:
    """Something to hash: a ball is equal to itself only."""
    return value if isinstance(value, int | float | Fraction) else id(value)


Term: TypeAlias = tuple[Number, Monomial]
UNIT = Monomial()
T = Monomial(power=1)
LOG_T = Monomial(log=1)


def compare(a: Monomial, b: Monomial) -> int:
    """1 if a/b tends to infinity, -1 if it tends to 0, else 0."""
    if a is b:
        return 0
    if a.exponent != b.exponent:
        difference = _merge(a.exponent + _negated(b.exponent))
        if difference and compare(difference[0][1], UNIT) > 0:
            return sign_of(difference[0][0])
    for p, q in ((a.power, b.power), (a.log, b.log)):
        if p is q or p == q:  # of balls only what is one number is equal
            continue
        if type(p) is int and type(q) is int:
            return 1 if p > q else -1
        d = _sum(p, -q)
        if d:
            return sign_of(d)
    return 0


def _by_dominance(s: tuple[Monomial, Number], t: tuple[Monomial, Number]) -> int:
    return compare(t[0], s[0])


_dominance = cmp_to_key(_by_dominance)


def _negated(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    return tuple([(-c, m) for c, m in terms])


def _sum(a: Number, b: Number) -> Number:
    try:
        total = a + b
    except TypeError:
        total = _for_balls(a) + _for_balls(b)
    if type(total) is int and -_LARGE < total < _LARGE:
        return total
    if isinstance(total, float):
        # an arb ball is true even where it holds 0, exact zeros apart
        return 0 if abs(total) <= _CANCELLED * (magnitude(a) + magnitude(b)) else total
    return _tidy(total)


def times(a: Number, b: Number) -> Number:
    """a·b, exact where both are."""
    try:
        return _tidy(a * b)
    except TypeError:
        return _tidy(_for_balls(a) * _for_balls(b))


def _for_balls(value: Any) -> Any:
    """A fraction in the form that arb balls can be combined with."""
    if isinstance(value, Fraction):
        from flint import fmpq

        return fmpq(value.numerator, value.denominator)
    return value


def _tidy(value: Any) -> Number:
    if type(value) is int and -_LARGE < value < _LARGE:
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise SeriesError("a coefficient overflows")
        return value
    if not isinstance(value, int | Fraction):
        return _tidy_ball(value)
    return value.numerator if value.denominator == 1 else value


def is_long(value: Any, most_bits: int) -> bool:
    """Whether an exact number has so many digits that it is better rounded."""
    if (type(value) is int and -_LARGE < value < _LARGE) or not isinstance(value, int | Fraction):
        return False
    return value.numerator.bit_length() + value.denominator.bit_length() > most_bits


def _tidy_ball(value: Any) -> Number:
    if not value.is_finite():
        raise SeriesError("a coefficient overflows")
    return 0 if value.is_zero() else value


def sign_of(value: Any) -> int:
    """The sign of a coefficient that is not 0. Raises Undetermined where a ball holds 0."""
    if value > 0:
        return 1
    if value < 0:
        return -1
    raise Undetermined("a coefficient cannot be told from zero")


def exact(value: Fraction) -> Number:
    """A fraction as a coefficient."""
    return _tidy(value)


def quotient(a: Number, b: Number) -> Number:
    """a/b, exact where both are."""
    if isinstance(a, int) and isinstance(b, int):
        return _tidy(Fraction(a, b))
    try:
        return _tidy(a / b)
    except TypeError:
        return _tidy(_for_balls(a) / _for_balls(b))


def to_float(value: Number) -> float:
    """The value as a float, infinite where it overflows."""
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def _absolute(value: Any) -> Number:
    """|value|, exact or as a ball."""
    result: Number = abs(value)
    return result


def magnitude(value: Number) -> float:
    """|value| as a float."""
    return abs(to_float(value))


def _merge(terms: Sequence[Term]) -> tuple[Term, ...]:
    """The terms sorted by dominance, those of one monomial added up."""
    if len(terms) <= 2:  # nearly always
        return _merged_pair(*terms) if len(terms) == 2 else tuple([t for t in terms if t[0]])
    found: dict[Monomial, Number] = {}
    for c, m in terms:
        known = found.get(m)
        found[m] = c if known is None else _sum(known, c)
    merged: list[Term] = []
    for m, c in found.items() if len(found) < 2 else sorted(found.items(), key=_dominance):
        if merged and compare(merged[-1][1], m) == 0:
            joined = _joined(merged.pop(), (c, m))
            if joined[0]:
                merged.append(joined)
        elif c:
            merged.append((c, m))
    return tuple(merged)


def _merged_pair(a: Term, b: Term) -> tuple[Term, ...]:
    if a[1] is b[1] or a[1] == b[1]:
        both = _sum(a[0], b[0]), a[1]
        return (both,) if both[0] else ()
    if not a[0] or not b[0]:
        return (a,) if a[0] else (b,) if b[0] else ()
    order = compare(a[1], b[1])
    if order == 0:
        both = _joined(a, b)
        return (both,) if both[0] else ()
    return (a, b) if order > 0 else (b, a)


def _joined(a: Term, b: Term) -> Term:
    """The sum of two terms that differ by a constant factor, exp of a large number say."""
    if a[1].exponent == b[1].exponent:
        return _sum(a[0], b[0]), b[1]
    difference = _merge(a[1].exponent + _negated(b[1].exponent))
    factor = to_float(difference[0][0]) if difference else 0.0  # log of a's monomial by b's
    if abs(factor) > _LARGE_CONSTANT:
        return a if factor > 0 else b
    return _sum(times(a[0], math.exp(factor)) if factor else a[0], b[0]), b[1]


@dataclass(frozen=True, slots=True)
class Series:
    """Terms, largest first, and the monomial that bounds the rest (None: there is no rest).

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
        return Series(_merge(((self.base, UNIT), (self.side, T**-1))))

    def rate(self) -> Series:
        """dt/dx as a series in t."""
        if self.base is None:
            return constant(self.side)
        return Series(((-self.side, T**2),))

    def x(self, t: Float) -> Float:
        """The x that belongs to t, a number or an array of them."""
        return self.side * t if self.base is None else float(self.base) + self.side / t


class Reals(Protocol):
    """Numbers that are not exact: what an irrational constant or function value is."""

    def constant(self, name: str) -> Number:
        """pi or e."""

    def rounded(self, value: Number) -> Number:
        """An exact number that has too many digits."""

    def exp(self, value: Number) -> Number: ...
    def log(self, value: Number) -> Number: ...
    def sqrt(self, value: Number) -> Number: ...
    def sin(self, value: Number) -> Number: ...
    def cos(self, value: Number) -> Number: ...
    def power(self, value: Number, exponent: Number) -> Number: ...


class Floats:
    """Floats, near but not proven."""

    def constant(self, name: str) -> Number:
        return {"pi": math.pi, "e": math.e}[name]

    def rounded(self, value: Number) -> Number:
        return _tidy(to_float(value))

    def exp(self, value: Number) -> Number:
        return math.exp(value)

    def log(self, value: Number) -> Number:
        return math.log(value)

    def sqrt(self, value: Number) -> Number:
        return math.sqrt(value)

    def sin(self, value: Number) -> Number:
        return math.sin(value)

    def cos(self, value: Number) -> Number:
        return math.cos(value)

    def power(self, value: Number, exponent: Number) -> Number:
        try:
            return float(float(value) ** float(exponent))
        except OverflowError:
            raise SeriesError("a coefficient overflows") from None


class Arithmetic:
    """Series arithmetic that keeps at most `size` terms of each result.

    reals: how numbers that are not exact are made, in floats here; `actx.calculus.proven.series`
    makes them balls and carries a bound on the rest along.
    """

    largest_exponent: float = _LARGE_CONSTANT
    most_bits = _MAX_BITS

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
        return self._capped(_merge(a.terms + b.terms), cut, max(a.start, b.start, start))

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
        return self._capped(_merge(terms), cut, start)

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
            a.rest if isinstance(a.rest, float) else times(_absolute(quotient(1, c)), a.rest),
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
        return self.mul(Series(((self._power(c, r), m**r),)), self.compose(_binomial(r), small))

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
            head, self.compose(_exponential(), Series(tuple(small), a.cut, a.start, a.rest))
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
        return self.add(Series(_merge(head)), self.compose(_logarithm(), small))

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
        bracket = self.compose(_erfc(), self.mul(inverse, inverse))
        factor = constant(quotient(1, self.reals.sqrt(self.reals.constant("pi"))))
        correction = self.mul(self.mul(decay, factor), self.mul(inverse, bracket))
        return self.sub(constant(a.sign()), correction)

    def _power(self, c: Number, r: Number) -> Number:
        """c^r, exact where it is a simple fraction."""
        if isinstance(c, int | Fraction) and isinstance(r, int | Fraction):
            if r.denominator == 1 and magnitude(r) <= 64:
                return _tidy(Fraction(c) ** int(r))
            if r.denominator == 2 and c > 0 and magnitude(r) <= 64:
                p, q = math.isqrt(c.numerator), math.isqrt(c.denominator)
                if p * p == c.numerator and q * q == c.denominator:
                    return _tidy(Fraction(p, q) ** r.numerator)
        return _tidy(self.reals.power(c, r))

    def _circle(self, centre: Number, quarter: int) -> Expansion:
        """sin (quarter 0) or cos (quarter 1) about a point."""
        if type(centre) is int and centre == 0:
            values: tuple[Number, ...] = (0, 1, 0, -1)
        else:
            sine, cosine = self.reals.sin(centre), self.reals.cos(centre)
            values = (sine, cosine, -sine, -cosine)
        return Expansion(_circular(values, quarter), lambda k, _: Fraction(2, math.factorial(k)))


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


@dataclass(frozen=True)
class Expansion:
    """The coefficients a_0, a_1, ... of a power series in something small.

    rest: given k and a_k, a number A with |a_k z^k + a_(k+1) z^(k+1) + ...| <= A |z|^k whenever
    |z| <= 1/2.
    """

    coefficients: Iterator[Number]
    rest: Callable[[int, Number], Number]


def _binomial(r: Number) -> Expansion:
    def coefficients() -> Iterator[Number]:
        value: Number = 1
        k = 0
        while True:
            yield value
            value = quotient(times(value, _sum(r, -k)), k + 1)
            k += 1

    def rest(k: int, a: Number) -> Number:
        size = _absolute(r)
        if not size <= k:
            raise Undetermined("a high power needs more terms")
        # from j = k on |a_(j+1)/a_j| = |j - r|/(j + 1) is at most 1, or (k + |r|)/(k + 1) < 2
        ratio = 1 if r >= 0 or size <= 1 else quotient(_sum(size, k), k + 1)
        return quotient(times(2, _absolute(a)), _sum(2, -ratio))

    return Expansion(coefficients(), rest)


def _exponential() -> Expansion:
    def coefficients() -> Iterator[Number]:
        factorial, k = 1, 0
        while True:
            yield Fraction(1, factorial) if k > 1 else 1
            k += 1
            factorial *= k

    return Expansion(coefficients(), lambda k, _: Fraction(2, math.factorial(k)))


def _logarithm() -> Expansion:
    def coefficients() -> Iterator[Number]:
        yield 0
        yield 1
        k = 2
        while True:
            yield Fraction((-1) ** (k + 1), k)
            k += 1

    return Expansion(coefficients(), lambda k, _: Fraction(2, k))


def atan_at_zero() -> Expansion:
    """atan(z) = z - z³/3 + ..."""

    def coefficients() -> Iterator[Number]:
        k = 0
        while True:
            yield (Fraction((-1) ** (k // 2), k) if k > 1 else 1) if k % 2 else 0
            k += 1

    return Expansion(coefficients(), lambda k, _: Fraction(2, k))


def _circular(values: Sequence[Number], quarter: int) -> Iterator[Number]:
    factor, k = Fraction(1), 0
    while True:
        yield times(factor, values[(k + quarter) % 4])
        k += 1
        factor /= k


def _erfc() -> Expansion:
    """Alternating and divergent; the rest is below the first term left out (DLMF 7.12)."""

    def coefficients() -> Iterator[Number]:
        value, k = Fraction(1), 0
        while True:
            yield _tidy(value)
            value *= Fraction(-(2 * k + 1), 2)
            k += 1

    return Expansion(coefficients(), lambda _, a: _absolute(a))


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
    return arithmetic.mul(Series(_merge(terms), cut, series.start), rate)


def term_derivative(term: Term) -> list[Term]:
    """d/dt of c·exp(E)·t^p·(log t)^q = c·m·(E' + p/t + q/(t log t)), largest part first."""
    c, m = term
    parts: list[Term] = [
        (times(c, d), m * n) for inner in m.exponent for d, n in term_derivative(inner)
    ]
    if m.power:
        parts.append((times(c, m.power), m * T**-1))
    if m.log:
        parts.append((times(c, m.log), m * Monomial(power=-1, log=-1)))
    return list(_merge(parts))


def log_size(monomial: Monomial, t: float) -> float:
    """log of the monomial at t > 1."""
    log_t = math.log(t)
    total = to_float(monomial.power) * log_t
    if monomial.log:
        total += to_float(monomial.log) * math.log(log_t)
    for c, m in monomial.exponent:
        size = log_size(m, t)
        if size > 700:  # the largest term comes first and decides
            return math.copysign(math.inf, c)
        total += to_float(c) * math.exp(size)
    return total


def size_at(c: Number, monomial: Monomial, t: float) -> float:
    """|c·m| at t, infinite where it overflows."""
    size = magnitude(c)
    if size == 0:  # a ball about 0, say
        return 0.0
    log = log_size(monomial, t) + math.log(size)
    return math.exp(log) if log < 700 else math.inf


def evaluate(series: Series, t: float) -> float:
    """The sum of the known terms at t."""
    return sum(_term_at(c, m, t) for c, m in reversed(series.terms))


def _term_at(c: Number, m: Monomial, t: float) -> float:
    """c·m at t; without exponentials not by way of logarithms, which would cost digits."""
    if not m.exponent and not m.log:
        try:
            return float(to_float(c) * t ** to_float(m.power))
        except OverflowError:
            pass
    return math.copysign(size_at(c, m, t), c)


def vanishing_from(terms: Iterable[Term], cut: Monomial | None, limit: float) -> float:
    """From which t on the terms, which all tend to 0, are together at most `limit`.

    Infinite where that is beyond the range of float64.
    """
    parts = list(terms)
    if cut is not None:
        parts.append((max([1.0, *(abs(to_float(c)) for c, _ in parts[-1:])]), cut))
    t = max([1.1, *(_last_peak(m) for _, m in parts)])
    while sum(size_at(c, m, t) for c, m in parts) > limit:
        if t > 1e270:
            return math.inf
        t = 1.2 * t if t < 100 else t**1.1
    return t


def _last_peak(monomial: Monomial) -> float:
    """A t beyond which a monomial that tends to 0 decreases, such as a bump far out."""
    rates = [(c, m.power, m) for c, m in monomial.exponent if m != UNIT]
    if monomial.power:
        rates.append((monomial.power, 0, UNIT))
    if all(c < 0 for c, _, _ in rates):
        return 1.1
    # t·(log m)' = sum of c·k·t^k + power; Cauchy's bound on its zeros, for plain powers t^k
    if any(m.exponent or m.log or p < 0 for _, p, m in rates):
        return _sampled_peak(monomial)
    lead, *others = [(magnitude(c) * (to_float(p) or 1.0), to_float(p)) for c, p, _ in rates]
    zeros = [float((len(others) * a / lead[0]) ** (1 / (lead[1] - p))) for a, p in others]
    return max([1.1, *zeros])


def _sampled_peak(monomial: Monomial) -> float:
    """The same for exponentials within exponentials, which decide early; from samples up to 50."""
    t = [1.1 * 1.04**k for k in range(98)]
    sizes = [log_size(monomial, at) for at in t]
    rising = [k for k in range(97) if sizes[k + 1] > sizes[k]]
    return t[rising[-1] + 1] if rising else t[0]
