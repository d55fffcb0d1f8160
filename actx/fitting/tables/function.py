"""A formula as tables see it: values in float64 on a finite domain."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import numpy as np

from actx.calculus.pieces import pieces
from actx.calculus.proven.enclose import exact_sign
from actx.calculus.values import evaluate
from actx.core.arrays import Array
from actx.core.domain import Domain
from actx.core.errors import FitError
from actx.fitting.tables.chain import Levelled, chain, placed
from actx.fitting.tables.reach import Samples
from actx.language.derivative import derivative
from actx.language.tree import Node, simplified

MOST_PIECES = 4096
_EACH, _FEWEST = 64, 2000  # samples of a piece, and of all, to begin with
_FINE = 4000
_LARGEST = 1e300  # of a value: differences and sums of some are to stay finite


class Function:
    """Values, breaks and samples. Raises AnalysisError where the formula has no pieces."""

    def __init__(self, tree: Node, domain: Domain) -> None:
        self.tree, self.domain = tree, domain
        self.lo, self.hi = (Fraction(repr(float(x))) for x in (domain.lo, domain.hi))
        self._pieces = pieces(tree, domain.lo, domain.hi)
        self.breaks = [float(x) for x in self._pieces.breakpoints]
        jump = next((x for x in self.breaks if self._jumps(x)), None)
        if jump is not None:
            raise FitError(f"The function jumps at {jump:.7g}, and a table has to be continuous.")

    def _jumps(self, x: float) -> bool:
        """Whether the values on both sides differ, as far as samples tell."""
        step = 1e-9 * max(1.0, abs(x))
        left, right = self(np.array([x - step, x + step]))
        return bool(abs(left - right) > 1e-6 * max(1.0, abs(left)))

    def continuous_at(self, x: Fraction) -> bool:
        """Whether it is proven that its pieces, if they are its pieces, make it continuous at x.

        A breakpoint that is no fraction is no float either, and lies at no such place.
        """
        for left, right in pairwise(self._pieces.pieces):
            if left.hi == x and isinstance(left.hi, int | Fraction):
                own = simplified("sub", self.tree, left.tree)
                jump = simplified("sub", right.tree, left.tree)
                return exact_sign(own, x) == 0 and exact_sign(jump, x) == 0
        return True

    def __call__(self, x: Array) -> Array:
        values = np.broadcast_to(np.asarray(evaluate(self.tree, x), dtype=float), x.shape)
        fits = np.abs(values) <= _LARGEST  # which NaN does not
        if not np.all(fits):
            bad = int(np.argmin(fits))
            finite = math.isfinite(values[bad])
            what = f"a value beyond {_LARGEST:g}" if finite else "no finite value"
            raise FitError(f"The function has {what} at {x[bad]:.7g}; a table needs one there.")
        return values

    def sampled(self, x: Array) -> Samples:
        """The values at places."""
        return Samples(x, self(x))

    @cached_property
    def _uniform(self) -> Array:
        return np.linspace(self.domain.lo, self.domain.hi, _FINE + 1)

    def places(self, count: int, degree: int) -> Array:
        """Where to look at first: evenly, and closer where the function bends."""
        total = max(_FEWEST, _EACH * count)
        grid = self._uniform
        bend = np.abs(np.diff(self(grid), degree + 1)) ** (1 / (degree + 1))
        density = np.convolve(
            np.pad(bend, (degree + 1, degree + 1), "edge"), np.ones(3) / 3, "same"
        )
        density = density[: grid.size]
        mean = float(density.mean()) or 1.0
        heights = density / mean + 0.25
        reach = np.concatenate([[0.0], np.cumsum((heights[1:] + heights[:-1]) / 2)])
        x = np.interp(np.linspace(0.0, reach[-1], total + 1), reach, grid)
        x[0], x[-1] = grid[0], grid[-1]
        return np.union1d(x, self.breaks)

    def levels(self, count: int, degree: int, joined: bool) -> Levelled | None:
        """So many pieces with the least error; None where it is nothing."""
        return placed(self.sampled, self.places(count, degree), degree, joined, count)

    def roughly(self, count: int, within: float) -> float:
        """About the least error of so many lines that meet."""
        found = placed(self.sampled, self.places(count, 1), 1, True, count, within)
        return 0.0 if found is None else found.enough.error

    def limit(self, degree: int) -> float:
        """What the least error times count^(degree + 1) tends to for many pieces.

        1/(2^(2d+1) (d+1)!) times (the integral of |f^(d+1)|^(1/(d+1)))^(d+1), computed: the best
        polynomial on a short piece is off by its Chebyshev term, and the best places give all
        pieces one error (de Boor, Good approximation by splines with variable knots, 1973).
        """
        power = degree + 1
        with np.errstate(all="ignore"):
            steep = np.abs(evaluate(derivative(self.tree, power), self._uniform)) ** (1 / power)
        known = np.where(np.isfinite(steep), steep, 0.0)
        step = (self.domain.hi - self.domain.lo) / _FINE
        area = float(np.sum(known[1:] + known[:-1])) * step / 2
        return area**power / (2.0 ** (2 * degree + 1) * math.factorial(power))

    def fewest(self, degree: int, joined: bool, error: float) -> int:
        """How many pieces an error needs. Raises FitError for too many."""
        count = 64
        while True:
            samples = self.sampled(self.places(count, degree))
            made = chain(samples, degree, joined, min(count, MOST_PIECES), error, None)
            if made.over <= 0:
                return min(count, len(made.links) + (made.over <= -error))
            if count >= MOST_PIECES:
                raise FitError(
                    f"More than {MOST_PIECES} pieces are needed for an error of {error:g}."
                )
            count *= 4
