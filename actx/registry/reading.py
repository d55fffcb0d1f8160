"""Registry files: TOML text to entries.

A file is data from anywhere: its size is bounded, and what it says is checked in shape and type
(`actx.core.tables`). Whether the formulas can be read, and whether names clash, is checked
where entries come together (`actx.registry.lookup`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from actx.core.tables import (
    check_keys,
    check_name,
    entries,
    entry_place,
    fail,
    file_text,
    kind_of,
    number_of,
    parameter_tables,
    text_of,
)
from actx.registry.entry import Entry, Parameter

MAX_ALIASES = 10  # of an entry

_KEYS = ("formula", "aliases", "parameters", "source", "family")
_BOUNDS = ("default", "lower", "upper")
_EXAMPLE = '[my-mish], and below it formula = "x*sigmoid(2x)"'


def read_file(path: Path) -> list[Entry]:
    """The entries of a file, in order. Raises RegistryError."""
    return read_text(file_text(path), str(path))


def read_text(text: str, file: str) -> list[Entry]:
    """The entries of a TOML text; `file` is what messages call it. Raises RegistryError."""
    tables = entries(text, file, "a registry file", _EXAMPLE)
    return [_entry(name, table, file) for name, table in tables.items()]


def _entry(name: str, table: Mapping[str, object], file: str) -> Entry:
    where = entry_place(name, file)
    check_name(name, "name", where)
    check_keys(table, _KEYS, where)
    formula = text_of(table, "formula", where, limit=None)
    if formula is None:
        fail(where, "it has no formula.")
    return Entry(
        name=name,
        aliases=_aliases(table.get("aliases", []), where),
        formula=" ".join(formula.split()),
        parameters=_parameters(table.get("parameters", {}), where),
        source=text_of(table, "source", where) or f"the file {Path(file).name}",
        family=text_of(table, "family", where) or "user",
        file=file,
    )


def _aliases(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        fail(where, f'its aliases are {kind_of(value)}; they must be a list, as in ["my-mish"].')
    if len(value) > MAX_ALIASES:
        fail(where, f"it has more than {MAX_ALIASES} aliases.")
    for alias in value:
        check_name(alias, "alias", where)
    return tuple(value)


def _parameters(value: object, where: str) -> dict[str, Parameter]:
    tables = parameter_tables(value, _BOUNDS, where)
    return {name: _parameter(spec, place) for name, place, spec in tables}


def _parameter(spec: dict[str, object], where: str) -> Parameter:
    if "default" not in spec:
        fail(where, "it has no default.")
    values = {key: number_of(value, key, where) for key, value in spec.items()}
    parameter = Parameter(**values)
    if not math.isfinite(parameter.default):
        fail(where, "its default must be a finite number.")
    if not parameter.lower < parameter.upper:
        fail(where, f"its lower bound {parameter.lower:g} is not below {parameter.upper:g}.")
    if not parameter.lower <= parameter.default <= parameter.upper:
        fail(
            where,
            f"its default {parameter.default:g} is outside of its bounds, "
            f"{parameter.lower:g} to {parameter.upper:g}.",
        )
    return parameter
