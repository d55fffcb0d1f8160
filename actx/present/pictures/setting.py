"""What every figure is made with: settings that fix its bytes, and text at measured places."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from actx.core.errors import PictureError
from actx.present.pictures.key import Group, Item, Key, Mark, Placed, in_rows
from actx.present.pictures.labels import FONT, LINE_HEIGHT, text_width
from actx.present.pictures.output import Format
from actx.present.pictures.panels import foot, line_look, mark_look
from actx.present.pictures.sheet import Sheet
from actx.present.pictures.style import BLACK, LineStyle

POINTS = 72.0  # per inch
TICK = 3.0  # points of a tick and of the pad to its label
_KEY_GAP = 0.1  # inches, between key and panel
_ON_SCREEN = 100  # dots per inch of a picture in a notebook
_HALF_X_HEIGHT = 0.3  # of the font, in its size: the middle of a line of text


@dataclass(frozen=True)
class Box:
    """Where axes lie: in inches from the upper left corner of the sheet."""

    left: float
    top: float
    width: float
    height: float


@contextmanager
def plain_settings() -> Iterator[None]:
    """matplotlib's own defaults and those that fix the bytes; the caller's come back afterwards."""
    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "font.family": FONT,
                "text.parse_math": False,  # $ and _ in a formula are themselves
                "svg.hashsalt": "actx",
                "svg.fonttype": "path",  # looks the same where the font is missing
                "pdf.fonttype": 42,  # TrueType: publishers refuse Type 3
            }
        )
        # A name in a script that the font does not have is drawn with boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


@contextmanager
def literal_text() -> Iterator[None]:
    """The caller's settings, but that $ and _ in a name are themselves."""
    with mpl.rc_context({"text.parse_math": False}):
        yield


class Picture(Figure):
    """A figure that a notebook shows, also where nobody has imported pyplot."""

    def _repr_png_(self) -> bytes:
        content = io.BytesIO()
        self.savefig(content, format="png", dpi=_ON_SCREEN)
        return content.getvalue()


