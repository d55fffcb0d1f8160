"""Where a template is fitted: its free parameters, and the domain on which the tails can match."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from actx.calculus.formula import Formula
from actx.core.arrays import Array
from actx.core.domain import WHOLE_LINE, Domain
from actx.core.errors import AnalysisError, FitError, UsageError
from actx.fitting.problem.criterion import Criterion
from actx.fitting.problem.growth import Matching, describe_mismatch, is_finite, match_tails
from actx.fitting.problem.problem import Problem
from actx.fitting.problem.reduction import Reduction
from actx.fitting.problem.requirements import Requirement, read_requirements
from actx.fitting.problem.starts import starting_points
from actx.language.text import to_text
from actx.language.tokens import suggestion
from actx.language.tree import (
    NUMBER,
    Node,
    as_fraction,
    number,
    parameter,
    rebuild,
    simplified,
    substitute,
)
from actx.registry import Registry

HALF_LINES = (Domain(-math.inf, 0.0), Domain(0.0, math.inf))
_ALL = (-math.inf, math.inf)


@dataclass(frozen=True)
class Task:
    """A template with its free parameters, bounds and starts."""

    template: Formula
    target: Formula
    bounds: dict[str, tuple[float, float]]
    start: dict[str, float]
    fixed: dict[str, float]
    criterion: Criterion
    requirements: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """The problem on the domain that was found for it, and what to say about that."""

    problem: Problem
    starts: tuple[Array, ...]
    matching: Matching
    notes: tuple[str, ...] = ()
    requirements: tuple[Requirement, ...] = ()


def make_task(
    template: Formula,
    target: Formula,
    init: Mapping[str, float],
    bounds: Mapping[str, tuple[float, float]],
    fixed: Mapping[str, float],
    criterion: Criterion,
    requirements: Sequence[str],
    registry: Registry,
) -> Task:
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
    return Task(template, target, limits, start, dict(fixed), criterion, tuple(requirements))


def _problem(task: Task, domain: Domain) -> Problem:
    fixed = {
        parameter(n): number(v) for n, v in task.template.defaults.items() if n not in task.bounds
    }
    tree = substitute(task.template.tree, fixed, simplified) if fixed else task.template.tree
    return Problem(tree, task.target.bound, domain, task.bounds, criterion=task.criterion)


def placed(task: Task, norm: str, domain: Domain | None, registry: Registry) -> Place:
    """The problem on the domain given, on the whole line, or on a half line that can match.

    Raises FitError where none can, and UsageError for a requirement that cannot be read.
    """
    place = _placed(task, norm, domain)
    problem = place.problem
    read = read_requirements(task.requirements, problem.template, problem.names, registry)
    return replace(place, requirements=read)


def _placed(task: Task, norm: str, domain: Domain | None) -> Place:
    """The problem on the domain given, on the whole line, or on a half line that can match."""
    tried = _problem(task, domain or WHOLE_LINE)
    starts = tuple(starting_points(tried, _given(task))[:60])
    matching = match_tails(tried, norm, starts)
    if matching is not None:
        return Place(tried, starts, matching)
    halves = []
    for half in HALF_LINES if domain is None else ():
        problem = _problem(task, half)
        found = match_tails(problem, norm, starts)
        if found is not None:
            halves.append(Place(problem, starts, found))
    if halves:
        kept = min(halves, key=lambda place: len(place.matching.pinned))
        note = _half_line_note(tried, kept, norm, both=len(halves) > 1)
        return replace(kept, notes=(note,))
    where = "the whole line" if domain is None else f"the domain {domain}"
    raise FitError(
        f"No value of {', '.join(tried.names)} gives a finite {norm} error on {where}: "
        f"{_mismatch(tried, starts, norm)}. Give a finite domain, as in --domain -5:5."
    )


def _given(task: Task) -> list[Array]:
    """The starts that are given or usual: --init or registry values, else 1 for each parameter."""
    points = []
    for usual in (1.0, 0.5, 2.0):
        point = [usual if math.isnan(v) else v for v in task.start.values()]
        lower = np.array([b[0] for b in task.bounds.values()])
        upper = np.array([b[1] for b in task.bounds.values()])
        points.append(np.clip(np.array(point), lower, upper))
    return points


def _half_line_note(tried: Problem, kept: Place, norm: str, *, both: bool) -> str:
    """Why the fit is made on a half line: what the other tail does where this one matches."""
    side = 1 if kept.problem.domain.hi == 0 else -1
    ends, sides = ("inf", "-inf"), ("x <= 0", "x >= 0")
    (end, other_end), (here, there) = (ends, sides) if side > 0 else (ends[::-1], sides[::-1])
    pinned = kept.matching.pinned
    whole = Reduction(kept.problem, pinned, kept.starts)
    given = f"with {equations(whole)}, which the tail towards {other_end} asks for, "
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


def equations(reduction: Reduction) -> str:
    """The parameters that follow from the tails, as `a = 1, b = 1/c`."""
    names = reduction.whole.names
    return ", ".join(f"{names[i]} = {_shown(tree)}" for i, tree in sorted(reduction.pinned.items()))


def _shown(tree: Node) -> str:
    def short(leaf: Node) -> Node:
        if leaf.op != NUMBER or as_fraction(leaf).denominator <= 1000:
            return leaf
        return number(float(f"{float(as_fraction(leaf)):.12g}"))

    return to_text(rebuild(tree, short))


def pinned_notes(reduction: Reduction) -> list[str]:
    if not reduction.pinned:
        return []
    rest = "the rest is fitted" if reduction.free else "nothing is left to fit"
    return [f"A finite error asks for {equations(reduction)}, so that the tails match; {rest}."]
