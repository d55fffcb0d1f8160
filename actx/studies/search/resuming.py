"""The file of a search: each formula that is finished is in it at once, so that none is lost.

JSON Lines: a first line says which search it is, each further line is an outcome with the key of
what was fitted. A line is written whole and reaches the disk before the search goes on; what a
crash leaves of a last line is dropped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

from actx.core.errors import UsageError
from actx.fitting.results import Bound, Optimality
from actx.studies.search.families import Member
from actx.studies.search.results import Outcome
from actx.studies.search.tasks import Question

_FORMAT = "actx search 2"
_MAX_BYTES = 50_000_000
_WORDS = {"label": "target", "of": "of (value, slope or both)"}


class ResumeFile:
    """What a search has finished, by the key of each member; new outcomes are added at the end."""

    def __init__(self, path: str | Path, question: Question) -> None:
        """Open or begin the file. Raises UsageError for one of another search, or of no search."""
        self.path = Path(path)
        self._header = {"format": _FORMAT, **asdict(question)}
        self.outcomes: dict[str, Outcome] = {}
        text = self._text()
        end = text.rfind("\n") + 1  # a line without its end was not written whole
        if end:
            self._read(text[:end].splitlines())
        elif text and not _line(self._header).startswith(text):
            self._refuse("it is no such file.")
        self._begin(end)

    def _text(self) -> str:
        try:
            if self.path.exists() and self.path.stat().st_size > _MAX_BYTES:
                self._refuse(f"it is larger than {_MAX_BYTES:,} bytes.")
            return self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        except UnicodeDecodeError:
            self._refuse("it is no text.")
        except (OSError, ValueError) as error:
            self._refuse(f"it cannot be read: {getattr(error, 'strerror', None) or error}.")

    def _refuse(self, why: str) -> NoReturn:
        raise UsageError(
            f"The search cannot go on in {self.path}: {why}",
            "Give {resume} another file; one that does not exist is begun.",
            resume=None,
        )

    def _read(self, lines: Sequence[str]) -> None:
        try:
            header, *rest = [json.loads(line) for line in lines]
            self._check(header)
            for item in rest:
                self.outcomes[item["key"]] = _outcome(item["outcome"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._refuse("it is no such file, or it is damaged.")

    def _check(self, header: dict[str, Any]) -> None:
        if header.get("format") != _FORMAT:
            self._refuse("it is no file of a search, or one of another version of actx.")
        ours = json.loads(json.dumps(self._header))
        for name, value in ours.items():
            if header.get(name) != value and name != "target":
                self._refuse_other(_WORDS.get(name, name), header.get(name), value)
        if header.get("target") != ours["target"]:
            self._refuse("its target has the same name, but is another formula.")

    def _refuse_other(self, name: str, theirs: object, value: object) -> None:
        self._refuse(
            f"it is of another search, with the {name} {_shown(theirs)}, not {_shown(value)}."
        )

    def _begin(self, length: int) -> None:
        """Leave the whole lines, of so many characters, and write the first if there is none."""
        try:
            with open(self.path, "a", encoding="utf-8") as file:
                file.truncate(length)  # what actx writes is ASCII
            if not length:
                self._append(self._header)
        except OSError as error:
            self._refuse(f"it cannot be written: {error.strerror or error}.")

    def _append(self, item: dict[str, Any]) -> None:
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(_line(item))
            file.flush()
            os.fsync(file.fileno())

    def add(self, member: Member, outcome: Outcome) -> None:
        """Write an outcome; it is on the disk when this returns. Raises OSError."""
        self.outcomes[key(member)] = outcome
        self._append({"key": key(member), "outcome": asdict(outcome)})

    def find(self, member: Member) -> Outcome | None:
        """What came of a member, if it is finished."""
        return self.outcomes.get(key(member))


def _line(item: dict[str, Any]) -> str:
    return json.dumps(item) + "\n"  # ASCII; infinities and NaN as Python's json reads them


def _outcome(item: dict[str, Any]) -> Outcome:
    bound, optimality = item["bound"], item["optimality"]
    read = {
        "notes": tuple(item["notes"]),
        "bound": None if bound is None else Bound(**bound),
        "optimality": None if optimality is None else Optimality(optimality),
    }
    return Outcome(**{**item, **read})


def _shown(value: object) -> str:
    text = "none" if value is None or value == [] else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def key(member: Member) -> str:
    """What tells a member from every other one: its name and all that its fit depends on."""
    family = member.family
    facts = (
        member.name, member.n, member.degree, member.pieces, member.knots, member.join,
        str(family.kind),
        family.formula, sorted((n, asdict(p)) for n, p in family.parameters.items()),
        family.require, family.uses, bool(family.suits), asdict(family.range),
    )  # fmt: skip
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:20]
