"""The picture of a report as one that follows the reader: hover, drag, zoom, curves on and off."""

from __future__ import annotations

import math
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from actx.calculus.formula import Formula
from actx.codegen.languages.js import open_functions
from actx.core.domain import Domain
from actx.core.errors import ActxError
from actx.language.tree import number, parameter, simplified, substitute
from actx.present.page.contents import Contents, Sheet
from actx.present.page.curves import colour, line_rules
from actx.present.page.elements import element
from actx.present.page.shell import resource
from actx.present.sheets.comparison import short

MOST = 8  # candidates; the curves of more are not told apart
_MOST_KINKS = 40  # dots of a curve
HINT = (
    "Point at the curves to read values; drag to move, ctrl and the wheel or two fingers to zoom. "
    "Keys on the curves: ← → read, + − zoom, 0 resets."
)
_VIEWS = {"left": "←", "right": "→", "in": "+", "out": "−", "reset": "Reset"}
_VIEW_WORDS = {"left": "Move left", "right": "Move right", "in": "Zoom in", "out": "Zoom out",
               "reset": "Reset the view"}  # fmt: skip


@dataclass(frozen=True)
class Live:
    """What a page needs for it: its element, style and script, what the script reads, and hues."""

    element: Element
    style: str
    script: str
    data: dict[str, object]
    colours: tuple[str, ...]


def live(contents: Contents) -> Live | None:
    """The live picture of a report; None for too many curves, or one that has no such code."""
    sheets = contents.sheets
    if len(sheets) > MOST + 1:
        return None
    formulas = {f"f{place}": _closed(sheet) for place, sheet in enumerate(sheets)}
    try:
        shared, written = open_functions(formulas)
    except ActxError:
        return None
    functions = "\n\n".join([shared, *written.values()]).replace("export function", "function")
    curves = ", ".join(f"{{ value: {name}, slope: {name}_derivative }}" for name in formulas)
    texts = (functions, f"const CURVES = [{curves}];", resource(__package__, "plots.js"))
    names = [short(sheet.name) for sheet in sheets]
    domain = Domain.of(contents.comparison.domain)
    data: dict[str, object] = {
        "titles": ["Value", f"Error against {names[-1]}", "Derivative"],
        "names": names,
        "hint": HINT,
        "view": list(contents.view),
        "domain": [[_finite(part.lo), _finite(part.hi)] for part in domain.parts],
        "kinks": [[kink.x for kink in sheet.found.kinks[:_MOST_KINKS]] for sheet in sheets],
    }
    return Live(
        _drawing(names),
        resource(__package__, "plots.css") + "".join(line_rules(len(names) - 1)),
        "\n".join([*texts, resource(__package__, "live.js")]),
        data,
        tuple(colour(place) for place in range(len(names) - 1)),
    )


def _closed(sheet: Sheet) -> Formula:
    """A formula with its numbers for parameters."""
    places = {parameter(name): number(value) for name, value in sheet.parameters.items()}
    return Formula(sheet.name, substitute(sheet.tree, places, simplified))


def _finite(end: float) -> float | None:
    return end if math.isfinite(end) else None


def _drawing(names: list[str]) -> Element:
    curves = [
        element(
            "label",
            element("input", type="checkbox", checked="", data_curve=str(place)),
            " ",
            element("span", class_=f"swatch c{place}"),
            f"{name} (target)" if place == len(names) - 1 else name,
            class_="choice",
        )
        for place, name in enumerate(names)
    ]
    return element(
        "div",
        element("div", *curves, class_="legend", role="group", aria_label="Curves"),
        plots(),
        tools(),
        element("output", HINT, id="readout"),
        class_="live",
    )


def plots() -> Element:
    """Where a script draws."""
    return element(
        "div", id="plots", tabindex="0", role="group",
        aria_label="Curves: value, error and derivative", aria_describedby="readout",
    )  # fmt: skip


def tools() -> Element:
    """The buttons that move the view."""
    buttons = [
        element("button", text, type="button", data_view=name, aria_label=_VIEW_WORDS[name])
        for name, text in _VIEWS.items()
    ]
    return element("div", *buttons, class_="tools", role="group", aria_label="View")
