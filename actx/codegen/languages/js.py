"""JavaScript: an ES module with the function and its derivative, of one number.

What JavaScript's Math lacks stands before them: erf and erfc in float64, a remainder with the sign
of the divisor, rounding half to even, and the powers that IEEE 754 gives where ECMAScript has NaN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from actx.calculus.formula import Formula
from actx.codegen.arithmetic import arithmetic
from actx.codegen.choice import choose_open
from actx.codegen.forms import Form, prepared
from actx.codegen.languages.c_family import LOGIC, comment, used_operations
from actx.codegen.lookups import Lookup, calling, filled, horner, lookups, rows_of
from actx.codegen.slope import slope
from actx.codegen.task import Facts, Task, chosen, facts, header, lowering
from actx.codegen.text import ARITHMETIC, COMPARISONS, Infix, Notation, Writing, body, calls
from actx.codegen.words import SCRIPT_KEYWORDS
from actx.language.constants import constant_value
from actx.language.derivative import derivative
from actx.language.operations import COMPARISON, SUM
from actx.language.tree import Node, number, parameter

TYPES: tuple[str, ...] = ()
DEFAULT_TYPES: tuple[str, ...] = ()
ENDING = ".mjs"
BINARY = False
OPERATIONS: Mapping[str, Writing] = {
    **ARITHMETIC,
    **COMPARISONS,
    "eq": Infix("{0} === {1}", COMPARISON, (SUM, SUM)),
    "ne": Infix("{0} !== {1}", COMPARISON, (SUM, SUM)),
    **LOGIC,
    **calls("js", "Math."),
}
FORMS = lowering(OPERATIONS)
# erfc by the trapezoidal rule for its integral of exp(-t²)/(t² + u²), whose error is exp(-pi²/h²),
# and what the pole at t = iu adds (Chiarella and Reichel, Math. Comp. 22, 1968); h = 7/16
_ERFC = """\
const GAUSS = Array.from({ length: 15 }, (_, i) => Math.exp(-((0.4375 * (i + 1)) ** 2)));

/** exp(-u*u), with the digits that u*u loses. */
function bell(u) {
    const h = Math.fround(u);
    return Math.exp(-h * h) * Math.exp((h - u) * (h + u));
}

/** erf near 0, by its series. */
function erf_series(u) {
    let term = u, sum = u;
    for (let n = 1; n < 14; n++) {
        term *= -u * u / n;
        sum += term / (2 * n + 1);
    }
    return 1.1283791670955126 * sum;
}

function erfc(u) {
    if (Math.abs(u) < 0.5) return 1 - erf_series(u);
    if (u < 0) return 2 - erfc(-u);
    if (u > 28) return 0;
    let sum = 0.5 / (u * u);
    for (let i = 14; i >= 0; i--) sum += GAUSS[i] / ((0.4375 * (i + 1)) ** 2 + u * u);
    const pole = u < 5 ? -2 / Math.expm1(14.361566416410483 * u) : 0; // 2*pi/h
    return 0.2785211504108169 * u * bell(u) * sum + pole; // 2*h/pi
}"""
_ERF = """\
function erf(u) {
    return Math.abs(u) < 0.5 ? erf_series(u) : u < 0 ? erfc(-u) - 1 : 1 - erfc(u);
}"""
HELPERS = {
    "power": """\
/** u to the power of v, 1 also where ECMAScript has NaN for 1 and -1. */
function power(u, v) {
    return u === 1 || (u === -1 && Math.abs(v) === Infinity) ? 1 : u ** v;
}""",
    "modulo": """\
/** The remainder, with the sign of v. */
function modulo(u, v) {
    const rest = u % v;
    return rest !== 0 && rest < 0 !== v < 0 ? rest + v : rest;
}""",
    "nearest": """\
/** The nearest whole number, an even one where two are as near. */
function nearest(u) {
    const n = Math.round(u);
    return n - u === 0.5 && n % 2 !== 0 ? n - 1 : n;
}""",
    "erfc": _ERFC,
    "erf": f"{_ERFC}\n\n{_ERF}",
}
_USED_BY = {"pow": "power", "mod": "modulo", "round": "nearest", "erfc": "erfc", "erf": "erf"}
_TAKEN = SCRIPT_KEYWORDS | {"bell", "erf_series", *HELPERS}  # what no parameter can be called
_LOOK_UP = """\
function {name}(u) {{
    let i = 0; // how many knots are not above u
    for (let step = {first}; step > 0; step >>= 1)
        if (i + step <= {count} && {knots}[i + step - 1] <= u) i += step;
    const row = {rows}[i];
    const held = {held};
    const t = held - {knots}[Math.max(i - 1, 0)];
    return {value};
}}"""
_FUNCTION = """\
/**
 * {remark}
{documented}
 * @returns {{number}}
 */
