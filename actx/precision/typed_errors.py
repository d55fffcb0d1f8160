"""How far a formula computed in a number type is from the target, and where it breaks.

Types of 16 bits are gone through number by number. float32 is sampled in each binade, every number
about the worst places and the edges of what breaks being looked at; or gone through as a whole as
well (`actx.precision.exhaustive`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from actx.analysis.explore import Measure
from actx.analysis.type_results import Break, Quantisation, TypeErrors
from actx.calculus.formula import Formula
from actx.core.domain import Domain
from actx.core.errors import UsageError
from actx.core.progress import Progress
from actx.language.tree import Node
from actx.precision.exhaustive import exhaust
from actx.precision.number_types import QUANTISED, NumberType, number_type
from actx.precision.tally import (
    BLOCK,
    Case,
    Numbers,
    Tally,
    Values,
    careful_values,
    case_of,
    joined,
    numbers,
    tally,
)

_SAMPLES = 1 << 11  # of each binade and sign, where not every number is looked at
_WINDOWS = 64  # edges of what breaks that a sample is refined at
_DOUBT = 1 / 16  # of an ulp: by how much float64 may miss the exact function without a note


def measure_of(
    name: str | None,
    domain: Domain,
    input_range: Domain | None,
    exhaustive: bool,
    progress: Progress | None,
) -> Measure | None:
    """What gives the errors in the type of that name for a candidate and a target; None for None.

    Raises UsageError for an unknown type and for options that do not fit it.
    """
    if name != QUANTISED and input_range is not None:
        raise UsageError(f"An input range belongs to the number type {QUANTISED}.")
    if name is None:
        if exhaustive:
            raise UsageError("To go through all numbers, name their type, such as float32.")
        return None
    if name == QUANTISED:
        if input_range is None:
            raise UsageError(f"{QUANTISED} needs the range of its input, such as -6:6.")
        return partial(_quantised, input_range)
    kind = number_type(name)

    def measure(candidate: Formula, target: Formula) -> TypeErrors:
        from actx.precision.typed_errors import type_errors

        def told(done: int, total: int, what: str) -> None:
            if progress is not None:
                progress(done, total, f"{candidate.name}, {what}")

        return type_errors(
            candidate.bound, target.bound, kind, domain, exhaustive=exhaustive, progress=told
        )

    return measure


def _quantised(input_range: Domain, candidate: Formula, target: Formula) -> Quantisation:
    from actx.precision.quantisation import quantised

    return quantised(candidate.bound, target.bound, input_range)


def type_errors(
    candidate: Node,
    target: Node,
    number_type: NumberType,
    domain: Domain,
    *,
    exhaustive: bool = False,
    progress: Progress | None = None,
) -> TypeErrors:
    """The errors of the candidate computed in a type, against the target, on a domain.

    exhaustive: all numbers of a 32-bit type; those of 16 bits are always all looked at. Raises
    AnalysisError where one of the formulas cannot be taken apart, DomainError for a domain without
    numbers of the type.
    """
    every = exhaustive or number_type.bits <= 16
    total, notes = Tally(), tuple[str, ...]()
    for interval in domain.parts:
        case = case_of(candidate, target, number_type, interval)
        found, doubt = _tally_on(case, interval, every, progress)
        total, notes = total.joined(found), notes or doubt
    return replace(_result(total, number_type, exhaustive=every), notes=notes)


def _tally_on(
    case: Case, domain: Domain, every: bool, progress: Progress | None
) -> tuple[Tally, tuple[str, ...]]:
    """The tally of the numbers in an interval, of each or of a sample; what is open of it."""
    within = numbers(case.number_type, domain)
    if case.number_type.bits <= 16:
        values = careful_values(case, within, np.arange(within.start, within.stop))
        return tally(case.number_type, values), ()
    sample = _sampled(case, within)
    if not every:
        return tally(case.number_type, sample), ()
    return exhaust(case, within, domain, progress), _doubt(case, sample)


def _sampled(case: Case, within: Numbers) -> Values:
    """A sample, in which no number is left out about the worst and the edges of what breaks."""
    step = (1 << (within.number_type.precision - 1)) // _SAMPLES
    regular = np.arange(within.start, within.stop, step)
    jitter = np.random.default_rng(0).integers(0, step, regular.size)  # no pattern is missed
    places = np.append(regular + jitter, within.stop - 1)
    places = places[np.append(places[:-1] < within.stop - 1, True)]
    sample = careful_values(case, within, places)
    windows = [
        np.arange(max(place - 2 * step, within.start), min(place + 2 * step, within.stop))
        for place in _interesting(case.number_type, sample)
    ]
    more = np.array(sorted({*np.concatenate(windows).tolist()}))
    more = more[places[np.searchsorted(places, more)] != more]
    if not more.size:
        return sample
    return joined([sample, careful_values(case, within, more)])


def _interesting(number_type: NumberType, sample: Values) -> list[int]:
    """Places about which every number shall be looked at."""
    worst = sorted({each.x for each in tally(number_type, sample).worst.values()})
    finite = np.isfinite(sample.computed)
    edges = np.flatnonzero(finite[1:] != finite[:-1])[:_WINDOWS]
    indices = [0, *np.searchsorted(sample.x, worst).tolist(), *edges.tolist()]
    return [int(sample.places[i]) for i in indices]


def _doubt(case: Case, sample: Values) -> tuple[str, ...]:
    """A note where float64, which does for all numbers, misses the exact values of the sample."""
    most, place = 0.0, 0.0
    for exact, function in ((sample.f, case.candidate), (sample.g, case.target)):
        finite = np.isfinite(exact)
        x, exact = sample.x[finite], exact[finite]
        quick = [function.quick(x[i : i + BLOCK])[0] for i in range(0, x.size, BLOCK)]
        missed = np.abs(np.concatenate(quick) - exact) / case.number_type.ulp(exact)
        missed[np.isnan(missed)] = np.inf
        if missed.max() > most:
            most, place = float(missed.max()), float(x[missed.argmax()])
    if most <= _DOUBT:
        return ()
    return (
        f"The exact function is computed in float64 here, which misses it by up to {most:.2g} ulp "
        f"of {case.number_type.name} (at x = {place:.7g}); errors of that size are not told apart.",
    )


def _result(found: Tally, number_type: NumberType, *, exhaustive: bool) -> TypeErrors:
    breaks = [Break(run.first, run.last, run.gives, run.count) for run in found.runs]
    return TypeErrors(
        name=number_type.name,
        exhaustive=exhaustive,
        values=found.count,
        max_error=found.worst.get("total"),
        formula_error=found.worst.get("formula"),
        rounding_error=found.worst.get("rounding"),
        rounding_ulps=found.worst.get("ulps"),
        breaks=tuple(breaks),
        further_breaks=found.beyond,
        unknown=found.unknown,
    )
