"""Inputs as they really occur, each with how often it does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from actx.core.domain import Domain
from actx.core.inputs import DataError, inputs_of

if TYPE_CHECKING:
    from actx.core.arrays import Array

_GROUPS = 4096


@dataclass(frozen=True, eq=False)
class Samples:
    """Different inputs in rising order, each with its weight: how often it occurs.

    Whoever has them counted, in a histogram say, makes them by `Samples.counted(values, counts)`
    and gives them as `data` to `actx.fit`, or to a `Criterion` beside the norm `data`.
    """

    values: Array
    counts: Array

    @staticmethod
    def of(given: Any) -> Samples:
        """Samples as they are; an array or a file of inputs, each once. Raises DataError."""
        if isinstance(given, Samples):
            return given
        import numpy as np

        values, counts = np.unique(inputs_of(given), return_counts=True)
        return Samples(values, counts.astype(np.float64))

    @staticmethod
    def counted(values: Any, counts: Any) -> Samples:
        """Inputs with their weights, finite and none negative; equal inputs are put together.

        Raises DataError.
        """
        import numpy as np

        x, weights = inputs_of(values), inputs_of(counts)
        if x.size != weights.size:
            raise DataError(f"There are {x.size:,} inputs, but {weights.size:,} counts of them.")
        if not weights.min() >= 0 or not 0 < weights.sum() < np.inf:
            raise DataError("Counts of inputs are not below 0, not all 0, and of a finite sum.")
        found, places = np.unique(x, return_inverse=True)
        sums = np.bincount(places, weights).astype(np.float64)
        return Samples(found[sums > 0], sums[sums > 0])

    @property
    def count(self) -> float:
        """How many there are in all."""
        return float(self.counts.sum())

    @property
    def shares(self) -> Array:
        """The weights, so that their sum is 1."""
        shares: Array = self.counts / self.counts.sum()
        return shares

    def within(self, domain: Domain) -> Samples:
        """Those that lie in a domain. Raises DataError where there are none."""
        import numpy as np

        x = self.values
        inside = np.logical_or.reduce([(x >= part.lo) & (x <= part.hi) for part in domain.parts])
        if not inside.any():
            raise DataError(
                f"None of the {self.count:,.12g} inputs lies in the domain {domain}: they go from "
                f"{x[0]:g} to {x[-1]:g}."
            )
        return Samples(x[inside], self.counts[inside])

    @cached_property
    def rough(self) -> Samples:
        """Not too many that stand for all."""
        return self._grouped(_GROUPS)

    def few(self, groups: int) -> tuple[tuple[float, float], ...]:
        """So many groups that stand for all: values, two of a group, and their shares."""
        found = self._grouped(groups)
        return tuple(zip(found.values.tolist(), found.shares.tolist(), strict=True))

    def _grouped(self, groups: int) -> Samples:
        """Neighbours as two, with their mean and variance, where there are more than that."""
        import numpy as np

        if self.values.size <= 2 * groups:
            return self
        x, half = self.values, groups / 2
        along = np.linspace(0, half, x.size) + half * ((x - x[0]) / (x[-1] - x[0]))
        starts = np.flatnonzero(np.diff(np.floor(along), prepend=-1.0))  # neither many nor wide
        total = np.add.reduceat(self.counts, starts)
        mean = np.add.reduceat(self.counts * self.values, starts) / total
        sizes = np.diff(np.append(starts, self.values.size))
        away = self.values - np.repeat(mean, sizes)
        spread = np.sqrt(np.add.reduceat(self.counts * away * away, starts) / total)
        return Samples(
            np.column_stack([mean - spread, mean + spread]).ravel(), np.repeat(total / 2, 2)
        )
