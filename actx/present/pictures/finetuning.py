"""The picture of an experiment: accuracies, losses, and what pruning leaves of the accuracy."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from actx.core.numbers import number
from actx.present.pictures import panels
from actx.present.pictures.key import Group, Item, Key, Mark, in_rows
from actx.present.pictures.labels import LINE_HEIGHT, clean, fit, text_width
from actx.present.pictures.limits import Range
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
    put_upright,
    size_of,
)
from actx.present.pictures.sheet import PRINTED, Sheet, height_of
from actx.present.pictures.style import BLACK, DASHES, HUES, LineStyle
from actx.present.pictures.ticks import Ticks, x_ticks, y_ticks
from actx.present.sheets.finetuned import way_words, where
from actx.studies.finetune.results import (
    BEFORE,
    BLEND,
    KEEP,
    SCRATCH,
    SWAP,
    TRAIN_ON,
    Finetuning,
    Way,
)

_HEIGHTS = (2.3, 1.6, 1.6)  # inches on a page, of accuracies, losses and pruned networks
_KEY_GAP = 0.1
_NARROW = 80.0  # points of a name in the key
_LABEL = 200.0  # points that a name takes in a legend at most
# The first that there is room for:
_EPOCHS = (
    "epochs; grey: those of the blend; bands: from the worst seed to the best",
    "epochs (grey: blend; bands: all seeds)",
    "epochs",
)
_KEPT = ("neurons kept in each hidden layer (%)", "neurons kept (%)")
_BAND = 0.13  # opacity of the range over the seeds
_BLENDING = "#F0F0F0"
_SKIPPED = 2  # epochs from the start whose accuracies need not be shown
_PAD = 0.06  # of a panel's height, above and below what is drawn

_STYLES: Mapping[str, LineStyle] = {
    BEFORE: LineStyle(HUES[0].base, DASHES[0], 1.3, 3.0),
    KEEP: LineStyle(HUES[0].base, DASHES[2], 1.3, 3.1),
    SCRATCH: LineStyle(HUES[3].base, DASHES[3], 1.3, 2.9),
    TRAIN_ON: LineStyle(HUES[1].base, DASHES[1], 1.5, 3.2),
    BLEND: LineStyle(HUES[2].base, DASHES[0], 1.9, 3.3),
}
_SWAPPED = Mark("o", 5.0, filled=True)
_GOAL = LineStyle("#8A8A8A", DASHES[4], 0.7, 1.5)
_AT_ONCE = LineStyle(HUES[7].base, DASHES[1], 1.3, 3.0)
_RETRAINED = LineStyle(HUES[2].base, DASHES[0], 1.9, 3.3)


@dataclass(frozen=True)
class _Panel:
    """A panel: what draws it into axes of so many points, and its labels."""

    draw: Callable[[Axes, Finetuning, tuple[float, float], Sheet], None]
    y_label: str
    x_labels: Sequence[str] = ()  # the first that there is room for


def _panels(result: Finetuning) -> list[_Panel]:
    """From top to bottom."""
    found = [_Panel(_accuracies, "accuracy (%)"), _Panel(_losses, "training loss", _EPOCHS)]
    if result.pruned:
        found.append(_Panel(_pruned, "accuracy (%)", _KEPT))
    return found


def _put_panel(figure: Figure, result: Finetuning, panel: _Panel, box: Box, sheet: Sheet) -> None:
    width = box.width * POINTS
    panel.draw(_axes(figure, box), result, (width, box.height * POINTS), sheet)
    put_upright(figure, panel.y_label, sheet.margin, box.top + box.height / 2, sheet.text)
    fitting = [text for text in panel.x_labels if text_width(text, sheet.text) <= width]
    if panel.x_labels:
        put_below(figure, (*fitting, panel.x_labels[-1])[0], box, sheet.text)


@dataclass(frozen=True)
class _Band:
    """A mean over seeds with the smallest and largest value, by x."""

    x: Sequence[float]
    mean: Sequence[float]
    least: Sequence[float]
    most: Sequence[float]


def about(result: Finetuning, sheet: Sheet = PRINTED) -> tuple[str, str]:
    """What a file says of the picture: a title, and the names of what is drawn."""
    names = ", ".join(clean(way_words(result, way.name)) for way in result.ways)
    return clean(f"From {result.from_} to {result.to} {where(result)}"), names


def build(result: Finetuning, sheet: Sheet = PRINTED) -> Figure:
    """The figure, to be called with the plain settings in force."""
    heights = [height_of(each, sheet) for each in _HEIGHTS]
    inner = (sheet.width - 2 * sheet.margin) * POINTS
    key = in_rows(_entries(result, inner, sheet), sheet.key_text, inner)
    pruned = [Group((item,)) for item in _pruned_items(result, inner, sheet)]
    small = in_rows(pruned, sheet.key_text, inner) if result.pruned else None
    foot = panels.foot(sheet) / POINTS
    top = sheet.margin + key.height / POINTS + _KEY_GAP
    losses_top = top + heights[0] + sheet.gap
    end = losses_top + heights[1] + foot
    pruned_top = end + sheet.gap
    if small is not None:
        pruned_top += small.height / POINTS + _KEY_GAP
        end = pruned_top + heights[2] + foot
    figure = blank(sheet, end + sheet.margin)
    left = sheet.margin + _room(sheet) / POINTS
    width = sheet.width - 3 * sheet.margin - left
    tops = (top, losses_top, pruned_top)
    for panel, above, height in zip(_panels(result), tops, heights, strict=False):
        _put_panel(figure, result, panel, Box(left, above, width, height), sheet)
    _put_key(figure, key, left, sheet.margin, sheet)
    if small is not None:
        above = end - foot - heights[2] - _KEY_GAP - small.height / POINTS
        _put_key(figure, small, left, above, sheet)
    return figure


def into(axes: Sequence[Axes], result: Finetuning, sheet: Sheet = PRINTED) -> int:
    """Draw into the caller's axes: accuracies, below them losses, below those pruned networks."""
    shown = _panels(result)
    for each, panel in zip(axes, shown, strict=False):
        panels.set_frame(each)
        panel.draw(each, result, size_of(each), sheet)
        each.tick_params(labelbottom=True)
        name_axes(each, (panel.x_labels or _EPOCHS)[0], panel.y_label)
    items = [_items(result, _LABEL, sheet), [], _pruned_items(result, _LABEL, sheet)]
    for each, named in zip(axes, items, strict=False):
        if named:
            legend(each, named)
    return len(shown)


