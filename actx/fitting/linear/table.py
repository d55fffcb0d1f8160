"""Samples of a linear template in a basis of its own columns that is well-conditioned.

Powers of x up to the thirtieth are as good as dependent in float64. The samples are taken in balls
therefore, and eliminated there: a column after the other is made 1 at one sample of its own and 0
at those before (Gauss, with the largest entry as pivot). What is left of the goal
is its difference from the interpolant, however small. Only then do the samples become floats.
Where the error has to be 0 is eliminated first, so that what is left is free of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray

from actx.core.arrays import Array
from actx.core.errors import FitError
from actx.fitting.linear.strips import Sense, Strip

Mask = NDArray[np.bool_]

_SHARP = 1e-12  # a ball that is wider, relatively, says nothing
_KNOWN_BITS = 40  # and one that has so many is narrow
_DEPENDENT = 1e-20  # a column of which elimination leaves less than this part is dependent
_NOTHING = 80  # bits below which what is left is none; each column adds some

Place = tuple[Strip, float]
_Sample = tuple[Place, arb, list[arb]]  # where it was asked for, where it was taken, and the values


@dataclass(frozen=True)
class Table:
    """Samples of all strips.

    places: of each; at: where it was taken, exactly. rows: a well-conditioned basis, orthonormal
    over the samples; residual: the goal less an interpolant; both are 0 where the error has to be
    0. small: where it is to be small. kept: which columns span all of them. nodes: a sample for
    each of these, at which they are independent; at the first `tied` of them the error has to be 0.
    largest: of the goal where the error is to be small; sizes: of each column there, and
    elsewhere: where something else is asked of it.
    """

    places: list[Place]
    at: list[arb]
    rows: Array
    residual: Array
    small: Mask
    kept: tuple[int, ...]
    nodes: tuple[int, ...]
    tied: int
    largest: float
    sizes: Array
    elsewhere: Array

    @property
    def ties(self) -> tuple[int, ...]:
        """Samples at which the error has to be 0, and which settle all others of the kind."""
        return self.nodes[: self.tied]

    @property
    def pieces(self) -> NDArray[np.int64]:
        """Which piece of a template in several pieces each sample lies on."""
        between = [strip.part.between for strip, _ in self.places]
        index = {ends: i for i, ends in enumerate(dict.fromkeys(between))}
        return np.array([index[ends] for ends in between])

    def errors(self, at_nodes: Sequence[arb]) -> Array:
        """The error at all samples, from that at the nodes."""
        nodes = list(self.nodes)
        known = np.array([float(e) for e in at_nodes]) + self.residual[nodes]
        free = slice(self.tied, None)
        shares = np.linalg.solve(self.rows[nodes[free]], known[free])
        return np.asarray(self.rows @ shares - self.residual)

    def row(self, i: int) -> list[arb]:
        """The values of all columns, and last of the goal, at a sample."""
        return self.places[i][0].row(self.at[i])


def table(strips: Sequence[Strip], places: Sequence[Sequence[float]]) -> Table | None:
    """Samples of strips at places; within a precision that is enough for the columns.

    None where no coefficients make the error 0 where it has to be. Raises FitError where the target
    has no finite value.
    """
    found, at, rows = (list(each) for each in zip(*_sampled(strips, places), strict=True))
    senses = [strip.part.sense for strip, _ in found]
    small = np.array([s is Sense.SMALL for s in senses])
    absolute = np.abs([[float(v) for v in row] for row in rows])
    sizes = np.max(absolute[small], axis=0)
    elsewhere = np.max(absolute[~small], axis=0, initial=0.0)
    rows = [
        row if sense is Sense.SMALL else _scaled(row, size, sizes, sense)
        for row, size, sense in zip(rows, absolute, senses, strict=True)
    ]
    made = _Elimination(rows, sizes, small)
    if not all(made.tie(i) for i, sense in enumerate(senses) if sense is Sense.ZERO):
        return None
    tied = len(made.kept)
    made.eliminate()
    basis = np.array([made.column(j) for j in made.kept[tied:]]).reshape(-1, small.size).T
    orthonormal = np.linalg.qr(basis)[0] if basis.size else basis
    return Table(
        found, at, orthonormal, made.column(-1), small, tuple(made.kept), tuple(made.nodes), tied,
        float(sizes[-1]), sizes[:-1], elsewhere[:-1],
    )  # fmt: skip


def _sampled(strips: Sequence[Strip], places: Sequence[Sequence[float]]) -> Iterator[_Sample]:
    """Places with the values of all columns and the goal there."""
    for strip, points in zip(strips, places, strict=True):
        for x in points:
            at = strip.within(x)
            row = strip.row(at)
            if not all(v.is_finite() for v in row):
                at = strip.inner(at)
                row = strip.row(at)
            if all(map(_is_known, row)):
                yield (strip, x), at, row
            elif not row[-1].is_finite() and strip.bounded and strip.part.small:
                raise FitError(
                    f"The target has no finite value at {x:g}, so that nothing can be fitted to "
                    "it there."
                )


def _is_known(value: arb) -> bool:
    """Whether a ball is narrow; far out a difference may be nothing but rounding."""
    if value.rel_accuracy_bits() >= _KNOWN_BITS:
        return True
    return bool(value.is_finite() and value.rad() <= _SHARP * (1 + abs(value)))


def _scaled(row: list[arb], absolute: Array, sizes: Array, sense: Sense) -> list[arb]:
    """A row of which only the sign counts, no larger than those where the error is to be small."""
    factor = float(np.max(absolute / np.where(sizes > 0, sizes, 1.0)))
    return [v / factor for v in row] if factor > 1 or (sense is Sense.ZERO and factor) else row


class _Elimination:
    """Gauss on columns: kept are the independent ones, nodes their pivots."""

    def __init__(self, rows: Sequence[Sequence[arb]], sizes: Array, small: Mask) -> None:
        self.columns = [arb_mat([[v] for v in column]) for column in zip(*rows, strict=True)]
        self.small = small
        self.sizes = np.where(sizes > 0, sizes, 1.0)
        self.kept: list[int] = []
        self.nodes: list[int] = []

    def column(self, j: int) -> Array:
        """What is left of a column, the last one being the goal."""
        return np.array([float(v) for v in self.columns[j].entries()])

    def tie(self, i: int) -> bool:
        """Let one column make the error 0 at a sample; False where none is left to do that."""
        left = np.abs([float(column[i, 0]) for column in self.columns]) / self.sizes
        left[self.kept] = 0.0
        j = int(np.argmax(left[:-1]))
        if left[j] > _DEPENDENT:
            self._pivot(i, j)
            return True
        return bool(left[-1] <= _DEPENDENT)

    def eliminate(self) -> None:
        """Go through all columns that are left, with pivots where the error is to be small."""
        for j in range(len(self.columns) - 1):
            if j in self.kept or len(self.kept) == self.small.size:
                continue
            left = np.abs(self.column(j))
            for among in (np.where(self.small, left, 0.0), left):
                pivot = int(np.argmax(among))
                if among[pivot] > _DEPENDENT * self.sizes[j]:
                    self._pivot(pivot, j)
                    break

    def _pivot(self, i: int, j: int) -> None:
        """Make a column 1 at a sample, and those that are not kept 0 there."""
        scaled = (self.columns[j] * (1 / self.columns[j][i, 0])).mid()
        self.columns[j] = scaled
        self.kept.append(j)
        self.nodes.append(i)
        for k in set(range(len(self.columns))).difference(self.kept):
            left = (self.columns[k] - scaled * self.columns[k][i, 0]).mid()
            left[i, 0] = 0
            self.columns[k] = left


def enough_bits(size: int, tiny: float = 1.0) -> int:
    """A precision for so many columns: powers lose about four bits each."""
    return max(128, 96 + 6 * size) + max(0, -int(np.log2(max(tiny, 1e-300))))


def nothing(size: int) -> float:
    """What is as good as 0, in the size of the goal, at the precision in force."""
    return 2.0 ** (enough_bits(size) - ctx.prec - _NOTHING - 2 * size)
