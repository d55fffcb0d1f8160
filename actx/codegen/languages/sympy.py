"""SymPy: exact expressions of the function and its derivative."""

from __future__ import annotations

import keyword

from actx.codegen.forms import Form, tidied
from actx.codegen.languages.python_family import BASE, docstring
from actx.codegen.task import Facts, Task, facts, header
from actx.codegen.text import Infix, Notation, Writing, body
from actx.language.operations import PRODUCT, SUM
from actx.language.tree import NUMBER, Node, as_fraction

TYPES: tuple[str, ...] = ()
DEFAULT_TYPES: tuple[str, ...] = ()
ENDING = ".py"
BINARY = False
_SAME = ("sqrt", "exp", "log", "sin", "cos", "tanh", "sinh", "cosh", "sech", "atan", "erf", "erfc",
         "sign")  # fmt: skip
OPERATIONS: dict[str, Writing] = {
    **BASE,
    **{name: f"sp.{name}({{0}})" for name in _SAME},
    "pow": "sp.Pow({0}, {1})",
    "abs": "sp.Abs({0})",
    "relu": "sp.Max({0}, 0)",
    "min": "sp.Min({0}, {1})",
    "max": "sp.Max({0}, {1})",
    "clip": "sp.Min(sp.Max({0}, {1}), {2})",
    "expm1": Infix("sp.exp({0}) - 1", SUM, (SUM,)),
    "log1p": "sp.log(1 + {0})",
    "sigmoid": Infix("1 / (1 + sp.exp(-({0})))", PRODUCT, (SUM,)),
    "softplus": "sp.log(1 + sp.exp({0}))",
    "root_sum": "({0} + sp.sqrt(({0})**2 + {1}))",
    "eq": "sp.Eq({0}, {1})",
    "ne": "sp.Ne({0}, {1})",
    "and": "sp.And({0}, {1})",
    "or": "sp.Or({0}, {1})",
    "not": "sp.Not({0})",
    "where": "sp.Piecewise(({1}, {0}), ({2}, True))",
}
FORMS: dict[str, str] = {}


def write(task: Task) -> tuple[str, Facts]:
    """A Python module that needs SymPy."""
    known = facts(task, [])
    parts = [
        docstring(header(task, known)),
        'import sympy as sp\n\nx = sp.Symbol("x", real=True)',
    ]
    for what, tree in (("", task.tree), ("_derivative", task.written_slope)):
        written = body(Form(tidied(tree)), WRITTEN)
        parts.append(written.block("", f"{task.name}{what} = {{result}}"))
    return "\n\n".join(parts) + "\n", known


def _number(part: Node) -> str:
    if part.op != NUMBER:
        return {"pi": "sp.pi", "e": "sp.E"}[str(part.value)]
    value = as_fraction(part)
    if value.denominator == 1:
        return f"sp.Integer({value})"
    return f"sp.Rational({value.numerator}, {value.denominator})"


WRITTEN = Notation(OPERATIONS, _number, reserved=frozenset(keyword.kwlist) | {"sp"}, exact=True)
