"""What is known of a domain of several intervals, joined from what is known of each of them.

Each function takes the answers from left to right and leaves a single one as it is, but for the
domain. Ends of the intervals are ends of the domain: neither kinks nor inner extrema.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from actx.analysis.results import (
    TIE,
    ComparisonRow,
    Enclosure,
    Errors,
    Exploration,
    Extremum,
    Kind,
    KinkReport,
    MaxError,
    MaxSlopeError,
    RelativeError,
    Size,
    Tails,
)
from actx.core.domain import Ends, Interval, within
from actx.core.norms import Norm, integral_norms

Item = TypeVar("Item")
AnyErrors = TypeVar("AnyErrors", bound=Errors)
AnySlope = TypeVar("AnySlope", bound=MaxSlopeError)
_NOT_ATTAINED = (Kind.LIMIT, Kind.UNBOUNDED)


def joined_explorations(found: Sequence[Exploration], domain: Ends) -> Exploration:
    """One formula in full on all intervals."""
    if len(found) == 1:
        return found[0]
    return replace(
        found[0],
        domain=domain,
        minimum=joined_extremum([each.minimum for each in found], -1),
        maximum=joined_extremum([each.maximum for each in found], 1),
        minima=_all(each.minima for each in found),
        maxima=_all(each.maxima for each in found),
        zeros=_all(each.zeros for each in found),
        kinks=_all(each.kinks for each in found),
        smoothness=roughest([each.smoothness for each in found]),
        tails=Tails(found[0].tails.left, found[-1].tails.right),
        lipschitz=_joined_lipschitz([each.lipschitz for each in found]),
        zero_enclosures=_all(each.zero_enclosures for each in found),
        undecided=_all(each.undecided for each in found),
        notes=_once(each.notes for each in found),
    )


def joined_kink_reports(found: Sequence[KinkReport], domain: Ends) -> KinkReport:
    """The kinks on all intervals."""
    if len(found) == 1:
        return found[0]
    return replace(
        found[0],
        domain=domain,
        kinks=_all(each.kinks for each in found),
        smoothness=roughest([each.smoothness for each in found]),
        undecided=_all(each.undecided for each in found),
    )


def joined_errors(found: Sequence[AnyErrors]) -> AnyErrors:
    """An error on all intervals; what else the first says is kept."""
    if len(found) == 1:
        return found[0]
    return replace(
        found[0],
        max_error=joined_max_error([each.max_error for each in found]),
        norms={
            norm.name: _joined_size(norm, [each.norms[norm.name] for each in found])
            for norm in integral_norms()
        },
    )


def _joined_size(norm: Norm, found: Sequence[Size]) -> Size:
    """A norm on all intervals, within what is proven of it."""
    enclosure = _total([each.enclosure for each in found], norm.power or 1)
    return Size(within(norm.joined([each.error for each in found]), enclosure), enclosure)


def joined_rows(found: Sequence[ComparisonRow]) -> ComparisonRow:
    """One candidate against the target on all intervals."""
    if len(found) == 1:
        return found[0]
    return replace(
        joined_errors(found),
        max_slope_error=_joined_slope_error([each.max_slope_error for each in found]),
        minimum=joined_extremum([each.minimum for each in found], -1),
        kinks=_all(each.kinks for each in found),
        smoothness=roughest([each.smoothness for each in found]),
        undecided=_all(each.undecided for each in found),
        notes=_once(each.notes for each in found),
        relative_error=_joined_relative([each.relative_error for each in found]),
        integral=_joined_integral([each.integral for each in found]),
    )


def _joined_relative(found: Sequence[RelativeError | None]) -> RelativeError | None:
    """The largest relative error of all; None where one is not known."""
    known = [each for each in found if each is not None]
    return _joined_slope_error(known) if len(known) == len(found) else None


def _joined_integral(found: Sequence[Size | None]) -> Size | None:
    """The integral of the error on all intervals; None where one is not known."""
    known = [each for each in found if each is not None]
    if len(known) < len(found):
        return None
    ends = [each.enclosure for each in known if each.enclosure is not None]
    total = None
    if len(ends) == len(known):
        lo, hi = (_summed([end[i] for end in ends], 1)[i] for i in (0, 1))
        total = lo, hi
    return Size(within(math.fsum(each.error for each in known), total), total)


def joined_max_error(found: Sequence[MaxError]) -> MaxError:
    """The largest of some largest errors; those that are as large are its ties."""
    best = max(found, key=lambda e: (e.value, math.isfinite(e.x)))
    ties: set[float] = set()
    if 0 < best.value < math.inf:
        level = best.value * (1 - TIE)
        ties = {x for e in found if e.value >= level for x in (e.x, *e.ties) if math.isfinite(x)}
    return replace(
        best,
        enclosure=_largest([e.enclosure for e in found]),
        proven=all(e.proven for e in found),
        ties=tuple(sorted(ties - {best.x})),
        x_enclosure=_place(found),
    )


def _joined_lipschitz(found: Sequence[MaxSlopeError | None]) -> MaxSlopeError | None:
    """The largest slope of all; None where one is not known."""
    known = [each for each in found if each is not None]
    return _joined_slope_error(known) if len(known) == len(found) else None


def _joined_slope_error(found: Sequence[AnySlope]) -> AnySlope:
    best = max(found, key=lambda e: e.value)
    known = _largest([e.enclosure for e in found])
    return replace(best, enclosure=known, x_enclosure=_place(found))


def _place(found: Sequence[MaxError] | Sequence[MaxSlopeError]) -> Interval | None:
    """What holds a place of the largest of all, from what holds one of each that may be it."""
    known = [(e.enclosure, e.x_enclosure) for e in found if e.enclosure is not None]
    if len(known) < len(found):
        return None
    least = max(size[0] for size, _ in known)
    places = [place for size, place in known if size[1] >= least]
    held = [place for place in places if place is not None]
    if len(held) < len(places):
        return None
    return min(lo for lo, _ in held), max(hi for _, hi in held)


def joined_extremum(found: Sequence[Extremum], sign: int) -> Extremum:
    """The largest (sign 1) or smallest (-1) of the global extrema of each interval.

    Where two are equal, one that is attained comes before one that is only approached.
    """
    best = max(found, key=lambda e: (sign * e.y, e.kind not in _NOT_ATTAINED))
    attained = best.kind not in _NOT_ATTAINED
    level = sign * best.y - TIE * abs(best.y)
    as_large = [
        e
        for e in found
        if attained and e is not best and e.kind not in _NOT_ATTAINED and sign * e.y >= level
    ]
    ties = {x for e in as_large for x in (_start(e.x), *e.ties)} | set(best.ties)
    return replace(
        best,
        enclosure=_enclosure(best, [e for e in found if e not in as_large], found, sign),
        proven=all(e.proven for e in found),
        ties=tuple(sorted(ties)),
    )


def _enclosure(
    best: Extremum, rivals: Sequence[Extremum], found: Sequence[Extremum], sign: int
) -> Enclosure | None:
    """Where the best of all lies and its value; None where it is not known of one of them.

    rivals: those whose places are not told as ties.
    """
    known = [e.enclosure for e in found if e.enclosure is not None]
    if len(known) < len(found) or best.enclosure is None:
        return None
    ends = [e.y if sign > 0 else (-e.y[1], -e.y[0]) for e in known]
    lo, hi = max(lo for lo, _ in ends), max(hi for _, hi in ends)
    places = [best.enclosure.x]
    for rival in rivals:
        if rival.enclosure is not None and max(sign * y for y in rival.enclosure.y) >= lo:
            places.append(rival.enclosure.x)
    place = min(a for a, _ in places), max(b for _, b in places)
    return Enclosure(place, (lo, hi) if sign > 0 else (-hi + 0.0, -lo + 0.0))


def _largest(enclosures: Sequence[Interval | None]) -> Interval | None:
    """The enclosure of the largest of some enclosed numbers; None where one is not enclosed."""
    known = [each for each in enclosures if each is not None]
    if len(known) < len(enclosures):
        return None
    return max(lo for lo, _ in known), max(hi for _, hi in known)


def _total(enclosures: Sequence[Interval | None], power: int) -> Interval | None:
    """The enclosure of the sum of some enclosed sizes, or of the root of that of their squares.

    power: 1 or 2. None where one of them is not enclosed.
    """
    known = [each for each in enclosures if each is not None]
    if len(known) < len(enclosures):
        return None
    lo, hi = (_summed([each[end] for each in known], power) for end in (0, 1))
    return lo[0], hi[1]


def _summed(sizes: Sequence[float], power: int) -> Interval:
    """The sum of sizes, or the root of that of their squares, in balls."""
    from flint import arb, ctx

    from actx.calculus.proven.enclose import outward
    from actx.core.budget import PRECISION

    if math.inf in sizes:
        return math.inf, math.inf
    with ctx.workprec(PRECISION):
        total = sum((arb(size) ** power for size in sizes), arb(0))
        return outward(total if power == 1 else total.sqrt())


def roughest(smoothnesses: Sequence[str]) -> str:
    """The least smooth of `discontinuous`, `C0`, `C1` ... `C∞`."""
    return min(smoothnesses, key=_rank)


def _rank(smoothness: str) -> float:
    if smoothness == "discontinuous":
        return -1
    return math.inf if smoothness == "C∞" else int(smoothness.removeprefix("C"))


def _start(x: float | Interval) -> float:
    return x[0] if isinstance(x, tuple) else x


def _all(lists: Iterable[Iterable[Item]]) -> tuple[Item, ...]:
    return tuple(item for each in lists for item in each)


def _once(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_all(lists)))
