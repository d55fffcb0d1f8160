"""A fit as it is given: the best values with their errors, what is proven, and what is told."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from actx.core.arrays import Array
from actx.core.budget import Budget
from actx.core.domain import Domain, Interval, smaller
from actx.core.errors import AnalysisError, FitError
from actx.core.norms import MAX
from actx.fitting.best import Found, Work, usable
from actx.fitting.enclosed import proven_size, with_proven_norms
from actx.fitting.horner import OPTIMAL, as_written
from actx.fitting.integrals import by_boxes, size_over
from actx.fitting.linear import Best, Upper
from actx.fitting.minimum import enclosure_of
from actx.fitting.problem.conditions import Conditions
from actx.fitting.problem.placing import equations, pinned_notes
from actx.fitting.problem.reduction import Reduction
from actx.fitting.problem.requirements import read_requirements
from actx.fitting.results import (
    Alternation,
    Bound,
    Certificate,
    Fit,
    FitVariant,
    Met,
    Optimality,
)
from actx.fitting.told.met import MET, missed_by
from actx.fitting.told.outcome import outcome, variant
from actx.fitting.told.proven import of_boxes, of_integral, of_linear, of_search, with_enclosure
from actx.fitting.told.remarks import kin, remarks, stopped, tie_notes
from actx.language.text import to_text
from actx.language.tree import Node


def result(work: Work, found: Found) -> Fit:
    """The fit with what is proven of it, and what is to be said of it."""
    mine = found.reductions[work.norm]
    q, linear, unique = _values_of(work, found)
    made = _proven(work, found, linear, made_at(work, mine, q), q)
    exact = found.linear if work.norm == MAX and linear is None else None
    if exact is not None and _needed(mine, exact, made.bound):
        q = exact.coefficients
        made = _proven(work, found, exact, made_at(work, mine, q), q)
    best = np.array([float(v) for v in q])
    proven = made.certificate is not None and made.certificate.optimality is Optimality.GLOBAL
    only = unique and (proven or work.norm != MAX)
    told = remarks(mine, best, work.norm, work.registry, unique=only, best=proven)
    notes = told.notes or tuple(tie_notes(mine, found.optima.ties.get(work.norm, ())[:1]))
    return replace(
        made,
        notes=(*work.place.notes, *pinned_notes(mine), *notes, *made.notes),
        endless=told.endless,
        variants=tuple(_variants(work, found)) if work.variants else (),
    )


def _needed(reduction: Reduction, linear: Best, bound: Bound | None) -> bool:
    """Whether a linear template's best is proven, and what a search found is not as good."""
    as_good = bound is not None and bound.gap <= OPTIMAL
    return linear.optimal and not as_good and usable(reduction, linear.coefficients)


def _values_of(work: Work, found: Found) -> tuple[Sequence[float | Fraction], Best | None, bool]:
    """The values that are given: a linear template's in all digits, where they can be given.

    With them what proves them in the max norm, and whether no others can be as good.
    """
    mine, best = found.reductions[work.norm], found.optima.values[work.norm]
    proof = found.integral.get(work.norm)
    linear = found.linear if work.norm == MAX else None
    if proof is not None and proof.coefficients is not None and usable(mine, proof.coefficients):
        return proof.coefficients, None, True
    allowed = linear is not None and usable(mine, linear.coefficients)
    if linear is not None and allowed and (linear.unique or np.array_equal(best, linear.floats)):
        return linear.coefficients, linear, linear.unique
    return [float(v) for v in best], None, False