def blank(sheet: Sheet, height: float) -> Picture:
    """An empty figure of the sheet's width, to be called with the plain settings in force."""
    figure = Picture(figsize=(sheet.width, height), dpi=sheet.dpi, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def axes_of(ax: Axes | Sequence[Axes]) -> list[Axes]:
    """The caller's axes: one, a sequence, or an array of them. Raises PictureError for none."""
    given: Any = getattr(ax, "flat", ax)
    found = list(given) if isinstance(given, Iterable) else [given]
    if not found or not all(isinstance(each, Axes) for each in found):
        raise PictureError("A picture is drawn into axes of matplotlib's, one or several.")
    return found


def size_of(axes: Axes) -> tuple[float, float]:
    """Width and height of the caller's axes in points."""
    box = axes.get_window_extent()
    return box.width * POINTS / axes.figure.dpi, box.height * POINTS / axes.figure.dpi


def one_panel(
    sheet: Sheet,
    height: float,
    items: Sequence[Item],
    ticks: Sequence[str],
    labels: tuple[str, str],
    draw: Callable[[Axes, tuple[float, float]], None],
) -> Picture:
    """A figure of a key and one panel, of so many inches, to be called with the plain settings.

    ticks: the texts at the upright axis; labels: those of both axes; draw: what puts the panel into
    its axes, whose size it is told in points.
    """
    widest = max(text_width(text, sheet.text) for text in ticks)
    left = sheet.margin + (LINE_HEIGHT * sheet.text + 4 + widest + 2 * TICK) / POINTS
    right = sheet.width - sheet.margin - 0.05
    key = in_rows([Group((item,)) for item in items], sheet.key_text, (right - left) * POINTS)
    top = sheet.margin + key.height / POINTS + _KEY_GAP
    figure = blank(sheet, top + height + foot(sheet) / POINTS + sheet.margin)
    put_key(figure, key, left, sheet.margin)
    box = Box(left, top, right - left, height)
    draw(axes_in(figure, box), (box.width * POINTS, height * POINTS))
    put_upright(figure, labels[1], sheet.margin, top + height / 2, sheet.text)
    put_below(figure, labels[0], box, sheet.text)
    return figure


def legend(axes: Axes, items: Sequence[Item]) -> None:
    """The key inside the caller's axes."""
    handles = []
    for item in items:
        assert item.sample is not None
        handles.append(Line2D([], [], label=item.label, **_look(item.sample, item.colour)))
    axes.legend(handles=handles)


def _look(sample: LineStyle | Mark, colour: str) -> dict[str, Any]:
    return line_look(sample) if isinstance(sample, LineStyle) else mark_look(sample, colour)


def name_axes(axes: Axes, x: str, y: str) -> None:
    """Labels for the caller's axes, set literally."""
    for axis, label in ((axes.xaxis, x), (axes.yaxis, y)):
        axis.set_label_text(label)
        axis.label.set_parse_math(False)


def _metadata(file_format: Format, title: str, names: str) -> dict[str, Any]:
    """What `Figure.savefig` writes about a picture into its file: no date, no version."""
    match file_format:
        case Format.PNG:
            return {"Software": "actx", "Title": title, "Description": names}
        case Format.SVG:
            return {"Creator": "actx", "Date": None, "Title": title, "Description": names}
        case Format.PDF:
            return {
                "Creator": "actx",
                "Producer": "actx",
                "CreationDate": None,
                "Title": title,
                "Subject": names,
            }
    raise ValueError(f"matplotlib writes no {file_format}")


def saved(figure: Figure, file_format: Format, title: str, names: str) -> bytes:
    """The figure as the content of a file, to be called with the plain settings in force."""
    content = io.BytesIO()
    figure.savefig(
        content,
        format=file_format.value,
        dpi=figure.dpi,
        metadata=_metadata(file_format, title, names),
    )
    return content.getvalue()


def axes_in(figure: Figure, box: Box) -> Axes:
    """New axes in a box."""
    across, down = figure.get_size_inches()
    return figure.add_axes(
        (box.left / across, 1 - (box.top + box.height) / down, box.width / across,
         box.height / down)
    )  # fmt: skip


def put_below(figure: Figure, text: str, box: Box, size: float) -> None:
    """The label of the x axis of axes in a box."""
    below = box.top + box.height + (2 * TICK + LINE_HEIGHT * size) / POINTS
    put_text(figure, text, box.left + box.width / 2, below, size, align="center")


def put_key(figure: Figure, key: Key, left: float, top: float) -> None:
    """The key, whose upper left corner is at (left, top) inches."""
    for placed in key.placed:
        _put_entry(figure, placed, left, top, key.size)


def _put_entry(figure: Figure, placed: Placed, left: float, top: float, size: float) -> None:
    """One entry of the key, whose upper left corner is at (left, top) inches."""
    item = placed.item
    x, y = left + placed.x / POINTS, top + placed.y / POINTS
    sample, label = (part / POINTS for part in Placed.sample_span(size))
    if item.sample is None:
        put_text(figure, item.label, x, y, size, colour=item.colour, bold=True)
        return
    put_text(figure, item.label, x + label, y, size)
    width, height = figure.get_size_inches()
    middle = 1 - (y + LINE_HEIGHT * size / 2 / POINTS) / height
    ends = [x, x + sample] if isinstance(item.sample, LineStyle) else [x + sample / 2]
    look = _look(item.sample, item.colour)
    line = Line2D([end / width for end in ends], [middle] * len(ends), **look)
    line.set_transform(figure.transFigure)
    figure.add_artist(line)


def put_text(
    figure: Figure,
    text: str,
    left: float,
    top: float,
    size: float,
    *,
    colour: str = BLACK,
    bold: bool = False,
    align: str = "left",
) -> None:
    """Text whose first line has its upper edge at `top`; in inches from the sheet's corner.

    Each line is set on its own baseline, whatever letters it has.
    """
    width, height = figure.get_size_inches()
    for n, line in enumerate(text.split("\n")):
        baseline = top + ((n + 0.5) * LINE_HEIGHT + _HALF_X_HEIGHT) * size / POINTS
        figure.text(
            left / width,
            1 - baseline / height,
            line,
            fontsize=size,
            color=colour,
            fontweight="bold" if bold else "normal",
            ha=align,
            va="baseline",
        )


def put_upright(figure: Figure, text: str, left: float, middle: float, size: float) -> None:
    """Text read from below, `left` inches from the left and `middle` from the top."""
    width, height = figure.get_size_inches()
    figure.text(
        left / width,
        1 - middle / height,
        text,
        fontsize=size,
        rotation=90,
        ha="left",
        va="center",
        multialignment="center",
    )
