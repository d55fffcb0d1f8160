"""The detector of the examples: all its SiLUs are found, and what it says of itself is right."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import actx

pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

import torch
from places import ROOT


@pytest.fixture(scope="module")
def detector() -> Any:
    spec = importlib.util.spec_from_file_location("detector", ROOT / "examples" / "detector.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_silu_of_a_detector_is_found(detector: Any, tmp_path: Path, capsys: Any) -> None:
    threads = torch.get_num_threads()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        detector.main(tmp_path, None, steps=1)
    torch.set_num_threads(threads)
    assert "of 196 shapes are found" in capsys.readouterr().out
    found = actx.model(tmp_path / "detector.onnx")
    names = [place.registry for place in found.activations]
    silus = sum(isinstance(each, torch.nn.SiLU) for each in detector.Detector().modules())
    assert (names.count("swish"), names.count("sigmoid")) == (silus, 2)


def test_boxes_that_are_there_are_found(detector: Any) -> None:
    """True boxes are found, each once, and one that is elsewhere is wrong."""
    _, told = detector.pictures(20, 5)
    scores = torch.nn.functional.one_hot(told[..., 4].clamp_min(0).long(), 3).float()
    scores[told[..., 4] < 0] = 0
    rows = torch.cat([told[..., :4], 0.9 * scores], 2)
    count = int((told[..., 4] >= 0).sum())
    there, right, wrong = detector.well(torch.cat([rows, rows], 1), told)
    assert there == count
    assert count - 3 <= right <= count  # fewer where two nearly cover each other
    assert wrong == 0
    assert np.isclose(float(detector.overlap(told[0, 0], told[0, 0])), 1, atol=1e-5)
