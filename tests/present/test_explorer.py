"""The page of `actx explore`, as a browser has it, against what Python computes."""

from __future__ import annotations

import html
import json
import re
import shutil
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import PROGRAM, Chromium
from commands import refused, run, run_json

import actx
from actx.present.sheets.explored import label

TEMPLATE, OTHER = "2x*sigmoid(a*x)", "x*clip(x + c, 0, k)/k"
SHOWN = 5.1e-7  # half a unit of the seventh digit
needs_chromium = pytest.mark.skipif(PROGRAM is None, reason="the program chromium is not installed")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("explorer") / "page.html"
    inputs = np.random.default_rng(3).normal(0, 2, 3000)
    return actx.explore(
        TEMPLATE, OTHER, "swish", target=["mish", "gelu"], data=inputs, output=path
    )  # fmt: skip


@pytest.fixture(scope="module")
def text(made: Any) -> str:
    return Path(made.output).read_text(encoding="utf-8")


# --- what is gathered ---------------------------------------------------------------------------


def test_marks_are_the_fits_and_say_best_only_where_it_is_proven(made: Any) -> None:
    template, clipped, swish = made.templates
    best = actx.fit(TEMPLATE, target="mish")
    mark = template.pairs[0].marks[0]
    assert mark.parameters == best.parameters
    assert label(mark) == "best, max |e|"
    assert mark.row.max_error.value == pytest.approx(best.max_error.value, rel=1e-12)
    assert template.pairs[0].domain == best.domain
    assert clipped.pairs[0].marks[0].row.max_error.value == pytest.approx(0.14163217964914)
    registry = next(mark for mark in swish.pairs[0].marks if mark.what == "registry")
    assert registry.parameters == {"beta": 1}
    for each in made.templates:
        for pair in each.pairs:
            data = next(mark for mark in pair.marks if mark.what == "data")
            assert label(data) == "best found, data RMS"
            rms = [mark.row.data.rms for mark in pair.marks]
            assert data.row.data.rms <= min(rms) * (1 + 1e-9)


def test_sliders_hold_the_marks_and_keep_to_bounds() -> None:
    found = actx.explore("a*x + b*x^3", target="tanh", domain=(-2, 2), bounds={"b": (-0.1, 0)})
    (template,) = found.templates
    for slider in template.sliders:
        for mark in template.pairs[0].marks:
            assert slider.ends[0] <= mark.parameters[slider.name] <= slider.ends[1]
    assert template.sliders[1].bounds == (-0.1, 0)
    assert template.pairs[0].marks[0].parameters["b"] >= -0.1


def test_what_has_a_value_gets_no_slider() -> None:
    found = actx.explore("a*x*sigmoid(b*x)", target="mish", set={"a": 1}, budget=None)
    assert [slider.name for slider in found.templates[0].sliders] == ["b"]
    given = actx.explore("hard-mish", target="mish", budget=None).templates[0]
    assert not given.sliders
    assert [label(mark) for mark in given.pairs[0].marks] == ["as given"]


# --- the file -------------------------------------------------------------------------------------


def test_it_needs_nothing_else(text: str) -> None:
    assert len(text) < 3_000_000
    assert "connect-src" not in text
    assert re.search(r"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-", text)
    assert not re.search(r"\beval\(|new Function|\bsrc=|@import|url\(", text)
    assert set(re.findall(r"https?://[^\"' <]+", text)) == {"http://www.w3.org/2000/svg"}


def test_formula_text_is_data(tmp_path: Path) -> None:
    nasty = "a*x if x < 0 and x > -1e9 else x*b"
    path = tmp_path / "page.html"
    actx.explore(nasty, target="relu", domain=(-1, 1), budget=None, output=path)
    page = path.read_text(encoding="utf-8")
    data = re.search(r'<script type="application/json" id="data">\n(.*?)</script>', page)
    assert data is not None
    assert "<" not in data[1]
    parts = json.loads(data[1])["templates"][0]["text"]
    assert "".join("ab"[p] if isinstance(p, int) else p for p in parts).replace(" ", "") == (
        "a*xifx<0andx>-1e9elsex*b"
    )


