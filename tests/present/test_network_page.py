"""What is found out about a network as a picture and as a page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import actx

pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from networks import network, written
from PIL import Image

X = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32) * 2
W = np.random.default_rng(1).normal(size=(8, 8)).astype(np.float32)


def _net(name: str = "b") -> Any:
    return network(
        [("MatMul", "xW", "m"), ("Sigmoid", "m", "s"), ("Mul", "ms", "a"), ("MatMul", "aW", "n"),
         ("Softplus", "n", "p"), ("Tanh", "p", "t"), ("Mul", "nt", name),
         ("MatMul", [name, "W"], "y")],
        {"W": W},
    )  # fmt: skip


class _Text(HTMLParser):
    """The text of a page, and the tags that are open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.told: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["script"], ["style"]):
            self.told.append(data)


def test_the_page_stands_alone_and_tells_all(tmp_path: Path) -> None:
    new, page, picture = (tmp_path / name for name in ("new.onnx", "report.html", "seen.png"))
    found = actx.model(
        written(_net(), tmp_path), data=X, replacement="search", keep=0.95,
        output=[new, page, picture],
    )  # fmt: skip
    assert (found.written, found.files) == (new, (page, picture))
    text = page.read_text(encoding="utf-8")
    read = _Text(text)
    assert not read.open
    assert not re.findall(r"(?:src|href)=.?(?:http|//|file)", text)
    assert "default-src 'none'" in text
    told = " ".join(" ".join(read.told).split())
    kept = found.outputs.kept
    assert f"{kept} of 300 rows" in told
    assert "the largest entry stays in a share of at least 0.95 of the rows" in told
    for place in found.activations:
        assert place.replacement in told
        assert place.why in told
        assert place.name in told
        assert told.count("keeps the outputs") >= 2
    assert Image.open(picture).size[0] > 1000


def test_a_name_in_a_file_is_text(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    actx.model(written(_net("<script>alert(1)</script>"), tmp_path), output=page)
    text = page.read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_bars_hold_what_numpy_counts(tmp_path: Path) -> None:
    """Their heights are the powers of ten of the shares."""
    found = actx.model(written(_net(), tmp_path), data=X)
    first = found.plot().axes[0]
    inputs = (X @ W).ravel()
    low = first.get_ylim()[0]
    assert first.get_xlim() == (inputs.min(), inputs.max())
    for bar in first.patches:
        lo, hi = bar.get_x(), bar.get_x() + bar.get_width()
        share = ((inputs >= lo) & (inputs < hi)).sum() / inputs.size
        if hi < inputs.max():
            assert 10 ** (low + bar.get_height()) == pytest.approx(share, abs=2.5 / inputs.size)


def test_where_nothing_was_run_there_is_no_picture(tmp_path: Path) -> None:
    path = written(_net(), tmp_path)
    with pytest.raises(actx.ActxError, match="which takes inputs"):
        actx.model(path, output=tmp_path / "seen.svg")
    with pytest.raises(actx.ActxError, match=r"is none of these"):
        actx.model(path, output=tmp_path / "seen.txt")
    with pytest.raises(actx.ActxError, match="one new network"):
        actx.model(path, replacement="relu", at=1, output=["a.onnx", "b.onnx"])
    assert list(tmp_path.iterdir()) == [path]
