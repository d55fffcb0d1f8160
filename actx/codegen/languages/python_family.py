"""What the languages that are Python have in common."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from actx.codegen.forms import Form
from actx.codegen.languages.c_family import used_operations
from actx.codegen.lookups import Lookup, filled, horner, rows_of
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


def single(value: float) -> str:
    """A number of float32 as Python writes it, with the digits that this type needs."""
    text = np.format_float_positional(np.float32(value), trim="0")
    if not 1e-5 <= abs(value) < 1e9:
        text = repr(float(str(np.float32(value))))
    return text if np.float32(float(text)) == value else literal(value)


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


def arrays(
    found: Sequence[Lookup], type_names: Sequence[str], wrap: str, brackets: str = "[]"
) -> list[str]:
    """The knots and rows of tables, for each of the types that compute.

    wrap: what makes an array of the numbers {0}, in the type {1} (`ending` of several).
    """
    texts: list[str] = []
    left, right = brackets[0], brackets[1]
    for each in found:
        for type_name in type_names:
            stored = each.stored(type_name)
            ending = f"_{type_name}" if len(type_names) > 1 else ""
            text = single if type_name == "float32" else literal
            numbers = filled(stored.knots.tolist(), text)
            rows = "\n".join(
                f"    {left}{', '.join(map(text, row))}{',' * (len(row) == 1)}{right},"
                for row in rows_of(stored)
            )
            declared = {f"{each.knots}{ending}": f"{numbers},"} if each.own else {}
            for name, inside in {**declared, f"{each.rows}{ending}": rows}.items():
                made = wrap.format(f"{left}\n{inside}\n{right}", type_name)
                texts.append(f"{name} = {made}")
    return texts


def look_up(each: Lookup, pattern: str, module: str = "", row: str = "row[..., {0}]") -> str:
    """The function that looks a table up.

    pattern: of it, with {name}, {knots}, {rows}, {held} and {value}. module: whose maximum and
    minimum hold the argument; those of Python where none is given. row: a coefficient.
    """
    most, least = (f"{module}.maximum", f"{module}.minimum") if module else ("max", "min")
    held = "u"  # first, for a NaN to come out of Python's max
    if len(each.table.rows[0]) == 1:
        held = f"{most}({held}, knots[0])"
    if len(each.table.rows[-1]) == 1:
        held = f"{least}({held}, knots[-1])"
    value = horner([row.format(n) for n in range(each.table.degree + 1)], "t")
    return pattern.format(name=each.name, knots=each.knots, rows=each.rows, held=held, value=value)


VALUE = "The function at x."
SLOPE = "Its derivative at x."
