"""Pictures of a morph: small multiples, one panel a step, and the same as a picture that moves."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from actx.analysis.curves import Curve
from actx.present.pictures import panels
from actx.present.pictures.key import Group, Item, Key, in_rows
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
from actx.present.pictures.sheet import PRINTED, Sheet
from actx.present.pictures.style import BLACK, DASHES, HUES, LineStyle, Styles
from actx.present.pictures.ticks import Ticks, x_ticks, y_ticks
from actx.studies.morph.results import MorphStep
from actx.studies.morph.scene import MorphScene

MOST_PANELS = 12  # steps in small multiples
_COLUMNS = 3
_NARROWEST = 1.6  # inches, of a column
_HEIGHTS = (1.15, 0.8)  # inches, of the panels of values and slopes
_BETWEEN = 0.08  # inches between these
_GAP = 0.12  # inches between columns and between rows
_ZERO_LABEL = "t = 0"
_HEADING = 1.5  # of the text size, above each panel
_MOVING = replace(PRINTED, width=6.4, dpi=100, text=9, key_text=9, margin=0.1)
_MOVING_HEIGHTS = (2.1, 1.3)
_STRIP_HEIGHT = 0.65  # inches, of the schedule below the panels
_LABEL = 130.0  # points that a name takes in a legend at most
_FRAME, _HOLD = 60, 1000  # milliseconds that a frame is shown, and the first and the last one
_NEARLY_WHITE = 244  # of 255, in each channel
_COLOURS = 64  # in the palette of a picture that moves


def about(scene: MorphScene, sheet: Sheet = PRINTED) -> tuple[str, str]:
    """What a file says of the picture: a title, and the steps that are drawn."""
    said = ", ".join(f"{_label(step, scene.layered)}" for step in _subset(scene.steps))
    return clean(f"From {scene.names[0]} to {scene.names[1]}"), said


def build(scene: MorphScene, sheet: Sheet = PRINTED) -> Figure:
    """The figure, to be called with the plain settings in force."""
    return _multiples(replace(scene, steps=_subset(scene.steps)), sheet)


def into(axes: Sequence[Axes], scene: MorphScene, sheet: Sheet = PRINTED) -> int:
    """Draw all blends into the caller's axes: their values, and below their derivatives."""
    every = MorphStep(0.0, tuple(sorted({t for step in scene.steps for t in step.t})))
    drawn = _scene_of(every, scene, sheet)
    for each, panel in zip(axes, drawn.panels, strict=False):
        panels.draw(each, panel, drawn)
        name_axes(each, "x", panel.labels[0])
    legend(axes[0], _items(scene, sheet, _LABEL))
    return len(drawn.panels)


def _subset(steps: Sequence[MorphStep]) -> list[MorphStep]:
    """All steps, or as many as there are panels, evenly, the first and the last among them."""
    if len(steps) <= MOST_PANELS:
        return list(steps)
    last = len(steps) - 1
    return [steps[round(i * last / (MOST_PANELS - 1))] for i in range(MOST_PANELS)]


# --- what is drawn ----------------------------------------------------------------------------


def _colour(t: float) -> str:
    """From the hue of the first formula to that of the second."""
    ends = [[int(hue.base[i : i + 2], 16) for i in (1, 3, 5)] for hue in HUES[:2]]
    mixed = (round((1 - t) * a + t * b) for a, b in zip(*ends, strict=True))
    return "#" + "".join(f"{channel:02X}" for channel in mixed)


def _end_styles(sheet: Sheet) -> tuple[LineStyle, LineStyle]:
    return (
        LineStyle(_colour(0), DASHES[2], 0.8 * sheet.line, 2.0),
        LineStyle(_colour(1), DASHES[1], 0.8 * sheet.line, 2.1),
    )


def _blend_style(t: float, sheet: Sheet) -> LineStyle:
    return LineStyle(_colour(t), (), sheet.target_line, 2.5 + t / 4)


def _scene_of(step: MorphStep, scene: MorphScene, sheet: Sheet) -> Scene:
    """The two ends, and over them the blend of each layer, in panels of values and of slopes.

    Without the marks of the ends; and where layers differ without any, as those of all say little.
    """
    ts = sorted(set(step.t))
    ends = [_unmarked(scene.curves[t]) for t in (0.0, 1.0)]
    blends = [_unmarked(scene.curves[t]) if scene.layered else scene.curves[t] for t in ts]
    styles = Styles(
        curves=(*_end_styles(sheet), *(_blend_style(t, sheet) for t in ts)),
        target=_blend_style(0.5, sheet),
        by_family=False,
        marker=3.2,
    )
    drawn = panels.plan(ends, None, scene.view)
    return Scene((*ends, *blends), None, scene.view, sheet, styles, drawn)


