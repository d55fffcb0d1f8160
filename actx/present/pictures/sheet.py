"""The sizes a picture is made for, and the measures that follow from each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from actx.core.errors import UsageError

_INCH = 25.4  # mm
_WIDTHS = (40.0, 420.0)  # mm
_LEAST = 0.6  # of the height on a page: that of a panel in a column


class Layout(StrEnum):
    """What a picture is made for: one or two columns of a paper, or a wide screen (16:9)."""

    SINGLE = "single"
    DOUBLE = "double"
    WIDE = "wide"


@dataclass(frozen=True)
class Sheet:
    """Measures of one layout: lengths in inches, text sizes and line widths in points."""

    width: float
    height: float | None  # None: as high as panels and key need
    panel_heights: tuple[float, float, float]  # value, error, derivative; ratios if height is set
    text: float
    key_text: float
    line: float
    target_line: float
    margin: float  # around everything
    gap: float  # between panels
    dpi: int  # of a bitmap
    key_beside: bool  # the key stands to the right of the panels, else above or below them


SHEETS = {
    # 3.5 and 7.2 inch: the column and the text width that most journals ask for.
    Layout.SINGLE: Sheet(
        width=3.5,
        height=None,
        panel_heights=(1.75, 1.25, 1.1),
        text=7,
        key_text=6.5,
        line=0.9,
        target_line=1.8,
        margin=0.06,
        gap=0.13,
        dpi=300,
        key_beside=False,
    ),
    Layout.DOUBLE: Sheet(
        width=7.2,
        height=None,
        panel_heights=(2.6, 1.9, 1.65),
        text=8,
        key_text=7.5,
        line=1.1,
        target_line=2.2,
        margin=0.07,
        gap=0.14,
        dpi=300,
        key_beside=False,
    ),
    Layout.WIDE: Sheet(
        width=40 / 3,
        height=7.5,
        panel_heights=(1.5, 1.15, 1),
        text=11.5,
        key_text=10.5,
        line=1.5,
        target_line=3.0,
        margin=0.14,
        gap=0.18,
        dpi=288,  # 3840 by 2160 pixels
        key_beside=True,
    ),
}


PRINTED = SHEETS[Layout.DOUBLE]  # what pictures are made for by default


def height_of(height: float, sheet: Sheet) -> float:
    """How high a panel of a page's width is on a sheet, which may be a narrow column."""
    return height * max(sheet.width / PRINTED.width, _LEAST)


def sheet_of(width: str | float) -> Sheet:
    """The sheet for print of a width: "column", "page" (two columns), or so many mm.

    Up to the middle between both it has the letters of a column, else those of a page; panels keep
    their shape. Raises UsageError for what is no width.
    """
    named = {"column": Layout.SINGLE, "page": Layout.DOUBLE}.get(str(width).strip().lower())
    if named is not None:
        return SHEETS[named]
    try:
        inches = float(str(width).strip().removesuffix("mm")) / _INCH
    except ValueError:
        inches = 0.0
    if not _WIDTHS[0] <= inches * _INCH <= _WIDTHS[1]:
        raise UsageError(
            f"The width of a picture is column, page, or a number of mm from {_WIDTHS[0]:g} to "
            f"{_WIDTHS[1]:g}; it cannot be {str(width)[:40]!r}."
        )
    middle = (SHEETS[Layout.SINGLE].width + SHEETS[Layout.DOUBLE].width) / 2
    near = SHEETS[Layout.SINGLE if inches <= middle else Layout.DOUBLE]
    value, error, slope = (height * inches / near.width for height in near.panel_heights)
    return replace(near, width=inches, panel_heights=(value, error, slope))
