"""Commands run as a user runs them, in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from prepared import POSSIBLE, prepared

ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name not in {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "PYTHONUNBUFFERED"}
} | {"TERM": "xterm-256color", "PYTHONUTF8": "1"}


def run(
    *args: str | bytes, patience: float = 120, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run actx with its output piped, for so many seconds at most."""
    texts = [arg for arg in args if isinstance(arg, str)]
    if not POSSIBLE or len(texts) < len(args) or any(n.startswith("PYTHON") for n in environment):
        return run_anew(*args, patience=patience, **environment)
    begun = prepared(frozenset(ENVIRONMENT.items()))
    return begun.run(texts, os.getcwd(), ENVIRONMENT | environment, patience)


def run_anew(
    *args: str | bytes, patience: float = 120, **environment: str
) -> subprocess.CompletedProcess[str]:
    """The same in a new interpreter."""
    return subprocess.run(
        [sys.executable, "-m", "actx", *args],
        env=ENVIRONMENT | environment,
        capture_output=True,
        encoding="utf-8",
        timeout=patience,
        check=False,
    )


def run_json(*args: str) -> Any:
    """The one document that a run with --json writes, and nothing on stderr."""
    done = run(*args, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def run_on_terminal(columns: int, *args: str, **environment: str) -> str:
    """Run actx with standard output on a terminal, stderr elsewhere; what it wrote."""
    pty = pytest.importorskip("pty")
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "actx", *args],
        env=ENVIRONMENT | environment,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(theirs)
        written = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not part:
                break
            written += part
    os.close(ours)
    assert process.returncode == 0
    return written.decode()


def status_without_a_reader(*args: str) -> int:
    """The status of a run whose output nobody reads, which says nothing on stderr."""
    with subprocess.Popen(
        [sys.executable, "-m", "actx", *args],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    return process.returncode


def refused(*args: str | bytes, status: int = 2, **environment: str) -> str:
    """The message of a run that must fail: on stderr only, and no traceback."""
    done = run(*args, **environment)
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    assert "╭" not in done.stderr
    return done.stderr


def heed_interrupts() -> None:
    """Before a process begins: a shell in the background has its children ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