def _room(sheet: Sheet) -> float:
    """Points to the left of the panels, for an axis label and the widest tick label."""
    return LINE_HEIGHT * sheet.text + 4.0 + text_width("0.0005", sheet.text) + 2 * TICK


def _put_key(figure: Figure, key: Key, left: float, top: float, sheet: Sheet) -> None:
    spare = sheet.width - sheet.margin - key.width / POINTS
    put_key(figure, key, max(min(left, spare), sheet.margin), top)


# --- the key ----------------------------------------------------------------------------------


def _entries(result: Finetuning, width: float, sheet: Sheet) -> list[Group]:
    """In two columns, or where these would be narrow in one."""
    spare = 5 * sheet.key_text
    room = width / 2 - spare if width / 2 - spare >= _NARROW else width - spare
    return [Group((item,)) for item in _items(result, room, sheet)]


def _items(result: Finetuning, room: float, sheet: Sheet) -> list[Item]:
    """The entries of the key, of at most `room` points."""

    def item(text: str, sample: LineStyle | Mark) -> Item:
        return Item(fit(text, sheet.key_text, room, 2), sample)

    lines = [item(way_words(result, name), style) for name, style in _styles(result).items()]
    goal = f"{number(100 * result.settings.goal, 4)} %"
    marks = [
        item("swapped, not trained", _SWAPPED),
    ]
    return [*lines, item(f"accuracy of {goal}", _GOAL), *marks]


def _pruned_items(result: Finetuning, room: float, sheet: Sheet) -> list[Item]:
    after = fit(
        f"pruned by {result.settings.prune}, then trained", sheet.key_text,
        room - 5 * sheet.key_text, 2,
    )  # fmt: skip
    return [Item("pruned", _AT_ONCE), Item(after, _RETRAINED)]


def _styles(result: Finetuning) -> Mapping[str, LineStyle]:
    """Of the ways that there are."""
    there = {way.name for way in result.ways}
    return {name: style for name, style in _STYLES.items() if name in there}


# --- panels -----------------------------------------------------------------------------------


def _axes(figure: Figure, box: Box) -> Axes:
    axes = axes_in(figure, box)
    panels.set_frame(axes)
    return axes


def _accuracies(axes: Axes, result: Finetuning, room: tuple[float, float], sheet: Sheet) -> None:
    bands = {name: _accuracy_band(result.way(name)) for name in _styles(result)}
    swapped = result.way(SWAP)
    shown = [100 * value for value in swapped.accuracy.values]
    for band in bands.values():
        late = [i for i, x in enumerate(band.x) if x >= _SKIPPED or x == band.x[-1]]
        shown += [band.least[i] for i in late] + [band.most[i] for i in late]
    limits = _padded(min(shown), max(*shown, 100 * result.settings.goal), most=100.0)
    _draw(axes, bands)
    axes.axhline(100 * result.settings.goal, **panels.line_look(_GOAL))
    look = panels.mark_look(_SWAPPED, _STYLES[TRAIN_ON].colour)
    axes.plot([swapped.begins], [100 * swapped.accuracy.mean], **look, zorder=5, clip_on=False)
    axes.set_ylim(*limits)
    _epoch_axis(axes, result, room[0], y_ticks(limits, room[1], sheet.text), sheet)


