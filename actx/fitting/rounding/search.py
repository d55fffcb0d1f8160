"""The best parameters among the representable ones: branch and bound over grids.

To round each parameter by itself is seldom best, since an error made in one can be made up for in
another. Here parameters are held at grid values one after another; the continuous optimum of the
rest bounds from below what any choice for the rest can reach (a relaxation, as in Land and Doig,
Econometrica 28, 1960), and where that bound is no better than what is known, nothing is looked at.

It rests on one assumption: along each parameter, the others free, the best error rises on both
sides of its minimum. This holds where the error norm is convex in the parameters, as for a template
that is linear in them, and near an optimum that is unique. So that one value at which a refit fails
or stops early ends nothing, a side is given up only after several values in a row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from actx.core.errors import FitError
from actx.fitting.rounding.grid import Grid

Held = Mapping[str, Fraction]
Refit = Callable[[Held], tuple[dict[str, float], float] | None]
Refits = Callable[[int, int], None]  # how many were made, and the most

LIMIT = 500  # refits
_BEYOND = 1  # values that are looked at after the first one that is no better
_WORTH = 1e-9  # an error smaller by less than this part of it is not worth a search


@dataclass(frozen=True)
class Rounded:
    """The best representable parameters that were found.

    parameters: exact. error: theirs. plain: each parameter rounded by itself, to the nearest; its
    error is infinite where that is not allowed. optimum_error: that of the continuous optimum.
    complete: whether nothing representable is better (by more than a part of 1e-9, and under the
    assumption above), and not only the best of `tries` refits.
    """

    parameters: dict[str, Fraction]
    error: float
    plain: dict[str, Fraction]
    plain_error: float
    optimum_error: float
    complete: bool
    tries: int

    @property
    def loss(self) -> float:
        """How much larger the error is than the continuous optimum's, as a part of that."""
        return _loss(self.error, self.optimum_error)

    @property
    def plain_loss(self) -> float:
        """The same when each parameter is rounded by itself."""
        return _loss(self.plain_error, self.optimum_error)


def _loss(error: float, optimum: float) -> float:
    if error <= optimum:
        return 0.0
    return error / optimum - 1 if optimum else math.inf


def best(
    names: Sequence[str],
    optimum: Mapping[str, float],
    level: float,
    refit: Refit,
    bounds: Mapping[str, tuple[float, float]],
    grid: Grid,
    limit: int = LIMIT,
    progress: Refits | None = None,
) -> Rounded:
    """Search the grid around a continuous optimum.

    names: the parameters to round. optimum, level: their continuous optimum and its error. refit:
    from values held to the best values of the other parameters and the error there, None where
    nothing is allowed with these; with all names held it gives their error. bounds: of parameters,
    by name; one without is free. limit: of refits. progress is told refits done and limit.

    Raises FitError where a parameter has no representable value within its bounds, or where none
    was found that is allowed.
    """
    search = _Search(names, refit, bounds, grid, limit, progress or (lambda done, total: None))
    plain = {name: search.first(name, optimum[name]) for name in names}
    plain_error, complete = math.inf, True
    try:
        plain_error = search.relaxed(plain)[1]
        search.by_coordinates()
        search.branch({}, search.by_sensitivity(optimum), optimum)
    except _OutOfRefits:
        complete = False
    if search.incumbent is None:
        raise FitError(
            f"No values of {', '.join(names)} that are {grid.words} and keep to what is required "
            f"were found in {search.tries} tries; a finer rounding or weaker requirements may have "
            "some."
        )
    parameters = {name: search.incumbent[name] for name in names}
    return Rounded(parameters, search.error, plain, plain_error, level, complete, search.tries)


class _OutOfRefits(Exception):
    """The limit of refits is reached."""


