"""Derivatives of trees, exact by the rules in the table of operations."""

from __future__ import annotations

from functools import lru_cache

from actx.language.operations import ARGUMENTS, CONDITIONS, OPERATIONS
from actx.language.syntax import rule
from actx.language.tree import ONE, VARIABLE, ZERO, Node, X, parameter, simplified, substitute, walk


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
        elif current.op in CONDITIONS or current.constant:
            found[current] = ZERO
        elif current.op == "where":
            condition, a, b = current.args
            found[current] = simplified("where", condition, found[a], found[b])
        elif OPERATIONS[current.op].cases is not None:
            found[current] = _first(by_cases(current))
        else:
            found[current] = _chain(current, [found[a] for a in current.args])
    return found[tree]


def _chain(current: Node, inner: list[Node]) -> Node:
    """The chain rule: the sum over the arguments of partial derivative times inner derivative."""
    total = ZERO
    for text, change in zip(OPERATIONS[current.op].derivative, inner, strict=True):
        if change is not ZERO:
            total = total + filled(text, current.args) * change
    return total


@lru_cache(maxsize=8192)
def filled(text: str, args: tuple[Node, ...]) -> Node:
    """A rule of the table with the arguments put in for u, v and w."""
    values = {parameter(name): value for name, value in zip(ARGUMENTS, args, strict=False)}
    return substitute(rule(text), values, simplified)


def by_cases(current: Node) -> Node:
    """A piecewise operation written with if/else."""
    cases = OPERATIONS[current.op].cases
    assert cases is not None
    return filled(cases, current.args)


def by_parameter(tree: Node, name: str) -> Node:
    """The derivative of a tree by one of its parameters: x and it change places for a moment."""
    held = parameter("x, held")  # a name that no text can give
    turned = substitute(tree, {X: held, parameter(name): X}, simplified)
    return substitute(derivative(turned), {X: parameter(name), held: X}, simplified)
