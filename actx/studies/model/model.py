"""The activations of a network: found, recognised, watched while it runs on data, and replaced."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from actx.calculus.formula import Formula
from actx.core.errors import ModelError, UsageError
from actx.core.files import shown, write_file
from actx.core.progress import Progress
from actx.language.text import to_text
from actx.registry import Registry
from actx.studies.model.data import Inputs, inputs_for
from actx.studies.model.files import Network, load
from actx.studies.model.finding.recognise import Recogniser
from actx.studies.model.finding.regions import Graph, regions
from actx.studies.model.modules import exported, is_module, module_of
from actx.studies.model.replacing import chosen, is_open
from actx.studies.model.results import Activation, ModelReport
from actx.studies.model.subject import Change, Subject
from actx.studies.model.timing import UNIT
from actx.studies.model.trying import Tried, put_in, searched
from actx.studies.model.watching import watched
from actx.studies.search.costs import OPERATIONS

_SEARCH = "A search measures what replacements do to the outputs"


def report(
    given: Any,
    data: Any,
    registry: Registry,
    change: Change | None = None,
    progress: Progress | None = None,
    jobs: int = 1,
) -> ModelReport:
    """What activations a network has, and what they see where there is data.

    given, data, jobs: as `actx.model` takes them, None for no data. Raises UsageError for places
    that there are not, ModelFileError, DataError, ModelError where there is no activation or the
    network cannot be run, MissingPackageError.
    """
    tell = progress or _quiet
    if is_module(given):
        network, data = exported(given, data)
    else:
        network = load(given)
    inputs = None if data is None else inputs_for(data, network.inputs)
    if change is not None and change.output is not None:
        check_folder(change.output, network)
    result, subject = _found(network, registry, tell)
    places: list[int] = []
    if change is not None:  # what cannot be is said before anything runs
        places = _places(change, subject, inputs)
    seen: Mapping[str, Any] = {}
    if inputs is not None:
        result, seen = watched(result, subject, inputs, tell, jobs)
        subject = subject.seeing(result.activations)
    if change is None or result.stopped:
        return result
    try:
        if change.bounds is None:
            tried = put_in(subject, change, places, inputs, seen, tell)
        else:
            assert inputs is not None
            tried = searched(subject, change, change.bounds, places, inputs, seen, tell)
    except KeyboardInterrupt:
        if inputs is None:
            raise
        return replace(result, stopped=True)
    return _written(_told(result, tried, change), tried, change)


def found_in(network: Network, registry: Registry) -> Subject:
    """The activations of a network, each recognised. Raises ModelError where there is none."""
    return _found(network, registry, _quiet)[1]


def _quiet(done: int, total: int, what: str) -> None:
    pass


# --- without data ---


def _found(network: Network, registry: Registry, progress: Progress) -> tuple[ModelReport, Subject]:
    """The activations, each recognised. Raises ModelError where there is none."""
    kinds, sizes = _inferred(network)
    graph = Graph(network.proto.graph, kinds)
    found, unread = regions(graph)
    if not found:
        raise ModelError(_nothing_found(network, unread))
    recognise = Recogniser(registry)
    activations = []
    for done, region in enumerate(found):
        progress(done, len(found), "recognising")
        activations.append(
            Activation(
                name=region.output,
                input=region.source,
                formula=to_text(region.tree),
                recognised=recognise(region.tree),
                operators=region.operators,
                elements=sizes.get(region.source),
                module=module_of(network, region),
            )
        )
    notes = tuple(_notes(network, unread))
    result = ModelReport(network.path, len(graph.nodes), tuple(activations), notes=notes)
    return result, Subject(network, found, result.activations, kinds, registry)


def _nothing_found(network: Network, unread: int) -> str:
    what = (
        f"are {unread} pointwise places that cannot be read as formulas"
        if unread
        else "is no nonlinear pointwise operation of one tensor and constants"
    )
    count = len(network.proto.graph.node)
    where = shown(network.path)
    return f"There is no activation in {where!r}: among its {count} nodes there {what}."


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


# --- what is asked ---


def _places(change: Change, subject: Subject, inputs: Inputs | None) -> list[int]:
    """The places that are meant, once it is sure that something can be put there.

    Raises UsageError, ModelError.
    """
    searching = change.bounds is not None
    places = chosen(subject.places, change.at, mixed=searching, unknown=change.tables)
    if inputs is None and (searching or change.tables):
        what = "A table is made for the range that a place sees" if change.tables else _SEARCH
        raise UsageError(f"{what}, which takes inputs.", "Give {data}.", data=None)
    if not searching and not change.tables:
        (formula,) = change.formulas
        if is_open(formula):
            _check_fit(formula, inputs)
        else:
            subject.with_others(subject.others(dict.fromkeys(places, formula)))
    return places


def _check_fit(template: Formula, inputs: Inputs | None) -> None:
    if inputs is None:
        open_ = ", ".join(name for name in template.parameters if name not in template.defaults)
        raise UsageError(
            f"{template.name} needs a value for {open_}, or inputs to fit that to.",
            "Give {set} or {data}.",
            set=None,
            data=None,
        )


def check_folder(output: Path, network: Network) -> None:
    """A file that names others beside it must stay beside them. Raises UsageError."""
    if network.has_weights_outside and output.resolve().parent != network.folder:
        raise UsageError(
            f"The weights of {shown(network.path)!r} lie in other files of its folder, where a new "
            f"network finds them only if it is written there as well, and not as {shown(output)!r}."
        )


# --- what came of it ---


def _told(result: ModelReport, tried: Tried, change: Change) -> ModelReport:
    """The report with what was tried."""
    return replace(
        result,
        activations=tried.places,
        outputs=tried.outputs,
        bounds=change.bounds,
        decode=None if change.decode is None else change.decode.text,
        costs=_costs(change),
        stopped=tried.stopped,
        notes=(*result.notes, *_slower(tried, change)),
    )


def _slower(tried: Tried, change: Change) -> Iterator[str]:
    """What is to be said where what was found to cost less takes longer."""
    time = None if tried.outputs is None else tried.outputs.time
    if change.bounds is not None and time is not None and time.after > time.before:
        yield (
            "The whole network takes no less time with these, in onnxruntime here: it may run what "
            "was there in fewer steps, as operations that it joins, or the machine was busy."
        )


def _costs(change: Change) -> str | None:
    if change.bounds is None:
        return None
    return UNIT if change.timed else OPERATIONS.unit


def _written(result: ModelReport, tried: Tried, change: Change) -> ModelReport:
    if change.output is None or tried.proto is None:
        return result
    write_file(change.output, tried.proto.SerializeToString(), "network", ModelError)
    return replace(result, written=change.output)
