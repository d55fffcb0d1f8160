"""ONNX: a model of standard operators, for runtimes that have no operator of the formula's own.

In float16 every operator rounds to float16, as on hardware that computes in it; the form and its
largest error are found for that. The model takes a vector of any length, as the format wants a
rank. ONNX is a format for inference: there is no derivative.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from actx.arithmetic.tables import Table
from actx.codegen.arithmetic import arithmetic
from actx.codegen.choice import choose
from actx.codegen.lookups import has_table, stored_in
from actx.codegen.task import Facts, Task, facts, header, lowering
from actx.core.errors import optional_module
from actx.language import operations
from actx.language.constants import constant_value
from actx.language.operations import LOOKUP
from actx.language.tree import TABLE, Node, as_table, walk
from actx.precision.stored import Stored

TYPES = ("float32", "float16", "float64")
DEFAULT_TYPES = ("float32",)
ENDING = ".onnx"
BINARY = True
OPSET = 17
IR_VERSION = 8  # of the file format, the one of opset 17's release
OPERATIONS = {name: o.code.onnx for name, o in operations.OPERATIONS.items() if o.code.onnx}
FORMS = lowering(
    OPERATIONS,
    {
        "expm1": "tanh(u/2)*(exp(u) + 1)",
        # Goldberg, What every computer scientist should know ..., 1991, theorem 4
        "log1p": "u if 1 + u == 1 else log(1 + u)*(u/(-1 + (1 + u)))",
    },
)


def write(task: Task) -> tuple[bytes, Facts]:
    """A model file, checked by onnx's checker. Raises MissingPackageError where onnx is missing."""
    onnx_module()  # before anything is computed
    (type_name,) = task.types
    hows = [arithmetic(type_name)]
    if type_name == "float16" and not has_table(task.tree):
        # runtimes without operators in it compute in float32 in between
        hows.append(arithmetic("float16", "float32"))
    choice = choose(task.tree, hows, FORMS)
    known = facts(task, [(choice, how) for how in hows])
    lines = header(task, known, f"Standard operators of opset {OPSET}.")
    return model(choice.form.tree, task.name, type_name, "\n".join(lines)), known


def model(tree: Node, name: str, type_name: str, doc: str) -> bytes:
    """The file of a model that computes a form in a number type."""
    onnx = onnx_module()
    helper = onnx.helper
    nodes, constants = nodes_of(tree, type_name)
    kind = getattr(onnx.TensorProto, _KINDS[type_name])
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("x", kind, ["N"])],
        [helper.make_tensor_value_info("y", kind, ["N"])],
        constants,
    )
    made = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="actx",
        doc_string=doc,
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString())


def nodes_of(
    tree: Node,
    type_name: str,
    source: str = "x",
    output: str = "y",
    prefix: str = "",
    further: Mapping[str, str] | None = None,
) -> tuple[list[Any], list[Any]]:
    """The nodes that compute a form of one tensor in a number type, and their constants.

    source, output: the names of tensors; prefix: of those in between, of nodes and constants.
    further: operators by the names of operations that `OPERATIONS` lacks. Raises
    MissingPackageError.
    """
    operators = {**OPERATIONS, **(further or {})}
    return _Graph(onnx_module(), tree, type_name, source, output, prefix, operators).build()


def onnx_module() -> ModuleType:
    return optional_module("onnx", "ONNX files are written by the package onnx", "onnx")


_KINDS = {"float16": "FLOAT16", "float32": "FLOAT", "float64": "DOUBLE"}


class _Graph:
    """The nodes of a tree, and its constants as scalar tensors."""

    def __init__(
        self,
        onnx: Any,
        tree: Node,
        type_name: str,
        source: str,
        output: str,
        prefix: str,
        operators: Mapping[str, str],
    ) -> None:
        self.onnx, self.operators = onnx, operators
        self.source, self.output, self.prefix = source, output, prefix
        self.tree = tree
        self.type_name = type_name
        self.names: dict[Node, str] = {}
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def build(self) -> tuple[list[Any], list[Any]]:
        used = {a for n in walk(self.tree) if not n.constant for a in n.args} | {self.tree}
        for current in (n for n in walk(self.tree) if n in used):
            if current.op == TABLE:
                continue  # its lookup holds it
            if current.constant:
                self.names[current] = self._constant(constant_value(current))
            elif not current.args:
                self.names[current] = self.source
            else:
                name = self.output if current is self.tree else ""
                inputs = [self.names[a] for a in current.args if a.op != TABLE]
                if current.op == LOOKUP:
                    self.names[current] = self._look_up(as_table(current), inputs[0], name)
                else:
                    self.names[current] = self._add(self.operators[current.op], inputs, name)
        if not self.tree.args or self.tree.constant:
            self.nodes += self._result(self.onnx.helper.make_node)
        return self.nodes, self.constants

    def _add(self, operator: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        """A node more; the name of its output, which is made where none is given."""
        name = output or f"{self.prefix}{operator.lower()}_{len(self.nodes)}"
        made = self.onnx.helper.make_node(operator, inputs, [name], name=name, **attributes)
        self.nodes.append(made)
        return name

    def _look_up(self, table: Table, u: str, output: str) -> str:
        """A table at the values of a tensor: its row by bisection, then Horner's rule."""
        stored = stored_in(table, self.type_name)
        row = self._row(stored, u)
        for operator, end in (("Max", stored.lowest), ("Min", stored.highest)):
            if end is not None:
                u = self._add(operator, [u, self._constant(end)])
        origin = self._add("Gather", [self._constant(stored.origins), row])
        t = self._add("Sub", [u, origin])
        *lower, top = (
            self._add("Gather", [self._constant(line), row]) for line in stored.coefficients
        )
        if not lower:  # not a number where t is none
            nothing = self._add("Mul", [t, self._constant(0.0)])
            return self._add("Add", [nothing, top], output)
        for n, coefficient in reversed(list(enumerate(lower))):
            product = self._add("Mul", [top, t])
            top = self._add("Add", [product, coefficient], "" if n else output)
        return top

    def _row(self, stored: Stored, u: str) -> str:
        """How many knots are not above the values; of NaN none are."""
        import numpy as np

        count = stored.knots.size
        steps = [1 << i for i in reversed(range(count.bit_length()))]
        beyond = np.full(2 * steps[0] - 1 - count, np.inf)
        knots = self._constant(np.concatenate([stored.knots, beyond]))
        row = ""
        for step in steps:
            place = self._constant(step - 1, "int64")
            place = self._add("Add", [row, place]) if row else place
            reached = self._add("GreaterOrEqual", [u, self._add("Gather", [knots, place])])
            taken = self._add("Cast", [reached], to=self.onnx.TensorProto.INT64)
            taken = self._add("Mul", [taken, self._constant(step, "int64")])
            row = self._add("Add", [row, taken]) if row else taken
        return self._add("Min", [row, self._constant(count, "int64")])  # infinity is in the last

    def _result(self, make: Any) -> list[Any]:
        """For a tree that is x, or a number, which gets the shape of x."""
        if not self.tree.constant:
            return [make("Identity", [self.source], [self.output])]
        shape = make("Shape", [self.source], [f"{self.prefix}shape"])
        expanded = [self.names[self.tree], f"{self.prefix}shape"]
        return [shape, make("Expand", expanded, [self.output])]

    def _constant(self, value: Any, kind: str = "") -> str:
        import numpy as np

        name = f"{self.prefix}c{len(self.constants)}"
        array = np.array(value, dtype=kind or self.type_name)
        self.constants.append(self.onnx.numpy_helper.from_array(array, name))
        return name
