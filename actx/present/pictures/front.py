"""A picture of errors over costs: points on two logarithmic axes, the Pareto front drawn.

Everything that has a cost and an error can be drawn, and `points` says how it came about.
Labels stand where they touch neither a point nor each other; those of the front always, the others
where there is room.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from actx.present.pictures.key import Item, Mark
from actx.present.pictures.labels import clean, fit, text_width
from actx.present.pictures.panels import line_look
from actx.present.pictures.points import Dot, Rank, Scene
from actx.present.pictures.setting import (
    POINTS,
    TICK,
    legend,
    name_axes,
    one_panel,
    size_of,
)
from actx.present.pictures.sheet import PRINTED, Sheet, height_of
from actx.present.pictures.style import BLACK, DASHES, HUES, LineStyle

_HEIGHT = 4.3  # inches, of the panel
_LABEL = 6.5  # size of the labels of points
_LONGEST = 130.0  # points, of a label
_PAD = 0.06  # of an axis, beyond the outermost points
_EXACT = 1e-12  # of the largest error: what is below is rounding, and drawn at the lower edge
_STEPS = (1, 2, 5)
_AWAY = (4.0, 8.0, 14.0, 22.0, 32.0, 44.0, 58.0)  # points from a mark to its label, tried in turn
_DIRECTIONS = ((1, 0), (1, 1), (1, -1), (-1, 1), (-1, 0), (-1, -1), (0, 1), (0, -1))
_BETWEEN = ((1, 0.5), (1, -0.5), (-1, 0.5), (-1, -0.5), (0.4, 1), (0.4, -1), (-0.4, 1), (-0.4, -1))
_MARK_RADIUS = 4  # points, beyond which a line from a mark's middle has left it
_FREELY = 8.0  # and how far away labels may stand that need not


_COLOURS = {Rank.FRONT: HUES[1].base, Rank.OTHER: HUES[0].base, Rank.KNOWN: HUES[7].light}
_MARKS = {Rank.FRONT: Mark("o", 4.5, True), Rank.OTHER: Mark("o", 3.5, False),
          Rank.KNOWN: Mark("o", 2.5, True)}  # fmt: skip

_LINE = LineStyle(HUES[0].base, DASHES[1], 0.9, 1.5)


def about(drawn: Scene, sheet: Sheet = PRINTED) -> tuple[str, str]:
    """What a file says of the picture: a title, and the names of what is drawn."""
    names = ", ".join(clean(dot.name) for dot in drawn.dots if dot.rank is not Rank.KNOWN)
    return f"Errors and costs, {clean(drawn.title)}", names


@dataclass(frozen=True)
class Scale:
    """A logarithmic axis; zero: where a value that is 0 (but for rounding) is drawn, or None."""

    lo: float
    hi: float
    zero: float | None

    def share(self, value: float) -> float:
        """Where a value lies, 0 and 1 being the ends."""
        return math.log(self.shown(value) / self.lo) / math.log(self.hi / self.lo)

    def shown(self, value: float) -> float:
        """The value, or what stands for 0."""
        return value if self.zero is None or value > self.zero else self.zero

    def ticks(self, room: float, size: float, *, upright: bool) -> list[tuple[float, str]]:
        """Round places with their labels, as many as have room on an axis of so many points."""
        least = self.lo if self.zero is None else 1.2 * self.zero
        for steps in (_STEPS, (1, 3), (1,)):
            places = [p for p in _decades(self.lo, self.hi, steps) if p >= least]
            texts = [f"{p:.10f}".rstrip("0").rstrip(".") if p < 1e5 else f"{p:g}" for p in places]
            gaps = [(self.share(b) - self.share(a)) * room for a, b in pairwise(places)]
            widths = [1.4 * size if upright else text_width(t, size) + size for t in texts]
            if all(g >= max(v, w) for g, v, w in zip(gaps, widths, widths[1:], strict=False)):
                break
        zero = [] if self.zero is None else [(self.zero, "0")]
        return [*zero, *zip(places, texts, strict=True)]


def _decades(lo: float, hi: float, steps: Sequence[int]) -> list[float]:
    first, last = math.floor(math.log10(lo)), math.ceil(math.log10(hi))
    places = [float(f"{step}e{power}") for power in range(first, last + 1) for step in steps]
    return [p for p in places if lo <= p <= hi]


def scale(values: Sequence[float]) -> Scale:
    """An axis on which all values can be seen."""
    positive = [v for v in values if v > _EXACT * max(values)] or [1.0]
    lo, hi = min(positive), max(positive)
    zero = None
    if len(positive) < len(values):
        zero = lo = lo / max((hi / lo) ** 0.15, 2.0)
    pad = max((hi / lo) ** _PAD, 1.15)
    return Scale(lo / pad, hi * pad, zero)


def _items(drawn: Scene) -> list[Item]:
    """The entries of the key."""
    used = sorted({dot.rank for dot in drawn.dots})
    found = [Item(drawn.words[rank], _MARKS[rank], _COLOURS[rank]) for rank in used]
    return [*found, Item(drawn.line_words, _LINE, _LINE.colour)] if drawn.line else found


def _scales(drawn: Scene) -> tuple[Scale, Scale]:
    beside = [y for _, y in drawn.line]
    costs = scale([dot.cost for dot in drawn.dots])
    return costs, scale([*(dot.error for dot in drawn.dots), *beside])


def into(axes: Sequence[Axes], drawn: Scene, sheet: Sheet = PRINTED) -> int:
    """Draw into the caller's axes, which are one panel."""
    _panel(axes[0], drawn, _scales(drawn), sheet, size_of(axes[0]))
    name_axes(axes[0], drawn.cost_label, drawn.error_label)
    legend(axes[0], _items(drawn))
    return 1


