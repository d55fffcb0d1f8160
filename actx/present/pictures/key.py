"""The key: which line is which, set outside the panels and laid out by measured widths.

All lengths are in points, y downwards from the key's upper left corner.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from actx.present.pictures.labels import LINE_HEIGHT, clean, fit, text_width, told_apart
from actx.present.pictures.style import BLACK, LineStyle, Styles

if TYPE_CHECKING:
    from actx.analysis.curves import Curve

_SAMPLE = 2.9  # length of a line sample, in text sizes: it shows a whole period of the dashes
_SPACE = 0.7  # between a sample and its label
_BETWEEN_COLUMNS = 1.6
_ROW_GAP = 0.12
_GROUP_GAP = 0.55


@dataclass(frozen=True)
class Mark:
    """How a marked point is drawn: a matplotlib marker, its size, whether it is filled."""

    marker: str
    size: float
    filled: bool


@dataclass(frozen=True)
class Item:
    """One entry: a label with its sample, or a heading (no sample)."""

    label: str
    sample: LineStyle | Mark | None
    colour: str = BLACK

    def width(self, size: float) -> float:
        if self.sample is None:
            return text_width(self.label, size, bold=True)
        return (_SAMPLE + _SPACE) * size + text_width(self.label, size)

    def height(self, size: float) -> float:
        return (LINE_HEIGHT * (1 + self.label.count("\n")) + _ROW_GAP) * size


@dataclass(frozen=True)
class Placed:
    """An item with its upper left corner."""

    item: Item
    x: float
    y: float

    @staticmethod
    def sample_span(size: float) -> tuple[float, float]:
        """Where the line sample lies and where the label begins, from the item's left."""
        return _SAMPLE * size, (_SAMPLE + _SPACE) * size


@dataclass(frozen=True)
class Key:
    """A laid out key."""

    placed: tuple[Placed, ...]
    width: float
    height: float
    size: float


@dataclass(frozen=True)
class Group:
    """Items that stay together: a family, the target, the marks."""

    items: tuple[Item, ...]


def groups(
    curves: Sequence[Curve],
    target: Curve | None,
    styles: Styles,
    marks: Sequence[tuple[str, Mark]],
    size: float,
    width: float,
) -> list[Group]:
    """The entries of a picture: the target first, then the curves, then what the marks mean.

    Curves are grouped under their family's name where families share a hue. Labels are at most
    `width` points wide.
    """
    room = width - (_SAMPLE + _SPACE) * size
    lines = 2 if styles.by_family else 3
    labels = told_apart([fit(curve.name, size, room, lines) for curve in curves])
    result: list[Group] = []
    if target is not None:
        label = fit(f"{clean(target.name)} (target)", size, room, lines)
        result.append(Group((Item(label, styles.target),)))
    items = [
        (curve.family, Item(label, style))
        for curve, label, style in zip(curves, labels, styles.curves, strict=True)
    ]
    if styles.by_family:
        families = list(dict.fromkeys(family for family, _ in items))
        items.sort(key=lambda pair: families.index(pair[0]))  # stable: order within stays
        for family, members in groupby(items, key=lambda pair: pair[0]):
            own = [item for _, item in members]
            heading = Item(fit(family, size, width, 1, bold=True), None, _colour(own[0]))
            result.append(Group((heading, *own)))
    else:
        result.extend(Group((item,)) for _, item in items)
    if marks:
        result.append(Group(tuple(Item(fit(t, size, room, lines), mark) for t, mark in marks)))
    return result


def _colour(item: Item) -> str:
    return item.sample.colour if isinstance(item.sample, LineStyle) else BLACK


def in_rows(entries: Sequence[Group], size: float, width: float) -> Key:
    """The entries in a grid of as many columns as fit into `width`; the marks by themselves."""
    items = [group.items[0] for group in entries if not isinstance(group.items[0].sample, Mark)]
    marks = [item for group in entries for item in group.items if isinstance(item.sample, Mark)]
    placed: list[Placed] = []
    y = 0.0
    for part in (items, marks):
        y = _grid(part, size, width, y, placed)
    return _key(placed, size)


def _grid(
    items: Sequence[Item], size: float, width: float, y: float, placed: list[Placed]
) -> float:
    """Place `items` from `y` on, return where the grid ends."""
    gap = _BETWEEN_COLUMNS * size
    count = max(len(items), 1)
    while count > 1 and _total(_widths(items, count, size), gap) > width:
        count -= 1
    rows = -(-len(items) // count)
    count = -(-len(items) // rows) if rows else 1  # even rows
    widths = _widths(items, count, size)
    for start in range(0, len(items), count):
        row = items[start : start + count]
        x = 0.0
        for item, column in zip(row, widths, strict=False):
            placed.append(Placed(item, x, y))
            x += column + gap
        y += max(item.height(size) for item in row)
    return y


def _widths(items: Sequence[Item], count: int, size: float) -> list[float]:
    return [max(i.width(size) for i in items[c::count]) for c in range(min(count, len(items)))]


def _total(widths: Sequence[float], gap: float) -> float:
    return sum(widths) + gap * (len(widths) - 1)


def in_columns(entries: Sequence[Group], size: float, count: int) -> Key:
    """The groups in their order, in at most `count` columns that are as short as can be."""
    heights = [_group_height(group, size) for group in entries]
    gap = _GROUP_GAP * size
    columns = _shortest(heights, gap, count)
    placed: list[Placed] = []
    x = 0.0
    for column in columns:
        y = 0.0
        members = [entries[i] for i in column]
        for group in members:
            for item in group.items:
                placed.append(Placed(item, x, y))
                y += item.height(size)
            y += gap
        x += max(item.width(size) for group in members for item in group.items)
        x += _BETWEEN_COLUMNS * size
    return _key(placed, size)


def _group_height(group: Group, size: float) -> float:
    return sum(item.height(size) for item in group.items)


def _shortest(heights: Sequence[float], gap: float, count: int) -> list[list[int]]:
    """Split a sequence of heights into at most `count` columns with the least tallest one."""
    # The tallest column is one of the sums of consecutive heights, and any taller limit will do.
    sums = sorted(
        sum(heights[i:j]) + gap * (j - i - 1)
        for i in range(len(heights))
        for j in range(i + 1, len(heights) + 1)
    )

    def enough(limit: float) -> bool:
        columns = _fill(heights, gap, limit)
        return columns is not None and len(columns) <= count

    return _fill(heights, gap, sums[bisect_left(sums, True, key=enough)]) or []


def _fill(heights: Sequence[float], gap: float, limit: float) -> list[list[int]] | None:
    columns: list[list[int]] = []
    used = 0.0
    for i, height in enumerate(heights):
        if height > limit + 1e-9:
            return None
        if columns and used + gap + height <= limit + 1e-9:
            columns[-1].append(i)
            used += gap + height
        else:
            columns.append([i])
            used = height
    return columns


def _key(placed: Sequence[Placed], size: float) -> Key:
    return Key(
        tuple(placed),
        width=max((p.x + p.item.width(size) for p in placed), default=0.0),
        height=max((p.y + p.item.height(size) for p in placed), default=0.0),
        size=size,
    )
