"""Enclosures of trees over boxes of x (`actx.arithmetic.interval` has the arithmetic)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from actx.arithmetic.interval import Rule, point, widen
from actx.calculus.values import Program
from actx.language.constants import constant_value
from actx.language.operations import OPERATIONS
from actx.language.stable import expanded, stable
from actx.language.tree import NUMBER, TABLE, Node, as_fraction

_RULES = {name: o.enclosure for name, o in OPERATIONS.items() if o.enclosure is not None}


@lru_cache(maxsize=4096)
def _constant_box(tree: Node) -> Any:
    if tree.op == TABLE:
        return tree.value
    if tree.args:
        rule = OPERATIONS[tree.op].enclosure
        if rule is None:
            return _constant_box(expanded(tree.op, tree.args))
        lo, hi = rule(*(_constant_box(a) for a in tree.args))
        return np.float64(lo), np.float64(hi)
    value = np.float64(constant_value(tree))
    if tree.op == NUMBER and Fraction(float(value)) == as_fraction(tree):
        return point(value)
    lo, hi = widen(value, value)
    return np.float64(lo), np.float64(hi)


@lru_cache(maxsize=2048)
def enclosure(*trees: Node, parameters: tuple[str, ...] = ()) -> Program[Any]:
    """Trees as a program from a box of x, and of each parameter, to a box of values each.

    Call it within `np.errstate(all="ignore")`.
    """
    return enclosure_with({}, *trees, parameters=parameters)


def enclosure_with(
    rules: Mapping[str, Rule], *trees: Node, parameters: tuple[str, ...]
) -> Program[Any]:
    """The same for trees that have further operations, by rules given for these."""
    with np.errstate(all="ignore"):
        return Program(
            [stable(tree) for tree in trees], {**_RULES, **rules}, _constant_box, parameters
        )
