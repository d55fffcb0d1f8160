"""Activations of networks are found and named, however they are written out.

The networks are made with onnx.helper as exporters write them; what a formula means is held against
onnxruntime's outputs, and what each activation sees against NumPy.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import actx
from actx.calculus.reading import formula
from actx.studies.model.data import inputs_for

pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from networks import network, outputs, written

X = np.linspace(-8, 8, 800, dtype=np.float32).reshape(100, 8)
ROOT_HALF = 0.70710678118654752

# By what it is written as: what it is, the nodes, the constants.
WRITTEN: dict[str, tuple[str, list[Any], dict[str, float]]] = {
    "Mish of Softplus and Tanh": (
        "mish",
        [("Softplus", "x", "s"), ("Tanh", "s", "t"), ("Mul", "xt", "y")],
        {},
    ),
    "Mish of Exp and Log": (
        "mish",
        [("Exp", "x", "e"), ("Add", "e1", "f"), ("Log", "f", "s"), ("Tanh", "s", "t"),
         ("Mul", "xt", "y")],
        {"1": 1},
    ),
    "Mish with one exponential": (
        "mish-one-exp",
        [("Exp", "x", "e"), ("Add", "e2", "f"), ("Mul", "ef", "n"), ("Add", "n2", "d"),
         ("Div", "nd", "q"), ("Mul", "xq", "y")],
        {"2": 2},
    ),
    "SiLU": ("swish", [("Sigmoid", "x", "s"), ("Mul", "xs", "y")], {}),
    "SiLU, the factors exchanged": ("swish", [("Sigmoid", "x", "s"), ("Mul", "sx", "y")], {}),
    "SiLU as a quotient": (
        "swish",
        [("Neg", "x", "m"), ("Exp", "m", "e"), ("Add", "e1", "d"), ("Div", "xd", "y")],
        {"1": 1},
    ),
    "GELU of erf": (
        "gelu",
        [("Div", "xr", "u"), ("Erf", "u", "e"), ("Add", "e1", "f"), ("Mul", "xf", "p"),
         ("Mul", "ph", "y")],
        {"r": 1 / ROOT_HALF, "1": 1, "h": 0.5},
    ),
    "GELU of erf, the root folded": (
        "gelu",
        [("Mul", "xr", "u"), ("Erf", "u", "e"), ("Add", "e1", "f"), ("Mul", "xh", "p"),
         ("Mul", "pf", "y")],
        {"r": ROOT_HALF, "1": 1, "h": 0.5},
    ),
    "GELU of tanh": (
        "gelu-tanh",
        [("Pow", "x3", "q"), ("Mul", "qc", "p"), ("Add", "xp", "s"), ("Mul", "sr", "u"),
         ("Tanh", "u", "t"), ("Add", "t1", "f"), ("Mul", "xh", "g"), ("Mul", "gf", "y")],
        {"3": 3, "c": 0.044715, "r": 0.7978845608028654, "1": 1, "h": 0.5},
    ),
    "quick GELU": (
        "quick-gelu", [("Mul", "xc", "u"), ("Sigmoid", "u", "s"), ("Mul", "xs", "y")], {"c": 1.702}
    ),
    "hard-swish of Clip": (
        "hard-swish",
        [("Add", "x3", "u"), ("Clip", "u06", "c"), ("Div", "c6", "s"), ("Mul", "xs", "y")],
        {"3": 3, "0": 0, "6": 6},
    ),
    "hard-swish of HardSigmoid": (
        "hard-swish",
        [("HardSigmoid", "x", "s", {"alpha": 1 / 6, "beta": 0.5}), ("Mul", "xs", "y")],
        {},
    ),
    "hard-swish of Max and Min": (
        "hard-swish",
        [("Add", "x3", "u"), ("Max", "u0", "v"), ("Min", "v6", "c"), ("Mul", "xc", "p"),
         ("Mul", "ps", "y")],
        {"3": 3, "0": 0, "6": 6, "s": 1 / 6},
    ),
    "softplus of Exp and Log": (
        "softplus", [("Exp", "x", "e"), ("Add", "e1", "f"), ("Log", "f", "y")], {"1": 1}
    ),
    "ELU of Where": (
        "elu",
        [("Exp", "x", "e"), ("Sub", "e1", "m"), ("Greater", "x0", "b"), ("Where", "bxm", "y")],
        {"1": 1, "0": 0},
    ),
    "ELU of two halves": (
        "elu",
        [("Relu", "x", "p"), ("Exp", "x", "e"), ("Sub", "e1", "m"), ("Min", "m0", "q"),
         ("Add", "pq", "y")],
        {"1": 1, "0": 0},
    ),
    "leaky ReLU of Max": ("leaky-relu", [("Mul", "xa", "s"), ("Max", "xs", "y")], {"a": 0.1}),
    "PReLU of PRelu": ("prelu", [("PRelu", "xa", "y")], {"a": 0.25}),
    "sigmoid of tanh": (
        "sigmoid",
        [("Mul", "xh", "u"), ("Tanh", "u", "t"), ("Mul", "th", "s"), ("Add", "sh", "y")],
        {"h": 0.5},
    ),
    "ReLU6 of Clip": ("relu6", [("Clip", "x06", "y")], {"0": 0, "6": 6}),
    "ReLU of Max": ("relu", [("Max", "0x", "y")], {"0": 0}),
    "ReLU of a Clip without an end": (
        "relu", [("Clip", "x0i", "y")], {"0": 0, "i": np.float32(3.4028235e38)}
    ),
}  # fmt: skip
ALONE: dict[str, tuple[str | None, dict[str, Any]]] = {
    "Relu": ("relu", {}),
    "Sigmoid": ("sigmoid", {}),
    "Tanh": ("tanh", {}),
    "Softplus": ("softplus", {}),
    "Softsign": ("softsign", {}),
    "Mish": ("mish", {}),
    "Gelu": ("gelu", {}),
    "Gelu, tanh": ("gelu-tanh", {"approximate": "tanh"}),
    "HardSwish": ("hard-swish", {}),
    "HardSigmoid": ("keras-hard-sigmoid", {}),
    "Elu": ("elu", {}),
    "Elu, 0.5": ("elu", {"alpha": 0.5}),
    "Celu": ("elu", {}),
    "Celu, 2": ("elu", {"alpha": 2.0}),
    "Selu": ("selu", {}),
    "LeakyRelu": ("leaky-relu", {}),
    "LeakyRelu, 0.2": ("leaky-relu", {"alpha": 0.2}),
    "ThresholdedRelu": (None, {"alpha": 1.5}),
    "Shrink": (None, {"lambd": 1.5, "bias": 0.5}),
    "Erf": (None, {}),
    "Abs": (None, {}),
    "Exp": (None, {}),
    "Sin": ("siren", {}),
    "Floor": (None, {}),
    "Round": (None, {}),
    "Sign": (None, {}),
    "Atan": (None, {}),
}


def _one(proto: Any, folder: Path) -> Any:
    found = actx.model(written(proto, folder))
    assert len(found.activations) == 1
    return found.activations[0]


def _check(place: Any, name: str | None, proto: Any) -> None:
    """The name; and that formula and name both give what onnxruntime gives."""
    assert place.registry == name
    (truth,) = outputs(proto, X, "y")
    x = X.astype(np.float64)
    np.testing.assert_allclose(formula(place.formula)(x), truth, rtol=2e-6, atol=4e-6)
    found = place.recognised
    if found is not None:
        f = formula(found.name).set(found.parameters)
        scaled = found.alpha * f(found.beta * x + found.gamma) + found.delta
        np.testing.assert_allclose(scaled, truth, rtol=2e-6, atol=4e-6)
        assert 0 <= found.difference < 1e-6


@pytest.mark.parametrize("what", WRITTEN)
def test_an_activation_that_is_written_out_is_named(what: str, tmp_path: Path) -> None:
    name, nodes, constants = WRITTEN[what]
    proto = network(nodes, constants)
    _check(_one(proto, tmp_path), name, proto)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("what", ALONE)
def test_an_operator_is_read_as_onnxruntime_computes_it(what: str, tmp_path: Path) -> None:
    name, attributes = ALONE[what]
    proto = network([(what.partition(",")[0], ["x"], "y", attributes)], opset=20)
    _check(_one(proto, tmp_path), name, proto)


@pytest.mark.parametrize("what", ["GELU of tanh", "hard-swish of Clip", "Mish of Exp and Log"])
def test_a_scale_and_a_shift_before_and_after_are_told(what: str, tmp_path: Path) -> None:
    name, nodes, constants = WRITTEN[what]
    rename = {"x": "v", "y": "w"}
    inner = [(op, [rename.get(i, i) for i in ins], rename.get(out, out)) for op, ins, out in nodes]
    proto = network(
        [("Mul", "xA", "a"), ("Add", "aB", "v"), *inner, ("Mul", "wC", "z"), ("Sub", "zD", "y")],
        {**constants, "A": -1.3, "B": 0.4, "C": 0.7, "D": 0.2},
    )
    place = _one(proto, tmp_path)
    _check(place, name, proto)
    told = place.recognised
    assert (told.alpha, told.beta, told.gamma, told.delta) == (0.7, -1.3, 0.4, -0.2)


def test_what_is_only_near_a_formula_does_not_get_its_name(tmp_path: Path) -> None:
    """Off by 1e-5 in a constant, which is more than 1e-6 in some value."""
    nodes = [("Add", "xc", "u"), ("Clip", "u06", "s"), ("Mul", "xs", "y")]
    for shift, name in ((3.0, "hard-swish"), (3.00001, None)):
        place = _one(network(nodes, {"c": shift, "0": 0, "6": 6}), tmp_path)
        assert place.registry == name, shift


def test_a_function_that_is_constant_where_anyone_looks_is_given_up_soon(tmp_path: Path) -> None:
    """Each bounded formula, scaled by anything, is near a constant that is huge."""
    import time

    nodes = [("Tanh", "x", "t"), ("Max", "t0", "m"), ("Min", "mc", "y")]
    begin = time.monotonic()
    assert _one(network(nodes, {"0": 0, "c": -4984605e29}), tmp_path).registry is None
    assert time.monotonic() - begin < 20


def test_a_region_ends_where_its_value_is_seen_outside(tmp_path: Path) -> None:
    """A ReLU whose output goes two ways is one place, and what scales it afterwards is none."""
    w = np.eye(8, dtype=np.float32)
    proto = network(
        [("Relu", "x", "r"), ("MatMul", "rW", "m"), ("Mul", "r2", "d"), ("Add", "dm", "y")],
        {"W": w, "2": 2},
    )
    place = _one(proto, tmp_path)
    assert (place.name, place.input, place.registry) == ("r", "x", "relu")


def test_a_value_that_is_seen_inside_and_outside_makes_two_places(tmp_path: Path) -> None:
    """The sigmoid of a SiLU is an output as well: both are places of x."""
    proto = network([("Sigmoid", "x", "s"), ("Mul", "xs", "y")], output=("s", "y"))
    found = actx.model(written(proto, tmp_path)).activations
    assert [(place.name, place.registry) for place in found] == [("s", "sigmoid"), ("y", "swish")]


def test_two_tensors_make_no_region(tmp_path: Path) -> None:
    """A gate by another tensor is no activation of one; its sigmoid is."""
    w = np.eye(8, dtype=np.float32)
    proto = network([("MatMul", "xW", "m"), ("Sigmoid", "m", "s"), ("Mul", "xs", "y")], {"W": w})
    assert _one(proto, tmp_path).name == "s"


def test_a_scale_by_channel_is_no_part_of_a_region(tmp_path: Path) -> None:
    scale = np.linspace(1, 2, 8, dtype=np.float32)
    proto = network([("Mul", "xc", "v"), ("Sigmoid", "v", "s"), ("Mul", "vs", "y")], {"c": scale})
    place = _one(proto, tmp_path)
    assert (place.input, place.registry) == ("v", "swish")


def test_whole_numbers_and_plain_arithmetic_are_no_activations(tmp_path: Path) -> None:
    proto = network(
        [("Mul", "xx", "s"), ("Add", "se", "v"), ("Sqrt", "v", "r"), ("Reciprocal", "r", "i"),
         ("Cast", "x", "n", {"to": 7}), ("Abs", "n", "a"), ("Cast", "a", "c", {"to": 1}),
         ("Mul", "ci", "y")],
        {"e": 1e-5},
    )  # fmt: skip
    with pytest.raises(actx.ActxError, match="There is no activation"):
        actx.model(written(proto, tmp_path))


def test_a_chain_of_any_length_is_no_endless_work(tmp_path: Path) -> None:
    """Squares of squares would fill all memory if they were written out."""
    many = [("Sigmoid", "x", "t0")]
    many += [("Mul", [f"t{i}", f"t{i}"], f"t{i + 1}") for i in range(300)]
    proto = network([*many, ("Relu", ["t300"], "y")])
    with pytest.raises(actx.ActxError, match="places that cannot be read as formulas"):
        actx.model(written(proto, tmp_path))


def test_constants_that_old_files_list_as_inputs_are_constants(tmp_path: Path) -> None:
    """Up to version 3 of the format each initializer is an input as well."""
    from onnx import TensorProto, helper

    _, nodes, constants = WRITTEN["hard-swish of Clip"]
    proto = network(nodes, constants, opset=11)
    proto.ir_version = 3
    for name in constants:
        proto.graph.input.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, []))
    path = written(proto, tmp_path)
    found = actx.model(path, data=X)
    assert [place.registry for place in found.activations] == ["hard-swish"]
    assert found.activations[0].inputs.count == X.size


def test_an_operator_with_an_input_more_than_its_formula_is_not_read(tmp_path: Path) -> None:
    """The second input of FastGelu is a shift, which its formula has not."""
    proto = network([("FastGelu", "xb", "y")], {"b": 1.0}, domain="com.microsoft")
    with pytest.raises(actx.ActxError, match="cannot be read as formulas"):
        actx.model(written(proto, tmp_path))


# --- what they see ---


def _two_layers() -> Any:
    w = np.random.default_rng(1).normal(size=(8, 8)).astype(np.float32)
    return network(
        [("MatMul", "xW", "m"), ("Softplus", "m", "s"), ("Tanh", "s", "t"), ("Mul", "mt", "a"),
         ("MatMul", "aW", "n"), ("Relu", "n", "y")],
        {"W": w},
    )  # fmt: skip


def test_what_is_seen_is_what_numpy_counts(tmp_path: Path) -> None:
    proto = _two_layers()
    x = np.random.default_rng(2).normal(size=(1000, 8)).astype(np.float32)
    found = actx.model(written(proto, tmp_path), data={"x": x})
    assert found.examples == 1000
    proto.graph.output.add().name = "m"
    proto.graph.output.add().name = "n"
    for place, truth in zip(found.activations, outputs(proto, x, "m", "n"), strict=True):
        seen = place.inputs
        assert place.elements == 8
        assert (seen.count, seen.others) == (8000, 0)
        assert (seen.min, seen.max) == pytest.approx((truth.min(), truth.max()), rel=1e-6)
        exact = truth.astype(np.float64)
        assert (seen.mean, seen.std) == pytest.approx((exact.mean(), exact.std()), rel=1e-5)
        for share, (lo, hi) in seen.quantiles.items():
            true = np.quantile(truth, float(share), method="inverted_cdf")
            assert lo - 1e-5 <= true <= hi + 1e-5
            assert hi - lo < (seen.max - seen.min) / 1000
        assert sum(seen.histogram.counts) == 8000
    assert all(0 < place.time < 1 for place in found.activations)
    assert sum(place.time for place in found.activations) <= 1


@pytest.mark.parametrize(
    ("room", "batches", "jobs"), [(1 << 12, 21, 1), (1 << 30, 10, 1), (1 << 12, 21, 2)]
)
def test_memory_is_used_again_only_where_shapes_are_the_same(
    room: int, batches: int, jobs: int, monkeypatch: Any
) -> None:
    """Those of what is seen depend on the data, batch by batch, or stay; in one process or two."""
    from actx.studies.model import running
    from actx.studies.model.files import Network

    monkeypatch.setattr(running, "_MUCH", 100)
    monkeypatch.setattr(running, "_ROOM", room)
    monkeypatch.setattr(running, "_PART", 1)  # a part is a batch
    proto = network(
        [("Mul", "x2", "m"), ("Reshape", "mS", "f"), ("Greater", "f0", "g"),
         ("Compress", "fg", "k", {"axis": 0}), ("Tanh", "k", "t"), ("ReduceSum", "t", "y")],
        {"2": 2, "0": 0, "S": np.array([-1], np.int64)}, shape=("n", 50),
    )  # fmt: skip
    x = np.random.default_rng(5).normal(size=(301, 50)).astype(np.float32)
    told: list[int] = []
    inputs = inputs_for(x, list(proto.graph.input))
    made, count = running.capture(
        Network(Path("net.onnx"), proto), ["k", "m", "x"], inputs, told.append, jobs
    )
    assert (count, len(told)) == (301, batches)
    for name, truth in (("k", 2 * x[x > 0]), ("m", 2 * x), ("x", x)):
        seen = made[name]
        assert (seen.count, seen.least, seen.greatest) == (truth.size, truth.min(), truth.max())
        assert seen.mean == pytest.approx(truth.mean(dtype=np.float64), rel=1e-12)


@pytest.mark.parametrize("kind", ["npy", "npz", "folder", "array"])
def test_data_comes_from_arrays_and_files(kind: str, tmp_path: Path) -> None:
    path = written(_two_layers(), tmp_path)
    x = np.random.default_rng(3).normal(size=(50, 8)).astype(np.float32)
    (tmp_path / "data").mkdir()
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "data" / "x.npy", x)
    np.savez(tmp_path / "x.npz", x=x)
    given = {"npy": tmp_path / "x.npy", "npz": tmp_path / "x.npz", "folder": tmp_path / "data"}
    found = actx.model(path, data=given.get(kind, x))
    assert found.to_dict()["activations"] != []
    whole = actx.model(path, data={"x": x}).activations
    for one, other in zip(found.activations, whole, strict=True):
        assert one.inputs == other.inputs


def test_a_network_of_a_fixed_number_of_examples_runs_in_batches(tmp_path: Path) -> None:
    proto = network([("Relu", "x", "y")], shape=(4, 8))
    x = np.random.default_rng(4).normal(size=(10, 8)).astype(np.float32)
    found = actx.model(written(proto, tmp_path), data=x)
    assert (found.examples, found.activations[0].inputs.count) == (8, 64)
    assert found.activations[0].inputs.max == x[:8].max()


def test_the_record_is_one_json_document(tmp_path: Path) -> None:
    path = written(_two_layers(), tmp_path)
    found = actx.model(path, data=np.ones((3, 8), np.float32))
    told = json.loads(json.dumps(found.to_dict()))
    assert {"model", "nodes", "activations"} <= told.keys()
    first = told["activations"][0]
    assert (first["registry"], first["recognised"]["difference"]) == ("mish", 0.0)
    assert {"count", "min", "max", "quantiles"} <= first["inputs"].keys()
    rows = found.table()
    assert [row["registry"] for row in rows] == ["mish", "relu"]
