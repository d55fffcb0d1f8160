"""What the languages that are Python have in common."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping

from actx.codegen.forms import Form
from actx.codegen.languages.c_family import used_operations
from actx.codegen.text import ARITHMETIC, COMPARISONS, MASK_LOGIC, Notation, Writing, body, calls
from actx.language.constants import constant_value
from actx.language.operations import OPERATIONS
from actx.language.tree import Node

BASE: Mapping[str, Writing] = {**ARITHMETIC, **COMPARISONS}


def array_operations(module: str) -> dict[str, Writing]:
    """The operations in a library of arrays with NumPy's names, imported as `module`."""
    return {**BASE, **MASK_LOGIC, **calls("arrays", f"{module}."), **calls("special")}


def special_functions(*trees: Node) -> list[str]:
    """The special functions that trees call, which are imported by their names."""
    used = (OPERATIONS[name].code.special for name in used_operations(*trees))
    return sorted(name for name in used if name is not None)


def array_notation(module: str, operations: Mapping[str, Writing]) -> Notation:
    """The notation there; two numbers alone, or one, would not be of the type of x."""
    two = f"{module}.where({{0}}, {module}.full_like(x, {{1}}), {{2}})"
    return notation(operations, {"where": two}, f"{module}.full_like(x, {{0}})")


def literal(value: float) -> str:
    """A number as Python writes it."""
    text = repr(float(value))
    return f'float("{text}")' if text.strip("-") in ("inf", "nan") else text


def notation(
    operations: Mapping[str, Writing],
    with_numbers: Mapping[str, Writing] | None = None,
    constant: str = "{0}",
) -> Notation:
    """How expressions are written in Python."""
    return Notation(
        operations,
        lambda part: literal(constant_value(part)),
        dict(with_numbers or {}),
        constant,
        reserved=frozenset(keyword.kwlist),
    )


def docstring(lines: Iterable[str]) -> str:
    """The head of a module."""
    safe = [line.replace("\\", "/").replace('"""', "'''") for line in lines]
    return "\n".join(['"""' + safe[0], "", *safe[1:], '"""'])


def function(
    head: str, form: Form, how: Notation, doc: str, returning: str = "return {result}"
) -> str:
    """A function of x in Python."""
    text = body(form, how).block("    ", returning)
    return f'{head}\n    """{doc}"""\n{text}'


VALUE = "The function at x."
SLOPE = "Its derivative at x."
