"""Requirements as an optimiser sees them: equations and inequalities in the free parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from actx.calculus.values import program
from actx.core.arrays import Array
from actx.core.domain import Domain
from actx.core.errors import FitError
from actx.fitting.problem.panels import inside, neighbours
from actx.fitting.problem.peaks import Peaks
from actx.fitting.problem.requirements import Requirement, difference, extreme_gap, extreme_slope
from actx.fitting.problem.residual import Residual
from actx.language.derivative import by_parameter, derivative
from actx.language.tree import ZERO, Node, X, parameters, walk

TOLERANCE = 1e-10  # an equation this far from holding, relative to its terms, holds
_RANK = 1e-9  # singular values below, relatively, are 0
_NEAR = 0.05  # an inequality's local extrema this near to its bound are followed
_FEW = 40
_ROUNDS = 40
_STEP = 1e-6  # of central differences, relative
_COLLOCATION = 24  # points of an equation for all x; far ones are added for an infinite end
_FAR = (30.0, 100.0, 1000.0)


@dataclass(frozen=True)
class Rows:
    """Equations and inequalities near a point: values are to be 0, or at most 0; slopes by the
    parameters, shape (rows, parameters)."""

    equal: Array
    equal_slopes: Array
    below: Array
    below_slopes: Array


class Condition:
    """One requirement in numbers."""

    def __init__(self, requirement: Requirement, problem: Residual) -> None:
        self.requirement, self.problem = requirement, problem

    def equations(self, p: Array) -> Array:
        """What is to be 0."""
        return np.empty(0)

    def inequalities(self, p: Array) -> tuple[Array, Array]:
        """What is to be at most 0, and its slopes."""
        return np.empty(0), np.empty((0, p.size))


class _AtPoint(Condition):
    """A comparison of numbers that depend on the parameters alone."""

    def __init__(self, requirement: Requirement, problem: Residual) -> None:
        super().__init__(requirement, problem)
        tree, names = difference(requirement), problem.names
        self._value = program(tree, parameters=names)
        self._slopes = program(*[by_parameter(tree, n) for n in names], parameters=names)

    def _at(self, p: Array) -> tuple[Array, Array]:
        with np.errstate(all="ignore"):
            value, slopes = (
                np.array(f(np.float64(0), *p), dtype=float) for f in (self._value, self._slopes)
            )
        return value.reshape(1), slopes.reshape(1, p.size)

    def equations(self, p: Array) -> Array:
        return self._at(p)[0] if self.requirement.op == "=" else super().equations(p)

    def inequalities(self, p: Array) -> tuple[Array, Array]:
        return self._at(p) if self.requirement.op == "<=" else super().inequalities(p)


class _Everywhere(Condition):
    """A difference that is to be at most 0, or 0, at every x of a domain."""

    def __init__(
        self, requirement: Requirement, problem: Residual, tree: Node | None = None
    ) -> None:
        domain = _common(requirement.domain, problem.domain, requirement)
        tree = difference(requirement) if tree is None else tree
        super().__init__(requirement, Residual(tree, ZERO, domain, problem.bounds))
        self._points = _collocation(domain)
        self._scale = self._sizes(requirement)

    def _sizes(self, requirement: Requirement) -> Array:
        """The size of what is asked for at the points, where it has one and is no parameter's."""
        right = requirement.right
        if right is None or parameters(right):
            return np.ones_like(self._points)
        with np.errstate(all="ignore"):
            size = np.abs(np.broadcast_to(program(right)(self._points)[0], self._points.shape))
        return np.where(np.isfinite(size) & (size > 0), size, 1.0)

    def equations(self, p: Array) -> Array:
        if self.requirement.op != "=":
            return super().equations(p)
        return np.nan_to_num(self.problem.error(self._points, p) / self._scale, nan=1e3)

    def inequalities(self, p: Array) -> tuple[Array, Array]:
        x, values = tops(self.problem, p) if self.requirement.op != "=" else (p[:0], p[:0])
        return (values, self.problem.slopes(x, p).T) if x.size else super().inequalities(p)


