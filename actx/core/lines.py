"""A file that keeps what is finished of long work, at once and line by line, so that none is lost.

JSON Lines: a first line says which work it is, each further line is something finished. A line is
written whole and reaches the disk before the work goes on; what a crash leaves of a last line is
dropped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from actx.core.errors import UsageError

_MAX_BYTES = 50_000_000


class Lines:
    """A file of such lines. A class for one kind of work reads and adds its own.

    what: the work in a message, as in "search". words: what fields of the first line are called
    there, where that is not their name.
    """

    what = "work"
    words: Mapping[str, str] = {}

    def __init__(self, path: str | Path, header: Mapping[str, Any]) -> None:
        """Open or begin the file; header: the first line, with a "format".

        Raises UsageError for one of other work, or of none.
        """
        self.path = Path(path)
        self._header = dict(header)
        text = self._text()
        end = text.rfind("\n") + 1  # a line without its end was not written whole
        if end:
            self._read(text[:end].splitlines())
        elif text and not _line(self._header).startswith(text):
            self.refuse("it is no such file.")
        self._begin(end)

    def take(self, item: Any) -> None:
        """What a line says that is in the file already. Raises KeyError, TypeError, ValueError."""
        raise NotImplementedError

    def check(self, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
        """Refuse a first line of other work."""
        for name, value in ours.items():
            if theirs.get(name) != value:
                self.refuse_other(name, theirs.get(name), value)

    def refuse(self, why: str) -> NoReturn:
        """Raise the UsageError that says so."""
        raise UsageError(
            f"The {self.what} cannot go on in {self.path}: {why}",
            "Give {resume} another file; one that does not exist is begun.",
            resume=None,
        )

    def refuse_other(self, name: str, theirs: object, value: object) -> NoReturn:
        """Refuse a file whose first line has another value of a field."""
        self.refuse(
            f"it is of another {self.what}, with the {self.words.get(name, name)} "
            f"{_shown(theirs)}, not {_shown(value)}."
        )

    def append(self, item: Mapping[str, Any]) -> None:
        """Write a line; it is on the disk when this returns. Raises OSError."""
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(_line(item))
            file.flush()
            os.fsync(file.fileno())

    def _text(self) -> str:
        try:
            if self.path.exists() and self.path.stat().st_size > _MAX_BYTES:
                self.refuse(f"it is larger than {_MAX_BYTES:,} bytes.")
            return self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        except UnicodeDecodeError:
            self.refuse("it is no text.")
        except (OSError, ValueError) as error:
            self.refuse(f"it cannot be read: {getattr(error, 'strerror', None) or error}.")

    def _read(self, lines: list[str]) -> None:
        try:
            header, *rest = [json.loads(line) for line in lines]
            if header.get("format") != self._header["format"]:
                self.refuse(f"it is no file of a {self.what}, or one of another version of actx.")
            self.check(header, json.loads(json.dumps(self._header)))
            for item in rest:
                self.take(item)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.refuse("it is no such file, or it is damaged.")

    def _begin(self, length: int) -> None:
        """Leave the whole lines, of so many characters, and write the first if there is none."""
        try:
            with open(self.path, "a", encoding="utf-8") as file:
                file.truncate(length)  # what actx writes is ASCII
            if not length:
                self.append(self._header)
        except OSError as error:
            self.refuse(f"it cannot be written: {error.strerror or error}.")


def _line(item: Mapping[str, Any]) -> str:
    return json.dumps(item) + "\n"  # ASCII; infinities and NaN as Python's json reads them


def _shown(value: object) -> str:
    text = "none" if value is None or value == [] else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
