"""A network that was made for the experiment as an ONNX file, for data as it comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from actx.codegen.arithmetic import arithmetic
from actx.codegen.choice import choose
from actx.codegen.forms import lowered
from actx.codegen.languages.onnx import FORMS, IR_VERSION, OPSET, nodes_of, onnx_module
from actx.core.errors import ModelError
from actx.core.files import write_file
from actx.language.tree import Node, walk
from actx.studies.finetune.data import Data
from actx.torch import Activation

_TYPE = "float32"
# As exporters write it: a form without it would be right in float32, and no function of that name.
_SOFTPLUS = {"softplus": "Softplus"}


def _form(formula: Node) -> Node:
    if not any(node.op in _SOFTPLUS for node in walk(formula)):
        return choose(formula, [arithmetic(_TYPE)], FORMS).form.tree
    return lowered(formula, {name: form for name, form in FORMS.items() if name not in _SOFTPLUS})


def write(model: nn.Module, formula: Node, data: Data, path: Path) -> None:
    """Write linear layers with an activation between each, after what scales the features.

    formula: the tree of the activations. Raises ModelError, MissingPackageError.
    """
    onnx = onnx_module()
    helper, numpy = onnx.helper, onnx.numpy_helper
    assert data.mean is not None
    assert data.deviation is not None
    held = {"mean": data.mean, "deviation": data.deviation}
    nodes = [
        helper.make_node("Sub", ["x", "mean"], ["shifted"]),
        helper.make_node("Div", ["shifted", "deviation"], ["scaled"]),
    ]
    tree = _form(formula)
    constants: list[Any] = []
    last = "scaled"
    for number, module in enumerate(model.children()):
        name = f"layer{number}"
        if isinstance(module, nn.Linear):
            held[f"{name}_weight"] = module.weight.detach().cpu().numpy()
            held[f"{name}_bias"] = module.bias.detach().cpu().numpy()
            given = [last, f"{name}_weight", f"{name}_bias"]
            nodes.append(helper.make_node("Gemm", given, [name], transB=1))
        else:
            assert isinstance(module, Activation)
            made, more = nodes_of(tree, _TYPE, last, name, f"{name}_", _SOFTPLUS)
            nodes, constants = [*nodes, *made], [*constants, *more]
        last = name
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "network",
        [value("x", onnx.TensorProto.FLOAT, ["N", data.features])],
        [value(last, onnx.TensorProto.FLOAT, ["N", data.classes])],
        [*(numpy.from_array(array.astype(np.float32), name) for name, array in held.items()),
         *constants],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", OPSET)]
    proto = helper.make_model(graph, opset_imports=opsets, producer_name="actx",
                              ir_version=IR_VERSION)  # fmt: skip
    onnx.checker.check_model(proto, full_check=True)
    write_file(path, proto.SerializeToString(), "network", ModelError)
