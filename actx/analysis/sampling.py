"""Curves as samples for pictures: exact at breakpoints, dense at turning points."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from actx.analysis.curves import Curve, KinkMark
from actx.analysis.explore import extrema_of, function_of, kinks_of
from actx.analysis.joining import joined_extremum
from actx.analysis.results import Extremum, Kind, Kink
from actx.calculus.formula import Formula
from actx.calculus.pieces import Piecewise
from actx.calculus.values import evaluate
from actx.core.arrays import Array
from actx.core.domain import Domain
from actx.core.errors import AnalysisError, DomainError
from actx.language.derivative import derivative
from actx.language.tree import Node

_SAMPLES = 1200  # over the view
_USUAL = (-5.0, 5.0)
_WIDEST = 60.0  # features further out than this do not widen the view
_MARGIN = 0.12
_NO_FAMILY = "given"


def sample(
    formulas: Sequence[Formula],
    target: Formula,
    domain: Domain,
    view: Domain | None,
    families: Mapping[str, str],
    *,
    forgiving: bool = False,
) -> tuple[list[Curve], Curve, tuple[float, float]]:
    """The curves of the formulas (without the target itself), the target's, and the view.

    families: registry name to family. forgiving: a formula that cannot be analysed on the domain is
    left out; else what is in the view is enough of one that oscillates without end. Raises
    AnalysisError, and DomainError where view and domain have nothing in common.
    """
    goal = target.bound
    distinct: dict[str, Formula] = {f.name: f for f in formulas if f.bound is not goal}
    usable = [f for f in distinct.values() if not forgiving or _usable(f, domain)]
    span = span_of([*usable, target], domain, view)
    curves = [_curve(f, target, domain, span, families.get(f.name, _NO_FAMILY)) for f in usable]
    return curves, _curve(target, None, domain, span, families.get(target.name, _NO_FAMILY)), span


def _usable(formula: Formula, domain: Domain) -> bool:
    try:
        for interval in domain.parts:
            extrema_of(formula.bound, interval)
    except AnalysisError:
        return False
    return True


def span_of(
    formulas: Sequence[Formula], domain: Domain, view: Domain | None
) -> tuple[float, float]:
    """The view asked for, or one that shows the kinks and turning points; within the domain.

    Raises DomainError where view and domain have nothing in common.
    """
    lo, hi = (view.lo, view.hi) if view is not None else _features(formulas, domain)
    lo, hi = max(lo, domain.lo), min(hi, domain.hi)
    if not lo < hi or not any(domain.within(Domain(lo, hi))):
        raise DomainError(f"The view {view} and the domain {domain} have no stretch in common.")
    return lo, hi


def _features(formulas: Sequence[Formula], domain: Domain) -> tuple[float, float]:
    if domain.bounded:
        return domain.lo, domain.hi
    places = [x for part in domain.parts for x in (part.lo, part.hi) if math.isfinite(x)]
    for formula, interval in product(formulas, domain.parts):
        try:
            found = extrema_of(formula.bound, interval)
        except AnalysisError:
            continue
        places += [k.x for k in kinks_of(formula.bound, interval, 3)[0]]
        for extremum in (*found.minima, *found.maxima):
            places += extremum.x if isinstance(extremum.x, tuple) else (extremum.x,)
    near = [x for x in places if abs(x) <= _WIDEST]
    lo, hi = min([_USUAL[0], *near]), max([_USUAL[1], *near])
    margin = _MARGIN * (hi - lo)
    return (
        lo - margin if lo < _USUAL[0] else lo,
        hi + margin if hi > _USUAL[1] else hi,
    )


def _curve(
    formula: Formula,
    target: Formula | None,
    domain: Domain,
    span: tuple[float, float],
    family: str,
) -> Curve:
    tree, goal = formula.bound, (target or formula).bound
    intervals = [_analysed(tree, interval, span) for interval in domain.parts]
    extrema = [extrema_of(tree, interval) for interval in intervals]
    kinks = [kink for interval in intervals for kink in kinks_of(tree, interval, 3)[0]]
    turns = [e.x for found in extrema for e in (*found.minima, *found.maxima)]
    marks = [float(x) for x in turns if not isinstance(x, tuple)]
    grid = _grid(span, [*marks, *(k.x for k in kinks)])
    stretches = [
        _samples(function_of(tree, interval), function_of(goal, interval), grid, span)
        for interval in intervals
        if interval.lo < span[1] and span[0] < interval.hi
    ]
    least = joined_extremum([found.minimum for found in extrema], -1)
    x, y, slope, error = _with_gaps(stretches)
    return Curve(
        name=formula.name,
        family=family,
        x=x,
        y=y,
        slope=slope,
        error=None if target is None else error,
        minimum=_mark(least, span) if intervals == list(domain.parts) else None,
        kinks=tuple(_kink_mark(k, tree) for k in kinks if span[0] <= k.x <= span[1]),
    )


def _analysed(tree: Node, interval: Domain, span: tuple[float, float]) -> Domain:
    """An interval, or what of it is in the view where a formula oscillates without end.

    Raises AnalysisError.
    """
    lo, hi = max(interval.lo, span[0]), min(interval.hi, span[1])
    try:
        extrema_of(tree, interval)
    except AnalysisError:
        if interval.bounded or not lo < hi:
            raise
        return Domain(lo, hi)
    return interval


def _grid(span: tuple[float, float], features: Sequence[float]) -> Array:
    """Even samples, and closer ones about each feature, so that a narrow bump is drawn as it is."""
    lo, hi = span
    steps = (hi - lo) * np.geomspace(1e-6, 1e-2, 25)
    near = [f + s for f in features for s in (*-steps, 0.0, *steps)]
    grid = np.union1d(np.linspace(lo, hi, _SAMPLES), near)
    return grid[(grid >= lo) & (grid <= hi)]


def _with_gaps(stretches: Sequence[Array]) -> Array:
    """The samples on each interval, with one between neighbours that has no value."""
    columns: list[Array] = []
    for samples in stretches:
        if columns:
            between = (columns[-1][0, -1] + samples[0, 0]) / 2
            columns.append(np.array([[between], [np.nan], [np.nan], [np.nan]]))
        columns.append(samples)
    return np.concatenate(columns, axis=1)


def _samples(function: Piecewise, goal: Piecewise, grid: Array, span: tuple[float, float]) -> Array:
    """x, y, slope and error on an interval; at a breakpoint three samples (see `Curve`)."""
    columns: list[Array] = []
    for lo, hi, tree, other in function.overlaps(goal):
        a, b = max(float(lo), span[0]), min(float(hi), span[1])
        if not a < b:
            continue
        x = np.union1d(grid[(grid > a) & (grid < b)], [a, b])
        y, slope = _values(tree, x), _values(derivative(tree), x)
        part = np.array([x, y, slope, y - _values(other, x)])
        if columns:
            columns.append(_bridge(columns[-1][:, -1], part[:, 0]))
        columns.append(part)
    return np.concatenate(columns, axis=1)


def _values(tree: Node, x: Array) -> Array:
    return np.asarray(np.broadcast_to(evaluate(tree, x), x.shape), dtype=np.float64)


def _bridge(left: Array, right: Array) -> Array:
    """The middle sample at a breakpoint: NaN in what jumps there, so that its line breaks."""
    scale = 1e-9 * (1 + np.abs(left))
    middle = np.where(np.abs(left - right) <= scale, right, np.nan)
    middle[0] = right[0]
    return np.asarray(middle[:, None])


def _mark(extremum: Extremum, span: tuple[float, float]) -> tuple[float, float] | None:
    if isinstance(extremum.x, tuple) or extremum.kind in (Kind.LIMIT, Kind.UNBOUNDED):
        return None
    return (extremum.x, extremum.y) if span[0] <= extremum.x <= span[1] else None


def _kink_mark(kink: Kink, tree: Node) -> KinkMark:
    y = (kink.left + kink.right) / 2 if kink.order == 0 else float(evaluate(tree, kink.x))
    return KinkMark(kink.x, y, kink.order)
