"""Fitting the free parameters of a template to a target."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from actx.analysis.errors import errors
from actx.analysis.monotone import monotone
from actx.analysis.results import Alternation, Errors, Fit, FitVariant, MaxError
from actx.domain import WHOLE_LINE, Domain
from actx.errors import AnalysisError, FitError, UsageError
from actx.fitting.growth import Matching, describe_mismatch, is_finite, match_tails
from actx.fitting.minimax import Peaks
from actx.fitting.problem import NORMS, Problem
from actx.fitting.reduction import Reduction
from actx.fitting.remarks import kin, remarks
from actx.fitting.solvers import Search, objective, solve, starting_points
from actx.language.formula import Formula
from actx.language.pieces import pieces
from actx.language.syntax import suggestion
from actx.language.text import to_text
from actx.language.tree import NUMBER, Node, as_fraction, number, rebuild
from actx.registry import Registry

Array = NDArray[np.float64]
Progress = Callable[[int, int, str], None]

HALF_LINES = (Domain(-math.inf, 0.0), Domain(0.0, math.inf))
_ORDER = ("gauss", "l2", "l1", "max")  # the smooth ones lead the others to where to look
_ALTERNATES = 1e-6  # an extremum of the error this near to the largest, relatively, is listed
_LEVEL = 1e-10  # objectives that agree to this part are equal where others decide
_ROUND = 1e-9  # parameters this near to a simple fraction are tried there
_FEW = 4  # starts from which tails are matched for another norm than the one asked for
_SMALL = 1e-6  # and these near to 0
_NORM_FIELDS = {"l1": "l1_error", "l2": "l2_error", "gauss": "gauss_error"}


@dataclass(frozen=True)
class _Task:
    """A template with its free parameters, bounds and starts."""

    template: Formula
    target: Formula
    bounds: dict[str, tuple[float, float]]
    start: dict[str, float]
    fixed: dict[str, float]


@dataclass(frozen=True)
class _Place:
    """The problem on the domain that was found for it, and what to say about that."""

    problem: Problem
    starts: tuple[Array, ...]
    matching: Matching
    notes: tuple[str, ...] = ()


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
    with np.errstate(all="ignore"):  # a search passes through values that overflow
        return _fitted(task, norm, domain, registry, progress or (lambda done, total, what: None))


def _fitted(
    task: _Task, norm: str, domain: Domain | None, registry: Registry, tell: Progress
) -> Fit:
    place = _placed(task, norm, domain)
    reductions = _reductions(place, norm)
    optima = _optima(reductions, tell)
    if norm not in optima:
        raise FitError(
            f"No values of {', '.join(place.problem.names)} were found that bring "
            f"{task.template.name} near {task.target.name} on {place.problem.domain}. Give starts "
            "with --init NAME=VALUE, or bounds."
        )
    mine, best = reductions[norm], optima[norm]
    variants = [
        _variant(place.problem, reductions[n].template(q), reductions[n].full(q), f"best {n}")
        for n, q in optima.items()
        if n != norm
    ]
    for name, values in _kin(task, mine, registry):
        p = np.array([values[n] for n in place.problem.names])
        variants.append(_variant(place.problem, place.problem.bind(p), p, f"registry: {name}"))
    notes = [*place.notes, *_pinned_notes(mine), *remarks(mine, best, norm)]
    return _result(task, mine, best, norm, variants, notes)


def _reductions(place: _Place, norm: str) -> dict[str, Reduction]:
    """The problem in its free parameters for each norm that can be finite; equal ones are one."""
    made: list[Reduction] = []
    found = {}
    for other in NORMS:
        if other == norm:
            matching: Matching | None = place.matching
        else:
            matching = match_tails(place.problem, other, place.starts, _FEW)
        if matching is None:
            continue
        same = next((r for r in made if r.pinned == matching.pinned), None)
        if same is None:
            same = Reduction(place.problem, matching.pinned, place.starts)
            made.append(same)
        found[other] = same
    return found


def _optima(reductions: Mapping[str, Reduction], tell: Progress) -> dict[str, Array]:
    """The best values of the free parameters in each norm, in the order of NORMS.

    Each norm's optimum is a start for the next. A norm is left out where its error is infinite at
    all values tried.
    """
    searches: dict[int, Search] = {}
    optima: dict[str, Array] = {}
    order = [norm for norm in _ORDER if norm in reductions]
    for done, norm in enumerate(order):
        tell(done, len(order), f"norm {norm}")
        reduction = reductions[norm]
        if not reduction.free:
            optima[norm] = np.empty(0)
            continue
        if id(reduction) not in searches:
            given = [reduction.part(p) for p in reduction.starts]
            searches[id(reduction)] = Search(reduction.inner, given)
        known = [reduction.part(reductions[n].full(q)) for n, q in optima.items()]
        found = searches[id(reduction)].best(norm, known)
        if found is not None:
            optima[norm] = _rounded(reduction.inner, norm, found[0])
    _improve(reductions, optima)
    _break_ties(reductions, optima)
    return {norm: optima[norm] for norm in NORMS if norm in optima}


def _improve(reductions: Mapping[str, Reduction], optima: dict[str, Array]) -> None:
    """Where another norm's optimum is better than a norm's own, the search goes on from there."""
    for norm, q in list(optima.items()):
        problem = reductions[norm].inner
        if not q.size:
            continue
        level = objective(problem, norm, q)(q)
        for other in list(optima):
            start = reductions[norm].part(reductions[other].full(optima[other]))
            if objective(problem, norm, start)(start) < level * (1 - 1e-9):
                better, level = solve(problem, norm, start)
                optima[norm] = _rounded(problem, norm, better)


def _break_ties(reductions: Mapping[str, Reduction], optima: dict[str, Array]) -> None:
    """Where the max or l1 error leaves parameters open, they are those of the smallest l2 error."""
    second = "l2" if "l2" in optima else "gauss"
    for norm in ("max", "l1"):
        if second not in optima or norm not in optima or not optima[norm].size:
            continue
        problem, p = reductions[norm].inner, optima[norm]
        q = reductions[norm].part(reductions[second].full(optima[second]))
        level = objective(problem, norm, p)(p) * (1 + _LEVEL)
        for chosen in (np.full(p.size, fill_value=True), *np.eye(p.size, dtype=bool)):
            mixed = np.where(chosen, q, optima[norm])
            if level and objective(problem, norm, mixed)(mixed) <= level:
                optima[norm] = mixed


def _rounded(problem: Problem, norm: str, q: Array) -> Array:
    """Values next to 0, a simple fraction or a bound are put there, unless the norm rises."""
    size = objective(problem, norm, q)
    level = size(q) * (1 + 1e-11) + 1e-15
    simple = np.array([_simple(v, problem.lower[i], problem.upper[i]) for i, v in enumerate(q)])
    candidates = [simple, *(np.where(np.arange(q.size) == i, simple, q) for i in range(q.size))]
    inside = (np.clip(c, problem.lower, problem.upper) for c in candidates)
    return next((c for c in inside if size(c) <= level), q)


def _simple(v: float, lower: float, upper: float) -> float:
    """0, a bound, a simple fraction or a short decimal next to a value, else the value."""
    if abs(v) <= _SMALL:
        return 0.0
    near = (lower, upper, float(Fraction(v).limit_denominator(100)), float(f"{v:.6g}"))
    return next((s for s in near if abs(s - v) <= _ROUND * abs(v)), v)


def _kin(
    task: _Task, reduction: Reduction, registry: Registry
) -> list[tuple[str, dict[str, float]]]:
    """What to put beside the fit: the registry's values for the template, and for its kin."""
    entry = registry.find(task.template.name)
    found = {}
    if entry is not None and all(task.fixed[n] == entry.parameters[n].default for n in task.fixed):
        found[entry.name] = {n: entry.parameters[n].default for n in task.bounds}
    idle = reduction.idle
    found |= dict(kin(reduction.whole, idle, task.template.name, registry))
    return list(found.items())


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
    return _Task(template, target, limits, start, dict(fixed))


