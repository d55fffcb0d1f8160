"""JAX: a function with custom_jvp, whose tangent is the exact derivative."""

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
from actx.codegen.text import Writing

TYPES: tuple[str, ...] = ()
DEFAULT_TYPES: tuple[str, ...] = ()
ENDING = ".py"
BINARY = False
OPERATIONS: dict[str, Writing] = array_operations("jnp")
WRITTEN = array_notation("jnp", OPERATIONS)
FORMS = lowering(OPERATIONS)
HOWS = (
    arithmetic("float32"), arithmetic("float64"), arithmetic("float16", "float32"),
    arithmetic("bfloat16", "float32"),
)  # fmt: skip
_LOOK_UP = """\
def {name}(u):
    single = u.dtype == np.float32
    knots = {knots}_float32 if single else {knots}_float64
    rows = {rows}_float32 if single else {rows}_float64
    knots, rows = jnp.asarray(knots), jnp.asarray(rows)
    i = jnp.searchsorted(knots, u, side="right")
    row = rows[i]
    t = {held} - knots[jnp.maximum(i - 1, 0)]
    return {value}"""
_FRAME = '''\
@jax.custom_jvp
def {name}(x):
    """The function at x, elementwise, in the type of x; half types are computed in float32."""
    return _in_its_type(_value, x)


@{name}.defjvp
def _{name}_jvp(primals, tangents):
    (x,), (dx,) = primals, tangents
    return {name}(x), {name}_derivative(x) * dx


def {name}_derivative(x):
    """Its derivative at x."""
    return _in_its_type(_slope, x)


def _in_its_type(function, x):
    x = jnp.asarray(x)
    kept = x.dtype if jnp.issubdtype(x.dtype, jnp.floating) else jnp.result_type(float)
    return jnp.asarray(function(x.astype(jnp.promote_types(kept, jnp.float32)))).astype(kept)'''


def write(task: Task) -> tuple[str, Facts]:
    """A Python module that needs JAX."""
    made = chosen(task, HOWS, FORMS)
    known = facts(task, [(made.value, how) for how in HOWS])
    head = docstring(header(task, known))
    found = lookups("_table", (made.value.form.tree, made.slope.form.tree))
    tables = [look_up(each, _LOOK_UP, "jnp") for each in found]
    written = calling(WRITTEN, found)
    special = special_functions(made.value.form.tree, made.slope.form.tree)
    imports = ["import jax", "import jax.numpy as jnp"]
    imports += ["import numpy as np"] if found else []
    imports += [f"from jax.scipy.special import {', '.join(special)}"] if special else []
    returning = "return {result}"
    functions = [
        function(f"def {name}(x):", choice.form, written, doc, returning)
        for name, choice, doc in (("_value", made.value, VALUE), ("_slope", made.slope, SLOPE))
    ]
    frame = _FRAME.format(name=task.name)
    declared = arrays(found, ["float32", "float64"], "np.array({0}, np.{1})")
    top = "\n\n".join([head, "\n".join(imports), *declared])
    return "\n\n\n".join([top, *tables, *functions, frame]) + "\n", known