def _unmarked(curve: Curve) -> Curve:
    return replace(curve, minimum=None, kinks=())


def _label(step: MorphStep, layered: bool) -> str:
    what, value = ("progress", step.progress) if layered else ("t", step.t[0])
    return f"{what} = {value:.3g}"


def _key(scene: MorphScene, sheet: Sheet, width: float) -> Key:
    size = sheet.key_text
    items = _items(scene, sheet, width / 2 - 5 * size)
    return in_rows([Group((item,)) for item in items], size, width)


def _items(scene: MorphScene, sheet: Sheet, room: float) -> list[Item]:
    """The entries of the key, whose names take at most `room` points."""
    size = sheet.key_text
    first, second = (fit(name, size, room, 2) for name in scene.names)
    labels = (f"{first} (t = 0)", f"{second} (t = 1)")
    items = [Item(label, style) for label, style in zip(labels, _end_styles(sheet), strict=True)]
    between = "blends of the layers" if scene.layered else "blend (1−t)·f + t·g"
    items.append(Item(between, _blend_style(0.5, sheet)))
    used = {
        text: mark
        for step in scene.steps
        for text, mark in panels.marks_used(_scene_of(step, scene, sheet))
    }
    return items + [Item(text, mark) for text, mark in used.items()]


# --- panels -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Stack:
    """The measures of the panels of one step, values above slopes, in inches.

    height: of both with the heading above them; room: to the left of them, for labels.
    """

    sheet: Sheet
    heights: tuple[float, float]
    y: tuple[Ticks, ...]

    @property
    def heading(self) -> float:
        return _HEADING * self.sheet.text / POINTS

    @property
    def height(self) -> float:
        return self.heading + sum(self.heights) + _BETWEEN

    @property
    def room(self) -> float:
        labels = [text_width(text, self.sheet.text) for ticks in self.y for text in ticks.texts]
        return (max(labels, default=0.0) + 3 * TICK + LINE_HEIGHT * self.sheet.text) / POINTS


def _stack(scene: MorphScene, sheet: Sheet, heights: tuple[float, float]) -> _Stack:
    drawn = _scene_of(scene.steps[0], scene, sheet).panels
    ticks = (
        y_ticks(panel.limits, height * POINTS, sheet.text)
        for panel, height in zip(drawn, heights, strict=True)
    )
    return _Stack(sheet, heights, tuple(ticks))


def _draw_stack(
    figure: Figure,
    scene: MorphScene,
    step: MorphStep,
    stack: _Stack,
    corner: tuple[float, float],
    width: float,
    *,
    first: bool = True,
    last: bool = True,
) -> None:
    """Draw the panels of one step; first: with labels at the left; last: with labels below."""
    sheet = stack.sheet
    drawn = _scene_of(step, scene, sheet)
    x = x_ticks(scene.view, width * POINTS, sheet.text)
    left, top = corner
    put_text(figure, _label(step, scene.layered), left, top, sheet.text, bold=True)
    top += stack.heading
    for panel, height, y in zip(drawn.panels, stack.heights, stack.y, strict=True):
        box = Box(left, top, width, height)
        axes = axes_in(figure, box)
        panels.draw(axes, panel, drawn)
        lowest = panel is drawn.panels[-1]
        shown = y if first else Ticks(y.places, ("",) * len(y.places))
        panels.set_ticks(axes, shown, x, sheet, last=last and lowest)
        if first:
            label = panel.labels[-1]
            put_upright(figure, label, left - stack.room, top + height / 2, sheet.text)
        if last and lowest:
            put_below(figure, "x", box, sheet.text)
        top += height + _BETWEEN


def _strip_room(sheet: Sheet) -> float:
    """Inches to the left of the schedule."""
    return (text_width(_ZERO_LABEL, sheet.text) + 2 * TICK) / POINTS


def _straight(path: Sequence[MorphStep]) -> bool:
    return all(t == step.progress for step in path for t in step.t)


def _schedule(
    figure: Figure, scene: MorphScene, box: Box, sheet: Sheet, dots: Sequence[MorphStep]
) -> None:
    """How t follows progress, a line for each layer, and dots at some steps."""
    axes = axes_in(figure, box)
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.08, 1.08)
    panels.set_frame(axes)
    progress = np.array([step.progress for step in scene.path])
    levels = np.array([step.t for step in scene.path])
    for layer in range(levels.shape[1] if scene.layered else 1):
        axes.plot(progress, levels[:, layer], color=BLACK, linewidth=0.8 * sheet.line, zorder=2)
    for step in dots:
        for t in sorted(set(step.t)):
            axes.plot(
                [step.progress], [t], marker="o", markersize=4.5, color=_colour(t), zorder=3,
                clip_on=False,
            )  # fmt: skip
    y = Ticks((0.0, 0.5, 1.0), (_ZERO_LABEL, "", "1"))
    panels.set_ticks(axes, y, x_ticks((0, 1), box.width * POINTS, sheet.text), sheet, last=True)
    put_below(figure, "progress", box, sheet.text)


