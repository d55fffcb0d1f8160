"""Plain Python: functions of one float, with the standard library only."""

from __future__ import annotations

from actx.codegen.arithmetic import arithmetic
from actx.codegen.languages.c_family import used_operations
from actx.codegen.languages.python_family import BASE, SLOPE, VALUE, docstring, function, notation
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
    functions = [
        function(f"def {task.name}{what}(x: float) -> float:", choice.form, WRITTEN, doc)
        for what, choice, doc in (("", made.value, VALUE), ("_derivative", made.slope, SLOPE))
    ]
    uses_math = any("math." in text for text in (*quiet, *functions))
    top = head + ("\n\nimport math" if uses_math else "")
    return "\n\n\n".join([top, *quiet, *functions]) + "\n", known
