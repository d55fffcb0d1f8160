"""A search from its questions to its result."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path

from actx.calculus.formula import Formula, read_formula
from actx.core.domain import Domain
from actx.core.errors import ActxError, UsageError
from actx.core.norms import norm_named
from actx.core.progress import Progress
from actx.core.tables import fail
from actx.fitting.problem.criterion import CriterionText
from actx.fitting.problem.requirements import read_requirements
from actx.language.syntax import parse
from actx.language.text import to_text
from actx.language.tokens import suggestion
from actx.language.tree import ONE
from actx.registry import Registry
from actx.studies.search.costs import OPERATIONS, Costs
from actx.studies.search.families import ASYMPTOTE, TAIL, Family, Kind, Member
from actx.studies.search.measuring import measured
from actx.studies.search.pareto import dominators
from actx.studies.search.results import Candidate, Failure, Known, Outcome, SearchResult
from actx.studies.search.resuming import ResumeFile
from actx.studies.search.shapes import Look, look_of
from actx.studies.search.tasks import Question, Task, run

_NO_COST = "The file of costs has none for a formula of this form. Time it with bench: {formula}"


def question(
    target: Formula,
    domain: Domain,
    registry: Registry,
    asked: CriterionText,
    seed: int,
) -> Question:
    """What is asked, checked. Raises UsageError and FormulaError."""
    interval = domain.one_interval("A search")
    norm_named(asked.norm, sampled=False)
    if seed < 0:
        raise UsageError(f"The seed is a whole number from 0 on; it cannot be {seed}.")
    weight = asked.read(registry).weight
    read_requirements(asked.require, ONE, (), registry)
    return Question(
        asked.norm,
        None if weight is None else to_text(weight),
        asked.relative,
        asked.of,
        asked.require,
        target=to_text(target.bound),
        label=target.name,
        domain=(interval.lo, interval.hi),
        seed=seed,
    )


def chosen(
    families: Sequence[Family], names: Sequence[str], look: Look | None = None
) -> list[Family]:
    """The families of these names, in the order of the file.

    Where there are no names, those for targets that look like this, or all.
    """
    known = [family.name for family in families]
    for name in names:
        if name not in known:
            raise UsageError(
                f"There is no family {name!r} among the {len(known)} that there are."
                f"{suggestion(name, known)}"
            )
    if names:
        return [family for family in families if family.name in names]
    return [family for family in families if look is None or family.is_for(look)]


def check(family: Family, registry: Registry) -> None:
    """That the formulas of a family can be read. Raises RegistryError."""
    try:
        if family.kind is Kind.TEMPLATE:
            names = read_formula(family.formula, registry).parameters
            numbers = (*family.uses, *(["n"] if family.n else []))
            for name in (*family.parameters, *numbers):
                if name not in names:
                    fail(family.where, f"its parameter {name!r} does not occur in its formula.")
                if name in numbers and name in family.parameters:
                    fail(family.where, f"{name!r} is both given and a parameter that is fitted.")
        for side in (family.range.left, family.range.right):
            if side not in (TAIL, ASYMPTOTE) and read_formula(side, registry).bound is None:
                raise AssertionError
        read_requirements(family.require, ONE, tuple(family.parameters), registry)
    except UsageError as error:
        if str(error).startswith(family.where):
            raise
        fail(family.where, str(error))


def search(
    asked: Question,
    families: Sequence[Family],
    names: Sequence[str],
    registry: Registry,
    *,
    all: bool = False,
    costs: Costs = OPERATIONS,
    jobs: int | None = None,
    resume: str | Path | None = None,
    known: bool = False,
    budget: float,
    progress: Progress | None = None,
    keep: Callable[[Member], bool] | None = None,
) -> SearchResult:
    """Fit the members of the families of these names, and tell which are on the front.

    Without names, of those that are made for targets like this one, or of all. costs: of formulas,
    by their operations if not given. jobs: processes, None for what joblib's `parallel_config`
    says, else one. resume: a file that keeps what is finished. known: whether the registry's
    formulas are put beside. budget: seconds for the proof about each formula. keep: which formulas
    of the families are fitted, None for all. Raises RegistryError
    and UsageError.
    """
    look = look_of(read_formula(asked.target, registry).bound, Domain(*asked.domain))
    selected = chosen(families, names, None if all else look)
    for family in selected:
        check(family, registry)
    members = [m for family in selected for m in family.members if keep is None or keep(m)]
    if not members and keep is None:
        raise UsageError("There is no family to search.")
    kept = None if resume is None else ResumeFile(resume, asked)
    tasks = [Task(asked, member, look, budget, registry.entries, os.getpid()) for member in members]
    outcomes = _outcomes(tasks, jobs, kept, progress or _quiet)
    beside = _known(asked, registry, costs) if known else ()
    result = _result(asked, members, outcomes, costs, beside)
    if names:
        return replace(result, budget=budget)
    left_out = tuple(family.name for family in families if family not in selected)
    shapes = tuple(sorted(look.shapes))
    return replace(result, shapes=shapes, left_out=left_out, budget=budget)


def _quiet(done: int, total: int, what: str) -> None:
    pass


def _outcomes(
    tasks: Sequence[Task], jobs: int | None, kept: ResumeFile | None, progress: Progress
) -> dict[str, Outcome]:
    """What comes of each member, by its name; what a file has is not fitted again."""
    outcomes: dict[str, Outcome] = {}
    for task in tasks:
        finished = kept.find(task.member) if kept is not None else None
        if finished is not None:
            outcomes[task.member.name] = finished
    waiting = [task for task in tasks if task.member.name not in outcomes]
    waiting.sort(key=_length, reverse=True)  # what takes longest first: no core waits
    by_name = {task.member.name: task.member for task in waiting}
    total = len(tasks)
    progress(len(outcomes), total, "searching")
    for outcome in _run_all(waiting, jobs):
        if kept is not None and not outcome.broken:
            kept.add(by_name[outcome.name], outcome)
        outcomes[outcome.name] = outcome
        progress(len(outcomes), total, outcome.name)
    return outcomes


def _length(task: Task) -> int:
    """Pieces to place, or parameters to fit: what a fit's time grows with."""
    return max(task.member.pieces, len(task.member.family.parameters))


