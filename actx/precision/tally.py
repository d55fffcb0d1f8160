"""The numbers of a type, and the errors at them added up.

The error of the implementation, F - g, is taken apart into that of the formula, f - g, and that of
rounding, F - f, where F is the formula computed in the type (`actx.precision.rounding`) and f and g
are the exact candidate and target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actx.analysis.explore import function_of
from actx.analysis.type_results import Deviation
from actx.core.domain import Domain
from actx.core.errors import DomainError
from actx.language.tree import Node
from actx.precision.exact import Exact
from actx.precision.number_types import Doubles, Floats, NumberType
from actx.precision.rounding import implementation

Places = NDArray[np.int64]

BLOCK = 1 << 15  # numbers at a time, whose temporaries stay in the second-level cache
_MOST_BREAKS = 200  # stretches that are told one by one
_KINDS = ("", "nan", "inf", "-inf")


@dataclass(frozen=True)
class Case:
    """A candidate, the target and the type in which the candidate is computed."""

    number_type: NumberType
    computed: Callable[[Floats], list[Any]]
    candidate: Exact
    target: Exact


def case_of(candidate: Node, target: Node, number_type: NumberType, domain: Domain) -> Case:
    """The case of a candidate and a target. Raises AnalysisError."""
    return Case(
        number_type,
        implementation(candidate, number_type),
        Exact(candidate, function_of(candidate, domain), number_type),
        Exact(target, function_of(target, domain), number_type),
    )


@dataclass(frozen=True)
class Numbers:
    """The finite numbers of a type in a domain, in order; the place of +0 is 0, of -0 it is -1."""

    number_type: NumberType
    start: int
    stop: int

    def at(self, places: Places) -> Floats:
        """The numbers at ascending places, held as `NumberType.round` holds them."""
        split = int(np.searchsorted(places, 0))
        below = -self.number_type.magnitudes(-1 - places[:split])
        return np.concatenate([below, self.number_type.magnitudes(places[split:])])


def numbers(number_type: NumberType, domain: Domain) -> Numbers:
    """The numbers in a domain. Raises DomainError where there are none."""
    start = -_places_up_to(number_type, -domain.lo) if domain.lo <= 0 else None
    stop = _places_up_to(number_type, domain.hi) if domain.hi >= 0 else None
    if start is None:  # numbers above 0 only
        start = number_type.pattern(domain.lo)
        start += float(number_type.magnitudes(np.array([start]))[0]) < domain.lo
    if stop is None:
        last = number_type.pattern(-domain.hi)
        last += float(number_type.magnitudes(np.array([last]))[0]) < -domain.hi
        stop = -last
    if start >= stop:
        raise DomainError(f"No finite {number_type.name} number lies in the domain {domain}.")
    return Numbers(number_type, start, stop)


def _places_up_to(number_type: NumberType, magnitude: float) -> int:
    return number_type.pattern(min(magnitude, number_type.largest)) + 1


@dataclass(frozen=True)
class Values:
    """Some numbers in order and what is known at each, all in float64.

    places: theirs in `Numbers`; computed: the candidate computed in the type; f, g: the exact
    candidate and target, NaN where unknown; f_off, g_off: by how much these may be off.
    """

    places: Places
    x: Doubles
    computed: Doubles
    f: Doubles
    f_off: Doubles
    g: Doubles
    g_off: Doubles

    def where(self, chosen: NDArray[Any]) -> Values:
        """Those at some indices, or where a mask holds."""
        return Values(*(getattr(self, each.name)[chosen] for each in fields(self)))


def joined(parts: Sequence[Values]) -> Values:
    """The numbers of all parts, put in order."""
    columns = [np.concatenate([getattr(p, each.name) for p in parts]) for each in fields(Values)]
    result = Values(*columns)
    if np.all(np.diff(result.places) > 0):
        return result
    return result.where(np.argsort(result.places, kind="stable"))


def careful_values(case: Case, within: Numbers, places: Places) -> Values:
    """The values at ascending places, the exact ones known to be exact."""
    blocks = [places[i : i + BLOCK] for i in range(0, places.size, BLOCK)]
    return joined([_block(case, within, block, careful=True) for block in blocks])


def _block(case: Case, within: Numbers, places: Places, *, careful: bool) -> Values:
    """careful: whether the exact values are known to be exact, or float64's."""
    x = within.at(places)
    wide = x.astype(np.float64)
    with np.errstate(all="ignore"):
        computed = np.broadcast_to(case.computed(x)[0], x.shape).astype(np.float64)
    first, second = case.candidate, case.target
    f = first.careful(wide) if careful else first.quick(wide)
    g = f
    if second.tree is not first.tree:
        g = second.careful(wide) if careful else second.quick(wide)
    return Values(places, wide, computed, *f, *g)


