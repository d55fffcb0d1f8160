"""Code made into libraries by a compiler of this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from actx.core.errors import BenchError


def library_of(text: str, source: Path, what: str, command: Sequence[str], *more: str) -> Path:
    """Write a source file, and compile it to a library beside it, which is returned.

    what: the text is, in a message. command: the compiler with options; more: those behind the
    files. Raises BenchError with the first line that the compiler says.
    """
    source.write_text(text, encoding="utf-8")
    target = source.with_suffix(".so")
    done = subprocess.run(
        [*command, str(source), "-o", str(target), *more],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        first = next(iter(lines), "no message")
        raise BenchError(f"{command[0]} cannot compile the {what}: {first}")
    return target
