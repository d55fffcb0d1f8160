"""A module of PyTorch's as a network.

torch.export writes it as ONNX, with the submodule that each node comes from in its metadata.
"""

from __future__ import annotations

import inspect
import re
import tempfile
import warnings
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from actx.core.errors import ModelError, optional_module
from actx.studies.model.data import arrays_of
from actx.studies.model.files import Network, load
from actx.studies.model.finding.regions import Region

if TYPE_CHECKING:
    from torch import nn

_MODULE = "torch.nn.modules.module.Module"
_SCOPES = "pkg.torch.onnx.name_scopes"  # of a node: the submodules around it, then the operation


def is_module(given: object) -> bool:
    """Whether something is a module of PyTorch's, which is not imported for that."""
    return any(f"{each.__module__}.{each.__qualname__}" == _MODULE for each in type(given).mro())


def exported(module: nn.Module, data: Any) -> tuple[Network, dict[str, Any]]:
    """The network of a module in evaluation, and its inputs as arrays by name.

    data: as `actx.model` takes it, tensors too. Raises ModelError where torch cannot export it,
    DataError, MissingPackageError.
    """
    import torch

    optional_module("onnxscript", "Modules of PyTorch are written as networks by it", "model-torch")
    names = [
        name
        for name, each in inspect.signature(module.forward).parameters.items()
        if each.default is each.empty and each.kind in (each.POSITIONAL_OR_KEYWORD,)
    ]
    arrays = arrays_of(_without_tensors(data), names)
    copy = deepcopy(module).cpu().eval()
    own = next((each.dtype for each in copy.parameters() if each.is_floating_point()), None)
    example = {}
    for name, array in arrays.items():
        few = torch.from_numpy(np.ascontiguousarray(np.resize(array[:2], (2, *array.shape[1:]))))
        example[name] = few.to(own or torch.float32) if few.is_floating_point() else few
    sizes = {name: {0: torch.export.Dim.AUTO} for name in names}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "module.onnx"
        try:
            torch.onnx.export(
                copy, (), path, kwargs=example, dynamo=True, dynamic_shapes=sizes, verbose=False,
                external_data=False,
            )  # fmt: skip
        except Exception as error:  # whatever a module does when it is traced
            reason = " ".join(str(error).split())[:300]
            raise ModelError(
                f"torch.export cannot write {type(module).__name__} as a network: {reason}"
            ) from None
        network = load(path)
    return replace(network, path=Path(type(module).__name__)), arrays


def _without_tensors(data: Any) -> Any:
    """Tensors as arrays."""
    if isinstance(data, Mapping):
        return {name: _without_tensors(each) for name, each in data.items()}
    return data.detach().cpu().numpy() if hasattr(data, "detach") else data


def module_of(network: Network, region: Region) -> str | None:
    """The submodule whose forward computes an activation, and nothing else of it; None for none."""
    found = set()
    for i in region.nodes:
        node = network.proto.graph.node[i]
        scopes = next((each.value for each in node.metadata_props if each.key == _SCOPES), "")
        found.add((re.findall(r"'([^']*)'", scopes) or [""])[-2:][0])
    return found.pop() or None if len(found) == 1 else None
