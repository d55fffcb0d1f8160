"""From curves to the bytes of a picture: settings, measures, panels, key.

Everything is placed by computed measures, and nothing of the user's matplotlib settings, of
pyplot's state or of the clock comes in, so that the same curves give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from actx.analysis.curves import Curve
from actx.present.pictures import panels
from actx.present.pictures.key import Group, Item, Key, groups, in_columns, in_rows
from actx.present.pictures.labels import LINE_HEIGHT, clean, fit, text_width
from actx.present.pictures.panels import Scene
from actx.present.pictures.setting import (
    POINTS,
    TICK,
    Box,
    axes_in,
    blank,
    legend,
    name_axes,
    put_below,
    put_key,
    put_text,
    put_upright,
)
from actx.present.pictures.sheet import SHEETS, Layout, Sheet
from actx.present.pictures.style import Styles, assign
from actx.present.pictures.ticks import Ticks, x_ticks, y_ticks

_KEY_GAP = 0.1  # inches between key and panels
# Of the width of a sheet with the key beside the panels:
_WIDEST_KEY = 0.5
_WIDEST_ENTRY = 0.2
_TITLE = 1.15  # size of the title, in that of the text
_LABEL_PAD = 4.0  # points between the tick labels and the axis label


def about(
    curves: Sequence[Curve],
    target: Curve | None,
    view: tuple[float, float],
    title: str,
    layout: Layout,
) -> tuple[str, str]:
    """What a file says of the picture: a title, and the names of what is drawn."""
    names = ", ".join(clean(c.name) for c in ([target] if target else []) + [*curves])
    return clean(title or "Activation functions"), names


@dataclass(frozen=True)
class _Plan:
    """Where everything goes, in inches from the sheet's upper left corner."""

    height: float
    title: str
    key: Key
    key_top: float
    panels_top: float
    panels_right: float
    panel_heights: tuple[float, ...]


def build(
    curves: Sequence[Curve],
    target: Curve | None,
    view: tuple[float, float],
    title: str,
    layout: Layout | Sheet,
) -> Figure:
    """The figure, to be called with the plain settings in force."""
    sheet = layout if isinstance(layout, Sheet) else SHEETS[layout]
    scene = _scene(curves, target, view, sheet)
    plan = _plan(scene, title)
    figure = blank(sheet, plan.height)
    if plan.title:
        put_text(figure, plan.title, sheet.margin, sheet.margin, _TITLE * sheet.text, bold=True)
    left = _panels(figure, scene, plan)
    key_left = plan.panels_right + 2 * _KEY_GAP
    if not sheet.key_beside:
        spare = sheet.width - sheet.margin - plan.key.width / POINTS
        key_left = max(min(left, spare), sheet.margin)
    put_key(figure, plan.key, key_left, plan.key_top)
    return figure


def _scene(
    curves: Sequence[Curve], target: Curve | None, view: tuple[float, float], sheet: Sheet
) -> Scene:
    drawn = panels.plan(curves, target, view)
    return Scene(curves, target, view, sheet, assign(curves, sheet), drawn)


def into(
    axes: Sequence[Axes],
    curves: Sequence[Curve],
    target: Curve | None,
    view: tuple[float, float],
    title: str,
    layout: Layout | Sheet,
) -> int:
    """Draw into the caller's axes, a panel each from the top; how many panels there are."""
    sheet = layout if isinstance(layout, Sheet) else SHEETS[layout]
    scene = _scene(curves, target, view, sheet)
    for each, panel in zip(axes, scene.panels, strict=False):
        panels.draw(each, panel, scene)
        name_axes(each, "x", panel.labels[0])
    named = [] if target is None else [(target, scene.styles.target)]
    named += zip(curves, scene.styles.curves, strict=True)
    lines = [Item(clean(curve.name), style) for curve, style in named]
    legend(axes[0], [*lines, *(Item(text, mark) for text, mark in panels.marks_used(scene))])
    if title:
        axes[0].set_title(clean(title))
    return len(scene.panels)


# --- measures ---------------------------------------------------------------------------------


def _plan(scene: Scene, title: str) -> _Plan:
    sheet = scene.sheet
    inner = (sheet.width - 2 * sheet.margin) * POINTS
    heading = fit(title, _TITLE * sheet.text, inner, 2, bold=True) if title else ""
    top = sheet.margin
    if heading:
        lines = 1 + heading.count("\n")
        top += (LINE_HEIGHT * lines + 0.45) * _TITLE * sheet.text / POINTS
    return (
        _plan_beside(scene, heading, top) if sheet.key_beside else _plan_above(scene, heading, top)
    )