def build(drawn: Scene, sheet: Sheet = PRINTED) -> Figure:
    """The figure, to be called with the plain settings in force."""
    scales, height = _scales(drawn), height_of(_HEIGHT, sheet)
    texts = [text for _, text in scales[1].ticks(height * POINTS, sheet.text, upright=True)]
    label = fit(drawn.error_label, sheet.text, height * POINTS, 1)
    below = fit(drawn.cost_label, sheet.text, 0.8 * sheet.width * POINTS, 1)
    return one_panel(
        sheet, height, _items(drawn), texts, (below, label),
        lambda axes, room: _panel(axes, drawn, scales, sheet, room),
    )  # fmt: skip


def _panel(
    axes: Axes, drawn: Scene, scales: tuple[Scale, Scale], sheet: Sheet, room: tuple[float, float]
) -> None:
    """Points, front and labels in axes of so many points, whose units are points as well."""
    across, up = scales
    axes.set(xlim=(0, room[0]), ylim=(0, room[1]))
    _set_ticks(axes, scales, sheet.text, room)
    spots = {
        dot: (across.share(dot.cost) * room[0], up.share(dot.error) * room[1]) for dot in drawn.dots
    }
    stairs = _stairs([spots[d] for d in drawn.dots if d.rank is Rank.FRONT], room)
    axes.plot(
        *zip(*stairs, strict=True), color=_COLOURS[Rank.FRONT], linewidth=1.0, alpha=0.6, zorder=1
    )
    beside = [(across.share(x) * room[0], up.share(y) * room[1]) for x, y in drawn.line]
    if beside:
        axes.plot(*zip(*beside, strict=True), **line_look(_LINE))
    for dot, (x, y) in spots.items():
        mark, colour = _MARKS[dot.rank], _COLOURS[dot.rank]
        axes.plot(
            [x], [y], marker=mark.marker, markersize=mark.size, color=colour, clip_on=False,
            markerfacecolor=colour if mark.filled else "white", markeredgewidth=0.8,
            zorder=5 - dot.rank, linestyle="none",
        )  # fmt: skip
    for dot, text, (x, y), leader in _labels(spots, stairs, room, drawn.all_labelled):
        colour = BLACK if dot.rank is Rank.FRONT else _COLOURS[dot.rank]
        if leader:
            near = (min(max(spots[dot][0], x), x + text_width(text, _LABEL)), y + 0.35 * _LABEL)
            axes.plot(*zip(spots[dot], near, strict=True), color=colour, linewidth=0.4, zorder=2)
        axes.text(x, y, text, fontsize=_LABEL, color=colour, ha="left", va="baseline", zorder=6)


