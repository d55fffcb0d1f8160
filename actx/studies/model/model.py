"""The activations of a network: found, recognised, and watched while it runs on data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from actx.calculus.formula import Formula
from actx.core.errors import ModelError, UsageError
from actx.core.files import shown, write_file
from actx.core.progress import Progress
from actx.language.text import to_text
from actx.language.tree import Node
from actx.registry import Registry
from actx.studies.model.data import Inputs, inputs_for
from actx.studies.model.files import Network, load
from actx.studies.model.histogram import Histogram
from actx.studies.model.recognise import Recogniser
from actx.studies.model.regions import Graph, Region, regions
from actx.studies.model.replacing import (
    chosen,
    effect,
    error,
    fitted,
    in_place,
    is_open,
    with_others,
)
from actx.studies.model.results import QUANTILES, Activation, Bars, ModelReport, Seen
from actx.studies.model.running import capture, shares

_BARS = 48  # of a histogram in a result, at most


@dataclass(frozen=True)
class Change:
    """What is put where. at: as `actx.model` takes it; output: the file of the new network."""

    formula: Formula
    at: Sequence[str] = ()
    output: Path | None = None


def report(
    path: str | Path,
    data: Any,
    registry: Registry,
    change: Change | None = None,
    progress: Progress | None = None,
) -> ModelReport:
    """What activations a network has, and what they see where there is data.

    data: as `actx.model` takes it, None for none. Raises UsageError for
    places that there are not, ModelFileError, DataError, ModelError
    where there is no activation or the network cannot be run, MissingPackageError.
    """
    network = load(path)
    inputs = None if data is None else inputs_for(data, network.inputs)
    if change is not None and change.output is not None:
        _check_folder(change.output, network)
    kinds, sizes = _inferred(network)
    graph = Graph(network.proto.graph, kinds)
    found, unread = regions(graph)
    if not found:
        raise ModelError(_nothing_found(path, network, unread))
    recognise = Recogniser(registry)
    activations = []
    for done, region in enumerate(found):
        if progress is not None:
            progress(done, len(found), "recognising")
        activations.append(
            Activation(
                name=region.output,
                input=region.source,
                formula=to_text(region.tree),
                recognised=recognise(region.tree),
                operators=region.operators,
                elements=sizes.get(region.source),
            )
        )
    result = ModelReport(
        Path(path), len(graph.nodes), tuple(activations), notes=tuple(_notes(network, unread))
    )
    if change is not None:  # what cannot be is said before anything runs
        places = chosen(result.activations, change.at)
        if is_open(change.formula):
            _check_fit(change.formula, inputs)
        else:
            formulas = dict.fromkeys(places, change.formula)
            with_others(network, _others(result, formulas), found, kinds)
    if inputs is not None:
        result = _watched(result, found, network, inputs, progress)
    if change is None:
        return result
    if is_open(change.formula):
        formulas = {}
        for done, i in enumerate(places):
            if progress is not None:
                progress(done, len(places), "fitting")
            formulas[i] = fitted(result.activations[i], change.formula, registry)
    others = _others(result, formulas)
    proto = with_others(network, others, found, kinds)
    result = _told(result, found, others, registry)
    if inputs is not None:
        result = _tried(result, found, others, kinds, network, inputs, progress)
    if change.output is not None:
        write_file(change.output, proto.SerializeToString(), "network", ModelError)
        result = replace(result, written=change.output)
    return result


def _nothing_found(path: str | Path, network: Network, unread: int) -> str:
    what = (
        f"are {unread} pointwise places that cannot be read as formulas"
        if unread
        else "is no nonlinear pointwise operation of one tensor and constants"
    )
    count = len(network.proto.graph.node)
    return f"There is no activation in {shown(path)!r}: among its {count} nodes there {what}."


def _notes(network: Network, unread: int) -> list[str]:
    found = []
    if unread:
        found.append(f"{unread} further pointwise places cannot be read as formulas.")
    inner = sum(
        attribute.type in (5, 10)
        for node in network.proto.graph.node
        for attribute in node.attribute
    )
    if inner:
        found.append(f"The {inner} graphs within loops and branches are not looked into.")
    return found


# --- with data ---


def _watched(
    result: ModelReport,
    found: Sequence[Region],
    network: Network,
    inputs: Inputs,
    progress: Progress | None,
) -> ModelReport:
    def running(done: int) -> None:
        if progress is not None:
            progress(done, inputs.count, "running")

    sources = list(dict.fromkeys(region.source for region in found))
    seen = capture(network, sources, inputs, running)
    times = shares(network, {region.output: region.nodes for region in found}, inputs)
    activations = [
        replace(
            each,
            elements=_elements(seen[each.input], inputs.count, each.elements),
            inputs=_summary(seen[each.input]),
            time=times.get(each.name),
        )
        for each in result.activations
    ]
    import onnxruntime

    versions = {"onnxruntime": onnxruntime.__version__}
    return replace(result, activations=tuple(activations), examples=inputs.count, versions=versions)


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


# --- with others in their places ---


def _check_fit(template: Formula, inputs: Inputs | None) -> None:
    if inputs is None:
        open_ = ", ".join(name for name in template.parameters if name not in template.defaults)
        raise UsageError(
            f"{template.name} needs a value for {open_}, or inputs to fit that to.",
            "Give {set} or {data}.",
            set=None,
            data=None,
        )


def _check_folder(output: Path, network: Network) -> None:
    """A file that names others beside it must stay beside them."""
    if network.has_weights_outside and output.resolve().parent != network.folder:
        raise UsageError(
            f"The weights of {shown(network.path)!r} lie in other files of its folder, where a new "
            f"network finds them only if it is written there as well, and not as {shown(output)!r}."
        )


def _others(result: ModelReport, formulas: Mapping[int, Formula]) -> dict[int, Node]:
    """What the places compute with other formulas in them."""
    return {i: in_place(result.activations[i], formula) for i, formula in formulas.items()}


def _told(
    result: ModelReport, found: Sequence[Region], others: Mapping[int, Node], registry: Registry
) -> ModelReport:
    """The replacements, and their errors over what the places see."""
    activations = list(result.activations)
    for i, tree in others.items():
        seen = activations[i].inputs
        apart = None if seen is None else error(found[i].tree, tree, seen.min, seen.max, registry)
        activations[i] = replace(activations[i], replacement=to_text(tree), error=apart)
    return replace(result, activations=tuple(activations))


def _tried(
    result: ModelReport,
    found: Sequence[Region],
    others: Mapping[int, Node],
    kinds: Mapping[str, int],
    network: Network,
    inputs: Inputs,
    progress: Progress | None,
) -> ModelReport:
    """What each replacement does alone, and what all do together."""
    done = 0

    def step() -> None:
        nonlocal done
        done += inputs.batch
        if progress is not None:
            progress(min(done, total), total, "comparing outputs")

    activations = list(result.activations)
    total = inputs.count * (len(others) + (len(others) > 1))
    alone = {
        i: effect(network, with_others(network, {i: tree}, found, kinds), inputs, step)
        for i, tree in others.items()
    }
    for i, each in alone.items():
        activations[i] = replace(activations[i], alone=each)
    if len(others) > 1:
        together = effect(network, with_others(network, others, found, kinds), inputs, step)
    else:
        (together,) = alone.values()
    return replace(result, activations=tuple(activations), outputs=together)


# --- shapes ---


def _inferred(network: Network) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """The element types of tensors, and how many numbers one example has, as far as onnx tells."""
    from onnx.shape_inference import infer_shapes

    graph = network.proto.graph
    with suppress(Exception):  # of onnx's C++; what the file itself says is left then
        graph = infer_shapes(network.proto).graph
    kinds, sizes = {}, {}
    for each in (*graph.value_info, *graph.input, *graph.output):
        tensor = each.type.tensor_type
        if not tensor.elem_type:
            continue
        kinds[each.name] = tensor.elem_type
        dims = [dim.dim_value for dim in tensor.shape.dim[1:]]
        if tensor.HasField("shape") and all(dims) and len(tensor.shape.dim):
            sizes[each.name] = math.prod(dims)
    return kinds, sizes
