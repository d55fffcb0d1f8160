"""TOML files from anywhere: read within bounds, and what they say checked in shape and type.

Registries (`actx.registry.reading`) and families (`actx.studies.search.reading`) are such files.
Each check raises RegistryError; `where` is how its message begins: the file, and the entry in it.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from actx.core.errors import RegistryError

MAX_BYTES = 250_000
MAX_ENTRIES = 1000
MAX_NAME = 60  # characters
MAX_TEXT = 500  # characters of a line of text, such as a source

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


def file_text(path: Path) -> str:
    """The text of a file. Raises RegistryError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a path that holds a null character
        reason = error.strerror if isinstance(error, OSError) else str(error)
        fail(str(path), f"the file cannot be read: {reason}.")
    if len(data) > MAX_BYTES:
        fail(str(path), f"the file is larger than {MAX_BYTES:,} bytes.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fail(str(path), f"the file is not UTF-8 text; line {line} holds other bytes.")


def entries(text: str, file: str, kind: str, example: str) -> dict[str, dict[str, object]]:
    """The tables of a TOML text by their names.

    kind: what the file is, for messages. example: a whole entry in words. Raises RegistryError.
    """
    tables = _toml(text, file, kind)
    if len(tables) > MAX_ENTRIES:
        fail(file, f"the file has more than {MAX_ENTRIES} entries.")
    found = {}
    for name, table in tables.items():
        if not isinstance(table, dict):
            fail(
                file,
                f"{shortened(name, MAX_NAME)!r} stands outside of an entry. An entry is a table "
                f"under its name: {example}.",
            )
        found[name] = table
    return found


def _toml(text: str, file: str, kind: str) -> dict[str, object]:
    if _MANY_PARTS.search(text):
        fail(file, f"not {kind}: it has a key of 20 parts and more.")
    try:
        return tomllib.loads(text)
    except RecursionError:
        fail(file, f"not {kind}: its values are nested too deeply.")
    except ValueError as error:  # tomllib's own error, or a number of too many digits
        fail(file, f"not valid TOML: {shortened(str(error), 200)}.")


def fail(where: str, problem: str) -> NoReturn:
    """Raise RegistryError."""
    raise RegistryError(f"{where}: {problem}")


def entry_place(name: str, file: str) -> str:
    """How messages about an entry begin."""
    return f"{file}, entry {shortened(name, MAX_NAME)!r}"


def shortened(text: str, length: int) -> str:
    """The text on one line, without its middle where it is longer than `length`."""
    text = " ".join(text.split())
    half = length // 2
    return text if len(text) <= length else f"{text[:half]} … {text[-half:]}"


def check_name(name: object, what: str, where: str) -> None:
    """The name of an entry, or another name for it."""
    if not isinstance(name, str):
        fail(where, f"the {what} is {kind_of(name)}; it must be text.")
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        fail(
            where,
            f"the {what} {shortened(name, MAX_NAME)!r} is not allowed: a name begins with a "
            f"letter and has 2 to {MAX_NAME} of the characters a-z, A-Z, 0-9, - and _.",
        )


def check_parameter_name(name: str, where: str) -> None:
    """The name of a formula's parameter."""
    if not _PARAMETER.fullmatch(name) or len(name) > MAX_NAME:
        fail(
            where,
            f"the name of a parameter has at most {MAX_NAME} of the characters a-z, 0-9 and _; "
            "that of a Greek letter is its English name, such as beta for β.",
        )


def check_keys(table: Mapping[str, object], known: Iterable[str], where: str) -> None:
    """Every key of a table is one that is known."""
    for key in table:
        if key not in known:
            fail(
                where,
                f"unknown key {shortened(key, MAX_NAME)!r}.{nearest(key, known)} "
                f"The keys are {', '.join(known)}.",
            )


def parameter_tables(
    value: object, keys: Sequence[str], where: str
) -> Iterator[tuple[str, str, dict[str, object]]]:
    """The name, the place for messages, and the table of each parameter of an entry.

    keys: those of a table; a number alone stands for the first.
    """
    if not isinstance(value, dict):
        fail(where, f"its parameters are {kind_of(value)}; write them as in {{ a = 1.25 }}.")
    for name, spec in value.items():
        place = f"{where}, parameter {shortened(name, MAX_NAME)!r}"
        check_parameter_name(name, place)
        table = spec if isinstance(spec, dict) else {keys[0]: spec}
        check_keys(table, keys, place)
        yield name, place, table


def nearest(word: str, known: Iterable[str]) -> str:
    """` Did you mean ...?` with the nearest known word, or nothing."""
    from difflib import get_close_matches

    near = get_close_matches(word.lower()[:MAX_NAME], list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def text_of(
    table: Mapping[str, object], key: str, where: str, limit: int | None = MAX_TEXT
) -> str | None:
    """The text at a key, None where there is none; limit: characters, None for any number."""
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        fail(where, f"its {key} is {kind_of(value)}; it must be text in quotes.")
    if not value.strip():
        fail(where, f"its {key} is empty.")
    if limit is not None and (len(value) > limit or not value.isprintable()):
        fail(where, f"its {key} must be one line of at most {limit} printable characters.")
    return value.strip()


def number_of(value: object, what: str, where: str) -> float:
    """A number, possibly infinite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        fail(where, f"its {what} is {kind_of(value)}; it must be a number.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isnan(number) or (math.isinf(number) and isinstance(value, int)):
        fail(where, f"its {what} is not a number that float64 can hold.")
    return number


def kind_of(value: object) -> str:
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