def _run_all(tasks: Sequence[Task], jobs: int | None) -> Iterator[Outcome]:
    """The outcomes as they come, from as many processes as `jobs` or joblib's settings say."""
    if not tasks:
        return
    from joblib import Parallel, delayed

    yield from Parallel(n_jobs=jobs, return_as="generator_unordered")(
        delayed(run)(task) for task in tasks
    )


def _known(asked: Question, registry: Registry, costs: Costs) -> tuple[Known, ...]:
    """The registry's formulas that come near the target at all, with their errors and costs."""
    target = read_formula(asked.target, registry).bound
    criterion = asked.read(registry)
    found = []
    for entry in registry.entries:
        try:
            tree = read_formula(entry.name, registry).bound
            sizes = measured(tree, target, Domain(*asked.domain), criterion)
        except (ActxError, ArithmeticError):
            continue  # infinitely far, or not defined on the domain
        price = costs.of(tree)
        if price is not None:
            found.append(Known(entry.name, entry.formula, sizes.error, price))
    return tuple(found)


def _result(
    asked: Question,
    members: Sequence[Member],
    outcomes: dict[str, Outcome],
    costs: Costs,
    known: tuple[Known, ...],
) -> SearchResult:
    candidates: list[Candidate] = []
    failed: list[Failure] = []
    for member in members:
        outcome = outcomes[member.name]
        price = None if outcome.reason else costs.of(parse(outcome.formula))
        if price is None:
            reason = outcome.reason or _NO_COST.format(formula=f'"{outcome.formula}"')
            failed.append(Failure(outcome.name, outcome.family, reason, outcome.formula))
        else:
            given = {item.name: getattr(outcome, item.name) for item in fields(outcome)}
            candidates.append(Candidate(**given, cost=price, source=member.family.source))
    front, dominated = _divided(candidates)
    return SearchResult(
        asked.norm,
        asked.weight,
        asked.relative,
        asked.of,
        asked.require,
        target=asked.label,
        target_formula=asked.target,
        domain=asked.domain,
        seed=asked.seed,
        cost_unit=costs.unit,
        front=front,
        dominated=dominated,
        failed=tuple(failed),
        known=known,
    )


def _divided(
    candidates: Sequence[Candidate],
) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
    """Those on the front by cost, and the others by error with what dominates them."""
    by = dominators([(c.cost, c.error) for c in candidates])
    front = [c for c, above in zip(candidates, by, strict=True) if above is None]
    dominated = [
        replace(c, dominated_by=candidates[above].name)
        for c, above in zip(candidates, by, strict=True)
        if above is not None
    ]
    return (
        tuple(sorted(front, key=lambda c: c.cost)),
        tuple(sorted(dominated, key=lambda c: (c.error, c.cost))),
    )
