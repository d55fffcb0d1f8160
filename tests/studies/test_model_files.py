"""Networks and data that cannot be used get one paragraph each, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import actx

pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from commands import refused, run
from networks import network, written

W = np.eye(8, dtype=np.float32)


def _layer() -> Any:
    return network([("MatMul", "xW", "m"), ("Relu", "m", "y")], {"W": W})


def _cut(share: float) -> bytes:
    whole = _layer().SerializeToString()
    return whole[: int(len(whole) * share)]


def _circle() -> bytes:
    proto = network([("Add", "xb", "a"), ("Relu", "a", "b"), ("Relu", "b", "y")])
    return proto.SerializeToString()


def _twice() -> bytes:
    return network([("Relu", "x", "y"), ("Tanh", "x", "y")]).SerializeToString()


def _claims(size: int, *, raw: bool) -> bytes:
    proto = _layer()
    tensor = proto.graph.initializer[0]
    del tensor.dims[:]
    tensor.dims.extend([size, 8])
    if not raw:
        tensor.ClearField("raw_data")
    return proto.SerializeToString()


def _external(location: str, **more: str) -> bytes:
    proto = _layer()
    tensor = proto.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = 1
    for key, value in {"location": location, **more}.items():
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    return proto.SerializeToString()


def _unknown() -> bytes:
    return network([("Relu", "x", "r"), ("Frobnicate", "r", "y")]).SerializeToString()


def _plain() -> bytes:
    return network([("MatMul", "xW", "y")], {"W": W}).SerializeToString()


def _no_text() -> bytes:
    return _layer().SerializeToString().replace(b"MatMul", b"MatM\xffl")


def _future() -> bytes:
    proto = _layer()
    proto.opset_import[0].version = -3
    return proto.SerializeToString()


HOSTILE: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "empty": (lambda: b"", 2, "is no ONNX file, or it is cut off"),
    "text": (lambda: b"import os\n" * 50, 2, "is no ONNX file, or it is cut off"),
    "cut in half": (lambda: _cut(0.5), 2, "is no ONNX file, or it is cut off"),
    "cut at the end": (lambda: _cut(0.97), 2, "is no ONNX file, or it is cut off"),
    "a circle": (_circle, 2, "which only a later node makes"),
    "a tensor made twice": (_twice, 2, "is made more than once"),
    "2 GB claimed": (lambda: _claims(2**26, raw=True), 2, "claims 2,147,483,648 bytes and has 256"),
    "all memory claimed": (lambda: _claims(2**60, raw=False), 2, "numbers and has none"),
    "a negative size": (lambda: _claims(-8, raw=True), 2, "a negative size"),
    "weights above": (lambda: _external("../w.bin"), 2, "outside the folder of the file"),
    "weights anywhere": (lambda: _external("/etc/passwd"), 2, "outside the folder of the file"),
    "weights missing": (lambda: _external("w.bin"), 2, "which is not there"),
    "weights in a link": (lambda: _external("link"), 2, "outside the folder of the file"),
    "weights too far": (
        lambda: _external("short", offset="0", length="256"), 2, "beyond the end of that file"
    ),
    "weights at no number": (lambda: _external("short", offset="x"), 2, "a place that is no num"),
    "an unknown operator": (_unknown, 2, "an operator 'Frobnicate'"),
    "no activation": (_plain, 1, "There is no activation in"),
    "no text": (_no_text, 2, "a name that is no text in UTF-8"),
    "no version": (_future, 2, "operators of version -3"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_gets_one_paragraph(what: str, tmp_path: Path) -> None:
    make, status, told = HOSTILE[what]
    (tmp_path / "short").write_bytes(b"short")
    (tmp_path / "link").symlink_to("/etc/passwd")
    path = tmp_path / "net.onnx"
    path.write_bytes(make())
    before = sorted(tmp_path.iterdir())
    with pytest.raises(actx.ActxError, match=told) as raised:
        actx.model(path)
    assert raised.value.status == status
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 600
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "what",
    ["cut in half", "a circle", "2 GB claimed", "weights above", "an unknown operator",
     "no activation"],
)  # fmt: skip
def test_the_command_says_so_and_writes_nothing(what: str, tmp_path: Path) -> None:
    """In a process of its own, which is asked for all that it can write."""
    make, status, told = HOSTILE[what]
    path = tmp_path / "net.onnx"
    path.write_bytes(make())
    np.save(tmp_path / "x.npy", np.ones((4, 8), np.float32))
    before = sorted(tmp_path.iterdir())
    outputs = [word for name in ("a.onnx", "a.html", "a.png") for word in ("-o", tmp_path / name)]
    done = run("model", str(path), "--data", str(tmp_path / "x.npy"), "--with", "search",
               *map(str, outputs))  # fmt: skip
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith("Error: ")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


def test_open_sizes_without_data_are_told(tmp_path: Path) -> None:
    """They are no reason not to look; what needs data says so."""
    proto = network([("Sigmoid", "x", "s"), ("Mul", "xs", "y")], shape=("n", "a", "b"))
    proto.graph.input[0].type.tensor_type.ClearField("shape")
    path = written(proto, tmp_path)
    assert actx.model(path).activations[0].elements is None
    with pytest.raises(actx.ActxError, match="takes inputs"):
        actx.model(path, replacement="search", output=tmp_path / "a.onnx")
    unknown = network([("Exp", "x", "y")])
    with pytest.raises(actx.ActxError, match="None of the 1 activations here"):
        actx.model(written(unknown, tmp_path, "b.onnx"), data=W, replacement="search")


def test_processes_without_anything_to_run_are_told(tmp_path: Path) -> None:
    told = refused("model", str(written(_layer(), tmp_path)), "--jobs", "2")
    assert "--jobs is of the run over inputs that --data gives" in told


def test_every_cut_of_a_file_is_told(tmp_path: Path) -> None:
    """No prefix of a network makes anything but a paragraph, or a network without activations."""
    whole = _layer().SerializeToString()
    path = tmp_path / "net.onnx"
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(actx.ActxError):
            actx.model(path)


def test_weights_beside_the_file_are_read(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(W.tobytes())
    path = tmp_path / "net.onnx"
    path.write_bytes(_external("w.bin", offset="0", length="256"))
    x = np.linspace(-1, 1, 16, dtype=np.float32).reshape(2, 8)
    assert actx.model(path, data=x).activations[0].inputs.max == 1


DATA: dict[str, tuple[Any, str]] = {
    "another name": ({"z": np.ones((2, 8), np.float32), "w": W}, "nothing for the input 'x'"),
    "another shape": (np.ones((2, 7), np.float32), "is of the shape n × 8, examples first"),
    "another rank": (np.ones(8, np.float32), "is of the shape n × 8, examples first"),
    "no example": (np.ones((0, 8), np.float32), "The data has 0 examples"),
    "text": (np.full((2, 8), "a"), "takes float32; the data for it is <U1"),
}


@pytest.mark.parametrize("what", DATA)
def test_data_that_does_not_fit_gets_one_paragraph(what: str, tmp_path: Path) -> None:
    data, told = DATA[what]
    with pytest.raises(actx.ActxError, match=told):
        actx.model(written(_layer(), tmp_path), data=data)


def test_files_of_data_are_not_trusted(tmp_path: Path) -> None:
    path = written(_layer(), tmp_path)
    (tmp_path / "object.npy").write_bytes(_pickled(tmp_path))
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04")
    (tmp_path / "x.mat").write_bytes(b"")
    for name, told in (
        ("object.npy", "is no array of NumPy's"),
        ("cut.npz", "is no .npz file"),
        ("x.mat", "is of no kind"),
        ("none.npy", "does not exist"),
    ):
        with pytest.raises(actx.ActxError, match=told):
            actx.model(path, data=tmp_path / name)


def _pickled(folder: Path) -> bytes:
    np.save(folder / "p.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return (folder / "p.npy").read_bytes()


def test_operators_of_others_are_passed_over_and_run_only_where_they_are_known(
    tmp_path: Path,
) -> None:
    """A network with an operator of another domain is listed; onnxruntime cannot run it."""
    proto = network([("Relu", "x", "y")])
    node = proto.graph.node.add()
    node.op_type, node.domain = "Special", "com.example"
    node.input.append("y")
    node.output.append("z")
    opset = proto.opset_import.add()
    opset.domain, opset.version = "com.example", 1
    path = written(proto, tmp_path)
    assert [place.registry for place in actx.model(path).activations] == ["relu"]
    with pytest.raises(actx.ActxError, match="cannot be run by onnxruntime"):
        actx.model(path, data=np.ones((2, 8), np.float32))


def test_the_command_lists_and_complains(tmp_path: Path) -> None:
    path = written(_layer(), tmp_path)
    done = run("model", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 activation in 2 nodes" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.split("\n"))
    path.write_bytes(_circle())
    done = run("model", str(path), "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1


def test_the_package_that_is_missing_is_told(tmp_path: Path, monkeypatch: Any) -> None:
    path = written(_layer(), tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    assert actx.model(path).examples is None
    with pytest.raises(actx.ActxError, match=r"run by onnxruntime, which is not installed: pip"):
        actx.model(path, data=np.ones((2, 8), np.float32))
