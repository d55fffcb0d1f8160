"""Quotients of polynomials with rational coefficients in many unknowns (flint's `fmpq_mpoly`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import fmpq, fmpq_mpoly, fmpz

_MOST_TERMS = 600
_MOST_POWER = 64
_MOST_POWER_BITS = 20_000  # of a coefficient of a power: flint ends the process where it needs all
_MOST_BITS = 128  # of a number that is divided into primes
_FACTORED_TERMS, _FACTORED_DEGREE = 40, 40  # of polynomials that are divided into factors


class NotRational(Exception):
    """A tree is too large for this, or not of this kind."""


@dataclass(frozen=True)
class Quotient:
    """top/bottom, not reduced."""

    top: fmpq_mpoly
    bottom: fmpq_mpoly

    def __mul__(self, other: Quotient) -> Quotient:
        return Quotient(product(self.top, other.top), product(self.bottom, other.bottom))

    def __truediv__(self, other: Quotient) -> Quotient:
        if other.top.is_zero():
            raise NotRational
        return Quotient(product(self.top, other.bottom), product(self.bottom, other.top))

    def __add__(self, other: Quotient) -> Quotient:
        if self.bottom == other.bottom:
            return Quotient(self.top + other.top, self.bottom)
        return Quotient(
            product(self.top, other.bottom) + product(other.top, self.bottom),
            product(self.bottom, other.bottom),
        )

    def __sub__(self, other: Quotient) -> Quotient:
        return self + -other

    def __neg__(self) -> Quotient:
        return Quotient(-self.top, self.bottom)

    def __pow__(self, n: int) -> Quotient:
        if len(self.top) == len(self.bottom) == 1:
            if abs(n) * max(_bits(self.top), _bits(self.bottom)) > _MOST_POWER_BITS:
                raise NotRational
            result = Quotient(self.top ** abs(n), self.bottom ** abs(n))
        elif abs(n) > _MOST_POWER:
            raise NotRational
        else:
            result = Quotient(self.top**0, self.top**0)
            for _ in range(abs(n)):
                result = result * self
        return result if n >= 0 else Quotient(result.top**0, result.top**0) / result

    def times(self, factor: Fraction) -> Quotient:
        """The product with a number."""
        return Quotient(self.top * fmpq(factor.numerator, factor.denominator), self.bottom)


def _bits(monomial: fmpq_mpoly) -> int:
    """The bits of a coefficient beyond those of 1."""
    c = monomial.leading_coefficient()
    return max(int(abs(c.p)).bit_length(), int(c.q).bit_length()) - 1


def product(a: fmpq_mpoly, b: fmpq_mpoly) -> fmpq_mpoly:
    """a·b. Raises NotRational where it grows too large."""
    if len(a) * len(b) > _MOST_TERMS * 8:
        raise NotRational
    result = a * b
    if len(result) > _MOST_TERMS:
        raise NotRational
    return result


def fraction(number: fmpq) -> Fraction:
    return Fraction(int(number.p), int(number.q))


def factors(quotient: Quotient) -> tuple[Fraction, list[tuple[fmpq_mpoly, int]]]:
    """A number, and polynomials with their powers, whose product the quotient is.

    The polynomials are irreducible, unless they are too large to be divided; the same ones come
    out with the same leading coefficient.
    """
    number = Fraction(1)
    powers: dict[str, tuple[fmpq_mpoly, int]] = {}
    for polynomial, sign in ((quotient.top, 1), (quotient.bottom, -1)):
        if polynomial.is_zero():
            raise NotRational
        content, found = _divided(polynomial)
        number *= fraction(content) ** sign
        for each, n in found:
            known = powers.get(str(each), (each, 0))[1]
            powers[str(each)] = each, known + sign * n
    return number, [(each, n) for each, n in powers.values() if n]


def _divided(polynomial: fmpq_mpoly) -> tuple[fmpq, list[tuple[fmpq_mpoly, int]]]:
    content: Any = polynomial.term_content()  # a monomial
    ring = polynomial.context()
    (powers,) = content.monoms() or [(0,) * ring.nvars()]
    rest = polynomial / content
    monomials = [(ring.gen(i), int(n)) for i, n in enumerate(powers) if n]
    lead = rest.leading_coefficient() * content.leading_coefficient()
    if len(rest) == 1:
        return lead, monomials
    if len(rest) > _FACTORED_TERMS or max(map(int, rest.degrees())) > _FACTORED_DEGREE:
        return lead, [*monomials, (rest / rest.leading_coefficient(), 1)]
    _, found = rest.factor()
    monic = [(each / each.leading_coefficient(), int(n)) for each, n in found]
    return lead, [*monomials, *monic]


def primes(number: Fraction) -> Iterator[tuple[int, int]]:
    """Numbers with their powers whose product a positive number is: primes, if they are small."""
    for whole, sign in ((number.numerator, 1), (number.denominator, -1)):
        if whole.bit_length() > _MOST_BITS:
            yield whole, sign
        elif whole > 1:
            yield from ((int(p), sign * int(n)) for p, n in fmpz(whole).factor())


def split(polynomial: fmpq_mpoly, place: int, step: int) -> dict[int, fmpq_mpoly]:
    """By whole multiples of `step`, what is times them in the powers of one unknown."""
    parts: dict[int, dict[tuple[int, ...], fmpq]] = {}
    for powers, c in polynomial.terms():
        rest = (*powers[:place], powers[place] % step, *powers[place + 1 :])
        parts.setdefault(powers[place] // step, {})[rest] = c
    ring = polynomial.context()
    return {n: ring.from_dict(terms) for n, terms in parts.items()}


def with_power(polynomial: fmpq_mpoly, place: int, step: int, value: Quotient) -> Quotient:
    """The polynomial with the step-th power of one unknown put in."""
    parts: Mapping[int, fmpq_mpoly] = split(polynomial, place, step)
    most = max(parts, default=0)
    if most == 0:
        return Quotient(polynomial, polynomial.context().constant(1))
    if most > _MOST_POWER:
        raise NotRational
    total = polynomial - polynomial
    for n, part in parts.items():
        total += product(part, product(value.top**n, value.bottom ** (most - n)))
    return Quotient(total, value.bottom**most)


def ratio_of(a: Quotient, b: Quotient) -> Fraction | None:
    """a/b where that is a number, None where it is not, or 0."""
    left, right = product(a.top, b.bottom), product(b.top, a.bottom)
    if left.is_zero() or right.is_zero():
        return None
    ratio = left.leading_coefficient() / right.leading_coefficient()
    return fraction(ratio) if left == right * ratio else None
