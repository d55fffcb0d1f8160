"""The derivative as code computes it: exact, and one-sided where it jumps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from actx.arithmetic.coefficients import Number
from actx.calculus.pieces import Piecewise, pieces
from actx.calculus.proven.identity import coefficients
from actx.codegen.forms import prepared
from actx.codegen.lookups import has_table
from actx.core.errors import AnalysisError
from actx.language.derivative import derivative
from actx.language.tree import (
    VARIABLE,
    Node,
    X,
    node,
    number,
    parameter,
    simplified,
    substitute,
    walk,
)

_MOST_PIECES = 8  # more are left as the formula has them
_MOST_DEGREE = 3  # polynomials up to this are written by their coefficients


def slope(tree: Node, form: Callable[[Node], Node]) -> Node:
    """The derivative; at a breakpoint it is that of the piece to the left.

    form: in which the function is differentiated. A formula with many breakpoints, or that cannot
    be taken apart, or that has a table, keeps its own conditions: which side holds at a breakpoint
    is then as the formula says.
    """
    function = taken_apart(tree)
    if function is None:
        return derivative(form(tree))
    parts = [_piece_slope(form(piece.tree)) for piece in function.pieces]
    return _joined(parts, function.breakpoints)


def slope_by_parameter(tree: Node, name: str) -> Node:
    """The derivative of an open tree by one of its parameters."""
    stand_in = parameter("the variable itself")
    swapped = substitute(prepared(tree), {X: stand_in, parameter(name): X})
    return substitute(derivative(swapped), {X: parameter(name), stand_in: X}, simplified)


def taken_apart(tree: Node) -> Piecewise | None:
    """The pieces of a formula, None where the derivative is not made from them."""
    if has_table(tree):
        return None
    try:
        function = pieces(tree)
    except AnalysisError:
        return None
    return function if len(function.pieces) <= _MOST_PIECES else None


def _piece_slope(tree: Node) -> Node:
    found = derivative(tree)
    known = coefficients(found)
    if known is None or len(known) > _MOST_DEGREE + 1:
        return found
    result = number(known[-1])
    for coefficient in reversed(known[:-1]):
        result = result * X + number(coefficient)
    return result


def _joined(parts: Sequence[Node], breakpoints: Sequence[Number]) -> Node:
    """The pieces as one tree, which is NaN where x is."""
    if len(parts) == 1:
        return parts[0]
    varying = [i for i, part in enumerate(parts) if any(n.op == VARIABLE for n in walk(part))]
    last = varying[0] if varying else None  # comes last, as NaN fails every comparison
    result = X if last is None else parts[last]
    right = range(len(parts) - 1, (-1 if last is None else last), -1)
    edges = [_number(b) for b in breakpoints]
    for i in reversed(right):
        if i == 0:
            result = node("where", node("le", X, edges[0]), parts[0], result)
        else:
            result = node("where", node("gt", X, edges[i - 1]), parts[i], result)
    for i in reversed(range(last or 0)):
        result = simplified("where", node("le", X, edges[i]), parts[i], result)
    return result


def _number(place: Number) -> Node:
    return number(place if isinstance(place, Fraction) else float(place))