_ALL = (-math.inf, math.inf)


def _problem(task: _Task, domain: Domain) -> Problem:
    from actx.language.tree import number, parameter, simplified, substitute

    fixed = {
        parameter(n): number(v) for n, v in task.template.defaults.items() if n not in task.bounds
    }
    tree = substitute(task.template.tree, fixed, simplified) if fixed else task.template.tree
    return Problem(tree, task.target.bound, domain, task.bounds)


def _placed(task: _Task, norm: str, domain: Domain | None) -> _Place:
    """The problem on the domain given, on the whole line, or on a half line that can match."""
    tried = _problem(task, domain or WHOLE_LINE)
    starts = tuple(starting_points(tried, _given(task))[:60])
    matching = match_tails(tried, norm, starts)
    if matching is not None:
        return _Place(tried, starts, matching)
    halves = []
    for half in HALF_LINES if domain is None else ():
        problem = _problem(task, half)
        found = match_tails(problem, norm, starts)
        if found is not None:
            halves.append(_Place(problem, starts, found))
    if halves:
        kept = min(halves, key=lambda place: len(place.matching.pinned))
        note = _half_line_note(tried, kept, norm, both=len(halves) > 1)
        return replace(kept, notes=(note,))
    where = "the whole line" if domain is None else f"the domain {domain}"
    raise FitError(
        f"No value of {', '.join(tried.names)} gives a finite {norm} error on {where}: "
        f"{_mismatch(tried, starts, norm)}. Give a finite domain, as in --domain -5:5."
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


def _half_line_note(tried: Problem, kept: _Place, norm: str, *, both: bool) -> str:
    """Why the fit is made on a half line: what the other tail does where this one matches."""
    side = 1 if kept.problem.domain.hi == 0 else -1
    ends, sides = ("inf", "-inf"), ("x <= 0", "x >= 0")
    (end, other_end), (here, there) = (ends, sides) if side > 0 else (ends[::-1], sides[::-1])
    pinned = kept.matching.pinned
    whole = Reduction(kept.problem, pinned, kept.starts)
    given = f"with {_equations(whole)}, which the tail towards {other_end} asks for, "
    try:
        described = describe_mismatch(tried, side, whole.full(whole.part(kept.starts[0])))
        reason = f" ({given if pinned else ''}{described})"
    except AnalysisError:
        reason = ""
    rest = f" ({there} can be matched, too: --domain {'0:inf' if side > 0 else '-inf:0'})"
    return (
        f"No value of {', '.join(tried.names)} gives a finite {norm} error on the whole line, "
        f"because the tail towards {end} cannot match{reason}; the fit is made on {here}"
        f"{rest if both else ''}."
    )


def _mismatch(problem: Problem, starts: Sequence[Array], norm: str) -> str:
    p = starts[0]
    for side, end in ((1, problem.domain.hi), (-1, problem.domain.lo)):
        if math.isinf(end) and not is_finite(problem, norm, p, side):
            try:
                described = describe_mismatch(problem, side, p)
            except AnalysisError:
                continue
            return f"towards {end:g} {described}".replace(" there", "").replace("there ", "")
    return "the tails cannot match"


def _equations(reduction: Reduction) -> str:
    """The parameters that follow from the tails, as `a = 1, b = 1/c`."""
    names = reduction.whole.names
    return ", ".join(f"{names[i]} = {_shown(tree)}" for i, tree in sorted(reduction.pinned.items()))


def _shown(tree: Node) -> str:
    def short(leaf: Node) -> Node:
        if leaf.op != NUMBER or as_fraction(leaf).denominator <= 1000:
            return leaf
        return number(float(f"{float(as_fraction(leaf)):.12g}"))

    return to_text(rebuild(tree, short))


def _pinned_notes(reduction: Reduction) -> list[str]:
    if not reduction.pinned:
        return []
    rest = "the rest is fitted" if reduction.free else "nothing is left to fit"
    return [f"A finite error asks for {_equations(reduction)}, so that the tails match; {rest}."]


def _sizes(problem: Problem, template: Node) -> tuple[Errors, tuple[Alternation, ...]]:
    domain = problem.domain
    error = pieces(template, domain.lo, domain.hi) - pieces(problem.target, domain.lo, domain.hi)
    sizes = errors(error)
    level = sizes.max_error.value * (1 - _ALTERNATES)
    places: dict[float, float] = {}
    for s in monotone(error):
        for x, value in ((s.lo, s.at_lo), (s.hi, s.at_hi)):
            if math.isfinite(value) and abs(value) >= level > 0:
                places.setdefault(float(x), value)
    alternation = tuple(Alternation(x, e) for x, e in sorted(places.items()))
    return _at_the_first(sizes, alternation), alternation


def _at_the_first(sizes: Errors, alternation: Sequence[Alternation]) -> Errors:
    """Of places where the largest error is reached but for rounding, the leftmost is named."""
    least = sizes.max_error.value * (1 - _LEVEL)
    first = next((place for place in alternation if abs(place.error) >= least), None)
    if first is None or first.x == sizes.max_error.x:
        return sizes
    return replace(sizes, max_error=replace(sizes.max_error, x=first.x, signed=first.error))


def _sampled_sizes(problem: Problem, template: Node) -> Errors:
    """The errors as the search sees them, where the analysis cannot tell them from rounding."""
    fitted = Problem(template, problem.target, problem.domain, {})
    none = np.empty(0)
    found = {
        norm: objective(fitted, norm, none)(none) if is_finite(fitted, norm, none) else math.inf
        for norm in NORMS
    }
    peaks = Peaks(fitted, none)(none) if math.isfinite(found["max"]) else []
    x, signed = (peaks[0].x, peaks[0].error) if peaks else (math.inf, math.inf)
    return Errors(
        MaxError(found["max"], x, signed), found["l1"], math.sqrt(found["l2"]),
        math.sqrt(found["gauss"]),
    )  # fmt: skip


def _variant(problem: Problem, template: Node, p: Array, label: str) -> FitVariant:
    try:
        sizes, _ = _sizes(problem, template)
    except (AnalysisError, ArithmeticError):
        sizes = _sampled_sizes(problem, template)
    return FitVariant(
        sizes.max_error, sizes.l1_error, sizes.l2_error, sizes.gauss_error,
        label=label, parameters=_named(problem, p),
    )  # fmt: skip


def _named(problem: Problem, p: Array) -> dict[str, float]:
    return {name: float(v) for name, v in zip(problem.names, p, strict=True)}


def _result(
    task: _Task,
    reduction: Reduction,
    q: Array,
    norm: str,
    variants: Sequence[FitVariant],
    notes: Sequence[str],
) -> Fit:
    problem, template = reduction.whole, reduction.template(q)
    try:
        sizes, alternation = _sizes(problem, template)
    except (AnalysisError, ArithmeticError) as reason:
        sizes, alternation = _sampled_sizes(problem, template), ()
        notes = [*notes, f"The errors are estimates from samples. {reason}"]
    reached = sizes.max_error.value if norm == "max" else getattr(sizes, _NORM_FIELDS[norm])
    return Fit(
        sizes.max_error, sizes.l1_error, sizes.l2_error, sizes.gauss_error,
        template=to_text(problem.template),
        target=task.target.name,
        domain=(problem.domain.lo, problem.domain.hi),
        norm=norm,
        parameters=_named(problem, reduction.full(q)),
        objective=reached,
        alternation=alternation if norm == "max" else (),
        formula=to_text(template),
        variants=tuple(variants),
        notes=tuple(notes),
    )  # fmt: skip
