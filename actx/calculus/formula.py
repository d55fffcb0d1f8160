"""A formula with its name and parameters: what the API takes and the registry gives."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.calculus.values import evaluate
from actx.core.errors import UsageError
from actx.language.derivative import derivative
from actx.language.library import EmptyLibrary, Library, normalise
from actx.language.syntax import parse
from actx.language.text import to_text
from actx.language.tokens import suggestion
from actx.language.tree import Node, number, parameter, parameters, simplified, substitute


@dataclass(frozen=True)
class Formula:
    """A formula of x.

    name: its registry name, or the text it was given as. tree: with nodes for its parameters.
    defaults: the values that parameters have; one without a value must be set before use. ranges:
    the intervals of parameters that stand for all their values; defaults then has the middle.
    """

    name: str
    tree: Node
    defaults: Mapping[str, float] = field(default_factory=dict)
    hint: str = ""
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of all parameters, in order of first appearance."""
        return parameters(self.tree)

    @property
    def text(self) -> str:
        """The formula as text, parameters that have a value replaced by it."""
        return to_text(self._filled())

    @property
    def bound(self) -> Node:
        """The tree with numbers for all parameters. Raises UsageError where a value is missing."""
        missing = [name for name in self.parameters if name not in self.defaults]
        if missing:
            names, example = ", ".join(missing), missing[0]
            raise UsageError(
                f"{self.name} needs a value for {names}.",
                f"Give it with {{set}}, say.{self.hint}",
                set={example: 1},
            )
        return self._filled()

    @property
    def open(self) -> Node:
        """The tree with numbers for all parameters but those with a range of values."""
        assert self.bound is not None  # raises where a value is missing
        return self._filled(leaving=self.ranges)

    def _filled(self, leaving: Collection[str] = ()) -> Node:
        values = {
            parameter(name): number(value)
            for name, value in self.defaults.items()
            if name in self.parameters and name not in leaving
        }
        return substitute(self.tree, values, simplified) if values else self.tree

    def set(self, values: Mapping[str, float | tuple[float, float]]) -> Formula:
        """The formula with values, or intervals of values, for parameters that are named."""
        known, ranges = {}, dict(self.ranges)
        for name, value in values.items():
            if name not in self.parameters:
                continue
            ranges.pop(name, None)
            if isinstance(value, tuple):
                lo, hi = ranges[name] = float(value[0]), float(value[1])
                value = lo + (hi - lo) / 2
            known[name] = float(value)
        return Formula(self.name, self.tree, {**self.defaults, **known}, self.hint, ranges)

    def derivative(self, order: int = 1) -> Formula:
        """The derivative; between breakpoints, for a piecewise formula."""
        name = f"derivative {order} of {self.name}"
        return Formula(name, derivative(self.bound, order), self.defaults)

    def __call__(self, x: Any) -> NDArray[Any]:
        """The values at x, an array or number; see `actx.calculus.values.evaluate`.

        Where float64 overflows on the way (inf/inf, 0*inf), and at x = ±inf, the tail tells the
        value.
        """
        values = evaluate(self.bound, x)
        if not values.size or not np.isnan(values.min()):  # the minimum is NaN if any value is
            return values
        lost = np.isnan(values) & ~np.isnan(np.asarray(x, dtype=values.dtype))
        if lost.any():
            from actx.calculus.tail_values import fill_in

            fill_in(self.bound, np.asarray(x, dtype=np.float64), values, lost)
        return values


def read_formula(text: str, library: Library | None = None) -> Formula:
    """The formula of an argument: a registry name or alias as a whole, else formula text.

    Raises FormulaError.
    """
    library = library or EmptyLibrary()
    definition = library.lookup(normalise(text)) if len(text) < 100 else None
    if definition is not None:
        return Formula(definition.name, definition.tree, dict(definition.defaults))
    tree = parse(text, library)
    hint = ""
    if len(text) < 60 and parameters(tree):  # else no value can be missing
        hint = suggestion(text, sorted({n.lower() for n in library.names()}))
    return Formula(" ".join(text.split()), tree, {}, hint)
