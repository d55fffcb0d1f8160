"""Results as JSON, by the contract in the design: one document, numbers at full precision.

A result dataclass becomes an object with its fields' names. An infinite value is the string "inf"
or "-inf", an undefined one (nan) is null, a tuple is a list.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from actx.analysis.results import Errors
from actx.core.views import Shown

if TYPE_CHECKING:
    from actx.registry import Entry

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

# What an object is about comes first; a dataclass that inherits its errors has them in front.
_LEADING = ("name", "template", "target", "formula", "domain", "norm", "label", "parameters")


# What only a proof can fill; without one it is null, as an empty list would say "complete".
_OF_PROOFS = ("zero_enclosures", "undecided")


def document(result: object) -> str:
    """`result` as one JSON document, indented, in ASCII, without a newline at the end.

    ASCII because it is right under any output encoding, also for names that are no Unicode text.
    """
    form = fields_of(result) if isinstance(result, Shown) else plain(result)
    return json.dumps(form, indent=2, allow_nan=False)


def fields_of(result: Shown) -> dict[str, Json]:
    """A result in JSON's own types."""
    form = plain(code(result) if type(result).__name__ == "Export" else result)
    assert isinstance(form, dict)
    return form if result.proofs else form | {name: None for name in _OF_PROOFS if name in form}


def plain(value: object) -> Json:
    """`value` (a result dataclass, or what its fields hold) in JSON's own types.

    Raises TypeError for anything else.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)  # of a StrEnum, its value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(item) for name, item in items(value)}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def items(record: Any) -> list[tuple[str, Any]]:
    """The fields of a dataclass with their names, what it is about first.

    Those of norms have the norm in their names, as in l2_error.
    """
    hidden = getattr(record, "hidden", ())
    names = [item.name for item in fields(record) if item.name not in hidden]
    leading = [name for name in _LEADING if name in names]
    found: list[tuple[str, Any]] = []
    for name in (*leading, *(name for name in names if name not in leading)):
        value = getattr(record, name)
        if name == "norms" and isinstance(record, Errors):
            for what in ("error", "enclosure"):
                found += [(f"{n}_{what}", getattr(size, what)) for n, size in value.items()]
        else:
            found.append((name.rstrip("_"), value))  # a name that Python keeps has _ behind it
    return found + [(name, getattr(record, name)) for name in getattr(record, "derived", ())]


def _float(value: float) -> Json:
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return float(value) + 0.0  # + 0.0 turns -0.0 into 0.0


def code(made: Any) -> dict[str, object]:
    """An export; what is no text is given in base 64."""
    from base64 import b64encode

    binary = {} if made.code is not None else {"base64": b64encode(made.content).decode("ascii")}
    left_out = ("content", "output") if made.output is None else ("content",)
    shown = {each.name: getattr(made, each.name) for each in fields(made)}
    return {name: value for name, value in shown.items() if name not in left_out} | binary


def formulas(entries: Iterable[Entry]) -> dict[str, object]:
    """The registry as `actx list` gives it; of a parameter only its default."""
    return {
        "formulas": [
            {
                "name": entry.name,
                "aliases": entry.aliases,
                "formula": entry.formula,
                "parameters": {name: item.default for name, item in entry.parameters.items()},
                "source": entry.source,
                "family": entry.family,
            }
            for entry in entries
        ]
    }
