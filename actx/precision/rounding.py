"""A formula computed in a number type: each operation rounded, as an inference engine does it.

The formula is taken as it is written, not in the form that keeps float64 from cancelling, because
how it fares as written is the question. Each operation is computed in float64 and rounded to the
type, which is the correctly rounded result for + - * / and the square root (Figueroa, When is
double rounding innocuous?, SIGNUM Newsletter 30, 1995), and nearly always for the others. What
does not depend on x is one constant, rounded once; a table is stored in the type (`stored`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from actx.arithmetic.tables import Table
from actx.calculus.values import Program
from actx.language.constants import constant_value
from actx.language.operations import OPERATIONS
from actx.language.stable import code_form
from actx.language.tree import TABLE, Node
from actx.precision.number_types import NumberType
from actx.precision.stored import Stored


@lru_cache(maxsize=256)
def implementation(
    tree: Node, number_type: NumberType, parameters: tuple[str, ...] = ()
) -> Program[Any]:
    """The tree as a program over arrays of numbers of the type (`NumberType.round` makes them).

    parameters: those of the tree, of which the program takes values after x.

    Call it within `np.errstate(all="ignore")`.
    """

    def constant(part: Node) -> Any:
        if part.op == TABLE:
            assert isinstance(part.value, Table)
            return Stored(part.value, number_type)
        value = number_type.round(constant_value(part))
        return float(value) if number_type.native is None else number_type.native(value)

    return Program([tree], _functions(number_type), constant, parameters, code_form)


@lru_cache(maxsize=8)
def _functions(number_type: NumberType) -> Mapping[str, Callable[..., Any]]:
    right = {0} if number_type.native is None else {0, 0.5}  # ulps: no rounding of their own
    return {
        name: row.value if row.ulps in right else _rounded(row.value, number_type)
        for name, row in OPERATIONS.items()
        if row.value is not None
    }


def _rounded(value: Callable[..., Any], number_type: NumberType) -> Callable[..., Any]:
    if number_type.native is None:
        return lambda *args: number_type.round(value(*args))

    def wide(arg: Any) -> Any:
        if isinstance(arg, Stored):
            return arg
        return arg.astype(np.float64) if isinstance(arg, np.ndarray) else np.float64(arg)

    return lambda *args: number_type.round(value(*map(wide, args)))