class _Search:
    """What is known so far: the refits made, and the best representable parameters (incumbent)."""

    def __init__(
        self,
        names: Sequence[str],
        refit: Refit,
        bounds: Mapping[str, tuple[float, float]],
        grid: Grid,
        limit: int,
        progress: Refits,
    ) -> None:
        self.names, self.refit, self.grid = names, refit, grid
        self.bounds = {name: bounds.get(name, (-math.inf, math.inf)) for name in names}
        self.limit, self.progress = limit, progress
        self.tries = 0
        self.incumbent: Held | None = None
        self.error = math.inf
        self._known: dict[frozenset[tuple[str, Fraction]], tuple[Mapping[str, float], float]] = {}

    def first(self, name: str, place: float) -> Fraction:
        """The grid's value nearest to a place that a parameter may have. Raises FitError."""
        lo, hi = self.bounds[name]
        nearest = self.grid.nearest(place)
        if lo <= float(nearest) <= hi:
            return nearest
        inside = next(self.grid.outward(place, lo, hi), None)
        if inside is None:
            raise FitError(
                f"{name} has no value between {lo:g} and {hi:g} that can be rounded to "
                f"{self.grid.words}."
            )
        return inside

    def relaxed(self, held: Held) -> tuple[Mapping[str, float], float]:
        """The optimum of what is not held and its error, which is infinite if nothing is allowed.

        Where all is held and better than the incumbent, it is the new one. Raises _OutOfRefits.
        """
        key = frozenset(held.items())
        if key not in self._known:
            if self.tries >= self.limit:
                raise _OutOfRefits
            self.tries += 1
            self.progress(self.tries, self.limit)
            found = self.refit(held)
            values, error = ({}, math.inf) if found is None else found
            self._known[key] = values, math.inf if math.isnan(error) else error
            if len(held) == len(self.names) and error < self.error:
                self.incumbent, self.error = dict(held), error
        return self._known[key]

    def by_coordinates(self) -> None:
        """Move one parameter of the incumbent at a time to the next value while that is better."""
        before: Held | None = None
        while self.incumbent is not None and self.incumbent is not before:
            before = self.incumbent
            for name in self.names:
                for value in self._neighbours(name, self.incumbent[name]):
                    self.relaxed({**self.incumbent, name: value})

    def by_sensitivity(self, optimum: Mapping[str, float]) -> list[str]:
        """The names, first those at whose values next to the optimum the error rises most.

        The earlier the bound rises, the less remains to be looked at.
        """
        if len(self.names) == 1:
            return list(self.names)

        def rise(name: str) -> float:
            near = islice(self.grid.outward(optimum[name], *self.bounds[name]), 2)
            return min(self.relaxed({name: value})[1] for value in near)

        return sorted(self.names, key=rise, reverse=True)

    def branch(self, held: Held, order: Sequence[str], optimum: Mapping[str, float]) -> None:
        """Look for better values with some parameters held, in turn for each one of `order`.

        optimum: the continuous optimum with these held.
        """
        name, *rest = order
        centre, limits = Fraction(optimum[name]), self.bounds[name]
        up, down = self.grid.upward(centre, *limits), self.grid.downward(centre, *limits)
        sides, misses = [up, (v for v in down if v != centre)], [0, 0]
        heads = [next(side, None) for side in sides]
        while True:
            distances = {
                abs(head - centre): i
                for i, head in enumerate(heads)
                if head is not None and misses[i] <= _BEYOND
            }
            if not distances:
                return
            i = distances[min(distances)]
            value, heads[i] = heads[i], next(sides[i], None)
            assert value is not None
            now, to_beat = {**held, name: value}, self.error * (1 - _WORTH)
            values, error = self.relaxed(now)
            misses[i] = 0 if error < to_beat else misses[i] + 1
            if rest and error < to_beat:
                self.branch(now, rest, values)

    def _neighbours(self, name: str, value: Fraction) -> list[Fraction]:
        limits = self.bounds[name]
        sides = self.grid.upward(value, *limits), self.grid.downward(value, *limits)
        return [v for side in sides for v in islice(side, 2) if v != value]
