"""Entries together: found by name, checked against each other, their formulas read on demand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from actx.core.alone import alone
from actx.core.errors import FormulaError, RegistryError
from actx.registry.entry import Entry

if TYPE_CHECKING:
    from pathlib import Path

    from actx.arithmetic.tables import Table
    from actx.language.library import Definition

MAX_OPERATIONS = 200_000  # in the formulas of a registry, with those they call written out

# Numbers as the formula language reads them, so that in `2e3mish(x)` the name is mish; or a name.
_WORDS = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?|([a-z_][a-z_0-9]*)")


_TABLE_NAME = re.compile(r"[A-Za-z][A-Za-z_0-9]{0,59}")


def _normalise(name: str) -> str:
    # As actx.language.library.normalise does, which a mere listing should not have to import.
    return name.strip().lower().replace("-", "_")


class Registry:
    """Named formulas, those of `base` first; a `Library` of the formula language.

    The formulas of `base` see only each other, so that no file can change what a built-in formula
    means. A formula is read when it is first looked up, and kept; `check` reads all at once.
    Raises RegistryError where a name stands for two entries.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        base: Registry | None = None,
        tables: Mapping[str, str | Path | Table] | None = None,
    ) -> None:
        self.entries: tuple[Entry, ...] = (*(base.entries if base else ()), *entries)
        self._base = base
        self._mine = tuple(entries)
        self._by_name: dict[str, Entry] = {}  # of mine
        self._definitions: dict[str, Definition] = {}  # of mine, by entry name
        self._open: list[str] = []  # entries whose formulas wait for others
        self._operations = 0
        self._tables = self._named(tables) if tables else {}
        for entry in entries:
            for name in _names(entry):
                self._add(name, entry)

    def find(self, name: str) -> Entry | None:
        """The entry of that name or alias, in upper or lower case, with - or _; or None."""
        key = _normalise(name)
        return self._by_name.get(key) or (self._base.find(key) if self._base else None)

    def names(self) -> Iterator[str]:
        """All names and aliases."""
        yield from (name for entry in self.entries for name in _names(entry))
        yield from self._tables

    def lookup(self, name: str) -> Definition | None:
        """The formula of that name or alias as a tree with its parameters, or None.

        Raises RegistryError where the formula cannot be read or does not fit its parameters.
        """
        table = self._tables.get(_normalise(name))
        if table is not None:
            return table
        entry = self._by_name.get(_normalise(name))
        if entry is None:
            return self._base.lookup(name) if self._base else None
        if entry.name not in self._definitions:
            with alone():  # `_open` is for one thread
                self._define(entry)
        return self._definitions[entry.name]

    def _named(self, tables: Mapping[str, str | Path | Table]) -> dict[str, Definition]:
        """The tables by their names, which must mean nothing else."""
        from actx.registry.tables import definitions

        for name in tables:
            other = self._base.find(name) if self._base else None
            if not _TABLE_NAME.fullmatch(name):
                raise RegistryError(
                    f"A table cannot be called {name[:60]!r}: a name is made of letters, digits "
                    "and _, and begins with a letter."
                )
            if other is not None or _means_something(name):
                taken = f"the formula {other.name!r}" if other else "the formula language"
                raise RegistryError(f"A table cannot be called {name!r}: {taken} has that name.")
        return {_normalise(name): made for name, made in definitions(tables).items()}

    def check(self) -> None:
        """Check that each name means one thing, and read all formulas (not those of the base).

        Raises RegistryError.
        """
        for entry in self._mine:
            self._check_names(entry)
        for entry in self._mine:
            self.lookup(entry.name)

    def _add(self, name: str, entry: Entry) -> None:
        other = self.find(name)
        what = "name" if name == entry.name else "alias"
        if other is entry:
            _fail(entry, f"its alias {name!r} is there already, as its name or another alias.")
        if other is not None:
            _fail(entry, f"its {what} {name!r} is taken by {other.name!r} in {other.file}.")
        self._by_name[_normalise(name)] = entry

    def _check_names(self, entry: Entry) -> None:
        """An entry or a parameter may not be called like anything else a formula can hold."""
        theirs = self._base.entries if self._base else ()
        parameters = {p: e.name for e in theirs for p in e.parameters}
        for name in (*_names(entry), *entry.parameters):
            if _means_something(name):
                _fail(entry, f"{name!r} has a meaning in the formula language; use another name.")
        for name in _names(entry):
            if owner := parameters.get(_normalise(name)):
                _fail(entry, f"{name!r} is a parameter of the formula {owner!r}; use another name.")
        for name in entry.parameters:
            if other := self.find(name):
                _fail(
                    entry,
                    f"its parameter {name!r} is called like the formula {other.name!r} in "
                    f"{other.file}; use another name.",
                )

    def _define(self, entry: Entry) -> None:
        """Read a formula, and before it those it calls: one after the other, not nested."""
        calls: dict[str, list[Entry]] = {}
        start = len(self._open)
        self._open.append(entry.name)
        try:
            while len(self._open) > start:
                current = self._by_name[_normalise(self._open[-1])]
                called = calls.setdefault(current.name, self._called(current))
                missing = next((e for e in called if e.name not in self._definitions), None)
                if missing is None:
                    self._definitions[current.name] = self._read(current)
                    self._open.pop()
                elif missing.name in self._open:
                    cycle = [*self._open[self._open.index(missing.name) :], missing.name]
                    _fail(current, f"its formula calls itself: {_chain(cycle)}.")
                else:
                    self._open.append(missing.name)
        finally:
            del self._open[start:]

    def _called(self, entry: Entry) -> list[Entry]:
        """My entries that a formula calls; under its own name only an operation can be meant."""
        words = dict.fromkeys(_WORDS.findall(entry.formula.lower()))
        called = [self._by_name[word] for word in words if word in self._by_name]
        return [e for e in called if e is not entry or not _means_something(entry.name)]

    def _read(self, entry: Entry) -> Definition:
        from actx.language.library import Definition
        from actx.language.syntax import parse
        from actx.language.tree import parameters

        try:
            tree = parse(entry.formula, _Inside(self, entry))
        except FormulaError as error:
            raise RegistryError(f"{entry.where}: its formula cannot be read. {error}") from None
        self._operations += tree.size
        if self._operations > MAX_OPERATIONS:
            _fail(entry, f"the formulas together have more than {MAX_OPERATIONS:,} operations.")
        self._check_parameters(entry, parameters(tree))
        return Definition(entry.name, tree, {n: p.default for n, p in entry.parameters.items()})

    def _check_parameters(self, entry: Entry, found: Sequence[str]) -> None:
        for name in found:
            if name not in entry.parameters:
                _fail(
                    entry,
                    f"its formula holds {name!r}, which is neither a formula nor one of its "
                    f"parameters.{self._nearest(name)} A parameter needs a default, as in "
                    f"parameters = {{ {name} = 1 }}.",
                )
        for name in entry.parameters:
            if name not in found:
                _fail(entry, f"its parameter {name!r} does not occur in its formula.")

    def _nearest(self, name: str) -> str:
        from actx.language.tokens import suggestion

        return suggestion(name, [_normalise(n) for n in self.names()])


class _Inside:
    """The registry as the formula of an entry sees it: under its own name it finds nothing."""

    def __init__(self, registry: Registry, entry: Entry) -> None:
        self._registry = registry
        self._own = {_normalise(name) for name in _names(entry)}

    def lookup(self, name: str) -> Definition | None:
        return None if name in self._own else self._registry.lookup(name)

    def names(self) -> Iterator[str]:
        return self._registry.names()


def _names(entry: Entry) -> tuple[str, ...]:
    return (entry.name, *entry.aliases)


def _means_something(name: str) -> bool:
    """Whether the formula language, without a registry, takes a word for more than a parameter."""
    from actx.language.syntax import parse
    from actx.language.tree import parameter

    word = _normalise(name)
    try:
        return parse(word) is not parameter(word)
    except FormulaError:
        return True


def _chain(names: Sequence[str]) -> str:
    shown = names if len(names) <= 6 else [*names[:3], "…", *names[-2:]]
    return " → ".join(shown)


def _fail(entry: Entry, problem: str) -> NoReturn:
    raise RegistryError(f"{entry.where}: {problem}")
