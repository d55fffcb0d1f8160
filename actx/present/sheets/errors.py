"""The errors of a comparison as text, each as far as it is proven."""

from __future__ import annotations

import math
from collections.abc import Iterator

from actx.analysis.results import ComparisonRow, DataErrors, Errors, MaxError, MaxSlopeError, Size
from actx.core.domain import Interval
from actx.core.numbers import DIGITS, at, place
from actx.present.sheets.certainty import Certainty


def max_error(row: Errors, certainty: Certainty) -> str:
    """The largest error, as far as it is proven."""
    top = row.max_error
    return _number(certainty, top.value, top.enclosure, top.proven)


def norm(row: Errors, name: str, certainty: Certainty, digits: int = DIGITS) -> str:
    """The error in the norm of a name, as far as it is proven."""
    if name == "max":
        return max_error(row, certainty)
    return size_of(row.norms[name], certainty, digits)


def size_of(size: Size, certainty: Certainty, digits: int = DIGITS) -> str:
    """An integral or a mean, as far as it is proven."""
    return _number(certainty, size.error, size.enclosure, True, digits)


def max_slope(row: ComparisonRow, certainty: Certainty, digits: int = DIGITS) -> str:
    """The largest error of the derivative, as far as it is proven."""
    return slope_size(row.max_slope_error, certainty, digits)


def slope_size(slope: MaxSlopeError, certainty: Certainty, digits: int = DIGITS) -> str:
    """The largest size of a derivative, as far as it is proven."""
    return _number(certainty, slope.value, slope.enclosure, True, digits)


def _number(
    certainty: Certainty,
    value: float,
    enclosure: Interval | None,
    proven: bool,
    digits: int = DIGITS,
) -> str:
    """A size; not a number where nothing can be said of it."""
    return "unknown" if math.isnan(value) else certainty.number(value, enclosure, proven, digits)


def place_of(top: MaxError | MaxSlopeError, certainty: Certainty, digits: int = DIGITS) -> str:
    """Where a largest error is reached, or which way it is approached; no place stands out of 0."""
    if not top.value > 0:
        return "—"
    return place(top.x, show=lambda x: certainty.spot(x, top.x_enclosure, digits))


def at_place_of(top: MaxError | MaxSlopeError, certainty: Certainty) -> str:
    """The same in words: `at x = 2`, `as x → ∞`."""
    return at(top.x, show=lambda x: certainty.spot(x, top.x_enclosure))


OVER_DATA = {"RMS": "rms", "mean |e|": "mean_abs", "max |e|": "max"}


def over_data(found: DataErrors, certainty: Certainty) -> Iterator[tuple[str, str, str]]:
    """The errors over inputs: what each is, its size, and over how many."""
    for head, name in OVER_DATA.items():
        value = certainty.computed(getattr(found, name))
        yield f"data {head}", value, f"over {found.count:,} inputs"
