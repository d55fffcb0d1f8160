"""Results as points in a picture of errors over costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from actx.core.norms import NORMS
from actx.fitting.tables.results import TableSizes
from actx.studies.bench.results import Bench, BenchRow
from actx.studies.search.results import SearchResult


class Rank(IntEnum):
    """What a point is, those that matter most first."""

    FRONT = 0
    OTHER = 1
    KNOWN = 2


@dataclass(frozen=True)
class Dot:
    """A formula as a point."""

    name: str
    cost: float
    error: float
    rank: Rank


@dataclass(frozen=True)
class Scene:
    """What is drawn.

    words: what the points of a rank are, for the key. all_labelled: whether all labels may stand
    away from their points, and not only those of the front. line: what stands beside the points.
    """

    dots: tuple[Dot, ...]
    cost_label: str
    error_label: str
    words: dict[Rank, str]
    title: str
    all_labelled: bool = False
    line: tuple[tuple[float, float], ...] = ()
    line_words: str = ""


def points(result: SearchResult | Bench | TableSizes) -> Scene:
    """A search, timings or tables of several sizes as points."""
    if isinstance(result, TableSizes):
        return _sized(result)
    return _timed(result) if isinstance(result, Bench) else _searched(result)


def _sized(result: TableSizes) -> Scene:
    """What tables of each size reach, and what they tend to."""
    dots = [Dot(str(each.segments), each.segments, each.upper, Rank.FRONT) for each in result.sizes]
    sure = ", proven" if all(each.proven for each in result.sizes) else ""
    limit = tuple((float(each.segments), each.theory) for each in result.sizes)
    what = f"best table{sure}"
    apart = ""
    if result.rival_limit:
        what, apart = f"table that was found{sure}", " that need not meet"
    return Scene(
        tuple(dots),
        "pieces",
        f"largest error against {result.name}",
        {Rank.FRONT: what},
        result.name,
        line=limit if all(y > 0 for _, y in limit) else (),
        line_words=f"limit for many pieces{apart} (power −{result.degree + 1})",
    )


def _searched(result: SearchResult) -> Scene:
    found: Any = [(Rank.FRONT, result.front), (Rank.OTHER, result.dominated)]
    found += [(Rank.KNOWN, result.known)]
    dots = [Dot(c.name, c.cost, c.error, rank) for rank, group in found for c in group]
    weighted = "" if result.unweighted else "weighted "
    label = f"{weighted}{NORMS[result.norm].error} against {result.target}"
    words = {
        Rank.FRONT: "Pareto front",
        Rank.OTHER: "dominated",
        Rank.KNOWN: "formula of the registry",
    }
    return Scene(tuple(dots), f"cost ({result.cost_unit})", label, words, result.target)


def _timed(result: Bench) -> Scene:
    """The formulas with a finite error that is known."""
    rows = [row for row in result.rows if math.isfinite(_error(row))]
    best = _front(rows)
    dots = [
        Dot(
            row.name if len(result.backends) == 1 else f"{row.name}, {row.backend}",
            row.forward.relative.median,
            _error(row),
            Rank.FRONT if row in best else Rank.OTHER,
        )
        for row in rows
    ]
    run = ", ".join((result.backend, result.dtype, *result.thread_words, result.place))
    return Scene(
        tuple(dots),
        f"time / {result.baseline}'s ({run})",
        f"largest error against {result.target}",
        {Rank.FRONT: "Pareto front", Rank.OTHER: "dominated"},
        result.target,
        all_labelled=True,
    )


def _error(row: BenchRow) -> float:
    return math.nan if row.max_error is None else row.max_error.value


def _front(rows: Sequence[BenchRow]) -> list[BenchRow]:
    """Those that are better than all that cost no more, by rising cost."""
    best: list[BenchRow] = []
    for row in sorted(rows, key=lambda row: (row.forward.relative.median, _error(row))):
        if not best or _error(row) < _error(best[-1]):
            best.append(row)
    return best
