"""PyTorch: a module over an autograd.Function that saves its input only.

Its backward is the exact derivative. Trainable parameters are nn.Parameters, and backward gives
their derivatives as well.
"""

from __future__ import annotations

import keyword

from actx.calculus.formula import Formula
from actx.codegen.arithmetic import arithmetic
from actx.codegen.choice import choose, choose_open
from actx.codegen.forms import Form, prepared
from actx.codegen.languages.python_family import (
    BASE,
    arrays,
    docstring,
    function,
    literal,
    look_up,
    notation,
)
from actx.codegen.lookups import calling, lookups
from actx.codegen.slope import slope_by_parameter
from actx.codegen.task import Facts, Task, facts, header, lowering
from actx.codegen.text import MASK_LOGIC, Writing, calls
from actx.language.derivative import derivative
from actx.language.tree import Node, number, parameter, substitute

TYPES: tuple[str, ...] = ()
DEFAULT_TYPES: tuple[str, ...] = ()
ENDING = ".py"
BINARY = False
OPERATIONS: dict[str, Writing] = {**BASE, **MASK_LOGIC, **calls("torch", "torch.")}
WITH_NUMBERS: dict[str, Writing] = {
    "min": "torch.clamp({0}, max={1})",
    "max": "torch.clamp({0}, min={1})",
    "where": "torch.where({0}, torch.full_like(x, {1}), {2})",
}
WRITTEN = notation(OPERATIONS, WITH_NUMBERS, "torch.full_like(x, {0})")
# Not torch.softplus, which is the identity beyond 20, nor torch.sign, which is 0 for NaN.
FORMS = lowering(OPERATIONS)
HOWS = (
    arithmetic("float32"), arithmetic("float64"), arithmetic("float16", "float32"),
    arithmetic("bfloat16", "float32"),
)  # fmt: skip
_LOOK_UP = """\
def {name}(u):
    single = u.dtype == torch.float32
    knots = _on({knots}_float32 if single else {knots}_float64, u.device)
    rows = _on({rows}_float32 if single else {rows}_float64, u.device)
    i = torch.bucketize(u.contiguous(), knots, right=True)
    row = rows[i]
    t = {held} - knots[torch.clamp(i - 1, min=0)]
    return {value}"""
_ON = '''\
@functools.cache
def _on(array, device):
    """An array of numbers on a device."""
    return array.to(device)'''
_MODULE = '''\
class _Function(torch.autograd.Function):
    @staticmethod
    def forward(ctx, {arguments}):
        ctx.save_for_backward({arguments})
        return _value({widened}).to(x.dtype)

    @staticmethod
    def backward(ctx, grad):
        ({arguments},) = ctx.saved_tensors
{gradients}


class {class_name}(nn.Module):
    """{title}, elementwise."""
{constructor}
    def forward(self, x):
        return _Function.apply({applied})


def _wide(x):
    """Half types are computed in float32."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x'''


def write(task: Task) -> tuple[str, Facts]:
    """A Python module that needs PyTorch."""
    names = _parameters(task)
    forms = _open_forms(task, names) if names else _forms(task)
    arguments = ", ".join(["x", *names])
    found = lookups("_table", (form.tree for form, _ in forms.values()))
    tables = [look_up(each, _LOOK_UP, "torch") for each in found]
    written = calling(WRITTEN, found)
    functions = [
        function(f"def {name}({arguments}):", form, written, doc)
        for name, (form, doc) in forms.items()
    ]
    choice = choose(task.tree, HOWS, FORMS)
    known = facts(task, [] if names else [(choice, how) for how in HOWS])
    head = docstring(header(task, known))
    module = _MODULE.format(
        arguments=arguments,
        widened=", ".join(f"_wide({name})" for name in ("x", *names)),
        gradients=_gradients(names),
        class_name="".join(part.capitalize() for part in task.name.split("_")),
        title=task.formula.name,
        constructor=_constructor(task, names),
        applied=", ".join(["x", *(f"self.{name}" for name in names)]),
    )
    imports = ["import functools\n"] if found else []
    imports += ["import torch", "from torch import nn"]
    declared = arrays(found, ["float32", "float64"], "torch.tensor({0}, dtype=torch.{1})")
    top = "\n\n".join([head, "\n".join(imports), *declared])
    tables = [_ON, *tables] if found else []
    return "\n\n\n".join([top, *tables, *functions, module]) + "\n", known


def _forms(task: Task) -> dict[str, tuple[Form, str]]:
    """The functions of x alone, by name."""
    value, slope = choose(task.tree, HOWS, FORMS), choose(task.slope, HOWS, FORMS)
    return {
        "_value": (value.form, "The function at x."),
        "_slope": (slope.form, "Its derivative at x."),
    }


def _open_forms(task: Task, names: dict[str, str]) -> dict[str, tuple[Form, str]]:
    """The functions of x and the parameters, by name."""
    tree = task.formula.tree
    trees = {
        "_value": (tree, "The function at x."),
        "_slope": (derivative(prepared(tree)), "By x."),
    }
    for code_name, name in names.items():
        trees[f"_by_{code_name}"] = (slope_by_parameter(tree, name), f"By {code_name}.")
    renamed = {parameter(name): parameter(code_name) for code_name, name in names.items()}
    return {
        function_name: (_renamed(_open_form(task, part), renamed), doc)
        for function_name, (part, doc) in trees.items()
    }


def _open_form(task: Task, tree: Node) -> Form:
    bound = Formula("", tree, task.formula.defaults).bound
    values = {parameter(name): number(value) for name, value in task.formula.defaults.items()}
    return choose_open(tree, bound, values, HOWS, FORMS)


def _renamed(form: Form, names: dict[Node, Node]) -> Form:
    return form.map(lambda part: substitute(part, names))


def _parameters(task: Task) -> dict[str, str]:
    """The parameters that are trained: what they are called in code, and their names."""
    if not task.trainable:
        return {}
    return {f"{n}_" if keyword.iskeyword(n) else n: n for n in task.formula.parameters}


def _gradients(names: dict[str, str]) -> str:
    if not names:
        return "        return grad * _slope(_wide(x)).to(x.dtype)"
    wide = ", ".join(f"_wide({name})" for name in ("x", *names))
    lines = [f"wide = ({wide})", "results = [grad * _slope(*wide).to(x.dtype)]"]
    lines += [
        f"results.append((_wide(grad) * _by_{name}(*wide)).sum().to({name}.dtype))"
        for name in names
    ]
    return "\n".join(f"        {line}" for line in [*lines, "return tuple(results)"])


def _constructor(task: Task, names: dict[str, str]) -> str:
    if not names:
        return ""
    defaults = {code: literal(task.formula.defaults[name]) for code, name in names.items()}
    arguments = ", ".join(f"{name}={value}" for name, value in defaults.items())
    lines = [f"    def __init__(self, {arguments}):", "        super().__init__()"]
    lines += [f"        self.{name} = nn.Parameter(torch.tensor(float({name})))" for name in names]
    return "\n" + "\n".join(lines) + "\n"
