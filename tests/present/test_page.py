"""The report page: valid, self-contained, safe, deterministic; and as a browser shows it."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import PROGRAM, Chromium
from commands import refused, run, run_json
from PIL import Image

import actx
from actx.present.page.picture import CONTRAST, DARK_INK, DARK_PAPER, contrast, on_dark
from actx.present.pictures.style import HUES

NASTY = "x*1.00000001 if x < 0 and x > -1e9 else x"  # text that HTML has to escape
VOID = {"meta", "br", "hr", "img", "input", "link"}
needs_chromium = pytest.mark.skipif(PROGRAM is None, reason="the program chromium is not installed")


class Outline(HTMLParser):
    """The elements of a page; every one must be closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"{tag} has an attribute twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.text[self._open[-1]] = self.text.get(self._open[-1], "") + data

    def having(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    done = run("report", "linear-swish", "hard-mish", NASTY, "swish", "-o", str(path))
    assert done.stdout == f"Wrote {path}\n"
    return path


@pytest.fixture(scope="module")
def outline(page: Path) -> Outline:
    return Outline(page.read_text(encoding="utf-8"))


NAMESPACE = "http://www.w3.org/2000/svg"  # a name, which nothing is fetched from


# --- the file ---------------------------------------------------------------------------------


def test_it_is_one_valid_page(page: Path, outline: Outline) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>\n<html")
    assert outline.having("html") == [{"lang": "en"}]
    assert outline.having("meta")[0] == {"charset": "utf-8"}
    assert outline.text["title"] == "4 candidates against mish"
    assert len(outline.having("h1")) == 1
    assert len(outline.having("main")) == 1
    assert len(outline.having("h2")) == 1 + 5
    ids = Counter(attributes.get("id") for _, attributes in outline.elements)
    del ids[None]
    assert set(ids.values()) == {1}
    links = {str(a["href"]).removeprefix("#") for a in outline.having("a")}
    assert len(links) == 5
    assert links <= ids.keys()
    used = {str(u["href"]).removeprefix("#") for u in outline.having("use")}
    assert used <= ids.keys()
    clips = set(re.findall(r"url\(#([^)]+)\)", text))
    assert clips <= ids.keys()


def test_it_needs_no_network(page: Path, outline: Outline) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href)=\"(?!#)", text)
    assert not re.search(r"@import|url\((?!#)|https?://", text.replace(NAMESPACE, ""))
    policy = next(m for m in outline.having("meta") if "http-equiv" in m)
    assert str(policy["content"]).startswith("default-src 'none';")


def test_tables_say_what_they_are(outline: Outline) -> None:
    tables = len(outline.having("table"))
    assert tables >= 5
    assert len(outline.having("caption")) == tables
    assert all(cell.get("scope") in ("col", "row") for cell in outline.having("th"))
    pictures = outline.having("svg")
    assert [each["class"] for each in pictures] == ["picture wide", "picture narrow"]
    for each in pictures:
        assert each["role"] == "img"
        assert "linear-swish" in str(each["aria-label"])


def test_numbers_are_those_of_compare_and_show(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name in ("linear-swish", "hard-mish", "swish"):
        row = actx.compare(name, "mish").rows[0]
        assert f'data-sort="{row.max_error.value!r}"' in text
        assert f'data-sort="{row.l2_error!r}"' in text
        assert f'data-sort="{row.minimum.y!r}"' in text
    assert ">0.1595466<" in text
    assert "the same function" not in text


def test_text_is_escaped(page: Path, outline: Outline) -> None:
    text = page.read_text(encoding="utf-8")
    assert NASTY not in text
    assert NASTY.replace("<", "&lt;").replace(">", "&gt;") in text
    assert NASTY in outline.text["h2"]


def test_a_registry_that_is_not_to_be_trusted(tmp_path: Path) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)> & \" '"
    registry = tmp_path / "evil.toml"
    registry.write_text(f"[evil]\nformula = 'x'\nsource = '''{evil}'''\n", encoding="utf-8")
    path = tmp_path / "evil.html"
    done = run("report", "evil", "--no-prove", "-o", str(path), "--registry", str(registry))
    assert done.returncode == 0
    found = Outline(path.read_text(encoding="utf-8"))
    scripts = [script.get("type") for script in found.having("script")]
    assert scripts == ["application/json", None], "what the picture reads, and our own"
    assert not found.having("img")
    assert evil in found.text["dd"]


def test_the_same_report_is_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a.html", tmp_path / "b.html"
    for path in (first, second):
        actx.write_report("relu", "swish", output=path, budget=None)
    assert first.read_bytes() == second.read_bytes()


def test_the_target_among_the_candidates(tmp_path: Path) -> None:
    path = actx.write_report("mish", output=tmp_path / "a.html", budget=None)
    assert "the same function as mish" in path.read_text(encoding="utf-8")