class _Least(_Everywhere):
    """The least (or largest) value of the template, given."""

    def __init__(self, requirement: Requirement, problem: Residual) -> None:
        super().__init__(requirement, problem, extreme_gap(requirement, problem.template))

    def equations(self, p: Array) -> Array:
        _, values = tops(self.problem, p, near=math.inf)
        return values[:1]  # the highest


class _LeastAt(_Least):
    """The place of the least (or largest) value: the slope is 0 there, and nothing lies below."""

    def __init__(self, requirement: Requirement, problem: Residual) -> None:
        super().__init__(requirement, problem)
        slope = extreme_slope(requirement, problem.template)
        self._flat = _AtPoint(Requirement("", "=", slope, ZERO), problem)

    def equations(self, p: Array) -> Array:
        return self._flat.equations(p)


class _Smooth(Condition):
    """No jump of the template's derivatives, up to an order, at its breakpoints in the domain."""

    def __init__(self, requirement: Requirement, problem: Residual) -> None:
        super().__init__(requirement, problem)
        orders = range((requirement.order or 0) + 1)
        trees = [derivative(problem.template, k) if k else problem.template for k in orders]
        self._derivatives = program(*trees, parameters=problem.names)

    def equations(self, p: Array) -> Array:
        x = self.problem.switches(p)
        x = np.where(inside(x, self.problem.base, self.problem.domain), x, np.nan)
        beside = 4 * np.spacing(np.maximum(np.abs(x), 1e-300))
        with np.errstate(all="ignore"):
            right, left = (self._derivatives(x + side * beside, *p) for side in (1, -1))
        jumps = [np.broadcast_to(r - q, x.shape) for r, q in zip(right, left, strict=True)]
        return np.asarray(np.nan_to_num(np.concatenate(jumps), nan=0.0))


def _common(wanted: Domain, given: Domain, requirement: Requirement) -> Domain:
    common = [(part.lo, part.hi) for part in given.within(wanted)]
    if not common:
        raise FitError(
            f"The requirement {requirement.text!r} speaks of {wanted}, outside the domain {given} "
            "of the fit."
        )
    return Domain.of(common)


def _collocation(domain: Domain) -> Array:
    """Points spread over a domain, denser towards its ends, where a steep turn may hide."""
    return np.concatenate([_spread(interval) for interval in domain.parts])


def _spread(domain: Domain) -> Array:
    """Points spread over an interval."""
    lo = domain.lo if math.isfinite(domain.lo) else min(domain.hi, 0.0) - 8.0
    hi = domain.hi if math.isfinite(domain.hi) else max(domain.lo, 0.0) + 8.0
    waves = np.cos(np.pi * (np.arange(_COLLOCATION) + 0.5) / _COLLOCATION)
    x = (lo + hi) / 2 + (hi - lo) / 2 * waves
    far = np.array(_FAR)
    left = lo - far if math.isinf(domain.lo) else far[:0]
    right = hi + far if math.isinf(domain.hi) else far[:0]
    near = (hi - lo) * np.geomspace(1e-9, 1e-2, 8)
    inner = np.concatenate([x, lo + near, hi - near])
    return np.unique(np.concatenate([left, inner, right]))


