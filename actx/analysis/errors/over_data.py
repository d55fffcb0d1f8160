"""The error over inputs as they really occur."""

from __future__ import annotations

import numpy as np

from actx.analysis.results import DataErrors
from actx.calculus.formula import Formula
from actx.calculus.values import evaluate
from actx.core.arrays import Array
from actx.core.domain import Domain
from actx.core.errors import AnalysisError
from actx.core.inputs import DataError


def inputs_within(inputs: Array, domain: Domain) -> Array:
    """The inputs that lie in the domain. Raises DataError where there are none."""
    parts = [(inputs >= part.lo) & (inputs <= part.hi) for part in domain.parts]
    found = inputs[np.logical_or.reduce(parts)]
    if not found.size:
        raise DataError(
            f"None of the {inputs.size:,} inputs lies in the domain {domain}: they go from "
            f"{inputs.min():g} to {inputs.max():g}."
        )
    return found


def data_errors(candidate: Formula, target: Formula, inputs: Array) -> DataErrors:
    """The error at each of the inputs, put together. Raises AnalysisError where it has no value."""
    with np.errstate(all="ignore"):
        values = [
            np.broadcast_to(evaluate(f.bound, inputs), inputs.shape) for f in (candidate, target)
        ]
        sizes = np.abs(values[0] - values[1])
    for formula, value in zip((candidate, target), values, strict=True):
        lacking = np.flatnonzero(~np.isfinite(value))
        if lacking.size:
            raise AnalysisError(f"{formula.name} has no value at the input {inputs[lacking[0]]!r}.")
    largest = float(sizes.max())
    scaled = sizes / largest if largest else sizes  # no square overflows
    rms = largest * float(np.sqrt(np.mean(scaled * scaled)))
    return DataErrors(rms, float(np.mean(sizes)), largest, int(inputs.size))
