"""C99: the function and its derivative, of one number and over arrays, in float and double.

float16 is kept as _Float16 and computed in float, which machines convert to and from in one
instruction: the result is that of float, rounded once.

exp is written out (reduced to |r| ≤ ln(2)/2, Taylor's polynomial, scaled by bits), because
compilers turn a loop over it into vector code, which they do not with the C library's. The
functions are inline ones behind those that are exported, so that loops contain them also where a
shared library is made.
"""

from __future__ import annotations

from actx.codegen.arithmetic import Arithmetic, arithmetic
from actx.codegen.languages import c_family
from actx.codegen.languages.c_family import FLOAT, comment, function, helpers, notation
from actx.codegen.lookups import calling, lookups
from actx.codegen.task import Chosen, Facts, Task, chosen, facts, header, lowering

TYPES = ("float32", "float64", "float16")
DEFAULT_TYPES = ("float32", "float64")
ENDING = ".c"
BINARY = False
OPERATIONS = {**c_family.OPERATIONS, "exp": "exp_inline{suffix}({0})"}
FORMS = lowering(OPERATIONS)

_COMPILE = "cc -O3 -march=native -c {file}   (C99; -ffast-math is neither needed nor wanted)"
# gcc would keep the two sides of a ? : apart as branches, for the sake of floating-point exceptions
# and of jumps that end up in one place. Without -march it would use half the width of the vectors.
_SETTINGS = """\
#if defined(__GNUC__) && !defined(__clang__)
/* selections become vector code also without AVX-512; the values are the same */
#pragma GCC optimize("no-trapping-math", "no-thread-jumps")
#endif
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__gnu_linux__) \\
    && !defined(__AVX2__)
#define LOOP __attribute__((target_clones("avx2", "default"))) /* chosen when it is loaded */
#else
#define LOOP
#endif"""
EXP = {
    "float": """\
/* exp to within 1 ulp, without branches: loops over it become vector code. */
static inline float exp_inlinef(float u) {
    const float shift = 12582912.0f; /* 1.5*2^23: adding it rounds to a whole number */
    u = u < -104.0f ? -104.0f : u;
    u = u > 89.0f ? 89.0f : u;
    const float whole = u * 1.44269504f + shift; /* n = u/ln(2), in the lowest bits */
    const float n = whole - shift;
    const float r = (u - n * 0.693359375f) + n * 2.12194440e-4f; /* u - n*ln(2) */
    float p = 1.98412698e-4f; /* 1/7!, 1/6!, ... */
    p = p * r + 1.38888889e-3f;
    p = p * r + 8.33333333e-3f;
    p = p * r + 4.16666667e-2f;
    p = p * r + 1.66666667e-1f;
    p = p * r + 0.5f;
    p = (p * r * r + r) + 1.0f;
    uint32_t bits, low, high; /* 2^n in two steps, so that subnormal results are rounded once */
    float a, b;
    memcpy(&bits, &whole, sizeof bits);
    bits -= 0x4B400000u - 512u;
    low = bits >> 1;
    high = bits - low;
    low = (low - 256u + 127u) << 23;
    high = (high - 256u + 127u) << 23;
    memcpy(&a, &low, sizeof a);
    memcpy(&b, &high, sizeof b);
    return p * a * b;
}""",
    "double": """\
/* exp to within 1 ulp, without branches: loops over it become vector code. */
static inline double exp_inline(double u) {
    const double shift = 6755399441055744.0; /* 1.5*2^52: adding it rounds to a whole number */
    u = u < -746.0 ? -746.0 : u;
    u = u > 710.0 ? 710.0 : u;
    const double whole = u * 1.4426950408889634 + shift; /* n = u/ln(2), in the lowest bits */
    const double n = whole - shift;
    const double r = (u - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
    double p = 1.6059043836821613e-10; /* 1/13!, 1/12!, ... */
    p = p * r + 2.08767569878681e-09;
    p = p * r + 2.505210838544172e-08;
    p = p * r + 2.755731922398589e-07;
    p = p * r + 2.7557319223985893e-06;
    p = p * r + 2.48015873015873e-05;
    p = p * r + 1.984126984126984e-04;
    p = p * r + 1.388888888888889e-03;
    p = p * r + 8.333333333333333e-03;
    p = p * r + 4.1666666666666664e-02;
    p = p * r + 1.6666666666666666e-01;
    p = p * r + 0.5;
    p = (p * r * r + r) + 1.0;
    uint64_t bits, low, high; /* 2^n in two steps, so that subnormal results are rounded once */
    double a, b;
    memcpy(&bits, &whole, sizeof bits);
    bits -= 0x4338000000000000u - 4096u;
    low = bits >> 1;
    high = bits - low;
    low = (low - 2048u + 1023u) << 52;
    high = (high - 2048u + 1023u) << 52;
    memcpy(&a, &low, sizeof a);
    memcpy(&b, &high, sizeof b);
    return p * a * b;
}""",
}
_EXPORTED = """\
{kept} {name}({kept} x) {{
    return {call};
}}

LOOP void {name}_array(const {kept} *restrict x, {kept} *restrict y, size_t n) {{
    for (size_t i = 0; i < n; i++) y[i] = {loop};
}}"""


