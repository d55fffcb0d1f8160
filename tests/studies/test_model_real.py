"""The activations of networks that people use are found and named."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
from collections import Counter
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pytest

import actx

pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")


from commands import run
from networks import packaged


def test_the_file_classifier_has_two_gelus_of_tanh() -> None:
    """Of nine operations each; on the first bytes of files of this package it sees what it does."""
    path = packaged("magika")[-1]
    files = sorted(Path(actx.__file__).parent.rglob("*.py"))[:24]
    data = np.full((len(files), 2048), 256, np.int32)
    for row, file in zip(data, files, strict=True):
        begin = np.frombuffer(file.read_bytes()[:1024], np.uint8)
        row[: len(begin)] = begin
    found = actx.model(path, data=data)
    gelus = [place for place in found.activations if len(place.operators) > 1]
    assert [place.registry for place in gelus] == ["gelu-tanh", "gelu-tanh"]
    assert all(len(place.operators) == 9 for place in gelus)
    for place in gelus:
        told = place.recognised
        assert (told.alpha, told.beta, told.gamma, told.delta) == (1, 1, 0, 0)
        assert 0 < told.difference < 2e-8  # its root is rounded to a float32
        assert place.inputs.min < 0 < place.inputs.max
        assert place.inputs.count == place.elements * len(files)
    assert gelus[1].inputs.max > 10 > gelus[0].inputs.max


def test_the_text_recogniser_has_28_hard_swishes_and_7_swishes() -> None:
    path = next(p for p in packaged("rapidocr-onnxruntime") if "_rec_" in p.name)
    found = actx.model(path)
    names = Counter(place.registry for place in found.activations)
    assert (names["hard-swish"], names["swish"]) == (28, 7)
    exact = [place for place in found.activations if place.registry in ("hard-swish", "swish")]
    assert all(place.recognised.difference == 0 for place in exact)


_MOST_FILES = 465


def _features(content: bytes) -> np.ndarray:
    """What magika's network takes, by its config: the first and the last 1024 bytes of a file that
    are no blanks of the first and the last 4096, and 256 where there are fewer."""
    row = np.full(2048, 256, np.int32)
    first, last = content[:4096].lstrip()[:1024], content[-4096:].rstrip()[-1024:]
    row[: len(first)] = np.frombuffer(first, np.uint8)
    row[2048 - len(last) :] = np.frombuffer(last, np.uint8)
    return row


def _files_of_this_machine() -> list[Path]:
    """Files of as many kinds as there are, a few of each."""
    kinds: dict[str, list[Path]] = {}
    for root in (Path(sys.prefix), Path("/usr/share"), Path("/usr/lib"), Path("/etc")):
        for folder, _, names in os.walk(root):
            for name in sorted(names):
                path = Path(folder, name)
                kept = kinds.setdefault(path.suffix.lower()[:8], [])
                with contextlib.suppress(OSError):
                    if len(kept) < 6 and path.is_file() and 8 <= path.stat().st_size < 3_000_000:
                        kept.append(path)
    found = [path for round_ in zip_longest(*kinds.values()) for path in round_ if path is not None]
    return found[:_MOST_FILES]


@pytest.mark.long
def test_the_command_finds_cheaper_ones_that_keep_all_labels_of_400_files(tmp_path: Path) -> None:
    """By itself, in three minutes on two cores; what it says is what onnxruntime computes."""
    import onnxruntime

    files = _files_of_this_machine()
    if len(files) < 400:
        pytest.skip(f"there are {len(files)} files here that can be read; 400 are needed")
    data = np.stack([_features(path.read_bytes()) for path in files])
    np.save(tmp_path / "files.npy", data)
    net, new = packaged("magika")[-1], tmp_path / "new.onnx"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run("model", str(net), "--data", str(tmp_path / "files.npy"), "--with", "search",
               "--keep", "1", "-o", str(new), "--json", patience=1800)  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (done.returncode, done.stderr) == (0, "")
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2 * 180
    told = json.loads(done.stdout)
    gelus = [place for place in told["activations"] if place["registry"] == "gelu-tanh"]
    assert len(gelus) == 2
    assert all(place["new_cost"] < place["cost"] for place in gelus)
    relu = gelus[1]["trials"][0]  # the cheapest there is comes first, and is enough
    assert relu["formula"] == "max(x, 0)"
    assert (relu["alone"]["kept"], relu["reason"]) == (len(files), None)
    labels = []
    for path in (net, new):
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        parts = [session.run(None, {name: part})[0] for part in np.array_split(data, 20)]
        labels.append(np.concatenate(parts).argmax(axis=-1))
    assert (labels[0] == labels[1]).all()
    assert told["outputs"]["kept"] == told["outputs"]["rows"] == len(files)
