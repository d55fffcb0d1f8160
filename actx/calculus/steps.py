"""What functions that rise in steps are, by comparisons of their arguments with the edges.

floor(u) is 3 where u >= 3 and not u >= 4: so whoever can decide comparisons can tell it. Compared
with a number such a function needs no more than one edge, however many steps it has:
round(u) > 2.7 is u >= 2.5. So a clipped one has finitely many steps on the whole line.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

from actx.arithmetic.coefficients import Number, SeriesError
from actx.arithmetic.series import Place
from actx.calculus.expansion import limit
from actx.core.domain import smaller
from actx.core.errors import AnalysisError
from actx.language.operations import OPERATIONS
from actx.language.text import short
from actx.language.tree import NUMBER, ONE, ZERO, Node, as_fraction, node, number, walk

_TRIES = 4  # a value in floats, from which the step is looked for, is off by rounding only
_TURNED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}


@lru_cache(maxsize=8192)
def has_steps(tree: Node) -> bool:
    """Whether something in a tree rises in steps."""
    return any(n.args and OPERATIONS[n.op].steps is not None for n in walk(tree))


def reached(name: str, u: Node, n: int) -> Node:
    """The comparison that says that a step function of u is at least n."""
    edges = OPERATIONS[name].steps
    assert edges is not None
    edge, there = edges(n)
    return node("ge" if there else "gt", u, number(edge))


def step(name: str, u: Node, near: float, decide: Callable[[Node], Node | None]) -> Node | None:
    """The number that a step function of u is; None where a comparison is open.

    near: what u is about, if only at one of the places that are asked about. decide: ONE or ZERO
    for a comparison, None where it is open.
    """
    n = math.floor(near) if math.isfinite(near) else 0
    for _ in range(_TRIES):
        at_least, beyond = (decide(reached(name, u, k)) for k in (n, n + 1))
        if at_least is None or beyond is None:
            return None
        if at_least is ONE and beyond is ZERO:
            return number(n)
        n += 1 if beyond is ONE else -1
    return None


@lru_cache(maxsize=8192)
def without_steps(comparison: Node) -> Node | None:
    """A comparison of a number with a step function, scaled or moved, as one of its argument.

    None for any other comparison.
    """
    op, (tree, side) = comparison.op, comparison.args
    if tree.op == NUMBER:
        op, tree, side = _TURNED[op], side, tree
    if side.op != NUMBER or not has_steps(tree):
        return None
    bound = as_fraction(side)
    while OPERATIONS[tree.op].steps is None:
        peeled = _peeled(tree, bound)
        if peeled is None:
            return None
        tree, bound, turned = peeled
        op = _TURNED[op] if turned else op
        if not tree.args:
            return None
    return _of_argument(op, tree, bound)


def _peeled(tree: Node, bound: Fraction) -> tuple[Node, Fraction, bool] | None:
    """The part of a sum or product with a number, what it is compared with, and whether turned."""
    if tree.op == "neg":
        return tree.args[0], -bound, True
    if tree.op not in ("add", "sub", "mul", "div"):
        return None
    first, second = tree.args
    if second.op == NUMBER:
        inner, c = first, as_fraction(second)
    elif first.op == NUMBER and tree.op != "div":
        inner, c = second, as_fraction(first)
    else:
        return None
    if tree.op == "add":
        return inner, bound - c, False
    if tree.op == "sub":
        return (inner, bound + c, False) if inner is first else (inner, c - bound, True)
    if c == 0:
        return None
    return inner, bound * c if tree.op == "div" else bound / c, c < 0


def _of_argument(op: str, tree: Node, bound: Fraction) -> Node:
    """step(u) op bound, as a comparison of u with an edge, or with two."""
    (u,) = tree.args
    if op in ("eq", "ne"):
        n = math.floor(bound)
        if n != bound:
            return ZERO if op == "eq" else ONE
        equal = node("and", reached(tree.op, u, n), node("not", reached(tree.op, u, n + 1)))
        return equal if op == "eq" else node("not", equal)
    n = math.ceil(bound) if op in ("ge", "lt") else math.floor(bound) + 1
    found = reached(tree.op, u, n)
    return found if op in ("ge", "gt") else node("not", found)


# --- steps without end ---


def check_bounded(u: Node, lo: Number, hi: Number) -> None:
    """Raises AnalysisError where a smooth tree grows without bound: its steps have no end then."""
    ends = ((lo, -1), (hi, 1))
    where = [f"{x:g}" for x, side in ends if math.isinf(x) and _grows(u, side)]
    if where:
        advice, part = smaller(lo, hi)
        raise AnalysisError(
            f"What is rounded to whole numbers, {short(u)}, grows without bound as x goes to "
            f"{' and to '.join(where)}: there the formula jumps again and again, without end.",
            advice,
            domain=part,
        )


@lru_cache(maxsize=256)
def _grows(u: Node, side: int) -> bool:
    """Whether a smooth tree grows without bound towards an infinite end."""
    try:
        return math.isinf(limit(u, Place(None, side)))
    except SeriesError:
        return False  # what it does there shows when an edge is looked for
