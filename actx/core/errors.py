"""The errors actx raises for a person to read: each carries one paragraph and an exit status."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from importlib import import_module
from pathlib import Path
from types import ModuleType

DISTRIBUTION = "actx-explorer"  # what pip knows actx by: there, `actx` is another project
_ROOT = Path(__file__).parents[2]  # the folder of a checkout, or where pip installs packages


class ExitStatus(IntEnum):
    """What the process returns."""

    DONE = 0
    FAILED = 1  # the work could not be done, or a statement to prove is false
    USAGE = 2  # wrong usage, or an unreadable formula, registry or domain
    UNDECIDED = 3  # a statement could be neither proven nor disproven
    INTERRUPTED = 130  # what a shell gives for a process that SIGINT ended


def in_python(argument: str, value: object) -> str:
    """An argument of a call as Python has it, by its name alone where the value is None."""
    return argument if value is None else f"{argument}={value!r}"


class ActxError(Exception):
    """Base of all errors that are meant for the user; `str(error)` is the paragraph.

    message: what is the matter. advice: what would help, where that is an argument of the call:
    sentences in which {name} stands for it. arguments: their values by name, None for one that is
    only named. So who knows how the call is made, such as a command, can word the advice.
    """

    status = ExitStatus.FAILED

    def __init__(self, message: str = "", advice: str = "", /, **arguments: object) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.arguments = arguments

    def __str__(self) -> str:
        return self.worded(in_python)

    def worded(self, word: Callable[[str, object], str]) -> str:
        """The paragraph; word: how an argument with its value is written."""
        advice = self.advice
        for name, value in self.arguments.items():
            advice = advice.replace(f"{{{name}}}", word(name, value))
        return " ".join(filter(None, (self.message, advice)))


class UsageError(ActxError):
    """A wrong option or argument, or a value that is missing."""

    status = ExitStatus.USAGE


class FormulaError(UsageError):
    """Formula text that cannot be read; the message shows the text with a caret at the place."""


class RegistryError(UsageError):
    """A registry or families file that cannot be used; the message names file, entry and reason."""


class DomainError(UsageError):
    """Domain text that cannot be read, or an empty domain."""


class AnalysisError(ActxError):
    """The question has no answer that actx can stand by (undefined, oscillating, out of budget)."""


class FitError(ActxError):
    """A fit that could not be made."""


class MissingPackageError(ActxError, ImportError):
    """A package that an extra of actx brings is missing; the message says what to install."""


class TrainingError(ActxError):
    """Training that could not go on."""


class ExportError(ActxError):
    """Code that could not be made or written."""


class BenchError(ActxError):
    """A timing that could not be made, or a file of timings that cannot be used."""


class ModelError(ActxError):
    """A network in which nothing is found, or that cannot be run."""


class PictureError(ActxError):
    """A picture that could not be drawn or written."""


def optional_module(module: str, purpose: str, extra: str) -> ModuleType:
    """A module that comes with an extra of actx; purpose: the message up to the package's name.

    Raises MissingPackageError, which says how to install the extra.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingPackageError(
            f"{purpose}, which is not installed: {install_hint(extra)}."
        ) from error


def install_hint(extra: str, root: Path = _ROOT) -> str:
    """What installs an extra: from the checkout where actx runs from one, else from the index.

    root: the folder that holds the package.
    """
    project = root / "pyproject.toml"
    if project.is_file() and f'name = "{DISTRIBUTION}"' in project.read_text(encoding="utf-8"):
        return f'pip install -e ".[{extra}]" in {root}'
    return f'pip install "{DISTRIBUTION}[{extra}]"'