def _losses(axes: Axes, result: Finetuning, room: tuple[float, float], sheet: Sheet) -> None:
    bands = {name: _loss_band(result.way(name)) for name in _styles(result)}
    values = [v for band in bands.values() for v in (*band.least, *band.most) if v > 0]
    lo, hi = (min(values), max(values)) if values else (0.1, 1.0)
    stretch = (hi / lo) ** _PAD * 1.05
    lo, hi = lo / stretch, hi * stretch
    axes.set_yscale("log")
    _draw(axes, bands)
    axes.set_ylim(lo, hi)
    _epoch_axis(axes, result, room[0], _log_ticks(lo, hi, room[1], sheet), sheet, last=True)
    axes.yaxis.set_minor_locator(NullLocator())


def _pruned(axes: Axes, result: Finetuning, room: tuple[float, float], sheet: Sheet) -> None:
    rows = sorted(result.pruned, key=lambda row: row.kept)
    x = [100 * row.kept for row in rows]
    bands = []
    for style, spreads in (
        (_AT_ONCE, [row.at_once for row in rows]),
        (_RETRAINED, [row.accuracy for row in rows]),
    ):
        band = _Band(
            x,
            [100 * s.mean for s in spreads],
            [100 * s.least for s in spreads],
            [100 * s.most for s in spreads],
        )
        _draw_band(axes, band, style)
        axes.plot(band.x, band.mean, **panels.mark_look(Mark("o", 4.0, True), style.colour),
                  zorder=style.layer + 1, clip_on=False)  # fmt: skip
        bands.append(band)
    limits = _padded(min(min(b.least) for b in bands), max(max(b.most) for b in bands), most=100)
    axes.set_ylim(*limits)
    axes.set_xlim(0, 100)
    ticks = x_ticks((0.0, 100.0), room[0], sheet.text)
    panels.set_ticks(axes, y_ticks(limits, room[1], sheet.text), ticks, sheet, last=True)


def _epoch_axis(
    axes: Axes, result: Finetuning, width: float, y: Ticks, sheet: Sheet, *, last: bool = False
) -> None:
    """Epochs from left to right, the blend behind them, and a line where the activation changes."""
    s = result.settings
    total = s.epochs + s.tune_epochs
    axes.set_xlim(0, total)
    axes.axvspan(s.epochs, s.epochs + s.blend_epochs, color=_BLENDING, zorder=0.5, linewidth=0)
    axes.axvline(s.epochs, color=BLACK, linewidth=0.6, zorder=1)
    found = x_ticks((0.0, float(total)), width, sheet.text)
    whole = [place for place in found.places if place == int(place)]
    ticks = Ticks(tuple(whole), tuple(str(int(place)) for place in whole))
    panels.set_ticks(axes, y, ticks, sheet, last=last)
    axes.yaxis.set_major_locator(FixedLocator(list(y.places)))
    axes.yaxis.set_major_formatter(FixedFormatter(list(y.texts)))


# --- lines ------------------------------------------------------------------------------------


def _draw(axes: Axes, bands: Mapping[str, _Band]) -> None:
    for name, band in bands.items():
        _draw_band(axes, band, _STYLES[name])


def _draw_band(axes: Axes, band: _Band, style: LineStyle) -> None:
    if not band.x:
        return
    axes.fill_between(
        band.x, band.least, band.most, color=style.colour, alpha=_BAND, linewidth=0,
        zorder=style.layer - 1,
    )  # fmt: skip
    axes.plot(band.x, band.mean, **panels.line_look(style))


def _accuracy_band(way: Way) -> _Band:
    values = 100 * np.array([run.accuracies for run in way.runs])
    return _band(values, way.begins)


def _loss_band(way: Way) -> _Band:
    return _band(np.array([run.losses for run in way.runs]), way.begins + 1)


def _band(values: np.ndarray, first: int) -> _Band:
    x = [float(first + i) for i in range(values.shape[1])]
    return _Band(
        x, values.mean(axis=0).tolist(), values.min(axis=0).tolist(), values.max(axis=0).tolist()
    )


def _padded(lo: float, hi: float, most: float) -> Range:
    """A range with room around it, up to what the values can be at most."""
    room = _PAD * (hi - lo) or 1.0
    return Range(lo - room, min(hi + room, most + room / 2))


def _log_ticks(lo: float, hi: float, length: float, sheet: Sheet) -> Ticks:
    """Ticks at 1, 2 and 5 times powers of ten, or fewer or more where these are many or few."""
    first, last = math.floor(math.log10(lo)), math.ceil(math.log10(hi))
    most = max(2, int(length / (2.6 * sheet.text)))
    places: list[float] = []
    for steps in ((1, 2, 5), (1, 3), (1,)):
        places = [m * 10.0**e for e in range(first, last + 1) for m in steps]
        places = [p for p in places if lo <= p <= hi]
        if len(places) <= most:
            break
    if len(places) < 2:
        return y_ticks(Range(lo, hi), length, sheet.text)
    places = places[:: -(-len(places) // most)]
    return Ticks(tuple(places), tuple(number(p, 1) for p in places))