def _set_ticks(
    axes: Axes, scales: tuple[Scale, Scale], size: float, room: tuple[float, float]
) -> None:
    across, up = scales
    for axis, side, length, upright in (
        (axes.xaxis, across, room[0], False),
        (axes.yaxis, up, room[1], True),
    ):
        ticks = side.ticks(length, size, upright=upright)
        axis.set_ticks([side.share(p) * length for p, _ in ticks], [t for _, t in ticks])
    axes.tick_params(length=TICK, pad=TICK, labelsize=size, width=0.6)
    axes.grid(color="#E3E3E3", linewidth=0.5)
    axes.set_axisbelow(True)
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_linewidth(0.6)


def _stairs(
    spots: Sequence[tuple[float, float]], room: tuple[float, float]
) -> list[tuple[float, float]]:
    """The corners of the line below which nothing was found."""
    if not spots:
        return [(room[0], room[1])]
    corners = sorted(spots)
    found = [(corners[0][0], room[1])]
    for (x, y), after in zip(corners, [*corners[1:], (room[0], 0.0)], strict=True):
        found += [(x, y), (after[0], y)]
    return found


Room = tuple[float, float, float, float]  # left, bottom, right, top


def _labels(
    spots: dict[Dot, tuple[float, float]],
    stairs: Sequence[tuple[float, float]],
    room: tuple[float, float],
    all_labelled: bool,
) -> Iterator[tuple[Dot, str, tuple[float, float], bool]]:
    """Dots with their label, its place, and whether a line should lead to it."""
    taken = [_around(dot, spot) for dot, spot in spots.items()]
    taken += [_along(a, b) for a, b in pairwise(stairs)]
    for dot in sorted(spots, key=lambda d: (d.rank, d.error)):
        text = fit(dot.name, _LABEL, _LONGEST, 1)
        for place, box, away in _tried(spots[dot], text_width(text, _LABEL)):
            if away > _FREELY and not (all_labelled or dot.rank is Rank.FRONT):
                break
            inside = box[0] >= 0 and box[1] >= 0 and box[2] <= room[0] and box[3] <= room[1]
            leader = _leader(spots[dot], box) if away > _FREELY else []
            if inside and not any(_overlap(b, other) for b in (box, *leader) for other in taken):
                taken += [box, *leader]
                yield dot, text, place, away > _FREELY
                break


def _around(dot: Dot, spot: tuple[float, float]) -> Room:
    half = _MARKS[dot.rank].size / 2 + 0.7
    return spot[0] - half, spot[1] - half, spot[0] + half, spot[1] + half


def _along(a: tuple[float, float], b: tuple[float, float]) -> Room:
    """The box of a level or upright line."""
    return min(a[0], b[0]), min(a[1], b[1]) - 0.5, max(a[0], b[0]), max(a[1], b[1]) + 0.5


def _leader(spot: tuple[float, float], label: Room) -> list[Room]:
    """Small boxes along the line from a mark, from beyond it on, to its label."""
    end = min(max(spot[0], label[0]), label[2]), (label[1] + label[3]) / 2
    count = max(2, round(math.dist(spot, end)))
    points = [
        (spot[0] + t / count * (end[0] - spot[0]), spot[1] + t / count * (end[1] - spot[1]))
        for t in range(_MARK_RADIUS, count)
    ]
    return [(x - 0.3, y - 0.3, x + 0.3, y + 0.3) for x, y in points if not _inside(x, y, label)]


def _inside(x: float, y: float, box: Room) -> bool:
    return box[0] - 0.5 <= x <= box[2] + 0.5 and box[1] - 0.5 <= y <= box[3] + 0.5


def _tried(
    spot: tuple[float, float], width: float
) -> Iterator[tuple[tuple[float, float], Room, float]]:
    """Places for a label around a spot, the nearest first: its corner, its box, how far away."""
    high, low = 0.75 * _LABEL, 0.22 * _LABEL  # of letters above and below the baseline
    for away in _AWAY:
        for dx, dy in _DIRECTIONS if away <= _FREELY else (*_DIRECTIONS, *_BETWEEN):
            x = spot[0] + dx * away - (0.0 if dx > 0 else width if dx < 0 else width / 2)
            y = spot[1] + dy * away - (0.35 * _LABEL if dy == 0 else 0.0 if dy > 0 else high)
            yield (x, y), (x, y - low, x + width, y + high), away


def _overlap(a: Room, b: Room) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
