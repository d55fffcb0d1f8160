"""The error at chosen points over boxes of parameters: what it can be there, and how it changes.

Points are exact floats, the target's values at them are enclosed by balls, the template's values by
intervals (`actx.arithmetic.interval`), so that what is said of a box holds for all values in it. At
a point where the template is undefined for some of them, or may be, nothing is said of the box.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from flint import arb, ctx

from actx.arithmetic.interval import Box, point, sub
from actx.calculus.enclosure import enclosure, enclosure_with
from actx.calculus.pieces import pieces
from actx.calculus.proven.enclose import ball_program, outward
from actx.calculus.values import Program, program
from actx.core.arrays import Array
from actx.core.budget import PRECISION
from actx.fitting.nonlinear.taming import RULES, tamed
from actx.fitting.problem.problem import Problem
from actx.fitting.problem.switches import switches
from actx.language.derivative import by_parameter, with_arguments
from actx.language.grammar import rule
from actx.language.operations import OPERATIONS
from actx.language.stable import through_others
from actx.language.tree import Node


@dataclass(frozen=True)
class Boxes:
    """Boxes of parameters; lo and hi have one row for each, and ends may be infinite."""

    lo: Array
    hi: Array

    def __len__(self) -> int:
        return len(self.lo)

    def __getitem__(self, which: Any) -> Boxes:
        return Boxes(self.lo[which], self.hi[which])

    @staticmethod
    def joined(several: Sequence[Boxes]) -> Boxes:
        """All boxes of several sets."""
        return Boxes(
            np.concatenate([b.lo for b in several]), np.concatenate([b.hi for b in several])
        )

    def columns(self) -> list[Box]:
        """What the intervals of a program take: a column of ends for each parameter."""
        return [(a[:, None], b[:, None]) for a, b in zip(self.lo.T, self.hi.T, strict=True)]


class Errors:
    """The error of a problem at points that can be added to, part by part.

    slimmest: the part of the widest side of a box, down to which its other sides are halved first.
    patience: how much time boxes far out may take, of what the others took.
    """

    slimmest = 0.0
    patience = 2.0

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.names = problem.names
        self._parts = [_Part(f, g, problem.names) for f, g in problem.pairs]
        cut = [pieces(g, d.lo, d.hi) for _, g in problem.pairs for d in problem.domain.parts]
        self.breaks = {float(b) for function in cut for b in function.breakpoints}

    def add(self, xs: Collection[float], part: int) -> None:
        """Look at a part at these points as well, those at which the target has a value.

        Where the target breaks, what template and target are right there may be no limit of either;
        the points beside it are taken instead.
        """
        domain, breaks = self.problem.domain, self.breaks
        aside = [
            (math.nextafter(x, -math.inf), math.nextafter(x, math.inf)) for x in xs if x in breaks
        ]
        places = [x for x in xs if x not in breaks] + [x for pair in aside for x in pair]
        self._parts[part].add(x for x in places if math.isfinite(x) and x in domain)

    @property
    def kept(self) -> list[int]:
        """The parameters that boxes have a side for."""
        return list(range(len(self.names)))

    def full(self, rows: Array) -> Array:
        """All parameters from those that boxes have a side for."""
        return rows

    def points(self, part: int) -> Array:
        """The points at which a part is looked at."""
        return self._parts[part].x

    def goal(self, x: Sequence[float], part: int) -> Box:
        """Ends of a part's target at points, infinite where it has no value."""
        return self._parts[part].goal(x)

    @property
    def count(self) -> int:
        """How many points there are."""
        return sum(part.x.size for part in self._parts)

    def over(self, boxes: Boxes) -> Box:
        """Ends of the errors over boxes, of shape (boxes, points); inf where there is no error."""
        columns = boxes.columns()
        rows = [part.over(len(boxes), columns) for part in self._parts]
        return np.hstack([lo for lo, _ in rows]), np.hstack([hi for _, hi in rows])

    def lower(self, boxes: Boxes) -> Array:
        """For each box, what the largest |error| is at least for all values in it.

        It is infinite where the template has no value at some point, whatever the values.
        """
        return self.lower_and_width(boxes, 0.0)[0]

    def lower_and_width(self, boxes: Boxes, most: float) -> tuple[Array, Array]:
        """The same, and how wide the errors' intervals are on the mean, wider ones as `most`."""
        lo, hi = self.over(boxes)
        lower = np.fmax(lo, -hi).max(axis=1, initial=0.0)  # NaN, if ever, says nothing
        return np.asarray(lower), np.asarray(np.fmin(hi - lo, most).mean(axis=1))

    def over_at(self, boxes: Boxes, x: Sequence[float], part: int) -> Box:
        """Ends of the error of a part over boxes at other points, of shape (boxes, points)."""
        return self._parts[part].over(len(boxes), boxes.columns(), x)

    def values(self, p: Array) -> Array:
        """The errors in float64 at rows of parameter values, of shape (rows, points)."""
        return np.hstack([part.values(p) for part in self._parts])

    def slopes(self, boxes: Boxes, x: Sequence[float] | Array, part: int) -> list[Box]:
        """By each parameter, how the error at some x changes: slopes between any values in a box.

        The x may be others for each box, in rows.
        The error at two values p, q in a box differs by the sum of slope·(p - q) for some slopes
        within these ends. Where the template may jump in the box they are infinite.
        """
        return self._parts[part].slopes(boxes, np.array(x))

    def balls(self, p: Array, x: Sequence[float], part: int) -> list[Any]:
        """The errors at exact parameter values and points, as balls."""
        return self._parts[part].balls(p, x)


