"""Families of TOML text, read and checked.

The built-in ones are those of `families.toml`, which says what an entry holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from actx.core.tables import (
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
from actx.studies.search.families import (
    BEST,
    DOMAIN,
    EVEN,
    FREE,
    NO_JOIN,
    POWERS,
    TAIL,
    Family,
    FreeParameter,
    Kind,
    Range,
)
from actx.studies.search.shapes import NUMBERS, Shape

Item = TypeVar("Item")

BUILT_IN = "families.toml"
MAX_DEGREE = 20
MAX_PIECES = 32
MAX_TABLE = 256  # pieces, whose entries stand in the formula's text
MAX_POWER = 1024
MAX_MEMBERS = 200  # of one entry

_EXAMPLE = '[my-swish], and below it formula = "x*sigmoid(b*x)"'
_COMMON = ("kind", "suits", "source", "notes")
_SHAPES = tuple(shape.value for shape in Shape)
_BOUNDS = ("start", "lower", "upper")
_KEYS: Mapping[Kind, tuple[str, ...]] = {
    Kind.TEMPLATE: ("formula", "parameters", "require", "uses", "n"),
    Kind.POLYNOMIAL: ("degrees", "joins", "range", "left", "right"),
    Kind.RATIONAL: ("degrees", "range", "left", "right"),
    Kind.SPLINE: ("degrees", "pieces", "knots", "joins", "range", "left", "right"),
    Kind.TABLE: ("pieces", "places"),
}


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

    text = (files("actx.studies.search") / BUILT_IN).read_text(encoding="utf-8")
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
    family = Family(
        name, kind, file,
        suits=tuple(Shape(word) for word in _words(table, "suits", "shape", _SHAPES, where)),
        source=text_of(table, "source", where) or f"the file {Path(file).name}",
        notes=text_of(table, "notes", where) or "",
    )  # fmt: skip
    read = {Kind.TEMPLATE: _template, Kind.TABLE: _table}.get(kind, _engine)
    family = read(family, table, where)
    if len(family.degrees) * len(family.pieces) * len(family.joins) > MAX_MEMBERS:
        fail(where, f"it describes more than {MAX_MEMBERS} formulas.")
    return family


def _kind(table: Mapping[str, object], where: str) -> Kind:
    word = text_of(table, "kind", where) or Kind.TEMPLATE
    return Kind(_known(word, "kind", [kind.value for kind in Kind], where))


def _known(word: str, what: str, words: Sequence[str], where: str) -> str:
    """The word, which has to be one of these."""
    if word not in words:
        fail(
            where,
            f"its {what} is {shortened(word, MAX_NAME)!r}.{nearest(word, words)} "
            f"The {what}s are {', '.join(words)}.",
        )
    return word


def _words(
    table: Mapping[str, object], key: str, what: str, words: Sequence[str], where: str
) -> tuple[str, ...]:
    """A list of some of these words; what: the name of such a thing."""

    def word(value: object, key: str, where: str) -> str:
        return _known(_text(value, key, where), what, words, where)

    return tuple(_list(table, key, where, f'["{words[0]}"]', word))


def _template(family: Family, table: Mapping[str, object], where: str) -> Family:
    formula = text_of(table, "formula", where, limit=None)
    if formula is None:
        fail(where, "it has no formula.")
    return replace(
        family,
        formula=" ".join(formula.split()),
        parameters=_parameters(table.get("parameters", {}), where),
        require=tuple(_list(table, "require", where, '["smooth"]', _text)),
        uses=_words(table, "uses", "number", NUMBERS, where),
        n=tuple(_list(table, "n", where, "[2, 4, 8]", _n)),
    )


def _engine(family: Family, table: Mapping[str, object], where: str) -> Family:
    rational = family.kind is Kind.RATIONAL
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
    return replace(
        family,
        degrees=tuple(degrees),
        pieces=(len(knots) + 1,) if knots is not None else tuple(pieces),
        knots=knots,
        joins=tuple(_list(table, "joins", where, "[0, 1]", _join) or [NO_JOIN]),
        range=_range(table, knots, where),
    )


def _table(family: Family, table: Mapping[str, object], where: str) -> Family:
    def count(value: object, key: str, where: str) -> int:
        return _whole(value, "number of pieces", 2, MAX_TABLE, where)

    pieces = _list(table, "pieces", where, "[16, 64]", count)
    if not pieces:
        fail(where, "it has no pieces; write how many, as in pieces = [16, 64].")
    word = text_of(table, "places", where) or EVEN
    places = _known(word, "kind of places", [EVEN, POWERS, FREE], where)
    return replace(family, degrees=((1,),), pieces=tuple(pieces), joins=(0,), places=places)


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


def _text(value: object, key: str, where: str) -> str:
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


def _n(value: object, key: str, where: str) -> int:
    return _whole(value, "n", 1, MAX_POWER, where)


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
