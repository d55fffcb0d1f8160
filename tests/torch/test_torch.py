"""The torch part against torch's own activations, mpmath, and the packages of the APTx papers."""

from __future__ import annotations

import copy
import math
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import oracle
import pytest
from mpmath import mp
from places import ROOT

import actx
from actx.calculus.values import Program
from actx.core.errors import UsageError, install_hint
from actx.language.constants import constant_value
from actx.language.operations import ARGUMENTS, OPERATIONS
from actx.language.stable import code_form, spelled_out
from actx.language.tree import Node, X, node, parameter

torch = pytest.importorskip("torch", reason="needs PyTorch")
from torch import nn  # noqa: E402

from actx.torch import (  # noqa: E402
    Activation,
    APTxNeuron,
    Morph,
    activation,
    fold,
    replace_activations,
    set_progress,
)
from actx.torch.operations import OPERATIONS as ON_TENSORS  # noqa: E402
from actx.torch.pointwise import pointwise  # noqa: E402

LIMITS = {  # formulas and their limits at both ends
    "relu": (0.0, math.inf),
    "hard-mish": (0.0, math.inf),
    "mish-one-exp": (0.0, math.inf),
    "x/(1 + abs(x))": (-1.0, 1.0),
}
DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
ULPS = 6.0  # the code aims at 4, libraries add their own


def _points(dtype: torch.dtype) -> torch.Tensor:
    """Numbers of every size that the type has, and the infinite ones."""
    top = math.log2(torch.finfo(dtype).max) - 0.01
    far = 2.0 ** torch.linspace(-20, top, 60, dtype=torch.float64)
    near = torch.linspace(-8, 8, 129, dtype=torch.float64)
    ends = torch.tensor([math.inf, -math.inf], dtype=torch.float64)
    return torch.cat([far, -far, near, ends]).to(dtype)


def _ulp(value: float, dtype: torch.dtype) -> float:
    info = torch.finfo(dtype)
    size = max(abs(value), info.tiny)
    return float(info.eps * 2.0 ** math.floor(math.log2(size)))


# Operations


def on_tensors(name: str) -> Any:
    """The operation as a function of tensors: torch's, or through others."""
    places = [parameter(n) for n in ARGUMENTS[: OPERATIONS[name].arity]]
    tree = spelled_out(node(name, *places), ON_TENSORS, code_form)

    def no_constant(tree: Node) -> torch.Tensor:
        return torch.tensor(constant_value(tree), dtype=torch.float64)

    program = Program([tree], ON_TENSORS, no_constant, ARGUMENTS[: len(places)])
    return lambda *args: program(args[0], *args)[0]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16])
@pytest.mark.parametrize("text", ["{-2: 0, -1: 3, 0.5: 1, 2: 4}(x)", "x*{0; 0: 1, 2; 1: 5}(2x)"])
def test_a_table_and_its_slope(text: str, dtype: torch.dtype) -> None:
    formula = actx.formula(text)
    points = torch.linspace(-3.01, 3.01, 1001, dtype=dtype)
    x = points.clone().requires_grad_()
    pointwise(formula.bound)(x).sum().backward()
    unit = {torch.float64: 1e-14, torch.float32: 1e-5, torch.float16: 2e-2}[dtype]
    exact = points.double().numpy()
    with torch.no_grad():
        values = pointwise(formula.bound)(x).double().numpy()
    assert values == pytest.approx(formula(exact), rel=unit, abs=unit)
    assert x.grad is not None
    assert x.grad.double().numpy() == pytest.approx(formula.derivative()(exact), rel=unit, abs=unit)
    assert torch.isnan(pointwise(formula.bound)(torch.tensor([math.nan], dtype=dtype))).all()


