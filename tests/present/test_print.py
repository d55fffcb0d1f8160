"""For a paper: pictures of a width, text that stays text, and the sources as BibTeX."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest
from commands import refused, run
from drawn import extents_of, texts_of
from PIL import Image

import actx
from actx.present.bibliography import bibtex


@pytest.mark.parametrize(
    ("width", "mm"), [("column", 88.9), ("page", 182.88), (60, 60), ("84mm", 84), ("150.5", 150.5)]
)
def test_a_picture_is_as_wide_as_asked(width: str | float, mm: float, tmp_path: Path) -> None:
    png, pdf = tmp_path / "a.png", tmp_path / "a.pdf"
    actx.plot("hard-mish", "swish", output=png, width=width)
    with Image.open(png) as image:
        dpi = image.info["dpi"][0]
        assert image.width / dpi * 25.4 == pytest.approx(mm, abs=0.1)
    actx.plot("hard-mish", "swish", output=pdf, width=width)
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+)", pdf.read_bytes())
    assert box is not None
    assert float(box[1]) / 72 * 25.4 == pytest.approx(mm, abs=0.1)


@pytest.mark.parametrize("width", ["column", 120])
def test_other_pictures_are_as_wide_and_nothing_sticks_out(
    width: str | float, tmp_path: Path
) -> None:
    sizes = actx.table_sizes("tanh", [2, 4], domain="-4:4")
    table = actx.table("tanh", 4, domain="-4:4")
    drawn = [table, sizes, actx.morph("mish", "relu", steps=2, budget=None)]
    for place, result in enumerate(drawn):
        figure = actx.plot(result, width=width)
        assert figure.get_figwidth() * 25.4 == pytest.approx(88.9 if width == "column" else 120)
        for box in extents_of(figure, texts_of(figure)):
            assert box.x0 >= 0
            assert box.x1 <= figure.bbox.width
        path = result.save(tmp_path / f"{place}.png", width)
        with Image.open(path) as image:
            assert image.width == pytest.approx(figure.get_figwidth() * image.info["dpi"][0], abs=1)


def test_the_commands_take_a_width(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    done = run("table", "tanh", "--segments", "2", "-o", str(path), "--width", "column")
    assert (done.returncode, done.stderr) == (0, "")
    with Image.open(path) as image:
        assert image.width / image.info["dpi"][0] * 25.4 == pytest.approx(88.9, abs=0.1)
    for command in (("table", "tanh", "--segments", "2"), ("morph", "mish", "relu"),
                    ("search", "--family", "floor"), ("bench", "mish"), ("model", "net.onnx"),
                    ("finetune", "--epochs", "1")):  # fmt: skip
        asked = (*command, "--width", "10")
        assert "a number of mm" in refused(*asked, "-o", str(tmp_path / "b.png"))
        assert "--output" in refused(*asked)
    assert not (tmp_path / "b.png").exists()


def test_a_pdf_has_text_as_text(tmp_path: Path) -> None:
    """Read back by the map from glyphs to letters that the file brings."""
    pdf = tmp_path / "a.pdf"
    actx.plot("hard-mish", output=pdf, width="column")
    content = pdf.read_bytes()
    streams = []
    for raw in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.S):
        try:
            streams.append(zlib.decompress(raw))
        except zlib.error:
            continue
    shown = b"".join(re.findall(rb"\(((?:\\.|[^)\\])*)\)", b" ".join(streams)))
    assert b"hard-mish" in shown.replace(b"\0", b"")
    assert b"/FontFile2" in content  # TrueType
    assert b"/ToUnicode" in content


def test_what_is_no_width_is_refused(tmp_path: Path) -> None:
    for wrong in ("10", "1000", "wide", "-5", "nan"):
        message = refused("plot", "mish", "-o", str(tmp_path / "a.png"), "--width", wrong)
        assert "a number of mm from 40 to 420" in message


def test_sources_are_given_as_bibtex() -> None:
    done = run("list", "gelu", "--bib")
    assert (done.returncode, done.stderr) == (0, "")
    assert "@misc{gelu,\n  author = {Hendrycks and Gimpel}," in done.stdout
    assert "  eprint = {1606.08415},\n  archiveprefix = {arXiv}," in done.stdout


def test_every_source_with_a_number_has_author_title_and_year() -> None:
    entries = actx.load_registry().entries
    text = bibtex(entries)
    blocks = re.findall(r"@misc\{([\w-]+),\n(.*?)\n\}", text, re.S)
    assert len({key for key, _ in blocks}) == len(blocks) == text.count("@misc")
    cited = set()
    for _, fields in blocks:
        known = dict(re.findall(r"^  (\w+) = \{(.*)\},$", fields, re.M))
        assert known["title"]
        if "eprint" in known:
            cited.add(known["eprint"])
            assert known["author"]
            year = int(known["year"])
            assert int(known["eprint"][:2]) in (year % 100, (year + 1) % 100)
        bare = re.sub(r"\\.", "", "".join(known.values()))
        assert not re.search(r"[&%#_$^~]", bare)
        assert bare.count("{") == bare.count("}")
    numbers = set(re.findall(r"arXiv:(\d{4}\.\d{5})", " ".join(e.source for e in entries)))
    assert numbers == cited
