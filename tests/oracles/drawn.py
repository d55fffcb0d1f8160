"""Where the texts of a figure are."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from actx.present.pictures.setting import plain_settings


def texts_of(figure: Figure) -> list[Text]:
    ticks = [
        label
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for label in axis.get_ticklabels()
        if label.get_visible()
    ]
    return [t for t in [*figure.texts, *ticks] if t.get_text()]


def extents_of(figure: Figure, texts: Sequence[Text]) -> list[Bbox]:
    with plain_settings():
        return [t.get_window_extent(figure.canvas.get_renderer()) for t in texts]
