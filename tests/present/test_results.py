"""Results show themselves: as text and JSON like the commands, as rows, and in a notebook."""

from __future__ import annotations

import base64
import copy
import json
import math
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from commands import run

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

import actx
from actx.core.errors import PictureError, UsageError
from actx.core.views import Shown

# Of each command: its words, and the call that answers the same.
CALLS: dict[str, tuple[list[str], Callable[[], Shown]]] = {
    "show": (["hard-mish"], lambda: actx.show("hard-mish")),
    "show unproven": (
        ["swish", "--no-prove", "--domain", "-2:3"],
        lambda: actx.show("swish", budget=None, domain=(-2, 3)),
    ),
    "compare": (["hard-mish", "mish"], lambda: actx.compare("hard-mish", "mish")),
    "compare many": (
        ["hard-mish", "swish", "relu", "mish", "--domain", "-4:4"],
        lambda: actx.compare("hard-mish", "swish", "relu", "mish", domain="-4:4"),
    ),
    "kinks": (["hard-mish"], lambda: actx.kinks("hard-mish")),
    "kinks none": (["mish"], lambda: actx.kinks("mish")),
    "fit": (
        ["x*sigmoid(a*x)", "--target", "mish"],
        lambda: actx.fit("x*sigmoid(a*x)", "mish", variants=True),
    ),
    "prove": (
        ["relu6(x) <= relu(x)", "--domain", "-10:10"],
        lambda: actx.prove("relu6(x) <= relu(x)", domain=(-10, 10)),
    ),
    "morph": (
        ["mish", "relu", "--steps", "2", "--target", "swish"],
        lambda: actx.morph("mish", "relu", steps=2, target="swish"),
    ),
    "export": (["mish", "--to", "c"], lambda: actx.export("mish", "c")),
    "search": (
        ["--target", "mish", "--family", "swish", "--family", "clipped-quadratic", "--jobs", "1"],
        lambda: actx.search("mish", family=["swish", "clipped-quadratic"], jobs=1),
    ),
}


def command(*words: str) -> str:
    """What a command writes into a pipe."""
    done = run(*words, patience=240)
    assert not done.stderr, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def result() -> Callable[[str], Any]:
    """A result by its name in CALLS, made once."""
    made: dict[str, Any] = {}

    def of(name: str) -> Any:
        if name not in made:
            made[name] = CALLS[name][1]()
        return made[name]

    return of


each = pytest.mark.parametrize("name", CALLS)


@pytest.mark.sampled(2)
@each
def test_the_text_is_the_commands(name: str, result: Callable[[str], Any]) -> None:
    text = str(result(name))
    printed = command(name.split()[0], *CALLS[name][0])
    assert printed == (text if text.endswith("\n") else f"{text}\n")
    assert repr(result(name)) == text
    assert "\x1b" not in text


@pytest.mark.sampled(2)
@each
def test_the_document_is_the_commands(name: str, result: Callable[[str], Any]) -> None:
    document = json.loads(command(name.split()[0], *CALLS[name][0], "--json"))
    assert result(name).to_dict() == document


@each
def test_rows_fit_a_data_frame(name: str, result: Callable[[str], Any]) -> None:
    rows = result(name).table()
    assert isinstance(rows, list)
    for row in rows:
        assert list(row) == list(rows[0])
        for key, value in row.items():
            assert key, row
            assert value is None or type(value) in (str, int, float, bool), (key, value)


