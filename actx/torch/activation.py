"""A formula as a module."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from actx.calculus.formula import Formula
from actx.calculus.reading import Values, formula
from actx.core.alone import alone
from actx.registry import Registry
from actx.torch.pointwise import pointwise


class Activation(nn.Module):
    """A formula applied to each element of a tensor, of any shape and floating-point type.

    Backward is the exact derivative, and keeps the input only. At a breakpoint the derivative is
    that of the piece to the left.

    name, text: of the formula. parameter_names: the attributes that hold its trainable parameters,
    by the name in the formula.
    """

    @alone()
    def __init__(self, formula: Formula, trainable: bool = False) -> None:
        super().__init__()
        self.name = formula.name
        self.text = formula.text
        self.parameter_names: dict[str, str] = {}
        if trainable:
            assert formula.bound is not None  # raises where a value is missing
            for name in formula.parameters:
                # `half` is a parameter like any other, but nn.Module has a method of that name.
                self.parameter_names[name] = f"{name}_" if hasattr(self, name) else name
                value = torch.tensor(float(formula.defaults[name]))
                self.register_parameter(self.parameter_names[name], nn.Parameter(value))
            values = tuple((name, formula.defaults[name]) for name in formula.parameters)
            self._function = pointwise(formula.tree, values)
        else:
            self._function = pointwise(formula.bound)
        assert self._function.slope is not None  # worked out now, not in the first backward

    def forward(self, x: Tensor) -> Tensor:
        """The values at x, with its shape and type. Raises UsageError for integers."""
        held = (getattr(self, name) for name in self.parameter_names.values())
        return self._function(x, *held)

    def extra_repr(self) -> str:
        trained = ", ".join(
            f"{name}={getattr(self, attribute).item():g}"
            for name, attribute in self.parameter_names.items()
        )
        shown = self.text if self.name == self.text else f"{self.name}: {self.text}"
        return f"{shown}, trainable {trained}" if trained else shown


def activation(
    text: str | Formula,
    *,
    set: Values | None = None,
    trainable: bool = False,
    registry: Registry | None = None,
) -> Activation:
    """The module of a formula.

    text: a registry name, an alias, formula text, or a Formula. set: values for its parameters.
    trainable: whether its parameters are trained, beginning with their values. Raises FormulaError
    and UsageError as `actx.formula`, and UsageError for a parameter without a value.
    """
    return Activation(formula(text, set=set, registry=registry), trainable)
