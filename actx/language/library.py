"""What the formula language asks of a registry: named formulas, called like functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from actx.language.tree import Node


@dataclass(frozen=True)
class Definition:
    """A named formula of x.

    tree holds parameter nodes for its parameters; defaults gives their values, in the order in
    which a call takes them after x.
    """

    name: str
    tree: Node
    defaults: Mapping[str, float]


class Library(Protocol):
    """A source of named formulas."""

    def lookup(self, name: str) -> Definition | None:
        """The formula of that name or alias (lower case, `_` for `-`), or None."""

    def names(self) -> Iterable[str]:
        """All names and aliases, for suggestions."""


class EmptyLibrary:
    """A library without formulas: the language alone."""

    def lookup(self, name: str) -> Definition | None:
        return None

    def names(self) -> Iterable[str]:
        return ()


def normalise(name: str) -> str:
    """The form under which names are looked up: lower case, `_` for `-`."""
    return name.strip().lower().replace("-", "_")
