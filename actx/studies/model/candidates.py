"""What could take the place of an activation, the cheapest first: the registry and the families."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from actx.calculus.cost import cost
from actx.calculus.formula import Formula, read_formula
from actx.calculus.values import evaluate
from actx.core.domain import WHOLE_LINE, Domain
from actx.core.errors import ActxError, AnalysisError
from actx.core.norms import Norm
from actx.core.samples import Samples
from actx.fitting.fit import fit_template
from actx.fitting.problem.criterion import Criterion
from actx.fitting.problem.task import Parameter, Task
from actx.language.tree import Node, simplify
from actx.registry import Registry
from actx.studies.model.histogram import Histogram
from actx.studies.model.replacing import in_place, is_open
from actx.studies.model.results import Activation
from actx.studies.model.tables import Looked
from actx.studies.search.families import Family, Kind
from actx.studies.search.search import chosen
from actx.studies.search.shapes import look_of
from actx.studies.search.tasks import template_for

_SECONDS = 0.5  # for the proof of a fit


@dataclass(frozen=True)
class Candidate:
    """A formula for a place, whose parameters without a value are fitted there.

    cost: of all that the place then computes. given: where a fit starts, and its bounds. asked:
    whether it was asked for, and so is measured in any case.
    """

    formula: Formula
    cost: float
    given: Mapping[str, Parameter] = field(default_factory=dict)
    asked: bool = False


def data_rms(original: Node, other: Node | Looked, seen: Histogram) -> float:
    """The root mean square of a difference over numbers, each as the middle of its cell."""
    x, counts = seen.middles()
    with np.errstate(all="ignore"):
        values = other.values(x) if isinstance(other, Looked) else evaluate(other, x)
        apart = np.broadcast_to(evaluate(original, x) - values, x.shape)
        if not np.isfinite(apart).all():
            return np.inf
        largest = float(np.abs(apart).max())
        if not largest:
            return 0.0
        return largest * float(np.sqrt(np.average((apart / largest) ** 2, weights=counts)))


def of_families(
    place: Activation,
    original: Node,
    seen: Histogram,
    families: Sequence[Family],
    registry: Registry,
) -> list[Candidate]:
    """All that cost less than what is there, the cheapest first.

    Of the registry's formulas those that are nearer than all that cost no more; of the families
    those with a template that are made for functions like this one.
    """
    assert place.recognised is not None
    target = read_formula(place.recognised.name, registry).set(place.recognised.parameters)
    most = cost(original)
    found = list(_nearest(place, original, seen, registry, most))
    look = look_of(target.bound, WHOLE_LINE)
    for family in chosen(families, (), look) if look.shapes else ():
        if family.kind is not Kind.TEMPLATE or family.require:
            continue
        known = {n: Parameter(p.start, (p.lower, p.upper)) for n, p in family.parameters.items()}
        for member in family.members:
            try:
                template = template_for(member, look, target.name, registry)
                price = cost(in_place(place, template))
            except (ActxError, ArithmeticError):
                continue
            if price < most and is_open(template):
                found.append(Candidate(template, price, known))
    return sorted(found, key=lambda each: each.cost)


def of_formulas(place: Activation, original: Node, given: Sequence[Formula]) -> list[Candidate]:
    """Those of some formulas that cost less than what is there, the cheapest first."""
    found = [Candidate(each, cost(in_place(place, each)), asked=True) for each in given]
    most = cost(original)
    return sorted((each for each in found if each.cost < most), key=lambda each: each.cost)


def _nearest(
    place: Activation, original: Node, seen: Histogram, registry: Registry, most: float
) -> Iterator[Candidate]:
    """The registry's formulas that are nearer than all that cost no more."""
    known: dict[Node, tuple[float, float, Formula]] = {}
    for entry in registry.entries:
        try:
            formula = read_formula(entry.name, registry)
            tree = simplify(in_place(place, formula))
            price = cost(tree)
            if price < most and tree not in known:
                known[tree] = (price, data_rms(original, tree, seen), formula)
        except (ActxError, ArithmeticError):
            continue
    nearest = data_rms(original, in_place(place, read_formula("0*x", registry)), seen)
    for price, size, formula in sorted(known.values(), key=lambda each: each[:2]):
        if size < nearest:
            nearest = size
            yield Candidate(formula, price)


def fitted(
    place: Activation, candidate: Candidate, seen: Histogram, norm: Norm, registry: Registry
) -> Formula:
    """The template nearest to a place's formula over what the place sees, in a norm.

    norm: `data`, over its inputs each as the middle of its cell, or one over their range. Raises
    FitError, and AnalysisError where it saw one number only.
    """
    found = place.recognised
    assert found is not None
    if not seen.count or not seen.least < seen.greatest:
        raise AnalysisError(
            f"{place.name} sees no two numbers, so that nothing can be fitted there."
        )
    lo, hi = sorted(found.beta * end + found.gamma for end in (seen.least, seen.greatest))
    target = read_formula(found.name, registry).set(found.parameters)
    samples = None
    if norm.sampled:
        x, counts = seen.middles()
        samples = Samples.counted(np.clip(found.beta * x + found.gamma, lo, hi), counts)
    template, criterion = candidate.formula, Criterion(norm, samples=samples)
    task = Task(template, target, criterion, candidate.given, (), Domain(lo, hi))
    return template.set(fit_template(task, registry, budget=_SECONDS).parameters)
