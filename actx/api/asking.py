"""How questions are put: what a domain may be given as, and what is asked where nothing is said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from actx.core.domain import Domain, parse_domain
from actx.core.errors import UsageError

DomainLike = Domain | str | tuple[float, float] | Sequence[tuple[float, float]]
_LONGEST = 60  # characters of a number in a message
DEFAULT_TARGET = "mish"


def domain_of(given: DomainLike) -> Domain:
    """The domain that is meant. Raises DomainError."""
    if isinstance(given, Domain):
        return given
    return parse_domain(given) if isinstance(given, str) else Domain.of(given)


def exact(given: float | str, what: str) -> Fraction:
    """A number as it was written: 0.1 is a tenth. Raises UsageError."""
    text = (given if isinstance(given, str) else repr(float(given))).strip().replace("−", "-")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
        raise UsageError(f"{what} is a number such as 1.5; it cannot be {shown!r}.")
    return Fraction(text) if value else Fraction(0)  # 1e-999999999 would take all memory


def view_of(given: DomainLike | None) -> Domain | None:
    """The part of the x axis that is meant, None for none. Raises DomainError."""
    return None if given is None else domain_of(given).one_interval("A view")