# --- small multiples --------------------------------------------------------------------------


def _multiples(scene: MorphScene, sheet: Sheet) -> Figure:
    """Panels for each step in rows of two or three; below them the schedule, if no line."""
    columns = max(2, min(_COLUMNS, int(sheet.width / _NARROWEST)))
    stack = _stack(scene, sheet, _HEIGHTS)
    straight = _straight(scene.path)
    left = sheet.margin + max(stack.room, 0.0 if straight else _strip_room(sheet))
    key = _key(scene, sheet, (sheet.width - sheet.margin - left) * POINTS)
    rows = -(-len(scene.steps) // columns)
    foot = panels.foot(sheet) / POINTS
    top = sheet.margin + key.height / POINTS
    strip = 0.0 if straight else _STRIP_HEIGHT + foot + 2 * _GAP
    figure = blank(sheet, top + rows * (stack.height + _GAP) + foot + strip + sheet.margin)
    width = (sheet.width - sheet.margin - left - (columns - 1) * _GAP) / columns
    for place, step in enumerate(scene.steps):
        row, column = divmod(place, columns)
        corner = (left + column * (width + _GAP), top + row * (stack.height + _GAP))
        ends = {"first": column == 0, "last": place + columns >= len(scene.steps)}
        _draw_stack(figure, scene, step, stack, corner, width, **ends)
    if strip:
        above = figure.get_figheight() - sheet.margin - foot - _STRIP_HEIGHT
        box = Box(left, above, sheet.width - 2 * sheet.margin - left, _STRIP_HEIGHT)
        _schedule(figure, scene, box, sheet, scene.steps)
    put_key(figure, key, left, sheet.margin)
    return figure


# --- a picture that moves ---------------------------------------------------------------------


def moving(scene: MorphScene, sheet: Sheet = PRINTED) -> bytes:
    """A GIF that runs once through the steps and over again, in the plain settings."""
    key = _key(scene, _MOVING, (_MOVING.width - 2 * _MOVING.margin) * POINTS)
    stack = _stack(scene, _MOVING, _MOVING_HEIGHTS)
    frames = [_frame(scene, step, key, stack) for step in scene.steps]
    # One palette for all, so that what stands still does not flicker.
    across, down = frames[0].size
    samples = Image.new("RGB", (across, 3 * down))
    for place, frame in enumerate((frames[0], frames[len(frames) // 2], frames[-1])):
        samples.paste(frame, (0, place * down))
    palette = _with_white(samples.quantize(_COLOURS, dither=Image.Dither.NONE))
    flat = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    content = io.BytesIO()
    flat[0].save(
        content,
        format="GIF",
        save_all=True,
        append_images=flat[1:],
        duration=[_HOLD, *[_FRAME] * (len(flat) - 2), _HOLD],
        loop=0,
    )
    return content.getvalue()


def _with_white(found: Image.Image) -> Image.Image:
    """The palette found, its colours that are nearly white made white.

    Pillow looks colours up in steps of a few levels, so that the paper may get any of these.
    """
    colours = found.getpalette() or []
    for place in range(0, len(colours), 3):
        if min(colours[place : place + 3]) >= _NEARLY_WHITE:
            colours[place : place + 3] = [255, 255, 255]
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours)
    return palette


def _frame(scene: MorphScene, step: MorphStep, key: Key, stack: _Stack) -> Image.Image:
    """One step: its panels with the key above them, and below them the schedule."""
    sheet = stack.sheet
    foot = panels.foot(sheet) / POINTS
    top = sheet.margin + key.height / POINTS
    strip = top + stack.height + foot + _GAP
    figure = blank(sheet, strip + _STRIP_HEIGHT + foot + sheet.margin)
    left = sheet.margin + max(stack.room, _strip_room(sheet))
    width = sheet.width - 2 * sheet.margin - left
    _draw_stack(figure, scene, step, stack, (left, top), width)
    _schedule(figure, scene, Box(left, strip, width, _STRIP_HEIGHT), sheet, [step])
    put_key(figure, key, left, sheet.margin)
    content = io.BytesIO()
    figure.savefig(content, format="rgba", dpi=sheet.dpi)
    return Image.frombytes("RGBA", figure.canvas.get_width_height(), content.getvalue()).convert(
        "RGB"
    )
