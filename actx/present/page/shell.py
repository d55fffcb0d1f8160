"""What every page is: one file with its own style and script, and a policy that allows no other."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from importlib import resources
from xml.etree.ElementTree import Element, tostring

from actx.present.page.elements import element
from actx.present.page.picture import DARK_INK, DARK_PAPER, LIGHT_INK, LIGHT_PAPER, declarations


def page(title: str, style: str, script: str, main: Element, data: object = None) -> bytes:
    """A page as the content of a file, in UTF-8.

    style, script: ours alone, never what a formula says. data: what the script reads from the
    element `data`, as JSON, which no browser runs.
    """
    body = element("body", main)
    if data is not None:
        body.append(_verbatim("script", _inert(data), type="application/json", id="data"))
    body.append(_verbatim("script", script))
    made = element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=_policy(script)),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("title", title),
            _verbatim("style", style),
        ),
        body,
        lang="en",
    )
    text = tostring(made, encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{text}\n".encode("utf-8", "backslashreplace")


def resource(package: str, name: str) -> str:
    """The text of a file beside the modules of a package."""
    return (resources.files(package) / name).read_text(encoding="utf-8")


def colour_rules(colours: Iterable[str]) -> str:
    """Colours as variables, for light and for dark pages."""
    listed = list(colours)
    light = f"--paper:{LIGHT_PAPER};--ink:{LIGHT_INK};{declarations(listed, dark=False)}"
    dark = f"--paper:{DARK_PAPER};--ink:{DARK_INK};{declarations(listed, dark=True)}"
    query = "@media screen and (prefers-color-scheme: dark)"
    return f":root{{{light}}}\n{query}{{:root{{{dark}}}}}\n"


def _verbatim(tag: str, text: str, **attributes: str) -> Element:
    """Text that HTML does not escape."""
    made = Element(tag, attributes)
    made.text = f"\n{text}"
    return made


def _inert(data: object) -> str:
    """JSON in ASCII in which nothing can end the element that it stands in."""
    return json.dumps(data, allow_nan=False).replace("<", "\\u003c")


def _policy(script: str) -> str:
    """What the page may do: nothing but its own styles and its own script; no network."""
    digest = base64.b64encode(hashlib.sha256(f"\n{script}".encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
