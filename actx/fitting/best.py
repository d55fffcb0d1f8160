"""The best values of a task in its norm, and in those that are put beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from actx.core.arrays import Array
from actx.core.errors import FitError
from actx.core.norms import MAX, Norm, general_norms
from actx.core.progress import Progress
from actx.fitting.integrals import Proof, proof_of, proof_over
from actx.fitting.linear import Best, best_of
from actx.fitting.optima import Optima, optima_of, reductions_of
from actx.fitting.problem.conditions import describe_failure
from actx.fitting.problem.placing import Place
from actx.fitting.problem.reduction import Reduction
from actx.fitting.problem.task import Task
from actx.registry import Registry


@dataclass(frozen=True)
class Work:
    """What is to be done: a task, where, and whether other norms are put beside its own."""

    task: Task
    place: Place
    registry: Registry
    variants: bool
    budget: float

    @property
    def norm(self) -> Norm:
        """The one that was asked for."""
        return self.task.criterion.norm


@dataclass(frozen=True)
class Found:
    """The optima, those of a linear template with their proof, and the norms to put beside.

    linear: in the max norm; integral: in others.
    """

    reductions: Mapping[Norm, Reduction]
    optima: Optima
    linear: Best | None
    integral: Mapping[Norm, Proof]
    beside: tuple[Norm, ...] = ()


def best_values(work: Work, tell: Progress) -> Found:
    """The best values in each norm; what is put beside a fit never changes what is found.

    A linear template's best is proven, and needs no other norm; else each norm's optimum is a start
    for the others, and where one leaves values open, l2 decides.
    """
    tried = dict.fromkeys((work.norm, *general_norms()))
    reductions = reductions_of(work.place, work.norm, list(tried))
    known = _Known()
    for norm in sorted(reductions, key=lambda norm: norm != work.norm):
        _prove(work, reductions[norm], norm, known)
        if norm == work.norm and norm in known.unique and not work.variants:
            reductions = {norm: reductions[norm]}
            break
    proof = work.budget if work.norm == MAX and known.linear is None else None
    asked = sorted(reductions, key=lambda norm: norm != work.norm) if work.variants else [work.norm]
    optima = optima_of(reductions, known.values, known.unique, tell, asked, proof)
    mine = reductions[work.norm]
    if work.norm not in optima.values or not usable(mine, optima.values[work.norm]):
        raise _failure(work, mine)
    others = tuple(norm for norm in optima.values if norm != work.norm) if work.variants else ()
    return Found(reductions, optima, known.linear, known.integral, others)


@dataclass
class _Known:
    """The best values of linear templates in some norms, and those norms that have no others."""

    values: dict[Norm, Array] = field(default_factory=dict)
    unique: set[Norm] = field(default_factory=set)
    linear: Best | None = None
    integral: dict[Norm, Proof] = field(default_factory=dict)


def _prove(work: Work, reduction: Reduction, norm: Norm, known: _Known) -> None:
    """Find the best of a linear template in a norm, conditions left aside."""
    if norm == MAX:
        known.linear = linear = best_of(reduction.inner, work.budget)
        if linear is not None and usable(reduction, linear.coefficients):
            known.values[norm] = np.array(linear.floats)
            known.unique |= {norm} if linear.unique else set()
        return
    prove = proof_over if norm.sampled else proof_of
    proof = prove(reduction.inner, norm, work.budget)
    if proof is not None:
        known.integral[norm] = proof
        if proof.coefficients is not None and usable(reduction, proof.coefficients):
            known.values[norm] = np.array([float(c) for c in proof.coefficients])
            known.unique.add(norm)


def usable(reduction: Reduction, values: Sequence[float | Fraction] | Array) -> bool:
    """Whether values keep to what is required, too."""
    return reduction.inner.allows(np.array([float(v) for v in values]))


def _failure(work: Work, reduction: Reduction) -> FitError:
    """Why there are no best values."""
    problem, task = work.place.problem, work.task
    if work.place.requirements:
        starts = [reduction.part(p) for p in reduction.starts]
        return FitError(describe_failure(reduction.inner, reduction.requirements, starts))
    return FitError(
        f"No values of {', '.join(problem.names)} were found that bring {task.template.name} near "
        f"{task.target.name} on {problem.domain}.",
        "Give starts, as in {init}, or {bounds}.",
        init={problem.names[0]: 1},
        bounds=None,
    )
