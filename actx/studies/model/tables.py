"""A place of a network as a table of 256 integers, as chips look functions up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.calculus.formula import Formula
from actx.core.domain import Domain
from actx.core.errors import AnalysisError, ModelError
from actx.language.text import to_text
from actx.language.tree import Node
from actx.precision.lookup.results import IntegerTable
from actx.precision.lookup.study import Asked, integer_table
from actx.studies.model.results import Activation

TYPE = "int8"
NAME = f"{TYPE}-table"  # as it is asked for


@dataclass(frozen=True)
class Looked:
    """A function of x: the entry of the nearest number of the input's format, as a number."""

    table: IntegerTable

    @property
    def text(self) -> str:
        """What is where, in words."""
        best = "best entries, proven" if self.table.best else "searched entries"
        return f"{NAME}, {self.table.input.spec} to {self.table.output.spec}, {best}"

    def values(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """As onnxruntime computes it, but for the rounding of floats."""
        given, made = self.table.input, self.table.output
        q = np.clip(np.round(x / given.scale) + given.zero, given.lowest, given.highest)
        entries = np.array(self.table.integers, dtype=np.float64)
        found: NDArray[np.float64] = entries[(q - given.lowest).astype(int)]
        return (found - made.zero) * made.scale

    def nodes(self, source: str, output: str, prefix: str) -> tuple[list[Any], list[Any]]:
        """Standard operators for a tensor of float32, and their constants."""
        from onnx import TensorProto
        from onnx.helper import make_node
        from onnx.numpy_helper import from_array

        given, made = self.table.input, self.table.output
        arrays = {
            "scale": np.float32(given.scale),
            "zero": np.int8(given.zero),
            "lowest": np.int64(given.lowest),
            "entries": np.array(self.table.integers, np.int8),
            "made_scale": np.float32(made.scale),
            "made_zero": np.int8(made.zero),
        }
        name = {each: f"{prefix}{each}" for each in (*arrays, "q", "wide", "index", "entry")}
        nodes = [
            make_node("QuantizeLinear", [source, name["scale"], name["zero"]], [name["q"]]),
            make_node("Cast", [name["q"]], [name["wide"]], to=TensorProto.INT64),
            make_node("Sub", [name["wide"], name["lowest"]], [name["index"]]),
            make_node("Gather", [name["entries"], name["index"]], [name["entry"]]),
            make_node(
                "DequantizeLinear", [name["entry"], name["made_scale"], name["made_zero"]], [output]
            ),
        ]
        return nodes, [from_array(np.asarray(each), name[key]) for key, each in arrays.items()]


def looked(place: Activation, tree: Node, kind: int) -> Looked:
    """The best table of int8 for what a place computes, over the range that it sees.

    kind: the type of its tensor. Raises AnalysisError where it saw one number only, ModelError for
    another type than float32, FitError.
    """
    seen = place.inputs
    if kind != 1:
        raise ModelError(f"{place.name} is no tensor of float32; a table goes in place of such.")
    if seen is None or not seen.min < seen.max:
        raise AnalysisError(f"{place.name} sees no two numbers, for which there could be a table.")
    asked = Asked(input=TYPE, output=TYPE, input_range=Domain(seen.min, seen.max))
    return Looked(integer_table(Formula(to_text(tree), tree), asked))
