"""Families of formulas to search: TOML text to records.

A family is a template with free parameters, or says which polynomials, rational functions or
splines to make. The built-in ones are those of `families.toml`, which says what an entry holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from actx.registry.tables import (
    MAX_NAME,
    MAX_TEXT,
    check_keys,
    check_name,
    entries,
    entry_place,
    fail,
    file_text,
    kind_of,
    nearest,
    number_of,
    parameter_tables,
    shortened,
    text_of,
)

Item = TypeVar("Item")

BUILT_IN = "families.toml"
TAIL = "tail"  # outside its range a formula goes on along the target's asymptote
BEST = "best"  # an end of a range that is searched for
DOMAIN = "domain"  # a range that is the domain of the search
MAX_DEGREE = 20
MAX_PIECES = 32
MAX_MEMBERS = 200  # of one entry
NO_JOIN = -1  # pieces that need not meet

_EXAMPLE = '[my-swish], and below it formula = "x*sigmoid(b*x)"'
_COMMON = ("kind", "source", "notes")
_BOUNDS = ("start", "lower", "upper")


class Kind(StrEnum):
    """What finds the best formula of a family."""

    TEMPLATE = "template"  # `actx fit`
    POLYNOMIAL = "polynomial"  # on one range
    RATIONAL = "rational"  # on one range
    SPLINE = "spline"  # polynomials on several pieces of a range


_KEYS: Mapping[Kind, tuple[str, ...]] = {
    Kind.TEMPLATE: ("formula", "parameters", "require"),
    Kind.POLYNOMIAL: ("degrees", "joins", "range", "left", "right"),
    Kind.RATIONAL: ("degrees", "range", "left", "right"),
    Kind.SPLINE: ("degrees", "pieces", "knots", "joins", "range", "left", "right"),
}


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
    of which anything stands. left, right: formula text, or TAIL.
    """

    lo: float | None = None
    hi: float | None = None
    whole: bool = False
    left: str = TAIL
    right: str = TAIL


