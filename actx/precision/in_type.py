"""What a comparison in a number type asks: the errors of a candidate in a number type."""

from __future__ import annotations

from functools import partial

from actx.analysis.explore import Measure
from actx.analysis.type_results import Quantisation, TypeErrors
from actx.calculus.formula import Formula
from actx.core.domain import Domain
from actx.core.errors import UsageError
from actx.core.progress import Progress
from actx.precision.number_types import QUANTISED, number_type


def measure_of(
    name: str | None,
    domain: Domain,
    input_range: Domain | None,
    exhaustive: bool,
    progress: Progress | None,
) -> Measure | None:
    """What gives the errors in the type of that name for a candidate and a target; None for None.

    Raises UsageError for an unknown type and for options that do not fit it.
    """
    if name != QUANTISED and input_range is not None:
        raise UsageError(f"An input range belongs to the number type {QUANTISED}.")
    if name is None:
        if exhaustive:
            raise UsageError("To go through all numbers, name their type, such as float32.")
        return None
    if name == QUANTISED:
        if input_range is None:
            raise UsageError(f"{QUANTISED} needs the range of its input, such as -6:6.")
        return partial(_quantised, input_range)
    kind = number_type(name)

    def measure(candidate: Formula, target: Formula) -> TypeErrors:
        from actx.precision.typed_errors import type_errors

        def told(done: int, total: int, what: str) -> None:
            if progress is not None:
                progress(done, total, f"{candidate.name}, {what}")

        return type_errors(
            candidate.bound, target.bound, kind, domain, exhaustive=exhaustive, progress=told
        )

    return measure


def _quantised(input_range: Domain, candidate: Formula, target: Formula) -> Quantisation:
    from actx.precision.quantisation import quantised

    return quantised(candidate.bound, target.bound, input_range)
