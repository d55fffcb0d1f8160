"""The cheapest formula for each place of a network, such that its outputs stay within bounds.

What is said of a choice is held against onnxruntime's outputs of the file that is written; that it
is the cheapest, against trying all that there are.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import actx
from actx.calculus.reading import formula

pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

import onnx
from commands import heed_interrupts, run
from networks import network, outputs, written

X = np.random.default_rng(0).normal(size=(400, 8)).astype(np.float32) * 2
W = np.random.default_rng(1).normal(size=(8, 8)).astype(np.float32)
V = np.random.default_rng(2).normal(size=(8, 8)).astype(np.float32)


def _net() -> Any:
    """Mish, then SiLU, with a product by weights before each and behind."""
    return network(
        [("MatMul", "xW", "m"), ("Softplus", "m", "s"), ("Tanh", "s", "t"), ("Mul", "mt", "a"),
         ("MatMul", "aV", "n"), ("Sigmoid", "n", "q"), ("Mul", "nq", "b"), ("MatMul", "bW", "y")],
        {"W": W, "V": V},
    )  # fmt: skip


def _labels(y: Any) -> Any:
    return y.argmax(-1)


def test_what_is_chosen_keeps_the_share_of_rows_that_is_asked_for(tmp_path: Path) -> None:
    new = tmp_path / "new.onnx"
    found = actx.model(
        written(_net(), tmp_path), data=X, replacement="search", keep=0.97, output=new
    )
    (before,), (after,) = outputs(_net(), X), outputs(onnx.load(new), X)
    kept = int((_labels(before) == _labels(after)).sum())
    assert kept >= 0.97 * 400
    assert (found.outputs.kept, found.outputs.rows, found.outputs.examples) == (kept, 400, 400)
    apart = np.abs(before.astype(np.float64) - after).max()
    assert found.outputs.largest == pytest.approx(apart, rel=1e-4)
    for told, there in ((found.outputs.before, before), (found.outputs.after, after)):
        assert (told.count, told.right) == (3200, None)
        assert (told.min, told.max) == (there.min(), there.max())
        assert told.mean == pytest.approx(there.mean(dtype=np.float64), rel=1e-6, abs=1e-7)
    assert found.time == found.outputs.time
    assert found.time.before > 0
    for place in found.activations:
        assert place.new_cost < place.cost
        assert place.why.startswith("the cheapest measured that keeps the outputs")
        assert [trial.cost for trial in place.trials] == sorted(t.cost for t in place.trials)
        assert place.trials[-1].reason is None


def test_the_error_over_the_data_is_what_numpy_says(tmp_path: Path) -> None:
    """But for the width of a cell of the histogram, a 4096th of what the place sees."""
    found = actx.model(written(_net(), tmp_path), data=X, replacement="relu", at="mish")
    place = found.activations[0]
    x = (X.astype(np.float64) @ W).ravel()
    apart = formula("mish")(x) - np.maximum(x, 0)
    assert place.data_rms == pytest.approx(np.sqrt(np.mean(apart**2)), rel=1e-4)


def test_no_cheaper_one_of_those_given_does(tmp_path: Path) -> None:
    """Each of the cheaper ones is put in by itself and loses more rows than it may."""
    given = [
        "relu",
        "x*clip(x+1,0,1)",
        "hard-mish",
        "hard-mish-4",
        "swish",
        "x*sigmoid(1.3x)",
        "max(x, -0.2)",
    ]
    path = written(_net(), tmp_path)
    for keep in (0.8, 0.95, 0.99):
        found = actx.model(path, data=X, replacement=given, at="mish", keep=keep).activations[0]
        alone = {
            text: actx.model(path, data=X, replacement=text, at="mish").activations[0]
            for text in given
        }
        does = [each for each in alone.values() if each.alone.kept >= keep * 400]
        cheaper = [each for each in does if each.new_cost < each.cost]
        if not cheaper:
            assert found.replacement is None
            continue
        assert found.new_cost == min(each.new_cost for each in cheaper)
        assert found.replacement in {each.replacement for each in cheaper}


def test_outputs_stay_within_a_tolerance(tmp_path: Path) -> None:
    new = tmp_path / "new.onnx"
    found = actx.model(
        written(_net(), tmp_path), data=X, replacement="search", tolerance=0.5, output=new
    )
    (before,), (after,) = outputs(_net(), X), outputs(onnx.load(new), X)
    assert np.abs(before.astype(np.float64) - after).max() <= 0.5
    assert found.bounds == type(found.bounds)(None, 0.5)
    assert found.outputs.largest <= 0.5


def test_the_score_of_labels_is_what_is_kept(tmp_path: Path) -> None:
    """Labels that the network itself has right in most rows only."""
    (before,) = outputs(_net(), X)
    labels = _labels(before)
    labels[::7] = (labels[::7] + 1) % 8
    right = int((_labels(before) == labels).sum())
    np.save(tmp_path / "labels.npy", labels)
    new = tmp_path / "new.onnx"
    found = actx.model(
        written(_net(), tmp_path), data=X, replacement="search", keep=0.95,
        labels=tmp_path / "labels.npy", output=new,
    )  # fmt: skip
    (after,) = outputs(onnx.load(new), X)
    assert found.outputs.before.right == right
    assert found.outputs.after.right == int((_labels(after) == labels).sum())
    assert found.outputs.after.right >= 0.95 * right


def test_costs_are_times_where_that_is_asked_for(tmp_path: Path) -> None:
    """Fewer operations of onnxruntime's take less time; a search goes on with times it has."""
    path, file = written(_net(), tmp_path), tmp_path / "kept.jsonl"
    asked = {"data": X, "at": "mish", "keep": 1.0, "cost": "time", "resume": file}
    given = ["x*sigmoid(1.3x)", "relu", "max(x, -0.2)"]
    place, *_ = actx.model(path, replacement=given, **asked).activations
    assert len(place.trials) == 3
    assert [trial.cost for trial in place.trials] == sorted(trial.cost for trial in place.trials)
    assert place.trials[-1].formula == "x*sigmoid(1.3*x)"
    assert place.trials[-1].cost < place.cost
    lines = file.read_text()
    again = actx.model(path, replacement=given, **asked)
    assert again.activations[0].trials == place.trials
    assert file.read_text() == lines
    assert again.costs.startswith("microseconds")
    assert place.why == "nothing faster that was measured keeps the outputs, even alone"
    with pytest.raises(actx.ActxError, match="with the costs time, not"):
        actx.model(path, replacement=given, **{**asked, "cost": "operations"})


