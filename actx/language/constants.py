"""Values of trees that hold neither x nor a parameter."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from actx.language.operations import CONSTANTS, LOOKUP, OPERATIONS
from actx.language.stable import code_form, expanded
from actx.language.tree import CONSTANT, NUMBER, Node, as_fraction, as_table


@lru_cache(maxsize=4096)
def constant_value(tree: Node) -> float:
    """The value of a constant tree as a float64 number; not finite where it has none."""
    if tree.op == NUMBER:
        try:
            return float(as_fraction(tree))
        except OverflowError:
            return np.inf if as_fraction(tree) > 0 else -np.inf
    if tree.op == CONSTANT:
        return CONSTANTS[str(tree.value)]
    if tree.op == LOOKUP:
        return float(as_table(tree)(constant_value(tree.args[1])))
    value = OPERATIONS[tree.op].value
    if value is None:
        return constant_value(expanded(tree.op, tree.args, code_form))
    with np.errstate(all="ignore"):
        args = [constant_value(a) for a in tree.args]
        # NumPy numbers, whose division and powers do not raise
        wrapped = [a if tree.op == "pow" and i else np.float64(a) for i, a in enumerate(args)]
        return float(value(*wrapped))
