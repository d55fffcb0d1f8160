"""What a registry is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """The default value of a parameter, and the bounds that a fit keeps to."""

    default: float
    lower: float = -math.inf
    upper: float = math.inf


@dataclass(frozen=True)
class Entry:
    """A formula with a name.

    parameters: in the order in which a call takes them after x. source: a paper, a library or a
    discussion. family: entries of one family share a hue in pictures. file: where the entry
    stands, as a message names it.
    """

    name: str
    aliases: tuple[str, ...]
    formula: str
    parameters: Mapping[str, Parameter]
    source: str
    family: str
    file: str

    def tells(self, word: str) -> bool:
        """Whether a word stands in anything that is known of it, in capitals or small letters."""
        known = (self.name, *self.aliases, self.formula, self.source, self.family)
        return any(word.lower() in text.lower() for text in known)

    @property
    def where(self) -> str:
        """The beginning of a message about this entry."""
        return f"{self.file}, entry {self.name!r}"
