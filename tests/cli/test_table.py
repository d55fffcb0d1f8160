"""`actx table` in a process of its own: what it prints, writes and refuses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import run, run_json


def test_the_file_holds_the_table_that_is_told(tmp_path: Path) -> None:
    path = tmp_path / "tanh.csv"
    told = run_json("table", "tanh", "--segments", "12", "--domain", "-4:4", "-o", str(path))
    head, *lines = path.read_text().splitlines()
    assert head == "x,y"
    rows = np.array([[float(v) for v in line.split(",")] for line in lines])
    assert rows[:, 0].tolist() == told["knots"]
    assert rows[:, 1].tolist() == told["values"]
    compared = run_json("compare", "t", "tanh", "--table", f"t={path}", "--domain", "-4:4")
    error = compared["rows"][0]["max_error"]["value"]
    assert told["bound"]["lower"] <= error <= told["bound"]["upper"] * (1 + 1e-9)


def test_separate_pieces_are_asked_for_by_a_flag() -> None:
    apart = run_json("table", "tanh", "--segments", "5", "--domain", "-4:4", "--separate")
    joined = run_json("table", "tanh", "--segments", "5", "--domain", "-4:4", "--continuous")
    assert (apart["smooth"], joined["smooth"]) == (-1, 0)
    assert apart["values"] is None
    assert apart["bound"]["upper"] < joined["bound"]["upper"]


def test_knots_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "knots.txt"
    path.write_text("-1\n0\n1\n")
    told = run_json("table", "tanh", "--knots", str(path), "--domain", "-4:4")
    assert told["knots"] == [-4, -1, 0, 1, 4]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--segments", "4", "--domain", "4:-4"], "empty"),
        (["--segments", "4", "--domain", "-inf:4"], "finite"),
        (["--segments", "x"], "whole number"),
        (["--segments", "0"], "whole number"),
        ([], "--segments 16"),
        (["--segments", "4", "--knots", "nowhere.csv"], "one of three"),
        (["--knots", "nowhere.csv"], "does not exist"),
        (["--segments", "4", "--round", "q99"], "rounded to one of"),
        (["--segments", "4", "-o", "table.txt"], ".csv or .json for the table"),
        (["--segments", "4", "-o", "nowhere/table.csv"], "no folder"),
        (["--segments", "4", "--left", "up"], "auto, none, constant, line"),
        (["--error", "0"], "above 0"),
        (["--table-sizes", "8:4"], "from 8 to 4096"),
        (["--table-sizes", "4:8", "--segments", "4"], "does not go with --table-sizes"),
    ],
)
def test_wrong_use_is_said_in_a_paragraph(
    options: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("table", "tanh", *options)
    assert done.returncode == 2
    assert done.stdout == ""
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_entries_beyond_what_holds_them_are_refused() -> None:
    done = run("table", "mish", "--segments", "4", "--round", "q1.13")
    assert (done.returncode, done.stdout) == (1, "")
    assert "q1.13 goes only to 1.99" in done.stderr
    assert run("table", "tanh", "--segments", "4", "--domain=-9:9", "--round", "q1.13").stdout


def test_a_long_table_is_written_as_code() -> None:
    """Its text is longer than formula text may be."""
    code = run("table", "tanh", "--segments", "128", "--domain", "-4:4", "--to", "numpy").stdout
    space: dict[str, Any] = {}
    exec(code, space)
    x = np.linspace(-4, 4, 10001)
    told = re.search(r"max error against tanh: at most (\S+)", code)
    assert told is not None
    assert np.abs(space["tanh_activation"](x) - np.tanh(x)).max() <= float(told[1]) * (1 + 1e-6)