def _proven(
    work: Work, found: Found, linear: Best | None, made: Fit, q: Sequence[float | Fraction]
) -> Fit:
    """The fit with its bound, and its errors as they are proven."""
    mine = found.reductions[work.norm]
    if work.norm != MAX:
        made = _with_norms(made, work, mine, q)
        bound, certificate = _integral(work, found, made, q)
    elif linear is not None:
        bound, certificate = of_linear(mine.inner, linear)
        points = tuple(Alternation(x, error, of) for x, error, of in linear.alternation)
        made = _as_proven(made, mine, linear.error, points)
    else:
        best = found.optima.values[MAX]
        bound, certificate, error = _searched(work, found, best, len(made.alternation))
        made = _as_proven(made, mine, error, made.alternation)
    if mine.pinned:  # other values are taken to have an infinite error, which is not proven
        ranges = "" if bound.over == "all values" else f", {bound.over}"
        bound = replace(bound, over=f"{equations(mine)}{ranges}")
    return replace(made, bound=bound, certificate=certificate)


def _integral(
    work: Work, found: Found, made: Fit, q: Sequence[float | Fraction]
) -> tuple[Bound, Certificate]:
    """What is proven of values in an integral norm."""
    mine = found.reductions[work.norm]
    template = as_written(mine.template(q))
    if work.norm.sampled:
        reached = _over_inputs(mine, template)
    elif mine.inner.criterion.plain:
        reached = made.size(work.norm.name).enclosure
    else:
        reached = proven_size(template, mine.whole, work.norm, work.budget)
    proof = found.integral.get(work.norm)
    if proof is None and reached is not None and not work.norm.sampled:
        time, best = Budget(work.budget / 2), np.array([float(v) for v in q])
        proof = by_boxes(mine.inner, work.norm, best, reached[1], time)
    return of_integral(mine.inner, work.norm, proof, reached)


def _over_inputs(mine: Reduction, template: Node) -> Interval | None:
    """What a template with all values put in reaches over the inputs."""
    samples = mine.whole.criterion.samples
    pairs = mine.whole.criterion.pairs(template, mine.whole.target)
    return None if samples is None else size_over(pairs, samples)


def _searched(
    work: Work, found: Found, best: Array, points: int
) -> tuple[Bound, Certificate, Upper]:
    """What is proven of values that a search found, and the enclosure of what they reach."""
    mine, least = found.reductions[MAX], found.optima.minimum
    known = least is not None and np.array_equal(least.values, best)
    error = least.error if least is not None and known else None
    error = error or enclosure_of(mine, best, Budget(work.budget))
    if least is not None:  # what is proven near other values says nothing of these
        bound = replace(least.bound, local=known and least.bound.local)
        return *of_boxes(mine.inner, error, bound, points), error
    lower = 0.0 if found.linear is None else found.linear.lower
    return *of_search(mine.inner, error, lower, points), error


def enclosed_at(work: Work, mine: Reduction, made: Fit, q: Sequence[float | Fraction]) -> Fit:
    """The fit with its errors in the norm that was asked for enclosed."""
    if work.norm != MAX:
        return _with_norms(made, work, mine, q)
    return _as_proven(made, mine, enclosure_of(mine, q, Budget(work.budget)), made.alternation)


def _with_norms(made: Fit, work: Work, mine: Reduction, q: Sequence[float | Fraction]) -> Fit:
    """The fit with its integral norms enclosed, where the analysis can tell its pieces."""
    problem, template = mine.whole, as_written(mine.template(q))
    try:
        budget = Budget(work.budget)
        known = with_proven_norms(made, template, problem.target, problem.domain, budget)
    except (AnalysisError, ArithmeticError):
        return made
    return (
        replace(known, objective=known.size(work.norm.name).error)
        if problem.criterion.plain and not work.norm.sampled
        else known
    )


def _as_proven(made: Fit, mine: Reduction, error: Upper, points: Sequence[Alternation]) -> Fit:
    """The fit with its errors and their places as the proof has them."""
    points = tuple(points)
    if mine.inner.criterion.plain:
        largest = with_enclosure(made.max_error, error, points)
        return replace(made, max_error=largest, objective=largest.value, alternation=points)
    level = min(max(made.objective, error.lo), error.hi) if error.proven else made.objective
    return replace(made, objective=level, alternation=points)


