"""Polynomials and their quotients with exact coefficients, as formulas in Horner's form."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from actx.calculus.proven.identity import coefficients
from actx.core.errors import FitError
from actx.language.text import number_text
from actx.language.tokens import MAX_DIGITS
from actx.language.tree import (
    NUMBER,
    ONE,
    ZERO,
    Node,
    X,
    as_fraction,
    node,
    number,
    rebuild,
    simplified,
    walk,
)

OPTIMAL = 1e-9  # a fit is called optimal where its error is within this part of the least one
_HORNER = 4  # coefficients from which on a polynomial is rewritten
DECIMAL_PLACES = 400  # no coefficient is written with more


@dataclass(frozen=True)
class Part:
    """A quotient of polynomials in u = x - centre; coefficients by rising powers, exact."""

    centre: Fraction
    numerator: tuple[Fraction, ...]
    denominator: tuple[Fraction, ...] = (Fraction(1),)

    @property
    def whole(self) -> bool:
        """Whether it is a polynomial."""
        return self.denominator == (Fraction(1),)

    @cached_property
    def tree(self) -> Node:
        """The formula, in Horner form."""
        u = simplified("add", X, number(-self.centre))
        if self.centre > 0:
            u = node("sub", X, number(self.centre))
        top = horner(self.numerator, u)
        if self.whole:
            return top
        return node("div", top, horner(self.denominator, u))


def horner(coefficients: Sequence[Fraction], u: Node) -> Node:
    """c0 + u*(c1 + u*(c2 + ...)), powers that are missing skipped."""
    tree, gap = ZERO, 0
    for c in reversed(coefficients):
        if tree is not ZERO:
            gap += 1
        if c:
            tree = _added(number(c), _times_power(tree, u, gap))
            gap = 0
    return _times_power(tree, u, gap)


def as_written(tree: Node) -> Node:
    """A polynomial in Horner's form, which loses and costs least; any other tree as it is.

    So is a composition or product of polynomials, whose own coefficients are small and short. What
    is added with a minus sign is subtracted.
    """
    found = None if any(_composed(n) for n in walk(tree)) else coefficients(tree)
    if found is not None and len(found) >= _HORNER:
        return horner(found, X)
    return rebuild(tree, lambda leaf: leaf, _subtracted)


def _subtracted(op: str, *args: Node) -> Node:
    """An operation, that of adding a negative term as a difference."""
    if op == "add":
        term = args[1].args[0] if args[1].op == "mul" else args[1]
        if term.op == NUMBER and as_fraction(term) < 0:
            return node("sub", args[0], simplified("neg", args[1]))
    return node(op, *args)


def _composed(current: Node) -> bool:
    """Whether it is a power or a product of sums."""
    if current.op == "pow":
        return not current.constant and current.args[0] is not X
    return current.op == "mul" and all(map(_has_sum, current.args))


def _has_sum(tree: Node) -> bool:
    return any(n.op in ("add", "sub") and not n.constant for n in walk(tree))


def _added(constant: Node, term: Node) -> Node:
    """constant + term, written as a difference where the term begins with a minus sign."""
    if term.op == "mul" and term.args[0].op == NUMBER and as_fraction(term.args[0]) < 0:
        return node("sub", constant, simplified("neg", term))
    if term.op in ("x", "pow", "sub") and as_fraction(constant) < 0:
        return node("sub", term, simplified("neg", constant))
    return simplified("add", constant, term)


def _times_power(tree: Node, u: Node, power: int) -> Node:
    if tree is ZERO or not power:
        return tree
    factor = u if power == 1 else node("pow", u, number(power))
    if tree is ONE:
        return factor
    return node("mul", tree, factor) if tree.op == NUMBER else node("mul", factor, tree)


def check_digits(parts: Sequence[Part]) -> None:
    """Raise FitError where a coefficient has more digits than a formula's text can hold."""
    for part in parts:
        for c in (*part.numerator, *part.denominator):
            if max(map(len, number_text(abs(c))[0].split("/"))) > MAX_DIGITS:
                raise FitError(
                    f"A coefficient of the best fit needs more than {MAX_DIGITS} digits. Take a "
                    "lower degree, or knots and conditions with fewer digits."
                )


def rounded(value: Fraction, tolerance: Fraction) -> Fraction:
    """A decimal with as few places as keep it within a tolerance of a value."""
    places = DECIMAL_PLACES
    if tolerance:
        least = math.ceil(1 / (2 * tolerance))  # of 10^places
        places = min(len(str(least - 1)) if least > 1 else 0, DECIMAL_PLACES)
    return round(value, places) if places else Fraction(round(value))
