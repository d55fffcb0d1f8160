"""A row of a comparison with its errors, its minimum and its kinks proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actx.analysis.errors.computed import without_noise
from actx.analysis.errors.largest import proven_max_error, proven_max_slope
from actx.analysis.errors.norms import with_norms
from actx.analysis.errors.relative import proven_relative
from actx.analysis.kinks import DEFAULT_MAX_ORDER
from actx.analysis.monotone import Segment, monotone
from actx.analysis.proven_smoothness import kinks_proven
from actx.analysis.prover import Proof, turning_of
from actx.analysis.results import ComparisonRow, Extremum, Kink
from actx.analysis.tables.errors import ComparisonShape
from actx.calculus.pieces import Piecewise
from actx.calculus.proven.pieces import verify
from actx.core.budget import Budget
from actx.language.tree import Node

Function = tuple[Node, Piecewise]
_SHARE = 0.5  # of the time that is left, for the largest error of the slope


def prove_row(
    candidate: tuple[Node, Piecewise, Sequence[Segment]],
    target: Function,
    error: Piecewise,
    row: ComparisonRow,
    seconds: float,
) -> ComparisonRow:
    """A row with enclosures; error: candidate - target by its pieces."""
    budget = Budget(seconds)
    tree, function, segments = candidate
    f, g = verify(tree, function, budget), verify(*target, budget)
    kinks, undecided = kinks_proven(f, function, row.kinks, DEFAULT_MAX_ORDER, row.smoothness)
    difference, rising = f.minus(g), monotone(error)
    largest = proven_max_error(difference, row.max_error, turning_of(rising), budget)
    minimum = Proof(f, turning_of(segments), budget).global_extremum(row.minimum, -1)
    turning = turning_of(monotone(error, order=1))
    slope = proven_max_slope(difference, row.max_slope_error, turning, budget.part(_SHARE))
    row = with_norms(row, difference, rising, budget, largest)
    relative = row.relative_error
    if relative is not None:
        relative = proven_relative(difference, g, relative, budget.part(_SHARE))
    proven = replace(
        row,
        relative_error=relative,
        max_error=largest,
        max_slope_error=slope,
        minimum=minimum,
        kinks=kinks,
        undecided=undecided,
    )
    return without_noise(proven)


def proven_shape(
    candidate: tuple[Node, Piecewise, Sequence[Segment]],
    minimum: Extremum,
    kinks: tuple[Kink, ...],
    smoothness: str,
    seconds: float,
) -> ComparisonShape:
    """What a row says of the candidate alone, with enclosures."""
    budget = Budget(seconds)
    tree, function, segments = candidate
    f = verify(tree, function, budget)
    proven, undecided = kinks_proven(f, function, kinks, DEFAULT_MAX_ORDER, smoothness)
    lowest = Proof(f, turning_of(segments), budget).global_extremum(minimum, -1)
    return ComparisonShape(lowest, proven, smoothness, undecided)
