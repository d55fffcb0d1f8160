"""ONNX's pointwise operators as formulas of the language.

Source: the operators' specification, https://onnx.ai/onnx/operators/, and of the few of the domain
com.microsoft, onnxruntime's ContribOperators.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from actx.language.operations import CONDITIONS
from actx.language.syntax import parse
from actx.language.tree import (
    NUMBER,
    ONE,
    ZERO,
    Node,
    as_fraction,
    node,
    number,
    parameter,
    parameters,
    simplified,
    substitute,
)
from actx.registry import load_registry

# By operator: the formula in its inputs u, v, w and in its attributes by name, and what those are
# where the file does not say.
_FORMULAS: Mapping[str, tuple[str, Mapping[str, float]]] = {
    "Abs": ("abs(u)", {}),
    "Add": ("u + v", {}),
    "Atan": ("atan(u)", {}),
    "Asinh": ("asinh(u)", {}),
    "Ceil": ("ceil(u)", {}),
    "Celu": ("u if u > 0 else alpha*expm1(u/alpha)", {"alpha": 1.0}),
    "Cos": ("cos(u)", {}),
    "Cosh": ("cosh(u)", {}),
    "Div": ("u / v", {}),
    "Elu": ("u if u > 0 else alpha*expm1(u)", {"alpha": 1.0}),
    "Erf": ("erf(u)", {}),
    "Exp": ("exp(u)", {}),
    "FastGelu": ("gelu_tanh(u)", {}),
    "Floor": ("floor(u)", {}),
    "Gelu": ("gelu(u)", {}),
    "HardSigmoid": ("clip(alpha*u + beta, 0, 1)", {"alpha": 0.2, "beta": 0.5}),
    "HardSwish": ("hard_swish(u)", {}),
    "Identity": ("u", {}),
    "LeakyRelu": ("u if u > 0 else alpha*u", {"alpha": 0.01}),
    "Log": ("log(u)", {}),
    "Mish": ("mish(u)", {}),
    "Mul": ("u * v", {}),
    "Neg": ("-u", {}),
    "Pow": ("u ^ v", {}),
    "PRelu": ("u if u > 0 else v*u", {}),
    "QuickGelu": ("u*sigmoid(alpha*u)", {"alpha": 1.702}),
    "Reciprocal": ("1 / u", {}),
    "Relu": ("relu(u)", {}),
    "Round": ("round(u)", {}),
    "Selu": (
        "gamma*(u if u > 0 else alpha*expm1(u))",
        {"alpha": 1.6732631921768188, "gamma": 1.0507010221481323},
    ),
    "Sigmoid": ("sigmoid(u)", {}),
    "Sign": ("sign(u)", {}),
    "Sin": ("sin(u)", {}),
    "Sinh": ("sinh(u)", {}),
    "Softplus": ("softplus(u)", {}),
    "Softsign": ("softsign(u)", {}),
    "Sqrt": ("sqrt(u)", {}),
    "Sub": ("u - v", {}),
    "Swish": ("u*sigmoid(alpha*u)", {"alpha": 1.0}),
    "Tanh": ("tanh(u)", {}),
    "ThresholdedRelu": ("u if u > alpha else 0", {"alpha": 1.0}),
}
_COMPARISONS = {
    "Less": "lt", "LessOrEqual": "le", "Greater": "gt", "GreaterOrEqual": "ge",
}  # fmt: skip
_LOGIC = {"And": "and", "Or": "or", "Not": "not"}
_FOLDED = {"Max": "max", "Min": "min", "Sum": "add"}
POINTWISE = frozenset(
    (*_FORMULAS, *_COMPARISONS, *_LOGIC, *_FOLDED, "Cast", "Clip", "Shrink", "Where")
)
# What scales, normalises or masks; a region of nothing else is no activation.
PLAIN = frozenset(
    ("Add", "Sub", "Mul", "Div", "Neg", "Pow", "Sqrt", "Reciprocal", "Identity", "Sum")
).union(("Cast", "Where"), _COMPARISONS, _LOGIC)
DOMAINS = ("", "ai.onnx", "com.microsoft")
FLOATS = (1, 10, 11, 16)  # of TensorProto.DataType: float, float16, double, bfloat16
_OPPOSITE = {"Add": "u - v", "Sub": "u + v"}  # of a negative number
_ENDLESS = 3.4e38  # what stands for no bound, being as large as floats get

Attributes = Mapping[str, Any]


class Unreadable(Exception):
    """A region that is no formula of the language."""


def decimal(value: Any) -> Node:
    """A constant of a network as the shortest decimal that rounds to it in its own type."""
    if not np.isfinite(value):
        raise Unreadable
    return number(Fraction(str(value)))


def single(value: float) -> Node:
    """An attribute, which is a float32."""
    return decimal(np.float32(value))


def read(operator: str, inputs: Sequence[Node | None], attributes: Attributes) -> Node:
    """The output of an operator. inputs: None for one that is left out. Raises Unreadable."""
    present = [each for each in inputs if each is not None]
    conditions = [_is_condition(each) for each in present]
    if not present:
        raise Unreadable
    if operator == "Cast":
        return _cast(present[0], int(attributes.get("to", 0)))
    if operator == "Where":
        if len(present) != 3 or conditions != [True, False, False]:
            raise Unreadable
        return simplified("where", *present)
    if operator in _LOGIC:
        if not all(conditions):
            raise Unreadable
        return node(_LOGIC[operator], *present)
    if any(conditions):
        raise Unreadable
    if operator in _COMPARISONS:
        return node(_COMPARISONS[operator], *present)
    if operator in _FOLDED:
        found = present[0]
        for each in present[1:]:
            found = simplified(_FOLDED[operator], found, each)
        return found
    if operator == "Clip":
        return _clip(inputs, attributes)
    if operator == "Shrink":
        return _shrink(present[0], attributes)
    return _by_formula(operator, present, attributes)


def _is_condition(tree: Node) -> bool:
    return tree.op in CONDITIONS


def _cast(u: Node, to: int) -> Node:
    if to not in FLOATS:
        raise Unreadable
    return simplified("where", u, ONE, ZERO) if _is_condition(u) else u


def _clip(inputs: Sequence[Node | None], attributes: Attributes) -> Node:
    """The bounds are inputs from opset 11 on, attributes before."""
    u, lo, hi = (*inputs, None, None)[:3]
    if u is None:
        raise Unreadable
    lo = _bound(attributes, "min") if lo is None else lo
    hi = _bound(attributes, "max") if hi is None else hi
    if lo is not None:
        u = simplified("max", u, lo)
    return u if hi is None else simplified("min", u, hi)


def _bound(attributes: Attributes, name: str) -> Node | None:
    value = attributes.get(name)
    return None if value is None or abs(value) >= _ENDLESS else single(value)


def _shrink(u: Node, attributes: Attributes) -> Node:
    edge = single(attributes.get("lambd", 0.5))
    bias = single(attributes.get("bias", 0.0))
    above = simplified("where", node("gt", u, edge), u - bias, ZERO)
    return simplified("where", node("lt", u, -edge), u + bias, above)


def _by_formula(operator: str, inputs: Sequence[Node], attributes: Attributes) -> Node:
    text, defaults = _FORMULAS[operator]
    values = {name: attributes.get(name, value) for name, value in defaults.items()}
    if operator == "Selu" and all(abs(values[n] - v) < 1e-7 for n, v in defaults.items()):
        text = "selu(u)"  # the defaults are its constants in float32
    if operator == "Gelu" and attributes.get("approximate") == b"tanh":
        text = "gelu_tanh(u)"
    if operator in _OPPOSITE and inputs[-1].op == NUMBER and as_fraction(inputs[-1]) < 0:
        text, inputs = _OPPOSITE[operator], (*inputs[:-1], -inputs[-1])
    put_in = {parameter(name): single(value) for name, value in values.items()}
    put_in |= {parameter(name): tree for name, tree in zip("uvw", inputs, strict=False)}
    tree = _template(text)
    if not set("uvw"[: len(inputs)]) <= set(parameters(tree)) or any(
        parameter(name) not in put_in for name in parameters(tree)
    ):
        raise Unreadable
    return substitute(tree, put_in)


@cache
def _template(text: str) -> Node:
    """A formula in u, v and w; those of the registry are the built-in ones."""
    return parse(text, load_registry(user=False))


def constant(operator: str, place: int, value: Any) -> Node | None:
    """A constant input; None for a bound that bounds nothing. Raises Unreadable."""
    if np.isinf(value) or abs(float(value)) >= _ENDLESS:
        below = operator == "Max" or (operator == "Clip" and place == 1)
        above = operator == "Min" or (operator == "Clip" and place == 2)
        if (below and value < 0) or (above and value > 0):
            return None
    return decimal(value)
