"""A picture of what the activations of a network see: a histogram each, on a scale of powers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import starmap
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from actx.present.pictures.labels import LINE_HEIGHT, clean, fit, text_width
from actx.present.pictures.panels import set_frame, set_ticks
from actx.present.pictures.setting import (
    POINTS,
    TICK,
    Box,
    axes_in,
    blank,
    name_axes,
    put_text,
    put_upright,
    size_of,
)
from actx.present.pictures.sheet import PRINTED, Sheet
from actx.present.pictures.style import HUES
from actx.present.pictures.ticks import Ticks, x_ticks

_NARROWEST = 2.0  # inches, of a panel
_HEIGHT = 0.95  # inches, of a panel
_ACROSS = 3  # panels in a row, at most
_BETWEEN = 0.28  # inches, from a panel to the axis of the next
_ROOM = 0.3  # decades above the tallest bar, and of the smallest one at least
_UPRIGHT = "share of inputs in a bar"


class Place(NamedTuple):
    """A histogram: bars from edge to edge with counts; what stands above it."""

    title: str
    edges: Sequence[float]
    counts: Sequence[int]


Given = Sequence[tuple[str, Sequence[float], Sequence[int]]]  # places


def about(given: Given, sheet: Sheet = PRINTED) -> tuple[str, str]:
    """What a file says of the picture: a title, and the names of what is drawn."""
    return "What activations see", ", ".join(clean(title) for title, _, _ in given)


def into(axes: Sequence[Axes], given: Given, sheet: Sheet = PRINTED) -> int:
    """Draw into the caller's axes, a place each."""
    places = list(starmap(Place, given))
    for ax, place in zip(axes, places, strict=False):
        _panel(ax, place, sheet, size_of(ax))
        ax.set_title(clean(place.title))
        name_axes(ax, "input", _UPRIGHT)
    return len(places)


def build(given: Given, sheet: Sheet = PRINTED) -> Figure:
    """The figure, to be called with the plain settings in force."""
    places = list(starmap(Place, given))
    line = LINE_HEIGHT * sheet.text / POINTS
    across = min(_ACROSS, len(places), max(1, int(sheet.width / _NARROWEST)))
    down = -(-len(places) // across)
    ticks = [text for place in places for text in _powers(place).texts]
    left = max(text_width(text, sheet.text) for text in ticks) / POINTS + 2 * TICK / POINTS
    start = sheet.margin + line + 0.05
    width = (sheet.width - start - sheet.margin - (across - 1) * _BETWEEN) / across
    row = line + 0.05 + _HEIGHT + 2 * TICK / POINTS + line + 0.08
    figure = blank(sheet, sheet.margin + down * row + line + sheet.margin)
    for number, place in enumerate(places):
        x = start + (number % across) * (width + _BETWEEN) + left
        y = sheet.margin + (number // across) * row
        title = fit(clean(place.title), sheet.text, (width - left) * POINTS, 1)
        put_text(figure, title, x, y, sheet.text)
        box = Box(x, y + line + 0.05, width - left, _HEIGHT)
        _panel(axes_in(figure, box), place, sheet, (box.width * POINTS, _HEIGHT * POINTS))
    put_upright(figure, _UPRIGHT, sheet.margin, sheet.margin + down * row / 2, sheet.text)
    middle = (start + sheet.width) / 2
    put_text(figure, "input", middle, sheet.margin + down * row, sheet.text, align="center")
    return figure


def _least(place: Place) -> int:
    """The power of ten that the axis of shares begins at."""
    smallest = min(count for count in place.counts if count) / sum(place.counts)
    return math.floor(math.log10(smallest) - _ROOM)


def _powers(place: Place) -> Ticks:
    """Ticks at powers of ten, four at most."""
    low = _least(place)
    step = math.ceil(-low / 3)
    exponents = range(0, low - 1, -step)
    texts = tuple("1" if not e else f"1e{e}".replace("-", "−") for e in exponents)
    return Ticks(tuple(float(e) for e in exponents), texts)


def _panel(axes: Axes, place: Place, sheet: Sheet, room: tuple[float, float]) -> None:
    """Bars over the powers of ten of their shares, in axes of so many points."""
    low, total = _least(place), sum(place.counts)
    view = place.edges[0], place.edges[-1]
    axes.set(xlim=view, ylim=(low, _ROOM))
    set_ticks(axes, _powers(place), x_ticks(view, room[0], sheet.text), sheet, last=True)
    set_frame(axes)
    bars = [
        (lo, hi, math.log10(count / total))
        for lo, hi, count in zip(place.edges, place.edges[1:], place.counts, strict=False)
        if count
    ]
    axes.bar(
        [lo for lo, _, _ in bars], [top - low for _, _, top in bars],
        [hi - lo for lo, hi, _ in bars], low, align="edge", color=HUES[0].base, linewidth=0,
    )  # fmt: skip
