"""Tables from files: two columns, x and y, as a broken line with exact knots.

A file is data from anywhere: its size is bounded and each line is checked. Numbers are the decimals
as they are written, so that 0.1 is a tenth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

from actx.arithmetic.tables import Table
from actx.core.errors import RegistryError
from actx.core.files import shown
from actx.language.library import Definition
from actx.language.tree import X, lookup

MAX_POINTS = 1_000_000
MAX_BYTES = 200_000_000
_NUMBER = re.compile(
    r"[-+]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][-+]?\d{1,3})?", re.ASCII
)
_LARGEST = Fraction(2) ** 1024 - Fraction(2) ** 970
_LONGEST = 40  # characters of an entry in a message
_FORM = "A table has two columns, x and y, with rising x, and may have a head in its first line"


def read_table(path: Path) -> Table:
    """The broken line of a .csv or .txt file. Raises RegistryError, naming file and line."""
    where = f"The table {shown(path)}"
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "does not exist"
            raise RegistryError(f"{where} {what}. {_FORM}.")
        if path.stat().st_size > MAX_BYTES:
            raise RegistryError(f"{where} has more than {MAX_BYTES:,} bytes.")
        with path.open(encoding="utf-8-sig") as file:
            points = list(_points(file, where))
    except OSError as error:
        raise RegistryError(f"{where} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise RegistryError(f"{where} is no text in UTF-8.") from None
    if len(points) < 2:
        count = "one point" if points else "no points"
        raise RegistryError(f"{where} has {count}; a broken line has two at least. {_FORM}.")
    table = Table.broken_line(points)
    if not all(abs(c) < _LARGEST for row in table.rows for c in row):
        raise RegistryError(f"{where} rises too steeply for float64 numbers (1.8e308).")
    return table


def _points(file: Iterator[str], where: str) -> Iterator[tuple[Fraction, Fraction]]:
    last: Fraction | None = None
    count = 0
    begun = False
    for line, text in enumerate(file, 1):
        text = text.strip()
        if not text or text.startswith("#"):
            continue
        entries = [e.strip() for e in re.split(r"\s*[,;\t]\s*|\s+", text)]
        is_head = not begun and not any(_NUMBER.fullmatch(e) for e in entries)
        begun = True
        if is_head:
            continue
        if len(entries) != 2:
            columns = f"{len(entries)} columns" if len(entries) > 1 else "one column"
            _fail(where, line, f"has {columns}", f"{_FORM}.")
        x, y = (_number(e, where, line) for e in entries)
        if last is not None and x <= last:
            _fail(where, line, f"has x = {shown(entries[0][:_LONGEST])}, not above the one before",
                  "The points of a broken line have rising x.")  # fmt: skip
        count += 1
        if count > MAX_POINTS:
            _fail(where, line, f"is beyond {MAX_POINTS:,} points", "A table has at most so many.")
        last = x
        yield x, y


def _number(entry: str, where: str, line: int) -> Fraction:
    if not entry:
        _fail(where, line, "has a gap", f"{_FORM}.")
    if not _NUMBER.fullmatch(entry):
        _fail(
            where, line, f"has {shown(entry[:_LONGEST])!r}, which is no finite number", f"{_FORM}."
        )
    value = Fraction(entry)
    if abs(value) >= _LARGEST:
        _fail(where, line, "has a number too large for float64 (1.8e308)", f"{_FORM}.")
    return value


def _fail(where: str, line: int, problem: str, right: str) -> NoReturn:
    raise RegistryError(f"{where}: line {line} {problem}. {right}")


def definitions(tables: Mapping[str, str | Path | Table]) -> dict[str, Definition]:
    """What names mean that are given to tables: a file, or a table itself, at x."""
    found: dict[str, Definition] = {}
    for name, given in tables.items():
        table = given if isinstance(given, Table) else read_table(Path(given))
        found[name] = Definition(name, lookup(table, X), {})
    return found
