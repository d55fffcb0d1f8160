"""What C and CUDA code have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from actx.codegen.forms import Form
from actx.codegen.text import ARITHMETIC, COMPARISONS, Infix, Notation, Writing, body, calls
from actx.codegen.words import KEYWORDS
from actx.language.constants import constant_value
from actx.language.operations import AND, ATOM, COMPARISON, CONDITIONAL, NOT, OR, SIGN
from actx.language.tree import Node, walk


@dataclass(frozen=True)
class Real:
    """A C type that code computes in; suffix: of functions of <math.h> and of numbers."""

    name: str
    suffix: str
    round: Callable[[float], np.floating]


FLOAT = Real("float", "f", np.float32)
DOUBLE = Real("double", "", np.float64)
REALS = {"float32": FLOAT, "float64": DOUBLE}

LOGIC: Mapping[str, Writing] = {
    "and": Infix("{0} && {1}", AND, (COMPARISON, COMPARISON)),
    "or": Infix("{0} || {1}", OR, (AND + 1, AND + 1)),
    "not": Infix("!{0}", SIGN, (ATOM,)),
    "where": Infix("{0} ? {1} : {2}", CONDITIONAL, (NOT, CONDITIONAL + 1, CONDITIONAL)),
}
# fmin and fmax would swallow a NaN, and fmod has the sign of u
HELPERS = {
    "min": "{inline} {real} lesser{suffix}({real} u, {real} v) {{ return u > v ? v : u; }}",
    "max": "{inline} {real} greater{suffix}({real} u, {real} v) {{ return u < v ? v : u; }}",
    "mod": """\
{inline} {real} modulo{suffix}({real} u, {real} v) {{
    const {real} rest = fmod{suffix}(u, v);
    return rest != 0 && (rest < 0) != (v < 0) ? rest + v : rest;
}}""",
}
OPERATIONS: Mapping[str, Writing] = {
    **ARITHMETIC, **COMPARISONS, **LOGIC, **calls("c", ending="{suffix}"),
}  # fmt: skip


def notation(operations: Mapping[str, Writing], real: Real) -> Notation:
    """How expressions are written in a type of C."""
    filled = {
        name: writing.replace("{suffix}", real.suffix) if isinstance(writing, str) else writing
        for name, writing in operations.items()
    }
    return Notation(
        filled,
        lambda part: literal(constant_value(part), real),
        assignment=f"const {real.name} {{name}} = {{value}};",
        condition="const int {name} = {value};",
        comment=" /* {remark} */",
        reserved=KEYWORDS,
    )


def literal(value: float, real: Real) -> str:
    """A number as C writes it, with the digits that its type needs."""
    if not np.isfinite(value):
        return "NAN" if np.isnan(value) else ("-" if value < 0 else "") + "INFINITY"
    rounded = real.round(value)
    text = np.format_float_scientific(rounded, trim="-", exp_digits=1)
    if 1e-5 <= abs(rounded) < 1e9 or rounded == 0:
        text = np.format_float_positional(rounded, trim="0")
    return text + real.suffix


def helpers(used: set[str], texts: Mapping[str, str], inline: str, real: Real) -> list[str]:
    """The helper functions of the operations that are used."""
    return [
        text.format(inline=inline, real=real.name, suffix=real.suffix)
        for name, text in texts.items()
        if name in used
    ]


def used_operations(*trees: Node) -> set[str]:
    """The names of the operations in trees, those within constants left out."""
    return {n.op for tree in trees for n in walk(tree) if n.args and not n.constant}


def function(head: str, form: Form, how: Notation, remark: str = "") -> str:
    """A function of x in C."""
    lines = [f"/* {remark} */"] if remark else []
    text = body(form, how).block("    ", "return {result};")
    return "\n".join([*lines, f"{head} {{", text, "}"])


def comment(lines: list[str]) -> str:
    """A block comment."""
    safe = (line.replace("*/", "* /") for line in lines)
    return "/*\n" + "\n".join(f" * {line}".rstrip() for line in safe) + "\n */"