def _plan_above(scene: Scene, heading: str, top: float) -> _Plan:
    """A short key above the panels, a long one below them; the sheet is as high as it takes."""
    sheet = scene.sheet
    size = sheet.key_text
    inner = (sheet.width - 2 * sheet.margin) * POINTS
    heights = tuple(sheet.panel_heights[panel.place] for panel in scene.panels)
    used = sum(heights) + sheet.gap * (len(heights) - 1) + panels.foot(sheet) / POINTS
    entries = _entries(scene, _entry_width(scene.styles, inner))
    if scene.styles.by_family:
        key = _widest(entries, size, inner)
        key_top, panels_top = top + used + _KEY_GAP, top
    else:
        key = in_rows(entries, size, inner)
        key_top, panels_top = top, top + key.height / POINTS + _KEY_GAP
    return _Plan(
        height=top + used + _KEY_GAP + key.height / POINTS + sheet.margin,
        title=heading,
        key=key,
        key_top=key_top,
        panels_top=panels_top,
        panels_right=sheet.width - sheet.margin,
        panel_heights=heights,
    )


def _plan_beside(scene: Scene, heading: str, top: float) -> _Plan:
    """The key in columns to the right of the panels; the sheet grows only if it must."""
    sheet = scene.sheet
    assert sheet.height is not None
    entries = _entries(scene, _WIDEST_ENTRY * sheet.width * POINTS)
    room = (sheet.height - top - sheet.margin) * POINTS
    key = in_columns(entries, sheet.key_text, 1)
    for count in range(2, len(entries) + 1):
        wider = in_columns(entries, sheet.key_text, count)
        if key.height <= room or wider.width > _WIDEST_KEY * sheet.width * POINTS:
            break
        key = wider
    height = max(sheet.height, top + key.height / POINTS + sheet.margin)
    ratios = [sheet.panel_heights[panel.place] for panel in scene.panels]
    foot = panels.foot(sheet) / POINTS
    free = height - top - foot - sheet.margin - sheet.gap * (len(ratios) - 1)
    return _Plan(
        height=height,
        title=heading,
        key=key,
        key_top=top,
        panels_top=top,
        panels_right=sheet.width - sheet.margin - key.width / POINTS - 2 * _KEY_GAP,
        panel_heights=tuple(free * ratio / sum(ratios) for ratio in ratios),
    )


def _entries(scene: Scene, width: float) -> list[Group]:
    """The entries of the key, each at most `width` points wide."""
    marks = panels.marks_used(scene)
    size = scene.sheet.key_text
    return groups(scene.curves, scene.target, scene.styles, marks, size, width)


def _entry_width(styles: Styles, inner: float) -> float:
    """The widest that one entry of a key above or below the panels may be, in points."""
    if styles.by_family:
        return max(inner / 4, 115)
    # Room for two in a row, lest one long formula makes a long list of all.
    return inner if len(styles.curves) <= 2 else inner / 2 - 7


def _widest(entries: Sequence[Group], size: float, width: float) -> Key:
    """The key in as many columns as fit into `width`."""
    key = in_columns(entries, size, 1)
    for count in range(2, len(entries) + 1):
        wider = in_columns(entries, size, count)
        if wider.width > width:
            break
        key = wider
    return key


# --- drawing ----------------------------------------------------------------------------------


def _panels(figure: Figure, scene: Scene, plan: _Plan) -> float:
    """Draw the panels; return where their axes begin, in inches from the left."""
    sheet = scene.sheet
    heights = [height * POINTS for height in plan.panel_heights]
    labels = [
        next((t for t in panel.labels if text_width(t, sheet.text) <= height), "")
        for panel, height in zip(scene.panels, heights, strict=True)
    ]
    ticks = [
        y_ticks(panel.limits, height, sheet.text)
        for panel, height in zip(scene.panels, heights, strict=True)
    ]
    left = sheet.margin + _left_of_axes(labels, ticks, sheet.text) / POINTS
    length = (plan.panels_right - left) * POINTS
    x = x_ticks(scene.view, length, sheet.text)
    right = plan.panels_right - _overhang(x, scene.view, length, sheet.text) / POINTS
    top = plan.panels_top
    for panel, height, label, y in zip(
        scene.panels, plan.panel_heights, labels, ticks, strict=True
    ):
        box = Box(left, top, right - left, height)
        axes = axes_in(figure, box)
        panels.draw(axes, panel, scene)
        panels.set_ticks(axes, y, x, sheet, last=panel is scene.panels[-1])
        put_upright(figure, label, sheet.margin, top + height / 2, sheet.text)
        top += height + sheet.gap
    put_below(figure, "x", box, sheet.text)
    return left


def _left_of_axes(labels: Sequence[str], ticks: Sequence[Ticks], size: float) -> float:
    """The room in points that axis labels, tick labels and ticks take."""
    lines = max(1 + label.count("\n") for label in labels)
    widest = max((text_width(text, size) for each in ticks for text in each.texts), default=0.0)
    return LINE_HEIGHT * lines * size + _LABEL_PAD + widest + 2 * TICK


def _overhang(x: Ticks, view: tuple[float, float], length: float, size: float) -> float:
    """How far in points the x labels, centred at their ticks, stick out of an axis of `length`."""
    out = [
        text_width(text, size) / 2 - (view[1] - place) / (view[1] - view[0]) * length
        for place, text in zip(x.places, x.texts, strict=True)
    ]
    return max([1.0, *out]) + 1.0
