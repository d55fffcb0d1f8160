"""C99: the function and its derivative, of one number and over arrays, in float and double.

float16 is kept as _Float16, which machines convert to and from float in one instruction, bfloat16
as the upper half of a float's bits. Both are computed in float: the result is that of float,
rounded once.

Elementary functions are written out where there is a kernel (`actx.codegen.languages.kernels`),
because compilers turn a loop over it into vector code, which they do not with the C library's. The
functions are inline ones behind those that are exported, so that loops contain them also where a
shared library is made.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from actx.calculus.enclosure import enclosure
from actx.codegen.arithmetic import arithmetic
from actx.codegen.languages import c_family, kernels
from actx.codegen.languages.c_family import (
    DOUBLE,
    FLOAT,
    Real,
    comment,
    function,
    helpers,
    notation,
)
from actx.codegen.lookups import calling, lookups
from actx.codegen.task import Chosen, Facts, Task, chosen, facts, header, lowering
from actx.codegen.text import Writing
from actx.language.tree import Node, walk

TYPES = ("float32", "float64", "float16", "bfloat16")
DEFAULT_TYPES = ("float32", "float64")
ENDING = ".c"
BINARY = False


_LEAST = 8  # a limit of x below which the quicker form is of no use


def operations(real: Real) -> Mapping[str, Writing]:
    """How operations are written in a type."""
    return {**c_family.OPERATIONS, **kernels.operations(real)}


OPERATIONS = operations(DOUBLE)
FORMS = lowering(OPERATIONS)

_COMPILE = "cc -O3 -march=native -c {file}   (C99; -ffast-math is neither needed nor wanted)"
# gcc would keep the two sides of a ? : apart as branches, for the sake of floating-point exceptions
# and of jumps that end up in one place; no-tree-pre keeps it from computing twice, and selecting
# from, all that follows a bound. With -O2 it makes vector code only where it is sure to be shorter.
# Without -march it would use half the width of the vectors.
SETTINGS = """\
#if defined(__GNUC__) && !defined(__clang__)
/* loops become vector code also with -O2 and without AVX-512 */
#pragma GCC optimize("tree-vectorize", "vect-cost-model=dynamic", "no-trapping-math")
#pragma GCC optimize("no-thread-jumps", "no-tree-pre", "fp-contract=fast")
#endif
#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__gnu_linux__) \\
    && !defined(__AVX2__)
#define LOOP __attribute__((target_clones("avx2", "default"))) /* chosen when it is loaded */
#else
#define LOOP
#endif"""
_ROOTS = """\
#if defined(__GNUC__)
/* square roots become vector code where they need not set errno */
__attribute__((const)) float sqrtf(float);
__attribute__((const)) double sqrt(double);
#endif"""
_EXPORTED = """\
{kept} {name}({kept} x) {{
    return {call};
}}

LOOP void {name}_array(const {kept} *restrict x, {kept} *restrict y, size_t n) {{
{loops}
}}"""
_LOOP = "    for (size_t i = 0; i < n; i++) y[i] = {all};"
_LOOPS = """\
    for (size_t k = 0; k < n; k += 1024) {{
        const size_t end = n - k < 1024 ? n : k + 1024;
{far}
        if (far) {{
            for (size_t i = k; i < end; i++) y[i] = {all};
        }} else {{
            for (size_t i = k; i < end; i++) y[i] = {near};
        }}
    }}"""
_FAR = {  # bits are in the order of sizes, and their maximum takes less than comparisons
    "float": """\
        uint32_t most = 0;
        for (size_t i = k; i < end; i++) {{
            const uint32_t size = bits_of_float({x}) & 0x7fffffffu;
            most = most < size ? size : most;
        }}
        const int far = most > bits_of_float({limit});""",
    "double": """\
        int far = 0;
        for (size_t i = k; i < end; i++) far |= {limit} < fabs({x});""",
}
_BFLOAT16 = """\
/* The upper half of the bits of a float. */
typedef uint16_t bfloat16;

INLINE float of_bfloat16(bfloat16 value) {
    const uint32_t bits = (uint32_t)value << 16;
    float result;
    memcpy(&result, &bits, sizeof result);
    return result;
}

/* The nearest one, an even one where two are as near; a NaN stays one. */
INLINE bfloat16 to_bfloat16(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint32_t rounded = bits + 0x7fffu + (bits >> 16 & 1u);
    return (bfloat16)((value == value ? rounded : bits | 0x400000u) >> 16);
}"""


@dataclass(frozen=True)
class _Kept:
    """A type that numbers are kept in: what its functions end in, how it becomes the type that
    computes, and what is said of it."""

    name: str
    suffix: str
    up: str = "{0}"
    down: str = "{0}"
    remark: str = ""


