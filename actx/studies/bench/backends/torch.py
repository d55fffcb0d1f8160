"""PyTorch, on a CUDA device where there is one, else on the CPU.

A formula that torch.nn.functional has is that function. Another one is what `actx export` to
torch` writes: an autograd.Function that keeps its input and computes the derivative. With
`composed`, all are compositions of torch's operations as the formula is written, and autograd does
the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from actx.calculus.formula import Formula, read_formula
from actx.calculus.values import Program
from actx.core.errors import BenchError, optional_module
from actx.core.memory import keep_freed_memory
from actx.language.operations import LOOKUP
from actx.language.operations import OPERATIONS as ROWS
from actx.language.stable import code_form
from actx.language.tree import Node
from actx.studies.bench import clock
from actx.studies.bench.backends import Kernel, Settings
from actx.studies.bench.backends.inputs import inputs

DTYPES = ("float32", "float64", "float16", "bfloat16")
THREADS = True
_CUDA_SIZE = 1 << 26  # what keeps a device busy for long enough to be timed

# By registry name, at its defaults: the function of torch.nn.functional, and what else it takes.
NATIVE: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "relu": ("relu", {}),
    "relu6": ("relu6", {}),
    "leaky-relu": ("leaky_relu", {}),
    "elu": ("elu", {}),
    "celu": ("celu", {}),
    "selu": ("selu", {}),
    "gelu": ("gelu", {}),
    "gelu-tanh": ("gelu", {"approximate": "tanh"}),
    "swish": ("silu", {}),
    "mish": ("mish", {}),
    "hard-swish": ("hardswish", {}),
    "hard-sigmoid": ("hardsigmoid", {}),
    "hard-tanh": ("hardtanh", {}),
    "softplus": ("softplus", {}),
    "sigmoid": ("sigmoid", {}),
    "tanh": ("tanh", {}),
}


def operations() -> Mapping[str, Callable[..., Any]]:
    """What operations of the formula language are in torch; numbers are Python floats."""
    import torch

    from actx.torch.tables import look_up

    return {
        **{name: getattr(torch, row.code.torch) for name, row in ROWS.items() if row.code.torch},
        **{name: row.operator for name, row in ROWS.items() if row.operator is not None},
        "sign": torch.sign,
        "relu": torch.relu,
        "min": lambda u, v: _selected(torch.minimum, "max", u, v),
        "max": lambda u, v: _selected(torch.maximum, "min", u, v),
        "clip": _clip,
        LOOKUP: look_up,
        "softplus": torch.nn.functional.softplus,
    }


def _selected(function: Callable[..., Any], bound: str, u: Any, v: Any) -> Any:
    """A minimum or maximum; of a tensor and a number as torch has it, by clamping."""
    import torch

    if isinstance(u, float):
        u, v = v, u
    if not isinstance(v, float):
        return function(u, v)
    if (bound, v) == ("min", 0.0):
        return torch.relu(u)
    return torch.clamp(u, min=v) if bound == "min" else torch.clamp(u, max=v)


def _clip(u: Any, lo: Any, hi: Any) -> Any:
    import torch

    if isinstance(lo, float) and isinstance(hi, float):
        return torch.clamp(u, lo, hi)
    raised = _selected(torch.maximum, "min", u, lo)
    return _selected(torch.minimum, "max", raised, hi)


def function_of(tree: Node) -> Callable[[Any], Any]:
    """A tree as a function of tensors."""
    from actx.torch.tables import leaf_value

    program = Program([tree], operations(), leaf_value, by=code_form)

    def function(x: Any) -> Any:
        value = program(x)[0]
        return value if hasattr(value, "shape") else x * 0 + value

    return function


@cache
def _native() -> Mapping[Node, tuple[str, Mapping[str, object]]]:
    from actx.registry import load_registry

    built_in = load_registry(user=False)
    return {read_formula(name, built_in).bound: function for name, function in NATIVE.items()}


def exported(formula: Formula) -> Callable[[Any], Any]:
    """What the exported module computes, made here from the trees and not from its text."""
    import torch

    from actx.codegen.languages.torch import FORMS, HOWS
    from actx.codegen.task import Task, chosen

    forms = chosen(Task(formula, "activation", "", formula, ()), HOWS, FORMS)
    value, slope = function_of(forms.value.form.tree), function_of(forms.slope.form.tree)
    half = (torch.float16, torch.bfloat16)

    def wide(x: Any) -> Any:
        return x.float() if x.dtype in half else x

    return differentiable(
        lambda x: value(wide(x)).to(x.dtype), lambda x, grad: grad * slope(wide(x)).to(x.dtype)
    )


def differentiable(
    value: Callable[[Any], Any], change: Callable[[Any, Any], Any]
) -> Callable[[Any], Any]:
    """A function of a tensor that keeps its input for autograd.

    change: of the input and a gradient, the derivative times the gradient.
    """
    import torch

    class Activation(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return value(x)

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            (x,) = ctx.saved_tensors
            return change(x, grad)

    apply: Callable[[Any], Any] = Activation.apply
    return apply


# A formula as a function of tensors that autograd knows, with what it is in words.
Maker = Callable[[Formula, Settings], tuple[Callable[[Any], Any], str]]


@dataclass
class Running:
    """Functions of tensors on a device; maker: of formulas."""

    settings: Settings
    size: int
    x: Any
    grad: Any
    kept: Any
    cuda: bool
    device: str
    versions: Mapping[str, str]
    maker: Maker

    def copy(self) -> object:
        return self.kept.copy_(self.x)

    def kernel(self, formula: Formula) -> Kernel:
        import torch

        function, code = self.maker(formula, self.settings)
        x, grad, tracked = self.x, self.grad, self.x.clone().requires_grad_()

        def forward() -> object:
            with torch.no_grad():
                return function(x)

        def both() -> object:
            return torch.autograd.grad(function(tracked), tracked, grad)

        try:
            forward(), both()  # as compiling takes seconds, and is no part of what is timed
            return Kernel(code, forward, both, saved_bytes(function, tracked) / x.numel())
        except RuntimeError as error:  # an operation that torch has not for this type
            raise BenchError(
                f"torch cannot compute {formula.name} in {x.dtype}: {error}."
            ) from None

    def seconds(self, call: Callable[[], object], calls: int) -> float:
        if not self.cuda:
            return clock.seconds(call, calls, self.settings.threads)
        import torch

        event: Any = torch.cuda.Event
        start, end = event(enable_timing=True), event(enable_timing=True)
        torch.cuda.synchronize()
        start.record()
        for _ in range(calls):
            call()
        end.record()
        end.synchronize()
        return float(start.elapsed_time(end)) / 1e3


def eager(formula: Formula, settings: Settings) -> tuple[Callable[[Any], Any], str]:
    """torch's own function where it has one, else the exported one; or composed, as is asked."""
    import torch

    if settings.composed:
        return function_of(formula.bound), "composed of torch's operations"
    native = _native().get(formula.bound)
    if native is None:
        return exported(formula), "exported torch module"
    name, more = native
    function = getattr(torch.nn.functional, name)
    return lambda x: function(x, **more), f"torch.nn.functional.{name}"


