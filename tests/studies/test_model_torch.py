"""Modules of PyTorch's: what its exporters write is found and named, and what is chosen goes back.

Truth is PyTorch's own forward.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import actx
from actx.calculus.reading import formula

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

F, nn = torch.nn.functional, torch.nn

X = np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32)

# By what it is written as: what it is, the function, the values of parameters.
WRITTEN: dict[str, tuple[str, Callable[[Any], Any], dict[str, float]]] = {
    "Mish": ("mish", F.mish, {}),
    "Mish of softplus and tanh": ("mish", lambda x: x * torch.tanh(F.softplus(x)), {}),
    "SiLU": ("swish", F.silu, {}),
    "GELU": ("gelu", F.gelu, {}),
    "GELU of tanh": ("gelu-tanh", lambda x: F.gelu(x, approximate="tanh"), {}),
    "hard-swish": ("hard-swish", F.hardswish, {}),
    "softplus": ("softplus", F.softplus, {}),
    "softplus of 2x": ("softplus", lambda x: F.softplus(x, beta=2), {}),
    "ELU": ("elu", F.elu, {}),
    "ELU of another alpha": ("elu", lambda x: F.elu(x, alpha=0.5), {"alpha": 0.5}),
}
EXPORTERS = {
    "traced": {"dynamo": False, "do_constant_folding": False},
    "traced and folded": {"dynamo": False, "do_constant_folding": True},
    "exported": {"dynamo": True, "verbose": False, "external_data": False},
}


class _Between(nn.Module):  # type: ignore[misc,name-defined,unused-ignore]
    """A function between two linear layers."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.first, self.second, self.function = nn.Linear(8, 8), nn.Linear(8, 8), function

    def forward(self, x: Any) -> Any:
        return self.second(self.function(self.first(x)))


