"""Values of a tree over NumPy arrays.

The tree becomes a `Program`, a straight line of calls that computes each shared subtree
once. Large arrays go through it in blocks that stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from actx.arithmetic.elementary import WITH_OUT
from actx.language.constants import constant_value
from actx.language.operations import OPERATIONS
from actx.language.stable import code_form, spelled_out, stable, through_others
from actx.language.tree import TABLE, VARIABLE, Node, walk

Value = TypeVar("Value")
Step = tuple[Callable[..., Any], int, int | None, int | None]  # what is called, and with what
_BLOCK = 16_384  # elements; a few temporaries of this size stay in the second-level cache


class Program(Generic[Value]):
    """Several trees as one straight line of calls over some kind of value (arrays, boxes).

    functions: what operations do on that kind; those that are missing are computed through others,
    by: their definitions, or `code_form`, which floats need. constant: what a constant subtree is.
    """

    def __init__(
        self,
        trees: Sequence[Node],
        functions: Mapping[str, Callable[..., Value]],
        constant: Callable[[Node], Value],
        parameters: Sequence[str] = (),
        by: Callable[[str], Node] = through_others,
    ) -> None:
        if not OPERATIONS.keys() <= functions.keys():
            trees = [spelled_out(tree, functions, by) for tree in trees]
        inputs = {VARIABLE: 0} | {name: i + 1 for i, name in enumerate(parameters)}
        self._inputs = len(inputs)
        self._initial: list[Value | None] = [None] * self._inputs
        slots: dict[Node, int] = {}
        calls: list[tuple[Node, Callable[..., Value]]] = []
        for tree in trees:
            for current in walk(tree, constants=False):
                if current in slots:
                    continue
                if current.constant:
                    slots[current] = len(self._initial)
                    self._initial.append(constant(current))
                elif current.args:
                    calls.append((current, functions[current.op]))
                    slots[current] = -len(calls)
                else:
                    slots[current] = inputs[str(current.value or VARIABLE)]
        first = len(self._initial)
        slots = {n: s if s >= 0 else first - 1 - s for n, s in slots.items()}
        self._steps = [_step(f, *[slots[a] for a in n.args]) for n, f in calls]
        self._outputs = [slots[tree] for tree in trees]

    def __call__(self, *inputs: Value) -> list[Value]:
        """The value of each tree at x and the parameters."""
        values = self._run(inputs, self._steps)
        return [values[slot] for slot in self._outputs]

    def fill(self, out: NDArray[Any], *inputs: Value) -> None:
        """The value of the first tree at x and the parameters, written into an array."""
        if not self._steps or self._outputs[0] != len(self._initial) + len(self._steps) - 1:
            out[...] = self(*inputs)[0]
            return
        values = self._run(inputs, self._steps[:-1])
        function, *places = self._steps[-1]
        args = [values[a] for a in places if a is not None]
        if isinstance(function, np.ufunc) or function in WITH_OUT:
            function(*args, out=out)  # spares a pass over memory
        else:
            out[...] = function(*args)

    def _run(self, inputs: Sequence[Value], steps: Sequence[Step]) -> list[Any]:
        values: list[Any] = self._initial.copy()
        values[: len(inputs)] = inputs
        append = values.append
        for function, a, b, c in steps:
            if b is None:
                append(function(values[a]))
            elif c is None:
                append(function(values[a], values[b]))
            else:
                append(function(values[a], values[b], values[c]))
        return values


def _step(function: Callable[..., Any], *places: int) -> Step:
    """A call with the places of its arguments, None for those that it has not got."""
    a, b, c = (*places, None, None)[:3]
    assert a is not None
    return function, a, b, c


_VALUES = {o.name: o.value for o in OPERATIONS.values() if o.value is not None}


@lru_cache(maxsize=2048)
def program(*trees: Node, parameters: tuple[str, ...] = ()) -> Program[Any]:
    """The trees as a program over arrays; call it within `np.errstate(all="ignore")`."""
    return Program([stable(tree) for tree in trees], _VALUES, _constant, parameters, code_form)


def _constant(leaf: Node) -> Any:
    return leaf.value if leaf.op == TABLE else constant_value(leaf)


def evaluate(tree: Node, x: Any) -> NDArray[Any]:
    """The tree at each x.

    x: array or number; float32 stays float32, everything else is computed in float64. Returns an
    array of the same shape. No warnings; NaN where the formula has no value.
    """
    array = np.asarray(x)
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float64)
    compiled = program(tree)
    flat = array.ravel()
    result = np.empty_like(flat)
    with np.errstate(all="ignore"):
        for start in range(0, flat.size, _BLOCK):
            compiled.fill(result[start : start + _BLOCK], flat[start : start + _BLOCK])
    return result.reshape(array.shape)
