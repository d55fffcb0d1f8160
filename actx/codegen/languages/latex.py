"""LaTeX: the function and its derivative as formulas for the align environment of amsmath."""

from __future__ import annotations

import re
from fractions import Fraction

from actx.arithmetic.tables import Polynomial, Table
from actx.codegen.forms import Form, tidied
from actx.codegen.task import Facts, Task, facts, header
from actx.codegen.text import Infix, Notation, Writing, body, infix, places
from actx.language import operations
from actx.language.operations import ATOM, CONDITIONAL, NOT, POWER, Operation
from actx.language.text import number_text
from actx.language.tokens import GREEK
from actx.language.tree import NUMBER, Node, as_fraction, number

TYPES: tuple[str, ...] = ()
DEFAULT_TYPES: tuple[str, ...] = ()
ENDING = ".tex"
BINARY = False


def _writing(operation: Operation) -> Writing:
    """A formula with braces, a sign between the arguments, or a function's name upright."""
    text = operation.code.latex
    if text is not None and "{0}" in text:
        return text
    if operation.symbol is not None:
        return infix(operation, text or operation.symbol)
    plain = operation.name.replace("_", r"\_")
    name = text or rf"\operatorname{{{{{plain}}}}}"
    return rf"{name}\left({places(operation)}\right)"


OPERATIONS: dict[str, Writing] = {
    **{name: _writing(operation) for name, operation in operations.OPERATIONS.items()},
    "pow": Infix(str(operations.OPERATIONS["pow"].code.latex), POWER, (ATOM, CONDITIONAL)),
    "not": Infix(r"\lnot {0}", NOT, (ATOM,)),
}
FORMS: dict[str, Node] = {}
_MOST_ROWS = 8  # of a table; of one with more these are written
_FIRST_ROWS, _LAST_ROWS = 3, 2
_NESTED_CASES = re.compile(  # cases as the last of cases
    r"\\\\ \\begin\{cases\} ((?:(?!\\(?:begin|end)\{cases\}).)*) \\end\{cases\}"
    r" & \\text\{otherwise\} \\end\{cases\}"
)
_BESIDE_DIGIT = re.compile(  # a product that a reader would take for one number
    r" \\, (?=\{*[0-9])|(?<=[0-9]) \\, (?=\\frac)"
)


def write(task: Task) -> tuple[str, Facts]:
    """Comments and an align environment."""
    known = facts(task, [])
    lines = [f"% {line}" for line in header(task, known)]
    value, slope = (to_latex(tidied(tree)) for tree in (task.tree, task.written_slope))
    lines += [r"\begin{align}", rf"  f(x) &= {value} \\", f"  f'(x) &= {slope}", r"\end{align}"]
    return "\n".join(lines) + "\n", known


def to_latex(tree: Node) -> str:
    """A formula as it stands, in LaTeX with amsmath; parameters may be open."""
    text = _BESIDE_DIGIT.sub(r" \\cdot ", body(Form(tree), WRITTEN).result)
    while True:
        flatter = _NESTED_CASES.sub(r"\\\\ \1 \\end{cases}", text)
        if flatter == text:
            return text
        text = flatter


def _parameter(name: str) -> str:
    """A letter, with the digits that follow it below; another name upright."""
    letter, digits = re.fullmatch(r"(.*?)_?([0-9]*)", name).groups()  # type: ignore[union-attr]
    if letter in GREEK.values() and letter != "omicron":
        letter = rf"\{letter}"
    elif len(letter) > 1:
        letter = r"\operatorname{" + letter.replace("_", r"\_") + "}"
    return f"{letter}_{{{digits}}}" if digits else letter


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


def _cases(table: Table) -> Infix:
    """A table as cases; of one with many rows the first and the last."""
    origins = (table.knots[0], *table.knots)
    rows = [
        rf"{_polynomial(row, origin)} & \text{{if }} {{0}} < {_fraction(knot)}"
        for row, origin, knot in zip(table.rows, origins, table.knots, strict=False)
    ]
    rows.append(rf"{_polynomial(table.rows[-1], origins[-1])} & \text{{otherwise}}")
    if len(rows) > _MOST_ROWS:
        rows[_FIRST_ROWS:-_LAST_ROWS] = [r"\vdots &"]
    inside = r" \\ ".join(rows)
    text = rf"\begin{{cases}} {inside} \end{{cases}}".replace("{", "{{").replace("}", "}}")
    return Infix(text.replace("{{0}}", "{0}"), CONDITIONAL, (ATOM,))


def _polynomial(row: Polynomial, origin: Fraction) -> str:
    """A row in powers of {0} - origin."""
    sign = "-" if origin > 0 else "+"
    t = rf"\left({{0}} {sign} {_fraction(abs(origin))}\right)" if origin else "{0}"
    text = ""
    for n, coefficient in enumerate(row):
        if not coefficient and len(row) > 1:
            continue
        power = "" if n == 0 else t if n == 1 else f"{t}^{n}"
        size = "" if abs(coefficient) == 1 and n else _fraction(abs(coefficient))
        minus = "-" if coefficient < 0 else ""
        join = f" {minus or '+'} " if text else minus
        text += join + (rf"{size} \, {power}" if size and power else size or power)
    return text


def _fraction(value: Fraction) -> str:
    return _number(number(value))


WRITTEN = Notation(
    OPERATIONS, _number, parameter=_parameter, exact=True, inline=True, lookup=_cases
)