def test_it_is_said_where_what_costs_less_takes_longer(tmp_path: Path, monkeypatch: Any) -> None:
    from actx.studies.model import trying
    from actx.studies.model.results import Times

    path = written(_net(), tmp_path)
    for after, said in ((2.0, 1), (0.5, 0)):
        monkeypatch.setattr(trying, "times", lambda *_, after=after: Times(1.0, after))
        given = ["relu", "hard-mish"]
        notes = actx.model(path, X, replacement=given, at="mish", keep=0.5).notes
        assert sum("takes no less time" in note for note in notes) == said


def test_what_is_timed_is_a_part_of_the_network() -> None:
    """From the product by weights on: the same numbers as in the whole."""
    from actx.registry import load_registry
    from actx.studies.model.data import inputs_for
    from actx.studies.model.files import Network
    from actx.studies.model.model import found_in
    from actx.studies.model.timing import Timer, _part

    proto = _net()
    subject = found_in(Network(Path("net.onnx"), proto), load_registry())
    timer = Timer(subject, inputs_for(X, list(proto.graph.input)), {})
    whole = _net()
    for name in "ab":
        whole.graph.output.add().name = name
    made = dict(zip("ab", outputs(whole, X[:8], "a", "b"), strict=True)) | {"x": X[:8]}
    for i, start, end in ((0, "x", "a"), (1, "a", "b")):
        where, batch, _ = timer._cut(i)
        assert where == start
        np.testing.assert_allclose(batch, made[start], rtol=1e-6)
        part = _part(proto, where, subject.regions[i].output, batch)
        part.graph.input[0].name = "x"
        for node in part.graph.node:
            node.input[:] = ["x" if name == where else name for name in node.input]
        np.testing.assert_allclose(outputs(part, batch)[0], made[end], rtol=1e-5)


