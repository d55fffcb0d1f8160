"""What the commands of the README, of the pages in docs and of the examples write."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from places import ROOT
from prepared import POSSIBLE, prepared

README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]


BLOCK = re.compile(r"^```console\n\$ (actx .*)\n(?:.*\n)*?```$", re.MULTILINE)


ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "LINES")} | {
    "COLUMNS": "80",
    "NO_COLOR": "1",
    "PYTHONUTF8": "1",
    "XDG_CONFIG_HOME": tempfile.mkdtemp(),  # no registry file of one's own
    "PYTHONPATH": str(ROOT),
}


def run(*command: str | Path) -> str:
    """What a command writes, in the README's folder and 80 columns wide."""
    done = _interpreted(*command)
    assert not done.stderr, done.stderr
    return done.stdout


def actx(line: str) -> str:
    """What `actx ...` writes."""
    done = ran(shlex.split(line)[1:])
    assert not done.stderr, done.stderr
    return done.stdout


def ran(args: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """The run of `actx ARGS`."""
    if POSSIBLE:
        return prepared(frozenset(ENVIRONMENT.items())).run(args, str(ROOT), ENVIRONMENT, 180)
    return _interpreted("-m", "actx", *args)


def _interpreted(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=ROOT, env=ENVIRONMENT, capture_output=True, encoding="utf-8", timeout=180, check=False,
    )  # fmt: skip