def test_what_rows_say(result: Callable[[str], Any]) -> None:
    many = result("compare many")
    rows = many.table()
    assert [row["name"] for row in rows] == [row.name for row in many.rows]
    for row, whole in zip(rows, many.rows, strict=True):
        assert row["max_error"] == whole.max_error.value
        assert (row["max_error_lower"], row["max_error_upper"]) == whole.max_error.enclosure
        assert (row["l2_error_lower"], row["l2_error_upper"]) == whole.l2_enclosure
        assert (row["max_error_x"], row["smoothness"]) == (whole.max_error.x, whole.smoothness)
        assert row["minimum_y"] == whole.minimum.y
        # an interval of x is two columns
        ends = (row["minimum_x_lower"], row["minimum_x_upper"])
        assert whole.minimum.x in (row["minimum_x"], ends)
    features = result("show").table()
    assert [(row["what"], row["x"]) for row in features if row["what"] in ("minimum", "kink")] == [
        ("minimum", -1.5), ("kink", -3.0), ("kink", 2.0)
    ]  # fmt: skip
    plateau = next(row for row in features if row["what"] == "maximum")
    assert (plateau["x"], plateau["x_lower"], plateau["x_upper"]) == (None, -math.inf, -3.0)
    fitted = result("fit").table()
    assert fitted[0]["label"] == "max"
    assert [row["parameters_a"] for row in fitted] == [
        found.parameters["a"] for found in (result("fit"), *result("fit").variants)
    ]
    assert [row["t"] for row in result("morph").table()] == [0.0, 0.5, 1.0]
    verdict = result("prove").table()
    assert [(row["answer"], row["domain_lower"]) for row in verdict] == [("proven", -10.0)]
    assert result("kinks none").table() == []
    found = result("search")
    assert [row["name"] for row in found.table()] == [
        each.name for each in (*found.front, *found.dominated)
    ]


@each
def test_rows_in_pandas(name: str, result: Callable[[str], Any]) -> None:
    pandas = pytest.importorskip("pandas")
    rows = result(name).table()
    frame = pandas.DataFrame(rows)
    assert len(frame) == len(rows)
    assert list(frame.columns) == (list(rows[0]) if rows else [])


# --- in a notebook ---


class Reader(HTMLParser):
    """The text of tables and paragraphs; fails where a tag is not closed as it was opened."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []
        self.texts: list[str] = []
        self.images: list[str] = []
        self.feed(page)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.images.append(dict(attrs)["src"] or "")
        elif tag != "br":
            self.open.append(tag)
            if tag in ("td", "th"):
                self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self.open[-1:] in (["td"], ["th"]):
            self.cells[-1] += data


def words(text: str) -> Iterator[str]:
    """The words of a sheet without its rules."""
    return (word for word in text.split() if set(word) != {"-"})


@pytest.mark.sampled(2)
@each
def test_a_notebook_shows_the_same(name: str, result: Callable[[str], Any]) -> None:
    found = result(name)
    page = Reader(found._repr_html_())
    assert page.cells or not found.table()
    said = " ".join(" ".join(page.texts).split())
    assert not [word for word in words(str(found)) if word not in said]


def test_html_of_a_formula_that_looks_like_html() -> None:
    found = actx.compare("x if x<1 else 1 if x>2 else x", "x", budget=None)
    assert "<1" not in found._repr_html_().replace("</", "")
    assert any("x < 1" in cell for cell in Reader(found._repr_html_()).cells)


# --- they are plain records still ---


@each
def test_copies_are_equal_and_show_the_same(name: str, result: Callable[[str], Any]) -> None:
    found = result(name)
    for again in (pickle.loads(pickle.dumps(found)), copy.copy(found), replace(found)):
        assert again == found
        assert str(again) == str(found)
    with pytest.raises(AttributeError):
        found.notes = ()


def test_a_result_from_a_file_shows_itself(tmp_path: Path, result: Callable[[str], Any]) -> None:
    """In a process that has asked nothing: the record's module is all that is imported."""
    file = tmp_path / "found.pickle"
    file.write_bytes(pickle.dumps(result("kinks")))
    code = f"import pickle, pathlib; print(pickle.loads(pathlib.Path({str(file)!r}).read_bytes()))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout == f"{result('kinks')}\n"