class _Part:
    """One part of the error: f(x; p) - g(x)."""

    def __init__(self, f: Node, g: Node, names: tuple[str, ...]) -> None:
        self._f, self._g, self._names = f, g, names
        self._enclosed = enclosure_with(RULES, tamed(f), *roots(f), parameters=names)
        self._float = program(f, parameters=names)
        self.x = np.empty(0)
        self._known: dict[float, tuple[float, float]] = {}

    def add(self, xs: Iterable[float]) -> None:
        new = sorted({float(x) for x in xs} - set(self.x.tolist()))
        kept = [x for x, lo in zip(new, self.goal(new)[0], strict=True) if math.isfinite(lo)]
        self.x = np.concatenate([self.x, kept])

    def goal(self, xs: Sequence[float]) -> Box:
        """Ends of the target at points, infinite where it has no value."""
        new = [x for x in xs if x not in self._known]
        with ctx.workprec(PRECISION):
            target = ball_program(self._g, precision=PRECISION)
            self._known |= {x: outward(target(arb(x))[0]) for x in new}
        ends = np.array([self._known[x] for x in xs]).reshape(-1, 2)
        return ends[:, 0], ends[:, 1]

    def over(self, count: int, columns: Sequence[Box], xs: Sequence[float] | None = None) -> Box:
        """Ends of the error over boxes; xs: at other points than its own."""
        x = self.x if xs is None else np.array(xs)
        f, *roots = self._enclosed(point(x), *columns)
        lo, hi = sub(f, self.goal(x.tolist()))
        for root in roots:
            undefined = root[1] < 0
            lo, hi = np.where(undefined, np.inf, lo), np.where(undefined, np.inf, hi)
        return shaped([(lo, hi)], (count, x.size))[0]

    def values(self, p: Array) -> Array:
        value = self._float(self.x, *p.T[..., None])[0] - self.goal(self.x.tolist())[0]
        return np.broadcast_to(value, (len(p), self.x.size))

    @cached_property
    def _sloped(self) -> Program[Box]:
        """The slopes by each parameter, and what tells whether there is a jump."""
        rows = [by_parameter(self._f, name) for name in self._names]
        return enclosure(*rows, *switches(self._f), parameters=self._names)

    def slopes(self, boxes: Boxes, x: Array) -> list[Box]:
        found = where_continuous(self._sloped(point(x), *boxes.columns()), len(self._names))
        return shaped(found, (len(boxes), x.shape[-1]))

    def balls(self, p: Array, x: Sequence[float]) -> list[Any]:
        with ctx.workprec(PRECISION):
            f = ball_program(self._f, precision=PRECISION, parameters=self._names)
            g = ball_program(self._g, precision=PRECISION)
            values = [arb(float(v)) for v in p]
            return [f(arb(float(at)), *values)[0] - g(arb(float(at)))[0] for at in x]


def roots(tree: Node) -> list[Node]:
    """What must not be negative for a tree to have a value, choices left aside."""
    found, waiting = [], [tree]
    while waiting:
        current = waiting.pop()
        if current.op != "where":
            waiting += current.args
        if current.args and not current.constant:
            found += [with_arguments(root, current.args) for root in _roots_of(current.op)]
    return list(dict.fromkeys(found))


@lru_cache(maxsize=256)
def _roots_of(name: str) -> tuple[Node, ...]:
    """What must not be negative for an operation to have a value, in u, v and w."""
    operation = OPERATIONS[name]
    if operation.root is not None:
        return (rule(operation.root),)
    defined_by_others = operation.value is None and operation.is_smooth
    return tuple(roots(through_others(name))) if defined_by_others else ()


def shaped(found: Sequence[Box], shape: tuple[int, ...]) -> list[Box]:
    """Boxes with ends of one shape."""
    return [(np.broadcast_to(lo, shape), np.broadcast_to(hi, shape)) for lo, hi in found]


def side_by_side(several: Sequence[Box]) -> Box:
    """Boxes of one shape as one, with an axis more behind."""
    lo, hi = (np.stack([box[end] for box in several], axis=-1) for end in (0, 1))
    return lo, hi


def where_continuous(found: Sequence[Box], count: int) -> list[Box]:
    """The first boxes of so many, the whole line where one of the others tells of a jump."""
    jumps: Any = False
    for lo, hi in found[count:]:
        jumps = jumps | (lo != hi)
    return [(np.where(jumps, -np.inf, lo), np.where(jumps, np.inf, hi)) for lo, hi in found[:count]]
