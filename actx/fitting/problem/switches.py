"""Where the pieces of a template may meet, as functions of its parameters.

`actx.calculus.pieces` finds breakpoints exactly, one set of values at a time. A fit asks thousands
of times; here each switching condition of the first or second degree in x is solved for x once and
for all. The result may hold points at which nothing switches, which does a quadrature no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from actx.calculus.steps import reached
from actx.calculus.values import program
from actx.core.arrays import Array
from actx.language.derivative import by_cases, derivative
from actx.language.operations import COMPARISONS, OPERATIONS
from actx.language.tree import ONE, ZERO, Node, X, node, number, replace, walk

_COMPARED = frozenset(o.name for o in COMPARISONS.values())
_MOST_BRANCHES = 64
_LARGEST_TREE = 4000
_MOST_STEPS = 24  # to either side of 0


def solved_switches(template: Node, names: Sequence[str]) -> Callable[[Array], Array] | None:
    """A function from parameter values to all points where the template may switch, always as many.

    Those that are not there at some values (complex, or infinite) are NaN. None where some
    condition is of a higher degree in x than 2, or where there are too many cases.
    """
    tree = _by_cases_throughout(template)
    if tree is None:
        return None
    polynomials: list[tuple[Node, Node, Node]] = []
    for comparison in walk(tree):
        if comparison.op not in _COMPARED:
            continue
        branches = list(_branches(comparison.args[0] - comparison.args[1], _MOST_BRANCHES))
        if len(branches) >= _MOST_BRANCHES:
            return None
        for branch in branches:
            slope = derivative(branch)
            bend = derivative(slope)
            if X in set(walk(bend)):
                return None
            if slope is not ZERO:
                polynomials.append((replace(branch, X, ZERO), replace(slope, X, ZERO), bend))
    return _roots(list(dict.fromkeys(polynomials)), tuple(names))


def _by_cases_throughout(tree: Node) -> Node | None:
    """The tree with relu, clip, abs and the like written as choices, and steps near 0 as well."""
    while True:
        found = (n for n in walk(tree) if n.args and OPERATIONS[n.op].is_piecewise)
        piecewise = next(found, None)
        if piecewise is None:
            return tree
        stepping = OPERATIONS[piecewise.op].steps is not None
        made = _first_steps(piecewise) if stepping else by_cases(piecewise)
        tree = replace(tree, piecewise, made)
        if tree.size > _LARGEST_TREE:
            return None


def _first_steps(current: Node) -> Node:
    """A function that rises in steps, as far as these are few; a search looks at many values."""
    (u,) = current.args
    total = number(-_MOST_STEPS - 1)
    for n in range(-_MOST_STEPS, _MOST_STEPS + 1):
        total = total + node("where", reached(current.op, u, n), ONE, ZERO)
    return total


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


def _roots(
    polynomials: Sequence[tuple[Node, Node, Node]], names: tuple[str, ...]
) -> Callable[[Array], Array]:
    """The real zeros of value + slope·x + bend·x²/2, for all of them."""
    if not polynomials:
        return lambda p: np.empty(0)
    compiled = program(*(n for row in polynomials for n in row), parameters=names)

    def roots(p: Array) -> Array:
        with np.errstate(all="ignore"):
            values = compiled(np.float64(0), *p)
            value, slope, bend = np.array(values, dtype=float).reshape(-1, 3).T
            root = np.sqrt(slope * slope - 2 * bend * value)
            far = -(slope + np.where(slope < 0, -root, root))  # no cancellation
            found = np.concatenate([far / bend, 2 * value / far])
        return np.where(np.isfinite(found), found, np.nan)

    return roots


def switches(tree: Node) -> list[Node]:
    """What must not change in a box for a tree to be continuous there: conditions, and steps."""
    found = [n.args[0] for n in walk(tree) if n.op == "where"]
    for n in walk(tree):
        if n.args and OPERATIONS[n.op].is_piecewise and not OPERATIONS[n.op].continuous:
            found.append(n)
    return list(dict.fromkeys(found))
