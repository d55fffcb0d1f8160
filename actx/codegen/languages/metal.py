"""Metal: functions of a float, and kernels over arrays of them.

Half types are computed in float. What Metal's library lacks is written out. No Metal compiler was
at hand: the tests compile the code as C++, with a header of their own in place of Metal's, and run
it.
"""

from __future__ import annotations

from actx.codegen.languages import c_family, gpu
from actx.codegen.languages.c_family import comment
from actx.codegen.task import Facts, Task, header, lowering

TYPES = ("float32", "float16", "bfloat16")
DEFAULT_TYPES = ("float32", "float16")
ENDING = ".metal"
BINARY = False
_LACKING = frozenset({"expm1", "log1p", "erf", "erfc", "cbrt", "hypot"})
_HYPOT = """\
{inline} {real} length{suffix}({real} u, {real} v) {{
    const {real} a = fabs(u), b = fabs(v);
    const {real} larger = a < b ? b : a;
    const {real} q = (a < b ? a : b) / larger;
    return larger > 0 && larger < INFINITY ? larger * sqrt(1 + q * q) : a + b;
}}"""
DIALECT = gpu.Dialect(
    {
        **{name: text for name, text in c_family.OPERATIONS.items() if name not in _LACKING},
        "hypot": "length{suffix}({0}, {1})",
    },
    frozenset({"expm1", "log1p", "erf", "erfc", "normcdf"}),
    {"bits_of_float": "as_type<uint>", "float_of_bits": "as_type<float>"},
    pointer="thread ",
    array="constant",
    space="constant ",
    helpers={**c_family.HELPERS, "hypot": _HYPOT},
    halves={"float16": "_f16", "bfloat16": "_bf16"},
)
OPERATIONS = DIALECT.written(gpu.REALS["float32"])
FORMS = lowering(OPERATIONS)
START = "#include <metal_stdlib>\n\nusing namespace metal;"
_KEPT = {"float32": "float", "float16": "half", "bfloat16": "bfloat"}
_REMARKS = (
    "Rounding errors are told for functions rounded correctly; those of Metal's add to them.",
    "Compile it without fast math (-fno-fast-math, or mathMode = .safe): infinities and NaN would "
    "be lost.",
)
_LOOP = """\
kernel void {name}_array(device const {kept} *x [[buffer(0)]], device {kept} *y [[buffer(1)]],
                         uint i [[thread_position_in_grid]]) {{
    y[i] = {kept}({call}(float(x[i])));
}}"""


def write(task: Task) -> tuple[str, Facts]:
    """A Metal file."""
    found, known, told = gpu.parts_of(task, DIALECT)
    texts: list[str] = []
    for part in found:
        texts += part.texts
        for function, (name, call) in zip(part.functions, part.calls, strict=True):
            texts += [function, loop(name, call, _KEPT[part.kept])]
    remarks = [*told, *_REMARKS]
    if "bfloat16" in task.types:
        remarks.append("bfloat is known to Metal 3.1 and later.")
    top = comment(header(task, known, *remarks))
    return "\n\n".join([top, START, *dict.fromkeys(texts)]) + "\n", known


def loop(name: str, call: str = "", kept: str = "float") -> str:
    """The kernel over arrays."""
    return _LOOP.format(name=name, kept=kept, call=call or name)
