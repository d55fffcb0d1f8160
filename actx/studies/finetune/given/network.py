"""The network of an ONNX file as a module of PyTorch's, with its weights as parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from actx.core.errors import ModelError
from actx.core.files import shown
from actx.language.text import to_text
from actx.language.tree import X
from actx.studies.finetune.given.operators import COUNTED, OPERATORS, VERSIONED, Untrainable
from actx.studies.model.files import Network
from actx.studies.model.finding.operators import POINTWISE, Unreadable, constant, read
from actx.studies.model.finding.regions import Region, attributes, used_by
from actx.torch import activation
from actx.torch.pointwise import pointwise

_STATISTICS = {"BatchNormalization": (3, 4), "Resize": (1, 2), "Upsample": (1,)}  # no weights


class OnnxModule(nn.Module):
    """A network of one output, whose activations at some places are modules by themselves.

    acts: these, by the numbers of the places. What is a weight, a tensor of several floats, is a
    parameter; the statistics of batch normalization stay as they are.
    """

    def __init__(
        self, network: Network, regions: Mapping[int, Region], output: str, probabilities: bool
    ) -> None:
        """probabilities: whether the output's rows are; forward then gives their logarithms.

        Raises ModelError for operators that are not known here.
        """
        super().__init__()
        self.output, self.probabilities = output, probabilities
        (self.input,) = [each.name for each in network.inputs]
        self.acts = nn.ModuleDict(
            {str(i): activation(to_text(region.tree)) for i, region in regions.items()}
        )
        self._steps = list(_steps(network, regions, output))
        self._names: dict[str, str] = {}
        fixed = _statistics(network)
        for name, array in constants(network):
            self._keep(name, array, name not in fixed)

    def _keep(self, name: str, array: Any, trained: bool) -> None:
        own = f"c{len(self._names)}"
        self._names[name] = own
        tensor = torch.from_numpy(np.array(array))
        if trained and _is_weight(array):
            self.register_parameter(own, nn.Parameter(tensor))
        else:
            self.register_buffer(own, tensor, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """The output's rows: scores, or logarithms of probabilities. Raises ModelError."""
        known: dict[str, Any] = {name: getattr(self, own) for name, own in self._names.items()}
        known[self.input] = x
        for step in self._steps:
            if step.act is not None:
                made = self.acts[step.act](known[step.inputs[0]])
            else:
                made = step.run([known[name] if name else None for name in step.inputs])
            many = made if isinstance(made, tuple) else (made,)
            known |= dict(zip(step.outputs, many, strict=False))
            for name in step.last:
                del known[name]
        rows: Tensor = known[self.output]
        return rows.clamp_min(torch.finfo(rows.dtype).tiny).log() if self.probabilities else rows

    def weights(self) -> dict[str, Any]:
        """The parameters of now as arrays, by the names of the network's tensors."""
        held = dict(self.named_parameters())
        return {
            name: held[own].detach().cpu().numpy()
            for name, own in self._names.items()
            if own in held
        }


class _Step:
    """A node that is run. last: the tensors that nothing after it uses."""

    def __init__(
        self,
        inputs: Sequence[str],
        outputs: Sequence[str],
        run: Callable[[Sequence[Any]], Any],
        act: str | None = None,
    ) -> None:
        self.inputs, self.outputs, self.run, self.act = inputs, outputs, run, act
        self.last: list[str] = []


def _steps(network: Network, regions: Mapping[int, Region], output: str) -> Iterator[_Step]:
    """What is run to make an output, in order; a region is one step. Raises ModelError."""
    graph = network.proto.graph
    versions = {each.domain: each.version for each in network.proto.opset_import}
    ends = {region.nodes[-1]: (str(i), region) for i, region in regions.items()}
    wanted, found = {output}, []
    for place in reversed(range(len(graph.node))):
        node = graph.node[place]
        if wanted.isdisjoint(node.output) or node.op_type == "Constant":
            continue
        if place in ends:
            act, region = ends[place]
            step = _Step([region.source], [region.output], _nothing, act)
        else:
            run = _function(node, versions.get("", 1))
            step = _Step(list(node.input), list(node.output), run)
        used = {region.source} if place in ends else used_by(node)
        made = {name for name in node.output if name}
        step.last = [name for name in used - wanted if name not in made]
        wanted |= used
        found.append(step)
    held = {name for name, _ in constants(network)}
    for step in found[::-1]:
        step.last = [name for name in step.last if name not in held]
        yield step


