"""A network with other activations computes what it should, and what that does is told.

What the new file computes is held against the formulas over the tensors that the old one makes.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import actx
from actx.calculus.reading import formula

pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

import onnx
from commands import run
from networks import network, outputs, written

X = np.random.default_rng(0).normal(size=(70, 8)).astype(np.float32) * 2
W = np.random.default_rng(1).normal(size=(8, 8)).astype(np.float32)


def _two(**more: Any) -> Any:
    """A Mish written out and a scaled hard-swish, with a product by weights before each."""
    return network(
        [("MatMul", "xW", "m"), ("Softplus", "m", "s"), ("Tanh", "s", "t"), ("Mul", "mt", "a"),
         ("MatMul", "aW", "n"), ("Mul", "nA", "v"), ("Add", "v3", "u"), ("Clip", "u06", "c"),
         ("Div", "c6", "g"), ("Mul", "vg", "h"), ("Mul", "hC", "k"), ("Add", "kD", "y")],
        {"W": W, "A": 0.5, "3": 3, "0": 0, "6": 6, "C": 0.75, "D": -0.25},
        **more,
    )  # fmt: skip


@pytest.mark.parametrize("opset", [11, 13, 17, 20])
def test_the_new_network_computes_the_new_formula(opset: int, tmp_path: Path) -> None:
    """With the scale and shift of the place; nodes of the old formula are gone, all else stays."""
    proto = _two(opset=opset)
    new = tmp_path / "new.onnx"
    found = actx.model(written(proto, tmp_path), replacement="relu", at=2, output=new)
    assert found.written == new
    made = onnx.load(new)
    onnx.checker.check_model(made, full_check=True)
    assert made.opset_import == proto.opset_import
    assert made.graph.initializer == proto.graph.initializer
    assert "Softplus" in {node.op_type for node in made.graph.node}
    assert not {"Clip", "Div"} & {node.op_type for node in made.graph.node}
    assert made.graph.node[:5] == proto.graph.node[:5]
    proto.graph.output.add().name = "n"
    (n,) = outputs(proto, X, "n")
    (y,) = outputs(made, X, "y")
    np.testing.assert_allclose(y, 0.75 * np.maximum(0.5 * n, 0) - 0.25, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "other", ["gelu", "hard-mish", "x*clip(0.37x+0.5,0,1)", "elu", "mish", "x if x > 0 else 0.1x"]
)
def test_any_formula_goes_in(other: str, tmp_path: Path) -> None:
    proto, new = _two(), tmp_path / "new.onnx"
    actx.model(written(proto, tmp_path), replacement=other, at="mish", output=new)
    proto.graph.output.add().name = "m"
    made = onnx.load(new)
    made.graph.output.add().name = "a"
    (m,) = outputs(proto, X, "m")
    (a,) = outputs(made, X, "a")
    np.testing.assert_allclose(a, formula(other)(m.astype(np.float64)), rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("kind", [onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE])
def test_it_computes_in_the_type_of_the_place(kind: int, tmp_path: Path) -> None:
    proto = network([("Sigmoid", "x", "s"), ("Mul", "xs", "y")])
    for each in (*proto.graph.input, *proto.graph.output):
        each.type.tensor_type.elem_type = kind
    new = tmp_path / "new.onnx"
    actx.model(written(proto, tmp_path), replacement="hard-swish", output=new)
    x = np.linspace(-4, 4, 16, dtype=np.float64).reshape(2, 8)
    x = x.astype(np.float16 if kind == onnx.TensorProto.FLOAT16 else np.float64)
    (y,) = outputs(onnx.load(new), x)
    assert y.dtype == x.dtype
    tolerance = 3e-3 if x.dtype == np.float16 else 1e-15
    np.testing.assert_allclose(
        y, x.astype(float) * np.clip(x.astype(float) + 3, 0, 6) / 6, atol=tolerance
    )


def test_what_it_does_is_what_numpy_says(tmp_path: Path) -> None:
    path, new = written(_two(), tmp_path), tmp_path / "new.onnx"
    found = actx.model(path, data=X, replacement="relu", at=["mish", "hard-swish"], output=new)
    (before,), (after,) = outputs(_two(), X), outputs(onnx.load(new), X)
    assert found.outputs.rows == 70
    assert found.outputs.kept == int((before.argmax(-1) == after.argmax(-1)).sum())
    assert found.outputs.agreement == found.outputs.kept / 70
    apart = np.abs(before.astype(np.float64) - after).max()
    assert found.outputs.largest == pytest.approx(apart, rel=1e-5)
    first, second = found.activations
    assert (first.replacement, second.alone.rows) == ("max(x, 0)", 70)
    for place, old in ((first, "mish(x)"), (second, "0.75*hard_swish(0.5x)-0.25")):
        x = np.linspace(place.inputs.min, place.inputs.max, 100_001)
        reached = np.abs(formula(old)(x) - formula(place.replacement)(x)).max()
        lo, hi = place.error
        assert reached <= hi
        assert hi <= reached * (1 + 1e-6)
        assert lo <= hi


def test_parameters_without_a_value_are_fitted_to_what_each_place_sees(tmp_path: Path) -> None:
    """No other values at a grid about the best do better, over the inputs of the place."""
    template = "x*clip(a*x+b, 0, 1)"
    found = actx.model(
        written(_two(), tmp_path), data=X, replacement=template, at="mish", norm="max"
    )
    place = found.activations[0]
    x = np.linspace(place.inputs.min, place.inputs.max, 4001)
    reached = np.abs(formula(place.replacement)(x) - formula("mish")(x)).max()
    assert place.error[0] <= reached * (1 + 1e-5)  # between the points it is that much larger
    assert reached <= place.error[1]
    for a in np.linspace(0.15, 0.5, 36):
        for b in np.linspace(0.3, 0.7, 41):
            off = np.abs(x * np.clip(a * x + b, 0, 1) - formula("mish")(x)).max()
            assert off >= place.error[0] * (1 - 1e-5)


def test_they_are_fitted_to_the_inputs_by_how_often_these_are(tmp_path: Path) -> None:
    """Least squares over the very inputs reaches no less, but for the width of a cell."""
    from scipy.optimize import least_squares

    template = "x*clip(a*x+b, 0, 1)"
    found = actx.model(written(_two(), tmp_path), data=X, replacement=template, at="mish")
    place = found.activations[0]
    x = (X.astype(np.float64) @ W).ravel()

    def apart(p: Any) -> Any:
        return x * np.clip(p[0] * x + p[1], 0, 1) - formula("mish")(x)

    best = least_squares(apart, [0.25, 0.6], xtol=1e-14, ftol=1e-14)
    reached = formula(place.replacement)(x) - formula("mish")(x)
    assert np.sqrt(np.mean(reached**2)) <= np.sqrt(np.mean(best.fun**2)) * (1 + 1e-5)
    assert place.data_rms == pytest.approx(np.sqrt(np.mean(reached**2)), rel=1e-3)
    with pytest.raises(actx.ActxError, match="one of the norms data, max"):
        actx.model(tmp_path / "net.onnx", data=X, replacement=template, at=1, norm="l2")


def test_constants_of_the_old_formula_go_where_nothing_else_uses_them(tmp_path: Path) -> None:
    """As an exporter writes them; the 6 is used afterwards as well."""
    held = [
        ("Constant", [], each, {"value": onnx.numpy_helper.from_array(np.array(each, np.float32))})
        for each in "036"
    ]
    proto = network(
        [*held, ("Add", "x3", "u"), ("Clip", "u06", "c"), ("Div", "c6", "g"), ("Mul", "xg", "h"),
         ("MatMul", "hW", "n"), ("Add", "n6", "y")],
        {"W": W},
    )  # fmt: skip
    new = tmp_path / "new.onnx"
    actx.model(written(proto, tmp_path), replacement="relu", output=new)
    made = onnx.load(new)
    names = {name for node in made.graph.node for name in node.output}
    assert "6" in names
    assert not {"0", "3", "u", "c", "g"} & names
    (y,) = outputs(made, X, "y")
    np.testing.assert_allclose(y, np.maximum(X, 0) @ W + 6, rtol=1e-5, atol=1e-5)


def test_one_that_changes_nothing_is_told_as_such(tmp_path: Path) -> None:
    """Mish where Mish was; all labels stay."""
    found = actx.model(written(_two(), tmp_path), data=X, replacement="mish", at="mish")
    assert found.outputs.kept == found.outputs.rows
    assert found.outputs.largest < 1e-5
    assert found.activations[0].error == (0, 0)


def test_a_place_within_another_is_not_replaced_by_itself(tmp_path: Path) -> None:
    """The sigmoid of a SiLU that is an output as well: the SiLU would change with it."""
    proto = network([("Sigmoid", "x", "s"), ("Mul", "xs", "y")], output=("s", "y"))
    path, new = written(proto, tmp_path), tmp_path / "new.onnx"
    with pytest.raises(actx.ActxError, match="is a part of the activation 2 as well"):
        actx.model(path, replacement="hard-sigmoid", at="sigmoid", output=new)
    assert not new.exists()
    actx.model(path, replacement="hard-swish", at="swish", output=new)
    s, y = outputs(onnx.load(new), X)
    assert (s == outputs(proto, X, "s")[0]).all()
    np.testing.assert_allclose(y, X * np.clip(X + 3, 0, 6) / 6, rtol=1e-5, atol=1e-6)


def test_weights_beside_the_file_stay_where_they_are(tmp_path: Path) -> None:
    proto = _two()
    (tensor,) = [each for each in proto.graph.initializer if each.name == "W"]
    (tmp_path / "w.bin").write_bytes(tensor.raw_data)
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "w.bin"
    path, new = written(proto, tmp_path), tmp_path / "new.onnx"
    found = actx.model(path, data=X, replacement="relu", at="mish", output=new)
    assert found.outputs.rows == 70
    assert onnx.load(new).graph.initializer == onnx.load(path).graph.initializer
    again = actx.model(new, data=X).activations
    assert [place.registry for place in again] == ["relu", "hard-swish"]
    (tmp_path / "else").mkdir()
    with pytest.raises(actx.ActxError, match="only if it is written there as well"):
        actx.model(path, replacement="relu", at="mish", output=tmp_path / "else" / "new.onnx")
    assert not list((tmp_path / "else").iterdir())


def test_a_table_of_integers_goes_in(tmp_path: Path) -> None:
    """What comes out is the function at the nearest input that there is, rounded to an output."""
    proto, new = _two(), tmp_path / "new.onnx"
    found = actx.model(written(proto, tmp_path), data=X, to="int8-table", at="mish", output=new)
    (place, _) = found.activations
    assert place.replacement.startswith("int8-table, int8:")
    given, made = (
        (float(scale), int(zero))
        for scale, zero in re.findall(r"int8:([0-9.e-]+),(-?[0-9]+)", place.replacement)
    )
    proto.graph.output.add().name = "m"
    made_net = onnx.load(new)
    onnx.checker.check_model(made_net, full_check=True)
    assert made_net.opset_import == proto.opset_import
    assert "Softplus" not in {node.op_type for node in made_net.graph.node}
    made_net.graph.output.add().name = "a"
    (m,) = outputs(proto, X, "m")
    (a,) = outputs(made_net, X, "a")
    q = np.clip(np.round(m / np.float32(given[0])) + given[1], -128, 127).astype(np.float64)
    apart = np.abs(a - formula("mish")(given[0] * (q - given[1])))
    assert apart.max() <= 0.5 * made[0] * (1 + 1e-4)
    levels = a / made[0] + made[1]
    np.testing.assert_allclose(levels, np.round(levels), atol=1e-3)
    rms = np.sqrt(np.mean((a - formula("mish")(m.astype(np.float64))) ** 2))
    assert place.data_rms == pytest.approx(rms, rel=0.02)
    assert place.alone.rows == 70


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no place named": ({"replacement": "relu"}, "The activations here are hard-swish, mish"),
    "no such place": ({"replacement": "relu", "at": "gelu"}, "There is no activation 'gelu'"),
    "no value": (
        {"replacement": "x*sigmoid(a*x)", "at": 1},
        "needs a value for a, or inputs to fit",
    ),
    "nothing": ({"at": 1}, "There is nothing to replace"),
    "no network": ({"replacement": "relu", "at": 1, "output": "a.txt"}, "into an .onnx file"),
    "no such table": ({"to": "int4-table", "at": 1, "data": X}, "cannot become 'int4-table'"),
    "a table without data": ({"to": "int8-table", "at": 1}, "which takes inputs"),
    "a table and a formula": (
        {"to": "int8-table", "replacement": "relu", "data": X},
        "Leave out replacement",
    ),
    "no folder": ({"replacement": "relu", "at": 1, "output": "no/a.onnx"}, "there is no folder"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_use_is_said_in_a_paragraph(what: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    path = written(_two(), tmp_path)
    asked, told = WRONG[what]
    with pytest.raises(actx.ActxError, match=told):
        actx.model(path, **asked)
    assert list(tmp_path.iterdir()) == [path]


def test_an_old_version_of_the_operators_that_lacks_one_is_told(tmp_path: Path) -> None:
    """Where came with version 9, erf too."""
    proto = network([("Relu", "x", "y")], opset=7)
    path, new = written(proto, tmp_path), tmp_path / "new.onnx"
    with pytest.raises(actx.ActxError, match="does not go into"):
        actx.model(path, replacement="gelu", output=new)
    assert not new.exists()


def test_the_command_replaces_and_writes(tmp_path: Path) -> None:
    path, new = written(_two(), tmp_path), tmp_path / "new.onnx"
    np.save(tmp_path / "x.npy", X)
    done = run("model", str(path), "--data", str(tmp_path / "x.npy"), "--with", "relu",
               "--at", "mish", "--at", "hard-swish", "-o", str(new))  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "All together: the largest entry stays where it was in" in done.stdout
    assert f"Wrote {new}".replace(" ", "") in "".join(done.stdout.split())
    assert new.exists()
