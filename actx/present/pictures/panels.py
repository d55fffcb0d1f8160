"""The panels: what each shows, its range and ticks, and drawing it into axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator
from numpy.typing import NDArray

from actx.analysis.curves import Curve
from actx.present.pictures.key import Mark
from actx.present.pictures.labels import LINE_HEIGHT, clean
from actx.present.pictures.limits import Range, Samples, error_range, value_range
from actx.present.pictures.sheet import Sheet
from actx.present.pictures.style import LineStyle, Styles
from actx.present.pictures.ticks import Ticks

_VALUE, _ERROR, _SLOPE = 0, 1, 2
_GRID = "#E4E4E4"
_ZERO = "#B8B8B8"
_FRAME = "#555555"
# Longer names of a target than this make an axis label unreadable.
_LONG_NAME = 16
_FAR, _POLE = 30.0, 3.0  # in heights of the panel


@dataclass(frozen=True)
class Panel:
    """One panel: which (0 values, 1 errors, 2 slopes), axis labels from long to short, y range."""

    place: int
    labels: tuple[str, ...]
    limits: Range
    pick: Callable[[Curve], NDArray[np.float64] | None]


@dataclass(frozen=True)
class Scene:
    """All that a picture shows, and in which styles."""

    curves: Sequence[Curve]
    target: Curve | None
    view: tuple[float, float]
    sheet: Sheet
    styles: Styles
    panels: tuple[Panel, ...]


def plan(
    curves: Sequence[Curve], target: Curve | None, view: tuple[float, float]
) -> tuple[Panel, ...]:
    """The panels of a picture from top to bottom; the error's only where there is an error."""

    def samples(curve: Curve, pick: Callable[[Curve], NDArray[np.float64] | None]) -> Samples:
        inside = (curve.x >= view[0]) & (curve.x <= view[1])
        y = pick(curve)
        assert y is not None
        return curve.x[inside], y[inside]

    def around_target(pick: Callable[[Curve], NDArray[np.float64]], stretch: float) -> Range:
        own = None if target is None else samples(target, pick)
        return value_range(own, [samples(curve, pick) for curve in curves], stretch)

    values = around_target(_value, 0.5)
    result = [Panel(_VALUE, ("value f(x)", "f(x)"), values, _value)]
    errors = [samples(curve, _error) for curve in curves if curve.error is not None]
    if target is not None and errors:
        name = clean(target.name)
        plain = len(name) <= _LONG_NAME and all(c.isalnum() or c in "-_" for c in name)
        error = f"f(x) − {name}(x)" if plain else "f(x) − target"
        labels = (f"error {error}", f"error\n{error}", "error f(x) − target", "error")
        result.append(Panel(_ERROR, labels, error_range(errors, values), _error))
    result.append(Panel(_SLOPE, ("derivative f′(x)", "f′(x)"), around_target(_slope, 1.0), _slope))
    return tuple(result)


def _value(curve: Curve) -> NDArray[np.float64]:
    return curve.y


def _slope(curve: Curve) -> NDArray[np.float64]:
    return curve.slope


def _error(curve: Curve) -> NDArray[np.float64] | None:
    return curve.error


def foot(sheet: Sheet) -> float:
    """Points below the last panel: ticks, their labels and the axis label."""
    return 6.0 + 2 * LINE_HEIGHT * sheet.text


def set_ticks(axes: Axes, y: Ticks, x: Ticks, sheet: Sheet, *, last: bool) -> None:
    """Put ticks on both axes; the x axis is labelled in the last panel only."""
    axes.yaxis.set_major_locator(FixedLocator(list(y.places)))
    axes.yaxis.set_major_formatter(FixedFormatter(list(y.texts)))
    axes.xaxis.set_major_locator(FixedLocator(list(x.places)))
    axes.xaxis.set_major_formatter(FixedFormatter(list(x.texts)))
    axes.tick_params(
        labelsize=sheet.text,
        length=3 if last else 0,
        pad=3,
        color=_FRAME,
        width=0.6,
        labelbottom=last,
    )
    axes.tick_params(axis="y", length=3)


def set_frame(axes: Axes) -> None:
    """A light grid behind what is drawn, and lines at the left and below."""
    axes.set_axisbelow(True)
    axes.grid(color=_GRID, linewidth=0.5)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(_FRAME)
        spine.set_linewidth(0.6)


# --- curves and marks -------------------------------------------------------------------------