def _nothing(_: Sequence[Any]) -> Any:
    raise AssertionError


def _function(node: Any, version: int) -> Callable[[Sequence[Any]], Any]:
    """What a node computes. Raises ModelError for one that is not known here."""
    name = node.op_type
    known = OPERATORS.get(name) if node.domain in ("", "ai.onnx") else None
    if known is not None:
        known = partial(known, **_given(node, version))
    elif name in POINTWISE:
        known = partial(_pointwise, name, attributes(node))
    else:
        raise ModelError(f"The network has an operator {shown(name)!r}, which is not trained here.")

    def run(inputs: Sequence[Any]) -> Any:
        try:
            return known(*inputs)
        except Untrainable as error:
            raise ModelError(f"The network has {error}, which is not trained here.") from None
        except (RuntimeError, TypeError, ValueError, IndexError, KeyError) as error:
            reason = shown(" ".join(str(error).split())[:200])
            raise ModelError(f"PyTorch cannot run the operator {name!r}: {reason}") from None

    return run


def _given(node: Any, version: int) -> dict[str, Any]:
    given = attributes(node)
    if node.op_type in VERSIONED:
        given["version"] = version
    if node.op_type in COUNTED:
        given["outputs"] = len(node.output)
    if node.op_type == "ConstantOfShape" and "value" in given:
        from onnx.numpy_helper import to_array

        given["value"] = torch.from_numpy(np.array(to_array(given["value"])))
    return given


def _pointwise(name: str, given: Mapping[str, Any], x: Tensor, *more: Tensor | None) -> Tensor:
    """An operator of one tensor and numbers, as its formula."""
    if any(each is not None and each.numel() != 1 for each in more):
        raise Untrainable(f"{name} of several tensors")
    values = [
        None if each is None else each.detach().cpu().numpy().reshape(())[()] for each in more
    ]
    try:
        inputs = [
            X,
            *(None if v is None else constant(name, i, v) for i, v in enumerate(values, 1)),
        ]
        return pointwise(read(name, inputs, given))(x)
    except Unreadable:
        raise Untrainable(f"{name} that is no formula") from None


# --- what a network holds ---


def _statistics(network: Network) -> set[str]:
    """The names of tensors that stay what they are."""
    return {
        node.input[place]
        for node in network.proto.graph.node
        for place in _STATISTICS.get(node.op_type, ())
        if place < len(node.input)
    }


def _is_weight(array: Any) -> bool:
    """Whether an array is trained: floats, and several of them."""
    return bool(array.dtype in (np.float32, np.float64) and array.size > 1)


def constants(network: Network) -> Iterator[tuple[str, Any]]:
    """The tensors that a network holds, as arrays by their names. Raises ModelError."""
    from onnx.numpy_helper import to_array

    for name, tensor in held(network.proto):
        try:
            yield name, to_array(tensor, str(network.folder))
        except Exception:  # of onnx, whatever a tensor is like
            raise ModelError(f"The tensor {shown(name)!r} of the network cannot be read.") from None
    for node in network.proto.graph.node:
        for name, value in attributes(node).items() if node.op_type == "Constant" else ():
            if name.startswith(("value_float", "value_int")):
                kind = np.float32 if name.startswith("value_float") else np.int64
                yield node.output[0], np.array(value, kind)


def held(proto: Any) -> Iterator[tuple[str, Any]]:
    """onnx's records of the tensors that a network holds, by their names."""
    for each in proto.graph.initializer:
        yield each.name, each
    for node in proto.graph.node:
        if node.op_type == "Constant" and node.output:
            for attribute in node.attribute:
                if attribute.name == "value":
                    yield node.output[0], attribute.t
