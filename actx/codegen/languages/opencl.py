"""OpenCL C: functions of a float and a double, and kernels over arrays of them.

Half types are kept as `half` and computed in float, by vload_half and vstore_half, which every
device has: the result is that of float, rounded once. The functions for double stand where the
device has it. The tests run the code on a CPU, with PoCL.
"""

from __future__ import annotations

from actx.codegen.languages import c_family, gpu
from actx.codegen.languages.c_family import comment
from actx.codegen.task import Facts, Task, header, lowering

TYPES = ("float32", "float64", "float16")
DEFAULT_TYPES = ("float32", "float64")
ENDING = ".cl"
BINARY = False
DIALECT = gpu.Dialect(
    c_family.OPERATIONS,
    frozenset({"normcdf"}),  # OpenCL has the others
    {"bits_of_float": "as_uint", "float_of_bits": "as_float"},
    array="__constant",
    space="__constant ",
    halves={"float16": "_f16"},
)
OPERATIONS = DIALECT.written(gpu.REALS["float64"])
FORMS = lowering(OPERATIONS)
_REMARKS = (
    "Rounding errors are told for functions rounded correctly; those of OpenCL's add to them, and "
    "that of a division of floats without -cl-fp32-correctly-rounded-divide-sqrt.",
    "Not for -cl-fast-relaxed-math or -cl-finite-math-only: infinities and NaN would be lost.",
)
_LOOP = """\
__kernel void {name}_array(__global const {kept} *restrict x, __global {kept} *restrict y) {{
    const size_t i = get_global_id(0);
    {store};
}}"""
_ONLY_WITH_DOUBLE = """\
#if defined(cl_khr_fp64) || defined(__opencl_c_fp64)
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif

{0}

#endif"""


def write(task: Task) -> tuple[str, Facts]:
    """An OpenCL file."""
    found, known, told = gpu.parts_of(task, DIALECT)
    texts: dict[str, list[str]] = {}
    for part in found:
        some = texts.setdefault(part.real.name, [])
        some += part.texts
        for function, (name, call) in zip(part.functions, part.calls, strict=True):
            some += [function, loop(name, call, "half" if call != name else part.real.name)]
    code = {name: "\n\n".join(dict.fromkeys(some)) for name, some in texts.items()}
    if "double" in code:
        code["double"] = _ONLY_WITH_DOUBLE.format(code["double"])
    top = comment(header(task, known, *told, *_REMARKS))
    return "\n\n".join([top, *code.values()]) + "\n", known


def loop(name: str, call: str, kept: str) -> str:
    """The kernel over arrays."""
    store = f"y[i] = {call}(x[i])"
    if kept == "half":
        store = f"vstore_half_rte({call}(vload_half(i, x)), i, y)"
    return _LOOP.format(name=name, kept=kept, store=store)
