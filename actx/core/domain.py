"""Domains: closed intervals of the extended real line, written LO:HI, with commas between several.

What is asked about a domain of several intervals is answered for each of them, and the answers are
joined (`actx.analysis.joining`); only these walk over `parts`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from actx.core.errors import DomainError

Interval = tuple[float, float]


class Stretch(tuple[float, float]):
    """An interval of which some ends may be excluded; in all else a pair of its ends."""

    excluded: tuple[float, ...]

    def __new__(cls, lo: float, hi: float, excluded: tuple[float, ...] = ()) -> Stretch:
        made = super().__new__(cls, (lo, hi))
        made.excluded = excluded
        return made

    def __getnewargs__(self) -> tuple[float, float, tuple[float, ...]]:
        return (*self, self.excluded)


def excluded(ends: object) -> tuple[float, ...]:
    """The ends of an interval that do not belong to it; none of another tuple, or of a point."""
    return ends.excluded if isinstance(ends, Stretch) else ()


Ends = Interval | tuple[Interval, ...]  # of one interval, or of each of several

MOST_INTERVALS = 100
_LONGEST = 5000  # characters of a domain's text
_FORM = "as in -5:5, 0:inf or -inf:inf, or -1:-0.1,0.1:1 for several intervals"


@dataclass(frozen=True)
class Domain:
    """The closed interval [lo, hi] with lo < hi, whose ends may be infinite, without its gaps.

    gaps: open intervals inside, apart from each other and in rising order, that are left out; with
    any, the domain is a union of several intervals.
    """

    lo: float = -math.inf
    hi: float = math.inf
    gaps: tuple[Interval, ...] = ()

    def __post_init__(self) -> None:
        edges = (self.lo, *(x for gap in self.gaps for x in gap), self.hi)
        if any(math.isnan(x) for x in edges):
            raise DomainError("The ends of a domain are numbers or inf, not nan.")
        intervals = list(zip(edges[::2], edges[1::2], strict=True))
        for lo, hi in intervals:
            if not lo < hi:
                turned = f"write {_text((hi, lo))}" if hi < lo else "for example -5:5"
                raise DomainError(
                    f"The interval {_text((lo, hi))} is empty: its lower end must be below its "
                    f"upper end; {turned}."
                )
        for before, after in pairwise(intervals):
            _check_order(before, after)

    @classmethod
    def of(cls, ends: Ends | Sequence[Interval]) -> Domain:
        """The domain with these ends: a pair, or a sequence of pairs in rising order.

        Raises DomainError where an interval is empty or does not lie above the one before it.
        """
        intervals = [_pair(each) for each in ends] if _several(ends) else [_pair(ends)]
        gaps = tuple((before[1], after[0]) for before, after in pairwise(intervals))
        return cls(intervals[0][0], intervals[-1][1], gaps)

    def __str__(self) -> str:
        return ",".join(_text((part.lo, part.hi)) for part in self.parts)

    def __contains__(self, x: float) -> bool:
        return self.lo <= x <= self.hi and not any(lo < x < hi for lo, hi in self.gaps)

    @property
    def parts(self) -> tuple[Domain, ...]:
        """The intervals from left to right, each a domain of its own."""
        if not self.gaps:
            return (self,)
        starts = (self.lo, *(hi for _, hi in self.gaps))
        stops = (*(lo for lo, _ in self.gaps), self.hi)
        return tuple(Domain(lo, hi) for lo, hi in zip(starts, stops, strict=True))

    @property
    def ends(self) -> Ends:
        """(lo, hi) of one interval, a tuple of such pairs of several."""
        if not self.gaps:
            return self.lo, self.hi
        return tuple((part.lo, part.hi) for part in self.parts)

    @property
    def bounded(self) -> bool:
        """Whether both ends are finite."""
        return math.isfinite(self.lo) and math.isfinite(self.hi)

    @property
    def length(self) -> Fraction | None:
        """Of all intervals together, whose ends are the decimals as written; None if infinite."""
        if not self.bounded:
            return None
        return sum((_exact(part.hi) - _exact(part.lo) for part in self.parts), Fraction(0))

    def within(self, other: Domain) -> Iterator[Domain]:
        """The intervals of this domain cut to those of another, where more than a point is left."""
        for part in self.parts:
            for limit in other.parts:
                lo, hi = max(part.lo, limit.lo), min(part.hi, limit.hi)
                if lo < hi:
                    yield Domain(lo, hi)

    def one_interval(self, what: str) -> Domain:
        """This domain, which `what` takes one interval for. Raises DomainError for several."""
        if self.gaps:
            raise DomainError(
                f"{what} takes one interval, not the {len(self.parts)} of {self}; give one, such "
                f"as {self.parts[-1]}."
            )
        return self


WHOLE_LINE = Domain()


def _exact(end: float) -> Fraction:
    return Fraction(repr(float(end)))


_USUAL = (-5.0, 5.0)  # the domain that is proposed where it is a part of the one given
_REACH = 10.0
_WHOLE = 1e6  # up to here a whole number is written as one


def smaller(lo: float | Fraction, hi: float | Fraction) -> tuple[str, Interval]:
    """Advice, with {domain} in it, and a finite domain within [lo, hi] that is not all of it.

    What it proposes is nearer to 0, where formulas are as a rule as they are meant to be.
    """
    lo, hi = float(lo), float(hi)
    how = "smaller" if math.isfinite(lo) and math.isfinite(hi) else "finite"
    low, high = (int(v) if v.is_integer() and abs(v) < _WHOLE else v for v in _part(lo, hi))
    return f"Give a {how} domain, as in {{domain}}.", (low, high)


def _part(lo: float, hi: float) -> Interval:
    a, b = max(lo, _USUAL[0]), min(hi, _USUAL[1])
    if a < b and (a, b) != (lo, hi):
        return a, b
    if math.isinf(hi):
        return lo, lo + max(_REACH, abs(lo))
    if math.isinf(lo):
        return hi - max(_REACH, abs(hi)), hi
    if lo < 0 < hi:
        return lo / 2, hi / 2
    middle = lo / 2 + hi / 2
    return (lo, middle) if lo >= 0 else (middle, hi)


def within(value: float, interval: Interval | None) -> float:
    """A computed value, moved into an interval that is known to hold it."""
    if interval is None or math.isnan(value):
        return value
    return min(max(value, interval[0]), interval[1])


def parse_domain(text: str) -> Domain:
    """Read `LO:HI`, e.g. `-5:5`, `0:inf`, `:3`, or several with commas between.

    An end that is left out is infinite. Raises DomainError, which says what is wrong and what would
    be right.
    """
    texts = text.split(",")
    if len(text) > _LONGEST or len(texts) > MOST_INTERVALS:
        raise DomainError(
            f"The domain {text[:60]!r}... is too long: at most {MOST_INTERVALS} intervals are read."
        )
    try:
        return Domain.of([_interval(each, text) for each in texts])
    except DomainError as reason:
        if len(texts) == 1 or repr(text) in str(reason):
            raise
        raise DomainError(f"In the domain {text!r}: {reason}") from None


def _interval(part: str, text: str) -> Interval:
    """One LO:HI of a domain's text."""
    lo, colon, hi = part.partition(":")
    if not colon:
        if part == text:
            raise DomainError(f"The domain {text[:60]!r} is not of the form LO:HI, {_FORM}.")
        what = f"{part.strip()[:60]!r} is not" if part.strip() else "what stands at a comma is not"
        raise DomainError(f"In the domain {text!r}, {what} of the form LO:HI, {_FORM}.")
    return _end(lo, -math.inf, text), _end(hi, math.inf, text)


