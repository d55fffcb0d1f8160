"""Small networks, written with onnx.helper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Node = tuple[str, Sequence[str], str] | tuple[str, Sequence[str], str, Mapping[str, Any]]


def network(
    nodes: Sequence[Node],
    constants: Mapping[str, Any] | None = None,
    *,
    output: str | Sequence[str] = "y",
    shape: Sequence[int | str] = ("n", 8),
    opset: int = 17,
    domain: str = "",
) -> Any:
    """A network of one float32 input x. nodes: operator, inputs, output, attributes."""
    from onnx import TensorProto, helper, numpy_helper

    outputs = [output] if isinstance(output, str) else output
    graph = helper.make_graph(
        [
            helper.make_node(op, list(inputs), [out], domain=domain, **dict(*more))
            for op, inputs, out, *more in nodes
        ],
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in outputs],
        [numpy_helper.from_array(_array(value), name) for name, value in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid("", opset)]
    if domain:
        opsets.append(helper.make_opsetid(domain, 1))
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def _array(value: Any) -> Any:
    return value if isinstance(value, np.ndarray) else np.array(value, np.float32)


def written(proto: Any, folder: Path, name: str = "net.onnx") -> Path:
    """The file of a network."""
    path = folder / name
    path.write_bytes(proto.SerializeToString())
    return path


def outputs(proto: Any, x: Any, *names: str) -> list[Any]:
    """What onnxruntime makes of an input."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return list(session.run(list(names) or None, {"x": x}))


def packaged(package: str) -> list[Path]:
    """The networks that a package brings; it is not imported."""
    from importlib.metadata import PackageNotFoundError, files

    try:
        found = [
            Path(str(each.locate())) for each in files(package) or () if each.suffix == ".onnx"
        ]
    except PackageNotFoundError:
        pytest.skip(f"the package {package}, which brings a network, is not installed")
    return sorted(found)
