"""Keeping a form right at the ends: where x is infinite, and where something in it overflows.

Far out a formula of this kind is one of its tails, but a product such as ∞·0 or a quotient such as
∞/∞ on the way there is not a number. Each end that goes wrong is given the simplest guard that
makes it right: x is held at some number beyond which the values no longer change; or only the
argument of the functions in it is held; or the tail takes over as a line of its own. Whether a
guard makes it right is tried in the arithmetic itself.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from actx.analysis.tails import tails
from actx.calculus.cost import price
from actx.calculus.pieces import pieces
from actx.codegen.arithmetic import Arithmetic, points, run, truth, ulps
from actx.codegen.forms import Form, without_idle_bounds
from actx.core.errors import AnalysisError
from actx.language.operations import OPERATIONS
from actx.language.tree import Node, X, node, number, simplified, substitute, walk
from actx.precision.number_types import Doubles

_FAINT = 0.6  # ulps: a guard that changes values by no more is as good as none
_TOLERABLE = 4.0  # ulps: one that is taken where there is no better
_LEVELLING = frozenset(  # functions that level off or blow up: x can be held in their arguments
    name for name, row in OPERATIONS.items() if row.is_function and price(name)[0].calls
)
_NEAR = [round(n) for n in np.geomspace(2, 120, 60)]
_FAR = [10 * round(n / 10) for n in np.geomspace(120, 4000, 50)]
_REMOTE = [10**n for n in range(4, 19)]
_LIMITS = sorted(
    {*_NEAR, *_FAR, *_REMOTE}
)  # where x is held: whole numbers, that a reader takes in


@dataclass(frozen=True)
class _Guard:
    """A change of a tree; held: what then stands for x, what it is called, and why it is there."""

    change: Callable[[Node], Node]
    held: Node
    name: str
    remark: str


@dataclass(frozen=True)
class _Side:
    """One end of the line, at which a form is tried in several arithmetics."""

    sign: int
    exact: Node
    hows: Sequence[Arithmetic]
    values: Mapping[Node, Node]

    def errors(self, tree: Node) -> list[Doubles]:
        """The errors in ulps at the points of this side, for each arithmetic."""
        tree = substitute(tree, self.values) if self.values else tree
        found = []
        for how in self.hows:
            places = self._places(how)
            values = run(tree, points(how.store)[places], how)
            found.append(ulps(values, truth(self.exact, how.store)[places], how.store))
        return found

    def _places(self, how: Arithmetic) -> NDArray[np.intp]:
        places = np.flatnonzero(np.sign(points(how.store)) == self.sign)
        step = 8 if how.exhaustive else 1  # the form that is chosen is then tried at all of them
        return np.concatenate([places[:-1:step], places[-1:]])  # the last one is infinite


def guarded(
    form: Form,
    exact: Node,
    hows: Sequence[Arithmetic],
    values: Mapping[Node, Node] | None = None,
) -> Form:
    """The form with a guard at each end that needs one, right in all the arithmetics.

    exact: the function itself. values: of parameters that stay open in the form; x is then held as
    far out as can be, for the sake of other values. An end that no guard makes right is left as it
    is.
    """
    for sign in (1, -1):
        side = _Side(sign, exact, hows, values or {})
        bare = side.errors(form.tree)
        if any(np.isinf(errors).any() for errors in bare):
            form = _with_guard(form, side, bare)
    return _with_remarks_once(form)


def _with_remarks_once(form: Form) -> Form:
    """The form without a remark on what only the next guard holds further."""
    uses = Counter(a for n in walk(form.tree) for a in n.args)
    outer = {a for part in form.remarks for a in part.args}
    idle = {part for part in form.remarks if part in outer and uses[part] == 1}
    kept = {part: remark for part, remark in form.remarks.items() if part not in idle}
    return Form(form.tree, form.names, kept)


def _with_guard(form: Form, side: _Side, bare: list[Doubles]) -> Form:
    best, least = None, _TOLERABLE
    for guard in _guards(form.tree, side):
        harm = _harm(side.errors(guard.change(form.tree)), bare)
        if harm < least:
            best, least = guard, harm
        if harm <= _FAINT:
            break
    if best is None:
        return form
    changed = form.map(best.change).map(without_idle_bounds)
    names = {**changed.names, best.held: best.name} if best.name else changed.names
    return Form(changed.tree, names, {**changed.remarks, best.held: best.remark})


def _harm(errors: list[Doubles], bare: list[Doubles]) -> float:
    """The largest error that a guard makes, or leaves where there was no value without it."""
    most = 0.0
    for guarded_errors, without in zip(errors, bare, strict=True):
        new = np.isinf(without) | (guarded_errors > without + _FAINT)
        if new.any():
            most = max(most, float(guarded_errors[new].max()))
    return most


def _guards(tree: Node, side: _Side) -> Iterator[_Guard]:
    """The guards to try, the simplest ones first; one kind only where parameters stay open."""
    for limit in reversed(_LIMITS) if side.values else _LIMITS:
        held = _held(side.sign, limit)
        change = partial(_held_everywhere, held=held)
        yield _Guard(change, held, "t", "no change beyond, and no inf*0")
    if not side.values:
        yield from _guards_of_parts(tree, side)


def _guards_of_parts(tree: Node, side: _Side) -> Iterator[_Guard]:
    """The guards that leave x itself as it is."""
    if any(n.op in _LEVELLING for n in walk(tree)):
        for limit in _LIMITS:
            held = _held(side.sign, limit)
            change = partial(_held_in_functions, held=held)
            yield _Guard(change, held, "u", "no change beyond, and no overflow")
    line = _tail(side)
    if line is not None:
        for limit in _LIMITS:
            beyond = node("gt" if side.sign > 0 else "lt", X, number(side.sign * limit))
            change = partial(_with_line, beyond=beyond, line=line)
            yield _Guard(change, beyond, "far", "the tail, where the rest overflows")


def _held(sign: int, limit: int) -> Node:
    return node("min" if sign > 0 else "max", X, number(sign * limit))


def _held_everywhere(tree: Node, held: Node) -> Node:
    return substitute(tree, {X: held}, simplified)


def _with_line(tree: Node, beyond: Node, line: Node) -> Node:
    return node("where", beyond, line, tree)


def _held_in_functions(tree: Node, held: Node) -> Node:
    """The tree with x held wherever it stands in the argument of a function that levels off."""
    done: dict[Node, Node] = {}
    for current in walk(tree):
        if current.op in _LEVELLING:
            done[current] = substitute(current, {X: held}, simplified)
        elif current.args:
            done[current] = simplified(current.op, *(done[a] for a in current.args))
        else:
            done[current] = current
    return done[tree]


def _tail(side: _Side) -> Node | None:
    """The line that the function is far out, None where it is none."""
    try:
        both = tails(pieces(side.exact))
    except AnalysisError:
        return None
    end = both.right if side.sign > 0 else both.left
    if end is None or end.intercept is None:
        return None
    if not (math.isfinite(end.slope) and math.isfinite(end.intercept)):
        return None
    return number(end.slope) * X + number(end.intercept)
