"""Fitting the free parameters of a template to a target."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actx.analysis.errors import errors
from actx.analysis.monotone import monotone
from actx.analysis.results import Alternation, Errors, Fit, FitVariant
from actx.domain import WHOLE_LINE, Domain
from actx.errors import AnalysisError, FitError, UsageError
from actx.fitting.growth import describe_mismatch, match_tails
from actx.fitting.problem import NORMS, Problem
from actx.fitting.remarks import kin, remarks
from actx.fitting.solvers import objective, solve, starting_points
from actx.language.formula import Formula
from actx.language.pieces import pieces
from actx.language.syntax import suggestion
from actx.language.text import to_text
from actx.registry import Registry

Array = NDArray[np.float64]
Progress = Callable[[int, int, str], None]

HALF_LINES = (Domain(-math.inf, 0.0), Domain(0.0, math.inf))
_ALTERNATES = 1e-6  # an extremum of the error this near to the largest, relatively, is listed
_NORM_FIELDS = {"l1": "l1_error", "l2": "l2_error", "gauss": "gauss_error"}


@dataclass(frozen=True)
class _Task:
    """A template with its free parameters, bounds and starts."""

    template: Formula
    target: Formula
    bounds: dict[str, tuple[float, float]]
    start: dict[str, float]


def fit_template(
    template: Formula,
    target: Formula,
    *,
    norm: str,
    domain: Domain | None,
    init: Mapping[str, float],
    bounds: Mapping[str, tuple[float, float]],
    fixed: Mapping[str, float],
    registry: Registry,
    progress: Progress | None = None,
) -> Fit:
    """Fit a template; see `actx.api.fit`. Raises FitError, UsageError and AnalysisError."""
    if norm not in NORMS:
        raise UsageError(f"The norm is one of {', '.join(NORMS)}; it cannot be {norm!r}.")
    task = _task(template, target, init, bounds, fixed, registry)
    problem, pinned, notes = _placed(task, norm, domain)
    tell = progress or (lambda done, total, what: None)
    tell(0, len(NORMS), f"norm {norm}")
    best = _solved(problem, pinned, norm, task)
    if best is None:
        raise FitError(
            f"No values of {', '.join(problem.names)} were found that bring {template.name} near "
            f"{target.name} on {problem.domain}. Give starts with --init NAME=VALUE, or bounds."
        )
    best = _tie_broken(problem, pinned, norm, task, best)
    variants = []
    for i, other in enumerate(n for n in NORMS if n != norm):
        tell(i + 1, len(NORMS), f"norm {other}")
        p = _other_norm(problem, pinned, other, task, best)
        if p is not None:
            variants.append(_variant(problem, p, f"best {other}"))
    for name, values in kin(problem, registry):
        p = np.array([values[n] for n in problem.names])
        variants.append(_variant(problem, p, f"registry: {name}"))
    return _result(
        task, problem, best, norm, variants, [*notes, *_remarks(problem, pinned, best, norm)]
    )


def _remarks(problem: Problem, pinned: Mapping[int, float], p: Array, norm: str) -> list[str]:
    inner = _held(problem, pinned)
    free = [i for i in range(len(problem.names)) if i not in pinned]
    return remarks(inner, p[free], norm) if free else []


def _task(
    template: Formula,
    target: Formula,
    init: Mapping[str, float],
    bounds: Mapping[str, tuple[float, float]],
    fixed: Mapping[str, float],
    registry: Registry,
) -> _Task:
    """Free parameters with bounds (the user's, else the registry's) and starts."""
    names = [name for name in template.parameters if name not in fixed]
    if not names:
        raise FitError(
            f"The template {template.name} has no free parameter to fit; write one as a name, "
            'as the a in "2x*sigmoid(a*x)".'
        )
    for given in (*init, *bounds):
        if given not in names:
            raise UsageError(
                f"{given!r} is no free parameter of {template.name}; those are "
                f"{', '.join(names)}.{suggestion(given, names)}"
            )
    entry = registry.find(template.name)
    known = entry.parameters if entry is not None else {}
    limits = {
        name: bounds.get(name)
        or ((known[name].lower, known[name].upper) if name in known else _ALL)
        for name in names
    }
    start = {name: template.defaults.get(name, math.nan) for name in names} | dict(init)
    for name, value in init.items():
        lo, hi = limits[name]
        if not lo <= value <= hi:
            raise UsageError(f"--init {name}={value:g} lies outside the bounds {lo:g}:{hi:g}.")
    return _Task(template, target, limits, start)


_ALL = (-math.inf, math.inf)


def _problem(task: _Task, domain: Domain) -> Problem:
    from actx.language.tree import number, parameter, simplified, substitute

    fixed = {
        parameter(n): number(v) for n, v in task.template.defaults.items() if n not in task.bounds
    }
    tree = substitute(task.template.tree, fixed, simplified) if fixed else task.template.tree
    return Problem(tree, task.target.bound, domain, task.bounds)


def _placed(
    task: _Task, norm: str, domain: Domain | None
) -> tuple[Problem, dict[int, float], list[str]]:
    """The problem on the domain given, on the whole line, or on a half line that can match."""
    tried = _problem(task, domain or WHOLE_LINE)
    starts = starting_points(tried, _given(task))[:60]
    matching = match_tails(tried, norm, starts)
    if matching is not None:
        return tried, matching.pinned, _pinned_notes(tried, matching.pinned)
    if domain is None:
        for half in HALF_LINES:
            problem = _problem(task, half)
            matching = match_tails(problem, norm, starts)
            if matching is not None:
                notes = [_half_line_note(tried, problem, matching.pinned, norm, starts)]
                return problem, matching.pinned, [*notes, *_pinned_notes(problem, matching.pinned)]
    where = "the whole line" if domain is None else f"the domain {domain}"
    raise FitError(
        f"No value of {', '.join(tried.names)} gives a finite {norm} error on {where}: "
        f"{_mismatch(tried, starts)}. Give a finite domain, as in --domain -5:5."
    )


def _given(task: _Task) -> list[Array]:
    """The starts that are given or usual: --init or registry values, else 1 for each parameter."""
    points = []
    for usual in (1.0, 0.5, 2.0):
        point = [usual if math.isnan(v) else v for v in task.start.values()]
        lower = np.array([b[0] for b in task.bounds.values()])
        upper = np.array([b[1] for b in task.bounds.values()])
        points.append(np.clip(np.array(point), lower, upper))
    return points


def _half_line_note(
    tried: Problem,
    problem: Problem,
    pinned: Mapping[int, float],
    norm: str,
    starts: Sequence[Array],
) -> str:
    """Why the fit is made on a half line: what the other tail does where this one matches."""
    side = 1 if problem.domain.hi == 0 else -1
    end, kept = ("inf", "x <= 0") if side > 0 else ("-inf", "x >= 0")
    p = starts[0].copy()
    for i, value in pinned.items():
        p[i] = value
    try:
        reason = f" ({describe_mismatch(tried, side, p)})"
    except AnalysisError:
        reason = ""
    return (
        f"No value of {', '.join(tried.names)} gives a finite {norm} error on the whole line, "
        f"because the tail towards {end} cannot match{reason}; the fit is made on {kept}."
    )


def _mismatch(problem: Problem, starts: Sequence[Array]) -> str:
    for side, end in ((1, problem.domain.hi), (-1, problem.domain.lo)):
        if math.isinf(end):
            try:
                return f"towards {end:g} {describe_mismatch(problem, side, starts[0])}".replace(
                    " there", ""
                )
            except AnalysisError:
                continue
    return "the tails cannot match"


def _pinned_notes(problem: Problem, pinned: Mapping[int, float]) -> list[str]:
    if not pinned:
        return []
    values = ", ".join(f"{problem.names[i]} = {v:.12g}" for i, v in sorted(pinned.items()))
    return [f"A finite error asks for {values}, so that the tails match; the rest is fitted."]


def _solved(problem: Problem, pinned: Mapping[int, float], norm: str, task: _Task) -> Array | None:
    """The best parameters, the pinned ones held."""
    inner = _held(problem, pinned)
    if not inner.names:
        return np.array([pinned[i] for i in range(len(problem.names))])
    free = [i for i in range(len(problem.names)) if i not in pinned]
    given = [p[free] for p in _given(task)]
    found = solve(inner, norm, starting_points(inner, given))
    return None if found is None else _joined(found, free, pinned)


def _held(problem: Problem, pinned: Mapping[int, float]) -> Problem:
    """The problem in the parameters that are not pinned."""
    from actx.language.tree import number, parameter, simplified, substitute

    if not pinned:
        return problem
    values = {parameter(problem.names[i]): number(v) for i, v in pinned.items()}
    bounds = {
        name: (problem.lower[i], problem.upper[i])
        for i, name in enumerate(problem.names)
        if i not in pinned
    }
    tree = substitute(problem.template, values, simplified)
    return Problem(tree, problem.target, problem.domain, bounds)


def _joined(found: Array, free: Sequence[int], pinned: Mapping[int, float]) -> Array:
    p = np.empty(len(free) + len(pinned))
    p[list(free)] = found
    for i, value in pinned.items():
        p[i] = value
    return p


def _tie_broken(
    problem: Problem, pinned: Mapping[int, float], norm: str, task: _Task, best: Array
) -> Array:
    """Among parameters with one and the same largest error, those of the smallest l2 error."""
    if norm != "max":
        return best
    other = _other_norm(problem, pinned, "l2", task, best)
    if other is None:
        return best
    size = objective(problem, "max")
    return other if size(other) <= size(best) * (1 + 1e-10) else best


def _other_norm(
    problem: Problem, pinned: Mapping[int, float], norm: str, task: _Task, near: Array
) -> Array | None:
    """The optimum in another norm on the same domain, None where that norm is infinite there."""
    matching = match_tails(problem, norm, [near])
    if matching is None:
        return None
    return _solved(problem, {**pinned, **matching.pinned}, norm, task)


def _sizes(problem: Problem, p: Array) -> tuple[Errors, tuple[Alternation, ...]]:
    domain = problem.domain
    error = pieces(problem.bind(p), domain.lo, domain.hi) - pieces(
        problem.target, domain.lo, domain.hi
    )
    sizes = errors(error)
    level = sizes.max_error.value * (1 - _ALTERNATES)
    places: dict[float, float] = {}
    for s in monotone(error):
        for x, value in ((s.lo, s.at_lo), (s.hi, s.at_hi)):
            if math.isfinite(value) and abs(value) >= level > 0:
                places.setdefault(float(x), value)
    return sizes, tuple(Alternation(x, e) for x, e in sorted(places.items()))


def _variant(problem: Problem, p: Array, label: str) -> FitVariant:
    sizes, _ = _sizes(problem, p)
    return FitVariant(
        sizes.max_error, sizes.l1_error, sizes.l2_error, sizes.gauss_error,
        label=label, parameters=_named(problem, p),
    )  # fmt: skip


def _named(problem: Problem, p: Array) -> dict[str, float]:
    return {name: float(v) for name, v in zip(problem.names, p, strict=True)}


def _result(
    task: _Task,
    problem: Problem,
    p: Array,
    norm: str,
    variants: Sequence[FitVariant],
    notes: Sequence[str],
) -> Fit:
    sizes, alternation = _sizes(problem, p)
    objective = sizes.max_error.value if norm == "max" else getattr(sizes, _NORM_FIELDS[norm])
    return Fit(
        sizes.max_error, sizes.l1_error, sizes.l2_error, sizes.gauss_error,
        template=to_text(problem.template),
        target=task.target.name,
        domain=(problem.domain.lo, problem.domain.hi),
        norm=norm,
        parameters=_named(problem, p),
        objective=objective,
        alternation=alternation if norm == "max" else (),
        formula=problem.text(p),
        variants=tuple(variants),
        notes=tuple(notes),
    )  # fmt: skip
