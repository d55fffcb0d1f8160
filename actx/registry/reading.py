"""Registry files: TOML text to entries.

A file is data from anywhere: its size is bounded, and what it says is checked in shape and type.
Whether the formulas can be read, and whether names clash, is checked where entries come together
(`actx.registry.lookup`).
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NoReturn

from actx.errors import RegistryError
from actx.registry.entry import Entry, Parameter

MAX_BYTES = 250_000
MAX_ENTRIES = 1000
MAX_ALIASES = 10  # of an entry
MAX_NAME = 60  # characters
MAX_TEXT = 500  # characters of a source or family

_KEYS = ("formula", "aliases", "parameters", "source", "family")
_BOUNDS = ("default", "lower", "upper")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]+")
_PARAMETER = re.compile(r"[a-z_][a-z0-9_]*")
# A key of very many parts: tomllib's time for it grows with their square. (Parts of more than 100
# characters are too few in a file of MAX_BYTES to matter.)
_MANY_PARTS = re.compile(
    r"""(?<![\w.-]) (?:
        (?: [\w-]{1,100}+ | "(?:[^"\\\n]|\\.){0,100}+" | '[^'\n]{0,100}+' ) [\ \t]*+ \. [\ \t]*+
    ){20}""",
    re.VERBOSE,
)


def read_file(path: Path) -> list[Entry]:
    """The entries of a file, in order. Raises RegistryError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a path that holds a null character
        reason = error.strerror if isinstance(error, OSError) else str(error)
        _fail(str(path), f"the file cannot be read: {reason}.")
    if len(data) > MAX_BYTES:
        _fail(str(path), f"the file is larger than {MAX_BYTES:,} bytes.")
    try:
        return read_text(data.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        _fail(str(path), f"the file is not UTF-8 text; line {line} holds other bytes.")


def read_text(text: str, file: str) -> list[Entry]:
    """The entries of a TOML text; `file` is what messages call it. Raises RegistryError."""
    tables = _toml(text, file)
    if len(tables) > MAX_ENTRIES:
        _fail(file, f"the file has more than {MAX_ENTRIES} entries.")
    return [_entry(name, table, file) for name, table in tables.items()]


def _fail(where: str, problem: str) -> NoReturn:
    raise RegistryError(f"{where}: {problem}")


def _toml(text: str, file: str) -> dict[str, object]:
    if _MANY_PARTS.search(text):
        _fail(file, "not a registry file: it has a key of 20 parts and more.")
    try:
        return tomllib.loads(text)
    except RecursionError:
        _fail(file, "not a registry file: its values are nested too deeply.")
    except ValueError as error:  # tomllib's own error, or a number of too many digits
        _fail(file, f"not valid TOML: {_shortened(str(error), 200)}.")


def _shortened(text: str, length: int) -> str:
    """The text on one line, without its middle where it is longer than `length`."""
    text = " ".join(text.split())
    half = length // 2
    return text if len(text) <= length else f"{text[:half]} … {text[-half:]}"


def _entry(name: str, table: object, file: str) -> Entry:
    where = f"{file}, entry {_shortened(name, MAX_NAME)!r}"
    if not isinstance(table, dict):
        _fail(
            file,
            f"{_shortened(name, MAX_NAME)!r} stands outside of an entry. An entry is a table under "
            'its name: [my-mish], and below it formula = "x*sigmoid(2x)".',
        )
    _check_name(name, "name", where)
    _check_keys(table, _KEYS, where)
    formula = _text(table, "formula", where, limit=None)
    if formula is None:
        _fail(where, "it has no formula.")
    return Entry(
        name=name,
        aliases=_aliases(table.get("aliases", []), where),
        formula=" ".join(formula.split()),
        parameters=_parameters(table.get("parameters", {}), where),
        source=_text(table, "source", where) or f"the file {Path(file).name}",
        family=_text(table, "family", where) or "user",
        file=file,
    )


def _check_name(name: object, what: str, where: str) -> None:
    if not isinstance(name, str):
        _fail(where, f"the {what} is {_kind(name)}; it must be text.")
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        _fail(
            where,
            f"the {what} {_shortened(name, MAX_NAME)!r} is not allowed: a name begins with a "
            f"letter and has 2 to {MAX_NAME} of the characters a-z, A-Z, 0-9, - and _.",
        )


def _check_keys(table: Mapping[str, object], known: Iterable[str], where: str) -> None:
    for key in table:
        if key not in known:
            _fail(
                where,
                f"unknown key {_shortened(key, MAX_NAME)!r}.{_nearest(key, known)} "
                f"The keys are {', '.join(known)}.",
            )


def _nearest(word: str, known: Iterable[str]) -> str:
    """` Did you mean ...?` with the nearest known word, or nothing."""
    from difflib import get_close_matches

    near = get_close_matches(word.lower()[:MAX_NAME], list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def _text(
    table: Mapping[str, object], key: str, where: str, limit: int | None = MAX_TEXT
) -> str | None:
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        _fail(where, f"its {key} is {_kind(value)}; it must be text in quotes.")
    if not value.strip():
        _fail(where, f"its {key} is empty.")
    if limit is not None and (len(value) > limit or not value.isprintable()):
        _fail(where, f"its {key} must be one line of at most {limit} printable characters.")
    return value.strip()


def _aliases(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        _fail(where, f'its aliases are {_kind(value)}; they must be a list, as in ["my-mish"].')
    if len(value) > MAX_ALIASES:
        _fail(where, f"it has more than {MAX_ALIASES} aliases.")
    for alias in value:
        _check_name(alias, "alias", where)
    return tuple(value)


def _parameters(value: object, where: str) -> dict[str, Parameter]:
    if not isinstance(value, dict):
        _fail(where, f"its parameters are {_kind(value)}; write them as in {{ a = 1.25 }}.")
    return {name: _parameter(name, spec, where) for name, spec in value.items()}


def _parameter(name: str, spec: object, where: str) -> Parameter:
    where = f"{where}, parameter {_shortened(name, MAX_NAME)!r}"
    if not _PARAMETER.fullmatch(name) or len(name) > MAX_NAME:
        _fail(
            where,
            f"the name of a parameter has at most {MAX_NAME} of the characters a-z, 0-9 and _; "
            "that of a Greek letter is its English name, such as beta for β.",
        )
    if not isinstance(spec, dict):
        spec = {"default": spec}
    _check_keys(spec, _BOUNDS, where)
    if "default" not in spec:
        _fail(where, "it has no default.")
    values = {key: _number(value, key, where) for key, value in spec.items()}
    parameter = Parameter(**values)
    if not math.isfinite(parameter.default):
        _fail(where, "its default must be a finite number.")
    if not parameter.lower < parameter.upper:
        _fail(where, f"its lower bound {parameter.lower:g} is not below {parameter.upper:g}.")
    if not parameter.lower <= parameter.default <= parameter.upper:
        _fail(
            where,
            f"its default {parameter.default:g} is outside of its bounds, "
            f"{parameter.lower:g} to {parameter.upper:g}.",
        )
    return parameter


def _number(value: object, key: str, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        _fail(where, f"its {key} is {_kind(value)}; it must be a number.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isnan(number) or (math.isinf(number) and isinstance(value, int)):
        _fail(where, f"its {key} is not a number that float64 can hold.")
    return number


def _kind(value: object) -> str:
    """What a TOML value is, as one says it."""
    kinds: dict[type, str] = {
        bool: "true or false",
        str: "text",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "a table",
    }
    return kinds.get(type(value), "a date or time")
