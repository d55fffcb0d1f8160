"""A picture of matplotlib's inside the page: an `svg` element that follows light and dark.

Each of its colours becomes a variable of the style sheet, which has the colour itself for a light
page and for paper, and its counterpart for a dark one.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, fromstring

LIGHT_PAPER, LIGHT_INK = "#ffffff", "#000000"
DARK_PAPER, DARK_INK = "#16181d", "#e8e8ea"
CONTRAST = 4.5  # of a hue with the paper in the dark, WCAG 2.1, 1.4.3

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
_LINK = re.compile(r"url\(#([^)]+)\)")
_GREY = 0.1  # less saturation is none
_KEPT = {"clipPath", "defs", "g", "path", "rect", "svg", "use"}


def inline(svg: bytes, prefix: str, label: str) -> tuple[Element, list[str]]:
    """The picture as an element without namespaces, and the colours in it.

    prefix: put before all ids, so that several pictures can stand on one page. label: what a reader
    who cannot see it is told.
    """
    found = fromstring(svg)
    colours: set[str] = set()
    root = _plain(found, prefix, colours)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.attrib |= {"role": "img", "aria-label": label, "class": "picture"}
    return root, sorted(colours)


def _plain(found: Element, prefix: str, colours: set[str]) -> Element:
    made = Element(_local(found.tag))
    for key, value in found.attrib.items():
        made.set(_local(key), _attribute(_local(key), value, prefix, colours))
    made.extend(_plain(e, prefix, colours) for e in found if _local(e.tag) in _KEPT)
    return made


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _attribute(key: str, value: str, prefix: str, colours: set[str]) -> str:
    if key == "id":
        return f"{prefix}{value}"
    if key == "href":
        return f"#{prefix}{value.removeprefix('#')}"
    if key == "d":
        return " ".join(value.split())
    colours |= {colour.lower() for colour in _COLOUR.findall(value)}
    value = _COLOUR.sub(lambda match: f"var({variable(match.group().lower())})", value)
    return _LINK.sub(lambda match: f"url(#{prefix}{match[1]})", value)


def variable(colour: str) -> str:
    """The name of the variable that stands for a colour."""
    return f"--c-{colour.removeprefix('#')}"


def declarations(colours: Iterable[str], *, dark: bool) -> str:
    """The variables of some colours for a style sheet."""
    return "".join(f"{variable(c)}:{on_dark(c) if dark else c};" for c in colours)


def on_dark(colour: str) -> str:
    """What a colour made for white paper becomes on dark paper.

    Greys are mirrored between the dark page's paper and its ink; a hue is made as light as it takes
    to stand out.
    """
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    if saturation < _GREY:
        ends = zip(_channels(DARK_INK), _channels(DARK_PAPER), strict=True)
        return _hex((1 - lightness) * ink + lightness * paper for ink, paper in ends)
    for percent in range(round(100 * lightness), 101):
        lighter = _hex(colorsys.hls_to_rgb(hue, percent / 100, saturation))
        if contrast(lighter, DARK_PAPER) >= CONTRAST:
            return lighter
    return DARK_INK


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, WCAG 2.1."""
    low, high = sorted(map(_luminance, (first, second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    linear = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour)
    )
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _channels(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))


def _hex(channels: Iterable[float]) -> str:
    return "#" + "".join(f"{round(255 * c):02x}" for c in channels)
