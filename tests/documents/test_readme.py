"""The README and docs/: their commands print what they show, and files and links exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

import pytest
from places import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [README, *(path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("docs/*.md")))]
BLOCKS = [
    block
    for page in PAGES
    for block in re.findall(r"```console\n\$ actx (.*)\n((?:.*\n)*?)```", page)
]


def run(command: str) -> str:
    """What a command prints into a pipe 80 columns wide."""
    environment = {**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-m", "actx", *shlex.split(command)],
        capture_output=True, encoding="utf-8", cwd=ROOT, env=environment, check=False,
    )  # fmt: skip
    return done.stdout.strip("\n")


def test_the_readme_shows_commands() -> None:
    assert len(BLOCKS) >= 6


@pytest.mark.parametrize(("command", "shown"), BLOCKS, ids=[command for command, _ in BLOCKS])
def test_commands_print_what_the_readme_shows(command: str, shown: str) -> None:
    """To the digits that do not depend on the rounding of a machine's elementary functions.

    A block that ends with … shows the beginning.
    """
    begins, rest_left_out, _ = shown.strip("\n").partition("\n…")
    printed = run(command)
    if rest_left_out:
        printed = "\n".join(printed.split("\n")[: begins.count("\n") + 1])
    assert _rounded(printed) == _rounded(begins)


def _rounded(text: str) -> str:
    return re.sub(r"\d+\.\d{9,}", lambda m: f"{float(m.group()):.8g}", text)


def test_pictures_and_files_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
    assert (ROOT / "examples" / "my-formulas.toml").exists()
