"""A network run by onnxruntime: what its tensors hold, and how its time is shared."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from actx.core.errors import ModelError, optional_module
from actx.core.files import shown
from actx.core.workers import cores, in_turn, processes
from actx.studies.model.data import Inputs
from actx.studies.model.files import Network
from actx.studies.model.histogram import Gatherings, Histogram

_SILENT = 4  # onnxruntime's level of messages: fatal ones
_FOLDER = "session.model_external_initializers_file_folder_path"
_ROOM = 1 << 26  # bytes of tensors that a process holds at once, of one example at least
_PART = 1 << 21  # numbers that are counted before what was seen is told
_LEAST = 1 << 10  # numbers that a batch counts as, which has its cost of its own
_JOBS = 4  # processes, or threads, at most: each has its memory
_MUCH = 1 << 20  # bytes that are worth to be kept for the next batch
_PROFILED = 3  # batches that the time is measured over


def capture(
    network: Network,
    tensors: Sequence[str],
    inputs: Inputs,
    progress: Callable[[int], None],
    jobs: int = 1,
) -> tuple[dict[str, Histogram], int]:
    """What tensors hold over all inputs, of each one batch at a time; how many examples were run.

    An interrupt after the first part ends it. progress: is told how many examples are done. jobs:
    how many processes run parts at a time, which does not change what comes out. Raises ModelError,
    MissingPackageError.
    """
    part = _Part(network, tensors, inputs)
    starts = range(0, inputs.count, part.examples)
    found, done = {name: Histogram() for name in tensors}, 0
    try:
        for seen in in_turn(
            part, starts, part.shared(processes(min(jobs, _JOBS), len(starts) // 2))
        ):
            for name, histogram in seen.items():
                found[name].join(histogram)
            done = min(done + part.examples, inputs.count)
            progress(done)
    except BrokenExecutor:
        raise ModelError("A process that ran the network was ended from outside.") from None
    except KeyboardInterrupt:
        if not done:
            raise
    return found, done


class _Part:
    """What tensors hold over a part of the inputs, by the example that it begins with.

    examples: in a part, so many that what is seen is worth histograms of its own.
    """

    def __init__(self, network: Network, tensors: Sequence[str], inputs: Inputs) -> None:
        """Raises ModelError, MissingPackageError."""
        given = {each.name for each in network.proto.graph.input}
        self._network, self._tensors = network, tensors
        self._names = [name for name in tensors if name not in given]
        self._proto = with_outputs(network.proto, self._names)
        self._ready: Any = session(self._proto, network)
        one = replace(inputs, batch=1) if inputs.open else inputs
        made = run(self._ready, self._names, one.part(0)) if self._names else []
        if inputs.open:
            size = sum(array.nbytes for array in made)
            inputs = replace(inputs, batch=max(1, min(inputs.batch, _ROOM // max(1, size))))
        batch = sum(array.size for array in made) * (inputs.batch // one.batch)
        self._inputs = inputs
        self.examples = max(1, _PART // max(_LEAST, batch)) * inputs.batch
        self._seen: tuple[_Kept, Gatherings] | None = None
        self._threads = 0

    def shared(self, jobs: int) -> int:
        """Get ready for so many processes, if they are more than one; the same number."""
        if jobs > 1:
            self._ready = None  # whose threads a forked process would not have
            self._threads = max(1, cores() // jobs)
        return jobs

    def __call__(self, start: int) -> dict[str, Histogram]:
        """Over the part that begins with an example. Raises ModelError."""
        if self._seen is None:
            ready = self._ready or session(self._proto, self._network, threads=self._threads)
            threads = self._threads or min(cores(), _JOBS)
            self._seen = _Kept(ready, self._names), Gatherings(self._tensors, threads)
        kept, found = self._seen
        for at in range(start, min(start + self.examples, self._inputs.count), self._inputs.batch):
            batch = self._inputs.part(at)
            found.add(kept.run(batch) | batch, kept.lasting)
        return found.taken()


class _Kept:
    """Runs a network batch after batch, with tensors in the same memory where that is much."""

    def __init__(self, ready: Any, names: Sequence[str]) -> None:
        self._ready, self._names = ready, names
        self._binding = ready.io_binding()
        self._shapes: list[tuple[int, ...]] | None = None
        self._made: dict[str, Any] = {}

    @property
    def lasting(self) -> bool:
        """Whether the next run leaves the tensors of the last as they are."""
        return self._shapes is None

    def run(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors, until the next run. Raises ModelError."""
        shapes = [array.shape for array in batch.values()]
        if shapes != self._shapes or not self._again(batch):
            made = run(self._ready, self._names, batch) if self._names else []
            self._made = dict(zip(self._names, made, strict=True))
            self._keep(shapes if sum(array.nbytes for array in made) > _MUCH else None)
        return self._made

    def _keep(self, shapes: list[tuple[int, ...]] | None) -> None:
        """Have the next batch of such shapes written over what was made."""
        if shapes is not None:
            self._binding.clear_binding_outputs()
            for name, array in self._made.items():
                place = array.ctypes.data
                self._binding.bind_output(name, "cpu", 0, array.dtype, array.shape, place)
        self._shapes = shapes

    def _again(self, batch: Mapping[str, Any]) -> bool:
        """Whether what comes of a batch has the shapes that there were before."""
        for name, array in batch.items():
            self._binding.bind_cpu_input(name, array)
        try:
            self._ready.run_with_iobinding(self._binding)
        except Exception:  # of onnxruntime's C++; it is run anew then
            return False
        return True


