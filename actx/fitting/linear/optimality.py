"""A best approximation on samples made one between them where few points carry its proof.

Where fewer points carry the proof than there are coefficients and one more, levelled errors do not
determine these. The places of the points, their weights, the coefficients and the level together
are determined by the conditions of optimality: the error is level at the points and flat at those
inside a strip, and the weights cancel every column. Samples that stand for one point are put
together, and Newton's method solves the conditions (the three phases of Glashoff and Gustafson,
Linear Optimization and Approximation, Springer 1983, chapter VII).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
from flint import arb, arb_mat

from actx.core.arrays import Array
from actx.fitting.linear.exchange import CARRIES, Discrete, completed
from actx.fitting.linear.levelling import Anchor, Level
from actx.fitting.linear.strips import Strip
from actx.fitting.linear.table import Table

_STEPS = 30  # of Newton's method
_TRIES = 4  # with points left out that turned out to carry nothing
_SOLVED = 1e-13  # conditions that fail by less, relative to the level, hold
_RANK = 1e-10  # singular values below, relatively, are 0
_ONE_PLACE = 1e-9  # points so near to each other, relatively, are one
_DETERMINED = 1e-7  # a direction in which the error changes by less is left open


@dataclass(frozen=True)
class Carrier:
    """A point that carries the proof; reach: how far it may be off; moves: it is no end."""

    strip: Strip
    x: Any
    sign: int
    weight: float
    reach: float
    moves: bool = True

    @property
    def rise(self) -> int:
        """How the error there goes with the level."""
        return self.sign if self.strip.part.small else 0


def sharpened(samples: Table, discrete: Discrete, size: int) -> Level | None:
    """The optimum near one on samples; None where Newton's method does not lead to one.

    size: how many coefficients there are.
    """
    if samples.tied == len(samples.kept):
        return None
    try:
        basis = _Basis(samples)
    except ZeroDivisionError:
        return None
    error = [arb(float(discrete.error[i])) for i in samples.nodes]
    values = [g + e for g, e in zip(basis.goals, error, strict=True)]
    carriers = _together(samples, discrete)
    for _ in range(_TRIES):
        if not any(c.rise for c in carriers):
            return None
        point = _Point(basis, carriers, values, arb(discrete.level)).settled()
        if point is None:
            return None
        kept = _distinct([c for c in point.carriers if c.weight > CARRIES])
        if len(kept) == len(point.carriers):
            return point.level_of(samples, size)
        carriers, values = kept, point.values
    return None


class _Basis:
    """The coefficients by the values that they give the template at the nodes."""

    def __init__(self, samples: Table) -> None:
        rows = [samples.row(i) for i in samples.nodes]
        self.kept, self.tied = samples.kept, samples.tied
        self.goals = [row[-1] for row in rows]
        self.inverse = arb_mat([[row[k] for k in self.kept] for row in rows]).inv()

    @property
    def size(self) -> int:
        """How many values are free."""
        return len(self.kept) - self.tied

    def coefficients(self, values: Sequence[Any]) -> list[Any]:
        """Those of the columns that are kept."""
        found = self.inverse * arb_mat([[v] for v in values])
        return [arb(found[i, 0].mid()) for i in range(len(values))]

    def jet(self, carrier: Carrier, coefficients: Sequence[Any]) -> tuple[Array, list[Any]]:
        """Taylor coefficients at a point: by each of the free values, and of the error."""
        strip, x = carrier.strip, carrier.x
        columns = strip.jet(x, 3) if carrier.moves else [[v] for v in strip.row(x)]
        taken = [columns[k] for k in self.kept]
        error = [
            sum((row[n] * c for row, c in zip(taken, coefficients, strict=True)), -goal)
            for n, goal in enumerate(columns[-1])
        ]
        by_value = arb_mat(taken).transpose() * self.inverse
        floats = np.array([[float(v) for v in row] for row in by_value.tolist()])
        return floats[:, self.tied :], error


def _together(samples: Table, discrete: Discrete) -> list[Carrier]:
    """The samples that carry the proof, those beside each other with one sign as one point."""
    weights = dict(zip(discrete.reference.tolist(), discrete.weights.tolist(), strict=True))
    signs = dict(zip(discrete.reference.tolist(), discrete.signs.tolist(), strict=True))
    carrying = sorted(i for i, w in weights.items() if w > CARRIES)
    # samples beside each other have the same difference from their place in the list
    keys = {i: (i - k, id(samples.places[i][0]), signs[i]) for k, i in enumerate(carrying)}
    found = []
    for _, each in groupby(carrying, key=keys.__getitem__):
        group = list(each)
        total = sum(weights[i] for i in group)
        middle = sum((samples.at[i] * (weights[i] / total) for i in group), arb(0))
        strip, reach = samples.places[group[0]][0], _gap(samples, group)
        x = arb(middle.mid())
        moves = not strip.is_point and bool(strip.ends[0] < x < strip.ends[1])
        found.append(Carrier(strip, x, int(signs[group[0]]), total, reach, moves))
    return _distinct(found)


def _gap(samples: Table, group: Sequence[int]) -> float:
    """How far apart samples are about some that are beside each other."""
    about = range(max(0, group[0] - 1), min(len(samples.at), group[-1] + 2))
    strip = samples.places[group[0]][0]
    near = [samples.places[i][1] for i in about if samples.places[i][0] is strip]
    return max(near) - min(near)


def _distinct(carriers: Sequence[Carrier]) -> list[Carrier]:
    """Points of one part next to each other, as at the joint of two strips, as one."""
    found: list[Carrier] = []
    for c in carriers:
        last = found[-1] if found else None
        if (
            last is not None
            and last.strip.part is c.strip.part
            and last.sign == c.sign
            and abs(c.x - last.x) <= _ONE_PLACE * (1 + abs(c.x))
            and _joined(last, c)
        ):
            found[-1] = replace(last, weight=last.weight + c.weight)
        else:
            found.append(c)
    return found


def _joined(a: Carrier, b: Carrier) -> bool:
    """Whether columns and goal have the same values at two points."""
    pairs = zip(a.strip.row(a.x), b.strip.row(b.x), strict=True)
    return all(abs(u - v) <= 10 * _ONE_PLACE * (1 + abs(u)) for u, v in pairs)


class _Point:
    """Where Newton's method has come to: the points, the values at the nodes, and the level."""

    def __init__(
        self, basis: _Basis, carriers: Sequence[Carrier], values: Sequence[Any], level: Any
    ) -> None:
        self.basis, self.carriers = basis, list(carriers)
        self.values, self.level = list(values), level
        self.scale = float(level) or 1.0

    def settled(self) -> _Point | None:
        """The point at which all conditions hold; None where it is not come to."""
        self._free_ends()
        for _ in range(_STEPS):
            jets = self._jets()
            if jets is None:
                return None
            slopes, off = self._conditions(jets)
            if not np.all(np.isfinite(slopes)) or not np.all(np.isfinite(off)):
                return None
            if np.max(np.abs(off)) <= _SOLVED:
                return self
            self._step(np.asarray(np.linalg.lstsq(slopes, -off, rcond=_RANK)[0]))
        return None

    def _jets(self) -> list[tuple[Array, list[Any]]] | None:
        coefficients = self.basis.coefficients(self.values)
        found = [self.basis.jet(c, coefficients) for c in self.carriers]
        return found if all(v.is_finite() for _, error in found for v in error) else None

    def _free_ends(self) -> None:
        """Let those points move that lie at an end from which the error rises inwards."""
        coefficients = self.basis.coefficients(self.values)
        for i, c in enumerate(self.carriers):
            if c.moves or c.strip.is_point:
                continue
            freed = replace(c, moves=True)
            _, error = self.basis.jet(freed, coefficients)
            lo, hi = c.strip.ends
            rising = c.sign * error[1]
            if (rising > 0 and c.x < hi) or (rising < 0 and c.x > lo):
                self.carriers[i] = freed

    def _conditions(self, jets: Sequence[tuple[Array, list[Any]]]) -> tuple[Array, Array]:
        """The conditions' slopes and by how much they fail.

        Unknowns: the values at the nodes and the level, both relative to it, the moves of points
        relative to their reach, and the weights. In that order as well: level errors, flat ones,
        cancelled columns, and weights that add up to 1.
        """
        count, size = len(self.carriers), self.basis.size
        movers = [i for i, c in enumerate(self.carriers) if c.moves]
        moved = {i: size + 1 + k for k, i in enumerate(movers)}
        weighed = size + 1 + len(movers)
        slopes = np.zeros((weighed + count, weighed + count))
        off = np.zeros(weighed + count)
        cancelled = count + len(movers)
        for i, (c, (by_value, error)) in enumerate(zip(self.carriers, jets, strict=True)):
            slopes[i, :size], slopes[i, size] = by_value[0], -c.rise
            off[i] = float(error[0] - c.rise * self.level) / self.scale
            slopes[cancelled:-1, weighed + i] = c.sign * by_value[0]
            off[cancelled:-1] += c.weight * c.sign * by_value[0]
            slopes[-1, weighed + i] = abs(c.rise)
            if i in moved:
                k, flat = moved[i], count + moved[i] - size - 1
                first, second = (float(v) / self.scale for v in error[1:])
                slopes[i, k] = first * c.reach
                slopes[flat, :size] = by_value[1] * c.reach
                slopes[flat, k] = 2 * second * c.reach**2
                off[flat] = first * c.reach
                slopes[cancelled:-1, k] = c.weight * c.sign * by_value[1] * c.reach
        off[-1] = sum(c.weight * abs(c.rise) for c in self.carriers) - 1
        return slopes, off

    def _step(self, step: Array) -> None:
        """One step, no longer than the points may move."""
        size, movers = self.basis.size, sum(c.moves for c in self.carriers)
        moves = iter(step[size + 1 : size + 1 + movers])
        longest = float(np.max(np.abs(step[size + 1 : size + 1 + movers]), initial=0.0))
        part = min(1.0, 1.0 / longest) if longest else 1.0
        tied = self.basis.tied
        for j in range(size):
            self.values[tied + j] += arb(part * self.scale * step[j])
        self.values = [arb(v.mid()) for v in self.values]
        self.level = arb((self.level + arb(part * self.scale * step[size])).mid())
        for i, c in enumerate(self.carriers):
            weight = c.weight + part * step[size + 1 + movers + i]
            if not c.moves:
                self.carriers[i] = replace(c, weight=weight)
                continue
            lo, hi = c.strip.ends
            x = arb((c.x + arb(part * next(moves) * c.reach)).mid()).max(lo).min(hi)
            self.carriers[i] = replace(c, weight=weight, x=x, moves=bool(lo < x < hi))

    def level_of(self, samples: Table, size: int) -> Level | None:
        """What has been found, with a reference for the proof."""
        basis = self.basis
        full = [arb(0)] * size
        for k, c in zip(basis.kept, basis.coefficients(self.values), strict=True):
            full[k] = c
        jets = self._jets()
        if jets is None or not self.level > 0:
            return None
        rows = np.array([by_value[0] for by_value, _ in jets])
        chosen = _needed(rows, self.carriers)
        free = samples.nodes[basis.tied :]
        among = np.vstack([rows[chosen], np.eye(basis.size)])
        allowed = np.append(np.zeros(len(chosen), bool), samples.small[list(free)])
        reference = completed(among, allowed, np.arange(len(chosen)))
        if reference is None:
            return None
        filling = [free[i - len(chosen)] for i in reference if i >= len(chosen)]
        anchors = [Anchor(c.strip, c.x, c.sign) for c in (self.carriers[i] for i in chosen)]
        anchors += [
            Anchor(samples.places[i][0], samples.at[i], 0) for i in (*samples.ties, *filling)
        ]
        return Level(full, self.level, tuple(anchors), self._unique(jets))

    def _unique(self, jets: Sequence[tuple[Array, list[Any]]]) -> bool:
        """Whether errors that are level and flat at the points determine the coefficients."""
        flat = [
            by_value[1] * c.reach
            for c, (by_value, _) in zip(self.carriers, jets, strict=True)
            if c.moves
        ]
        rows = np.array([*(by_value[0] for by_value, _ in jets), *flat])
        sizes = np.linalg.svd(rows, compute_uv=False)
        return bool(np.sum(sizes > _DETERMINED) >= self.basis.size)


def _needed(rows: Array, carriers: Sequence[Carrier]) -> list[int]:
    """Points of which none can be left out (Carathéodory's theorem): their weights are unique."""
    chosen, weights = list(range(len(carriers))), np.array([c.weight for c in carriers])
    while True:
        signs = np.array([carriers[i].sign for i in chosen])
        parts = np.array([abs(carriers[i].rise) for i in chosen])
        table = np.column_stack([rows[chosen] * signs[:, None], parts])
        left, sizes, _ = np.linalg.svd(table)
        rank = int(np.sum(sizes > _RANK * sizes[0]))
        if rank == len(chosen):
            return chosen
        change = left[:, rank]
        change = change if np.max(change) > 0 else -change
        falls = change > 0
        ratios = np.where(falls, weights[chosen] / np.where(falls, change, 1.0), np.inf)
        leaving = int(np.argmin(ratios))
        weights[chosen] -= ratios[leaving] * change
        del chosen[leaving]
