"""The code of a formula in one of the languages, and the file that it goes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

from actx.calculus.formula import Formula
from actx.codegen import LANGUAGES
from actx.codegen.result import Export
from actx.codegen.task import Task, identifier
from actx.core.errors import ExportError, UsageError
from actx.core.files import check_place, write_file

_TRAIN = ("torch",)


def export(
    formula: Formula,
    language: str,
    *,
    target: Formula,
    source: str = "",
    types: Sequence[str] = (),
    name: str | None = None,
    trainable: bool = False,
    output: Path | None = None,
    remark: str = "",
) -> Export:
    """The code of a formula, also written to a file where one is given, whole or not at all.

    types: names of number types, for languages whose code is made for some; none for the usual
    ones. remark: what the head of the code says besides. Raises UsageError for a language, type or
    name that cannot be, MissingPackageError without onnx, and ExportError where the file cannot be
    written.
    """
    task = checked(formula, language, target, source, types, name, trainable, output, remark)
    content, facts = language_module(language).write(task)
    result = Export(
        task.name,
        formula.text,
        language,
        task.types,
        target.name,
        facts.max_error,
        facts.errors,
        facts.kinks,
        *text_and_bytes(content),
    )
    return written(result, output)


def checked(
    formula: Formula,
    language: str,
    target: Formula,
    source: str = "",
    types: Sequence[str] = (),
    name: str | None = None,
    trainable: bool = False,
    output: Path | None = None,
    remark: str = "",
) -> Task:
    """What an export is to do, with all that can be told of it before anything is computed.

    Raises as `export`.
    """
    module = language_module(language)
    called = function_name(name, formula.name)
    chosen = _types(module, language, types)
    task = Task(formula, called, source, target, chosen, trainable, remark)
    _check(task, language, output)
    return task


def language_module(language: str) -> ModuleType:
    """The module of a language. Raises UsageError for one that is not known."""
    if language not in LANGUAGES:
        from actx.language.tokens import suggestion

        raise UsageError(
            f"There is no language {language!r} here; there are {', '.join(LANGUAGES)}."
            f"{suggestion(language, list(LANGUAGES))}"
        )
    return import_module(f"actx.codegen.languages.{language}")


def _types(module: ModuleType, language: str, wanted: Sequence[str]) -> tuple[str, ...]:
    known: tuple[str, ...] = module.TYPES
    if wanted and not known:
        raise UsageError(
            f"Code for {language} takes the number type of its input.",
            "Leave out {dtype}.",
            dtype=None,
        )
    for each in wanted:
        if each not in known:
            raise UsageError(
                f"Code for {language} can be made for {', '.join(known)}; not for {each!r}."
            )
    defaults: tuple[str, ...] = module.DEFAULT_TYPES
    chosen = tuple(dict.fromkeys(wanted)) or defaults
    if len(defaults) == 1 < len(chosen):
        raise UsageError(
            f"A file for {language} is made for one number type.", "Give one {dtype}.", dtype=None
        )
    return chosen


def function_name(name: str | None, formula: str) -> str:
    """What the function is called: the name given, or one made of the formula's.

    Raises UsageError for one that cannot be.
    """
    if name is None:
        return identifier(formula)
    if identifier(name) != name:
        raise UsageError(
            f"The function cannot be called {name!r}: a name is made of small letters, digits "
            "and _, begins with a letter, and is not taken in the code."
        )
    return name


def _check(task: Task, language: str, output: Path | None) -> None:
    """What can be told before anything is computed."""
    if task.trainable and language not in _TRAIN:
        raise UsageError(f"Parameters can be trained in {', '.join(_TRAIN)} code only.")
    if task.trainable and not task.formula.parameters:
        raise UsageError(f"{task.formula.name} has no parameters that could be trained.")
    if output is not None:
        check_place(output, "file", ExportError)


def text_and_bytes(content: str | bytes) -> tuple[str | None, bytes]:
    """Code as text, None where it is binary, and as the bytes of a file."""
    return (content, content.encode()) if isinstance(content, str) else (None, content)


def written(result: Export, output: Path | None) -> Export:
    """Code that is written into a file where one is given. Raises ExportError."""
    if output is None:
        return result
    check_place(output, "file", ExportError)
    write_file(output, result.content, "file", ExportError)
    return replace(result, output=output)
