"""A network from a file that is not trusted: read, and looked at before anything is made of it.

Nothing but the file itself is opened here; where it has its weights in others, those must lie in
its own folder, and are read by onnxruntime when it runs.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from actx.core.errors import UsageError, optional_module
from actx.core.files import shown

MOST_BYTES = 2**31 - 1  # what one message of protobuf's may have
_EXTERNAL = 1  # TensorProto.EXTERNAL
_GRAPH, _GRAPHS, _TENSOR, _TENSORS = 5, 10, 4, 9  # of AttributeProto.AttributeType


class ModelFileError(UsageError):
    """A file that is no network, or one that cannot be trusted; the message names it and why."""


@dataclass(frozen=True)
class Network:
    """A network. proto: onnx's own record of it, functions put in, without external weights."""

    path: Path
    proto: Any

    @property
    def folder(self) -> Path:
        """Where its external weights lie."""
        return self.path.resolve().parent

    @property
    def has_weights_outside(self) -> bool:
        """Whether some of its weights lie in other files."""
        return any(tensor.data_location == _EXTERNAL for tensor in _tensors(self.proto))

    @property
    def inputs(self) -> list[Any]:
        """What must be given to run it."""
        known = {each.name for each in self.proto.graph.initializer}
        return [each for each in self.proto.graph.input if each.name not in known]


def load(path: str | Path) -> Network:
    """The network of an ONNX file. Raises ModelFileError, MissingPackageError."""
    onnx = optional_module("onnx", "Networks are read with onnx", "model")
    from google.protobuf.message import DecodeError

    path = Path(path)
    where = f"The file {shown(path)!r}"
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "does not exist"
            raise ModelFileError(f"{where} {what}; a network is read from an .onnx file.")
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise ModelFileError(
                f"{where} has {size:,} bytes; an ONNX file has at most {MOST_BYTES:,}, and larger "
                "weights lie in files beside it."
            )
        proto = onnx.ModelProto.FromString(path.read_bytes())
    except OSError as error:
        raise ModelFileError(f"{where} cannot be read: {error.strerror or error}.") from None
    except (ValueError, DecodeError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"{where} is no ONNX file, or it is cut off.") from None
    _check_text(proto, where)
    if not proto.graph.node or not proto.opset_import:
        raise ModelFileError(f"{where} is no ONNX file, or it is cut off: it has no nodes.")
    _check_weights(proto, path, where)
    if proto.functions:
        proto = _inlined(proto, where)
    _check_order(proto.graph, where, set())
    check_operators(proto, where)
    return Network(path, proto)


def _inlined(proto: Any, where: str) -> Any:
    from onnx.inliner import inline_local_functions

    try:
        return inline_local_functions(proto)
    except Exception as error:  # of onnx's C++, of any kind
        reason = shown(str(error).split("\n")[0])
        raise ModelFileError(f"{where} has functions that call each other: {reason}.") from None


def _check_text(message: Any, where: str) -> None:
    """What protobuf cannot decode as UTF-8 it hands out as bytes, in place of a string."""
    for field, value in message.ListFields():
        if field.type not in (field.TYPE_STRING, field.TYPE_MESSAGE):
            continue
        for each in (
            [value] if hasattr(value, "ListFields") or isinstance(value, str | bytes) else value
        ):
            if isinstance(each, bytes):
                raise ModelFileError(f"{where} is damaged: it has a name that is no text in UTF-8.")
            if not isinstance(each, str):
                _check_text(each, where)


# --- weights ---


