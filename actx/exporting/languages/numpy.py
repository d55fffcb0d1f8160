"""NumPy: functions of arrays, in float64, float32 or, computed in float32, float16."""

from __future__ import annotations

from actx.exporting.arithmetic import arithmetic
from actx.exporting.languages.c_family import used_operations
from actx.exporting.languages.python_family import BASE, SLOPE, VALUE, docstring, function, notation
from actx.exporting.task import Facts, Task, chosen, facts, header, lowering
from actx.exporting.text import MASK_LOGIC, Writing

TYPES: tuple[str, ...] = ()
DEFAULT_TYPES: tuple[str, ...] = ()
ENDING = ".py"
BINARY = False
_SAME = (
    "sqrt", "exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "sinh", "cosh", "abs", "sign",
)  # fmt: skip
OPERATIONS: dict[str, Writing] = {
    **BASE,
    **MASK_LOGIC,
    **{name: f"np.{name}({{0}})" for name in _SAME},
    "atan": "np.arctan({0})",
    "erf": "erf({0})",
    "erfc": "erfc({0})",
    "min": "np.minimum({0}, {1})",
    "max": "np.maximum({0}, {1})",
    "clip": "np.clip({0}, {1}, {2})",
    "pow": "np.power({0}, {1})",
    "where": "np.where({0}, {1}, {2})",
}
# two numbers alone would not be of the type of x
WITH_NUMBERS: dict[str, Writing] = {"where": "np.where({0}, np.full_like(x, {1}), {2})"}
WRITTEN = notation(OPERATIONS, WITH_NUMBERS, "np.full_like(x, {0})")
FORMS = lowering(OPERATIONS)
HOWS = (arithmetic("float32"), arithmetic("float64"), arithmetic("float16", "float32"))
_FRAME = '''\
def _elementwise(function):
    """Arrays or numbers in and out: of the type given, whole numbers as float64."""

    def apply(x):
        x = np.asarray(x)
        kept = x.dtype if np.issubdtype(x.dtype, np.floating) else np.dtype(np.float64)
        with np.errstate(all="ignore"):  # overflow is wanted where it occurs
            return np.asarray(function(x.astype(np.promote_types(kept, np.float32)))).astype(kept)

    return apply'''


def write(task: Task) -> tuple[str, Facts]:
    """A Python module that needs NumPy, and SciPy for erf."""
    made = chosen(task, HOWS, FORMS)
    known = facts(task, [(made.value, how) for how in HOWS])
    head = docstring(header(task, known))
    special = sorted(used_operations(made.value.form.tree, made.slope.form.tree) & {"erf", "erfc"})
    imports = ["import numpy as np"]
    imports += [f"from scipy.special import {', '.join(special)}"] if special else []
    functions = [
        function(f"@_elementwise\ndef {task.name}{what}(x):", choice.form, WRITTEN, doc)
        for what, choice, doc in (("", made.value, VALUE), ("_derivative", made.slope, SLOPE))
    ]
    return "\n\n\n".join([head + "\n\n" + "\n".join(imports), _FRAME, *functions]) + "\n", known
