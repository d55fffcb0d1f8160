"""One formula of one family fitted: what a process of a search is given, does and returns.

Everything that goes from one process to another is text and numbers; formula trees are read anew. A
process ends with the search that it works for.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from actx.calculus.formula import Formula, read_formula
from actx.core.domain import Domain, Interval
from actx.core.errors import ActxError, FitError
from actx.core.norms import MAX
from actx.fitting.fit import fit_template
from actx.fitting.forms.best import Condition
from actx.fitting.problem.criterion import CriterionText
from actx.fitting.problem.task import Parameter
from actx.fitting.problem.task import Task as FitTask
from actx.fitting.results import Bound, Optimality
from actx.fitting.told.met import unmet
from actx.language.constants import constant_value
from actx.language.syntax import parse
from actx.language.text import to_text
from actx.language.tree import (
    NUMBER,
    ONE,
    Node,
    X,
    as_fraction,
    number,
    parameter,
    simplified,
    simplify,
    substitute,
)
from actx.registry import Entry, Registry
from actx.studies.search.bounds import of_formula, optimality
from actx.studies.search.families import ASYMPTOTE, TAIL, Kind, Member
from actx.studies.search.measuring import measured
from actx.studies.search.naming import template_misnomer
from actx.studies.search.ranges import LEFT, RIGHT, asymptote
from actx.studies.search.results import Outcome
from actx.studies.search.shapes import Look

_EVERY = 0.5  # seconds between looks at the parent

_watched: set[int] = set()
# A requirement that an engine keeps to by itself: f(0) = 0, f'(-1) = 0.25
_AT_POINT = re.compile(r"f(?P<primes>['′]{0,4})\((?P<x>[^()]+)\)\s*==?\s*(?P<value>[^=]+)\Z")


def end_with(search: int) -> None:
    """In a child of the process of that number: end when it has ended, however it did.

    joblib's processes would go on with what they do, and wait five minutes for more, if a search is
    killed. In any other process (of a cluster, or the search's own) nothing is done.
    """
    if os.getppid() != search or search in _watched:
        return
    _watched.add(search)
    threading.Thread(target=_watch, args=(search,), daemon=True).start()


def _watch(search: int) -> None:
    while os.getppid() == search:
        time.sleep(_EVERY)
    os._exit(1)


@dataclass(frozen=True)
class Question(CriterionText):
    """What is approximated, as text.

    label: the target as it was named.
    """

    target: str
    label: str
    domain: Interval
    seed: int


@dataclass(frozen=True)
class Task:
    """A member to fit, what the target looks like, seconds for the proof, the registry with which
    formulas are read, and the process that searches."""

    question: Question
    member: Member
    look: Look
    budget: float
    entries: tuple[Entry, ...]
    search: int


def run(task: Task) -> Outcome:
    """Fit one formula; what fails is told in the outcome, so that the search goes on."""
    member = task.member
    end_with(task.search)
    try:
        return _Run(task).outcome()
    except ActxError as error:
        return Outcome(member.name, member.family.name, reason=error.message)
    except Exception as error:
        reason = f"actx met an error of its own ({type(error).__name__}: {error})."
        return Outcome(member.name, member.family.name, reason=reason, broken=True)


def template_for(member: Member, look: Look, label: str, registry: Registry) -> Formula:
    """A family's template for a target: its numbers put in, and turned round where that looks so.

    label: what the target is called. Raises FitError where the target has no such numbers.
    """
    family, numbers = member.family, look.numbers
    missing = [name for name in family.uses if name not in numbers]
    if missing:
        raise FitError(
            f"It takes {' and '.join(missing)} from a target that is flat on both sides, at "
            f"two heights; {label} is no such target."
        )
    values: dict[str, float] = {name: numbers[name] for name in family.uses}
    if member.n is not None:
        values["n"] = member.n
    read = read_formula(family.formula, registry)
    put_in = {parameter(name): number(value) for name, value in values.items()}
    tree = substitute(read.tree, put_in, simplified)
    if look.mirrored and family.suits:
        tree = substitute(tree, {X: -X}, simplified)
    return Formula(read.name, tree)


class _Run:
    """A task with its formulas read."""

    def __init__(self, task: Task) -> None:
        question = task.question
        self.registry = Registry(task.entries)
        self.question, self.member, self.family = question, task.member, task.member.family
        self.look, self.budget = task.look, task.budget
        self.target = read_formula(question.target, self.registry)
        self.domain = Domain(*question.domain)
        self.require = (*self.family.require, *question.require)
        self.criterion = question.read(self.registry)

    def outcome(self) -> Outcome:
        if self.family.kind is not Kind.TEMPLATE:
            return self._made()
        template = template_for(self.member, self.look, self.question.label, self.registry)
        if not template.parameters:
            self._check(template.bound)
            return self._outcome(template.bound, {}, (), *self._of_itself(template.bound))
        return self._fitted(template)

    def _of_itself(self, formula: Node) -> tuple[Bound | None, Optimality | None]:
        """What is proven of a formula that has no parameters."""
        if self.criterion.norm != MAX:
            return None, None
        bound = of_formula(formula, self.target.bound, self.criterion, self.domain, self.budget)
        return bound, optimality(bound)

    def _fitted(self, template: Formula) -> Outcome:
        """A template with the best parameters."""
        known = self.family.parameters
        given = {n: Parameter(p.start, (p.lower, p.upper)) for n, p in known.items()}
        asked = FitTask(template, self.target, self.criterion, given, self.require, self.domain)
        fit = fit_template(asked, self.registry, budget=self.budget)
        tree = read_formula(fit.formula, self.registry).bound
        self._check(tree)
        proof = None if fit.certificate is None else fit.certificate.optimality
        outcome = self._outcome(tree, fit.parameters, fit.notes, fit.bound, proof)
        wrong = template_misnomer(
            template.tree, fit.parameters, known, self.domain, outcome.error, self._size
        )
        return outcome if wrong is None else replace(outcome, reason=wrong)

    def _size(self, tree: Node) -> float:
        """The error of a formula, in what is asked for."""
        target = self.target.bound
        return measured(tree, target, self.domain, self.criterion).error

    def _tabled(self) -> Outcome:
        """A table with the best entries."""
        from actx.studies.search.tabling import tabled

        if not self.question.unweighted:
            raise FitError("Tables are made for the error itself, without a weight.")
        made = tabled(self.member, self.target, self.domain, self.budget)
        self._check(made.formula)
        if self.criterion.norm != MAX:
            return self._outcome(made.formula, {}, (f"Fitted in the max norm, {_MAX_ONLY}",))
        proof = optimality(made.bound, "places")
        return self._outcome(made.formula, {}, (), made.bound, proof)

    def _made(self) -> Outcome:
        """A polynomial, rational function or spline with the best coefficients."""
        from actx.studies.search.engines import Aim, Engine

        if self.family.kind is Kind.TABLE:
            return self._tabled()
        if self.question.of != "value":
            raise FitError(
                f"Polynomials and rational functions are fitted to values only, not to "
                f"{self.question.of} errors."
            )
        aim = Aim(self.target.bound, self.domain, self._weight())
        order, conditions = self._conditions()
        engine = Engine(self.member.joined(order), aim, self._beside(), conditions)
        made = engine.best(self.question.seed)
        self._check(made.formula)
        wrong = engine.misnomer(made) or ""
        if self.criterion.norm != MAX:
            notes = (f"Fitted in the max norm, {_MAX_ONLY}",)
            return replace(self._outcome(made.formula, {}, notes), reason=wrong)
        bound = engine.bound(made, self.budget)
        proof = optimality(bound, engine.searched_for)
        return replace(self._outcome(made.formula, {}, (), bound, proof), reason=wrong)

    def _weight(self) -> Node:
        weight = self.criterion.weight or ONE
        if self.question.relative:
            return simplified("div", weight, simplified("abs", self.target.bound))
        return weight

    def _beside(self) -> tuple[Node | None, Node | None]:
        given = self.family.range
        return self._side(given.left, LEFT), self._side(given.right, RIGHT)

    def _side(self, text: str, side: int) -> Node | None:
        if text == TAIL:
            return None
        if text == ASYMPTOTE:
            return asymptote(self.target.bound, Domain(), side)
        return read_formula(text, self.registry).bound

    def _conditions(self) -> tuple[int, list[Condition]]:
        """What an engine can be asked for: how smooth joins are at least, values at points."""
        from actx.fitting.problem.requirements import read_requirements

        order, conditions = self.member.join, []
        for requirement in read_requirements(self.require, ONE, (), self.registry):
            at_point = _AT_POINT.match(" ".join(requirement.text.split()))
            if requirement.order is not None:
                order = max(order, requirement.order)
            elif at_point is not None:
                x, value = (_exact(at_point[name], self.registry) for name in ("x", "value"))
                conditions.append(Condition(x, len(at_point["primes"]), value))
        return order, conditions

    def _check(self, formula: Node) -> None:
        """Raise FitError where a formula misses a requirement, asked for or not."""
        failed = unmet(formula, self.domain, self.require, self.registry)
        if failed is not None:
            raise FitError(f"It does not meet the requirement {failed!r}.")

    def _outcome(
        self,
        formula: Node,
        parameters: dict[str, float],
        notes: Sequence[str],
        bound: Bound | None = None,
        proof: Optimality | None = None,
    ) -> Outcome:
        found = measured(formula, self.target.bound, self.domain, self.criterion)
        if bound is not None:
            found = found.within(bound.lower, bound.upper)
        return Outcome(
            name=self.member.name,
            family=self.family.name,
            formula=to_text(simplify(formula)),
            parameters=dict(parameters),
            error=found.error,
            max_error=found.max_error.value,
            max_error_at=found.max_error.x,
            smoothness=found.smoothness,
            bound=bound,
            optimality=proof,
            notes=tuple(notes),
        )


_MAX_ONLY = "which is what polynomials, rational functions, splines and tables are fitted in."


def _exact(text: str, registry: Registry) -> Fraction:
    tree = simplify(parse(text, registry))
    return as_fraction(tree) if tree.op == NUMBER else Fraction(constant_value(tree))