_KEPT = {
    "float32": _Kept("float", FLOAT.suffix),
    "float64": _Kept("double", DOUBLE.suffix),
    "float16": _Kept(
        "_Float16", "_f16", "(float){0}", "(_Float16){0}",
        "_Float16 is known to compilers for ARM, and on x86 from gcc 12 and clang 15 on.",
    ),
    "bfloat16": _Kept("bfloat16", "_bf16", "of_bfloat16({0})", "to_bfloat16({0})"),
}  # fmt: skip


def write(task: Task) -> tuple[str, Facts]:
    """A C file."""
    made = [_chosen(task, type_name) for type_name in task.types]
    parts = [part for each in made for part in _functions(task, each)]
    known = facts(task, [(each.value, each.hows[0]) for each in made])
    lines = header(task, known, *_remark(made))
    lines += [_KEPT[name].remark for name in task.types if _KEPT[name].remark]
    lines += ["", _COMPILE.format(file=f"{task.name}.c")]
    includes = "\n".join(f"#include <{name}.h>" for name in ("math", "stddef", "stdint", "string"))
    roots = [_ROOTS] if any("sqrt" in part for part in parts) else []
    own = [_BFLOAT16] if "bfloat16" in task.types else []
    text = [comment(lines), SETTINGS, includes, *roots, *own, *dict.fromkeys(parts)]
    return "\n\n".join(text) + "\n", known


def _chosen(task: Task, type_name: str) -> Chosen:
    """The forms for one number type; operations that have a kernel stay as they are."""
    how = arithmetic(type_name, None if type_name in c_family.REALS else "float32")
    real = c_family.REALS[how.compute.name]
    return chosen(task, [how], lowering(operations(real)), frozenset(kernels.operations(real)))


def _remark(made: Sequence[Chosen]) -> list[str]:
    """What the head says of kernels."""
    told = []
    for real in dict.fromkeys(map(_real, made)):
        used = {op for each in made for op in _used(each) if real.name == _real(each).name}
        told += kernels.told(used, real)
    if told:
        told.append("Rounding errors are told for these functions rounded correctly.")
    return told


def _real(made: Chosen) -> Real:
    return c_family.REALS[made.hows[0].compute.name]


def _used(made: Chosen) -> set[str]:
    return c_family.used_operations(made.value.form.tree, made.slope.form.tree)


def _functions(task: Task, made: Chosen) -> list[str]:
    """The functions for one number type, after the helpers that they call."""
    (how,), real, used = made.hows, _real(made), _used(made)
    parts = kernels.kernels(used, real, near=True)
    helping = helpers(used, c_family.HELPERS, "INLINE", real)
    if helping:
        parts.append("\n".join(["/* A NaN in u comes out. */", *helping]))
    found = lookups(f"{task.name}_table", (made.value.form.tree, made.slope.form.tree))
    parts += c_family.tables(found, real, "static const", "INLINE")
    calls = operations(real)
    near_calls = {**calls, **kernels.near_operations(real)}
    written, quick = (
        calling(notation(each, real), found, real.suffix) for each in (calls, near_calls)
    )
    kept = _KEPT[how.store.name]
    for what, choice in (("", made.value), ("_derivative", made.slope)):
        name = f"{task.name}{kept.suffix}{what}"  # mishf and mish as in <math.h>, mish_f16
        head = f"INLINE {real.name} {name}_inline({real.name} x)"
        parts.append(function(head, choice.form, written))
        call = kept.down.format(f"{name}_inline({kept.up})")
        every = call.format("x[i]")
        loops = _LOOP.format(all=every)
        limit = _limit(choice.form.tree, real)
        if limit is not None:
            head = f"INLINE {real.name} {name}_near({real.name} x)"
            remark = f"for x in -{limit}:{limit}, where no argument is far off"
            parts.append(function(head, choice.form, quick, remark))
            near = every.replace("_inline", "_near")
            far = _FAR[real.name].format(
                x=kept.up.format("x[i]"), limit=c_family.literal(limit, real)
            )
            loops = _LOOPS.format(all=every, near=near, far=far)
        shown = call.format("x")
        parts.append(_EXPORTED.format(kept=kept.name, name=name, call=shown, loops=loops))
    return parts


def _limit(tree: Node, real: Real) -> int | None:
    """Up to which size of x no argument of a kernel is beyond the kernel's quicker form.

    None where no kernel has one, or its arguments are too large already near 0.
    """
    near = kernels.limits(real)
    found = [(n.args[-1], near[n.op]) for n in walk(tree) if n.op in near and not n.constant]
    if not found:
        return None
    boxes = enclosure(*(argument for argument, _ in found))

    def within(size: int) -> bool:
        with np.errstate(all="ignore"):
            sides = boxes((np.float64(-size), np.float64(size)))
        return all(max(-lo, hi) <= most for (lo, hi), (_, most) in zip(sides, found, strict=True))

    sizes = range(_LEAST, int(max(near.values())) + 1)
    count = bisect_left(sizes, True, key=lambda size: not within(size))
    return sizes[count - 1] if count else None
