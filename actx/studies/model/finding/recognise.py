"""What an activation is: a formula of the registry, scaled and shifted.

A formula g is α·f(βx + γ) + δ for a formula f of the registry where that is proven: as an identity
(by exact algebra, piece by piece), or else within a bound on the difference over the whole line.
Candidates come from writing both as scalings of a simpler function, else from least squares at
points, for which the identity is then tried with the nearest simple fractions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from actx.analysis.results import Answer
from actx.analysis.statements.case import Case
from actx.analysis.statements.inequalities import equal, largest
from actx.calculus.values import evaluate
from actx.core.budget import Budget
from actx.core.domain import WHOLE_LINE
from actx.core.errors import ActxError
from actx.language.tree import Node, number, parameter, parameters, simplified, substitute
from actx.registry import Entry, Registry
from actx.studies.model.finding.normal import Scaling, normal_forms
from actx.studies.model.finding.solving import ALIKE, POINTS, line_through, solution

NEAR = 1e-6  # what a difference must be proven to stay below
_SECONDS = 2.0  # for one proof
_SIMPLE = 1000  # the largest denominator of a simple fraction
_SIMPLY = (1e-8, 1e-5)  # how near to it a number is that stands for one, and that may
_FAR = np.array([1000.0, 1500.0, 2000.0])  # where tails are lines, if they are
_TRIED = 6  # candidates that are proven or not, at most


@dataclass(frozen=True)
class Recognised:
    """What a formula is: alpha·f(beta·x + gamma) + delta.

    name: of f in the registry; parameters: values that are not the registry's. difference: the
    largest there is, proven; 0 where both are proven to be one function.
    """

    name: str
    alpha: float
    beta: float
    gamma: float
    delta: float
    parameters: Mapping[str, float]
    difference: float


@dataclass(frozen=True)
class _Match:
    """A normal form as a scaling of a formula."""

    entry: Entry
    scaling: Scaling
    parameters: Mapping[str, Fraction]
    difference: float = 0.0

    @property
    def effort(self) -> tuple[int, int]:
        return (len(self.parameters), self.scaling.effort)


class Recogniser:
    """Recognises formulas as those of a registry, each normal form once."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._known: dict[tuple[Node, bool], list[_Match]] = {}

    def __call__(self, tree: Node) -> Recognised | None:
        """What a formula is, None for none of the registry's."""
        forms = normal_forms(tree)
        for thorough in (False, True):
            best: tuple[tuple[float, ...], _Match] | None = None
            for outer, inner in forms:
                for match in self._matches(inner, thorough):
                    scaling = outer.around(match.scaling)
                    size = float(abs(outer.alpha)) * match.difference * (1 + 1e-15)
                    rank = (size > 0, len(match.parameters), scaling.effort)
                    if size < NEAR and (best is None or rank < best[0]):
                        best = rank, _Match(match.entry, scaling, match.parameters, size)
            if best is not None:
                return _told(best[1])
        return None

    def _matches(self, inner: Node, thorough: bool) -> list[_Match]:
        if (inner, thorough) not in self._known:
            find = self._by_values if thorough else self._by_form
            self._known[inner, thorough] = list(find(inner))
        return self._known[inner, thorough]

    @cached_property
    def _formulas(self) -> list[tuple[Entry, Node, Node]]:
        """The formulas of the registry, with their defaults and with their parameters."""
        found = []
        for entry in self._registry.entries:
            definition = self._registry.lookup(entry.name)
            if definition is not None and len(definition.defaults) == len(
                parameters(definition.tree)
            ):
                values = {parameter(n): number(v) for n, v in definition.defaults.items()}
                filled = substitute(definition.tree, values, simplified)
                found.append((entry, filled, definition.tree))
        return found

    @cached_property
    def _by_normal_form(self) -> dict[Node, list[tuple[Entry, Scaling]]]:
        found: dict[Node, list[tuple[Entry, Scaling]]] = {}
        for entry, tree, _ in self._formulas:
            for scaling, inner in normal_forms(tree):
                if scaling.alpha and scaling.beta:
                    found.setdefault(inner, []).append((entry, scaling.inverse))
        return found

    def _by_form(self, inner: Node) -> Iterator[_Match]:
        """Formulas with the same normal form, else those with the same values but for a scale."""
        alike = self._by_normal_form.get(inner, [])
        for entry, scaling in alike:
            yield _Match(entry, scaling, {})
        if alike:
            return
        values = evaluate(inner, POINTS)
        candidates = []
        for entry, tree, _ in self._formulas:
            for beta in (1, -1):
                projected = _projected(values, evaluate(tree, beta * POINTS))
                for near in _SIMPLY if projected is not None else ():
                    alpha, delta = (_simple(z, near) for z in projected or ())
                    if alpha:
                        scaling = Scaling(alpha, Fraction(beta), Fraction(0), delta)
                        candidates.append(_Match(entry, scaling, {}))
        yield from self._proven(inner, candidates)

    def _by_values(self, inner: Node) -> Iterator[_Match]:
        """Formulas whose inner scale and shift, and one parameter, come from least squares."""
        values = evaluate(inner, POINTS)
        if not np.isfinite(values).all():
            return
        candidates: list[_Match] = []
        tails = _tails(inner)
        for entry, tree, free in self._formulas:
            if _tails(tree) not in (tails, tails[::-1]):
                continue
            names = [name for name in parameters(free) if name in entry.parameters]
            for solved in ([], names) if len(names) == 1 else ([],):
                bounds = [entry.parameters[name] for name in solved]
                form = free if solved else tree
                found = solution(form, solved, bounds, values)
                if found is not None:
                    for near in _SIMPLY:
                        candidates += _scaled(entry, form, solved, found, values, near)
        yield from self._proven(inner, candidates)

    def _proven(self, inner: Node, candidates: Sequence[_Match]) -> Iterator[_Match]:
        """Those of some candidates that are proven, the simplest first."""
        time = Budget(_SECONDS)  # after which no further one is begun
        for match in sorted(candidates, key=lambda each: each.effort)[:_TRIED]:
            if time.spent:
                return
            tree = match.scaling.of(self._tree(match))
            try:
                difference = _difference(inner, tree, self._registry)
            except (ActxError, ArithmeticError):
                continue
            if difference is not None:
                yield _Match(match.entry, match.scaling, match.parameters, difference)
                return

    def _tree(self, match: _Match) -> Node:
        definition = self._registry.lookup(match.entry.name)
        assert definition is not None
        values = {parameter(n): number(v) for n, v in definition.defaults.items()}
        values |= {parameter(n): number(v) for n, v in match.parameters.items()}
        return substitute(definition.tree, values, simplified)