def draw(axes: Axes, panel: Panel, scene: Scene) -> None:
    """Draw one panel into its axes."""
    curves, target, styles = scene.curves, scene.target, scene.styles
    axes.set_xlim(*scene.view)
    axes.set_ylim(*panel.limits)
    set_frame(axes)
    axes.axhline(0, color=_ZERO, linewidth=0.6, zorder=1)
    axes.axvline(0, color=_ZERO, linewidth=0.6, zorder=1)
    for curve, style in zip(curves, styles.curves, strict=True):
        _line(axes, curve, panel, style)
    if target is not None and panel.place == _ERROR:
        # The target's own error: the line that all the others want to be.
        look = line_look(styles.target) | {"linewidth": styles.target.width / 2}
        axes.plot(target.x, np.where(np.isnan(target.y), np.nan, 0.0), **look)
    elif target is not None:
        _line(axes, target, panel, styles.target)
    if panel.place == _VALUE:
        for curve, style in zip(curves, styles.curves, strict=True):
            _marks(axes, curve, scene, style, styles.marker)
        if target is not None:
            _marks(axes, target, scene, styles.target, 1.15 * styles.marker)


def line_look(style: LineStyle) -> dict[str, Any]:
    """The arguments that draw a line in this style."""
    return {
        "color": style.colour,
        "linewidth": style.width,
        "linestyle": (0, style.dashes) if style.dashes else "solid",
        "zorder": style.layer,
        "solid_capstyle": "butt",
        "dash_capstyle": "butt",
    }


def mark_look(mark: Mark, colour: str) -> dict[str, Any]:
    """The arguments that draw a mark in this colour."""
    return {
        "linestyle": "none",
        "marker": mark.marker,
        "markersize": mark.size,
        "markerfacecolor": colour if mark.filled else "white",
        "markeredgecolor": "white" if mark.filled else colour,
        "markeredgewidth": mark.size * (0.12 if mark.filled else 0.2),
    }


def _line(axes: Axes, curve: Curve, panel: Panel, style: LineStyle) -> None:
    y = panel.pick(curve)
    if y is None:
        return
    # Far outside is far enough: larger coordinates are more than a renderer can bear.
    lo, hi, height = *panel.limits, panel.limits.height
    y = np.clip(y, lo - _FAR * height, hi + _FAR * height)
    # From far below to far above between two samples: a pole, and no line through it.
    side = np.sign(y - (lo + hi) / 2) * (np.abs(y - (lo + hi) / 2) > _POLE * height)
    y[1:][side[1:] * side[:-1] < 0] = np.nan
    axes.plot(curve.x, y, **line_look(style))
    jumps = np.flatnonzero(np.isnan(y[1:-1]) & (curve.x[:-2] == curve.x[2:])) + 1
    if jumps.size:
        gap = np.full(jumps.size, np.nan)
        x = np.stack([curve.x[jumps - 1], curve.x[jumps + 1], gap], axis=1).ravel()
        ends = np.stack([y[jumps - 1], y[jumps + 1], gap], axis=1).ravel()
        look = line_look(style) | {"linewidth": 0.6 * style.width, "linestyle": (0, (1, 2))}
        axes.plot(x, ends, **look)


def _kinds(size: float) -> dict[str, tuple[str, Mark]]:
    """The marks and what the key says of them."""
    return {
        "minimum": ("minimum", Mark("o", 1.25 * size, filled=True)),
        "kink": ("kink", Mark("D", size, filled=False)),
        "bend": ("kink of order ≥ 2", Mark("s", 0.75 * size, filled=False)),
    }


def _marked(curve: Curve, scene: Scene) -> list[tuple[str, float, float]]:
    """The marks of a curve that lie in the panel of values: kind, x, y."""
    points = [("kink" if k.order < 2 else "bend", k.x, k.y) for k in curve.kinks]
    if curve.minimum is not None:
        points.append(("minimum", *curve.minimum))
    limits = scene.panels[0].limits
    return [
        (kind, x, y)
        for kind, x, y in points
        if scene.view[0] <= x <= scene.view[1] and limits.lo <= y <= limits.hi
    ]


def _marks(axes: Axes, curve: Curve, scene: Scene, style: LineStyle, size: float) -> None:
    for kind, x, y in _marked(curve, scene):
        look = mark_look(_kinds(size)[kind][1], style.colour)
        # A mark at the edge is drawn whole.
        axes.plot([x], [y], **look, zorder=style.layer + 3, clip_on=False)


def marks_used(scene: Scene) -> list[tuple[str, Mark]]:
    """The key's entries for the kinds of marks that the picture has."""
    everyone = [*scene.curves, *([scene.target] if scene.target is not None else [])]
    used = {kind for curve in everyone for kind, _, _ in _marked(curve, scene)}
    return [entry for kind, entry in _kinds(scene.styles.marker).items() if kind in used]
