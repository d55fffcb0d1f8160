"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from actx.core.errors import ActxError


def check_place(path: Path, what: str, error: type[ActxError]) -> None:
    """Raise an error that says why no file can be put at `path`, where none can be.

    what: the file in words, as in "file" or "picture".
    """
    try:
        reason = _why_not_writable(path)
    except (OSError, ValueError) as fault:
        raise error(_not_written(path, what, fault)) from fault
    if reason is not None:
        raise error(_not_written(path, what, reason))


def write_file(path: Path, content: bytes, what: str, error: type[ActxError]) -> None:
    """Put `content` into a file, or leave what was there as it was and raise an error.

    what: as for `check_place`.
    """
    try:
        replace_file(path, content)
    except OSError as fault:
        raise error(_not_written(path, what, fault)) from fault


def _not_written(path: Path, what: str, reason: Exception | str) -> str:
    why = getattr(reason, "strerror", None) or str(reason)
    return f"The {what} {shown(path)} cannot be written: {why}."


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` into the file `path`, or leave what was there as it was.

    It is written beside the file under a name of its own and then put in the file's place in
    one step; through a symbolic link it is the linked file that is replaced. Raises OSError.
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
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _why_not_writable(path: Path) -> str | None:
    """Why no file can be put at `path`, as the end of a sentence; None where one can.

    Raises OSError and ValueError for a path that the system does not take.
    """
    target = Path(os.path.realpath(path))
    folder = target.parent
    if not folder.exists():
        return f"there is no folder {shown(folder)}. Make it first, or choose another place"
    if not folder.is_dir():
        return f"{shown(folder)} is not a folder"
    if target.exists():
        mode = target.stat().st_mode
        if stat.S_ISDIR(mode):
            return "that is a folder. Give the name of a file in it"
        if not stat.S_ISREG(mode):
            return "that is not an ordinary file"
        if not os.access(target, os.W_OK):
            return "that file is write-protected"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"the folder {shown(folder)} may not be written by you"
    return None


def shown(path: str | Path) -> str:
    """A path as it can stand in a message: printable, and not endless."""
    text = "".join(c if c.isprintable() else "?" for c in str(path))
    return text if len(text) <= 200 else f"{text[:120]}…{text[-70:]}"
