"""SymPy: exact expressions of the function and its derivative."""

from __future__ import annotations

import keyword

from actx.codegen.forms import Form, tidied
from actx.codegen.languages.python_family import BASE, docstring
from actx.codegen.task import Facts, Task, facts, header
from actx.codegen.text import Notation, Writing, body, calls
from actx.language.stable import spelled_out
from actx.language.tree import NUMBER, Node, as_fraction

TYPES: tuple[str, ...] = ()
DEFAULT_TYPES: tuple[str, ...] = ()
ENDING = ".py"
BINARY = False
OPERATIONS: dict[str, Writing] = {**BASE, **calls("sympy", "sp.")}
FORMS: dict[str, Node] = {}


def write(task: Task) -> tuple[str, Facts]:
    """A Python module that needs SymPy."""
    known = facts(task, [])
    parts = [
        docstring(header(task, known)),
        'import sympy as sp\n\nx = sp.Symbol("x", real=True)',
    ]
    for what, tree in (("", task.tree), ("_derivative", task.written_slope)):
        written = body(Form(exact(tree)), WRITTEN)
        parts.append(written.block("", f"{task.name}{what} = {{result}}"))
    return "\n\n".join(parts) + "\n", known


def exact(tree: Node) -> Node:
    """The tree in the operations that SymPy has, by definitions and not by forms for floats."""
    return tidied(spelled_out(tree, OPERATIONS))


def _number(part: Node) -> str:
    if part.op != NUMBER:
        return {"pi": "sp.pi", "e": "sp.E"}[str(part.value)]
    value = as_fraction(part)
    if value.denominator == 1:
        return f"sp.Integer({value})"
    return f"sp.Rational({value.numerator}, {value.denominator})"


WRITTEN = Notation(OPERATIONS, _number, reserved=frozenset(keyword.kwlist) | {"sp"}, exact=True)
