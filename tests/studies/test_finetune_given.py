"""`actx finetune --model`: a network that is given, trained on with another activation.

Truth is onnxruntime for what the network computes, and plain torch code for how it is trained.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import actx
from actx.core.errors import ActxError

pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

import onnx
import torch
from commands import run
from networks import Node, network, outputs, written

from actx.studies.finetune.results import BEFORE, BLEND, KEEP, SWAP, TRAIN_ON

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(120, 8)).astype(np.float32)
W, V = (RANDOM.normal(size=(8, 8)).astype(np.float32) for _ in range(2))
B = RANDOM.normal(size=8).astype(np.float32)
Y = RANDOM.integers(0, 8, 120)


def _net() -> Any:
    return network(
        [("Gemm", "xWb", "m"), ("Softplus", "m", "s"), ("Tanh", "s", "t"), ("Mul", "mt", "a"),
         ("MatMul", "aV", "y")],
        {"W": W, "V": V, "b": B},
    )  # fmt: skip


# --- operators ---

_WHOLE = {
    "1": [1], "13": [1, 3], "pic": [0, 2, 2, 2], "pads": [0, 1, 0, 2], "last": [-1], "zero": [0],
}  # fmt: skip
_PIC: list[Node] = [("Reshape", ["x", "pic"], "u")]
_FLAT: Node = ("Flatten", ["v"], "y")


def _window(**more: Any) -> dict[str, Any]:
    return {"kernel_shape": [2, 2], **more}


_FLOOR = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
# By name: nodes from x, of 8 numbers an example, to y, in rows.
OPERATORS: dict[str, list[Node]] = {
    "Conv with pads": [
        *_PIC, ("Conv", ["u", "K", "b3"], "v", {"pads": [1, 0, 1, 1], "strides": [1, 2]}), _FLAT
    ],
    "Conv, same": [*_PIC, ("Conv", ["u", "K"], "v", {"auto_pad": "SAME_UPPER"}), _FLAT],
    "Conv in groups": [*_PIC, ("Conv", ["u", "G"], "v", {"group": 2}), _FLAT],
    "ConvTranspose": [*_PIC, ("ConvTranspose", ["u", "K2"], "v", {"strides": [2, 2]}), _FLAT],
    "MaxPool": [*_PIC, ("MaxPool", ["u"], "v", _window(pads=[0, 1, 1, 0])), _FLAT],
    "AveragePool": [*_PIC, ("AveragePool", ["u"], "v", _window(pads=[1, 1, 0, 0])), _FLAT],
    "AveragePool with the edge": [
        *_PIC, ("AveragePool", ["u"], "v", _window(pads=[1, 1, 0, 0], count_include_pad=1)), _FLAT
    ],
    "global pools": [
        *_PIC, ("GlobalAveragePool", ["u"], "p"), ("GlobalMaxPool", ["u"], "q"),
        ("Concat", ["p", "q"], "v", {"axis": 1}), _FLAT,
    ],
    "BatchNormalization": [
        *_PIC, ("BatchNormalization", ["u", "s2", "s2", "s2", "s2"], "v"), _FLAT
    ],
    "LayerNormalization": [("LayerNormalization", ["x", "b"], "y")],
    "Resize": [*_PIC, ("Resize", ["u", "", "scales"], "v", _FLOOR), _FLAT],
    "Gemm": [("Gemm", ["x", "W", "b"], "y", {"transB": 1, "alpha": 0.5, "beta": 2.0})],
    "Softmax": [("Softmax", "x", "y")],
    "LogSoftmax": [("LogSoftmax", "x", "y", {"axis": 1})],
    "sums": [
        ("ReduceMean", "x", "a", {"axes": [1]}), ("ReduceSum", ["x", "1"], "c"),
        ("ReduceMax", "x", "d", {"axes": [-1], "keepdims": 0}), ("Unsqueeze", ["d", "1"], "e"),
        ("Sum", "ace", "f"), ("Max", "xf", "g"), ("Min", "gxb", "m"), ("Mean", "mx", "y"),
    ],
    "shapes": [
        ("Slice", ["x", "1", "last", "1"], "a"), ("Pad", ["a", "pads"], "c"),
        ("Transpose", "c", "d", {"perm": [1, 0]}), ("Transpose", "d", "e"), ("Mul", "eh", "f"),
        ("Unsqueeze", ["f", "1"], "g"), ("Squeeze", ["g", "1"], "m"), ("Dropout", "m", "n"),
        ("Gather", ["n", "13"], "y", {"axis": 1}),
    ],
    "a shape that is computed": [
        ("Shape", "x", "a"), ("Gather", ["a", "zero"], "c"),
        ("Concat", ["c", "last"], "d", {"axis": 0}), ("Reshape", ["x", "d"], "e"),
        ("ConstantOfShape", "a", "f"), ("Expand", ["b", "a"], "g"), ("Sum", "efg", "y"),
    ],
    "Split": [("Split", "x", "a", {"axis": 1}), ("Mul", ["a", "a2"], "y")],
    "Where and comparisons": [
        ("Less", "xb", "a"), ("Not", "a", "c"), ("GreaterOrEqual", "xb", "d"),
        ("And", "cd", "e"), ("Where", "exb", "f"), ("Cast", "a", "g", {"to": 1}),
        ("Add", "fg", "y"),
    ],
    "arithmetic": [
        ("Mul", "xx", "a"), ("Add", "ah", "c"), ("Sqrt", "c", "d"), ("Div", "xd", "e"),
        ("Pow", "ch", "f"), ("Reciprocal", "f", "g"), ("Sub", "eg", "m"), ("Neg", "m", "y"),
    ],
    "pointwise ones": [
        ("Elu", "x", "a"), ("HardSwish", "a", "c"), ("Softplus", "c", "d"), ("Erf", "d", "e"),
        ("Clip", "ehk", "f"), ("LeakyRelu", "f", "g"), ("PRelu", "gb", "m"), ("Exp", "m", "y"),
    ],
}  # fmt: skip
_CONSTANTS = {
    **{name: np.array(value, np.int64) for name, value in _WHOLE.items()},
    "W": W, "b": B, "h": 0.5, "k": 0.75, "scales": np.array([1, 1, 2, 2], np.float32),
    "K": RANDOM.normal(size=(3, 2, 2, 2)), "b3": RANDOM.normal(size=3),
    "K2": RANDOM.normal(size=(2, 3, 2, 2)), "G": RANDOM.normal(size=(4, 1, 2, 2)),
    "s2": np.array([0.5, 2.0]),
}  # fmt: skip


def _of(nodes: list[Node]) -> Any:
    used = {name for node in nodes for name in node[1]}
    held = {
        name: np.asarray(value, np.int64 if name in _WHOLE else np.float32)
        for name, value in _CONSTANTS.items()
        if name in used
    }
    proto = network(nodes, held)
    for node in proto.graph.node:
        if node.op_type == "Split":
            node.output.append("a2")
    proto.graph.output[0].type.tensor_type.shape.dim[1].dim_param = "m"
    return proto


@pytest.mark.parametrize("what", OPERATORS)
def test_operators_compute_what_onnxruntime_does(what: str, tmp_path: Path) -> None:
    from actx.studies.finetune.given.network import OnnxModule
    from actx.studies.model.files import load

    proto = _of(OPERATORS[what])
    module = OnnxModule(load(written(proto, tmp_path)), {}, "y", False)
    x = torch.tensor(X[:5], requires_grad=True)
    made = module(x)
    np.testing.assert_allclose(
        made.detach().numpy(), outputs(proto, X[:5])[0], rtol=2e-5, atol=2e-6
    )
    made.sum().backward()
    assert x.grad is not None
    assert all(each.grad is not None for each in module.parameters())


# --- training ---


def _plain(epochs: int, rate: float) -> tuple[list[float], Any, Any]:
    """The same with torch alone: the losses, the module, and the examples that are held back."""
    order = np.random.default_rng(0).permutation(120)
    testing, training = order[:30], order[30:]
    first, second = torch.nn.Linear(8, 8), torch.nn.Linear(8, 8, bias=False)
    module = torch.nn.Sequential(first, torch.nn.Mish(), second)
    with torch.no_grad():
        first.weight.copy_(torch.tensor(W.T))
        first.bias.copy_(torch.tensor(B))
        second.weight.copy_(torch.tensor(V.T))
    x, y = torch.tensor(X[training]), torch.tensor(Y[training])
    optimizer = torch.optim.Adam(module.parameters(), lr=rate)
    losses = []
    for epoch in range(epochs):
        total = 0.0
        order_ = torch.randperm(90, generator=torch.Generator().manual_seed(epoch))
        for batch in order_.split(32):
            loss = torch.nn.functional.cross_entropy(module(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / 90)
    return losses, module, testing


def test_a_network_is_trained_on_as_plain_torch_does_it(tmp_path: Path) -> None:
    found = actx.finetune(
        None, "relu", model=written(_net(), tmp_path), data=X, labels=Y, tune_epochs=4, seeds=1,
        rate=0.01,
    )  # fmt: skip
    losses, module, testing = _plain(4, 0.01)
    kept = found.way(KEEP).runs[0]
    assert kept.losses == pytest.approx(losses, rel=1e-4)
    right = (module(torch.tensor(X[testing])).argmax(1).numpy() == Y[testing]).mean()
    assert kept.accuracy == pytest.approx(right)
    assert (found.from_, found.network.changed, found.network.weights) == ("mish", 1, 136)
    assert [way.name for way in found.ways] == [BEFORE, KEEP, SWAP, TRAIN_ON, BLEND]
    before = outputs(_net(), X)[0].argmax(-1)[testing]
    assert found.way(BEFORE).accuracy.mean == pytest.approx((before == Y[testing]).mean())
    swapped = np.maximum(X @ W + B, 0) @ V
    right = (swapped.argmax(-1)[testing] == Y[testing]).mean()
    assert found.way(SWAP).accuracy.mean == pytest.approx(right)


def test_what_is_written_is_what_was_trained(tmp_path: Path) -> None:
    """ReLU stands where Mish did, the weights are others, and onnxruntime is as often right."""
    new = tmp_path / "new.onnx"
    found = actx.finetune(
        "mish", "relu", model=written(_net(), tmp_path), data=X, tune_epochs=3, seeds=1, output=new
    )
    assert found.way(BEFORE).accuracy.mean == 1.0  # what the network itself says
    assert found.written == str(new)
    assert [place.registry for place in actx.model(new).activations] == ["relu"]
    testing = np.random.default_rng(0).permutation(120)[:30]
    says, said = (outputs(p, X)[0].argmax(-1)[testing] for p in (onnx.load(new), _net()))
    assert found.way(found.written_way).accuracy.mean == pytest.approx((says == said).mean())
    held = {
        each.name: onnx.numpy_helper.to_array(each) for each in onnx.load(new).graph.initializer
    }
    assert held["W"].shape == W.shape
    assert 0 < np.abs(held["W"] - W).max() < 0.1


def test_probabilities_are_trained_as_such(tmp_path: Path) -> None:
    proto = _net()
    proto.graph.node.add(op_type="Softmax", input=["y"], output=["p"])
    proto.graph.output[0].name = "p"
    asked = {"data": X, "labels": Y, "tune_epochs": 2, "seeds": 1}
    with_, without = (
        actx.finetune("mish", "relu", model=written(each, tmp_path, name), **asked).way(BLEND)
        for each, name in ((proto, "p.onnx"), (_net(), "y.onnx"))
    )
    assert with_.runs[0].losses == pytest.approx(without.runs[0].losses, rel=1e-4)


def test_a_module_is_trained_on_and_stays() -> None:
    pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    module = torch.nn.Sequential(torch.nn.Linear(8, 6), torch.nn.SiLU(), torch.nn.Linear(6, 3))
    before = {name: each.clone() for name, each in module.state_dict().items()}
    found = actx.finetune("silu", "relu", model=module, data=X, tune_epochs=1, seeds=1)
    assert (found.network.changed, found.classes) == (1, 3)
    assert all(torch.equal(each, before[name]) for name, each in module.state_dict().items())


def test_the_command_trains_a_network_on_and_goes_on(tmp_path: Path) -> None:
    path, new, folder = written(_net(), tmp_path), tmp_path / "new.onnx", tmp_path / "kept"
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    asked = ["finetune", "--model", str(path), "--data", str(tmp_path / "x.npy"), "--labels",
             str(tmp_path / "y.npy"), "--to", "relu", "--tune-epochs", "2",
             "--seeds", "1"]  # fmt: skip
    done = run(*asked, "-o", str(new), "--checkpoint", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert "from mish to relu in net.onnx" in done.stdout
    assert "mish, as given" in done.stdout
    assert new.exists()
    again = run(*asked, "--resume", str(folder), "--json")
    told = json.loads(again.stdout)
    assert told["network"]["labelled"]
    given = {"model": path, "labels": Y, "tune_epochs": 2, "seeds": 1, "resume": True}
    whole = actx.finetune(None, "relu", data=X, checkpoint=folder, **given)
    assert whole.way(BLEND).accuracy.mean == told["ways"][-1]["accuracy"]["mean"]
    with pytest.raises(ActxError, match=r"data \(a digest\) is"):
        actx.finetune(None, "relu", data=2 * X, checkpoint=folder, **given)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no data": ({"data": None}, "Give data"),
    "hidden layers": ({"hidden": (8,)}, "Leave out hidden"),
    "epochs": ({"epochs": 3}, "Leave out epochs; tune_epochs says"),
    "pruning": ({"prune": "magnitude"}, "Leave out prune"),
    "no such activation": ({"from_": "gelu"}, "no activation 'gelu'"),
    "labels beyond": ({"labels": np.full(120, 9)}, "a label 9; the network has 8 entries"),
    "too few labels": ({"labels": np.zeros(3)}, "3 labels; there are 120 examples"),
    "one example": ({"data": X[:1]}, "there is one"),
    "a parameter without a value": ({"to": "x*sigmoid(a*x)"}, "needs a value for a"),
    "two networks": ({"output": ["a.onnx", "b.onnx"]}, "one new network"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_use_is_said_in_a_paragraph(what: str, tmp_path: Path) -> None:
    asked, told = WRONG[what]
    given = {"from_": None, "to": "relu", "model": written(_net(), tmp_path), "data": X, **asked}
    with pytest.raises(ActxError, match=told):
        actx.finetune(**given)


def test_what_only_a_given_network_has_is_said() -> None:
    for name, value in (("data", X), ("labels", Y)):
        with pytest.raises(ActxError, match=f"Give {name} with model"):
            actx.finetune("mish", "relu", **{name: value})
    with pytest.raises(ActxError, match="Give from_"):
        actx.finetune(None, "relu")


def test_a_network_that_is_made_is_written_for_data_as_it_comes(tmp_path: Path) -> None:
    """A Mish network: it is as often right as is told, on rows that nothing was done to."""
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    from sklearn.model_selection import train_test_split

    path = tmp_path / "mish.onnx"
    found = actx.finetune("relu", "mish", dataset="wine", epochs=4, seeds=1, output=path)
    x, y = datasets.load_wine(return_X_y=True)
    _, test_x, _, test_y = train_test_split(x, y, test_size=0.25, random_state=0, stratify=y)
    (rows,) = outputs(onnx.load(path), test_x.astype(np.float32))
    right = (rows.argmax(-1) == test_y).mean()
    assert right > 0.8
    assert found.way(found.written_way).accuracy.mean == pytest.approx(right)
    places = actx.model(path, x.astype(np.float32)).activations
    assert [place.registry for place in places] == ["mish", "mish"]


def test_operators_that_are_not_trained_are_named(tmp_path: Path) -> None:
    nodes: list[Node] = [("Tanh", "x", "t"), ("CumSum", ["t", "1"], "y")]
    proto = network(nodes, {"1": np.array(1, np.int64)})
    with pytest.raises(ActxError, match="operator 'CumSum', which is not trained here"):
        actx.finetune("tanh", "relu", model=written(proto, tmp_path), data=X)
    plain = network([("Tanh", "x", "y")])
    with pytest.raises(ActxError, match="no weights"):
        actx.finetune("tanh", "relu", model=written(plain, tmp_path), data=X)
