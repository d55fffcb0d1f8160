"""Candidates against a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from actx.analysis.explore import compare_all
from actx.analysis.results import Comparison
from actx.api.asking import DomainLike, domain_of
from actx.calculus.formula import Formula
from actx.calculus.reading import Values, read_formulas
from actx.core.alone import alone
from actx.core.budget import DEFAULT_BUDGET
from actx.core.domain import WHOLE_LINE
from actx.core.errors import UsageError
from actx.core.progress import Progress
from actx.core.samples import Samples
from actx.registry import Registry, load_registry
from actx.studies.bench.measured import load_costs

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@alone()
def compare(
    *formulas: str | Formula,
    all: bool = False,
    domain: DomainLike = WHOLE_LINE,
    budget: float | None = DEFAULT_BUDGET,
    dtype: str | None = None,
    exhaustive: bool = False,
    input_range: DomainLike | None = None,
    cost: str | Path | None = None,
    relative: bool | None = None,
    data: ArrayLike | str | Path | None = None,
    set: Values | None = None,
    registry: Registry | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Comparison:
    """Candidates against the target, which is the last formula, ranked by max_error.

    all: the whole registry against the target. With `all`, a registry formula that cannot be
    analysed on the domain is left out and named in the notes. budget: seconds for proofs for each
    candidate, None for no proofs. dtype: "float16", "bfloat16", "float32" or "int8" fills `dtype`
    of each row with the errors of the candidate computed in that type; exhaustive: at all float32
    numbers, not a sample; input_range: that of int8. cost: a file with a bench's JSON document,
    for the `cost` of each row. relative: True ranks by the relative error, sup |e|/|target|; False
    leaves it out, which is a third faster. data: inputs as they really occur, an array or a .npy,
    .npz, .csv or .txt file; those in the domain fill `data` of each row. jobs: how many processes
    work on the candidates, forked from this one, on Linux. Raises as `show`, BenchError for a file
    that holds no costs, and DataError for data that is none.
    """
    known = registry or load_registry()
    if len(formulas) < (1 if all else 2):
        raise UsageError("compare takes at least one candidate and, last, the target.")
    names = list(formulas)
    if all:
        names[:-1] = [*names[:-1], *(entry.name for entry in known.entries)]
    span = None if input_range is None else domain_of(input_range).one_interval("An input range")
    measure = None
    if dtype is not None or span is not None or exhaustive:
        from actx.precision.typed_errors import measure_of

        measure = measure_of(dtype, domain_of(domain), span, exhaustive, progress)
    costs = None if cost is None else _costs(cost)
    read = read_formulas(names, set, known, intervals=True)
    result = compare_all(
        read[:-1],
        read[-1],
        domain_of(domain),
        budget,
        forgiving=all,
        measure=measure,
        relative=relative,
        data=None if data is None else Samples.of(data).within(domain_of(domain)),
        progress=progress,
        jobs=jobs if measure is None else 1,  # which has its own, and tells how far it is
    )
    return result if costs is None else _with_costs(result, costs)


def _costs(file: str | Path) -> dict[str, float]:

    return load_costs(file)


def _with_costs(result: Comparison, costs: Mapping[str, float]) -> Comparison:
    """The comparison with measured costs, by the formula's text or else by its name."""
    rows = tuple(
        replace(row, cost=costs.get(row.formula, costs.get(row.name))) for row in result.rows
    )
    lacking = [row.name for row in rows if row.cost is None]
    note = f"The file of costs lacks {', '.join(lacking)}."
    return replace(result, rows=rows, notes=(*result.notes, *([note] if lacking else [])))
