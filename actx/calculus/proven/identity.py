"""Whether two smooth trees are one function, decided exactly where both are rational in exp.

A tree is written as a quotient of polynomials (flint's `fmpq_mpoly`) in x, in exp(x/n) and exp(1/m)
for one whole n and m, and in whatever else it holds (erf(…), atan(…)) as unknowns of their own; exp
of a sum is a product, and exp(n·log v) is v^n, so that tanh(softplus(x)) becomes rational. The
difference of two functions is zero if its numerator is the zero polynomial, with the squares of
roots put in and sin² = 1 - cos².
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache

from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx, fmpq_poly

from actx.language.grammar import rule
from actx.language.operations import OPERATIONS
from actx.language.stable import spelled_out
from actx.language.tree import NUMBER, ONE, VARIABLE, E, Node, as_fraction, node, replace, walk

_MOST_TERMS = 600
_MOST_POWER = 64
_ARITHMETIC = {NUMBER, VARIABLE, "add", "sub", "mul", "div", "neg"}
PRIMITIVE = {n for n, row in OPERATIONS.items() if not (row.is_smooth and row.definition)} | {
    "sqrt"
}

_EXP_1 = node("exp", ONE)  # what e is read as
_ADD_UP_TO_1 = rule("sin(u)^2 + cos(u)^2")


class _NotRational(Exception):
    """The tree is too large for this, or not of this kind."""


@dataclass(frozen=True)
class _Quotient:
    top: fmpq_mpoly
    bottom: fmpq_mpoly

    def __mul__(self, other: _Quotient) -> _Quotient:
        return _Quotient(_product(self.top, other.top), _product(self.bottom, other.bottom))

    def __truediv__(self, other: _Quotient) -> _Quotient:
        if other.top.is_zero():
            raise _NotRational
        return _Quotient(_product(self.top, other.bottom), _product(self.bottom, other.top))

    def __add__(self, other: _Quotient) -> _Quotient:
        if self.bottom == other.bottom:
            return _Quotient(self.top + other.top, self.bottom)
        return _Quotient(
            _product(self.top, other.bottom) + _product(other.top, self.bottom),
            _product(self.bottom, other.bottom),
        )

    def __neg__(self) -> _Quotient:
        return _Quotient(-self.top, self.bottom)

    def __pow__(self, n: int) -> _Quotient:
        if abs(n) > _MOST_POWER:
            raise _NotRational
        result = self
        for _ in range(abs(n) - 1):
            result = result * self
        one = _Quotient(self.top**0, self.top**0)
        return one if n == 0 else result if n > 0 else one / result


def _product(a: fmpq_mpoly, b: fmpq_mpoly) -> fmpq_mpoly:
    if len(a) * len(b) > _MOST_TERMS * 8:
        raise _NotRational
    result = a * b
    if len(result) > _MOST_TERMS:
        raise _NotRational
    return result


class _Reader:
    """Trees as quotients in x, e = exp(x/n) and unknowns, each subtree once.

    The trees are written in the operations of `PRIMITIVE`.
    """

    def __init__(self, trees: Sequence[Node]) -> None:
        parts = dict.fromkeys(part for tree in trees for part in walk(tree))
        lines = [
            found
            for part in parts
            if part.op == "exp"
            for inner in walk(part)
            if (found := line(inner)) is not None
        ]
        unknowns = [part for part in parts if part.op not in _ARITHMETIC]
        names = ["x", "e", "c", *(f"u{i}" for i in range(len(unknowns)))]
        ring = fmpq_mpoly_ctx.get(names, Ordering.lex)
        self.steps = math.lcm(*(rate.denominator for rate, _ in lines))
        self.shares = math.lcm(*(offset.denominator for _, offset in lines))
        self.one = _Quotient(ring.constant(1), ring.constant(1))
        self.x, self.e, self.c, *others = (_Quotient(each, self.one.top) for each in ring.gens())
        self.unknowns = dict(zip(unknowns, others, strict=True))
        self.first: dict[str, list[tuple[Node, tuple[_Quotient, ...]]]] = {}  # by operation
        self.rational, self.exponential = cache(self._rational), cache(self._exponential)

    def _rational(self, tree: Node) -> _Quotient:
        """The tree as a quotient."""
        args = tree.args
        match tree.op:
            case "number":
                value = as_fraction(tree)
                scaled = self.one.top * fmpq(value.numerator, value.denominator)
                return _Quotient(scaled, self.one.top)
            case "x":
                return self.x
            case "add":
                return self.rational(args[0]) + self.rational(args[1])
            case "sub":
                return self.rational(args[0]) + -self.rational(args[1])
            case "mul":
                return self.rational(args[0]) * self.rational(args[1])
            case "div":
                return self.rational(args[0]) / self.rational(args[1])
            case "neg":
                return -self.rational(args[0])
            case "pow" if (n := _whole(args[1])) is not None:
                return self.rational(args[0]) ** n
        exponential = self.exponential(args[0]) if tree.op == "exp" else None
        return self._unknown(tree) if exponential is None else exponential

    def _exponential(self, tree: Node) -> _Quotient | None:
        """exp of a tree, None where it is not rational."""
        found = line(tree)
        if found is not None:
            rate, offset = found
            return self._power_of(self.e, rate * self.steps) * self._power_of(
                self.c, offset * self.shares
            )
        args = tree.args
        match tree.op:
            case "add" | "sub":
                a, b = self.exponential(args[0]), self.exponential(args[1])
                if a is None or b is None:
                    return None
                return a * b if tree.op == "add" else a / b
            case "neg":
                a = self.exponential(args[0])
                return None if a is None else a**-1
            case "mul" if (n := _whole(args[0])) is not None:
                a = self.exponential(args[1])
                return None if a is None else a**n
            case "log":
                return self.rational(args[0])
        return None

    def _unknown(self, tree: Node) -> _Quotient:
        """The unknown that stands for a tree: one for equal arguments, and for opposite ones of
        an odd or even operation."""
        try:
            args = tuple(self.rational(a) for a in tree.args)
        except _NotRational:
            return self.unknowns[tree]
        alike = self.first.setdefault(tree.op, [])
        for other, known in alike:
            if all((a + -b).top.is_zero() for a, b in zip(args, known, strict=True)):
                return self.unknowns[other]
            parity = OPERATIONS[tree.op].parity if tree.args else 0
            if parity and (args[0] + known[0]).top.is_zero():
                return self.unknowns[other] if parity > 0 else -self.unknowns[other]
        alike.append((tree, args))
        return self.unknowns[tree]

    def reduced(self, top: fmpq_mpoly) -> fmpq_mpoly:
        """The polynomial, times what is not 0, with no square of a root or a sine in it."""
        squares = [(tree, args[0]) for tree, args in self.first.get("sqrt", [])]
        one, other = (square.args[0].op for square in _ADD_UP_TO_1.args)
        for sine, (u,) in self.first.get(one, []):
            for cosine, (v,) in self.first.get(other, []):
                if (u + -v).top.is_zero() or (u + v).top.is_zero():
                    squares.append((sine, self.one + -(self.unknowns[cosine] ** 2)))
        for tree, square in reversed(squares):  # those within others later
            top = _without_square(top, self.unknowns[tree].top, square)
        return top

    def _power_of(self, base: _Quotient, exponent: Fraction) -> _Quotient:
        power = _Quotient(base.top ** abs(int(exponent)), self.one.top)
        return power if exponent >= 0 else self.one / power


def _without_square(top: fmpq_mpoly, unknown: fmpq_mpoly, square: _Quotient) -> fmpq_mpoly:
    """The polynomial times a power of the square's bottom, with the square put in."""
    place = unknown.monoms()[0].index(1)
    parts: dict[int, dict[tuple[int, ...], fmpq]] = {}
    for powers, c in top.terms():
        rest = (*powers[:place], powers[place] % 2, *powers[place + 1 :])
        parts.setdefault(powers[place] // 2, {})[rest] = c
    most = max(parts, default=0)
    if most > _MOST_POWER:
        raise _NotRational
    ring, total = top.context(), top - top
    for n, terms in parts.items():
        factor = _product(square.top**n, square.bottom ** (most - n))
        total += _product(ring.from_dict(terms), factor)
    return total


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


def _read(*trees: Node) -> tuple[_Reader, list[_Quotient]]:
    """The trees as quotients over one ring."""
    written = [replace(spelled_out(tree, PRIMITIVE), E, _EXP_1) for tree in trees]
    reader = _Reader(written)
    return reader, [reader.rational(tree) for tree in written]


@lru_cache(maxsize=1024)
def proven_equal(f: Node, g: Node) -> bool:
    """Whether two smooth trees are proven to be one function wherever both are defined."""
    if f is g:
        return True
    try:
        reader, (first, second) = _read(f, g)
        top = (first + -second).top
        return top.is_zero() or reader.reduced(top).is_zero()
    except (_NotRational, RecursionError):
        return False


@lru_cache(maxsize=1024)
def coefficients(tree: Node) -> list[Fraction] | None:
    """The coefficients of a polynomial in x, the constant one first; None for another tree."""
    try:
        _, (quotient,) = _read(tree)
    except (_NotRational, RecursionError):
        return None
    top, bottom = quotient.top, quotient.bottom
    others = bottom.monoms()[0][1:]  # the powers of what is not x in some term
    polynomial, rest = divmod(_in_x(top, others), _in_x(bottom, others))
    x = top.context().gen(0)
    if rest or sum(c * x**n for n, c in enumerate(polynomial)) * bottom != top:
        return None
    return [Fraction(int(c.p), int(c.q)) for c in polynomial] or [Fraction(0)]


def _in_x(polynomial: fmpq_mpoly, others: tuple[int, ...]) -> fmpq_poly:
    """The factor, in x, of what is not x to some powers."""
    found = {powers[0]: c for powers, c in polynomial.terms() if powers[1:] == others}
    return fmpq_poly([found.get(n, 0) for n in range(max(found, default=0) + 1)])
