"""What every figure is made with: settings that fix its bytes, and text at measured places."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from actx.present.pictures.key import Placed
from actx.present.pictures.labels import FONT, LINE_HEIGHT
from actx.present.pictures.output import Format
from actx.present.pictures.panels import line_look, mark_look
from actx.present.pictures.style import BLACK, LineStyle

POINTS = 72.0  # per inch
_HALF_X_HEIGHT = 0.3  # of the font, in its size: the middle of a line of text


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


def saved(figure: Figure, file_format: Format, dpi: float, title: str, names: str) -> bytes:
    """The figure as the content of a file, to be called with the plain settings in force."""
    content = io.BytesIO()
    figure.savefig(
        content, format=file_format.value, dpi=dpi, metadata=_metadata(file_format, title, names)
    )
    return content.getvalue()


def put_entry(figure: Figure, placed: Placed, left: float, top: float, size: float) -> None:
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
    if isinstance(item.sample, LineStyle):
        ends = [x / width, (x + sample) / width]
        line = Line2D(ends, [middle, middle], **line_look(item.sample))
    else:
        line = Line2D([(x + sample / 2) / width], [middle], **mark_look(item.sample, item.colour))
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
