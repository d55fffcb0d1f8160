"""Domains: closed intervals of the extended real line, written LO:HI."""

from __future__ import annotations

import math
from dataclasses import dataclass

from actx.errors import DomainError


@dataclass(frozen=True)
class Domain:
    """A closed interval [lo, hi] with lo < hi; either end may be infinite."""

    lo: float = -math.inf
    hi: float = math.inf

    def __post_init__(self) -> None:
        if math.isnan(self.lo) or math.isnan(self.hi):
            raise DomainError("The ends of a domain are numbers or inf, not nan.")
        if not self.lo < self.hi:
            raise DomainError(
                f"The domain {self} is empty: its lower end must be below its upper end, "
                "as in -5:5 or 0:inf."
            )

    def __str__(self) -> str:
        return f"{self.lo:g}:{self.hi:g}"

    def __contains__(self, x: float) -> bool:
        return self.lo <= x <= self.hi

    @property
    def bounded(self) -> bool:
        """Whether both ends are finite."""
        return math.isfinite(self.lo) and math.isfinite(self.hi)


WHOLE_LINE = Domain()


def parse_domain(text: str) -> Domain:
    """Read `LO:HI`, e.g. `-5:5`, `0:inf`, `:3`; an end left out is infinite.

    Raises DomainError, which says what is wrong and what would be right.
    """
    lo, colon, hi = text.partition(":")
    if not colon or len(text) > 100:
        raise DomainError(
            f"The domain {text[:60]!r} is not of the form LO:HI, as in -5:5, 0:inf or -inf:inf."
        )
    return Domain(_end(lo, -math.inf, text), _end(hi, math.inf, text))


def _end(part: str, default: float, text: str) -> float:
    part = part.strip().replace("−", "-").replace("∞", "inf")
    if not part:
        return default
    try:
        value = float(part)
    except ValueError:
        raise DomainError(
            f"In the domain {text!r}, {part!r} is not a number; "
            "an end is a number, inf or -inf, as in -5:5 or 0:inf."
        ) from None
    if math.isinf(value) and "inf" not in part.lower():
        raise DomainError(f"In the domain {text!r}, {part!r} is too large for a float64 number.")
    return value
