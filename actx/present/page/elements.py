"""HTML elements: text is data, and is escaped when the document is written out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from actx.present.terminal import printable

Content = Element | str


def element(tag: str, *contents: Content, **attributes: str) -> Element:
    """An element with text and elements in it, in order.

    attributes: by their names, `_` for `-`; one that Python keeps for itself has `_` behind it, as
    in class_. Characters that no text should have are written as escapes.
    """
    made = Element(tag, {_name(key): printable(value) for key, value in attributes.items()})
    last: Element | None = None
    for content in contents:
        if isinstance(content, str):
            text = printable(content)
            if last is None:
                made.text = (made.text or "") + text
            else:
                last.tail = (last.tail or "") + text
        else:
            made.append(content)
            last = content
    return made


def _name(key: str) -> str:
    return key.removesuffix("_").replace("_", "-")


@dataclass(frozen=True)
class Cell:
    """A cell of a table; sort: the number that its column is sorted by, None for the text."""

    content: Content
    sort: float | None = None


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    foot: Sequence[Cell] = (),
    sorted_by: int | None = None,
) -> Element:
    """A table whose first column heads its rows, in a box that scrolls where it is too wide.

    foot: a last row that stays where it is. sorted_by: the column that its rows are sorted by, so
    that the page's script makes it sortable.
    """
    lines = list(rows)
    head = element("tr")
    for place, text in enumerate(heads):
        cell = element("th", text, scope="col")
        if any(line[place].sort is not None for line in lines):
            cell.set("class", "number")
        if place == sorted_by:
            cell.set("aria-sort", "ascending")
        head.append(cell)
    made = element("table", element("caption", caption), element("thead", head))
    made.append(element("tbody", *map(_row, lines)))
    if foot:
        made.append(element("tfoot", _row(foot)))
    if sorted_by is not None:
        made.set("class", "sortable")
    return scrolling(made, caption)


def scrolling(content: Element, label: str) -> Element:
    """A box around what may be wider than the page.

    It must be reached by keyboard to be scrolled, and so needs a role and a name.
    """
    return element("div", content, class_="scroll", role="region", aria_label=label, tabindex="0")


def _row(cells: Sequence[Cell]) -> Element:
    made = element("tr")
    for place, cell in enumerate(cells):
        tag = "td" if place else "th"
        one = element(tag, cell.content)
        if not place:
            one.set("scope", "row")
        if cell.sort is not None:
            one.set("data-sort", _for_script(cell.sort))
            one.set("class", "number")
        made.append(one)
    return made


def _for_script(value: float) -> str:
    """A number as JavaScript reads it."""
    return repr(value + 0.0).replace("inf", "Infinity").replace("nan", "NaN")


def facts(rows: Iterable[tuple[str, Content]]) -> Element:
    """A list of labels and what stands beside them."""
    made = element("dl")
    for label, value in rows:
        made.extend([element("dt", label), element("dd", value)])
    return made
