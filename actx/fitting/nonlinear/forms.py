"""Other columns that span as much as those of the linear parameters, or more.

A bound for all sums of some columns holds for all sums of columns that they span. Where columns
nearly vanish or coincide, as tanh(b*x + c) does with 1 for a small b or a large c, intervals cannot
tell which sums there are, and one of these forms takes their place:
scaled: divided by a factor without x, which may be tiny, after what another column has is taken off
(tanh(u) + 1 = 2 sigmoid(2u), and sigmoid(u) = exp(u) sigmoid(-u), where exp(u) is exp(slope*x) but
for such a factor); a slope by a parameter: where a column at b = v vanishes or is another one, and
perhaps some of its derivatives by b as well, the rest of its Taylor series takes its place, which
is a power of b - v times a mean of derivatives between v and b.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from actx.arithmetic.interval import point
from actx.calculus.enclosure import enclosure
from actx.fitting.nonlinear.errors import Boxes
from actx.fitting.problem.switches import switches
from actx.language.derivative import by_parameter, derivative
from actx.language.tree import (
    CONSTANT,
    NUMBER,
    ONE,
    ZERO,
    Node,
    X,
    as_fraction,
    node,
    number,
    parameter,
    parameters,
    simplified,
    substitute,
    walk,
)

Truths = NDArray[np.bool_]

_TWO = number(2)
_ORDERS = 4  # of derivatives
_ADJACENT = 2.0  # a slope is taken over at most so many times what a box is wide


@dataclass(frozen=True)
class Form:
    """Columns, and the boxes for which they may do.

    positive: formulas without x that must not be negative over a box. slope: the index of a column
    that is a slope, of the parameter by which, and of that which it is to be near; -1 for 0.
    """

    columns: Sequence[Node]
    positive: Sequence[Node] = ()
    slope: tuple[int, int, int] | None = None

    def applies(self, boxes: Boxes, names: tuple[str, ...]) -> Truths:
        """For which boxes these columns are allowed, and may be of use."""
        found = np.ones(len(boxes), dtype=bool)
        if self.positive:
            ends = enclosure(*self.positive, parameters=names)(point(0.0), *boxes.columns())
            for lo, _ in ends:
                found &= np.broadcast_to(np.asarray(lo >= 0), (len(boxes), 1))[:, 0]
        if self.slope is not None:
            i = self.slope[1]
            wide = self.stretched(boxes)
            found &= wide.hi[:, i] - wide.lo[:, i] <= _ADJACENT * (boxes.hi[:, i] - boxes.lo[:, i])
        return found

    def stretched(self, boxes: Boxes) -> Boxes:
        """The boxes over which the slope is taken."""
        assert self.slope is not None
        _, i, near = self.slope
        lo, hi = boxes.lo.copy(), boxes.hi.copy()
        lo[:, i] = np.minimum(lo[:, i], 0.0 if near < 0 else boxes.lo[:, near])
        hi[:, i] = np.maximum(hi[:, i], 0.0 if near < 0 else boxes.hi[:, near])
        return Boxes(lo, hi)


def forms(columns: Sequence[Node], ends: tuple[float, float], names: tuple[str, ...]) -> list[Form]:
    """What may take the place of columns on a domain between two ends."""
    found = [*_slopes(Form(columns), names)]
    for low in (True, False):
        for at in (_at_ends(ends), _at_middle(ends)):
            turned = [_scaled(c, _others(columns, i), low, at) for i, c in enumerate(columns)]
            if turned == list(columns):
                continue
            if at.__name__ == "ends_":
                found.append(Form(turned))
            else:
                found += _slopes(Form(turned), names)
    return found + _hinges(columns, ends)


def shared_factor(columns: Sequence[Node]) -> tuple[Node | None, list[Node]]:
    """A factor with x and a parameter that all columns have, and the columns without it."""
    parts = [_factors(c) for c in columns]
    above, below = (
        [f for f in parts[0][k] if _holds_x(f) and parameters(f) and all(f in p[k] for p in parts)]
        for k in (0, 1)
    )
    if not above and not below:
        return None, list(columns)
    without = [
        _product([f for f in a if f not in above], [f for f in b if f not in below])
        for a, b in parts
    ]
    return _product(above, below), without


def _slopes(form: Form, names: tuple[str, ...]) -> list[Form]:
    """Forms in which one column is a slope by a parameter."""
    found = []
    for k, column in enumerate(form.columns):
        others = _others(form.columns, k)
        for i, name in enumerate(names):
            if name not in parameters(column) or switches(column):
                continue
            for near in (-1, *(j for j in range(len(names)) if j != i)):
                value = ZERO if near < 0 else parameter(names[near])
                free = {_spanned(c) for c in others if name not in parameters(c)}
                slope = column
                for _ in range(_ORDERS):
                    there = substitute(slope, {parameter(name): value}, simplified)
                    known = there is ZERO or _with_x(there) in free
                    if not known or switches(slope):
                        break
                    slope = by_parameter(slope, name)
                if slope is not column:
                    slopes = [*form.columns]
                    slopes[k] = slope
                    found.append(Form(slopes, form.positive, (k, i, near)))
    return found


def _scaled(tree: Node, others: Sequence[Node], low: bool, at: Callable[[Node], Node]) -> Node:
    """A column without factors that hold no x, where arguments are low or high."""
    above, below = _factors(tree)
    kept = [f for f in above if _holds_x(f)]
    turned = list(kept)
    for k, factor in enumerate(kept):
        slope = _slope(factor.args[0]) if factor.op in ("sigmoid", "tanh", "exp") else None
        if slope is None:
            continue
        u = factor.args[0]
        rest = _product([f for j, f in enumerate(kept) if j != k], below)
        common = any(rest is _spanned(c) for c in others)
        if factor.op == "exp":
            turned[k] = at(slope)
        elif factor.op == "tanh" and common:
            twice = simplified("mul", _TWO, u if low else simplified("neg", u))
            turned[k] = _half(twice, simplified("mul", _TWO, slope), low, at)
        elif factor.op == "sigmoid" and (low or common):
            turned[k] = _half(u if low else simplified("neg", u), slope, low, at)
    return tree if turned == kept else _product(turned, below)


def _half(u: Node, slope: Node, low: bool, at: Callable[[Node], Node]) -> Node:
    """sigmoid(u) as it goes to 0, but for a factor without x."""
    growth = at(slope if low else simplified("neg", slope))
    return simplified("mul", growth, simplified("sigmoid", simplified("neg", u)))


def _at_ends(ends: tuple[float, float]) -> Callable[[Node], Node]:
    """exp(slope*x) but for a factor: at most 1 on a finite domain."""

    def ends_(slope: Node) -> Node:
        first, last = (number(e) if math.isfinite(e) else ZERO for e in ends)
        falls, rises = (_growth(slope, e) for e in (first, last))
        return node("by_sign", slope, rises, falls)

    return ends_


def _at_middle(ends: tuple[float, float]) -> Callable[[Node], Node]:
    middle = number((ends[0] + ends[1]) / 2) if all(map(math.isfinite, ends)) else ZERO
    return lambda slope: _growth(slope, middle)


def _growth(slope: Node, start: Node) -> Node:
    return simplified("exp", simplified("mul", slope, simplified("sub", X, start)))


def _hinges(columns: Sequence[Node], ends: tuple[float, float]) -> list[Form]:
    """Columns max(u, 0) with u linear in x, scaled to be 1 at an end, or as lines."""
    if not all(map(math.isfinite, ends)):
        return []
    found: dict[int, tuple[Node, Node]] = {}
    lines: dict[int, list[Node]] = {}
    for k, column in enumerate(columns):
        u = _hinge(column)
        slope = None if u is None else _slope(u)
        if u is None or slope is None or slope.op != NUMBER:
            continue
        at = [substitute(u, {X: number(e)}, simplified) for e in ends]
        best, end = (at[1], ends[1]) if as_fraction(slope) > 0 else (at[0], ends[0])
        away = simplified("mul", simplified("div", slope, best), X - number(end))
        found[k] = simplified("max", simplified("add", ONE, away), ZERO), best
        lines[k] = at
    made = [
        Form([found[i][0] if i in chosen else c for i, c in enumerate(columns)],
             [found[i][1] for i in chosen])
        for chosen in [*([k] for k in found), *([list(found)] if len(found) > 1 else [])]
    ]  # fmt: skip
    if len(lines) == 2:
        straight = iter((ONE, X))
        both = [next(straight) if i in lines else c for i, c in enumerate(columns)]
        made.append(Form(both, [v for at in lines.values() for v in at]))
    return made


def _hinge(tree: Node) -> Node | None:
    if tree.op == "relu":
        return tree.args[0]
    if tree.op == "max" and ZERO in tree.args:
        return next((a for a in tree.args if a is not ZERO), None)
    return None


def _slope(u: Node) -> Node | None:
    """By how much a formula grows with x, where it is linear in it."""
    slope = derivative(u)
    return None if _holds_x(slope) or slope is ZERO or switches(u) else slope


def _others(columns: Sequence[Node], k: int) -> list[Node]:
    return [c for i, c in enumerate(columns) if i != k]


def _with_x(tree: Node) -> Node:
    """The product of those factors of a tree that hold x."""
    above, below = _factors(tree)
    return _product([f for f in above if _holds_x(f)], [f for f in below if _holds_x(f)])


def _spanned(column: Node) -> Node | None:
    """The same for a column that is this product but for a number other than 0; None if it is not.

    A factor such as a parameter may be 0, and the column spans nothing then.
    """
    above, below = _factors(column)
    free = [f for f in (*above, *below) if not _holds_x(f)]
    if any(f is ZERO or f.op not in (NUMBER, CONSTANT) for f in free):
        return None
    return _with_x(column)


def _factors(tree: Node) -> tuple[list[Node], list[Node]]:
    """Factors of a tree, and those by which it is divided."""
    if tree.op == "neg":
        above, below = _factors(tree.args[0])
        return [number(-1), *above], below
    if tree.op not in ("mul", "div"):
        return [tree], []
    (above, below), (more, less) = map(_factors, tree.args)
    return (above + more, below + less) if tree.op == "mul" else (above + less, below + more)


def _product(above: Sequence[Node], below: Sequence[Node]) -> Node:
    def times(a: Node, b: Node) -> Node:
        return simplified("mul", a, b)

    top = reduce(times, above, ONE)
    return reduce(lambda a, b: simplified("div", a, b), below, top)


def _holds_x(tree: Node) -> bool:
    return any(n is X for n in walk(tree))