def test_a_place_that_has_nothing_cheaper_stays(tmp_path: Path) -> None:
    proto = network([("MatMul", "xW", "m"), ("Relu", "m", "y")], {"W": W})
    new = tmp_path / "new.onnx"
    found = actx.model(written(proto, tmp_path), data=X, replacement="search", output=new)
    (place,) = found.activations
    assert (place.replacement, place.why) == (None, "nothing cheaper is known")
    assert (found.outputs, found.written) == (None, None)
    told = " ".join(str(found).split())
    assert "Nothing is replaced; asked for was that the largest entry stays in a share of" in told
    assert "1 stays: nothing cheaper is known" in told
    assert not new.exists()


def test_a_search_goes_on_from_its_file(tmp_path: Path, monkeypatch: Any) -> None:
    """What is in the file is not measured again, and a file that is cut off does as well."""
    from actx.studies.model.effects import Reference

    path, file = written(_net(), tmp_path), tmp_path / "kept.jsonl"
    asked = {"data": X, "replacement": "search", "keep": 0.97, "resume": file}
    first = actx.model(path, **asked)
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:-2]) + lines[-2][:20])
    measured = []
    effect = Reference.effect
    monkeypatch.setattr(
        Reference, "effect", lambda *given: measured.append(given) or effect(*given)
    )
    second = actx.model(path, **asked)
    assert len(measured) == sum("effect" in line for line in lines[-2:])
    assert second.activations[0].trials == first.activations[0].trials
    assert [p.replacement for p in second.activations] == [p.replacement for p in first.activations]
    assert file.read_text().splitlines(keepends=True) == lines
    with pytest.raises(actx.ActxError, match=r"another search, with the keep 0\.97, not 0\.9"):
        actx.model(path, **{**asked, "keep": 0.9})
    with pytest.raises(actx.ActxError, match=r"with the data \(a digest\)"):
        actx.model(path, **{**asked, "data": X[:32]})


