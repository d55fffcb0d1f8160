"""A result as rows of plain values, all with the same keys, such as a data frame is made of.

A record in a row becomes columns that begin with its name; of an interval the ends are columns, and
of a list the places x of what is in it, or else how many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from typing import Any

from actx.core.views import Shown
from actx.present.json import items

Row = dict[str, Any]


def rows(result: Shown) -> list[Row]:
    """The rows of a result; what a row does not have is None in it."""
    found = [dict(flat(record)) for record in _records(result)]
    keys = list(dict.fromkeys(key for row in found for key in row))
    return [{key: row.get(key) for key in keys} for row in found]


def _records(result: Any) -> Any:
    """What a row each is made of."""
    match type(result).__name__:
        case "Comparison" | "Bench":
            return result.rows
        case "Explorer":
            return [
                {"template": each.name, "target": pair.target, "what": mark.what}
                | dict(items(mark.row)) | {"parameters": mark.parameters}
                for each in result.templates for pair in each.pairs for mark in pair.marks
            ]  # fmt: skip
        case "TableSizes":
            return result.sizes
        case "IntegerTable":
            return [{"index": k, "entry": entry} for k, entry in enumerate(result.integers)]
        case "FixedTable":
            return [
                {"start": start} | {f"e{k}": entry for k, entry in enumerate(row)}
                for start, row in zip(result.starts, result.rows, strict=True)
            ]
        case "KinkReport":
            return result.kinks
        case "SearchResult":
            return [
                dict(items(each)) | {"parameters": {}}
                for each in (*result.front, *result.dominated)
            ]
        case "Morph":
            return result.blends
        case "ModelReport":
            return result.activations
        case "Finetuning":
            return result.ways
        case "Exploration":
            return _features(result)
        case "Fit":
            first = {"label": result.norm, "parameters": result.parameters}
            return [first | _errors(each) | _own(each) for each in (result, *result.variants)]
    return [result]


def _errors(each: Any) -> Row:
    return {name: v for name, v in items(each) if name.endswith(("_error", "_enclosure"))}


def _own(each: Any) -> Row:
    """What a variant of a fit has of its own."""
    names = [name for name in ("label", "parameters", "formula") if hasattr(each, name)]
    return {name: getattr(each, name) for name in names}


def _features(result: Any) -> Iterator[Row]:
    """The extrema, zeros and kinks of a formula."""
    for what, points in (("minimum", result.minima), ("maximum", result.maxima)):
        for point in points:
            yield {"what": what, "": point}
    enclosures = result.zero_enclosures or (None,) * len(result.zeros)
    for x, enclosure in zip(result.zeros, enclosures, strict=True):
        yield {"what": "zero", "x": x, "enclosure": {"x": enclosure}, "y": 0.0}
    for kink in result.kinks:
        yield {"what": "kink", "": kink}


def flat(record: object, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The columns of a record and what stands in them."""
    for name, value in _items(record):
        if value is None and name.endswith("enclosure"):
            continue  # its columns are there where another row has them
        column = _enclosed(name)
        if name == "value" or (name == "enclosure" and (prefix or not _is_interval(value))):
            column = ""
        yield from _columns("_".join(filter(None, (prefix, column))), value)


def _enclosed(name: str) -> str:
    """What an enclosure of this name encloses, whose further columns it is; any other name itself.

    Without a name of its own it encloses the record itself.
    """
    stem = name.removesuffix("_enclosure")
    return stem if stem in (name, "x") else f"{stem}_error"


def _items(record: object) -> Iterable[tuple[str, Any]]:
    if isinstance(record, Mapping):
        return record.items()
    return items(record)


def _columns(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) or is_dataclass(value):
        yield from flat(value, name)
    elif _is_interval(value):
        yield from zip((f"{name}_lower", f"{name}_upper"), value, strict=True)
    elif isinstance(value, tuple | list):
        yield name, _listed(value)
    elif not isinstance(value, bytes):
        yield name, value if value is None or isinstance(value, bool | int | float) else str(value)


def _is_interval(value: Any) -> bool:
    ends = isinstance(value, tuple) and len(value) == 2
    return ends and all(isinstance(end, float) for end in value)


def _listed(values: Sequence[Any]) -> str | int:
    places = [getattr(each, "x", each) for each in values]
    if any(is_dataclass(place) for place in places):
        return len(values)
    return ", ".join(map(str, places))
