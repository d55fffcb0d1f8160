"""OpenCL C: functions of a float and a double, and kernels over arrays of them.

Half types are kept as `half` and computed in float, by vload_half and vstore_half, which every
device has: the result is that of float, rounded once. The functions for double stand where the
device has it. The tests run the code on a CPU, with PoCL.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from actx.codegen.arithmetic import arithmetic
from actx.codegen.languages import c_family, kernels
from actx.codegen.languages.c_family import Real, comment, function, helpers, notation
from actx.codegen.languages.gpu import INLINE, own_functions, own_operations
from actx.codegen.lookups import calling, lookups
from actx.codegen.task import Facts, Task, chosen, facts, faint, header, lowering
from actx.codegen.text import Writing

TYPES = ("float32", "float64", "float16")
DEFAULT_TYPES = ("float32", "float64")
ENDING = ".cl"
BINARY = False
_KERNELS = frozenset({"normcdf"})  # OpenCL has the others
_BITS = {"bits_of_float": "as_uint", "float_of_bits": "as_float"}
REALS: Mapping[str, Real] = {
    "float32": Real("float", "f", np.float32),
    "float64": Real("double", "", np.float64),
}


def operations(real: Real) -> Mapping[str, Writing]:
    """How operations are written in a type."""
    return {**c_family.OPERATIONS, **own_operations(real, _KERNELS)}


OPERATIONS = operations(REALS["float64"])
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
    parts: dict[str, list[str]] = {}
    measured = []
    told: list[str] = []
    for type_name in task.types:
        half = type_name == "float16"
        how = arithmetic(type_name, "float32" if half else None)
        real = REALS[how.compute.name]
        own = operations(real)
        kept = frozenset(own_operations(real, _KERNELS))
        made = chosen(task, [how], lowering(own), kept)
        measured.append((made.value, how))
        trees = made.value.form.tree, made.slope.form.tree
        used = c_family.used_operations(*trees)
        helping = helpers(used, c_family.HELPERS, INLINE, real)
        some = parts.setdefault(how.compute.name, [])
        some += own_functions(used & kept, real, _BITS, "")
        told += kernels.told(used & kept, real)
        some += ["\n".join(["/* A NaN in u comes out. */", *helping])] if helping else []
        found = lookups(f"{task.name}_table", trees)
        some += c_family.tables(found, real, "__constant", INLINE, "__constant ")
        written = calling(notation(own, real), found, real.suffix)
        for what, choice in (("", made.value), ("_derivative", made.slope)):
            name = f"{task.name}{'_f16' if half else real.suffix}{what}"
            call = f"{name}_in_float" if half else name
            some.append(
                function(f"{INLINE} {real.name} {call}({real.name} x)", choice.form, written)
            )
            some.append(loop(name, call, "half" if half else real.name))
    known = facts(task, measured)
    texts = {name: "\n\n".join(dict.fromkeys(some)) for name, some in parts.items()}
    if "float64" in texts:
        texts["float64"] = _ONLY_WITH_DOUBLE.format(texts["float64"])
    top = comment(header(task, known, *faint(known.errors), *dict.fromkeys(told), *_REMARKS))
    return "\n\n".join([top, *texts.values()]) + "\n", known


def loop(name: str, call: str, kept: str) -> str:
    """The kernel over arrays."""
    store = f"y[i] = {call}(x[i])"
    if kept == "half":
        store = f"vstore_half_rte({call}(vload_half(i, x)), i, y)"
    return _LOOP.format(name=name, kept=kept, store=store)
