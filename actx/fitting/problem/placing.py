"""Where a template is fitted: its free parameters, and the domain on which the tails can match."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from actx.core.arrays import Array
from actx.core.domain import WHOLE_LINE, Domain, smaller
from actx.core.errors import AnalysisError, FitError
from actx.core.norms import Norm
from actx.fitting.problem.growth import Matching, describe_mismatch, is_finite, match_tails
from actx.fitting.problem.problem import Problem
from actx.fitting.problem.reduction import Reduction
from actx.fitting.problem.requirements import Requirement, read_requirements
from actx.fitting.problem.starts import starting_points
from actx.fitting.problem.task import Task
from actx.language.text import to_text
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


@dataclass(frozen=True)
class Place:
    """The problem on the domain that was found for it, and what to say about that."""

    problem: Problem
    starts: tuple[Array, ...]
    matching: Matching
    notes: tuple[str, ...] = ()
    requirements: tuple[Requirement, ...] = ()


def _problem(task: Task, domain: Domain) -> Problem:
    fixed = {
        parameter(n): number(v) for n, v in task.template.defaults.items() if n not in task.bounds
    }
    tree = substitute(task.template.tree, fixed, simplified) if fixed else task.template.tree
    return Problem(tree, task.target.bound, domain, task.bounds, criterion=task.criterion)


def placed(task: Task, registry: Registry) -> Place:
    """The problem of a completed task on its domain, the whole line, or a half line that can match.

    Raises FitError where none can, and UsageError for a requirement that cannot be read.
    """
    place = _placed(task)
    problem = place.problem
    read = read_requirements(task.requirements, problem.template, problem.names, registry)
    return replace(place, requirements=read)


def _placed(task: Task) -> Place:
    domain, norm = task.domain, task.criterion.norm
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
    advice, part = smaller(tried.domain.lo, tried.domain.hi)
    raise FitError(
        f"No value of {', '.join(tried.names)} gives a finite {norm} error on {where}: "
        f"{_mismatch(tried, starts, norm)}.",
        advice,
        domain=part,
    )


def _given(task: Task) -> list[Array]:
    """The starts that are given or usual: `init` or registry values, else 1 for each parameter."""
    starts = [task.parameters[name].start for name in task.bounds]
    lower, upper = np.array(list(task.bounds.values())).T
    return [
        np.clip([usual if start is None else start for start in starts], lower, upper)
        for usual in (1.0, 0.5, 2.0)
    ]


def _half_line_note(tried: Problem, kept: Place, norm: Norm, *, both: bool) -> str:
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
    rest = f" ({there} can be matched, too, on the domain {'0:inf' if side > 0 else '-inf:0'})"
    return (
        f"No value of {', '.join(tried.names)} gives a finite {norm} error on the whole line, "
        f"because the tail towards {end} cannot match{reason}; the fit is made on {here}"
        f"{rest if both else ''}."
    )


def _mismatch(problem: Problem, starts: Sequence[Array], norm: Norm) -> str:
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
