"""The README and the pages of docs: commands print what is shown, files and links exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from documents import PAGES, README, ran
from places import ROOT

import actx

TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}
BLOCKS = [
    *dict.fromkeys(
        block
        for text in TEXTS.values()
        for block in re.findall(r"```console\n\$ actx (.*)\n((?:.*\n)*?)```", text)
    )
]


def run(command: str) -> str:
    """What a command prints into a pipe 80 columns wide."""
    return ran(shlex.split(command)).stdout.strip("\n")


def test_the_readme_is_short_and_shows_commands() -> None:
    assert TEXTS[README].count("\n") <= 150
    assert TEXTS[README].count("```console") >= 4


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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pictures_and_files_exist(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", TEXTS[page]):
        assert (page.parent / target).exists(), target


def test_each_function_stands_on_its_page() -> None:
    shown = re.findall(r"^::: [\w.]+\.(\w+)$", TEXTS[ROOT / "docs" / "api.md"], re.MULTILINE)
    assert {*shown} == {*actx.__all__} - {"__version__"}


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    pytest.importorskip("mkdocstrings")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    written = {page.parent.relative_to(tmp_path) for page in tmp_path.rglob("index.html")}
    assert len(written) >= len(PAGES) - 1
    assert "proven" in (tmp_path / "proofs" / "index.html").read_text(encoding="utf-8")
