"""CUDA: device functions of one number, in float and double; half types are computed in float."""

from __future__ import annotations

from actx.codegen.arithmetic import arithmetic
from actx.codegen.languages import c_family
from actx.codegen.languages.c_family import comment, function, helpers, notation
from actx.codegen.lookups import calling, lookups
from actx.codegen.task import Facts, Task, chosen, facts, header, lowering

TYPES = ("float32", "float64", "float16", "bfloat16")
DEFAULT_TYPES = ("float32", "float64")
ENDING = ".cuh"
BINARY = False
OPERATIONS = {**c_family.OPERATIONS, "normcdf": "normcdf{library}({0})"}
FORMS = lowering(OPERATIONS)
_INLINE = "static __device__ __forceinline__"
# the type, its header, and the conversions to and from float
_HALF = {
    "float16": ("__half", "cuda_fp16.h", "__half2float", "__float2half_rn", "_f16"),
    "bfloat16": (
        "__nv_bfloat16", "cuda_bf16.h", "__bfloat162float", "__float2bfloat16_rn", "_bf16",
    ),
}  # fmt: skip
_ROUNDED = """\
{inline} {kept} {name}({kept} x) {{
    return {down}({name}_in_float({up}(x)));
}}"""


def write(task: Task) -> tuple[str, Facts]:
    """A CUDA header."""
    parts: list[str] = []
    includes: list[str] = []
    measured = []
    for type_name in task.types:
        half = _HALF.get(type_name)
        how = arithmetic(type_name, "float32" if half else None)
        made = chosen(task, [how], FORMS, frozenset({"normcdf"}))
        measured.append((made.value, how))
        real = c_family.REALS[how.compute.name]
        used = c_family.used_operations(made.value.form.tree, made.slope.form.tree)
        helping = helpers(used, c_family.HELPERS, _INLINE, real)
        parts += ["\n".join(["/* A NaN in u comes out. */", *helping])] if helping else []
        found = lookups(f"{task.name}_table", (made.value.form.tree, made.slope.form.tree))
        parts += c_family.tables(found, real, "static __device__ const", _INLINE)
        written = calling(notation(OPERATIONS, real), found, real.suffix)
        if half:
            includes.append(f"#include <{half[1]}>")
        for what, choice in (("", made.value), ("_derivative", made.slope)):
            name = f"{task.name}{half[4] if half else real.suffix}{what}"
            inner = f"{name}_in_float" if half else name
            head = f"{_INLINE} {real.name} {inner}({real.name} x)"
            parts.append(function(head, choice.form, written))
            if half:
                kept, _, up, down, _ = half
                parts.append(
                    _ROUNDED.format(inline=_INLINE, kept=kept, name=name, up=up, down=down)
                )
    remark = (
        "Rounding errors are told for functions rounded correctly; those of CUDA's add to them."
    )
    known = facts(task, measured)
    lines = header(task, known, remark)
    top = ["#pragma once", comment(lines), *(["\n".join(includes)] if includes else [])]
    return "\n\n".join([*top, *dict.fromkeys(parts)]) + "\n", known
