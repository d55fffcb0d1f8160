"""What the languages that are Python have in common."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping

from actx.codegen.forms import Form
from actx.codegen.text import ARITHMETIC, COMPARISONS, MASK_LOGIC, Notation, Writing, body
from actx.language.constants import constant_value

BASE: Mapping[str, Writing] = {**ARITHMETIC, **COMPARISONS}


_SAME = (
    "sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "sinh", "cosh", "abs", "sign",
)  # fmt: skip


def array_operations(module: str) -> dict[str, Writing]:
    """The operations in a library of arrays with NumPy's names, imported as `module`."""
    return {
        **BASE,
        **MASK_LOGIC,
        **{name: f"{module}.{name}({{0}})" for name in _SAME},
        "atan": f"{module}.arctan({{0}})",
        "erf": "erf({0})",
        "erfc": "erfc({0})",
        "min": f"{module}.minimum({{0}}, {{1}})",
        "max": f"{module}.maximum({{0}}, {{1}})",
        "pow": f"{module}.power({{0}}, {{1}})",
        "where": f"{module}.where({{0}}, {{1}}, {{2}})",
    }


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
