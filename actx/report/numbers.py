"""Numbers and intervals as text, the same in every table."""

from __future__ import annotations

import math
from collections.abc import Sequence

Interval = tuple[float, float]

DIGITS = 7  # significant digits; Python rounds them correctly from the exact float64 value


def number(value: float, digits: int = DIGITS) -> str:
    """`value` to `digits` significant digits, without trailing zeros; infinities as ∞."""
    if math.isnan(value):
        return "—"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value + 0.0:.{digits}g}"  # + 0.0 turns -0.0 into 0.0


def align(cells: Sequence[str]) -> list[str]:
    """The cells padded to one width with their decimal points in one column.

    A cell that is no number, such as an interval, is only moved to the right.
    """
    parts = [_split(cell) for cell in cells]
    whole = max((len(head) for head, tail in parts if tail is not None), default=0)
    after = max((len(tail) for _, tail in parts if tail is not None), default=0)
    width = max([whole + after, *(len(cell) for cell in cells)])
    return [
        (head if tail is None else head + tail.ljust(after)).rjust(width) for head, tail in parts
    ]


def _split(cell: str) -> tuple[str, str | None]:
    """A number's text before and from the decimal point on; (cell, None) if it is no number."""
    if not cell.lstrip("-")[:1].isdigit() or " " in cell:
        return cell, None
    for index, char in enumerate(cell):
        if char in ".e":
            return cell[:index], cell[index:]
    return cell, ""


def interval(ends: Interval, variable: str = "x") -> str:
    """A closed interval as people write it: `x ≤ -3`, `x ≥ 0`, `-1 ≤ x ≤ 1`, `all x`."""
    lo, hi = ends
    if math.isinf(lo) and math.isinf(hi):
        return f"all {variable}"
    if math.isinf(lo):
        return f"{variable} ≤ {number(hi)}"
    if math.isinf(hi):
        return f"{variable} ≥ {number(lo)}"
    return f"{number(lo)} ≤ {variable} ≤ {number(hi)}"


def domain(ends: Interval) -> str:
    """A domain in words."""
    lo, hi = ends
    if math.isinf(lo) and math.isinf(hi):
        return "the whole line"
    return interval(ends)


def place(x: float | Interval, *, tends: bool = False, digits: int = DIGITS) -> str:
    """Where something happens: a number, an interval, or `→ ∞` where x only tends there."""
    if isinstance(x, tuple):
        return interval(x)
    if math.isinf(x) or tends:
        return f"→ {number(x, digits)}"
    return number(x, digits)


def at(x: float | Interval) -> str:
    """`at x = 2`, `as x → ∞`, `for x ≤ -3`."""
    if isinstance(x, tuple):
        return f"for {interval(x)}"
    if math.isinf(x):
        return f"as x → {number(x)}"
    return f"at x = {number(x)}"
