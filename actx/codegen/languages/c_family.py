"""What C and the languages that are like it have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from actx.codegen.forms import Form
from actx.codegen.lookups import Lookup, filled, horner, rows_of
from actx.codegen.text import ARITHMETIC, COMPARISONS, Infix, Notation, Writing, body, calls
from actx.codegen.words import KEYWORDS
from actx.language.constants import constant_value
from actx.language.operations import AND, ATOM, COMPARISON, CONDITIONAL, NOT, OR, SIGN
from actx.language.tree import Node, walk
from actx.precision.stored import Stored


@dataclass(frozen=True)
class Real:
    """A type that code computes in.

    suffix: of numbers and of functions that are written out; library: of the language's own
    functions, as those of <math.h>.
    """

    name: str
    suffix: str
    round: Callable[[float], np.floating]
    library: str = ""

    @property
    def type_name(self) -> str:
        """What the type is called elsewhere, as in `float32`."""
        return type(self.round(0.0)).__name__


FLOAT = Real("float", "f", np.float32, "f")
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
    const {real} rest = fmod{library}(u, v);
    return rest != 0 && (rest < 0) != (v < 0) ? rest + v : rest;
}}""",
}
OPERATIONS: Mapping[str, Writing] = {
    **ARITHMETIC, **COMPARISONS, **LOGIC, **calls("c", ending="{library}"),
    "min": "lesser{suffix}({0}, {1})", "max": "greater{suffix}({0}, {1})",
    "mod": "modulo{suffix}({0}, {1})",
}  # fmt: skip