def _graphs(graph: Any) -> Iterator[Any]:
    """A graph and those within its nodes."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (*attribute.graphs, *([attribute.g] if attribute.type == _GRAPH else [])):
                yield from _graphs(inner)


def _tensors(proto: Any) -> Iterator[Any]:
    for graph in _graphs(proto.graph):
        yield from graph.initializer
        for node in (*graph.node, *(n for each in proto.functions for n in each.node)):
            for attribute in node.attribute:
                yield from attribute.tensors
                if attribute.type == _TENSOR:
                    yield attribute.t


def _check_weights(proto: Any, path: Path, where: str) -> None:
    folder = path.resolve().parent
    for tensor in _tensors(proto):
        name = f"its tensor {shown(tensor.name)!r}"
        if any(dim < 0 for dim in tensor.dims):
            raise ModelFileError(f"{where} is damaged: {name} has a negative size.")
        if tensor.data_location == _EXTERNAL:
            _check_external(tensor, folder, f"{where} cannot be used: {name}")
            continue
        bits = _bits(tensor.data_type)
        if tensor.raw_data and bits is not None:
            wanted = -(-math.prod(tensor.dims) * bits // 8)
            if len(tensor.raw_data) != wanted:
                raise ModelFileError(
                    f"{where} is damaged: {name} claims {wanted:,} bytes and has "
                    f"{len(tensor.raw_data):,}."
                )
        elif bits is not None and not _held(tensor) and math.prod(tensor.dims):
            raise ModelFileError(
                f"{where} is damaged: {name} claims {math.prod(tensor.dims):,} numbers and "
                "has none."
            )


def _held(tensor: Any) -> bool:
    """Whether a tensor has numbers in one of its fields for them."""
    return any(
        len(getattr(tensor, f"{kind}_data"))
        for kind in ("float", "int32", "int64", "double", "uint64")
    )


def _bits(kind: int) -> int | None:
    """Of an element of TensorProto.DataType; None for one whose size is not known."""
    sizes = {1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64}
    return (sizes | {14: 64, 15: 128, 16: 16, 17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4}).get(kind)


def _check_external(tensor: Any, folder: Path, what: str) -> None:
    """External data must be what there is in a file of the same folder."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    told = f"{what} lies in {shown(location)!r}"
    if not location or "\0" in location:
        raise ModelFileError(f"{what} lies in another file, whose name it does not tell.")
    target = Path(os.path.realpath(folder / location))
    if os.path.isabs(location) or not target.is_relative_to(folder):
        raise ModelFileError(
            f"{told}, which is outside the folder of the file. Weights are only read from there."
        )
    if not target.is_file():
        raise ModelFileError(f"{told}, which is not there.")
    try:
        offset, length = (int(entries.get(key, "0") or 0) for key in ("offset", "length"))
    except ValueError:
        raise ModelFileError(f"{told}, at a place that is no number.") from None
    if min(offset, length) < 0 or offset + length > target.stat().st_size:
        raise ModelFileError(f"{told}, beyond the end of that file.")


# --- nodes ---


def _check_order(graph: Any, where: str, outside: set[str]) -> None:
    """Each tensor is made once, and before it is used."""
    known = outside | {each.name for each in (*graph.input, *graph.initializer)}
    known |= {each.values.name for each in graph.sparse_initializer} | {""}
    made = {name for node in graph.node for name in node.output}
    for node in graph.node:
        for name in node.input:
            if name not in known:
                _not_known(name, name in made, node, where)
        for attribute in node.attribute:
            for inner in (*attribute.graphs, *([attribute.g] if attribute.type == _GRAPH else [])):
                _check_order(inner, where, known)
        for name in node.output:
            if name and name in known:
                raise ModelFileError(
                    f"{where} is damaged: the tensor {shown(name)!r} is made more than once."
                )
        known |= set(node.output)
    for each in graph.output:
        if each.name not in known:
            raise ModelFileError(
                f"{where} is damaged: no node makes its output {shown(each.name)!r}."
            )


def _not_known(name: str, later: bool, node: Any, where: str) -> NoReturn:
    why = (
        "which only a later node makes; the nodes must stand in an order in which they can be "
        "computed, and not in a circle"
        if later
        else "which no node makes"
    )
    raise ModelFileError(
        f"{where} is damaged: a node {shown(node.op_type)!r} uses the tensor {shown(name)!r}, "
        f"{why}."
    )


def check_operators(proto: Any, where: str) -> None:
    """Operators of ONNX's own must be known; those of other domains are passed over."""
    from onnx.defs import SchemaError, get_schema

    versions = {each.domain: each.version for each in proto.opset_import}
    version = versions.get("", versions.get("ai.onnx", 1))
    if version < 1:
        raise ModelFileError(f"{where} is damaged: it has ONNX's operators of version {version}.")
    for graph in _graphs(proto.graph):
        for operator in sorted({n.op_type for n in graph.node if n.domain in ("", "ai.onnx")}):
            try:
                get_schema(operator, min(version, 2**31 - 1), "")
            except SchemaError:
                raise ModelFileError(
                    f"{where} has an operator {shown(operator)!r}, which ONNX's own operators of "
                    f"version {version} lack."
                ) from None
