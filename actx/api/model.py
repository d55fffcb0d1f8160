"""The activations of a trained network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from actx.calculus.formula import Formula
from actx.calculus.reading import Values, numbers, read_formulas
from actx.core.alone import alone
from actx.core.errors import UsageError
from actx.core.files import check_place, shown
from actx.core.progress import Progress
from actx.registry import Registry, load_registry
from actx.studies.model.model import Change, report
from actx.studies.model.results import ModelReport


@alone()
def model(
    path: str | Path,
    *,
    data: Any = None,
    replacement: str | Formula | None = None,
    at: str | int | Sequence[str | int] = (),
    output: str | Path | None = None,
    set: Values | None = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> ModelReport:
    """The activations of a network in an ONNX file: what they are, and what they see.

    An activation is a maximal region of pointwise operations that depends on one tensor and
    constants only. It is recognised where it is proven to be alpha·f(beta·x + gamma) + delta for a
    formula f of the registry, as an identity or to within 1e-6 on the whole line.

    data: inputs to run it on, examples along the first axis: an array, arrays by the names of the
    inputs, an .npz file of such, an .npy file, or a folder of .npy files with such names; what each
    activation sees is collected in one pass and bounded memory. replacement: a formula that takes
    the place of f; the scale and the shift about it stay. With data, the outputs are compared with
    each place replaced alone, and with all. at: which places, by formula, number (from 1 on) or
    tensor; all that are recognised, where these are of one formula. output: an .onnx file for the
    new network, its operators' version, weights and all else as they are. set: values for
    parameters of the replacement; those without one are fitted for each place in the max norm over
    what it sees, which needs data. Raises UsageError for files that
    are no network or do not fit it, ModelError where there is no activation or the network cannot
    be run, and MissingPackageError without onnx and, with data, onnxruntime.
    """
    known = registry or load_registry()
    change = _change(replacement, at, output, set, known)
    return report(path, data, known, change, progress)


def _change(
    replacement: str | Formula | None,
    at: str | int | Sequence[str | int],
    output: str | Path | None,
    values: Values | None,
    registry: Registry,
) -> Change | None:
    """What is to be replaced, checked before anything runs. Raises UsageError."""
    if replacement is None:
        if at or output is not None or values:
            raise UsageError(
                "There is nothing to replace.",
                "Give a formula with {replacement}.",
                replacement=None,
            )
        return None
    (formula,) = read_formulas([replacement], numbers(values or {}), registry)
    path = None if output is None else Path(output)
    if path is not None:
        if path.suffix.lower() != ".onnx":
            raise UsageError(f"A network is written into an .onnx file; {shown(path)!r} is none.")
        check_place(path, "network", UsageError)
    places = [at] if isinstance(at, str | int) else at
    return Change(formula, [str(place) for place in places], path)
