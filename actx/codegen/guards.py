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
from actx.codegen.arithmetic import Arithmetic, run, truth, ulps
from actx.codegen.forms import Form, without_idle_bounds
from actx.codegen.places import LIMITS, points
from actx.core.errors import AnalysisError
from actx.language.operations import OPERATIONS
from actx.language.tree import Node, X, node, number, parameter, simplified, substitute, walk
from actx.precision.number_types import Doubles

_FAINT = 0.6  # ulps: a guard that changes values by no more is as good as none
_TOLERABLE = 4.0  # ulps: one that is taken where there is no better
_LEVELLING = frozenset(  # functions that level off or blow up: x can be held in their arguments
    name for name, row in OPERATIONS.items() if row.is_function and price(name)[0].calls
)
_LIMIT = parameter("limit of x")  # a name that no formula can have
_AT_ONCE = 65_536  # values of a form


@dataclass(frozen=True)
class _Guard:
    """A change of a tree about a limit of x: what is held or asked, what it is called, and why."""

    change: Callable[[Node, Node], Node]  # of a tree, by what is held
    held: Callable[[Node], Node]  # at a limit
    name: str
    remark: str

    def changed(self, tree: Node, limit: Node) -> Node:
        return self.change(tree, self.held(limit))


@dataclass(frozen=True)
class _Side:
    """One end of the line, at which a form is tried in several arithmetics."""

    sign: int
    exact: Node
    hows: Sequence[Arithmetic]
    values: Mapping[Node, Node]

    def limit(self, size: int) -> Node:
        return number(self.sign * size)

    def errors(self, tree: Node) -> list[Doubles]:
        """The errors in ulps at the points of this side, for each arithmetic."""
        return [errors[0] for errors in self._errors(tree, np.zeros(1))]

    def errors_at(self, tree: Node, sizes: Sequence[int]) -> list[Doubles]:
        """The same of a tree in which the limit is open: a row for each size that it may have."""
        return self._errors(tree, np.array(sizes, dtype=np.float64) * self.sign)

    def _errors(self, tree: Node, limits: Doubles) -> list[Doubles]:
        tree = substitute(tree, self.values) if self.values else tree
        found = []
        for how in self.hows:
            places = self._places(how)
            values = run(tree, points(how.store)[places], how, {str(_LIMIT.value): limits[:, None]})
            found.append(ulps(values, truth(self.exact, how.store)[places], how.store))
        return found

    def nearest(self, errors: Sequence[Doubles]) -> float:
        """How near to 0 a value is lost."""
        places = [points(how.store)[self._places(how)] for how in self.hows]
        lost = (np.abs(x[np.isinf(e)]) for x, e in zip(places, errors, strict=True))
        return min((float(x.min()) for x in lost if x.size), default=math.inf)

    def many(self) -> int:
        """How many limits are tried at a time."""
        return max(1, _AT_ONCE // max(self._places(how).size for how in self.hows))

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
    for guard, size, harm in _tried(form.tree, side, bare):
        if harm < least:
            changed = guard.changed(form.tree, side.limit(size))
            harm = _harm(side.errors(changed), bare)  # simplified it may be another form
            if harm < least:
                best, least = (guard, size), harm
            if harm <= _FAINT:
                break
    if best is None:
        return form
    guard, limit = best[0], side.limit(best[1])
    held = guard.held(limit)
    changed_form = form.map(lambda part: guard.changed(part, limit)).map(without_idle_bounds)
    names = {**changed_form.names, held: guard.name} if guard.name else changed_form.names
    return Form(changed_form.tree, names, {**changed_form.remarks, held: guard.remark})


def _tried(tree: Node, side: _Side, bare: list[Doubles]) -> Iterator[tuple[_Guard, int, float]]:
    """The guards at each limit, with the harm that they do, the simplest ones first."""
    nearest = side.nearest(bare)  # a guard leaves what is nearer than its limit as it is
    sizes = [size for size in LIMITS if size < nearest]
    sizes = sizes[::-1] if side.values else sizes
    many = side.many()
    for guard in _guards(tree, side):
        open_ = guard.changed(tree, _LIMIT)
        for start in range(0, len(sizes), many):
            some = sizes[start : start + many]
            rows = zip(*side.errors_at(open_, some), strict=True)
            for size, errors in zip(some, rows, strict=True):
                yield guard, size, _harm(list(errors), bare)


def _harm(errors: list[Doubles], bare: list[Doubles]) -> float:
    """The largest error that a guard makes, or leaves where there was no value without it."""
    most = 0.0
    for guarded_errors, without in zip(errors, bare, strict=True):
        new = np.isinf(without) | (guarded_errors > without + _FAINT)
        if new.any():
            most = max(most, float(guarded_errors[new].max()))
    return most


def _guards(tree: Node, side: _Side) -> Iterator[_Guard]:
    """The kinds of guards, the simplest ones first; one only where parameters stay open."""
    bound, beyond = ("min", "gt") if side.sign > 0 else ("max", "lt")
    held = partial(node, bound, X)
    yield _Guard(_held_everywhere, held, "t", "no change beyond, and no inf*0")
    if side.values:
        return
    if any(n.op in _LEVELLING for n in walk(tree)):
        yield _Guard(_held_in_functions, held, "u", "no change beyond, and no overflow")
    line = _tail(side)
    if line is not None:
        change = partial(_with_line, line=line)
        remark = "the tail, where the rest overflows"
        yield _Guard(change, partial(node, beyond, X), "far", remark)


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
    if end is None or end.line is None:
        return None
    slope, intercept = map(number, end.line)
    return slope * X + intercept
