"""Monomials of series, in the order in which they dominate, and how large they are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cmp_to_key, lru_cache
from typing import Any, TypeAlias

from actx.arithmetic.coefficients import Number, magnitude, plus, sign_of, times, to_float

LARGE_CONSTANT = 600  # exp of more stays in the exponent, where it cannot overflow


@dataclass(slots=True)  # frozen ones take three times as long to make
class Monomial:
    """exp(sum of `exponent`) · t^power · (log t)^log; never changed."""

    exponent: tuple[tuple[Number, Monomial], ...] = ()
    power: Number = 0
    log: Number = 0

    _hash: int = field(default=0, init=False, repr=False, compare=False)  # 0: not known yet

    def __hash__(self) -> int:
        if not self._hash:
            inner = tuple([(_key(c), m) for c, m in self.exponent])
            self._hash = hash((inner, _key(self.power), _key(self.log))) or 1
        return self._hash

    def __mul__(self, other: Monomial) -> Monomial:
        both = self.exponent and other.exponent
        return Monomial(
            merge(self.exponent + other.exponent) if both else self.exponent or other.exponent,
            plus(self.power, other.power),
            plus(self.log, other.log),
        )

    def __truediv__(self, other: Monomial) -> Monomial:
        if self.exponent == other.exponent:  # cancels exactly, also where its numbers are balls
            exponent: tuple[Term, ...] = ()
        else:
            exponent = merge(self.exponent + _negated(other.exponent))
        power, log = plus(self.power, -other.power), plus(self.log, -other.log)
        return Monomial(exponent, power, log)

    def __pow__(self, r: Number) -> Monomial:
        return Monomial(
            tuple((times(c, r), m) for c, m in self.exponent),
            times(self.power, r),
            times(self.log, r),
        )


def _key(value: Any) -> object:
    """Something to hash: a ball is equal to itself only."""
    return value if type(value) in (int, Fraction) or isinstance(value, float) else id(value)


Term: TypeAlias = tuple[Number, Monomial]
UNIT = Monomial()
T = Monomial(power=1)


@lru_cache(maxsize=16)
def normal(deviation: float | None) -> Monomial:
    """A normal density but for its factor: exp(-t²/(2·deviation²)); 1 where there is none."""
    if deviation is None:
        return UNIT
    return Monomial(exponent=((Fraction(-1, 2) / Fraction(deviation) ** 2, T**2),))


LOG_T = Monomial(log=1)


def compare(a: Monomial, b: Monomial) -> int:
    """1 if a/b tends to infinity, -1 if it tends to 0, else 0."""
    if a is b:
        return 0
    if a.exponent != b.exponent:
        order = _by_exponents(a, b)
        if order:
            return order
    for p, q in ((a.power, b.power), (a.log, b.log)):
        if p is q or p == q:  # of balls only what is one number is equal
            continue
        if type(p) is int and type(q) is int:
            return 1 if p > q else -1
        d = plus(p, -q)
        if d:
            return sign_of(d)
    return 0


@lru_cache(maxsize=4096)
def _by_exponents(a: Monomial, b: Monomial) -> int:
    """The same by their exponentials alone, 0 where these do not tell."""
    difference = merge(a.exponent + _negated(b.exponent))
    grows = difference and compare(difference[0][1], UNIT) > 0
    return sign_of(difference[0][0]) if grows else 0


def is_flat(m: Monomial) -> bool:
    """Whether a monomial tends to 0 faster than any power of t."""
    if not m.exponent:
        return False
    c, inner = m.exponent[0]
    return compare(inner, LOG_T) > 0 and sign_of(c) < 0


def _by_dominance(s: tuple[Monomial, Number], t: tuple[Monomial, Number]) -> int:
    return compare(t[0], s[0])


_dominance = cmp_to_key(_by_dominance)


def _negated(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    return tuple([(-c, m) for c, m in terms])


def merge(terms: Sequence[Term]) -> tuple[Term, ...]:
    """The terms sorted by dominance, those of one monomial added up."""
    if len(terms) <= 2:  # nearly always
        return _merged_pair(*terms) if len(terms) == 2 else tuple([t for t in terms if t[0]])
    found: dict[Monomial, Number] = {}
    for c, m in terms:
        known = found.get(m)
        found[m] = c if known is None else plus(known, c)
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
        both = plus(a[0], b[0]), a[1]
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
        return plus(a[0], b[0]), b[1]
    difference = merge(a[1].exponent + _negated(b[1].exponent))
    factor = to_float(difference[0][0]) if difference else 0.0  # log of a's monomial by b's
    if abs(factor) > LARGE_CONSTANT:
        return a if factor > 0 else b
    return plus(times(a[0], math.exp(factor)) if factor else a[0], b[0]), b[1]


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
    return list(merge(parts))


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


def term_at(c: Number, m: Monomial, t: float) -> float:
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