@dataclass(frozen=True)
class Member:
    """One of the formulas that a family describes: what a search fits at a time.

    degree: of a polynomial's pieces, or numerator and denominator of a rational function. knots:
    between the pieces, None where they are searched for. join: continuous derivatives where pieces
    meet, NO_JOIN for none.
    """

    name: str
    family: Family
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

    formula, parameters, require: of a template; require has the requirements of `actx fit`.
    degrees, pieces, knots, joins: each combination is a member.
    """

    name: str
    kind: Kind
    file: str
    formula: str = ""
    parameters: Mapping[str, FreeParameter] = field(default_factory=dict)
    require: tuple[str, ...] = ()
    degrees: tuple[tuple[int, ...], ...] = ()
    pieces: tuple[int, ...] = (1,)
    knots: tuple[float, ...] | None = None
    joins: tuple[int, ...] = (NO_JOIN,)
    range: Range = Range()
    source: str = ""
    notes: str = ""

    @property
    def where(self) -> str:
        """The beginning of a message about this family."""
        return entry_place(self.name, self.file)

    @property
    def members(self) -> tuple[Member, ...]:
        """All members, in the order of the entry; a name says what tells one from the others."""
        if self.kind is Kind.TEMPLATE:
            return (Member(self.name, self),)
        return tuple(
            Member(self._name(degree, count, join), self, degree, count, self.knots, join)
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
            return self.formula
        degrees = ", ".join("/".join(map(str, d)) for d in self.degrees)
        words = [f"degree {degrees}"]
        if self.kind is Kind.SPLINE and self.knots is None:
            words.append(f"{', '.join(map(str, self.pieces))} pieces")
        if self.knots is not None:
            words.append(f"knots {', '.join(f'{k:g}' for k in self.knots)}")
        if self.joins != (NO_JOIN,):
            words.append(", ".join(join_word(j) for j in self.joins))
        return "; ".join([*words, _range_words(self.range)])


def join_word(join: int) -> str:
    """How smooth a join is, in words."""
    return "no joins" if join == NO_JOIN else f"C{join}"


def _range_words(given: Range) -> str:
    if given.whole:
        return "on the domain"
    sides = ["tail" if side == TAIL else side for side in (given.left, given.right)]
    beside = "tails" if sides == ["tail", "tail"] else " and ".join(sides)
    if given.lo is None and given.hi is None:
        return f"{beside} outside the best range"
    lo, hi = (BEST if end is None else f"{end:g}" for end in (given.lo, given.hi))
    return f"{beside} outside of {lo}:{hi}"


def load_families(files: Sequence[str | Path] = ()) -> tuple[Family, ...]:
    """The built-in families, then those of the given files.

    Raises RegistryError, naming file, entry and reason: also for a name that is there already.
    """
    found: dict[str, Family] = {family.name: family for family in _built_in()}
    for path in dict.fromkeys(Path(file) for file in files):
        for family in read_families(file_text(path), str(path)):
            other = found.get(family.name)
            if other is not None:
                fail(family.where, f"there is a family of that name in {other.file}.")
            found[family.name] = family
    return tuple(found.values())


@cache
def _built_in() -> tuple[Family, ...]:
    from importlib.resources import files

    text = (files("actx.searching") / BUILT_IN).read_text(encoding="utf-8")
    return tuple(read_families(text, f"the built-in {BUILT_IN}"))


def read_families(text: str, file: str) -> list[Family]:
    """The families of a TOML text; `file` is what messages call it. Raises RegistryError."""
    tables = entries(text, file, "a families file", _EXAMPLE)
    return [_family(name, table, file) for name, table in tables.items()]


def _family(name: str, table: Mapping[str, object], file: str) -> Family:
    where = entry_place(name, file)
    check_name(name, "name", where)
    kind = _kind(table, where)
    check_keys(table, (*_COMMON, *_KEYS[kind]), where)
    source = text_of(table, "source", where) or f"the file {Path(file).name}"
    notes = text_of(table, "notes", where) or ""
    if kind is Kind.TEMPLATE:
        family = _template(name, table, where, file, source, notes)
    else:
        family = _engine(name, kind, table, where, file, source, notes)
    if len(family.degrees) * len(family.pieces) * len(family.joins) > MAX_MEMBERS:
        fail(where, f"it describes more than {MAX_MEMBERS} formulas.")
    return family


def _kind(table: Mapping[str, object], where: str) -> Kind:
    word = text_of(table, "kind", where) or Kind.TEMPLATE
    kinds = [kind.value for kind in Kind]
    if word not in kinds:
        fail(
            where,
            f"its kind is {shortened(word, MAX_NAME)!r}.{nearest(word, kinds)} "
            f"The kinds are {', '.join(kinds)}.",
        )
    return Kind(word)


def _template(
    name: str, table: Mapping[str, object], where: str, file: str, source: str, notes: str
) -> Family:
    formula = text_of(table, "formula", where, limit=None)
    if formula is None:
        fail(where, "it has no formula.")
    return Family(
        name, Kind.TEMPLATE, file,
        formula=" ".join(formula.split()),
        parameters=_parameters(table.get("parameters", {}), where),
        require=tuple(_list(table, "require", where, '["smooth"]', _requirement)),
        source=source, notes=notes,
    )  # fmt: skip


def _engine(
    name: str, kind: Kind, table: Mapping[str, object], where: str, file: str, source: str,
    notes: str,
) -> Family:  # fmt: skip
    rational = kind is Kind.RATIONAL
    example = "[[2, 2], [3, 3]]" if rational else "[3, 5]"
    degrees = _list(table, "degrees", where, example, _degrees if rational else _degree)
    if not degrees:
        fail(where, f"it has no degrees; write them as in degrees = {example}.")
    knots = tuple(_list(table, "knots", where, "[-2, 0]", _knot)) if "knots" in table else None
    if knots is not None and "pieces" in table:
        fail(where, "it has both pieces and knots; knots say how many pieces there are.")
    if knots is not None and any(a >= b for a, b in pairwise(knots)):
        fail(where, "its knots must rise.")
    pieces = _list(table, "pieces", where, "[2, 4]", _count) or [1]
    return Family(
        name, kind, file,
        degrees=tuple(degrees),
        pieces=(len(knots) + 1,) if knots is not None else tuple(pieces),
        knots=knots,
        joins=tuple(_list(table, "joins", where, "[0, 1]", _join) or [NO_JOIN]),
        range=_range(table, knots, where),
        source=source, notes=notes,
    )  # fmt: skip


def _list(
    table: Mapping[str, object],
    key: str,
    where: str,
    example: str,
    read: Callable[[object, str, str], Item],
) -> list[Item]:
    """The items of a list, each read; no item twice. Nothing where there is no such key."""
    value = table.get(key, [])
    if not isinstance(value, list):
        fail(where, f"its {key} are {kind_of(value)}; they must be a list, as in {example}.")
    items = [read(item, key, where) for item in value]
    if len(set(items)) < len(items):
        fail(where, f"its {key} name one thing twice.")
    return items


def _requirement(value: object, key: str, where: str) -> str:
    return text_of({key: value}, key, where) or ""


def _knot(value: object, key: str, where: str) -> float:
    knot = number_of(value, "knot", where)
    if math.isinf(knot):
        fail(where, "its knots must be finite.")
    return knot


def _degree(value: object, key: str, where: str) -> tuple[int, ...]:
    return (_whole(value, "degree", 0, MAX_DEGREE, where),)


def _degrees(value: object, key: str, where: str) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) != 2:
        fail(where, "each of its degrees is that of numerator and denominator, as in [3, 2].")
    return tuple(_whole(item, "degree", 0, MAX_DEGREE, where) for item in value)


def _count(value: object, key: str, where: str) -> int:
    return _whole(value, "number of pieces", 1, MAX_PIECES, where)


def _join(value: object, key: str, where: str) -> int:
    return _whole(value, "join", NO_JOIN, MAX_DEGREE, where)


def _whole(value: object, what: str, least: int, most: int, where: str) -> int:
    number = number_of(value, what, where)
    if not least <= number <= most or number != int(number):
        fail(where, f"its {what} {number:g} is not a whole number from {least} to {most}.")
    return int(number)


def _range(table: Mapping[str, object], knots: tuple[float, ...] | None, where: str) -> Range:
    value = table.get("range", BEST)
    left, right = (text_of(table, side, where, MAX_TEXT) or TAIL for side in ("left", "right"))
    if value == DOMAIN:
        if "left" in table or "right" in table:
            fail(where, "nothing stands to the left or right of a range that is the domain.")
        return Range(whole=True)
    ends = [BEST, BEST] if value == BEST else value
    if not isinstance(ends, list) or len(ends) != 2:
        fail(where, f'its range is "{BEST}", "{DOMAIN}", or two ends, as in [-6, "{BEST}"].')
    lo, hi = (None if end == BEST else number_of(end, "end of a range", where) for end in ends)
    inside = [v for v in (lo, *(knots or ()), hi) if v is not None]
    if any(math.isinf(v) for v in inside):
        fail(where, f'the ends of its range are finite numbers or "{BEST}".')
    if any(a >= b for a, b in pairwise(inside)):
        fail(where, "the lower end of its range, its knots and the upper end must rise.")
    return Range(lo, hi, False, left, right)


def _parameters(value: object, where: str) -> dict[str, FreeParameter]:
    tables = parameter_tables(value, _BOUNDS, where)
    return {name: _parameter(spec, place) for name, place, spec in tables}


def _parameter(spec: dict[str, object], where: str) -> FreeParameter:
    parameter = FreeParameter(**{key: number_of(value, key, where) for key, value in spec.items()})
    if not parameter.lower < parameter.upper:
        fail(where, f"its lower bound {parameter.lower:g} is not below {parameter.upper:g}.")
    start = parameter.start
    if start is not None and not (
        math.isfinite(start) and parameter.lower <= start <= parameter.upper
    ):
        fail(where, f"its start {start:g} is not a finite number within its bounds.")
    return parameter
