"""The activations of a network: its maximal pointwise regions of one tensor and constants.

No list of patterns: each tensor that pointwise operations make is a function of those before it; of
these it is a function of one alone where that one dominates it. A region begins at the nearest such
tensor that is seen outside as well, or else the farthest, and ends where its own value is seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from actx.calculus.proven.reader import line
from actx.language.operations import CONDITIONS
from actx.language.tree import Node, X
from actx.studies.model.finding.operators import (
    DOMAINS,
    FLOATS,
    PLAIN,
    POINTWISE,
    Unreadable,
    constant,
    read,
)

_DEEPEST = 64  # operations in a row; a longer region goes on as another
_LONGEST = 400  # operations of a formula, written out


@dataclass(frozen=True)
class Region:
    """An activation in a graph.

    output, source: the tensor that it makes, and the one that it is a function of. tree: that
    function. nodes: their places in the graph; operators: what these are.
    """

    output: str
    source: str
    tree: Node
    nodes: tuple[int, ...]
    operators: tuple[str, ...]


class Graph:
    """A graph of ONNX's, whose nodes are in an order in which they can be computed.

    kinds: the element types (TensorProto.DataType) of the tensors of which they are known.
    """

    def __init__(self, graph: Any, kinds: Mapping[str, int]) -> None:
        self.nodes = list(graph.node)
        self.kinds = kinds
        self.constants = _constants(graph)
        self.maker = {name: i for i, each in enumerate(self.nodes) for name in each.output if name}
        self.users: dict[str, list[int]] = defaultdict(list)
        for i, each in enumerate(self.nodes):
            for name in used_by(each):
                self.users[name].append(i)
        self.outputs = {each.name for each in graph.output}
        self.before: dict[str, str] = {}  # the nearest tensor that dominates it
        self.depth: dict[str, int] = defaultdict(int)
        for each in self.nodes:
            self._place(each)

    def _place(self, each: Any) -> None:
        """Find what dominates the output of a pointwise node."""
        if each.op_type not in POINTWISE or each.domain not in DOMAINS or len(each.output) != 1:
            return
        inputs = self.variables(each)
        if not inputs or any(a.type in (5, 10) for a in each.attribute):  # that are graphs
            return
        nearest: str | None = inputs[0]
        for other in inputs[1:]:
            nearest = self._common(nearest, other)
        if nearest is not None and self.depth[nearest] < _DEEPEST:
            self.before[each.output[0]] = nearest
            self.depth[each.output[0]] = 1 + max(self.depth[name] for name in inputs)

    def variables(self, each: Any) -> list[str]:
        """The inputs that are no constants."""
        return [name for name in each.input if name and name not in self.constants]

    def _common(self, a: str | None, b: str | None) -> str | None:
        """The nearest tensor that dominates both, or is one of them."""
        line_of_a = set(self._line(a))
        return next((name for name in self._line(b) if name in line_of_a), None)

    def _line(self, name: str | None) -> Iterable[str]:
        while name is not None:
            yield name
            name = self.before.get(name)

    def seen(self, name: str) -> bool:
        """Whether a tensor is used by more than the pointwise nodes that go on from it."""
        users = self.users[name]
        return (
            name in self.outputs
            or not users
            or any(self.nodes[i].output[0] not in self.before for i in users)
        )

    def source(self, output: str) -> str:
        """The tensor at which the region of a tensor begins."""
        name = self.before[output]
        while not self.seen(name) and name in self.before:
            name = self.before[name]
        return name

    def region(self, output: str) -> Region | None:
        """The region that ends at a tensor; None where it is no activation. Raises Unreadable."""
        source = self.source(output)
        if self.kinds.get(source, FLOATS[0]) not in FLOATS:
            return None
        places = self._between(source, output)
        operators = tuple(self.nodes[i].op_type for i in places)
        if set(operators) <= PLAIN:
            return None
        tree = self._tree(source, places)
        if tree.constant or tree.op in CONDITIONS or line(tree) is not None:
            return None
        return Region(output, source, tree, places, operators)

    def _between(self, source: str, output: str) -> tuple[int, ...]:
        """The nodes of a region, in the order of the graph."""
        found: set[int] = set()
        left = [output]
        while left:
            name = left.pop()
            if name != source and (i := self.maker[name]) not in found:
                found.add(i)
                left.extend(self.variables(self.nodes[i]))
        return tuple(sorted(found))

    def _tree(self, source: str, places: Iterable[int]) -> Node:
        trees = {source: X}
        tree = X
        for i in places:
            each = self.nodes[i]
            inputs: list[Node | None] = []
            for place, name in enumerate(each.input):
                if name in trees:
                    inputs.append(trees[name])
                else:
                    value = self.constants.get(name)
                    inputs.append(None if value is None else constant(each.op_type, place, value))
            tree = trees[each.output[0]] = read(each.op_type, inputs, attributes(each))
            if tree.size > _LONGEST:
                raise Unreadable
        return tree


def attributes(each: Any) -> dict[str, Any]:
    """The attributes of a node by name."""
    from onnx.helper import get_attribute_value

    return {attribute.name: get_attribute_value(attribute) for attribute in each.attribute}


def regions(graph: Graph) -> tuple[list[Region], int]:
    """The activations of a graph in its order, and how many more cannot be read as formulas."""
    found: list[Region] = []
    unreadable = 0
    for each in graph.nodes:
        output = each.output[0] if each.output else ""
        if output in graph.before and graph.seen(output):
            try:
                region = graph.region(output)
            except (Unreadable, ArithmeticError):
                unreadable += 1
                continue
            if region is not None:
                found.append(region)
    return found, unreadable


def used_by(each: Any) -> set[str]:
    """The tensors that a node uses, those of the graphs within it included."""
    found = {name for name in each.input if name}
    for attribute in each.attribute:
        for inner in (*attribute.graphs, *([attribute.g] if attribute.type == 5 else [])):
            for node in inner.node:
                found |= used_by(node)
            found |= {output.name for output in inner.output}
    return found


def _constants(graph: Any) -> dict[str, Any]:
    """The single numbers that a graph holds, by name, as NumPy's scalars.

    What is made of them alone by a cast, a change of shape or a copy is one as well.
    """
    found: dict[str, Any] = {}
    for each in graph.initializer:
        _keep(found, each.name, each)
    for each in graph.node:
        if each.op_type == "Constant" and each.output:
            for name, value in attributes(each).items():
                if name == "value":
                    _keep(found, each.output[0], value)
                elif name in ("value_float", "value_int"):
                    kind = np.float32 if name == "value_float" else np.int64
                    found[each.output[0]] = kind(value)
        elif each.op_type in _COPIES and each.input and each.input[0] in found:
            value = found[each.input[0]]
            if each.op_type == "Cast":
                to = _KINDS.get(int(attributes(each).get("to", 0)))
                if to is None:
                    continue
                value = to(value)
            found[each.output[0]] = value
    return found


_COPIES = ("Cast", "Identity", "Unsqueeze", "Squeeze")
_KINDS = {1: np.float32, 6: np.int32, 7: np.int64, 10: np.float16, 11: np.float64}


def _keep(found: dict[str, Any], name: str, tensor: Any) -> None:
    from onnx.numpy_helper import to_array

    if list(tensor.dims) and any(dim != 1 for dim in tensor.dims):
        return
    if tensor.data_type not in (*_KINDS, 2, 3, 4, 5, 12, 13) or len(tensor.external_data):
        return
    try:
        value = to_array(tensor)
    except Exception:  # whatever onnx makes of a tensor without its data
        return
    if value.size == 1:
        found[name] = value.reshape(())[()]
