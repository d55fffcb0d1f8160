"""Rust: functions of an f32 or an f64 and their derivatives, of the standard library alone.

What stable Rust lacks stands before them: erf and erfc in f64, a remainder with the sign of the
divisor, and the smaller and the larger of two numbers that let a NaN through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from actx.codegen.arithmetic import Arithmetic, arithmetic
from actx.codegen.forms import Form
from actx.codegen.languages.c_family import LOGIC, used_operations
from actx.codegen.lookups import Lookup, calling, filled, horner, lookups, rows_of
from actx.codegen.task import Chosen, Facts, Task, chosen, facts, header, lowering
from actx.codegen.text import ARITHMETIC, COMPARISONS, Infix, Notation, Writing, body, calls
from actx.codegen.words import RUST_KEYWORDS
from actx.language.constants import constant_value
from actx.language.operations import CONDITIONAL
from actx.language.tree import Node

TYPES = ("float32", "float64")
DEFAULT_TYPES = TYPES
ENDING = ".rs"
BINARY = False
_REALS = {"float32": "f32", "float64": "f64"}
OPERATIONS: Mapping[str, Writing] = {
    **ARITHMETIC,
    **COMPARISONS,
    **LOGIC,
    "where": Infix("if {0} {{ {1} }} else {{ {2} }}", CONDITIONAL, (0, 0, 0)),
    **calls("rust", "REAL::"),
}
FORMS = lowering(OPERATIONS)
# erfc by the trapezoidal rule for its integral of exp(-t²)/(t² + u²), whose error is exp(-pi²/h²),
# and what the pole at t = iu adds (Chiarella and Reichel, Math. Comp. 22, 1968); h = 7/16
_ERFC = """\
/// exp(-u*u), with the digits that u*u loses.
fn bell(u: f64) -> f64 {
    let h = f64::from(u as f32);
    f64::exp(-h * h) * f64::exp((h - u) * (h + u))
}

