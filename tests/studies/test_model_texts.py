"""Outputs of sequences read as texts: what is kept is the text of an example.

Held against a reader of texts written with itertools, on what onnxruntime makes of the file that is
written.
"""

from __future__ import annotations

import json
import re
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import actx

pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

import onnx
from commands import run
from networks import network, outputs, packaged, written

from actx.studies.model.decoding import Decoding, decoding

X = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32) * 2
STEPS, ENTRIES = 6, 4


def _net() -> Any:
    """Mish, and 6 steps of 4 entries for each example."""
    weights = np.random.default_rng(1).normal(size=(2, 8, 8)).astype(np.float32)
    last = np.random.default_rng(2).normal(size=(8, STEPS * ENTRIES)).astype(np.float32)
    proto = network(
        [("MatMul", "xW", "m"), ("Softplus", "m", "s"), ("Tanh", "s", "t"), ("Mul", "mt", "a"),
         ("MatMul", "aL", "z"), ("Reshape", "zR", "y")],
        {"W": weights[0], "L": last, "R": np.array([-1, STEPS, ENTRIES], np.int64)},
    )  # fmt: skip
    del proto.graph.output[:]
    proto.graph.output.extend([onnx.helper.make_tensor_value_info("y", 1, ["n", STEPS, ENTRIES])])
    return proto


def _texts(steps: Any, blank: int = 0) -> list[tuple[int, ...]]:
    """The largest entries of each example, those in a row alike once, without the blank."""
    return [tuple(int(k) for k, _ in groupby(row) if k != blank) for row in steps]


@pytest.mark.parametrize("blank", [0, 3, -1])
def test_texts_are_read_as_itertools_reads_them(blank: int) -> None:
    rows = np.random.default_rng(3).normal(size=(200, STEPS, ENTRIES))
    best = rows.argmax(-1)
    wanted = _texts(best, blank % ENTRIES)
    assert [tuple(each) for each in Decoding(blank).read(rows, 200)] == wanted
    if blank >= 0:
        assert [tuple(each) for each in Decoding(blank).read(best, 200)] == wanted
    assert decoding(Decoding(blank).text) == Decoding(blank)


@pytest.mark.parametrize("blank", [0, 3])
def test_a_search_keeps_the_texts_that_it_says(blank: int, tmp_path: Path) -> None:
    new = tmp_path / "new.onnx"
    found = actx.model(
        written(_net(), tmp_path), X, replacement="search", keep=0.95, decode=f"ctc:{blank}",
        output=new,
    )  # fmt: skip
    (before,), (after,) = outputs(_net(), X), outputs(onnx.load(new), X)
    pairs = zip(*(_texts(y.argmax(-1), blank) for y in (before, after)), strict=True)
    kept = sum(a == b for a, b in pairs)
    assert 285 <= kept < 300  # something changes, and no more than may
    assert (found.outputs.kept, found.outputs.rows) == (kept, 300)
    refused = [trial for trial in found.activations[0].trials if trial.alone and trial.reason]
    assert all(trial.reason.endswith("texts change") for trial in refused)


