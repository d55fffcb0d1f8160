"""Whether two smooth trees are one function, decided exactly where both are rational in exp.

A tree is written as a quotient of polynomials in x, in exp(x) to rational powers, and in whatever
else it holds (erf(…), atan(…)) as unknowns of their own; exp of a sum is a product, and
exp(n·log v) is v^n, so that tanh(softplus(x)) becomes rational. The difference of two functions is
zero if its numerator is the zero polynomial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from actx.language.tree import NUMBER, VARIABLE, Node, as_fraction

_MOST_TERMS = 600
_MOST_POWER = 24

Key = tuple[int, Fraction, tuple[tuple[Node, int], ...]]  # powers of x, of exp(x), of unknowns
Polynomial = Mapping[Key, Fraction]


class _NotRational(Exception):
    """The tree is too large for this, or not of this kind."""


@dataclass(frozen=True)
class _Quotient:
    top: Polynomial
    bottom: Polynomial

    def __mul__(self, other: _Quotient) -> _Quotient:
        return _Quotient(_product(self.top, other.top), _product(self.bottom, other.bottom))

    def __truediv__(self, other: _Quotient) -> _Quotient:
        if not other.top:
            raise _NotRational
        return _Quotient(_product(self.top, other.bottom), _product(self.bottom, other.top))

    def __add__(self, other: _Quotient) -> _Quotient:
        if self.bottom == other.bottom:
            return _Quotient(_total(self.top, other.top), self.bottom)
        return _Quotient(
            _total(_product(self.top, other.bottom), _product(other.top, self.bottom)),
            _product(self.bottom, other.bottom),
        )

    def __neg__(self) -> _Quotient:
        return _Quotient({k: -c for k, c in self.top.items()}, self.bottom)

    def __pow__(self, n: int) -> _Quotient:
        if abs(n) > _MOST_POWER:
            raise _NotRational
        result, base = _ONE, self if n >= 0 else _ONE / self
        for _ in range(abs(n)):
            result = result * base
        return result


_UNIT: Key = (0, Fraction(0), ())


def _number(value: Fraction | int) -> _Quotient:
    return _Quotient({_UNIT: Fraction(value)} if value else {}, {_UNIT: Fraction(1)})


_ONE = _number(1)


def _single(key: Key) -> _Quotient:
    return _Quotient({key: Fraction(1)}, {_UNIT: Fraction(1)})


def _total(a: Polynomial, b: Polynomial) -> Polynomial:
    result = dict(a)
    for key, c in b.items():
        value = result.get(key, Fraction(0)) + c
        if value:
            result[key] = value
        else:
            result.pop(key, None)
    return result


def _product(a: Polynomial, b: Polynomial) -> Polynomial:
    if len(a) * len(b) > _MOST_TERMS * 8:
        raise _NotRational
    result: dict[Key, Fraction] = {}
    for (i, r, u), c in a.items():
        for (j, s, v), d in b.items():
            key = (i + j, r + s, _unknowns(u, v))
            value = result.get(key, Fraction(0)) + c * d
            if value:
                result[key] = value
            else:
                result.pop(key, None)
    if len(result) > _MOST_TERMS:
        raise _NotRational
    return result


def _unknowns(
    u: tuple[tuple[Node, int], ...], v: tuple[tuple[Node, int], ...]
) -> tuple[tuple[Node, int], ...]:
    if not u or not v:
        return u or v
    powers = dict(u)
    for node, n in v:
        powers[node] = powers.get(node, 0) + n
    return tuple(sorted(((node, n) for node, n in powers.items() if n), key=lambda p: id(p[0])))


@lru_cache(maxsize=1024)
def _rational(tree: Node) -> _Quotient:
    """The tree as a quotient."""
    if tree.op == NUMBER:
        return _number(as_fraction(tree))
    if tree.op == VARIABLE:
        return _single((1, Fraction(0), ()))
    args = tree.args
    match tree.op:
        case "add":
            return _rational(args[0]) + _rational(args[1])
        case "sub":
            return _rational(args[0]) + -_rational(args[1])
        case "mul":
            return _rational(args[0]) * _rational(args[1])
        case "div":
            return _rational(args[0]) / _rational(args[1])
        case "neg":
            return -_rational(args[0])
        case "pow" if args[1].op == NUMBER and as_fraction(args[1]).denominator == 1:
            return _rational(args[0]) ** int(as_fraction(args[1]))
    return _of_exponentials(tree)


def _of_exponentials(tree: Node) -> _Quotient:
    """A function that is rational in exponentials of its argument, else an unknown."""
    exponential = _exponential(tree.args[0]) if len(tree.args) == 1 else None
    if exponential is not None:
        e, square = exponential, exponential * exponential
        match tree.op:
            case "exp":
                return e
            case "expm1":
                return e + -_ONE
            case "sigmoid":
                return e / (_ONE + e)
            case "tanh":
                return (square + -_ONE) / (square + _ONE)
            case "sinh":
                return (square + -_ONE) / (e + e)
            case "sech":
                return (e + e) / (square + _ONE)
            case "cosh":
                return (square + _ONE) / (e + e)
    return _single((0, Fraction(0), ((tree, 1),)))


def _exponential(tree: Node) -> _Quotient | None:
    """exp of a tree, None where it is not rational."""
    slope = _multiple_of_x(tree)
    if slope is not None:
        return _single((0, slope, ()))
    args = tree.args
    match tree.op:
        case "add" | "sub":
            a, b = _exponential(args[0]), _exponential(args[1])
            if a is None or b is None:
                return None
            return a * b if tree.op == "add" else a / b
        case "neg":
            a = _exponential(args[0])
            return None if a is None else _ONE / a
        case "mul" if args[0].op == NUMBER and as_fraction(args[0]).denominator == 1:
            a = _exponential(args[1])
            return None if a is None else a ** int(as_fraction(args[0]))
        case "softplus":
            a = _exponential(args[0])
            return None if a is None else _ONE + a
        case "log":
            return _rational(args[0])
        case "log1p":
            return _ONE + _rational(args[0])
    return None


def _multiple_of_x(tree: Node) -> Fraction | None:
    """a where the tree is a·x with a rational number a (0 for the number 0)."""
    if tree.op == VARIABLE:
        return Fraction(1)
    if tree.op == NUMBER:
        return Fraction(0) if as_fraction(tree) == 0 else None
    try:
        quotient = _linear(tree)
    except _NotRational:
        return None
    return quotient


def _linear(tree: Node) -> Fraction | None:
    args = tree.args
    if tree.op == "neg":
        a = _multiple_of_x(args[0])
        return None if a is None else -a
    if tree.op in ("mul", "div") and any(a.op == NUMBER for a in args):
        factor, other = args if args[0].op == NUMBER else args[::-1]
        a = _multiple_of_x(other)
        if a is None or (tree.op == "div" and factor is args[0]):
            return None
        value = as_fraction(factor)
        if tree.op == "div":
            return a / value if value else None
        return a * value
    if tree.op in ("add", "sub"):
        a, b = _multiple_of_x(args[0]), _multiple_of_x(args[1])
        if a is None or b is None:
            return None
        return a + b if tree.op == "add" else a - b
    return None


def proven_equal(f: Node, g: Node) -> bool:
    """Whether two smooth trees are proven to be one function wherever both are defined."""
    if f is g:
        return True
    try:
        return not (_rational(f) + -_rational(g)).top
    except (_NotRational, RecursionError):
        return False


def coefficients(tree: Node) -> list[Fraction] | None:
    """The coefficients of a polynomial in x, the constant one first; None for another tree."""
    try:
        quotient = _rational(tree)
        top = _divided(quotient.top, quotient.bottom)
    except (_NotRational, RecursionError):
        return None
    if top is None:
        return None
    degree = max((power for power, _, _ in top), default=0)
    return [top.get((n, Fraction(0), ()), Fraction(0)) for n in range(degree + 1)]


def _divided(top: Polynomial, bottom: Polynomial) -> Polynomial | None:
    """The quotient where it is a polynomial in x alone; None where it is not found to be one.

    Long division by the leading term in the order of powers of x, then of exp(x), which ends at the
    first term that holds more than a power; with unknowns, by a number only.
    """
    lead = max(bottom, key=lambda key: key[:2])
    several = len(bottom) > 1
    if lead[2] or (several and any(unknown for _, _, unknown in (*top, *bottom))):
        return None
    result: dict[Key, Fraction] = {}
    rest = top
    while rest:
        power, rate, unknown = first = max(rest, key=lambda key: key[:2])
        key = (power - lead[0], rate - lead[1], unknown)
        if key[0] < 0 or key[1] or unknown or len(result) > _MOST_TERMS:
            return None
        result[key] = rest[first] / bottom[lead]
        taken = _product({key: -result[key]}, bottom)
        rest = _total(rest, taken)
    return result
