"""What the activations of a network see while it runs on data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from actx.core.progress import Progress
from actx.studies.model.data import Inputs
from actx.studies.model.histogram import Histogram
from actx.studies.model.results import QUANTILES, Bars, ModelReport, Seen
from actx.studies.model.running import capture, shares
from actx.studies.model.subject import Subject

_BARS = 48  # of a histogram in a result, at most


def watched(
    result: ModelReport, subject: Subject, inputs: Inputs, progress: Progress, jobs: int
) -> tuple[ModelReport, Mapping[str, Histogram]]:
    """The report with what each activation sees, and the histograms by the tensors that are seen.

    An interrupt ends it with what was seen until then. jobs: processes that look. Raises
    ModelError, MissingPackageError.
    """
    network, found = subject.network, subject.regions
    sources = list(dict.fromkeys(region.source for region in found))
    seen, examples = capture(
        network, sources, inputs, lambda done: progress(done, inputs.count, "running"), jobs
    )
    stopped = examples < inputs.count
    times: Mapping[str, float] = {}
    if not stopped:
        times = shares(network, {region.output: region.nodes for region in found}, inputs)
    activations = [
        replace(
            each,
            elements=_elements(seen[each.input], examples, each.elements),
            inputs=_summary(seen[each.input]),
            time=times.get(each.name),
        )
        for each in result.activations
    ]
    import onnxruntime

    versions = {"onnxruntime": onnxruntime.__version__}
    told = replace(
        result,
        activations=tuple(activations),
        examples=examples,
        versions=versions,
        stopped=stopped,
    )
    return told, seen


def _elements(seen: Histogram, examples: int, known: int | None) -> int | None:
    total = seen.count + seen.others
    return total // examples if total % examples == 0 else known


def _summary(seen: Histogram) -> Seen | None:
    if not seen.count:
        return None
    lower, width, counts = seen.bars(_BARS)
    return Seen(
        count=seen.count,
        others=seen.others,
        min=seen.least,
        max=seen.greatest,
        mean=seen.mean,
        std=math.sqrt(seen.spread / seen.count),
        quantiles={f"{share:g}": seen.quantile(share) for share in QUANTILES},
        histogram=Bars(lower, width, tuple(counts)),
    )
