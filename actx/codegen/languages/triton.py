"""Triton: kernels of the function and of its backward, and a module for PyTorch over them.

They take float32, float16 and bfloat16 and compute in float32. Functions are those of libdevice,
division and square root those that round correctly: such a kernel waits for memory anyhow.
The tests run the kernels in Triton's interpreter, with NumPy in libdevice's place, and compile them
for a GPU that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping

from actx.codegen.arithmetic import arithmetic
from actx.codegen.forms import Form
from actx.codegen.languages.c_family import used_operations
from actx.codegen.languages.python_family import (
    BASE,
    SLOPE,
    VALUE,
    docstring,
    function,
    notation,
)
from actx.codegen.lookups import has_table
from actx.codegen.task import Facts, Task, chosen, facts, header, lowering
from actx.codegen.text import MASK_LOGIC, Writing, calls
from actx.core.errors import UsageError

TYPES: tuple[str, ...] = ()
DEFAULT_TYPES: tuple[str, ...] = ()
ENDING = ".py"
BINARY = False
TABLES = False  # it holds none
OPERATIONS: Mapping[str, Writing] = {
    **BASE,
    **MASK_LOGIC,
    **calls("c", "libdevice."),
    "abs": "tl.abs({0})",
    "sqrt": "tl.sqrt_rn({0})",
    "div": "tl.div_rn({0}, {1})",
    "where": "tl.where({0}, {1}, {2})",
    "min": "_lesser({0}, {1})",
    "max": "_greater({0}, {1})",
    "mod": "_modulo({0}, {1})",
    "normcdf": "libdevice.normcdf({0})",
}
WRITTEN = notation(OPERATIONS, constant="tl.full(x.shape, {0}, tl.float32)")
FORMS = lowering(OPERATIONS)
HOWS = (arithmetic("float32"), arithmetic("float16", "float32"), arithmetic("bfloat16", "float32"))
HELPERS = {
    "min": '''\
@triton.jit
def _lesser(u, v):
    """The smaller one; a NaN in u comes out."""
    return tl.where(u > v, v, u)''',
    "max": '''\
@triton.jit
def _greater(u, v):
    """The larger one; a NaN in u comes out."""
    return tl.where(u < v, v, u)''',
    "mod": '''\
@triton.jit
def _modulo(u, v):
    """The remainder, with the sign of v."""
    rest = libdevice.fmod(u, v)
    return tl.where((rest != 0) & ((rest < 0) != (v < 0)), rest + v, rest)''',
}
_REMARK = (
    "Rounding errors are told for functions rounded correctly; those of libdevice's add to them."
)
_FRAME = '''\
@triton.jit
def _forward(x_pointer, y_pointer, n, BLOCK: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    x = tl.load(x_pointer + i, mask=inside).to(tl.float32)
    tl.store(y_pointer + i, _value(x), mask=inside)


@triton.jit
def _backward(grad_pointer, x_pointer, y_pointer, n, BLOCK: tl.constexpr):
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    x = tl.load(x_pointer + i, mask=inside).to(tl.float32)
    grad = tl.load(grad_pointer + i, mask=inside).to(tl.float32)
    tl.store(y_pointer + i, grad * _slope(x), mask=inside)


def _launched(kernel, *given):
    x = given[-1]
    if x.dtype not in (torch.float32, torch.float16, torch.bfloat16):
        raise TypeError(f"{name} takes float32, float16 and bfloat16, not {{x.dtype}}.")
    y = torch.empty_like(x)
    n = x.numel()
    if n:
        with torch.cuda.device_of(x):
            kernel[(triton.cdiv(n, BLOCK),)](*given, y, n, BLOCK=BLOCK)
    return y


class _Function(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x = x.contiguous()
        ctx.save_for_backward(x)
        return _launched(_forward, x)

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return _launched(_backward, grad.contiguous(), x)


def {name}(x):
    """The function of a tensor, elementwise; it can be differentiated once."""
    return _Function.apply(x)


class {class_name}(nn.Module):
    """{title}, elementwise."""

    def forward(self, x):
        return {name}(x)'''


def write(task: Task) -> tuple[str, Facts]:
    """A Python module that needs Triton and PyTorch. Raises UsageError for a table."""
    if has_table(task.tree):
        raise UsageError(
            "Triton keeps no tables in a kernel; code for torch or cuda looks them up."
        )
    made = chosen(task, HOWS, FORMS, frozenset({"normcdf"}))
    known = facts(task, [(made.value, how) for how in HOWS])
    head = docstring(header(task, known, _REMARK))
    code = module(task.name, task.formula.name, made.value.form, made.slope.form)
    return f"{head}\n\n{code}", known


def module(name: str, title: str, value: Form, slope: Form) -> str:
    """The code of a module without its head, of a function and its derivative."""
    used = used_operations(value.tree, slope.tree)
    functions = [text for op, text in HELPERS.items() if op in used]
    functions += [
        f"@triton.jit\n{function(f'def {called}(x):', form, WRITTEN, doc)}"
        for called, form, doc in (("_value", value, VALUE), ("_slope", slope, SLOPE))
    ]
    imports = "import torch\nimport triton\nimport triton.language as tl\nfrom torch import nn"
    if any("libdevice." in text for text in functions):
        imports += "\nfrom triton.language.extra import libdevice"
    class_name = "".join(part.capitalize() for part in name.split("_"))
    frame = _FRAME.format(name=name, class_name=class_name, title=title)
    return "\n\n\n".join([f"{imports}\n\nBLOCK = 1024", *functions, frame]) + "\n"