/// erf near 0, by its series.
fn erf_series(u: f64) -> f64 {
    let (mut term, mut sum) = (u, u);
    for n in 1..14 {
        term *= -u * u / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    std::f64::consts::FRAC_2_SQRT_PI * sum
}

fn erfc_f64(u: f64) -> f64 {
    if f64::abs(u) < 0.5 {
        return 1.0 - erf_series(u);
    }
    if u < 0.0 {
        return 2.0 - erfc_f64(-u);
    }
    if u > 28.0 {
        return 0.0;
    }
    let mut sum = 0.5 / (u * u);
    for i in (1..16).rev() {
        let node = 0.4375 * f64::from(i);
        sum += f64::exp(-node * node) / (node * node + u * u);
    }
    let pole = if u < 5.0 { -2.0 / f64::exp_m1(14.361566416410483 * u) } else { 0.0 }; // 2*pi/h
    0.2785211504108169 * u * bell(u) * sum + pole // 2*h/pi
}"""
_ERF = """\
fn erf_f64(u: f64) -> f64 {
    if f64::abs(u) < 0.5 {
        erf_series(u)
    } else if u < 0.0 {
        erfc_f64(-u) - 1.0
    } else {
        1.0 - erfc_f64(u)
    }
}"""
_OF_F32 = """\
fn {name}_f32(u: f32) -> f32 {{
    {name}_f64(f64::from(u)) as f32
}}"""
_SHORT = {
    "min": """\
/// The smaller one; a NaN in u comes out.
fn lesser_REAL(u: REAL, v: REAL) -> REAL {
    if u > v { v } else { u }
}""",
    "max": """\
/// The larger one; a NaN in u comes out.
fn greater_REAL(u: REAL, v: REAL) -> REAL {
    if u < v { v } else { u }
}""",
    "mod": """\
/// The remainder, with the sign of v.
fn modulo_REAL(u: REAL, v: REAL) -> REAL {
    let rest = u % v;
    if rest != 0.0 && (rest < 0.0) != (v < 0.0) { rest + v } else { rest }
}""",
}
_LOOK_UP = """\
fn {name}(u: REAL) -> REAL {{
    let (mut i, mut step) = (0, {first}); // how many knots are not above u
    while step > 0 {{
        if i + step <= {count} && {knots}[i + step - 1] <= u {{
            i += step;
        }}
        step /= 2;
    }}
    let row = &{rows}[i];
    let held = {held};
    let t = held - {knots}[if i > 0 {{ i - 1 }} else {{ 0 }}];
    {value}
}}"""
_FUNCTION = """\
/// {remark}
pub fn {name}({x}: {real}) -> {real} {{
{text}
}}"""


def literal(value: float, real: str) -> str:
    """A number as Rust writes it, with the digits that its type needs."""
    if not np.isfinite(value):
        return f"{real}::NAN" if np.isnan(value) else f"{'-' * (value < 0)}{real}::INFINITY"
    rounded: np.floating = np.float32(value) if real == "f32" else np.float64(value)
    if 1e-5 <= abs(rounded) < 1e9 or rounded == 0:
        return np.format_float_positional(rounded, trim="0")
    return np.format_float_scientific(rounded, trim="0", exp_digits=1)


def notation(real: str) -> Notation:
    """How expressions are written in a type of Rust."""
    written = {
        name: writing.replace("REAL", real) if isinstance(writing, str) else writing
        for name, writing in OPERATIONS.items()
    }
    return Notation(
        written,
        lambda part: literal(constant_value(part), real),
        assignment="let {name} = {value};",
        condition="let {name} = {value};",
        comment=" // {remark}",
        reserved=RUST_KEYWORDS,
    )


def write(task: Task) -> tuple[str, Facts]:
    """A Rust file."""
    parts: list[str] = []
    measured = []
    for type_name in task.types:
        how = arithmetic(type_name)
        made = chosen(task, [how], FORMS)
        measured.append((made.value, how))
        parts += _functions(task, made, how)
    known = facts(task, measured)
    remark = (
        "Rounding errors are told for functions rounded correctly; those of the machine's library "
        "add to them."
    )
    top = "\n".join(f"//! {line}".rstrip() for line in header(task, known, remark))
    return "\n\n".join([top, *dict.fromkeys(parts)]) + "\n", known


def _functions(task: Task, made: Chosen, how: Arithmetic) -> list[str]:
    """The functions for one number type, after what they call."""
    real = _REALS[how.compute.name]
    trees = made.value.form.tree, made.slope.form.tree
    suffix = "" if real == "f64" else "_f32"
    found = lookups(f"{task.name}_table", trees)
    written = calling(notation(real), found, suffix)
    parts = [*helpers(real, *trees), *tables(found, how.compute.name, suffix)]
    for what, choice, remark in (
        ("", made.value, "The function at x."),
        ("_derivative", made.slope, "Its derivative at x."),
    ):
        parts.append(function(f"{task.name}{what}{suffix}", choice.form, written, real, remark))
    return parts


def function(name: str, form: Form, how: Notation, real: str, remark: str) -> str:
    """A public function of x."""
    text = body(form, how).block("    ", "{result}")
    x = "_x" if form.tree.constant else "x"
    return _FUNCTION.format(name=name, x=x, real=real, text=text, remark=remark)


def helpers(real: str, *trees: Node) -> list[str]:
    """The functions that the operations in trees call, which Rust has not got."""
    used = used_operations(*trees)
    parts = [text.replace("REAL", real) for op, text in _SHORT.items() if op in used]
    if used & {"erf", "erfc"}:
        parts += [_ERFC, _ERF] if "erf" in used else [_ERFC]
        if real == "f32":
            parts += [_OF_F32.format(name=name) for name in ("erf", "erfc") if name in used]
    return parts


def tables(found: Sequence[Lookup], type_name: str, suffix: str) -> list[str]:
    """The arrays of tables in a type, and the functions that look them up."""
    real = _REALS[type_name]
    parts: list[str] = []
    for each in found:
        stored = each.stored(type_name)
        knots, rows = (f"{name}{suffix}".upper() for name in (each.knots, each.rows))
        count, width = stored.knots.size, len(stored.coefficients)
        if each.own:
            numbers = filled(stored.knots.tolist(), lambda value: literal(value, real))
            parts.append(f"const {knots}: [{real}; {count}] = [\n{numbers}\n];")
        lines = (", ".join(literal(c, real) for c in row) for row in rows_of(stored))
        text = "\n".join(f"    [{line}]," for line in lines)
        parts.append(f"const {rows}: [[{real}; {width}]; {count + 1}] = [\n{text}\n];")
        held = "u"
        if stored.highest is not None:
            held = f"if u > {knots}[{count - 1}] {{ {knots}[{count - 1}] }} else {{ {held} }}"
        if stored.lowest is not None:
            held = f"if u < {knots}[0] {{ {knots}[0] }} else {{ {held} }}"
        value = horner([f"row[{n}]" for n in range(width)], "t", "0.0")
        look_up = _LOOK_UP.format(
            name=f"{each.name}{suffix}", first=1 << (count.bit_length() - 1), count=count,
            knots=knots, rows=rows, held=held, value=value,
        )  # fmt: skip
        parts.append(look_up.replace("REAL", real))
    return parts
