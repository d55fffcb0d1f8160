"""Derivatives of trees, exact by the rules in the table of operations."""

from __future__ import annotations

from functools import lru_cache

from actx.arithmetic.tables import Polynomial, Table
from actx.language.grammar import rule
from actx.language.operations import ARGUMENTS, CONDITIONS, LOOKUP, OPERATIONS
from actx.language.stable import through_others
from actx.language.tree import (
    ONE,
    VARIABLE,
    ZERO,
    Node,
    X,
    as_table,
    lookup,
    node,
    number,
    parameter,
    simplified,
    substitute,
    walk,
)


@lru_cache(maxsize=4096)
def derivative(tree: Node, order: int = 1) -> Node:
    """The derivative of the given order with respect to x.

    A piecewise operation gives the derivative of the piece that holds at x; what the derivative is
    on either side of a breakpoint is told by `actx.calculus.pieces`.
    """
    for _ in range(order):
        tree = _first(tree)
    return tree


@lru_cache(maxsize=4096)
def _first(tree: Node) -> Node:
    found: dict[Node, Node] = {}
    for current in walk(tree):
        if not current.args:
            found[current] = ONE if current.op == VARIABLE else ZERO
        elif current.op in CONDITIONS or current.constant or OPERATIONS[current.op].steps:
            found[current] = ZERO
        elif current.op == "where":
            condition, a, b = current.args
            found[current] = simplified("where", condition, found[a], found[b])
        elif current.op == LOOKUP:
            slope = lookup(as_table(current).derivative(), current.args[1])
            found[current] = slope * found[current.args[1]]
        elif OPERATIONS[current.op].is_piecewise:
            found[current] = _first(by_cases(current))
        else:
            found[current] = _chain(current, [found[a] for a in current.args])
    return found[tree]


def _chain(current: Node, inner: list[Node]) -> Node:
    """The chain rule: the sum over the arguments of partial derivative times inner derivative."""
    total = ZERO
    for partial, change in zip(_partial_derivatives(current.op), inner, strict=True):
        if change is not ZERO:
            total = total + with_arguments(partial, current.args) * change
    return total


@lru_cache(maxsize=256)
def _partial_derivatives(name: str) -> tuple[Node, ...]:
    """The derivatives by each argument, in u, v and w: those of the row or of its definition."""
    operation = OPERATIONS[name]
    if operation.derivative:
        return tuple(rule(text) for text in operation.derivative)
    tree = through_others(name)
    places = map(parameter, ARGUMENTS[: operation.arity])
    return tuple(substitute(_first(substitute(tree, {p: X})), {X: p}) for p in places)


def filled(text: str, args: tuple[Node, ...]) -> Node:
    """A rule of the table with the arguments put in for u, v and w."""
    return with_arguments(rule(text), args)


@lru_cache(maxsize=8192)
def with_arguments(tree: Node, args: tuple[Node, ...]) -> Node:
    """A rule in u, v and w with the arguments put in."""
    values = {parameter(name): value for name, value in zip(ARGUMENTS, args, strict=False)}
    return substitute(tree, values, simplified)


@lru_cache(maxsize=1024)
def by_cases(current: Node) -> Node:
    """A piecewise operation written with if/else, or by one that rises in steps."""
    if current.op == LOOKUP:
        return _rows_by_bisection(as_table(current), current.args[1])
    definition = OPERATIONS[current.op].definition
    assert definition is not None
    return filled(definition, current.args)


def _rows_by_bisection(table: Table, u: Node) -> Node:
    """A table at u by comparisons of u with knots, as few on each way as can be."""
    rows = [_polynomial(row, u - number(table.origin(i))) for i, row in enumerate(table.rows)]
    knots = table.knots

    def between(first: int, last: int) -> Node:
        if first == last:
            return rows[first]
        middle = (first + last) // 2
        below = node("lt", u, number(knots[middle]))
        return simplified("where", below, between(first, middle), between(middle + 1, last))

    return between(0, len(knots))


def _polynomial(coefficients: Polynomial, t: Node) -> Node:
    """A polynomial in t by Horner's rule."""
    total = number(coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total = total * t + number(coefficient)
    return total


def by_parameter(tree: Node, name: str) -> Node:
    """The derivative of a tree by one of its parameters: x and it change places for a moment."""
    held = parameter("x, held")  # a name that no text can give
    turned = substitute(tree, {X: held, parameter(name): X}, simplified)
    return substitute(derivative(turned), {X: parameter(name), held: X}, simplified)
