"""A fit's result: its errors by the analysis, where they alternate, what proves them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from actx.analysis.errors.computed import errors
from actx.analysis.joining import joined_errors
from actx.analysis.monotone import monotone
from actx.analysis.results import Errors, MaxError, Size
from actx.calculus.pieces import Piecewise, pieces
from actx.calculus.values import evaluate
from actx.core.domain import Domain
from actx.core.errors import AnalysisError
from actx.core.norms import MAX, Norm, integral_norms
from actx.fitting.descent.solvers import objective
from actx.fitting.problem.growth import is_finite
from actx.fitting.problem.peaks import Peaks
from actx.fitting.problem.problem import Problem
from actx.fitting.results import Alternation, FitVariant
from actx.language.tree import Node

_ALTERNATES = 1e-6  # an extremum of the error this near to the largest, relatively, is listed
_LEVEL = 1e-10  # objectives that agree to this part are equal where others decide


@dataclass(frozen=True)
class Outcome:
    """The errors of fitted values, the objective, and the points of largest error.

    estimated: why the errors are only estimates from samples, "" where they are not.
    """

    sizes: Errors
    objective: float
    alternation: tuple[Alternation, ...]
    estimated: str = ""


def outcome(problem: Problem, template: Node, norm: Norm) -> Outcome:
    """What a template with all values put in comes to.

    problem: tells the target, the domain and the criterion.
    """
    try:
        return _analysed(problem, template, norm)
    except (AnalysisError, ArithmeticError) as reason:
        sizes = sampled_sizes(problem, template)
        value = _objective_sampled(problem, template, norm)
        return Outcome(sizes, value, (), str(reason))


def _analysed(problem: Problem, template: Node, norm: Norm) -> Outcome:
    sizes, points = _sizes(problem.target, template, problem.domain)
    if problem.criterion.plain:
        sampled = norm.sampled
        size = _over_inputs(problem, template, norm) if sampled else sizes.size(norm.name).error
        return Outcome(sizes, size, points)
    pairs = problem.criterion.pairs(template, problem.target)
    found = [_sizes(g, f, problem.domain) for f, g in pairs]
    if norm.sampled:
        return Outcome(sizes, _over_inputs(problem, template, norm), ())
    total = norm.joined([each.size(norm.name).error for each, _ in found])
    return Outcome(sizes, total, _named_points(problem, found, total))


def _over_inputs(problem: Problem, template: Node, norm: Norm) -> float:
    """The root of the mean square over all inputs, weighted as the problem asks for."""
    samples = problem.criterion.samples
    assert samples is not None
    x, sizes = samples.values, []
    with np.errstate(all="ignore"):
        for f, g in problem.criterion.pairs(template, problem.target):
            e = np.broadcast_to(evaluate(f, x) - evaluate(g, x), x.shape)
            sizes.append(norm.root(float(np.sum(samples.shares * e * e))))
    return norm.joined(sizes)


def _named_points(
    problem: Problem, found: Sequence[tuple[Errors, tuple[Alternation, ...]]], level: float
) -> tuple[Alternation, ...]:
    """The points of all parts that reach the largest size of all, with the part they belong to."""
    parts = {"both": ("value", "slope")}.get(problem.criterion.of, (problem.criterion.of,))
    points = [
        replace(point, of=part)
        for part, (_, listed) in zip(parts, found, strict=True)
        for point in listed
        if abs(point.error) >= level * (1 - _ALTERNATES)
    ]
    return tuple(sorted(points, key=lambda point: point.x))


def between(f: Node, g: Node, interval: Domain) -> Piecewise:
    """The pieces of f - g on an interval."""
    return pieces(f, interval.lo, interval.hi) - pieces(g, interval.lo, interval.hi)


def _sizes(target: Node, tree: Node, domain: Domain) -> tuple[Errors, tuple[Alternation, ...]]:
    error = [between(tree, target, interval) for interval in domain.parts]
    sizes = joined_errors([errors(each) for each in error])
    alternation = _alternation(error, sizes.max_error.value)
    return _at_the_first(sizes, alternation), alternation


def _alternation(error: Sequence[Piecewise], largest: float) -> tuple[Alternation, ...]:
    """Where the error on the intervals of a domain is largest."""
    level = largest * (1 - _ALTERNATES)
    places: dict[float, float] = {}
    for s in (segment for each in error for segment in monotone(each)):
        for x, value in ((s.lo, s.at_lo), (s.hi, s.at_hi)):
            if math.isfinite(value) and abs(value) >= level > 0:
                places.setdefault(float(x), value)
    return tuple(Alternation(x, e) for x, e in sorted(places.items()))


def _at_the_first(sizes: Errors, alternation: Sequence[Alternation]) -> Errors:
    """Of places where the largest error is reached but for rounding, the leftmost is named."""
    least = sizes.max_error.value * (1 - _LEVEL)
    first = next((place for place in alternation if abs(place.error) >= least), None)
    if first is None or first.x == sizes.max_error.x:
        return sizes
    return replace(sizes, max_error=replace(sizes.max_error, x=first.x, signed=first.error))


def sampled_sizes(problem: Problem, template: Node) -> Errors:
    """The errors as the search sees them, where the analysis cannot tell them from rounding."""
    fitted = Problem(template, problem.target, problem.domain, {})
    none = np.empty(0)

    def size(norm: Norm) -> float:
        finite = is_finite(fitted, norm, none)
        return norm.root(objective(fitted, norm, none)(none)) if finite else math.inf

    largest = size(MAX)
    peaks = Peaks(fitted, none)(none) if math.isfinite(largest) else []
    x, signed = (peaks[0].x, peaks[0].error) if peaks else (math.inf, math.inf)
    norms = {norm.name: Size(size(norm)) for norm in integral_norms()}
    return Errors(MaxError(largest, x, signed), norms)


def _objective_sampled(problem: Problem, template: Node, norm: Norm) -> float:
    if norm.sampled:
        return _over_inputs(problem, template, norm)
    fitted = Problem(template, problem.target, problem.domain, {}, criterion=problem.criterion)
    return norm.root(objective(fitted, norm, np.empty(0))(np.empty(0)))


def variant(
    problem: Problem, template: Node, parameters: dict[str, float], label: str
) -> FitVariant:
    """Other parameter values to put beside a fit."""
    try:
        sizes, _ = _sizes(problem.target, template, problem.domain)
    except (AnalysisError, ArithmeticError):
        sizes = sampled_sizes(problem, template)
    return FitVariant(sizes.max_error, sizes.norms, label=label, parameters=parameters)
