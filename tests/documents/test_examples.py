"""The examples run and say what is true; so does what the pages show beside commands.

The outputs of commands in the pages are compared in test_readme.py. They are written anew by
PYTHONPATH=tests/oracles python tests/documents/test_examples.py.
"""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path

import pytest
from documents import BLOCK, PAGES, README, ROOT, actx, run


def test_python_in_the_pages() -> None:
    found = [doctest.testfile(str(p), module_relative=False, encoding="utf-8") for p in PAGES]
    assert sum(failed for failed, _ in found) == 0
    assert sum(tried for _, tried in found) > 5


def test_the_picture_in_the_readme(tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    (name,) = re.findall(r"!\[[^\]]+\]\(([^)]+\.png)\)", text)
    (line,) = re.findall(rf"\(`(actx plot .* -o {re.escape(name)})`\)", text)
    again = tmp_path / "again.png"
    assert actx(line.replace(name, str(again))).strip() == f"Wrote {again}"
    shown = (ROOT / name).read_bytes()
    assert len(shown) < 300_000
    assert shown[:24] == again.read_bytes()[:24]  # a PNG of the same size


@pytest.mark.long
def test_the_gallery_is_drawn_by_its_commands(tmp_path: Path) -> None:
    """Each picture is of the size that its command draws; it is stored with fewer colours."""
    page = ROOT / "docs" / "gallery.md"
    text = page.read_text(encoding="utf-8")
    shown = re.findall(r"^!\[[^\]]+\]\(([^)]+)\)\n+```\n(actx .* -o (\S+))$", text, re.MULTILINE)
    assert len(shown) == text.count("![") == text.count("\nactx ")
    for picture, line, name in shown:
        stored = (page.parent / picture).read_bytes()
        assert len(stored) < 400_000
        if name.endswith(".html") or line.startswith("actx search"):
            continue  # what a browser shows of the page; and a minute and a half of a search
        again = tmp_path / name
        actx(line.replace(name, str(again)))
        assert stored[:24] == again.read_bytes()[:24]


def test_pictures_that_are_only_named(tmp_path: Path) -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    for line, name in re.findall(r"^(actx plot .*-o (\w+\.\w+).*)$", text, re.MULTILINE):
        actx(line.replace(name, str(tmp_path / name)))
        assert (tmp_path / name).stat().st_size > 10_000


def test_the_registry_file_that_is_shown(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "commands" / "list.md").read_text("utf-8")
    (shown,) = re.findall(r"^```toml\n(.*?)^```$", text, re.DOTALL | re.M)
    file = tmp_path / "own.toml"
    file.write_text(shown, encoding="utf-8")
    assert "my-act" in actx(f"actx list --registry {shlex.quote(str(file))}")


def test_thread() -> None:
    written = run("examples/thread.py")
    for part in (
        "hard-mish    off by at most 0.1595, at x = -1.730; minimum -0.4500 at x = -1.5000",
        "k = 3: f' by -1 at x = -3, f'' by -0.667 at x = 0",
        "k = 4: f' by -0.75 at x = -3, f' by -0.25 at x = 1",
        "max   norm: a = 1.548425, error 0.09487",
        "gauss norm: a = 1.633942, error 0.04607",
        "swish(x, 2) differ by at most 0\n",
        "for x <= 0 the nearer to mish is swish(x, 1), for x >= 0 swish(x, 2)",
    ):
        assert part in written


@pytest.mark.long
def test_best_mish() -> None:
    written = run("examples/best_mish.py")
    for part in (
        "best x*clip(x + c, 0, k)/k     0.141632 with c = 3.0434, k = 5.39549",
        "best x*sigmoid(b*x + c)        0.031099 with b = 1.26265, c = 0.573931",
        "whatever is x for x >= 0       0.140303, at x = 0.796, at least",
        "0.021467 on x <= 0, 0.140303 on the whole line; minimum -0.3088 at x = -1.1924, C1",
    ):
        assert part in written


def test_pictures(tmp_path: Path) -> None:
    written = [Path(line) for line in run("examples/pictures.py", tmp_path / "new").splitlines()]
    assert [path.suffix for path in written] == [".png", ".svg", ".pdf"]
    assert sorted(written) == sorted((tmp_path / "new").iterdir())
    for path, start in zip(written, (b"\x89PNG", b"<?xml", b"%PDF"), strict=True):
        assert path.read_bytes().startswith(start)
        assert path.stat().st_size > 10_000


def test_notebook() -> None:
    written = run("examples/notebook.py")
    assert written.startswith("3 candidates against mish on the whole line")
    for part in (
        "approx-mish  0.035946 at x = -0.7908",
        "hard-mish    0.159547 at x = -1.7297",
        "mish (-inf, inf) True (0.0359461",
        "3 panels",
        "mish is drawn at the left",
    ):
        assert part in written


def test_the_commands_that_the_registry_example_names() -> None:
    text = (ROOT / "examples" / "my-formulas.toml").read_text(encoding="utf-8")
    lines = re.findall(r"^#\s+(actx .*)$", text, re.MULTILINE)
    assert len(lines) == 2
    for line in lines:
        assert "two-sided-swish" in actx(line) or "swish" in line


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(
            BLOCK.sub(
                lambda found: f"```console\n$ {found[1]}\n{actx(found[1]).rstrip()}\n```",
                page.read_text(encoding="utf-8"),
            ),
            encoding="utf-8",
        )
