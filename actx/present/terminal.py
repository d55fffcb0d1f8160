"""Where results leave the program: standard output, as text or as JSON."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from actx.core.errors import ActxError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


class OutputError(ActxError):
    """Standard output cannot be written to, e.g. because a disk is full."""


class ReaderGoneError(Exception):
    """Whoever read standard output has closed it."""


PIPED_WIDTH = 80  # columns of a table that goes into a file or another program


def console(stream: TextIO | None = None, *, plain: bool = False) -> Console:
    """A rich console for `stream` (standard output by default).

    On a terminal as wide as it is, in colour unless NO_COLOR is set; elsewhere plain text of a
    width that does not depend on the terminal actx was started from. COLUMNS overrides the width.
    plain: as elsewhere, wherever this is, be it a notebook.
    """
    from rich.console import Console

    result = Console(
        file=sys.stdout if stream is None else stream,
        force_terminal=False if plain else None,
        force_jupyter=False if plain else None,
        markup=False,  # a formula is text, whatever brackets it has
        highlight=False,
        emoji=False,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
    )
    if not result.is_terminal and not os.environ.get("COLUMNS", "").isdigit():
        result.width = PIPED_WIDTH
    return result


def write_json(result: object) -> None:
    """Write `result` as the one JSON document on standard output."""
    from actx.present.json import document

    write(document(result) + "\n")


def write_tables(parts: Iterable[RenderableType], on: Console | None = None) -> None:
    """Write rich renderables one below the other."""
    with _writing():  # rich flushes the output even when it captures
        text = rendered(parts, on or console())
    write(text)


def rendered(parts: Iterable[RenderableType], on: Console) -> str:
    """What a console makes of rich renderables one below the other."""
    with on.capture() as capture:
        for part in parts:
            on.print(part)
    text = capture.get()
    if not on.is_terminal:  # drop the blanks that rich pads its lines with
        text = "\n".join(line.rstrip() for line in text.split("\n"))
    return text


def printable(text: str) -> str:
    """`text` with what could steer a terminal, or is no text at all, written as escapes."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def write(text: str) -> None:
    """Write text to standard output; what its encoding lacks is written as an escape.

    Raises ReaderGoneError when nobody reads it any more, OutputError when it cannot be written.
    """
    if sys.stdout is None:
        return
    encoding = sys.stdout.encoding or "utf-8"
    with _writing():
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGoneError from error
    except OSError as error:
        raise OutputError(f"The result could not be written: {error.strerror}.") from error
