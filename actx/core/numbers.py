"""Numbers and intervals as text, the same in every table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import MAX_EMAX, MIN_EMIN, ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from actx.core.domain import Domain, Ends, Interval, excluded

Show = Callable[[float], str]  # how one number is printed

_ROUNDING = 1e-12  # of a computed value, relatively
DIGITS = 7  # significant digits; Python rounds them correctly from the exact float64 value


def number(value: float, digits: int = DIGITS) -> str:
    """`value` to `digits` significant digits, without trailing zeros; infinities as ∞."""
    if math.isnan(value):
        return "—"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value + 0.0:.{digits}g}"  # + 0.0 turns -0.0 into 0.0


def rounded(value: float, digits: int = DIGITS) -> str:
    """The same with the zeros to which it is rounded; none where it is the shorter decimal.

    A computed value is one that is off it by no more than rounding errors.
    """
    text = number(value, digits)
    if not math.isfinite(value) or abs(float(text) - value) <= _ROUNDING * abs(value):
        return text
    return _exactly(value, digits)


def shared_digits(enclosure: Interval, digits: int = DIGITS) -> str | None:
    """The decimal that all numbers in an enclosure round to, of at most `digits` digits.

    Zeros at the end stay, being digits to which the number is rounded, unless it is that decimal,
    as far as floats can tell. An enclosure about 0 with no common digit is `0±3e-17`. None where
    there is none otherwise.
    """
    lo, hi = enclosure
    for count in range(digits, 0, -1):
        text = _exactly(lo, count)
        if text == _exactly(hi, count):
            return number(lo, count) if _is_decimal(number(lo, count), enclosure) else text
    if lo <= 0 <= hi and math.isfinite(hi - lo):
        return f"0±{_rounded(max(-lo, hi), 1, ROUND_CEILING)}"
    return None


def _is_decimal(text: str, enclosure: Interval) -> bool:
    """Whether an enclosure holds a decimal as narrowly as floats can: as one, or between two."""
    lo, hi = enclosure
    if not math.isfinite(hi - lo):
        return lo == hi
    nearest = float(text)
    if Decimal(nearest) == Decimal(text):
        return lo == hi == nearest
    return lo <= nearest <= hi <= math.nextafter(lo, math.inf)


def outward(enclosure: Interval, digits: int = DIGITS) -> tuple[str, str]:
    """The ends of an enclosure as decimals that still enclose it."""
    lo, hi = enclosure
    return _rounded(lo, digits, ROUND_FLOOR), _rounded(hi, digits, ROUND_CEILING)


def _exactly(value: float, digits: int) -> str:
    """`value` to `digits` significant digits, zeros at the end and all."""
    if not math.isfinite(value):
        return number(value)
    return f"{value + 0.0:#.{digits}g}".replace(".e", "e").removesuffix(".")


def _rounded(value: float, digits: int, direction: str) -> str:
    if not math.isfinite(value):
        return number(value)
    context = Context(prec=digits, rounding=direction, Emax=MAX_EMAX, Emin=MIN_EMIN)
    return number(float(context.create_decimal(Decimal(value))), digits)


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
    if not cell.lstrip("~-")[:1].isdigit() or " " in cell:
        return cell, None
    for index, char in enumerate(cell):
        if char in ".e±":
            return cell[:index], cell[index:]
    return cell, ""


def interval(ends: Interval, variable: str = "x", show: Show = number) -> str:
    """An interval as people write it: `x ≤ -3`, `x > 0`, `-1 ≤ x < 1`, `all x`."""
    lo, hi = ends
    open_ = excluded(ends)
    above, below = "<" if lo in open_ else "≤", "<" if hi in open_ else "≤"
    if math.isinf(lo) and math.isinf(hi):
        return f"all {variable}"
    if math.isinf(lo):
        return f"{variable} {below} {show(hi)}"
    if math.isinf(hi):
        return f"{variable} {'>' if lo in open_ else '≥'} {show(lo)}"
    return f"{show(lo)} {above} {variable} {below} {show(hi)}"


def domain(ends: Ends) -> str:
    """A domain in words; several intervals are joined by `or`."""
    if ends == (-math.inf, math.inf):
        return "the whole line"
    return " or ".join(interval((part.lo, part.hi)) for part in Domain.of(ends).parts)


def place(x: float | Interval, *, tends: bool = False, show: Show = number) -> str:
    """Where something happens: a number, an interval, or `→ ∞` where x only tends there."""
    if isinstance(x, tuple):
        return interval(x, show=show)
    return f"→ {show(x)}" if math.isinf(x) or tends else show(x)


def at(x: float | Interval, *, tends: bool = False, show: Show = number) -> str:
    """`at x = 2`, `as x → ∞`, `for x ≤ -3`."""
    if isinstance(x, tuple):
        return f"for {interval(x, show=show)}"
    return f"as x → {show(x)}" if math.isinf(x) or tends else f"at x = {show(x)}"
