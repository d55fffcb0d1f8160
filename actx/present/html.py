"""A result as HTML for a notebook: what the text says, in tables, and the picture below it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree.ElementTree import Element, tostring

from actx.core.views import Shown
from actx.present.page.elements import Content, element
from actx.present.parts import Grid, parts
from actx.present.text import text


def html(result: Shown, picture: bytes | None = None) -> str:
    """One element with everything in it, which needs no script and no network.

    picture: as the content of a .png file.
    """
    if type(result).__name__ == "Explorer":
        return _framed(result)
    made = element("div", *_contents(result), class_="actx")
    if picture is not None:
        source = f"data:image/png;base64,{b64encode(picture).decode()}"
        made.append(
            element("img", src=source, alt="The same as a picture.", style="max-width: 48em")
        )
    return tostring(made, encoding="unicode", method="html")


def _framed(result: Any) -> str:
    """A page of its own, in a frame that lets its script run but reach nothing around it."""
    from actx.present.explorer.document import document

    frame = element(
        "iframe",
        srcdoc=document(result).decode(),
        sandbox="allow-scripts",
        allow="clipboard-write",
        title="Templates with sliders",
        width="100%",
        height="900",
        style="border: 0",
    )
    return tostring(frame, encoding="unicode", method="html")


def _contents(result: Shown) -> Iterator[Element]:
    known: Any = result
    match type(result).__name__:
        case "Export":
            about = {n: getattr(known, n) for n in ("formula", "language", "name", "target")}
            yield _table((), about.items())
            yield element("pre", element("code", text(result)))
        case "Verdict":
            yield _table((), (("statement", known.statement), ("answer", text(result))))
        case _:
            for part in parts(result):
                if isinstance(part, Grid):
                    yield _table(part.heads, part.rows)
                else:
                    yield element("p", *_broken(part))


def _broken(lines: str) -> Iterator[Content]:
    for place, line in enumerate(lines.split("\n")):
        if place:
            yield element("br")
        yield line


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> Element:
    head = element("tr", *(element("th", text, scope="col") for text in heads))
    body = (element("tr", *(element("td", str(cell)) for cell in row)) for row in rows)
    made = element("table", element("tbody", *body))
    if len(head):
        made.insert(0, element("thead", head))
    return made