def test_an_interrupt_leaves_what_is_measured(tmp_path: Path) -> None:
    """In a process of its own, after some lines are in its file."""
    big = np.random.default_rng(3).normal(size=(40_000, 8)).astype(np.float32) * 2
    path, file, new = written(_net(), tmp_path), tmp_path / "kept.jsonl", tmp_path / "new.onnx"
    np.save(tmp_path / "x.npy", big)
    process = subprocess.Popen(
        [sys.executable, "-m", "actx", "model", str(path), "--data", str(tmp_path / "x.npy"),
         "--with", "search", "--tolerance", "1e-4", "--resume", str(file), "-o", str(new),
         "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ,
        preexec_fn=heed_interrupts,
    )  # fmt: skip
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        if file.exists() and file.read_text().count("\n") >= 3:
            process.send_signal(signal.SIGINT)
            break
        time.sleep(0.02)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    told = json.loads(out)
    assert told["stopped"]
    assert any(place["trials"] for place in told["activations"])
    assert told["written"] is None
    assert not new.exists()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no data": ({"replacement": "search"}, "takes inputs"),
    "keep for one formula": (
        {"replacement": "relu", "at": 1, "keep": 0.9},
        "Give keep with replacement='search'",
    ),
    "keep beyond 1": ({"replacement": "search", "keep": 1.5, "data": X}, "a share from 0 to 1"),
    "tolerance below 0": ({"replacement": "search", "tolerance": -1.0, "data": X}, "from 0 on"),
    "too few labels": (
        {"replacement": "search", "labels": np.zeros(3), "data": X},
        "has 3 labels; there are 400 examples",
    ),
    "labels that are none": (
        {"replacement": "search", "labels": np.full(400, 0.5), "data": X},
        "has the label 0.5",
    ),
    "no such costs": ({"replacement": "search", "cost": "joules", "data": X}, "operations or time"),
    "costs of one formula": (
        {"replacement": "relu", "at": 1, "cost": "time"},
        "Give cost with replacement='search'",
    ),
    "a value to set": ({"replacement": "search", "set": {"a": 1}, "data": X}, "none to set"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_use_is_said_in_a_paragraph(what: str, tmp_path: Path) -> None:
    path = written(_net(), tmp_path)
    asked, told = WRONG[what]
    with pytest.raises(actx.ActxError, match=told):
        actx.model(path, **asked)
    assert list(tmp_path.iterdir()) == [path]


def test_outputs_without_rows_need_a_tolerance(tmp_path: Path) -> None:
    proto = network(
        [("Sigmoid", "x", "s"), ("Mul", "xs", "b"), ("ReduceSum", "ba", "y", {"keepdims": 1})],
        {"a": np.array([1], np.int64)},
    )
    proto.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 1
    path = written(proto, tmp_path)
    with pytest.raises(actx.ActxError, match="No output of this network has rows"):
        actx.model(path, data=X, replacement="search")
    found = actx.model(path, data=X, replacement="search", tolerance=3.0)
    assert found.outputs.largest <= 3


def test_an_output_of_integers_is_kept_where_it_is_the_same(tmp_path: Path) -> None:
    """A network that gives out labels itself, and has nothing else that could be compared."""
    proto = _net()
    proto.graph.node.add(op_type="ArgMax", input=["y"], output=["label"]).attribute.extend(
        [onnx.helper.make_attribute("axis", -1), onnx.helper.make_attribute("keepdims", 0)]
    )
    del proto.graph.output[:]
    proto.graph.output.extend(
        [onnx.helper.make_tensor_value_info("label", onnx.TensorProto.INT64, ["n"])]
    )
    path, new = written(proto, tmp_path), tmp_path / "new.onnx"
    (before,) = outputs(proto, X)
    found = actx.model(
        path, X, replacement="search", keep=0.95, labels=before.astype(float), output=new
    )
    (after,) = outputs(onnx.load(new), X)
    kept = int((before == after).sum())
    assert kept >= 380
    assert (found.outputs.kept, found.outputs.rows) == (kept, 400)
    assert (found.outputs.before.right, found.outputs.after.right) == (400, kept)
    assert found.outputs.largest == np.abs(before - after).max()


def test_outputs_undefined_in_both_are_the_same(tmp_path: Path) -> None:
    proto = network(
        [("Log", "x", "l"), ("MatMul", "xW", "m"), ("Tanh", "m", "t"), ("MatMul", "tW", "y")],
        {"W": W},
        output=("l", "y"),
    )
    found = actx.model(written(proto, tmp_path), X, replacement="clip(x, -1, 1)", at="tanh")
    assert np.isnan(outputs(proto, X, "l")[0]).any()
    assert 0 < found.outputs.largest < np.inf


def test_the_command_searches(tmp_path: Path) -> None:
    path = written(_net(), tmp_path)
    np.save(tmp_path / "x.npy", X)
    (before,) = outputs(_net(), X)
    np.savetxt(tmp_path / "labels.txt", _labels(before), fmt="%d")
    done = run("model", str(path), "--data", str(tmp_path / "x.npy"), "--with", "search",
               "--keep", "0.9", "--labels", str(tmp_path / "labels.txt"))  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "the cheapest measured that keeps the outputs" in done.stdout
    assert "400 rows were right and" in " ".join(done.stdout.split())
    wrong = run("model", str(path), "--with", "relu", "--at", "1", "--tolerance", "x")
    assert wrong.returncode == 2
    assert "--tolerance is a number above 0" in wrong.stderr