def shares(
    network: Network, places: Mapping[str, Sequence[int]], inputs: Inputs
) -> dict[str, float]:
    """The share of the time that nodes take, as onnxruntime's profile has it.

    places: of the nodes, by what they are called here. The nodes are run as the file has them, none
    joined with others, on up to three batches. Raises ModelError, MissingPackageError.
    """
    proto = type(network.proto)()
    proto.CopyFrom(network.proto)
    for i, node in enumerate(proto.graph.node):
        node.name = f"n{i}"
    with tempfile.TemporaryDirectory() as folder:
        ready = session(proto, network, profile=str(Path(folder) / "profile"))
        for start in range(0, min(inputs.count, _PROFILED * inputs.batch), inputs.batch):
            run(ready, None, inputs.part(start))
        events = json.loads(Path(ready.end_profiling()).read_text(encoding="utf-8"))
    times = dict(_times(events))
    total = sum(times.values())
    if not total:
        return {}
    return {
        name: sum(times.get(f"n{i}", 0.0) for i in nodes) / total for name, nodes in places.items()
    }


def _times(events: Any) -> Iterator[tuple[str, float]]:
    """The time of each node, in microseconds, by its name."""
    times: dict[str, float] = {}
    for event in events:
        name = event.get("name", "").removesuffix("_kernel_time")
        if event.get("cat") == "Node" and name != event.get("name"):
            times[name] = times.get(name, 0.0) + event["dur"]
    yield from times.items()


def with_outputs(proto: Any, names: Sequence[str]) -> Any:
    """The network with tensors of it as further outputs."""
    copy = type(proto)()
    copy.CopyFrom(proto)
    there = {each.name for each in copy.graph.output}
    for name in names:
        if name not in there:
            copy.graph.output.add().name = name
    return copy


def session(proto: Any, network: Network, profile: str | None = None, threads: int = 0) -> Any:
    """What runs a network, or another in its place. threads: that it has, 0 for one each core.

    Raises ModelError, MissingPackageError.
    """
    runtime = optional_module("onnxruntime", "Networks are run by onnxruntime", "model")
    options = runtime.SessionOptions()
    options.log_severity_level = _SILENT
    options.intra_op_num_threads = threads
    options.add_session_config_entry(_FOLDER, str(network.folder))
    if profile is not None:
        options.enable_profiling = True
        options.profile_file_prefix = profile
        options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        return runtime.InferenceSession(
            proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # of onnxruntime's C++, which has no base of its own
        raise ModelError(_told("cannot be run by onnxruntime", network, error)) from None


def run(ready: Any, names: Sequence[str] | None, batch: Mapping[str, Any]) -> list[Any]:
    """The tensors named, None for all outputs. Raises ModelError."""
    try:
        return list(ready.run(names, dict(batch)))
    except Exception as error:
        raise ModelError(
            f"onnxruntime could not run the network on the data: {_reason(error)}."
        ) from None


def _told(what: str, network: Network, error: Exception) -> str:
    return f"The network {shown(network.path)!r} {what}: {_reason(error)}."


def _reason(error: Exception) -> str:
    """What onnxruntime says, in one line and without its own codes."""
    text = " ".join(str(error).split())
    return shown(
        text.split(" : ", 3)[-1] if text.startswith("[ONNXRuntimeError]") else text
    ).rstrip(".")