def test_results_know_what_was_asked(result: Callable[[str], Any]) -> None:
    assert result("show").proofs
    assert not result("show unproven").proofs
    assert (result("show").budget, result("show unproven").budget) == (2.0, None)
    assert result("show unproven").domain == (-2.0, 3.0)
    assert result("prove").domain == (-10.0, 10.0)
    fit = result("fit")
    assert (fit.norm, fit.target, fit.proofs) == ("max", "mish", True)
    assert fit.target_formula == "x*tanh(softplus(x))"
    # what is not proven is marked where proofs were asked for, and nowhere else
    assert "~" in str(fit)
    assert "~" not in str(replace(fit, budget=None))
    assert result("show unproven").to_dict()["undecided"] is None
    assert result("show").to_dict()["undecided"] == []


def test_showing_is_imported_late() -> None:
    code = (
        "import sys, actx; r = actx.kinks('mish', budget=None);"
        "print(sorted({'rich', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- pictures ---

PICTURES = ["show", "compare", "compare many", "kinks", "fit", "morph", "search"]
pictured = pytest.mark.parametrize("name", PICTURES)


def png_size(content: bytes) -> tuple[int, int]:
    """Width and height from a PNG's header (RFC 2083, 11.2.1)."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", content[16:24])


@pictured
def test_a_notebook_shows_the_picture(name: str, result: Callable[[str], Any]) -> None:
    (image,) = Reader(result(name)._repr_html_()).images
    head, _, data = image.partition(",")
    assert head == "data:image/png;base64"
    assert min(png_size(base64.b64decode(data, validate=True))) > 200


def test_no_picture_where_there_is_none(result: Callable[[str], Any]) -> None:
    for name in ("prove", "export"):
        assert not Reader(result(name)._repr_html_()).images
        assert not hasattr(result(name), "plot")


@pictured
def test_a_figure_of_its_own(name: str, result: Callable[[str], Any]) -> None:
    before = dict(mpl.rcParams)
    figure = result(name).plot()
    assert isinstance(figure, Figure)
    assert figure.axes
    assert min(png_size(figure._repr_png_())) > 200
    assert plt.get_fignums() == [], "pyplot knows nothing of it"
    assert dict(mpl.rcParams) == before


@pictured
def test_drawn_into_axes_of_the_caller(name: str, result: Callable[[str], Any]) -> None:
    before = dict(mpl.rcParams)
    figure, (mine, other) = plt.subplots(1, 2, figsize=(10, 4))
    try:
        assert result(name).plot(ax=mine) is figure
        assert mine.lines
        assert mine.get_legend() is not None
        assert mine.get_xlabel()
        assert mine.get_ylabel()
        assert not other.has_data(), "nothing but the axes that were given"
        assert figure.axes == [mine, other]
        figure.canvas.draw()
    finally:
        plt.close(figure)
    assert dict(mpl.rcParams) == before


def test_curves_are_those_of_the_formulas(result: Callable[[str], Any]) -> None:
    """The values, errors and slopes in the caller's axes against NumPy's own formulas."""
    figure = Figure()
    values, errors, slopes = axes = figure.subplots(3)
    result("compare").plot(ax=axes)

    def mish(x: Any) -> Any:
        return x * np.tanh(np.log1p(np.exp(x)))

    def hard(x: Any) -> Any:
        return x * np.clip(x + 3, 0, 5) / 5

    def line(of: Any, colour: str) -> tuple[Any, Any]:
        long = [each for each in of.lines if len(each.get_xdata()) > 1000]
        (found,) = [each for each in long if each.get_color() == colour]
        return found.get_xdata(), found.get_ydata()

    legend = {text.get_text(): handle.get_color() for text, handle in zip(
        values.get_legend().get_texts(), values.get_legend().legend_handles, strict=True
    )}  # fmt: skip
    for name, function in (("mish", mish), ("hard-mish", hard)):
        x, y = line(values, legend[name])
        np.testing.assert_allclose(y, function(x), atol=1e-12)
    x, y = line(errors, legend["hard-mish"])
    np.testing.assert_allclose(y, hard(x) - mish(x), atol=1e-12)
    x, y = line(slopes, legend["hard-mish"])
    inside = (x > -2.99) & (x < 1.99)
    np.testing.assert_allclose(y[inside], (2 * x[inside] + 3) / 5, atol=1e-12)


def test_points_are_those_of_the_search(result: Callable[[str], Any]) -> None:
    figure = Figure()
    axes = figure.subplots()
    found = result("search")
    found.plot(ax=axes)
    marks = [line for line in axes.lines if line.get_marker() == "o"]
    assert len(marks) == len(found.front) + len(found.dominated)
    shown = {text.get_text() for text in axes.texts}
    assert {each.name for each in found.front} <= shown


def test_more_axes_than_panels(result: Callable[[str], Any]) -> None:
    with pytest.raises(PictureError, match="4 axes for a picture of 3 panels"):
        result("compare").plot(ax=Figure().subplots(2, 2))
    for wrong in ([], 3, [1]):
        with pytest.raises(PictureError, match="axes of matplotlib's"):
            result("compare").plot(ax=wrong)


def test_plot_takes_formulas_and_results(result: Callable[[str], Any]) -> None:
    def named(*things: Any, **more: Any) -> list[str]:
        axes = Figure().subplots()
        actx.plot(*things, ax=axes, **more)
        return [text.get_text() for text in axes.get_legend().get_texts()]

    assert named("swish", "relu", target="gelu")[:3] == ["gelu", "swish", "relu"]
    assert named("swish", actx.formula("x^2"))[:3] == ["mish", "swish", "x^2"]
    assert named(result("compare"))[:2] == ["mish", "hard-mish"]
    both = named(result("compare"), result("fit"), "relu")
    assert both[:2] == ["mish", "hard-mish"]
    assert both[2].startswith("x*sigmoid(1.2525")
    assert both[3] == "relu"
    assert named(result("show"), result("kinks"))[0] == "hard-mish"
    with pytest.raises(UsageError, match="no formula"):
        actx.plot(result("prove"))
    with pytest.raises(UsageError, match="at least one"):
        actx.plot()


def test_names_are_set_literally() -> None:
    """A $ of a name begins no mathematics, in figures and in the caller's axes."""
    named = replace(actx.formula("x^2"), name="a$b_c$")
    axes = Figure().subplots()
    actx.plot(named, ax=axes)
    axes.figure.canvas.draw()
    labels = [text for text in axes.get_legend().get_texts() if text.get_text() == "a$b_c$"]
    assert [text.get_parse_math() for text in labels] == [False]


@pytest.mark.sampled(2)
@pictured
@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_saved_whole_and_the_same_each_time(
    name: str, ending: str, result: Callable[[str], Any], tmp_path: Path
) -> None:
    path = tmp_path / f"a.{ending}"
    assert result(name).save(path) == path
    first = path.read_bytes()
    with mpl.rc_context({"lines.linewidth": 7, "font.size": 30, "svg.hashsalt": "other"}):
        result(name).save(str(path))
    assert path.read_bytes() == first
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_output_is_what_save_writes(tmp_path: Path, result: Callable[[str], Any]) -> None:
    """Drawing is no part of computing: the file comes from the record alone."""
    for ending in ("svg", "gif"):
        mine, its = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
        actx.morph("mish", "relu", steps=2, target="swish", output=its)
        result("morph").save(mine)
        assert mine.read_bytes() == its.read_bytes()
    searched = actx.search("mish", family=["relu", "floor"], jobs=1, output=tmp_path / "front.svg")
    assert searched.known
    assert searched.save(tmp_path / "again.svg").read_bytes() == (
        (tmp_path / "front.svg").read_bytes()
    )
    actx.plot(result("compare"), output=tmp_path / "one.svg")
    actx.plot("hard-mish", output=tmp_path / "two.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_nothing_is_written_where_nothing_can_be(
    tmp_path: Path, result: Callable[[str], Any]
) -> None:
    for name in ("a.jpeg", "a.gif", "no/a.png"):
        with pytest.raises(PictureError):
            result("compare").save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []
