"""Numba: ufuncs that are compiled when the module is imported; computed in float64."""

from __future__ import annotations

from actx.codegen.arithmetic import arithmetic
from actx.codegen.languages.python_family import (
    BASE,
    SLOPE,
    VALUE,
    arrays,
    docstring,
    function,
    look_up,
    notation,
)
from actx.codegen.lookups import calling, lookups
from actx.codegen.task import Facts, Task, chosen, facts, header, lowering
from actx.codegen.text import PYTHON_SCALARS, Writing, calls

TYPES: tuple[str, ...] = ()
DEFAULT_TYPES: tuple[str, ...] = ()
ENDING = ".py"
BINARY = False
OPERATIONS: dict[str, Writing] = {
    **BASE,
    **PYTHON_SCALARS,
    **calls("math", "math."),
    "floor": "np.floor({0})",  # a float, where math.floor is a whole number of 64 bits
    "ceil": "np.ceil({0})",
    "trunc": "np.trunc({0})",
    "round": "np.rint({0})",
    "min": "np.minimum({0}, {1})",
    "max": "np.maximum({0}, {1})",
    "cbrt": "np.cbrt({0})",  # math.cbrt is not known to Numba, nor is math.exp2 to older ones
    "exp2": "np.exp2({0})",
}
WRITTEN = notation(OPERATIONS)
FORMS = lowering(OPERATIONS)
HOWS = (arithmetic("float64"), arithmetic("float32", "float64"))
_LOOK_UP = """\
@numba.njit
def {name}(u):
    knots = {knots}
    i = np.searchsorted(knots, u, side="right")
    row = {rows}[i]
    t = {held} - knots[max(i - 1, 0)]
    return {value}"""
_DECORATOR = '@numba.vectorize(["float32(float32)", "float64(float64)"])'


def write(task: Task) -> tuple[str, Facts]:
    """A Python module that needs Numba."""
    made = chosen(task, HOWS, FORMS)
    known = facts(task, [(made.value, how) for how in HOWS])
    head = docstring(header(task, known))
    found = lookups("_table", (made.value.form.tree, made.slope.form.tree))
    tables = [look_up(each, _LOOK_UP, "np", "row[{0}]") for each in found]
    written = calling(WRITTEN, found)
    functions = [
        function(f"{_DECORATOR}\ndef {task.name}{what}(x):", choice.form, written, doc)
        for what, choice, doc in (("", made.value, VALUE), ("_derivative", made.slope, SLOPE))
    ]
    imports = ["import math\n"] if any("math." in text for text in functions) else []
    imports += ["import numba"]
    imports += (
        ["import numpy as np"] if any("np." in text for text in (*tables, *functions)) else []
    )
    declared = arrays(found, ["float64"], "np.array({0})")
    top = "\n\n".join([head, "\n".join(imports), *declared])
    return "\n\n\n".join([top, *tables, *functions]) + "\n", known
