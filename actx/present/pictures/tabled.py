"""A picture of a table's error: over x, between what is proven, with a tick at each knot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from actx.core.arrays import Array
from actx.present.pictures.key import Item
from actx.present.pictures.labels import clean
from actx.present.pictures.limits import Range
from actx.present.pictures.panels import line_look, set_frame, set_ticks
from actx.present.pictures.setting import (
    POINTS,
    legend,
    name_axes,
    one_panel,
    size_of,
)
from actx.present.pictures.sheet import PRINTED, Sheet, height_of
from actx.present.pictures.style import BLACK, DASHES, HUES, LineStyle
from actx.present.pictures.ticks import Ticks, x_ticks, y_ticks

_HEIGHT = 2.8  # inches, of the panel
_ROOM = 1.15  # of the largest error, to which the axis goes
_KNOT = 4.0  # points, of the tick at a knot
_ERROR = LineStyle(HUES[0].base, (), 0.9, 3.0)
_REACHED = LineStyle(BLACK, (), 0.7, 2.0)
_BOUND = LineStyle(HUES[1].base, DASHES[1], 0.9, 2.5)


@dataclass(frozen=True)
class Scene:
    """The error of a table at places; knots; what it reaches, and what no table of its size can.

    proven: whether what it reaches is. bound: 0 where nothing is proven. rivals: what has no
    smaller error than that.
    """

    name: str
    kind: str
    x: Array
    error: Array
    knots: Sequence[float]
    reached: float
    proven: bool
    bound: float
    rivals: str = "no table of this size is"


def about(drawn: Scene, sheet: Sheet = PRINTED) -> tuple[str, str]:
    """What a file says of the picture: a title, and the names of what is drawn."""
    return f"Error of {drawn.kind}", clean(drawn.name)


def _items(drawn: Scene) -> list[Item]:
    """The entries of the key."""
    found = [
        Item(f"{drawn.kind} − {clean(drawn.name)}", _ERROR, _ERROR.colour),
        Item(f"largest error{', proven' if drawn.proven else ''}", _REACHED, _REACHED.colour),
    ]
    if drawn.bound:
        found.append(Item(f"{drawn.rivals} below, proven", _BOUND, _BOUND.colour))
    return found


def into(axes: Sequence[Axes], drawn: Scene, sheet: Sheet = PRINTED) -> int:
    """Draw into the caller's axes, which are one panel."""
    _panel(axes[0], drawn, sheet, size_of(axes[0]))
    name_axes(axes[0], "x", "error")
    legend(axes[0], _items(drawn))
    return 1


def build(drawn: Scene, sheet: Sheet = PRINTED) -> Figure:
    """The figure, to be called with the plain settings in force."""
    height = height_of(_HEIGHT, sheet)
    texts = _up(drawn, sheet, height * POINTS).texts
    return one_panel(
        sheet, height, _items(drawn), texts, ("x", "error"),
        lambda axes, room: _panel(axes, drawn, sheet, room),
    )  # fmt: skip


def _limit(drawn: Scene) -> float:
    """How far the axis of errors goes to both sides."""
    return _ROOM * drawn.reached or 1.0


def _up(drawn: Scene, sheet: Sheet, length: float) -> Ticks:
    """The ticks of the axis of errors."""
    limit = _limit(drawn)
    return y_ticks(Range(-limit, limit), length, sheet.text)


def _panel(axes: Axes, drawn: Scene, sheet: Sheet, room: tuple[float, float]) -> None:
    """The error between its bounds, in axes of so many points."""
    limit, view = _limit(drawn), (drawn.knots[0], drawn.knots[-1])
    axes.set(xlim=view, ylim=(-limit, limit))
    across = x_ticks(view, room[0], sheet.text)
    set_ticks(axes, _up(drawn, sheet, room[1]), across, sheet, last=True)
    set_frame(axes)
    for height, look in ((drawn.reached, _REACHED), (drawn.bound, _BOUND)):
        if height:
            for sign in (-1, 1):
                axes.plot(view, [sign * height] * 2, **line_look(look))
    axes.plot(drawn.x, drawn.error, **line_look(_ERROR))
    share = _KNOT / room[1]
    axes.vlines(
        list(drawn.knots), 0, share, transform=axes.get_xaxis_transform(), color=BLACK,
        linewidth=0.6, zorder=4,
    )  # fmt: skip
