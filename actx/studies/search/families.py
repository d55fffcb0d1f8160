"""Families of formulas to search, as records; `reading` makes them of TOML text.

A family is a template with free parameters, or says which polynomials, rational functions or
splines to make. The built-in ones are those of `families.toml`, which says what an entry holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from actx.core.tables import entry_place
from actx.studies.search.shapes import Look, Shape

TAIL = "tail"  # beside its range a formula goes on along the target's asymptote, if that is to inf
ASYMPTOTE = "asymptote"  # the same, on a finite domain as well
BEST = "best"  # an end of a range that is searched for
DOMAIN = "domain"  # a range that is the domain of the search
NO_JOIN = -1  # pieces that need not meet
# places of a table's knots: a power of two apart, halves of halves, or the best ones
EVEN, POWERS, FREE = "even", "powers", "free"
_PLACES = {
    EVEN: "knots a power of two apart",
    POWERS: "knots at halves of halves",
    FREE: "the best knots",
}


class Kind(StrEnum):
    """What finds the best formula of a family."""

    TEMPLATE = "template"  # `actx fit`
    POLYNOMIAL = "polynomial"  # on one range
    RATIONAL = "rational"  # on one range
    SPLINE = "spline"  # polynomials on several pieces of a range
    TABLE = "table"  # broken lines with many pieces


@dataclass(frozen=True)
class FreeParameter:
    """Where the fit of a parameter starts (None: where `actx fit` would), and its bounds."""

    start: float | None = None
    lower: float = -math.inf
    upper: float = math.inf


@dataclass(frozen=True)
class Range:
    """Where polynomials stand, and what stands to the left and right of it.

    lo, hi: None for an end that is searched for; whole: the domain of the search, to neither side
    of which anything stands. left, right: formula text, TAIL or ASYMPTOTE.
    """

    lo: float | None = None
    hi: float | None = None
    whole: bool = False
    left: str = TAIL
    right: str = TAIL

    @property
    def words(self) -> str:
        """Where polynomials stand, and what beside them."""
        if self.whole:
            return "on the domain"
        beside = " and ".join(dict.fromkeys((self.left, self.right)))
        if self.left == self.right and self.left in (TAIL, ASYMPTOTE):
            beside += "s"
        if self.lo is None and self.hi is None:
            return f"{beside} outside the best range"
        lo, hi = (BEST if end is None else f"{end:g}" for end in (self.lo, self.hi))
        return f"{beside} outside of {lo}:{hi}"


@dataclass(frozen=True)
class Member:
    """One of the formulas that a family describes: what a search fits at a time.

    n: the whole number that n stands for in a template, None for none. degree: of a polynomial's
    pieces, or numerator and denominator of a rational function. knots: between the pieces, None
    where they are searched for. join: continuous derivatives where pieces meet, NO_JOIN for none.
    """

    name: str
    family: Family
    n: int | None = None
    degree: tuple[int, ...] = ()
    pieces: int = 1
    knots: tuple[float, ...] | None = None
    join: int = NO_JOIN

    def joined(self, order: int) -> Member:
        """The member with joins of at least that many continuous derivatives."""
        return replace(self, join=max(self.join, order))


@dataclass(frozen=True)
class Family:
    """A family; `file` is where it stands, as a message names it.

    suits: the shapes of target that it is made for; none for all targets. formula, parameters,
    require: of a template; require has the requirements of `actx fit`. uses: the numbers of the
    target that stand in a template (`shapes.NUMBERS`). n: what n stands for in it, a member each.
    degrees, pieces, knots, joins: each combination is a member. places: of a table's knots.
    """

    name: str
    kind: Kind
    file: str
    suits: tuple[Shape, ...] = ()
    formula: str = ""
    parameters: Mapping[str, FreeParameter] = field(default_factory=dict)
    require: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    n: tuple[int, ...] = ()
    degrees: tuple[tuple[int, ...], ...] = ()
    pieces: tuple[int, ...] = (1,)
    knots: tuple[float, ...] | None = None
    joins: tuple[int, ...] = (NO_JOIN,)
    range: Range = Range()
    places: str = EVEN
    source: str = ""
    notes: str = ""

    @property
    def where(self) -> str:
        """The beginning of a message about this family."""
        return entry_place(self.name, self.file)

    def is_for(self, look: Look) -> bool:
        """Whether it is made for targets that look like this, mirrored or not.

        Templates are mirrored with them; polynomials suit both if their tails are the target's.
        """
        if not self.suits:
            return True
        own = self.range in (Range(), Range(left=ASYMPTOTE, right=ASYMPTOTE))
        suits_both = self.kind is Kind.TEMPLATE or own
        return any(s in look.shapes for s in self.suits) and (suits_both or not look.mirrored)

    @property
    def members(self) -> tuple[Member, ...]:
        """All members, in the order of the entry; a name says what tells one from the others."""
        if self.kind is Kind.TEMPLATE:
            if not self.n:
                return (Member(self.name, self),)
            return tuple(Member(f"{self.name} {n}", self, n) for n in self.n)
        return tuple(
            Member(self._name(degree, count, join), self, None, degree, count, self.knots, join)
            for degree in self.degrees
            for count in self.pieces
            for join in self.joins
        )

    def _name(self, degree: tuple[int, ...], count: int, join: int) -> str:
        parts = []
        if len(self.degrees) > 1:
            parts.append("/".join(map(str, degree)))
        if len(self.pieces) > 1:
            parts.append(f"{count} pieces" if count > 1 else "1 piece")
        if len(self.joins) > 1:
            parts.append(join_word(join))
        return " ".join([self.name, ", ".join(parts)]).rstrip()

    @property
    def summary(self) -> str:
        """The formula, or what is made, in words."""
        if self.kind is Kind.TEMPLATE:
            numbers = f"; n {', '.join(map(str, self.n))}" if self.n else ""
            return f"{self.formula}{numbers}"
        if self.kind is Kind.TABLE:
            counts = ", ".join(map(str, self.pieces))
            return f"lines that meet; {counts} pieces; {_PLACES[self.places]}"
        degrees = ", ".join("/".join(map(str, d)) for d in self.degrees)
        words = [f"degree {degrees}"]
        if self.kind is Kind.SPLINE and self.knots is None:
            words.append(f"{', '.join(map(str, self.pieces))} pieces")
        if self.knots is not None:
            words.append(f"knots {', '.join(f'{k:g}' for k in self.knots)}")
        if self.joins != (NO_JOIN,):
            words.append(", ".join(join_word(j) for j in self.joins))
        return "; ".join([*words, self.range.words])


def join_word(join: int) -> str:
    """How smooth a join is, in words."""
    return "no joins" if join == NO_JOIN else f"C{join}"
