"""examples/thread: the page that is kept is the one that its script writes, and it is right."""

from __future__ import annotations

import re
from pathlib import Path

import mpmath
import pytest
from documents import ROOT, run

FOLDER = ROOT / "examples" / "thread"
VERDICTS = {"holds", "holds only so far", "does not hold", "not measured here"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("thread")
    run("examples/thread/check.py", folder)
    return folder


@pytest.fixture(scope="module")
def rows() -> dict[str, tuple[str, str]]:
    """What is found and the verdict, by the statement, of the page that is kept."""
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (“.*?) \| (.*?) \| \*\*(.*?)\*\* \|$", page, re.MULTILINE)
    return {statement: (found, verdict) for statement, found, verdict in cells}


def row(rows: dict[str, tuple[str, str]], part: str) -> tuple[str, str]:
    (found,) = (value for statement, value in rows.items() if part in statement)
    return found


def test_the_page_is_up_to_date(written: Path) -> None:
    """Otherwise: python examples/thread/check.py"""
    new, kept = (folder / "README.md" for folder in (written, FOLDER))
    assert new.read_text(encoding="utf-8") == kept.read_text(encoding="utf-8")


def test_the_pictures_are_there(written: Path) -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    names = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page)
    assert len(names) == 3
    for name in names:
        # their bytes depend on the version of matplotlib, what they are does not
        assert (FOLDER / name).read_bytes()[:5] == (written / name).read_bytes()[:5]
        assert (FOLDER / name).stat().st_size > 10_000


def test_every_statement_has_a_verdict(rows: dict[str, tuple[str, str]]) -> None:
    assert len(rows) >= 25
    assert {verdict for _, verdict in rows.values()} <= VERDICTS


@pytest.mark.parametrize(("k", "name"), [(4, "hard-mish-4"), (5, "hard-mish"), (6, "hard-swish")])
def test_jumps_where_the_clip_saturates(
    rows: dict[str, tuple[str, str]], k: int, name: str
) -> None:
    # x(x+3)/k has the slope (2x+3)/k, and x has 1, where they meet at x = k - 3
    found, verdict = row(rows, "All of the other functions")
    assert f"{name}: f' jumps by {(3 - k) / k:g} at x = {k - 3}" in found
    assert verdict == "holds"


def test_discontinuities_of_other_orders_hold_only_so_far(
    rows: dict[str, tuple[str, str]],
) -> None:
    assert row(rows, "discontinuity at x = 1")[1] == "holds only so far"
    found, verdict = row(rows, "The equivalent problem area is x=0")
    assert "f'' jumps by -0.6667 at x = 0" in found  # 2/3 on the left, 0 on the right
    assert verdict == "holds only so far"


def test_minima(rows: dict[str, tuple[str, str]]) -> None:
    with mpmath.workdps(30):
        # x·sigmoid(x) is least at -1 - W(1/e), where it is -W(1/e)
        w = mpmath.lambertw(mpmath.exp(-1)).real
        x, y = (-1 - w) / mpmath.mpf("1.25"), -2 * w / mpmath.mpf("1.25")
        expected = f"{mpmath.nstr(y, 7)} at x = {mpmath.nstr(x, 7)}"
    found, verdict = row(rows, "minimum near (-1.023, -0.446)")
    assert (found, verdict) == (f"{expected}.", "holds")
    assert row(rows, "minimum near (-1.192, -0.309)")[1] == "holds"


def test_the_limit_of_aptx(rows: dict[str, tuple[str, str]]) -> None:
    # |x|·sigmoid(-2β|x|) is at most W(1/e)/(2β)
    found, verdict = row(rows, "converging to ReLU")
    with mpmath.workdps(30):
        top = mpmath.lambertw(mpmath.exp(-1)).real / 2
    for beta in (1, 10, 100):
        assert f"β = {beta}: {mpmath.nstr(top / beta, 7)};" in found
    assert verdict == "holds"


@pytest.mark.parametrize("twice", ["SWISH(x, 1)", "SWISH(x, 2)"])
def test_equivalences(rows: dict[str, tuple[str, str]], twice: str) -> None:
    assert row(rows, f"exactly replicates {twice}") == (
        "The largest difference is 0: proven to be one function.",
        "holds",
    )


def test_what_is_not_measured(rows: dict[str, tuple[str, str]]) -> None:
    found, verdict = row(rows, "only 20% slower than ReLU")
    assert verdict == "not measured here"
    assert "As published by mish-cuda" in found
    assert "actx bench --backend torch" in found
