"""Templates written so that intervals of them over boxes of parameters are narrow.

Where a parameter stands twice, intervals forget that both are the same. Two such forms are common
in templates: min(..., k)/k, which is min(.../k, 1) for k > 0, and (1 + u^c)^(1/c).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from actx.arithmetic.interval import Box, Rule, choose, rounded, widen
from actx.language.tree import ONE, PARAMETER, ZERO, Node, node, number, rebuild, simplified, walk

_MINUS_ONE = number(-1)
_SCALED = frozenset({"clip", "min", "max", "relu", "abs"})
_ROUNDING = 1e-15


def tamed(tree: Node) -> Node:
    """The same function where it is defined, with the operations of `RULES` as well."""
    return rebuild(tree, lambda leaf: leaf, _made)


def _made(op: str, *args: Node) -> Node:
    if op == "div" and args[1].op == PARAMETER:
        return _quotient(args[0], args[1]) or node(op, *args)
    if op == "pow":
        return _norm(*args) or node(op, *args)
    return node(op, *args)


def _quotient(top: Node, k: Node) -> Node | None:
    """A product divided by k, the division done inside a piecewise factor that holds k."""
    if top.op == "mul":
        for factor, other in (top.args, top.args[::-1]):
            inner = _quotient(factor, k)
            if inner is not None:
                return node("mul", other, inner)
        return None
    if top.op not in _SCALED or k not in set(walk(top)):
        return None
    positive, negative = _scaled(top, k)
    return node("by_sign", k, positive, negative)


def _scaled(tree: Node, k: Node) -> tuple[Node, Node]:
    """A piecewise operation divided by k: where k is positive, and where it is negative."""
    args = [_share(a, k) for a in tree.args]
    if tree.op == "clip":
        u, lo, hi = args
        return node("clip", u, lo, hi), node("max", node("min", u, lo), hi)
    if tree.op == "relu":
        return node("relu", *args), node("min", *args, ZERO)
    if tree.op == "abs":
        return node("abs", *args), node("neg", node("abs", *args))
    return node(tree.op, *args), node({"min": "max", "max": "min"}[tree.op], *args)


def _share(tree: Node, k: Node) -> Node:
    """tree/k."""
    if tree.op in ("min", "max") and k in set(walk(tree)):
        return _quotient(tree, k) or simplified("div", tree, k)
    return ONE if tree is k else simplified("div", tree, k)


def _norm(base: Node, exponent: Node) -> Node | None:
    """(1 + u^c)^(1/c), or its reciprocal, as one operation on u and c."""
    if base.op != "add" or exponent.op != "div" or exponent.args[0] not in (ONE, _MINUS_ONE):
        return None
    c = exponent.args[1]
    for one, power in (base.args, base.args[::-1]):
        if one is ONE and power.op == "pow" and power.args[1] is c and not c.constant:
            whole = node("norm_with_one", power.args[0], c)
            return whole if exponent.args[0] is ONE else node("div", ONE, whole)
    return None


def _by_sign(k: Box, positive: Box, negative: Box) -> Box:
    """One of two, where k is never 0."""
    return choose((k[0] >= 0, k[1] > 0), positive, negative)


def _norm_with_one(u: Box, c: Box) -> Box:
    """(1 + u^c)^(1/c) for u >= 0, which for c > 0 rises with u and falls with c.

    For c < 0 it is the reciprocal of that of 1/u and -c, so that it falls with c there as well. It
    has no value at c = 0, so that a box may end there.
    """
    lo = np.where(c[1] > 0, _norm_ends(u[0], c[1])[0], 1 / _norm_ends(1 / u[0], 0.0 - c[1])[1])
    hi = np.where(c[0] > 0, _norm_ends(u[1], c[0])[1], 1 / _norm_ends(1 / u[1], 0.0 - c[0])[0])
    hi = np.where(c[0] == 0, np.inf, hi)
    positive, negative = (c[0] >= 0) & (c[1] > 0), (c[1] <= 0) & (c[0] < 0)
    lo = np.where(positive, np.fmax(lo, 1.0), np.where(negative, np.fmax(lo, 0.0), 0.0))
    hi = np.where(positive | negative, np.fmin(hi, np.inf), np.inf)
    known = u[0] >= 0
    lo, hi = rounded(lo, hi)
    return np.where(known, np.fmax(lo, 0.0), -np.inf), np.where(known, hi, np.inf)


def _norm_ends(u: Any, c: Any) -> Box:
    """Bounds of max(1, u)·(1 + r^c)^(1/c) with r the smaller of u and 1/u.

    A relative error of r changes the logarithm of the root by no more than as much.
    """
    ratio = np.minimum(u, 1 / u)
    lo, hi = widen(np.log1p(np.power(ratio, c)), np.log1p(np.power(ratio, c)))
    lo, hi = rounded(lo / c - _ROUNDING, hi / c + _ROUNDING)
    lo, hi = widen(np.exp(lo), np.exp(hi))
    larger = np.maximum(u, 1.0)
    return rounded(lo * larger, hi * larger)


RULES: dict[str, Rule] = {"by_sign": _by_sign, "norm_with_one": _norm_with_one}
