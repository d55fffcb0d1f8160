"""The page as a whole: controls, curves, and tables of what is live beside what is proven."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from actx.codegen.languages.js import open_functions
from actx.core.domain import Domain
from actx.core.norms import NORMS
from actx.core.numbers import domain
from actx.core.version import __version__
from actx.language.text import to_text
from actx.present.page.curves import colour, line_rules
from actx.present.page.elements import element, scrolling
from actx.present.page.live import HINT, plots, tools
from actx.present.page.shell import colour_rules, page, resource
from actx.present.sheets.certainty import Certainty
from actx.present.sheets.comparison import short
from actx.present.sheets.explored import cells, claims, label
from actx.studies.explorer.results import Explorer, Pair, Slider, Template

_SCRIPTS = ("numerics.js", "controls.js")
_LIVE = {"max |e|": "error", "at x": "at", "L2": "l2", "minimum": "minimum", "its x": "place",
         "kinks": "kinks"}  # fmt: skip
_OVER_DATA = {NORMS["data"].head: "data"}
_READ = (
    "e = template − target. The row “now” is found on samples and marked ~, where what is very "
    "narrow or small can be missed; digits without a mark are proven. “best” is said where it is "
    "proven that no values are better."
)


def document(result: Explorer) -> bytes:
    """The page as the content of a file, in UTF-8."""
    certainty = Certainty(result.proofs)
    names = [short(template.name) for template in result.templates]
    title = f"Explore {', '.join(names)}"
    against = ", ".join(short(target.name) for target in result.targets)
    main = element(
        "main",
        element(
            "header",
            element("h1", title),
            element("p", f"Against {against}. By actx {__version__}.", class_="quiet"),
        ),
        element("div", _controls(result), _drawing(), class_="board"),
        *_tables(result, certainty),
        element("p", _READ, class_="quiet"),
        element("p", id="status", role="status", aria_live="polite", class_="unseen"),
    )  # fmt: skip
    style = resource("actx.present.page", "style.css") + resource("actx.present.page", "plots.css")
    style += resource(__package__, "style.css")
    style += colour_rules([colour(i) for i in range(len(names))]) + "".join(line_rules(len(names)))
    script, codes = _script(result)
    return page(title, style, script, main, _data(result, codes))


def _script(result: Explorer) -> tuple[str, list[str]]:
    """The script of the page, and the functions of each template as code to take along."""
    formulas = {f"f{i}": template.formula for i, template in enumerate(result.templates)}
    goals = {f"g{i}": target for i, target in enumerate(result.targets)}
    shared, written = open_functions(formulas | goals)
    lists = [
        f"const {name} = [{', '.join(f'{{ value: {f}, slope: {f}_derivative }}' for f in names)}];"
        for name, names in (("TEMPLATES", formulas), ("TARGETS", goals))
    ]
    functions = "\n\n".join([shared, *written.values()]).replace("export function", "function")
    parts = [functions, *lists, resource("actx.present.page", "plots.js")]
    parts += [resource(__package__, name) for name in _SCRIPTS]
    return '"use strict";\n' + "\n".join(parts), [
        "\n\n".join(filter(None, (shared, written[name]))) for name in formulas
    ]


def _data(result: Explorer, codes: list[str]) -> dict[str, object]:
    """What the script is told: numbers and texts, no code that it runs."""
    target = "the target" if len(result.targets) > 1 else short(result.targets[0].name)
    return {
        "view": list(result.view),
        "inputs": [list(each) for each in result.inputs],
        "hint": HINT,
        "titles": {"value": "Value", "error": f"Error against {target}", "derivative": "Slope"},
        "targets": [{"name": target.name} for target in result.targets],
        "templates": [_template(*each) for each in zip(result.templates, codes, strict=True)],
    }


def _template(template: Template, code: str) -> dict[str, object]:
    names = [slider.name for slider in template.sliders]
    return {
        "name": short(template.name),
        "text": _parts(template, names),
        "code": code,
        "start": [template.formula.defaults[name] for name in names],
        "bounds": [[_finite(end) for end in slider.bounds] for slider in template.sliders],
        "domains": [
            [[_finite(part.lo), _finite(part.hi)] for part in Domain.of(pair.domain).parts]
            for pair in template.pairs
        ],
        "marks": [
            [[mark.parameters[name] for name in names] for mark in pair.marks]
            for pair in template.pairs
        ],
    }


def _parts(template: Template, names: list[str]) -> list[str | int]:
    """The formula as text, with the numbers of sliders where their values stand."""
    text = to_text(template.formula.tree)
    if not names:
        return [text]
    pieces = re.split(rf"(?<![\w.])({'|'.join(map(re.escape, names))})(?!\w)", text)
    return [names.index(piece) if i % 2 else piece for i, piece in enumerate(pieces)]


def _finite(end: float) -> float | None:
    return end if math.isfinite(end) else None


def _controls(result: Explorer) -> Element:
    made = element("section", class_="controls", aria_label="Controls")
    for t, template in enumerate(result.templates):
        made.append(_sliders(t, template))
    if len(result.targets) > 1:
        choices = [
            _choice(target.name, type="radio", name="target", value=str(place))
            for place, target in enumerate(result.targets)
        ]
        made.append(element("fieldset", element("legend", "Target"), *choices))
    names = [*(template.name for template in result.templates), "target"]
    curves = [
        _choice(name, swatch=str(place), type="checkbox", checked="", data_curve=str(place))
        for place, name in enumerate(names)
    ]
    made.append(element("fieldset", element("legend", "Curves"), *curves))
    return made


def _choice(text: str, swatch: str = "", **attributes: str) -> Element:
    mark = [element("span", class_=f"swatch c{swatch}")] if swatch else []
    box = element("input", **attributes)
    return element("label", box, " ", *mark, short(text), class_="choice")


def _sliders(t: int, template: Template) -> Element:
    made = element(
        "fieldset",
        element("legend", element("span", class_=f"swatch c{t}"), short(template.name)),
        element("output", template.text, id=f"formula-{t}", class_="formula-now"),
    )
    made.extend(_slider(f"{t}-{i}", slider) for i, slider in enumerate(template.sliders))
    copies = [
        element("button", what, type="button", aria_label=f"Copy {what}", data_copy=what,
                data_of=str(t))
        for what in ("formula", "command", "code")
    ]  # fmt: skip
    made.append(element("div", "Copy", *copies, class_="copies"))
    return made


def _slider(key: str, slider: Slider) -> Element:
    lo, hi = slider.ends
    return element(
        "div",
        element("label", slider.name, for_=f"slider-{key}"),
        element(
            "input", type="range", id=f"slider-{key}", data_slider=key, min=repr(lo), max=repr(hi),
            step=repr((hi - lo) / 1000),
        ),
        element(
            "input", type="text", id=f"box-{key}", inputmode="decimal", autocomplete="off",
            aria_label=f"Value of {slider.name}",
        ),
        class_="slider",
    )  # fmt: skip


def _drawing() -> Element:
    return element(
        "section", plots(), tools(), element("output", HINT, id="readout"), class_="drawing",
        aria_label="Curves",
    )  # fmt: skip


def _tables(result: Explorer, certainty: Certainty) -> Iterator[Element]:
    for t, template in enumerate(result.templates):
        for g, pair in enumerate(template.pairs):
            where = f"{short(template.name)} against {short(pair.target)} on {domain(pair.domain)}"
            yield element(
                "section",
                element("h2", element("span", class_=f"swatch c{t}"), where),
                scrolling(_table(t, g, template, pair, certainty), where),
                *(element("p", note, class_="quiet") for note in (*claims(pair), *pair.notes)),
                data_target=str(g),
            )


def _table(t: int, g: int, template: Template, pair: Pair, certainty: Certainty) -> Element:
    """The live row, and a row for each mark with a button that goes there."""
    told = [cells(mark, certainty) for mark in pair.marks]
    names = [slider.name for slider in template.sliders]
    heads = list(told[0]) if told else [*names, *_LIVE]
    live = {name: f"p{i}" for i, name in enumerate(names)} | _LIVE | _OVER_DATA
    now = element("tr", element("th", "now", scope="row"), id=f"live-{t}-{g}", class_="live")
    for head in heads:
        known = {"data_live": live[head]} if head in live else {}
        now.append(element("td", "" if known else "—", class_="number", **known))
    rows = [now]
    for place, (mark, row) in enumerate(zip(pair.marks, told, strict=True)):
        go = [element("button", label(mark), type="button", data_go=f"{t}-{g}-{place}",
                      title="Go there")] if names else [label(mark)]  # fmt: skip
        values = (element("td", row[head], class_="number") for head in heads)
        rows.append(element("tr", element("th", *go, scope="row"), *values))
    top = element("tr", element("th", "values", scope="col"))
    top.extend(element("th", head, scope="col", class_="number") for head in heads)
    return element("table", element("thead", top), element("tbody", *rows))
