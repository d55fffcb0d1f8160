"""The largest error over boxes of those parameters only that are not linear, whatever the others.

Where a template is f_0(x; b) + sum of a_k phi_k(x; b), weights m_i at n + 1 points for which
sum m_i phi_k(x_i; b) = 0 for each k make sum m_i e(x_i) independent of a, and the largest |e| is at
least |sum m_i e(x_i; a°, b)| / sum |m_i| for any a° (de la Vallée Poussin). Over a box of b one
weight is chosen, and the others solve a linear system with interval entries, which is
preconditioned by its middle and solved by Gauss (Neumaier, Interval Methods for Systems of
Equations, 1990, chapter 4). Where all columns have a factor s(x; b) in common, weights times s_i
cancel the columns without it, which is often exact. The samples x_i are those of the best linear
parameters at places over the box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.arithmetic.interval import Box, add, div, mul, point, sub
from actx.calculus.enclosure import enclosure_with
from actx.calculus.values import Program
from actx.core.arrays import Array
from actx.fitting.nonlinear.balance import away
from actx.fitting.nonlinear.cancelling import by_weights, cancelling, ends_at, stacked, total_of
from actx.fitting.nonlinear.errors import Boxes, Errors, roots, shaped, side_by_side
from actx.fitting.nonlinear.forms import Form, forms, shared_factor
from actx.fitting.nonlinear.simplex import Levelled, levelled
from actx.fitting.nonlinear.taming import RULES, tamed
from actx.language.derivative import by_parameter
from actx.language.tree import ZERO, Node, parameter, simplified, substitute

_IDLE = 1e-9  # a weight, of a sum of 1
_CLOSE = 0.3  # a bound above this part of what is asked for may gain from slopes


@dataclass(frozen=True)
class Reference:
    """Samples over boxes, n + 1 for each, with all weights that cancel the columns there.

    at: the samples; unit: which parameter is held instead, by a row that is no sample. Columns and
    weights are of shape (boxes, n + 1, n) and (boxes, n + 1). values: linear parameters that are
    nearly the best. sound: for which boxes the weights are all that matter.
    """

    at: NDArray[np.intp]
    unit: NDArray[np.bool_]
    columns: Box
    weights: Box
    values: Array
    sound: NDArray[np.bool_]

    def __getitem__(self, which: NDArray[np.intp]) -> Reference:
        columns, weights = ((b[0][which], b[1][which]) for b in (self.columns, self.weights))
        mine = self.at[which], self.unit[which], self.values[which], self.sound[which]
        return Reference(mine[0], mine[1], columns, weights, mine[2], mine[3])

    def errors(self, rest: Box, columns: Box) -> Box:
        """Ends of the errors there, of shape (boxes, n + 1)."""
        e = rest
        for k in range(self.values.shape[1]):
            own = columns[0][..., k], columns[1][..., k]
            e = add(e, mul(point(self.values[:, k, None]), own))
        return e

    @property
    def held(self) -> NDArray[np.bool_]:
        """Which rows are no samples, and have no weight."""
        return np.asarray(self.unit.any(axis=2))

    def shared(self, columns: Box, factor: Box) -> Reference:
        """The same where all columns have a factor in common, which is not 0.

        columns, factor: at all samples, the columns without it and it. Weights by which columns
        without the factor cancel are the weights times the factor.
        """
        lo, hi = (np.take_along_axis(c, self.at[..., None], axis=1) for c in columns)
        s = tuple(np.take_along_axis(end, self.at, axis=1) for end in factor)
        lo, hi, sound = _with_units(lo, hi, self.unit)
        last = (self.weights[0][:, -1] + self.weights[1][:, -1]) * (s[0][:, -1] + s[1][:, -1]) / 4
        weights = div(_weights((lo, hi), last), (s[0], s[1]))
        own = [mul((s[0][..., None], s[1][..., None]), (lo, hi))]
        return Reference(self.at, self.unit, own[0], weights, self.values, sound)

    def least(self, errors: Box, loss: Array) -> Array:
        """What the largest |error| is at least, if their weighted sum may be less by a loss."""
        m, e = (
            (np.where(self.held, 0.0, box[0]), np.where(self.held, 0.0, box[1]))
            for box in (self.weights, errors)
        )
        return np.where(self.sound, by_weights(m, e, loss), 0.0)


def reference_of(columns: Box, best: Levelled) -> Reference:
    """The samples of a solution, and which weights they have over the boxes."""
    problems, samples, count = columns[0].shape
    order = np.argsort(np.abs(best.weights), axis=1)  # the largest weight is the one that is chosen
    rows = np.take_along_axis(best.rows, order, axis=1)
    chosen = best.weights[np.arange(problems), order[:, -1]]
    at = np.minimum(rows, samples - 1)
    lo, hi = (np.take_along_axis(c, at[..., None], axis=1) for c in columns)
    light = np.abs(np.take_along_axis(best.weights, order, axis=1)) < _IDLE
    rows = _without_idle(rows, light, (lo == 0) & (hi == 0), samples)
    unit = rows[..., None] == samples + np.arange(count)
    lo, hi, sound = _with_units(lo, hi, unit)
    weights = _weights((lo, hi), chosen)
    return Reference(at, unit, (lo, hi), weights, best.values, sound)


def _with_units(lo: Array, hi: Array, unit: NDArray[np.bool_]) -> tuple[Array, Array, Any]:
    """Columns at samples with rows beside them put in, and for which boxes that is allowed.

    A parameter that such a row holds must have no effect at the samples.
    """
    held = unit.any(axis=2, keepdims=True)
    idle = ((lo == 0) & (hi == 0) | held).all(axis=1)
    sound = (idle | ~unit.any(axis=1)).all(axis=1)
    return np.where(held, unit, lo), np.where(held, unit, hi), sound


def _weights(columns: Box, chosen: Array) -> Box:
    """All weights of n + 1 rows that cancel the columns, where that of the last one is chosen."""
    count = columns[0].shape[2]
    table = [[ends_at(columns, i, k) for k in range(count)] for i in range(count + 1)]
    load = [mul(point(chosen), entry) for entry in table[-1]]
    return stacked([*cancelling(table[:-1], load), point(chosen)])


def least_of(reference: Reference, rest: Box) -> Array:
    """What the largest |error| is at least over boxes, by the intervals of errors."""
    mine = tuple(np.take_along_axis(end, reference.at, axis=1) for end in rest)
    errors = reference.errors((mine[0], mine[1]), reference.columns)
    return reference.least(errors, np.zeros(len(reference.at)))


def _without_idle(
    rows: NDArray[np.intp], light: NDArray[np.bool_], zero: NDArray[np.bool_], samples: int
) -> NDArray[np.intp]:
    """The rows, a parameter held in place of one without weight if no other row determines it."""
    count = zero.shape[2]
    held = rows >= samples
    some = np.where(held[..., None], rows[..., None] == samples + np.arange(count), ~zero)
    free = np.equal(some.sum(axis=1)[:, None], some)
    change = light & ~held & free.any(axis=2)
    return np.where(change, samples + np.argmax(free, axis=2), rows)


class Eliminated:
    """The error at the points of an `Errors` over boxes of those parameters that are `kept`."""

    patience = 0.5  # boxes of all parameters follow where these come to nothing
    slimmest = 0.25  # what intervals promise is of less worth than with all parameters in boxes

    def __init__(self, errors: Errors, linear: Sequence[int]) -> None:
        problem = errors.problem
        self.errors, self.linear = errors, list(linear)
        self.kept = [i for i in range(len(problem.names)) if i not in linear]
        self._names = tuple(problem.names[i] for i in self.kept)
        self._trees = [self._columns(f) for f, _ in problem.pairs]
        self._programs = [
            enclosure_with(RULES, *map(tamed, trees), *roots(f), parameters=self._names)
            for trees, (f, _) in zip(self._trees, problem.pairs, strict=True)
        ]
        self._forms = self._other_forms()
        self._shared = self._sharing(self._trees[0][1:]) if len(self._trees) == 1 else None

    def _columns(self, f: Node) -> list[Node]:
        """f_0 and all phi_k of a template."""
        names = [self.errors.names[i] for i in self.linear]
        zeros = {parameter(name): ZERO for name in names}
        return [substitute(f, zeros, simplified), *(by_parameter(f, name) for name in names)]

    def _other_forms(self) -> list[tuple[Form, Program[Box], Program[Box] | None]]:
        """Other columns where they may do; the parts of an error would have to agree on them."""
        domain = self.errors.problem.domain
        if len(self._trees) > 1:
            return []
        return [
            (
                form,
                enclosure_with(RULES, *map(tamed, form.columns), parameters=self._names),
                self._sharing(form.columns) if form.slope is None else None,
            )
            for form in forms(self._trees[0][1:], (domain.lo, domain.hi), self._names)
        ]

    def _sharing(self, columns: Sequence[Node]) -> Program[Box] | None:
        """The factor that columns share, and the columns without it, over boxes."""
        factor, without = shared_factor(columns)
        if factor is None:
            return None
        return enclosure_with(RULES, *map(tamed, (factor, *without)), parameters=self._names)

    # --- what the other parts of the search ask ---

    @property
    def count(self) -> int:
        """How many values each box takes."""
        return self.errors.count * (len(self.linear) + 1)

    def full(self, rows: Array) -> Array:
        """All parameters, with the best of the linear ones for rows of the others."""
        p = np.empty((len(rows), len(self.errors.names)))
        p[:, self.kept] = rows
        p[:, self.linear] = self._solved(*self.over(Boxes(rows, rows))[:2]).values
        return p

    def values(self, rows: Array) -> Array:
        """The errors in float64 for such parameters, of shape (rows, points)."""
        return self.errors.values(self.full(rows))

    def lower_and_width(self, boxes: Boxes, most: float) -> tuple[Array, Array]:
        """For each box, what the largest |error| is at least, and how vague the errors are."""
        rest, columns, undefined = self.over(boxes)
        reference = reference_of(columns, self._solved(rest, columns))
        least = least_of(reference, rest)
        near = np.flatnonzero((least < most / 2) & (least > _CLOSE * most / 2))
        if near.size and len(self._programs) == 1:
            least[near] = np.maximum(least[near], self._by_slopes(boxes[near], reference[near]))
        vague = _vague(rest, columns, most)
        if self._shared is not None:
            open_ = np.flatnonzero(least < most / 2)
            mine = rest[0][open_], rest[1][open_]
            other = self._by_factor(self._shared, boxes[open_], reference[open_])
            found = np.maximum(least_of(other, mine), self._by_slopes(boxes[open_], other))
            least[open_] = np.maximum(least[open_], found)
        for form, program, shared in self._forms:
            open_ = np.flatnonzero(least < most / 2)
            open_ = open_[form.applies(boxes[open_], self._names)]
            if not open_.size:
                continue
            mine = rest[0][open_], rest[1][open_]
            columns = self._formed(form, program, boxes[open_])
            reference = reference_of(columns, self._solved(mine, columns))
            least[open_] = np.maximum(least[open_], least_of(reference, mine))
            if shared is not None:
                other = self._by_factor(shared, boxes[open_], reference)
                least[open_] = np.maximum(least[open_], least_of(other, mine))
            vague[open_] = np.minimum(vague[open_], _vague(mine, columns, most))
        return np.where(undefined.any(axis=1), np.inf, least), vague

    def _by_factor(self, program: Program[Box], boxes: Boxes, reference: Reference) -> Reference:
        """The same samples, with weights by the factor that columns share."""
        shape = (len(boxes), self.errors.points(0).size)
        found = program(point(self.errors.points(0)), *boxes.columns())
        s, *own = shaped(found, shape)
        return reference.shared(side_by_side(own), s)

    def _by_slopes(self, boxes: Boxes, reference: Reference) -> Array:
        """What the largest |error| is at least over boxes, by its slopes from the middle on.

        Those of the errors at all samples cancel in part in their weighted sum.
        """
        x = self.errors.points(0)[reference.at]
        middle = boxes.lo + (boxes.hi - boxes.lo) / 2
        found = self._programs[0](point(x), *Boxes(middle, middle).columns())
        ends = shaped(found, x.shape)
        goal = self.errors.goal(self.errors.points(0).tolist(), 0)
        rest = sub(ends[0], (goal[0][reference.at], goal[1][reference.at]))
        count = len(self.linear)
        heights = reference.errors(rest, side_by_side(ends[1 : count + 1]))
        first = np.empty((len(boxes), len(self.errors.names)))
        first[:, self.linear] = reference.values
        last = first.copy()
        first[:, self.kept], last[:, self.kept] = boxes.lo, boxes.hi
        slopes = self.errors.slopes(Boxes(first, last), x, 0)
        steps = away(boxes, middle)
        loss = np.zeros(len(boxes))
        for j, side in enumerate(self.kept):
            terms = mul(reference.weights, slopes[side])
            lo, hi = (np.where(reference.held, 0.0, end) for end in terms)
            total = total_of([(lo[:, i], hi[:, i]) for i in range(count + 1)])
            lost = mul(total, (steps[0][:, j], steps[1][:, j]))[0]
            loss = np.nextafter(loss + np.fmax(-lost, 0.0), np.inf)
        return reference.least(heights, loss)

    def _formed(self, form: Form, program: Program[Box], boxes: Boxes) -> Box:
        """Ends of the columns of a form over boxes, of shape (boxes, points, n)."""
        x = point(self.errors.points(0))
        found = list(program(x, *boxes.columns()))
        if form.slope is not None:
            k = form.slope[0]
            found[k] = program(x, *form.stretched(boxes).columns())[k]
        return side_by_side(shaped(found, (len(boxes), x[0].size)))

    def over(self, boxes: Boxes) -> tuple[Box, Box, NDArray[np.bool_]]:
        """Ends of f_0 - g and of the columns, (boxes, points) and (boxes, points, n).

        And where the template has no value, whatever the parameters in a box.
        """
        parts = [
            self.over_at(boxes, self.errors.points(k).tolist(), k)
            for k in range(len(self._programs))
        ]
        return (
            (np.hstack([p[0][0] for p in parts]), np.hstack([p[0][1] for p in parts])),
            (np.hstack([p[1][0] for p in parts]), np.hstack([p[1][1] for p in parts])),
            np.hstack([p[2] for p in parts]),
        )

    def over_at(
        self, boxes: Boxes, x: Sequence[float], part: int
    ) -> tuple[Box, Box, NDArray[np.bool_]]:
        """The same at some points."""
        shape, count = (len(boxes), len(x)), len(self.linear)
        found = self._programs[part](point(np.array(x)), *boxes.columns())
        ends = shaped(found, shape)
        undefined = np.zeros(shape, dtype=bool)
        for root in ends[count + 1 :]:
            undefined |= root[1] < 0
        rest = sub(ends[0], self.errors.goal(x, part))
        return rest, side_by_side(ends[1 : count + 1]), undefined

    @staticmethod
    def _solved(rest: Box, columns: Box) -> Levelled:
        """The best linear parameters in the middle, with what is not known of errors left aside."""
        middle, spread = (columns[0] + columns[1]) / 2, (columns[1] - columns[0]) / 2
        return levelled(middle, (rest[0] + rest[1]) / 2, spread, (rest[1] - rest[0]) / 2)


def _vague(rest: Box, columns: Box, most: float) -> Array:
    """How wide the errors' intervals are on the mean, if each column counts as much as the rest."""
    size = np.maximum(np.abs(columns[0]), np.abs(columns[1]))
    known = np.isfinite(size)
    scale = np.where(known, size, 0.0).max(axis=1, initial=1e-300)
    share = np.where(known, (columns[1] - columns[0]) / scale[:, None], np.inf).sum(axis=2)
    middle = np.abs(rest[0] + rest[1]) / 2
    weight = np.where(np.isfinite(middle), middle, 0.0).max(axis=1, initial=0.0)
    wide = np.fmin(rest[1] - rest[0] + weight[:, None] * share, most)
    return np.asarray(wide.mean(axis=1))
