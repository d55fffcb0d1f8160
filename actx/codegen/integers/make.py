"""The code of a table of integers in one of the languages."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

from actx.analysis.results import MaxError
from actx.codegen.integers import LANGUAGES, OF_PIECES
from actx.codegen.integers.pieces import Pieces
from actx.codegen.integers.steps import Lookup
from actx.codegen.make import function_name, text_and_bytes, written
from actx.codegen.result import Export
from actx.core.errors import UsageError
from actx.precision.lookup.fixed import FixedTable
from actx.precision.lookup.results import IntegerTable


def export(
    table: IntegerTable | FixedTable,
    language: str,
    name: str | None = None,
    output: Path | None = None,
) -> Export:
    """The code of a table, also written to a file where one is given, whole or not at all.

    name: of the function, None for that of the formula. Raises UsageError, ExportError, and
    MissingPackageError without onnx.
    """
    name = function_name(name, table.name)
    module = language_module(language)
    if name in getattr(module, "RESERVED", ()):
        raise UsageError(f"The function cannot be called {name!r}, which {language} has as a word.")
    if isinstance(table, IntegerTable):
        content = module.write(Lookup(name, table))
    elif hasattr(module, "write_pieces"):
        content = module.write_pieces(Pieces(name, table))
    else:
        raise UsageError(
            f"A table of pieces in fixed point is not written in {language}; it can be in "
            f"{', '.join(OF_PIECES)}."
        )
    reached = table.reached
    error = MaxError(reached.error[1], reached.x, float("nan"), reached.error, True)
    made = Export(
        name,
        table.formula,
        language,
        (table.input.name, table.output.name),
        table.name,
        error,
        (),
        (),
        *text_and_bytes(content),
    )
    return written(made, output)


def language_module(language: str) -> ModuleType:
    """The module of a language. Raises UsageError for one that is not known."""
    if language not in LANGUAGES:
        raise UsageError(
            f"There is no code for tables of integers in {language[:40]!r}; there is for "
            f"{', '.join(LANGUAGES)}."
        )
    return import_module(f"actx.codegen.integers.{language}")