@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - {"lookup"}))
def test_operations_agree_with_mpmath(name: str) -> None:
    rng = np.random.default_rng(1)
    arity = OPERATIONS[name].arity
    tree = node(name, *(X, parameter("v"), parameter("w"))[:arity])
    checked = 0
    for u, v, w in [*rng.uniform(-3, 3, (80, 3)).tolist(), [1.0, 1.0, 2.0], [0.0, 0.0, 1.0]]:
        if name in ("log", "sqrt", "log1p", "pow", "root_sum", "div"):
            u, v = abs(u) + 0.1, abs(v) + 0.1
        arguments = [torch.tensor(each, dtype=torch.float64) for each in (u, v, w)[:arity]]
        try:
            expected = oracle.value(tree, u, v=v, w=w)
        except ZeroDivisionError:
            continue
        if isinstance(expected, mp.mpc) or not mp.isfinite(expected):
            continue  # outside of what it is defined on
        got = float(on_tensors(name)(*arguments))
        assert got == pytest.approx(float(expected), rel=1e-14, abs=1e-300)
        checked += 1
    assert checked >= 10


@pytest.mark.parametrize("name", ["sign", "min", "max", "clip", "relu", "sigmoid", "softplus"])
def test_operations_pass_nan_on(name: str) -> None:
    one = torch.tensor(1.0)
    arguments = [torch.tensor(math.nan), one, 2 * one][: OPERATIONS[name].arity]
    assert torch.isnan(on_tensors(name)(*arguments))


# Values and derivatives


def _true(text: str, at: float) -> Any:
    """The value by mpmath; at x = ±inf the limit."""
    if math.isinf(at):
        return LIMITS[text][at > 0]
    if text == "mish-one-exp" and abs(at) > 1000:  # x or 0 to more than all digits
        return max(at, 0.0)
    with mp.workdps(30 + int(min(abs(at), 1000))):
        return oracle.value(actx.formula(text).bound, at)


