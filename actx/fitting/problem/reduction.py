"""A problem in those parameters that are really free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from actx.calculus.enclosure import enclosure
from actx.calculus.proven.identity import proven_equal
from actx.calculus.values import program
from actx.core.arrays import Array
from actx.fitting.problem.conditions import Conditions
from actx.fitting.problem.problem import Problem
from actx.fitting.problem.requirements import Requirement, bound
from actx.fitting.problem.residual import Limit
from actx.fitting.problem.switches import switches
from actx.language.derivative import by_parameter
from actx.language.tree import (
    NUMBER,
    ZERO,
    Node,
    as_fraction,
    node,
    number,
    parameter,
    parameters,
    simplified,
    substitute,
)


class Reduction:
    """A problem with the parameters taken out that follow from others, and those without effect.

    whole: all parameters. pinned: those that follow, by index, each a number or a formula of the
    others. idle: the names of those on which nothing depends; they keep the value of the first
    start. inner: the problem that is left. requirements: what is required of it.
    """

    def __init__(self, whole: Problem, pinned: Mapping[int, Node], starts: Sequence[Array]) -> None:
        self.whole = whole
        self.starts = tuple(starts)
        self.pinned = dict(pinned)
        following = {whole.names[i]: tree for i, tree in pinned.items()}
        left = [name for name in whole.names if name not in following]
        tied = _without(whole, following, left)
        self.idle = tuple(name for name in left if _idle(tied, name))
        kept = {name: number(float(starts[0][whole.names.index(name)])) for name in self.idle}
        values = {parameter(name): tree for name, tree in kept.items()}
        following = {n: substitute(tree, values, simplified) for n, tree in following.items()}
        self.free = tuple(name for name in left if name not in self.idle)
        self.inner = _without(whole, following | kept, self.free)
        self.trees = [following.get(n) or kept.get(n) or parameter(n) for n in whole.names]
        self._all = program(*self.trees, parameters=self.free)
        self.requirements: tuple[Requirement, ...] = ()

    def require(self, requirements: Sequence[Requirement]) -> None:
        """Lay requirements on all parameters on those that are left."""
        values = dict(zip(map(parameter, self.whole.names), self.trees, strict=True))
        self.requirements = tuple(bound(requirement, values) for requirement in requirements)
        if requirements:
            self.inner.conditions = Conditions(self.inner, self.requirements)

    def holding(self, held: Mapping[str, Fraction]) -> Problem:
        """The inner problem with values for some of its parameters."""
        values = {name: number(value) for name, value in held.items()}
        left = [name for name in self.inner.names if name not in held]
        rest = _without(self.inner, values, left)
        if self.requirements:
            leaves = {parameter(name): value for name, value in values.items()}
            kept = [bound(requirement, leaves) for requirement in self.requirements]
            rest.conditions = Conditions(rest, kept)
        return rest

    def full(self, q: Array) -> Array:
        """All parameters from the free ones."""
        with np.errstate(all="ignore"):
            values = self._all(np.float64(0), *q)
        return np.array([float(v) for v in values])

    def template(self, q: Sequence[float | Fraction] | Array) -> Node:
        """The template with all values put in, those that follow as formulas of the others.

        A value that follows is no float64 number in general, and with the nearest one to it the
        tails would not match.
        """
        exact = [v if isinstance(v, Fraction) else float(v) for v in q]
        values = {parameter(n): number(v) for n, v in zip(self.free, exact, strict=True)}
        trees = [substitute(tree, values) for tree in self.trees]
        names = [parameter(n) for n in self.whole.names]
        return substitute(self.whole.template, dict(zip(names, trees, strict=True)), _tidy)

    def part(self, p: Array) -> Array:
        """The free parameters out of all."""
        return p[[self.whole.names.index(name) for name in self.free]]


def _tidy(op: str, *args: Node) -> Node:
    """An operation as one would write it: no factor 1, no summand 0, no negative number added.

    Other numbers stay as they are, which `simplified` would multiply out to all their digits.
    """
    shorter = simplified(op, *args)
    if shorter is not ZERO and any(shorter is a for a in args):  # a neutral element is dropped
        return shorter
    last = args[-1]
    if op in ("add", "sub") and last.op == NUMBER and as_fraction(last) < 0:
        return node("sub" if op == "add" else "add", args[0], number(-as_fraction(last)))
    return node(op, *args)


def _without(whole: Problem, given: Mapping[str, Node], left: Sequence[str]) -> Problem:
    """The problem with values or formulas for some parameters, whose bounds are kept."""
    if not given:
        return whole
    values = {parameter(name): tree for name, tree in given.items()}
    template = substitute(whole.template, values, simplified)
    bounds = {name: whole.bounds[name] for name in left}
    limits = [Limit(tree, *whole.bounds[name]) for name, tree in given.items() if tree.args]
    return Problem(template, whole.target, whole.domain, bounds, limits, whole.criterion)


def _idle(problem: Problem, name: str) -> bool:
    """Whether the error is proven to be the same whatever the value of one parameter.

    Its slope by the parameter is 0 on the whole domain for all values, and nothing switches by it.
    """
    slopes = [by_parameter(f, name) for f, _ in problem.pairs]
    steps = [s for f, _ in problem.pairs for s in switches(f) if name in parameters(s)]
    if not steps and all(proven_equal(slope, ZERO) for slope in slopes):
        return True
    edges = [np.union1d(problem.base, [d.lo, d.hi]) for d in problem.domain.parts]
    panels = np.concatenate([e[:-1] for e in edges]), np.concatenate([e[1:] for e in edges])
    ranges = zip(problem.lower, problem.upper, strict=True)
    with np.errstate(all="ignore"):
        found = enclosure(*slopes, *steps, parameters=problem.names)(panels, *ranges)
    fixed = all(np.all(lo == hi) for lo, hi in found)
    return fixed and all(np.all(lo == 0) for lo, _ in found[: len(slopes)])
