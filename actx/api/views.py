"""How results show themselves: what `actx.core.views` asks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actx.core.alone import alone
from actx.core.errors import ActxError
from actx.core.views import Pictured, Shown
from actx.present.json import fields_of as fields
from actx.present.rows import rows
from actx.present.text import text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["fields", "figure", "html", "markup", "rows", "save", "text"]


def markup(result: Shown, name: str) -> str:
    """Tables in LaTeX or Markdown."""
    from actx.present.markup import MARKUPS

    return MARKUPS[name](result)


def html(result: Shown) -> str:
    """Tables, and below them the picture, where it can be drawn."""
    from actx.present import html as page

    picture = None
    if isinstance(result, Pictured):
        try:
            made: Any = figure(result, None)
            picture = made._repr_png_()
        except ActxError:
            pass  # such as a formula that is too long to be read again: the tables say it all
    return page.html(result, picture)


@alone()
def figure(result: Shown, ax: Axes | Sequence[Axes] | None) -> Figure:
    """The picture, of its own or in axes of the caller's."""
    from actx.api.drawing import drawing

    drawn = drawing(result)
    return drawn.figure() if ax is None else drawn.into(ax)


@alone()
def save(result: Shown, path: str | Path, width: str | float | None = None) -> Path:
    """The picture as a file."""
    from actx.api.drawing import drawing, is_moving

    drawn = drawing(result, moving=is_moving(path))
    (drawn if width is None else drawn.of_width(width)).write(path)
    return Path(path)
