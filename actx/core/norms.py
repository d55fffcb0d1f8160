"""The norms in which an error is measured and made small, one row each.

A row has all that is said of a norm anywhere: how it is called and written, and what is integrated.
A further row with a normal density of another width is measured, enclosed, fitted and proven, as
those that are here. One norm is no integral: the mean over inputs that come with the question.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from actx.core.errors import UsageError

if TYPE_CHECKING:
    from actx.core.arrays import Array

PARTS = ("value", "slope", "both")  # the error, that of the derivative, both


@dataclass(frozen=True)
class Norm:
    """A norm of an error e: sup|e|, the root of the integral of a power of |e|, or of its mean.

    name: as it is asked for; in JSON an integral norm is `{name}_error`. head: above a column.
    formula, given: what it is, and under which condition, in signs. power: what |e| is raised to, 1
    or 2; None for the supremum. deviation: of the normal density that the square is multiplied
    with, None for no density.
    """

    name: str
    head: str
    formula: str
    power: int | None = None
    deviation: float | None = None
    given: str = ""
    sampled: bool = False

    def __post_init__(self) -> None:
        square = self.power == 2 and (self.deviation is None or self.deviation > 0)
        if not square and (self.power not in (None, 1) or self.deviation is not None):
            raise ValueError(
                f"The norm {self.name!r} is of no kind that can be integrated: |e|, its square, or "
                "the square times a normal density."
            )

    def __str__(self) -> str:
        return self.name

    @property
    def words(self) -> str:
        """What it is."""
        return ", ".join(filter(None, (self.formula, self.given)))

    @property
    def local(self) -> bool:
        """Whether what the error does far out leaves it finite."""
        return self.deviation is not None or self.sampled

    @property
    def error(self) -> str:
        """What an error in this norm is called."""
        return "largest error" if self.power is None else f"{self.head} error"

    def joined(self, sizes: Sequence[float]) -> float:
        """The size of all parts together out of those of each."""
        if self.power is None:
            return max(sizes)
        return math.fsum(sizes) if self.power == 1 else math.hypot(*sizes)

    def root(self, integral: float) -> float:
        """The norm out of its integral (or out of the supremum itself)."""
        return math.sqrt(integral) if self.power == 2 else integral

    def integrand(self, x: Array, e: Array) -> Array:
        """What is integrated, from errors at x; no square of the error alone is formed."""
        import numpy as np

        if self.power == 1:
            return np.abs(e)
        if self.deviation is None:
            return e * e
        return np.asarray((e * np.exp(x * x * (self.rate / 2))) ** 2 * self.peak)

    def density(self, x: Array) -> Array | float:
        """The density at x, 1 where there is none."""
        import numpy as np

        return 1.0 if self.deviation is None else np.exp(x * x * self.rate) * self.peak

    @cached_property
    def rate(self) -> float:
        """The density is peak·exp(rate·x²)."""
        return 0.0 if self.deviation is None else -0.5 / (self.deviation * self.deviation)

    @cached_property
    def peak(self) -> float:
        return 1.0 if self.deviation is None else 1 / (self.deviation * math.sqrt(2 * math.pi))


NORMS = {
    norm.name: norm
    for norm in (
        Norm("max", "max |e|", "sup|e|"),
        Norm("l2", "L2", "√∫e²dx", power=2),
        Norm("l1", "L1", "∫|e|dx", power=1),
        Norm("gauss", "Gauss", "√E e²", power=2, deviation=1.0, given="x from N(0,1)"),
        Norm("data", "data RMS", "√mean e²", power=2, given="x as in the data", sampled=True),
    )
}
MAX = NORMS["max"]


def norm_named(name: str, *, sampled: bool = True) -> Norm:
    """The norm of a name; sampled: whether there may be inputs. Raises UsageError."""
    known = NORMS if sampled else {norm.name: norm for norm in general_norms()}
    if name not in known:
        raise UsageError(f"The norm is one of {', '.join(known)}; it cannot be {name!r}.")
    return known[name]


def general_norms() -> tuple[Norm, ...]:
    """The norms of any error, whether there are inputs or not."""
    return tuple(norm for norm in NORMS.values() if not norm.sampled)


def integral_norms() -> tuple[Norm, ...]:
    """The norms that are integrals, always at once: ∫|e|, ∫e², then those with a density."""
    found = [norm for norm in general_norms() if norm.power is not None]
    return tuple(sorted(found, key=lambda norm: (norm.power or 0, norm.deviation is not None)))
