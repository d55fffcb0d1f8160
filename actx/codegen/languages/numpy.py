"""NumPy: functions of arrays, in float64, float32 or, computed in float32, float16."""

from __future__ import annotations

from actx.codegen.arithmetic import arithmetic
from actx.codegen.languages.python_family import (
    SLOPE,
    VALUE,
    array_notation,
    array_operations,
    arrays,
    docstring,
    function,
    look_up,
    special_functions,
)
from actx.codegen.lookups import calling, lookups
from actx.codegen.task import Facts, Task, chosen, facts, header, lowering
from actx.codegen.text import Writing, calls

TYPES: tuple[str, ...] = ()
DEFAULT_TYPES: tuple[str, ...] = ()
ENDING = ".py"
BINARY = False
OPERATIONS: dict[str, Writing] = {**array_operations("np"), **calls("numpy", "np.")}
WRITTEN = array_notation("np", OPERATIONS)
FORMS = lowering(OPERATIONS)
HOWS = (arithmetic("float32"), arithmetic("float64"), arithmetic("float16", "float32"))
_LOOK_UP = """\
def {name}(u):
    single = u.dtype == np.float32
    knots = {knots}_float32 if single else {knots}_float64
    rows = {rows}_float32 if single else {rows}_float64
    i = np.searchsorted(knots, u, side="right")
    row = rows[i]
    t = {held} - knots[np.maximum(i - 1, 0)]
    return {value}"""
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
    special = special_functions(made.value.form.tree, made.slope.form.tree)
    imports = ["import numpy as np"]
    imports += [f"from scipy.special import {', '.join(special)}"] if special else []
    found = lookups("_table", (made.value.form.tree, made.slope.form.tree))
    tables = [look_up(each, _LOOK_UP, "np") for each in found]
    written = calling(WRITTEN, found)
    functions = [
        function(f"@_elementwise\ndef {task.name}{what}(x):", choice.form, written, doc)
        for what, choice, doc in (("", made.value, VALUE), ("_derivative", made.slope, SLOPE))
    ]
    declared = arrays(found, ["float32", "float64"], "np.array({0}, np.{1})")
    top = "\n\n".join([head, "\n".join(imports), *declared])
    return "\n\n\n".join([top, _FRAME, *tables, *functions]) + "\n", known
