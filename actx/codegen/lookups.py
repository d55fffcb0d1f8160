"""The tables in code: what a table is called, and its arrays in the number types that compute.

A language writes the arrays and a function that looks one up, before the functions that call it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from actx.arithmetic.tables import Table
from actx.codegen.arithmetic import TYPES
from actx.codegen.text import Notation
from actx.core.errors import UsageError
from actx.language.operations import LOOKUP
from actx.language.tree import Node, as_table, walk
from actx.precision.stored import Stored

_WIDTH = 92  # characters of a line of numbers
REMARK = "At a knot of a table the row that begins there holds, for the derivative as well."


@dataclass(frozen=True)
class Lookup:
    """One table of some code.

    name: of the function that looks it up. knots: the name of the array of its knots, which a table
    with the same ones has as well; own: whether it is the one that declares them.
    """

    table: Table
    name: str
    knots: str
    own: bool

    @property
    def rows(self) -> str:
        """The name of the array of its coefficients."""
        return f"{self.name}_rows"

    def stored(self, type_name: str) -> Stored:
        """The table in a number type. Raises UsageError where that has no numbers as large."""
        return stored_in(self.table, type_name)


def stored_in(table: Table, type_name: str) -> Stored:
    """A table in a number type. Raises UsageError where that has no numbers as large."""
    stored = Stored(table, TYPES[type_name])
    if not (stored.fits and np.isfinite(stored.coefficients).all()):
        raise UsageError(
            f"The table has numbers that {type_name} cannot hold: its largest one is "
            f"{stored.kept.largest:.4g}."
        )
    return stored


def has_table(tree: Node) -> bool:
    """Whether a formula looks something up in a table."""
    return any(part.op == LOOKUP for part in walk(tree))


def lookups(prefix: str, trees: Iterable[Node]) -> list[Lookup]:
    """The tables in trees; prefix: of their names."""
    parts = (part for tree in trees for part in walk(tree) if part.op == LOOKUP)
    found: list[Lookup] = []
    for table in dict.fromkeys(as_table(part) for part in parts if not part.constant):
        name = prefix + (str(len(found) + 1) if found else "")
        knots = next((f.knots for f in found if f.table.knots == table.knots), None)
        found.append(Lookup(table, name, knots or f"{name}_knots", knots is None))
    return found


def calling(notation: Notation, found: Sequence[Lookup], ending: str = "") -> Notation:
    """A notation that looks tables up by their functions; ending: of the functions' names."""
    names = {each.table: f"{each.name}{ending}" for each in found}
    return replace(notation, lookup=lambda table: f"{names[table]}({{0}})")


def horner(places: Sequence[str], t: str, zero: str = "0") -> str:
    """A polynomial in t; places: of the coefficients, the constant one first; zero: as written."""
    if len(places) == 1:
        return f"{places[0]} + {zero} * {t}"  # not a number where t is none
    text = places[-1]
    for i, place in enumerate(reversed(places[:-1])):
        text = f"({text}) * {t} + {place}" if i else f"{text} * {t} + {place}"
    return text


def filled(numbers: Iterable[float], literal: Callable[[float], str], indent: str = "    ") -> str:
    """Numbers as lines of an array."""
    text = ", ".join(map(literal, numbers))
    return textwrap.fill(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )


def rows_of(stored: Stored) -> list[list[float]]:
    """The coefficients, row by row."""
    found: list[list[float]] = stored.coefficients.T.tolist()
    return found