def made_at(work: Work, mine: Reduction, q: Sequence[float | Fraction]) -> Fit:
    """The result at given free values."""
    problem, template = mine.whole, as_written(mine.template(q))
    reached = outcome(problem, template, work.norm)
    sizes, values = reached.sizes, np.array([float(v) for v in q])
    if not math.isfinite(reached.objective):
        raise _infinite(problem.domain, _listed(mine, values))
    met = tuple(_met(work, mine, values, template))
    notes = [f"{m.text!r} fails by {m.off_by:.2g} there." for m in met if m.off_by > MET]
    if reached.estimated:
        notes.append(f"The errors are estimates from samples. {reached.estimated}")
    return Fit(
        sizes.max_error,
        sizes.norms,
        template=to_text(problem.template),
        target=work.task.target.name,
        target_formula=work.task.target.text,
        domain=problem.domain.ends,
        norm=work.norm.name,
        criterion=work.task.criterion.words(),
        parameters=_named(mine, values),
        objective=reached.objective,
        alternation=reached.alternation if work.norm == MAX else (),
        requirements=met,
        formula=to_text(template),
        notes=tuple(notes),
        budget=work.budget,
    )


def _infinite(domain: Domain, values: str) -> FitError:
    """Where the error is infinite at the best values, and which domain may help."""
    found = f"The best values that were found, {values}, have an infinite error on {domain},"
    if domain.bounded:
        return FitError(
            f"{found} where the formula or the target has no finite value.",
            "Give a {domain} without that place, or {bounds}.",
            domain=None,
            bounds=None,
        )
    advice, part = smaller(domain.lo, domain.hi)
    return FitError(
        f"{found} far out.",
        f"{advice[:-1]}, or {{bounds}}.",
        domain=part,
        bounds=None,
    )


def _listed(reduction: Reduction, q: Array) -> str:
    return ", ".join(f"{n} = {v:.7g}" for n, v in _named(reduction, q).items())


def _named(reduction: Reduction, q: Array) -> dict[str, float]:
    full = reduction.full(q)
    return {n: float(v) for n, v in zip(reduction.whole.names, full, strict=True)}


def _met(work: Work, reduction: Reduction, q: Array, template: Node) -> Iterator[Met]:
    """By how much each requirement fails at given values: by the analysis where that can tell."""
    problem = reduction.whole
    final = read_requirements(work.task.requirements, template, (), work.registry)
    for asked, inner, put_in in zip(
        work.place.requirements, reduction.requirements, final, strict=True
    ):
        by_samples = Conditions(reduction.inner, [inner]).violation(q)
        try:
            exactly = missed_by(put_in, template, problem.domain)
        except (AnalysisError, ArithmeticError):
            exactly = math.inf
        yield Met(asked.text, exactly if math.isfinite(exactly) else by_samples)


def _variants(work: Work, found: Found) -> Iterator[FitVariant]:
    """The other norms' optima, and what the registry has."""
    problem = work.place.problem
    for norm in found.beside:
        reduction, q = found.reductions[norm], found.optima.values[norm]
        made = variant(problem, reduction.template(q), _named(reduction, q), f"best {norm}")
        yield replace(made, endless=stopped(reduction.inner, q))
    for name, values in _kin(work, found.reductions[work.norm]):
        p = np.array([values[n] for n in problem.names])
        yield variant(problem, problem.bind(p), values, f"registry: {name}")


def _kin(work: Work, reduction: Reduction) -> list[tuple[str, dict[str, float]]]:
    """What to put beside the fit: the registry's values for the template, and for its kin."""
    task = work.task
    entry = work.registry.find(task.template.name)
    found = {}
    if entry is not None and all(task.fixed[n] == entry.parameters[n].default for n in task.fixed):
        found[entry.name] = {n: entry.parameters[n].default for n in task.bounds}
    found |= dict(kin(reduction.whole, reduction.idle, task.template.name, work.registry))
    return list(found.items())
