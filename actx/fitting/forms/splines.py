"""Piecewise polynomials with given knots and smoothness whose largest error is the least.

API: `fit_spline(target, domain, degree, knots, smoothness=1, left=None, right=None, weight=None,
conditions=())` returns a `BestFit`; `place_knots` (same arguments) moves the knots first.

left and right are formulas that go on outside of the domain, as in hardware: `0 if x <= lo else
(p1 if x < k1 else (... else x))`; the pieces meet them with the same smoothness as each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from flint import ctx

from actx.arithmetic.systems import fraction
from actx.calculus.pieces import pieces
from actx.calculus.proven.enclose import ball_program, exact_ball
from actx.calculus.values import evaluate
from actx.core.arrays import Array
from actx.core.domain import Domain
from actx.core.errors import AnalysisError, FitError
from actx.fitting.forms.best import BestFit, Condition
from actx.fitting.forms.goal import Goal, exact, goal_of, sampled
from actx.fitting.forms.piecewise import fit_space
from actx.fitting.forms.space import Equation, Space, fulfilled, joined
from actx.fitting.horner import Part, rounded
from actx.fitting.linear.columns import Polynomials
from actx.fitting.linear.exchange import best_on_samples
from actx.fitting.linear.strips import spread, strips_of
from actx.language.derivative import derivative
from actx.language.tree import NUMBER, Node, X, as_fraction, node, number, replace

HIGHEST_DEGREE = 15
MOST_KNOTS = 40  # a formula holds no more branches within each other
_DIGITS, _BITS = 45, 320  # of a joint to a formula whose value there is no rational number
_COARSE = 21  # points of each stretch while knots are moved
_MOVES = 60  # evaluations to each knot that is moved
_PLACES = 1e-4  # knots that were moved are rounded to this part of the domain
_FAR, _SAMPLES = 50.0, 200  # how far out, and at how many points, the error outside is looked at
_CLOSEST = 0.02  # and are no nearer to each other


@dataclass(frozen=True)
class _Shape:
    """What is asked for: the pieces, how they join, and what they join to outside."""

    degree: int
    smoothness: tuple[int, ...]  # at each knot
    ends: int  # smoothness where the outside begins
    left: Node | None
    right: Node | None
    conditions: tuple[Condition, ...]

    def space(self, edges: Sequence[Fraction]) -> Space:
        """All functions of the shape between these edges. Raises FitError if there are none."""
        equations = [
            joined(i, edges[i + 1], order)
            for i, smooth in enumerate(self.smoothness)
            for order in range(smooth + 1)
        ]
        for outer, part, x, side in (
            (self.left, 0, edges[0], -1),
            (self.right, len(edges) - 2, edges[-1], 1),
        ):
            if outer is not None:
                equations += [_met(part, outer, x, order, side) for order in range(self.ends + 1)]
        for condition in self.conditions:
            equations += _conditions(condition, edges)
        return Space(edges, self.degree, equations)


def fit_spline(
    target: Node,
    domain: Domain,
    degree: int,
    knots: Sequence[float | Fraction],
    smoothness: int | Sequence[int] = 1,
    left: Node | None = None,
    right: Node | None = None,
    weight: Node | None = None,
    conditions: Sequence[Condition] = (),
) -> BestFit:
    """The piecewise polynomial s with the least max of weight·|s - target| on a finite domain.

    knots: where the pieces of the degree meet, inside the domain. smoothness: derivatives up to
    this order are continuous there (-1: not even the value), for all knots or for each; it holds at
    the ends of the domain as well (the largest one), where left and right go on. conditions: values
    and derivatives that s takes exactly. All of these hold exactly, as the coefficients are exact.

    Where the largest error leaves a piece free, its own largest error is made small. Raises
    FitError for knots outside, a smoothness that the degree does not allow, or conditions that
    contradict each other.
    """
    goal, shape, edges = _asked(
        target, domain, degree, knots, smoothness, left, right, weight, conditions
    )
    space = shape.space(edges)
    return fit_space(
        goal, space, _kind(shape, space.count),
        lambda parts: _formula(parts, edges, left, right), not (conditions or left or right),
    )  # fmt: skip


def _kind(shape: _Shape, count: int) -> str:
    if count == 1:
        return f"function of one polynomial piece of degree {shape.degree}"
    names = ["with jumps" if r < 0 else f"C{r}" for r in sorted(set(shape.smoothness))]
    return f"function of {count} pieces of degree {shape.degree} joined {' and '.join(names)}"


def _asked(
    target: Node, domain: Domain, degree: int, knots: Sequence[float | Fraction],
    smoothness: int | Sequence[int], left: Node | None, right: Node | None, weight: Node | None,
    conditions: Sequence[Condition],
) -> tuple[Goal, _Shape, tuple[Fraction, ...]]:  # fmt: skip
    """Goal, shape and the ends of the pieces, checked."""
    places = tuple(exact(k) for k in knots)
    smooth = (smoothness,) * len(places) if isinstance(smoothness, int) else tuple(smoothness)
    ends = smoothness if isinstance(smoothness, int) else max(smooth, default=0)
    if not 0 <= degree <= HIGHEST_DEGREE:
        raise FitError(f"The degree of the pieces is from 0 to {HIGHEST_DEGREE}, not {degree}.")
    if len(places) > MOST_KNOTS:
        raise FitError(f"There may be {MOST_KNOTS} knots at most, not {len(places)}.")
    if len(smooth) != len(places):
        raise FitError(f"{len(places)} knots need as many smoothnesses, not {len(smooth)}.")
    for order in smooth:
        if not -1 <= order < degree:
            raise FitError(
                f"Pieces of degree {degree} can be joined with a smoothness from -1 (jumps) to "
                f"{degree - 1}, not {order}."
                if degree
                else f"Constant pieces can only be joined with jumps (smoothness -1), not {order}."
            )
    if not all(a < b for a, b in pairwise(places)):
        raise FitError("The knots are not in rising order, or two are the same.")
    goal = goal_of(target, domain, weight)
    for x in (*places, *(c.x for c in conditions)):
        if not goal.lo <= x <= goal.hi or (x in (goal.lo, goal.hi) and x in places):
            what = "knot" if x in places else "condition"
            raise FitError(f"The {what} at {float(x):g} does not lie inside the domain {domain}.")
    shape = _Shape(degree, smooth, ends, left, right, tuple(conditions))
    return goal, shape, (goal.lo, *places, goal.hi)


def _met(part: int, outer: Node, x: Fraction, order: int, side: int) -> Equation:
    """The piece at an end of the domain has the outer formula's derivative there."""
    return fulfilled(part, Condition(x, order, _derivative_at(outer, x, order, side)))


