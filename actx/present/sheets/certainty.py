"""How sure a printed number is: all its digits are proven, or a `~` stands before it.

A proven number is printed with the digits that both ends of its enclosure round to, so that the
decimal is the true number's own rounding. What is computed but not proven gets the mark.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from actx.analysis.results import Extremum, Kink, Undecided
from actx.core.domain import Interval
from actx.core.numbers import DIGITS, Show, number, outward, rounded, shared_digits

MARK = "~"
_WIDE = 1e-4  # of its size


class Certainty:
    """How the numbers of one sheet are shown.

    proofs: whether proofs were asked for; nothing is marked where they were not.
    marked: whether anything has been marked so far, for the legend below.
    """

    def __init__(self, proofs: bool) -> None:
        self.proofs = proofs
        self.marked = False

    def number(
        self, value: float, enclosure: Interval | None, proven: bool, digits: int = DIGITS
    ) -> str:
        """A number with its proven digits, or marked where not even one digit is proven.

        An enclosure as wide as those over an interval of parameter values is shown itself.
        """
        if self.proofs and proven and enclosure is not None:
            lo, hi = enclosure
            if _WIDE * max(abs(lo), abs(hi)) < hi - lo < math.inf:
                return "..".join(outward(enclosure))
            text = shared_digits(enclosure, digits)
            if text is not None:
                return text
        return self.computed(value, digits)

    def spot(self, x: float, enclosure: Interval | None, digits: int = DIGITS) -> str:
        """The place of a largest error, marked where it is not proven to be there alone."""
        return self.number(x, enclosure, self.alone(x, enclosure), digits)

    def alone(self, x: float, enclosure: Interval | None) -> bool:
        """Whether the enclosure of a place is that of one place."""
        if enclosure is None:
            return False
        return enclosure[0] == enclosure[1] or enclosure[1] - enclosure[0] <= _WIDE * abs(x)

    def computed(self, value: float, digits: int = DIGITS) -> str:
        """A number that no proof stands behind."""
        return self.word(rounded(value, digits), False)

    def word(self, text: str, proven: bool) -> str:
        """What is no number, or the head of a column in which nothing is proven."""
        if not self.proofs or proven:
            return text
        self.marked = True
        return MARK + text

    def place(self, point: Extremum | Kink, digits: int = DIGITS) -> Show:
        """How a position of an extremum or a kink is printed."""
        enclosure = None if point.enclosure is None else point.enclosure.x
        plateau = isinstance(point.x, tuple)
        return lambda x: self.number(x, (x, x) if plateau else enclosure, point.proven, digits)

    def height(self, point: Extremum, digits: int = DIGITS) -> str:
        """The value of an extremum."""
        enclosure = None if point.enclosure is None else point.enclosure.y
        return self.number(point.y, enclosure, point.proven, digits)

    def zero(self, x: float | Interval, enclosure: Interval | None) -> Show:
        """How the position of a zero, or an end of an interval of zeros, is printed."""
        inside = isinstance(x, tuple) and enclosure is not None
        return lambda end: self.number(end, (end, end) if inside else enclosure, True)

    def reached(self, enclosure: Interval | None, proven: bool) -> str:
        """What to say beside a marked number: the enclosure that a proof has got to."""
        if not self.proofs or proven or enclosure is None:
            return ""
        return f"enclosed so far in {closed(enclosure)}"

    def smoothness(
        self, text: str, kinks: Iterable[Kink], undecided: Iterable[Undecided] = ()
    ) -> str:
        """C^k, which is proven where each kink is and there is no doubt about others."""
        doubts = any(item.what in ("kinks", "smoothness") for item in undecided)
        return self.word(text, not doubts and all(kink.proven for kink in kinks))

    def legend(self) -> str | None:
        """What the mark means, where there is one."""
        if not self.marked:
            return None
        return f"{MARK}: computed, not proven; all other digits are proven."


UNMARKED = Certainty(proofs=False)


def closed(ends: Interval) -> str:
    """An interval in brackets, its ends rounded outwards: `[1, 2]`, `(-∞, 3]`."""
    lo, hi = outward(ends)
    left = "(" if lo == "-∞" else "["
    right = ")" if hi == "∞" else "]"
    return f"{left}{lo}, {hi}{right}"


_MOST = 4  # stretches that a note spells out


def doubts(undecided: Iterable[Undecided]) -> list[str]:
    """What could not be proven about lists being complete, one sentence for each kind of list."""
    places: dict[str, list[Interval]] = {}
    for item in undecided:
        places.setdefault(item.what, []).append(item.x)
    return [sentence for what, spans in places.items() for sentence in _sentences(what, spans)]


def _sentences(what: str, spans: list[Interval]) -> Iterable[str]:
    at_points = what in ("kinks", "smoothness")
    points = [number(lo) for lo, hi in spans if at_points and lo == hi]
    stretches = [closed(span) for span in spans if not at_points or span[0] != span[1]]
    if points and what == "smoothness":
        yield f"It could not be proven how smooth it is at x = {_listed(points, 'and')}."
    elif points:
        yield f"It could not be proven which derivatives jump at x = {_listed(points, 'and')}."
    if stretches:
        one = {"extrema": "extremum", "zeros": "zero", "kinks": "kink"}.get(what, what)
        yield f"It could not be proven that no other {one} lies in {_listed(stretches, 'or')}."


def _listed(items: list[str], word: str) -> str:
    if len(items) > _MOST:
        items = [*items[: _MOST - 1], f"{len(items) - _MOST + 1} further places"]
    if len(items) == 1:
        return items[0]
    return f"{', '.join(items[:-1])} {word} {items[-1]}"