def _difference(a: Node, b: Node, registry: Registry) -> float | None:
    """The largest |a - b| on the whole line, proven to be below NEAR; None where it is not."""
    case = Case(WHOLE_LINE, registry, lambda formula: formula.bound, Budget(_SECONDS))
    if equal("", a, b, case).answer is Answer.PROVEN:
        return 0.0
    case = Case(WHOLE_LINE, registry, lambda formula: formula.bound, Budget(_SECONDS))
    functions = [part.verified(a).minus(part.verified(b)) for part in case.parts]
    found = largest(functions, 0, case.budget)
    proven = found.proven and all(function.exact for function in functions)
    return found.hi if proven and found.hi < NEAR else None


def _projected(
    values: NDArray[np.float64], others: NDArray[np.float64]
) -> tuple[float, float] | None:
    """alpha and delta with values = alpha·others + delta, None where that is not so."""
    if not (np.isfinite(values).all() and np.isfinite(others).all()):
        return None
    alpha, delta, rest = line_through(values, others)
    if alpha == 0 or np.abs(rest).max() > ALIKE * np.ptp(values):
        return None
    return alpha, delta


def _tails(tree: Node) -> tuple[str, str]:
    """How a function goes on to the left and to the right: a scaling changes that only in order."""
    left, right = (_tail(evaluate(tree, sign * _FAR)) for sign in (-1, 1))
    return left, right


def _tail(values: NDArray[np.float64]) -> str:
    if not np.isfinite(values).all():
        return "bent"
    first, second = np.diff(values)
    if abs(second - first) > 1e-2 * abs(first) + 1e-3:
        return "bent"
    return "flat" if abs(first) < 1 else "line"  # over 500, which is no slope of a formula


def _scaled(
    entry: Entry,
    tree: Node,
    names: Sequence[str],
    solved: NDArray[np.float64],
    values: NDArray[np.float64],
    near: float,
) -> list[_Match]:
    """The match with simple numbers for what was solved, and the outer ones that go with them."""
    beta, gamma, *others = (_simple(float(z), near) for z in solved)
    put_in = {parameter(n): number(v) for n, v in zip(names, others, strict=True)}
    inner = evaluate(
        Scaling(beta=beta, gamma=gamma).of(substitute(tree, put_in, simplified)), POINTS
    )
    if not beta or not np.isfinite(inner).all():
        return []
    outer = line_through(values, inner)
    alpha, delta = _simple(outer[0], near), _simple(outer[1], near)
    if not alpha:
        return []
    scaling = Scaling(alpha, beta, gamma, delta)
    return [_Match(entry, scaling, dict(zip(names, others, strict=True)))]


def _simple(value: float, near: float) -> Fraction:
    """The nearest simple fraction or decimal, where a number is one but for rounding."""
    size = max(abs(value), 1.0)
    for found in (Fraction(value).limit_denominator(_SIMPLE), Fraction(f"{value:.9g}")):
        if abs(float(found) - value) <= near * size:
            return found
    return Fraction(value)


def _told(match: _Match) -> Recognised:
    scaling = match.scaling
    return Recognised(
        match.entry.name,
        float(scaling.alpha),
        float(scaling.beta),
        float(scaling.gamma),
        float(scaling.delta),
        {name: float(value) for name, value in match.parameters.items()},
        match.difference,
    )