@pytest.mark.parametrize("text", LIMITS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_values_are_right_in_every_type(text: str, dtype: torch.dtype) -> None:
    x = _points(dtype)
    found = activation(text)(x)
    assert found.dtype == dtype
    for at, y in zip(x.tolist(), found.tolist(), strict=True):
        expected = _true(text, at)
        if abs(expected) > torch.finfo(dtype).max:
            assert y == math.copysign(math.inf, expected)
        else:
            assert abs(float(expected - mp.mpf(y))) <= ULPS * _ulp(float(expected), dtype), at


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("mish", nn.Mish()),
        ("swish", nn.SiLU()),
        ("hard-swish", nn.Hardswish()),
        ("relu", nn.ReLU()),
        ("leaky-relu", nn.LeakyReLU()),
    ],
)
def test_values_and_gradients_are_those_of_torchs_own(name: str, own: nn.Module) -> None:
    at = torch.randn(2000, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 4
    at = torch.cat([at, torch.tensor([0.0, 1e3, -1e3], dtype=torch.float64)])
    x, same = at.clone().requires_grad_(), at.clone().requires_grad_()
    y, expected = activation(name)(x), own(same)
    torch.testing.assert_close(y, expected, rtol=1e-13, atol=1e-13)
    weights = torch.linspace(-1, 1, len(at), dtype=torch.float64)
    (y * weights).sum().backward()
    (expected * weights).sum().backward()
    torch.testing.assert_close(x.grad, same.grad, rtol=1e-12, atol=1e-12)


def test_derivatives_of_every_order() -> None:
    x = torch.linspace(-3, 3, 7, dtype=torch.float64, requires_grad=True)
    module = activation("x*sigmoid(x)")
    assert torch.autograd.gradcheck(module, (x,))
    assert torch.autograd.gradgradcheck(module, (x,))
    thirds = []
    for function in (module, lambda at: at * torch.sigmoid(at)):
        y = function(x)
        for _ in range(3):
            (y,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        thirds.append(y)
    torch.testing.assert_close(*thirds, rtol=1e-9, atol=1e-9)


def test_at_a_breakpoint_the_slope_is_that_of_the_left() -> None:
    x = torch.tensor([-3.0, 2.0], requires_grad=True)
    activation("hard-mish")(x).sum().backward()
    assert x.grad is not None
    assert x.grad[0] == 0
    assert float(x.grad[1]) == pytest.approx(1.4)


def test_only_the_input_is_kept_for_backward() -> None:
    kept: list[torch.Tensor] = []

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept.append(tensor)
        return tensor

    module = activation("mish-one-exp")
    x = torch.randn(64, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        y = module(x)
    assert [tensor.data_ptr() for tensor in kept] == [x.data_ptr()]
    y.sum().backward()
    assert x.grad is not None


def test_half_types_are_computed_in_float32_and_rounded_once() -> None:
    module = activation("hard-mish")
    for dtype in (torch.float16, torch.bfloat16):
        x = torch.randn(500).to(dtype).requires_grad_()
        wide = x.detach().float().requires_grad_()
        module(x).backward(torch.full_like(x, 0.3))
        module(wide).backward(torch.full_like(wide, float(torch.tensor(0.3, dtype=dtype))))
        assert torch.equal(module(x), module(wide).to(dtype))
        assert x.grad is not None
        assert wide.grad is not None
        assert torch.equal(x.grad, wide.grad.to(dtype))


def test_shapes_constants_and_the_identity() -> None:
    for shape in ((), (3,), (2, 0, 4), (2, 3, 4)):
        x = torch.randn(shape, requires_grad=True)
        for text, slope in (("x", 1.0), ("2", 0.0), ("3*x", 3.0)):
            y = activation(text)(x)
            assert y.shape == x.shape
            (grad,) = torch.autograd.grad(y.sum(), x)
            assert torch.equal(grad, torch.full_like(x, slope))
    x = torch.randn(4)
    y = activation("x")(x)
    y += 1
    assert not torch.equal(x, y), "the values are not the input itself"


def test_a_function_that_cannot_be_analysed_still_has_values() -> None:
    x = torch.linspace(-20, 20, 9, dtype=torch.float64)
    torch.testing.assert_close(activation("x + sin(x)")(x), x + torch.sin(x))


def test_functional_transforms() -> None:
    module = activation("x*sigmoid(x)")
    x = torch.linspace(-2, 2, 5, dtype=torch.float64)
    found = torch.func.vmap(torch.func.grad(lambda at: module(at)))(x)
    s = torch.sigmoid(x)
    torch.testing.assert_close(found, s + x * s * (1 - s))


def test_integers_are_refused() -> None:
    with pytest.raises(UsageError, match="floating-point"):
        activation("relu")(torch.tensor([1, 2]))


@pytest.mark.long
@pytest.mark.parametrize("name", [entry.name for entry in actx.load_registry().entries])
def test_the_whole_registry(name: str) -> None:
    formula = actx.formula(name)
    module = activation(name)
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 2e-5)):
        x = _points(dtype)
        x = x[x != x[59]].requires_grad_()  # without the largest, where NumPy's values overflow
        y = module(x)
        expected = torch.from_numpy(formula(x.detach().double().numpy())).to(dtype)
        torch.testing.assert_close(y.detach(), expected, rtol=tolerance, atol=tolerance)
        y.sum().backward()
        slope = formula.derivative()(x.detach().double().numpy())
        at = np.nan_to_num(x.detach().double().numpy(), posinf=0, neginf=0)
        inside = at * 8 % 1 != 0  # not at a breakpoint
        assert x.grad is not None
        torch.testing.assert_close(
            x.grad[inside], torch.from_numpy(slope[inside]).to(dtype), rtol=1e-4, atol=1e-4
        )


# Parameters


def test_parameters_are_trained() -> None:
    module = activation("swish", set={"beta": 1.5}, trainable=True).double()
    assert [name for name, _ in module.named_parameters()] == ["beta"]
    x = torch.randn(6, dtype=torch.float64, requires_grad=True)

    def function(at: torch.Tensor, beta: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(module, {"beta": beta}, (at,))

    beta = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(function, (x, beta))
    assert torch.autograd.gradgradcheck(function, (x, beta))


def test_a_parameter_may_have_the_name_of_a_method() -> None:
    module = activation("half*x", set={"half": 0.5}, trainable=True)
    assert dict(module.named_parameters()).keys() == {"half_"}
    assert module(torch.tensor(3.0)).item() == 1.5


def test_a_missing_value_is_an_error() -> None:
    for trainable in (False, True):
        with pytest.raises(UsageError, match="needs a value for a"):
            activation("a*x", trainable=trainable)


def test_aptx_is_that_of_its_package() -> None:
    theirs = pytest.importorskip("aptx_activation", reason="needs the package aptx-activation")
    other = theirs.APTx(1.2, 0.7, 0.4, trainable=True)
    ours = activation("aptx", set={"alpha": 1.2, "beta": 0.7, "gamma": 0.4}, trainable=True)
    x = torch.randn(300)
    ours(x).sum().backward()
    other(x).sum().backward()
    torch.testing.assert_close(ours(x), other(x), rtol=1e-5, atol=1e-6)
    for name in ("alpha", "beta", "gamma"):
        torch.testing.assert_close(getattr(ours, name).grad, getattr(other, name).grad)


# Copies


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_give_the_same_values(copied: Callable[[nn.Module], nn.Module]) -> None:
    blend = Morph("relu", "hard-mish", "cosine")
    blend.set_t(0.3)
    model = nn.Sequential(nn.Linear(3, 3), activation("x*sigmoid(a*x)", set={"a": 2}), blend)
    x = torch.randn(5, 3)
    assert torch.equal(copied(model)(x), model(x))


# Blends


def test_the_ends_of_a_blend_are_the_activations_bit_for_bit() -> None:
    x = torch.cat([torch.randn(500) * 5, torch.tensor([math.inf, 0.0])])
    own = nn.Mish()  # which is NaN at -inf
    blend = Morph(own, "hard-mish")
    assert torch.equal(blend(x), own(x))
    blend.set_t(1)
    assert torch.equal(blend(x), activation("hard-mish")(x))
    blend.set_t(0.25)
    finite = x[:-2]
    expected = 0.75 * own(finite) + 0.25 * activation("hard-mish")(finite)
    torch.testing.assert_close(blend(finite), expected)


def test_the_end_that_is_left_out_is_not_computed() -> None:
    class Fails(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise AssertionError

    x = torch.randn(3)
    Morph("relu", Fails())(x)
    blend = Morph(Fails(), "relu")
    blend.set_t(1.0)
    blend(x)


@pytest.mark.parametrize("t", [-0.1, 1.1, math.nan, math.inf])
def test_a_blend_out_of_range_is_refused(t: float) -> None:
    blend = Morph("relu", "hard-mish")
    blend.set_t(0.5)
    for change in (blend.set_t, blend.step):
        with pytest.raises(UsageError, match="from 0"):
            change(t)
    with pytest.raises(UsageError, match="no layer 2"):
        blend.step(0.5, 2, 2)
    assert float(blend.t) == 0.5
    with pytest.raises(UsageError, match="no schedule"):
        Morph("relu", "hard-mish", "squared")


def test_t_is_saved_with_the_model() -> None:
    first, second = Morph("relu", "hard-mish"), Morph("relu", "hard-mish")
    first.set_t(0.3)
    second.load_state_dict(first.state_dict())
    x = torch.randn(50)
    assert torch.equal(first(x), second(x))
    assert not torch.equal(second(x), Morph("relu", "hard-mish")(x))


def test_progress_sets_layers_one_after_another() -> None:
    model = nn.Sequential(*[Morph("relu", "hard-mish", "per-layer") for _ in range(3)])
    set_progress(model, 0.5)
    assert [float(blend.t) for blend in model] == [1.0, 0.5, 0.0]
    set_progress(model, 1.0)
    assert all(blend.finished for blend in model)
    with pytest.raises(UsageError, match="no blend"):
        set_progress(nn.Linear(1, 1), 0.5)


def test_folding_gives_the_same_values() -> None:
    shared = Morph("relu", "hard-mish")
    model = nn.Sequential(
        nn.Linear(4, 4), shared, nn.Sequential(nn.Linear(4, 4), shared), Morph(nn.Mish(), "relu")
    )
    set_progress(model, 1)
    x = torch.randn(9, 4)
    before = model(x)
    assert fold(model) is model
    assert torch.equal(model(x), before)
    assert isinstance(model[1], Activation)
    assert model[1] is model[2][1]
    assert not [module for module in model.modules() if isinstance(module, Morph)]
    with pytest.raises(UsageError, match="no blend"):
        fold(model)


def test_a_blend_that_is_not_finished_is_not_folded() -> None:
    model = nn.Sequential(Morph("relu", "hard-mish"), Morph("relu", "hard-mish"))
    model[0].set_t(1)
    model[1].set_t(0.75)
    with pytest.raises(UsageError, match=r"not finished: 1 \(t = 0\.75\)"):
        fold(model)
    assert isinstance(model[0], Morph)


def test_a_blend_alone_and_one_in_another_are_folded() -> None:
    outer = Morph("relu", Morph("relu", "hard-mish"))
    for blend in (outer, outer.to_):
        blend.set_t(1)
    folded = fold(outer)
    assert isinstance(folded, Activation)
    assert folded.name == "hard-mish"


# Replacing


class Block(nn.Module):
    def __init__(self, act: nn.Module) -> None:
        super().__init__()
        self.inner = nn.Linear(4, 4)
        self.act = act

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.mish(self.act(self.inner(x)))


def _model() -> nn.Sequential:
    shared = nn.Mish()
    return nn.Sequential(Block(shared), Block(nn.ReLU()), Block(shared), nn.Hardswish())


def _places(result: object) -> list[str]:
    return [each.name for each in result.replaced]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("old", "places"),
    [
        (nn.Mish, ["0.act", "2.act"]),
        ((nn.Mish, nn.ReLU), ["0.act", "1.act", "2.act"]),
        ("*.act", ["0.act", "1.act", "2.act"]),
        ("[12].act", ["1.act", "2.act"]),
        ("hard-swish", ["3"]),
        ("mish", ["0.act", "2.act"]),
        (("1.*", "3"), ["1.inner", "1.act", "3"]),
    ],
)
def test_replacing_by_type_and_by_name(old: object, places: Sequence[str]) -> None:
    model = _model()
    result = replace_activations(model, old, "hard-mish")  # type: ignore[arg-type]
    assert _places(result) == places
    for name in places:
        assert isinstance(model.get_submodule(name), Activation)
    untouched = {"0.act", "1.act", "2.act", "3"} - set(places)
    assert not any(isinstance(model.get_submodule(name), Activation) for name in untouched)


def test_a_shared_module_stays_shared() -> None:
    model = _model()
    result = replace_activations(model, nn.Mish, lambda old: Morph(old, "relu"))
    assert model[0].act is model[2].act
    assert isinstance(model[0].act, Morph)
    assert [each.shared_with for each in result.replaced] == [None, "0.act"]
    model = nn.Sequential(nn.Mish(), nn.Mish())
    replace_activations(model, nn.Mish, activation("relu"))
    assert model[0] is not model[1], "each module has its own copy"


def test_a_block_that_is_used_twice() -> None:
    block = Block(nn.Mish())
    model = nn.Sequential(block, block)
    result = replace_activations(model, nn.Mish, "relu")
    assert _places(result) == ["0.act", "1.act"]
    assert isinstance(block.act, Activation)


def test_the_report_prints_itself() -> None:
    text = str(replace_activations(_model(), nn.Mish, "hard-mish"))
    assert text.splitlines()[:3] == [
        "Replaced 2 activations:",
        "  0.act  Mish -> hard-mish",
        "  2.act  Mish -> hard-mish (the same module as 0.act)",
    ]
    assert "inside forward" in text


def test_replacing_again_finds_formulas_but_not_the_inside_of_blends() -> None:
    model = _model()
    replace_activations(model, nn.Mish, "hard-mish")
    assert _places(replace_activations(model, "hard_mish", "relu")) == ["0.act", "2.act"]
    blends = nn.Sequential(Morph(nn.Mish(), "relu"))
    with pytest.raises(UsageError, match=r"0 \(Mish to relu\)"):
        replace_activations(blends, nn.Mish, "relu")


def test_nothing_to_replace_names_what_there_is() -> None:
    with pytest.raises(UsageError, match=r"no GELU.*0\.act \(Mish\), 1\.act \(ReLU\).*forward"):
        replace_activations(_model(), nn.GELU, "hard-mish")
    with pytest.raises(UsageError, match="no other activation module"):
        replace_activations(nn.Sequential(nn.Linear(1, 1)), "mish", "hard-mish")
    with pytest.raises(UsageError, match="The model itself is Mish"):
        replace_activations(nn.Mish(), nn.Mish, "hard-mish")
    with pytest.raises(UsageError, match="inside forward"):
        replace_activations(_model(), nn.functional.mish, "hard-mish")  # type: ignore[arg-type]


def test_an_error_in_the_new_formula_leaves_the_model() -> None:
    model = _model()
    for new in ("hard-mihs", "a*x", 3, lambda old: None):
        with pytest.raises(actx.ActxError):
            replace_activations(model, nn.Mish, new)  # type: ignore[arg-type]
    assert isinstance(model[0].act, nn.Mish)


def test_mode_and_inputs_survive() -> None:
    model = _model().eval()
    replace_activations(model, nn.Mish, lambda old: Morph(old, "relu"))
    assert not model[0].act.training
    x = torch.randn(2, 4)
    assert torch.equal(model(x), _with_weights(_model(), model)(x)), "t = 0 changes nothing"


def _with_weights(model: nn.Module, other: nn.Module) -> nn.Module:
    model.load_state_dict(other.state_dict(), strict=False)
    return model


# The APTx neuron


@pytest.mark.parametrize("alpha_trainable", [True, False])
@pytest.mark.parametrize("delta", [True, False])
def test_the_aptx_neuron_is_that_of_its_package(alpha_trainable: bool, delta: bool) -> None:
    theirs = pytest.importorskip("aptx_neuron", reason="needs the package aptx-neuron")
    torch.manual_seed(3)
    other = theirs.aptx_layer(5, 4, is_alpha_trainable=alpha_trainable, use_delta=delta)
    torch.manual_seed(3)
    ours = APTxNeuron(5, 4, alpha_trainable=alpha_trainable, delta=delta)
    for name, value in other.state_dict().items():
        assert torch.equal(ours.state_dict()[name], value), "the same seed, the same values"
    with torch.no_grad():
        for parameter_ in other.parameters():
            parameter_.add_(0.1 * torch.randn_like(parameter_))
    ours.load_state_dict(other.state_dict())
    x, same = (torch.randn(7, 5, generator=torch.Generator().manual_seed(1)) for _ in range(2))
    x.requires_grad_()
    same.requires_grad_()
    torch.testing.assert_close(ours(x), other(same))
    ours(x).square().sum().backward()
    other(same).square().sum().backward()
    torch.testing.assert_close(x.grad, same.grad, rtol=1e-4, atol=1e-4)
    for name, parameter_ in other.named_parameters():
        grad = getattr(ours, name).grad
        torch.testing.assert_close(grad, parameter_.grad, rtol=1e-4, atol=1e-4)


def test_one_aptx_neuron_is_that_of_its_package() -> None:
    theirs = pytest.importorskip("aptx_neuron", reason="needs the package aptx-neuron")
    other, ours = theirs.aptx_neuron(6), APTxNeuron(6)
    state = {
        name: value.reshape(getattr(ours, name).shape) for name, value in other.state_dict().items()
    }
    ours.load_state_dict(state)
    x = torch.randn(9, 6)
    torch.testing.assert_close(ours(x), other(x))


def test_the_aptx_neuron_is_its_formula() -> None:
    layer = APTxNeuron(3, 2).double()
    x = torch.randn(2, 4, 3, dtype=torch.float64)
    y = layer(x)
    assert y.shape == (2, 4, 2)
    a, b, c, d = (getattr(layer, n).tolist() for n in ("alpha", "beta", "gamma", "delta"))
    for i in range(2):
        for j in range(4):
            for o in range(2):
                inputs = x[i, j].tolist()
                sums = [
                    c[o][k] * inputs[k] * (a[o][k] + math.tanh(b[o][k] * inputs[k]))
                    for k in range(3)
                ]
                assert y[i, j, o].item() == pytest.approx(sum(sums) + d[o], rel=1e-12)
    with pytest.raises(UsageError, match="at least one"):
        APTxNeuron(0, 2)


# The pages of docs, and no torch


def test_python_in_the_pages(capsys: Any) -> None:
    page = (ROOT / "docs" / "commands" / "finetune.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?actx\.torch.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (block,) = (each for each in blocks if "fold(model)" in each)
    names: dict[str, Any] = {}
    exec(compile(block, "finetune.md", "exec"), names)
    assert "1  Mish -> Mish to hard-mish" in capsys.readouterr().out
    assert isinstance(names["model"][1], Activation)


def test_without_torch_the_error_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from actx.core.errors import ActxError\n"
        "try: import actx.torch\n"
        "except ImportError as error: print(isinstance(error, ActxError), error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("True")
    assert install_hint("torch") in done.stdout