def write(task: Task) -> tuple[str, Facts]:
    """A C file."""
    parts: list[str] = []
    measured = []
    for type_name in task.types:
        how = arithmetic(type_name, "float32" if type_name == "float16" else None)
        made = chosen(task, [how], FORMS)
        measured.append((made.value, how))
        parts += _functions(task, made, how)
    known = facts(task, measured)
    rounded = "Rounding errors are told for exp rounded correctly; the one here is right to 1 ulp."
    lines = header(task, known, *([rounded] if any("exp_inline" in p for p in parts) else []))
    if "float16" in task.types:
        lines.append(
            "_Float16 is known to compilers for ARM, and on x86 from gcc 12 and clang 15 on."
        )
    lines += ["", _COMPILE.format(file=f"{task.name}.c")]
    includes = "\n".join(f"#include <{name}.h>" for name in ("math", "stddef", "stdint", "string"))
    return "\n\n".join([comment(lines), _SETTINGS, includes, *dict.fromkeys(parts)]) + "\n", known


def _functions(task: Task, made: Chosen, how: Arithmetic) -> list[str]:
    """The functions for one number type, after the helpers that they call."""
    real = c_family.REALS[how.compute.name]
    own = how.store.name in c_family.REALS  # else it is converted
    used = c_family.used_operations(made.value.form.tree, made.slope.form.tree)
    parts = [EXP[real.name]] if "exp" in used else []
    helping = helpers(used, c_family.HELPERS, "static inline", real)
    if helping:
        parts.append("\n".join(["/* A NaN in u comes out. */", *helping]))
    found = lookups(f"{task.name}_table", (made.value.form.tree, made.slope.form.tree))
    parts += c_family.tables(found, how.compute.name, "static const", "static inline")
    written = calling(notation(OPERATIONS, real), found, real.suffix)
    kept = real.name if own else "_Float16"
    for what, choice in (("", made.value), ("_derivative", made.slope)):
        name = _name(task, how, what)
        head = f"static inline {real.name} {name}_inline({real.name} x)"
        parts.append(function(head, choice.form, written))
        call = f"{name}_inline(x)" if own else f"(_Float16){name}_inline((float)x)"
        loop = f"{name}_inline(x[i])" if own else f"(_Float16){name}_inline((float)x[i])"
        parts.append(_EXPORTED.format(kept=kept, name=name, call=call, loop=loop))
    return parts


def _name(task: Task, how: Arithmetic, what: str) -> str:
    """mishf and mish as in <math.h>, mish_f16."""
    suffix = {"float32": FLOAT.suffix, "float64": "", "float16": "_f16"}[how.store.name]
    return f"{task.name}{suffix}{what}"
