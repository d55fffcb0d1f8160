"""The file of a search: each line is an outcome with the key of what was fitted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from actx.core.lines import Lines
from actx.fitting.results import Bound, Optimality
from actx.studies.search.families import Member
from actx.studies.search.results import Outcome
from actx.studies.search.tasks import Question

_FORMAT = "actx search 2"


class ResumeFile(Lines):
    """What a search has finished, by the key of each member; new outcomes are added at the end."""

    what = "search"
    words = MappingProxyType({"label": "target", "of": "of (value, slope or both)"})

    def __init__(self, path: str | Path, question: Question) -> None:
        """Open or begin the file. Raises UsageError for one of another search, or of no search."""
        self.outcomes: dict[str, Outcome] = {}
        super().__init__(path, {"format": _FORMAT, **asdict(question)})

    def check(self, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
        """The target's name is what tells searches apart; its formula comes last."""
        super().check(theirs, {name: v for name, v in ours.items() if name != "target"})
        if theirs.get("target") != ours["target"]:
            self.refuse("its target has the same name, but is another formula.")

    def take(self, item: Any) -> None:
        """An outcome of before."""
        self.outcomes[item["key"]] = _outcome(item["outcome"])

    def add(self, member: Member, outcome: Outcome) -> None:
        """Write an outcome; it is on the disk when this returns. Raises OSError."""
        self.outcomes[key(member)] = outcome
        self.append({"key": key(member), "outcome": asdict(outcome)})

    def find(self, member: Member) -> Outcome | None:
        """What came of a member, if it is finished."""
        return self.outcomes.get(key(member))


def _outcome(item: dict[str, Any]) -> Outcome:
    bound, optimality = item["bound"], item["optimality"]
    read = {
        "notes": tuple(item["notes"]),
        "bound": None if bound is None else Bound(**bound),
        "optimality": None if optimality is None else Optimality(optimality),
    }
    return Outcome(**{**item, **read})


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