@pytest.mark.parametrize("opset", [13, 17, 20])
@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("what", WRITTEN)
def test_what_an_exporter_writes_is_found_and_named(
    what: str, exporter: str, opset: int, tmp_path: Path
) -> None:
    if EXPORTERS[exporter]["dynamo"]:
        pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    name, function, values = WRITTEN[what]
    path = tmp_path / "net.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Between(function).eval(), (torch.zeros(2, 8),), str(path), opset_version=opset,
            **EXPORTERS[exporter],
        )  # fmt: skip
    (place,) = actx.model(path).activations
    assert place.registry == name
    assert place.recognised.parameters == values
    x = np.linspace(-6, 6, 101)
    wanted = function(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(formula(place.formula)(x), wanted, rtol=1e-6, atol=2e-6)


# --- modules ---


class _Block(nn.Module):  # type: ignore[misc,name-defined,unused-ignore]
    def __init__(self, act: Any) -> None:
        super().__init__()
        self.linear, self.act = nn.Linear(8, 8), act

    def forward(self, x: Any) -> Any:
        return x + self.act(self.linear(x))


@pytest.fixture(scope="module")
def module() -> Any:
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    torch.manual_seed(0)
    silu = nn.SiLU()
    return nn.Sequential(
        _Block(nn.Mish()), _Block(nn.GELU()), nn.Linear(8, 8), silu, nn.Linear(8, 8), silu
    )


def _outputs(module: Any, x: Any) -> Any:
    with torch.no_grad():
        return module.eval()(torch.from_numpy(x)).numpy()


def test_a_module_is_looked_into(module: Any) -> None:
    module.train()
    before = {name: each.clone() for name, each in module.state_dict().items()}
    found = actx.model(module, X)
    names = [place.registry for place in found.activations]
    assert names == ["mish", "gelu", "swish", "swish"]
    assert [place.module for place in found.activations] == ["0.act", "1.act", "3", "5"]
    assert found.model == Path("Sequential")
    assert found.examples == 200
    first = module[0].linear(torch.from_numpy(X)).detach().numpy()
    seen = found.activations[0].inputs
    assert seen.min == pytest.approx(first.min(), rel=1e-5)
    assert seen.max == pytest.approx(first.max(), rel=1e-5)
    assert module.training
    assert all(torch.equal(each, before[name]) for name, each in module.state_dict().items())
    again = actx.model(module, {"input": torch.from_numpy(X)})
    assert again.activations[0].inputs == seen


def test_what_was_chosen_goes_into_the_module(module: Any, tmp_path: Path) -> None:
    """It then computes what the network does that is written."""
    import onnxruntime

    new = tmp_path / "new.onnx"
    found = actx.model(module, X, replacement="x*clip(a*x+b, 0, 1)", at=["mish", 3], output=new)
    made = found.apply(module)
    assert [type(made[i]).__name__ for i in (3, 5)] == ["Activation", "SiLU"]
    assert type(module[0].act).__name__ == "Mish"
    session = onnxruntime.InferenceSession(new, providers=["CPUExecutionProvider"])
    (wanted,) = session.run(None, {session.get_inputs()[0].name: X})
    np.testing.assert_allclose(_outputs(made, X), wanted, rtol=1e-4, atol=1e-5)
    apart = np.abs(_outputs(module, X) - wanted).max()
    assert found.outputs.largest == pytest.approx(apart, rel=1e-3)


def test_it_begins_as_the_module_where_it_is_blended(module: Any) -> None:
    from actx.torch import Morph, set_progress

    found = actx.model(module, X, replacement="relu", at=["mish", "gelu"])
    blended = found.apply(module, "cosine")
    assert isinstance(blended[0].act, Morph)
    np.testing.assert_array_equal(_outputs(blended, X), _outputs(module, X))
    set_progress(blended, 1.0)
    np.testing.assert_allclose(
        _outputs(blended, X), _outputs(found.apply(module), X), rtol=1e-6, atol=1e-6
    )
    loss = blended.train()(torch.from_numpy(X)).square().mean()
    loss.backward()
    assert all(each.grad is not None for each in blended.parameters())


def test_a_search_is_of_modules_too(module: Any) -> None:
    found = actx.model(module, X, replacement="search", keep=0.9)
    made = found.apply(module)
    before, after = _outputs(module, X), _outputs(made, X)
    assert (before.argmax(-1) == after.argmax(-1)).mean() >= 0.9


def _wrong(module: Any) -> Iterator[tuple[Callable[[], Any], str]]:
    found = actx.model(module, X)
    yield lambda: found.apply(module), "no activation has a replacement"
    yield lambda: actx.model(module), "is exported with inputs"
    replaced = actx.model(module, X, replacement="relu", at="mish")
    yield lambda: replaced.apply(nn.Sequential(nn.Linear(8, 8))), "no submodule '0.act'"
    other = nn.Sequential(_Block(nn.Tanh()))
    yield lambda: replaced.apply(other), "is in no place of the module that torch.fx sees"

    class Asks(nn.Module):  # type: ignore[misc,name-defined,unused-ignore]
        def forward(self, x: Any) -> Any:
            return F.silu(x) if x.sum() > 0 else x

    called = actx.model(_Between(F.silu), X, replacement="relu")
    yield lambda: called.apply(Asks()), "torch.fx cannot trace Asks"
    twice = nn.Sequential(_Between(F.silu), _Between(F.silu))
    yield lambda: called.apply(twice), "called in 2 places that torch.fx sees, and in 1 of"

    class Untraceable(nn.Module):  # type: ignore[misc,name-defined,unused-ignore]
        def forward(self, x: Any) -> Any:
            return x if float(x.sum()) > 0 else torch.tanh(x)

    yield lambda: actx.model(Untraceable(), X), "torch.export cannot write Untraceable"
    yield lambda: actx.model(module, {"nothing": X, "more": X}), "has nothing for the input"


def test_what_cannot_be_is_said_in_a_paragraph(module: Any) -> None:
    for call, told in _wrong(module):
        with pytest.raises(actx.ActxError, match=told):
            call()


# --- functions that are called ---


class _Calls(nn.Module):  # type: ignore[misc,name-defined,unused-ignore]
    """Mish as a function, written out with a module, as a method's; SiLU as a submodule."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(5))
        self.softplus, self.act, self.drop = nn.Softplus(), nn.SiLU(), nn.Dropout(0.5)

    def forward(self, x: Any) -> Any:
        x = F.mish(self.layers[0](x))
        x = self.layers[1](x)
        x = self.drop(x * torch.tanh(self.softplus(x)))
        x = 0.5 * self.layers[2](x).tanh() + 1
        x = self.act(self.layers[3](x))
        return F.dropout(self.layers[4](x), training=self.training)


def test_calls_of_functions_are_replaced_as_onnxruntime_has_it(tmp_path: Path) -> None:
    import onnxruntime

    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    torch.manual_seed(1)
    module, new = _Calls(), tmp_path / "new.onnx"
    found = actx.model(module, X, replacement="hard-mish", at=[2, 3, "swish"], output=new)
    assert [place.registry for place in found.activations] == ["mish", "mish", "tanh", "swish"]
    made = found.apply(module)
    session = onnxruntime.InferenceSession(new, providers=["CPUExecutionProvider"])
    (wanted,) = session.run(None, {session.get_inputs()[0].name: X})
    np.testing.assert_allclose(_outputs(made, X), wanted, rtol=1e-4, atol=1e-5)
    assert np.abs(_outputs(module, X) - wanted).max() > 1e-2
    assert type(made.act).__name__ == "Activation"
    targets = [node.target for node in made.graph.nodes if node.op == "call_function"]
    assert F.mish in targets  # the first stays


def test_a_blend_of_a_call_begins_as_the_call(tmp_path: Path) -> None:
    from actx.torch import fold, set_progress

    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    module = _Calls()
    found = actx.model(module, X, replacement="relu", at=["mish", "tanh"])
    blended = found.apply(module, "linear")
    np.testing.assert_array_equal(_outputs(blended, X), _outputs(module, X))
    blended.train()(torch.from_numpy(X)).sum().backward()
    assert all(each.grad is not None for each in blended.parameters())
    set_progress(blended, 1.0)
    made = found.apply(module)
    np.testing.assert_allclose(_outputs(fold(blended), X), _outputs(made, X), rtol=1e-6, atol=1e-6)


def test_a_value_that_is_overwritten_is_no_place_of_its_own() -> None:
    """silu_ would change what is added after it."""
    from actx.torch.applying import applied

    class Overwrites(nn.Module):  # type: ignore[misc,name-defined,unused-ignore]
        def forward(self, x: Any) -> Any:
            y = x + 1
            return F.silu(y, inplace=True) + y

    class Place:
        name, formula, module, replacement = "y", "swish", None, "relu"

    with pytest.raises(actx.ActxError, match="in no place of the module"):
        applied(Overwrites(), [Place()], None)
