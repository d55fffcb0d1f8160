"""ONNX: a model of standard operators on 64-bit integers, for a vector of inputs.

A right shift is a division, which cuts off towards 0: what may be negative is made positive first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from actx.codegen.integers.numpy import held
from actx.codegen.integers.steps import Lookup
from actx.codegen.languages.onnx import IR_VERSION, OPSET, onnx_module
from actx.precision.lookup.rules import Rounding, Stretch

ENDING = ".onnx"
BINARY = True


def write(of: Lookup) -> bytes:
    """A model file, checked by onnx's checker. Raises MissingPackageError where onnx is missing."""
    onnx = onnx_module()
    helper, rule = onnx.helper, of.rule
    ends = [helper.np_dtype_to_tensor_dtype(np.dtype(held(f))) for f in (rule.input, rule.output)]
    graph = _Graph(onnx)
    q = graph.add("Cast", "q", to=onnx.TensorProto.INT64)
    y = _computed(graph, of, q)
    graph.nodes.append(helper.make_node("Cast", [y], ["y"], to=ends[1]))
    made = helper.make_model(
        helper.make_graph(
            graph.nodes,
            of.name,
            [helper.make_tensor_value_info("q", ends[0], ["N"])],
            [helper.make_tensor_value_info("y", ends[1], ["N"])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="actx",
        doc_string="\n".join(of.header()),
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString())


class _Graph:
    """Nodes and constants as they come, each result with a name of its own."""

    def __init__(self, onnx: Any) -> None:
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, values: Any) -> str:
        """An integer or an array of them."""
        name = f"c{len(self.constants)}"
        array = np.asarray(values, dtype=np.int64)
        self.constants.append(self.onnx.numpy_helper.from_array(array, name))
        return name

    def add(self, operator: str, *given: str | int, **attributes: Any) -> str:
        """An operator on results, or integers; what it results in."""
        name = f"v{len(self.nodes)}"
        names = [each if isinstance(each, str) else self.constant(each) for each in given]
        self.nodes.append(self.onnx.helper.make_node(operator, names, [name], **attributes))
        return name


def _computed(graph: _Graph, of: Lookup, q: str) -> str:
    rule = of.rule
    entries = graph.constant(of.table.integers)
    index = _by_stretch(graph, of, q, [_index(graph, q, each) for each in rule.stretches])
    y = graph.add("Gather", entries, index)
    if of.between:
        following = graph.add("Gather", entries, graph.add("Add", index, 1))
        parts = [_fraction(graph, q, each, rule.fraction_bits) for each in rule.stretches]
        t = _by_stretch(graph, of, q, parts)
        scaled = graph.add("Mul", y, 1 << rule.fraction_bits)
        line = graph.add("Add", scaled, graph.add("Mul", graph.add("Sub", following, y), t))
        y = _dropped(graph, of, line)
    return graph.add("Clip", y, rule.output.lowest, rule.output.highest) if of.clamped else y


def _by_stretch(graph: _Graph, of: Lookup, q: str, parts: list[str]) -> str:
    """What holds for each input, of what every stretch says."""
    chosen = parts[-1]
    for each, part in zip(of.rule.stretches[-2::-1], parts[-2::-1], strict=True):
        chosen = graph.add("Where", graph.add("LessOrEqual", q, each.last), part, chosen)
    return chosen


def _index(graph: _Graph, q: str, each: Stretch) -> str:
    above = graph.add("Sub", q, each.start)
    moved = graph.add("Div" if each.shift > 0 else "Mul", above, 1 << abs(each.shift))
    return graph.add("Add", moved, each.offset)


def _fraction(graph: _Graph, q: str, each: Stretch, bits: int) -> str:
    below = graph.add("Mod", graph.add("Sub", q, each.start), 1 << max(each.shift, 0))
    move = bits - max(each.shift, 0)
    return graph.add("Mul" if move > 0 else "Div", below, 1 << abs(move))


def _dropped(graph: _Graph, of: Lookup, line: str) -> str:
    drop, how = of.rule.drop, of.rule.rounding
    half = 1 << drop >> 1
    if not drop or how is Rounding.TRUNCATE:
        return _shifted(graph, of, line)
    if how is Rounding.NEAREST_EVEN:
        odd = graph.add("Mod", _shifted(graph, of, line), 2)
        return _shifted(graph, of, graph.add("Add", graph.add("Add", line, half - 1), odd))
    moved = graph.add("Add", line, half)
    if how is Rounding.HALF_AWAY:
        below = graph.add("Cast", graph.add("Less", line, 0), to=graph.onnx.TensorProto.INT64)
        moved = graph.add("Sub", moved, below)
    return _shifted(graph, of, moved)


def _shifted(graph: _Graph, of: Lookup, line: str) -> str:
    """The line without its lowest bits, cut off downwards."""
    lift = 1 << of.bits
    positive = graph.add("Add", line, lift << of.rule.drop)
    return graph.add("Sub", graph.add("Div", positive, 1 << of.rule.drop), lift)