export function {name}({arguments}) {{
{text}
}}"""


def literal(value: float) -> str:
    """A number as JavaScript writes it."""
    if not np.isfinite(value):
        return "NaN" if np.isnan(value) else ("-" if value < 0 else "") + "Infinity"
    return repr(float(value)).removesuffix(".0")


WRITTEN = Notation(
    OPERATIONS,
    lambda part: literal(constant_value(part)),
    assignment="const {name} = {value};",
    condition="const {name} = {value};",
    comment=" // {remark}",
    reserved=SCRIPT_KEYWORDS,
)


def write(task: Task) -> tuple[str, Facts]:
    """A JavaScript module."""
    how = arithmetic("float64")
    made = chosen(task, [how], FORMS)
    known = facts(task, [(made.value, how)])
    remark = (
        "Rounding errors are told for functions rounded correctly; those of Math's add to them."
    )
    trees = (made.value.form.tree, made.slope.form.tree)
    found = lookups(f"{task.name}_table", trees)
    written = calling(WRITTEN, found)
    functions = [
        function(f"{task.name}{what}", choice.form, written, doc)
        for what, choice, doc in (
            ("", made.value, "The function at x."),
            ("_derivative", made.slope, "Its derivative at x."),
        )
    ]
    top = comment(header(task, known, remark)).replace("/*", "/**", 1)
    return "\n\n".join([top, *helpers(*trees), *tables(found), *functions]) + "\n", known


def helpers(*trees: Node) -> list[str]:
    """The functions that the operations in trees call, which JavaScript has not got."""
    needed = {name for op, name in _USED_BY.items() if op in used_operations(*trees)}
    if "erf" in needed:
        needed.discard("erfc")  # comes with it
    return [text for name, text in HELPERS.items() if name in needed]


def tables(found: Sequence[Lookup]) -> list[str]:
    """The arrays of tables, and the functions that look them up."""
    parts: list[str] = []
    for each in found:
        stored = each.stored("float64")
        if each.own:
            parts.append(f"const {each.knots} = [\n{filled(stored.knots.tolist(), literal)}\n];")
        rows = "\n".join(f"    [{', '.join(map(literal, row))}]," for row in rows_of(stored))
        parts.append(f"const {each.rows} = [\n{rows}\n];")
        parts.append(_look_up(each))
    return parts


def _look_up(each: Lookup) -> str:
    stored = each.stored("float64")
    count = stored.knots.size
    held = "u"
    if stored.lowest is not None:
        held = f"Math.max({held}, {each.knots}[0])"
    if stored.highest is not None:
        held = f"Math.min({held}, {each.knots}[{count - 1}])"
    value = horner([f"row[{n}]" for n in range(len(stored.coefficients))], "t")
    return _LOOK_UP.format(
        name=each.name, first=1 << (count.bit_length() - 1), count=count, knots=each.knots,
        rows=each.rows, held=held, value=value,
    )  # fmt: skip


def function(
    name: str, form: Form, how: Notation, remark: str, parameters: Sequence[str] = ()
) -> str:
    """An exported function of x, and of parameters by what they are called in code."""
    text = body(form, how).block("    ", "return {result};")
    arguments = ("x", *parameters)
    return _FUNCTION.format(
        name=name, remark=remark, text=text, arguments=", ".join(arguments),
        documented="\n".join(f" * @param {{number}} {each}" for each in arguments),
    )  # fmt: skip


def open_functions(formulas: Mapping[str, Formula]) -> tuple[str, dict[str, str]]:
    """Functions whose parameters stay open, for one module: what they share, and each by its name.

    formulas: by the names of their functions; their parameters' values are those at which the code
    is made right far out. A function has the derivative, `{name}_derivative`, with it.
    """
    forms: dict[str, tuple[Formula, Form, Form]] = {}
    for name, formula in formulas.items():
        value, rate = (_open_form(formula, tree) for tree in _value_and_slope(formula))
        forms[name] = formula, value, rate
    trees = [form.tree for _, *pair in forms.values() for form in pair]
    found = lookups("_table", trees)
    shared = "\n\n".join([*helpers(*trees), *tables(found)])
    written: dict[str, str] = {}
    for name, (formula, *pair) in forms.items():
        names = {n: f"{n}_" if n in _TAKEN else n for n in formula.parameters}
        how = replace(
            calling(WRITTEN, found),
            reserved=_TAKEN | set(names.values()),
            parameter=names.__getitem__,
        )
        remarks = ("The function at x.", "Its derivative at x.")
        written[name] = "\n\n".join(
            function(f"{name}{ending}", form, how, remark, list(names.values()))
            for ending, form, remark in zip(("", "_derivative"), pair, remarks, strict=True)
        )
    return shared, written


def _value_and_slope(formula: Formula) -> tuple[Node, Node]:
    if not formula.parameters:
        return formula.tree, slope(formula.tree, prepared)
    return formula.tree, derivative(prepared(formula.tree))


def _open_form(formula: Formula, tree: Node) -> Form:
    bound = Formula("", tree, formula.defaults).bound
    values = {parameter(name): number(formula.defaults[name]) for name in formula.parameters}
    return choose_open(tree, bound, values, [arithmetic("float64")], FORMS)
