"""WGSL: functions of an f32, for shaders and compute kernels in the browser and elsewhere.

What matters is written out in arithmetic, because WGSL promises little of its functions: exp within
some 3 + 2|x| units, log and tanh less near 0, sin and cos within 2^-11. The tests run the code with
wgpu, on Mesa's software device.
"""

from __future__ import annotations

from collections.abc import Mapping

from actx.codegen.arithmetic import arithmetic
from actx.codegen.forms import Form
from actx.codegen.languages import gpu, kernels
from actx.codegen.languages.c_family import LOGIC, comment, literal, used_operations
from actx.codegen.languages.kernels import wgsl as kernel
from actx.codegen.lookups import has_table
from actx.codegen.task import Facts, Task, chosen, facts, header, lowering
from actx.codegen.text import ARITHMETIC, COMPARISONS, Infix, Notation, Writing, body
from actx.codegen.words import WGSL_KEYWORDS
from actx.core.errors import UsageError
from actx.language.constants import constant_value
from actx.language.operations import AND, COMPARISON, OR
from actx.language.tree import Node

TYPES = ("float32",)
DEFAULT_TYPES = TYPES
ENDING = ".wgsl"
BINARY = False
TABLES = False  # it holds none
_REAL = gpu.REALS["float32"]
_KERNELS = frozenset(
    {
        "exp", "expm1", "log", "log1p", "tanh", "sigmoid", "softplus", "mish_gate", "erf", "erfc",
        "normcdf", "atan",
    }
)  # fmt: skip
OPERATIONS: Mapping[str, Writing] = {
    **ARITHMETIC,
    **COMPARISONS,
    **LOGIC,
    "and": Infix("{0} && {1}", AND, (COMPARISON, COMPARISON)),
    "or": Infix("{0} || {1}", OR, (COMPARISON, COMPARISON)),  # && in brackets
    "where": "select({2}, {1}, {0})",
    **{
        name: f"{name}({{0}})"
        for name in ("abs", "floor", "ceil", "round", "trunc", "exp2", "sqrt", "sin", "cos", "tan")
    },
    "pow": "power({0}, {1})",
    "min": "lesser({0}, {1})",
    "max": "greater({0}, {1})",
    "mod": "modulo({0}, {1})",
    "hypot": "hypotenuse({0}, {1})",
    **{name: text for name, text in kernels.operations(_REAL).items() if name in _KERNELS},
}  # fmt: skip
FORMS = lowering(
    OPERATIONS,
    {
        "sinh": "(expm1(u) - expm1(-u))/2",
        "asinh": "sign(u)*log1p(abs(u) + abs(u)*(abs(u)/(1 + hypot(1, u))))",
        "acosh": "log1p(u - 1 + sqrt(u - 1)*sqrt(u + 1))",
        "atanh": "(log1p(u) - log1p(-u))/2",
    },
)
CONSTANTS = """\
// Variables, because a shader may not hold infinities and NaN as constants.
var<private> infinity_bits: u32 = 0x7f800000u;
var<private> not_a_number_bits: u32 = 0x7fc00000u;

fn infinity() -> f32 {
    return bitcast<f32>(infinity_bits);
}

fn not_a_number() -> f32 {
    return bitcast<f32>(not_a_number_bits);
}"""
_COPYSIGN = """\
fn copysign(u: f32, v: f32) -> f32 {
    return bitcast<f32>((bitcast<u32>(u) & 0x7fffffffu) | (bitcast<u32>(v) & 0x80000000u));
}"""
HELPERS = {
    "min": """\
/* The smaller one; a NaN in u comes out. */
fn lesser(u: f32, v: f32) -> f32 {
    return select(u, v, u > v);
}""",
    "max": """\
/* The larger one; a NaN in u comes out. */
fn greater(u: f32, v: f32) -> f32 {
    return select(u, v, u < v);
}""",
    "mod": """\
/* The remainder, with the sign of v. */
fn modulo(u: f32, v: f32) -> f32 {
    let rest = u % v;
    return select(rest, rest + v, rest != 0.0f && (rest < 0.0f) != (v < 0.0f));
}""",
    "hypot": """\
fn hypotenuse(u: f32, v: f32) -> f32 {
    let larger = max(abs(u), abs(v));
    let q = min(abs(u), abs(v)) / larger;
    return select(larger, larger * sqrt(1.0f + q * q), larger > 0.0f && q > 0.0f);
}""",
    "pow": """\
fn power(u: f32, v: f32) -> f32 {
    let size = exp_inlinef(v * log_inlinef(abs(u)));
    let odd = abs(v - 2.0f * trunc(0.5f * v)) == 1.0f;
    let of_negative = select(not_a_number(), select(size, -size, odd), v == trunc(v));
    return select(select(size, of_negative, u < 0.0f), 1.0f, v == 0.0f || u == 1.0f);
}""",
}
_NEEDS = {"pow": ("exp", "log")}  # operations that helpers call
_REMARKS = (
    "Rounding errors are told for functions rounded correctly. Those that are written out here "
    "were off by 3 ulp at most with a compiler that takes sums apart (Mesa's); WGSL's own add to "
    "them.",
    "WGSL does not promise infinities and NaN; where a device has them, they come out right.",
)


def _number(part: Node) -> str:
    text = literal(constant_value(part), _REAL)
    return text.replace("INFINITY", "infinity()").replace("NAN", "not_a_number()")


WRITTEN = Notation(
    OPERATIONS,
    _number,
    assignment="let {name} = {value};",
    condition="let {name} = {value};",
    comment=" // {remark}",
    reserved=WGSL_KEYWORDS,
)


def write(task: Task) -> tuple[str, Facts]:
    """A WGSL file. Raises UsageError for a table."""
    if has_table(task.tree):
        raise UsageError("WGSL code holds no tables; code for js, c and rust looks them up.")
    how = arithmetic("float32")
    made = chosen(task, [how], FORMS, _KERNELS)
    known = facts(task, [(made.value, how)])
    used = used_operations(made.value.form.tree, made.slope.form.tree)
    top = comment(header(task, known, *_REMARKS))
    functions = [
        function(f"{task.name}{what}", choice.form, remark)
        for what, choice, remark in (
            ("", made.value, "The function at x."),
            ("_derivative", made.slope, "Its derivative at x."),
        )
    ]
    needed = helpers(used)
    if any("infinity()" in text or "not_a_number()" in text for text in (*needed, *functions)):
        needed.insert(0, CONSTANTS)
    return "\n\n".join([top, *needed, *functions]) + "\n", known


def helpers(used: set[str]) -> list[str]:
    """The functions that operations call, which WGSL has not got."""
    called = used | {name for op in used for name in _NEEDS.get(op, ())}
    texts = [
        kernel.function(text)
        for text in kernels.kernels(called & _KERNELS, _REAL)
        if not text.split("{")[0].rstrip().endswith(("(float value)", "(uint32_t bits)"))
    ]
    copysign = [_COPYSIGN] if any("copysign(" in text for text in texts) else []
    return [*copysign, *texts, *(text for op, text in HELPERS.items() if op in used)]


def function(name: str, form: Form, remark: str) -> str:
    """A function of x."""
    text = body(form, WRITTEN).block("    ", "return {result};")
    return f"/* {remark} */\nfn {name}(x: f32) -> f32 {{\n{text}\n}}"
