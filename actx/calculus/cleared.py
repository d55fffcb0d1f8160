"""Quotients of sums of tangents as quotients of sines and cosines, bounded at their poles."""

from __future__ import annotations

from functools import lru_cache

from actx.language.tree import (
    NUMBER,
    ONE,
    Node,
    as_fraction,
    node,
    number,
    rebuild,
    simplified,
    walk,
)

_MOST = 8  # the power of a tangent up to which it is cleared
_SUMS = ("add", "sub", "neg")


@lru_cache(maxsize=512)
def cleared(tree: Node) -> Node:
    """A smooth tree with top and bottom of its quotients multiplied by powers of cosines.

    It is the same function wherever the tangents have values: (1 - tan(x)^2)/(1 + tan(x)^2)
    becomes (cos(x)^2 - sin(x)^2)/(cos(x)^2 + sin(x)^2), which is bounded next to their poles.
    """
    if not any(n.op == "tan" for n in walk(tree)):
        return tree
    return rebuild(tree, lambda leaf: leaf, _made)


def _made(op: str, *args: Node) -> Node:
    """An operation of what is cleared already; a quotient without its tangents."""
    made = simplified(op, *args)
    if op != "div" or made.op != "div":
        return made
    top, bottom = made.args
    for tangent in dict.fromkeys(n for part in (top, bottom) for n in walk(part) if n.op == "tan"):
        degrees = [_degree(part, tangent) for part in (top, bottom)]
        known = [degree for degree in degrees if degree is not None]
        if len(known) == len(degrees) and 0 < max(known) <= _MOST:
            top, bottom = (_times(part, tangent, max(known)) for part in (top, bottom))
    return simplified("div", top, bottom)


def _degree(tree: Node, tangent: Node) -> int | None:
    """The degree of a polynomial in a tangent; None for what is none."""
    if tree is tangent:
        return 1
    if all(n is not tangent for n in walk(tree)):
        return 0
    parts = [_degree(a, tangent) for a in tree.args]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if tree.op in _SUMS:
        return max(known)
    if tree.op == "mul":
        return sum(known)
    exponent = _whole(tree)
    return None if exponent is None else known[0] * exponent


def _whole(tree: Node) -> int | None:
    """The exponent of a power, where it is a whole number and not negative."""
    if tree.op != "pow" or tree.args[1].op != NUMBER:
        return None
    exponent = as_fraction(tree.args[1])
    return int(exponent) if exponent.denominator == 1 and exponent >= 0 else None


def _times(tree: Node, tangent: Node, power: int) -> Node:
    """A polynomial in a tangent, times a power of the cosine that is not below its degree."""
    if tree is tangent:
        return simplified("mul", _cosine(tangent, power - 1), node("sin", *tangent.args))
    degree = _degree(tree, tangent) or 0
    if not degree:
        return simplified("mul", _cosine(tangent, power), tree)
    if tree.op in _SUMS:
        return simplified(tree.op, *(_times(a, tangent, power) for a in tree.args))
    if tree.op == "mul":
        first = _degree(tree.args[0], tangent) or 0
        parts = _times(tree.args[0], tangent, first), _times(tree.args[1], tangent, power - first)
        return simplified("mul", *parts)
    exponent, inner = _whole(tree) or 1, _degree(tree.args[0], tangent) or 0
    raised = simplified("pow", _times(tree.args[0], tangent, inner), tree.args[1])
    return simplified("mul", _cosine(tangent, power - exponent * inner), raised)


def _cosine(tangent: Node, power: int) -> Node:
    """A power of the cosine of what a tangent is of."""
    if not power:
        return ONE
    cosine = node("cos", *tangent.args)
    return cosine if power == 1 else simplified("pow", cosine, number(power))
