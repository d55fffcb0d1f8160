"""How questions are put: what a domain may be given as, and what is asked where nothing is said."""

from __future__ import annotations

from collections.abc import Sequence

from actx.core.domain import Domain, parse_domain

DomainLike = Domain | str | tuple[float, float] | Sequence[tuple[float, float]]
DEFAULT_TARGET = "mish"


def domain_of(given: DomainLike) -> Domain:
    """The domain that is meant. Raises DomainError."""
    if isinstance(given, Domain):
        return given
    return parse_domain(given) if isinstance(given, str) else Domain.of(given)


def view_of(given: DomainLike | None) -> Domain | None:
    """The part of the x axis that is meant, None for none. Raises DomainError."""
    return None if given is None else domain_of(given).one_interval("A view")
