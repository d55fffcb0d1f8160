"""The error over inputs as they really occur."""

from __future__ import annotations

import numpy as np

from actx.analysis.results import DataErrors
from actx.calculus.formula import Formula
from actx.calculus.values import evaluate
from actx.core.errors import AnalysisError
from actx.core.samples import Samples


def data_errors(candidate: Formula, target: Formula, inputs: Samples) -> DataErrors:
    """The error at each of the inputs, put together. Raises AnalysisError where it has no value."""
    x = inputs.values
    with np.errstate(all="ignore"):
        values = [np.broadcast_to(evaluate(f.bound, x), x.shape) for f in (candidate, target)]
        sizes = np.abs(values[0] - values[1])
    for formula, value in zip((candidate, target), values, strict=True):
        lacking = np.flatnonzero(~np.isfinite(value))
        if lacking.size:
            raise AnalysisError(f"{formula.name} has no value at the input {x[lacking[0]]!r}.")
    largest, shares = float(sizes.max()), inputs.shares
    scaled = sizes / largest if largest else sizes  # no square overflows
    rms = largest * float(np.sqrt(np.sum(shares * scaled * scaled)))
    return DataErrors(rms, float(np.sum(shares * sizes)), largest, round(inputs.count))
