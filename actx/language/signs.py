"""Signs that formulas have by their form alone: exp(u) is above 0 however small it is."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce

from actx.arithmetic.coefficients import Number
from actx.language.operations import OPERATIONS
from actx.language.tree import CONSTANT, NUMBER, ONE, Node, as_fraction, number, walk

Range = tuple[int, int]  # the least and the greatest sign, of -1, 0 and 1
_POSITIVE, _ANY = (1, 1), (-1, 1)
_LARGEST = 2000  # nodes, as written out, of what is divided into factors


def side_of(lo: Number, hi: Number) -> int:
    """The sign of x in an open interval, 0 where it has both."""
    return 1 if lo >= 0 else -1 if hi <= 0 else 0


@lru_cache(maxsize=4096)
def sign_by_form(tree: Node, side: int = 0) -> int:
    """1 or -1 where a tree has that sign wherever it has a value; 0 where its form does not tell.

    side: the sign of x, where it has one.
    """
    known: dict[Node, Range] = {}
    for part in walk(tree):
        known[part] = _range(part, [known[a] for a in part.args], side)
    low, high = known[tree]
    return low if low == high else 0


def _range(part: Node, args: Sequence[Range], side: int) -> Range:
    """The least and the greatest sign of an operation, by those of its arguments."""
    match part.op:
        case "number":
            value = as_fraction(part)
            return ((value > 0) - (value < 0),) * 2
        case "x" if side:
            return side, side
        case "neg":
            return _opposite(args[0])
        case "mul":
            return _product_of(*args)
        case "div":
            return _product_of(args[0], _not_zero(args[1]))
        case "add":
            return _sum_of(*args)
        case "sub":
            return _sum_of(args[0], _opposite(args[1]))
        case "pow":
            return _POSITIVE if args[0] == _POSITIVE else _power_of(args[0], part.args[1])
        case "sqrt":
            return _POSITIVE if args[0] == _POSITIVE else (0, 1)
        case "log" if part.args[0].op == NUMBER and args[0] == _POSITIVE:
            base = as_fraction(part.args[0])
            return ((base > 1) - (base < 1),) * 2
    positive = part.op == CONSTANT or (args and OPERATIONS[part.op].positive)
    return _POSITIVE if positive else _ANY


def _opposite(u: Range) -> Range:
    return -u[1], -u[0]


def _not_zero(u: Range) -> Range:
    """The signs of what is divided by."""
    return u[0] or 1, u[1] or -1


def _product_of(u: Range, v: Range) -> Range:
    ends = [a * b for a in u for b in v]
    return min(ends), max(ends)


def _sum_of(u: Range, v: Range) -> Range:
    low = max(u[0], v[0]) if min(u[0], v[0]) >= 0 else -1
    high = min(u[1], v[1]) if max(u[1], v[1]) <= 0 else 1
    return low, high


def _power_of(base: Range, exponent: Node) -> Range:
    """The signs of a power, of what need not be above 0."""
    if exponent.op != NUMBER or as_fraction(exponent).denominator != 1:
        return (0, 1) if base[0] >= 0 else _ANY
    n = int(as_fraction(exponent))
    if n < 0:
        base = _not_zero(base)
    if n % 2:
        return base
    return _POSITIVE if n < 0 or 0 not in range(base[0], base[1] + 1) else (0, 1)


def without_positive_factors(tree: Node, side: int = 0) -> Node:
    """A tree of the same sign, such as x - 3 for (x - 3)*exp(-x), which soon underflows.

    side: the sign of x, where it has one. A tree that is very large stays as it is.
    """
    if tree.size > _LARGEST:
        return tree
    signs = [(each, sign_by_form(each, side)) for each in _factors(tree, side)]
    return _product(number(sign) if sign else each for each, sign in signs)


@lru_cache(maxsize=4096)
def _factors(tree: Node, side: int) -> tuple[Node, ...]:
    """What a product or quotient is of, and a sum, whose terms may have factors in common."""
    if tree.op == "neg":
        return -ONE, *_factors(tree.args[0], side)
    if tree.op == "mul":
        return tuple(each for part in tree.args for each in _factors(part, side))
    if tree.op == "div":
        above = () if tree.args[0] is ONE else _factors(tree.args[0], side)
        return *above, *(ONE / each for each in _factors(tree.args[1], side))
    if tree.op not in ("add", "sub"):
        return (tree,)
    terms = [Counter(_factors(term, side)) for term in _terms(tree)]
    shared = reduce(operator.and_, terms)
    common = Counter({each: n for each, n in shared.items() if sign_by_form(each, side) > 0})
    if not common:
        return (tree,)
    rest = reduce(operator.add, (_product((term - common).elements()) for term in terms))
    return *common.elements(), rest


def _terms(tree: Node) -> list[Node]:
    """What a sum is of, from left to right."""
    match tree.op:
        case "neg":
            return [-each for each in _terms(tree.args[0])]
        case "add":
            return [*_terms(tree.args[0]), *_terms(tree.args[1])]
        case "sub":
            return [*_terms(tree.args[0]), *(-each for each in _terms(tree.args[1]))]
    return [tree]


def _product(factors: Iterable[Node]) -> Node:
    return reduce(operator.mul, factors, ONE)
