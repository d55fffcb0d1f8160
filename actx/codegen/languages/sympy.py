"""SymPy: exact expressions of the function and its derivative."""

from __future__ import annotations

import keyword

from actx.codegen.forms import Form, tidied
from actx.codegen.languages.python_family import BASE, docstring
from actx.codegen.lookups import Lookup, calling, lookups
from actx.codegen.task import Facts, Task, facts, header
from actx.codegen.text import Notation, Writing, body, calls
from actx.language.stable import spelled_out
from actx.language.tree import NUMBER, Node, as_fraction, number

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
    trees = exact(task.tree), exact(task.written_slope)
    found = lookups("_table", trees)
    parts += map(_table, found)
    for what, tree in zip(("", "_derivative"), trees, strict=True):
        written = body(Form(tree), calling(WRITTEN, found))
        parts.append(written.block("", f"{task.name}{what} = {{result}}"))
    return "\n\n".join(parts) + "\n", known


_LOOK_UP = """\
def {name}(u):
    knots = {knots}
    rows = [sum(c * (u - k)**n for n, c in enumerate(row))
            for k, row in zip((knots[0], *knots), {rows})]
    return sp.Piecewise(*zip(rows, [u < k for k in knots]), (rows[-1], True))"""


def _table(each: Lookup) -> str:
    """The knots and rows of a table, and the function that looks it up, exactly."""
    knots = ", ".join(_number(number(knot)) for knot in each.table.knots)
    rows = "\n".join(
        f"    ({', '.join(_number(number(c)) for c in row)},)," for row in each.table.rows
    )
    parts = [f"{each.knots} = ({knots},)"] if each.own else []
    parts.append(f"{each.rows} = (\n{rows}\n)")
    return "\n\n".join([*parts, _LOOK_UP.format(name=each.name, knots=each.knots, rows=each.rows)])


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
