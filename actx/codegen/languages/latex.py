"""LaTeX: the function and its derivative as formulas for the align environment of amsmath."""

from __future__ import annotations

import re

from actx.codegen.forms import Form, tidied
from actx.codegen.task import Facts, Task, facts, header
from actx.codegen.text import Infix, Notation, Writing, body
from actx.language.operations import (  # fmt: skip
    AND,
    ATOM,
    COMPARISON,
    CONDITIONAL,
    NOT,
    OR,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
)
from actx.language.text import number_text
from actx.language.tree import NUMBER, Node, as_fraction

TYPES: tuple[str, ...] = ()
DEFAULT_TYPES: tuple[str, ...] = ()
ENDING = ".tex"
BINARY = False
_KNOWN = ("exp", "log", "sin", "cos", "tanh", "sinh", "cosh", "min", "max")
_NAMED = ("sech", "sigmoid", "softplus", "erf", "erfc", "expm1", "log1p", "relu", "clip")
_SIGNS = {"lt": "<", "le": r"\le", "gt": ">", "ge": r"\ge", "eq": "=", "ne": r"\ne"}
_TWO = {"min", "max"}


def _call(name: str, count: int) -> str:
    places = ", ".join(f"{{{i}}}" for i in range(count))
    return rf"{name}\left({places}\right)"


OPERATIONS: dict[str, Writing] = {
    "add": Infix("{0} + {1}", SUM, (SUM, SUM + 1)),
    "sub": Infix("{0} - {1}", SUM, (SUM, SUM + 1)),
    "mul": Infix(r"{0} \, {1}", PRODUCT, (PRODUCT, PRODUCT + 1)),
    "div": Infix(r"\frac{{{0}}}{{{1}}}", ATOM, (CONDITIONAL, CONDITIONAL)),
    "neg": Infix("-{0}", SIGN, (SIGN + 1,)),
    "pow": Infix("{{{0}}}^{{{1}}}", POWER, (ATOM, CONDITIONAL)),
    "abs": r"\left|{0}\right|",
    "sqrt": r"\sqrt{{{0}}}",
    "atan": r"\arctan\left({0}\right)",
    "sign": r"\operatorname{{sgn}}\left({0}\right)",
    **{name: _call(rf"\{name}", 2 if name in _TWO else 1) for name in _KNOWN},
    **{name: _call(rf"\operatorname{{{{{name}}}}}", 3 if name == "clip" else 1) for name in _NAMED},
    "root_sum": r"\left({0} + \sqrt{{\left({0}\right)^2 + {1}}}\right)",
    **{name: Infix(f"{{0}} {sign} {{1}}", COMPARISON, (SUM, SUM)) for name, sign in _SIGNS.items()},
    "and": Infix(r"{0} \land {1}", AND, (AND, NOT)),
    "or": Infix(r"{0} \lor {1}", OR, (OR, AND)),
    "not": Infix(r"\lnot {0}", NOT, (ATOM,)),
    "where": r"\begin{{cases}} {1} & \text{{if }} {0} \\ {2} & \text{{otherwise}} \end{{cases}}",
}
FORMS: dict[str, str] = {}
_NESTED_CASES = re.compile(  # cases as the last of cases
    r"\\\\ \\begin\{cases\} (.*) \\end\{cases\} & \\text\{otherwise\} \\end\{cases\}"
)


def write(task: Task) -> tuple[str, Facts]:
    """Comments and an align environment."""
    known = facts(task, [])
    lines = [f"% {line}" for line in header(task, known)]
    value, slope = map(_formula, (task.tree, task.written_slope))
    lines += [r"\begin{align}", rf"  f(x) &= {value} \\", f"  f'(x) &= {slope}", r"\end{align}"]
    return "\n".join(lines) + "\n", known


def _formula(tree: Node) -> str:
    text = body(Form(tidied(tree)), WRITTEN).result
    while True:
        flatter = _NESTED_CASES.sub(r"\\\\ \1 \\end{cases}", text)
        if flatter == text:
            return text
        text = flatter


def _number(part: Node) -> str:
    if part.op != NUMBER:
        return {"pi": r"\pi", "e": r"\mathrm{e}"}[str(part.value)]
    value = as_fraction(part)
    text, _ = number_text(value)
    if "/" in text:
        sign = "-" if value < 0 else ""
        return rf"{sign}\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    return text


WRITTEN = Notation(OPERATIONS, _number, exact=True, inline=True)