def test_without_proofs_nothing_is_marked(tmp_path: Path) -> None:
    path = actx.write_report("relu", output=tmp_path / "a.html", budget=None)
    assert (
        "~" not in path.read_text(encoding="utf-8").partition("<main>")[2].partition("<script>")[0]
    )


def test_json(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    assert run_json("report", "relu", "--no-prove", "-o", str(path)) == {"output": str(path)}


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("-o", "a.html"), 2, "needs at least one formula"),
        (("relu",), 2, "-o FILE is missing"),
        (("relu", "-o", "a.pdf"), 2, "says what page it becomes, .html; in a.pdf"),
        (("relu", "-o", "nowhere/a.html"), 1, "The page nowhere/a.html cannot be written"),
        (("relux", "-o", "a.html"), 2, "relu"),
        (("relu", "-o", "a.html", "--target", "a*x"), 2, "needs a value for a"),
        (("relu", "-o", "a.html", "--view", "0:inf"), 2, "two finite ends"),
        (("relu", "-o", "a.html", "--view", "9:9.5", "--domain", "0:1"), 2, "no stretch in common"),
    ],
)
def test_wrong_use(
    words: tuple[str, ...], status: int, said: str, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in refused("report", *words, status=status)
    assert not list(tmp_path.iterdir()), "nothing is left behind"


# --- colours ----------------------------------------------------------------------------------


@pytest.mark.parametrize("hue", [c for hue in HUES for c in (hue.base, hue.dark, hue.light)])
def test_hues_stand_out_in_the_dark(hue: str) -> None:
    grey = len({hue[1:3], hue[3:5], hue[5:]}) == 1
    # Lines need 3:1 (WCAG 2.1, 1.4.11); greys keep their place between paper and ink.
    assert contrast(on_dark(hue), DARK_PAPER) >= (3 if grey else CONTRAST)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # WebAIM's example


def test_paper_and_ink_change_places() -> None:
    assert (on_dark("#ffffff"), on_dark("#000000")) == (DARK_PAPER, DARK_INK)


# --- in a browser -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    if PROGRAM is None:
        pytest.skip("the program chromium is not installed")
    with Chromium() as started:
        yield started


def column(browser: Chromium, place: int) -> list[str]:
    """The cells of a column of the summary, in the order they stand in."""
    script = (
        f"[...document.querySelectorAll('.sortable tbody tr')].map(r => r.cells[{place}].innerText)"
    )
    found: list[str] = browser.ask(script)
    return found


@needs_chromium
def test_nothing_goes_wrong_on_the_page(browser: Chromium, page: Path) -> None:
    browser.open(page)
    methods = Counter(event["method"] for event in browser.events)
    assert not methods["Runtime.exceptionThrown"]
    assert not methods["Log.entryAdded"], "such as a breach of the page's own policy"
    asked = [e for e in browser.events if e["method"] == "Network.requestWillBeSent"]
    assert [e["params"]["request"]["url"] for e in asked] == [page.as_uri()]


@needs_chromium
def test_tables_are_sorted_by_keyboard(browser: Chromium, page: Path) -> None:
    browser.open(page)
    errors = column(browser, 1)
    assert errors == sorted(errors, key=lambda text: float(text.replace("∞", "inf")))
    for _ in range(30):  # to the head of the column of minima
        browser.press("Tab", 9)
        if browser.ask("document.activeElement.innerText") == "minimum":
            break
    assert browser.ask("document.activeElement.tagName") == "BUTTON"
    for key, code, text, order in (("Enter", 13, "\r", "ascending"), (" ", 32, " ", "descending")):
        browser.press(key, code, text)
        assert browser.ask("document.activeElement.innerText") == "minimum", "the focus stays"
        sorts = browser.ask(
            "[...document.querySelectorAll('[aria-sort]')].map(h => [h.innerText, h.ariaSort])"
        )
        assert sorts == [["minimum", order]]
        low = [float(text.replace("∞", "inf")) for text in column(browser, 7)]
        assert low == sorted(low, reverse=order == "descending")
    assert browser.ask("document.querySelector('.sortable tfoot').innerText").startswith("mish")


@needs_chromium
def test_columns_of_words_are_sorted(browser: Chromium, page: Path) -> None:
    browser.open(page)
    browser.ask("document.querySelector('.sortable th button').click()")
    names = column(browser, 0)
    assert names == sorted(names)


@needs_chromium
def test_light_and_dark(browser: Chromium, page: Path) -> None:
    shades = []
    for dark in (False, True):
        browser.see(dark=dark)
        browser.open(page)
        browser.ask("document.querySelector('svg').scrollIntoView()")
        picture = np.asarray(Image.open(io.BytesIO(browser.screenshot())).convert("L"), dtype=float)
        shades.append(picture)
    light, dark_ = shades
    assert np.median(light) > 250
    assert np.median(dark_) < 40
    # ink of the curves: far from the paper in both
    assert (light < 100).sum() > 2000
    assert (dark_ > 150).sum() > 2000
    browser.see()


@needs_chromium
def test_a_narrow_window_scrolls_tables_only(browser: Chromium, page: Path) -> None:
    browser.see(width=360, height=700)
    browser.open(page)
    assert browser.ask("document.documentElement.scrollWidth") <= 360
    wide = "document.querySelector('.sortable')"
    assert browser.ask(f"{wide}.offsetWidth > {wide}.parentElement.clientWidth")
    browser.see()


@needs_chromium
def test_formulas_are_typeset(browser: Chromium, page: Path) -> None:
    browser.open(page)
    assert browser.ask("document.querySelectorAll('math').length") == 5
    height = browser.ask("document.querySelector('mfrac').getBoundingClientRect().height")
    assert height > 25, "a fraction is higher than a line"


@needs_chromium
def test_it_prints_on_light_paper(browser: Chromium, page: Path) -> None:
    browser.see(dark=True)
    browser.open(page)
    printed = browser.pdf()
    assert printed.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 8
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert browser.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    browser.call("Emulation.setEmulatedMedia", media="")
    browser.see()


HIDDEN = "(s) => !s.clientWidth"


@needs_chromium
def test_the_picture_follows_the_reader(browser: Chromium, page: Path) -> None:
    """What is read under the mouse is what Python computes; fingers and buttons move the view."""
    browser.see(width=1200, height=1600)
    browser.open(page)
    browser.ask("document.getElementById('plots').scrollIntoView()")
    box = browser.ask(
        "(({x, y, width}) => [x + 60, y, width - 68])"
        "(document.querySelector('svg.panel').getBoundingClientRect())"
    )
    at = {"x": round(box[0] + 0.3 * box[2]), "y": round(box[1] + 50)}
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", **at)
    told = dict(re.findall(r"^(.+?)(?: =|:) (.*)$", browser.ask(READOUT), re.MULTILINE))
    x = float(told["x"])
    for name in ("linear-swish", "swish", "mish"):
        value, *rest = re.findall(r"-?\d[\d.e-]*", told[name])
        read = actx.formula(name)
        assert float(value) == pytest.approx(float(read(x)), rel=1e-5)
        assert float(rest[-1]) == pytest.approx(float(read.derivative()(x)), rel=1e-5)
        if name != "mish":
            error = float(read(x)) - float(actx.formula("mish")(x))
            assert float(rest[0]) == pytest.approx(error, rel=1e-4, abs=1e-7)
    browser.ask("document.querySelector('[data-curve=\"0\"]').click()")
    assert browser.ask("document.querySelectorAll('path.curve.c0[visibility=visible]').length") == 0
    before = labels(browser)
    pinched(browser, box)
    after = labels(browser)
    assert 1.5 < (before[-1] - before[0]) / (after[-1] - after[0]) < 3
    browser.ask("document.querySelector('[data-view=reset]').click()")
    assert labels(browser) == before
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert not browser.ask("document.getElementById('plots').clientWidth"), (
        "paper has the still one"
    )
    assert browser.ask("document.querySelector('svg.picture.wide').clientWidth")
    browser.call("Emulation.setEmulatedMedia", media="")
    browser.see()


READOUT = "document.getElementById('readout').textContent"


def labels(browser: Chromium) -> list[float]:
    """The numbers along the x axis."""
    texts = browser.ask(
        "[...document.querySelector('svg.panel').querySelectorAll('text[text-anchor=middle]')]"
        ".map((t) => t.textContent)"
    )
    return [float(text) for text in texts]


def pinched(browser: Chromium, box: list[float]) -> None:
    """Two fingers that part to twice their distance about the middle."""
    middle = box[0] + box[2] / 2
    browser.call("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
    for kind, away in (("touchStart", 80), ("touchMove", 110), ("touchMove", 160), ("touchEnd", 0)):
        fingers = [
            {"x": middle + side * away, "y": box[1] + 60, "id": number}
            for number, side in enumerate((-1, 1))
        ]
        points = [] if kind == "touchEnd" else fingers
        browser.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)
    browser.call("Emulation.setTouchEmulationEnabled", enabled=False)


@needs_chromium
def test_the_picture_has_letters_that_a_phone_shows(page: Path) -> None:
    """One of two pictures is seen at a time; letters are outlines, 0.72 em high."""
    with Chromium() as browser:
        for width, seen in ((390, "narrow"), (1280, "wide")):
            browser.see(width=width, height=800)
            browser.open(page)
            assert browser.ask(f"[...document.querySelectorAll('svg.picture')].every({HIDDEN})")
            browser.ask("document.body.classList.remove('alive')")  # as without scripts
            shown = browser.ask(
                "[...document.querySelectorAll('svg.picture')].filter((s) => s.clientWidth)"
                ".map((s) => [s.classList[1], s.clientWidth / s.viewBox.baseVal.width])"
            )
            assert [name for name, _ in shown] == [seen]
            pixels = 7 * shown[0][1]  # of letters of 7 points
            assert pixels >= (12 if seen == "narrow" else 8)
            assert browser.ask("document.documentElement.scrollWidth") <= width