def _end(part: str, default: float, text: str) -> float:
    part = part.strip().replace("−", "-").replace("∞", "inf")
    if not part:
        return default
    try:
        value = float(part)
    except ValueError:
        raise DomainError(
            f"In the domain {text!r}, {part!r} is not a number; "
            "an end is a number, inf or -inf, as in -5:5 or 0:inf."
        ) from None
    if math.isinf(value) and "inf" not in part.lower():
        raise DomainError(f"In the domain {text!r}, {part!r} is too large for a float64 number.")
    return value


def _several(ends: object) -> bool:
    """Whether these are the ends of each of several intervals, and not those of one."""
    return isinstance(ends, Sequence) and any(isinstance(each, tuple | list) for each in ends)


def _pair(ends: object) -> Interval:
    """The two ends of an interval as given by a caller. Raises DomainError."""
    try:
        lo, hi = map(float, ends)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        raise DomainError(
            f"{ends!r} are not the two ends of an interval, as in (-5, 5) or (0, inf)."
        ) from None
    return lo, hi


def _check_order(before: Interval, after: Interval) -> None:
    first, second = _text(before), _text(after)
    if after[1] < before[0]:
        raise DomainError(
            f"The interval {second} stands after {first} and lies below it; intervals are written "
            "from left to right, as in -1:-0.1,0.1:1."
        )
    if after[0] <= before[1]:
        joined = _text((min(before[0], after[0]), max(before[1], after[1])))
        how = "touches" if before[1] == after[0] or after[1] == before[0] else "overlaps"
        raise DomainError(
            f"The interval {second} {how} {first}; the two are one interval, {joined}."
        )


def _text(ends: Interval) -> str:
    return f"{ends[0]:g}:{ends[1]:g}"
