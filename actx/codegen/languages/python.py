"""Plain Python: functions of one float, with the standard library only."""

from __future__ import annotations

from actx.codegen.arithmetic import arithmetic
from actx.codegen.languages.c_family import used_operations
from actx.codegen.languages.python_family import BASE, SLOPE, VALUE, docstring, function, notation
from actx.codegen.task import Facts, Task, chosen, facts, header, lowering
from actx.codegen.text import PYTHON_LOGIC, Writing

TYPES: tuple[str, ...] = ()
DEFAULT_TYPES: tuple[str, ...] = ()
ENDING = ".py"
BINARY = False
# math raises an error where a result overflows or is infinite; these do as IEEE 754 says.
QUIET = {
    "exp": "return math.exp(u) if u < 709.782712893384 or u != u else math.inf",
    "expm1": "return math.expm1(u) if u < 709.782712893384 or u != u else math.inf",
    "sinh": "return math.sinh(u) if abs(u) < 710.0 or u != u else u * math.inf",
    "cosh": "return math.cosh(u) if abs(u) < 710.0 or u != u else math.inf",
    "log": "return math.log(u) if u > 0.0 else (-math.inf if u == 0.0 else math.nan)",
    "log1p": "return math.log1p(u) if u > -1.0 else (-math.inf if u == -1.0 else math.nan)",
    "sqrt": "return math.sqrt(u) if u >= 0.0 else math.nan",
    "sin": "return math.sin(u) if abs(u) < math.inf else math.nan",
    "cos": "return math.cos(u) if abs(u) < math.inf else math.nan",
}
OPERATIONS: dict[str, Writing] = {
    **BASE,
    **PYTHON_LOGIC,
    **{name: f"{name}({{0}})" for name in QUIET},
    **{name: f"math.{name}({{0}})" for name in ("tanh", "atan", "erf", "erfc")},
    "abs": "abs({0})",
    "min": "min({0}, {1})",  # of a NaN and a number: the first of them
    "max": "max({0}, {1})",
    "pow": "math.pow({0}, {1})",
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