def tops(problem: Residual, p: Array, near: float = _NEAR) -> tuple[Array, Array]:
    """The local maxima of a (signed) error that lie above -near, highest first: places, values."""
    peaks = Peaks(problem, p)
    sites = problem.sites(peaks.edges, p)
    e = np.nan_to_num(problem.error(sites, p), nan=1e3)
    previous, following = neighbours(sites, problem.domain)
    own = np.arange(sites.size)
    before = np.where(previous == own, -math.inf, e[previous])
    after = np.where(following == own, -math.inf, e[following])
    top = (e >= before) & (e > after)
    reach = near * max(1.0, float(np.max(np.abs(e), initial=0.0))) if near < math.inf else near
    where = np.flatnonzero(top & (e > -reach))
    where = where[np.argsort(-e[where], kind="stable")][:_FEW]
    if not where.size:
        return np.empty(0), np.empty(0)
    lo, hi = sites[previous[where]], sites[following[where]]
    x, values = peaks.refined(p, 0, sites[where], lo, hi, np.ones(where.size))
    order = np.argsort(-values, kind="stable")
    return x[order], values[order]


def condition(requirement: Requirement, problem: Residual) -> Condition:
    """A requirement in numbers."""
    if requirement.order is not None:
        return _Smooth(requirement, problem)
    if requirement.extreme:
        return (_LeastAt if requirement.what == "at" else _Least)(requirement, problem)
    if X in set(walk(difference(requirement))):
        return _Everywhere(requirement, problem)
    return _AtPoint(requirement, problem)


class Conditions:
    """All requirements on a problem's free parameters."""

    def __init__(self, problem: Residual, requirements: Sequence[Requirement]) -> None:
        self.problem = problem
        self.each = [condition(requirement, problem) for requirement in requirements]

    def rows(self, p: Array) -> Rows:
        """The equations, as few as tell the same, and the inequalities near a point."""
        return Rows(*self._equations(p), *self._inequalities(p))

    def _equations(self, p: Array) -> tuple[Array, Array]:
        return compressed(self.equation_values(p), self.equation_slopes(p))

    def _inequalities(self, p: Array) -> tuple[Array, Array]:
        pairs = [c.inequalities(p) for c in self.each]
        return np.concatenate([v for v, _ in pairs]), np.concatenate([rows for _, rows in pairs])

    def equation_values(self, p: Array) -> Array:
        """What is to be 0, of all requirements."""
        return np.concatenate([np.empty(0), *(c.equations(p) for c in self.each)])

    def equation_slopes(self, p: Array) -> Array:
        """Their derivatives by the parameters, shape (equations, parameters)."""
        return _slopes(self.equation_values, p, self.problem)

    def violation(self, p: Array) -> float:
        """By how much the worst requirement fails, 0 where all hold."""
        worst = [float(np.max(np.abs(self.equation_values(p)), initial=0.0))]
        worst += [float(np.max(c.inequalities(p)[0], initial=0.0)) for c in self.each]
        value = max(worst)
        return value if math.isfinite(value) else math.inf

    def hold(self, p: Array) -> bool:
        """Whether all requirements hold, but for rounding."""
        return self.violation(p) <= TOLERANCE

    def restored(self, start: Array) -> Array | None:
        """The nearest point at which the requirements hold, by Newton steps of least length.

        Equations first: near where they hold, an inequality that says the same in part (no value
        lies below that at a point where the slope is 0) holds as well. Then both, inequalities
        while they fail. None where that does not lead to a point.
        """
        p = np.clip(start, self.problem.floor, self.problem.ceiling)
        p = self._towards(p, self._unsolved, equations_only=True)
        p = self._towards(p, self.violation, equations_only=False)
        return p if self.hold(p) else None

    def _unsolved(self, p: Array) -> float:
        """By how much the worst equation fails."""
        worst = float(np.max(np.abs(self.equation_values(p)), initial=0.0))
        return worst if math.isfinite(worst) else math.inf

    def _towards(self, p: Array, merit: Callable[[Array], float], *, equations_only: bool) -> Array:
        """Newton steps while they bring the merit nearer to 0."""
        left = merit(p)
        for _ in range(_ROUNDS):
            if left <= TOLERANCE * 1e-3:
                break
            step = self._newton(p, equations_only=equations_only)
            for part in (1.0, 0.5, 0.2, 0.05, 0.01):
                moved = np.clip(p + part * step, self.problem.floor, self.problem.ceiling)
                after = merit(moved)
                if after < left * (1 - 0.05 * part):
                    break
            else:
                break
            p, left = moved, after
        return p

    def as_constraints(self, near: Array, values: Callable[[Array], Array]) -> list[dict[str, Any]]:
        """The requirements as scipy's SLSQP takes them.

        near: where equations that follow from others are told. values: the parameters out of the
        optimiser's variables.
        """
        equal, slopes = self.equation_values(near), self.equation_slopes(near)
        basis = _basis(equal, slopes)
        found: list[dict[str, Any]] = []
        if len(basis):
            found.append({"type": "eq", "fun": lambda z: basis @ self.equation_values(values(z))})
        count = sum(len(c.inequalities(near)[0]) for c in self.each)
        if count:
            found.append({"type": "ineq", "fun": lambda z: -self._worst(values(z))})
        return found

    def _worst(self, p: Array) -> Array:
        """The largest value of each requirement that is an inequality."""
        each = [c.inequalities(p)[0] for c in self.each]
        return np.array([np.max(values) if values.size else -1.0 for values in each])

    def _newton(self, p: Array, *, equations_only: bool) -> Array:
        values, slopes = self._equations(p)
        if not equations_only:
            below, below_slopes = self._inequalities(p)
            failing = below > 0
            slopes = np.concatenate([slopes, below_slopes[failing]])
            values = np.concatenate([values, below[failing]])
        scale = np.maximum(np.abs(p), 0.1)
        if not values.size or not np.all(np.isfinite(slopes)) or not np.all(np.isfinite(values)):
            return np.zeros_like(p)
        step = np.linalg.lstsq(slopes * scale, -values, rcond=_RANK)[0] * scale
        longest = float(np.max(np.abs(step) / scale))
        return np.asarray(step / max(1.0, longest))


