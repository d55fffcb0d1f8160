"""What `actx table` gives of a table: text, JSON, a file, its picture, or code."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import actx
from actx.cli.options import ask
from actx.codegen import LANGUAGES
from actx.codegen.integers import LANGUAGES as OF_INTEGERS
from actx.codegen.integers import OF_PIECES
from actx.core.errors import UsageError
from actx.core.files import check_place

_DATA = ("csv", "json")


def everything() -> list[str]:
    """All that `--to` can be, for some tables or others."""
    return [*LANGUAGES, *(name for name in OF_INTEGERS if name not in LANGUAGES), *_DATA]


@dataclass(frozen=True)
class Wanted:
    """How a table is to be given: `--to`, `--name`, `-o`, `--json` or the like, `--width`."""

    to: str | None
    name: str | None
    output: str | None
    json: bool
    markup: str | None = None
    width: str | None = None

    @property
    def code(self) -> bool:
        """Whether code is asked for."""
        return self.to is not None and self.to not in _DATA

    def to_file(self, output: str | None) -> Wanted:
        """The same, into another file."""
        return replace(self, output=output)

    def check(self, languages: Collection[str]) -> None:
        """See, before anything is computed, that it can be given so. Raises ActxError.

        languages: those that there is code in.
        """
        from actx.present.table_file import check_file

        if self.markup is not None and self.to is not None:
            raise UsageError(f"--{self.markup} is for what is told of a table, not for --to.")
        if self.name is not None and not self.code:
            raise UsageError("--name is of a function in code, which --to asks for.")
        if self.to is not None and self.to not in (*languages, *_DATA):
            raise UsageError(self._no_code(languages))
        if self.to is not None and self.output is not None:
            check_place(Path(self.output), "file", UsageError)
        elif self.output is not None:
            check_file(self.output)
        elif self.to == "onnx" and not self.json:
            raise UsageError("What is written for onnx is no text: say where it goes, as in -o "
                             "act.onnx.")  # fmt: skip

    def _no_code(self, languages: Collection[str]) -> str:
        kind = "of integers " if languages == OF_INTEGERS.keys() else ""
        kind = "of pieces in fixed point " if languages == OF_PIECES else kind
        return (
            f"A table {kind}can be written as {', '.join([*languages, *_DATA])}; not as "
            f"{str(self.to)[:40]!r}."
        )

    def present(self, result: Any) -> None:
        """Give it."""
        from actx.present.table_file import as_text, is_table, write_table, write_text
        from actx.present.terminal import write
        from actx.present.text import present

        if self.to is not None and self.code:
            made = ask(
                actx.export, "writing code", result, self.to, name=self.name, output=self.output
            )
            if made.output is not None and not self.json:
                write(f"{made.output}\n")
            else:
                present(made, self.json)
        elif self.to is not None:
            text = as_text(result, self.to)
            if self.output is None:
                write(text)
            else:
                write_text(text, Path(self.output))
                write(f"{self.output}\n")
        else:
            if self.output is not None and is_table(self.output):
                write_table(result, Path(self.output))
            elif self.output is not None:
                result.save(self.output, self.width)
            present(result, self.json, self.markup)
