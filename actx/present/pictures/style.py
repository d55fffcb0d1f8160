"""Colours, dashes and widths: which line is whose, for every kind of colour vision.

The hues follow Okabe and Ito (Color Universal Design, 2008), darkened until each has a contrast of
3:1 with white (WCAG 2.1, 1.4.11), with sky blue, brown and grey beside them, and tuned so that they
stay apart in simulated protanopia, deuteranopia and tritanopia (Machado, Oliveira, Fernandes 2009).
Black is the target's alone. Colour is never the only difference: lines that share a hue have
different dashes, and so have, as far as the dashes reach, those whose hues a colour-blind reader
may take for one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actx.analysis.curves import Curve
    from actx.present.pictures.sheet import Sheet

BLACK = "#000000"


@dataclass(frozen=True)
class Hue:
    """One hue: its colour, and the darkest and lightest that variants of a family take."""

    base: str
    dark: str
    light: str
    seen: str  # what is left of it without red or green cones


HUES = (
    Hue("#1258A7", "#0D3F78", "#4D82BD", "blue"),
    Hue("#C24103", "#8C2F02", "#D17042", "yellow"),  # vermilion
    Hue("#0C7C55", "#09593D", "#499D80", "grey"),  # green
    Hue("#C765A0", "#8F4973", "#CE77AB", "grey"),  # purple
    Hue("#3090E6", "#2368A6", "#4199E8", "blue"),  # sky blue
    Hue("#C18B04", "#8B6403", "#C18B04", "yellow"),  # amber
    Hue("#7A2A10", "#581E0C", "#9B5F4C", "yellow"),  # brown
    Hue("#7B7B7B", "#595959", "#949494", "grey"),
)

# Lengths of line and gap in units of the line width; the first is a solid line.
DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (5, 1.6),
    (1.3, 1.3),
    (7, 1.6, 1.4, 1.6),
    (2.6, 1.2),
    (10, 2),
    (7, 1.5, 1.4, 1.5, 1.4, 1.5),
    (10, 1.5, 3, 1.5),
    (4, 2.8),
    (3, 1.3, 1.3, 1.3),
    (12, 1.5, 1.4, 1.5, 1.4, 1.5, 1.4, 1.5),
    (1.4, 2.4),
)


@dataclass(frozen=True)
class LineStyle:
    """How one curve is drawn."""

    colour: str
    dashes: tuple[float, ...]
    width: float
    layer: float  # a curve with a higher one is drawn over those with lower ones


@dataclass(frozen=True)
class Styles:
    """The line styles of a picture: of the curves in their order, and of the target."""

    curves: tuple[LineStyle, ...]
    target: LineStyle
    by_family: bool
    marker: float  # size of the marks, in points


def assign(curves: Sequence[Curve], sheet: Sheet) -> Styles:
    """Give each of `curves` a line of its own.

    As long as there are hues enough, every curve has its own; beyond that, a family has.
    Closer approximations lie over coarser ones, which stand out where they differ anyway.
    """
    by_family = len(curves) >= len(HUES)
    groups = [c.family for c in curves] if by_family else [str(i) for i in range(len(curves))]
    hues = _hue_of_group(groups)
    # Thin lines where there are many, so that what lies between them can be seen.
    width = sheet.line * (1.0 if len(curves) <= len(HUES) else 0.8)
    members: dict[int, list[int]] = {}
    for position, group in enumerate(groups):
        members.setdefault(hues[group], []).append(position)
    order = sorted(range(len(curves)), key=lambda i: (-_coarseness(curves[i]), i))
    layers = {position: 2.0 + rank / (len(curves) + 1) for rank, position in enumerate(order)}
    lines: dict[int, LineStyle] = {}
    dashes_used: Counter[str] = Counter()
    for hue, positions in members.items():
        for rank, position in enumerate(positions):
            dash = dashes_used[HUES[hue].seen] if by_family else position
            dashes_used[HUES[hue].seen] += 1
            lines[position] = LineStyle(
                colour=_shade(HUES[hue], rank, len(positions)),
                dashes=DASHES[dash % len(DASHES)],
                width=width,
                layer=layers[position],
            )
    return Styles(
        curves=tuple(lines[i] for i in range(len(curves))),
        target=LineStyle(BLACK, (), sheet.target_line, 3.5),
        by_family=by_family,
        marker=(2.7 if by_family else 3.2) * math.sqrt(width),
    )


def _hue_of_group(groups: Sequence[str]) -> dict[str, int]:
    """A hue for each group, in order of appearance; beyond them, the least used is shared."""
    sizes = {group: groups.count(group) for group in dict.fromkeys(groups)}
    load = [0] * len(HUES)
    hues: dict[str, int] = {}
    for group, size in sizes.items():
        hues[group] = min(range(len(HUES)), key=lambda hue: (load[hue], hue))
        load[hues[group]] += size
    return hues


def _coarseness(curve: Curve) -> float:
    if curve.error is None:
        return 0.0
    finite = [abs(e) for e in curve.error.tolist() if math.isfinite(e)]
    return max(finite, default=math.inf)


def _shade(hue: Hue, rank: int, count: int) -> str:
    """The colour of the `rank`-th of `count` lines of one hue, from dark to light."""
    if count == 1:
        return hue.base
    share = rank / (count - 1)
    dark, light = (
        [int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (hue.dark, hue.light)
    )
    mixed = (round(a + (b - a) * share) for a, b in zip(dark, light, strict=True))
    return "#" + "".join(f"{channel:02X}" for channel in mixed)
