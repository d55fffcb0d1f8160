"""The marked values of templates: fitted in several norms, and compared at what was found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from actx.analysis.errors.over_data import data_errors
from actx.analysis.explore import compare_with
from actx.calculus.formula import Formula
from actx.core.budget import DEFAULT_BUDGET
from actx.core.domain import WHOLE_LINE, Domain, Ends
from actx.core.errors import AnalysisError, FitError, UsageError
from actx.core.norms import norm_named
from actx.core.progress import Progress
from actx.core.samples import Samples
from actx.fitting.fit import fit_template
from actx.fitting.problem.criterion import Criterion
from actx.fitting.problem.task import Parameter, Task, completed
from actx.fitting.results import Fit, Optimality
from actx.registry import Registry
from actx.studies.explorer.results import Mark, Pair, Slider, Template

FITTED = ("max", "l2")  # the norms whose best values are marked
_WIDER = 1.5  # times as far as the marked values lie apart goes a slider beyond them


@dataclass(frozen=True)
class Asked:
    """What holds for all templates.

    domain: None for where each fit can be made. bounds: of parameters by name. data: inputs, None
    where there are none. budget: seconds for each proof, None for none.
    """

    registry: Registry
    domain: Domain | None
    bounds: Mapping[str, tuple[float, float]]
    data: Samples | None
    budget: float | None


def gather(
    templates: Sequence[Formula], targets: Sequence[Formula], asked: Asked, progress: Progress
) -> list[Template]:
    """The templates with their marked values against each target.

    Raises UsageError for bounds of what is no parameter of any, and AnalysisError where a template
    without free parameters cannot be compared.
    """
    free = {name for template in templates for name in template.parameters}
    unknown = [name for name in asked.bounds if name not in free]
    if unknown:
        listed = f"they are {', '.join(sorted(free))}" if free else "there are none here"
        raise UsageError(f"No template has a free parameter {unknown[0]!r}; {listed}.")
    found = []
    for place, template in enumerate(templates):
        pairs = []
        for turn, target in enumerate(targets):
            told = f"{template.name}, {target.name}"
            progress(place * len(targets) + turn, len(templates) * len(targets), told)
            pairs.append(_pair(template, target, asked))
        found.append(_template(template, pairs, asked))
    return found


def _pair(template: Formula, target: Formula, asked: Asked) -> Pair:
    """A template against a target."""
    notes: list[str] = []
    domain = asked.domain
    values: list[tuple[str, dict[str, float], Optimality | None, str]] = []
    if template.parameters:
        for norm in (*FITTED, *(["data"] if asked.data is not None else [])):
            try:
                made = _fitted(template, target, norm, domain, asked)
            except (FitError, AnalysisError) as reason:
                notes.append(f"No best values in the norm {norm}: {reason.message}")
                continue
            domain = domain or Domain.of(made.domain)
            values.append((norm, dict(made.parameters), *_proof(made, asked)))
    if all(name in template.defaults for name in template.parameters):
        known = {name: template.defaults[name] for name in template.parameters}
        named = known and asked.registry.find(template.name) is not None
        values.append(("registry" if named else "given", known, None, ""))
    return _measured(template, target, domain or WHOLE_LINE, values, notes, asked)


def _fitted(
    template: Formula, target: Formula, norm: str, domain: Domain | None, asked: Asked
) -> Fit:
    bounds = {n: Parameter(bounds=b) for n, b in asked.bounds.items() if n in template.parameters}
    task = Task(template, target, Criterion(norm_named(norm), samples=asked.data), bounds)
    budget = DEFAULT_BUDGET if asked.budget is None else asked.budget
    return fit_template(replace(task, domain=domain), asked.registry, budget=budget)


def _proof(made: Fit, asked: Asked) -> tuple[Optimality, str]:
    if made.certificate is None or asked.budget is None:
        return Optimality.SEARCHED, ""
    return made.certificate.optimality, "" if made.bound is None else made.bound.over


def _measured(
    template: Formula,
    target: Formula,
    domain: Domain,
    values: Sequence[tuple[str, dict[str, float], Optimality | None, str]],
    notes: list[str],
    asked: Asked,
) -> Pair:
    """The marks with their errors; what cannot be compared is left out, with a note."""
    marks: list[Mark] = []
    for what, known, optimality, over in values:
        filled = template.set(known)
        try:
            row = compare_with(filled, target, domain, asked.budget)
        except AnalysisError as reason:
            if not known:
                raise
            notes.append(f"The values of {what} are left out: {reason.message}")
            continue
        if asked.data is not None:
            row = replace(row, data=data_errors(filled, target, asked.data.within(domain)))
        marks.append(Mark(what, known, row, optimality, over))
    ends: Ends = domain.ends
    return Pair(target.name, ends, tuple(marks), tuple(notes))


def _template(template: Formula, pairs: Sequence[Pair], asked: Asked) -> Template:
    """A template with its sliders; it begins with the first values that are marked."""
    marks = [mark for pair in pairs for mark in pair.marks]
    begin = marks[0].parameters if marks else dict.fromkeys(template.parameters, 1.0)
    bounds = _bounds(template, asked)
    sliders = [
        Slider(n, _ends([m.parameters[n] for m in marks] or [1.0], bounds[n]), bounds[n])
        for n in template.parameters
    ]
    formula = template.set({**dict.fromkeys(template.parameters, 1.0), **begin})
    return Template(template.name, template.text, formula, tuple(sliders), tuple(pairs))


def _bounds(template: Formula, asked: Asked) -> dict[str, tuple[float, float]]:
    """The bounds that the values of each free parameter keep to."""
    if not template.parameters:
        return {}
    given = {n: Parameter(bounds=b) for n, b in asked.bounds.items() if n in template.parameters}
    task = Task(template, template, Criterion(), given)
    return completed(task, asked.registry).bounds


def _ends(values: Sequence[float], bounds: tuple[float, float]) -> tuple[float, float]:
    """The ends of a slider about some values, at round numbers."""
    size = max(abs(value) for value in values)
    spread = max(max(values) - min(values), 0.5 * size, 0.1)
    unit = 10.0 ** math.floor(math.log10(spread) - 0.3)
    lo = math.floor((min(values) - _WIDER * spread) / unit) * unit
    hi = math.ceil((max(values) + _WIDER * spread) / unit) * unit
    return max(lo, bounds[0]), min(hi, bounds[1])
