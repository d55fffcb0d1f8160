"""Formula text to tree (`actx.language.grammar`), with constants that are finite numbers."""

from __future__ import annotations

import math

from actx.language.constants import constant_value
from actx.language.derivative import derivative
from actx.language.grammar import Parser
from actx.language.library import EmptyLibrary, Library
from actx.language.tree import Node


def parse(text: str, library: Library | None = None) -> Node:
    """The tree of a formula.

    text: see DESIGN, "Formula text". library: where registry names are looked up; without one only
    the operations of the language are known. Names that are neither become parameters.
    Raises FormulaError with a caret under the place and what was expected there.
    """
    return _Parser(text, library or EmptyLibrary()).whole()


def parse_condition(text: str, library: Library | None = None) -> Node:
    """The tree of a condition, such as `relu6(x) <= relu(x)`. Raises FormulaError."""
    return _Parser(text, library or EmptyLibrary()).whole_condition()


class _Parser(Parser):
    def differentiated(self, tree: Node) -> Node:
        return derivative(tree)

    def check_constant(self, made: Node, at: int) -> None:
        value = constant_value(made)
        if math.isnan(value):
            self.fail("This constant is undefined (as 1/0 or the square root of -1 is).", at)
        if math.isinf(value):
            self.fail("This constant is infinite or too large for a float64 number (1.8e308).", at)
