"""The activations of networks that people use are found and named."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import actx

pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")


def _networks(package: str) -> list[Path]:
    """The networks that a package brings; it is not imported."""
    from importlib.metadata import PackageNotFoundError, files

    try:
        found = [
            Path(str(each.locate())) for each in files(package) or () if each.suffix == ".onnx"
        ]
    except PackageNotFoundError:
        pytest.skip(f"the package {package}, which brings a network, is not installed")
    return sorted(found)


def test_the_file_classifier_has_two_gelus_of_tanh() -> None:
    """Of nine operations each; on the first bytes of files of this package it sees what it does."""
    path = _networks("magika")[-1]
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
    path = next(p for p in _networks("rapidocr-onnxruntime") if "_rec_" in p.name)
    found = actx.model(path)
    names = Counter(place.registry for place in found.activations)
    assert (names["hard-swish"], names["swish"]) == (28, 7)
    exact = [place for place in found.activations if place.registry in ("hard-swish", "swish")]
    assert all(place.recognised.difference == 0 for place in exact)
