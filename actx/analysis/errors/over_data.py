"""The error over inputs as they really occur."""

from __future__ import annotations

import numpy as np

from actx.analysis.results import DataErrors
from actx.calculus.formula import Formula
from actx.calculus.values import evaluate
from actx.core.arrays import Array
from actx.core.errors import AnalysisError
from actx.core.samples import Samples


def data_errors(candidate: Formula, target: Formula, inputs: Samples) -> DataErrors:
    """The error at each of the inputs, put together. Raises AnalysisError where it has no value."""
    return data_errors_of(_values(candidate, inputs), target, inputs)


def data_errors_of(made: Array, target: Formula, inputs: Samples) -> DataErrors:
    """The same of what comes out for each of the inputs."""
    sizes = np.abs(made - _values(target, inputs))
    largest, shares = float(sizes.max()), inputs.shares
    scaled = sizes / largest if largest else sizes  # no square overflows
    rms = largest * float(np.sqrt(np.sum(shares * scaled * scaled)))
    return DataErrors(rms, float(np.sum(shares * sizes)), largest, round(inputs.count))


def _values(formula: Formula, inputs: Samples) -> Array:
    x = inputs.values
    with np.errstate(all="ignore"):
        found: Array = np.broadcast_to(np.asarray(evaluate(formula.bound, x), float), x.shape)
    lacking = np.flatnonzero(~np.isfinite(found))
    if lacking.size:
        raise AnalysisError(f"{formula.name} has no value at the input {x[lacking[0]]!r}.")
    return found