def _derivative_at(tree: Node, x: Fraction, order: int, side: int) -> Fraction:
    """A derivative beside x, exact where it is a rational number, else to 45 places."""
    reach = float(x) + side * max(1.0, abs(float(x)))
    cut = pieces(tree, min(float(x), reach), max(float(x), reach))
    smooth = cut.pieces[-1 if side < 0 else 0].tree
    value = replace(derivative(smooth, order), X, number(x))
    if value.op == NUMBER:
        return as_fraction(value)
    with ctx.workprec(_BITS):
        ball = ball_program(value, precision=_BITS)(exact_ball(0))[0]
        if not ball.is_finite():
            raise FitError(
                f"The formula beside the domain has no derivative of order {order} at "
                f"{float(x):g}, so that nothing can be joined to it."
            )
        return rounded(fraction(ball), Fraction(1, 10**_DIGITS))


def _conditions(condition: Condition, edges: Sequence[Fraction]) -> list[Equation]:
    """A condition on the part at its place; at a knot on both."""
    parts = [i for i, (a, b) in enumerate(pairwise(edges)) if a <= condition.x <= b]
    return [fulfilled(part, condition) for part in parts]


def _formula(
    parts: Sequence[Part], edges: Sequence[Fraction], left: Node | None, right: Node | None
) -> Node:
    """`left if x <= lo else (p1 if x < k1 else (... else right))`."""
    tree = parts[-1].tree
    if right is not None:
        tree = node("where", node("lt", X, number(edges[-1])), tree, right)
    for part, limit in zip(parts[-2::-1], edges[-2:0:-1], strict=True):
        tree = node("where", node("lt", X, number(limit)), part.tree, tree)
    if left is not None:
        tree = node("where", node("le", X, number(edges[0])), left, tree)
    return tree


