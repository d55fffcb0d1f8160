"""Runs of actx in processes of their own that need not import what commands import.

Each is forked from a process that has imported it and computed nothing, so that a run costs a few
hundredths of a second and not a third of one, or a whole one where it draws. Its arguments, folder,
environment and output are its own, as its end is; what a new interpreter does on the way is not
looked at, and what asks for that runs one (`commands.run_anew`).
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

POSSIBLE = hasattr(os, "fork")
# what commands import when they need it, beside actx's own; what is not there is left to them
_IMPORTED = (
    "numpy", "flint", "rich.table", "rich.progress", "typer", "joblib", "scipy.integrate",
    "scipy.linalg", "scipy.optimize", "scipy.special", "matplotlib.figure", "PIL.GifImagePlugin",
    "matplotlib.backends.backend_agg", "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg",
)  # fmt: skip


def _import_all() -> None:
    """Import what commands may need but PyTorch and what else is an extra."""
    import actx

    own = (each.name for each in pkgutil.walk_packages(actx.__path__, "actx."))
    apart = ("actx.__main__", "actx.torch")
    for name in (*_IMPORTED, *(n for n in own if not n.startswith(apart))):
        with suppress(ImportError):
            importlib.import_module(name)


class Prepared:
    """The process from which runs are forked, one at a time."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        here = str(Path(__file__).parent)
        path = os.pathsep.join(filter(None, [here, environment.get("PYTHONPATH")]))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "prepared"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,  # else an answer may wait in a buffer, of which `select` knows nothing
            env={**environment, "PYTHONPATH": path},
        )

    def run(
        self, args: Sequence[str], folder: str, environment: Mapping[str, str], patience: float
    ) -> subprocess.CompletedProcess[str]:
        """What `actx ARGS` gives; TimeoutExpired after so many seconds."""
        with tempfile.TemporaryDirectory() as scratch:
            out, err = Path(scratch, "out"), Path(scratch, "err")
            self._say([list(args), folder, dict(environment), str(out), str(err)])
            pid = self._hear(None)
            try:
                status = self._hear(patience)
            except TimeoutError:
                with suppress(ProcessLookupError):  # it has just ended
                    os.kill(pid, signal.SIGKILL)
                self._hear(None)
                raise subprocess.TimeoutExpired(list(args), patience) from None
            written = (path.read_text(encoding="utf-8") for path in (out, err))
            return subprocess.CompletedProcess(["actx", *args], status, *written)

    def _say(self, request: object) -> None:
        assert self.process.stdin is not None
        rest = json.dumps(request).encode() + b"\n"
        while rest:
            rest = rest[self.process.stdin.write(rest) :]

    def _hear(self, patience: float | None) -> int:
        answer = self.process.stdout
        assert answer is not None
        if patience is not None and not select.select([answer], [], [], patience)[0]:
            raise TimeoutError
        return int(answer.readline())


@cache
def prepared(environment: frozenset[tuple[str, str]]) -> Prepared:
    """The one process for an environment that interpreters begin with."""
    return Prepared(dict(environment))


def _serve() -> None:
    _import_all()
    for line in sys.stdin:
        args, folder, environment, out, err = json.loads(line)
        pid = os.fork()
        if not pid:
            _be_actx(args, folder, environment, out, err)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _be_actx(args: list[str], folder: str, environment: dict[str, str], out: str, err: str) -> None:
    status = 1
    try:
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        for number, path in enumerate((os.devnull, out, err)):
            flags = os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY
            os.dup2(os.open(path, flags), number)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        sys.argv = ["actx", *args]
        runpy.run_module("actx", run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve()
