"""What a place costs where the network runs: its time in onnxruntime, with other formulas in it.

A place is cut out together with what makes its input, as far as that is one product by weights and
numbers about it: onnxruntime joins some of these with what follows. Both are run in turn on what
comes there in the network.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from actx.core.errors import ModelError
from actx.language.text import to_text
from actx.language.tree import Node
from actx.studies.model.data import Inputs
from actx.studies.model.finding.regions import used_by
from actx.studies.model.running import run, session, with_outputs
from actx.studies.model.subject import Subject
from actx.studies.search.costs import form

UNIT = "microseconds for one example in onnxruntime, what makes the input included"
FASTER = 0.98  # of the time of what is there: what is worth being put there
_EXAMPLES = 8  # that are run together
_ROUNDS, _SECONDS = (5, 40), 0.1  # of a comparison: at least and at most, and enough
_PRODUCTS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
_ABOUT = ("Add", "BatchNormalization", "Div", "Identity", "Mul", "Sub")
_MOST = 6  # nodes that make the input of a place


class Timer:
    """Times by place and formula, each measured once for places that are alike.

    known: what was measured before, by the names that `name` gives.
    """

    def __init__(self, subject: Subject, inputs: Inputs, known: dict[str, float]) -> None:
        self.subject, self.inputs, self.known = subject, inputs, known
        self._cuts: dict[int, tuple[str, Any, str]] = {}

    def name(self, i: int, tree: Node | None) -> str:
        """What a time is of; None for what is there."""
        alike = self._cut(i)[2]
        return f"{alike}: {'as it is' if tree is None else to_text(form(tree))}"

    def of(self, i: int, tree: Node | None = None) -> float:
        """The time of a place with a formula in it, None for what is there. Raises ModelError."""
        name = self.name(i, tree)
        if name not in self.known:
            self.known[name] = self._measured(i, tree)
        return self.known[name]

    def _measured(self, i: int, tree: Node | None) -> float:
        """Of another formula: the time of what is there by how both compare."""
        start, batch, _ = self._cut(i)
        network, output = self.subject.network, self.subject.regions[i].output
        protos = [network.proto]
        if tree is not None:
            protos.append(self.subject.with_others({i: tree}))
        ready = [session(_part(each, start, output, batch), network) for each in protos]
        least = _least([partial(run, each, None, {start: batch}) for each in ready])
        if tree is None:
            return 1e6 * least[0] / len(batch)
        return self.of(i) * least[1] / least[0]

    def _cut(self, i: int) -> tuple[str, Any, str]:
        """Where a place is cut out, what comes there, and a name for places that are alike."""
        if i not in self._cuts:
            region, network = self.subject.regions[i], self.subject.network
            makers = _makers(network.proto.graph, region.source, set(region.nodes))
            start = makers[-1][1] if makers else region.source
            batch = self._seen(start)
            operators = [node.op_type for node, _ in makers]
            told = f"{operators} {batch.shape} {batch.dtype} {list(region.operators)}"
            self._cuts[i] = start, batch, told
        return self._cuts[i]

    def _seen(self, name: str) -> Any:
        """What a tensor holds for the first examples."""
        batch = self.inputs.part(0)
        if name not in batch:
            ready = session(with_outputs(self.subject.network.proto, [name]), self.subject.network)
            (found,) = run(ready, [name], batch)
        else:
            found = batch[name]
        if not found.ndim or not len(found):
            raise ModelError("A place without examples along its first axis cannot be timed.")
        return found[: max(1, len(found) * _EXAMPLES // self.inputs.batch)].copy()


def _least(calls: Sequence[Callable[[], Any]]) -> list[float]:
    """The least time of each, run in turn."""
    least = [math.inf] * len(calls)
    spent, rounds = 0.0, 0
    for call in calls:
        call()  # not timed
    while rounds < _ROUNDS[0] or (rounds < _ROUNDS[1] and spent < _SECONDS * len(calls)):
        for i, call in enumerate(calls):
            begin = time.perf_counter()
            call()
            taken = time.perf_counter() - begin
            least[i], spent = min(least[i], taken), spent + taken
        rounds += 1
    return least


def _makers(graph: Any, source: str, users: set[int]) -> list[tuple[Any, str]]:
    """The nodes that make a tensor, the last first, up to a product by weights and that included.

    Each with the tensor that it is made of. None at all where there is no such product near, or
    something else uses what is in between.
    """
    held = {each.name for each in graph.initializer}
    held |= {name for n in graph.node if n.op_type == "Constant" for name in n.output}
    by: Mapping[str, int] = {name: k for k, n in enumerate(graph.node) for name in n.output}
    found: list[tuple[Any, str]] = []
    name = source
    while len(found) < _MOST and name in by:
        others = {k for k, n in enumerate(graph.node) if name in used_by(n)}
        node = graph.node[by[name]]
        data = [each for each in node.input if each and each not in held]
        if not others <= users or len(data) != 1 or node.op_type not in (*_PRODUCTS, *_ABOUT):
            return []
        users, (name,) = {by[name]}, data
        found.append((node, name))
        if node.op_type in _PRODUCTS:
            return found
    return []


def _part(proto: Any, start: str, output: str, batch: Any) -> Any:
    """A network of what lies between two tensors."""
    from onnx.helper import make_tensor_value_info, np_dtype_to_tensor_dtype

    wanted, kept = {output}, []
    for node in reversed(proto.graph.node):
        if wanted.intersection(node.output) and start not in node.output:
            kept.append(node)
            wanted |= used_by(node)
    part = type(proto)()
    part.ir_version = proto.ir_version
    part.opset_import.extend(proto.opset_import)
    part.graph.name = "part"
    part.graph.node.extend(kept[::-1])
    part.graph.initializer.extend(each for each in proto.graph.initializer if each.name in wanted)
    kind = np_dtype_to_tensor_dtype(batch.dtype)
    part.graph.input.append(make_tensor_value_info(start, kind, batch.shape))
    part.graph.output.add().name = output
    return part
