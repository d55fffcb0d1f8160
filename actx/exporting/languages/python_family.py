"""What the languages that are Python have in common."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping

from actx.exporting.forms import Form
from actx.exporting.text import ARITHMETIC, COMPARISONS, Notation, Writing, body
from actx.language.values import constant_value

BASE: Mapping[str, Writing] = {**ARITHMETIC, **COMPARISONS}


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
