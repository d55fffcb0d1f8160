"""Samples of a linear template in a basis of its own columns that is well-conditioned.

Powers of x up to the thirtieth are as good as dependent in float64. The samples are taken in balls
therefore, and eliminated there: a column after the other is made 1 at one sample of its own and 0
at those of all others (Gauss and Jordan, with the largest entry as pivot). What is left of the goal
is its difference from the interpolant, however small. Only then do the samples become floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from actx.errors import FitError
from actx.fitting.linear.strips import Strip

Array = NDArray[np.float64]

_SHARP = 1e-12  # a ball that is wider, relatively, says nothing
_DEPENDENT = 1e-20  # a column of which elimination leaves less than this part is dependent


@dataclass(frozen=True)
class Table:
    """Samples of all strips.

    index, x: the strip and the place of each. rows: a well-conditioned basis, orthonormal over the
    samples; residual: the goal less an interpolant. kept: which columns span all of them. nodes: a
    sample for each of these, at which they are independent. largest: of the goal; sizes: of each
    column.
    """

    index: NDArray[np.int64]
    x: Array
    rows: Array
    residual: Array
    kept: tuple[int, ...]
    nodes: tuple[int, ...]
    largest: float
    sizes: Array


def table(strips: Sequence[Strip], places: Sequence[Sequence[float]]) -> Table:
    """Samples of strips at places; within a precision that is enough for the columns.

    Raises FitError where the target has no finite value.
    """
    index, xs, rows = [], [], []
    for i, (strip, points) in enumerate(zip(strips, places, strict=True)):
        for x in points:
            row = strip.row(strip.within(x))
            if not all(v.is_finite() for v in row):
                row = strip.row(strip.inner(strip.within(x)))
            if all(map(_is_known, row)):
                index.append(i)
                xs.append(x)
                rows.append(row)
            elif not row[-1].is_finite() and strip.bounded:
                raise FitError(
                    f"The target has no finite value at {x:g}, so that nothing can be fitted to "
                    "it there."
                )
    matrix = arb_mat(rows)
    sizes, largest = _sizes(matrix)
    kept, nodes, matrix = _eliminated(matrix, sizes)
    floats = np.array([[float(v) for v in row] for row in matrix.tolist()])
    basis = floats[:, list(kept)]
    orthonormal = np.linalg.qr(basis)[0] if kept else basis
    return Table(
        np.array(index), np.array(xs), orthonormal, floats[:, -1], kept, nodes, largest, sizes
    )


def _is_known(value: arb) -> bool:
    """Whether a ball is narrow; far out a difference may be nothing but rounding."""
    return bool(value.is_finite() and value.rad() <= _SHARP * (1 + abs(value)))


def _sizes(matrix: arb_mat) -> tuple[Array, float]:
    sizes = np.max(np.abs([[float(v) for v in row] for row in matrix.tolist()]), axis=0)
    return sizes[:-1], float(sizes[-1])


def _eliminated(matrix: arb_mat, sizes: Array) -> tuple[tuple[int, ...], tuple[int, ...], arb_mat]:
    """Gauss-Jordan elimination on columns: the independent ones, their pivots, what is left."""
    count, width = matrix.nrows(), matrix.ncols()
    kept: list[int] = []
    nodes: list[int] = []
    for j in range(width - 1):
        column = [matrix[i, j] for i in range(count)]
        left = np.abs([float(v) for v in column])
        pivot = int(np.argmax(left))
        if len(kept) == count or not left[pivot] > _DEPENDENT * sizes[j]:
            continue
        scaled = arb_mat([[v / column[pivot]] for v in column])
        factors = [matrix[pivot, k] if k != j else column[pivot] - 1 for k in range(width)]
        matrix = (matrix - scaled * arb_mat([factors])).mid()
        kept.append(j)
        nodes.append(pivot)
    return tuple(kept), tuple(nodes), matrix


def enough_bits(size: int, tiny: float = 1.0) -> int:
    """A precision for so many columns: powers lose about four bits each."""
    return max(128, 96 + 6 * size) + max(0, -int(np.log2(max(tiny, 1e-300))))