def test_code_to_take_along_runs(made: Any, text: str, tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    data = re.search(r'id="data">\n(.*?)</script>', text)
    assert data is not None
    path = tmp_path / "code.mjs"
    code = json.loads(data[1])["templates"][1]["code"]
    path.write_text(f"{code}\nconsole.log(f1(1.25, 3, 5), f1_derivative(1.25, 3, 5));\n")
    done = subprocess.run(["node", path], capture_output=True, text=True, check=True)
    assert [float(t) for t in done.stdout.split()] == pytest.approx([1.0625, 1.1])


def test_it_shows_itself_in_a_notebook(made: Any) -> None:
    shown = made._repr_html_()
    assert shown.startswith("<iframe")
    assert 'sandbox="allow-scripts"' in shown
    assert 'id="slider-0-0"' in html.unescape(shown)
    assert "best, max |e|" in str(made)
    assert {row["what"] for row in made.table()} == {"max", "l2", "data", "registry"}


# --- in a browser ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with Chromium() as running:
        yield running


@pytest.fixture
def page(browser: Chromium, made: Any) -> Chromium:
    browser.see(width=1400, height=1200)
    browser.open(Path(made.output))
    return browser


def set_box(page: Chromium, name: str, value: str) -> None:
    page.ask(
        f"{{const b = $('box-{name}'); b.value = {value!r}; b.dispatchEvent(new Event('input'))}}"
    )


def live(page: Chromium, template: int, target: int = 0) -> dict[str, str]:
    found: dict[str, str] = page.ask(
        f"Object.fromEntries([...$('live-{template}-{target}').querySelectorAll('[data-live]')]"
        ".map((cell) => [cell.dataset.live, cell.textContent]))"
    )
    return found


def number(text: str) -> float:
    assert text.startswith("~")
    return float(text[1:])


def complaints(page: Chromium) -> list[Any]:
    bad = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
    return [event["params"] for event in page.events if event["method"] in bad]


@needs_chromium
@pytest.mark.parametrize("values", [(1.5,), (0.3,), (4.0,)])
def test_live_numbers_are_those_of_python(page: Chromium, made: Any, values: Any) -> None:
    set_box(page, "0-0", repr(values[0]))
    shown = live(page, 0)
    row = actx.compare(
        TEMPLATE, "mish", set={"a": values[0]}, domain=made.templates[0].pairs[0].domain
    )
    wanted = row.rows[0]
    assert number(shown["error"]) == pytest.approx(wanted.max_error.value, rel=SHOWN)
    assert number(shown["at"]) == pytest.approx(wanted.max_error.x, rel=1e-5)
    assert number(shown["l2"]) == pytest.approx(wanted.l2_error, rel=6e-4)
    inputs = np.random.default_rng(3).normal(0, 2, 3000)
    off = actx.formula(TEMPLATE.replace("a*", f"{values[0]}*"))(inputs) - actx.formula("mish")(
        inputs
    )
    assert number(shown["data"]) == pytest.approx(np.sqrt(np.mean(off**2)), rel=1e-3)
    assert number(shown["minimum"]) == pytest.approx(wanted.minimum.y, rel=SHOWN)
    assert number(shown["place"]) == pytest.approx(wanted.minimum.x, rel=1e-5)
    assert shown["kinks"] == "~none"


@needs_chromium
def test_live_kinks_move_with_the_sliders(page: Chromium) -> None:
    set_box(page, "1-0", "2.25")
    set_box(page, "1-1", "4")
    shown = live(page, 1)
    row = actx.compare(OTHER, "mish", set={"c": 2.25, "k": 4}).rows[0]
    assert shown["kinks"] == "~-2.25, ~1.75"
    assert [kink.x for kink in row.kinks] == [-2.25, 1.75]
    assert number(shown["error"]) == pytest.approx(row.max_error.value, rel=SHOWN)


@needs_chromium
def test_curves_are_those_of_python(page: Chromium) -> None:
    """The samples that are drawn: values, errors and derivatives of each template."""
    x = np.array(page.ask("[...places]"))
    assert len(x) == 2000
    for t, (name, values) in enumerate(
        [(TEMPLATE, {"a": 2}), (OTHER, {"c": 3, "k": 5}), ("swish", {"beta": 1.5})]
    ):
        for i, value in enumerate(values.values()):
            set_box(page, f"{t}-{i}", str(value))
        f = actx.formula(name, set=values)
        assert page.ask(f"[...drawn[{t}].ys]") == pytest.approx(f(x), rel=1e-12, abs=1e-14)
        rates = np.array(page.ask(f"[...drawn[{t}].slopes]"))
        wanted = f.derivative()(x)
        assert rates == pytest.approx(wanted, rel=1e-11, abs=1e-13)
        inside = x <= 0 if t == 0 else x < np.inf
        errors = np.array(page.ask(f"[...drawn[{t}].errors].map((e) => e ?? 0)"), dtype=float)
        goal = actx.formula("mish")(x)
        assert errors[inside] == pytest.approx((f(x) - goal)[inside], abs=1e-12)


@needs_chromium
def test_a_slider_is_moved_by_keys_and_a_mark_by_a_click(page: Chromium, made: Any) -> None:
    page.ask("$('slider-2-0').focus()")
    before = page.ask("state.values[2][0]")
    page.press("ArrowRight", 39)
    assert page.ask("state.values[2][0]") > before
    assert float(page.ask("$('box-2-0').title")) == page.ask("state.values[2][0]")
    shown = page.ask("$('box-2-0').value")
    assert len(shown) < 12
    assert float(shown) == pytest.approx(page.ask("state.values[2][0]"), rel=1e-8)
    marks = made.templates[2].pairs[0].marks
    for place, mark in enumerate(marks):
        page.ask(f"document.querySelector('[data-go=\"2-0-{place}\"]').click()")
        assert page.ask("state.values[2][0]") == mark.parameters["beta"]
        assert number(live(page, 2)["error"]) == pytest.approx(mark.row.max_error.value, rel=SHOWN)


@needs_chromium
def test_a_box_refuses_what_is_no_number(page: Chromium) -> None:
    before = page.ask("state.values[2][0]")
    for wrong in ("two", "", "1e999", "200"):  # the registry keeps beta below 100
        set_box(page, "2-0", wrong)
        assert page.ask("$('box-2-0').getAttribute('aria-invalid')") == "true"
        assert page.ask("state.values[2][0]") == before
    set_box(page, "2-0", "1,5")  # as half of the world writes it
    assert page.ask("state.values[2][0]") == 1.5


@needs_chromium
def test_the_target_can_be_changed(page: Chromium, made: Any) -> None:
    page.ask("document.querySelectorAll('input[name=target]')[1].click()")
    pair = made.templates[2].pairs[1]
    page.ask("document.querySelector('[data-go=\"2-1-0\"]').click()")
    wanted = pair.marks[0].row.max_error.value
    assert number(live(page, 2, 1)["error"]) == pytest.approx(wanted, rel=SHOWN)
    shown = page.ask(
        "[...document.querySelectorAll('[data-target]')].filter((s) => !s.hidden).length"
    )
    assert shown == 3


@needs_chromium
def test_the_address_keeps_the_state(page: Chromium, made: Any) -> None:
    set_box(page, "1-1", "4.5")
    page.ask("document.querySelector('[data-curve=\"0\"]').click()")
    page.ask("document.querySelector('[data-view=in]').click()")
    page.ask("settle()")
    address = page.ask("location.href")
    page.call("Page.navigate", url="about:blank")
    page.call("Page.navigate", url=address)
    while page.ask("document.readyState") != "complete" or page.ask("typeof state") != "object":
        pass
    assert page.ask("state.values[1][1]") == 4.5
    assert page.ask("[...state.hidden]") == [0]
    assert page.ask("state.view") == [-2.5, 2.5]
    assert page.ask("document.querySelector('[data-curve=\"0\"]').checked") is False
    page.ask("location.hash = '#view=nan:3&t0=x,y&target=9&off=77'")
    assert page.ask("state.target") == 0
    assert page.ask("state.view") == [-2.5, 2.5]


@needs_chromium
def test_curves_are_switched_off_and_read(page: Chromium) -> None:
    page.ask("document.querySelector('[data-curve=\"1\"]').click()")
    hidden = "document.querySelectorAll('.curve.c1')[0].getAttribute('visibility')"
    assert page.ask(hidden) == "hidden"
    box = page.ask(
        "(({x, y, width, height}) => [x, y, width, height])($('plots').getBoundingClientRect())"
    )
    at = {"x": box[0] + 0.7 * box[2], "y": box[1] + 0.2 * box[3]}
    page.call("Input.dispatchMouseEvent", type="mouseMoved", **at)
    lines = page.ask("$('readout').textContent").split("\n")
    assert [line.split(":")[0] for line in lines[1:]] == ["mish", TEMPLATE, "swish"]
    x = float(lines[0].removeprefix("x = "))
    value = float(re.findall(r": (\S+),", lines[1])[0])
    assert value == pytest.approx(actx.formula("mish")([x])[0], rel=1e-5)
    page.ask("$('plots').focus()")
    page.press("ArrowRight", 39)
    assert float(page.ask("$('readout').textContent").split("\n")[0].split()[-1]) > x


@needs_chromium
def test_it_pans_zooms_and_goes_back(page: Chromium) -> None:
    box = page.ask(
        "(({x, y, width, height}) => [x, y, width, height])($('plots').getBoundingClientRect())"
    )
    start = {"x": box[0] + 0.5 * box[2], "y": box[1] + 100, "button": "left", "clickCount": 1}
    page.call("Input.dispatchMouseEvent", type="mousePressed", buttons=1, **start)
    page.call(
        "Input.dispatchMouseEvent",
        type="mouseMoved",
        buttons=1,
        **(start | {"x": start["x"] - 100}),
    )
    page.call("Input.dispatchMouseEvent", type="mouseReleased", **start)
    lo, hi = page.ask("state.view")
    assert lo > -5
    assert hi - lo == pytest.approx(10)
    page.ask("document.querySelector('[data-view=out]').click()")
    assert page.ask("state.view[1] - state.view[0]") == pytest.approx(20)
    page.ask("document.querySelector('[data-view=reset]').click()")
    assert page.ask("state.view") == [-5, 5]


@needs_chromium
def test_what_is_copied_is_what_is_seen(page: Chromium) -> None:
    set_box(page, "1-0", "-2.5")
    for what in ("formula", "command", "code"):
        page.ask(f"document.querySelector('[data-copy={what}][data-of=\"1\"]').click()")
        copied = page.ask("document.body.dataset.copied")
        if what == "formula":
            formula = copied
            k = page.ask("state.values[1][1]")
            x = np.linspace(-4, 4, 9)
            assert actx.formula(formula)(x) == pytest.approx(x * np.clip(x - 2.5, 0, k) / k)
        elif what == "command":
            assert copied == f"actx compare '{formula}' mish"
        else:
            assert re.search(r"export function f1\(x, c = -2\.5, k = [\d.]+\) {", copied)


@needs_chromium
def test_a_move_takes_5_ms_and_nothing_complains(page: Chromium) -> None:
    script = """[...Array(60).keys()].map((i) => {
        const slider = $('slider-1-0'); slider.value = 2.5 + i / 40;
        slider.dispatchEvent(new Event('input'));
        return Number(document.body.dataset.took)})"""
    best = min(statistics.median(page.ask(script)[20:]) for _ in range(5))
    assert best <= 5, best
    assert complaints(page) == []


@needs_chromium
@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_phones_and_wide_screens(page: Chromium, width: int, dark: bool) -> None:
    page.see(dark=dark, width=width, height=900)
    while page.ask("panels[0].width + panels[0].left + 8 - boxes.clientWidth"):
        pass  # until the page has been told
    assert page.ask("document.documentElement.scrollWidth") == width
    letters = page.ask("document.querySelector('svg.panel text').getBoundingClientRect().height")
    assert letters >= 12
    unnamed = page.ask(
        "[...document.querySelectorAll('input, button')].filter((e) => !(e.labels?.length || "
        "e.getAttribute('aria-label') || e.textContent.trim())).length"
    )
    assert unnamed == 0


# --- the command ----------------------------------------------------------------------------------


def test_the_command_writes_a_page_and_tells_the_marks(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    done = run("explore", TEMPLATE, "-o", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "best, max |e|  1.548425  0.09486951" in done.stdout
    assert done.stdout.endswith(f"Wrote {path}\n")
    found = run_json("explore", TEMPLATE, "--no-prove", "-o", str(path))
    mark = found["templates"][0]["pairs"][0]["marks"][0]
    assert mark["what"] == "max"
    assert mark["parameters"]["a"] == pytest.approx(1.548425, abs=1e-6)
    assert found["output"] == str(path)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([TEMPLATE, "-o", "page.png"], "page it becomes, .html"),
        ([TEMPLATE, "-o", "page.html", "--bound", "q=0:1"], "free parameter 'q'"),
        ([*["x*a"] * 9, "-o", "page.html"], "1 to 8 templates"),
        (["2x*sigmoyd(a*x)", "-o", "page.html"], "sigmoid"),
    ],
)  # fmt: skip
def test_wrong_usage_is_told(args: list[str], message: str) -> None:
    assert message in refused("explore", *args)