def chunk(case: Case, within: Numbers, start: int, stop: int) -> Tally:
    """The tally of all numbers from one place to another, their exact values float64's."""
    result = Tally()
    for first in range(start, stop, BLOCK):
        places = np.arange(first, min(first + BLOCK, stop))
        block = _block(case, within, places, careful=False)
        result = result.joined(tally(case.number_type, block))
    return result


@dataclass(frozen=True)
class Run:
    """A stretch of consecutive places at which the computed value is the same kind of wrong."""

    gives: str
    start: int
    stop: int
    first: float
    last: float

    @property
    def count(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class Tally:
    """What is known of some numbers in order: the worst of each error, and what breaks."""

    count: int = 0
    unknown: int = 0
    worst: Mapping[str, Deviation] = field(default_factory=dict)
    runs: tuple[Run, ...] = ()
    beyond: int = 0  # broken values in runs that are not told

    def joined(self, later: Tally) -> Tally:
        """This tally and one of numbers that come after."""
        worst = dict(self.worst)
        for name, each in later.worst.items():
            if name not in worst or each.value > worst[name].value:
                worst[name] = each
        runs = list(self.runs)
        for run in later.runs:
            if runs and runs[-1].stop == run.start and runs[-1].gives == run.gives:
                runs[-1] = replace(runs[-1], stop=run.stop, last=run.last)
            else:
                runs.append(run)
        beyond = self.beyond + later.beyond + sum(run.count for run in runs[_MOST_BREAKS:])
        return Tally(
            self.count + later.count,
            self.unknown + later.unknown,
            worst,
            tuple(runs[:_MOST_BREAKS]),
            beyond,
        )


def tally(number_type: NumberType, values: Values) -> Tally:
    """The tally of numbers in order."""
    count, unknown = values.x.size, 0
    runs: tuple[Run, ...] = ()
    with np.errstate(all="ignore"):
        finite_sum = np.isfinite(values.computed.sum() + values.f.sum() + values.g.sum())
    if not finite_sum:  # some value is not finite
        unknown = int(np.count_nonzero(np.isnan(values.f) | np.isnan(values.g)))
        runs = tuple(_runs(number_type, values))
        finite = np.isfinite(values.computed) & np.isfinite(values.f) & np.isfinite(values.g)
        values = values.where(finite)
    worst: dict[str, Deviation] = {}
    if values.x.size:
        rounding = _difference(values.computed, values.f, values.f_off)
        errors = {
            "total": _difference(values.computed, values.g, values.g_off),
            "formula": _difference(values.f, values.g, values.f_off + values.g_off),
            "rounding": rounding,
            "ulps": rounding / number_type.ulp(values.f),
        }
        worst = {name: _worst(error, values.x) for name, error in errors.items()}
    told = runs[:_MOST_BREAKS]
    return Tally(count, unknown, worst, told, sum(run.count for run in runs[_MOST_BREAKS:]))


def _difference(a: Doubles, b: Doubles, off: Doubles) -> Doubles:
    """a - b, 0 where it is no more than what the two may be off by."""
    difference = a - b
    difference *= np.abs(difference) > off  # faster than choosing by a mask
    return difference


def _worst(error: Doubles, x: Doubles) -> Deviation:
    """The largest |error|; the first place of several."""
    high, low = int(error.argmax()), int(error.argmin())
    place = high if error[high] >= -error[low] else low
    signed = float(error[place])
    return Deviation(abs(signed), float(x[place]), signed)


def _runs(number_type: NumberType, values: Values) -> Iterator[Run]:
    """The stretches where the computed value is not finite and the exact one, rounded, is."""
    places, x, computed, f = values.places, values.x, values.computed, values.f
    overflow = number_type.largest + float(number_type.ulp(np.array(number_type.largest))) / 2
    kind = np.zeros(x.size, dtype=np.int8)
    kind[np.isnan(computed) & ~np.isnan(f)] = 1
    infinite = np.isinf(computed) & (np.abs(f) < overflow)
    kind[infinite & (computed > 0)] = 2
    kind[infinite & (computed < 0)] = 3
    edges = np.flatnonzero(kind[1:] != kind[:-1]) + 1
    for start, stop in zip([0, *edges.tolist()], [*edges.tolist(), x.size], strict=True):
        if kind[start]:
            ends = int(places[start]), int(places[stop - 1]) + 1
            yield Run(_KINDS[kind[start]], *ends, float(x[start]), float(x[stop - 1]))
