"""Names as labels: printable, of bounded length, in lines that fit. All text is set literally."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from matplotlib import get_data_path
from matplotlib.font_manager import FontEntry, FontProperties, fontManager
from matplotlib.textpath import text_to_path

# DejaVu Sans, which has Greek and mathematical letters: the one that ships with matplotlib, under a
# name of its own, since of one that the system has the letters may differ.
FONT = "DejaVu Sans of matplotlib"
for _file, _weight in (("DejaVuSans.ttf", 400), ("DejaVuSans-Bold.ttf", 700)):
    _path = Path(get_data_path(), "fonts", "ttf", _file)
    fontManager.ttflist.append(
        FontEntry(fname=str(_path), name=FONT, weight=_weight, size="scalable")
    )
LINE_HEIGHT = 1.2  # of a line of text, in its size
_BREAK_AFTER = " +-*/·,)"
_LONGEST = 1000  # characters, more than any label has room for


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """The width in points of (the widest line of) `text` set in `size` points."""
    font = FontProperties(family=FONT, size=size, weight="bold" if bold else "normal")
    return float(
        max(
            text_to_path.get_text_width_height_descent(line, font, ismath=False)[0]
            for line in text.split("\n")
        )
    )


def clean(name: str) -> str:
    """`name` on one line, with ? for what has no picture (control characters, lone surrogates)."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(name.split())) or "?"


def fit(name: str, size: float, width: float, lines: int, *, bold: bool = False) -> str:
    """`name` in at most `lines` lines of at most `width` points; the middle goes if it must.

    Lines break after an operator or a blank where there is one.
    """
    whole = clean(name)
    wrapped = _wrap(whole, size, width, bold)
    if len(wrapped) <= lines:
        return "\n".join(wrapped)
    low, high = 1, min(len(whole), _LONGEST)  # so many characters fit, so many do not
    wrapped = ["…"]
    while high - low > 1:
        kept = (low + high) // 2
        # Two thirds of what is kept is the beginning.
        head = (2 * kept + 2) // 3
        tail = len(whole) - (kept - head)
        shorter = _wrap(f"{whole[:head].rstrip()}…{whole[tail:].lstrip()}", size, width, bold)
        if len(shorter) <= lines:
            low, wrapped = kept, shorter
        else:
            high = kept
    return "\n".join(wrapped)


def _wrap(text: str, size: float, width: float, bold: bool) -> list[str]:
    lines: list[str] = []
    rest = text[:_LONGEST]
    while rest:
        end = _longest_start(rest, size, width, bold)
        if end < len(rest):
            # Not for the sake of a break that leaves half of the line empty.
            breaks = [i + 1 for i in range(end // 2, end) if rest[i] in _BREAK_AFTER]
            end = breaks[-1] if breaks else end
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return lines or [""]


def _longest_start(text: str, size: float, width: float, bold: bool) -> int:
    """How many characters of `text` fit into `width`, at least one."""
    # Five characters in a text size: more than there are of the narrowest letters.
    low, high = 1, max(1, min(len(text), int(5 * width / size)))
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(text[:middle], size, bold) <= width:
            low = middle
        else:
            high = middle - 1
    return low


def told_apart(labels: Sequence[str]) -> list[str]:
    """The labels, those that came out the same with (2), (3) ... behind them."""
    seen: Counter[str] = Counter()
    result = []
    for label in labels:
        seen[label] += 1
        result.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return result
