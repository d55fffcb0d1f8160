"""A formula as a function of tensors, with exact derivatives of every order.

What is computed is what an export to torch writes: a form of the formula that is right in
every number type, held where something in it would overflow (`actx.codegen`); the cheapest one,
unless there are many to try.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from actx.calculus.values import Program
from actx.codegen.choice import choose, choose_open
from actx.codegen.forms import Form, alternatives, lowered, prepared
from actx.codegen.guards import guarded
from actx.codegen.languages.torch import HOWS
from actx.codegen.slope import slope, slope_by_parameter
from actx.core.errors import AnalysisError, UsageError
from actx.language.constants import constant_value
from actx.language.derivative import derivative
from actx.language.stable import code_form, spelled_out
from actx.language.tree import TABLE, Node, node, number, parameter, substitute, walk
from actx.torch.operations import OPERATIONS
from actx.torch.tables import leaf_value

Values = tuple[tuple[str, float], ...]  # parameters that stay open, and what they begin with
_MOST_FORMS = 4  # more than these are not tried: a second each for a long derivative
_HALF_TYPES = (torch.float16, torch.bfloat16)  # computed in float32 and rounded once


class Pointwise:
    """A function of x, applied to each element; made by `pointwise`, which keeps those it made.

    open_parameters: parameters that are arguments beside x, and typical values of them.
    """

    def __init__(self, tree: Node, open_parameters: Values = ()) -> None:
        self.tree = tree
        self.open_parameters = open_parameters
        form, constants = _without_constants(_form(tree, open_parameters))
        self._constants = tuple(constant_value(constant) for constant in constants.values())
        names = [name for name, _ in open_parameters]
        places = [str(place.value) for place in constants]
        self._run: Callable[..., list[Tensor]] = Program(
            [form], OPERATIONS, _constant, [*names, *places]
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return pointwise, (self.tree, self.open_parameters)

    def __call__(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """The values at x, of its type and shape; parameters: tensors without dimensions.

        Half types are computed in float32 and rounded once. Gradients are exact and only x is kept
        for them. Raises UsageError for a tensor that is not of a real floating-point type.
        """
        if not x.is_floating_point():
            raise UsageError(
                f"An activation takes a tensor of floating-point numbers, not of {x.dtype}."
            )
        wide = torch.float32 if x.dtype in _HALF_TYPES else x.dtype
        held = [value.to(wide) for value in parameters]
        evaluate: Callable[..., Tensor] = _Evaluation.apply
        return evaluate(self, x, *held)

    def values(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """The values alone, without a gradient."""
        wide = x.float() if x.dtype in _HALF_TYPES else x
        # New tensors each time: one that is kept would be of one device, and of one tracer.
        constants = [wide.new_full((), value) for value in self._constants]
        result = self._run(wide, *parameters, *constants)[0]
        return result.to(x.dtype).expand_as(x).clone() if result.dim() < x.dim() else _as(result, x)

    @cached_property
    def slope(self) -> Pointwise:
        """The derivative by x; at a breakpoint, that of the piece to the left."""
        if self.open_parameters:
            return pointwise(derivative(prepared(self.tree)), self.open_parameters)
        return pointwise(slope(self.tree, prepared))

    @cached_property
    def slopes(self) -> tuple[Pointwise, ...]:
        """The derivatives by the open parameters."""
        return tuple(
            pointwise(slope_by_parameter(self.tree, name), self.open_parameters)
            for name, _ in self.open_parameters
        )


def pointwise(tree: Node, open_parameters: Values = ()) -> Pointwise:
    """The function of a tree, made once."""
    return _made(tree, open_parameters)


@lru_cache(maxsize=256)
def _made(tree: Node, open_parameters: Values) -> Pointwise:
    return Pointwise(tree, open_parameters)


class _Evaluation(torch.autograd.Function):
    """Keeps its inputs only; the gradient is an evaluation itself, and so can be differentiated."""

    generate_vmap_rule = True

    @staticmethod
    def forward(function: Pointwise, x: Tensor, *parameters: Tensor) -> Tensor:
        return function.values(x, *parameters)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.function, *tensors = inputs
        ctx.save_for_backward(*tensors)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (grad,) = grads
        x, *parameters = ctx.saved_tensors
        wide = x.float() if x.dtype in _HALF_TYPES else x
        by_x: Tensor | None = None
        if ctx.needs_input_grad[1]:
            by_x = (grad * ctx.function.slope(wide, *parameters)).to(x.dtype)
        wanted: Sequence[bool] = ctx.needs_input_grad[2:]
        by_parameters = [
            (grad * ctx.function.slopes[i](wide, *parameters)).sum() if needed else None
            for i, needed in enumerate(wanted)
        ]
        return None, by_x, *by_parameters


def _form(tree: Node, open_parameters: Values) -> Node:
    """The tree that is run, in the operations that there are for tensors."""
    return spelled_out(_right_form(tree, open_parameters), OPERATIONS, code_form)


def _right_form(tree: Node, open_parameters: Values) -> Node:
    """The tree in a form that is right in every type where that can be told, else as written."""
    values = {parameter(name): number(value) for name, value in open_parameters}
    try:
        if values:
            return choose_open(tree, substitute(tree, values), values, HOWS, {}).tree
        written = prepared(tree)
        forms = list(islice(alternatives(written), _MOST_FORMS + 1))
        if len(forms) <= _MOST_FORMS:
            return choose(tree, HOWS, {}).form.tree
        return guarded(Form(lowered(written, {})), tree, HOWS).tree
    except AnalysisError:
        return lowered(prepared(tree), {})


def _without_constants(tree: Node) -> tuple[Node, dict[Node, Node]]:
    """The tree with places for its constant parts, and what they are by place."""
    outermost = {
        a for n in walk(tree) if not n.constant for a in n.args if a.constant and a.op != TABLE
    }
    if tree.constant:
        outermost = {tree}
    places: dict[Node, Node] = {}
    done: dict[Node, Node] = {}
    for current in walk(tree):
        if current in outermost:
            place = parameter(f"constant {len(places)}")  # a name that no text can give
            places[place] = current
            done[current] = place
        elif current.args and not current.constant:
            done[current] = node(current.op, *(done[a] for a in current.args))
        else:
            done[current] = current
    return done[tree], places


def _constant(tree: Node) -> Any:
    """What is left as a constant: a table."""
    assert tree.op == TABLE, f"a constant is left: {tree!r}"
    return leaf_value(tree)


def _as(result: Tensor, x: Tensor) -> Tensor:
    """The result in the type of x, and never x itself: autograd would take it for changed."""
    return result.clone() if result is x else result.to(x.dtype)
