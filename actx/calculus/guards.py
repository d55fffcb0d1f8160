"""Where operations of a smooth tree are singular or stop being defined."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from actx.arithmetic.coefficients import Number
from actx.language.derivative import with_arguments
from actx.language.grammar import rule
from actx.language.operations import NOWHERE, OPERATIONS
from actx.language.signs import side_of, sign_by_form
from actx.language.stable import through_others
from actx.language.tree import NUMBER, Node, as_fraction, walk


def guards(tree: Node) -> Iterator[Node]:
    """The expressions at whose zeros an operation of a smooth tree is singular, innermost first."""
    for current in walk(tree):
        yield from guards_at(current)


def sign_all_over(tree: Node, lo: Number, hi: Number) -> int:
    """The sign that a smooth tree has on an open interval by its form, 0 where that does not tell.

    It has values there, if it has one at some point of the interval.
    """
    side = side_of(lo, hi)
    sign = sign_by_form(tree, side)
    return sign if sign and all(sign_by_form(guard, side) for guard in guards(tree)) else 0


def guards_at(current: Node) -> Iterator[Node]:
    """Those of its last operation."""
    if not current.args or current.constant:
        return
    if current.op == "pow" and current.args[1].op == NUMBER:
        exponent = as_fraction(current.args[1])
        if exponent.denominator == 1 and exponent >= 0:
            return
    for guard in _guards_of(current.op):
        here = with_arguments(guard, current.args)
        if not here.constant:
            yield here


@lru_cache(maxsize=256)
def _guards_of(name: str) -> tuple[Node, ...]:
    """The guards of an operation in u, v and w: that of its row or those of its definition."""
    operation = OPERATIONS[name]
    if operation.guard is not None:
        return () if operation.guard == NOWHERE else (rule(operation.guard),)
    if operation.definition is None or operation.is_piecewise:
        return ()
    return tuple(guards(through_others(name)))