def test_the_command_tells_of_texts_and_goes_on_with_the_same_only(tmp_path: Path) -> None:
    path, file = written(_net(), tmp_path), tmp_path / "kept.jsonl"
    np.save(tmp_path / "x.npy", X)
    asked = ["model", str(path), "--data", str(tmp_path / "x.npy"), "--with", "search",
             "--keep", "0.9", "--resume", str(file)]  # fmt: skip
    done = run(*asked, "--decode", "ctc")
    assert (done.returncode, done.stderr) == (0, "")
    assert "the text stays what it was in" in " ".join(done.stdout.split())
    other = run(*asked, "--decode", "ctc:1")
    assert other.returncode == 2
    assert "with the reading of texts ctc, not ctc:1" in " ".join(other.stderr.split())
    one = run(*asked[:4], "--with", "relu", "--decode", "ctc", "--json")
    told = json.loads(one.stdout)
    assert (told["decode"], told["outputs"]["rows"]) == ("ctc", 300)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no such reading": ({"decode": "beam"}, "it cannot be 'beam'"),
    "no number": ({"decode": "ctc:x"}, "it cannot be 'ctc:x'"),
    "no such blank": ({"decode": "ctc:9"}, "no blank 9 among the 4 entries"),
    "labels": ({"decode": "ctc", "labels": np.zeros(300)}, "Give one of labels and decode"),
    "nothing replaced": ({"decode": "ctc", "replacement": None}, "Give decode with replacement"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_use_is_said_in_a_paragraph(what: str, tmp_path: Path) -> None:
    asked, told = WRONG[what]
    with pytest.raises(actx.ActxError, match=told):
        actx.model(written(_net(), tmp_path), X, **{"replacement": "search", **asked})


def test_outputs_without_texts_are_told(tmp_path: Path) -> None:
    weights = {"W": np.eye(8, dtype=np.float32)}
    proto = network([("MatMul", "xW", "m"), ("Tanh", "m", "t"), ("MatMul", "tW", "y")], weights)
    with pytest.raises(actx.ActxError, match="No output of this network is of sequences"):
        actx.model(written(proto, tmp_path), X, replacement="search", decode="ctc")


# --- a network that reads ---


def _words() -> list[str]:
    """A hundred words of this project's pages."""
    pages = sorted((Path(__file__).parents[2] / "docs").rglob("*.md"))
    text = " ".join(page.read_text(encoding="utf-8") for page in pages)
    return [*dict.fromkeys(re.findall(r"\b[A-Za-z]{3,12}\b", text))][:100]


def _picture(word: str) -> Any:
    """As the network takes it: 48 high, 320 wide, from -1 for black to 1 for white, 0 beside it."""
    import matplotlib
    from PIL import Image, ImageDraw, ImageFont

    file = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    font = ImageFont.truetype(str(file), 32)
    image = Image.new("RGB", (int(font.getbbox(word)[2]) + 16, 48), "white")
    ImageDraw.Draw(image).text((8, 6), word, fill="black", font=font)
    image = image.resize((min(image.width, 320), 48))
    made = np.zeros((3, 48, 320), np.float32)
    made[:, :, : image.width] = np.asarray(image, np.float32).transpose(2, 0, 1) / 127.5 - 1
    return made


@pytest.mark.long
def test_the_text_of_100_rendered_words_stays_with_what_the_command_proposes(
    tmp_path: Path,
) -> None:
    """Which changes every swish, at least; the texts are read here from onnxruntime's outputs."""
    import onnxruntime

    net = next(each for each in packaged("rapidocr-onnxruntime") if "_rec_" in each.name)
    words = _words()
    data, new = np.stack([_picture(word) for word in words]), tmp_path / "new.onnx"
    np.save(tmp_path / "words.npy", data)
    done = run(
        "model", str(net), "--data", str(tmp_path / "words.npy"), "--with", "search",
        "--keep", "1", "--decode", "ctc", "-o", str(new), "--json", patience=3600,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert (told["outputs"]["kept"], told["outputs"]["rows"]) == (100, 100)
    texts = []
    for path in (net, new):
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        letters = ["", *session.get_modelmeta().custom_metadata_map["character"].splitlines(), " "]
        name = session.get_inputs()[0].name
        steps = np.concatenate(
            [session.run(None, {name: part})[0].argmax(-1) for part in np.array_split(data, 10)]
        )
        texts.append(["".join(letters[k] for k in text) for text in _texts(steps)])
    assert texts[0] == texts[1]
    right = sum(a.strip() == b for a, b in zip(texts[0], words, strict=True))
    assert right >= 95  # the network does read these pictures
    places = [place for place in told["activations"] if place["registry"] == "swish"]
    assert sum(place["replacement"] is not None for place in places) >= 6
