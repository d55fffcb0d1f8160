"""Where a picture or a page goes: the ending, the place, and writing it whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from actx.errors import PictureError, UsageError


class Format(StrEnum):
    """The formats of the files that are written; the value is the file's ending without its dot."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"
    GIF = "gif"  # a picture that moves
    HTML = "html"  # a page


PICTURES = (Format.PNG, Format.SVG, Format.PDF)
MOVING_PICTURES = (*PICTURES, Format.GIF)
PAGES = (Format.HTML,)


class OutputEndingError(PictureError, UsageError):
    """The ending of the output file names no format that actx writes."""

    status = UsageError.status


def check_output(output: str | Path, formats: Sequence[Format] = PICTURES) -> Format:
    """The format that the ending of `output` asks for, once it is sure that it can be written.

    formats: those that can be asked for. Cheap, so that a wrong place is told before anything is
    computed. Raises OutputEndingError for an unknown ending, PictureError for a missing folder, a
    folder or a device in the file's place, and a place that may not be written.
    """
    path = Path(output)
    file_format = _format(path, formats)
    what = _what(file_format.value)
    try:
        target = Path(os.path.realpath(path))
        folder = target.parent
        if not folder.exists():
            raise PictureError(
                f"The {what} {_shown(path)} cannot be written: "
                f"there is no folder {_shown(folder)}. Make it first, or choose another place."
            )
        if not folder.is_dir():
            raise PictureError(
                f"The {what} {_shown(path)} cannot be written: {_shown(folder)} is not a folder."
            )
        if target.exists():
            _check_existing(path, target, what)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PictureError(
                f"The {what} {_shown(path)} cannot be written: "
                f"the folder {_shown(folder)} may not be written by you."
            )
    except (OSError, ValueError) as error:
        raise PictureError(_failed(path, error, what)) from error
    return file_format


def _format(path: Path, formats: Sequence[Format]) -> Format:
    ending = path.suffix.lower().removeprefix(".")
    if ending in formats:
        return Format(ending)
    what = _what(formats[0].value)
    fault = f"the ending .{_shown(ending)} is not one" if ending else "there is no ending"
    known = [f".{each}" for each in formats]
    listed = " or ".join([", ".join(known[:-1]), known[-1]] if known[1:] else known)
    example = "report.html" if what == "page" else "curves.png"
    raise OutputEndingError(
        f"The ending of the output file says what {what} it becomes, {listed}; "
        f"in {_shown(path)} {fault}. Write for example -o {example}."
    )


def _check_existing(path: Path, target: Path, what: str) -> None:
    mode = target.stat().st_mode
    if stat.S_ISDIR(mode):
        raise PictureError(
            f"The {what} cannot be written to {_shown(path)}: that is a folder. "
            "Give the name of a file in it."
        )
    if not stat.S_ISREG(mode):
        raise PictureError(
            f"The {what} cannot be written to {_shown(path)}: that is not an ordinary file."
        )
    if not os.access(target, os.W_OK):
        raise PictureError(
            f"The {what} cannot be written to {_shown(path)}: that file is write-protected."
        )


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` into the file `path`, or leave what was there as it was.

    It is written beside the file under a name of its own and then put in the file's place in
    one step; through a symbolic link it is the linked file that is replaced. Raises PictureError.
    """
    target = Path(os.path.realpath(path))
    draft = target.parent / f".actx-{secrets.token_hex(8)}.tmp"
    try:
        # A file made by open() gets the permissions that the user's umask says; one that is
        # replaced keeps its own.
        with open(draft, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            os.chmod(draft, stat.S_IMODE(target.stat().st_mode))
        os.replace(draft, target)
    except OSError as error:
        what = _what(path.suffix.lower().removeprefix("."))
        raise PictureError(_failed(path, error, what)) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _what(ending: str) -> str:
    """What a file of this ending is called."""
    return "page" if ending in PAGES else "picture"


def _failed(path: Path, error: Exception, what: str) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    return f"The {what} {_shown(path)} cannot be written: {reason}."


def _shown(path: str | Path) -> str:
    """A path as it can stand in a message: printable, and not endless."""
    text = "".join(c if c.isprintable() else "?" for c in str(path))
    return text if len(text) <= 200 else f"{text[:120]}…{text[-70:]}"
