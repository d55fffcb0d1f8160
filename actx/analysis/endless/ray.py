"""The values of a tree on a ray: enclosed by intervals over all of it, and reached at samples."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from actx.analysis.endless.periods import bounds_of_a_period
from actx.arithmetic.coefficients import SeriesError, sign_of
from actx.arithmetic.monomials import UNIT, Term, compare
from actx.arithmetic.series import Place
from actx.calculus.balls import value_in_balls
from actx.calculus.enclosure import enclosure
from actx.calculus.proven.series import proven_series
from actx.calculus.values import program
from actx.core.arrays import Array
from actx.core.domain import Domain, Interval
from actx.core.errors import AnalysisError
from actx.language.tree import ZERO, Node, simplified

_STEP, _STEPS = 0.05, 1200  # of boxes and samples next to the ray's end
_FARTHEST = 1e9  # of samples, in comparison with its distance from 0
_DOUBLINGS = 1020  # of boxes
_FAR_SAMPLES, _ZOOMS = 2000, 4
_GROWS = 1e3  # values this much larger far out grow without bound, as it seems
_SERIES_START = 8.0
_CLOSE = 1e-6  # ends of an enclosure that are nearer, relatively, tell the value


@dataclass(frozen=True)
class Reached:
    """A value that is reached at x; surely: no more than this in size, 0 where it is not known."""

    x: float
    value: float
    surely: float | None


@dataclass(frozen=True)
class Values:
    """The least and the largest value that samples reach, and an interval that holds all."""

    least: Reached
    largest: Reached
    hull: Interval

    def most(self, sign: int) -> tuple[float, Interval]:
        """The supremum (sign 1) or infimum (-1) as it is computed, and enclosed."""
        end = self.largest if sign > 0 else self.least
        limit = self.hull[1] if sign > 0 else self.hull[0]
        value = sign * math.inf if math.isinf(limit) and math.isinf(end.value) else end.value
        reached = -sign * math.inf if end.surely is None else end.surely
        return value, (reached, limit) if sign > 0 else (limit, reached)


def is_close(ends: Interval) -> bool:
    """Whether an enclosure tells a value, which may be infinite."""
    if ends[0] == ends[1]:
        return True
    return math.isfinite(ends[1] - ends[0]) and ends[1] - ends[0] <= _CLOSE * max(map(abs, ends))


def values_on(tree: Node, ray: Domain) -> Values:
    """The values of a tree on a ray. Raises AnalysisError where samples have none."""
    side = 1 if math.isinf(ray.hi) else -1
    start = side * (ray.lo if side > 0 else ray.hi)
    if bounds := bounds_of_a_period(tree, side * start, side):
        low, high = bounds
        least = Reached(low.at, -low.lo, -low.lo)
        return Values(least, Reached(high.at, high.lo, high.lo), (-low.hi, high.hi))
    with np.errstate(all="ignore"):
        hull = _hull(tree, start, side)
        x = side * _samples(start)
        y = _at(tree, x)
        known = np.isfinite(y)
        if not known.any():
            raise AnalysisError(f"The formula has no value for x from {ray.lo:g} to {ray.hi:g}.")
        x, y = x[known], y[known]
        ends = [_reached(tree, x, sign * y, sign, ray, hull) for sign in (-1, 1)]
        grows = 0 if math.isfinite(hull[0] + hull[1]) else _growth(tree, start, side)
    if grows:  # its values far out are above, or below, any number
        end = Reached(side * math.inf, grows * math.inf, grows * math.inf)
        ends[grows > 0] = end
    return Values(ends[0], ends[1], hull)


def _growth(tree: Node, start: float, side: int) -> int:
    """1 or -1 where a sum is proven to tend to infinity or minus infinity, else 0.

    Some of its terms have a series, whose leading one grows; the others stay bounded.
    """
    place, calm, rest = Place(None, side), ZERO, ZERO
    for term in _terms(tree):
        if _leading(term, place) is None:
            rest = simplified("add", rest, term)
        else:
            calm = simplified("add", calm, term)
    lead = _leading(calm, place)
    bounded = rest is ZERO or math.isfinite(sum(map(abs, _hull(rest, start, side))))
    if lead is None or not bounded or compare(lead[1], UNIT) <= 0:
        return 0
    return sign_of(lead[0])


def _terms(tree: Node) -> list[Node]:
    """What a tree is the sum of."""
    if tree.op == "add":
        return [term for a in tree.args for term in _terms(a)]
    if tree.op == "sub":
        return [*_terms(tree.args[0]), *_terms(simplified("neg", tree.args[1]))]
    if tree.op == "neg" and tree.args[0].op in ("add", "sub"):
        return [simplified("neg", term) for term in _terms(tree.args[0])]
    return [tree]


def _leading(tree: Node, place: Place) -> Term | None:
    """The leading term of a tree's proven series; None where there is none."""
    try:
        found = next(iter(proven_series(tree, place, _SERIES_START)), None)
    except (SeriesError, ZeroDivisionError):
        return None
    return found.terms[0] if found is not None and found.terms else None


def _hull(tree: Node, start: float, side: int) -> Interval:
    """An interval that holds all values from a distance in one direction on."""
    near = start + _STEP * np.arange(_STEPS + 1)
    far = max(abs(float(near[-1])), 1.0) * 2.0 ** np.arange(1, _DOUBLINGS)
    edges = np.concatenate([near, far[np.isfinite(far)], [math.inf]])
    lo, hi = (edges[:-1], edges[1:]) if side > 0 else (-edges[1:], -edges[:-1])
    least, most = (np.broadcast_to(end, lo.shape) for end in enclosure(tree)((lo, hi))[0])
    low, high = float(np.min(least)), float(np.max(most))
    return -math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high


def _samples(start: float) -> Array:
    """Distances along a ray, close to its end and far out."""
    far = max(abs(start), 1.0) * np.geomspace(1, _FARTHEST, _FAR_SAMPLES)
    # not evenly: what repeats itself is met at all its phases
    near = start + _STEP * _STEPS * np.linspace(0, 1, 2 * _STEPS) ** 1.1
    return np.union1d(near, start + far)


def _at(tree: Node, x: Array) -> Array:
    return np.broadcast_to(program(tree)(x)[0], x.shape)


def _reached(tree: Node, x: Array, y: Array, sign: int, ray: Domain, hull: Interval) -> Reached:
    """Where sign·f, sampled as y, is largest; in nested stretches about the best sample."""
    best = int(np.argmax(y))
    near = np.abs(x) <= np.abs(x).min() + _STEP * _STEPS
    far = float(y[~near].max(initial=-math.inf))
    if math.isinf(hull[sign > 0]) and far > _GROWS * max(1.0, float(y[near].max())):
        place = float(x[~near][np.argmax(y[~near])])
        return Reached(place, sign * math.inf, value_in_balls(tree, place))
    at, value = float(x[best]), float(y[best])
    lo, hi = float(x[max(best - 1, 0)]), float(x[min(best + 1, x.size - 1)])
    for _ in range(_ZOOMS):
        inner = np.clip(np.linspace(lo, hi, 101), ray.lo, ray.hi)
        found = np.nan_to_num(sign * _at(tree, inner), nan=-math.inf)
        k = int(np.argmax(found))
        if found[k] > value:
            at, value = float(inner[k]), float(found[k])
        lo, hi = float(inner[max(k - 1, 0)]), float(inner[min(k + 1, 100)])
    exact = value_in_balls(tree, at)
    if exact is None:
        return Reached(at, sign * value, None)
    return Reached(at, exact, math.nextafter(exact, -sign * math.inf) if exact else exact)
