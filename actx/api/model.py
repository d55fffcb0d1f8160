"""The activations of a trained network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from actx.core.alone import alone
from actx.core.progress import Progress
from actx.registry import Registry, load_registry
from actx.studies.model.model import report
from actx.studies.model.results import ModelReport


@alone()
def model(
    path: str | Path,
    *,
    data: Any = None,
    registry: Registry | None = None,
    progress: Progress | None = None,
) -> ModelReport:
    """The activations of a network in an ONNX file: what they are, and what they see.

    An activation is a maximal region of pointwise operations that depends on one tensor and
    constants only. It is recognised where it is proven to be alpha·f(beta·x + gamma) + delta for a
    formula f of the registry, as an identity or to within 1e-6 on the whole line.

    data: inputs to run it on, examples along the first axis: an array, arrays by the names of the
    inputs, an .npz file of such, an .npy file, or a folder of .npy files with such names; what each
    activation sees is collected in one pass and bounded memory. Raises UsageError for files that
    are no network or do not fit it, ModelError where there is no activation or the network cannot
    be run, and MissingPackageError without onnx and, with data, onnxruntime.
    """
    return report(path, data, registry or load_registry(), progress)
