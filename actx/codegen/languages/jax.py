"""JAX: a function with custom_jvp, whose tangent is the exact derivative."""

from __future__ import annotations

from actx.codegen.arithmetic import arithmetic
from actx.codegen.languages.python_family import (
    SLOPE,
    VALUE,
    array_notation,
    array_operations,
    docstring,
    function,
    special_functions,
)
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
    special = special_functions(made.value.form.tree, made.slope.form.tree)
    imports = ["import jax", "import jax.numpy as jnp"]
    imports += [f"from jax.scipy.special import {', '.join(special)}"] if special else []
    returning = "return {result}"
    functions = [
        function(f"def {name}(x):", choice.form, WRITTEN, doc, returning)
        for name, choice, doc in (("_value", made.value, VALUE), ("_slope", made.slope, SLOPE))
    ]
    frame = _FRAME.format(name=task.name)
    return "\n\n\n".join([head + "\n\n" + "\n".join(imports), *functions, frame]) + "\n", known
