"""What the blends of two formulas are like, on the way from the one to the other."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from actx.analysis.explore import compare_with, explore
from actx.analysis.results import MaxError
from actx.calculus.formula import Formula
from actx.core.domain import Domain, Interval
from actx.core.errors import UsageError
from actx.core.schedule import MOST_STEPS, Schedule
from actx.language.grammar import rule
from actx.language.operations import ARGUMENTS, SHORT_FORMS
from actx.language.tree import Node, number, parameter, simplified, substitute
from actx.studies.morph.results import Blend, Morph, MorphStep

MOST_BLENDS = 200  # different ones, each of which is analysed


def blend(from_: Formula, to: Formula, t: float) -> Formula:
    """The formula (1-t)·f + t·g, which is f itself for t = 0 and g for t = 1.

    t: from 0 to 1, taken as the shortest decimal that denotes it. Raises UsageError where a
    parameter of f or g has no value.
    """
    places = dict(zip(map(parameter, ARGUMENTS), (from_.bound, to.bound, number(t)), strict=True))
    return Formula(f"{t:.15g} of the way", substitute(_lerp(), places, simplified))


@lru_cache(maxsize=1)
def _lerp() -> Node:
    return rule(SHORT_FORMS["lerp"][1])


def _number(t: float) -> str:
    return f"{t:.4g}"


def steps_of(schedule: Schedule, steps: int, layers: int) -> tuple[MorphStep, ...]:
    """The schedule at steps + 1 even places, both ends among them.

    Raises UsageError for less than one step and for more than MOST_STEPS, and as the schedule does.
    """
    if not 1 <= steps <= MOST_STEPS:
        raise UsageError(f"A morph takes from 1 to {MOST_STEPS} steps; it cannot take {steps}.")
    places = [i / steps for i in range(steps + 1)]
    return tuple(MorphStep(place, schedule.per_layer(place, layers)) for place in places)


def morph(
    from_: Formula,
    to: Formula,
    schedule: Schedule,
    *,
    steps: int,
    layers: int,
    target: Formula | None,
    domain: Domain,
    budget: float | None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Morph:
    """The blends at the steps of a schedule; budget: seconds for proofs about each, or None.

    Raises UsageError for a schedule with too many different blends, and otherwise as
    `actx.analysis.explore.compare_with`.
    """
    taken = steps_of(schedule, steps, layers)
    different = sorted({t for step in taken for t in step.t})
    if len(different) > MOST_BLENDS:
        raise UsageError(
            f"These steps have {len(different)} different blends, more than the {MOST_BLENDS} that "
            "a table is made of; take fewer steps or fewer layers."
        )
    difference = compare_with(from_, to, domain, budget).max_error
    blends = []
    for done, t in enumerate(different):
        if progress is not None:
            progress(done, len(different), f"t = {_number(t)}")
        blends.append(_blend(blend(from_, to, t), t, difference, target, domain, budget))
    return Morph(
        from_=from_.name,
        from_formula=from_.text,
        to=to.name,
        to_formula=to.text,
        target=None if target is None else target.name,
        target_formula=None if target is None else target.text,
        domain=domain.ends,
        schedule=schedule,
        layers=layers,
        steps=taken,
        blends=tuple(blends),
        difference=difference,
        budget=budget,
    )


def _blend(
    formula: Formula,
    t: float,
    difference: MaxError,
    target: Formula | None,
    domain: Domain,
    budget: float | None,
) -> Blend:
    found = explore(formula, domain, budget)
    share = Fraction(repr(t))
    against = None if target is None else compare_with(formula, target, domain, budget).max_error
    return Blend(
        t=t,
        formula=found.formula,
        minimum=found.minimum,
        kinks=found.kinks,
        smoothness=found.smoothness,
        from_error=_share_of(difference, -share),  # ((1-t)·f + t·g) - f = -t·(f - g)
        to_error=_share_of(difference, 1 - share),  # ((1-t)·f + t·g) - g = (1-t)·(f - g)
        target_error=against,
        undecided=found.undecided,
    )


def _share_of(difference: MaxError, share: Fraction) -> MaxError:
    """The largest error of share times an error; its enclosure is rounded outwards."""
    size = abs(share)
    known = difference.enclosure
    return replace(
        difference,
        value=_product(size, difference.value),
        x=difference.x if share else 0.0,
        signed=_product(share, difference.signed),
        enclosure=None if known is None else _outwards(size, known),
        proven=difference.proven or (known is not None and not share),
        ties=difference.ties if share else (),
    )


def _outwards(size: Fraction, ends: Interval) -> Interval:
    """An enclosure of size times what lies between the ends, which are not negative."""
    lo, hi = (_product(size, end) for end in ends)
    if size in (0, 1):
        return lo, hi
    below = max(0.0, math.nextafter(lo, -math.inf)) if math.isfinite(lo) else lo
    return below, math.nextafter(hi, math.inf)


def _product(share: Fraction, value: float) -> float:
    """The float nearest to the product; nothing of something infinite is nothing."""
    if not math.isfinite(value):
        return math.copysign(math.inf, share * value) if share else 0.0
    return float(share * Fraction(value)) + 0.0