# --- knots that move ---


def place_knots(
    target: Node,
    domain: Domain,
    degree: int,
    knots: Sequence[float | Fraction],
    smoothness: int | Sequence[int] = 1,
    left: Node | None = None,
    right: Node | None = None,
    weight: Node | None = None,
    conditions: Sequence[Condition] = (),
    *,
    move_ends: bool = False,
) -> tuple[Domain, tuple[Fraction, ...]]:
    """Knots near the given ones with which the best error is smaller, and the domain.

    move_ends: the ends of the domain move as well, where left and right go on; the error outside
    counts then. A local search (Nelder and Mead), the same for the same input; the places are
    rounded to a ten thousandth of the domain. The best of all places is not claimed.
    """
    from scipy.optimize import minimize

    goal, shape, given = _asked(
        target, domain, degree, knots, smoothness, left, right, weight, conditions
    )
    edges = np.array([float(v) for v in given])
    moving = np.ones(edges.size, dtype=bool)
    moving[0], moving[-1] = move_ends and left is not None, move_ends and right is not None
    if not moving.any():
        return domain, given[1:-1]
    width = edges[-1] - edges[0]

    def placed(v: Array) -> list[Fraction]:
        moved = edges.copy()
        moved[moving] = v
        places = max(0, -math.floor(math.log10(_PLACES * width)))
        return [
            round(exact(float(x)), places) if m else exact(float(x))
            for x, m in zip(moved, moving, strict=True)
        ]

    def size(v: Array) -> float:
        return _level(goal, shape, placed(v), _CLOSEST * width)

    start = edges[moving]
    apart = width / (4 * edges.size)
    simplex = np.vstack([start, start + apart * np.eye(start.size)])
    found = minimize(
        size, start, method="Nelder-Mead",
        options={
            "initial_simplex": simplex, "maxfev": _MOVES * start.size, "xatol": _PLACES * width / 4,
            "fatol": 0.0,
        },
    )  # fmt: skip
    best = placed(found.x if found.fun <= size(start) else start)
    return Domain(float(best[0]), float(best[-1])), tuple(best[1:-1])


def _level(goal: Goal, shape: _Shape, edges: Sequence[Fraction], closest: float) -> float:
    """The best error with these edges, on a coarse grid, and that outside; infinite if none is."""
    if any(b - a < closest for a, b in pairwise(edges)):
        return math.inf
    domain = Domain(float(edges[0]), float(edges[-1]))
    try:
        moved = goal if domain == goal.domain else goal_of(goal.target, domain, goal.weight)
        outside = [
            _outside(goal.target, outer, float(edge), side)
            for outer, edge, side in ((shape.left, edges[0], -1), (shape.right, edges[-1], 1))
            if outer is not None and moved is not goal
        ]
        rows, residual = _samples_of(moved, shape.space(edges))
    except (FitError, AnalysisError):
        return math.inf
    found = best_on_samples(rows, residual, np.ones(residual.size, dtype=bool))
    return math.inf if found is None else max(found.level, *outside, 0.0)


def _samples_of(goal: Goal, space: Space) -> tuple[Array, Array]:
    """What the free coefficients do at points of all pieces, and what is to be approximated."""
    found = []
    for i, (lo, hi) in enumerate(pairwise(space.edges)):
        for strip in strips_of(goal.part(Polynomials([]), lo, hi)):
            x = np.array(spread(strip, _COARSE))
            rows, offset = space.rows(i, x)
            weight = sampled(strip.weight, x)
            found.append((rows * weight[:, None], (sampled(strip.goal, x) - offset) * weight))
    return np.concatenate([r for r, _ in found]), np.concatenate([f for _, f in found])


def _outside(target: Node, outer: Node, edge: float, side: int) -> float:
    """The largest error of the outer formula, as far as samples tell."""
    x = edge + side * np.append(0.0, np.geomspace(1e-3, _FAR, _SAMPLES))
    error = np.abs(evaluate(outer, x) - evaluate(target, x))
    return float(np.max(error, initial=0.0, where=np.isfinite(error)))
