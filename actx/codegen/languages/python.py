"""Plain Python: functions of one float, with the standard library only."""

from __future__ import annotations

from actx.codegen.arithmetic import arithmetic
from actx.codegen.languages.c_family import used_operations
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
from actx.language import operations

TYPES: tuple[str, ...] = ()
DEFAULT_TYPES: tuple[str, ...] = ()
ENDING = ".py"
BINARY = False
# math raises an error where a result overflows or is infinite; these do as IEEE 754 says.
QUIET = {
    name: f"return {row.code.python}"
    for name, row in operations.OPERATIONS.items()
    if row.code.python is not None
}
OPERATIONS: dict[str, Writing] = {
    **BASE,
    **PYTHON_SCALARS,
    **calls("math", "math."),
    **{name: f"{name}({{0}})" for name in QUIET},
}
_LOOK_UP = """\
def {name}(u: float) -> float:
    knots = {knots}
    i = bisect_right(knots, u)
    row = {rows}[i]
    t = {held} - knots[max(i - 1, 0)]
    return {value}"""
WRITTEN = notation(OPERATIONS)
FORMS = lowering(OPERATIONS)


def write(task: Task) -> tuple[str, Facts]:
    """A Python module."""
    how = arithmetic("float64")
    made = chosen(task, [how], FORMS)
    known = facts(task, [(made.value, how)])
    head = docstring(header(task, known))
    used = used_operations(made.value.form.tree, made.slope.form.tree)
    quiet = [
        f"def {name}(u: float) -> float:\n    {text}"
        for name, text in QUIET.items()
        if name in used
    ]
    found = lookups("_table", (made.value.form.tree, made.slope.form.tree))
    tables = [look_up(each, _LOOK_UP, row="row[{0}]") for each in found]
    written = calling(WRITTEN, found)
    functions = [
        function(f"def {task.name}{what}(x: float) -> float:", choice.form, written, doc)
        for what, choice, doc in (("", made.value, VALUE), ("_derivative", made.slope, SLOPE))
    ]
    uses_math = any("math." in text for text in (*quiet, *functions))
    imports = ["import math"] if uses_math else []
    imports += ["from bisect import bisect_right"] if found else []
    top = "\n\n".join([head, *(["\n".join(imports)] if imports else [])])
    top = "\n\n".join([top, *arrays(found, ["float64"], "{0}", "()")])
    return "\n\n\n".join([top, *tables, *quiet, *functions]) + "\n", known
