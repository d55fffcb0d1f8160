"""Where the pieces of a template may meet, as functions of its parameters.

`actx.language.pieces` finds breakpoints exactly, one set of values at a time. A fit asks thousands
of times; here each switching condition that is linear in x is solved for x once and for all. The
result may hold points at which nothing switches, which does a quadrature no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from actx.language.derivative import by_cases, derivative
from actx.language.operations import COMPARISONS, OPERATIONS
from actx.language.tree import ZERO, Node, X, replace, walk
from actx.language.values import program

Array = NDArray[np.float64]

_COMPARED = frozenset(o.name for o in COMPARISONS.values())
_MOST_BRANCHES = 64
_LARGEST_TREE = 4000


def linear_switches(template: Node, names: Sequence[str]) -> Callable[[Array], Array] | None:
    """A function from parameter values to all points where the template may switch.

    None where some condition is not linear in x, or where there are too many cases.
    """
    tree = _by_cases_throughout(template)
    if tree is None:
        return None
    lines: list[tuple[Node, Node]] = []
    for comparison in walk(tree):
        if comparison.op not in _COMPARED:
            continue
        branches = list(_branches(comparison.args[0] - comparison.args[1], _MOST_BRANCHES))
        slopes = [derivative(branch) for branch in branches]
        if len(branches) >= _MOST_BRANCHES or any(X in set(walk(slope)) for slope in slopes):
            return None
        lines += [
            (replace(branch, X, ZERO), slope)
            for branch, slope in zip(branches, slopes, strict=True)
            if slope is not ZERO
        ]
    return _roots(lines, tuple(names))


def _by_cases_throughout(tree: Node) -> Node | None:
    """The tree with relu, clip, abs and the like written as choices."""
    while True:
        found = (n for n in walk(tree) if n.args and OPERATIONS[n.op].cases is not None)
        piecewise = next(found, None)
        if piecewise is None:
            return tree
        tree = replace(tree, piecewise, by_cases(piecewise))
        if tree.size > _LARGEST_TREE:
            return None


def _branches(tree: Node, most: int) -> Iterator[Node]:
    """The tree without choices: one tree for each way to choose, up to about `most`."""
    waiting, given = [tree], 0
    while waiting and given + len(waiting) <= most:
        current = waiting.pop()
        choice = next((n for n in walk(current) if n.op == "where"), None)
        if choice is None:
            given += 1
            yield current
        else:
            waiting += [replace(current, choice, argument) for argument in choice.args[1:]]
    yield from waiting


def _roots(lines: Sequence[tuple[Node, Node]], names: tuple[str, ...]) -> Callable[[Array], Array]:
    if not lines:
        return lambda p: np.empty(0)
    unique = list(dict.fromkeys(lines))
    compiled = program(*(n for line in unique for n in line), parameters=names)

    def roots(p: Array) -> Array:
        with np.errstate(all="ignore"):
            values = compiled(np.float64(0), *[np.float64(v) for v in p])
            found = -np.array(values[::2], dtype=float) / np.array(values[1::2], dtype=float)
        return np.unique(found[np.isfinite(found)])

    return roots