def saved_bytes(function: Callable[[Any], Any], x: Any) -> int:
    """The bytes of all tensors that autograd keeps for the backward pass; shared ones once."""
    import torch

    kept: dict[int, int] = {}
    alive = []  # what is freed could give its place to the next

    def keep(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        alive.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        function(x)
    return sum(kept.values())


@contextmanager
def start(settings: Settings, maker: Maker = eager) -> Iterator[Running]:
    """Run with torch; `settings.device` is "cpu", "cuda", or None for CUDA where there is some."""
    torch = optional_module("torch", "This backend needs PyTorch", "torch")
    cuda = torch.cuda.is_available() if settings.device is None else settings.device == "cuda"
    if cuda and not torch.cuda.is_available():
        raise BenchError(
            "torch finds no CUDA device here.",
            "Choose another {backend}, or cpu as {device}.",
            backend=None,
            device=None,
        )
    keep_freed_memory()
    before = torch.get_num_threads()
    torch.set_num_threads(settings.threads)
    try:
        where = torch.device("cuda" if cuda else "cpu")
        x, grad = (
            torch.from_numpy(each).to(where, getattr(torch, settings.dtype))
            for each in inputs(settings.size or (_CUDA_SIZE if cuda else None))
        )
        device = torch.cuda.get_device_name() if cuda else "CPU"
        kept, versions = torch.empty_like(x), {"torch": torch.__version__}
        yield Running(settings, x.numel(), x, grad, kept, cuda, device, versions, maker)
    finally:
        torch.set_num_threads(before)
