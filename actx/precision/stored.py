"""A table as a number type holds and computes it: knots, coefficients and each operation rounded.

Code and the model of its rounding errors take their numbers from here, so that they are the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property

import numpy as np

from actx.arithmetic.tables import Table
from actx.precision.number_types import Doubles, Floats, NumberType


class Stored:
    """The arrays of a table in a number type, as float64 numbers that are numbers of the type.

    knots: for each knot the first number of the type that is not below it, so that numbers of the
    type compare with it as with the knot itself. coefficients: a line for each power and a column
    for each row, about the stored knot that the row begins at (for the first row the first one).
    """

    def __init__(self, table: Table, kept: NumberType) -> None:
        self.table, self.kept = table, kept
        self.knots: Doubles = np.array([_not_below(knot, kept) for knot in table.knots])
        self.coefficients: Doubles = np.zeros((table.degree + 1, len(table.rows)))
        for i, row in enumerate(table.rows):
            about = table.about(i, Fraction(self.origins[i])) if self.fits and len(row) > 1 else row
            self.coefficients[: len(row), i] = [_rounded(c, kept) for c in about]

    @cached_property
    def origins(self) -> list[float]:
        """For each row the stored knot that it is about."""
        knots: list[float] = self.knots.tolist()
        return [knots[0], *knots]

    @property
    def fits(self) -> bool:
        """Whether the type has numbers as large as all knots."""
        return bool(np.isfinite(self.knots).all())

    @property
    def lowest(self) -> float | None:
        """Where the argument is held from below: the first knot, before which it is constant."""
        return float(self.knots[0]) if len(self.table.rows[0]) == 1 else None

    @property
    def highest(self) -> float | None:
        """The same from above."""
        return float(self.knots[-1]) if len(self.table.rows[-1]) == 1 else None

    @cached_property
    def spacing(self) -> float | None:
        """The distance of all knots where these are multiples of it, and it is a power of two.

        Then a number divided by it and rounded down tells its row exactly. None where it does not.
        """
        return self._exactly(self.table.spacing)

    @cached_property
    def step(self) -> float | None:
        """The same for a distance of which all knots are multiples: its rows are `places`."""
        grid = self.table.grid
        return None if grid is None else self._exactly(grid[0])

    @property
    def places(self) -> tuple[int, ...]:
        """The rows of the multiples of `step`, from the first knot on."""
        grid = self.table.grid
        assert grid is not None
        return grid[1]

    def _exactly(self, step: Fraction | None) -> float | None:
        """A distance as it is, where dividing by it and rounding down is exact in the type."""
        exact = self.table.knots
        if step is None:
            return None
        if not self.kept.emin < math.frexp(step)[1] < self.kept.emax:
            return None
        most = max(abs(exact[0] / step), abs(exact[-1] / step + 1))
        small = most < 2 ** min(self.kept.precision - 1, 30)  # an int
        return float(step) if small else None

    def __call__(self, u: Doubles) -> Floats:
        """The values at numbers of the type, in the type."""

        def rounded(values: Doubles) -> Doubles:
            return np.asarray(self.kept.round(values), dtype=np.float64)

        u = np.asarray(u, dtype=np.float64)
        row = np.searchsorted(self.knots, u, side="right")
        if self.lowest is not None:
            u = np.maximum(u, self.lowest)
        if self.highest is not None:
            u = np.minimum(u, self.highest)
        t = rounded(u - np.array(self.origins)[row])
        total = self.coefficients[-1][row]
        if self.table.degree == 0:
            total = total + 0 * t  # NaN for NaN
        for line in self.coefficients[-2::-1]:
            total = rounded(rounded(total * t) + line[row])
        return self.kept.round(total)


def _not_below(value: Fraction, kept: NumberType) -> float:
    """The first number of the type that is not below a fraction."""
    return next(number for number in _near(value, kept) if number >= value)


def _near(value: Fraction, kept: NumberType) -> Iterator[float]:
    """Numbers of a type, rising, from at most the last one below a fraction on."""
    nearest = _rounded(value, kept)
    yield nearest
    if math.isfinite(nearest):
        size = abs(nearest)
        unit = float(kept.ulp(np.array(size)))
        for part in (0.375, 0.75):  # below a power of two numbers are twice as dense
            yield float(kept.round(nearest + part * unit))
    yield math.inf


def _rounded(value: Fraction, kept: NumberType) -> float:
    """A fraction rounded to float64, and then to the type."""
    try:
        return float(kept.round(float(value)))
    except OverflowError:
        return math.inf if value > 0 else -math.inf