def _slopes(values: Callable[[Array], Array], p: Array, problem: Residual) -> Array:
    """The derivatives by the parameters, shape (values, parameters), by central differences."""
    here, columns = values(p), []
    for i, h in enumerate(_STEP * np.maximum(np.abs(p), 0.1)):
        after, before = p.copy(), p.copy()
        after[i], before[i] = min(p[i] + h, problem.upper[i]), max(p[i] - h, problem.lower[i])
        above, under = values(after), values(before)
        same = above.shape == under.shape == here.shape  # a breakpoint may come or go
        columns.append((above - under) / (after[i] - before[i]) if same else 0 * here)
    return np.array(columns).reshape(p.size, -1).T


def _basis(values: Array, slopes: Array) -> Array:
    """Combinations of equations that tell all that they tell, to first order: a row each."""
    if not values.size or not np.all(np.isfinite(slopes)):
        return np.eye(values.size)
    u, sizes, _ = np.linalg.svd(slopes, full_matrices=False)
    return np.asarray(u.T[sizes > _RANK * max(float(sizes.max(initial=0.0)), 1e-3)])


def compressed(values: Array, slopes: Array) -> tuple[Array, Array]:
    """Equations without those that follow from others, to first order."""
    basis = _basis(values, slopes)
    return basis @ values, basis @ slopes


def describe_failure(
    problem: Residual, requirements: Sequence[Requirement], starts: Sequence[Array]
) -> str:
    """Why requirements cannot be met: the first that fails alone, or that they clash."""
    if len(requirements) == 1:
        return (
            f"The requirement {requirements[0].text!r} was met by none of the values that the "
            "search tried."
        )
    for requirement in requirements:
        alone = Conditions(problem, [requirement])
        if not any(alone.restored(start) is not None for start in starts):
            return (
                f"The requirement {requirement.text!r} cannot be met by any values that were tried."
            )
    listed = ", ".join(repr(r.text) for r in requirements)
    return (
        f"The requirements {listed} can be met one by one, but no values were found that meet all."
    )