def notation(operations: Mapping[str, Writing], real: Real) -> Notation:
    """How expressions are written in a type of C."""

    def fill(text: str) -> str:
        return text.replace("{suffix}", real.suffix).replace("{library}", real.library)

    filled = {
        name: fill(writing) if isinstance(writing, str) else writing
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
        text.format(inline=inline, real=real.name, suffix=real.suffix, library=real.library)
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
    unused = ["    (void)x;"] if form.tree.constant else []
    return "\n".join([*lines, f"{head} {{", *unused, text, "}"])


def tables(
    found: Sequence[Lookup], real: Real, array: str, inline: str, space: str = ""
) -> list[str]:
    """The arrays of tables in a type, and the functions that look them up.

    array, inline: what arrays and functions are declared as; space: where pointers to arrays point.
    """
    parts: list[str] = []
    for each in found:
        stored = each.stored(real.type_name)
        if stored.spacing is None and each.own:
            parts.append(_knots(each, stored, real, array))
            if stored.step is not None:
                parts.append(_places(each, stored, real, array))
        parts += [_rows(each, stored, real, array), _look_up(each, stored, real, (inline, space))]
    return parts


def _knots(each: Lookup, stored: Stored, real: Real, array: str) -> str:
    numbers = filled(stored.knots.tolist(), lambda value: literal(value, real))
    head = f"{array} {real.name} {each.knots}{real.suffix}[{stored.knots.size}]"
    return f"{head} = {{\n{numbers}\n}};"


def _places(each: Lookup, stored: Stored, real: Real, array: str) -> str:
    small = "unsigned char" if max(stored.places) < 1 << 8 else "unsigned short"
    numbers = filled(stored.places, str)
    head = f"{array} {small} {each.knots}_at{real.suffix}[{len(stored.places)}]"
    return f"/* how many knots are not above places of a grid */\n{head} = {{\n{numbers}\n}};"


def _rows(each: Lookup, stored: Stored, real: Real, array: str) -> str:
    rows = rows_of(stored)
    lines = ("{" + ", ".join(literal(c, real) for c in row) + "}," for row in rows)
    text = "\n".join(f"    {line}" for line in lines)
    head = f"{array} {real.name} {each.rows}{real.suffix}[{len(rows)}][{len(rows[0])}]"
    remark = (
        "/* rows of a table: coefficients of 1, t, ... where t is the distance from its knot */"
    )
    return f"{remark}\n{head} = {{\n{text}\n}};"


def _look_up(each: Lookup, stored: Stored, real: Real, declared: tuple[str, str]) -> str:
    """The function that finds the row of a number, and computes it there."""
    inline, space = declared
    width = len(stored.coefficients)
    held = "u"
    if stored.highest is not None:
        held = f"u > {literal(stored.highest, real)} ? {literal(stored.highest, real)} : {held}"
    if stored.lowest is not None:
        held = f"u < {literal(stored.lowest, real)} ? {literal(stored.lowest, real)} : {held}"
    if stored.spacing is not None:
        find, origin = _shift(stored, real)
    else:
        find, origin = (_search if stored.step is None else _indexed)(each, stored, real)
    value = horner([f"row[{n}]" for n in range(width)], "t")
    return "\n".join(
        [
            f"{inline} {real.name} {each.name}{real.suffix}({real.name} u) {{",
            *find,
            f"    {space}const {real.name} *const row = {each.rows}{real.suffix}[i];",
            f"    const {real.name} held = {held};",
            f"    const {real.name} t = held - {origin};",
            f"    return {value};",
            "}",
        ]
    )


def _search(each: Lookup, stored: Stored, real: Real) -> tuple[list[str], str]:
    """The row by bisection, and the knot it begins at; NaN is in the first row."""
    count = stored.knots.size
    knots = f"{each.knots}{real.suffix}"
    first = 1 << (count.bit_length() - 1)
    lines = [
        "    int i = 0; /* how many knots are not above u */",
        f"    for (int step = {first}; step > 0; step /= 2)",
        f"        if (i + step <= {count} && {knots}[i + step - 1] <= u) i += step;",
    ]
    return lines, f"{knots}[i > 0 ? i - 1 : 0]"


def _place(stored: Stored, real: Real, step: float) -> tuple[int, str]:
    """The first knot as a multiple of a step, and how many steps u is beyond it, rounded down."""
    first = int(stored.knots[0] / step)
    scaled = "u" if step == 1 else f"u * {literal(1 / step, real)}"
    minus = f" {'-' if first > 0 else '+'} {literal(abs(first), real)}" if first else ""
    return first, f"    const {real.name} place = floor{real.library}({scaled}){minus};"


def _indexed(each: Lookup, stored: Stored, real: Real) -> tuple[list[str], str]:
    """The row by rounding down and a table of indices; otherwise as `_search`."""
    count = len(stored.places)
    assert stored.step is not None
    knots, end = f"{each.knots}{real.suffix}", literal(count, real)
    at, last = f"{each.knots}_at{real.suffix}", stored.knots.size
    lines = [
        f"    /* knots at multiples of {stored.step:g}, a power of two: rounding down finds one */",
        _place(stored, real, stored.step)[1],
        f"    const int i = place >= 0 ? (place < {end} ? {at}[(int)place] : {last}) : 0;",
    ]
    return lines, f"{knots}[i > 0 ? i - 1 : 0]"


def _shift(stored: Stored, real: Real) -> tuple[list[str], str]:
    """The row by rounding down, and the knot it begins at; NaN is in the first row."""
    assert stored.spacing is not None
    step, last = stored.spacing, stored.knots.size - 1
    first, place = _place(stored, real, step)

    def text(value: float) -> str:
        return literal(value, real)

    lines = [
        f"    /* knots {step:g} apart, a power of two: rounding down finds the row */",
        place,
        f"    const int i = place >= 0 ? (place < {text(last)} ? (int)place : {last}) + 1 : 0;",
    ]
    shift = f"i {'-' if first < 1 else '+'} {abs(first - 1)}" if first != 1 else "i"
    whole = f"({real.name})(i > 0 ? {shift} : {first})"
    return lines, whole if step == 1 else f"{text(step)} * {whole}"


def comment(lines: list[str]) -> str:
    """A block comment."""
    safe = (line.replace("*/", "* /") for line in lines)
    return "/*\n" + "\n".join(f" * {line}".rstrip() for line in safe) + "\n */"
