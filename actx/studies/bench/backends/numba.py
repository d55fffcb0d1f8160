"""Numba: the form that an export to numba computes, compiled as one loop.

The compiled function is put together from one compiled function an operation, which LLVM inlines
and shares; no text is run.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.arithmetic.tables import Table
from actx.calculus.formula import Formula
from actx.codegen.lookups import stored_in
from actx.core.errors import optional_module
from actx.language.constants import constant_value
from actx.language.operations import LOOKUP
from actx.language.operations import OPERATIONS as ROWS
from actx.language.tree import TABLE, Node, as_table, walk
from actx.studies.bench import clock
from actx.studies.bench.backends import Kernel, Settings
from actx.studies.bench.backends.inputs import inputs

DTYPES = ("float32", "float64")
THREADS = False

# What operations are on numbers, in functions that Numba compiles.
OPERATIONS: Mapping[str, Callable[..., Any]] = {
    **{
        n: getattr(math, str(o.code.math))
        for n, o in ROWS.items()
        if hasattr(math, str(o.code.math))
    },
    **{name: row.operator for name, row in ROWS.items() if row.operator is not None},
    **{name: row.value for name, row in ROWS.items() if row.steps is not None and row.value},
    "mod": operator.mod,
    "pow": lambda u, v: u**v,
    "min": lambda u, v: v if u > v else u,
    "max": lambda u, v: v if u < v else u,
    "not": lambda u: not u,
    "where": lambda c, u, v: u if c else v,
}


def compiled(tree: Node) -> Any:
    """A tree as a compiled function of one number."""
    import numba

    jit = numba.njit(inline="never", error_model="numpy")
    done: dict[Node, Any] = {}
    for current in walk(tree):
        if current.op == TABLE:
            continue
        if current.op == LOOKUP:
            done[current] = jit(_looked_up(as_table(current), done[current.args[1]]))
        elif current.constant:
            done[current] = jit(_constant(constant_value(current)))
        elif not current.args:
            done[current] = jit(lambda x: x)
        else:
            operation = OPERATIONS[current.op]
            function = jit(operation) if isinstance(operation, FunctionType) else operation
            done[current] = jit(_applied(function, [done[a] for a in current.args]))
    return done[tree]


def _constant(value: float) -> Callable[[Any], Any]:
    return lambda x: value


def _looked_up(table: Table, argument: Any) -> Callable[[Any], Any]:
    """The row of a table by bisection, and its polynomial, as an export to numba has them."""
    stored = stored_in(table, "float64")
    knots, rows = stored.knots, np.ascontiguousarray(stored.coefficients.T)
    lowest = -math.inf if stored.lowest is None else stored.lowest
    highest = math.inf if stored.highest is None else stored.highest
    last = rows.shape[1] - 1

    def look_up(x: Any) -> Any:
        u = argument(x)
        i = np.searchsorted(knots, u, side="right")
        t = min(max(u, lowest), highest) - knots[max(i - 1, 0)]
        total = rows[i, last] if last else rows[i, 0] + 0 * t
        for power in range(last - 1, -1, -1):
            total = total * t + rows[i, power]
        return total

    return look_up


def _applied(function: Any, args: list[Any]) -> Callable[[Any], Any]:
    if len(args) == 1:
        (f,) = args
        return lambda x: function(f(x))
    if len(args) == 2:
        f, g = args
        return lambda x: function(f(x), g(x))
    f, g, h = args
    return lambda x: function(f(x), g(x), h(x))


def _loops(tree: Node, slope: Node) -> tuple[Any, Any]:
    """The loops of a function, and of its derivative times a gradient."""
    import numba

    f, d = compiled(tree), compiled(slope)

    def forward(x: Any, y: Any) -> None:
        for i in range(x.size):
            y[i] = f(x[i])

    def backward(x: Any, g: Any, change: Any) -> None:
        for i in range(x.size):
            change[i] = g[i] * d(x[i])

    jit = numba.njit(error_model="numpy")
    return jit(forward), jit(backward)


@dataclass
class _Numba:
    x: NDArray[Any]
    grad: NDArray[Any]
    y: NDArray[Any]  # for all formulas the same, as memory that is used anew costs time
    change: NDArray[Any]
    size: int
    device: str
    versions: Mapping[str, str]

    def copy(self) -> None:
        np.copyto(self.y, self.x)

    def kernel(self, formula: Formula) -> Kernel:
        from actx.codegen.languages.numba import FORMS, HOWS
        from actx.codegen.task import Task, chosen

        forms = chosen(Task(formula, "activation", "", formula, ()), HOWS, FORMS)
        forward, backward = _loops(forms.value.form.tree, forms.slope.form.tree)

        def value() -> None:
            forward(self.x, self.y)

        def both() -> None:
            value()
            backward(self.x, self.grad, self.change)

        return Kernel("Numba, one loop", value, both, float(self.x.itemsize))

    def seconds(self, call: Callable[[], object], calls: int) -> float:
        return clock.seconds(call, calls, 1)


@contextmanager
def start(settings: Settings) -> Iterator[_Numba]:
    """Run what Numba compiles."""
    numba = optional_module("numba", "The backend numba needs Numba", "numba")
    x, grad = (each.astype(settings.dtype) for each in inputs(settings.size))
    yield _Numba(
        x, grad, np.empty_like(x), np.empty_like(x), x.size, "CPU", {"numba": numba.__version__}
    )
