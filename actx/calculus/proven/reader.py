"""Smooth trees as quotients of polynomials in what they are made of.

A sum in exp, or in sin and cos, becomes a product of unknowns, and exp(q·log v) the power v^q; a
logarithm is that of the irreducible factors of its argument, in absolute value, and of primes, and
log(a - b√v) is log|a² - b²v| - log(a + b√v); two values of one function are one unknown where the
arguments are equal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache

from flint import fmpq, fmpq_mpoly

from actx.calculus.proven.rational import SQUARE_ROOT
from actx.calculus.proven.ring import NotRational, Quotient, factors, fraction, ratio_of, split
from actx.calculus.proven.unknowns import PI, Span, Unknowns, X, place_of
from actx.language.derivative import filled
from actx.language.operations import OPERATIONS
from actx.language.tree import NUMBER, VARIABLE, Node, as_fraction, walk

_ARITHMETIC = ("add", "sub", "mul", "div", "neg")
_HIGHEST_ROOT = 12
_MORE = 24  # unknowns beyond two for each part of a tree


class Reader(Unknowns):
    """Trees, in primitive operations, as quotients over one ring; each subtree once."""

    def __init__(self, trees: Sequence[Node], span: Span, signs: Mapping[str, int]) -> None:
        parts = dict.fromkeys(part for tree in trees for part in walk(tree))
        root = math.lcm(*(_root_of(part) for part in parts))
        lines = [
            found
            for part in parts
            if part.op in ("exp", "sin", "cos")
            for inner in walk(part)
            if (found := line(inner)) is not None
        ]
        self.steps = root * math.lcm(*(rate.denominator for rate, _ in lines))
        self.shares = root * math.lcm(*(offset.denominator for _, offset in lines))
        others = sum(part.op not in (NUMBER, VARIABLE, *_ARITHMETIC) for part in parts)
        super().__init__(span, signs, root, 2 * others + _MORE * (others > 0))
        self.logs: dict[str, Quotient] = {}  # of the size of factors
        self.inside: dict[int, Quotient] = {}  # what the logarithm with this place is of
        self.tangents: dict[int, Quotient] = {}  # of the arctangent with this place
        self.opaque: dict[Node, Quotient] = {}  # unknowns for what is too large to be read
        self.exponentials: list[tuple[bool, Quotient, Quotient]] = []
        self.rational = cache(self._rational)

    def _rational(self, tree: Node) -> Quotient:
        """The tree as a quotient."""
        args = tree.args
        match tree.op:
            case "number":
                return self.one.times(as_fraction(tree))
            case "x":
                return self.x
            case "add":
                return self.rational(args[0]) + self.rational(args[1])
            case "sub":
                return self.rational(args[0]) - self.rational(args[1])
            case "mul":
                return self.rational(args[0]) * self.rational(args[1])
            case "div":
                return self.rational(args[0]) / self._not_zero(self.rational(args[1]))
            case "neg":
                return -self.rational(args[0])
            case "pow" if (n := _whole(args[1])) is not None:
                base = self.rational(args[0])
                return self._not_zero(base) ** n if n < 0 else base**n
        try:
            return self._function(tree)
        except NotRational:
            if tree not in self.opaque:
                self.opaque[tree] = self.new()
            return self.opaque[tree]

    def _function(self, tree: Node) -> Quotient:
        args = tuple(self.rational(a) for a in tree.args)
        if not args:
            return self.pi if tree.value == "pi" else self.value(f"{tree.op} {tree.value}", ())
        if tree.op == "pow" and tree.args[1].op == NUMBER:
            return self.power(args[0], as_fraction(tree.args[1]))
        known = getattr(self, f"_of_{tree.op}", None)
        if known is not None:
            found: Quotient = known(*args)
            return found
        row = OPERATIONS[tree.op]
        if row.definition is None and row.form is not None:
            return self.rational(filled(row.form, tree.args))
        return self.value(tree.op, args, row.parity)

    def _of_exp(self, u: Quotient) -> Quotient:
        return self.exponential(u)

    def _of_log(self, u: Quotient) -> Quotient:
        return self._logarithm(u)

    def _of_sqrt(self, u: Quotient) -> Quotient:
        return self.power(u, Fraction(1, 2))

    def _of_pow(self, u: Quotient, v: Quotient) -> Quotient:
        return self.exponential(v * self._logarithm(u))

    def _of_sin(self, u: Quotient) -> Quotient:
        turn = self.exponential(u, turned=True)
        return self.i * (self.one / turn - turn).times(Fraction(1, 2))

    def _of_cos(self, u: Quotient) -> Quotient:
        turn = self.exponential(u, turned=True)
        return (turn + self.one / turn).times(Fraction(1, 2))

    def _of_atan(self, u: Quotient) -> Quotient:
        value = self.value("angle", (u,), -1)
        self.tangents.setdefault(place_of(value), u)
        return value

    def _not_zero(self, quotient: Quotient) -> Quotient:
        if self.is_zero(quotient):
            raise NotRational
        return quotient

    # --- logarithms ---

    def _logarithm(self, base: Quotient) -> Quotient:
        base = self.simpler(base)
        if self.is_complex(base):
            value = self.value("logarithm", (base,))
            self.inside[place_of(value)] = base
            return value
        return self._log_product(self.divided(base))

    def _log_product(self, parts: Sequence[tuple[fmpq_mpoly, int]]) -> Quotient:
        total = self.one - self.one
        for factor, n in parts:
            total = total + self._log_size(factor).times(Fraction(n))
        return total

    def _log_size(self, factor: fmpq_mpoly) -> Quotient:
        """log|factor|."""
        if factor == self.e.top:
            return self.x.times(Fraction(1, self.steps))
        if factor == self.c.top:
            return self.one.times(Fraction(1, self.shares))
        if any(factor == guess.top for guess in self.guesses.values()):
            return self.one - self.one
        for known in self.roots.values():
            if factor == known.root.top:
                return self._log_size(known.factor).times(Fraction(1, self.root))
        found = self.logs.get(str(factor)) or self._log_by_conjugate(factor)
        if found is None:
            found = self.new()
            self.inside[place_of(found)] = Quotient(factor, self.one.top)
        self.logs[str(factor)] = found
        return found

    def _log_by_conjugate(self, factor: fmpq_mpoly) -> Quotient | None:
        """log|a - b√v| by log|a + b√v|, of which pair one is taken; None for another factor."""
        for known in reversed(self.roots.values()) if self.root == 2 else ():
            parts = split(factor, place_of(known.root), 1)
            if set(parts) != {0, 1}:
                continue
            if parts[0].leading_coefficient() * parts[1].leading_coefficient() > 0:
                return None
            a, b = (Quotient(parts[n], self.one.top) for n in (0, 1))
            norm = self.simpler(a * a - b * b * known.size)
            other = a - b * known.root
            first, second = (self.with_primes(*factors(each)) for each in (norm, other))
            return self._log_product(first) - self._log_product(second)
        return None

    # --- exponentials ---

    def exponential(self, exponent: Quotient, turned: bool = False) -> Quotient:
        """exp of a quotient, or of i times it where it is turned."""
        exponent = self.simpler(exponent)
        if not exponent.bottom.is_constant():
            return self._exponential_of(exponent, turned)
        result, ring = self.one, self.one.top.context()
        share = fraction(exponent.bottom.leading_coefficient())
        for powers, c in exponent.top.terms():
            q = fraction(c) / share
            places = [k for k, n in enumerate(powers) if n]
            term = None
            if sum(powers) <= 1:
                term = self._exponential_term(places[0] if places else None, q, turned)
            if term is None:
                unit = Quotient(ring.from_dict({powers: fmpq(1)}), self.one.top)
                term = self._exponential_of(unit.times(q), turned)
            result = result * term
        return result

    def _exponential_term(self, place: int | None, q: Fraction, turned: bool) -> Quotient | None:
        """exp(q·u), or exp(iq·u), for the unknown u with a place, or for 1; None where unknown."""
        if place in (None, X):
            bases, steps = (self.e, self.z), self.steps
            if place is None:
                bases, steps = (self.c, self.w), self.shares
            whole = q * steps
            return bases[turned] ** int(whole) if whole.denominator == 1 else None
        assert place is not None
        if turned:
            if place == PI and (2 * q).denominator == 1:
                return self.i ** (int(2 * q) % 4)
            if place in self.tangents and q.denominator == 1:
                return self._turned_by(self.tangents[place], int(q))
        elif place in self.inside:
            base = self.inside[place]
            if not self.is_complex(base) and (q * self.root).denominator == 1:
                return self.size_power(base.top, q)
            if q.denominator == 1 and self.is_complex(base):
                return base ** int(q)
        return None

    def _turned_by(self, tangent: Quotient, n: int) -> Quotient | None:
        """exp(i·n·atan(tangent)); None where that is no power."""
        up, down = self.one + self.i * tangent, self.one - self.i * tangent
        if n % 2 == 0:
            return (up / down) ** (n // 2)
        if self.root % 2:
            return None
        return (up * self.power(self.one + tangent * tangent, Fraction(-1, 2))) ** n

    def _exponential_of(self, exponent: Quotient, turned: bool) -> Quotient:
        """The power of an unknown that stands for the exponential of a part of the exponent."""
        value, n = None, 0
        for kind, known, other in self.exponentials:
            ratio = ratio_of(exponent, known) if kind is turned else None
            if ratio is not None and ratio.denominator == 1:
                return other ** int(ratio)
            if ratio is not None and not turned and (ratio * self.root).denominator == 1:
                return self.power(other, ratio)
            if ratio is not None and abs(ratio.numerator) == 1:  # it is a root of that
                value, n = other**ratio.numerator, ratio.denominator
        found = self.new()
        (self.complex if turned else self.positive).add(place_of(found))
        self.exponentials.append((turned, exponent, found))
        if value is not None:
            self.relations.append((place_of(found), n, value))
        return found


def _root_of(part: Node) -> int:
    """The n of an n-th root, 1 for another operation."""
    if part.op == SQUARE_ROOT:
        return 2
    if part.op != "pow" or part.args[1].op != NUMBER:
        return 1
    denominator = as_fraction(part.args[1]).denominator
    return denominator if denominator <= _HIGHEST_ROOT else 1


def _whole(tree: Node) -> int | None:
    if tree.op != NUMBER or as_fraction(tree).denominator != 1:
        return None
    return int(as_fraction(tree))


def line(tree: Node) -> tuple[Fraction, Fraction] | None:
    """(a, b) where the tree is a·x + b with rational numbers a and b."""
    args = tree.args
    match tree.op:
        case "x":
            return Fraction(1), Fraction(0)
        case "number":
            return Fraction(0), as_fraction(tree)
        case "neg":
            return _scaled(line(args[0]), Fraction(-1))
        case "mul" if args[0].op == NUMBER:
            return _scaled(line(args[1]), as_fraction(args[0]))
        case "mul" if args[1].op == NUMBER:
            return _scaled(line(args[0]), as_fraction(args[1]))
        case "div" if args[1].op == NUMBER and as_fraction(args[1]):
            return _scaled(line(args[0]), 1 / as_fraction(args[1]))
        case "add" | "sub":
            first, second = line(args[0]), line(args[1])
            if first is None or second is None:
                return None
            sign = 1 if tree.op == "add" else -1
            return first[0] + sign * second[0], first[1] + sign * second[1]
    return None


def _scaled(
    found: tuple[Fraction, Fraction] | None, factor: Fraction
) -> tuple[Fraction, Fraction] | None:
    return None if found is None else (found[0] * factor, found[1] * factor)
