"""Unknowns that real functions are made of, and the relations between them.

A root is that of the irreducible factors of its argument, in absolute value, and of primes. Where
the sign of a factor is not known, it is an unknown by itself, with the square 1; that a root or a
logarithm has a value tells signs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import Ordering, fmpq_mpoly, fmpq_mpoly_ctx

from actx.arithmetic.coefficients import Number
from actx.calculus.proven.rational import sign_without_roots
from actx.calculus.proven.ring import NotRational, Quotient, factors, primes, product, with_power

_FIXED = ("x", "e", "c", "p", "i", "z", "w")  # see `Unknowns`
X, _E, _C, PI, _I, _Z, _W = range(7)
_SIGNS = 6  # unknowns for signs
_HIGHEST_DEGREE = 200
Span = tuple[Number, Number]  # an open interval of x


@dataclass(frozen=True)
class _Root:
    """The root of the size of a factor."""

    factor: fmpq_mpoly
    size: Quotient
    root: Quotient


class Unknowns:
    """x, e = exp(x/n), c = exp(1/n), pi, i, z = exp(ix/n), w = exp(i/n), and `more` others.

    span: the open interval of x that is spoken of. signs: those of factors that are known already,
    by their text. root: roots are those of this order.
    """

    def __init__(self, span: Span, signs: Mapping[str, int], root: int, more: int) -> None:
        self.span, self.signs, self.root = span, dict(signs), root
        names = [*_FIXED, *(f"s{k}" for k in range(_SIGNS)), *(f"u{k}" for k in range(more))]
        ring = fmpq_mpoly_ctx.get(names, Ordering.lex)
        self.one = Quotient(ring.constant(1), ring.constant(1))
        gens = [Quotient(each, self.one.top) for each in ring.gens()]
        self.x, self.e, self.c, self.pi, self.i, self.z, self.w, *free = gens
        self.free_signs, self.free = free[_SIGNS - 1 :: -1], free[: _SIGNS - 1 : -1]
        self.complex = {_I, _Z, _W}  # places of what is no real number
        self.positive = {_E, _C, PI}
        self.values: dict[str, list[tuple[tuple[Quotient, ...], Quotient]]] = {}  # by operation
        self.roots: dict[str, _Root] = {}  # by what they are the root of
        self.guesses: dict[str, Quotient] = {}  # unknown signs, by what they are the sign of
        self.lasting: set[str] = set()  # factors whose text means the same to others
        # (place, n, value): what the n-th power of an unknown is
        self.relations: list[tuple[int, int, Quotient]] = [(_I, 2, -self.one)]

    def new(self) -> Quotient:
        if not self.free:
            raise NotRational
        return self.free.pop()

    def value(self, op: str, args: tuple[Quotient, ...], parity: int = 0) -> Quotient:
        """The unknown that stands for an operation's value: one for equal arguments, and for
        opposite ones of an odd (-1) or even (1) operation."""
        alike = self.values.setdefault(op, [])
        for known, value in alike:
            if all(self.is_zero(a - b) for a, b in zip(args, known, strict=True)):
                return value
            if parity and self.is_zero(args[0] + known[0]):
                return value if parity > 0 else -value
        value = self.new()
        alike.append((args, value))
        return value

    def power(self, base: Quotient, q: Fraction) -> Quotient:
        """base^q for a q that is not whole, so that the base is not negative."""
        if (q * self.root).denominator != 1:
            return self.value(f"power {q}", (base,))
        base = self.simpler(base)
        if self.is_complex(base):
            root = self.value("root", (base,))
            if all(place != place_of(root) for place, _, _ in self.relations):
                self.relations.append((place_of(root), self.root, base))
            return root ** int(q * self.root)
        result = self.one
        for factor, n in self.divided(base):
            result = result * self.size_power(factor, n * q)
        return result

    def divided(self, base: Quotient) -> list[tuple[fmpq_mpoly, int]]:
        """The factors, primes among them, of what is not negative, which tells a sign."""
        number, parts = factors(base)
        sign, unknown = 1 if number > 0 else -1, []
        for factor, n in parts:
            if n % 2:
                known = self._sign(factor)
                sign *= known or 1
                unknown += [] if known else [factor]
        if len(unknown) == 1:
            self.signs[str(unknown[0])] = sign
        return self.with_primes(number, parts)

    def size_power(self, factor: fmpq_mpoly, q: Fraction) -> Quotient:
        """|factor|^q."""
        if factor in (self.e.top, self.c.top):
            if q.denominator != 1:
                raise NotRational
            return Quotient(factor, self.one.top) ** int(q)
        whole, rest = divmod(q * self.root, self.root)
        if rest.denominator != 1:
            raise NotRational
        size = self._size(factor)
        if not rest:
            return size ** int(whole)
        known = self.roots.get(str(factor))
        if known is None:
            known = self.roots[str(factor)] = _Root(factor, size, self.new())
            self.relations.append((place_of(known.root), self.root, size))
            self.positive.add(place_of(known.root))
        return known.size ** int(whole) * known.root ** int(rest)

    def with_primes(
        self, number: Fraction, parts: Sequence[tuple[fmpq_mpoly, int]]
    ) -> list[tuple[fmpq_mpoly, int]]:
        return [*((self.one.top * p, n) for p, n in primes(abs(number))), *parts]

    def _size(self, factor: fmpq_mpoly) -> Quotient:
        """|factor|: it, or its opposite, or it times an unknown sign."""
        value = Quotient(factor, self.one.top)
        sign = self._sign(factor)
        if sign:
            return value if sign > 0 else -value
        guess = self.guesses.get(str(factor))
        if guess is None:
            if not self.free_signs:
                raise NotRational
            guess = self.guesses[str(factor)] = self.free_signs.pop()
            self.relations.append((place_of(guess), 2, self.one))
        return guess * value

    def _sign(self, factor: fmpq_mpoly) -> int:
        """The sign of a factor on the span, 0 where it is not known."""
        text = str(factor)
        if text not in self.signs:
            self.signs[text] = self._sign_by_form(factor)
        if _used(factor) <= {X, _E, _C, PI}:
            self.lasting.add(text)
        return self.signs[text]

    def _sign_by_form(self, factor: fmpq_mpoly) -> int:
        used = _used(factor)
        if used <= {X}:
            terms = {int(powers[X]): c for powers, c in factor.terms()}
            return sign_without_roots(terms, *self.span)
        positive = self.positive | ({X} if self.span[0] >= 0 else set())
        if used & self.complex or any(
            n % 2 and k not in positive for powers in factor.monoms() for k, n in enumerate(powers)
        ):
            return 0
        signs = {1 if c > 0 else -1 for c in factor.coeffs()}
        return signs.pop() if len(signs) == 1 else 0

    def lasting_signs(self) -> dict[str, int]:
        """The signs that are known of factors in which no unknown is that another reader may have
        for something else."""
        return {text: sign for text in self.lasting if (sign := self.signs[text])}

    def is_complex(self, quotient: Quotient) -> bool:
        return bool((_used(quotient.top) | _used(quotient.bottom)) & self.complex)

    # --- what is zero ---

    def reduced(self, polynomial: fmpq_mpoly) -> Quotient:
        """The polynomial with what is known of the powers of its unknowns."""
        result = Quotient(polynomial, self.one.top)
        for place, power, value in reversed(self.relations):  # those within others later
            top = with_power(result.top, place, power, value)
            result = Quotient(top.top, product(result.bottom, top.bottom))
        return result

    def simpler(self, quotient: Quotient) -> Quotient:
        """The quotient reduced, without what top and bottom have in common."""
        bottom = self.reduced(quotient.bottom)
        if bottom.top.is_zero():
            raise NotRational
        result = self.reduced(quotient.top) / bottom
        if max(map(int, (*result.top.degrees(), *result.bottom.degrees()))) > _HIGHEST_DEGREE:
            return result  # finding what they have in common would take all memory
        common = result.top.gcd(result.bottom)
        return Quotient(result.top / common, result.bottom / common)

    def is_zero(self, quotient: Quotient) -> bool:
        return quotient.top.is_zero() or self.reduced(quotient.top).top.is_zero()


def _used(polynomial: fmpq_mpoly) -> set[int]:
    """The places of the unknowns in a polynomial."""
    return {k for k, n in enumerate(polynomial.degrees()) if n > 0}


def place_of(unknown: Quotient) -> int:
    """The place of an unknown among those of the ring."""
    return unknown.top.monoms()[0].index(1)
