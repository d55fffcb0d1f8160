"""What is asked of a fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from actx.calculus.formula import Formula
from actx.core.domain import WHOLE_LINE, Domain, Interval
from actx.core.errors import FitError, UsageError
from actx.fitting.problem.criterion import Criterion
from actx.language.tokens import suggestion
from actx.registry import Registry


@dataclass(frozen=True)
class Parameter:
    """What is given of a parameter: where to start, its bounds, or the value that it has."""

    start: float | None = None
    bounds: Interval | None = None
    value: float | None = None


@dataclass(frozen=True)
class Task:
    """A template to bring near a target.

    parameters: what is given of them, by name. requirements: what the result must keep to, as
    text. domain: None for the whole line, or the half line on which the tails can match.
    """

    template: Formula
    target: Formula
    criterion: Criterion
    parameters: Mapping[str, Parameter]
    requirements: tuple[str, ...] = ()
    domain: Domain | None = None

    @property
    def fixed(self) -> dict[str, float]:
        """The values of the parameters that have one."""
        return {name: p.value for name, p in self.parameters.items() if p.value is not None}

    @property
    def bounds(self) -> dict[str, Interval]:
        """The bounds of those that are free."""
        free = {name: p for name, p in self.parameters.items() if p.value is None}
        return {name: p.bounds or (WHOLE_LINE.lo, WHOLE_LINE.hi) for name, p in free.items()}


def parameters_of(
    init: Mapping[str, float], bounds: Mapping[str, Interval], fixed: Mapping[str, float]
) -> dict[str, Parameter]:
    """What is given of each parameter that something is given of."""
    names = dict.fromkeys((*init, *bounds, *fixed))
    return {n: Parameter(init.get(n), bounds.get(n), fixed.get(n)) for n in names}


def completed(task: Task, registry: Registry) -> Task:
    """The task with all free parameters, in the template's order.

    Each has bounds (those given, else the registry's), and a start where one is given or the
    template has one. In a sampled norm the domain is where the inputs lie, unless one is given,
    outside of which none count. Raises FitError where none is free, and UsageError for what does
    not fit it.
    """
    template, given = task.template, task.parameters
    names = [name for name in template.parameters if name not in task.fixed]
    if not names:
        raise FitError(
            f"The template {template.name} has no free parameter to fit; write one as a name, "
            'as the a in "2x*sigmoid(a*x)".'
        )
    for name, p in given.items():
        if name not in names and (p.start is not None or p.bounds is not None):
            raise UsageError(
                f"{name!r} is no free parameter of {template.name}; those are "
                f"{', '.join(names)}.{suggestion(name, names)}"
            )
    entry = registry.find(template.name)
    known = entry.parameters if entry is not None else {}
    found = {name: p for name, p in given.items() if p.value is not None}
    for name in names:
        p = given.get(name, Parameter())
        lo, hi = p.bounds or (WHOLE_LINE.lo, WHOLE_LINE.hi)
        if p.bounds is None and name in known:
            lo, hi = known[name].lower, known[name].upper
        if p.start is not None and not lo <= p.start <= hi:
            raise UsageError(
                f"The start {name} = {p.start:g} lies outside the bounds {lo:g}:{hi:g}."
            )
        start = template.defaults.get(name) if p.start is None else p.start
        found[name] = Parameter(start, (lo, hi))
    return _sampled(replace(task, parameters=found))


def _sampled(task: Task) -> Task:
    """The task with those inputs that count. Raises UsageError where they leave no domain."""
    samples = task.criterion.samples
    if samples is None or not task.criterion.norm.sampled:
        return task
    if task.domain is not None:
        samples = samples.within(task.domain)
        return replace(task, criterion=replace(task.criterion, samples=samples))
    lo, hi = float(samples.values[0]), float(samples.values[-1])
    if lo == hi:
        raise UsageError(
            f"All inputs are {lo:g}, which is no interval to fit on.",
            "Give one that holds it with {domain}.",
            domain=None,
        )
    return replace(task, domain=Domain(lo, hi))
